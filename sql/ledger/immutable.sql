-- History is append-only for everybody: each way to change or remove it by statements is refused, and nothing is different
-- afterwards. (What no extension can refuse is found: test/tap/tampering.pl.)
CREATE ROLE regress_xc_dba SUPERUSER;
CREATE ROLE regress_xc_owner;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA imm;
CREATE TABLE imm.t (a int);
SELECT xc_tag('kept') IS NOT NULL AS tagged;
SELECT md5(string_agg(c::text, '|' ORDER BY seq)) AS before, max(seq) AS last FROM xconnect.change c \gset
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.tables() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT relname::text FROM pg_class WHERE relnamespace = 'xconnect'::regnamespace AND relkind = 'r' AND relname !~ '^vault_' ORDER BY relname COLLATE "C" $$;
-- What a statement is refused with; "done" when it is not.
CREATE FUNCTION pg_temp.refused(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
  EXECUTE sql;
  RETURN 'done';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
  RETURN format('%s %s [%s]', state, message, hint);
END $$;

-- every table, every statement that changes rows
SELECT t AS tables, pg_temp.refused(format('DELETE FROM xconnect.%I', t)) ~ '^XC015' AS del,
       pg_temp.refused(format('UPDATE xconnect.%I SET %I = %2$I', t, (SELECT attname FROM pg_attribute WHERE attrelid = ('xconnect.' || t)::regclass AND attnum = 1))) ~ '^XC015' AS upd,
       pg_temp.refused(format('INSERT INTO xconnect.%I SELECT * FROM xconnect.%1$I', t)) ~ '^XC015' AS ins,
       pg_temp.refused(format('MERGE INTO xconnect.%I USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE', t)) ~ '^XC015' AS merge,
       pg_temp.refused(format('TRUNCATE xconnect.%I', t)) ~ '^XC015' AS trunc,
       pg_temp.refused(format('TRUNCATE xconnect.%I CASCADE', t)) ~ '^XC015' AS cascade,
       pg_temp.refused(format('COPY xconnect.%I FROM PROGRAM ''true''', t)) ~ '^XC015' AS copy,
       pg_temp.refused(format('ALTER TABLE xconnect.%I DISABLE TRIGGER ALL', t)) ~ '^XC015' AS disable,
       pg_temp.refused(format('DROP TABLE xconnect.%I CASCADE', t)) !~ '^done' AS dropped
  FROM pg_temp.tables() t;

-- each way, one of them, in words
SELECT w AS way, pg_temp.refused(w) AS refused FROM unnest(ARRAY[
  'UPDATE xconnect.change SET author = ''nobody''',
  'DELETE FROM xconnect.change WHERE seq = 1',
  'SELECT FROM xconnect.change FOR UPDATE',
  'WITH d AS (DELETE FROM xconnect.tag RETURNING 1) SELECT count(*) FROM d',
  'INSERT INTO xconnect.tag SELECT * FROM xconnect.tag',
  'INSERT INTO xconnect.tag SELECT * FROM xconnect.tag ON CONFLICT DO NOTHING',
  'TRUNCATE xconnect.change, imm.t',
  'ALTER TABLE xconnect.change DISABLE TRIGGER receive',
  'ALTER TABLE xconnect.change DISABLE TRIGGER USER',
  'ALTER TABLE xconnect.change ENABLE REPLICA TRIGGER receive',
  'ALTER TABLE xconnect.change ADD COLUMN more int',
  'ALTER TABLE xconnect.change DROP COLUMN reason',
  'ALTER TABLE xconnect.change ALTER COLUMN reason TYPE varchar(3)',
  'ALTER TABLE xconnect.change RENAME TO other',
  'ALTER TABLE xconnect.change RENAME COLUMN reason TO other',
  'ALTER TABLE xconnect.change SET SCHEMA imm',
  'ALTER TABLE xconnect.change ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE xconnect.change INHERIT imm.t',
  'ALTER TABLE imm.t INHERIT xconnect.tag',
  'CREATE TABLE imm.child () INHERITS (xconnect.tag)',
  'ALTER INDEX xconnect.change_pkey RENAME TO other',
  'DROP INDEX xconnect.tag_name_idx',
  'CREATE INDEX ON xconnect.change ((1 / (seq - seq)))',
  'CREATE RULE hide AS ON DELETE TO xconnect.change DO INSTEAD NOTHING',
  'CREATE TRIGGER mine BEFORE INSERT ON xconnect.change EXECUTE FUNCTION xconnect.receive()',
  'CREATE POLICY hide ON xconnect.change USING (false)',
  'DROP TRIGGER receive ON xconnect.change',
  'ALTER TRIGGER receive ON xconnect.change RENAME TO other',
  'DROP TABLE xconnect.change',
  'DROP SCHEMA xconnect CASCADE',
  'ALTER SCHEMA xconnect RENAME TO other',
  'DROP FUNCTION xconnect.receive() CASCADE',
  'CREATE OR REPLACE FUNCTION xconnect.receive() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN new; END''',
  'ALTER EXTENSION xconnect DROP TABLE xconnect.change',
  'DROP EXTENSION xconnect',
  'DROP SCHEMA public CASCADE'
]) w;

-- by a view, a rule on it, a function of another role, in the replica's role, with the catalogs open
CREATE VIEW imm.v AS SELECT * FROM xconnect.tag;
CREATE FUNCTION imm.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM xconnect.tag';
CREATE TABLE imm.r (a int);
CREATE RULE r AS ON INSERT TO imm.r DO INSTEAD DELETE FROM xconnect.tag;
ALTER TABLE imm.r ENABLE ALWAYS RULE r;
SET session_replication_role = replica;
SET allow_system_table_mods = on;
SELECT w AS way, pg_temp.refused(w) AS refused FROM unnest(ARRAY[
  'DELETE FROM imm.v', 'UPDATE imm.v SET note = ''x''', 'INSERT INTO imm.r VALUES (1)', 'SELECT imm.f()',
  'DELETE FROM xconnect.change', 'TRUNCATE xconnect.change', 'ALTER TABLE xconnect.change DISABLE TRIGGER ALL',
  'ALTER TABLE xconnect.change DROP COLUMN author', 'DROP TABLE xconnect.change CASCADE']) w;
RESET allow_system_table_mods;
RESET session_replication_role;

-- the triggers edited away in the catalogs: the library that this session has loaded refuses still, and it is found
BEGIN;
UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = 'xconnect.change'::regclass;
UPDATE pg_class SET relhastriggers = false WHERE oid = 'xconnect.change'::regclass;
SELECT pg_temp.refused('DELETE FROM xconnect.change');
SELECT pg_temp.refused('TRUNCATE xconnect.change');
SELECT * FROM xc_verify();
ROLLBACK;
BEGIN;
DELETE FROM pg_trigger WHERE tgrelid = 'xconnect.tag'::regclass;
UPDATE pg_proc SET prosrc = 'xc_head' WHERE oid = 'xconnect.receive'::regproc;
SELECT what, finding, count(*) FROM xc_verify() GROUP BY 1, 2 ORDER BY 2;
ROLLBACK;

-- by a role with all the rights that can be given
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA xconnect TO regress_xc_owner;
GRANT ALL ON ALL TABLES IN SCHEMA xconnect TO regress_xc_owner;
SET SESSION AUTHORIZATION regress_xc_owner;
SELECT w AS way, pg_temp.refused(w) AS refused FROM unnest(ARRAY[
  'DELETE FROM xconnect.change', 'UPDATE xconnect.change SET author = ''x''', 'TRUNCATE xconnect.change',
  'INSERT INTO xconnect.tag VALUES (''x'', 1, NULL, ''x'', now())', 'DROP TABLE xconnect.change', 'DROP EXTENSION xconnect CASCADE']) w;
RESET SESSION AUTHORIZATION;
REVOKE ALL ON ALL TABLES IN SCHEMA xconnect FROM regress_xc_owner;
REVOKE USAGE ON SCHEMA xconnect FROM regress_xc_owner;
SET SESSION AUTHORIZATION regress_xc_dba;

-- what is the administrator's business stays so
ALTER TABLE xconnect.change SET (autovacuum_enabled = off);
ALTER TABLE xconnect.change RESET (autovacuum_enabled);
VACUUM xconnect.change;
REINDEX TABLE CONCURRENTLY xconnect.tag;
ANALYZE xconnect.change;

SELECT md5(string_agg(c::text, '|' ORDER BY seq)) = :'before' AS as_before FROM xconnect.change c WHERE seq <= :last;
SELECT * FROM xc_verify();
DROP SCHEMA imm CASCADE;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba, regress_xc_owner;
DROP ROLE regress_xc_dba, regress_xc_owner;
