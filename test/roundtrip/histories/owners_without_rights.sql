-- Owners that may not use the schemas of their tables: others made the tables, and what their CHECKs call runs as the owner.
CREATE SCHEMA shut;
CREATE FUNCTION shut.positive(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 > 0; END';

-- step: tables with checks are given away
CREATE TABLE shut.t (a int CHECK (a > 0), b int CONSTRAINT positive CHECK (shut.positive(b)));
CREATE TABLE shut.child (c int) INHERITS (shut.t);
ALTER TABLE shut.t OWNER TO alice;
ALTER TABLE shut.child OWNER TO alice;
-- data
INSERT INTO shut.t VALUES (1, 2);
INSERT INTO shut.child VALUES (3, 4, 5);

-- step: one check changed, one added that is not valid
ALTER TABLE shut.t DROP CONSTRAINT t_a_check;
ALTER TABLE shut.t ADD CONSTRAINT t_a_check CHECK (shut.positive(a + 1));
ALTER TABLE shut.t ADD CONSTRAINT later CHECK (b < 100) NOT VALID;

-- step: it is validated
ALTER TABLE shut.t VALIDATE CONSTRAINT later;

-- step: the child leaves
ALTER TABLE shut.child NO INHERIT shut.t;

-- step: all of it dropped
DROP TABLE shut.t, shut.child;
