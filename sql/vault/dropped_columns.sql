-- Values of dropped columns come back: of rows updated since, of tables rewritten since, whatever they are made of.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = 'columns';
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE FUNCTION pg_temp.carried() RETURNS TABLE (name text, columns int) LANGUAGE sql AS $$
  SELECT tgrelid::regclass::text, tgnargs::int FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc ORDER BY 1 $$;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE everything (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, i2 smallint, small "char", flag boolean, i8 bigint, r real,
  n numeric(12, 3), t text COLLATE "C", v varchar(20) NOT NULL DEFAULT 'v', b bytea, name name, u uuid, d date, ts timestamptz, tz timetz,
  iv interval, p point, bx box, ci circle, po polygon, mac macaddr, mac8 macaddr8, ip inet, bits bit varying, js jsonb,
  m mood, e email, arr int[], moods mood[], rng int4range, ser serial, long text, packed text,
  twice bigint GENERATED ALWAYS AS (i2 * 2) STORED, last int);
ALTER TABLE everything ALTER COLUMN long SET STORAGE EXTERNAL;
INSERT INTO everything (i2, small, flag, i8, r, n, t, v, b, name, u, d, ts, tz, iv, p, bx, ci, po, mac, mac8, ip, bits, js, m, e, arr, moods, rng, long, packed, last)
SELECT i, 'c', i % 2 = 0, i * 1000, i / 3.0, i / 7.0, repeat('t', i), 'v' || i, decode(md5(i::text), 'hex'), 'n' || i, md5(i::text)::uuid,
       date '2026-01-01' + i, timestamptz '2026-01-01 UTC' + i * interval '1 h', '12:00:00+02', i * interval '1 min', point(i, -i),
       box(point(0, 0), point(i, i)), circle(point(i, i), i), polygon(box(point(0, 0), point(i, i))),
       '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '10.0.0.1', b'1010', jsonb_build_object('i', i), 'happy',
       i || '@x', ARRAY[i, NULL], ARRAY['sad', 'happy']::mood[], int4range(i, i + 2), repeat(md5(i::text), 200), repeat('p' || i, 9000), i
  FROM generate_series(1, 40) i;
INSERT INTO everything (i2) VALUES (100);
ALTER TABLE everything ADD COLUMN late int NOT NULL DEFAULT 7, ADD COLUMN later text DEFAULT 'later';
UPDATE everything SET later = 'now' WHERE i2 % 3 = 0;

-- most columns go at once; rows are updated, the table is rewritten in every way there is
SELECT pg_temp.note();
ALTER TABLE everything DROP small, DROP flag, DROP i8, DROP r, DROP n, DROP t, DROP v, DROP b, DROP name, DROP u, DROP d, DROP ts,
  DROP tz, DROP iv, DROP p, DROP bx, DROP ci, DROP po, DROP mac, DROP mac8, DROP ip, DROP bits, DROP js, DROP m, DROP e, DROP arr,
  DROP moods, DROP rng, DROP ser, DROP long, DROP packed, DROP twice, DROP late, DROP later;
SELECT pg_temp.last() AS dropped \gset
SELECT * FROM pg_temp.carried();
SELECT * FROM everything WHERE i2 = 1;
UPDATE everything SET last = last WHERE i2 % 2 = 0;
VACUUM FULL everything;
UPDATE everything SET last = last WHERE i2 % 3 = 0;
CLUSTER everything USING everything_pkey;
UPDATE everything SET last = last WHERE i2 % 5 = 0;
ALTER TABLE everything SET WITHOUT CLUSTER;
BEGIN;
ALTER TABLE everything ALTER last TYPE bigint;
UPDATE everything SET last = last WHERE i2 % 7 = 0;
ALTER TABLE everything ALTER last TYPE int;
COMMIT;
UPDATE everything SET last = last;
SELECT count(*) AS columns, count(*) FILTER (WHERE data_effect ~ 'not recoverable') AS incomplete
  FROM xc_plan_rollback(:'dropped') WHERE data_effect ~ 'return';
SELECT data_effect FROM xc_plan_rollback(:'dropped') WHERE data_effect ~ ' (long|v|later|arr) ';
SELECT pg_temp.rolled_back(:'dropped');
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.carried();

-- rows deleted do not come back; rows inserted have the default, or nothing
ALTER TABLE everything DROP COLUMN v, DROP COLUMN n;
DELETE FROM everything WHERE i2 = 1;
INSERT INTO everything (i2) VALUES (101);
UPDATE everything SET last = 1 WHERE i2 = 2;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.back();
SELECT i2, v, n FROM everything WHERE i2 IN (1, 2, 3, 101) ORDER BY i2;

-- a trigger of the user's that puts another row in the place of the new one does not lose them
CREATE FUNCTION other_row() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE other everything; BEGIN other := NEW; RETURN other; END $$;
CREATE TRIGGER zz BEFORE UPDATE ON everything FOR EACH ROW EXECUTE FUNCTION other_row();
SELECT pg_temp.note();
ALTER TABLE everything DROP COLUMN long;
UPDATE everything SET last = last;
INSERT INTO everything AS e (id, i2) OVERRIDING SYSTEM VALUE VALUES (3, 3) ON CONFLICT (id) DO UPDATE SET i2 = e.i2;
MERGE INTO everything USING (VALUES (4)) s (i) ON id = i WHEN MATCHED THEN UPDATE SET last = last;
SET session_replication_role = replica;
UPDATE everything SET last = last WHERE id = 5;
RESET session_replication_role;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
DROP TRIGGER zz ON everything;

-- back over an ADD COLUMN with data, and forward again
SELECT xc_head() AS without \gset
ALTER TABLE everything ADD COLUMN extra text;
UPDATE everything SET extra = 'x' || id WHERE id % 2 = 0;
SELECT xc_head() AS with \gset
SELECT pg_temp.note();
SELECT data_effect FROM xc_plan_checkout(:'without') WHERE data_effect <> '';
SELECT pg_temp.went_to(:'without');
UPDATE everything SET last = last;
SELECT pg_temp.went_to(:'with');
SELECT * FROM pg_temp.rows_differ;
SELECT pg_temp.went_to(:'without');
SELECT pg_temp.went_to(:'with');
SELECT * FROM pg_temp.rows_differ;

-- partitions, and tables that inherit; each with its own place for the column
CREATE TABLE measure (at date NOT NULL, value int, unit text) PARTITION BY RANGE (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE measure_2 (unit text, value int, at date NOT NULL);
ALTER TABLE measure ATTACH PARTITION measure_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO measure SELECT date '2026-01-01' + i, i, 'u' || i FROM generate_series(0, 50) i;
CREATE TABLE parent (a int, b text);
CREATE TABLE kid (c text) INHERITS (parent);
INSERT INTO parent SELECT i, 'p' || i FROM generate_series(1, 3) i;
INSERT INTO kid SELECT i, 'k' || i, 'c' FROM generate_series(1, 4) i;
SELECT xc_head() AS trees \gset
SELECT pg_temp.note();
ALTER TABLE measure DROP COLUMN unit;
ALTER TABLE parent DROP COLUMN b;
SELECT * FROM pg_temp.carried();
UPDATE measure SET value = value;
UPDATE parent SET a = a;
VACUUM FULL measure_1, measure_2, kid;
UPDATE measure SET value = value;
SELECT pg_temp.went_to(:'trees');
SELECT * FROM pg_temp.rows_differ;
SELECT * FROM pg_temp.carried();

-- row security, and somebody who may not read the table
CREATE ROLE values_clerk;
GRANT USAGE ON SCHEMA shop TO values_clerk;
CREATE TABLE secret (id int PRIMARY KEY, open text, hidden text);
INSERT INTO secret SELECT i, 'o' || i, 'h' || i FROM generate_series(1, 9) i;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON secret TO values_clerk USING (id % 2 = 0);
GRANT SELECT (id, open), UPDATE (open) ON secret TO values_clerk;
SELECT pg_temp.note();
ALTER TABLE secret DROP COLUMN hidden;
SET ROLE values_clerk;
UPDATE secret SET open = open;
SELECT count(*) FROM secret WHERE secret::text LIKE '%h2%';
SELECT hidden FROM secret;
SELECT * FROM xconnect.vault;
RESET ROLE;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;

-- a transaction that goes on after the drop; savepoints
SELECT pg_temp.note();
BEGIN;
SAVEPOINT a;
ALTER TABLE secret DROP COLUMN hidden;
ROLLBACK TO a;
UPDATE secret SET open = open;
ALTER TABLE secret DROP COLUMN hidden;
UPDATE secret SET open = open WHERE id < 5;
COMMIT;
UPDATE secret SET open = open WHERE id > 3;
SELECT pg_temp.back();
SELECT * FROM pg_temp.rows_differ;
BEGIN;
ALTER TABLE secret DROP COLUMN hidden;
ROLLBACK;
SELECT * FROM pg_temp.carried();

-- several drops, undone one by one
ALTER TABLE secret DROP COLUMN hidden;
ALTER TABLE secret DROP COLUMN open;
SELECT * FROM pg_temp.carried();
UPDATE secret SET id = id;
SELECT pg_temp.back();
UPDATE secret SET id = id;
SELECT * FROM pg_temp.carried();
SELECT pg_temp.went_to('HEAD~3');
SELECT * FROM pg_temp.rows_differ;

-- let go of
ALTER TABLE secret DROP COLUMN open;
SELECT object, change_id = pg_temp.last() AS by_the_last, store, why FROM xc_vault() WHERE object ~ 'column';
SELECT xc_purge_vault('1 day');
SELECT xc_purge_vault() AS purged;
SELECT kind, details::jsonb #>> '{purged,0,object}' AS first FROM xconnect.change ORDER BY seq DESC LIMIT 1;
SELECT count(*) FROM pg_temp.carried();
UPDATE secret SET hidden = hidden WHERE id < 4;
SELECT data_effect FROM xc_plan_checkout('HEAD~2') WHERE data_effect <> '';
SELECT pg_temp.went_to('HEAD~2', loss => true);

-- a type that was made again by somebody else, of values that are passed as they are
CREATE TYPE spirit AS ENUM ('sad', 'happy');
ALTER TABLE secret ADD COLUMN m spirit;
UPDATE secret SET m = 'sad';
ALTER TABLE secret DROP COLUMN m;
SELECT pg_temp.last() AS without_m \gset
DROP TYPE spirit;
CREATE TYPE spirit AS ENUM ('sad', 'happy');
SELECT pg_temp.refused(:'without_m');
SELECT pg_temp.rolled_back(:'without_m', loss => true);
SELECT count(m), count(*) > 0 AS rows FROM secret;
ALTER TABLE secret DROP COLUMN m;

-- nothing is taken along when that is not asked for: then the plan counts, and refuses
SET xconnect.preserve = none;
ALTER TABLE secret DROP COLUMN hidden;
UPDATE secret SET open = open WHERE id IN (2, 3);
INSERT INTO secret VALUES (10, 'o10');
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';
SELECT pg_temp.refused(pg_temp.last());
SELECT pg_temp.rolled_back(pg_temp.last(), loss => true);
SELECT id, hidden FROM secret ORDER BY id;
ALTER TABLE secret DROP COLUMN hidden;
VACUUM FULL secret;
SELECT data_effect FROM xc_plan_rollback(pg_temp.last()) WHERE data_effect <> '';

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
DROP ROLE values_clerk;
