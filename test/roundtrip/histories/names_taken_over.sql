-- Names that something else takes over: what stands on it reads as before, and stands on another one.
CREATE TABLE events (build int, n int, PRIMARY KEY (n));
CREATE UNIQUE INDEX events_by_build ON events (build, n);
CREATE VIEW builds AS SELECT build FROM events;
INSERT INTO events VALUES (1, 1);

-- step: a column makes way for a new one of its name, and an index moves to that
-- keeps rows
ALTER TABLE events RENAME COLUMN build TO build_old;
ALTER TABLE events ADD COLUMN build bigint;
DROP INDEX events_by_build;
CREATE UNIQUE INDEX events_by_build ON events (build, n);
DROP VIEW builds;
CREATE VIEW builds AS SELECT build::int FROM events;

-- step: the index by the old column as well
-- keeps rows
CREATE UNIQUE INDEX events_by_build_old ON events (build_old, n);

-- step: tables change places, with what stands on them made anew
ALTER TABLE events RENAME TO events_old;
CREATE TABLE events (build int, n int, build_new bigint);
DROP INDEX events_by_build;
CREATE UNIQUE INDEX events_by_build ON events (build, n);
CREATE TRIGGER t BEFORE UPDATE ON events_old FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE r AS ON DELETE TO events_old DO INSTEAD NOTHING;

-- step: and back
ALTER TABLE events RENAME TO events_new;
ALTER TABLE events_old RENAME TO events;
CREATE TABLE events_old ();
CREATE TRIGGER t BEFORE UPDATE ON events_new FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER t BEFORE UPDATE ON events_old FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
DROP TRIGGER t ON events;

-- step: a sequence of the name of another
CREATE SEQUENCE s;
CREATE TABLE drawn (id int DEFAULT nextval('s'));

-- step: and another one under its name
ALTER SEQUENCE s RENAME TO s_old;
CREATE SEQUENCE s;
ALTER TABLE drawn ALTER id SET DEFAULT nextval('s');
