-- The right to maintain tables, which PostgreSQL 17 brought.
-- server: 17
CREATE TABLE a (id int PRIMARY KEY, v text);
CREATE TABLE parted (k int) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);
CREATE MATERIALIZED VIEW m AS SELECT id FROM a;
INSERT INTO a VALUES (1, 'x');

-- step: granted
-- keeps rows
GRANT MAINTAIN ON a TO alice;
GRANT SELECT, MAINTAIN ON m TO bob WITH GRANT OPTION;
GRANT MAINTAIN ON parted TO PUBLIC;

-- step: granted on by another
-- keeps rows
SET ROLE bob;
GRANT MAINTAIN ON m TO carol;
RESET ROLE;

-- step: part of all
-- keeps rows
GRANT ALL ON a TO bob;
REVOKE MAINTAIN ON a FROM bob;

-- step: the owner without it
-- keeps rows
DO $$ BEGIN EXECUTE format('REVOKE MAINTAIN ON a FROM %I', current_user); END $$;

-- step: by default, in a schema and without one
ALTER DEFAULT PRIVILEGES GRANT MAINTAIN ON TABLES TO alice;
CREATE SCHEMA s;
ALTER DEFAULT PRIVILEGES FOR ROLE alice IN SCHEMA s GRANT SELECT, MAINTAIN ON TABLES TO bob;

-- step: tables made under them
CREATE TABLE under (a int);
CREATE TABLE s.under (a int);

-- step: other defaults
ALTER DEFAULT PRIVILEGES REVOKE MAINTAIN ON TABLES FROM alice;
ALTER DEFAULT PRIVILEGES FOR ROLE alice REVOKE MAINTAIN ON TABLES FROM alice;

-- step: revoked
-- keeps rows
REVOKE MAINTAIN ON a FROM alice;
REVOKE MAINTAIN ON m FROM bob CASCADE;
REVOKE MAINTAIN ON parted FROM PUBLIC;

-- step: dropped
DROP TABLE a, parted, under, s.under CASCADE;
