-- Exclusion constraints of partitioned tables, which PostgreSQL 17 brought.
-- server: 17
CREATE EXTENSION btree_gist;
CREATE TABLE t (k int, span int4range, room text) PARTITION BY RANGE (k);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (10);
CREATE TABLE loose (k int, span int4range, room text);
INSERT INTO t VALUES (1, '[1,5)', 'a'), (2, '[1,5)', 'a');
INSERT INTO loose VALUES (20, '[1,5)', 'a');

-- step: on the whole tree
-- keeps rows
ALTER TABLE t ADD CONSTRAINT alone EXCLUDE USING gist (k WITH =, span WITH &&);

-- step: one more, deferrable and with a condition
-- keeps rows
ALTER TABLE t ADD CONSTRAINT rooms EXCLUDE USING gist (k WITH =, room WITH =, span WITH &&) WHERE (room IS NOT NULL) DEFERRABLE INITIALLY DEFERRED;

-- step: a partition more
CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (20);

-- step: a table with its own joins
-- keeps rows
ALTER TABLE loose ADD CONSTRAINT mine EXCLUDE USING gist (k WITH =, span WITH &&);
ALTER TABLE t ATTACH PARTITION loose FOR VALUES FROM (20) TO (30);

-- step: renamed
-- keeps rows
ALTER TABLE t RENAME CONSTRAINT alone TO not_twice;
ALTER INDEX rooms RENAME TO one_at_a_time;
COMMENT ON CONSTRAINT not_twice ON t IS 'a room at a time';

-- step: a partition leaves
-- keeps rows
ALTER TABLE t DETACH PARTITION loose;

-- step: storage parameters
-- keeps rows
ALTER INDEX t_1_k_span_excl SET (fillfactor = 70);

-- step: dropped
-- keeps rows
ALTER TABLE t DROP CONSTRAINT not_twice;

-- step: all dropped
DROP TABLE t, loose;
