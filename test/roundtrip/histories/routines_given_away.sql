-- Procedures in all ways, functions with support, what depends on an extension and goes with it, event triggers.

CREATE SCHEMA s1;
CREATE SCHEMA s2;
CREATE EXTENSION hstore;
CREATE PROCEDURE s1.pr(a int) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE s1.other() LANGUAGE plpgsql AS 'BEGIN CALL s1.pr(1); END';
CREATE FUNCTION s1.fn(int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT $1';
CREATE AGGREGATE s1.ag(int) (SFUNC = int4pl, STYPE = int);
CREATE TABLE s1.t (id int PRIMARY KEY, a int, b text);
CREATE INDEX t_a ON s1.t (a);
CREATE FUNCTION s1.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tg BEFORE INSERT ON s1.t FOR EACH ROW EXECUTE FUNCTION s1.tf();
CREATE MATERIALIZED VIEW s1.mv AS SELECT a, b FROM s1.t;

-- step: a procedure replaced
CREATE OR REPLACE PROCEDURE s1.pr(a int) LANGUAGE sql AS 'SELECT 2';

-- step: how it runs
ALTER PROCEDURE s1.pr(int) SECURITY DEFINER;
ALTER PROCEDURE s1.pr(int) SET work_mem = '4MB';

-- step: and no longer
ALTER PROCEDURE s1.pr(int) RESET work_mem;
ALTER PROCEDURE s1.pr(int) SECURITY INVOKER;

-- step: granted and revoked
GRANT EXECUTE ON PROCEDURE s1.pr(int) TO alice;
REVOKE EXECUTE ON PROCEDURE s1.other() FROM PUBLIC;

-- step: renamed, moved, given away
ALTER PROCEDURE s1.other() RENAME TO another;
ALTER PROCEDURE s1.another() SET SCHEMA s2;
ALTER PROCEDURE s2.another() OWNER TO bob;

-- step: planner support
ALTER FUNCTION s1.fn(int) SUPPORT generate_series_int4_support;

-- step: what goes with an extension
ALTER FUNCTION s1.fn(int) DEPENDS ON EXTENSION hstore;
ALTER PROCEDURE s1.pr(int) DEPENDS ON EXTENSION hstore;
ALTER TRIGGER tg ON s1.t DEPENDS ON EXTENSION hstore;
ALTER INDEX s1.t_a DEPENDS ON EXTENSION hstore;
ALTER MATERIALIZED VIEW s1.mv DEPENDS ON EXTENSION hstore;

-- step: and some does no longer
ALTER FUNCTION s1.fn(int) NO DEPENDS ON EXTENSION hstore;
ALTER INDEX s1.t_a NO DEPENDS ON EXTENSION hstore;

-- step: the extension dropped, with what goes with it
DROP EXTENSION hstore;

-- step: procedures and aggregates dropped
CREATE PROCEDURE s1.atomic() LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
DROP PROCEDURE s2.another() CASCADE;
DROP AGGREGATE s1.ag(int);

-- step: an event trigger, a policy, rules, triggers and publications
CREATE FUNCTION s1.evf() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER ev ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION s1.evf();
CREATE POLICY po ON s1.t USING (a > 0);
CREATE RULE ru AS ON UPDATE TO s1.t DO ALSO NOTHING;
CREATE TRIGGER tg2 BEFORE UPDATE ON s1.t FOR EACH ROW EXECUTE FUNCTION s1.tf();
CREATE STATISTICS s1.st ON a, b FROM s1.t;
CREATE PUBLICATION pub FOR TABLE s1.t;
CREATE SUBSCRIPTION sub CONNECTION 'dbname=doesnotexist' PUBLICATION x WITH (connect = false, slot_name = NONE);

-- step: publications of the subscription
ALTER SUBSCRIPTION sub ADD PUBLICATION y WITH (refresh = false);

-- step: and fewer
ALTER SUBSCRIPTION sub DROP PUBLICATION x WITH (refresh = false);

-- step: all dropped, cascading to nothing
DROP POLICY po ON s1.t CASCADE;
DROP EVENT TRIGGER ev CASCADE;
DROP RULE ru ON s1.t CASCADE;
DROP TRIGGER tg2 ON s1.t CASCADE;
DROP STATISTICS s1.st CASCADE;
DROP PUBLICATION pub CASCADE;
DROP SUBSCRIPTION sub CASCADE;
