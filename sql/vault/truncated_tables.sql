-- Rows that TRUNCATE took come back by a rollback, where xconnect.preserve says so; sums before and after.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ser serial, m mood[], e email, big text, during int4range,
                     twice int GENERATED ALWAYS AS (length(big) * 2) STORED, EXCLUDE USING gist (during WITH &&));
ALTER TABLE orders ALTER big SET STORAGE EXTERNAL, ENABLE ROW LEVEL SECURITY;
CREATE INDEX ON orders (lower(e));
INSERT INTO orders (m, e, big, during) SELECT '{happy}', i || '@x', repeat(md5(i::text), 200), int4range(i, i + 1) FROM generate_series(1, 50) i;
ALTER TABLE orders ADD COLUMN late int NOT NULL DEFAULT 7;
CREATE TABLE lines (of int REFERENCES orders, what text);
INSERT INTO lines SELECT id, 'l' || id FROM orders;
CREATE TABLE measure (at int) PARTITION BY RANGE (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM (0) TO (10);
CREATE TABLE measure_2 PARTITION OF measure FOR VALUES FROM (10) TO (20);
INSERT INTO measure SELECT generate_series(0, 19);
ANALYZE orders;
SELECT pg_temp.note();

-- not asked for: no change of the schema, nothing kept
SET xconnect.preserve = tables;
SELECT xc_head() AS head \gset
BEGIN;
TRUNCATE orders, lines;
ROLLBACK;
TRUNCATE measure_2;
SELECT xc_head() = :'head' AS same, count(*) FROM xc_vault();
INSERT INTO measure SELECT generate_series(10, 19);

-- asked for
SET xconnect.preserve = 'truncate';
TRUNCATE orders, lines RESTART IDENTITY;
SELECT object, change_id = pg_temp.last() AS by_the_last, rows, bytes > 0 AS bytes, why FROM xc_vault() ORDER BY object;
SELECT status, rollback_ready, objects, summary, statements FROM xconnect.ledger LIMIT 1;
SELECT statement, data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE statement !~ 'take_back' ORDER BY ordinal;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE statement ~ 'take_back' ORDER BY ordinal;
\set ECHO none
SELECT format('VACUUM (FULL, FREEZE) %s', store) FROM xc_vault() \gexec
\set ECHO all
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
SELECT count(*) FROM xc_vault();
SET enable_seqscan = off;
SELECT id, late FROM orders WHERE lower(e) = '7@x';
RESET enable_seqscan;
INSERT INTO orders (e, during) VALUES ('a@b', int4range(1000, 1001)) RETURNING id, ser;
INSERT INTO orders (e, during) VALUES ('a@b', int4range(7, 8));
DELETE FROM orders WHERE e = 'a@b';

-- whole trees, several times, in transactions with savepoints
TRUNCATE measure;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
BEGIN;
SAVEPOINT a;
TRUNCATE measure_1;
ROLLBACK TO a;
TRUNCATE lines;
INSERT INTO lines VALUES (1, 'a');
TRUNCATE lines;
COMMIT;
SELECT objects, summary FROM xconnect.ledger LIMIT 1;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
BEGIN;
TRUNCATE orders CASCADE;
ROLLBACK;
SELECT * FROM pg_temp.rows_differ;
SELECT count(*) FROM xc_vault();

-- rows that came since: they are not lost unasked
TRUNCATE lines;
INSERT INTO lines VALUES (1, 'since');
SET xconnect.preserve = tables;
SELECT pg_temp.refused(pg_temp.last());
SELECT * FROM lines;
SELECT pg_temp.rolled_back(pg_temp.last(), loss => true);
SELECT details::jsonb -> 'lost' AS lost FROM xconnect.change ORDER BY seq DESC LIMIT 1;
SELECT lost FROM xconnect.rollback_history LIMIT 1;
SET xconnect.preserve = 'tables, truncate';
SELECT * FROM pg_temp.rows_differ;

-- rows whose partners have gone since: an error that names one, and nothing has changed
TRUNCATE lines;
DELETE FROM orders WHERE id IN (5, 7, 8, 9, 20);
SET client_min_messages = error;
SELECT pg_temp.refused(pg_temp.last());
SET client_min_messages = warning;
SELECT count(*) FROM lines;
SELECT count(*) FROM xc_vault();

-- by a role that may truncate and nothing else
CREATE ROLE vault_sweeper;
GRANT USAGE ON SCHEMA shop TO vault_sweeper;
GRANT TRUNCATE ON measure_1 TO vault_sweeper;
SELECT pg_temp.note();
SET ROLE vault_sweeper;
TRUNCATE measure_1;
RESET ROLE;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- truncated, and dropped: each has its own rows
TRUNCATE measure_1;
INSERT INTO measure_1 VALUES (3);
DROP TABLE measure_1;
SELECT pg_temp.back();
SELECT * FROM measure_1;
-- truncated and renamed in one transaction, and its name another table's then
CREATE TABLE left_list AS SELECT 1 AS i;
CREATE TABLE right_list AS SELECT 2 AS i;
SELECT pg_temp.note();
BEGIN;
ALTER TABLE left_list RENAME TO between;
ALTER TABLE right_list RENAME TO left_list;
ALTER TABLE between RENAME TO right_list;
TRUNCATE right_list;
COMMIT;
SELECT action, object, renamed_from, rows_lost FROM xconnect.change_object WHERE seq = (SELECT max(seq) FROM xconnect.change) ORDER BY object;
SELECT * FROM xc_verify();
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
BEGIN;
ALTER SCHEMA shop RENAME TO store;
TRUNCATE store.left_list;
COMMIT;
SELECT * FROM xc_verify();
SELECT public.xc_rollback(pg_temp.last()) IS NOT NULL AS back;
SELECT * FROM left_list;
-- a TOAST table that no column needs any longer stays, with its options
SET xconnect.preserve = 'tables, columns, truncate';
CREATE TABLE was_long (id integer PRIMARY KEY, c text) WITH (toast.autovacuum_enabled = off);
INSERT INTO was_long VALUES (1, '2020-01-01');
ALTER TABLE was_long ALTER COLUMN c TYPE date USING c::date;
SELECT pg_temp.note();
SELECT toast.reloptions FROM pg_class t JOIN pg_class toast ON toast.oid = t.reltoastrelid WHERE t.oid = 'was_long'::regclass;
TRUNCATE was_long;
SELECT toast.reloptions, toast.relname = 'pg_toast_' || t.oid AS is_its_own FROM pg_class t JOIN pg_class toast ON toast.oid = t.reltoastrelid
  WHERE t.oid = 'was_long'::regclass;
SELECT action, object, before = after AS same FROM xconnect.change_object WHERE seq = (SELECT max(seq) FROM xconnect.change);
INSERT INTO was_long VALUES (2, '2020-01-02');
SELECT pg_temp.back();
SELECT * FROM was_long;
SET xconnect.preserve = 'truncate';
SELECT count(*) FROM pg_class WHERE relkind = 't' AND NOT EXISTS (SELECT FROM pg_class o WHERE o.reltoastrelid = pg_class.oid);
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
SET xconnect.preserve = none;
DROP SCHEMA shop CASCADE;
DROP ROLE vault_sweeper;
SELECT xc_purge_vault() > 0 AS purged;
