-- Extensions: one object each, whatever they bring.

-- step: extensions made
CREATE EXTENSION citext;
CREATE SCHEMA ext;
CREATE EXTENSION pgcrypto SCHEMA ext;

-- step: tables that use them
CREATE TABLE users (id uuid DEFAULT ext.gen_random_uuid() PRIMARY KEY, login citext UNIQUE, hash text DEFAULT ext.crypt('x', ext.gen_salt('md5')));
CREATE INDEX users_login ON users (login DESC);
-- data
INSERT INTO users (login) VALUES ('A'), ('b');

-- step: a view and a function that use them
CREATE VIEW logins AS SELECT login FROM users WHERE login = 'ADMIN'::citext;
CREATE FUNCTION by_login(citext) RETURNS SETOF users LANGUAGE sql AS 'SELECT * FROM users WHERE login = $1';

-- step: moved to another schema
ALTER EXTENSION citext SET SCHEMA ext;

-- step: the comment of one
COMMENT ON EXTENSION citext IS 'case-insensitive, they say';

-- step: one more, with the constraint that needs it
CREATE EXTENSION btree_gist;
CREATE TABLE booked (room int, during daterange, EXCLUDE USING gist (room WITH =, during WITH &&));

-- step: dropped with all that used it
DROP EXTENSION citext CASCADE;

-- step: dropped, and the exclusion with it
DROP EXTENSION btree_gist CASCADE;

-- step: one that does not move by itself, made again in another schema
CREATE EXTENSION xml2;
-- step: that
DROP EXTENSION xml2;
CREATE EXTENSION xml2 SCHEMA ext;

-- step: default privileges come, of functions, types and what is made in a schema
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO readers;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext GRANT ALL ON FUNCTIONS TO app;

-- step: the one made before them is dropped, another is made
DROP EXTENSION pgcrypto CASCADE;
CREATE EXTENSION citext SCHEMA ext;

-- step: it is made again without them
DROP EXTENSION citext;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM readers;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext REVOKE ALL ON FUNCTIONS FROM app;
CREATE EXTENSION citext SCHEMA ext;
