CREATE FUNCTION xc_vault(OUT object text, OUT change_id text, OUT rows bigint, OUT bytes bigint, OUT kept_at timestamptz,
                         OUT store regclass, OUT why text) RETURNS SETOF record
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT v.object,
         (SELECT c.change_id FROM xconnect.change_object o JOIN xconnect.change c USING (seq)
           WHERE o.catalog = 'pg_catalog.pg_class'::regclass AND o.oid_in_catalog = v.relation AND o.action = 'DROP'
           ORDER BY o.seq DESC LIMIT 1),
         v.rows, pg_catalog.pg_total_relation_size(v.store), v.kept_at, v.store::regclass,
         'the rows of a dropped table: a rollback of the change brings them back'
    FROM xconnect.vault v
   WHERE v.ended_at IS NULL AND v.store IS NOT NULL
   ORDER BY v.kept_at DESC, v.object;
END;
COMMENT ON FUNCTION xc_vault() IS 'what waits in the vault, newest first: object as it was called, change that dropped it, rows (about, as the statistics had it), bytes on disk with TOAST, since when, the table that holds it, why';
REVOKE ALL ON FUNCTION xc_vault() FROM PUBLIC;

CREATE FUNCTION xc_purge_vault(older_than interval DEFAULT '0') RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_purge_vault';
COMMENT ON FUNCTION xc_purge_vault(interval) IS 'lets go of the rows that have waited in the vault for longer than that, for good; how many tables they were. The ledger gets an entry of kind purge that names them';
REVOKE ALL ON FUNCTION xc_purge_vault(interval) FROM PUBLIC;

CREATE VIEW xconnect.vault_contents AS SELECT * FROM xc_vault();
COMMENT ON VIEW xconnect.vault_contents IS 'what waits in the vault: see xc_vault()';

CREATE FUNCTION xconnect.make_type(definition text, type oid, labels oid[] DEFAULT NULL, attributes integer DEFAULT 0) RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_make_type';
COMMENT ON FUNCTION xconnect.make_type(text, oid, oid[], integer) IS 'runs CREATE TYPE or CREATE DOMAIN such that the type, and the labels of an enum in their order, get the OIDs that they had: rows in the vault hold these. attributes: how many a composite type has. Errors: XC010 when another type has the OID now';
REVOKE ALL ON FUNCTION xconnect.make_type(text, oid, oid[], integer) FROM PUBLIC;

CREATE FUNCTION xconnect.take_back_value(sequence regclass, dropped oid) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_take_back_value';
COMMENT ON FUNCTION xconnect.take_back_value(regclass, oid) IS 'gives a sequence the value that a dropped one had; that value. dropped: the OID it had';
REVOKE ALL ON FUNCTION xconnect.take_back_value(regclass, oid) FROM PUBLIC;

CREATE FUNCTION xconnect.take_back(relation regclass, store oid) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_take_back';
COMMENT ON FUNCTION xconnect.take_back(regclass, oid) IS 'gives an empty table of the same physical columns the rows that wait in the vault in the table store; about how many. Takes ACCESS EXCLUSIVE on both. Errors: XC010 when the columns are not the same, or a type is not the one that the rows were written with';
REVOKE ALL ON FUNCTION xconnect.take_back(regclass, oid) FROM PUBLIC;

CREATE FUNCTION xconnect.carry() RETURNS trigger
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_carry';
COMMENT ON FUNCTION xconnect.carry() IS 'trigger: a row that is updated keeps its values of the dropped columns whose numbers are the arguments. Where xconnect.preserve names columns a table has it, internal, from a DROP COLUMN on until nothing waits in it any more';
REVOKE ALL ON FUNCTION xconnect.carry() FROM PUBLIC;
