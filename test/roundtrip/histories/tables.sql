-- Tables as a whole: their options, persistence, owners, parents; made, changed, dropped, made again in another shape.
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO "Odd Role";  -- checks are validated as the table's owner
CREATE TABLE shop.orders (id bigint PRIMARY KEY, placed timestamptz NOT NULL DEFAULT now(), note text);
INSERT INTO shop.orders SELECT i, '2026-01-01', 'note ' || i FROM generate_series(1, 50) i;

-- step: a table of everything a column can have
-- keeps rows
CREATE TABLE shop.parts (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5 CACHE 10),
  code varchar(20) COLLATE "C" NOT NULL,
  "Odd Name" numeric(12,3) DEFAULT 1.5,
  doubled numeric GENERATED ALWAYS AS ("Odd Name" * 2) STORED,
  tags text[] DEFAULT '{}'::text[] NOT NULL,
  payload jsonb,
  flags bit varying(8) DEFAULT B'1010',
  lasts interval day to second(3),
  made timestamp(0) with time zone DEFAULT CURRENT_TIMESTAMP,
  "select" boolean,
  CONSTRAINT parts_pk PRIMARY KEY (id),
  CONSTRAINT parts_code_len CHECK (length(code) > 2)
);
ALTER TABLE shop.parts ALTER payload SET STORAGE EXTERNAL, ALTER tags SET COMPRESSION pglz, ALTER code SET STATISTICS 500,
  ALTER "Odd Name" SET (n_distinct = -0.5, n_distinct_inherited = 100);
COMMENT ON TABLE shop.parts IS E'it''s a table\nof two lines';
COMMENT ON COLUMN shop.parts."Odd Name" IS 'odd "quoted" name';

-- step: its storage parameters
-- keeps rows
ALTER TABLE shop.parts SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_vacuum_threshold = 77);

-- step: other parameters, one of them reset
-- keeps rows
ALTER TABLE shop.parts SET (fillfactor = 80, parallel_workers = 3), RESET (autovacuum_enabled);

-- step: storage, compression, statistics and options of columns changed
-- keeps rows
ALTER TABLE shop.parts ALTER payload SET STORAGE MAIN, ALTER tags SET COMPRESSION default, ALTER code SET STATISTICS -1,
  ALTER "Odd Name" RESET (n_distinct), ALTER "Odd Name" SET (n_distinct_inherited = 7);

-- step: unlogged
-- keeps rows
ALTER TABLE shop.orders SET UNLOGGED;

-- step: logged again, and another one unlogged from its birth
-- keeps rows
ALTER TABLE shop.orders SET LOGGED;
CREATE UNLOGGED TABLE shop.cache (key text PRIMARY KEY, value bytea);

-- step: replica identity full, and by index
-- keeps rows
ALTER TABLE shop.orders REPLICA IDENTITY FULL;
CREATE UNIQUE INDEX parts_code ON shop.parts (code);
ALTER TABLE shop.parts REPLICA IDENTITY USING INDEX parts_code;

-- step: the index of a replica identity dropped, which is none then
-- keeps rows
CREATE TABLE shop.unnamed (id integer PRIMARY KEY, code text NOT NULL UNIQUE);
ALTER TABLE shop.unnamed REPLICA IDENTITY USING INDEX unnamed_code_key;
ALTER TABLE shop.unnamed DROP CONSTRAINT unnamed_code_key;

-- step: and default again
-- keeps rows
ALTER TABLE shop.unnamed REPLICA IDENTITY DEFAULT;

-- step: replica identity nothing, default; clustered on an index
-- keeps rows
ALTER TABLE shop.orders REPLICA IDENTITY NOTHING;
ALTER TABLE shop.parts REPLICA IDENTITY DEFAULT;
ALTER TABLE shop.parts CLUSTER ON parts_code;

-- step: not clustered any more
-- keeps rows
ALTER TABLE shop.parts SET WITHOUT CLUSTER;

-- step: row security enabled, forced
-- keeps rows
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.parts FORCE ROW LEVEL SECURITY;

-- step: row security disabled on one
-- keeps rows
ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY;

-- step: another owner
-- keeps rows
ALTER TABLE shop.orders OWNER TO alice;
ALTER TABLE shop.parts OWNER TO "Odd Role";

-- step: a table renamed
-- keeps rows
ALTER TABLE shop.orders RENAME TO purchases;

-- step: a table dropped and made again in another shape
DROP TABLE shop.cache;
CREATE TABLE shop.cache (value jsonb NOT NULL, key uuid, hits int DEFAULT 0, PRIMARY KEY (key, hits));

-- step: inheritance: a parent, two children, one of them with columns of its own
CREATE TABLE shop.base (id int NOT NULL, made date DEFAULT '2000-01-01', CHECK (id > 0));
CREATE TABLE shop.child_a (extra text) INHERITS (shop.base);
CREATE TABLE shop.child_b (id int, made date DEFAULT '2010-10-10', size numeric) INHERITS (shop.base);
-- data
INSERT INTO shop.child_a VALUES (1, '2001-01-01', 'a');
INSERT INTO shop.child_b VALUES (2, '2002-02-02', 3.5);

-- step: the parent gets a column, the children inherit it
ALTER TABLE shop.base ADD COLUMN later int DEFAULT 7;

-- step: a child leaves
-- keeps rows
ALTER TABLE shop.child_b NO INHERIT shop.base;

-- step: and comes back, and another table joins
-- keeps rows
CREATE TABLE shop.outsider (id int NOT NULL, made date, extra point, later int, CONSTRAINT base_id_check CHECK (id > 0));
ALTER TABLE shop.outsider INHERIT shop.base;
ALTER TABLE shop.child_b INHERIT shop.base;

-- step: two parents
CREATE TABLE shop.second (made date, note text);
CREATE TABLE shop.both (own int) INHERITS (shop.base, shop.second);

-- step: a child's default of its own, a child's not null of its own
-- keeps rows
ALTER TABLE shop.child_a ALTER made SET DEFAULT '1999-09-09', ALTER extra SET NOT NULL;
ALTER TABLE shop.child_b ALTER made DROP DEFAULT, ALTER later SET NOT NULL;

-- step: a column dropped from the parent alone
ALTER TABLE ONLY shop.base DROP COLUMN later;

-- step: a column renamed through the whole family
-- keeps rows
ALTER TABLE shop.base RENAME COLUMN id TO number;

-- step: a typed table, with defaults and keys of its own
CREATE TYPE shop.item AS (code text, price numeric);
CREATE TABLE shop.items OF shop.item (code PRIMARY KEY, price WITH OPTIONS DEFAULT 10 NOT NULL);

-- step: its type grows an attribute, the table with it
ALTER TYPE shop.item ADD ATTRIBUTE stock int CASCADE;

-- step: a table stops being typed, another becomes it
-- keeps rows
ALTER TABLE shop.items NOT OF;
CREATE TABLE shop.plain_items (code text, price numeric, stock int);
ALTER TABLE shop.plain_items OF shop.item;

-- step: a table from a query, and a table like another
CREATE TABLE shop.copy AS SELECT * FROM shop.purchases;
CREATE TABLE shop.likeness (LIKE shop.parts INCLUDING ALL);

-- step: a table with no columns
CREATE TABLE shop.nothing ();

-- step: made and dropped in one transaction, and temporary ones
CREATE TABLE shop.gone (x int);
DROP TABLE shop.gone;
CREATE TEMP TABLE shortlived (y int);
ALTER TABLE shortlived ADD z text;
COMMENT ON TABLE shop.nothing IS 'no columns at all';

-- step: a TOAST table with options
CREATE TABLE long_once (a varbit(10), b text, id int) WITH (toast.autovacuum_enabled = false);

-- step: that no column needs any more
ALTER TABLE long_once DROP b;

-- step: the table made again
DROP TABLE long_once;
CREATE TABLE long_once (id int) WITH (toast.autovacuum_enabled = false);
