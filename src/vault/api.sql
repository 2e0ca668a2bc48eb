CREATE FUNCTION xconnect.kept_until(kept_at timestamptz) RETURNS timestamptz
  LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'xc_kept_until';
COMMENT ON FUNCTION xconnect.kept_until(timestamptz) IS 'when what is in the vault since then is older than xconnect.preserve_age; null without such a limit';
REVOKE ALL ON FUNCTION xconnect.kept_until(timestamptz) FROM PUBLIC;

CREATE FUNCTION xconnect.columns_waiting(OUT relation oid, OUT number integer, OUT object text, OUT bytes bigint, OUT since timestamptz) RETURNS SETOF record
  LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'xc_columns_waiting';
COMMENT ON FUNCTION xconnect.columns_waiting() IS 'dropped and converted columns whose values wait in the rows of their table: its OID, their number in it, about how many bytes, since when';
REVOKE ALL ON FUNCTION xconnect.columns_waiting() FROM PUBLIC;

CREATE VIEW xconnect.waiting_columns AS
  SELECT w.*, (SELECT max(d.seq) FROM xconnect.dropped_column d WHERE d.relation = w.relation AND d.attnum = w.number) AS seq
    FROM xconnect.columns_waiting() w;
COMMENT ON VIEW xconnect.waiting_columns IS 'dropped and converted columns whose values wait in the rows of their table, by its OID and their number; bytes: about; seq: of the change that did it';

CREATE FUNCTION xc_vault(OUT object text, OUT change_id text, OUT rows bigint, OUT bytes bigint, OUT kept_at timestamptz,
                         OUT until timestamptz, OUT store regclass, OUT why text) RETURNS SETOF record
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT v.object,
         (SELECT c.change_id FROM xconnect.change_object o JOIN xconnect.change c USING (seq)
           WHERE (o.catalog = 'pg_catalog.pg_class'::regclass AND o.oid_in_catalog = v.relation OR o.object = v.object)
             AND v.kept_at BETWEEN c.started_at AND c.committed_at
           ORDER BY o.seq LIMIT 1),
         v.rows, pg_catalog.pg_total_relation_size(v.store), v.kept_at, xconnect.kept_until(v.kept_at), v.store::regclass,
         CASE v.kept_by WHEN 'TRUNCATE' THEN 'the rows of a truncated table' ELSE 'the rows of a dropped table' END
         || ': a rollback of the change brings them back'
         || coalesce('; beyond ' || (SELECT n.why FROM xconnect.vault_notice n WHERE n.relation = v.store AND n.number = 0 LIMIT 1) || ', so one of the next changes lets them go', '')
    FROM xconnect.vault v
   WHERE v.waits_since IS NOT NULL
  UNION ALL
  SELECT w.object, c.change_id, NULL, w.bytes, w.since, xconnect.kept_until(w.since), w.relation::regclass,
         'values of a dropped or converted column, in the rows of the table: a rollback of the change brings them back'
         || coalesce('; beyond ' || (SELECT n.why FROM xconnect.vault_notice n WHERE n.relation = w.relation AND n.number = w.number LIMIT 1)
                     || ', so one of the next changes lets them go', '')
    FROM xconnect.waiting_columns w LEFT JOIN xconnect.change c USING (seq)
   ORDER BY 5 DESC, 1;
END;
COMMENT ON FUNCTION xc_vault() IS 'what waits in the vault, newest first: object as it was called, change that dropped it, rows (about, as the statistics had it), bytes on disk with TOAST and the indexes that wait, since when, until when (by xconnect.preserve_age; other limits can end it before), the table that holds it, why it is kept, and whether it is about to be let go. Values of columns wait in the rows of their own table, and their bytes are estimated';
REVOKE ALL ON FUNCTION xc_vault() FROM PUBLIC;

CREATE FUNCTION xc_purge_vault(older_than interval DEFAULT '0') RETURNS bigint
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_purge_vault';
COMMENT ON FUNCTION xc_purge_vault(interval) IS 'lets go of the rows and values that have waited in the vault for longer than that, for good; null: of those rows that are beyond the limits (xconnect.preserve_age, _size, _count, _disk_free) now. How many tables and columns they were of. The ledger gets an entry of kind purge that names them';
REVOKE ALL ON FUNCTION xc_purge_vault(interval) FROM PUBLIC;

CREATE VIEW xconnect.vault_contents AS SELECT * FROM @extschema@.xc_vault();
COMMENT ON VIEW xconnect.vault_contents IS 'what waits in the vault: see xc_vault()';

CREATE FUNCTION xconnect.make_type(definition text, type oid, labels oid[] DEFAULT NULL, attributes integer DEFAULT 0) RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_make_type';
COMMENT ON FUNCTION xconnect.make_type(text, oid, oid[], integer) IS 'runs CREATE TYPE or CREATE DOMAIN such that the type, and the labels of an enum in their order, get the OIDs that they had: rows in the vault hold these. attributes: how many a composite type has. Errors: XC010 when another type has the OID now';
REVOKE ALL ON FUNCTION xconnect.make_type(text, oid, oid[], integer) FROM PUBLIC;

CREATE FUNCTION xconnect.take_back_value(sequence regclass, dropped oid) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_take_back_value';
COMMENT ON FUNCTION xconnect.take_back_value(regclass, oid) IS 'gives a sequence the value that a dropped one had; that value. dropped: the OID it had';
REVOKE ALL ON FUNCTION xconnect.take_back_value(regclass, oid) FROM PUBLIC;

CREATE FUNCTION xconnect.set_rows_aside(relation regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_set_rows_aside';
COMMENT ON FUNCTION xconnect.set_rows_aside(regclass) IS 'empties a table for rows that it held before; those that it holds wait in the vault then, as those of a TRUNCATE, where xconnect.preserve names truncate. Takes ACCESS EXCLUSIVE';
REVOKE ALL ON FUNCTION xconnect.set_rows_aside(regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.take_back_nothing(relation regclass, since timestamptz) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_take_back_nothing';
COMMENT ON FUNCTION xconnect.take_back_nothing(regclass, timestamptz) IS 'notes that a table which set_rows_aside() found empty then is as it was. Errors: XC010 when it found none';
REVOKE ALL ON FUNCTION xconnect.take_back_nothing(regclass, timestamptz) FROM PUBLIC;

CREATE FUNCTION xconnect.take_back(relation regclass, store oid) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_take_back';
COMMENT ON FUNCTION xconnect.take_back(regclass, oid) IS 'gives an empty table of the same physical columns the rows that wait in the vault in the table store; about how many. Takes ACCESS EXCLUSIVE on both. Errors: XC010 when the columns are not the same, or a type is not the one that the rows were written with';
REVOKE ALL ON FUNCTION xconnect.take_back(regclass, oid) FROM PUBLIC;

CREATE FUNCTION xconnect.carry() RETURNS trigger
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_carry';
COMMENT ON FUNCTION xconnect.carry() IS 'trigger: a row that is updated keeps its values of the dropped columns whose numbers are the arguments. Where xconnect.preserve names columns a table has it, internal, from a DROP COLUMN on until nothing waits in it any more';
REVOKE ALL ON FUNCTION xconnect.carry() FROM PUBLIC;

CREATE FUNCTION xconnect.check_references(relation regclass) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_check_references';
COMMENT ON FUNCTION xconnect.check_references(regclass) IS 'validates the foreign keys that a table has and is referred to by, as if they were new; how many. Asks for ownership of the tables that have them. Errors: 23503 names the first row that refers to none';
REVOKE ALL ON FUNCTION xconnect.check_references(regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.convert_back(relation regclass, column_name text, statement text, type text, otherwise text, at_seq bigint) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_convert_back';
COMMENT ON FUNCTION xconnect.convert_back(regclass, text, text, text, text, bigint) IS 'runs ALTER TABLE ... ALTER COLUMN ... TYPE (statement) for a column (quoted) whose values were set aside when it got the type that it has, such that the rows get these; those without one get what the expression otherwise gives. type: the one that they were of at the commit of that number. As the owner of the table';
REVOKE ALL ON FUNCTION xconnect.convert_back(regclass, text, text, text, text, bigint) FROM PUBLIC;
