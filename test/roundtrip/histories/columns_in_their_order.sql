-- Columns that come back in their order into tables that were made again since they went.

CREATE SCHEMA s;
CREATE TABLE s.tree (a int, b text DEFAULT 'b', c int, d int NOT NULL, e int) PARTITION BY RANGE (a);
CREATE TABLE s.low PARTITION OF s.tree FOR VALUES FROM (0) TO (10);
CREATE TABLE s.high (x int, e int, d int NOT NULL, c int, b text, a int);
ALTER TABLE s.high DROP x;
ALTER TABLE s.tree ATTACH PARTITION s.high FOR VALUES FROM (10) TO (20);
CREATE TABLE s.below PARTITION OF s.tree FOR VALUES FROM (20) TO (30) PARTITION BY LIST (d);
CREATE TABLE s.lowest PARTITION OF s.below FOR VALUES IN (20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
CREATE INDEX tree_d ON s.tree (d);
CREATE TABLE s.alone (a int, b int, c int);
-- data
INSERT INTO s.tree SELECT i, 'b' || i, 1 + i % 2, i, -i FROM generate_series(0, 29) i;
INSERT INTO s.alone VALUES (1, 2, 3);

-- step: a column of the whole tree, from the middle
ALTER TABLE s.tree DROP b;

-- step: one more, beside it
ALTER TABLE s.tree DROP c CASCADE;

-- step: the tree
DROP TABLE s.tree;

-- step: the tree is taken back
SELECT xc_rollback((SELECT change_id FROM xconnect.change JOIN xconnect.change_object USING (seq) WHERE action = 'DROP' AND object = 'table s.tree' ORDER BY seq DESC LIMIT 1), allow_data_loss => true);

-- step: and its columns
SELECT xc_rollback((SELECT change_id FROM xconnect.change JOIN xconnect.change_object USING (seq) WHERE action = 'ALTER' AND object = 'table s.tree' AND statements::text LIKE '%DROP c%' ORDER BY seq DESC LIMIT 1), allow_data_loss => true);
SELECT xc_rollback((SELECT change_id FROM xconnect.change JOIN xconnect.change_object USING (seq) WHERE action = 'ALTER' AND object = 'table s.tree' AND statements::text LIKE '%DROP b%' ORDER BY seq DESC LIMIT 1), allow_data_loss => true);

-- step: another column of the whole tree
ALTER TABLE s.tree DROP e;

-- step: once more
DROP TABLE s.tree;

-- step: another tree, of that name
CREATE TABLE s.tree (a int, d int, f int) PARTITION BY RANGE (a);
CREATE TABLE s.low PARTITION OF s.tree FOR VALUES FROM (0) TO (10);

-- step: a column at its beginning
ALTER TABLE s.tree DROP d;

-- step: it goes
DROP TABLE s.tree;

-- step: a column of a table
ALTER TABLE s.alone DROP b;

-- step: the table
DROP TABLE s.alone;

-- step: another table of its name
CREATE TABLE s.alone (c int, d int);

-- step: a column that it has alone
ALTER TABLE s.alone DROP c, ADD e int;

-- step: parents
CREATE TABLE s.parent (a int, b int, c int);
CREATE TABLE s.child (own int) INHERITS (s.parent);

-- step: a column of theirs
ALTER TABLE s.parent DROP b;

-- step: both
DROP TABLE s.parent CASCADE;
