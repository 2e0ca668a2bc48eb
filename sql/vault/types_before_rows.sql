-- Types and tables that are taken back one change after the other: rows that still wait, and values of dropped columns,
-- find the types that they were written with.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;
SELECT xc_head() AS start \gset
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN many AS int[] CHECK (cardinality(VALUE) > 0);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN good_mood AS mood CHECK (VALUE > 'sad');
CREATE TYPE place AS (x positive, m mood);
CREATE DOMAIN home AS place;
CREATE TYPE moods AS RANGE (subtype = mood);
CREATE TABLE plain (p positive, n many);
CREATE TABLE item (p positive[], m mood, g good_mood, l place, h home[], r moods, a mood[]);
CREATE TABLE other (d mood, g good_mood, id int);
INSERT INTO plain SELECT i, ARRAY[i] FROM generate_series(1, 5) i;
INSERT INTO item SELECT ARRAY[i], 'sad', 'happy', ROW(i::positive, 'happy'::mood)::place, ARRAY[ROW(i::positive, 'sad'::mood)::place::home], '[sad,happy]', '{happy}' FROM generate_series(1, 5) i;
INSERT INTO other SELECT 'sad', 'happy', i FROM generate_series(1, 5) i;
SELECT pg_temp.note();
-- Undone newest first, and that redone, each change by itself.
CREATE FUNCTION pg_temp.changes_since(first bigint) RETURNS SETOF text LANGUAGE sql
  AS 'SELECT change_id FROM xconnect.change WHERE seq > first ORDER BY seq DESC';
CREATE FUNCTION pg_temp.head() RETURNS bigint LANGUAGE sql AS 'SELECT max(seq) FROM xconnect.change';
SELECT seq AS start FROM xconnect.commit WHERE hash = decode(:'start', 'hex') \gset
\t on
SELECT pg_temp.head() AS made \gset
SELECT count(pg_temp.rolled_back(c)) FROM pg_temp.changes_since(:start) c;
SELECT * FROM pg_temp.sums();
SELECT count(pg_temp.rolled_back(c)) FROM pg_temp.changes_since(:made) c;
SELECT * FROM pg_temp.differs;
-- and once more
SELECT pg_temp.head() AS made \gset
SELECT count(pg_temp.rolled_back(c)) FROM pg_temp.changes_since(:start) c WHERE c LIKE 'rbk%' AND c IN (SELECT pg_temp.changes_since(:start + 10) LIMIT 10);
SELECT count(pg_temp.rolled_back(c)) FROM pg_temp.changes_since(:made) c;
SELECT * FROM pg_temp.differs;
-- columns that lost their type
ALTER TABLE other DROP COLUMN d, DROP COLUMN g;
SELECT pg_temp.last() AS first \gset
ALTER TABLE item DROP COLUMN m, DROP COLUMN g, DROP COLUMN a, DROP COLUMN l, DROP COLUMN h, DROP COLUMN r;
SELECT pg_temp.last() AS second \gset
SELECT pg_temp.head() AS dropped \gset
DROP TYPE moods;
DROP DOMAIN home;
DROP TYPE place;
DROP DOMAIN good_mood;
DROP TYPE mood;
SELECT count(pg_temp.rolled_back(c)) FROM pg_temp.changes_since(:dropped) c;
SELECT pg_temp.rolled_back(:'first');
SELECT * FROM pg_temp.differs WHERE name = 'other';
SELECT pg_temp.refused(:'second');
SELECT pg_temp.rolled_back(:'second', loss => true);
SELECT * FROM pg_temp.differs;
-- What cannot come back, since its rows are of the type of a view that is another one now, keeps nothing else from it.
CREATE VIEW apart AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW of_whole_rows AS SELECT v AS whole FROM apart v;
CREATE TABLE beside AS SELECT 1 AS a;
SELECT xc_head() AS all_there \gset
DROP TABLE beside;
DROP VIEW apart CASCADE;
SELECT xc_checkout(:'all_there', allow_data_loss => true) IS NOT NULL AS back;
SELECT * FROM beside;
SELECT * FROM of_whole_rows;
SELECT object, rows FROM xc_vault() WHERE object LIKE '%of_whole_rows';
\t off
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
SET xconnect.preserve = none;
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() >= 0 AS purged;
