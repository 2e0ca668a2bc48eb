-- Security labels of everything that can have one, and of columns.

CREATE SCHEMA s;
CREATE TABLE s.t (a int PRIMARY KEY, b text);
CREATE VIEW s.v AS SELECT a FROM s.t;
CREATE MATERIALIZED VIEW s.mv AS SELECT a, b FROM s.t;
CREATE FOREIGN DATA WRAPPER fdw;
CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
CREATE FOREIGN TABLE s.ft (a int) SERVER srv;
CREATE SEQUENCE s.seq;
CREATE FUNCTION s.fn(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE s.pr() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE s.ag(int) (SFUNC = int4pl, STYPE = int);
CREATE DOMAIN s.dm AS int;
CREATE TYPE s.en AS ENUM ('a', 'b');
CREATE TYPE s.co AS (a int, b text);
CREATE TYPE s.ra AS RANGE (SUBTYPE = int);
CREATE TYPE s.base;
CREATE FUNCTION s.base_in(cstring) RETURNS s.base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION s.base_out(s.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE s.base (INPUT = s.base_in, OUTPUT = s.base_out, LIKE = int4);
CREATE TRUSTED LANGUAGE lang HANDLER plpgsql_call_handler;
CREATE FUNCTION s.evf() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER ev ON sql_drop EXECUTE FUNCTION s.evf();
CREATE PUBLICATION pub FOR TABLE s.t;
CREATE SUBSCRIPTION sub CONNECTION 'dbname=doesnotexist' PUBLICATION x WITH (connect = false, slot_name = NONE);

-- step: a label on each of them
SECURITY LABEL FOR xc_label ON SCHEMA s IS 'a schema';
SECURITY LABEL FOR xc_label ON TABLE s.t IS 'a table';
SECURITY LABEL FOR xc_label ON COLUMN s.t.b IS 'a column';
SECURITY LABEL FOR xc_label ON VIEW s.v IS 'a view';
SECURITY LABEL FOR xc_label ON COLUMN s.v.a IS 'a column of a view';
SECURITY LABEL FOR xc_label ON MATERIALIZED VIEW s.mv IS 'a materialized view';
SECURITY LABEL FOR xc_label ON COLUMN s.mv.b IS 'a column of a materialized view';
SECURITY LABEL FOR xc_label ON FOREIGN TABLE s.ft IS 'a foreign table';
SECURITY LABEL FOR xc_label ON COLUMN s.ft.a IS 'a column of a foreign table';
SECURITY LABEL FOR xc_label ON SEQUENCE s.seq IS 'a sequence';
SECURITY LABEL FOR xc_label ON FUNCTION s.fn(int) IS 'a function';
SECURITY LABEL FOR xc_label ON PROCEDURE s.pr() IS 'a procedure';
SECURITY LABEL FOR xc_label ON AGGREGATE s.ag(int) IS 'an aggregate';
SECURITY LABEL FOR xc_label ON DOMAIN s.dm IS 'a domain';
SECURITY LABEL FOR xc_label ON TYPE s.en IS 'an enum';
SECURITY LABEL FOR xc_label ON TYPE s.co IS 'a composite type';
SECURITY LABEL FOR xc_label ON COLUMN s.co.b IS 'an attribute';
SECURITY LABEL FOR xc_label ON TYPE s.ra IS 'a range';
SECURITY LABEL FOR xc_label ON TYPE s.base IS 'a base type';
SECURITY LABEL FOR xc_label ON LANGUAGE lang IS 'a language';
SECURITY LABEL FOR xc_label ON EVENT TRIGGER ev IS 'an event trigger';
SECURITY LABEL FOR xc_label ON PUBLICATION pub IS 'a publication';
SECURITY LABEL FOR xc_label ON SUBSCRIPTION sub IS 'a subscription';

-- step: other labels
SECURITY LABEL FOR xc_label ON TABLE s.t IS 'it''s another';
SECURITY LABEL FOR xc_label ON COLUMN s.t.b IS E'with a \\ and\na line';
SECURITY LABEL FOR xc_label ON FUNCTION s.fn(int) IS 'another';

-- step: some gone
SECURITY LABEL FOR xc_label ON TABLE s.t IS NULL;
SECURITY LABEL FOR xc_label ON COLUMN s.v.a IS NULL;
SECURITY LABEL FOR xc_label ON TYPE s.co IS NULL;
SECURITY LABEL FOR xc_label ON EVENT TRIGGER ev IS NULL;

-- step: a labelled table and its column renamed
ALTER TABLE s.t RENAME b TO bb;
ALTER TABLE s.t RENAME TO tt;

-- step: a labelled column dropped
ALTER TABLE s.tt DROP COLUMN bb CASCADE;

-- step: all of it gone
DROP PUBLICATION pub;
DROP SUBSCRIPTION sub;
DROP EVENT TRIGGER ev;
DROP SCHEMA s CASCADE;
DROP LANGUAGE lang;
