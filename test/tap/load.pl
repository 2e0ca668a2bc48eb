# Fifty sessions with DDL of many kinds at once, for XC_SECONDS (20): aborts, savepoints, prepared transactions, temporary
# tables, parallel queries, commands of several transactions. None fails or deadlocks (without xconnect none of them does),
# every transaction that changed the schema is in the ledger once, numbers have no gap, and no backend grows.
use strict;
use warnings;
use List::Util qw(sum0);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{XC_SECONDS} // 20;
my $clients = 50;
my $node = PostgreSQL::Test::Cluster->new('load');
$node->init;
# What waits in a vault takes memory to look through, and thousands of dropped tables with rows are announced before they go.
$node->append_conf('postgresql.conf', 'xconnect.preserve = none');
$node->append_conf('postgresql.conf', "max_connections = 80\nmax_prepared_transactions = 60\nmax_worker_processes = 16\nmax_parallel_workers = 8
synchronous_commit = off\nmax_locks_per_transaction = 256\nparallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\ntimezone = 'UTC'");
$node->start;

# Each of them notes in "done" which transactions change the schema for good. :client_id keeps them out of each other's
# way, so that what deadlocks is not theirs; "shared" is for everybody.
my %scripts = (
	tables => [ 6, q(
\set n random(1, 1000000)
BEGIN;
CREATE TABLE t:client_id (id int PRIMARY KEY, v text DEFAULT 'x');
CREATE VIEW v:client_id AS SELECT t.v, s.a FROM t:client_id t JOIN shared s ON s.a = t.id;
SAVEPOINT s;
ALTER TABLE t:client_id ADD w int;
ROLLBACK TO s;
SAVEPOINT s;
COMMENT ON TABLE t:client_id IS 'of client :client_id';
RELEASE s;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'tables 1');
COMMIT;
BEGIN;
ALTER TABLE t:client_id RENAME TO u:client_id;
ALTER TABLE u:client_id ADD b:n int;
CREATE INDEX ON u:client_id (b:n);
GRANT SELECT ON u:client_id TO PUBLIC;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'tables 2');
COMMIT;
BEGIN;
DROP TABLE u:client_id CASCADE;
ROLLBACK;
BEGIN;
DROP TABLE u:client_id CASCADE;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'tables 3');
COMMIT;
) ],
	shared => [ 2, q(
\set n random(1, 1000000)
BEGIN;
ALTER TABLE shared ALTER a SET DEFAULT :n;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'shared 1');
COMMIT;
) ],
	routines => [ 3, q(
\set n random(1, 1000000)
BEGIN;
CREATE OR REPLACE FUNCTION f:client_id(int) RETURNS int LANGUAGE sql AS 'SELECT :n + :client_id';
DO $$ BEGIN CREATE TYPE e:client_id AS ENUM ('a', 'b'); BEGIN CREATE TABLE no:client_id (a int); PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'routines 1');
COMMIT;
BEGIN;
DROP TYPE e:client_id;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'routines 2');
COMMIT;
) ],
	prepared => [ 2, q(
\set go random(0, 1)
BEGIN;
CREATE TABLE p:client_id (id int PRIMARY KEY);
\if :go
INSERT INTO done VALUES (pg_current_xact_id()::text, 'prepared 1');
\endif
PREPARE TRANSACTION 'p:client_id';
\if :go
COMMIT PREPARED 'p:client_id';
BEGIN;
DROP TABLE p:client_id;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'prepared 2');
COMMIT;
\else
ROLLBACK PREPARED 'p:client_id';
\endif
) ],
	temporary => [ 2, q(
BEGIN;
CREATE TEMPORARY TABLE temporary (id int PRIMARY KEY, v text) ON COMMIT DROP;
ALTER TABLE temporary ADD w int;
CREATE TABLE beside:client_id (a int);
DROP TABLE beside:client_id;
COMMIT;
) ],
	parallel => [ 2, q(
\set n random(1, 1000000)
BEGIN;
CREATE TABLE q:client_id AS SELECT count(*) FROM big;
SELECT count(*) FROM big WHERE a % 7 = 3;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'parallel 1');
COMMIT;
BEGIN;
SELECT sum(a) FROM big;
DROP TABLE q:client_id;
INSERT INTO done VALUES (pg_current_xact_id()::text, 'parallel 2');
COMMIT;
) ],
	concurrently => [ 1, q(
CREATE INDEX CONCURRENTLY i:client_id ON own:client_id (a);
DROP INDEX CONCURRENTLY i:client_id;
) ]);

my @files;
for my $name (sort keys %scripts)
{
	my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
	append_to_file($file, $scripts{$name}[1]);
	push @files, '-f', "$file\@$scripts{$name}[0]";
}
sub prepare
{
	my ($db, $with) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION xconnect') if $with;
	$node->safe_psql($db, 'CREATE TABLE shared (a int); CREATE TABLE quiet (a int); CREATE TABLE done (xid text, what text); CREATE TABLE big AS SELECT i AS a FROM generate_series(1, 20000) i; ANALYZE big; '
		. join(' ', map { "CREATE TABLE own$_ (a int);" } 0 .. $clients - 1));
}
# Memory of their own, of all backends, in kB, as often as it is looked at.
sub own_memory
{
	my ($db) = @_;
	my $total = 0;
	my @pids = split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE datname = '$db' AND backend_type = 'client backend'");
	return 0 if @pids != $clients;
	for my $pid (@pids)
	{
		my $rollup = eval { slurp_file("/proc/$pid/smaps_rollup") } // '';
		$total += $1 if $rollup =~ /^Anonymous:\s+(\d+) kB/m;
	}
	return $total;
}
sub run
{
	my ($db, $for) = @_;
	my ($out, $err, @memory) = ('', '');
	my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', '2', '-T', $for, @files, '-h', $node->host, '-p', $node->port, $db ],
		'>', \$out, '2>', \$err, IPC::Run::timeout($for + 180));
	while ($bench->pumpable)
	{
		my $until = time + ($for > 60 ? 10 : 2);
		$bench->pump_nb, select(undef, undef, undef, 0.1) while $bench->pumpable && time < $until;
		my $now = $bench->pumpable ? own_memory($db) : 0;
		push @memory, $now / $clients if $now;
	}
	my $ok = $bench->finish;
	pop @memory;    # when they were about to go
	return ($ok, $out, $err, @memory);
}

prepare('bare', 0);
my ($ok, $out, $err) = run('bare', $seconds > 60 ? 60 : 5);
ok($ok, 'without xconnect no session fails') or diag $err;
unlike($err, qr/ERROR|deadlock/, 'or deadlocks');

prepare('load', 1);
my $begins = $node->safe_psql('load', 'SELECT max(seq) FROM xconnect.commit');
($ok, $out, $err, my @memory) = run('load', $seconds);
ok($ok, "$clients sessions for $seconds s: none fails") or diag $err;
unlike($err, qr/ERROR|deadlock|WARNING/, 'none deadlocks, nothing is said') or diag substr($err, 0, 2000);
my ($runs) = $out =~ /transactions actually processed: (\d+)/;

$node->safe_psql('load', 'CREATE TABLE last (a int)');
is($node->safe_psql('load', 'SELECT count(*) FROM xconnect.pending'), '0', 'a last change leaves nothing in the queue');
is($node->safe_psql('load', q(SELECT count(*), min(description) FROM xconnect.gap)), '0|', 'there is no gap');
is($node->safe_psql('load', q(SELECT count(*), min(xid), string_agg(DISTINCT what, ', ') FROM done WHERE xid NOT IN (SELECT transaction_id FROM xconnect.change WHERE transaction_id IS NOT NULL))), '0||', 'no transaction is missing');
is($node->safe_psql('load', qq(SELECT count(*), min(content) FROM xconnect.change c WHERE seq > $begins AND transaction_id NOT IN (SELECT xid FROM done)
	AND (SELECT string_agg(object, '') FROM xconnect.change_object o WHERE o.seq = c.seq) !~ '(index public.i|table public.last)')), '0|', 'none is there that was rolled back or changed nothing');
is($node->safe_psql('load', q(SELECT count(*) FROM (SELECT transaction_id, object FROM xconnect.change JOIN xconnect.change_object USING (seq) GROUP BY transaction_id, object HAVING count(*) > 1) x)), '0', 'and what it did to an object once');
is($node->safe_psql('load', q(
	SELECT count(*) = max(seq) - min(seq) + 1, count(DISTINCT change_id) = count(*), min(seq) = 1, bool_and(place = split_part(change_id, '-', 3)::int)
	FROM (SELECT seq, change_id, row_number() OVER (PARTITION BY left(change_id, 12) ORDER BY seq) AS place FROM xconnect.change) x)),
	't|t|t|t', 'every id once, none missing, in the order of the numbers');
is($node->safe_psql('load', q(SELECT count(*) FROM xconnect.commit c LEFT JOIN xconnect.commit p ON p.seq = c.seq - 1 WHERE c.parent IS DISTINCT FROM p.hash)), '0', 'the chain is a line');
is($node->safe_psql('load', 'SELECT count(*) FROM xc_verify()'), '0', 'it verifies');
is($node->safe_psql('load', 'SELECT count(*) FROM xc_drift()'), '0', 'HEAD is what the catalogs say');
is($node->safe_psql('load', q(SELECT count(*) FROM xconnect.change_object WHERE object LIKE '%quiet%' AND seq > ) . $begins), '0', 'what nobody touched is in no change');
my $changes = $node->safe_psql('load', "SELECT count(*) FROM xconnect.change WHERE seq > $begins");
cmp_ok($changes, '>', $clients, "$changes changes of $runs runs are recorded");

# Caches fill at first: the second half alone counts.
my @half = @memory[@memory / 2 .. $#memory];
my $third = @half > 5 ? int(@half / 3) : 1;
my ($from, $to) = (sum0(@half[0 .. $third - 1]) / $third, sum0(@half[-$third .. -1]) / $third);
cmp_ok($to - $from, '<', $seconds > 60 ? 300 : 700, sprintf('no backend grows: %.0f kB of its own after half of the time, %.0f kB at the end', $from, $to));
note 'kB a backend: ', join ' ', map { int } @memory;

unlike(slurp_file($node->logfile), qr/deadlock|WARNING|PANIC|terminated by signal/, 'the server has nothing to warn of');
$node->stop;
done_testing();
