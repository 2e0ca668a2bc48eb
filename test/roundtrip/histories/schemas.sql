-- Schemas, and whole objects moving between them and changing names.
CREATE SCHEMA one;
CREATE TABLE one.parent (id int PRIMARY KEY, v text);
CREATE TABLE one.child (id serial PRIMARY KEY, parent int REFERENCES one.parent, v text DEFAULT 'd');
CREATE VIEW one.joined AS SELECT c.id, p.v FROM one.child c JOIN one.parent p ON p.id = c.parent;
CREATE FUNCTION one.f(one.parent) RETURNS int LANGUAGE sql AS 'SELECT $1.id';
CREATE FUNCTION one.std() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM one.joined; END;
CREATE INDEX child_v ON one.child (v);
CREATE TYPE one.colour AS ENUM ('red');
INSERT INTO one.parent VALUES (1, 'a');
INSERT INTO one.child (parent) VALUES (1);
CREATE TABLE r1 (a int);
CREATE TABLE r2 (b int);
CREATE TABLE r3 (c int);
INSERT INTO r1 VALUES (1);
INSERT INTO r2 VALUES (2);
INSERT INTO r3 VALUES (3);

-- step: schemas with owners and elements
CREATE SCHEMA two AUTHORIZATION alice CREATE TABLE inside (x int) CREATE VIEW look AS SELECT x FROM inside;
CREATE SCHEMA "Three And";

-- step: a table moved, with its sequence, index, key
-- keeps rows
ALTER TABLE one.child SET SCHEMA two;

-- step: moved back and renamed at once
-- keeps rows
ALTER TABLE two.child SET SCHEMA one;
ALTER TABLE one.child RENAME TO kid;

-- step: a schema renamed with everything in it
-- keeps rows
ALTER SCHEMA one RENAME TO uno;

-- step: two schemas swap names
-- keeps rows
ALTER SCHEMA uno RENAME TO tmp;
ALTER SCHEMA two RENAME TO uno;
ALTER SCHEMA tmp RENAME TO two;

-- step: two tables swap names
-- keeps rows
ALTER TABLE two.parent RENAME TO x;
ALTER TABLE two.kid RENAME TO parent;
ALTER TABLE two.x RENAME TO kid;

-- step: three in a ring
-- keeps rows
ALTER TABLE r1 RENAME TO x;
ALTER TABLE r3 RENAME TO r1;
ALTER TABLE r2 RENAME TO r3;
ALTER TABLE x RENAME TO r2;

-- step: view, function, type, sequence moved
-- keeps rows
ALTER VIEW two.joined SET SCHEMA uno;
ALTER FUNCTION two.f(two.kid) SET SCHEMA uno;
ALTER TYPE two.colour SET SCHEMA "Three And";

-- step: owner of a schema, comment, grants
-- keeps rows
ALTER SCHEMA uno OWNER TO bob;
COMMENT ON SCHEMA "Three And" IS 'x';
GRANT USAGE ON SCHEMA two TO readers;

-- step: one table renamed, another made under its old name
-- keeps rows
ALTER TABLE r1 RENAME TO r1_old;
CREATE TABLE r1 (c int, d int);

-- step: the old one dropped, the new one gets a column of its name
DROP TABLE r1_old;
ALTER TABLE r1 ADD e text;

-- step: renamed and changed in one transaction
ALTER TABLE r2 RENAME TO r2_new;
ALTER TABLE r2_new RENAME a TO aa;
ALTER TABLE r2_new ADD bb int DEFAULT 3;
ALTER TABLE r2_new ALTER aa TYPE bigint;
COMMENT ON TABLE r2_new IS 'renewed';

-- step: an empty schema dropped
DROP SCHEMA "Three And" CASCADE;

-- step: a full one dropped
DROP SCHEMA two CASCADE;
