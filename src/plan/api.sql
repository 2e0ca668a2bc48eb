CREATE FUNCTION xc_plan_rollback(change text, cascade boolean DEFAULT false)
  RETURNS TABLE (ordinal integer, statement text, object text, lock text, rewrites boolean, data_effect text, why text)
  LANGUAGE C ROWS 20 AS 'MODULE_PATHNAME', 'xc_plan_rollback';
COMMENT ON FUNCTION xc_plan_rollback(text, boolean) IS 'the steps that xc_rollback() would run, in their order; changes nothing. change: a chg- or rbk- id; cascade: take later changes along that depend on it. lock: the strongest lock a step takes on its object, null for none; rewrites: the table''s storage is written anew; data_effect: rows and values that are lost, converted, brought back or read, as counted now, null for none. Renames run and are undone while planning, so it waits for locks on what is renamed. Errors as xc_rollback(), apart from the loss of data, which it shows';
REVOKE ALL ON FUNCTION xc_plan_rollback(text, boolean) FROM PUBLIC;

CREATE FUNCTION xc_plan_checkout(rev text)
  RETURNS TABLE (ordinal integer, statement text, object text, lock text, rewrites boolean, data_effect text, why text)
  LANGUAGE C ROWS 20 AS 'MODULE_PATHNAME', 'xc_plan_checkout';
COMMENT ON FUNCTION xc_plan_checkout(text) IS 'the steps that xc_checkout() would run, in their order; changes nothing. rev: what xc_checkout() takes; columns as in xc_plan_rollback(). No rows when the schema is there already';
REVOKE ALL ON FUNCTION xc_plan_checkout(text) FROM PUBLIC;
