-- pg::attempt: an error as a value, everything that led to it undone.
CREATE TABLE t (id int UNIQUE);
CREATE TABLE later (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);

SELECT reads('a violation is given back as a value', xc_test_attempt('INSERT INTO t VALUES (1), (1)'),
             '23505|duplicate key value violates unique constraint "t_id_key"|Key (id)=(1) already exists.|');
SELECT reads('and no row of the half that went well is there', (SELECT count(*) FROM t)::text, '0');
SELECT reads('attempts before and after it keep their rows',
             xc_test_attempt('INSERT INTO t VALUES (10)', 'INSERT INTO t VALUES (11), (10)', 'INSERT INTO t VALUES (12)', 'CREATE TABLE half (a int); SELECT 1/0'),
             E'done\n23505|duplicate key value violates unique constraint "t_id_key"|Key (id)=(10) already exists.|\ndone\n22012|division by zero||');
SELECT reads('with nothing of the failed ones', (SELECT string_agg(id::text, ' ' ORDER BY id) FROM t) || coalesce(to_regclass('half')::text, ' no table'), '10 12 no table');
TRUNCATE t;

SELECT reads('a server error raised by C++ after the statement undoes it', xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'server error'), '23514|the message|the detail|the hint');
SELECT reads('so does a refusal', xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'refusal'), 'XC007|the message|the detail|the hint');
SELECT reads('no row of either', (SELECT count(*) FROM t)::text, '0');

-- What an attempt does not swallow leaves it, and leaves the transaction as whoever catches it expects.
SELECT reads('std::bad_alloc is not swallowed', outcome($$SELECT xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'bad_alloc')$$), '53200|out of memory||');
SELECT reads('nor an exception of another library', outcome($$SELECT xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'runtime_error')$$), 'XX000|a library''s message, 100% of it||');
SELECT reads('nor a busy relation', left(outcome($$SELECT xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'busy')$$), 6), 'XX000|');
SELECT reads('nor what is no std::exception', left(outcome($$SELECT xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'number')$$), 6), 'XX000|');
SELECT reads('no row of any of them', (SELECT count(*) FROM t)::text, '0');
SELECT xc_test_attempt_throw('INSERT INTO t VALUES (1)', 'runtime_error');
SELECT reads('caught by nobody it ends the statement, no more and no less', (SELECT count(*) FROM t)::text || ' ' || (now() = statement_timestamp()), '0 true');
BEGIN;
INSERT INTO t VALUES (1);
SAVEPOINT s;
SELECT xc_test_attempt_throw('INSERT INTO t VALUES (2)', 'runtime_error');
ROLLBACK TO s;
INSERT INTO t VALUES (3);
COMMIT;
SELECT reads('in a transaction with a savepoint as well', (SELECT string_agg(id::text, ' ' ORDER BY id) FROM t), '1 3');
TRUNCATE t;

-- Nested.
SELECT reads('an inner attempt fails alone', xc_test_attempt_nested('INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (2), (1)', 'INSERT INTO t VALUES (3)'),
             E'23505|duplicate key value violates unique constraint "t_id_key"|Key (id)=(1) already exists.|\ndone');
SELECT reads('an outer one takes the inner one with it', xc_test_attempt_nested('INSERT INTO t VALUES (4)', 'INSERT INTO t VALUES (5)', 'INSERT INTO t VALUES (1)'),
             E'done\n23505|duplicate key value violates unique constraint "t_id_key"|Key (id)=(1) already exists.|');
SELECT reads('through SQL', xc_test_attempt($$SELECT xc_test_attempt('INSERT INTO t VALUES (6)', 'INSERT INTO t VALUES (7), (6)')$$, $$SELECT xc_test_attempt_throw('INSERT INTO t VALUES (8)', 'bad_alloc')$$),
             E'done\n53200|out of memory||');
SELECT reads('what stays is what succeeded', (SELECT string_agg(id::text, ' ' ORDER BY id) FROM t), '1 3 6');
SELECT reads('eight deep', (SELECT count(*) FROM t)::text || ' ' || outcome(
  $$WITH RECURSIVE n AS (SELECT 1 AS depth, 'SELECT 1/0' AS sql UNION ALL SELECT depth + 1, 'SELECT xc_test_attempt(' || quote_literal(sql) || ')' FROM n WHERE depth < 8) SELECT xc_test_attempt(sql) FROM n ORDER BY depth DESC LIMIT 1$$), '3 done');
-- A deferred violation is raised at the end of the transaction, as without an attempt.
SELECT xc_test_attempt('INSERT INTO later VALUES (1), (1)');
SELECT reads('of a deferred violation nothing stays', (SELECT count(*) FROM later)::text, '0');

-- A request to stop is not an error to go on after.
SET statement_timeout = '100ms';
SELECT xc_test_attempt('INSERT INTO t VALUES (100)', 'SELECT pg_sleep(5)');
SET statement_timeout = 0;
SELECT reads('a timeout is not swallowed: the row of the attempt before it is gone', (SELECT count(*) FROM t WHERE id = 100)::text, '0');
CREATE FUNCTION timed_out() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO t VALUES (200);
  BEGIN
    PERFORM xc_test_attempt('INSERT INTO t VALUES (201)', 'SELECT pg_sleep(5)');
    RETURN 'swallowed';
  EXCEPTION WHEN query_canceled THEN
    INSERT INTO t VALUES (202);
    RETURN sqlstate || '|' || sqlerrm;
  END;
END $$;
SET statement_timeout = '100ms';
SELECT reads('whoever asks for it catches it', timed_out(), '57014|canceling statement due to statement timeout');
SET statement_timeout = 0;
SELECT reads('with exactly his own rows left', (SELECT string_agg(id::text, ' ' ORDER BY id) FROM t WHERE id >= 100), '200 202');
BEGIN;
SET LOCAL statement_timeout = '100ms';
SAVEPOINT s;
SELECT xc_test_attempt('SELECT xc_test_attempt(''SELECT pg_sleep(5)'')');
ROLLBACK TO s;
INSERT INTO t VALUES (300);
COMMIT;
SELECT reads('out of two attempts, in a transaction with a savepoint', (SELECT count(*) FROM t WHERE id = 300)::text, '1');
SELECT reads('after all of this the session is in order', xc_test_state() || ' ' || xc_test_live(), 'variable 0, role postgres, context 0, memory ExprContext, owner set 0');
\echo at the end
