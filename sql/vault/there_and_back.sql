-- Back over what took rows and values, and forward again: everything is as it was at each of the places, whatever shape
-- the tables had there. Sums of all rows at each.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = 'tables, columns, truncate';
SELECT xc_purge_vault() >= 0 AS emptied;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE FUNCTION pg_temp.mark(place text) RETURNS void LANGUAGE sql AS 'SELECT xc_tag(''there_'' || place); SELECT pg_temp.note(place)';
CREATE FUNCTION pg_temp.differs_at(place text, loss boolean DEFAULT false) RETURNS TABLE (name text, rows_before bigint, rows_after bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM xc_checkout('there_' || place, allow_data_loss => loss);
  RETURN QUERY SELECT * FROM pg_temp.differs_from(place) d WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(d.name) AND relkind = 'S');
END $$;
-- The places of a list, one after the other, each from the one before.
CREATE FUNCTION pg_temp.differs_along(places text[]) RETURNS TABLE (place text, name text, rows_before bigint, rows_after bigint) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH place IN ARRAY places LOOP
    FOR name, rows_before, rows_after IN SELECT * FROM pg_temp.differs_at(place) LOOP RETURN NEXT; END LOOP;
  END LOOP;
END $$;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text, m mood[], e email, big text, during int4range,
                   twice int GENERATED ALWAYS AS (length(big) * 2) STORED, EXCLUDE USING gist (during WITH &&));
ALTER TABLE item ALTER big SET STORAGE EXTERNAL, ENABLE ROW LEVEL SECURITY;
INSERT INTO item (what, m, e, big, during)
  SELECT 'w' || i, '{happy}', i || '@x', repeat(md5(i::text), 200), int4range(i, i + 1) FROM generate_series(1, 30) i;
CREATE TABLE entry (of int REFERENCES item, i int);
INSERT INTO entry SELECT id, id FROM item;
SELECT pg_temp.mark('start');

-- truncated; filled again; another shape; truncated once more
TRUNCATE entry;
INSERT INTO entry VALUES (1, 1);
SELECT pg_temp.mark('one_entry');
TRUNCATE item, entry RESTART IDENTITY;
SELECT pg_temp.mark('nothing');
TRUNCATE entry;
INSERT INTO item (what, e) VALUES ('new', 'new@x');
SELECT pg_temp.mark('new');
ALTER TABLE item ADD COLUMN more int NOT NULL DEFAULT 3, DROP COLUMN e;
UPDATE item SET more = 4;
TRUNCATE item, entry;
INSERT INTO item (what, more) VALUES ('newer', 4);
INSERT INTO entry SELECT id, 7 FROM item;
SELECT pg_temp.mark('more');
ALTER TABLE item ALTER what TYPE int USING length(what);
TRUNCATE item, entry;
INSERT INTO item (what, more) VALUES (12, 5);
SELECT pg_temp.mark('end');
SELECT data_effect FROM xc_plan_checkout('there_start') WHERE data_effect ~ 'vault|lost|recoverable';
SELECT * FROM pg_temp.differs_along('{start}');
SELECT * FROM pg_temp.differs_along('{end, more, new, one_entry, start, end, one_entry, more, start, new, end, start}');
SELECT * FROM pg_temp.differs_along('{end}');
SELECT count(*) FROM pg_temp.differs_along('{end, end}');

-- what a rollback exchanged, a rollback of that exchanges back; rows that came since are no loss
TRUNCATE entry;
INSERT INTO entry VALUES (NULL, 1);
SELECT pg_temp.note('since');
TRUNCATE item, entry;
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs_from('since');
SELECT pg_temp.back();
SELECT count(*) FROM item;
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs_from('since');

-- through several changes: dropped after it was truncated and altered
SELECT pg_temp.went_to('there_start');
TRUNCATE entry;
SELECT pg_temp.last() AS truncated \gset
ALTER TABLE entry ADD COLUMN c int;
INSERT INTO entry VALUES (1, 2, 3);
SELECT pg_temp.mark('altered');
DROP TABLE entry;
SELECT pg_temp.rolled_back(:'truncated', cascade => true);
SELECT * FROM pg_temp.differs_along('{start, altered, start}');

-- in the same transaction as a change of the table
BEGIN;
ALTER TABLE item ADD COLUMN late int;
TRUNCATE item CASCADE;
INSERT INTO item (what, late) VALUES ('late', 1);
COMMIT;
SELECT rollback_ready FROM xconnect.ledger WHERE change_id = pg_temp.last();
SELECT pg_temp.back();
SELECT * FROM pg_temp.differs_from('start');

-- tables that come back into another shape than they had when they were dropped
DROP TABLE entry;
ALTER TABLE item DROP COLUMN e, ADD COLUMN more text DEFAULT 'm', ALTER what TYPE varchar(2) USING left(what, 2);
UPDATE item SET more = 'more' WHERE id > 10;
SELECT pg_temp.mark('shaped');
DROP TABLE item;
CREATE TABLE other (i int);
SELECT pg_temp.mark('gone');
SELECT * FROM pg_temp.differs_at('start');
SELECT * FROM pg_temp.differs_along('{shaped, gone, start, gone, shaped, start}');
ALTER TABLE item RENAME TO thing;
ALTER TABLE thing RENAME what TO name;
ALTER TABLE thing DROP COLUMN m;
SELECT pg_temp.last() AS altered \gset
DROP TABLE thing CASCADE;
SELECT pg_temp.rolled_back(:'altered', cascade => true);
SELECT name, m FROM thing WHERE id = 1;
DROP TABLE thing CASCADE;
SELECT * FROM pg_temp.differs_at('start');

-- whose rows are whose: the same name, and the very same definition
CREATE TABLE plain (i int, t text);
INSERT INTO plain VALUES (1, 'first');
SELECT pg_temp.mark('first');
DROP TABLE plain;
SELECT pg_temp.mark('none');
CREATE TABLE plain (i int, t text);
INSERT INTO plain VALUES (2, 'second'), (3, 'second');
SELECT pg_temp.mark('second');
SELECT * FROM pg_temp.differs_along('{first, second, none, first, none, second, first}');
TABLE plain;
-- and in one transaction
BEGIN;
DROP TABLE plain;
CREATE TABLE plain (i int, t text);
INSERT INTO plain VALUES (4, 'third');
COMMIT;
SELECT pg_temp.mark('third');
SELECT * FROM pg_temp.differs_along('{first, third, second, first, third}');

-- forward over what the way back dropped: a table and a column with data, a table that was altered since
SELECT pg_temp.went_to('there_start');
CREATE TABLE made (id int PRIMARY KEY, t text);
INSERT INTO made SELECT i, 't' || i FROM generate_series(1, 5) i;
SELECT pg_temp.mark('made');
ALTER TABLE made ADD COLUMN u text;
UPDATE made SET u = 'u' || id;
SELECT pg_temp.mark('made_more');
ALTER TABLE made DROP COLUMN t;
SELECT pg_temp.mark('made_less');
-- values that rows have got since are not those of then; what never changed is
UPDATE made SET u = 'u' || id;
SELECT * FROM pg_temp.differs_along('{made_more, start, made_less, start, made_more, made_less}');

-- without truncate in it what came since would be lost
SET xconnect.preserve = 'tables, truncate';
SELECT pg_temp.went_to('there_start');
TRUNCATE entry;
SET xconnect.preserve = 'tables';
INSERT INTO entry VALUES (2, 2);
DO $$ BEGIN PERFORM xc_checkout('there_start'); EXCEPTION WHEN SQLSTATE 'XC007' THEN RAISE WARNING '%', SQLERRM; END $$;
SELECT count(*) FROM entry;
SELECT * FROM pg_temp.differs_at('start', loss => true);

SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
SET xconnect.preserve = none;
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() >= 0 AS purged;
