# History and catalogs agree after the server is killed, and numbering goes on where it was. psql alone cannot do this:
# the server has to die.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;
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

$node->stop;
done_testing();
