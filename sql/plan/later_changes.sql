-- What a rollback takes along, or names: later changes without which the schema could not be as it was.
CREATE SCHEMA later;
SET search_path = later, public;
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/plan/undo_change.psql
-- The newest change of an object, as xc_log() sums it up.
CREATE FUNCTION undo(wanted text, cascade boolean DEFAULT false) RETURNS text LANGUAGE sql
  RETURN undo_change((SELECT change_id FROM xc_log() WHERE summary LIKE wanted ORDER BY change_id DESC LIMIT 1), cascade);

-- A name that an object of another kind has now.
CREATE MATERIALIZED VIEW shared AS SELECT 1 AS one;
DROP MATERIALIZED VIEW shared;
CREATE TABLE shared (a integer);
SELECT undo('DROP materialized view later.shared%');
SELECT undo('DROP materialized view later.shared%', cascade => true);
SELECT relkind FROM pg_class WHERE relname = 'shared';

CREATE TYPE mood AS ENUM ('fine');
DROP TYPE mood;
CREATE DOMAIN mood AS integer;
SELECT undo('DROP enum later.mood%');
SELECT undo('DROP enum later.mood%', cascade => true);
SELECT typtype FROM pg_type WHERE typname = 'mood';

CREATE FUNCTION act(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
DROP FUNCTION act(integer);
CREATE PROCEDURE act(integer) LANGUAGE sql AS 'SELECT 1';
SELECT undo('DROP function later.act%');
SELECT undo('DROP function later.act%', cascade => true);
SELECT prokind FROM pg_proc WHERE proname = 'act';

-- What a dropped view reads has another name since.
CREATE TABLE base (a integer);
CREATE VIEW above AS SELECT a FROM base;
DROP VIEW above;
ALTER TABLE base RENAME TO below;
SELECT undo('DROP view later.above%');
SELECT undo('DROP view later.above%', cascade => true);
SELECT replace(pg_get_viewdef('above'), 'base.', '') AS above;

-- What was built on the change and dropped together with it by a checkout does not come back without it.
CREATE TABLE ground (a integer);
SELECT xc_head() AS start \gset
CREATE VIEW first AS SELECT a FROM ground;
CREATE VIEW second AS SELECT a FROM first;
SELECT xc_checkout(:'start') IS NOT NULL AS done;
SELECT undo('CREATE view later.first%', cascade => true);
SELECT count(*) FROM pg_class WHERE relname IN ('first', 'second');

-- A column of a type, in a table that was renamed since.
CREATE TYPE pair AS (a boolean);
CREATE TABLE old_name (c pair[]);
ALTER TABLE old_name RENAME TO new_name;
ALTER TABLE new_name ALTER COLUMN c SET DEFAULT '{}';
SELECT undo('CREATE composite type later.pair%', cascade => true);
SELECT count(*) FROM pg_class WHERE relname IN ('old_name', 'new_name', 'pair');

-- A partition that was made, or attached, after a column came or went.
CREATE TABLE whole (a integer, b integer, c integer) PARTITION BY RANGE (a);
ALTER TABLE whole ADD COLUMN d integer;
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (1) TO (2);
SELECT undo('ALTER table later.whole%');
SELECT undo('ALTER table later.whole%', cascade => true);
SELECT count(*) FROM pg_class WHERE relname = 'part';
ALTER TABLE whole DROP COLUMN b;
CREATE TABLE joined (LIKE whole);
ALTER TABLE whole ATTACH PARTITION joined FOR VALUES FROM (2) TO (3);
SELECT undo('ALTER table later.whole%');
SELECT undo('ALTER table later.whole%', cascade => true);
SELECT relispartition, (SELECT count(*) FROM pg_attribute WHERE attrelid = 'joined'::regclass AND attnum > 0) AS columns
  FROM pg_class WHERE relname = 'joined';

-- The same with a key and a check.
ALTER TABLE whole ADD CONSTRAINT positive CHECK (a > 0);
ALTER TABLE whole DROP CONSTRAINT positive;
CREATE TABLE again PARTITION OF whole FOR VALUES FROM (5) TO (6);
SELECT undo('DROP table constraint positive%');

-- A partition that comes back when the whole has another index and another check, or no longer one that it had.
CREATE TABLE entire (a integer) PARTITION BY RANGE (a);
ALTER TABLE entire ADD CONSTRAINT small CHECK (a < 100);
CREATE TABLE slice PARTITION OF entire FOR VALUES FROM (1) TO (2);
DROP TABLE slice;
CREATE INDEX entire_a ON entire (a);
ALTER TABLE entire DROP CONSTRAINT small;
SELECT undo('DROP %later.slice%');
SELECT undo('DROP %later.slice%', cascade => true);
SELECT to_regclass('slice') IS NOT NULL AS slice, to_regclass('entire_a') AS index,
  (SELECT count(*) FROM pg_constraint WHERE conname = 'small') AS checks;

-- A column that what comes back names has another name, or type, since.
CREATE TABLE named (id integer UNIQUE, b integer);
CREATE VIEW naming AS SELECT b FROM named;
ALTER TABLE named DROP CONSTRAINT named_id_key;
ALTER TABLE named RENAME COLUMN id TO number;
SELECT undo('DROP table constraint named_id_key%');
SELECT undo('DROP table constraint named_id_key%', cascade => true);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'named'::regclass;
DROP VIEW naming;
ALTER TABLE named ALTER COLUMN b TYPE bigint;
SELECT undo('DROP view later.naming%');
SELECT undo('DROP view later.naming%', cascade => true);
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'naming'::regclass;

-- A type goes with the column that a table gave to another one.
CREATE TABLE giver (a integer);
CREATE TABLE heir (LIKE giver);
ALTER TABLE heir INHERIT giver;
SELECT xc_head() AS start \gset
CREATE TYPE given AS (a integer, b integer);
ALTER TABLE giver ADD COLUMN g given;
SELECT xc_checkout(:'start') IS NOT NULL AS done;
SELECT to_regtype('given') AS type, (SELECT count(*) FROM pg_attribute WHERE attrelid = 'heir'::regclass AND attnum > 0 AND NOT attisdropped) AS columns;

-- What was built on a table whose name another one takes back, found under a name of the time between.
CREATE TABLE left_one (v text, id bigserial PRIMARY KEY);
SELECT xc_head() AS start \gset
CREATE TABLE right_one (b boolean, id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY);
SELECT xc_head() AS both \gset
SELECT xc_checkout(:'start') IS NOT NULL AS done;
SELECT change_id AS gone FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
SELECT xc_checkout(:'both') IS NOT NULL AS done;
BEGIN;
ALTER TABLE left_one RENAME TO between;
ALTER TABLE right_one RENAME TO left_one;
ALTER TABLE between RENAME TO right_one;
COMMIT;
CREATE POLICY restricted ON left_one AS RESTRICTIVE USING (abs(id) >= 0);
SELECT undo_change(:'gone', cascade => true);
SELECT (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_attribute WHERE attrelid = 'left_one'::regclass AND attname = 'v') AS columns;

-- A check of a column that its table loses because another table takes back the name: it was built on the change as well,
-- and all that is undone already.
CREATE TABLE upper (u text);
SELECT xc_head() AS start \gset
BEGIN;
CREATE TABLE lower (c integer) INHERITS (upper);
ALTER TABLE upper RENAME TO between;
ALTER TABLE lower RENAME TO upper;
ALTER TABLE between RENAME TO lower;
COMMIT;
SELECT change_id AS swapped FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
ALTER TABLE upper ADD CHECK (c IS NULL OR true);
SELECT xc_checkout(:'start') IS NOT NULL AS done;
SELECT undo_change(:'swapped', cascade => true);
SELECT to_regclass('lower') AS lower, (SELECT count(*) FROM pg_constraint WHERE conrelid = 'upper'::regclass) AS checks;

-- A column of a type whose name one of another kind takes back.
CREATE TYPE tone AS ENUM ('low');
BEGIN;
DROP TYPE tone;
CREATE TYPE tone AS (hertz int);
COMMIT;
SELECT change_id AS other_kind FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
CREATE TABLE song (tones tone[] DEFAULT '{}' NOT NULL);
SELECT undo_change(:'other_kind', cascade => false);
SELECT undo_change(:'other_kind', cascade => true);
SELECT to_regclass('song') AS song, enum_range(NULL::tone);

-- A view of a table that another one of its name, with other columns, takes the place of.
CREATE TABLE plain (a money);
INSERT INTO plain VALUES (1);
BEGIN;
ALTER TABLE plain RENAME TO between;
CREATE TABLE plain (b integer, a money, id bigserial);
DROP TABLE between;
COMMIT;
SELECT change_id AS exchanged FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
CREATE VIEW reads_both AS SELECT a FROM plain;
CREATE VIEW reads_lost AS SELECT a, b FROM plain WHERE id BETWEEN 0 AND 100;
CREATE INDEX index_of_lost ON plain (b);
SELECT undo_change(:'exchanged', cascade => false);
SELECT undo_change(:'exchanged', cascade => true);
SELECT to_regclass('reads_both') AS both, to_regclass('reads_lost') AS lost, to_regclass('index_of_lost') AS index,
  (SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'plain'::regclass AND attnum > 0 AND NOT attisdropped) AS columns, (SELECT count(*) FROM plain) AS rows;

-- A view of a table that goes, and before that, in the same rollback, has a column of another type.
CREATE TABLE forebear (id integer);
CREATE TABLE offspring () INHERITS (forebear);
SELECT change_id AS born FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
ALTER TABLE forebear ALTER COLUMN id TYPE bigint;
CREATE VIEW reads_offspring AS SELECT id FROM offspring;
SELECT undo_change(:'born', cascade => false);
SELECT undo_change(:'born', cascade => true);
SELECT to_regclass('reads_offspring') AS view, to_regclass('offspring') AS offspring,
  (SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'forebear'::regclass AND attname = 'id') AS type;

-- A column that a child had as its own as well, and has dropped since.
CREATE TABLE giving (c inet);  -- and no other
CREATE TABLE owning (LIKE giving);
ALTER TABLE owning INHERIT giving;
CREATE TABLE keeping (LIKE owning);
ALTER TABLE keeping INHERIT owning;
ALTER TABLE giving DROP COLUMN c;
SELECT change_id AS gone FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
ALTER TABLE owning DROP COLUMN c;
SELECT undo_change(:'gone', cascade => false);
SELECT undo_change(:'gone', cascade => true);
SELECT string_agg(attrelid::regclass::text, ' ' ORDER BY attrelid) AS with_c FROM pg_attribute
  WHERE attrelid IN ('giving'::regclass, 'owning'::regclass, 'keeping'::regclass) AND attname = 'c';

-- A view that a later change made again on a column which another has renamed meanwhile.
CREATE VIEW read_by AS SELECT 1 AS a;
SELECT xc_head() AS without \gset
CREATE VIEW reader AS SELECT a FROM read_by;
SELECT xc_head() AS with_it \gset
SELECT xc_checkout(:'without') AS gone \gset
ALTER VIEW read_by RENAME COLUMN a TO b;
SELECT xc_checkout(:'with_it') IS NOT NULL AS done;
SELECT undo_change(:'gone', cascade => false);
SELECT undo_change(:'gone', cascade => true);
SELECT pg_get_viewdef('reader') ~ 'FROM read_by' AS reads_it, pg_get_viewdef('read_by');

-- An attribute that goes from a type which an index has as well.
CREATE TYPE dated AS (a text, b interval);
CREATE TABLE logged (d dated);
CREATE INDEX logged_d ON logged ((d));
SELECT xc_head() AS start \gset
ALTER TYPE dated ADD ATTRIBUTE c text CASCADE;
SELECT xc_checkout(:'start') IS NOT NULL AS done;

-- A child that joined its parent when that had fewer columns, and that a checkout has dropped since.
CREATE TABLE ancestor (a int, b int);
SELECT xc_head() AS with_b \gset
ALTER TABLE ancestor DROP COLUMN b;
SELECT change_id AS lost FROM xc_log(max_count => 1) \gset
BEGIN;
CREATE TABLE descendant (LIKE ancestor);
ALTER TABLE descendant INHERIT ancestor;
COMMIT;
ALTER TABLE ancestor ALTER COLUMN a SET DEFAULT 1;
SELECT xc_checkout(:'with_b') IS NOT NULL AS done;
ALTER TABLE ancestor ALTER COLUMN a SET DEFAULT 2;
SELECT undo_change(:'lost', cascade => false);
SELECT undo_change(:'lost', cascade => true);
SELECT table_name, column_name FROM information_schema.columns WHERE table_name IN ('ancestor', 'descendant') ORDER BY 1, ordinal_position;

-- A child that joined its parent when a column of that was of another type, was dropped, and came back.
CREATE TABLE elder (a text);
ALTER TABLE elder ALTER COLUMN a TYPE integer USING NULL::integer;
SELECT xc_rollback(change_id, allow_data_loss => true) AS as_text FROM xc_log(max_count => 1) \gset
BEGIN;
CREATE TABLE younger (LIKE elder);
ALTER TABLE younger INHERIT elder;
COMMIT;
SELECT xc_rollback(:'as_text', cascade => true, allow_data_loss => true) AS gone \gset
SELECT xc_rollback(:'gone', allow_data_loss => true) IS NOT NULL AS came_back;
SELECT undo_change(:'as_text', cascade => true);
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name IN ('elder', 'younger') ORDER BY 1;

-- A child with a column of its parent's row type, and a parent that would be another table.
SELECT xc_head() AS without \gset
CREATE TABLE row_of (a text);
CREATE TABLE has_row (r row_of) INHERITS (row_of);
SELECT xc_head() AS with_it \gset
SELECT xc_checkout(:'without') IS NOT NULL AND xc_checkout(:'with_it') IS NOT NULL AS done;
INSERT INTO row_of VALUES ('x');
ALTER TABLE row_of SET (fillfactor = 50);
SELECT xc_checkout(:'with_it');

-- A default that calls what would never have been.
CREATE TABLE first_of_all (a int);
SELECT change_id AS first_change FROM xc_log(max_count => 1) \gset
CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';
SELECT change_id AS made FROM xc_log(max_count => 1) \gset
BEGIN;
ALTER TABLE first_of_all ADD b int;
ALTER FUNCTION two() RENAME TO three;
COMMIT;
CREATE TABLE calls_it (a int DEFAULT three());
BEGIN;
DROP TABLE calls_it, first_of_all;
DROP FUNCTION three();
COMMIT;
SELECT undo_change(:'made', cascade => true);
SELECT undo_change(:'first_change', cascade => true);
SELECT to_regclass('first_of_all') IS NULL AND to_regclass('calls_it') IS NULL AS gone;

-- A default with a label that is renamed since.
CREATE TYPE lights AS ENUM ('red', 'odd "one"');
CREATE TABLE lit (a int);
ALTER TABLE lit ADD b lights DEFAULT 'odd "one"';
ALTER TABLE lit DROP b;
SELECT change_id AS dropped FROM xc_log(max_count => 1) \gset
ALTER TYPE lights RENAME VALUE 'odd "one"' TO 'amber';
SELECT undo_change(:'dropped', cascade => false);
SELECT undo_change(:'dropped', cascade => true);
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'lit'::regclass;

-- Two routines of one name, both of which would come back.
CREATE FUNCTION either() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE beside (a int);
SELECT xc_head() AS with_function \gset
BEGIN;
DROP FUNCTION either();
ALTER TABLE beside RENAME a TO b;
COMMIT;
SELECT change_id AS exchanged FROM xc_log(max_count => 1) \gset
CREATE PROCEDURE either() LANGUAGE sql AS 'SELECT 1';
BEGIN;
DROP PROCEDURE either();
ALTER TABLE beside RENAME b TO c;
COMMIT;
SELECT undo_change(:'exchanged', cascade => true);
SELECT prokind, count(*) FROM pg_proc WHERE proname = 'either' GROUP BY 1;

-- A key that ALTER COLUMN TYPE has made anew, of a table that is renamed since.
CREATE TABLE keyed (id char(3) PRIMARY KEY, up text);
ALTER TABLE keyed ALTER COLUMN id TYPE text;
ALTER TABLE keyed ADD FOREIGN KEY (up) REFERENCES keyed;
SELECT xc_head() AS keyed \gset
ALTER TABLE keyed RENAME TO renamed;
SELECT statement FROM xc_plan_checkout(:'keyed');
SELECT xc_checkout(:'keyed') IS NOT NULL AS done;

-- A type that came back, and whose attribute has another name since.
SELECT xc_head() AS without \gset
CREATE TYPE of_rows AS (a int[]);
CREATE TABLE has_rows (r of_rows DEFAULT ROW('{}')::of_rows);
INSERT INTO has_rows DEFAULT VALUES;
SELECT xc_head() AS with_it \gset
SELECT xc_checkout(:'without') IS NOT NULL AND xc_checkout(:'with_it') IS NOT NULL AS there_and_back;
ALTER TYPE of_rows RENAME ATTRIBUTE a TO b CASCADE;
SELECT statement FROM xc_plan_checkout(:'with_it');
SELECT xc_checkout(:'with_it') IS NOT NULL AS done;
SELECT * FROM has_rows;

-- The sequence of a column that is one since its table has another owner.
CREATE ROLE xc_owner;
CREATE TABLE given (id int NOT NULL);
ALTER TABLE given OWNER TO xc_owner;
SELECT change_id AS given FROM xc_log(max_count => 1) \gset
ALTER TABLE given ALTER id ADD GENERATED ALWAYS AS IDENTITY;
SELECT undo_change(:'given', cascade => false);
SELECT undo_change(:'given', cascade => true);
SELECT relname, relowner::regrole = current_user::regrole AS mine FROM pg_class WHERE relname ~ '^given' ORDER BY 1;

-- A partition that joined while its parent had a column, was dropped, and would come back.
CREATE TABLE split (a int, b int) PARTITION BY LIST (a);
SELECT xc_head() AS with_b \gset
ALTER TABLE split DROP COLUMN b;
SELECT xc_head() AS without_b \gset
SELECT xc_checkout(:'with_b') AS got_b \gset
CREATE TABLE part_of_it (LIKE split);
ALTER TABLE split ATTACH PARTITION part_of_it FOR VALUES IN (1);
SELECT xc_checkout(:'without_b') IS NOT NULL AS done;
SELECT undo_change(:'got_b', cascade => true);
SELECT table_name, column_name FROM information_schema.columns WHERE table_name IN ('split', 'part_of_it') ORDER BY 1, 2;

-- What was dropped and came back in between, under another name.
SELECT xc_head() AS without \gset
CREATE SCHEMA later_types;
CREATE TYPE later_types.colour AS ENUM ('green');
CREATE TYPE coloured AS (a int, colours later_types.colour[]);
CREATE TABLE beside_them (a int);
SELECT change_id AS made FROM xc_log(max_count => 1) \gset
BEGIN;
ALTER SCHEMA later_types RENAME TO renamed_types;
ALTER TABLE beside_them ADD b int;
COMMIT;
SELECT xc_head() AS with_them \gset
SELECT xc_checkout(:'without') IS NOT NULL AND xc_checkout(:'with_them') IS NOT NULL AS there_and_back;
SELECT statement FROM xc_plan_rollback(:'made', cascade => true);
SELECT undo_change(:'made', cascade => true);
DROP TYPE coloured;
SET client_min_messages = warning;
DROP SCHEMA later_types CASCADE;
RESET client_min_messages;

-- A constraint that a child has from the parent that it would leave.
CREATE TABLE adopts (a int);
CREATE TABLE adopted (LIKE adopts);
ALTER TABLE adopted INHERIT adopts;
SELECT change_id AS joined FROM xc_log(max_count => 1) \gset
ALTER TABLE adopts ADD CONSTRAINT known CHECK (a IS NOT NULL) NOT VALID;
SELECT undo_change(:'joined', cascade => false);
SELECT undo_change(:'joined', cascade => true);
SELECT conrelid::regclass, conname FROM pg_constraint WHERE conname = 'known';

SELECT count(*) FROM xc_drift();
SELECT * FROM xc_verify();
SET client_min_messages = warning;
DROP SCHEMA later CASCADE;
DROP ROLE xc_owner;
