-- Base types and shells; ideas from create_type.
-- limit: the steps of the plan depend on each other in a circle

-- step: shells
CREATE TYPE raw;
CREATE SCHEMA kinds;
CREATE TYPE kinds."Shell Two";
COMMENT ON TYPE raw IS 'to be';

-- step: functions of a shell
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';

-- step: the shell is filled
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, LIKE = int4, DEFAULT = '42', CATEGORY = 'N', PREFERRED, DELIMITER = ';');

-- step: a type at once
CREATE TYPE widget;
CREATE FUNCTION widget_in(cstring) RETURNS widget LANGUAGE internal STRICT IMMUTABLE AS 'textin';
CREATE FUNCTION widget_out(widget) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
CREATE FUNCTION widget_recv(internal) RETURNS widget LANGUAGE internal STRICT STABLE AS 'textrecv';
CREATE FUNCTION widget_send(widget) RETURNS bytea LANGUAGE internal STRICT STABLE AS 'textsend';
CREATE FUNCTION widget_typmod_in(cstring[]) RETURNS int LANGUAGE internal STRICT IMMUTABLE AS 'varchartypmodin';
CREATE FUNCTION widget_typmod_out(int) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'varchartypmodout';
CREATE FUNCTION widget_analyze(internal) RETURNS boolean LANGUAGE internal STRICT AS 'array_typanalyze';
CREATE TYPE widget (INPUT = widget_in, OUTPUT = widget_out, RECEIVE = widget_recv, SEND = widget_send,
  INTERNALLENGTH = variable, STORAGE = extended, ALIGNMENT = int4, COLLATABLE = true, DEFAULT = 'it''s');
COMMENT ON TYPE widget IS 'a widget';

-- step: one with an element type, by value, fixed length
CREATE TYPE trio;
CREATE FUNCTION trio_in(cstring) RETURNS trio LANGUAGE internal STRICT IMMUTABLE AS 'point_in';
CREATE FUNCTION trio_out(trio) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'point_out';
CREATE TYPE trio (INPUT = trio_in, OUTPUT = trio_out, INTERNALLENGTH = 16, ALIGNMENT = double, ELEMENT = float8, SUBSCRIPT = raw_array_subscript_handler);

-- step: set in place
ALTER TYPE widget SET (TYPMOD_IN = widget_typmod_in, TYPMOD_OUT = widget_typmod_out, ANALYZE = widget_analyze, STORAGE = external);
ALTER TYPE widget SET (RECEIVE = NONE, SEND = NONE);

-- step: in use
CREATE FUNCTION widget_cat(widget, widget) RETURNS widget LANGUAGE internal STRICT IMMUTABLE AS 'textcat';
CREATE FUNCTION widget_text(widget) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT widget_out($1)::text';
CREATE OPERATOR || (leftarg = widget, rightarg = widget, function = widget_cat);
CREATE CAST (widget AS text) WITH FUNCTION widget_text(widget);
CREATE CAST (text AS widget) WITH INOUT AS ASSIGNMENT;
CREATE AGGREGATE widgets(widget) (sfunc = widget_cat, stype = widget);
CREATE TABLE things (id int PRIMARY KEY, w widget DEFAULT 'none', ws widget(10)[], s raw, o trio);
CREATE VIEW thing_texts AS SELECT id, (w || w)::text AS t, o[0] FROM things;
CREATE TYPE holder AS (w widget, s raw);
CREATE DOMAIN small_widget AS widget CHECK (length(VALUE::text) < 1000);
-- data
INSERT INTO things VALUES (1, 'one', '{a,b}', '7', '(1,2)');

-- step: renamed, moved, owned
ALTER TYPE widget RENAME TO "Widget";
ALTER TYPE "Widget" SET SCHEMA kinds;
ALTER TYPE raw OWNER TO alice;
ALTER FUNCTION widget_out(kinds."Widget") RENAME TO "Widget out";
GRANT USAGE ON TYPE kinds."Widget" TO bob WITH GRANT OPTION;
REVOKE USAGE ON TYPE raw FROM PUBLIC;

-- step: a column's type gone
DROP TYPE trio CASCADE;

-- step: a function gone, with the type and all that hangs on it
DROP FUNCTION widget_in(cstring) CASCADE;

-- step: back to a shell
DROP TABLE things CASCADE;
DROP TYPE holder;
DROP TYPE raw CASCADE;
CREATE TYPE raw;

-- step: the same name, another type
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal STRICT IMMUTABLE AS 'int8in';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int8out';
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, LIKE = int8);

-- step: a type made anew with other properties
DROP TYPE raw CASCADE;
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, LIKE = int4, CATEGORY = 'S');

-- step: a range with a canonical function
CREATE TYPE steps;
CREATE FUNCTION steps_canonical(steps) RETURNS steps LANGUAGE internal STRICT IMMUTABLE AS 'int4range_canonical';
CREATE TYPE steps AS RANGE (SUBTYPE = int4, CANONICAL = steps_canonical);

-- step: used, and that gone
CREATE TABLE ranges (s steps);

-- step: all gone
DROP TYPE steps CASCADE;
DROP SCHEMA kinds CASCADE;
