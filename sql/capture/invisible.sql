-- Capture leaves nothing where others would see it.

-- Whether rows go with a table is looked up without the table's statistics.
CREATE TABLE counted (a int);
INSERT INTO counted SELECT generate_series(1, 100);
BEGIN;
SAVEPOINT before;
DROP TABLE counted;
ROLLBACK TO before;
SELECT pg_stat_get_xact_numscans('counted'::regclass) AS scans, pg_stat_get_xact_tuples_returned('counted'::regclass) AS tuples;
SELECT count(*) FROM counted;
SELECT pg_stat_get_xact_numscans('counted'::regclass) AS scans, pg_stat_get_xact_tuples_returned('counted'::regclass) AS tuples;
COMMIT;
DROP TABLE counted;

-- Nor a lock of ours that the transaction would show, nor a sequence that it would have used.
BEGIN;
CREATE TABLE locked (a int);
SELECT DISTINCT locktype, mode FROM pg_locks WHERE pid = pg_backend_pid()
  AND (locktype = 'advisory' OR relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'xconnect'::regnamespace)) ORDER BY 1, 2;
SELECT lastval();
ROLLBACK;
