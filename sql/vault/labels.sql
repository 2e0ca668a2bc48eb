-- A label of an enum goes while values have it that nobody sees: those of dropped columns, and rows that wait in the vault.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE FUNCTION pg_temp.effects(change text) RETURNS SETOF text LANGUAGE sql AS
  'SELECT data_effect FROM xc_plan_rollback(change) WHERE data_effect <> '''' ORDER BY 1';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN good AS mood CHECK (VALUE > 'sad');
CREATE TYPE pair AS (i int, m mood);
CREATE TABLE has (id int, m mood, ms mood[], g good, p pair);
CREATE TABLE has_not (id int, m mood, ms mood[]);
CREATE TABLE gone (id int, m mood, p pair);
CREATE TABLE gone_without (id int, m mood);
CREATE TABLE gone_later (id int, early mood, late text);
ALTER TYPE mood ADD VALUE 'glad';
SELECT pg_temp.last() AS added \gset
INSERT INTO has VALUES (1, 'glad', '{ok}', 'ok', (1, 'sad')), (2, 'ok', '{sad,glad}', 'ok', (1, 'ok')), (3, 'ok', '{}', 'glad', (2, 'sad'));
INSERT INTO has_not VALUES (1, 'ok', '{sad}'), (2, 'sad', '{ok}');
INSERT INTO gone VALUES (1, 'ok', (1, 'glad')), (2, 'glad', (2, 'glad'));
INSERT INTO gone_without VALUES (1, 'ok');
INSERT INTO gone_later VALUES (1, 'glad', 'late');
SELECT pg_temp.note();
ALTER TABLE has DROP m, DROP ms, DROP g, DROP p;
SELECT pg_temp.last() AS columns \gset
ALTER TABLE has_not DROP m, DROP ms;
SELECT pg_temp.last() AS other_columns \gset
ALTER TABLE gone_later DROP early;
SELECT pg_temp.last() AS early \gset
DROP TABLE gone_later;
SELECT pg_temp.last() AS late \gset
DROP TABLE gone;
SELECT pg_temp.last() AS dropped \gset
DROP TABLE gone_without;
SELECT pg_temp.last() AS dropped_without \gset

SELECT regexp_split_to_table(pg_temp.refused(:'added'), '; ') ORDER BY 1;
SELECT pg_temp.rolled_back(:'added', loss => true);
SELECT * FROM pg_temp.effects(:'columns');
SELECT * FROM pg_temp.effects(:'other_columns');
SELECT pg_temp.rolled_back(:'other_columns');
SELECT * FROM has_not ORDER BY id;
SELECT pg_temp.rolled_back(:'columns', loss => true);
SELECT * FROM has ORDER BY id;
SELECT pg_temp.rolled_back(:'dropped_without');
SELECT * FROM gone_without;
SET client_min_messages = error;
SELECT pg_temp.rolled_back(:'dropped');
SELECT pg_temp.rolled_back(:'dropped', loss => true);
SET client_min_messages = warning;
SELECT * FROM gone;
SELECT object, rows FROM xc_vault();
SELECT pg_temp.rolled_back(:'late');
SELECT * FROM gone_later;
SELECT pg_temp.refused(:'early');
SELECT pg_temp.rolled_back(:'early', loss => true);
SELECT * FROM gone_later;

-- a column that goes together with the label
SELECT xc_tag('before_it') <> '' AS tagged;
BEGIN;
ALTER TYPE mood ADD VALUE 'merry';
ALTER TABLE has_not ADD COLUMN now mood, ADD COLUMN other mood DEFAULT 'ok';
COMMIT;
SELECT pg_temp.last() AS together \gset
UPDATE has_not SET now = 'merry' WHERE id = 1;
SELECT xc_tag('with_it') <> '' AS tagged;
SELECT pg_temp.refused(:'together');
SET xconnect.preserve = 'tables, columns';
SELECT pg_temp.refused(:'together');
RESET xconnect.preserve;
SELECT pg_temp.went_to('before_it', true);
SELECT data_effect FROM xc_plan_checkout('with_it') WHERE data_effect ~ 'return';
SELECT pg_temp.went_to('with_it', true);
SELECT * FROM has_not ORDER BY id;

-- rows older than a dropped column have its labels, whatever these are called by now
SET xconnect.preserve = none;
CREATE TYPE hue AS ENUM ('red', 'blue');
CREATE DOMAIN tint AS hue;
CREATE TABLE older (id int);
INSERT INTO older VALUES (1);
ALTER TABLE older ADD COLUMN h hue DEFAULT 'red', ADD COLUMN hs hue[] DEFAULT '{red,NULL,blue}', ADD COLUMN t tint DEFAULT 'red', ADD COLUMN ts tint[] DEFAULT '{blue}';
INSERT INTO older VALUES (2, 'blue', '{}', 'blue', '{red}');
ALTER TABLE older ALTER h DROP DEFAULT, ALTER hs DROP DEFAULT, ALTER t DROP DEFAULT, ALTER ts DROP DEFAULT;
ALTER TABLE older DROP COLUMN h, DROP COLUMN hs, DROP COLUMN t, DROP COLUMN ts;
SELECT pg_temp.last() AS of_older \gset
ALTER TYPE hue RENAME VALUE 'red' TO 'scarlet';
ALTER TYPE hue RENAME VALUE 'blue' TO 'red';
SELECT pg_temp.rolled_back(:'of_older');
SELECT * FROM older ORDER BY id;

-- a label that only they have
ALTER TYPE hue ADD VALUE 'grey';
SELECT pg_temp.last() AS grey \gset
ALTER TABLE older ADD COLUMN g hue DEFAULT 'grey', ADD COLUMN gs tint[] DEFAULT '{grey}', ADD COLUMN r hue DEFAULT 'red';
ALTER TABLE older ALTER g DROP DEFAULT, ALTER gs DROP DEFAULT;
ALTER TABLE older DROP COLUMN g, DROP COLUMN gs, DROP COLUMN r;
SELECT pg_temp.last() AS without_grey \gset
SELECT regexp_split_to_table(pg_temp.refused(:'grey'), '; ') ORDER BY 1;
SELECT pg_temp.rolled_back(:'grey', loss => true);
SELECT pg_temp.rolled_back(:'without_grey', loss => true);
SELECT id, g, gs, r FROM older ORDER BY id;
RESET xconnect.preserve;

-- a composite type that has lost an attribute of an enum, which is made anew
CREATE TYPE weather AS ENUM ('good');
SELECT xc_head() AS good \gset
CREATE TYPE of_weather AS (a int, m weather);
DROP TYPE weather CASCADE;
CREATE TYPE weather AS ENUM ('good', 'bad');
ALTER TYPE weather ADD VALUE 'odd';
SELECT xc_checkout(:'good') IS NOT NULL AS done;

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() >= 0 AS emptied;
