-- What the vault may hold, and how it lets go: announced first, by name, in no statement of the user's.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
SELECT xc_purge_vault() >= 0 AS emptied;
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

-- values of columns have the same limits, but for the number of tables
SELECT xc_purge_vault() >= 0 AS emptied;
SET xconnect.preserve = 'tables, columns';
-- (as many rows as fill the blocks that newer servers take at once)
CREATE TABLE wide (i int, t text, u text, v text);
INSERT INTO wide SELECT i, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 30) j), 'u', 'v' FROM generate_series(1, 3072) i;
ANALYZE wide;
SET xconnect.preserve_count = 0;
ALTER TABLE wide DROP COLUMN u;
SELECT pg_temp.last() AS drop_of_u \gset
ALTER TABLE wide ALTER v TYPE "char";
SELECT object, bytes BETWEEN 1000 AND 200000 AS bytes, until - kept_at AS time FROM xc_vault() ORDER BY object;
SET xconnect.preserve_count = 1000;
-- by size: told in the statement where it is more than all that may wait
SET xconnect.preserve_size = '1MB';
ALTER TABLE wide DROP COLUMN t;
SELECT object FROM xc_vault() ORDER BY object;
SELECT pg_temp.back();
SET xconnect.preserve_size = '4MB';
ALTER TABLE wide DROP COLUMN t;
SELECT pg_temp.last() AS drop_of_t \gset
SET xconnect.preserve_size = '1MB';
CREATE TABLE next_one (i int);
SELECT object, why FROM xc_vault() ORDER BY object;
SET xconnect.preserve_size = '4MB';
CREATE TABLE one_more (i int);
SELECT object FROM pg_temp.waits WHERE why ~ 'beyond';
-- by age: not while somebody reads the table
SET xconnect.preserve_age = 0;
CREATE TABLE and_one_more (i int);
SELECT object FROM pg_temp.waits WHERE why ~ 'beyond';
SELECT rollback_ready FROM xconnect.ledger WHERE change_id IN (:'drop_of_u', :'drop_of_t');
SELECT dblink_connect('other', format('host=%s port=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()));
SELECT dblink_exec('other', 'BEGIN; LOCK TABLE wide IN ACCESS SHARE MODE');
ALTER TABLE next_one ADD COLUMN j int;
SELECT count(*) FROM pg_temp.waits;
SELECT dblink_disconnect('other');
CREATE FUNCTION pg_temp.wait_for_wide() RETURNS void LANGUAGE plpgsql AS $$
BEGIN WHILE EXISTS (SELECT FROM pg_locks WHERE relation = 'wide'::regclass AND pid <> pg_backend_pid()) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$;
SELECT pg_temp.wait_for_wide();
ALTER TABLE next_one ADD COLUMN k int;
SELECT count(*) FROM pg_temp.waits;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'wide'::regclass;
SELECT kind, reason, p ->> 'object' AS object, p ->> 'why' AS why FROM xconnect.change, jsonb_array_elements(details::jsonb -> 'purged') p
 WHERE seq = (SELECT max(seq) FROM xconnect.change) ORDER BY 3;
SELECT rollback_ready FROM xconnect.ledger WHERE change_id IN (:'drop_of_u', :'drop_of_t');
SET xconnect.preserve_age = '7d';
UPDATE wide SET i = i;
SELECT data_effect FROM xc_plan_rollback(:'drop_of_t') WHERE data_effect ~ 'recoverable';
DROP TABLE wide, next_one, one_more, and_one_more;
SET xconnect.preserve = tables;

-- a limit that is much lower, with values among the tables: what is beyond it goes, oldest first, and no more
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE TABLE between_them (i int, t text);
INSERT INTO between_them SELECT i, 'x' FROM generate_series(1, 100) i;
DO $$ BEGIN
  -- Not CREATE TABLE AS, which takes more pages than it needs from PostgreSQL 16 on.
  FOR n IN 1..43 LOOP EXECUTE format('CREATE TABLE many_%1$s (i int); INSERT INTO many_%1$s SELECT generate_series(1, 2500)', to_char(n, 'FM00')); END LOOP;
END $$;
CREATE PROCEDURE pg_temp.drop_some(low int, high int) LANGUAGE plpgsql AS $$ BEGIN
  FOR n IN low..high LOOP EXECUTE format('DROP TABLE many_%s', to_char(n, 'FM00')); COMMIT; END LOOP;
END $$;
CREATE VIEW pg_temp.due AS SELECT count(*) FILTER (WHERE why ~ 'beyond') AS due, count(*) FILTER (WHERE why ~ 'beyond' AND object ~ '^column') AS values,
  max(object) FILTER (WHERE why ~ 'beyond') AS last, count(*) AS all, (min(object) FILTER (WHERE why !~ 'beyond' AND object ~ '^table')) AS stays FROM xc_vault();
CALL pg_temp.drop_some(1, 15);
SET xconnect.preserve = 'tables, columns';
ALTER TABLE between_them DROP COLUMN t;
SET xconnect.preserve = tables;
CALL pg_temp.drop_some(16, 39);
SELECT * FROM pg_temp.due;
SET client_min_messages = error;
SET xconnect.preserve_count = 30;
DROP TABLE many_40;
SELECT * FROM pg_temp.due;
SET xconnect.preserve_size = '1MB';
DROP TABLE many_41;
SELECT * FROM pg_temp.due;
ALTER TABLE between_them ADD COLUMN u int;
SELECT * FROM pg_temp.due;
-- at the limit each that comes makes one go
SET client_min_messages = warning;
SET xconnect.preserve_count = 5;
DROP TABLE many_42;
SELECT * FROM pg_temp.due;
DROP TABLE many_43;
SELECT * FROM pg_temp.due;
ALTER TABLE between_them ADD COLUMN v int;
SELECT * FROM pg_temp.due;
SET xconnect.preserve_size = '4MB';
SET xconnect.preserve_count = 1000;
DROP TABLE between_them;
SELECT xc_purge_vault() >= 0 AS emptied;

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
