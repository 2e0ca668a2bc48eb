-- Foreign keys whose columns more than one unique index fits: which of them one stands on is the state's, too.
CREATE TABLE t (id int, "b c" text, n int, PRIMARY KEY (id));
CREATE TABLE u (id int, b text, n int);
INSERT INTO t VALUES (1, 'one', 1);
INSERT INTO u VALUES (1, 'one', 1);

-- step: one on the older index, one on the newer
-- separate
CREATE UNIQUE INDEX t_more ON t (id) INCLUDE (n);
ALTER TABLE u ADD CONSTRAINT on_key FOREIGN KEY (id) REFERENCES t (id);
ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE;
ALTER TABLE u ADD CONSTRAINT on_index FOREIGN KEY (id) REFERENCES t (id);
ALTER TABLE t ADD PRIMARY KEY (id);
ALTER TABLE u ADD CONSTRAINT on_index_too FOREIGN KEY (n) REFERENCES t (id) NOT VALID;

-- step: both go
ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE;
DROP INDEX t_more CASCADE;

-- step: columns in another order, quoted, of itself
CREATE UNIQUE INDEX t_two ON t (n, "b c");
CREATE UNIQUE INDEX t_two_too ON t ("b c" DESC, n) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX t_partial ON t ("b c", n) WHERE n > 0;
ALTER TABLE u ADD CONSTRAINT two FOREIGN KEY (b, n) REFERENCES t ("b c", n) ON UPDATE CASCADE;
ALTER TABLE t ADD CONSTRAINT itself FOREIGN KEY (n, "b c") REFERENCES t (n, "b c") DEFERRABLE INITIALLY DEFERRED;

-- step: the first of them made anew, which makes it the last
-- keeps rows
ALTER TABLE u DROP CONSTRAINT two;
ALTER TABLE t DROP CONSTRAINT itself;
DROP INDEX t_two;
CREATE UNIQUE INDEX t_two ON t (n, "b c");
ALTER TABLE u ADD CONSTRAINT two FOREIGN KEY (b, n) REFERENCES t ("b c", n) ON UPDATE CASCADE;
ALTER TABLE t ADD CONSTRAINT itself FOREIGN KEY (n, "b c") REFERENCES t (n, "b c") DEFERRABLE INITIALLY DEFERRED;

-- step: of another type
ALTER TABLE u DROP CONSTRAINT two;
ALTER TABLE t ALTER n TYPE bigint;
ALTER TABLE u ALTER n TYPE bigint;
ALTER TABLE u ADD CONSTRAINT two FOREIGN KEY (b, n) REFERENCES t ("b c", n) ON UPDATE CASCADE;

-- step: of partitioned tables
CREATE TABLE p (k int, n int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (n);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1);
CREATE UNIQUE INDEX p_one ON p (k, n);
CREATE UNIQUE INDEX p_two ON p (n, k);
INSERT INTO p VALUES (1, 1), (2, 1);
ALTER TABLE p ADD CONSTRAINT itself FOREIGN KEY (k, n) REFERENCES p (k, n);

-- step: the first of them made anew
ALTER TABLE p DROP CONSTRAINT itself;
DROP INDEX p_one;
CREATE UNIQUE INDEX p_one ON p (k, n);
ALTER TABLE p ADD CONSTRAINT itself FOREIGN KEY (k, n) REFERENCES p (k, n);

-- step: dropped
DROP TABLE p;
DROP TABLE t, u;
