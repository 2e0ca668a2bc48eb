-- What every statement leaves in the history: one change a transaction, the objects it touched, nothing else.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA cap;
-- What the newest change did. A statement that changes nothing makes no change: then the one before is shown.
CREATE FUNCTION pg_temp.last() RETURNS TABLE (action text, object text, renamed_from text, tags text) LANGUAGE sql AS $$
  SELECT o.action, o.object, o.renamed_from,
         (SELECT string_agg(s.tag, ', ' ORDER BY s.ordinal) FROM xconnect.change_statement s WHERE s.seq = o.seq)
  FROM xconnect.change_object o WHERE o.seq = (SELECT max(seq) FROM xconnect.change)
  ORDER BY o.object COLLATE "C"
$$;
CREATE FUNCTION pg_temp.changes() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM xconnect.change';
SELECT pg_temp.changes() AS before \gset

-- tables
CREATE TABLE cap.t (id serial PRIMARY KEY, v text, w int DEFAULT 7);
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t ADD COLUMN x numeric, ADD CHECK (x > 0);
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t RENAME COLUMN v TO vv;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t RENAME TO t2;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t2 RENAME TO t;
CREATE TABLE cap.ctas AS SELECT * FROM cap.t;
SELECT * FROM pg_temp.last();
CREATE INDEX ON cap.t (w);
SELECT * FROM pg_temp.last();
COMMENT ON COLUMN cap.t.w IS 'w';
SELECT * FROM pg_temp.last();
GRANT SELECT ON cap.t, cap.ctas TO PUBLIC;
SELECT * FROM pg_temp.last();

-- the text of dependents follows a rename
CREATE VIEW cap.v AS SELECT vv, w FROM cap.t;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t RENAME COLUMN w TO ww;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t ALTER COLUMN x TYPE bigint;
SELECT * FROM pg_temp.last();

-- as it follows a column that is new: aliases in joins, and rows that are written whole
CREATE TABLE cap.one (id int PRIMARY KEY, a int);
CREATE TABLE cap.two (id int PRIMARY KEY, b int CHECK (b > 0), r cap.one DEFAULT ROW(1, 2)::cap.one);
CREATE TABLE cap.three (id int UNIQUE);
CREATE INDEX ON cap.two ((ROW(b, id)::cap.one));
CREATE VIEW cap.joined AS SELECT a, b FROM cap.one FULL JOIN cap.two USING (id), cap.three x;
CREATE FUNCTION cap.joins() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM cap.one o FULL JOIN cap.two t USING (id), cap.three x; END;
CREATE POLICY p ON cap.one USING (EXISTS (SELECT FROM cap.one o FULL JOIN cap.two t USING (id), cap.three x));
CREATE RULE r AS ON DELETE TO cap.one DO ALSO SELECT count(*) FROM cap.one o FULL JOIN cap.two t USING (id), cap.three x;
CREATE VIEW cap.aside AS SELECT id FROM cap.three;
ALTER TABLE cap.three ADD COLUMN d int;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.one ADD COLUMN c int;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.one DROP COLUMN c;
SELECT * FROM pg_temp.last();
SELECT * FROM xc_drift();
DROP TABLE cap.one, cap.two, cap.three CASCADE;

-- partitions and inheritance: what is done to a parent is done to its children
CREATE TABLE cap.p (a int, b text) PARTITION BY LIST (a);
CREATE TABLE cap.p1 PARTITION OF cap.p FOR VALUES IN (1);
SELECT * FROM pg_temp.last();
ALTER TABLE cap.p ADD COLUMN c int, ADD UNIQUE (a, b);
SELECT * FROM pg_temp.last();
ALTER TABLE cap.p DETACH PARTITION cap.p1;
SELECT * FROM pg_temp.last();

-- functions, types, triggers, policies, rules
CREATE FUNCTION cap.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT * FROM pg_temp.last();
CREATE TRIGGER tr BEFORE INSERT ON cap.t FOR EACH ROW EXECUTE FUNCTION cap.f();
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t DISABLE TRIGGER tr;
SELECT * FROM pg_temp.last();
CREATE TYPE cap.e AS ENUM ('a', 'b');
ALTER TYPE cap.e ADD VALUE 'c';
SELECT * FROM pg_temp.last();
CREATE POLICY po ON cap.t USING (true);
SELECT * FROM pg_temp.last();
CREATE RULE ru AS ON DELETE TO cap.t DO INSTEAD NOTHING;
SELECT * FROM pg_temp.last();
ALTER DEFAULT PRIVILEGES IN SCHEMA cap GRANT SELECT ON TABLES TO PUBLIC;
SELECT * FROM pg_temp.last();

-- drops take others along
DROP FUNCTION cap.f() CASCADE;
SELECT * FROM pg_temp.last();
ALTER TABLE cap.t DROP COLUMN vv CASCADE;
SELECT * FROM pg_temp.last();

-- an extension is one object
CREATE EXTENSION citext SCHEMA cap;
SELECT * FROM pg_temp.last();
DROP EXTENSION citext;
SELECT * FROM pg_temp.last();

-- nothing changed: no change
SELECT pg_temp.changes() AS now \gset
CREATE TABLE IF NOT EXISTS cap.t (x int);
DROP TABLE IF EXISTS cap.missing;
ALTER TABLE cap.t ADD COLUMN IF NOT EXISTS x int;
COMMENT ON COLUMN cap.t.ww IS 'w';
GRANT SELECT ON cap.t TO PUBLIC;
CREATE TEMP TABLE temporary (x int);
ALTER TABLE temporary ADD y int;
DROP TABLE temporary;
ANALYZE cap.t;
REINDEX TABLE cap.t;
TRUNCATE cap.t;
BEGIN;
CREATE TABLE cap.gone (x int);
DROP TABLE cap.gone;
COMMIT;
BEGIN;
CREATE TABLE cap.rolled_back (x int);
ROLLBACK;
CREATE TABLE cap.t (wrong int);
SELECT pg_temp.changes() - :now AS changes_made_by_nothing;

DROP SCHEMA cap CASCADE;
SELECT * FROM pg_temp.last();
SELECT * FROM xc_drift();
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
