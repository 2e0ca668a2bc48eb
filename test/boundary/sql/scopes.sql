-- Scopes over server state: in force inside, restored after success and after an error.
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET TimeZone = 'America/New_York';
SET bytea_output = 'escape';
SET extra_float_digits = -3;
SET quote_all_identifiers = on;
SET search_path = boundary_path, public;
SET work_mem = '2MB';
CREATE TABLE public.named (a int);

CREATE FUNCTION public.seen() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  RETURN pg_catalog.format('%s; %s; %s; %s; %s; %s; %s; %s; %s', timestamptz 'epoch', interval '1 day 2 hours', bytea '\xff', float8 '0.1' + float8 '0.2',
    pg_catalog.quote_ident('a'), pg_catalog.current_setting('search_path'), current_user, pg_catalog.current_setting('work_mem'), 'public.named'::regclass);
END $$;
CREATE TABLE public.normal AS SELECT public.seen() AS seen, public.xc_test_state() AS state;
CREATE FUNCTION public.restored(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  normal record;
BEGIN
  SELECT * INTO normal FROM public.normal;
  RETURN public.reads(name, public.seen() || '; ' || regexp_replace(public.xc_test_state(), 'memory [^,]*', ''),
                      normal.seen || '; ' || regexp_replace(normal.state, 'memory [^,]*', ''));
END $$;
SELECT reads('the session''s settings are strange', seen, '31/12/1969 19:00:00 EST; 1 2:00:00; \377; 0.3; "a"; "boundary_path", "public"; postgres; 2MB; "named"') FROM public.normal;

-- ---- in force inside
SELECT reads('Pinned: definitions read the same in every session', xc_test_scoped('pinned', 'SELECT public.seen()'),
             '0 1970-01-01 00:00:00+00; 1 day 02:00:00; \xff; 0.30000000000000004; a; pg_catalog, pg_temp; postgres; 2MB; public.named');
SELECT restored('Pinned: restored');
SELECT reads('AsRole: the role runs it', xc_test_scoped('role', 'SELECT current_user'), '0 boundary_other');
SELECT reads('AsRole: not with the session''s rights', left(outcome($$SELECT xc_test_scoped('role', 'SELECT count(*) FROM pg_authid')$$), 6), '42501|');
SELECT reads('AsRole restricted: it cannot change the role', left(outcome($$SELECT xc_test_scoped('role', 'RESET ROLE')$$), 6), '42501|');
SELECT reads('Setting: in force', xc_test_scoped('setting', $$SELECT current_setting('work_mem')$$), '0 1234kB');
SELECT reads('Restored: in force', xc_test_scoped('restored', 'SELECT 1'), '42 1');
SELECT reads('Arena: current', xc_test_scoped('arena', 'SELECT 1'), '0 1');
SELECT restored('each: restored');
SELECT reads('all together', xc_test_scoped('all', $$SELECT current_user || current_setting('work_mem') || current_setting('search_path')$$), '42 boundary_other1234kBpg_catalog, pg_temp');
SELECT restored('all together: restored');

-- ---- restored after an error that somebody catches
SELECT passes('an error inside ' || scope || ' is caught', outcome(format('SELECT public.xc_test_scoped(%L, %L)', scope, 'SELECT 1/0')) LIKE '22012|%')
       || E'\n' || restored('and all is as before: ' || scope)
  FROM unnest(array['pinned', 'role', 'setting', 'restored', 'arena', 'all']) scope;
SELECT passes('so for what C++ throws', outcome(format('SELECT public.xc_test_scoped(%L, %L)', 'all', format('SELECT public.xc_test_throw(%L)', what))) LIKE '_____|%')
       || E'\n' || restored('and all is as before: ' || what)
  FROM unnest(array['refusal', 'runtime_error', 'bad_alloc', 'number', 'server error']) what;
-- ---- that nobody catches
SELECT xc_test_scoped('all', 'SELECT 1/0');
SELECT restored('an error inside all of them that reaches the client');
BEGIN;
SAVEPOINT s;
SELECT xc_test_scoped('all', 'SELECT 1/0');
ROLLBACK TO s;
SELECT restored('in a transaction, after ROLLBACK TO');
COMMIT;
SELECT restored('and after its COMMIT');
-- ---- that never leaves C++
SELECT reads('an attempt around all of them gives the error back', xc_test_scoped_attempt('server error'), '23514|the message|the detail|the hint');
SELECT restored('and all is as before it');
BEGIN;
SELECT reads('a refusal there, in a transaction', xc_test_scoped_attempt('refusal'), 'XC007|the message|the detail|the hint');
SELECT restored('inside the transaction');
COMMIT;
SELECT restored('after it');
-- ---- often: a scope that stayed open would add up
DO $$ BEGIN FOR i IN 1 .. 500 LOOP PERFORM public.outcome($q$SELECT public.xc_test_scoped('all', 'SELECT 1/0')$q$); END LOOP; END $$;
SELECT restored('after 500 errors in one transaction');
SELECT passes('2000 errors inside all scopes: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT public.xc_test_scoped('all', 'SELECT 1/0')$$, 2000) kb;
\echo at the end
