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

-- step: one of another type
CREATE TABLE typed (a int, b int, g int GENERATED ALWAYS AS (a + b), note text);
INSERT INTO typed VALUES (1, 2, DEFAULT, 'x');
ALTER TABLE typed ALTER g TYPE bigint;

-- step: a column that it reads has another type
-- keeps rows
ALTER TABLE typed ALTER g SET EXPRESSION AS (b);
ALTER TABLE typed ALTER a TYPE bigint;
ALTER TABLE typed ALTER g SET EXPRESSION AS (a + b);

-- step: and it may not be null
-- keeps rows
ALTER TABLE typed ALTER g SET NOT NULL;
ALTER TABLE typed ADD CONSTRAINT more CHECK (g > 0);

-- step: types under that
-- keeps rows
ALTER TABLE typed DROP CONSTRAINT more;
ALTER TABLE typed ALTER g SET EXPRESSION AS (1);
ALTER TABLE typed ALTER b TYPE bigint;
ALTER TABLE typed ALTER g SET EXPRESSION AS (a + b + 1);

-- step: it comes back with another type
ALTER TABLE typed DROP COLUMN g;
ALTER TABLE typed ADD g text GENERATED ALWAYS AS (note || 'y') VIRTUAL;

-- step: and with an expression that is stored
ALTER TABLE typed DROP COLUMN g;
ALTER TABLE typed ADD g bigint GENERATED ALWAYS AS (a * b) STORED;

-- step: a table made anew, with another kind
DROP TABLE typed;
CREATE TABLE typed (a int, b int, g int GENERATED ALWAYS AS (a + b) STORED, note text);

-- step: once more
DROP TABLE typed;
CREATE TABLE typed (a int, b int, g int NOT NULL GENERATED ALWAYS AS (a - b) VIRTUAL, note text);

-- step: and a plain one
DROP TABLE typed;
CREATE TABLE typed (a int, b int, g int DEFAULT 5, note text);

-- step: heirs with expressions of their own
CREATE TABLE above (a int, g int GENERATED ALWAYS AS (a + 1));
CREATE TABLE below (b int) INHERITS (above);
CREATE TABLE own (g int GENERATED ALWAYS AS (a * 10)) INHERITS (above);
INSERT INTO below VALUES (1, DEFAULT, 2);
INSERT INTO own VALUES (3);

-- step: another one for all
-- keeps rows
ALTER TABLE above ALTER g SET EXPRESSION AS (a + 2);

-- step: for one
-- keeps rows
ALTER TABLE below ALTER g SET EXPRESSION AS (b);

-- step: a type for all
-- keeps rows
ALTER TABLE above ALTER g TYPE bigint;
ALTER TABLE above ALTER g SET EXPRESSION AS (0);
ALTER TABLE above ALTER a TYPE bigint;
ALTER TABLE above ALTER g SET EXPRESSION AS (-a);

-- step: a partition with one of its own
CREATE TABLE part_2 PARTITION OF parted (g GENERATED ALWAYS AS (a * 2)) FOR VALUES IN (2);
INSERT INTO parted (k, a) VALUES (2, 6);

-- step: the column goes
ALTER TABLE parted DROP COLUMN g;

-- step: another one in its place
ALTER TABLE parted ADD g int GENERATED ALWAYS AS (k) STORED;
ALTER TABLE part_2 ALTER g SET EXPRESSION AS (k + a);

-- step: that goes, too
ALTER TABLE parted DROP COLUMN g;

-- step: the tables dropped
DROP TABLE v, w, parted, typed, above CASCADE;
