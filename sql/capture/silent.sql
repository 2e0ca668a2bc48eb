-- Statements for which the server fires no event trigger, or names nothing in it.
CREATE SCHEMA sil;
CREATE ROLE regress_xc_a;
CREATE ROLE regress_xc_b;
CREATE FUNCTION pg_temp.last() RETURNS TABLE (action text, object text) LANGUAGE sql AS $$
  SELECT o.action, o.object FROM xconnect.change_object o WHERE o.seq = (SELECT max(seq) FROM xconnect.change) ORDER BY o.object COLLATE "C"
$$;

EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) CREATE TABLE sil.explained AS SELECT 1 AS a \g /dev/null
SELECT * FROM pg_temp.last();

CREATE TABLE sil.owned (a int PRIMARY KEY);
ALTER TABLE sil.owned OWNER TO regress_xc_a;
REASSIGN OWNED BY regress_xc_a TO regress_xc_b;
SELECT * FROM pg_temp.last();

CLUSTER sil.owned USING owned_pkey;
SELECT * FROM pg_temp.last();

GRANT SELECT ON sil.owned TO regress_xc_a;
DROP OWNED BY regress_xc_a;
SELECT * FROM pg_temp.last();

SET session_replication_role = replica;
CREATE TABLE sil.as_replica (a int);
RESET session_replication_role;
SELECT * FROM pg_temp.last();

DO $$ BEGIN EXECUTE 'CREATE TABLE sil.in_do (a int)'; END $$;
SELECT * FROM pg_temp.last();

CREATE SCHEMA sil_elements CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t;
SELECT * FROM pg_temp.last();

SELECT * INTO sil.selected FROM sil.owned;
SELECT * FROM pg_temp.last();

DROP OWNED BY regress_xc_b CASCADE;
SELECT * FROM pg_temp.last();

DROP SCHEMA sil, sil_elements CASCADE;
DROP ROLE regress_xc_a, regress_xc_b;
SELECT * FROM xc_drift();
