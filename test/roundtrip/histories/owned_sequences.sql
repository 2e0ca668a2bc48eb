-- Sequences that columns own, when the column or its table goes and another of that name comes.
CREATE TABLE t (a int, b int, c text);
CREATE SEQUENCE own AS bigint INCREMENT 2;
ALTER SEQUENCE own OWNED BY t.b;
GRANT USAGE ON SEQUENCE own TO app;

-- step: another table of that name, the sequence kept
ALTER SEQUENCE own OWNED BY NONE;
DROP TABLE t;
CREATE TABLE t (b int, c text);
ALTER SEQUENCE own OWNED BY t.b;

-- step: a serial column dropped and added again
ALTER TABLE t ADD COLUMN s serial;
ALTER TABLE t DROP COLUMN s;
ALTER TABLE t ADD COLUMN s serial;

-- step: another table of that name, with another owner, options and owner of the sequence
ALTER SEQUENCE own OWNED BY NONE;
DROP TABLE t;
CREATE TABLE t (c text, b int, e int);
ALTER TABLE t OWNER TO alice;
ALTER SEQUENCE own OWNER TO alice;
ALTER SEQUENCE own INCREMENT 3 OWNED BY t.e;

-- step: an identity column in a table made anew
CREATE TABLE i (x int, id int GENERATED ALWAYS AS IDENTITY, y int);

-- step: the same with a column less in front
DROP TABLE i;
CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY, y int);

