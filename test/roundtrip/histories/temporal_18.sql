-- Temporal keys, and constraints that are not enforced.
-- server: 18
CREATE TABLE room (id int4range, valid daterange, note text);
CREATE TABLE stay (id int, room int4range, during daterange);
INSERT INTO room VALUES ('[1,2)', '[2026-01-01,2027-01-01)', 'x');

-- step: a key without overlaps
-- keeps rows
ALTER TABLE room ADD CONSTRAINT room_key PRIMARY KEY (id, valid WITHOUT OVERLAPS);

-- step: a foreign key for a period
ALTER TABLE stay ADD CONSTRAINT stay_room FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD valid);

-- step: checks and keys that are not enforced
ALTER TABLE stay ADD CONSTRAINT odd CHECK (id > 0) NOT ENFORCED;
ALTER TABLE stay DROP CONSTRAINT stay_room;

-- step: all gone
DROP TABLE stay, room;
