# Commits wait for each other only where they are numbered, never longer than xconnect.seal_lock_timeout, and whoever waits
# can be cancelled. An open transaction that rolls a change back holds the lock; it stands for any commit that takes long.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('seal_lock');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION xconnect');
$node->safe_psql('postgres', 'CREATE TABLE held (a int)');
$node->safe_psql('postgres', 'ALTER TABLE held ADD b int');

my $holder = $node->background_psql('postgres');
my $waiter = $node->background_psql('postgres', on_error_stop => 0);
$waiter->query_safe(q(SET application_name = 'waiter'));

sub hold
{
	$holder->query_safe('BEGIN');
	is($holder->query_safe(q(SELECT xc_rollback((SELECT change_id FROM xconnect.change_object JOIN xconnect.change USING (seq)
		WHERE object = 'table public.held' AND kind = 'change' ORDER BY seq DESC LIMIT 1)) LIKE 'rbk-%')), 't', 'the lock is held');
}
sub state
{
	my ($table) = @_;
	return $node->safe_psql('postgres', qq(SELECT to_regclass('$table') IS NOT NULL, (SELECT count(*) FROM xconnect.pending WHERE content LIKE '%$table%'),
		(SELECT count(*) FROM xconnect.change_object WHERE object = 'table public.$table')));
}
sub whole
{
	my ($name) = @_;
	is($node->safe_psql('postgres', q(SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xconnect.pending))),
		'0|0|0', $name);
}
# Runs a statement in the waiting session without waiting for it to end.
sub start_waiting
{
	my ($sql) = @_;
	$waiter->query_until(qr/started/, "\\echo started\n$sql;\n");
	ok($node->poll_query_until('postgres', q(SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'waiter' AND wait_event_type = 'Lock')),
		"waits: $sql");
}
sub signal_waiter { $node->safe_psql('postgres', "SELECT $_[0](pid) FROM pg_stat_activity WHERE application_name = 'waiter'"); }
# What the waiting session says of a statement, or of the one that it is at.
sub errors { $waiter->query($_[0] // 'SELECT 1'); my $errors = $waiter->{stderr}; $waiter->{stderr} = ''; return $errors; }

# ---- past its bound a commit goes on without its number, and the next one links it
hold();
my $began = time;
$waiter->query_safe(q(SET xconnect.seal_lock_timeout = '400ms'));
$waiter->query_safe('CREATE TABLE late (a int)');
my $took = time - $began;
ok($took > 0.35 && $took < 20, 'a commit waits for as long as it may') or diag $took;
is(state('late'), 't|1|0', 'then it is done and its change is pending');
$waiter->query_safe(q(SET lock_timeout = '50ms'));
$waiter->query_safe('CREATE TABLE impatient (a int)');
is(state('impatient'), 't|1|0', 'a session that waits for no lock long gets its commit too');
is($waiter->query_safe('SHOW lock_timeout'), '50ms', 'and keeps its setting');
like(errors('ALTER TABLE held ADD c int'), qr/canceling statement due to lock timeout/, 'which is in force again');
$waiter->query_safe('RESET lock_timeout');
$waiter->query_safe(q(SET statement_timeout = '100ms'));
errors('CREATE TABLE timed (a int)');
$waiter->query_safe('RESET statement_timeout');
is(state('timed') =~ s/t\|1\|0/kept/r =~ s/f\|0\|0/kept/r, 'kept', 'statement_timeout: it is there and pending, or it is not there');
$holder->query_safe('COMMIT');
$waiter->query_safe('CREATE TABLE next (a int)');
is(state('late'), 't|0|1', 'linked');
is(state('impatient'), 't|0|1', 'linked as well');
is($node->safe_psql('postgres', q(SELECT string_agg(object, ', ' ORDER BY seq) FROM xconnect.change_object WHERE object IN ('table public.late', 'table public.impatient', 'table public.next'))),
	'table public.late, table public.impatient, table public.next', 'in the order in which they were made');
is($node->safe_psql('postgres', q(SELECT string_agg(statement, ', ' ORDER BY seq) FROM xconnect.change_statement JOIN xconnect.change_object o USING (seq)
	WHERE o.object IN ('table public.late', 'table public.impatient'))), 'CREATE TABLE late (a int), CREATE TABLE impatient (a int)', 'each with its statement');
whole('and the history is whole');

# ---- whoever waits can be cancelled: then nothing happened
$node->safe_psql('postgres', 'ALTER TABLE held ADD IF NOT EXISTS b int');
$waiter->query_safe(q(SET xconnect.seal_lock_timeout = '10min'));
hold();
start_waiting('CREATE TABLE cancelled (a int)');
signal_waiter('pg_cancel_backend');
like(errors(), qr/canceling statement due to user request/, 'a commit that waits can be cancelled');
is(state('cancelled'), 'f|0|0', 'then its table is not there, nor in the history');
is($waiter->query_safe('SELECT 1'), '1', 'and its session is in no transaction');
is($waiter->query_safe('SELECT now() = statement_timestamp()'), 't', 'indeed');

$waiter->query_safe('BEGIN; CREATE TABLE cancelled (a int); SAVEPOINT s; CREATE TABLE cancelled_too (a int)');
start_waiting('COMMIT');
signal_waiter('pg_cancel_backend');
like(errors(), qr/canceling statement due to user request/, 'so can COMMIT');
is(state('cancelled'), 'f|0|0', 'nothing of the transaction');
is(state('cancelled_too'), 'f|0|0', 'is there');
is($waiter->query_safe('SELECT now() = statement_timestamp()'), 't', 'and its session is in no transaction');

start_waiting(q(DO $$ BEGIN CREATE TABLE cancelled (a int); COMMIT; END $$));
signal_waiter('pg_cancel_backend');
like(errors(), qr/canceling statement due to user request/, 'so can a COMMIT inside a procedure');
is(state('cancelled'), 'f|0|0', 'nothing happened');

start_waiting('CREATE TABLE gone (a int)');
signal_waiter('pg_terminate_backend');
ok($node->poll_query_until('postgres', q(SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'waiter')), 'a session that waits can be ended');
is(state('gone'), 'f|0|0', 'then its table is not there');
$holder->query_safe('ROLLBACK');

# ---- the one that waited long enough
$waiter = $node->background_psql('postgres', on_error_stop => 0);
$waiter->query_safe(q(SET application_name = 'waiter'));
hold();
start_waiting('CREATE TABLE patient (a int)');
$holder->query_safe('COMMIT');
is(errors(), '', 'when the lock is free, whoever waits goes on');
is(state('patient'), 't|0|1', 'numbered');
whole('and the history is whole');

# ---- what others recorded while one waited: what was read before may hold still, and may not
sub undone_while
{
	my ($made, $object, $sql) = @_;
	$node->safe_psql('postgres', $made);
	$holder->query_safe('BEGIN');
	$holder->query_safe(qq(SELECT xc_rollback((SELECT change_id FROM xconnect.change_object JOIN xconnect.change USING (seq)
		WHERE object = '$object' ORDER BY seq DESC LIMIT 1))));
	start_waiting($sql);
	$holder->query_safe('COMMIT');
	my $errors = errors();
	whole("$object was undone, and meanwhile: $sql");
	return $errors;
}
sub newest { return $node->safe_psql('postgres', q(SELECT string_agg(action || ' ' || object, ', ' ORDER BY object) FROM xconnect.change_object WHERE seq = (SELECT max(seq) FROM xconnect.change))); }
is(undone_while('CREATE TABLE apart (a int)', 'table public.apart', 'CREATE TABLE apart_too (a int)'), '', 'a table that goes and another one that comes');
is(newest(), 'CREATE table public.apart_too', 'are two changes');
is(undone_while('DROP TABLE apart_too', 'table public.apart_too', 'CREATE TABLE "apart, as ""well""" (a int)'), '', 'one that comes back and another one that comes');
is(undone_while('CREATE TABLE apart_again (a int)', 'table public.apart_again', 'DROP TABLE "apart, as ""well"""'), '', 'one that goes and another one that goes');
is(newest(), 'DROP table public."apart, as ""well"""', 'by its name');
undone_while('CREATE DOMAIN passing AS int', 'domain public.passing', 'CREATE FUNCTION takes(passing) RETURNS int LANGUAGE sql AS $$SELECT 1$$');
$node->safe_psql('postgres', 'DROP FUNCTION IF EXISTS takes');
undone_while(q(CREATE TYPE color AS ENUM ('red'); ALTER TYPE color RENAME VALUE 'red' TO 'rosy'), 'enum public.color', q(CREATE TABLE painted (c color DEFAULT 'rosy')));
whole('and the history is whole');

ok(!$node->log_contains('WARNING|PANIC|terminated by signal'), 'the server has nothing to warn of');

$holder->quit;
$waiter->quit;
$node->stop;
done_testing();
