-- Aggregates: plain, ordered-set, hypothetical, moving, parallel; ideas from create_aggregate.

-- step: some of each
CREATE AGGREGATE newavg (sfunc = int4_avg_accum, basetype = int4, stype = _int8, finalfunc = int8_avg, initcond1 = '{0,0}');
CREATE AGGREGATE newsum (sfunc1 = int4pl, basetype = int4, stype1 = int4, initcond1 = '0');
CREATE AGGREGATE newcnt (*) (sfunc = int8inc, stype = int8, initcond = '0', parallel = safe);
CREATE AGGREGATE newcnt ("any") (sfunc = int8inc_any, stype = int8, initcond = '0');
CREATE FUNCTION sum3(int8, int8, int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE AS 'SELECT $1 + $2 + $3';
CREATE AGGREGATE sum2(a int8, "B c" int8) (sfunc = sum3, stype = int8, initcond = '0');
CREATE AGGREGATE my_percentile(float8 ORDER BY anyelement) (
  stype = internal, sfunc = ordered_set_transition, finalfunc = percentile_disc_final, finalfunc_extra = true, finalfunc_modify = read_write);
CREATE AGGREGATE my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (
  stype = internal, sfunc = ordered_set_transition_multi, finalfunc = rank_final, finalfunc_extra = true, hypothetical);
CREATE AGGREGATE sumdouble (float8) (
  stype = float8, sfunc = float8pl, mstype = float8, msfunc = float8pl, minvfunc = float8mi);
CREATE AGGREGATE myavg (numeric) (
  stype = internal, sfunc = numeric_avg_accum, finalfunc = numeric_avg, serialfunc = numeric_avg_serialize,
  deserialfunc = numeric_avg_deserialize, combinefunc = numeric_avg_combine, finalfunc_modify = shareable, sspace = 128);
CREATE AGGREGATE smallest (int4) (sfunc = int4smaller, stype = int4, sortop = <);

-- step: replaced in place
CREATE OR REPLACE AGGREGATE newsum (int4) (sfunc = int4pl, stype = int4, initcond = '7', parallel = restricted);
CREATE OR REPLACE AGGREGATE newcnt (*) (sfunc = int8inc, stype = int8, initcond = '1', msfunc = int8inc, minvfunc = int8dec, mstype = int8, minitcond = '2', msspace = 64);

-- step: a view uses one, another changes under it
CREATE VIEW totals AS SELECT newsum(x), newavg(x) FROM generate_series(1, 3) x;
CREATE OR REPLACE AGGREGATE newsum (int4) (sfunc = int4pl, stype = int4);

-- step: owners, grants, comments
ALTER AGGREGATE newsum(int4) OWNER TO alice;
GRANT EXECUTE ON FUNCTION newavg(int4) TO bob WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION newavg(int4) FROM PUBLIC;
COMMENT ON AGGREGATE newcnt(*) IS 'counts ''em';
COMMENT ON AGGREGATE my_percentile(float8 ORDER BY anyelement) IS 'ordered';
GRANT EXECUTE ON ROUTINE my_rank("any") TO "Odd Role";

-- step: depends on an extension
ALTER FUNCTION newavg(int4) DEPENDS ON EXTENSION plpgsql;

-- step: renamed and moved
CREATE SCHEMA sums;
ALTER AGGREGATE newsum(int4) RENAME TO total;
ALTER AGGREGATE newcnt(*) RENAME TO "New Count";
ALTER AGGREGATE my_percentile(float8 ORDER BY anyelement) SET SCHEMA sums;
ALTER AGGREGATE sum2(a int8, "B c" int8) SET SCHEMA sums;

-- step: two swap names
ALTER AGGREGATE smallest(int4) RENAME TO x;
ALTER AGGREGATE newavg(int4) RENAME TO smallest;
ALTER AGGREGATE x(int4) RENAME TO newavg;

-- step: the function below one changes
DROP FUNCTION sum3(int8, int8, int8) CASCADE;
CREATE FUNCTION sum3(x int8, y int8, z int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2 * $3';
CREATE AGGREGATE sums.sum2(int8, int8) (sfunc = sum3, stype = int8, initcond = '1');

-- step: that one renamed
ALTER FUNCTION sum3(int8, int8, int8) RENAME TO "Sum 3";

-- step: dropped, with a view
DROP AGGREGATE total(int4) CASCADE;

-- step: a whole schema gone
DROP SCHEMA sums CASCADE;
