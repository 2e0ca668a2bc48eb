-- Casts, conversions, collations, languages, transforms, access methods; ideas from create_cast, conversion, collate,
-- create_am and object_address.

-- step: casts of all sorts
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN $1 > 0 THEN 'ok' ELSE 'sad' END::mood$$;
CREATE FUNCTION pair_text(pair, int, boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT ($1).x || '-' || ($1).y$$;
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int) AS ASSIGNMENT;
CREATE CAST (mood AS int) WITH INOUT;
CREATE CAST (pair AS varchar) WITH FUNCTION pair_text(pair, int, boolean);
CREATE CAST (text AS mood) WITH INOUT AS IMPLICIT;
CREATE CAST (bytea AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (int AS mood) IS 'a matter of sign';

-- step: what uses them
CREATE TABLE moods (id int PRIMARY KEY, m mood DEFAULT 1);
CREATE VIEW casted AS SELECT id::mood AS m, m::int AS n, ROW(1, 2)::pair::varchar FROM moods;
-- data
INSERT INTO moods VALUES (1, 'sad'), (2, 'ok');

-- step: another context, another method
DROP CAST (int AS mood) CASCADE;
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int) AS IMPLICIT;
DROP CAST (text AS mood);

-- step: a type and a function renamed under their casts
ALTER TYPE mood RENAME TO "Mood";
ALTER FUNCTION to_mood(int) RENAME TO make_mood;

-- step: gone with the type
DROP TYPE pair CASCADE;

-- step: gone with the function
DROP FUNCTION make_mood(int) CASCADE;

-- step: conversions
CREATE SCHEMA enc;
CREATE CONVERSION myconv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION enc.mydef FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION myconv IS 'foo';
ALTER CONVERSION enc.mydef OWNER TO alice;

-- step: renamed, moved, owned, not default any more
ALTER CONVERSION myconv RENAME TO "My Conv";
ALTER CONVERSION "My Conv" SET SCHEMA enc;
ALTER CONVERSION enc."My Conv" OWNER TO bob;
COMMENT ON CONVERSION enc."My Conv" IS NULL;
DROP CONVERSION enc.mydef;
CREATE CONVERSION enc.mydef FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

-- step: collations
CREATE COLLATION plain FROM "C";
CREATE COLLATION mixed (lc_collate = 'C', lc_ctype = 'POSIX');
CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION root (provider = icu, locale = '');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION plain IS 'as bytes';
ALTER COLLATION plain OWNER TO alice;

-- step: in use
CREATE TABLE names (a text COLLATE german, b text COLLATE nocase);
CREATE INDEX names_b ON names (b);
CREATE VIEW sorted_names AS SELECT a FROM names ORDER BY b COLLATE mixed;
CREATE DOMAIN loose AS text COLLATE nocase;
-- data
INSERT INTO names VALUES ('ä', 'X'), ('b', 'x');

-- step: renamed and moved while in use
ALTER COLLATION german RENAME TO "Deutsch";
ALTER COLLATION nocase SET SCHEMA enc;
ALTER COLLATION mixed RENAME TO x;
ALTER COLLATION "Deutsch" RENAME TO mixed;
ALTER COLLATION x RENAME TO "Deutsch";

-- step: made anew below a view
DROP VIEW sorted_names;
DROP COLLATION "Deutsch";
CREATE COLLATION "Deutsch" (locale = 'POSIX');
CREATE VIEW sorted_names AS SELECT a FROM names ORDER BY b COLLATE "Deutsch";

-- step: gone with all
DROP TABLE names CASCADE;
DROP SCHEMA enc CASCADE;

-- step: languages
CREATE LANGUAGE plsample HANDLER plpgsql_call_handler;
CREATE TRUSTED LANGUAGE alt HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE FUNCTION own_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE "Own Language" HANDLER own_handler;
COMMENT ON LANGUAGE alt IS 'the other one';
ALTER LANGUAGE alt OWNER TO alice;
GRANT USAGE ON LANGUAGE alt TO bob WITH GRANT OPTION;
REVOKE USAGE ON LANGUAGE alt FROM PUBLIC;

-- step: functions in them
CREATE FUNCTION in_alt(int) RETURNS int LANGUAGE alt AS 'BEGIN RETURN $1; END';
CREATE FUNCTION in_own(int) RETURNS int LANGUAGE "Own Language" AS 'BEGIN RETURN $1; END';
CREATE VIEW of_alt AS SELECT in_alt(1);

-- step: renamed, replaced
ALTER LANGUAGE alt RENAME TO "Alt";
CREATE OR REPLACE TRUSTED LANGUAGE plsample HANDLER own_handler VALIDATOR plpgsql_validator;
ALTER LANGUAGE "Own Language" OWNER TO bob;

-- step: transforms
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION pair_from(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'varchar_support';
CREATE FUNCTION pair_to(internal) RETURNS pair LANGUAGE internal IMMUTABLE AS 'record_recv';
CREATE TRANSFORM FOR pair LANGUAGE "Alt" (FROM SQL WITH FUNCTION pair_from(internal), TO SQL WITH FUNCTION pair_to(internal));
CREATE TRANSFORM FOR int LANGUAGE "Own Language" (FROM SQL WITH FUNCTION pair_from(internal));
COMMENT ON TRANSFORM FOR pair LANGUAGE "Alt" IS 'as a dict';
CREATE FUNCTION transformed(pair) RETURNS int LANGUAGE "Alt" TRANSFORM FOR TYPE pair AS 'BEGIN RETURN 1; END';

-- step: replaced
CREATE OR REPLACE TRANSFORM FOR pair LANGUAGE "Alt" (TO SQL WITH FUNCTION pair_to(internal));

-- step: gone with the language
DROP LANGUAGE "Alt" CASCADE;

-- step: gone with the type and the handler
DROP TYPE pair CASCADE;
DROP FUNCTION own_handler() CASCADE;

-- step: access methods
CREATE ACCESS METHOD gist2 TYPE INDEX HANDLER gisthandler;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD "Heap 3" TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD heap2 IS 'heap as well';

-- step: in use
CREATE TABLE in_heap2 (a int, b point) USING heap2;
CREATE INDEX in_heap2_b ON in_heap2 USING gist (b);
-- data
INSERT INTO in_heap2 VALUES (1, '(1,2)');

-- step: dropped
DROP ACCESS METHOD "Heap 3";
DROP ACCESS METHOD gist2;
