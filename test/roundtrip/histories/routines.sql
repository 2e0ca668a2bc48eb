-- Functions and procedures.
CREATE TABLE stock (id int PRIMARY KEY, n int);
INSERT INTO stock SELECT i, i FROM generate_series(1, 10) i;

-- step: functions with every property
CREATE FUNCTION plain(a int, b text DEFAULT 'x', VARIADIC c int[] DEFAULT '{}') RETURNS text LANGUAGE sql AS 'SELECT a || b';
CREATE FUNCTION many(IN a int, OUT b int, INOUT c text) RETURNS record LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 7 AS $f$ BEGIN b := a; END $f$;
CREATE FUNCTION rows_of(int) RETURNS TABLE (x int, y text) LANGUAGE sql IMMUTABLE LEAKPROOF ROWS 33 AS $$ SELECT $1, 'a$b' $$;
CREATE FUNCTION set_of() RETURNS SETOF stock LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '4MB' AS 'SELECT * FROM public.stock';
CREATE PROCEDURE proc(OUT y text, INOUT x int DEFAULT 1) LANGUAGE plpgsql AS $$ BEGIN x := 2; END $$;

-- step: bodies of the SQL standard
CREATE FUNCTION std(a int) RETURNS int RETURN a + 1;
CREATE FUNCTION std_query(a int) RETURNS SETOF stock BEGIN ATOMIC SELECT * FROM stock WHERE id > a; END;
CREATE PROCEDURE std_proc(a int) BEGIN ATOMIC INSERT INTO stock VALUES (a, std(a)); DELETE FROM stock WHERE n = 0; END;

-- step: a body replaced
CREATE OR REPLACE FUNCTION plain(a int, b text DEFAULT 'x', VARIADIC c int[] DEFAULT '{}') RETURNS text LANGUAGE sql AS 'SELECT b || a';

-- step: properties changed
ALTER FUNCTION many(int, text) VOLATILE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 100;
ALTER FUNCTION set_of() SECURITY INVOKER RESET work_mem;
ALTER FUNCTION set_of() SET lock_timeout = 100;
ALTER FUNCTION rows_of(int) NOT LEAKPROOF ROWS 10;

-- step: a default of an argument changed, another language
CREATE OR REPLACE FUNCTION plain(a int, b text DEFAULT 'y', VARIADIC c int[] DEFAULT '{1,2}') RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN b; END';

-- step: another result type: dropped and made again
DROP FUNCTION rows_of(int);
CREATE FUNCTION rows_of(int) RETURNS TABLE (x bigint) LANGUAGE sql AS 'SELECT 1::bigint';

-- step: an argument renamed
DROP FUNCTION std(int) CASCADE;
CREATE FUNCTION std(other int) RETURNS int RETURN other + 2;

-- step: overloads
CREATE FUNCTION over(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION over(text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION over() RETURNS int LANGUAGE sql AS 'SELECT 0';

-- step: renamed, moved, owned, commented, granted
ALTER FUNCTION over(text) RENAME TO "Over";
CREATE SCHEMA lib;
ALTER FUNCTION over(int) SET SCHEMA lib;
ALTER FUNCTION over() OWNER TO alice;
COMMENT ON FUNCTION "Over"(text) IS 'over and out';
REVOKE EXECUTE ON FUNCTION over() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lib.over(int) TO app WITH GRANT OPTION;
COMMENT ON PROCEDURE proc(int) IS 'a procedure';

-- step: two functions swap names
CREATE FUNCTION swap_a() RETURNS text LANGUAGE sql AS $$SELECT 'a'$$;
CREATE FUNCTION swap_b() RETURNS text LANGUAGE sql AS $$SELECT 'b'$$;
COMMENT ON FUNCTION swap_a() IS 'was a';

-- step: now
ALTER FUNCTION swap_a() RENAME TO x;
ALTER FUNCTION swap_b() RENAME TO swap_a;
ALTER FUNCTION x() RENAME TO swap_b;

-- step: a cycle: a function that takes the table's type, the table's default calls a function, a view, a function of the view
CREATE TABLE cyc (id int, total int);
CREATE FUNCTION next_id() RETURNS int LANGUAGE sql AS 'SELECT coalesce(max(id), 0) + 1 FROM cyc';
ALTER TABLE cyc ALTER id SET DEFAULT next_id();
CREATE FUNCTION worth(cyc) RETURNS int LANGUAGE sql AS 'SELECT $1.total * 2';
CREATE VIEW cyc_view AS SELECT c.id, worth(c) AS worth FROM cyc c;
CREATE FUNCTION of_view() RETURNS SETOF cyc_view LANGUAGE sql AS 'SELECT * FROM cyc_view';
ALTER TABLE cyc ADD CONSTRAINT positive CHECK (std(total) > 0);

-- step: a standard body that refers to a standard body, to a view, to a sequence
CREATE SEQUENCE seq;
CREATE FUNCTION n() RETURNS bigint BEGIN ATOMIC SELECT nextval('seq'); END;
CREATE FUNCTION of_n() RETURNS bigint RETURN n() + 1;
CREATE FUNCTION of_v() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM cyc_view; END;

-- step: a table renamed that standard bodies and views use
ALTER TABLE stock RENAME TO store;

-- step: the type behind a cycle dropped with all
DROP TABLE cyc CASCADE;

-- step: functions dropped, overloads kept
DROP FUNCTION "Over"(text);
DROP PROCEDURE proc(int);
DROP ROUTINE over();

-- step: transform-free oddities: dollar quotes and backslashes in bodies, a body of several lines
CREATE FUNCTION odd() RETURNS text LANGUAGE plpgsql AS E'BEGIN\n  RETURN $$it''s \\ $x$ $$;\n-- ünïcödé\nEND';
