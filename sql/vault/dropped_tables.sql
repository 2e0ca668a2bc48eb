-- Rows of dropped tables come back, whatever they are made of; sums are taken before the drop and after the rollback.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE everything (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone text, small "char", flag boolean, i2 smallint, i8 bigint, r real,
  n numeric(12, 3), t text, v varchar(20), b bytea, name name, u uuid, d date, ts timestamptz, tz timetz, iv interval,
  p point, bx box, li line, ci circle, po polygon, mac macaddr, mac8 macaddr8, ip inet, bits bit varying, js jsonb, x xml,
  m mood, pr pair, e email, arr int[], moods mood[], rng int4range, ser serial, long text,
  twice bigint GENERATED ALWAYS AS (i8 * 2) STORED);
ALTER TABLE everything ALTER COLUMN long SET STORAGE EXTERNAL;
INSERT INTO everything (gone, small, flag, i2, i8, r, n, t, v, b, name, u, d, ts, tz, iv, p, bx, li, ci, po, mac, mac8, ip, bits, js, x, m, pr, e, arr, moods, rng, long)
SELECT 'g' || i, 'c', i % 2 = 0, i, i * 1000, i / 3.0, i / 7.0, repeat('t', i), 'v' || i, decode(md5(i::text), 'hex'), 'n' || i, md5(i::text)::uuid,
       date '2026-01-01' + i, timestamptz '2026-01-01 UTC' + i * interval '1 h', '12:00:00+02', i * interval '1 min', point(i, -i),
       box(point(0, 0), point(i, i)), line(point(0, 0), point(i, 1)), circle(point(i, i), i), polygon(box(point(0, 0), point(i, i))),
       '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '10.0.0.1', b'1010', jsonb_build_object('i', i), xmlelement(name a, i), 'happy',
       ROW(i, 'x')::pair, i || '@x', ARRAY[i, NULL], ARRAY['sad', 'happy']::mood[], int4range(i, i + 2), repeat(md5(i::text), 200)
  FROM generate_series(1, 60) i;
UPDATE everything SET t = t || '!' WHERE i2 % 4 = 0;
DELETE FROM everything WHERE i2 % 10 = 0;
ALTER TABLE everything DROP COLUMN gone;
ALTER TABLE everything ADD COLUMN late int NOT NULL DEFAULT 7;
INSERT INTO everything (i2) VALUES (100);
CREATE INDEX ON everything (t);
CREATE TABLE line_item (id int PRIMARY KEY, of int NOT NULL REFERENCES everything);
INSERT INTO line_item SELECT row_number() OVER (), id FROM everything;
CREATE TABLE measure (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE measure_2 (value int, junk text, at date NOT NULL);
ALTER TABLE measure_2 DROP COLUMN junk;
ALTER TABLE measure ATTACH PARTITION measure_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO measure SELECT date '2026-01-01' + i, i FROM generate_series(0, 50) i;
CREATE TABLE parent (a int);
CREATE TABLE kid (b text) INHERITS (parent);
INSERT INTO parent SELECT generate_series(1, 3);
INSERT INTO kid SELECT i, 'k' || i FROM generate_series(1, 4) i;
CREATE UNLOGGED TABLE scratch AS SELECT generate_series(1, 5) AS x;
CREATE SEQUENCE counter START 100;
SELECT nextval('counter'), nextval('counter');

-- one table, with what refers to it
SELECT pg_temp.note();
DROP TABLE everything CASCADE;
SELECT object, rows IS NULL OR rows > 0 AS rows, bytes > 0 AS bytes, change_id = pg_temp.last() AS by_the_last, why FROM xc_vault();
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
SELECT count(*) FROM xc_vault();
INSERT INTO everything (i2) VALUES (101) RETURNING ser, late;

-- everything at once, several times, and what had been dropped with it before
SELECT pg_temp.note();
SELECT xc_head() AS full_house \gset
DROP TABLE measure, parent, kid, scratch, line_item;
DROP SEQUENCE counter;
DROP TABLE everything;
SELECT pg_temp.went_to(:'full_house');
SELECT * FROM pg_temp.rows_differ;
SELECT nextval('counter');
SELECT pg_temp.went_to('HEAD~1');
SELECT count(*) FROM xc_vault();
SELECT pg_temp.went_to(:'full_house');
SELECT * FROM pg_temp.rows_differ;

-- whose rows are whose: the name was taken by another table meanwhile
DROP TABLE line_item;
CREATE TABLE line_item (id int PRIMARY KEY, of int NOT NULL, more text);
INSERT INTO line_item VALUES (1, 2, 'other');
SELECT pg_temp.went_to(:'full_house');
SELECT * FROM pg_temp.rows_differ;
SELECT pg_temp.back();
SELECT * FROM line_item;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- in one transaction, with savepoints; and prepared by nobody
BEGIN;
SAVEPOINT a;
DROP TABLE line_item;
ROLLBACK TO a;
SELECT * FROM pg_temp.rows_differ;
DROP TABLE line_item;
COMMIT;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
BEGIN;
DROP TABLE line_item;
SELECT xc_checkout('HEAD~1') <> '' AS back;
COMMIT;
SELECT * FROM pg_temp.rows_differ;
BEGIN;
DROP TABLE line_item;
ROLLBACK;
SELECT * FROM pg_temp.rows_differ;
SELECT count(*) FROM xc_vault() WHERE object = 'table shop.line_item';

-- back over a CREATE TABLE with rows, and forward again
CREATE TABLE young AS SELECT i, 'y' || i AS t FROM generate_series(1, 9) i;
SELECT pg_temp.note();
SELECT pg_temp.back();
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- a table that took the name of another one, and held nothing yet
CREATE TABLE named AS SELECT i, 'n' || i AS t FROM generate_series(1, 5) i;
BEGIN;
ALTER TABLE named RENAME TO old_named;
CREATE TABLE named (id serial UNIQUE, t text[] DEFAULT '{}');
DROP TABLE old_named;
COMMIT;
SELECT xc_checkout('HEAD~1') <> '' AS back;
SELECT count(*), min(t), max(t) FROM named;
SELECT xc_checkout('HEAD~1') <> '' AS forth;
SELECT count(id) FROM named;
SELECT xc_checkout('HEAD~1') <> '' AS back;
SELECT count(*), min(t), max(t) FROM named;
DROP TABLE named;

-- vacuum and rewriting leave the vault in order
DROP TABLE line_item;
DROP TABLE everything;
VACUUM FULL xconnect.vault;
\set ECHO none
SELECT format('VACUUM (FULL, FREEZE) %s', store) FROM xc_vault() WHERE object IN ('table shop.everything', 'table shop.line_item') \gexec
\set ECHO all
SELECT pg_temp.went_to('HEAD~2');
SELECT * FROM pg_temp.rows_differ;

-- a whole schema, with the types that the rows hold the OIDs of
SELECT pg_temp.note();
CREATE TYPE pg_temp.own AS ENUM ('a');
DROP SCHEMA shop CASCADE;
SELECT pg_temp.back();
SET search_path = shop, public;
SELECT * FROM pg_temp.rows_differ;
SELECT m, moods, pr, e, rng FROM everything WHERE i2 = 1;
INSERT INTO everything (i2, m, moods, pr, e) VALUES (102, 'sad', '{happy}', (1, 'y'), 'a@b');

-- nothing is kept when that is said, and what is let go is told
SET xconnect.preserve = none;
CREATE TABLE lost AS SELECT 1 AS a;
DROP TABLE lost;
SELECT xc_rollback(pg_temp.last());
SET xconnect.preserve = tables;
SELECT xc_purge_vault('1 day');
SELECT xc_purge_vault() > 0 AS purged;
SELECT kind, details::jsonb #>> '{purged,0,object}' AS first FROM xconnect.change ORDER BY seq DESC LIMIT 1;
SELECT count(*) FROM xc_vault();
SELECT count(*) FROM pg_class WHERE relname LIKE 'vault%rows';
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
