# Rows in the vault survive crash, restart, a prepared transaction and freezing; aborted drops leave nothing behind.
# psql alone cannot do this: the server has to die.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('vault');
$node->init;
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nrestart_after_crash = on\nautovacuum = off\nxconnect.preserve = tables");
$node->start;

sub ask { return $node->safe_psql('postgres', $_[0]); }
my $sum = q(SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM orders t);
my $waiting = 'SELECT count(*) FROM xc_vault()';
my $undo = q(SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1))));
# Files with something in them that no catalog row names. (A transaction that is killed can leave empty ones, as ever.)
my $orphans = q(SELECT count(*) FROM (SELECT 'base/' || oid AS dir FROM pg_database WHERE datname = 'postgres') d, pg_ls_dir(dir) f
  WHERE f ~ '^\d+$' AND NOT EXISTS (SELECT FROM pg_class WHERE pg_relation_filenode(oid) = f::oid)
    AND (pg_stat_file(dir || '/' || f)).size > 0);

ask('CREATE EXTENSION xconnect');
ask(q(CREATE TABLE orders (id int PRIMARY KEY, what text, big text);
  ALTER TABLE orders ALTER big SET STORAGE EXTERNAL;
  INSERT INTO orders SELECT i, 'w' || i, repeat(md5(i::text), 300) FROM generate_series(1, 500) i));
my $before = ask($sum);

ask('DROP TABLE orders');
is(ask($waiting), '1', 'the rows wait in the vault');
$node->stop('immediate');
$node->start;
ask($undo);
is(ask($sum), $before, 'they come back after a crash');

ask('CHECKPOINT');
ask('DROP TABLE orders');
ask($undo);
$node->stop('immediate');
$node->start;
is(ask($sum), $before, 'a crash after they came back leaves them');
is(ask($waiting), '0', 'and nothing in the vault');

# With wal_level = minimal, what is written to a file of the same transaction is not logged: these files are older.
is(ask('SHOW wal_level'), 'minimal', 'the least is logged');
ask(q(SELECT xc_tag('there')));
ask(q(BEGIN; SELECT xc_checkout('HEAD~3'); SELECT xc_checkout('there');
  INSERT INTO orders SELECT i, 'w' || i, repeat(md5(i::text), 300) FROM generate_series(501, 600) i; COMMIT));
my $more = ask($sum);
$node->stop('immediate');
$node->start;
is(ask($sum), $more, 'so does one after they came and went in one transaction, with more of them');
ask('DELETE FROM orders WHERE id > 500');
is(ask($sum), $before, 'which can go again');

ask(q(BEGIN; DROP TABLE orders; PREPARE TRANSACTION 'p'));
$node->stop('immediate');
$node->start;
is(ask($waiting), '0', 'a prepared drop has dropped nothing yet');
ask(q(ROLLBACK PREPARED 'p'));
is(ask($sum), $before, 'rolled back, the rows are there');
ask(q(BEGIN; DROP TABLE orders; PREPARE TRANSACTION 'p'));
ask(q(COMMIT PREPARED 'p'));
is(ask($waiting), '1', 'committed, they are in the vault');
ask('CREATE TABLE links_what_was_prepared (id int)');
ask('VACUUM (FREEZE)');
ask('VACUUM (FULL)');
$node->restart;
ask(q(SELECT xc_checkout((SELECT 'HEAD~' || count(*) FROM xc_log() WHERE committed_at >=
  (SELECT max(kept_at) FROM xc_vault())))));
is(ask($sum), $before, 'frozen, rewritten and restarted, they come back');

# ---- a backend is killed between the drop and its commit
my $mark = -s $node->logfile;
my ($in, $out) = ("SELECT 'pid ' || pg_backend_pid(); BEGIN; DROP TABLE orders; SELECT 'ready';\n", '');
my $victim = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ],
	'<', \$in, '>', \$out, '2>', '/dev/null', IPC::Run::timeout(60));
$victim->pump until $out =~ /ready/;
$out =~ /pid (\d+)/;
kill KILL => $1;
$victim->finish;
$node->wait_for_log(qr/database system is ready to accept connections/, $mark);
$node->poll_query_until('postgres', 'SELECT true');
is(ask($sum), $before, 'a killed backend drops nothing');
is(ask($waiting), '0', 'and keeps nothing');

# ---- many in turn: dropped, aborted, taken back, let go
ask(q(DO $$ BEGIN FOR i IN 1 .. 10 LOOP
  EXECUTE format('CREATE TABLE many_%s AS SELECT i AS id, repeat(i::text, 5000) AS t FROM generate_series(1, 20) i', i); END LOOP; END $$));
ask(q(DROP TABLE many_1, many_2, many_3));
$node->psql('postgres', q(BEGIN; DROP TABLE many_4, many_5; SELECT 1/0; COMMIT));
ask(q(BEGIN; SAVEPOINT a; DROP TABLE many_6; ROLLBACK TO a; DROP TABLE many_7; COMMIT));
ask($undo);
is(ask(q(SELECT count(*) FROM many_7)), '20', 'with savepoints');
is(ask('SELECT xc_purge_vault()'), '3', 'let go');
ask('CHECKPOINT');
is(ask($orphans), '0', 'no file is left behind');
is(ask('SELECT count(*) FROM xc_verify()'), '0', 'history is whole');
is(ask('SELECT count(*) FROM xc_drift()'), '0', 'nothing drifts');

# ---- large indexes wait with the rows, and are the table's again
ask('CREATE EXTENSION amcheck');
ask(q(CREATE TABLE large (id int PRIMARY KEY, t text); CREATE INDEX large_t ON large (t);
  INSERT INTO large SELECT i, 'row ' || i FROM generate_series(1, 60000) i; CREATE UNLOGGED TABLE unlogged AS TABLE large; CREATE INDEX unlogged_id ON unlogged (id)));
my $sum_of_large = q(SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM large t);
my $index_files = q(SELECT string_agg(pg_relation_filenode(indexrelid)::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'large'::regclass);
my $right = q(SELECT count(bt_index_parent_check(indexrelid, true, true)) FROM pg_index WHERE indrelid = 'large'::regclass);
my $large = ask($sum_of_large);
my $kept_files = ask($index_files);

sub as_they_were
{
	my ($what) = @_;
	is(ask($index_files), $kept_files, "$what: the files of the indexes");
	is(ask($right), '2', "$what: every row has its entries");
	is(ask($sum_of_large), $large, "$what: the rows");
}

ask('DROP TABLE large, unlogged');
is(ask(q(SELECT count(*), count(*) FILTER (WHERE indisvalid) FROM pg_index WHERE indrelid IN (SELECT store FROM xc_vault()))), '3|0', 'they wait, and no plan uses them');
my ($dump) = run_command([ 'pg_dump', '-d', $node->connstr('postgres') ]);
unlike($dump, qr/vault_\d+_rows/, 'a dump has neither');
$node->stop('immediate');
$node->start;
ask($undo);
as_they_were('a crash while they wait');
is(ask('SELECT count(*) FROM unlogged'), '0', 'what is not logged is empty after a crash');
ask(q(INSERT INTO unlogged TABLE large; SELECT bt_index_check('unlogged_id', true)));
$node->stop('immediate');
$node->start;
as_they_were('a crash after they came back');
ask(q(UPDATE large SET t = t || '!' WHERE id % 3 = 0; DELETE FROM large WHERE id % 7 = 0));
$large = ask($sum_of_large);
$node->stop('immediate');
$node->start;
as_they_were('a crash after more was written');
ask('DROP TABLE large');
ask('VACUUM');
ask($undo);
as_they_were('dead rows that were vacuumed meanwhile');
ask(q(SELECT xc_tag('large')));
ask(q(BEGIN; DROP TABLE large; SELECT xc_checkout('large');
  INSERT INTO large SELECT i, 'more ' || i FROM generate_series(100001, 110000) i; COMMIT));
$large = ask($sum_of_large);
$node->stop('immediate');
$node->start;
as_they_were('a crash after they came and went in one transaction, with more rows');
ask(q(BEGIN; DROP TABLE large; PREPARE TRANSACTION 'p'));
$node->stop('immediate');
$node->start;
ask(q(COMMIT PREPARED 'p'));
ask('CREATE TABLE links_what_was_prepared_then (id int)');
ask(q(SELECT xc_rollback((SELECT change_id FROM xc_vault() WHERE object = 'table public.large'))));
as_they_were('a prepared drop and a crash');
ask('DROP TABLE large');
ask('REINDEX DATABASE postgres');
is(ask('SELECT count(*) FROM xc_drift()'), '0', 'REINDEX DATABASE changes nothing of the schema');
($dump) = run_command([ 'pg_dump', '-d', $node->connstr('postgres') ]);
unlike($dump, qr/vault_\d+_rows/, 'nor a dump');
ask($undo);
is(ask($right), '2', 'built anew by REINDEX DATABASE: every row has its entries');
is(ask($sum_of_large), $large, 'built anew by REINDEX DATABASE: the rows');
ask('DROP TABLE large, unlogged');
ask('SELECT xc_purge_vault()');
ask('CHECKPOINT');
is(ask($orphans), '0', 'let go, they leave no file behind');
is(ask('SELECT count(*) FROM xc_verify()'), '0', 'history is whole');

# ---- leaving takes the vault along
ask('DROP TABLE orders');
ask('DROP EXTENSION xconnect CASCADE');
is(ask(q(SELECT count(*) FROM pg_class WHERE relname ~ '^vault_')), '0', 'DROP EXTENSION empties the vault');

$node->stop;
done_testing();
