-- Values of dropped and converted columns go along when a row moves to another partition, and never into another row.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = columns;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE measure (id int, at int NOT NULL, value text, unit text, long text, price numeric(8, 3), n int DEFAULT 5) PARTITION BY LIST (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES IN (1);
CREATE TABLE measure_2 (gone int, long text, n int, price numeric(8, 3), unit text, value text, at int NOT NULL, id int);
ALTER TABLE measure_2 DROP COLUMN gone, ALTER long SET STORAGE EXTERNAL;
ALTER TABLE measure ATTACH PARTITION measure_2 FOR VALUES IN (2);
CREATE TABLE measure_3 PARTITION OF measure FOR VALUES IN (3, 4) PARTITION BY LIST (at);
CREATE TABLE measure_3_3 PARTITION OF measure_3 FOR VALUES IN (3);
CREATE TABLE measure_3_4 (at int NOT NULL, id int, price numeric(8, 3), unit text, n int, value text, long text);
ALTER TABLE measure_3 ATTACH PARTITION measure_3_4 FOR VALUES IN (4);
INSERT INTO measure SELECT i, 1 + i % 4, 'v' || i, CASE WHEN i % 5 > 0 THEN 'u' || i END, repeat(md5(i::text), 200), i + 0.125, i FROM generate_series(1, 40) i;
CREATE TABLE pg_temp.what_it_was AS SELECT * FROM measure;
-- Of the columns that came back, whatever partition the row is in now.
CREATE FUNCTION pg_temp.lost(of text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM pg_temp.what_it_was b LEFT JOIN measure m USING (id) WHERE (b.%1$I IS DISTINCT FROM m.%1$I)', of) INTO n;
  RETURN n;
END $$;
SELECT xc_head() AS before \gset

ALTER TABLE measure DROP COLUMN unit, DROP COLUMN long, DROP COLUMN n, ALTER price TYPE int USING price::int;
SELECT xc_head() AS dropped \gset
UPDATE measure SET at = 1 + at % 4;
UPDATE measure SET at = 1 + (at + 1) % 4, value = value || 'x' WHERE id % 3 = 0;
UPDATE measure SET value = value;
-- deleted and inserted is no move; nor is what was taken back
DELETE FROM measure WHERE id = 1;
INSERT INTO measure (id, at, value) VALUES (1, 2, 'another');
BEGIN;
SAVEPOINT s;
UPDATE measure SET at = 1 + at % 4 WHERE id = 2;
ROLLBACK TO s;
DELETE FROM measure WHERE id = 2;
INSERT INTO measure (id, at, value) VALUES (2, 3, 'another');
COMMIT;
WITH gone AS (DELETE FROM measure WHERE id = 3 RETURNING id) INSERT INTO measure SELECT id, 4, 'another' FROM gone;
-- what triggers of others do meanwhile is another matter
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = 4 THEN
    UPDATE measure SET at = 1 + at % 4 WHERE id = 5;
    DELETE FROM measure WHERE id = 6;
    INSERT INTO measure (id, at, value) VALUES (6, 1, 'another');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_meddler BEFORE INSERT ON measure FOR EACH ROW EXECUTE FUNCTION meddle();
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM measure; RETURN OLD; END $$;
CREATE TRIGGER a_looker BEFORE DELETE ON measure FOR EACH ROW EXECUTE FUNCTION look();
UPDATE measure SET at = 1 + at % 4 WHERE id IN (4, 7);
DROP TRIGGER a_meddler ON measure;
DROP TRIGGER a_looker ON measure;
MERGE INTO measure m USING (VALUES (8)) s (i) ON m.id = s.i WHEN MATCHED THEN UPDATE SET at = 1 + at % 4;
DO $$ BEGIN UPDATE measure SET at = 9 WHERE id = 9; EXCEPTION WHEN check_violation THEN NULL; END $$;
INSERT INTO measure (id, at, value) VALUES (99, 1, 'new');
VACUUM FULL measure_1, measure_2, measure_3_3, measure_3_4;
UPDATE measure SET at = 1 + (at + 1) % 4 WHERE id > 10;

SELECT data_effect FROM xc_plan_checkout(:'before') WHERE data_effect ~ 'return|recoverable|exact';
SELECT pg_temp.went_to(:'before');
SELECT id, unit, long, n, price FROM measure WHERE id IN (1, 2, 3, 6, 99) ORDER BY id;
DELETE FROM pg_temp.what_it_was WHERE id IN (1, 2, 3, 6);
SELECT pg_temp.lost('unit') AS unit, pg_temp.lost('long') AS long, pg_temp.lost('n') AS n, pg_temp.lost('price') AS price;
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc;
-- and the way there again
SELECT pg_temp.note();
SELECT pg_temp.went_to(:'dropped');
UPDATE measure SET at = 1 + at % 4;
UPDATE measure SET at = 1 + (at + 2) % 4;
SELECT pg_temp.went_to(:'before');
SELECT pg_temp.lost('unit') AS unit, pg_temp.lost('long') AS long, pg_temp.lost('n') AS n, pg_temp.lost('price') AS price;
SELECT * FROM pg_temp.differs;

-- a table that went and came back goes on with it
ALTER TABLE measure DROP COLUMN unit;
SET xconnect.preserve = 'tables, columns';
DROP TABLE measure_1;
SELECT pg_temp.back();
UPDATE measure SET at = 1 + at % 4;
UPDATE measure SET at = 1 + (at + 2) % 4;
SELECT pg_temp.went_to(:'before');
SELECT pg_temp.lost('unit') AS unit;
SELECT * FROM pg_temp.differs;

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
SET xconnect.preserve = none;
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() >= 0 AS purged;
