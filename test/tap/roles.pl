# Capture works for everybody and gives nobody a right that he did not have.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('roles');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE dba LOGIN; CREATE DATABASE d OWNER dba');
$node->safe_psql('d', 'CREATE EXTENSION xconnect; GRANT CREATE ON SCHEMA public TO plain');

sub as_role { my ($role, $sql) = @_; return $node->psql('d', $sql, extra_params => [ '-U', $role ], on_error_stop => 1); }

for my $role ('plain', 'dba')
{
	my ($code, $out, $err) = as_role($role, "CREATE TABLE of_$role (a int); ALTER TABLE of_$role ADD b int");
	is($code, 0, "$role makes a table") or diag $err;
	is($node->safe_psql('d', "SELECT count(*) FROM xconnect.change_object WHERE object = 'table public.of_$role'"), '2', 'and it is captured');

	for my $sql ($role eq 'dba' ? () : 'SELECT * FROM xconnect.change', 'DELETE FROM xconnect.commit', "INSERT INTO xconnect.tag VALUES ('x')",
		'SELECT * FROM xc_log()', "SELECT xc_checkout('HEAD~1')",
		'ALTER EVENT TRIGGER xconnect_command_end DISABLE', 'DROP EXTENSION xconnect', 'DROP SCHEMA xconnect CASCADE')
	{
		my ($refused, $o, $e) = as_role($role, $sql);
		isnt($refused, 0, "$role is refused: $sql");
	}

	# Before the library is loaded the setting is only a placeholder that anybody may set; it counts for nothing then.
	as_role($role, "SET xconnect.capture = off; CREATE TABLE hidden_of_$role (a int)");
	is($node->safe_psql('d', "SELECT count(*) FROM xconnect.change_object WHERE object = 'table public.hidden_of_$role'"),
		$node->safe_psql('d', "SELECT count(*) FROM pg_class WHERE relname = 'hidden_of_$role'"), "$role cannot switch capture off");
	($code, $out, $err) = as_role($role, "CREATE TABLE first_of_$role (a int); SET xconnect.capture = off");
	isnt($code, 0, 'nor later');
}

# The owner of a database dumps it as before, and may read for that what a dump holds. Else nothing of ours is anybody's,
# whatever it is.
my ($dump, $problem) = run_command([ 'pg_dump', '-U', 'dba', '-p', $node->port, '-h', $node->host, '-t', 'of_dba', '-e', 'xconnect', 'd' ]);
is($problem, '', "the owner's dump");
like($dump, qr/^COPY xconnect\.change /m, 'holds the history');
my $dumped = "c.oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'xconnect')::oid[])";
is($node->safe_psql('d', "SELECT count(*) > 0 AND bool_and(has_table_privilege('dba', c.oid, 'SELECT')) FROM pg_class c WHERE $dumped"), 't', 'he may read all that a dump holds');
for my $role ('plain', 'dba')
{
	my $but = $role eq 'dba' ? "AND NOT (t.privilege = 'SELECT' AND $dumped)" : '';
	is($node->safe_psql('d', qq(
		SELECT string_agg(o, ', ') FROM (
		SELECT c.oid::regclass || ': ' || t.privilege FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) t(privilege)
		 WHERE c.relkind IN ('r', 'v', 'm', 'S', 'p', 'f') AND c.relnamespace = 'xconnect'::regnamespace $but
		   AND (has_table_privilege('$role', c.oid, t.privilege) OR (t.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege('$role', c.oid, t.privilege)))
		 UNION ALL
		SELECT f.oid::regprocedure::text FROM pg_proc f JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
		  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'xconnect'
		 WHERE has_function_privilege('$role', f.oid, 'EXECUTE')
		 UNION ALL
		SELECT 'schema xconnect' WHERE has_schema_privilege('$role', 'xconnect', @{[ $role eq 'dba' ? "'CREATE'" : "'USAGE, CREATE'" ]})) x(o))),
		'', "$role has no other right on any table, function or schema of ours");
}

# No right at all, neither on a table nor to log in: SET ROLE, and a function that runs as somebody else.
$node->safe_psql('d', q(CREATE ROLE nobody_at_all; CREATE SCHEMA his AUTHORIZATION nobody_at_all; REVOKE ALL ON DATABASE d FROM PUBLIC;
	CREATE FUNCTION his.make() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN CREATE TABLE his.by_definer (a int); END';
	ALTER FUNCTION his.make() OWNER TO nobody_at_all; GRANT EXECUTE ON FUNCTION his.make() TO PUBLIC));
$node->safe_psql('d', 'SET ROLE nobody_at_all; CREATE TABLE his.by_role (a int)');
$node->safe_psql('d', 'SELECT his.make()');
my $superuser = $node->safe_psql('d', 'SELECT session_user');
is($node->safe_psql('d', q(SELECT string_agg(object || ' by ' || current_user_name || ' of ' || session_user_name, ', ' ORDER BY seq) FROM xconnect.change_object JOIN xconnect.change USING (seq)
	WHERE object LIKE 'table his.%')), "table his.by_role by nobody_at_all of $superuser, table his.by_definer by $superuser of $superuser", 'captured for a role that has no right at all');
$node->safe_psql('d', 'GRANT CONNECT, CREATE ON DATABASE d TO plain, dba');
is((as_role('plain', 'BEGIN READ WRITE; CREATE TABLE of_plain_2 (a int); SET TRANSACTION READ ONLY; COMMIT'))[0], 0, 'a transaction that is read-only at its end');
is($node->safe_psql('d', q(SELECT count(*) FROM xconnect.change_object WHERE object = 'table public.of_plain_2')), '1', 'is captured');

# Somebody's functions are never run with the rights of the one whose statement is captured or who rolls back.
my ($code, $out, $err) = as_role('plain', q(
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked as %', current_user; END $$;
CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked as %', current_user; END $$;
));
is($code, 0, 'somebody makes functions with well-known names') or diag $err;
($code, $out, $err) = $node->psql('d', q(SET search_path = public, pg_catalog; CREATE TABLE by_superuser (a int); SELECT count(*) FROM xc_log(); SELECT count(*) FROM xc_verify();), on_error_stop => 1);
is($code, 0, 'a superuser with a careless search_path does not run them') or diag $err;

is($node->safe_psql('d', 'SELECT count(*) FROM xc_verify()'), '0', 'the history is whole');
is($node->safe_psql('d', 'SELECT count(*) FROM xc_drift()'), '0', 'nothing drifts');
$node->stop;
done_testing();
