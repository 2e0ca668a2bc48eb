-- NOT NULL of domains with names and comments.
-- server: 17
CREATE DOMAIN d AS int CONSTRAINT d_there NOT NULL;
CREATE DOMAIN e AS text;
CREATE TABLE t (a d, b e);
INSERT INTO t VALUES (1, 'x');

-- step: renamed
-- keeps rows
ALTER DOMAIN d RENAME CONSTRAINT d_there TO "Is there";

-- step: one more, with a comment
-- keeps rows
ALTER DOMAIN e ADD CONSTRAINT e_there NOT NULL;
COMMENT ON CONSTRAINT e_there ON DOMAIN e IS 'never null';
COMMENT ON CONSTRAINT "Is there" ON DOMAIN d IS 'nor this';

-- step: comments change
-- keeps rows
COMMENT ON CONSTRAINT e_there ON DOMAIN e IS NULL;
COMMENT ON CONSTRAINT "Is there" ON DOMAIN d IS 'it''s there';

-- step: dropped and made again
-- keeps rows
ALTER DOMAIN d DROP NOT NULL;
ALTER DOMAIN e DROP CONSTRAINT e_there;
ALTER DOMAIN e SET NOT NULL;

-- step: names that swap with those of checks
-- keeps rows
ALTER DOMAIN e ADD CONSTRAINT long CHECK (length(VALUE) < 100);
ALTER DOMAIN e RENAME CONSTRAINT long TO tmp;
ALTER DOMAIN e RENAME CONSTRAINT e_not_null TO long;
ALTER DOMAIN e RENAME CONSTRAINT tmp TO e_not_null;

-- step: the domain itself is renamed
-- keeps rows
ALTER DOMAIN e RENAME TO f;

-- step: with its owner, in another schema
CREATE SCHEMA other;
ALTER DOMAIN f SET SCHEMA other;
ALTER DOMAIN other.f OWNER TO alice;

-- step: a table with an array of one
CREATE TABLE u (c other.f[]);
INSERT INTO u VALUES ('{x}');

-- step: null is allowed where it stands in an array
-- keeps rows
ALTER DOMAIN other.f DROP NOT NULL;

-- step: dropped
DROP TABLE t, u;
DROP DOMAIN d, other.f;
