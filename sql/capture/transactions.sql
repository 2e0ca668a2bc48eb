-- One transaction is one change, whatever is in it; savepoints and subtransactions leave what survives them.
CREATE SCHEMA tra;
SELECT max(seq) AS mark FROM xconnect.change \gset
BEGIN;
CREATE TABLE tra.a (x int);
SAVEPOINT s;
CREATE TABLE tra.b (x int);
ALTER TABLE tra.a ADD COLUMN never int;
ROLLBACK TO s;
ALTER TABLE tra.a ADD COLUMN y int;
SAVEPOINT s2;
CREATE TABLE tra.c (x int);
RELEASE s2;
COMMIT;
DO $$ BEGIN
  CREATE TABLE tra.d (x int);
  BEGIN
    CREATE TABLE tra.e (x int);
    RAISE EXCEPTION 'no';
  EXCEPTION WHEN raise_exception THEN NULL;
  END;
END $$;
-- Read-only, or in another isolation level at its end.
BEGIN;
CREATE TABLE tra.f (x int);
SET TRANSACTION READ ONLY;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE tra.g (x int);
COMMIT;
-- The user's own lastval() is not ours.
CREATE SEQUENCE tra.seq;
SELECT nextval('tra.seq');
CREATE TABLE tra.h (x int);
SELECT lastval();
SELECT dense_rank() OVER (ORDER BY seq) AS change, action, object FROM xconnect.change_object WHERE seq > :mark ORDER BY seq, object COLLATE "C";
-- Statements as typed, comments included; passwords never.
CREATE ROLE regress_xc_secret PASSWORD 'hunter2';
BEGIN;
CREATE TABLE tra.said (x int) /* a comment
of two lines */;
ALTER ROLE regress_xc_secret PASSWORD 'hunter3';
COMMIT;
SELECT tag, statement FROM xconnect.change_statement WHERE seq = (SELECT max(seq) FROM xconnect.change) AND tag = 'CREATE TABLE';
SELECT count(*) AS passwords FROM xconnect.change_statement WHERE statement LIKE '%hunter%';
SELECT count(*) AS passwords FROM xconnect.change WHERE content LIKE '%hunter%';
DROP ROLE regress_xc_secret;
-- Made in the queue and gone again: both are in the ledger.
BEGIN;
CREATE TABLE tra.queued (x int);
PREPARE TRANSACTION 'regress_xc_queued';
COMMIT PREPARED 'regress_xc_queued';
DROP TABLE tra.queued;
SELECT statement FROM xconnect.change_statement ORDER BY seq DESC, ordinal DESC LIMIT 2;
DROP SCHEMA tra CASCADE;
SELECT count(*) FROM xc_drift();
SELECT count(*) FROM xc_verify();
