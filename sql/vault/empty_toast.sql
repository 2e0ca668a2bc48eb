-- Rows without a long value wait without a TOAST table; they come back to one in which long values can be written again.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = 'tables, truncate';
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE FUNCTION pg_temp.waiting() RETURNS TABLE (object text, has_toast boolean) LANGUAGE sql
  AS 'SELECT v.object, c.reltoastrelid <> 0 FROM xc_vault() v JOIN pg_class c ON c.oid = v.store ORDER BY 1';
CREATE FUNCTION pg_temp.toasts() RETURNS TABLE (name text, is_its_own boolean, options text[], is_empty boolean) LANGUAGE sql AS $$
  SELECT t.oid::regclass, toast.relname = 'pg_toast_' || t.oid, toast.reloptions, pg_relation_size(toast.oid) = 0
    FROM pg_class t JOIN pg_class toast ON toast.oid = t.reltoastrelid WHERE t.relnamespace = to_regnamespace('shop') ORDER BY t.relname $$;

CREATE TABLE short (id int PRIMARY KEY, a text, b text COMPRESSION pglz, gone text);
CREATE TABLE long (LIKE short INCLUDING ALL);
CREATE TABLE emptied (LIKE short);
CREATE TABLE optioned (id int, a text) WITH (toast.autovacuum_enabled = off);
CREATE TABLE was_long (id int, a text) WITH (toast.autovacuum_enabled = off);
CREATE TABLE numbers (id int, n int);
CREATE UNLOGGED TABLE scratch (id int, a text);
CREATE MATERIALIZED VIEW seen AS SELECT i, 'seen ' || i AS a FROM generate_series(1, 10) i;
INSERT INTO short SELECT i, 'row ' || i, repeat('compressed', 300), 'g' FROM generate_series(1, 100) i;
ALTER TABLE short DROP COLUMN gone;
INSERT INTO long SELECT i, string_agg(md5(j::text), ''), 'b', NULL FROM generate_series(1, 3) i, generate_series(1, 300) j GROUP BY i;
INSERT INTO emptied SELECT i, string_agg(md5(j::text), ''), 'b', NULL FROM generate_series(1, 3) i, generate_series(1, 300) j GROUP BY i;
UPDATE emptied SET a = 'short now';
VACUUM FULL emptied;
INSERT INTO optioned VALUES (1, 'one');
INSERT INTO was_long VALUES (1, '2026-01-01');
ALTER TABLE was_long ALTER COLUMN a TYPE date USING a::date;
INSERT INTO numbers VALUES (1, 1);
INSERT INTO scratch VALUES (1, 'one');
SELECT * FROM pg_temp.toasts();

-- dropped; and the vault's tables written anew
SELECT pg_temp.note();
BEGIN;
DROP TABLE short, long, emptied, optioned, was_long, numbers, scratch;
DROP MATERIALIZED VIEW seen;
COMMIT;
SELECT * FROM pg_temp.waiting();
\set ECHO none
SELECT format('VACUUM FULL %s', store) FROM xc_vault() WHERE object ~ 'short|emptied|scratch' \gexec
\set ECHO all
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.toasts();
SELECT count(*) FROM xc_vault();

-- long values are written, read, kept and come back
INSERT INTO short SELECT i, string_agg(md5(j::text), ''), repeat('lzp', 9000) FROM generate_series(101, 103) i, generate_series(1, 300) j GROUP BY i;
UPDATE short SET a = (SELECT string_agg(md5(j::text), '') FROM generate_series(1, 200) j) WHERE id = 1;
INSERT INTO optioned SELECT 2, string_agg(md5(j::text), '') FROM generate_series(1, 300) j;
INSERT INTO scratch SELECT 2, string_agg(md5(j::text), '') FROM generate_series(1, 300) j;
SELECT sum(length(a)), sum(length(b)) FROM short;
VACUUM FULL short;
SELECT pg_temp.note();
DROP TABLE short, optioned, scratch;
SELECT * FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.toasts();

-- truncated: an empty one stays where it is
DELETE FROM short WHERE length(a) > 1000;
ALTER TABLE short ALTER COLUMN b SET STORAGE MAIN;
VACUUM FULL short;
SELECT oid AS toast FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'short'::regclass) \gset
SELECT pg_temp.note();
TRUNCATE short, long, optioned;
SELECT * FROM pg_temp.waiting();
SELECT reltoastrelid = :toast AS same FROM pg_class WHERE oid = 'short'::regclass;
INSERT INTO short SELECT i, string_agg(md5(j::text), '') FROM generate_series(101, 103) i, generate_series(1, 300) j GROUP BY i;
INSERT INTO long VALUES (1, 'one');
SELECT pg_temp.note('since');
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs_from('since');
SELECT * FROM pg_temp.toasts();
SELECT count(*) FROM pg_class WHERE relkind = 't' AND NOT EXISTS (SELECT FROM pg_class o WHERE o.reltoastrelid = pg_class.oid);

-- truncated and dropped in turns
SELECT xc_head() AS full \gset
BEGIN;
TRUNCATE short;
SAVEPOINT a;
DROP TABLE short;
ROLLBACK TO a;
INSERT INTO short VALUES (1, 'one');
COMMIT;
DROP TABLE short;
SELECT pg_temp.back();
SELECT * FROM short;
DROP TABLE short;
SELECT pg_temp.went_to(:'full');
SELECT * FROM pg_temp.differs_from('since');
SELECT * FROM xc_verify();
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() > 0 AS emptied;
SELECT count(*) FROM pg_class WHERE relkind = 't' AND NOT EXISTS (SELECT FROM pg_class o WHERE o.reltoastrelid = pg_class.oid);
