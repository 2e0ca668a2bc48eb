-- Every refusal: its code, what it says, and the hint that works.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA err;
-- Ids, hashes and times differ from run to run.
CREATE FUNCTION pg_temp.masked(t text) RETURNS text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(t,
    '\m(chg|rbk)-\d{8}-\d+', '\1-…', 'g'), '\m[0-9a-f]{12,64}\M', '…', 'g'),
    '\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.0-9]*(Z|[+-]\d\d)?', '(time)', 'g'), 'there are \d+ commits', 'there are N commits')
$$;
-- Whatever is not refused is undone.
CREATE FUNCTION pg_temp.refused(sql text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE sql;
  RAISE EXCEPTION USING ERRCODE = 'ZZZZZ', MESSAGE = 'not refused';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := pg_temp.masked(message);
  detail := pg_temp.masked(detail);
  hint := pg_temp.masked(hint);
  RETURN NEXT;
END $$;
CREATE FUNCTION pg_temp.last() RETURNS text LANGUAGE sql AS 'SELECT change_id FROM xconnect.change ORDER BY seq DESC LIMIT 1';
\x on

-- revs
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('chg-20200101-001')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('ffffffffffffffff')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('no such tag')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('HEAD~100000')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('HEAD~x')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('@yesterdayish')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('@1999-01-01')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout('')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_checkout(NULL)$$);

-- changes
SELECT * FROM pg_temp.refused($$SELECT xc_rollback('chg-20200101-001')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_rollback('nonsense')$$);
CREATE TABLE err.t (a int);
SELECT pg_temp.last() AS made \gset
SELECT xc_rollback(:'made') LIKE 'rbk-%' AS done;
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', :'made'));
CREATE TABLE err.t (a int);
SELECT pg_temp.last() AS made \gset
CREATE VIEW err.v AS SELECT a FROM err.t;
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', :'made'));
SELECT xc_rollback(:'made', cascade => true) LIKE 'rbk-%' AS done;
SELECT to_regclass('err.t') AS t, to_regclass('err.v') AS v;
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', (SELECT change_id FROM xconnect.change WHERE kind = 'baseline')));

-- rows, without the vault
SET xconnect.preserve = none;
CREATE TABLE err.rows (a int, b text);
SELECT pg_temp.last() AS made \gset
INSERT INTO err.rows SELECT i, 'x' FROM generate_series(1, 42) i;
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', :'made'));
SELECT count(*) FROM err.rows;
RESET xconnect.preserve;
ALTER TABLE err.rows ADD COLUMN c int DEFAULT 5;
SELECT pg_temp.last() AS added \gset
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', :'added'));
SELECT xc_rollback(:'made', cascade => true, allow_data_loss => true) LIKE 'rbk-%' AS done;

-- rows that the target does not let in
CREATE TABLE err.known (name text PRIMARY KEY CHECK (name <> 'c'));
CREATE TABLE err.uses (id int, name text NOT NULL REFERENCES err.known, other text REFERENCES err.known);
ALTER TABLE err.known DROP CONSTRAINT known_name_check;
SELECT pg_temp.last() AS dropped \gset
INSERT INTO err.known VALUES ('a'), ('c');
INSERT INTO err.uses VALUES (1, 'a', 'a'), (2, 'c', 'a'), (3, 'a', 'c');
SELECT * FROM pg_temp.refused(format('SELECT xc_rollback(%L)', :'dropped'));
SELECT name FROM err.known ORDER BY name;
SELECT xc_rollback(:'dropped', allow_data_loss => true) LIKE 'rbk-%' AS done;
SELECT * FROM err.uses ORDER BY id;

-- objects
SELECT * FROM pg_temp.refused($$SELECT xc_show('HEAD', 'table err.nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT * FROM xc_history('table err.nowhere')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_as_of('table err.t', '1999-01-01')$$);

-- tags
SELECT xc_tag('regress') = xc_head() AS tagged;
SELECT * FROM pg_temp.refused($$SELECT xc_tag('regress')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_tag('HEAD')$$);
SELECT * FROM pg_temp.refused($$SELECT xc_tag('chg-1')$$);
SELECT xc_untag('regress');
SELECT * FROM pg_temp.refused($$SELECT xc_untag('regress')$$);

-- rights
CREATE ROLE regress_xc_nobody;
SET ROLE regress_xc_nobody;
SELECT * FROM pg_temp.refused($$SELECT public.xc_head()$$);
SELECT * FROM pg_temp.refused($$SELECT * FROM xconnect.change$$);
RESET ROLE;
DROP ROLE regress_xc_nobody;

\x off
DROP SCHEMA err CASCADE;
SELECT count(*) FROM xc_verify();
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
