# Sixteen sessions with DDL at once: every change gets its number, none twice, nobody deadlocks, nothing is left over; with
# the usual patience and with so little that most changes are queued and linked by others.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('many_sessions');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 40\nsynchronous_commit = off");
$node->start;
my $seconds = $ENV{XC_SECONDS} // 6;

my $script = "$PostgreSQL::Test::Utils::tmp_check/ddl.sql";
append_to_file($script, q(
\set n random(1, 1000000)
BEGIN;
CREATE TABLE t:client_id (id int PRIMARY KEY, v text DEFAULT 'x');
CREATE VIEW v:client_id AS SELECT t.v, s.a FROM t:client_id t JOIN shared s ON s.a = t.id;
SAVEPOINT s;
ALTER TABLE t:client_id ADD w int;
ROLLBACK TO s;
COMMIT;
ALTER TABLE t:client_id RENAME TO u:client_id;
BEGIN;
ALTER TABLE u:client_id ADD b:n int;
CREATE INDEX ON u:client_id (b:n);
COMMIT;
ALTER TABLE shared ALTER a SET DEFAULT :n;
BEGIN;
DROP TABLE u:client_id CASCADE;
ROLLBACK;
CREATE OR REPLACE FUNCTION f:client_id(int) RETURNS int LANGUAGE sql AS 'SELECT :n';
DROP TABLE u:client_id CASCADE;
));

for my $patience ('5s', '1ms')
{
	my $db = "patience_$patience";
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION xconnect; CREATE TABLE shared (a int); CREATE TABLE quiet (a int)');
	$node->safe_psql('postgres', "ALTER DATABASE $db SET xconnect.seal_lock_timeout = '$patience'");
	my $begins = $node->safe_psql($db, 'SELECT max(seq) FROM xconnect.commit');

	my ($out, $err);
	my $ok = IPC::Run::run([ 'pgbench', '-n', '-c', '16', '-j', '2', '-T', $seconds, '-f', $script, '-h', $node->host, '-p', $node->port, $db ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(180));
	ok($ok, "$patience: 16 sessions for $seconds s, no error") or diag $err;
	like($out, qr/number of failed transactions: 0 /, 'no transaction fails');
	unlike($err, qr/ERROR|deadlock|WARNING/, 'and nothing is said');
	my ($runs) = $out =~ /transactions actually processed: (\d+)/;
	my $queued = $node->safe_psql($db, 'SELECT count(*) FROM xconnect.pending');
	note "$runs runs, $queued changes queued at the end";

	$node->safe_psql($db, 'CREATE TABLE last (a int)');
	is($node->safe_psql($db, 'SELECT count(*) FROM xconnect.pending'), '0', 'a last change leaves nothing pending');
	is($node->safe_psql($db, 'SELECT count(*) FROM xconnect.gap'), '0', 'there is no gap');
	is($node->safe_psql($db, q(
		SELECT count(*) = max(seq) - min(seq) + 1, count(DISTINCT change_id) = count(*), min(seq) = 1,
			bool_and(place = split_part(change_id, '-', 3)::int)
		FROM (SELECT seq, change_id, row_number() OVER (PARTITION BY left(change_id, 12) ORDER BY seq) AS place FROM xconnect.change) x)),
		't|t|t|t', 'every id once, none missing, in the order of the numbers');
	is($node->safe_psql($db, q(
		SELECT count(*) FROM xconnect.commit c LEFT JOIN xconnect.commit p ON p.seq = c.seq - 1 WHERE c.parent IS DISTINCT FROM p.hash)), '0', 'the chain is a line');
	is($node->safe_psql($db, 'SELECT count(*) FROM (SELECT FROM xconnect.commit GROUP BY parent HAVING count(*) > 1) x'), '0', 'without forks');
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_verify()'), '0', 'it verifies');
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_drift()'), '0', 'HEAD is what the catalogs say');
	# Six changes a run. One that is linked late may find that another one recorded what it did.
	my $changes = $node->safe_psql($db, "SELECT count(*) FROM xconnect.change WHERE seq > $begins");
	cmp_ok($changes, '>=', $patience eq '5s' ? 6 * $runs : 2 * $runs, "$changes changes of $runs runs are recorded");
	is($node->safe_psql($db, q(SELECT count(*) FROM xconnect.change_object WHERE object LIKE '%quiet%' AND seq > 3)), '0', 'what nobody touched is in no change');
}
unlike(slurp_file($node->logfile), qr/deadlock|WARNING|PANIC|terminated by signal/, 'the server has nothing to warn of');
$node->stop;
done_testing();
