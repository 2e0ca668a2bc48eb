-- Values that a conversion changed come back as they were, where the row was not given another one since.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = 'columns';
CREATE SCHEMA shop;
SET search_path = shop, public;

CREATE TYPE size AS ENUM ('small', 'medium', 'large');
CREATE DOMAIN code AS text CHECK (VALUE ~ '^\d+$');
CREATE TABLE item (id int PRIMARY KEY, digits text, price numeric(12, 4) NOT NULL, at timestamptz, how size, list int[], long text,
                   c code, twice numeric GENERATED ALWAYS AS (id * 2) STORED, other int);
ALTER TABLE item ALTER long SET STORAGE EXTERNAL;
CREATE INDEX ON item (digits);
INSERT INTO item (id, digits, price, at, how, list, long, c, other)
SELECT i, lpad(i::text, 5, '0'), i + 0.1234, timestamptz '2026-01-01 UTC' + i * interval '1.5 s', (ARRAY['small', 'medium', 'large'])[1 + i % 3]::size,
       ARRAY[i, i], repeat(md5(i::text), 200), lpad(i::text, 3, '0'), i FROM generate_series(1, 30) i;
INSERT INTO item (id, price) VALUES (31, 0.5555);
SELECT pg_temp.note();

-- several at once; updates of other columns and rewrites change nothing
ALTER TABLE item ALTER digits TYPE int USING digits::int, ALTER price TYPE numeric(12, 2), ALTER at TYPE date, ALTER list TYPE text USING list::text,
  ALTER long TYPE varchar(10) USING left(long, 10), ALTER c TYPE int USING c::int;
SELECT pg_temp.last() AS converted \gset
SELECT attname FROM pg_attribute WHERE attrelid = 'item'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
UPDATE item SET other = other + 1 WHERE id % 2 = 0;
UPDATE item SET other = other - 1 WHERE id % 2 = 0;
VACUUM FULL item;
ALTER TABLE item ALTER other TYPE bigint;
UPDATE item SET other = other;
ALTER TABLE item ALTER other TYPE int;
SELECT data_effect FROM xc_plan_rollback(:'converted') WHERE data_effect <> '';
SELECT pg_temp.rolled_back(:'converted');
SELECT * FROM pg_temp.rows_differ;
SELECT tgnargs FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc;

-- a row that got another value is converted from that one, and the plan says so
ALTER TABLE item ALTER digits TYPE int USING digits::int;
UPDATE item SET digits = 77 WHERE id = 7;
INSERT INTO item (id, digits, price) VALUES (32, 32, 1);
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.refused(pg_temp.last());
SELECT pg_temp.rolled_back(pg_temp.last(), loss => true);
SELECT id, digits FROM item WHERE id IN (6, 7, 31, 32) ORDER BY id;
UPDATE item SET digits = '00007' WHERE id = 7;
DELETE FROM item WHERE id = 32;
SELECT * FROM pg_temp.rows_differ;

-- one conversion after the other
ALTER TABLE item ALTER digits TYPE int USING digits::int;
ALTER TABLE item ALTER digits TYPE text USING 'x' || digits;
SELECT pg_temp.back();
SELECT pg_temp.went_to('HEAD~3');
SELECT * FROM pg_temp.rows_differ;

-- another type in the place of one that goes
BEGIN;
CREATE TYPE width AS ENUM ('small', 'large');
ALTER TABLE item ALTER how TYPE width USING CASE WHEN how = 'medium' THEN 'small' ELSE how::text END::width;
DROP TYPE size;
COMMIT;
UPDATE item SET other = other;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- a column with its type: the type comes back first
DROP TYPE size CASCADE;
UPDATE item SET other = other;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- partitions
CREATE TABLE part (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 (v text, id int);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (10) TO (100);
INSERT INTO part SELECT i, '0' || i FROM generate_series(1, 20) i;
SELECT pg_temp.note();
ALTER TABLE part ALTER v TYPE int USING v::int;
UPDATE part SET id = id;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- tables that inherit, by both ways to, one from two, which was made again since
CREATE TABLE above (id int, v name);
CREATE TABLE below (LIKE above);
ALTER TABLE below INHERIT above;
CREATE TABLE lowest () INHERITS (above, below);
INSERT INTO above VALUES (1, 'one');
INSERT INTO below VALUES (2, 'two');
INSERT INTO lowest VALUES (3, 'three');
SELECT pg_temp.note();
ALTER TABLE above ALTER v TYPE text USING NULL::text;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
SELECT xc_head() AS before \gset
ALTER TABLE above ALTER v TYPE text USING NULL::text;
DROP TABLE lowest;
CREATE TABLE lowest () INHERITS (above, below);
CREATE TABLE later () INHERITS (above);
SELECT xc_checkout(:'before', allow_data_loss => true) IS NOT NULL AS done;
SELECT tableoid::regclass, * FROM above ORDER BY id;

-- what loses nothing is left alone
SELECT relfilenode AS file FROM pg_class WHERE oid = 'item'::regclass \gset
ALTER TABLE item ALTER digits TYPE varchar;
ALTER TABLE item ALTER digits TYPE text;
ALTER TABLE item ALTER at TYPE timestamptz(6);
SELECT relfilenode = :file AS same FROM pg_class WHERE oid = 'item'::regclass;
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc AND tgrelid = 'item'::regclass;

-- errors are those of the statement
ALTER TABLE item ALTER digits TYPE int USING 'x'::int;
DO $$ BEGIN ALTER TABLE item ALTER digits TYPE int USING 1 / (id - 1); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
ALTER TABLE item ALTER nothing TYPE int USING 1;
SELECT count(*) FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname ~ 'before';

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
