-- Operator classes and families.

-- step: families
CREATE SCHEMA fam;
CREATE OPERATOR FAMILY alt_fam USING hash;
CREATE OPERATOR FAMILY fam.ordered USING btree;
COMMENT ON OPERATOR FAMILY alt_fam USING hash IS 'empty';

-- step: loose members
ALTER OPERATOR FAMILY fam.ordered USING btree ADD
  OPERATOR 1 < (int4, int2), OPERATOR 2 <= (int4, int2), OPERATOR 3 = (int4, int2), OPERATOR 4 >= (int4, int2),
  OPERATOR 5 > (int4, int2), FUNCTION 1 btint42cmp(int4, int2);
ALTER OPERATOR FAMILY fam.ordered USING btree ADD
  OPERATOR 1 < (int2, int4), OPERATOR 2 <= (int2, int4), OPERATOR 3 = (int2, int4), OPERATOR 4 >= (int2, int4),
  OPERATOR 5 > (int2, int4), FUNCTION 1 btint24cmp(int2, int4);

-- step: classes in it
CREATE OPERATOR CLASS fam.int4_ordered FOR TYPE int4 USING btree FAMILY fam.ordered AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 btint4cmp(int4, int4), FUNCTION 2 btint4sortsupport(internal), FUNCTION 4 btequalimage(oid);
CREATE OPERATOR CLASS fam.int2_ordered FOR TYPE int2 USING btree FAMILY fam.ordered AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint2cmp(int2, int2);

-- step: a class of its own, with its family
CREATE FUNCTION backwards(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR CLASS backwards_ops FOR TYPE int4 USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 backwards(int, int);
CREATE OPERATOR CLASS nothing_ops FOR TYPE point USING gist AS STORAGE box;
CREATE OPERATOR CLASS nothing_hash FOR TYPE point USING hash FAMILY alt_fam AS STORAGE point;

-- step: in use
CREATE TABLE numbers (a int, b int2, PRIMARY KEY (a));
CREATE INDEX numbers_back ON numbers (a backwards_ops);
CREATE INDEX numbers_both ON numbers (b fam.int2_ordered, a fam.int4_ordered DESC);
CREATE TYPE backrange AS RANGE (SUBTYPE = int, SUBTYPE_OPCLASS = backwards_ops);
-- data
INSERT INTO numbers SELECT i, i FROM generate_series(1, 100) i;

-- step: members added and dropped
ALTER OPERATOR FAMILY fam.ordered USING btree ADD
  OPERATOR 1 < (int8, int4), OPERATOR 5 > (int8, int4), FUNCTION 1 btint84cmp(int8, int4);
ALTER OPERATOR FAMILY fam.ordered USING btree DROP
  OPERATOR 2 (int2, int4), OPERATOR 2 (int4, int2), FUNCTION 4 (int4, int4);

-- step: one dropped and added again changes its place
ALTER OPERATOR FAMILY fam.ordered USING btree DROP OPERATOR 1 (int4, int2);
ALTER OPERATOR FAMILY fam.ordered USING btree ADD OPERATOR 1 < (int4, int2);

-- step: renamed, moved, owned
ALTER OPERATOR FAMILY fam.ordered USING btree RENAME TO "Ordered";
ALTER OPERATOR CLASS fam.int4_ordered USING btree RENAME TO "Int 4";
ALTER OPERATOR CLASS fam.int2_ordered USING btree SET SCHEMA public;
ALTER OPERATOR FAMILY backwards_ops USING btree SET SCHEMA fam;
ALTER OPERATOR CLASS backwards_ops USING btree OWNER TO alice;
ALTER OPERATOR FAMILY alt_fam USING hash OWNER TO "Odd Role";
COMMENT ON OPERATOR CLASS backwards_ops USING btree IS 'from large to small';

-- step: two swap names
ALTER OPERATOR CLASS int2_ordered USING btree RENAME TO x;
ALTER OPERATOR CLASS backwards_ops USING btree RENAME TO int2_ordered;
ALTER OPERATOR CLASS x USING btree RENAME TO backwards_ops;

-- step: a family of one's own type and operators
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION pair_lt(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x < ($2).x';
CREATE FUNCTION pair_le(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x <= ($2).x';
CREATE FUNCTION pair_eq(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x = ($2).x';
CREATE FUNCTION pair_cmp(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp(($1).x, ($2).x)';
CREATE OPERATOR <! (leftarg = pair, rightarg = pair, function = pair_lt);
CREATE OPERATOR <=! (leftarg = pair, rightarg = pair, function = pair_le);
CREATE OPERATOR =! (leftarg = pair, rightarg = pair, function = pair_eq, merges);
CREATE OPERATOR CLASS pair_ops FOR TYPE pair USING btree AS
  OPERATOR 1 <!, OPERATOR 2 <=!, OPERATOR 3 =!, FUNCTION 1 pair_cmp(pair, pair);
CREATE TABLE pairs (p pair);
CREATE INDEX pairs_p ON pairs (p pair_ops);

-- step: a member of the class added afterwards
CREATE FUNCTION pair_ge(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x >= ($2).x';
CREATE OPERATOR >=! (leftarg = pair, rightarg = pair, function = pair_ge);
ALTER OPERATOR FAMILY pair_ops USING btree ADD OPERATOR 4 >=! (pair, pair);

-- step: order by a family
CREATE OPERATOR FAMILY dist USING gist;
ALTER OPERATOR FAMILY dist USING gist ADD OPERATOR 15 <-> (point, point) FOR ORDER BY float_ops;

-- step: an operator dropped below, with its index
DROP OPERATOR <!(pair, pair) CASCADE;

-- step: a class dropped, its family stays
DROP OPERATOR CLASS int2_ordered USING btree CASCADE;

-- step: a family dropped
DROP OPERATOR FAMILY fam."Ordered" USING btree CASCADE;

-- step: a partition key
CREATE OPERATOR CLASS again_ops FOR TYPE int4 USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int4), FUNCTION 2 hashint4extended(int4, int8);
CREATE TABLE parts (a int) PARTITION BY HASH (a again_ops);
CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);

-- step: the type gone
DROP TYPE pair CASCADE;
DROP SCHEMA fam CASCADE;
