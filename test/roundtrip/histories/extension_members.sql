-- What pg_dump prints of the members of an extension: grants, on columns too, labels, row security and policies.

-- step: the extension
CREATE EXTENSION xc_members;

-- step: grants on columns of a member
GRANT SELECT (name), UPDATE (name, secret) ON member_table TO alice;
GRANT INSERT (id) ON member_table TO bob WITH GRANT OPTION;

-- step: a grant on a column that its script had made is revoked
REVOKE SELECT (id) ON member_table FROM PUBLIC;
REVOKE UPDATE (secret) ON member_table FROM alice;

-- step: grants on the whole of it as well
GRANT SELECT, INSERT ON member_table TO alice, carol;

-- step: revoked from the whole, which takes them from the columns, too
REVOKE ALL ON member_table FROM alice;

-- step: on columns of a view, and on members of other kinds
GRANT SELECT (name) ON member_view TO readers;
GRANT USAGE ON SEQUENCE member_sequence TO alice;
REVOKE EXECUTE ON FUNCTION member_function(int) FROM PUBLIC;
GRANT USAGE ON TYPE member_type TO bob;

-- step: row security and a policy
ALTER TABLE member_table ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON member_table USING (name = current_user);

-- step: row security of another one
ALTER TABLE member_secured ENABLE ROW LEVEL SECURITY;

-- step: labels of members and of their columns
SECURITY LABEL FOR xc_label ON TABLE member_table IS 'secret';
SECURITY LABEL FOR xc_label ON COLUMN member_table.name IS 'more secret';
SECURITY LABEL FOR xc_label ON VIEW member_view IS 'a view';
SECURITY LABEL FOR xc_label ON MATERIALIZED VIEW member_materialized IS 'a materialized view';
SECURITY LABEL FOR xc_label ON SEQUENCE member_sequence IS 'a sequence';
SECURITY LABEL FOR xc_label ON TYPE member_type IS 'a type';
SECURITY LABEL FOR xc_label ON DOMAIN member_domain IS 'a domain';
SECURITY LABEL FOR xc_label ON FUNCTION member_function(int) IS 'a function';
SECURITY LABEL FOR xc_label ON PROCEDURE member_procedure() IS 'a procedure';
SECURITY LABEL FOR xc_label ON AGGREGATE member_aggregate(int) IS 'an aggregate';

-- step: some of them others, and gone
SECURITY LABEL FOR xc_label ON TABLE member_table IS 'public';
SECURITY LABEL FOR xc_label ON COLUMN member_table.name IS NULL;
SECURITY LABEL FOR xc_label ON FUNCTION member_function(int) IS NULL;

-- step: no row security any more
ALTER TABLE member_table DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON member_table;

-- step: another version, in which one of the tables is another
GRANT SELECT (id) ON member_secured TO bob;
ALTER EXTENSION xc_members UPDATE TO '1.1';

-- step: the extension gone with all that
DROP EXTENSION xc_members;
