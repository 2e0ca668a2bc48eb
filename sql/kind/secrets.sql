-- Passwords in options and connection strings: never in the history, noticed when they change, set again from where they
-- still are, asked for when they are nowhere.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT max(seq) AS start FROM xconnect.change \gset
CREATE ROLE secret_user;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h');
CREATE USER MAPPING FOR secret_user SERVER s OPTIONS ("user" 'remote', password 'hunter2');
CREATE FOREIGN TABLE f (a int OPTIONS (token 'hunter2')) SERVER s OPTIONS (api_key 'hunter2');
CREATE SUBSCRIPTION sub CONNECTION 'password=hunter2' PUBLICATION p WITH (connect = false, slot_name = NONE);
ALTER /* it's */ USER MAPPING FOR secret_user SERVER s OPTIONS (SET password 'hunter3');
ALTER TABLE f OPTIONS (SET api_key 'hunter3');
SELECT xc_head() AS with_secrets \gset

-- nowhere in what is kept
SELECT count(*) AS blobs FROM xconnect.blob WHERE content LIKE '%hunter%';
SELECT count(*) AS statements FROM xconnect.change_statement WHERE statement LIKE '%hunter%';
SELECT tag, statement FROM xconnect.change_statement WHERE tag LIKE '%MAPPING' AND seq > :start ORDER BY seq;
-- the mark of the one value is the same everywhere, that of another is another
SELECT count(DISTINCT m[1]) AS values FROM xconnect.blob, regexp_matches(content, 'xconnect-secret:[0-9a-f]+', 'g') m;
SELECT has_table_privilege('secret_user', 'xconnect.secret_key', 'SELECT') AS may_read_key;
SELECT regexp_replace(new_ddl, '[0-9a-f]{64}', '…', 'g') FROM xc_diff('HEAD~1', 'HEAD');

-- a change of something else takes the value that is there
ALTER SERVER s VERSION '2';
ALTER USER MAPPING FOR secret_user SERVER s OPTIONS (SET "user" 'somebody');
SELECT left(xc_rollback((SELECT change_id FROM xconnect.change ORDER BY seq DESC LIMIT 1)), 4);
SELECT umoptions FROM pg_user_mappings;

-- what is to be set again is taken from where it still is
DROP USER MAPPING FOR secret_user SERVER s;
SELECT left(xc_rollback((SELECT change_id FROM xconnect.change ORDER BY seq DESC LIMIT 1)), 4);
SELECT umoptions FROM pg_user_mappings;

-- and refused when it is nowhere
ALTER TABLE f OPTIONS (DROP api_key);
DROP USER MAPPING FOR secret_user SERVER s;
SELECT xc_checkout(:'with_secrets');

-- unless it is given
BEGIN;
SET LOCAL xconnect.secrets = E'something\nhunter3';
SELECT length(xc_checkout(:'with_secrets')) > 0 AS done;
COMMIT;
SELECT umoptions FROM pg_user_mappings;
SELECT ftoptions FROM pg_foreign_table;
SELECT count(*) AS drift FROM xc_drift();
SELECT count(*) AS blobs FROM xconnect.blob WHERE content LIKE '%hunter%';
SELECT count(*) AS statements FROM xconnect.change_statement WHERE statement LIKE '%hunter%';

-- a value that looks like a mark is a secret itself, and no other text is ever filled in
SELECT (regexp_match(string_agg(content, ''), 'xconnect-secret:[0-9a-f]+'))[1] AS mark FROM xconnect.blob WHERE content LIKE '%"user mapping"%' \gset
CREATE SERVER thief VERSION :'mark' FOREIGN DATA WRAPPER w OPTIONS (harmless :'mark', password 'hunter3');
SELECT count(*) AS in_clear FROM xconnect.blob b, jsonb_array_elements(b.content::jsonb -> 'options') o
 WHERE b.content LIKE '%"thief"%' AND o ->> 'value' = :'mark' AND o ->> 'name' = 'harmless';
CREATE USER MAPPING FOR PUBLIC SERVER thief OPTIONS (x :'mark');
DROP SERVER thief CASCADE;
\set VERBOSITY terse
SET xconnect.secrets = :'mark';
SELECT xc_rollback((SELECT change_id FROM xconnect.change ORDER BY seq DESC LIMIT 1));
RESET xconnect.secrets;

DROP SUBSCRIPTION sub;
DROP FOREIGN DATA WRAPPER w CASCADE;
DROP ROLE secret_user;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
