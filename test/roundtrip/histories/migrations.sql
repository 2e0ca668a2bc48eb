-- What the migrations of applications do in one go.
CREATE TYPE shade AS ENUM ('light', 'dark');
CREATE TABLE lamps (id int PRIMARY KEY, watts int, state int NOT NULL DEFAULT 0, lit boolean, place text);
CREATE TABLE bulbs (id int PRIMARY KEY, code text NOT NULL DEFAULT 'none');
CREATE MATERIALIZED VIEW lamp_list AS SELECT id, watts FROM lamps;
CREATE UNIQUE INDEX lamp_list_id ON lamp_list (id);
CREATE INDEX lamps_watts ON lamps (watts);
CREATE INDEX lamps_id ON lamps (place, id);
CREATE SEQUENCE bulb_codes;
CREATE FUNCTION bulb_code() RETURNS text LANGUAGE sql AS $$ SELECT 'b' || nextval('bulb_codes') $$;
INSERT INTO bulbs VALUES (1, 'a'), (2, 'b');

-- step: a view and its index made again, and dropped after all
DROP MATERIALIZED VIEW lamp_list;
CREATE MATERIALIZED VIEW lamp_list AS SELECT id, watts, lit FROM lamps;
CREATE UNIQUE INDEX lamp_list_id ON lamp_list (id);
DROP MATERIALIZED VIEW lamp_list;

-- step: an index whose name another one had for a while
DROP INDEX lamps_watts;
CREATE INDEX lamps_watts ON lamps (watts) WHERE watts > 9;
ALTER INDEX lamps_watts RENAME TO lamps_bright;

-- step: types between which there is no cast, one of them new
DROP INDEX lamps_bright;
CREATE TYPE lamp_state AS ENUM ('off', 'on', 'broken');
ALTER TABLE lamps ALTER state DROP DEFAULT,
  ALTER state TYPE lamp_state USING CASE state WHEN 0 THEN 'off' ELSE 'on' END::lamp_state,
  ALTER state SET DEFAULT 'off',
  ALTER lit TYPE shade USING CASE WHEN lit THEN 'light' ELSE 'dark' END::shade,
  ALTER watts TYPE interval USING make_interval(secs => watts);

-- step: a default that finds its sequence in the search_path
ALTER TABLE bulbs ALTER code SET DEFAULT bulb_code();

-- step: no longer NOT NULL
ALTER TABLE bulbs ALTER code DROP NOT NULL;

-- step: a column dropped and added again with the index on it
DROP INDEX lamps_id;
ALTER TABLE lamps DROP COLUMN place;
ALTER TABLE lamps ADD COLUMN place text NOT NULL DEFAULT '';
CREATE INDEX lamps_id ON lamps (place, id);
