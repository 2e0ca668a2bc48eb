-- Enums, composites, domains, ranges.

-- step: one of each
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine');
CREATE TYPE pair AS (x int, y text COLLATE "C");
CREATE DOMAIN email AS text CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
CREATE FUNCTION span_diff(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = span_diff, MULTIRANGE_TYPE_NAME = spans);
CREATE TYPE nothing AS ENUM ();
CREATE TYPE void_pair AS ();

-- step: labels added at all places
-- separate
ALTER TYPE mood ADD VALUE 'happy';
ALTER TYPE mood ADD VALUE 'worst' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'better' AFTER 'ok';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';

-- step: a label renamed
ALTER TYPE mood RENAME VALUE 'ok' TO 'okay';

-- step: two labels swap
ALTER TYPE mood RENAME VALUE 'okay' TO 'x';
ALTER TYPE mood RENAME VALUE 'sad' TO 'okay';
ALTER TYPE mood RENAME VALUE 'x' TO 'sad';

-- step: a table of them, with rows
CREATE TABLE uses (id int PRIMARY KEY, m mood DEFAULT 'sad', ms mood[] DEFAULT ARRAY['happy'::mood], p pair, e email, s span, ss spans);
CREATE INDEX uses_m ON uses (m);
CREATE VIEW sad_ones AS SELECT id FROM uses WHERE m = 'sad';
-- data
INSERT INTO uses VALUES (1, 'sad', '{sad,happy}', ROW(1, 'a'), 'a@b', '[1,2]', '{[1,2]}'), (2, 'okay', '{}', NULL, NULL, NULL, NULL);

-- step: a label added while the type is used
-- separate
-- keeps rows
ALTER TYPE mood ADD VALUE 'new' BEFORE 'happy';

-- step: attributes of a composite type added, dropped, retyped, renamed, while not used in tables
CREATE TYPE triple AS (a int, b int, c int);
ALTER TYPE triple ADD ATTRIBUTE d text, DROP ATTRIBUTE b;

-- step: and more
ALTER TYPE triple RENAME ATTRIBUTE d TO dd;
ALTER TYPE triple ALTER ATTRIBUTE a TYPE bigint;

-- step: an attribute added to a type in use
ALTER TYPE pair ADD ATTRIBUTE z numeric;

-- step: types renamed
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE pair RENAME TO couple;
ALTER DOMAIN email RENAME TO address;
ALTER TYPE span RENAME TO stretch;

-- step: types moved, owned, commented, granted
CREATE SCHEMA kinds;
ALTER TYPE feeling SET SCHEMA kinds;
ALTER DOMAIN address SET SCHEMA kinds;
ALTER TYPE couple OWNER TO alice;
COMMENT ON TYPE kinds.feeling IS 'how it is';
COMMENT ON COLUMN couple.x IS 'the first';
COMMENT ON DOMAIN kinds.address IS 'where';
REVOKE USAGE ON TYPE couple FROM PUBLIC;
GRANT USAGE ON TYPE kinds.feeling TO app;

-- step: domain default, not null, constraints
ALTER DOMAIN kinds.address SET DEFAULT 'nobody@nowhere';
ALTER DOMAIN kinds.address ADD CONSTRAINT short CHECK (length(VALUE) < 100);

-- step: a domain over a domain, over an array, over a composite
CREATE DOMAIN kinds.work_address AS kinds.address CHECK (VALUE LIKE '%work%');
CREATE DOMAIN some_ints AS int[] CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN good_couple AS couple CHECK ((VALUE).x > 0);

-- step: domains over each other, and a default that comes from one below
CREATE DOMAIN lowest AS varchar(40) DEFAULT 'a';
CREATE DOMAIN kinds.middle AS lowest;
ALTER DOMAIN kinds.middle SET DEFAULT 'b';

-- step: a domain that gets its default from its base
CREATE DOMAIN upper_one AS kinds.middle CHECK (VALUE <> '');
CREATE DOMAIN uppers AS upper_one[] DEFAULT '{b}';
CREATE DOMAIN more_uppers AS uppers;

-- step: domain constraints dropped
ALTER DOMAIN kinds.address DROP CONSTRAINT short;
ALTER DOMAIN kinds.address DROP DEFAULT;

-- step: an enum replaced by one with fewer labels, the column moved over
DROP VIEW sad_ones;
ALTER TABLE uses ALTER m DROP DEFAULT, ALTER ms DROP DEFAULT;
ALTER TYPE kinds.feeling RENAME TO feeling_old;
CREATE TYPE kinds.feeling AS ENUM ('sad', 'okay');
ALTER TABLE uses ALTER m TYPE kinds.feeling USING CASE WHEN m::text = 'sad' THEN 'sad'::kinds.feeling ELSE 'okay' END;
ALTER TABLE uses DROP COLUMN ms;
DROP TYPE kinds.feeling_old;

-- step: functions over types
CREATE FUNCTION moody(kinds.feeling) RETURNS couple LANGUAGE sql AS 'SELECT NULL::couple';
CREATE FUNCTION good(good_couple) RETURNS some_ints LANGUAGE sql AS 'SELECT NULL::int[]';

-- step: a type dropped with all that uses it
DROP TYPE couple CASCADE;

-- step: a schema of types dropped
DROP SCHEMA kinds CASCADE;
