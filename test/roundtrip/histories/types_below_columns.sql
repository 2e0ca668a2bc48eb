-- Neighbours: cycles through domains, types replaced below columns.
CREATE SCHEMA a;
CREATE TYPE a.e AS ENUM ('x', 'y', 'z');
CREATE DOMAIN a.de AS a.e CHECK (VALUE <> 'z');
CREATE TYPE a.c AS (k a.e, n int);
CREATE TABLE t (id int PRIMARY KEY, e a.e DEFAULT 'x', es a.e[], de a.de, c a.c, CHECK (e <> 'z'));
CREATE INDEX t_e ON t (e) WHERE e <> 'y';
CREATE VIEW v AS SELECT id, e FROM t WHERE e = 'x'::a.e;
CREATE FUNCTION f(a.e) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE MATERIALIZED VIEW mv AS SELECT e, count(*) FROM t GROUP BY e;
INSERT INTO t VALUES (1, 'x', '{x,y}', 'x', '(y,2)'), (2, 'y', NULL, NULL, NULL);

-- step: an enum's order changed by replacing it
DROP VIEW v; DROP MATERIALIZED VIEW mv; DROP FUNCTION f(a.e); DROP INDEX t_e;
ALTER TABLE t DROP CONSTRAINT t_e_check, ALTER e DROP DEFAULT, DROP c, DROP de, DROP es;
DROP DOMAIN a.de; DROP TYPE a.c;
ALTER TYPE a.e RENAME TO e_old;
CREATE TYPE a.e AS ENUM ('z', 'y', 'x');
ALTER TABLE t ALTER e TYPE a.e USING e::text::a.e;
DROP TYPE a.e_old;

-- step: all is of it again
CREATE DOMAIN a.de AS a.e CHECK (VALUE <> 'z');
CREATE TYPE a.c AS (k a.e, n int);
ALTER TABLE t ADD es a.e[], ADD de a.de, ADD c a.c, ADD CHECK (e <> 'z'), ALTER e SET DEFAULT 'y';
CREATE INDEX t_e ON t (e) WHERE e <> 'y';
CREATE VIEW v AS SELECT id, e FROM t WHERE e = 'x'::a.e;
CREATE FUNCTION f(a.e) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE MATERIALIZED VIEW mv AS SELECT e, count(*) FROM t GROUP BY e;

-- step: a domain of another base, below a column
ALTER TABLE t ALTER de TYPE text;
DROP DOMAIN a.de;
CREATE DOMAIN a.de AS varchar(10);
ALTER TABLE t ALTER de TYPE a.de;

-- step: an enum becomes a domain of the same name
ALTER TABLE t ALTER de TYPE text;
DROP DOMAIN a.de;
CREATE TYPE a.de AS ENUM ('x', 'y');
ALTER TABLE t ALTER de TYPE a.de USING de::a.de;

-- step: a composite's attribute converted below a column
ALTER TABLE t DROP COLUMN c;
ALTER TYPE a.c ALTER ATTRIBUTE n TYPE text;
ALTER TABLE t ADD COLUMN c a.c;

-- step: a domain whose check calls a function that takes the domain
CREATE DOMAIN d AS int;
CREATE FUNCTION good(d) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN $1 > 0; END';
ALTER DOMAIN d ADD CONSTRAINT good CHECK (good(VALUE));
CREATE TABLE of_d (x d);

-- step: that function replaced
ALTER DOMAIN d DROP CONSTRAINT good;
DROP FUNCTION good(d);
CREATE FUNCTION good(d) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 1';
ALTER DOMAIN d ADD CONSTRAINT good CHECK (good(VALUE));
COMMENT ON CONSTRAINT good ON DOMAIN d IS 'good';

-- step: a range with columns
CREATE TYPE r AS RANGE (SUBTYPE = int8, MULTIRANGE_TYPE_NAME = rs);
CREATE TABLE of_r (r r, rs rs);

-- step: another range takes the name of its multirange
DROP TABLE of_r; DROP TYPE r;
CREATE TYPE r2 AS RANGE (SUBTYPE = int4, MULTIRANGE_TYPE_NAME = rs);
CREATE TABLE of_r (r r2, rs rs);

-- step: labels that change places
ALTER TYPE a.e RENAME VALUE 'x' TO 'between';
ALTER TYPE a.e RENAME VALUE 'y' TO 'x';
ALTER TYPE a.e RENAME VALUE 'between' TO 'y';
CREATE VIEW swapped AS SELECT id FROM t WHERE e > 'x';

-- step: a label that a view and a default used
ALTER TYPE a.e ADD VALUE 'w';

-- step: uses
CREATE VIEW w AS SELECT * FROM t WHERE e = 'w';
ALTER TABLE t ALTER e SET DEFAULT 'w';

-- step: a comment
COMMENT ON TYPE a.e IS 'an enum';

-- step: the schema dropped
DROP SCHEMA a CASCADE;
