-- What the vault may hold, and how it lets go: announced first, by name, in no statement of the user's.
\set VERBOSITY terse
SET xconnect.preserve = tables;
SET xconnect.preserve_disk_free = 0;
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE FUNCTION pg_temp.last() RETURNS text LANGUAGE sql AS 'SELECT change_id FROM xc_log(max_count => 1)';
CREATE VIEW pg_temp.waits AS
  SELECT object, rows IS NULL OR rows > 0 AS rows, until - kept_at AS time, why FROM xc_vault() ORDER BY object;
CREATE TABLE a AS SELECT i FROM generate_series(1, 100) i;
CREATE TABLE b AS SELECT i FROM generate_series(1, 100) i;
CREATE TABLE c AS SELECT i FROM generate_series(1, 100) i;
CREATE TABLE d AS SELECT i FROM generate_series(1, 100) i;

-- by number
SET xconnect.preserve_count = 1;
DROP TABLE a;
SELECT pg_temp.last() AS drop_of_a \gset
SELECT * FROM pg_temp.waits;
SELECT rollback_ready FROM xconnect.ledger WHERE change_id = :'drop_of_a';
DROP TABLE b;
SELECT * FROM pg_temp.waits;
SELECT rollback_ready FROM xconnect.rollback_targets WHERE change_id = :'drop_of_a';
CREATE TABLE next_change (i int);
SELECT kind, reason, details::jsonb #>> '{purged,0,object}' AS purged, details::jsonb #>> '{purged,0,bytes}' AS bytes
  FROM xconnect.change ORDER BY seq DESC LIMIT 1;
SELECT kind, rollback_ready FROM xconnect.ledger LIMIT 3;
SELECT * FROM pg_temp.waits;
SELECT rollback_ready FROM xconnect.rollback_targets WHERE change_id = :'drop_of_a';
SELECT xc_rollback(:'drop_of_a');
SELECT count(*) FROM xconnect.vault_notice;

-- a higher limit takes the announcement back
DROP TABLE c;
SELECT why FROM pg_temp.waits WHERE object = 'table public.b';
SET xconnect.preserve_count = 1000;
DROP TABLE next_change;
SELECT * FROM pg_temp.waits;

-- by age
SET xconnect.preserve_age = '2d';
SELECT time FROM pg_temp.waits;
SET xconnect.preserve_age = 0;
CREATE TABLE next_change (i int);
DROP TABLE next_change;
SELECT * FROM pg_temp.waits;
SET xconnect.preserve_age = -1;
DROP TABLE d;
SELECT time FROM pg_temp.waits;

-- by size; a table that has no room at all is told in the statement that drops it, as long as it can be undone
SET xconnect.preserve_size = '1MB';
CREATE TABLE next_change (i int);
CREATE TABLE most AS SELECT i FROM generate_series(1, 28900) i;
DROP TABLE most;
BEGIN;
ALTER TABLE next_change ADD COLUMN j int;
ROLLBACK;
SELECT object, why FROM pg_temp.waits;
CREATE TABLE large AS SELECT i FROM generate_series(1, 100) i;
SELECT object, why FROM pg_temp.waits;
SET xconnect.preserve_size = 0;
DROP TABLE large;
SELECT rollback_ready FROM xconnect.ledger WHERE change_id = pg_temp.last();
SELECT xc_rollback(pg_temp.last());
SET xconnect.preserve_size = '1GB';

-- by what is free on the disk
SET xconnect.preserve_disk_free = 100;
CREATE TABLE kept_nowhere AS SELECT 1 AS i;
DROP TABLE kept_nowhere;
SELECT * FROM pg_temp.waits;
SET xconnect.preserve_disk_free = 0;

-- who may not look into the vault is not told what is in it
CREATE ROLE vault_passer_by;
GRANT CREATE ON SCHEMA public TO vault_passer_by;
CREATE TABLE secret_name AS SELECT 1 AS i;
CREATE TABLE more AS SELECT 1 AS i;
DROP TABLE secret_name;
ALTER TABLE more OWNER TO vault_passer_by;
SET xconnect.preserve_count = 1;
SET SESSION AUTHORIZATION vault_passer_by;
CREATE TABLE mine AS SELECT 1 AS i;
DROP TABLE more;
ALTER TABLE mine ADD COLUMN j int;
SELECT * FROM xc_vault();
RESET SESSION AUTHORIZATION;
SELECT object FROM pg_temp.waits;
SELECT author, reason, details::jsonb #>> '{purged,0,object}' AS first FROM xconnect.change WHERE kind = 'purge' ORDER BY seq DESC LIMIT 1;

-- somebody reads what is to be let go: it stays until the next change
CREATE EXTENSION IF NOT EXISTS dblink;
CREATE TABLE another AS SELECT 1 AS i;
DROP TABLE another;
SELECT dblink_connect('other', format('host=%s port=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()));
SELECT dblink_exec('other', format('BEGIN; LOCK TABLE %s IN ACCESS SHARE MODE', store)) FROM xc_vault() WHERE object = 'table public.more';
ALTER TABLE mine ADD COLUMN l int;
SELECT object FROM pg_temp.waits;
SELECT dblink_disconnect('other');
CREATE FUNCTION pg_temp.wait_for_the_lock() RETURNS void LANGUAGE plpgsql AS $$
BEGIN WHILE EXISTS (SELECT FROM pg_locks l JOIN xc_vault() v ON l.relation = v.store AND l.pid <> pg_backend_pid()) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$;
SELECT pg_temp.wait_for_the_lock();
ALTER TABLE mine ADD COLUMN m int;
SELECT object FROM pg_temp.waits;
SET xconnect.preserve_count = 1000;

-- what the limits say can be had at once
CREATE TABLE e AS SELECT 1 AS i;
DROP TABLE e;
SELECT xc_purge_vault(NULL);
SET xconnect.preserve_count = 0;
SELECT xc_purge_vault(NULL) > 0 AS some;
SELECT count(*) FROM xc_vault();
SELECT fact, value, note FROM xc_status() WHERE fact LIKE 'vault%' ORDER BY fact;
SET xconnect.preserve = 'none, nonsense';
SHOW xconnect.preserve;
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP TABLE mine, next_change;
REVOKE ALL ON SCHEMA public FROM vault_passer_by;
DROP ROLE vault_passer_by;
DROP EXTENSION dblink;
