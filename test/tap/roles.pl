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

# ---- the matrix: what each of them may do with each function, table and view. The owner of the database reads for his dump,
# the superuser may all; others nothing. A schema's owner is nobody in particular.
$node->safe_psql('d', 'CREATE ROLE schema_owner LOGIN; CREATE SCHEMA own AUTHORIZATION schema_owner; GRANT CONNECT ON DATABASE d TO schema_owner');
my $functions = q(SELECT f.oid::regprocedure::text FROM pg_proc f JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'xconnect' ORDER BY 1);
my @functions = split /\n/, $node->safe_psql('d', $functions);
cmp_ok(scalar @functions, '>', 40, scalar(@functions) . ' functions of ours');
my @relations = split /\n/, $node->safe_psql('d', q(SELECT c.oid::regclass || ' ' || (c.relkind = 'v') FROM pg_class c WHERE c.relnamespace = 'xconnect'::regnamespace AND c.relkind IN ('r', 'v', 'S') ORDER BY 1));
for my $role ('plain', 'schema_owner', 'dba')
{
	my (@called, @read, @written);
	for my $function (@functions)
	{
		my ($name, $arguments) = $function =~ /^([\w.]+)\((.*)\)$/;
		# Not as constants: a strict function is not called for a null that is there when the query is planned.
		my @types = split /,/, $arguments;
		my $values = join ', ', map { "NULL::$types[$_] AS a$_" } 0 .. $#types;
		my $call = join ', ', map { "s.a$_" } 0 .. $#types;
		my ($code, $out, $err) = as_role($role, "SELECT $name($call) FROM (SELECT $values OFFSET 0) s");
		push @called, $function unless $code != 0 && $err =~ /permission denied for (function|schema|procedure)/;
	}
	is("@called", '', "$role may call none of " . @functions . ' functions');
	for (@relations)
	{
		my ($relation, $view) = split / /;
		push @read, $relation if (as_role($role, "SELECT * FROM $relation LIMIT 0"))[0] == 0;
		for my $sql ("INSERT INTO $relation SELECT * FROM $relation LIMIT 0", "DELETE FROM $relation", "TRUNCATE $relation", "COPY $relation FROM STDIN", "LOCK $relation",
			"ALTER TABLE $relation RENAME TO other", "DROP TABLE $relation", "DROP VIEW $relation", "CREATE RULE r AS ON INSERT TO $relation DO INSTEAD NOTHING",
			"CREATE TRIGGER t BEFORE INSERT ON $relation FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "GRANT ALL ON $relation TO $role",
			"ALTER TABLE $relation DISABLE TRIGGER ALL", "ALTER TABLE $relation ENABLE ROW LEVEL SECURITY", "SECURITY LABEL ON TABLE $relation IS 'x'", "COMMENT ON TABLE $relation IS 'x'")
		{
			my ($code, $out, $err) = as_role($role, $sql);
			# GRANT of what one may not grant is a warning; LOCK IN … needs more than SELECT.
			push @written, $sql if $code == 0 && !($sql =~ /^GRANT/ && $err =~ /no privileges were granted/);
		}
	}
	is(join(', ', @read), $role eq 'dba' ? join(', ', grep { $node->safe_psql('d', "SELECT '$_'::regclass = ANY (extconfig) FROM pg_extension WHERE extname = 'xconnect'") eq 't' } map { (split / /)[0] } @relations) : '',
		"$role reads " . ($role eq 'dba' ? 'what a dump holds' : 'nothing'));
	is(join("\n", @written), '', "$role changes none of " . @relations . ' tables and views');
}

# ---- author, statements, settings
for my $role ('plain', 'dba')
{
	as_role($role, "SET xconnect.author = 'the boss'; CREATE TABLE forged_1_by_$role (a int)");
	as_role($role, "CREATE TABLE forged_2_by_$role (a int); SET xconnect.author = 'the boss'; CREATE TABLE forged_3_by_$role (a int)");
	as_role($role, "SET xconnect.on_capture_error = warn; SET xconnect.seal_lock_timeout = 1; SET xconnect.preserve = tables; CREATE TABLE forged_4_by_$role (a int)");
	is($node->safe_psql('d', "SELECT string_agg(DISTINCT author, ', ') FROM xconnect.change JOIN xconnect.change_object USING (seq) WHERE object LIKE 'table public.forged_%_by_$role'"), $role, "$role is the author of what $role does");
	for my $setting ('author', 'capture', 'on_capture_error', 'preserve', 'seal_lock_timeout')
	{
		my $value = $setting eq 'seal_lock_timeout' ? 1 : $setting eq 'preserve' ? "'none'" : $setting eq 'on_capture_error' ? "'warn'" : "'off'";
		isnt((as_role($role, "CREATE TEMP TABLE loads_the_library (a int); SET xconnect.$setting = $value"))[0], 0, "$role may not set $setting");
		isnt((as_role($role, "CREATE TEMP TABLE loads_the_library (a int); SET LOCAL xconnect.$setting = $value"))[0], 0, 'nor locally');
		isnt((as_role($role, "CREATE TEMP TABLE loads_the_library (a int); SELECT set_config('xconnect.$setting', $value || '', false)"))[0], 0, 'nor by a function');
		isnt((as_role($role, "CREATE TEMP TABLE loads_the_library (a int); CREATE FUNCTION sets_$setting() RETURNS void LANGUAGE plpgsql SET xconnect.$setting = $value AS 'BEGIN CREATE TABLE sneaked (a int); END'; SELECT sets_$setting()"))[0], 0, 'nor by one of his own');
		isnt((as_role($role, "ALTER ROLE $role SET xconnect.$setting = $value"))[0], 0, 'nor for his sessions');
		isnt((as_role($role, "ALTER DATABASE d SET xconnect.$setting = $value"))[0], 0, 'nor for a database');
	}
	isnt((as_role($role, 'SET session_replication_role = replica'))[0], 0, 'nor switch triggers off');
	isnt((as_role($role, 'ALTER EVENT TRIGGER xconnect_command_start DISABLE'))[0], 0, 'ours or');
	isnt((as_role($role, 'SET event_triggers = off'))[0], 0, 'all');
}
is($node->safe_psql('d', q(SELECT count(*) FROM xconnect.gap)), '0', 'nothing got by unseen');
is((as_role('plain', q(SET xconnect.reason = 'mine'; CREATE TABLE with_reason (a int))))[0], 0, 'a reason may everybody give');
# Somebody's query in a change of somebody else: the owner of a database, for all who come there.
is((as_role('dba', q(CREATE FUNCTION public.true_as() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE LOG ''validated as %'', current_user; RETURN true; END')))[0], 0, 'a function of the owner of the database');
isnt((as_role('dba', q(CREATE TEMP TABLE loads_the_library (a int); ALTER DATABASE d SET xconnect.validate_with = 'SELECT public.true_as()')))[0], 0, 'is not to validate the changes of others');
isnt((as_role('dba', q(ALTER DATABASE d SET xconnect.validate_with = 'SELECT public.true_as()')))[0], 0, 'neither before the library is loaded');

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
