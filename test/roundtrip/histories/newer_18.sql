-- What else PostgreSQL 18 brought.
-- server: 18
CREATE TABLE plain (a int, b int GENERATED ALWAYS AS (a + 1) STORED, c text);
CREATE TABLE parted (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE EXTENSION postgres_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
CREATE TABLE log (a int, b int);

-- step: default privileges of large objects
ALTER DEFAULT PRIVILEGES GRANT SELECT, UPDATE ON LARGE OBJECTS TO bob WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT SELECT ON LARGE OBJECTS TO PUBLIC;

-- step: others
ALTER DEFAULT PRIVILEGES REVOKE UPDATE ON LARGE OBJECTS FROM bob;
ALTER DEFAULT PRIVILEGES FOR ROLE alice REVOKE ALL ON LARGE OBJECTS FROM PUBLIC;

-- step: foreign tables like others
CREATE FOREIGN TABLE f (LIKE plain INCLUDING ALL) SERVER s;
CREATE FOREIGN TABLE g (LIKE plain INCLUDING DEFAULTS EXCLUDING GENERATED, extra int) SERVER s OPTIONS (table_name 'g');

-- step: published columns, generated ones among them
CREATE PUBLICATION part FOR TABLE plain (a, b) WITH (publish_generated_columns = none);
CREATE PUBLICATION every FOR ALL TABLES WITH (publish_generated_columns = stored, publish_via_partition_root = true);

-- step: others
ALTER PUBLICATION part SET TABLE plain (a);
ALTER PUBLICATION part SET (publish_generated_columns = stored);
ALTER PUBLICATION every SET (publish_generated_columns = none);

-- step: a subscription's ways
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE, failover = true, two_phase = true);

-- step: others
ALTER SUBSCRIPTION sub SET (streaming = off, disable_on_error = true);

-- step: old and new rows
CREATE FUNCTION swap(int) RETURNS SETOF int BEGIN ATOMIC UPDATE log SET b = $1 RETURNING old.b + new.b; END;
CREATE RULE noted AS ON UPDATE TO plain DO ALSO INSERT INTO log VALUES (old.a, new.a) ;
CREATE VIEW v AS WITH x AS (SELECT a FROM log) SELECT * FROM x;

-- step: a collation of the newest kind
CREATE COLLATION fast (provider = builtin, locale = 'PG_UNICODE_FAST');
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
ALTER TABLE plain ALTER c TYPE text COLLATE fast;

-- step: statistics targets and parameters
ALTER TABLE plain SET (vacuum_truncate = off, autovacuum_vacuum_max_threshold = 1000, vacuum_max_eager_freeze_failure_rate = 0.1);
ALTER TABLE plain ALTER c SET STATISTICS DEFAULT;

-- step: all of them the defaults
ALTER TABLE plain RESET (vacuum_truncate, autovacuum_vacuum_max_threshold, vacuum_max_eager_freeze_failure_rate);

-- step: keys that are not btree's alone
CREATE TABLE ranged (r int4range) PARTITION BY RANGE (r);
CREATE TABLE ranged_1 PARTITION OF ranged FOR VALUES FROM ('[1,2)') TO ('[5,6)');

-- step: dropped
DROP SUBSCRIPTION sub;
DROP PUBLICATION part, every;
DROP TABLE plain, parted, ranged, log CASCADE;
