-- Operators with their shells and links, operator classes and families; ideas from create_operator, alter_generic,
-- alter_operator, opclasscmds.

-- step: operators, prefix and infix
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION differ(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> $2';
CREATE OPERATOR ## (leftarg = path, rightarg = path, function = path_inter, commutator = ##);
CREATE OPERATOR @#@ (rightarg = int8, procedure = factorial);
CREATE OPERATOR #%# (rightarg = int8, procedure = factorial);
CREATE OPERATOR === (leftarg = int, rightarg = int, function = same, commutator = ===, negator = !==,
  restrict = eqsel, join = eqjoinsel, hashes, merges);
COMMENT ON OPERATOR ##(path, path) IS 'intersects';
COMMENT ON OPERATOR @#@(NONE, int8) IS 'factorial, before';

-- step: the shell is filled
CREATE OPERATOR !== (leftarg = int, rightarg = int, function = differ, negator = ===, commutator = !==, restrict = neqsel, join = neqjoinsel);

-- step: a pair at once
CREATE FUNCTION lesser(int, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < length($2)';
CREATE FUNCTION greater(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > $2';
CREATE SCHEMA ops;
CREATE OPERATOR ops.<<< (leftarg = int, rightarg = text, function = lesser, commutator = OPERATOR(ops.>>>));
CREATE OPERATOR ops.>>> (leftarg = text, rightarg = int, function = greater, commutator = OPERATOR(ops.<<<));

-- step: estimators
ALTER OPERATOR ===(int, int) SET (restrict = NONE, join = NONE);
ALTER OPERATOR !==(int, int) SET (restrict = neqsel, join = NONE);

-- step: what uses them
CREATE TABLE t (id int PRIMARY KEY, b text, CHECK (id OPERATOR(ops.<<<) b));
CREATE VIEW used AS SELECT id === 1 AS x, @#@ 5::int8 AS f FROM t WHERE b OPERATOR(ops.>>>) id;
CREATE FUNCTION uses_too(int) RETURNS boolean IMMUTABLE BEGIN ATOMIC SELECT $1 !== 1; END;
-- data
INSERT INTO t VALUES (1, 'abc');

-- step: moved, owned, renamed below
ALTER OPERATOR ===(int, int) SET SCHEMA ops;
ALTER OPERATOR !==(int, int) OWNER TO alice;
ALTER FUNCTION same(int, int) RENAME TO "the same";
ALTER SCHEMA ops RENAME TO "Ops";
COMMENT ON OPERATOR ##(path, path) IS NULL;

-- step: one of a pair dropped
DROP VIEW used;
ALTER TABLE t DROP CONSTRAINT t_check;
DROP OPERATOR "Ops".<<<(int, text);

-- step: and made again, linked to the other
CREATE OPERATOR "Ops".<<< (leftarg = int, rightarg = text, function = lesser, commutator = OPERATOR("Ops".>>>));

-- step: a shell that nobody fills, left alone
CREATE FUNCTION bools(boolean, boolean) RETURNS boolean LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR "Ops".<<>> (leftarg = boolean, rightarg = boolean, function = bools, commutator = OPERATOR("Ops".>><<));
DROP OPERATOR "Ops".<<>>(boolean, boolean);

-- step: and two that name each other and it
CREATE OPERATOR "Ops".<<@ (leftarg = boolean, rightarg = boolean, function = bools, commutator = OPERATOR("Ops".@>>));
CREATE OPERATOR "Ops".<<! (leftarg = boolean, rightarg = boolean, function = bools, negator = OPERATOR("Ops".<<@));

-- step: a shell dropped
DROP OPERATOR "Ops".@>>(boolean, boolean);

-- step: another function
DROP FUNCTION uses_too(int);
DROP OPERATOR !==(int, int);
CREATE FUNCTION differ2(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> $2';
CREATE OPERATOR !== (leftarg = int, rightarg = int, function = differ2, negator = OPERATOR("Ops".===), commutator = !==);

-- step: gone with the function and the schema
DROP FUNCTION differ2(int, int) CASCADE;
DROP SCHEMA "Ops" CASCADE;
