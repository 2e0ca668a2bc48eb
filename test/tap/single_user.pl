# Single-user mode, in which no event trigger fires: with the library preloaded what the hooks see is captured, and a gap
# says that something may be missing; without it the changes are drift.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('single_user');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'xconnect'");
$node->start;
sub one { return $node->safe_psql('postgres', $_[0]); }

# A statement a line; what the server prints.
sub single
{
	my @statements = @_;
	$node->stop;
	my $said = '';
	my $given = join '', map { "$_\n" } @statements;
	IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ], '<', \$given, '>&', \$said);
	my $status = $?;
	$node->start;
	is($status, 0, 'single-user mode ends well');
	return $said;
}

one('CREATE EXTENSION xconnect; CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$');
unlike(single('ALTER TABLE t ADD COLUMN b text', 'CREATE VIEW v AS SELECT b FROM t', 'DROP TABLE t', 'SELECT 1'), qr/PANIC|FATAL/, 'no crash');
is(one(q(SELECT string_agg(statement, ';' ORDER BY seq, ordinal) FROM xconnect.change_statement WHERE seq > (SELECT max(after_seq) - 2 FROM xconnect.gap) AND statement ~ 'ALTER|VIEW')),
	'ALTER TABLE t ADD COLUMN b text;CREATE VIEW v AS SELECT b FROM t', 'what the hooks see is captured, with its statement');
is(one(q(SELECT string_agg(description, ';' ORDER BY noted_at) FROM xconnect.gap)), 'single-user mode: ALTER TABLE;single-user mode: CREATE VIEW', 'each is a gap');
is(one('SELECT (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xc_verify())'), '0|0', 'although nothing is missing');

single('GRANT EXECUTE ON FUNCTION f() TO pg_monitor');
is(one('SELECT description FROM xconnect.gap ORDER BY noted_at DESC LIMIT 1'), 'single-user mode: GRANT', 'what the hooks do not see is a gap');
is(one('SELECT string_agg(identity, $$,$$) FROM xc_drift()'), 'public.f()', 'and is drift');
is(one(q(SELECT value > '1' FROM xc_status() WHERE fact = 'gaps')), 't', 'xc_status() counts it');
one(q(SELECT xc_adopt('seen')));

like(single(q(SELECT value, note FROM xc_status() WHERE fact = 'capture')), qr/not armed.*single-user mode/s, 'xc_status() says why it is not armed');

# A capture that fails must not keep a server from being mended.
my $rows = one('SELECT count(*) FROM xconnect.change');
my $gaps = one('SELECT count(*) FROM xconnect.gap');
single(q(UPDATE pg_class SET relhastriggers = false WHERE oid = 'xconnect.change'::regclass), 'DELETE FROM xconnect.change WHERE seq = (SELECT max(seq) FROM xconnect.change)', 'DROP FUNCTION f()');
is(one(q(SELECT count(*) FROM pg_proc WHERE proname = 'f')), '0', 'a statement whose capture fails does what it says');
cmp_ok(one('SELECT count(*) FROM xconnect.gap'), '>', $gaps, 'and is a gap');
is(one('SELECT count(*) FROM xconnect.change'), $rows - 1, 'and no change');

# Without the library from the start nothing of us is there.
$node->stop;
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->start;
$node->safe_psql('template1', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION xconnect');
$node->stop;
my ($said, $given) = ('', "CREATE TABLE unseen (a int)\n");
IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, 'other' ], '<', \$given, '>&', \$said);
$node->start;
is($node->safe_psql('other', 'SELECT string_agg(identity, $$,$$) FROM xc_drift()'), 'public.unseen', 'not preloaded it is drift');
is($node->safe_psql('other', q(SELECT count(*) FROM xc_adopt('by hand') WHERE xc_adopt IS NOT NULL)), '1', 'that can be adopted');
is($node->safe_psql('other', 'SELECT (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xc_verify())'), '0|0', 'and then all is well');
$node->stop;
done_testing();
