CREATE FUNCTION xc_status() RETURNS TABLE (fact text, value text, note text)
  LANGUAGE C ROWS 40 AS 'MODULE_PATHNAME', 'xc_status';
COMMENT ON FUNCTION xc_status() IS 'how things stand, a fact a row: head and tree, objects under version control by kind, whether capture is armed or why not, how many objects differ from HEAD (reads the whole catalog), user objects of kinds that are not covered, invalid indexes, gaps, pending changes, whether this database is a copy and of which, versions';
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

CREATE FUNCTION xc_verify() RETURNS TABLE (severity text, what text, where_ text, finding text)
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_verify';
COMMENT ON FUNCTION xc_verify() IS 'recomputes every hash of the history and follows every reference: a row for each thing that is wrong, none when all is well. severity: error (history was damaged or edited) or warning (history is whole, an event trigger is not armed); where_: a change id, a hash or a name. Reads all of the history, in bounded memory';
REVOKE ALL ON FUNCTION xc_verify() FROM PUBLIC;
