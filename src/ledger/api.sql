CREATE FUNCTION xc_head() RETURNS text
  LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'xc_head';
COMMENT ON FUNCTION xc_head() IS 'the hash of the newest commit: 64 hex digits that name the whole schema and all of its history; null before the first commit';
REVOKE ALL ON FUNCTION xc_head() FROM PUBLIC;

CREATE FUNCTION xc_log(object text DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
                       author text DEFAULT NULL, max_count integer DEFAULT NULL)
  RETURNS TABLE (change_id text, kind text, status text, committed_at timestamptz, author text, reason text,
                 objects integer, summary text, commit text)
  LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'xc_log';
COMMENT ON FUNCTION xc_log(text, timestamptz, timestamptz, text, integer) IS 'the changes of this database, newest first: those that touched one object (under any of its names), of a time from since to until (both inclusive), by one author, at most max_count; null means no limit. objects counts the objects touched, summary names the main ones, commit is a rev. Errors: XC004 no such object';
REVOKE ALL ON FUNCTION xc_log(text, timestamptz, timestamptz, text, integer) FROM PUBLIC;

CREATE FUNCTION xc_tag(name text, rev text DEFAULT 'HEAD', note text DEFAULT NULL) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_tag';
COMMENT ON FUNCTION xc_tag(text, text, text) IS 'gives a commit a name that works as a rev; gives back the hash of the commit. Errors: XC016 the tag exists, 22023 a name that could be another rev, XC001-XC003 no such commit';
REVOKE ALL ON FUNCTION xc_tag(text, text, text) FROM PUBLIC;

CREATE FUNCTION xc_untag(name text) RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_untag';
COMMENT ON FUNCTION xc_untag(text) IS 'removes a tag; the commit stays, and that it had the tag stays on record. Errors: XC001 no such tag';
REVOKE ALL ON FUNCTION xc_untag(text) FROM PUBLIC;

CREATE FUNCTION xc_begin_change(reason text, expected text DEFAULT NULL, validate_with text DEFAULT NULL) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_begin_change';
COMMENT ON FUNCTION xc_begin_change(text, text, text) IS 'says why the DDL of this transaction is done, what it is expected to do and how to validate it (an SQL query or words); the ledger keeps it with the change. The same as SET LOCAL xconnect.reason, xconnect.expected, xconnect.validate_with. Gives the correlation id of the change: xconnect.correlation_id when it is set, else a new one. Call it after BEGIN';
REVOKE ALL ON FUNCTION xc_begin_change(text, text, text) FROM PUBLIC;

CREATE FUNCTION xc_require_reason(object text, level text) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_require_reason';
COMMENT ON FUNCTION xc_require_reason(text, text) IS 'whether changes of an object, or in a schema, need a reason, whatever xconnect.require_reason says: on, warn, off, or default to let the setting count again. What stands on a table (its triggers, policies, constraints) goes by the table. Gives the object''s key. Errors: XC004 the history never had such an object, 22023 another level';
REVOKE ALL ON FUNCTION xc_require_reason(text, text) FROM PUBLIC;

CREATE FUNCTION xc_verify_change(change text, status text, note text DEFAULT NULL) RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_verify_change';
COMMENT ON FUNCTION xc_verify_change(text, text, text) IS 'records in xconnect.compliance_log that the session''s user has looked at a change: VERIFIED or REJECTED, with a note. Nobody verifies their own change: not its author, nor whose session made it, also under SET ROLE or SET SESSION AUTHORIZATION. Errors: XC001 no such change, XC017 a change of one''s own, 22023 another status';
REVOKE ALL ON FUNCTION xc_verify_change(text, text, text) FROM PUBLIC;

CREATE FUNCTION xc_ledger_jsonl(since timestamptz DEFAULT NULL) RETURNS SETOF text
  LANGUAGE C STABLE ROWS 1000 AS 'MODULE_PATHNAME', 'xc_ledger_jsonl';
COMMENT ON FUNCTION xc_ledger_jsonl(timestamptz) IS 'the ledger, oldest first, one line of JSON a change, with its statements and objects; from the given time on, or all of it. Times are in UTC; "hash" is the SHA-256 of the line without the members hash and commit';
REVOKE ALL ON FUNCTION xc_ledger_jsonl(timestamptz) FROM PUBLIC;

-- Views for people and for reports: GRANT USAGE ON SCHEMA xconnect and SELECT on them to whoever may read history.

-- A rollback that was rolled back itself does not count: the rollbacks (the primary key finds them) are gone through
-- from the newest to the oldest, with the changes that are undone so far.
CREATE VIEW xconnect.rolled_back AS
  WITH RECURSIVE rollbacks AS MATERIALIZED (
    SELECT pg_catalog.count(*) AS number, pg_catalog.array_agg(r.change_id ORDER BY r.seq DESC) AS ids,
           pg_catalog.array_agg(coalesce(r.details::jsonb -> 'undone', '[]') || pg_catalog.to_jsonb(r.target)
                                ORDER BY r.seq DESC) AS undone
      FROM xconnect.change r WHERE r.change_id >= 'rbk-' AND r.change_id < 'rbk.'),
  walk (i, gone) AS (
    SELECT 0::bigint, '{}'::text[]
    UNION ALL
    SELECT w.i + 1, CASE WHEN b.ids[w.i + 1] = ANY (w.gone) THEN w.gone
                         ELSE w.gone || ARRAY(SELECT pg_catalog.jsonb_array_elements_text(b.undone[w.i + 1])) END
      FROM walk w, rollbacks b WHERE w.i < b.number)
  SELECT DISTINCT pg_catalog.unnest(w.gone) AS change_id FROM walk w, rollbacks b WHERE w.i = b.number;
COMMENT ON VIEW xconnect.rolled_back IS 'the changes that are rolled back as things stand';

-- What went with a table that a change dropped waits in the vault, or has been taken back from there.
CREATE VIEW xconnect.rows_gone AS
  SELECT o.seq, o.object, o.rows_lost
    FROM xconnect.change_object o
    JOIN xconnect.change c ON c.seq = o.seq
   WHERE o.rows_lost > 0
     AND NOT EXISTS (SELECT FROM xconnect.vault v
                      WHERE (v.relation = o.oid_in_catalog OR v.object = o.object) AND v.kept_at BETWEEN c.started_at AND c.committed_at
                        AND v.layout IS NOT NULL AND v.ended_how IS DISTINCT FROM 'purged');
COMMENT ON VIEW xconnect.rows_gone IS 'rows (about) that went with a table which a change dropped, and that do not come back with a rollback: the vault did not keep them, or was purged';

CREATE VIEW xconnect.values_gone AS
  SELECT o.seq, v.object
    FROM xconnect.vault v
    JOIN xconnect.change_object o ON o.catalog = 'pg_catalog.pg_class'::regclass AND o.oid_in_catalog = v.relation
    JOIN xconnect.change c ON c.seq = o.seq
   WHERE v.kept_by = 'COLUMN' AND v.ended_how = 'purged' AND v.kept_at BETWEEN c.started_at AND c.committed_at;
COMMENT ON VIEW xconnect.values_gone IS 'columns that a change dropped or converted, whose values waited in the rows of the table until the vault was purged';

CREATE VIEW xconnect.ledger AS
  SELECT c.change_id, c.committed_at, c.author, c.kind,
         CASE WHEN c.change_id IN (SELECT u.change_id FROM xconnect.rolled_back u) THEN 'ROLLED BACK' ELSE c.status END AS status,
         c.kind NOT IN ('baseline', 'purge') AND c.change_id NOT IN (SELECT u.change_id FROM xconnect.rolled_back u)
         AND NOT EXISTS (SELECT FROM xconnect.rows_gone g WHERE g.seq = c.seq)
         AND NOT EXISTS (SELECT FROM xconnect.values_gone g WHERE g.seq = c.seq) AS rollback_ready,
         c.reason,
         o.objects,
         (SELECT pg_catalog.string_agg(s.action || ' ' || s.object, ', ' ORDER BY s.ordinal)
            FROM xconnect.change_object s WHERE s.seq = c.seq AND s.ordinal <= 3)
         || CASE WHEN o.objects > 3 THEN ' and ' || (o.objects - 3) || ' more' ELSE '' END AS summary,
         (SELECT pg_catalog.string_agg(t.statement, E';\n' ORDER BY t.ordinal)
            FROM xconnect.change_statement t WHERE t.seq = c.seq AND t.ordinal <= 20) AS statements,
         c.target, c.correlation_id, c.expected, c.validate_with, c.application_name, c.client_addr, c.started_at, c.seq,
         pg_catalog.encode(c.commit_hash, 'hex') AS commit
    FROM xconnect.change c
    CROSS JOIN LATERAL (SELECT coalesce(pg_catalog.max(m.ordinal), 0) AS objects
                          FROM xconnect.change_object m WHERE m.seq = c.seq) o
   ORDER BY c.seq DESC;
COMMENT ON VIEW xconnect.ledger IS 'the ledger to read: a row a change, newest first; statements has the first 20; rollback_ready: it is not rolled back, and the rows and values that it dropped are there to come back, as far as they were kept';

CREATE VIEW xconnect.object_history AS
  SELECT o.object, c.change_id, c.committed_at, c.author, o.action, o.renamed_from, c.reason, o.rows_lost,
         pg_catalog.encode(o.before, 'hex') AS before, pg_catalog.encode(o.after, 'hex') AS after, o.seq
    FROM xconnect.change_object o
    JOIN xconnect.change c ON c.seq = o.seq
   ORDER BY o.object, o.seq;
COMMENT ON VIEW xconnect.object_history IS 'what every change did to every object, under the name that the object got by it; xc_history() follows one object through its names and has its DDL';

CREATE VIEW xconnect.object_versions AS
  SELECT o.object,
         pg_catalog.row_number() OVER (PARTITION BY o.object ORDER BY o.seq)::integer AS version,
         c.change_id, c.committed_at, c.author, o.action, pg_catalog.encode(o.after, 'hex') AS blob, b.content AS description, o.seq
    FROM xconnect.change_object o
    JOIN xconnect.change c ON c.seq = o.seq
    LEFT JOIN xconnect.blob b ON b.hash = o.after
   ORDER BY o.object, o.seq;
COMMENT ON VIEW xconnect.object_versions IS 'the versions of every object under one name, numbered from 1, with their description (null: dropped)';

CREATE VIEW xconnect.recent_changes AS
  SELECT * FROM xconnect.ledger l WHERE l.committed_at >= pg_catalog.now() - interval '30 days' ORDER BY l.seq DESC;
COMMENT ON VIEW xconnect.recent_changes IS 'the changes of the last 30 days, newest first';

CREATE VIEW xconnect.rollback_targets AS
  SELECT l.change_id, l.committed_at, l.author, l.kind, l.reason, l.objects, l.summary, l.rollback_ready, l.seq, l.commit
    FROM xconnect.ledger l
   WHERE l.kind <> 'baseline' AND l.objects > 0 AND l.status <> 'ROLLED BACK'
   ORDER BY l.seq DESC;
COMMENT ON VIEW xconnect.rollback_targets IS 'the changes that xc_rollback() can be asked to undo: not the baseline, and not rolled back already; rollback_ready: without loss of rows; xc_plan_rollback() says what it would do';

CREATE VIEW xconnect.rollback_protocol AS
  SELECT c.change_id, c.target, p.step, p.name, c.details::jsonb ->> p.name AS outcome, c.committed_at, c.seq
    FROM xconnect.change c
   CROSS JOIN (VALUES (1, 'identify'), (2, 'validate'), (3, 'snapshot'), (4, 'restore'), (5, 'verify'), (6, 'log'), (7, 'notify')) p (step, name)
   WHERE c.kind IN ('rollback', 'checkout')
   ORDER BY c.seq DESC, p.step;
COMMENT ON VIEW xconnect.rollback_protocol IS 'the seven steps of every rollback and checkout, and what came of each; those that failed and were undone are in xconnect.alert';

CREATE VIEW xconnect.rollback_history AS
  SELECT c.change_id, c.target, c.committed_at, c.author, c.reason,
         pg_catalog.split_part(c.details::jsonb ->> 'snapshot', ' ', 1) AS state_at_rollback,
         c.details::jsonb ->> 'verify' AS validation, 'SUCCESS'::text AS status,
         (SELECT pg_catalog.string_agg(l.line, E'\n' ORDER BY l.number)
            FROM pg_catalog.jsonb_array_elements_text(c.details::jsonb -> 'lost') WITH ORDINALITY AS l (line, number)) AS lost,
         c.change_id IN (SELECT u.change_id FROM xconnect.rolled_back u) AS undone, c.seq
    FROM xconnect.change c WHERE c.change_id >= 'rbk-' AND c.change_id < 'rbk.' ORDER BY c.seq DESC;
COMMENT ON VIEW xconnect.rollback_history IS 'the rollbacks that were done, newest first: of which change, the change that was HEAD then, how the result was proven, what was lost with it as allow_data_loss let it, and whether it was rolled back itself since';
