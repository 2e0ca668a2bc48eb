# The vault when a backend, or the whole server, is killed at a random point of a drop of tables or columns, a truncation, a
# conversion, a rewrite, a rollback, a purge: what was committed is there, the rest never was, no file of committed rows is left that nobody has. psql alone cannot do this.
#
#   VAULT_CRASHES=200 VAULT_SEED=1 make check-tap T=vault_crash      longer; the seed is printed
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $rounds = $ENV{VAULT_CRASHES} || 16;
my $seed = $ENV{VAULT_SEED} || time ^ $$;
srand($seed);
note("seed $seed, $rounds rounds");

my $node = PostgreSQL::Test::Cluster->new('vault_crash');
$node->init;
$node->append_conf('postgresql.conf',
	"restart_after_crash = on\nautovacuum = off\nxconnect.preserve = 'tables, columns, truncate'\nsession_preload_libraries = 'xconnect'\nxconnect.preserve_disk_free = 0\nmax_prepared_transactions = 5");
$node->start;

sub ask { return $node->safe_psql('postgres', $_[0]); }

ask('CREATE EXTENSION xconnect');
ask(q(CREATE SCHEMA shop;
  CREATE TABLE shop.orders (id int PRIMARY KEY, what text, big text, twice int GENERATED ALWAYS AS (id * 2) STORED);
  ALTER TABLE shop.orders ALTER big SET STORAGE EXTERNAL;
  CREATE INDEX ON shop.orders (what);
  INSERT INTO shop.orders SELECT i, 'w' || i, repeat(md5(i::text), 100) FROM generate_series(1, 300) i;
  CREATE MATERIALIZED VIEW shop.summary AS SELECT what, length(big) AS size FROM shop.orders;
  CREATE TABLE shop.lines (id int GENERATED ALWAYS AS IDENTITY, of int REFERENCES shop.orders, tags text[]);
  INSERT INTO shop.lines (of, tags) SELECT i, ARRAY['a', i::text] FROM generate_series(1, 300) i));
ask('CREATE EXTENSION amcheck');
ask(q(CREATE TABLE large (id int PRIMARY KEY, t text); INSERT INTO large SELECT i, 'row ' || i FROM generate_series(1, 60000) i; UPDATE large SET t = t || '!' WHERE id % 3 = 0));
ask(q(CREATE TABLE spare AS SELECT i, repeat('x', 100) AS t FROM generate_series(1, 300) i));
ask(q(SELECT xc_tag('full')));

my @names = ('shop.orders', 'shop.lines', 'shop.summary', 'spare', 'large');
my $sums = join(' UNION ALL ', map { "SELECT '$_', count(*)::text, md5(string_agg(x::text, '|' ORDER BY x::text)) FROM $_ x" } @names);
my $before = ask($sums);
my $full = q(SELECT xc_checkout('full'));
my $missing = 'SELECT count(*) FROM unnest(ARRAY[' . join(', ', map { "'$_'" } @names) . ']) n WHERE to_regclass(n) IS NULL';

# Files of tables, of the vault's, of TOAST and of indexes, as they are committed.
my $files = q(SELECT pg_relation_filenode(oid) FROM pg_class WHERE relkind IN ('r', 'm', 't', 'i') AND oid >= 16384 AND relpersistence = 'p');
my $on_disk = q(SELECT f FROM pg_database d, pg_ls_dir('base/' || d.oid) f WHERE datname = 'postgres' AND f ~ '^\d+$'
  AND NOT EXISTS (SELECT FROM pg_class WHERE pg_relation_filenode(oid) = f::oid) AND (pg_stat_file('base/' || d.oid || '/' || f)).size > 0);
# Tables of the vault that nothing says what they are, and what is said to be there and is not; TOAST of nobody.
my $strays = q(SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'xconnect'::regnamespace AND relkind = 'r' AND relname ~ '^vault_\d+_rows'
    AND NOT EXISTS (SELECT FROM xconnect.vault WHERE store = pg_class.oid)),
  (SELECT count(*) FROM xconnect.vault WHERE store IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class WHERE oid = store)),
  (SELECT count(*) FROM pg_class t WHERE relkind = 't' AND NOT EXISTS (SELECT FROM pg_class WHERE reltoastrelid = t.oid)));

# What is killed; before it the database is full, or what stands first has been done to it.
my @works = (
	[ '', 'DROP TABLE spare' ],
	[ '', 'DROP TABLE shop.orders CASCADE' ],
	[ '', 'DROP SCHEMA shop CASCADE' ],
	[ '', 'DROP TABLE large' ],
	[ 'DROP TABLE large', $full ],
	[ 'CREATE TABLE waste AS SELECT i FROM generate_series(1, 100000) i; CREATE INDEX ON waste (i); DROP TABLE waste', 'VACUUM; SELECT xc_purge_vault()' ],
	[ '', 'BEGIN; DROP TABLE spare; SAVEPOINT a; DROP SCHEMA shop CASCADE; ROLLBACK TO a; DROP MATERIALIZED VIEW shop.summary; COMMIT' ],
	[ '', "BEGIN; DROP TABLE spare; PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p'" ],
	[ 'DROP SCHEMA shop CASCADE; DROP TABLE spare', $full ],
	[ 'DROP TABLE shop.lines', $full ],
	[ '', 'TRUNCATE spare' ],
	[ '', 'TRUNCATE shop.orders, shop.lines RESTART IDENTITY' ],
	[ '', 'BEGIN; TRUNCATE spare; INSERT INTO spare VALUES (1); SAVEPOINT a; TRUNCATE shop.lines; ROLLBACK TO a; DROP TABLE shop.lines; COMMIT' ],
	[ 'TRUNCATE shop.orders, shop.lines; INSERT INTO shop.orders VALUES (1000); ALTER TABLE shop.orders ADD COLUMN more int DEFAULT 1', $full ],
	[ 'TRUNCATE spare; INSERT INTO spare VALUES (1); ALTER TABLE spare DROP COLUMN t; DROP TABLE spare', $full ],
	[ '', 'ALTER TABLE shop.orders DROP COLUMN big, DROP COLUMN what CASCADE' ],
	[ 'ALTER TABLE shop.orders DROP COLUMN big CASCADE', 'UPDATE shop.orders SET what = what; VACUUM FULL shop.orders' ],
	[ 'ALTER TABLE spare DROP COLUMN t; UPDATE spare SET i = i', $full ],
	[ '', 'ALTER TABLE shop.lines ALTER tags TYPE text USING tags[1]' ],
	[ 'ALTER TABLE shop.lines ALTER tags TYPE text USING tags[1]; UPDATE shop.lines SET of = of', $full ],
	[ 'ALTER TABLE spare ADD COLUMN waste text DEFAULT \'w\'; ALTER TABLE spare DROP COLUMN waste', 'SELECT xc_purge_vault()' ],
	[ 'CREATE TABLE waste AS SELECT i, repeat(\'x\', 9000) FROM generate_series(1, 100) i; DROP TABLE waste', 'SELECT xc_purge_vault()' ],
	[ 'CREATE TABLE waste AS SELECT i FROM generate_series(1, 100) i; DROP TABLE waste; SET xconnect.preserve_count = 0; CREATE TABLE next (i int)',
	  'SET xconnect.preserve_count = 0; DROP TABLE next' ],
);

sub kill_server
{
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my @children = split ' ', `ps -o pid= --ppid $postmaster`;
	kill KILL => $postmaster, @children;
	for (1 .. 500) { last unless kill(0, $postmaster); usleep(10_000); }
	$node->{_pid} = undef;
	$node->start;
}

my $wrong = 0;
for my $round (1 .. $rounds)
{
	my ($prepare, $work) = @{ $works[ rand @works ] };
	my $server = rand() < 0.4;
	ask($prepare) if $prepare;
	my @committed = split /\n/, ask($files);
	my ($in, $out) = ("SELECT 'pid ' || pg_backend_pid();\n", '');
	my $mark = -s $node->logfile;
	my $victim = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ],
		'<', \$in, '>', \$out, '2>', '/dev/null', IPC::Run::timeout(120));
	$victim->pump until $out =~ /pid (\d+)\s/;
	$out =~ /pid (\d+)/;
	my $pid = $1;
	$in .= "$work;\nSELECT 'done';\n";
	$victim->pump while length $in;
	usleep(1000 * rand(rand() < 0.3 ? 400 : 60));
	if ($server) { kill_server(); }
	else
	{
		kill KILL => $pid;
		$victim->finish;
		$node->wait_for_log(qr/database system is ready to accept connections/, $mark);
		$node->poll_query_until('postgres', 'SELECT true');
	}
	$victim->kill_kill if $server;
	my %known = map { $_ => 1 } @committed;
	$node->psql('postgres', q(ROLLBACK PREPARED 'p'));
	ask('CHECKPOINT');
	my @left = grep { $known{$_} } split /\n/, ask($on_disk);
	# What was prepared waits in the queue until the next change links it.
	ask('CREATE TABLE links_what_waits (i int)') if ask('SELECT count(*) FROM xconnect.pending');
	my $state = ask(q(SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()))) . ' ' . ask($strays);
	my $gone = ask($missing);
	my ($code, undef, $error) = $node->psql('postgres', $full);
	my $after = $code == 0 ? ask($sums) : '';
	# An index that lacks an entry is an error.
	$after .= ' wrong index' if $code == 0 && $node->psql('postgres', q(SELECT bt_index_parent_check('large_pkey', true, true))) != 0;
	my $again = ask($strays);
	next if $state eq '0|0 0|0|0' && $again eq '0|0|0' && !@left && $after eq $before;
	$wrong++;
	fail("round $round: $prepare / $work, killed " . ($server ? 'the server' : 'the backend'));
	diag("seed $seed; state $state, afterwards $again; $gone missing before the rollback; files left: @left; $error");
	last if $after ne $before;
}
is($wrong, 0, "$rounds rounds");
$node->stop;
done_testing();
