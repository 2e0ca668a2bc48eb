-- Constraints of every kind.
CREATE EXTENSION btree_gist;
CREATE TABLE a (id int, b_id int, v int, w text, during tsrange, room int);
CREATE TABLE b (id int, a_id int, x text);
INSERT INTO a SELECT i, NULL, i, 'w' || i, tsrange('2026-01-01'::timestamp + i * interval '1 day', '2026-01-02'::timestamp + i * interval '1 day'), i % 3 FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i, 'x' FROM generate_series(1, 20) i;

-- step: primary keys
-- keeps rows
ALTER TABLE a ADD PRIMARY KEY (id);
ALTER TABLE b ADD CONSTRAINT "B key" PRIMARY KEY (id) INCLUDE (x) WITH (fillfactor = 90);

-- step: checks, one not valid, one not inherited
-- keeps rows
ALTER TABLE a ADD CONSTRAINT v_small CHECK (v < 1000), ADD CONSTRAINT w_len CHECK (length(w) < 3) NOT VALID,
  ADD CONSTRAINT own CHECK (v IS DISTINCT FROM 77) NO INHERIT;

-- step: a check with an IN list over varchar, and one over several columns
-- keeps rows
ALTER TABLE b ALTER x TYPE varchar(10), ADD CONSTRAINT x_known CHECK (x IN ('x', 'y', 'z'));
ALTER TABLE b ADD CHECK (a_id > 0 AND id > 0 OR x IS NULL);

-- step: a foreign key, not valid
-- keeps rows
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a (id) NOT VALID;

-- step: validated
-- keeps rows
ALTER TABLE b VALIDATE CONSTRAINT b_a;

-- step: a foreign key back: a cycle
-- keeps rows
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;

-- step: deferrability changed
-- keeps rows
ALTER TABLE a ALTER CONSTRAINT a_b_id_fkey NOT DEFERRABLE;
ALTER TABLE b ALTER CONSTRAINT b_a DEFERRABLE INITIALLY IMMEDIATE;

-- step: unique: deferrable, nulls not distinct, several columns
-- keeps rows
ALTER TABLE a ADD CONSTRAINT v_once UNIQUE (v) DEFERRABLE INITIALLY DEFERRED, ADD UNIQUE NULLS NOT DISTINCT (w, v);

-- step: exclusion
-- keeps rows
ALTER TABLE a ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0) DEFERRABLE;

-- step: constraints renamed
-- keeps rows
ALTER TABLE a RENAME CONSTRAINT v_small TO v_limit;
ALTER TABLE b RENAME CONSTRAINT b_a TO b_to_a;
ALTER TABLE a RENAME CONSTRAINT a_pkey TO a_key;

-- step: comments on them
-- keeps rows
COMMENT ON CONSTRAINT v_limit ON a IS 'small numbers';
COMMENT ON CONSTRAINT b_to_a ON b IS 'goes there';
COMMENT ON INDEX a_key IS 'the index of the key';

-- step: a check changed: dropped and added with the same name
-- keeps rows
ALTER TABLE a DROP CONSTRAINT v_limit, ADD CONSTRAINT v_limit CHECK (v < 2000);

-- step: a primary key moved to other columns, the foreign key goes with it
-- keeps rows
ALTER TABLE a DROP CONSTRAINT a_key CASCADE;
ALTER TABLE a ADD CONSTRAINT a_key PRIMARY KEY (v, id);

-- step: from an index
-- keeps rows
CREATE UNIQUE INDEX a_v_once ON a (v, id);
ALTER TABLE a ADD CONSTRAINT a_v_once UNIQUE USING INDEX a_v_once;
CREATE UNIQUE INDEX a_id_once ON a (id);

-- step: from an index of another transaction, under its name
-- keeps rows
ALTER TABLE a ADD UNIQUE USING INDEX a_id_once;

-- step: referred to
-- keeps rows
ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a (id) MATCH FULL ON DELETE RESTRICT;

-- step: a foreign key to itself, one with SET DEFAULT, one that sets some columns only
CREATE TABLE tree (id int PRIMARY KEY, parent int DEFAULT 0 REFERENCES tree ON DELETE SET DEFAULT, tenant int, other int, UNIQUE (tenant, id),
  FOREIGN KEY (tenant, other) REFERENCES tree (tenant, id) ON DELETE SET NULL (other));

-- step: three tables in a ring, dropped together later
CREATE TABLE r1 (id int PRIMARY KEY, n int);
CREATE TABLE r2 (id int PRIMARY KEY, n int REFERENCES r1);
CREATE TABLE r3 (id int PRIMARY KEY, n int REFERENCES r2);
ALTER TABLE r1 ADD FOREIGN KEY (n) REFERENCES r3;

-- step: the ring dropped
DROP TABLE r1, r2, r3;

-- step: a constraint trigger
CREATE FUNCTION check_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER checked AFTER INSERT OR UPDATE OF v ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.v > 3) EXECUTE FUNCTION check_it();

-- step: inherited checks
CREATE TABLE a_child () INHERITS (a);
ALTER TABLE a ADD CONSTRAINT everywhere CHECK (room >= 0);

-- step: a table that has its parent's checks as its own, too
CREATE TABLE a_twin (LIKE a INCLUDING CONSTRAINTS, own_too int);
ALTER TABLE a_twin DROP CONSTRAINT own;
ALTER TABLE a_twin INHERIT a;

-- step: a parent's check that comes to a child with one of its own
ALTER TABLE a_twin ADD CONSTRAINT v_positive CHECK (v > 0);
ALTER TABLE a ADD CONSTRAINT v_positive CHECK (v > 0);

-- step: the parent's goes, the child's stays
ALTER TABLE a DROP CONSTRAINT v_positive;

-- step: it leaves its parent with all of them
ALTER TABLE a_twin NO INHERIT a;

-- step: domain constraints
CREATE DOMAIN even AS int DEFAULT 2 CONSTRAINT is_even CHECK (VALUE % 2 = 0) NOT NULL;
CREATE TYPE with_even AS (e even, t text);
CREATE TABLE uses_even (e even, es even[], c with_even);
-- data
INSERT INTO uses_even VALUES (2, '{4,6}', '(8,x)');

-- step: domain constraints changed
ALTER DOMAIN even ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
ALTER DOMAIN even DROP NOT NULL;
ALTER DOMAIN even RENAME CONSTRAINT is_even TO evenness;
COMMENT ON CONSTRAINT evenness ON DOMAIN even IS 'no odd numbers';

-- step: a check that calls a function of ours
-- keeps rows
CREATE FUNCTION fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 1000000';
ALTER TABLE b ADD CONSTRAINT is_fine CHECK (fine(id));

-- step: all constraints of a table dropped
-- keeps rows
ALTER TABLE b DROP CONSTRAINT is_fine, DROP CONSTRAINT x_known, DROP CONSTRAINT b_a_id_fkey;

-- step: a table that has its parent's check as its own, and a child of it
CREATE TABLE like_parent (c interval, CONSTRAINT is_given CHECK (c IS NOT NULL));

-- step: which come and go together
CREATE TABLE like_child (LIKE like_parent INCLUDING CONSTRAINTS);
ALTER TABLE like_child INHERIT like_parent;
CREATE TABLE like_grandchild (n integer) INHERITS (like_child);

-- step: a key of a typed table
CREATE TYPE of_this AS (id integer, name text);
CREATE TABLE of_type OF of_this (UNIQUE (id));

-- step: whose name changes, with a statement for indexes alone
ALTER INDEX of_type_id_key RENAME TO ids;
