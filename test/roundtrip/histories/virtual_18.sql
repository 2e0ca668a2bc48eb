-- Virtual generated columns.
-- server: 18
CREATE TABLE v (a int, b int);
INSERT INTO v VALUES (1, 2);

-- step: a table with one
CREATE TABLE w (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL);

-- step: another expression
ALTER TABLE w ALTER b SET EXPRESSION AS (a + 2);

-- step: the table dropped
DROP TABLE w;
