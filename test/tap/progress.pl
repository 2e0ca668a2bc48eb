# How far long work is can be read from other sessions while it runs: not only when it commits, and by nobody who could not see
# in pg_stat_activity what the session does.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('progress');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nmax_locks_per_transaction = 1024");
$node->start;
sub ask { my ($db, $sql, @more) = @_; return $node->safe_psql($db, $sql, @more) }

$node->safe_psql('postgres', 'CREATE DATABASE shop; CREATE DATABASE watch; CREATE ROLE worker LOGIN SUPERUSER; CREATE ROLE monitor LOGIN; CREATE ROLE nobody_else LOGIN; GRANT pg_read_all_stats TO monitor');
ask('watch', 'CREATE EXTENSION xconnect; GRANT USAGE ON SCHEMA xconnect TO monitor, nobody_else; GRANT SELECT ON xconnect.progress TO monitor, nobody_else; GRANT EXECUTE ON FUNCTION xconnect.progress_of_backends() TO monitor, nobody_else');
ask('shop', q(DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text)', i); END LOOP; END $$; CREATE VIEW v77 AS SELECT id FROM t77));

my $view = 'SELECT pid, datname, usename, work, counted, done, total, began_at IS NOT NULL FROM xconnect.progress';
is(ask('watch', $view), '', 'nothing runs, nothing is shown');

# While something holds it up in the middle, what it says can be looked at for as long as it takes.
sub watched
{
	my ($db, $sql, $held) = @_;
	my $holder = $node->background_psql('shop', on_error_stop => 1);
	$holder->query_safe($held);
	my ($out, $err) = ('', '');
	my $work = IPC::Run::start([ 'psql', '-X', '-A', '-t', '-q', '-h', $node->host, '-p', $node->port, '-U', 'worker', '-d', $db, '-c', $sql ], '>', \$out, '2>', \$err);
	my ($seen, $as_monitor, $as_nobody, $until) = ('', '', '', time + 60);
	while (time < $until && $work->pumpable)
	{
		$work->pump_nb;
		my $waits = ask('watch', q(SELECT count(*) FROM pg_stat_activity WHERE usename = 'worker' AND wait_event_type = 'Lock'));
		last if $waits && ($seen = ask('watch', $view));
		sleep 0.1;
	}
	$as_monitor = ask('watch', $view, extra_params => [ '-U', 'monitor' ]);
	$as_nobody = ask('watch', $view, extra_params => [ '-U', 'nobody_else' ]);
	$holder->query_safe('ROLLBACK');
	$holder->quit;
	$work->finish or die $err;
	return ($seen, $as_monitor, $as_nobody, $out);
}
# A view is read with a lock on what it reads, so a table that is locked holds it up.
my $lock = 'BEGIN; LOCK TABLE t77 IN ACCESS EXCLUSIVE MODE';
my ($seen, $monitor, $nobody) = watched('shop', 'CREATE EXTENSION xconnect', $lock);
like($seen, qr/^\d+\|shop\|worker\|baseline\|objects read\|\d+\|\d+\|t$/, 'a baseline, from another database');
is($monitor, $seen, 'also by whoever may read all statistics');
like($nobody, qr/^\d+\|shop\|worker\|\|\|\|\|f$/, 'not what pg_stat_activity hides');
is(ask('watch', $view), '', 'it has ended');

($seen) = watched('shop', 'SELECT count(*) FROM xc_drift()', $lock);
like($seen, qr/\|worker\|comparison\|objects read\|\d+\|\d+\|t$/, 'a comparison with the catalogs');
($seen) = watched('shop', 'SELECT count(*) FROM xc_verify()', 'BEGIN; LOCK TABLE xconnect.tag IN ACCESS EXCLUSIVE MODE');
like($seen, qr/\|worker\|verification\|checks made\|\d+\|\d+\|t$/, 'a verification');
ask('shop', q(DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('ALTER TABLE t%s ADD w int', i); END LOOP; END $$));
($seen) = watched('shop', 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)))', 'BEGIN; LOCK TABLE t99 IN ACCESS SHARE MODE');
like($seen, qr/\|worker\|restoration\|steps run\|\d+\|150\|t$/, 'a rollback');
is(ask('shop', 'SELECT count(*) FROM xc_verify()'), '0', 'all is well');

# The command of the server's own that runs around it keeps its place.
my ($stdout) = ask('shop', q(COPY (SELECT count(*) FROM xc_verify()) TO STDOUT));
is($stdout, '0', 'inside COPY it verifies as well');
is(ask('watch', $view), '', 'in the end nothing is shown');
is(ask('watch', 'SELECT count(*) FROM pg_stat_progress_copy'), '0', 'nor in the view of the server');
$node->stop;
done_testing();
