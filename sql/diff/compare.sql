-- Two commits compared, and a commit with the working tree.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA cmp;
CREATE TABLE cmp.t (a int, b text);
SELECT xc_tag('cmp_before') IS NOT NULL AS tagged;
ALTER TABLE cmp.t ADD COLUMN c numeric DEFAULT 3;
CREATE VIEW cmp.v AS SELECT count(*) AS n FROM cmp.t;
COMMENT ON TABLE cmp.t IS 'now with c';
SELECT change_type, object_type, object_schema, object_name, identity FROM xc_diff('cmp_before', 'HEAD') ORDER BY identity;
SELECT change_type, object_type, identity FROM xc_diff('HEAD', 'cmp_before') ORDER BY identity;
SELECT xc_diff_text('cmp_before', 'HEAD', 'table cmp.t');
SELECT * FROM xc_diff('HEAD', 'HEAD');
-- what is not committed yet
BEGIN;
DROP VIEW cmp.v;
SELECT change_type, identity FROM xc_diff('HEAD') ORDER BY identity;
ROLLBACK;
SELECT * FROM xc_diff('HEAD');
SELECT xc_show('HEAD', 'view cmp.v');
SELECT xc_show('cmp_before', 'table cmp.t');
SELECT change_type, old_ddl IS NULL AS new, new_ddl FROM xc_diff('cmp_before', 'HEAD', 'view cmp.v');
SELECT xc_untag('cmp_before');
DROP SCHEMA cmp CASCADE;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
