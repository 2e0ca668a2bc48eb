-- Statements that fail, warn or notify, and what is half done when they do: see run.

-- case: what they are about
CREATE SCHEMA f; CREATE ROLE regress_f_a; CREATE ROLE regress_f_b; GRANT USAGE ON SCHEMA f TO regress_f_a;
CREATE TABLE f.t (id serial PRIMARY KEY, a int NOT NULL CHECK (a > 0), b text UNIQUE); INSERT INTO f.t (a, b) VALUES (1, 'x'), (2, 'y');
CREATE TABLE f.c (t_id int REFERENCES f.t, d int DEFAULT 1); INSERT INTO f.c VALUES (1);
CREATE VIEW f.v AS SELECT id, a FROM f.t; CREATE MATERIALIZED VIEW f.mv AS SELECT a FROM f.t; CREATE TYPE f.e AS ENUM ('x', 'y');
CREATE TYPE f.r AS (a int, b text); CREATE DOMAIN f.dm AS int CHECK (VALUE > 0); CREATE TABLE f.uses (r f.r, e f.e, d f.dm); INSERT INTO f.uses VALUES ((1, 'x'), 'x', 1);
CREATE TABLE f.p (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE f.p1 PARTITION OF f.p FOR VALUES FROM (0) TO (10); INSERT INTO f.p VALUES (3);
CREATE FUNCTION f.fn(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE VIEW f.over AS SELECT f.fn(a) AS n FROM f.v;
CREATE FUNCTION f.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER tg BEFORE INSERT ON f.t FOR EACH ROW EXECUTE FUNCTION f.tf();
-- case: a table that exists
CREATE TABLE f.t (x int);
-- case: a schema that does not
CREATE TABLE nowhere.t (x int);
-- case: a type that does not
CREATE TABLE f.x (a nonsense);
-- case: a column twice
CREATE TABLE f.x (a int, a int);
-- case: two primary keys
CREATE TABLE f.x (a int PRIMARY KEY, b int PRIMARY KEY);
-- case: a foreign key to nothing unique
CREATE TABLE f.x (a int REFERENCES f.c (d));
-- case: a foreign key of another type
CREATE TABLE f.x (a text REFERENCES f.t);
-- case: a syntax error
CREATE TABEL f.x (a int);
-- case: a syntax error in the middle
ALTER TABLE f.t ADD COLUMN z int DEFALT 3;
-- case: a default that does not fit
ALTER TABLE f.t ADD COLUMN z int DEFAULT 'abc';
-- case: a column that exists
ALTER TABLE f.t ADD COLUMN a int;
-- case: a column that does not
ALTER TABLE f.t DROP COLUMN nothing;
-- case: a column that a view needs
ALTER TABLE f.t DROP COLUMN a;
-- case: the type of a column that a view needs
ALTER TABLE f.t ALTER COLUMN a TYPE bigint;
-- case: a type that the values cannot become
ALTER TABLE f.t ALTER COLUMN b TYPE int USING b::int;
-- case: NOT NULL where nulls are
ALTER TABLE f.t ADD COLUMN nulls int; ALTER TABLE f.t ALTER COLUMN nulls SET NOT NULL;
-- case: a check that rows break
ALTER TABLE f.t ADD CONSTRAINT more CHECK (a > 1);
-- case: a unique key that rows break
INSERT INTO f.c VALUES (1); ALTER TABLE f.c ADD UNIQUE (t_id);
-- case: a foreign key that rows break
ALTER TABLE f.c ADD FOREIGN KEY (d) REFERENCES f.p (a);
-- case: a constraint that does not exist
ALTER TABLE f.t DROP CONSTRAINT nothing;
-- case: a constraint that does not need to
ALTER TABLE f.t DROP CONSTRAINT IF EXISTS nothing;
-- case: a table with dependents
DROP TABLE f.t;
-- case: a table with dependents, cascading and taken back
BEGIN; DROP TABLE f.t CASCADE; ROLLBACK;
-- case: a savepoint behind a failure
SAVEPOINT one; CREATE TABLE f.first (a int); SAVEPOINT two; CREATE TABLE f.t (a int); ROLLBACK TO two; CREATE TABLE f.second (a int); RELEASE one;
-- case: a drop taken back in a subtransaction
SAVEPOINT one; DROP TABLE f.second; ROLLBACK TO one; ALTER TABLE f.second ADD b int;
-- case: a type in use
DROP TYPE f.e;
-- case: an attribute in use
ALTER TYPE f.r ALTER ATTRIBUTE a TYPE bigint;
-- case: a label that exists
ALTER TYPE f.e ADD VALUE 'x';
-- case: a label that may
ALTER TYPE f.e ADD VALUE IF NOT EXISTS 'x';
-- case: a label next to none
ALTER TYPE f.e ADD VALUE 'z' BEFORE 'nothing';
-- case: a domain's check that values break
ALTER DOMAIN f.dm ADD CHECK (VALUE > 5);
-- case: a bound that overlaps
CREATE TABLE f.p2 PARTITION OF f.p FOR VALUES FROM (5) TO (20);
-- case: a partition whose rows do not fit
CREATE TABLE f.p3 (a int NOT NULL); INSERT INTO f.p3 VALUES (99); ALTER TABLE f.p ATTACH PARTITION f.p3 FOR VALUES FROM (10) TO (20);
-- case: a default partition that has such rows
CREATE TABLE f.pd PARTITION OF f.p DEFAULT; INSERT INTO f.p VALUES (15); CREATE TABLE f.p4 PARTITION OF f.p FOR VALUES FROM (10) TO (20);
-- case: a view that loses columns
CREATE OR REPLACE VIEW f.v AS SELECT id FROM f.t;
-- case: a view on nothing
CREATE VIEW f.bad AS SELECT * FROM f.nothing;
-- case: a function with another result
CREATE OR REPLACE FUNCTION f.fn(int) RETURNS text LANGUAGE sql AS 'SELECT $1';
-- case: a function whose body is wrong
CREATE FUNCTION f.bad() RETURNS int LANGUAGE sql AS 'SELECT nothing';
-- case: a function in use
DROP FUNCTION f.fn(int);
-- case: a function in use, cascading
DROP FUNCTION f.fn(int) CASCADE;
-- case: a trigger on a view
CREATE TRIGGER bad BEFORE INSERT ON f.v FOR EACH ROW EXECUTE FUNCTION f.tf();
-- case: a trigger that does not exist
DROP TRIGGER nothing ON f.t;
-- case: an index over nothing
CREATE INDEX bad ON f.t (nothing);
-- case: an index that exists
CREATE INDEX t_pkey ON f.t (a);
-- case: an index that may
CREATE INDEX IF NOT EXISTS t_pkey ON f.t (a);
-- case: an index that a constraint needs
DROP INDEX f.t_pkey;
-- case: a schema that is not empty
DROP SCHEMA f;
-- case: not in a transaction
BEGIN; CREATE INDEX CONCURRENTLY x ON f.t (a); ROLLBACK;
-- case: privileges of nobody
GRANT SELECT ON f.t TO nobody_at_all;
-- case: privileges that there are not
GRANT EXECUTE ON TABLE f.t TO regress_f_a;
-- case: privileges of what one does not own
SET ROLE regress_f_a; GRANT SELECT ON f.t TO regress_f_b;
-- case: a table that one does not own
SET ROLE regress_f_a; ALTER TABLE f.t ADD z int;
-- case: a schema where one may not create
SET ROLE regress_f_a; CREATE TABLE f.mine (a int);
-- case: a comment on what one does not own
SET ROLE regress_f_a; COMMENT ON TABLE f.t IS 'mine';
-- case: granted, with a warning that not all of it was
GRANT SELECT ON f.t TO regress_f_a; SET ROLE regress_f_a; GRANT ALL ON f.t TO regress_f_b;
-- case: revoked from who has none
REVOKE SELECT ON f.t FROM regress_f_b;
-- case: an owner that does not exist
ALTER TABLE f.t OWNER TO nobody_at_all;
-- case: the right kind of statement for another kind of object
ALTER VIEW f.t RENAME TO x;
-- case: dropped as another kind
DROP VIEW f.t;
-- case: a comment on nothing
COMMENT ON TABLE f.nothing IS 'x';
-- case: a policy twice
CREATE POLICY po ON f.t; CREATE POLICY po ON f.t;
-- case: a rule on nothing
CREATE RULE ru AS ON INSERT TO f.nothing DO NOTHING;
-- case: a sequence with bad limits
CREATE SEQUENCE f.bad MINVALUE 10 MAXVALUE 5;
-- case: a statistics object on one column
CREATE STATISTICS f.st ON a FROM f.t;
-- case: a collation that is not there
CREATE COLLATION f.co (LOCALE = 'xx_YY');
-- case: a cast that exists
CREATE CAST (int AS bigint) WITHOUT FUNCTION;
-- case: an operator without a function
CREATE OPERATOR f.@@ (LEFTARG = int, RIGHTARG = int);
-- case: an aggregate without a state
CREATE AGGREGATE f.ag(int) (SFUNC = int4pl);
-- case: an extension that is not there
CREATE EXTENSION no_such_extension;
-- case: an extension that exists
CREATE EXTENSION IF NOT EXISTS plpgsql;
-- case: a server without its wrapper
CREATE SERVER regress_f FOREIGN DATA WRAPPER nothing;
-- case: a publication of what cannot be
CREATE PUBLICATION regress_f FOR TABLE f.v;
-- case: errors in a block that are caught
DO $$ BEGIN CREATE TABLE f.caught (a int); BEGIN CREATE TABLE f.caught (a int); EXCEPTION WHEN duplicate_table THEN RAISE NOTICE 'caught: %', SQLERRM; END; ALTER TABLE f.caught ADD b int; END $$;
-- case: an error in a block, with its context
DO $$ BEGIN CREATE TABLE f.never (a int); EXECUTE 'ALTER TABLE f.never ADD a int'; END $$;
-- case: an error in a function, with its context
CREATE FUNCTION f.makes() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE f.t (a int); END'; SELECT f.makes();
-- case: an event trigger that refuses
CREATE FUNCTION f.refuses() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not %'', tg_tag; END';
CREATE EVENT TRIGGER regress_f ON ddl_command_end WHEN TAG IN ('CREATE SEQUENCE') EXECUTE FUNCTION f.refuses();
-- case: refused by it
CREATE SEQUENCE f.refused;
-- case: and without it
DROP EVENT TRIGGER regress_f; CREATE SEQUENCE f.refused;
-- case: an event trigger that tells what there was
CREATE FUNCTION f.tells() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE o record; BEGIN
  FOR o IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP RAISE NOTICE '% % %', o.command_tag, o.object_type, o.object_identity; END LOOP; END $$;
CREATE FUNCTION f.tells_drops() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE o record; BEGIN
  FOR o IN SELECT * FROM pg_event_trigger_dropped_objects() LOOP RAISE NOTICE 'dropped % %', o.object_type, o.object_identity; END LOOP; END $$;
CREATE FUNCTION f.tells_rewrites() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'rewrites % because %', pg_event_trigger_table_rewrite_oid()::regclass, pg_event_trigger_table_rewrite_reason(); END $$;
CREATE EVENT TRIGGER regress_tells ON ddl_command_end EXECUTE FUNCTION f.tells();
CREATE EVENT TRIGGER regress_tells_drops ON sql_drop EXECUTE FUNCTION f.tells_drops();
CREATE EVENT TRIGGER regress_tells_rewrites ON table_rewrite EXECUTE FUNCTION f.tells_rewrites();
-- case: it tells of a table
CREATE TABLE f.told (id serial PRIMARY KEY, a int REFERENCES f.t); ALTER TABLE f.told ALTER a TYPE bigint, ADD COLUMN g float DEFAULT random();
-- case: it tells of drops
ALTER TABLE f.told DROP COLUMN a; DROP TABLE f.told;
-- case: it tells of grants and comments
GRANT SELECT ON f.t TO regress_f_a; COMMENT ON TABLE f.t IS 'told';
-- case: it tells no more
DROP EVENT TRIGGER regress_tells; DROP EVENT TRIGGER regress_tells_drops; DROP EVENT TRIGGER regress_tells_rewrites;
-- case: rows with the schema
CREATE TABLE f.counted AS SELECT * FROM f.t; SELECT a INTO f.counted2 FROM f.t; INSERT INTO f.t (a, b) SELECT g, g FROM generate_series(100, 120) g; UPDATE f.t SET a = a + 1 WHERE a > 100; DELETE FROM f.t WHERE a > 110; REFRESH MATERIALIZED VIEW f.mv; TRUNCATE f.counted;
-- case: lastval
SELECT lastval();
CREATE SEQUENCE f.sq; SELECT nextval('f.sq'); CREATE TABLE f.sq2 (a serial); SELECT lastval();
-- case: truncate of what is referenced
TRUNCATE f.t;
-- case: a deferred constraint that fails at the end, alone
BEGIN; CREATE TABLE f.deferred (a int REFERENCES f.t DEFERRABLE INITIALLY DEFERRED); INSERT INTO f.deferred VALUES (4711); COMMIT;
-- case: read only
SET TRANSACTION READ ONLY; CREATE TABLE f.ro (a int);
-- case: serializable
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE f.serial (a int); INSERT INTO f.serial VALUES (1); ALTER TABLE f.serial ADD b int DEFAULT 1;
-- case: a cursor over a table that changes
DECLARE cu CURSOR FOR SELECT * FROM f.t; FETCH cu; ALTER TABLE f.t ADD z int;
-- case: a lock that is held
LOCK TABLE f.c IN SHARE MODE; ALTER TABLE f.c SET (fillfactor = 50);
-- case: many strings at once, the second fails
CREATE TABLE f.multi (a int)\; CREATE TABLE f.multi (a int)\; CREATE TABLE f.multi2 (a int);
-- case: a role that owns something, DATABASE
ALTER TABLE f.c OWNER TO regress_f_b; DROP ROLE regress_f_b;
-- case: dropped with notices
DROP SCHEMA f CASCADE;
