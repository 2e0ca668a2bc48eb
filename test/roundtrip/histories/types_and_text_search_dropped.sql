-- Types, schemas, languages, text search and operators: given away, granted, moved, dropped alone and with what uses them.

CREATE SCHEMA s1;
CREATE SCHEMA s2;
CREATE TYPE s1.en AS ENUM ('a', 'b');
CREATE TYPE s1.co AS (a int, b text);
CREATE TYPE s1.ra AS RANGE (SUBTYPE = int);
CREATE DOMAIN s1.dm AS int DEFAULT 3;
CREATE TYPE s1.base;
CREATE FUNCTION s1.base_in(cstring) RETURNS s1.base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION s1.base_out(s1.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE s1.base (INPUT = s1.base_in, OUTPUT = s1.base_out, LIKE = int4);
CREATE TYPE s1.shell;
CREATE TABLE s1.uses (id int PRIMARY KEY, e s1.en DEFAULT 'a', d s1.dm, c s1.co);
CREATE TRUSTED LANGUAGE lang HANDLER plpgsql_call_handler;

-- step: given to others, and moved
ALTER TYPE s1.en OWNER TO alice;
ALTER DOMAIN s1.dm OWNER TO bob;
ALTER TYPE s1.ra OWNER TO alice;
ALTER TYPE s1.co SET SCHEMA s2;
ALTER TYPE s1.ra SET SCHEMA s2;

-- step: granted
GRANT USAGE ON TYPE s2.co TO alice;
GRANT USAGE ON DOMAIN s1.dm TO carol;
GRANT USAGE ON TYPE s2.ra TO carol;
GRANT USAGE ON TYPE s1.base TO bob;
GRANT USAGE ON LANGUAGE lang TO alice;
GRANT USAGE ON SCHEMA s1 TO PUBLIC;
GRANT CREATE ON SCHEMA s2 TO alice WITH GRANT OPTION;

-- step: revoked
REVOKE USAGE ON DOMAIN s1.dm FROM PUBLIC;
REVOKE USAGE ON TYPE s2.ra FROM PUBLIC;
REVOKE ALL ON SCHEMA s1 FROM PUBLIC;
REVOKE GRANT OPTION FOR CREATE ON SCHEMA s2 FROM alice;

-- step: comments
COMMENT ON TYPE s2.co IS 'a composite type';
COMMENT ON TYPE s2.ra IS 'a range';

-- step: a domain that is not null, and values of the domain
ALTER DOMAIN s1.dm SET NOT NULL;

-- step: dropped alone
DROP TYPE s1.shell;
CREATE SCHEMA s3;

-- step: an empty schema dropped
DROP SCHEMA s3;

-- step: dropped with what uses them
DROP TYPE s1.en CASCADE;
DROP DOMAIN s1.dm CASCADE;

-- step: collations, conversions and transforms
CREATE COLLATION s1.coll (LOCALE = 'C');
CREATE TABLE s1.collated (id int, t text COLLATE s1.coll);
CREATE CONVERSION s1.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FUNCTION s1.to_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT AS 'prsd_lextype';
CREATE TRANSFORM FOR s1.base LANGUAGE sql (FROM SQL WITH FUNCTION s1.to_sql(internal));
CREATE TRANSFORM FOR int LANGUAGE lang (FROM SQL WITH FUNCTION s1.to_sql(internal));

-- step: and away
DROP COLLATION s1.coll CASCADE;
DROP CONVERSION s1.conv CASCADE;
DROP TRANSFORM FOR s1.base LANGUAGE sql;
DROP TRANSFORM FOR int LANGUAGE lang CASCADE;

-- step: text search
CREATE TEXT SEARCH PARSER s1.pa (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH PARSER s1.pb (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH DICTIONARY s1.di (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION s1.cf (PARSER = s1.pa);
CREATE TEXT SEARCH CONFIGURATION s1.cg (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION s1.cg ADD MAPPING FOR asciiword WITH simple;
CREATE TABLE s1.searched (t text);
CREATE INDEX searched_t ON s1.searched USING gin (to_tsvector('s1.cg', t));

-- step: and away
DROP TEXT SEARCH DICTIONARY s1.di;
DROP TEXT SEARCH PARSER s1.pb;
DROP TEXT SEARCH PARSER s1.pa CASCADE;
DROP TEXT SEARCH CONFIGURATION s1.cg CASCADE;

-- step: operator families and classes, and an access method
CREATE OPERATOR FAMILY s1.fam USING hash;
CREATE OPERATOR CLASS s1.cls FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE s1.in_heap2 (a int) USING heap2;

-- step: and away
DROP OPERATOR FAMILY s1.fam USING hash;
DROP OPERATOR CLASS s1.cls USING btree;
DROP ACCESS METHOD heap2 CASCADE;

-- step: everything
DROP SCHEMA s1, s2 CASCADE;
DROP LANGUAGE lang;
