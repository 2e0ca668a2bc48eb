CREATE FUNCTION xc_rollback(change text, reason text DEFAULT NULL, cascade boolean DEFAULT false,
                            allow_data_loss boolean DEFAULT false) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_rollback';
COMMENT ON FUNCTION xc_rollback(text, text, boolean, boolean) IS 'takes one change back, in the running transaction; gives the id of the rollback (rbk-...), which can be rolled back as well. change: a chg- or rbk- id; reason: for the ledger; cascade: take later changes along that depend on it, newest first; allow_data_loss: go on when rows or values are lost for good (the error otherwise lists tables and counts, the ledger what went). Rows that the vault keeps of a table of another shape come back by way of that one: then there is more than one rollback, and the id is that of the last. The result is compared with the state before the change, and the change''s validation query is run; any difference undoes everything. Errors: XC001 no such change, XC005 rolled back already, XC006 later changes depend on it, XC007 data would be lost, XC008 not reached, XC009 drift, XC010 cannot be planned, XC014 HEAD moved';
REVOKE ALL ON FUNCTION xc_rollback(text, text, boolean, boolean) FROM PUBLIC;

CREATE FUNCTION xc_checkout(rev text, reason text DEFAULT NULL, allow_data_loss boolean DEFAULT false) RETURNS text
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_checkout';
COMMENT ON FUNCTION xc_checkout(text, text, boolean) IS 'brings the whole schema to a commit, back or forward, in the running transaction; gives the id of the change that does it, or with a notice that of HEAD when the schema is there already. rev: commit hash or its beginning, HEAD, HEAD~3, a chg- or rbk- id, a tag, @2026-01-22 14:30; reason: for the ledger; allow_data_loss: go on when rows or values are lost for good (the error otherwise lists tables and counts, the ledger what went). Tables get the rows that they held there, as far as the vault has them; what they hold now waits there instead. Rows of a table of another shape come back by way of that one: then there is more than one change. Errors: XC001 to XC003 no such rev, XC007 data would be lost, XC008 not reached, XC009 drift, XC010 cannot be planned, XC014 HEAD moved';
REVOKE ALL ON FUNCTION xc_checkout(text, text, boolean) FROM PUBLIC;

-- What no statement of PostgreSQL does, for the steps of plans.

CREATE FUNCTION xconnect.revive_column(relation regclass, attnum smallint, name text, type text, collation text DEFAULT NULL,
                                       values_valid boolean DEFAULT false, missing text DEFAULT NULL) RETURNS boolean
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_revive_column';
COMMENT ON FUNCTION xconnect.revive_column(regclass, smallint, text, text, text, boolean, text) IS 'brings a dropped column back, at its place and with the values of all rows that were not written since; true when the values are back. name, type, collation: quoted, as SQL writes them; values_valid: the values are known to be of that type, else they become null (the table is rewritten); missing: the value of rows older than the column, as text. The column comes back plain: nullable, without default, options and privileges. Takes ACCESS EXCLUSIVE, asks for ownership. Errors: XC010 when it cannot be';
REVOKE ALL ON FUNCTION xconnect.revive_column(regclass, smallint, text, text, text, boolean, text) FROM PUBLIC;

CREATE FUNCTION xconnect.complete_children(relation regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_complete_children';
COMMENT ON FUNCTION xconnect.complete_children(regclass) IS 'adds to tables that inherit from the relation the columns of it that they lack, plain and at their end. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.complete_children(regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.set_column_local(relation regclass, column_name text, local boolean) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_set_column_local';
COMMENT ON FUNCTION xconnect.set_column_local(regclass, text, boolean) IS 'says whether an inherited column (quoted) is the table''s own as well. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.set_column_local(regclass, text, boolean) FROM PUBLIC;

CREATE FUNCTION xconnect.drop_not_null(relation regclass, column_name text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_drop_not_null';
COMMENT ON FUNCTION xconnect.drop_not_null(regclass, text) IS 'takes NOT NULL from a column (quoted) of this table alone, whatever its parent and children have. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.drop_not_null(regclass, text) FROM PUBLIC;

CREATE FUNCTION xconnect.set_not_null_constraint(relation regclass, column_name text, constraint_name text, local boolean) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_set_not_null_constraint';
COMMENT ON FUNCTION xconnect.set_not_null_constraint(regclass, text, text, boolean) IS 'gives the constraint behind a column''s NOT NULL its name (both quoted; empty: as it is), and says whether it is the table''s own as well as its parents''. For PostgreSQL 18 and newer. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.set_not_null_constraint(regclass, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION xconnect.set_generated(relation regclass, column_name text, expression text, virtual boolean DEFAULT false) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_set_generated';
COMMENT ON FUNCTION xconnect.set_generated(regclass, text, text, boolean) IS 'makes a column (quoted) a stored generated one of that expression and computes its values, or a virtual one (PostgreSQL 18), which has none: writes the rows anew that are to change. Nothing when it is such a column already. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.set_generated(regclass, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION xconnect.drop_expression(relation regclass, column_name text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_drop_expression';
COMMENT ON FUNCTION xconnect.drop_expression(regclass, text) IS 'makes a generated column (quoted) a plain one, of this table alone, whatever its parent or children have. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.drop_expression(regclass, text) FROM PUBLIC;

CREATE FUNCTION xconnect.expect_not_null(relation regclass, column_name text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_expect_not_null';
COMMENT ON FUNCTION xconnect.expect_not_null(regclass, text) IS 'makes a column (quoted) NOT NULL without looking at its rows: xconnect.fill_nulls() must follow in the same transaction, and fails when a row has nothing to get. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.expect_not_null(regclass, text) FROM PUBLIC;

CREATE FUNCTION xconnect.fill_nulls(relation regclass, column_name text) RETURNS bigint
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_fill_nulls';
COMMENT ON FUNCTION xconnect.fill_nulls(regclass, text) IS 'gives a column (quoted) its default, or the next value of its identity, wherever it is null; the number of rows';
REVOKE ALL ON FUNCTION xconnect.fill_nulls(regclass, text) FROM PUBLIC;

CREATE FUNCTION xconnect.copy_checks(child regclass, parent regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_copy_checks';
COMMENT ON FUNCTION xconnect.copy_checks(regclass, regclass) IS 'gives a table the CHECK constraints of the one it is about to inherit from, as inherited ones; those it has stay. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.copy_checks(regclass, regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.remove_enum_label(type regtype, label text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_remove_enum_label';
COMMENT ON FUNCTION xconnect.remove_enum_label(regtype, text) IS 'takes a label out of an enum type when no row and no definition uses it; tables that can hold the type are locked in SHARE mode and scanned. Errors: XC010 when it is in use';
REVOKE ALL ON FUNCTION xconnect.remove_enum_label(regtype, text) FROM PUBLIC;

CREATE FUNCTION xconnect.validate_domain_constraint(domain regtype, name text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_validate_domain_constraint';
COMMENT ON FUNCTION xconnect.validate_domain_constraint(regtype, text) IS 'checks all stored values against a constraint (quoted) of a domain that is NOT VALID, and makes it valid: also where the domain stands in arrays, composites and ranges, for which ALTER DOMAIN refuses. Tables that can hold the domain are locked in SHARE mode and scanned; asks for ownership';
REVOKE ALL ON FUNCTION xconnect.validate_domain_constraint(regtype, text) FROM PUBLIC;

CREATE FUNCTION xconnect.set_domain_not_null(domain regtype, name text DEFAULT '') RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_set_domain_not_null';
COMMENT ON FUNCTION xconnect.set_domain_not_null(regtype, text) IS 'makes a domain NOT NULL when no stored value is null, by a constraint of that name (quoted; PostgreSQL 18 and newer): also where the domain stands in arrays, composites and ranges, for which ALTER DOMAIN refuses. Tables that can hold the domain are locked in SHARE mode and scanned; asks for ownership';
REVOKE ALL ON FUNCTION xconnect.set_domain_not_null(regtype, text) FROM PUBLIC;

CREATE FUNCTION xconnect.detach_partition(parent regclass, partition regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_detach_partition';
COMMENT ON FUNCTION xconnect.detach_partition(regclass, regclass) IS 'detaches a partition without leaving it the foreign keys that are its parent''s. Takes ACCESS EXCLUSIVE on both, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.detach_partition(regclass, regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.share_identity(relation regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_share_identity';
COMMENT ON FUNCTION xconnect.share_identity(regclass) IS 'makes identity columns of a partition those of its own partitions, too (PostgreSQL 17 and newer; nothing before). Takes ACCESS EXCLUSIVE on these, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.share_identity(regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.pass_over_indexes(relation regclass, names text[]) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_pass_over_indexes';
COMMENT ON FUNCTION xconnect.pass_over_indexes(regclass, text[]) IS 'keeps ATTACH PARTITION from seeing these indexes of a partitioned table (qualified and quoted), until it is called again with an empty list; those that foreign keys refer to stay in sight. Takes ACCESS EXCLUSIVE, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.pass_over_indexes(regclass, text[]) FROM PUBLIC;

CREATE FUNCTION xconnect.detach_index(index regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_detach_index';
COMMENT ON FUNCTION xconnect.detach_index(regclass) IS 'takes an index, or a constraint''s, out of the partitioned index that it is part of, which is no longer valid then. Takes ACCESS EXCLUSIVE on its table, asks for ownership';
REVOKE ALL ON FUNCTION xconnect.detach_index(regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.add_foreign_key(relation regclass, name text, definition text, index regclass) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_add_foreign_key';
COMMENT ON FUNCTION xconnect.add_foreign_key(regclass, text, text, regclass) IS 'ALTER TABLE ADD CONSTRAINT of a foreign key that stands on this unique index, where several fit the referenced columns. name: quoted; definition: what follows it. Takes SHARE ROW EXCLUSIVE on both tables, asks for what ADD CONSTRAINT asks for';
REVOKE ALL ON FUNCTION xconnect.add_foreign_key(regclass, text, text, regclass) FROM PUBLIC;

CREATE FUNCTION xconnect.declare_operator(operator text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_declare_operator';
COMMENT ON FUNCTION xconnect.declare_operator(text) IS 'makes a shell of an operator (named as in ALTER OPERATOR), as naming a commutator that does not exist does; asks for CREATE on its schema';
REVOKE ALL ON FUNCTION xconnect.declare_operator(text) FROM PUBLIC;

CREATE FUNCTION xconnect.undefine_operator(operator text) RETURNS void
  LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'xc_undefine_operator';
COMMENT ON FUNCTION xconnect.undefine_operator(text) IS 'makes an operator (named as in ALTER OPERATOR) a shell again, which other operators keep naming; asks for ownership. Errors: XC010 when something depends on it';
REVOKE ALL ON FUNCTION xconnect.undefine_operator(text) FROM PUBLIC;

CREATE FUNCTION xconnect.link_operator(operator text, commutator text, negator text) RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xc_link_operator';
COMMENT ON FUNCTION xconnect.link_operator(text, text, text) IS 'sets an operator''s commutator and negator (all named as in ALTER OPERATOR), null for none; asks for ownership';
REVOKE ALL ON FUNCTION xconnect.link_operator(text, text, text) FROM PUBLIC;
