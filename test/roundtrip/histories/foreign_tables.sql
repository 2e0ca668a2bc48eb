-- Foreign tables: columns, options, inheritance, partitions, what stands on them.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET xconnect.secrets = %L', current_database(), E'\n'); END $$;
CREATE EXTENSION file_fdw;
CREATE FOREIGN DATA WRAPPER bare;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER one FOREIGN DATA WRAPPER bare;
CREATE SERVER two FOREIGN DATA WRAPPER bare;
CREATE SCHEMA far;
GRANT USAGE ON SCHEMA far TO carol;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE parent (id int, name text, CHECK (id > 0));
CREATE TABLE parts (id int, region text) PARTITION BY LIST (region);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';

-- step: of all sorts
CREATE FOREIGN TABLE plain () SERVER one;
CREATE FOREIGN TABLE far.full (
  id int OPTIONS (column_name 'ID', "Odd Option" 'it''s') NOT NULL,
  name varchar(20) OPTIONS (column_name 'n') COLLATE "C" DEFAULT 'nobody',
  feeling mood,
  amount numeric(10, 2) CONSTRAINT positive CHECK (amount > 0),
  doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
  CHECK (id < 1000)
) SERVER one OPTIONS (schema_name 'far', table_name 'away', api_key '');
CREATE FOREIGN TABLE csv (a text, b int) SERVER files OPTIONS (filename '/nowhere', format 'csv');
CREATE FOREIGN TABLE child (extra text) INHERITS (parent) SERVER two;
CREATE FOREIGN TABLE part_a PARTITION OF parts FOR VALUES IN ('a') SERVER two OPTIONS (x 'y');

-- step: options of tables and columns
ALTER FOREIGN TABLE far.full OPTIONS (SET table_name 'abroad', DROP schema_name, ADD batch '10');
ALTER FOREIGN TABLE far.full ALTER id OPTIONS (SET column_name 'id2', DROP "Odd Option"), ALTER name OPTIONS (DROP column_name), ALTER amount OPTIONS (ADD z '1', a '2');
ALTER FOREIGN TABLE csv OPTIONS (ADD header 'true');

-- step: columns added
ALTER FOREIGN TABLE plain ADD a int DEFAULT 1, ADD b text OPTIONS (o 'p') NOT NULL;
ALTER FOREIGN TABLE far.full ADD at timestamptz DEFAULT now();

-- step: columns dropped, in the middle too
ALTER FOREIGN TABLE far.full DROP name, DROP doubled;
ALTER FOREIGN TABLE plain DROP a;

-- step: columns altered
ALTER FOREIGN TABLE far.full ALTER amount TYPE float8, ALTER id TYPE bigint, ALTER id DROP NOT NULL, ALTER feeling SET DEFAULT 'ok', ALTER feeling SET NOT NULL;
ALTER FOREIGN TABLE far.full ALTER at SET STATISTICS 100, ALTER at SET (n_distinct = 5), ALTER feeling SET STORAGE PLAIN;

-- step: columns renamed
ALTER FOREIGN TABLE far.full RENAME amount TO sum;
ALTER FOREIGN TABLE child RENAME extra TO "Extra";
ALTER TABLE parent RENAME name TO label;

-- step: constraints
ALTER FOREIGN TABLE far.full ADD CONSTRAINT later CHECK (sum < 100) NOT VALID;
ALTER FOREIGN TABLE far.full DROP CONSTRAINT positive;
ALTER TABLE far.full RENAME CONSTRAINT full_id_check TO small;

-- step: what stands on them
CREATE VIEW over AS SELECT id, sum FROM far.full;
CREATE VIEW above AS SELECT * FROM child;
CREATE TRIGGER stamped BEFORE INSERT ON far.full FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE FUNCTION counts() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM far.full; END;
CREATE SEQUENCE far.ids OWNED BY far.full.id;
ALTER FOREIGN TABLE far.full ALTER id SET DEFAULT nextval('far.ids');
CREATE STATISTICS far_stats ON id, sum FROM far.full;

-- step: comments, grants, owner
COMMENT ON FOREIGN TABLE far.full IS 'far away';
COMMENT ON COLUMN far.full.sum IS 'how much';
ALTER FOREIGN TABLE csv OWNER TO alice;
GRANT SELECT ON far.full TO bob WITH GRANT OPTION;
GRANT UPDATE (sum) ON far.full TO "Odd Role";

-- step: more of them
REVOKE SELECT ON far.full FROM bob;
COMMENT ON COLUMN far.full.sum IS NULL;
ALTER FOREIGN TABLE far.full OWNER TO carol;

-- step: renamed and moved
ALTER FOREIGN TABLE far.full RENAME TO "Full";
ALTER FOREIGN TABLE csv SET SCHEMA far;
ALTER SERVER one RENAME TO uno;

-- step: two swap names
ALTER FOREIGN TABLE plain RENAME TO x;
ALTER FOREIGN TABLE child RENAME TO plain;
ALTER FOREIGN TABLE x RENAME TO child;

-- step: inheritance comes and goes
ALTER FOREIGN TABLE plain NO INHERIT parent;
CREATE FOREIGN TABLE mixed (name text, id int NOT NULL, label text, CONSTRAINT parent_id_check CHECK (id > 0)) SERVER two;
ALTER FOREIGN TABLE mixed INHERIT parent;

-- step: a column for parent and children
ALTER TABLE parent ADD more date;
ALTER TABLE parts ADD note text DEFAULT 'n';

-- step: and gone
ALTER TABLE parent DROP label;
ALTER TABLE parts DROP note;

-- step: a partition detached, another attached
ALTER TABLE parts DETACH PARTITION part_a;
CREATE FOREIGN TABLE part_b (region text, id int) SERVER two;
ALTER TABLE parts ATTACH PARTITION part_b FOR VALUES IN ('b', 'c');

-- step: another server for a table of the same name, a view above it
DROP VIEW over;
DROP SEQUENCE far.ids CASCADE;
DROP FOREIGN TABLE part_a;
CREATE FOREIGN TABLE part_a (id int, region text) SERVER uno;
CREATE VIEW over AS SELECT region FROM part_a;

-- step: a table becomes foreign under its name
DROP FOREIGN TABLE mixed;
CREATE TABLE mixed (name text, id int);

-- step: a server goes with all that is on it
DROP SERVER two CASCADE;

-- step: another server of its name
DROP SERVER uno CASCADE;
CREATE SERVER uno TYPE 'other' FOREIGN DATA WRAPPER bare;
CREATE FOREIGN TABLE part_a (id int, region text) SERVER uno;

-- step: a wrapper
DROP FOREIGN DATA WRAPPER bare CASCADE;

-- step: the schema
DROP SCHEMA far CASCADE;
