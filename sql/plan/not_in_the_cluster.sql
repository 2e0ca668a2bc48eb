-- Roles and tablespaces that were dropped since: told before anything is changed, with the commands that help.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_xc_owner;
CREATE ROLE "regress_xc Reader";
CREATE ROLE regress_xc_third;
SET client_min_messages = notice;

CREATE SCHEMA gone;
CREATE TABLE gone.t (id integer PRIMARY KEY, secret text);
CREATE FOREIGN DATA WRAPPER gone_wrapper;
CREATE SERVER gone_server FOREIGN DATA WRAPPER gone_wrapper;
SELECT xc_tag('before') IS NOT NULL AS tagged;
BEGIN;
GRANT USAGE ON SCHEMA gone TO PUBLIC;
ALTER TABLE gone.t OWNER TO regress_xc_owner;
GRANT SELECT ON gone.t TO "regress_xc Reader" WITH GRANT OPTION;
SET ROLE "regress_xc Reader";
GRANT SELECT ON gone.t TO regress_xc_third;
RESET ROLE;
GRANT SELECT (secret) ON gone.t TO PUBLIC;
CREATE POLICY readers ON gone.t TO "regress_xc Reader" USING (true);
ALTER DEFAULT PRIVILEGES FOR ROLE regress_xc_third IN SCHEMA gone GRANT EXECUTE ON FUNCTIONS TO regress_xc_owner;
CREATE USER MAPPING FOR regress_xc_third SERVER gone_server;
CREATE USER MAPPING FOR PUBLIC SERVER gone_server;
COMMIT;
SELECT xc_tag('with-roles') IS NOT NULL AS tagged;

-- Going away from them needs none of them.
SELECT xc_checkout('before', allow_data_loss => true) IS NOT NULL AS done;
DROP ROLE regress_xc_owner, "regress_xc Reader", regress_xc_third;
SELECT xc_checkout('with-roles');
SELECT count(*) FROM xc_drift();
SELECT count(*) FROM xc_diff('before', 'HEAD');
SET client_min_messages = warning;
CREATE ROLE regress_xc_owner;
CREATE ROLE regress_xc_third;
SET client_min_messages = notice;
SELECT xc_checkout('with-roles');
CREATE ROLE "regress_xc Reader";
SELECT xc_checkout('with-roles') IS NOT NULL AS done;
SELECT count(*) FROM xc_diff('with-roles', 'HEAD');
SELECT grantee, grantor, privilege_type, is_grantable FROM information_schema.role_table_grants WHERE table_schema = 'gone' AND grantor <> grantee ORDER BY 1, 2, 3;

-- A rollback, too, and what it would do.
SELECT xc_checkout('before', allow_data_loss => true) AS back \gset
DROP ROLE regress_xc_owner, "regress_xc Reader", regress_xc_third;
SELECT count(*) FROM xc_plan_rollback(:'back');
SELECT xc_rollback(:'back');

-- And of tablespaces: tables, views, indexes, those of constraints.
SET allow_in_place_tablespaces = on;
SET client_min_messages = warning;
CREATE TABLESPACE "regress_xc Space" LOCATION '';
SET client_min_messages = notice;
CREATE TABLE gone.placed (a integer PRIMARY KEY USING INDEX TABLESPACE "regress_xc Space", b text) TABLESPACE "regress_xc Space";
CREATE INDEX placed_b ON gone.placed (b) TABLESPACE "regress_xc Space";
CREATE MATERIALIZED VIEW gone.placed_view TABLESPACE "regress_xc Space" AS SELECT 1 AS one;
SELECT xc_tag('placed') IS NOT NULL AS tagged;
SET xconnect.preserve = 'none';
DROP MATERIALIZED VIEW gone.placed_view;
ALTER INDEX gone.placed_b SET TABLESPACE pg_default;
ALTER TABLE gone.placed SET TABLESPACE pg_default;
ALTER INDEX gone.placed_pkey SET TABLESPACE pg_default;
RESET xconnect.preserve;
DROP TABLESPACE "regress_xc Space";
SELECT xc_checkout('placed');
DROP SCHEMA gone CASCADE;
DROP SERVER gone_server CASCADE;
DROP FOREIGN DATA WRAPPER gone_wrapper;
SELECT count(*) FROM xc_verify();
