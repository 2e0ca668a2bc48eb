-- Publications with tables, columns, row filters, schemas; subscriptions without a publisher.
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE t (id int PRIMARY KEY, name text, amount numeric, "Odd" text);
CREATE TABLE one.a (id int PRIMARY KEY, v text);
CREATE TABLE one.b (id int PRIMARY KEY, v text);
CREATE TABLE two.c (id int PRIMARY KEY, v varchar(10));
CREATE TABLE parted (id int, v text) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE base (x int);
CREATE TABLE derived (y int) INHERITS (base);
INSERT INTO t VALUES (1, 'a', 2, 'o');
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET xconnect.secrets = %L', current_database(), 'host=localhost password=hunter2'); END $$;

-- step: publications of all sorts
-- keeps rows
CREATE PUBLICATION nothing;
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION "Some" FOR TABLE t, one.a WITH (publish_via_partition_root = true);
CREATE PUBLICATION filtered FOR TABLE t (id, name, "Odd") WHERE (id > 10 AND name IN ('a', 'b')), two.c WHERE (v = 'x' OR v IS NULL);
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA one, two;
CREATE PUBLICATION mixed FOR TABLE t, TABLES IN SCHEMA two WITH (publish = '');

-- step: members come and go
-- keeps rows
ALTER PUBLICATION nothing ADD TABLE t, parted, base;
ALTER PUBLICATION "Some" DROP TABLE t;
ALTER PUBLICATION schemas DROP TABLES IN SCHEMA one;
ALTER PUBLICATION mixed ADD TABLES IN SCHEMA one;

-- step: set
-- keeps rows
ALTER PUBLICATION filtered SET TABLE t (id) WHERE (id > 20);
ALTER PUBLICATION nothing SET (publish = 'update', publish_via_partition_root);
ALTER PUBLICATION schemas SET TABLES IN SCHEMA one;

-- step: set to something else altogether
-- keeps rows
ALTER PUBLICATION schemas SET TABLE one.a (v, id), one.b WHERE (v IS NOT NULL);
ALTER PUBLICATION "Some" SET TABLES IN SCHEMA two;

-- step: columns and tables renamed, moved
-- keeps rows
ALTER TABLE t RENAME COLUMN id TO key;
ALTER TABLE one.a RENAME TO aa;
ALTER TABLE one.b SET SCHEMA two;
ALTER SCHEMA one RENAME TO uno;

-- step: owners, comments, names
-- keeps rows
ALTER PUBLICATION nothing OWNER TO alice;
ALTER PUBLICATION everything OWNER TO chief;
COMMENT ON PUBLICATION "Some" IS 'some of them';
ALTER PUBLICATION "Some" RENAME TO other;
ALTER PUBLICATION filtered RENAME TO "Some";

-- step: one that has schemas loses them and goes to one who may not have had it
-- keeps rows
ALTER PUBLICATION mixed SET TABLE t;
ALTER PUBLICATION mixed OWNER TO bob;

-- step: the type of a column in a list changes, of one in a filter after it is out
-- keeps rows
ALTER TABLE t ALTER amount TYPE numeric(10, 2);
ALTER PUBLICATION "Some" DROP TABLE t;
ALTER TABLE t ALTER key TYPE bigint;
ALTER PUBLICATION "Some" ADD TABLE t (key, name) WHERE (key > 30);

-- step: a column in a list is dropped with its entry
ALTER TABLE uno.aa DROP COLUMN v CASCADE;

-- step: a published table is dropped
DROP TABLE t;

-- step: a published schema is dropped
DROP SCHEMA two CASCADE;

-- step: all tables becomes some
DROP PUBLICATION everything;
CREATE PUBLICATION everything FOR TABLE uno.aa;

-- step: subscriptions
CREATE SUBSCRIPTION plain CONNECTION 'host=localhost dbname=nowhere' PUBLICATION p WITH (connect = false);
CREATE SUBSCRIPTION "Full" CONNECTION 'host=localhost port=1' PUBLICATION p, "Q q" WITH (connect = false, slot_name = NONE, binary, streaming, synchronous_commit = 'local', disable_on_error);
CREATE SUBSCRIPTION two_phase CONNECTION 'port=1' PUBLICATION p WITH (connect = false, slot_name = 'other_slot', two_phase);
CREATE SUBSCRIPTION hidden CONNECTION 'host=localhost password=hunter2' PUBLICATION p WITH (connect = false, slot_name = NONE);

-- step: altered
ALTER SUBSCRIPTION plain CONNECTION 'host=localhost dbname=elsewhere';
ALTER SUBSCRIPTION plain SET PUBLICATION q, p WITH (refresh = false);
ALTER SUBSCRIPTION "Full" SET (slot_name = 'a_slot', binary = off, streaming = off);
ALTER SUBSCRIPTION "Full" SET (synchronous_commit = off, disable_on_error = false);
ALTER SUBSCRIPTION two_phase SET (slot_name = NONE);

-- step: subscriptions renamed, owned, commented
ALTER SUBSCRIPTION plain RENAME TO "Plain";
ALTER SUBSCRIPTION two_phase OWNER TO chief;
ALTER SUBSCRIPTION hidden RENAME TO hiding;
COMMENT ON SUBSCRIPTION hiding IS 'its connection is a secret';

-- step: enabled, which is no change of the schema
ALTER SUBSCRIPTION "Full" ENABLE;
ALTER SUBSCRIPTION "Full" DISABLE;
COMMENT ON SUBSCRIPTION "Full" IS 'it was enabled';

-- step: dropped
ALTER SUBSCRIPTION "Plain" SET (slot_name = NONE);
DROP SUBSCRIPTION "Plain";
DROP SUBSCRIPTION two_phase;

-- step: publications dropped
DROP PUBLICATION mixed, nothing, everything;
ALTER SUBSCRIPTION "Full" SET (slot_name = NONE);
DROP SUBSCRIPTION "Full";
DROP SUBSCRIPTION hiding;
