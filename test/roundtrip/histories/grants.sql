-- Owners, privileges in odd orders, default privileges, comments.
CREATE SCHEMA box;
GRANT USAGE ON SCHEMA box TO PUBLIC;
CREATE TABLE box.t (a int, b int, c int);
CREATE VIEW box.v AS SELECT a FROM box.t;
CREATE SEQUENCE box.s;
CREATE FUNCTION box.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE box.e AS ENUM ('x');

-- step: grants to several, in this order
GRANT SELECT ON box.t TO bob;
GRANT INSERT, UPDATE ON box.t TO alice WITH GRANT OPTION;
GRANT ALL ON box.t TO carol;
GRANT SELECT ON box.t TO PUBLIC;

-- step: a grant by one who may grant
SET ROLE alice;
GRANT INSERT ON box.t TO app WITH GRANT OPTION;
RESET ROLE;
SET ROLE app;
RESET ROLE;

-- step: a grant by a grantee of a grantee
GRANT USAGE ON SCHEMA box TO app, alice;
SET ROLE app;
GRANT INSERT ON box.t TO readers;
RESET ROLE;

-- step: one taken back out of the middle
REVOKE SELECT ON box.t FROM bob;

-- step: the same again: it now stands at the end
GRANT SELECT ON box.t TO bob;

-- step: taken back with all that hangs on it
REVOKE INSERT ON box.t FROM alice CASCADE;

-- step: columns
GRANT SELECT (a), UPDATE (a, b) ON box.t TO readers;
GRANT INSERT (c) ON box.t TO PUBLIC;
GRANT SELECT (a) ON box.v TO app;
REVOKE UPDATE (b) ON box.t FROM readers;

-- step: the owner's own rights taken
REVOKE DELETE, TRUNCATE ON box.t FROM postgres;

-- step: everything from everybody
REVOKE ALL ON box.t FROM postgres, PUBLIC, alice, bob, carol;

-- step: back to the default by granting
GRANT ALL ON box.t TO postgres;

-- step: schema, sequence, function, type
GRANT CREATE ON SCHEMA box TO bob;
GRANT USAGE ON SCHEMA box TO "Odd Role" WITH GRANT OPTION;
GRANT ALL ON SEQUENCE box.s TO app;
REVOKE ALL ON FUNCTION box.f() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION box.f() TO readers;
REVOKE USAGE ON TYPE box.e FROM PUBLIC;

-- step: owner changed where grants stand
GRANT SELECT ON box.v TO readers, bob;
ALTER VIEW box.v OWNER TO alice;
ALTER TABLE box.t OWNER TO bob;
ALTER SEQUENCE box.s OWNER TO carol;

-- step: all tables of a schema
GRANT SELECT ON ALL TABLES IN SCHEMA box TO readers;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA box FROM readers;

-- step: default privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA box GRANT SELECT ON TABLES TO readers;
ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT INSERT, UPDATE ON TABLES TO app WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE alice REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE bob GRANT USAGE ON SCHEMAS TO carol;
ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA box GRANT USAGE ON SEQUENCES TO app;

-- step: objects made under them
CREATE TABLE box.u (x int);
SET ROLE bob;
CREATE TABLE box.bobs (id serial);
RESET ROLE;

-- step: default privileges changed and taken back
ALTER DEFAULT PRIVILEGES IN SCHEMA box REVOKE SELECT ON TABLES FROM readers;
ALTER DEFAULT PRIVILEGES FOR ROLE alice REVOKE GRANT OPTION FOR UPDATE ON TABLES FROM app;
ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

-- step: comments on everything
COMMENT ON SCHEMA box IS 'a box';
COMMENT ON TABLE box.t IS 'a table';
COMMENT ON COLUMN box.t.b IS E'tab\there, ünï, \\ back, ''quote''';
COMMENT ON VIEW box.v IS 'a view';
COMMENT ON SEQUENCE box.s IS 'a sequence';
COMMENT ON FUNCTION box.f() IS 'a function';
COMMENT ON TYPE box.e IS 'a type';

-- step: comments changed and removed
COMMENT ON SCHEMA box IS NULL;
COMMENT ON TABLE box.t IS 'another';
COMMENT ON COLUMN box.t.b IS NULL;
COMMENT ON FUNCTION box.f() IS '';

-- step: everything of one role goes to another
-- No event trigger fires for it: a session knows of it when it has done DDL before.
COMMENT ON SEQUENCE box.s IS 'about to go';
REASSIGN OWNED BY bob TO carol;

-- step: everything of one role dropped
DROP OWNED BY carol CASCADE;

-- step: schema public itself
COMMENT ON SCHEMA public IS 'ours now';
GRANT CREATE ON SCHEMA public TO readers;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;

-- step: on system columns
CREATE TABLE hidden (a int);
GRANT SELECT (tableoid, ctid, a) ON hidden TO alice;
GRANT SELECT (xmin) ON hidden TO alice WITH GRANT OPTION;

-- step: fewer of them
REVOKE SELECT (ctid) ON hidden FROM alice;
GRANT SELECT ON hidden TO bob;
GRANT SELECT (xmin) ON hidden TO bob;

-- step: a REVOKE on the table takes them, too
REVOKE SELECT ON hidden FROM alice;
ALTER TABLE hidden OWNER TO bob;
