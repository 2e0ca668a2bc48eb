-- Errors across C++ frames: nothing leaks, nothing dies, nothing is lost.

-- ---- destructors run
SELECT reads('no object is alive at the start', xc_test_live()::text, '0');
SELECT passes('2000 server errors inside C++ over a live 1 MB string: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT xc_test_throw('server error')$$, 2000) kb;
SELECT passes('2000 refusals: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT xc_test_throw('refusal')$$, 2000) kb;
SELECT passes('2000 exceptions that carry 1 MB and a message of 100 kB: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT xc_test_throw('laden')$$, 2000) kb;
SELECT passes('2000 errors of SQL that C++ runs, through two modules'' frames: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT xc_test_through('SELECT xc_test_through(''SELECT 1/0'')')$$, 2000) kb;
SELECT passes('2000 errors swallowed by an attempt: the backend does not grow', kb < 10000, kb || ' kB')
  FROM growth($$SELECT xc_test_attempt('SELECT xc_test_throw(''refusal'')')$$, 2000) kb;
SELECT reads('every object was destroyed', xc_test_live()::text, '0');

-- ---- an exception is an error like any other
SELECT reads('a refusal keeps code, message, detail and hint', outcome($$SELECT xc_test_throw('refusal')$$),
             'XC007|the message|the detail|the hint');
SELECT reads('a refusal without detail has none; % is nothing special', outcome($$SELECT xc_test_throw('bare refusal')$$),
             'XC009|100% of the message||');
SELECT reads('std::bad_alloc is out_of_memory', outcome($$SELECT xc_test_throw('bad_alloc')$$), '53200|out of memory||');
SELECT reads('so is an allocation that cannot be', outcome($$SELECT xc_test_throw('no memory')$$), '53200|out of memory||');
SELECT reads('std::runtime_error is an internal error with its text', outcome($$SELECT xc_test_throw('runtime_error')$$),
             'XX000|a library''s message, 100% of it||');
SELECT reads('a long message arrives whole', length(outcome($$SELECT xc_test_throw('laden')$$))::text,
             length('XX000|||' || repeat('m', 100000))::text);
SELECT reads('an exception that is not a std::exception is an internal error', left(outcome($$SELECT xc_test_throw('number')$$), 6),
             'XX000|');
SELECT reads('an error in a function called by SQL inside another of ours arrives at the outer one''s caller',
             outcome($$SELECT xc_test_through('SELECT xc_test_through(''SELECT xc_test_throw(''''refusal'''')'')')$$),
             'XC007|the message|the detail|the hint');
SELECT reads('and std::bad_alloc there', outcome($$SELECT xc_test_through('SELECT xc_test_throw(''bad_alloc'')')$$), '53200|out of memory||');
SELECT reads('an exception inside pg::call is one outside of it: ' || what, outcome(format('SELECT xc_test_throw_in_call(%L)', what)),
             outcome(format('SELECT xc_test_throw(%L)', what)))
  FROM unnest(array['refusal', 'bad_alloc', 'number', 'server error']) what;
SELECT reads('all objects on the way are destroyed', xc_test_live()::text, '0');

-- ---- not caught by anybody: the session goes on
SELECT xc_test_throw('refusal');
SELECT xc_test_throw('bad_alloc');
SELECT xc_test_throw('number');
SELECT xc_test_throw_in_call('refusal');
SELECT xc_test_through('SELECT xc_test_throw(''runtime_error'')');
SELECT reads('errors that reach the client leave the session in order', outcome($$SELECT xc_test_through('SELECT 7')$$), '7');
SELECT reads('and no object', xc_test_live()::text, '0');

-- ---- a server error keeps everything
SELECT reads('a server error keeps code, message, detail and hint', outcome($$SELECT xc_test_throw('server error')$$),
             '23514|the message|the detail|the hint');
CREATE TABLE errors (id int CONSTRAINT errors_id_key UNIQUE);
CREATE FUNCTION raises() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'raised' USING ERRCODE = 'XY123', DETAIL = 'its detail', HINT = 'its hint', COLUMN = 'its column', TABLE = 'its table';
END $$;
CREATE FUNCTION context_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  context text; col text; tab text; con text;
BEGIN
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT, col = COLUMN_NAME, tab = TABLE_NAME, con = CONSTRAINT_NAME;
  RETURN format('%s|%s|%s|%s', col, tab, con, context);
END $$;
SELECT reads('through two C++ functions it keeps code, detail and hint',
             outcome($$SELECT xc_test_through('SELECT xc_test_through(''SELECT raises()'')')$$), 'XY123|raised|its detail|its hint');
SELECT reads('and column, table and the whole context, once', context_of($$SELECT xc_test_through('SELECT xc_test_through(''SELECT raises()'')')$$),
'its column|its table||PL/pgSQL function raises() line 2 at RAISE
SQL statement "SELECT raises()"
SQL statement "SELECT xc_test_through(''SELECT raises()'')"
SQL statement "SELECT xc_test_through(''SELECT xc_test_through(''''SELECT raises()'''')'')"
PL/pgSQL function context_of(text) line 5 at EXECUTE');
SELECT reads('a violated constraint is named', split_part(context_of($$SELECT xc_test_through('INSERT INTO errors VALUES (1), (1)')$$), '|', 3),
             'errors_id_key');
SELECT reads('where the error was raised is kept', context_of($$SELECT xc_test_throw('server error')$$),
'|the table||the context
SQL statement "SELECT xc_test_throw(''server error'')"
PL/pgSQL function context_of(text) line 5 at EXECUTE');

-- ---- the measure measures: last, since it leaks
SELECT passes('an unguarded error would have been seen to leak', kb > 40000 AND xc_test_live() = 100, kb || ' kB, ' || xc_test_live() || ' alive')
  FROM growth('SELECT xc_test_unguarded()', 50) kb;
\echo at the end
