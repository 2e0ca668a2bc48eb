-- Temporal keys.
-- server: 18
CREATE TABLE room (id int4range, valid daterange, note text);
CREATE TABLE stay (id int, room int4range, during daterange);
INSERT INTO room VALUES ('[1,2)', '[2026-01-01,2027-01-01)', 'x');
INSERT INTO stay VALUES (1, '[1,2)', '[2026-02-01,2026-03-01)');

-- step: a key without overlaps
-- keeps rows
ALTER TABLE room ADD CONSTRAINT room_key PRIMARY KEY (id, valid WITHOUT OVERLAPS);

-- step: a foreign key for a period
-- keeps rows
ALTER TABLE stay ADD CONSTRAINT stay_room FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD valid);

-- step: the key is renamed, the foreign key may wait
-- keeps rows
ALTER TABLE room RENAME CONSTRAINT room_key TO room_at;
ALTER TABLE stay ALTER CONSTRAINT stay_room DEFERRABLE INITIALLY DEFERRED;

-- step: not valid, not enforced
-- keeps rows
ALTER TABLE stay DROP CONSTRAINT stay_room;
ALTER TABLE stay ADD CONSTRAINT stay_later FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD valid) NOT VALID;
ALTER TABLE stay ADD CONSTRAINT stay_never FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD valid) NOT ENFORCED;

-- step: valid
-- keeps rows
ALTER TABLE stay VALIDATE CONSTRAINT stay_later;

-- step: the key goes, with what refers to it
-- keeps rows
ALTER TABLE room DROP CONSTRAINT room_at CASCADE;

-- step: unique, with scalars
CREATE EXTENSION btree_gist;
ALTER TABLE stay ADD CONSTRAINT once UNIQUE (id, during WITHOUT OVERLAPS) WITH (fillfactor = 70);
COMMENT ON CONSTRAINT once ON stay IS 'one stay at a time';
ALTER TABLE stay REPLICA IDENTITY FULL;

-- step: deferrable
ALTER TABLE stay DROP CONSTRAINT once;
ALTER TABLE stay ADD CONSTRAINT once UNIQUE (id, room, during WITHOUT OVERLAPS) DEFERRABLE;

-- step: of a partitioned table
CREATE TABLE parted (id int4range, at tsrange) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN ('[1,2)');
ALTER TABLE parted ADD CONSTRAINT parted_key PRIMARY KEY (id, at WITHOUT OVERLAPS);

-- step: one partition more, a reference to all
CREATE TABLE part_2 PARTITION OF parted FOR VALUES IN ('[2,3)');
CREATE TABLE refers (id int4range, at tsrange, FOREIGN KEY (id, PERIOD at) REFERENCES parted (id, PERIOD at));

-- step: columns change their type
ALTER TABLE stay DROP CONSTRAINT once;
ALTER TABLE room ADD CONSTRAINT room_key PRIMARY KEY (id, valid WITHOUT OVERLAPS);
ALTER TABLE room ALTER valid TYPE tsrange USING tsrange(lower(valid), upper(valid));

-- step: all gone
DROP TABLE stay, room, parted, refers;
