# History and catalogs agree after the server is killed, and numbering goes on where it was. psql alone cannot do this:
# the server has to die.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nrestart_after_crash = on");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION xconnect');

my $whole = q(SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()),
  (SELECT count(*) = max(seq) - min(seq) + 1 FROM xconnect.change));

$node->safe_psql('postgres', "CREATE TABLE t$_ (id int PRIMARY KEY)") for 1 .. 5;
my $head = $node->safe_psql('postgres', 'SELECT xc_head()');

# Transactions that are open with DDL in them die with the server.
my @open;
for my $i (1 .. 3)
{
	my ($in, $out) = ("BEGIN; CREATE TABLE open$i (id int); SELECT 'ready';\n", '');
	my $h = IPC::Run::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ],
		'<', \$in, '>', \$out, '2>', '/dev/null', IPC::Run::timeout(60));
	$h->pump until $out =~ /ready/;
	push @open, $h;
}

$node->stop('immediate');
$_->kill_kill for @open;
$node->start;

is($node->safe_psql('postgres', 'SELECT xc_head()'), $head, 'the head is where it was');
is($node->safe_psql('postgres', $whole), '0|0|t', 'nothing is missing, nothing drifts');

$node->safe_psql('postgres', 'CREATE TABLE after_crash (id int)');
is($node->safe_psql('postgres', $whole), '0|0|t', 'and history goes on');
is($node->safe_psql('postgres', q(SELECT xc_checkout('HEAD~1') ~ '^(rbk|chg)-')), 't', 'a checkout works on it');
is($node->safe_psql('postgres', q(SELECT to_regclass('after_crash') IS NULL)), 't', 'and does what it says');

# ---- one backend is killed in the midst of its DDL: the server restarts all of them
my $mark = -s $node->logfile;
my $head_before = $node->safe_psql('postgres', 'SELECT xc_head()');
my ($in, $out) = ("SELECT 'pid ' || pg_backend_pid(); BEGIN; CREATE TABLE killed (id serial PRIMARY KEY); ALTER TABLE t1 ADD killed int; SELECT 'ready';\n", '');
my $victim = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ],
	'<', \$in, '>', \$out, '2>', '/dev/null', IPC::Run::timeout(60));
$victim->pump until $out =~ /ready/;
$out =~ /pid (\d+)/;
kill KILL => $1;
$victim->finish;
$node->wait_for_log(qr/database system is ready to accept connections/, $mark);
$node->poll_query_until('postgres', 'SELECT true');
is($node->safe_psql('postgres', 'SELECT xc_head()'), $head_before, 'a killed backend: the head is where it was');
is($node->safe_psql('postgres', $whole), '0|0|t', 'nothing is missing, nothing drifts');
$node->safe_psql('postgres', 'CREATE TABLE after_kill (id int)');
is($node->safe_psql('postgres', $whole), '0|0|t', 'and history goes on');

# ---- the postmaster is killed; a prepared transaction waits for its end
$node->safe_psql('postgres', q(BEGIN; CREATE TABLE prepared_1 (id int); PREPARE TRANSACTION 'one'));
$node->safe_psql('postgres', q(BEGIN; ALTER TABLE t1 ADD prepared_2 int; PREPARE TRANSACTION 'two'));
$node->safe_psql('postgres', 'CREATE TABLE while_prepared (id int)');
$head_before = $node->safe_psql('postgres', 'SELECT xc_head()');
$node->kill9;
# Its children notice and go; until then another one cannot start.
for (1 .. 300)
{
	last if $node->start(fail_ok => 1);
	$node->{_pid} = undef;
	select undef, undef, undef, 0.1;
}
is($node->safe_psql('postgres', 'SELECT xc_head()'), $head_before, 'a killed server: the head is where it was');
is($node->safe_psql('postgres', 'SELECT count(*) FROM xc_verify()'), '0', 'the history is whole');
$node->safe_psql('postgres', 'CREATE TABLE still_prepared (id int)');
$node->safe_psql('postgres', q(COMMIT PREPARED 'one'));
$node->safe_psql('postgres', q(ROLLBACK PREPARED 'two'));
is($node->safe_psql('postgres', q(SELECT count(*) FROM xconnect.pending)), '1', 'what was prepared before and committed after it is pending');
$node->safe_psql('postgres', 'DROP TABLE while_prepared');
is($node->safe_psql('postgres', q(SELECT string_agg(action || ' ' || object, ', ' ORDER BY seq DESC) FROM (SELECT * FROM xconnect.change_object ORDER BY seq DESC LIMIT 2) x)),
	'DROP table public.while_prepared, CREATE table public.prepared_1', 'and linked by the next change');
is($node->safe_psql('postgres', q(SELECT count(*) FROM xconnect.change WHERE content LIKE '%prepared_2%')), '0', 'what was rolled back is not');
is($node->safe_psql('postgres', q(SELECT statement FROM xconnect.change_statement JOIN xconnect.change_object USING (seq) WHERE object = 'table public.prepared_1')),
	'CREATE TABLE prepared_1 (id int)', 'with its statement');
is($node->safe_psql('postgres', $whole), '0|0|t', 'nothing is missing, nothing drifts');

# What the numbers of the history say, without our own code: SQL's sha256() over what is stored.
is($node->safe_psql('postgres', q(
SELECT bool_and(c.hash = sha256(convert_to(c.content, 'UTF8'))), bool_and(c.parent IS NOT DISTINCT FROM p.hash), count(*) = max(c.seq) - min(c.seq) + 1
  FROM xconnect.commit c LEFT JOIN xconnect.commit p ON p.seq = c.seq - 1)), 't|t|t', 'the chain checks with SQL alone');
is($node->safe_psql('postgres', q(
SELECT bool_and(c.hash = sha256(convert_to(c.content, 'UTF8'))), bool_and(c.previous_hash IS NOT DISTINCT FROM p.hash)
  FROM xconnect.change c LEFT JOIN xconnect.change p ON p.seq = c.seq - 1)), 't|t', 'and the ledger');
is($node->safe_psql('postgres', q(SELECT (SELECT bool_and(hash = sha256(convert_to(content, 'UTF8'))) FROM xconnect.blob), (SELECT bool_and(hash = sha256(content)) FROM xconnect.tree))),
	't|t', 'and every blob and node');

$node->stop;
done_testing();
