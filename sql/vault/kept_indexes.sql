-- Large indexes wait with the rows of their table and come back with them, as they were; all others are built again.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = tables;
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE EXTENSION IF NOT EXISTS amcheck;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE pg_temp.files (name text, file oid);
CREATE FUNCTION pg_temp.indexes() RETURNS TABLE (name text, file oid) LANGUAGE sql
  AS 'SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relkind = ''i'' AND relnamespace = to_regnamespace(''shop'')';
CREATE FUNCTION pg_temp.note_files() RETURNS void LANGUAGE sql AS 'DELETE FROM pg_temp.files; INSERT INTO pg_temp.files SELECT * FROM pg_temp.indexes()';
-- Those of btrees are checked, every row by its keys.
CREATE FUNCTION pg_temp.came_back() RETURNS TABLE (name text, as_it_was boolean, is_right boolean) LANGUAGE plpgsql AS $$
DECLARE index oid;
BEGIN
  FOR name, as_it_was IN SELECT i.name, i.file = f.file FROM pg_temp.indexes() i LEFT JOIN pg_temp.files f USING (name) ORDER BY 1 LOOP
    index := (SELECT oid FROM pg_class WHERE relname = name AND relnamespace = 'shop'::regnamespace);
    SELECT indisvalid AND indisready AND NOT indcheckxmin INTO is_right FROM pg_index WHERE indexrelid = index;
    IF (SELECT amname = 'btree' FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE c.oid = index) THEN
      PERFORM bt_index_parent_check(index, true, true);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE FUNCTION pg_temp.waiting() RETURNS TABLE (object text, indexes bigint, valid bigint, is_counted boolean) LANGUAGE sql AS $$
  SELECT v.object, count(i.indexrelid), count(*) FILTER (WHERE indisvalid),
         v.bytes = pg_total_relation_size(v.store) AND (SELECT bytes FROM xconnect.vault k WHERE k.store = v.store) >= pg_relation_size(v.store) + pg_indexes_size(v.store)
    FROM xc_vault() v LEFT JOIN pg_index i ON i.indrelid = v.store GROUP BY v.object, v.store, v.bytes ORDER BY 1 $$;

CREATE TABLE item (id bigint PRIMARY KEY, a text, b numeric, c int, d timestamptz, j jsonb, x varchar COLLATE "C", e int[]);
INSERT INTO item SELECT i, 'item ' || i, i / 7.0, CASE WHEN i % 5 > 0 THEN i END, '2026-01-01 UTC'::timestamptz + i * interval '1 min',
  jsonb_build_object('i', i), 'x' || i, ARRAY[i] FROM generate_series(1, 60000) i;
ALTER TABLE item ADD CONSTRAINT item_b_key UNIQUE (b, id) INCLUDE (c) DEFERRABLE;
CREATE INDEX item_a ON item (a DESC NULLS LAST);
CREATE INDEX item_pattern ON item (a text_pattern_ops, d);
CREATE INDEX item_x ON item (x) WITH (fillfactor = 70);
CREATE INDEX item_x_c ON item (a COLLATE "C");
CREATE UNIQUE INDEX item_c ON item (c);
CREATE INDEX item_hash ON item USING hash (id);
CREATE INDEX item_gin ON item USING gin (j);
CREATE INDEX item_brin ON item USING brin (d) WITH (pages_per_range = 1);
CREATE INDEX item_expression ON item ((c + 1));
CREATE INDEX item_partial ON item (a) WHERE c > 1;
CREATE INDEX item_array ON item (e);
VACUUM ANALYZE item;

-- dropped and back; expressions, predicates and types that the vault does not have are built again, and small ones
SELECT pg_temp.note(), pg_temp.note_files();
DROP TABLE item;
SELECT * FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.came_back();
SELECT conname, contype, condeferrable FROM pg_constraint WHERE conrelid = 'item'::regclass AND contype <> 'n' ORDER BY 1;
SELECT relname FROM pg_class WHERE oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'item'::regclass) AND (relpages = 0 OR reltuples <> 60000 AND relname <> 'item_partial') ORDER BY 1;
SELECT count(*) FROM xc_vault();
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE a = 'item 5000';
SELECT id FROM item WHERE a = 'item 5000';
SELECT id FROM item WHERE j @> '{"i": 77}';
RESET enable_seqscan;

-- they are used, and go again
INSERT INTO item SELECT i, 'item ' || i FROM generate_series(60001, 61000) i;
INSERT INTO item (id) VALUES (5);
UPDATE item SET a = a || '!', b = b + 100000 WHERE id % 3 = 0;
DELETE FROM item WHERE id % 11 = 0;
SELECT * FROM pg_temp.came_back();
SELECT pg_temp.note(), pg_temp.note_files();
DROP TABLE item;
-- the dead rows go, and their places are free: an index that was not cleaned with them would be wrong
\set ECHO none
SELECT format('VACUUM %s', store) FROM xc_vault() \gexec
\set ECHO all
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
INSERT INTO item SELECT i, 'again ' || i FROM generate_series(70001, 75000) i;
SELECT name, is_right FROM pg_temp.came_back();

-- written anew while they wait
SELECT pg_temp.note(), pg_temp.note_files();
DROP TABLE item;
\set ECHO none
SELECT format('REINDEX TABLE %s', store) FROM xc_vault() \gexec
\set ECHO all
SELECT * FROM pg_temp.waiting();
SELECT * FROM xc_drift();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT name, is_right FROM pg_temp.came_back();
SELECT pg_temp.note();
DROP TABLE item;
\set ECHO none
SELECT format('VACUUM FULL %s', store) FROM xc_vault() \gexec
\set ECHO all
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT name, is_right FROM pg_temp.came_back();

-- in transactions
SELECT pg_temp.note(), pg_temp.note_files();
BEGIN;
DROP TABLE item;
ROLLBACK;
SELECT bool_and(as_it_was AND is_right) FROM pg_temp.came_back();
BEGIN;
SAVEPOINT a;
DROP TABLE item;
ROLLBACK TO a;
SELECT bool_and(as_it_was AND is_right) FROM pg_temp.came_back();
DROP TABLE item;
COMMIT;
BEGIN;
SELECT pg_temp.back();
ROLLBACK;
SELECT * FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT name, as_it_was, is_right FROM pg_temp.came_back() WHERE NOT as_it_was;
-- an index that went before other rows came is not the table's any more
BEGIN;
DROP INDEX item_a;
INSERT INTO item (id) VALUES (0);
DROP TABLE item;
COMMIT;
SELECT object, indexes FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.came_back() WHERE name = 'item_a' OR NOT is_right;
SELECT rows_after - rows_before FROM pg_temp.differs;
-- made in the transaction that drops it
BEGIN;
REINDEX INDEX item_a;
DROP TABLE item;
COMMIT;
SELECT object, indexes FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.came_back() WHERE NOT is_right;

-- several tables at once: an unlogged one, a materialized view, partitions with their keys, one whose identity goes before it
CREATE UNLOGGED TABLE scratch AS SELECT i AS id, i AS gone, 's' || i AS s FROM generate_series(1, 60000) i;
ALTER TABLE scratch ADD PRIMARY KEY (id), DROP COLUMN gone;
CREATE INDEX scratch_s ON scratch (s);
CREATE MATERIALIZED VIEW seen AS SELECT id, a FROM item;
CREATE UNIQUE INDEX seen_id ON seen (id);
CREATE TABLE measure (at date, n int, PRIMARY KEY (at, n)) PARTITION BY RANGE (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE measure_2 PARTITION OF measure FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO measure SELECT date '2026-01-01' + i % 55, i FROM generate_series(1, 130000) i;
CREATE TABLE counted (id int PRIMARY KEY, n int);
INSERT INTO counted SELECT i, i FROM generate_series(1, 60000) i;
ALTER TABLE counted ALTER id ADD GENERATED ALWAYS AS IDENTITY;
CREATE INDEX counted_n ON counted (n);
CREATE TABLE line (of bigint REFERENCES item, n int, EXCLUDE USING gist (box(point(n, n), point(n, n)) WITH &&));
INSERT INTO line SELECT id, id FROM item WHERE id BETWEEN 1 AND 100;
SELECT pg_temp.note(), pg_temp.note_files();
DROP SCHEMA shop CASCADE;
SELECT object, indexes FROM pg_temp.waiting();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs;
SELECT * FROM pg_temp.came_back();
SELECT relname, pg_relation_size(oid, 'init') > 0 AS has_init FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relpersistence = 'u' ORDER BY 1;

-- what was defined otherwise then is built
SELECT xc_head() AS here \gset
DROP INDEX item_a, item_pattern, item_x_c;
CREATE INDEX item_a ON item (a DESC);
CREATE INDEX item_pattern ON item (a text_pattern_ops) INCLUDE (d);
CREATE INDEX item_x_c ON item (a COLLATE "POSIX");
ALTER INDEX item_x SET (fillfactor = 80);
ALTER TABLE item DROP CONSTRAINT item_pkey CASCADE;
CREATE UNIQUE INDEX item_pkey ON item (id);
SELECT pg_temp.note(), pg_temp.note_files();
DROP TABLE item CASCADE;
SELECT object, indexes FROM pg_temp.waiting();
SELECT pg_temp.went_to(:'here');
SELECT * FROM pg_temp.differs;
SELECT name, as_it_was, is_right FROM pg_temp.came_back() WHERE name LIKE 'item%';

-- a purge lets go of them, and a limit that only the rows keep
DROP TABLE scratch;
SELECT object, indexes FROM pg_temp.waiting();
SELECT xc_purge_vault();
SELECT count(*) FROM pg_class WHERE relname LIKE 'vault%kept%';
SET xconnect.preserve_size = '4MB';
DROP MATERIALIZED VIEW seen;
SELECT object, indexes FROM pg_temp.waiting();
RESET xconnect.preserve_size;
SELECT pg_temp.back();
SELECT * FROM pg_temp.came_back() WHERE name LIKE 'seen%';
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() > 0 AS emptied;
DROP EXTENSION amcheck;
SELECT count(*) FROM pg_class WHERE relname LIKE 'vault%kept%';
