-- Foreign-data wrappers, servers, user mappings. Values of passwords are given by a setting; what happens without it is
-- in sql/kind/secrets.sql.
CREATE EXTENSION postgres_fdw;
CREATE ROLE foreign_user;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET xconnect.secrets = %L', current_database(), E'hunter2\nwith ''quotes'' and \\ "more"\nother'); END $$;

-- step: one of each
CREATE FOREIGN DATA WRAPPER bare;
CREATE FOREIGN DATA WRAPPER "Full" HANDLER postgres_fdw_handler OPTIONS (host 'h', "dbname" 'it''s');
CREATE SERVER s FOREIGN DATA WRAPPER bare;
CREATE SERVER "S s" TYPE 'some type' VERSION '1.0' FOREIGN DATA WRAPPER bare OPTIONS (zeta 'z', alpha 'a', "Odd Name" 'back\slash');
CREATE SERVER pg FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'localhost', port '1', dbname 'nowhere');
CREATE USER MAPPING FOR PUBLIC SERVER s;
CREATE USER MAPPING FOR alice SERVER "S s" OPTIONS ("user" 'remote', password 'hunter2');
CREATE USER MAPPING FOR "Odd Role" SERVER pg OPTIONS ("user" 'remote', password 'with ''quotes'' and \ "more"');
CREATE USER MAPPING FOR foreign_user SERVER s OPTIONS (a 'b');

-- step: options added, set, dropped
ALTER FOREIGN DATA WRAPPER bare OPTIONS (x '1', y '2');
ALTER FOREIGN DATA WRAPPER "Full" OPTIONS (SET host 'other', DROP dbname, ADD port '5');
ALTER SERVER "S s" OPTIONS (DROP alpha, SET zeta 'zz', beta 'b');
ALTER SERVER pg VERSION '15' OPTIONS (ADD fetch_size '100');
ALTER USER MAPPING FOR PUBLIC SERVER s OPTIONS (ADD some 'thing', other 'thing');
ALTER USER MAPPING FOR "Odd Role" SERVER pg OPTIONS (SET "user" 'somebody');

-- step: a secret set, one dropped
ALTER USER MAPPING FOR alice SERVER "S s" OPTIONS (SET password 'other');
ALTER USER MAPPING FOR PUBLIC SERVER s OPTIONS (ADD api_key 'hunter2', DROP some);
ALTER USER MAPPING FOR "Odd Role" SERVER pg OPTIONS (DROP password);

-- step: handlers and validators
ALTER FOREIGN DATA WRAPPER "Full" NO HANDLER;
ALTER FOREIGN DATA WRAPPER bare HANDLER postgres_fdw_handler OPTIONS (DROP x, DROP y);

-- step: and back
ALTER FOREIGN DATA WRAPPER "Full" HANDLER postgres_fdw_handler OPTIONS (ADD anything 'goes');
ALTER FOREIGN DATA WRAPPER bare NO HANDLER VALIDATOR postgresql_fdw_validator;

-- step: versions
ALTER FOREIGN DATA WRAPPER bare NO VALIDATOR;
ALTER SERVER "S s" VERSION '2.0';
ALTER SERVER pg VERSION NULL;
ALTER SERVER s VERSION '';

-- step: grants, comments, owners
ALTER SERVER s OWNER TO alice;
GRANT USAGE ON FOREIGN DATA WRAPPER bare TO alice WITH GRANT OPTION;
GRANT USAGE ON FOREIGN DATA WRAPPER "Full" TO PUBLIC;
GRANT USAGE ON FOREIGN SERVER s TO bob, "Odd Role" WITH GRANT OPTION;
GRANT USAGE ON FOREIGN SERVER "S s" TO app;
COMMENT ON FOREIGN DATA WRAPPER "Full" IS 'a wrapper';
COMMENT ON SERVER s IS 'a server';

-- step: default privileges do not concern them
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob;
CREATE SERVER born FOREIGN DATA WRAPPER bare;
CREATE PUBLICATION born;

-- step: grants and comments gone
REVOKE USAGE ON FOREIGN SERVER s FROM bob, "Odd Role";
REVOKE GRANT OPTION FOR USAGE ON FOREIGN DATA WRAPPER bare FROM alice;
COMMENT ON SERVER s IS NULL;

-- step: renamed
ALTER SERVER s RENAME TO srv;
ALTER FOREIGN DATA WRAPPER bare RENAME TO "Bare";

-- step: two servers swap names
ALTER SERVER srv RENAME TO x;
ALTER SERVER "S s" RENAME TO srv;
ALTER SERVER x RENAME TO "S s";

-- step: a server of another wrapper under the same name, its mapping as before
DROP SERVER pg CASCADE;
CREATE SERVER pg TYPE 't' FOREIGN DATA WRAPPER "Bare";
CREATE USER MAPPING FOR "Odd Role" SERVER pg OPTIONS ("user" 'somebody');

-- step: what a role owned
DROP OWNED BY alice CASCADE;

-- step: cascades
DROP FOREIGN DATA WRAPPER "Bare" CASCADE;

-- step: the rest
DROP FOREIGN DATA WRAPPER "Full";
