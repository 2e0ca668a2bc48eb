-- Who and why: settings, xc_begin_change(), what xc_log() gives of it.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA why;
SET xconnect.reason = 'because of x';
SET xconnect.author = 'someone else';
CREATE TABLE why.a (x int);
RESET xconnect.reason;
RESET xconnect.author;
CREATE TABLE why.b (x int);
BEGIN;
SELECT xc_begin_change('said in the transaction', 'a table more', 'SELECT true') IS NOT NULL AS correlated;
CREATE TABLE why.c (x int);
COMMIT;
CREATE TABLE why.d (x int);
SELECT summary, reason, author, status, objects FROM xc_log(max_count => 4);
SELECT expected, validate_with, correlation_id IS NOT NULL AS correlated FROM xconnect.change WHERE reason = 'said in the transaction' ORDER BY seq DESC LIMIT 1;

-- an object's own history, also under its former name
ALTER TABLE why.a ADD y int;
ALTER TABLE why.a RENAME TO aa;
SELECT kind, summary FROM xc_log(object => 'table why.aa');
SELECT kind, summary FROM xc_log(author => 'someone else');
SELECT count(*) FROM xc_log(since => now() + interval '1 day');

-- the ledger as JSON lines is JSON
SELECT count(*) = (SELECT count(*) FROM xconnect.change) AS a_line_a_change, bool_and(line::jsonb ? 'change_id') AS have_an_id FROM xc_ledger_jsonl() line;

-- REINDEX, which can commit several times, is no way around what fails at the end of a transaction
SELECT xc_require_reason('table why.aa', 'on');
BEGIN;
REINDEX TABLE why.b;
GRANT SELECT ON why.aa TO PUBLIC;
COMMIT;
SELECT has_table_privilege('public', 'why.aa', 'SELECT') AS granted, (SELECT count(*) FROM xconnect.gap) AS gaps;
SELECT xc_require_reason('table why.aa', 'default');
DROP SCHEMA why CASCADE;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
