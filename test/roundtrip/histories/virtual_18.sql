-- Virtual generated columns.
-- server: 18
CREATE TABLE v (a int, b int, c text);
INSERT INTO v VALUES (1, 2, 'x'), (3, 4, 'y');
CREATE TABLE parted (k int, a int, g int GENERATED ALWAYS AS (a + k)) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted (k, a) VALUES (1, 5);

-- step: a table with one
CREATE TABLE w (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, c int);

-- step: another expression
ALTER TABLE w ALTER b SET EXPRESSION AS (a + 2);

-- step: a column more
-- keeps rows
ALTER TABLE v ADD g int GENERATED ALWAYS AS (a * b);
COMMENT ON COLUMN v.g IS 'product';
GRANT SELECT (g) ON v TO bob;

-- step: renamed
-- keeps rows
ALTER TABLE v RENAME g TO product;
ALTER TABLE v RENAME a TO first;

-- step: constraints on it
-- keeps rows
ALTER TABLE v ADD CHECK (product < 1000);
ALTER TABLE v ALTER product SET NOT NULL;

-- step: a view of it
CREATE VIEW seen AS SELECT product FROM v;

-- step: dropped, with what stands on it
ALTER TABLE v DROP COLUMN product CASCADE;

-- step: in the middle
ALTER TABLE w DROP COLUMN b;

-- step: stored instead
ALTER TABLE w ADD b int GENERATED ALWAYS AS (a + 2) STORED;

-- step: the tables dropped
DROP TABLE v, w, parted CASCADE;
