#!/usr/bin/perl
# Rows that wait in the vault in what is made of a server: a standby, a base backup; and through a wraparound of
# transaction ids, which they have to be frozen for like all others. psql alone can do neither.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('vault_primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'xconnect.preserve_disk_free = 0');
$primary->start;
sub ask { my ($node, $sql) = @_; return $node->safe_psql('postgres', $sql); }
my $sum = q(SELECT count(*), md5(string_agg(o::text, '|' ORDER BY id)) FROM orders o);
my $waiting = 'SELECT count(*) FROM xc_vault()';
my $back = 'SELECT xc_rollback(change_id) <> $$$$ FROM xc_vault() ORDER BY kept_at DESC LIMIT 1';

ask($primary, q(CREATE EXTENSION xconnect;
  CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text, big text, more int DEFAULT 7);
  ALTER TABLE orders ALTER big SET STORAGE EXTERNAL;
  INSERT INTO orders (what, big) SELECT 'w' || i, repeat(md5(i::text), 200) FROM generate_series(1, 200) i));
ask($primary, q(ALTER TABLE orders ADD COLUMN late int DEFAULT 5));
my $before = ask($primary, $sum);
my $old = ask($primary, q(SELECT age(relfrozenxid) FROM pg_class WHERE relname = 'orders'));

# ---- a standby that was there before the drop, and one that is made of a backup after it

$primary->backup('before');
my $standby = PostgreSQL::Test::Cluster->new('vault_standby');
$standby->init_from_backup($primary, 'before', has_streaming => 1);
$standby->start;
ask($primary, 'DROP TABLE orders');
is(ask($primary, $waiting), '1', 'the rows wait in the vault');
my $ages = q(SELECT string_agg((age(relfrozenxid) >= %s)::text, ' ') FROM pg_class
  WHERE oid IN (SELECT store FROM xc_vault()) OR oid IN (SELECT reltoastrelid FROM pg_class WHERE oid IN (SELECT store FROM xc_vault())));
is(ask($primary, sprintf($ages, $old)), 'true true', 'as old as they were, in TOAST, too: the server knows what it has to freeze');
$primary->wait_for_catchup($standby);
is(ask($standby, $waiting), '1', 'on the standby, too');

$primary->backup('after');
my $copy = PostgreSQL::Test::Cluster->new('vault_copy');
$copy->init_from_backup($primary, 'after');
$copy->start;
ask($copy, $back);
is(ask($copy, $sum), $before, 'of a base backup they come back');
is(ask($copy, 'SELECT count(*) FROM xc_verify()'), '0', 'its history is whole');
$copy->stop;

$standby->promote;
ask($standby, $back);
is(ask($standby, $sum), $before, 'of a standby that was promoted they come back');
is(ask($standby, $waiting), '0', 'and nothing waits any more');
is(ask($standby, 'SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift())'), '0|0', 'its history is whole');
$standby->stop;

# ---- three quarters of all transaction ids go by, twice over

sub go_on_by {
	my ($number) = @_;
	my $next = ask($primary, 'SELECT pg_current_xact_id()::text::bigint % (1::bigint << 32)') + $number;
	$next %= 2**32;
	$primary->stop;
	command_ok([ 'pg_resetwal', '-x', $next, '-D', $primary->data_dir ], "transaction ids go on at $next");
	# The page that this one is on, of a status that nobody asks for.
	my $segment = sprintf('%s/pg_xact/%04X', $primary->data_dir, $next / (32 * 32768));
	append_to_file($segment, "\0" x (32 * 8192)) unless -e $segment;
	$primary->start;
	return;
}
my $frozen = q(SELECT string_agg((age(relfrozenxid) < 100000)::text, ' ') FROM pg_class WHERE oid IN (SELECT store FROM xc_vault()));
my $bin = $primary->config_data('--bindir');
for my $round (1, 2, 3)
{
	go_on_by(1_500_000_000);
	$primary->command_ok([ 'vacuumdb', '-q', '--all', '--freeze' ], 'vacuumed');
	is(ask($primary, $frozen), 'true', 'what waits is frozen like any other table');
}
ask($primary, $back);
is(ask($primary, $sum), $before, 'after a wraparound the rows come back');
is(ask($primary, 'SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift())'), '0|0', 'the history is whole');
ask($primary, 'DROP TABLE orders');
ask($primary, $back);
is(ask($primary, $sum), $before, 'and once more');
$primary->stop;
done_testing();
