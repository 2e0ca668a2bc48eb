CREATE FUNCTION xc_status() RETURNS TABLE (fact text, value text, note text)
  LANGUAGE C ROWS 40 AS 'MODULE_PATHNAME', 'xc_status';
COMMENT ON FUNCTION xc_status() IS 'how things stand, a fact a row: head and tree, objects under version control by kind, whether capture is armed or why not, how many objects differ from HEAD (reads the whole catalog), user objects of kinds that are not covered, invalid indexes, publications that list our own tables, gaps, pending changes, whether this database is a copy and of which, versions';
REVOKE ALL ON FUNCTION xc_status() FROM PUBLIC;

CREATE FUNCTION xc_drift()
  RETURNS TABLE (change_type text, object_type text, object_schema text, object_name text, identity text,
                 old_ddl text, new_ddl text)
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_drift';
COMMENT ON FUNCTION xc_drift() IS 'what the catalogs say now against HEAD, as xc_diff() shows it: not empty only when something changed that capture did not see (or in a transaction that has not committed its own DDL yet)';
REVOKE ALL ON FUNCTION xc_drift() FROM PUBLIC;

CREATE FUNCTION xc_adopt(reason text) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_adopt';
COMMENT ON FUNCTION xc_adopt(text) IS 'records what xc_drift() shows as one change of kind adopt; gives its id, null with a notice when there is nothing to record';
REVOKE ALL ON FUNCTION xc_adopt(text) FROM PUBLIC;

CREATE FUNCTION xc_digest() RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_digest';
COMMENT ON FUNCTION xc_digest() IS 'a line to keep elsewhere, in another system or on paper: number and hash of the newest commit and of the newest note, the time, and the ids of changes that wait in the queue. xc_verify(digest => ...) tells later whether the history still has all that it had then';
REVOKE ALL ON FUNCTION xc_digest() FROM PUBLIC;

CREATE FUNCTION xc_verify(digest text DEFAULT NULL, since text DEFAULT NULL)
  RETURNS TABLE (severity text, what text, where_ text, finding text)
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_verify';
COMMENT ON FUNCTION xc_verify(text, text) IS 'recomputes every hash of the history and follows every reference: a row for each thing that is wrong, none when all is well. digest: what xc_digest() gave at some time: also tells whether history was cut off or rewritten since; since: a digest as well, up to which history is taken on trust, so that only what came after is read. severity: error (history was damaged or edited) or warning (history is whole, something that protects it is not armed); where_: a change id, a hash or a name. In bounded memory; says by a NOTICE every five seconds how far it is. Errors: 22023 not a digest';
REVOKE ALL ON FUNCTION xc_verify(text, text) FROM PUBLIC;

CREATE FUNCTION xconnect.progress_of_backends(OUT pid integer, OUT datid oid, OUT usesysid oid, OUT work text, OUT counted text,
                                              OUT done bigint, OUT total bigint, OUT began_at timestamptz)
  RETURNS SETOF record LANGUAGE C VOLATILE ROWS 5 AS 'MODULE_PATHNAME', 'xconnect_progress';
COMMENT ON FUNCTION xconnect.progress_of_backends() IS 'what xconnect.progress shows, by numbers';
REVOKE ALL ON FUNCTION xconnect.progress_of_backends() FROM PUBLIC;

CREATE VIEW xconnect.progress AS
SELECT p.pid, d.datname, r.rolname AS usename, p.work, p.counted, p.done, p.total, p.began_at
FROM xconnect.progress_of_backends() p
LEFT JOIN pg_catalog.pg_database d ON d.oid = p.datid LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.usesysid;
COMMENT ON VIEW xconnect.progress IS 'how far long pieces of work of xconnect are, in all databases of the server: baseline (CREATE EXTENSION), comparison (xc_drift(), xc_adopt(), xc_status()), verification (xc_verify()), restoration (xc_rollback(), xc_checkout()); done of total of what is counted. Of sessions whose activity pg_stat_activity would not show, pid, database and role alone. While CREATE EXTENSION runs, its own database has no such view yet: look from another database that has xconnect';
