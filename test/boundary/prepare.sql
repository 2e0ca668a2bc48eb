-- What every file of test/boundary/sql finds: the functions of boundary.cpp, and functions to report with.
CREATE FUNCTION xc_test_live() RETURNS int LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_memory() RETURNS bigint LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_state() RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_throw(text) RETURNS void LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_throw_in_call(text) RETURNS void LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_unguarded() RETURNS void LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_through(text) RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_attempt(VARIADIC text[]) RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_attempt_throw(text, text) RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_attempt_nested(text, text, text) RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_scoped(text, text) RETURNS text LANGUAGE c AS 'xconnect_boundary';
CREATE FUNCTION xc_test_scoped_attempt(text) RETURNS text LANGUAGE c AS 'xconnect_boundary';

CREATE ROLE boundary_other;

CREATE FUNCTION passes(name text, passed boolean, found text DEFAULT '') RETURNS text LANGUAGE sql AS
  $$ SELECT CASE WHEN passed THEN 'ok - ' || name ELSE 'not ok - ' || name || E'\n    found: ' || coalesce(replace(found, E'\n', E'\n           '), 'null') END $$;
CREATE FUNCTION reads(name text, found text, expected text) RETURNS text LANGUAGE sql AS
  $$ SELECT passes(name, found IS NOT DISTINCT FROM expected, found || E'\nexpected: ' || expected) $$;

-- How a statement ends: its first field, or all that its error says.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text; state text; message text; detail text; hint text;
BEGIN
  EXECUTE statement INTO result;
  RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN state || '|' || message || '|' || detail || '|' || hint;
END $$;

-- Runs a failing statement often; how many kilobytes the backend grew by. The first runs fill caches.
CREATE FUNCTION growth(statement text, times int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
BEGIN
  FOR i IN 1 .. times + 50 LOOP
    IF i = 50 THEN before := xc_test_memory(); END IF;
    BEGIN
      EXECUTE statement;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN xc_test_memory() - before;
END $$;
