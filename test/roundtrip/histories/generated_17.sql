-- Expressions of generated columns that change in place, which PostgreSQL 17 brought: in tables alone, with heirs, and
-- in partitions.
-- server: 17
CREATE TABLE alone (a int, g int GENERATED ALWAYS AS (a + 1) STORED, note text);
CREATE TABLE above (a int, b int, g int GENERATED ALWAYS AS (a + 1) STORED);
CREATE TABLE below (more text) INHERITS (above);
CREATE TABLE own (g int GENERATED ALWAYS AS (a * 10) STORED) INHERITS (above);
CREATE TABLE lowest () INHERITS (below);
CREATE TABLE parted (k int, a int, g int GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF parted (g GENERATED ALWAYS AS (a * 10) STORED) FOR VALUES IN (2);
CREATE TABLE part_3 PARTITION OF parted FOR VALUES IN (3) PARTITION BY LIST (a);
CREATE TABLE part_3_1 PARTITION OF part_3 FOR VALUES IN (1);
INSERT INTO alone (a) VALUES (1), (2);
INSERT INTO above (a) VALUES (1);
INSERT INTO below (a) VALUES (2);
INSERT INTO own (a) VALUES (3);
INSERT INTO lowest (a) VALUES (4);
INSERT INTO parted (k, a) VALUES (1, 1), (2, 2), (3, 1);

-- step: of a table alone
-- keeps rows
ALTER TABLE alone ALTER g SET EXPRESSION AS (a * 2);

-- step: of a table with heirs
-- keeps rows
ALTER TABLE above ALTER g SET EXPRESSION AS (a + 2);

-- step: of an heir
-- keeps rows
ALTER TABLE below ALTER g SET EXPRESSION AS (a + 3);

-- step: of that above, to what the heir has
-- keeps rows
ALTER TABLE above ALTER g SET EXPRESSION AS (a + 3);

-- step: of that above alone
-- keeps rows
ALTER TABLE ONLY above ALTER g SET EXPRESSION AS (a + 4);

-- step: of a partitioned table
-- keeps rows
ALTER TABLE parted ALTER g SET EXPRESSION AS (a + k);

-- step: of a partition
-- keeps rows
ALTER TABLE part_2 ALTER g SET EXPRESSION AS (a - k);

-- step: of the partitioned table, to what the partition has
-- keeps rows
ALTER TABLE parted ALTER g SET EXPRESSION AS (a - k);

-- step: of a partition with partitions
-- keeps rows
ALTER TABLE part_3 ALTER g SET EXPRESSION AS (-a);

-- step: keys, checks and views that read them
-- keeps rows
CREATE INDEX ON alone (g);
ALTER TABLE alone ADD CHECK (g < 1000);
ALTER TABLE alone ALTER g SET NOT NULL;
CREATE VIEW seen AS SELECT g FROM alone;
CREATE INDEX ON parted (g);

-- step: with these
-- keeps rows
ALTER TABLE alone ALTER g SET EXPRESSION AS (a * 3);
ALTER TABLE parted ALTER g SET EXPRESSION AS (a * k);

-- step: not generated any more
ALTER TABLE alone ALTER g DROP EXPRESSION;
ALTER TABLE above ALTER g DROP EXPRESSION;
ALTER TABLE parted ALTER g DROP EXPRESSION;

-- step: an heir of its own kind
CREATE TABLE free (a int, b int, g int GENERATED ALWAYS AS (a + 7) STORED);
CREATE TABLE bound (a int, b int, g int GENERATED ALWAYS AS (a + 8) STORED);
INSERT INTO bound (a) VALUES (1);
ALTER TABLE bound INHERIT free;

-- step: its expression changes, and it leaves
-- keeps rows
ALTER TABLE bound ALTER g SET EXPRESSION AS (a + b);
ALTER TABLE bound NO INHERIT free;

-- step: a column that it reads has another type
-- keeps rows
ALTER TABLE bound ALTER g SET EXPRESSION AS (a);
ALTER TABLE bound ALTER b TYPE bigint;
ALTER TABLE bound ALTER g SET EXPRESSION AS (a + b);

-- step: dropped
DROP TABLE alone, above, parted, free, bound CASCADE;
