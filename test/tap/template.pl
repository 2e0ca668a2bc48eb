# A copy of a database brings its history along, and both go on by themselves.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('template');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE original');
$node->safe_psql('original', 'CREATE EXTENSION xconnect');
$node->safe_psql('original', 'CREATE TABLE t (a int)');
$node->safe_psql('original', 'ALTER TABLE t ADD b text');
my $head = $node->safe_psql('original', 'SELECT xc_head()');

$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE original');
is($node->safe_psql('copy', 'SELECT xc_head()'), $head, 'the copy has the head');
is($node->safe_psql('copy', 'SELECT count(*) FROM xc_verify()'), '0', 'and a whole history');
is($node->safe_psql('copy', 'SELECT count(*) FROM xc_drift()'), '0', 'and no drift');

$node->safe_psql('copy', 'CREATE TABLE only_here (x int)');
$node->safe_psql('original', 'CREATE TABLE only_there (x int)');
isnt($node->safe_psql('copy', 'SELECT xc_head()'), $node->safe_psql('original', 'SELECT xc_head()'), 'then each goes its way');

for my $db ('original', 'copy')
{
	$node->safe_psql($db, q(SELECT xc_checkout('HEAD~2')));
	is( $node->safe_psql($db, q(SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped)),
		'a', "$db goes back to before the copy");
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_verify()'), '0', "$db verifies");
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_drift()'), '0', "$db does not drift");
}

# A database made from a template that has the extension captures from its first statement on.
$node->safe_psql('template1', 'CREATE EXTENSION xconnect');
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE TABLE first (x int)');
is($node->safe_psql('fresh', q(SELECT string_agg(object, ',') FROM xconnect.change_object WHERE object = 'table public.first')),
	'table public.first', 'captured in a database made from template1');

$node->stop;
done_testing();
