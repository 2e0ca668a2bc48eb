CREATE FUNCTION xc_show(rev text DEFAULT 'HEAD', object text DEFAULT NULL) RETURNS text
  LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'xc_show';
COMMENT ON FUNCTION xc_show(text, text) IS 'the DDL of one object as it was at a commit; without an object the DDL of everything, in an order that psql loads into an empty database. Errors: XC001-XC003 no such commit, XC004 no such object there, 22023 a name that means several objects';
REVOKE ALL ON FUNCTION xc_show(text, text) FROM PUBLIC;

CREATE FUNCTION xc_diff(from_rev text DEFAULT 'HEAD', to_rev text DEFAULT NULL, object text DEFAULT NULL)
  RETURNS TABLE (change_type text, object_type text, object_schema text, object_name text, identity text,
                 old_ddl text, new_ddl text)
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_diff';
COMMENT ON FUNCTION xc_diff(text, text, text) IS 'what differs between two commits, or between a commit and what the catalogs say now (to_rev null): a row an object, with its DDL before and after. change_type is CREATE, ALTER, DROP or RENAME; identity is that after, for DROP that before. Errors: XC001-XC003 no such commit, XC004 the object is in neither';
REVOKE ALL ON FUNCTION xc_diff(text, text, text) FROM PUBLIC;

CREATE FUNCTION xc_diff_text(from_rev text DEFAULT 'HEAD', to_rev text DEFAULT NULL, object text DEFAULT NULL) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_diff_text';
COMMENT ON FUNCTION xc_diff_text(text, text, text) IS 'the same as xc_diff() as a unified diff of the DDL; empty when nothing differs';
REVOKE ALL ON FUNCTION xc_diff_text(text, text, text) FROM PUBLIC;

CREATE FUNCTION xc_history(object text)
  RETURNS TABLE (version integer, change_id text, committed_at timestamptz, author text, action text, object text,
                 commit text, ddl text)
  LANGUAGE C STABLE ROWS 20 AS 'MODULE_PATHNAME', 'xc_history';
COMMENT ON FUNCTION xc_history(text) IS 'the versions of one object, newest first and numbered from the oldest, under all the names it had (object is the name then); ddl is null where it was dropped. Errors: XC004 the history never had such an object, 22023 a name that means several objects';
REVOKE ALL ON FUNCTION xc_history(text) FROM PUBLIC;

CREATE FUNCTION xc_as_of(object text, at timestamptz) RETURNS text
  LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'xc_as_of';
COMMENT ON FUNCTION xc_as_of(text, timestamptz) IS 'the DDL of one object at a time: under the name it had then, or that it has today; null when it did not exist then. Errors: XC001 before the first commit, XC004 the history never had such an object';
REVOKE ALL ON FUNCTION xc_as_of(text, timestamptz) FROM PUBLIC;

CREATE FUNCTION xc_dependents(object text)
  RETURNS TABLE (depth integer, object text, path text, why text)
  LANGUAGE C STABLE ROWS 20 AS 'MODULE_PATHNAME', 'xc_dependents';
COMMENT ON FUNCTION xc_dependents(text) IS 'what depends on an object now, directly (depth 1) and through others: what a change of it can reach. path leads from the object to the dependent, why says what of the previous one it uses and whether it goes with it or stops a DROP without CASCADE. References inside function bodies that are text are not known to PostgreSQL, so not here. Errors: XC004 no such object now';
REVOKE ALL ON FUNCTION xc_dependents(text) FROM PUBLIC;

CREATE FUNCTION xc_export_changelog(since timestamptz DEFAULT NULL) RETURNS TABLE (file_name text, content text)
  LANGUAGE C STABLE ROWS 1000 AS 'MODULE_PATHNAME', 'xc_export_changelog';
COMMENT ON FUNCTION xc_export_changelog(timestamptz) IS 'the history as files, a row a file: ledger.jsonl (as xc_ledger_jsonl() gives it), snapshots/NAME.TIMESTAMP.sql for every version of every object (its DDL; the timestamp is that of the change, in microseconds since 1970), rollback_targets.jsonl, rollback_history.jsonl and compliance_log.jsonl; from the given time on, or all of it. In names a space is +, and what is neither letter, digit, dot, dash nor underscore is %XX';
REVOKE ALL ON FUNCTION xc_export_changelog(timestamptz) FROM PUBLIC;
