-- What came after a renaming that is undone stays, and its text follows.
SET client_min_messages = warning;
CREATE SCHEMA follow;
SET search_path = follow, public;
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/plan/undo_change.psql
-- The newest change of an object, as xc_log() sums it up.
CREATE FUNCTION newest(wanted text) RETURNS text LANGUAGE sql
  RETURN (SELECT change_id FROM xc_log() WHERE summary LIKE wanted ORDER BY change_id DESC LIMIT 1);

-- Labels of an enum that change places, one of which goes, and all that can name them.
CREATE TYPE state AS ENUM ('open', 'shut', 'odd');
BEGIN;
ALTER TYPE state RENAME VALUE 'open' TO 'between';
ALTER TYPE state RENAME VALUE 'shut' TO 'open';
ALTER TYPE state RENAME VALUE 'between' TO 'shut';
ALTER TYPE state RENAME VALUE 'odd' TO 'even';
COMMIT;
SELECT newest('ALTER enum follow.state%') AS renamed \gset

CREATE TABLE doors (s state DEFAULT 'open' CHECK (s <> 'even'), t state GENERATED ALWAYS AS ('shut'::state) STORED) PARTITION BY LIST (s);
CREATE TABLE open_doors PARTITION OF doors FOR VALUES IN ('open');
INSERT INTO doors VALUES (DEFAULT);
CREATE DOMAIN shut AS state DEFAULT 'shut' CHECK (VALUE = 'shut');
CREATE VIEW wide AS SELECT s FROM doors WHERE s = 'open';
CREATE INDEX narrow ON doors ((s = 'shut')) WHERE s = 'open';
CREATE POLICY come ON doors USING (s = 'open');
CREATE RULE leave AS ON DELETE TO doors WHERE old.s = 'shut' DO INSTEAD NOTHING;
CREATE FUNCTION usual(state DEFAULT 'even') RETURNS state LANGUAGE sql RETURN coalesce($1, 'open'::state);
CREATE FUNCTION knock() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER knock BEFORE INSERT ON doors FOR EACH ROW WHEN (new.s = 'shut') EXECUTE FUNCTION knock();
CREATE VIEW texts AS
  SELECT 'partition' AS of, pg_get_expr(relpartbound, oid) AS text FROM pg_class WHERE relname = 'open_doors'
  UNION ALL SELECT 'columns', string_agg(pg_get_expr(adbin, adrelid), ', ' ORDER BY adnum) FROM pg_attrdef WHERE adrelid = 'doors'::regclass
  UNION ALL SELECT 'constraint', pg_get_constraintdef(oid) FROM pg_constraint WHERE conname IN ('doors_s_check', 'shut_check')
  UNION ALL SELECT 'domain', pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE typname = 'shut'
  UNION ALL SELECT 'view', replace(pg_get_viewdef('wide'::regclass), 'doors.s', 's')
  UNION ALL SELECT 'index', pg_get_indexdef('narrow'::regclass)
  UNION ALL SELECT 'policy', pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'doors'::regclass
  UNION ALL SELECT 'rule', pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'leave'
  UNION ALL SELECT 'arguments', pg_get_function_arguments('usual'::regproc)
  UNION ALL SELECT 'body', pg_get_function_sqlbody('usual'::regproc)
  UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'knock' AND tgparentid = 0;
SELECT enum_range(NULL::state);
SELECT of, regexp_replace(text, '\s+', ' ', 'g') AS text FROM texts ORDER BY of, text;
SELECT undo_change(:'renamed', cascade => false);
SELECT enum_range(NULL::state);
SELECT of, regexp_replace(text, '\s+', ' ', 'g') AS text FROM texts ORDER BY of, text;
SELECT s, t FROM doors;
SELECT count(*) FROM xc_drift();
SELECT undo_change((SELECT change_id FROM xconnect.change ORDER BY seq DESC LIMIT 1), cascade => false);
SELECT enum_range(NULL::state);
SELECT s, t FROM doors;
SELECT count(*) FROM xc_drift();

-- A label takes the name of one that goes.
CREATE TYPE grade AS ENUM ('good');
SELECT xc_head() AS good \gset
CREATE TYPE unrelated AS ENUM ();
BEGIN;
ALTER TYPE grade RENAME VALUE 'good' TO 'fair';
ALTER TYPE grade ADD VALUE 'good' BEFORE 'fair';
COMMIT;
SELECT newest('ALTER enum follow.grade%') AS added \gset
CREATE TABLE graded (g grade DEFAULT 'fair');
SELECT undo_change(:'added', cascade => false);
SELECT enum_range(NULL::grade), pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'graded'::regclass;
SELECT count(*) FROM xc_drift();

-- The same after the type was dropped and came back with its rows: they say the same.
CREATE TYPE size AS ENUM ('small', 'large');
CREATE TABLE sized (s size);
INSERT INTO sized VALUES ('large');
SELECT xc_head() AS before \gset
ALTER TYPE size RENAME VALUE 'large' TO 'huge';
ALTER TYPE size ADD VALUE 'large' BEFORE 'huge';
CREATE VIEW larger AS SELECT FROM sized WHERE s BETWEEN 'large' AND 'huge';
SELECT xc_head() AS after \gset
DROP TABLE sized CASCADE;
DROP TYPE size;
SELECT xc_checkout(:'after') IS NOT NULL AS there;
SELECT s FROM sized;
SELECT xc_checkout(:'before') IS NOT NULL AS back;
SELECT s FROM sized;
-- And forth, to a view for which the type is made anew.
SELECT xc_checkout(:'after', allow_data_loss => true) IS NOT NULL AS forth;
SELECT s FROM sized;
SELECT xc_checkout(:'before') IS NOT NULL AS back;
SELECT s FROM sized;

-- A multirange.
CREATE TYPE span AS RANGE (SUBTYPE = integer, MULTIRANGE_TYPE_NAME = spans);
CREATE SCHEMA elsewhere;
BEGIN;
ALTER TYPE spans RENAME TO several;
ALTER TYPE several SET SCHEMA elsewhere;
COMMIT;
SELECT newest('ALTER range follow.span%') AS renamed \gset
CREATE TABLE spanned (of elsewhere.several DEFAULT '{[1,2)}');
CREATE FUNCTION widest(elsewhere.several) RETURNS elsewhere.several LANGUAGE sql RETURN $1;
SELECT undo_change(:'renamed', cascade => false);
SELECT attrelid::regclass, atttypid::regtype FROM pg_attribute WHERE attrelid = 'spanned'::regclass AND attnum > 0;
SELECT 'widest'::regproc::regprocedure;
SELECT count(*) FROM xc_drift();

-- An attribute takes the name of one that goes.
CREATE TYPE pair AS (a integer, b integer);
BEGIN;
ALTER TYPE pair DROP ATTRIBUTE a;
ALTER TYPE pair RENAME ATTRIBUTE b TO a;
COMMIT;
SELECT newest('ALTER composite type follow.pair%') AS renamed \gset
CREATE VIEW halves AS SELECT (p).a AS half FROM (SELECT NULL::pair AS p) AS x;
SELECT undo_change(:'renamed', cascade => false);
SELECT replace(pg_get_viewdef('halves'::regclass), 'x.', '') AS halves;
CREATE VIEW more AS SELECT (p).b AS second FROM (SELECT NULL::pair AS p) AS x;
SELECT undo_change((SELECT max(change_id) FROM xconnect.change WHERE kind = 'rollback'), cascade => false);
SELECT replace(pg_get_viewdef('more'::regclass), 'x.', '') AS more;

SELECT count(*) FROM xc_drift();
SELECT * FROM xc_verify();
DROP SCHEMA follow, elsewhere CASCADE;
SELECT count(*) FROM xc_drift();
