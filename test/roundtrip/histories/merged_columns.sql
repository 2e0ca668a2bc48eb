-- Columns that are a table's own and those of one that it inherits from.
CREATE TABLE above (a int, g int);
CREATE TABLE own (g int, x text) INHERITS (above);
CREATE TABLE far (g int) INHERITS (own);
INSERT INTO own VALUES (1, 2, 'x');
CREATE TABLE first (a int, g int);
CREATE TABLE second (b int, g int);
CREATE TABLE of_both (g int) INHERITS (first, second);
INSERT INTO of_both VALUES (1, 2, 3);

-- step: its type
-- keeps rows
ALTER TABLE above ALTER g TYPE bigint;

-- step: renamed
-- keeps rows
ALTER TABLE above RENAME g TO h;

-- step: both
-- keeps rows
ALTER TABLE above RENAME h TO i;
ALTER TABLE above ALTER i TYPE numeric;

-- step: gone from one of two
ALTER TABLE first DROP COLUMN g;

-- step: it leaves that one
-- keeps rows
ALTER TABLE of_both NO INHERIT second;

-- step: dropped
DROP TABLE above, first, second, of_both CASCADE;

-- step: tables with a column of their own, and what stands on it
CREATE TABLE own_parent (a int);
CREATE TABLE own_heir (b int CHECK (b > 0)) INHERITS (own_parent);
CREATE TABLE own_heirs_heir (c int) INHERITS (own_heir);
CREATE VIEW on_own AS SELECT b FROM own_heir;
CREATE VIEW on_heirs_own AS SELECT b, c FROM own_heirs_heir;
CREATE INDEX ON own_heirs_heir (b);

-- step: the parent gets one of that name
-- keeps rows
ALTER TABLE own_parent ADD b int DEFAULT 4;

-- step: and loses it
ALTER TABLE own_parent DROP b;
