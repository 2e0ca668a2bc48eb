-- Indexes and extended statistics.
CREATE TABLE t (id int, name text, tags text[], body tsvector, at timestamptz, box box, price numeric);
INSERT INTO t SELECT i, 'n' || i, ARRAY['a'], 'x', '2026-01-01', '((0,0),(1,1))', i FROM generate_series(1, 30) i;

-- step: one of every method
-- keeps rows
CREATE INDEX t_btree ON t (id);
CREATE INDEX t_hash ON t USING hash (name);
CREATE INDEX t_gin ON t USING gin (tags);
CREATE INDEX t_gist ON t USING gist (box);
CREATE INDEX t_spgist ON t USING spgist (name);
CREATE INDEX t_brin ON t USING brin (at) WITH (pages_per_range = 16);

-- step: expressions, predicates, orders, operator classes, collations, included columns
-- keeps rows
CREATE UNIQUE INDEX t_full ON t (lower(name) COLLATE "C" text_pattern_ops DESC NULLS LAST, (id + 1)) INCLUDE (price) WITH (fillfactor = 55) WHERE price > 0;
CREATE UNIQUE INDEX t_nulls ON t (id, price) NULLS NOT DISTINCT;

-- step: renamed, commented, parameters and statistics of an index
-- keeps rows
ALTER INDEX t_btree RENAME TO "T Btree";
COMMENT ON INDEX t_full IS 'much';
ALTER INDEX t_hash SET (fillfactor = 75);
ALTER INDEX t_full ALTER COLUMN 2 SET STATISTICS 300;

-- step: two indexes swap their names
-- keeps rows
ALTER INDEX t_gin RENAME TO t_tmp;
ALTER INDEX t_gist RENAME TO t_gin;
ALTER INDEX t_tmp RENAME TO t_gist;

-- step: another definition under the same name
-- keeps rows
DROP INDEX t_brin;
CREATE INDEX t_brin ON t USING brin (at, id) WITH (pages_per_range = 32, autosummarize = on);

-- step: concurrently
-- separate
-- keeps rows
CREATE INDEX CONCURRENTLY t_conc ON t (price);

-- step: dropped concurrently
-- separate
-- keeps rows
DROP INDEX CONCURRENTLY t_conc;

-- step: parameters reset
-- keeps rows
ALTER INDEX t_hash RESET (fillfactor);
ALTER INDEX t_full ALTER COLUMN 2 SET STATISTICS -1;

-- step: extended statistics of every kind
-- keeps rows
CREATE STATISTICS st_all ON id, name FROM t;
CREATE STATISTICS st_dep (dependencies, mcv) ON id, price FROM t;
CREATE STATISTICS st_expr ON (id % 10), lower(name) FROM t;

-- step: statistics changed
-- keeps rows
ALTER STATISTICS st_all SET STATISTICS 50;
ALTER STATISTICS st_dep RENAME TO st_dependent;
ALTER STATISTICS st_expr OWNER TO alice;
COMMENT ON STATISTICS st_expr IS 'over expressions';

-- step: statistics moved to another schema
-- keeps rows
CREATE SCHEMA stats;
ALTER STATISTICS st_all SET SCHEMA stats;

-- step: an index on a function of ours, and the function changes
-- keeps rows
CREATE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE INDEX t_norm ON t (norm(name));
CREATE OR REPLACE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1) /* the same */';

-- step: a column renamed under indexes and statistics
-- keeps rows
ALTER TABLE t RENAME name TO label;

-- step: all dropped
-- keeps rows
DROP INDEX "T Btree", t_hash, t_gin, t_gist, t_spgist, t_brin, t_full, t_nulls, t_norm;
DROP STATISTICS stats.st_all, st_dependent, st_expr;

-- step: clustered, with an index that is then dropped
-- keeps rows
CREATE INDEX t_order ON t (price);
CLUSTER t USING t_order;
