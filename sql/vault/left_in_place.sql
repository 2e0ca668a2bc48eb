-- Whatever a rollback does to a table, what dropped columns of it still hold in its rows stays there for the next one,
-- though nobody asked for columns to be kept.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE FUNCTION pg_temp.effects(change text) RETURNS SETOF text LANGUAGE sql AS
  'SELECT data_effect FROM xc_plan_rollback(change) WHERE data_effect <> '''' ORDER BY 1';

-- columns are dropped; then something happens that leaves the rows alone, and going back on it does not; then they are back
CREATE TYPE pair AS (a int, b text);
CREATE TABLE held (id int PRIMARY KEY, short smallint, words text, long text, p pair, arr int[], big bigint, other varchar(9) DEFAULT '1', last int);
ALTER TABLE held ALTER long SET STORAGE EXTERNAL;
INSERT INTO held SELECT i, i, 'w' || i, repeat(md5(i::text), 200), ROW(i, 'b')::pair, ARRAY[i, NULL], i * 1000, 1, i FROM generate_series(1, 20) i;
ALTER TABLE held ADD COLUMN fast int DEFAULT 42, ADD COLUMN since text DEFAULT 'since';
UPDATE held SET since = 'now' WHERE id % 4 = 0;
SELECT pg_temp.note('begun');
CREATE PROCEDURE pg_temp.take() LANGUAGE sql AS
  'ALTER TABLE shop.held DROP short, DROP words, DROP long, DROP p, DROP arr, DROP big, DROP fast, DROP since';

-- the type of a column
CALL pg_temp.take();
SELECT pg_temp.last() AS taken \gset
ALTER TABLE held ALTER other TYPE text;
SELECT pg_temp.back();
SELECT * FROM pg_temp.effects(:'taken');
SELECT pg_temp.rolled_back(:'taken');
SELECT * FROM pg_temp.differs_from('begun');

-- a column that comes back without its values, so that all rows are written anew, and once more with its default
CALL pg_temp.take();
SELECT pg_temp.last() AS taken \gset
CREATE TYPE mood AS ENUM ('sad', 'happy');
ALTER TABLE held ADD COLUMN m mood NOT NULL DEFAULT 'sad';
ALTER TABLE held DROP COLUMN m;
SELECT pg_temp.last() AS change \gset
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT pg_temp.refused(:'change');
SELECT pg_temp.rolled_back(:'change', loss => true);
SELECT count(*), min(m), max(m) FROM held;
ALTER TABLE held DROP COLUMN m;
SELECT object FROM xc_vault() WHERE object ~ 'held';
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc;
SELECT pg_temp.rolled_back(:'taken', cascade => true, loss => true);
SELECT id, short, words, md5(long), p, arr, big, fast, since FROM held WHERE id IN (4, 5) ORDER BY id;
SELECT * FROM pg_temp.differs_from('begun');

-- a generated column whose values are computed anew
CREATE TABLE made (id int, gone text, keep int);
ALTER TABLE made ADD COLUMN m mood GENERATED ALWAYS AS (CASE WHEN keep > 2 THEN 'sad'::mood END) STORED;
INSERT INTO made (id, gone, keep) SELECT i, 'g' || i, i FROM generate_series(1, 4) i;
ALTER TABLE made ADD COLUMN fast int DEFAULT 43;
SELECT pg_temp.note('made');
ALTER TABLE made DROP COLUMN gone, DROP COLUMN fast;
SELECT pg_temp.last() AS taken \gset
ALTER TABLE made DROP COLUMN m;
SELECT pg_temp.last() AS change \gset
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT pg_temp.rolled_back(:'change');
SELECT * FROM pg_temp.effects(:'taken');
SELECT pg_temp.rolled_back(:'taken');
SELECT * FROM pg_temp.differs_from('made');

-- values that a foreign key does not let in
CREATE TABLE whole (id int PRIMARY KEY);
CREATE TABLE part (id int, of int, note text);
ALTER TABLE part ADD COLUMN fast int DEFAULT 42;
INSERT INTO whole VALUES (1);
INSERT INTO part SELECT i, 1, 'n' || i, i FROM generate_series(1, 4) i;
ALTER TABLE part ADD CONSTRAINT part_of FOREIGN KEY (of) REFERENCES whole;
ALTER TABLE part DROP CONSTRAINT part_of;
SELECT pg_temp.last() AS change \gset
UPDATE part SET of = 7 WHERE id > 2;
ALTER TABLE part DROP COLUMN note, DROP COLUMN fast;
SELECT pg_temp.last() AS taken \gset
SELECT pg_temp.refused(:'change');
SELECT pg_temp.rolled_back(:'change', loss => true);
SELECT * FROM pg_temp.effects(:'taken');
SELECT pg_temp.rolled_back(:'taken');
SELECT * FROM part ORDER BY id;
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'xconnect.carry'::regproc;

-- a column that had another type when it was dropped than the one that it comes back with has its values, of that one
CREATE TABLE typed (id int, a text COLLATE "C" NOT NULL, n bigint, short varchar(4), tags text[], q numeric(8, 2), js text);
ALTER TABLE typed ADD COLUMN fast text DEFAULT 'fast';
INSERT INTO typed SELECT i, 'a' || i, i, 's' || i, ARRAY['x', i::text], i, '{"a": 1}' FROM generate_series(1, 4) i;
CREATE TABLE typed_child (more int) INHERITS (typed);
INSERT INTO typed_child SELECT i, 'a' || i, i, 's' || i, '{}', i, '[]', 'f', i FROM generate_series(11, 12) i;
CREATE VIEW seen AS SELECT id, a, n FROM typed;
SELECT pg_temp.note('typed');
SELECT xc_tag('typed') <> '' AS tagged;
DROP VIEW seen;
ALTER TABLE typed ALTER a TYPE varchar, ALTER n TYPE int, ALTER short TYPE text, ALTER tags TYPE varchar(10)[], ALTER q TYPE numeric(6, 2),
  ALTER js TYPE json USING js::json, ALTER fast TYPE varchar(20);
ALTER TABLE typed DROP a, DROP n, DROP tags, DROP fast, DROP js;
ALTER TABLE typed DROP short, DROP q;
SELECT xc_tag('untyped') <> '' AS tagged;
SELECT statement, data_effect FROM xc_plan_checkout('typed') WHERE data_effect <> '' OR statement ~ ' TYPE ';
SELECT pg_temp.went_to('typed');
SELECT * FROM pg_temp.differs_from('typed');
SELECT a, count(n) FROM seen GROUP BY a ORDER BY a;

-- unless some are none of that type, or what they were before a conversion cannot be told
DROP TABLE typed_child;
SELECT xc_tag('typed_alone') <> '' AS tagged;
ALTER TABLE typed ALTER short TYPE text, ALTER q TYPE double precision, ALTER js TYPE varchar;
UPDATE typed SET short = 'too long' WHERE id = 2;
ALTER TABLE typed DROP short, DROP q, DROP js;
SELECT data_effect FROM xc_plan_checkout('typed_alone') WHERE data_effect <> '';
SELECT pg_temp.went_to('typed_alone', true);
SELECT id, a, n, short, q, js FROM typed ORDER BY id;

-- in a partition of a table that is made anew, and is given it as a new column of another type
CREATE TABLE remade (id int, k int) PARTITION BY LIST (k);
CREATE TABLE remade_1 PARTITION OF remade FOR VALUES IN (1);
CREATE TABLE remade_2 PARTITION OF remade FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE remade_2_1 PARTITION OF remade_2 DEFAULT;
INSERT INTO remade VALUES (1, 1), (2, 2);
ALTER TABLE remade ADD more bigint DEFAULT 7;
SELECT xc_tag('with_more') <> '' AS tagged;
ALTER TABLE remade ALTER more TYPE int;
ALTER TABLE remade DROP more;
SELECT xc_tag('without_more') <> '' AS tagged;
DROP TABLE remade;
SELECT xc_checkout('without_more') IS NOT NULL AND xc_checkout('with_more') IS NOT NULL AS done;
SELECT * FROM remade ORDER BY id;

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
