-- What a change took from an object that gave its name to another one since.
SET client_min_messages = warning;
CREATE SCHEMA given_away;
SET search_path = given_away, public;
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/plan/undo_change.psql

-- A key that comes back to the table it was of, whose name another one has since: that is undone as well.
CREATE TABLE keyed (id integer PRIMARY KEY);
CREATE TABLE other_keyed (id integer PRIMARY KEY);
ALTER TABLE keyed DROP CONSTRAINT keyed_pkey;
SELECT change_id AS dropped FROM xconnect.change ORDER BY seq DESC LIMIT 1 \gset
BEGIN;
ALTER TABLE keyed RENAME TO between;
ALTER TABLE other_keyed RENAME TO keyed;
ALTER TABLE between RENAME TO other_keyed;
COMMIT;
SELECT undo_change(:'dropped', cascade => false);
SELECT undo_change(:'dropped', cascade => true);
SELECT conrelid::regclass AS relation, conname FROM pg_constraint WHERE conrelid IN ('keyed'::regclass, 'other_keyed'::regclass) AND contype = 'p' ORDER BY conname;

SELECT count(*) FROM xc_drift();
SELECT * FROM xc_verify();
DROP SCHEMA given_away CASCADE;
SELECT count(*) FROM xc_drift();
