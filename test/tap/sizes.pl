# What is large is captured, shown, undone and done again like everything else, and for pg_dump -s nothing differs: thousands
# of DDL in one transaction, DROP SCHEMA of thousands, 1,600 columns, a function body of a megabyte, names of 63 bytes, and
# databases in other encodings. XC_SIZE says how many are thousands (300); with 10,000 it tells as well that the time goes
# with their number, and how much memory an object takes.
use strict;
use warnings;
use Encode qw(encode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $size = $ENV{XC_SIZE} // 300;
my $node = PostgreSQL::Test::Cluster->new('sizes');
$node->init;
$node->append_conf('postgresql.conf', "max_locks_per_transaction = 8192\nfsync = off\nautovacuum = off\ntimezone = 'UTC'");
$node->start;

sub database
{
	my ($name, $encoding) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql($name, 'CREATE EXTENSION xconnect');
}

# From a file, as it is: a command line has no room for a megabyte, and is read in the encoding of the terminal.
sub run_sql
{
	my ($db, $sql) = @_;
	my $file = $PostgreSQL::Test::Utils::tmp_check . '/statements.sql';
	open my $out, '>:raw', $file or die;
	print $out "\\set QUIET on\nSET client_min_messages = warning;\n$sql";
	close $out;
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-d', $db, '-f', $file ],
		'>', \$stdout, '2>', \$stderr) or die 'psql: ' . substr($stderr, 0, 2000) =~ s/([^ -~\n])/sprintf '\\x%02x', ord $1/ger;
	chomp $stdout;
	return wantarray ? ($stdout, $stderr) : $stdout;
}

sub schema
{
	my ($db) = @_;
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run([ 'pg_dump', '-s', '-h', $node->host, '-p', $node->port, $db ], '>', \$stdout, '2>', \$stderr) or die $stderr;
	return $stdout =~ s/^\\(un)?restrict.*\n//mgr;
}

sub head { return run_sql($_[0], 'SELECT change_id FROM xc_log(max_count => 1);') }

# A change there and back and there again. objects: how many it has; shown: what the history shows of it.
sub there_and_back
{
	my ($db, $what, $sql, %expected) = @_;
	my $before = schema($db);
	my $count = run_sql($db, 'SELECT count(*) FROM xconnect.change;');
	run_sql($db, $sql);
	my $after = schema($db);
	my $change = head($db);
	is(run_sql($db, 'SELECT count(*) FROM xconnect.change;') - $count, 1, "$what: one change");
	is(run_sql($db, "SELECT count(*) FROM xconnect.change_object JOIN xconnect.change USING (seq) WHERE change_id = '$change';"), $expected{objects}, "$what: with all its objects")
	  if $expected{objects};
	is(run_sql($db, "SELECT $expected{shown};"), 't', "$what: the history shows it") if $expected{shown};
	run_sql($db, "SELECT xc_rollback('$change', cascade => true);");
	ok(schema($db) eq $before, "$what: undone, the dump is the one of before") or diff($before, schema($db));
	run_sql($db, "SET xconnect.preserve = 'tables, columns'; SELECT xc_rollback('" . head($db) . "');");
	ok(schema($db) eq $after, "$what: done again, it is the one of after") or diff($after, schema($db));
	return $change;
}
sub diff
{
	my @files = map { my $f = "$PostgreSQL::Test::Utils::tmp_check/dump.$_"; open my $out, '>:raw', $f or die; print $out $_[$_]; close $out; $f } 0, 1;
	diag substr(`diff $files[0] $files[1] | head -20`, 0, 2000);
}
sub is_whole
{
	my ($db) = @_;
	is(run_sql($db, q(SELECT count(*), min(finding) FROM xc_verify();)), '0|', "$db: the history is whole");
	is(run_sql($db, q(SELECT count(*), min(identity) FROM xc_drift();)), '0|', "$db: and the catalogs are as HEAD has them");
}

# ---- many
database('many', 'UTF8');
my @mixed = (
	'CREATE TABLE big.t%1$s (id int PRIMARY KEY, v text DEFAULT %1$s CHECK (v <> %1$L));',
	'CREATE VIEW big.v%1$s AS SELECT %1$s AS n;',
	'CREATE FUNCTION big.f%1$s(a int) RETURNS int LANGUAGE sql AS %2$L;',
	q(CREATE TYPE big.e%1$s AS ENUM ('a', %1$L);));
# One statement each, as a migration has them.
my $statements = run_sql('many', qq(SELECT format((ARRAY[@{[ join ', ', map { "\$f\$$_\$f\$" } @mixed ]}])[1 + i % 4], i, 'SELECT ' || i) FROM generate_series(1, $size) i;));
my $tables = int($size / 4);
run_sql('many', 'CREATE SCHEMA big;');
# A table has its two constraints.
my $change = there_and_back('many', "$size DDL in one transaction", "BEGIN;\n$statements\nCOMMIT;", objects => $size + 2 * $tables,
	shown => "xc_show('HEAD', 'table big.t4') LIKE '%CREATE TABLE big.t4%'");
is(run_sql('many', "SELECT count(*) FROM xconnect.change_statement JOIN xconnect.change USING (seq) WHERE change_id = '$change';"), $size, 'each of its statements is there');
run_sql('many', join '', map { "INSERT INTO big.t$_ VALUES (1, 'x');" } grep { $_ % 4 == 0 && $_ <= 40 } 1 .. $size);
there_and_back('many', "DROP SCHEMA of $size objects", 'SET xconnect.preserve = tables; DROP SCHEMA big CASCADE;', objects => $size + 2 * $tables + 1);

# Savepoints, of which every other one is rolled back.
my $savepoints = join '', map { "SAVEPOINT s; CREATE FUNCTION of_savepoint_$_() RETURNS int LANGUAGE sql AS 'SELECT $_';" . ($_ % 2 ? 'RELEASE s;' : 'ROLLBACK TO s;') } 1 .. $size;
$change = there_and_back('many', "$size savepoints", "BEGIN;\n$savepoints\nCOMMIT;", objects => int(($size + 1) / 2));
is(run_sql('many', "SELECT count(*) FROM xconnect.change_statement JOIN xconnect.change USING (seq) WHERE change_id = '$change';"), int(($size + 1) / 2),
	'what was rolled back is not among its statements');
# The server itself takes its time for thousands of them inside each other.
$savepoints = join '', map { "SAVEPOINT s$_; COMMENT ON FUNCTION of_savepoint_1() IS '$_';" } 1 .. 300;
run_sql('many', "BEGIN;\n$savepoints\nROLLBACK TO s2; COMMENT ON FUNCTION of_savepoint_1() IS 'last'; COMMIT;");
is(run_sql('many', 'SELECT string_agg(statement, $$;$$ ORDER BY ordinal) FROM xconnect.change_statement WHERE seq = (SELECT max(seq) FROM xconnect.change);'),
	q(COMMENT ON FUNCTION of_savepoint_1() IS '1';COMMENT ON FUNCTION of_savepoint_1() IS 'last'), 'of savepoints inside each other, what stayed is there');

# Many steps that test rows are run together, and one at a time where one of them fails.
my @checked = 1 .. 150;
run_sql('many', 'BEGIN; CREATE SCHEMA checked;' . join('', map { "CREATE TABLE checked.t$_ (a int CONSTRAINT c CHECK (a > 0));" } @checked) . 'COMMIT;');
my $before = schema('many');
run_sql('many', 'BEGIN;' . join('', map { "ALTER TABLE checked.t$_ DROP CONSTRAINT c;" } @checked) . 'COMMIT;');
$change = head('many');
run_sql('many', 'INSERT INTO checked.t77 VALUES (-1), (1); INSERT INTO checked.t78 VALUES (1);');
ok(!eval { run_sql('many', "SELECT xc_rollback('$change');"); 1 }, 'one row that does not fit stands in the way');
like($@, qr/checked\.t77: 1 row\(s\) that c does not let in/, 'and is told');
my (undef, $warnings) = run_sql('many', "SELECT xc_rollback('$change', allow_data_loss => true);");
like($warnings, qr/WARNING: .*checked\.t77: 1 row/, 'where that is allowed, it goes');
is($warnings =~ s/WARNING://g, 1, 'alone');
is(run_sql('many', 'SELECT (SELECT count(*) FROM checked.t77), (SELECT count(*) FROM checked.t78);'), '1|1', 'the other rows stay');
ok(schema('many') eq $before, 'and the schema is the one of before') or diff($before, schema('many'));
is_whole('many');

# ---- time and memory go with the number
sub costs
{
	my ($db, $number) = @_;
	database($db, 'UTF8');
	run_sql($db, q(CREATE SCHEMA others; DO $$ BEGIN FOR i IN 1..5000 LOOP EXECUTE format('CREATE TABLE others.t%s (a int)', i); END LOOP; END $$;)) if $size >= 10000;
	run_sql($db, qq(CREATE SCHEMA s; DO \$\$ BEGIN FOR i IN 1..$number LOOP EXECUTE format('CREATE TABLE s.t%s (id int PRIMARY KEY, v text)', i); END LOOP; END \$\$;));
	my $cpu = q(SELECT round((s[14]::numeric + s[15]::numeric) / 100, 2) FROM (SELECT string_to_array(pg_read_file('/proc/self/stat'), ' ') s) x);
	my $memory = q(SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)'));
	my @got = split /\n/, run_sql($db, "SET client_min_messages = error; DROP SCHEMA s CASCADE; $cpu; $memory; SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1))) \\gset\n$cpu; $memory;");
	return { cpu => ($got[2] - $got[0]) / $number, memory => ($got[3] - $got[1]) / $number };
}
SKIP:
{
	skip 'for XC_SIZE=10000', 3 if $size < 10000;
	my ($few, $many) = (costs('few', 1000), costs('many_more', $size));
	cmp_ok($many->{cpu}, '<', 1.6 * $few->{cpu}, sprintf('undoing a DROP of %d tables takes %.2f ms of each, of 1000 tables %.2f', $size, 1000 * $many->{cpu}, 1000 * $few->{cpu}));
	cmp_ok($many->{memory}, '<', 110, sprintf('and %.0f kB', $many->{memory}));
	my $functions = join '', map { "CREATE FUNCTION m$_(a int) RETURNS int LANGUAGE sql AS 'SELECT $_';" } 1 .. $size;
	my $memory = q(SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)'));
	my @got = split /\n/, run_sql('few', "$memory;\nBEGIN;\n$functions\nCOMMIT;\n$memory;");
	cmp_ok(($got[1] - $got[0]) / $size, '<', 2, sprintf('a session that made %d functions in one transaction is left with %.1f kB of each', $size, ($got[1] - $got[0]) / $size));
}

# ---- wide
database('wide', 'UTF8');
my $columns = join ', ', map { "c$_ " . (qw(int text boolean numeric))[ $_ % 4 ] . ($_ % 100 ? '' : " DEFAULT '$_' NOT NULL") } 1 .. 1600;
there_and_back('wide', 'a table of 1,600 columns', "BEGIN; CREATE TABLE wide ($columns); COMMENT ON COLUMN wide.c1600 IS 'the last'; COMMIT;", objects => 1,
	shown => "(xc_show('HEAD', 'table public.wide') LIKE '%c1600 integer%')");
run_sql('wide', 'INSERT INTO wide (c1, c800, c1600) VALUES (1, 2, 3);');
there_and_back('wide', 'one of its columns renamed and another one changed', 'BEGIN; ALTER TABLE wide RENAME c800 TO other; ALTER TABLE wide ALTER c799 SET DEFAULT 7; COMMIT;', objects => 1);
there_and_back('wide', 'one of its columns dropped', 'SET xconnect.preserve = columns; ALTER TABLE wide DROP COLUMN c1600;');
run_sql('wide', 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)));');
is(run_sql('wide', 'SELECT c1, other, c1600 FROM wide;'), '1|2|3', 'with its values');
there_and_back('wide', 'the table dropped', 'SET xconnect.preserve = tables; DROP TABLE wide;', objects => 1);

# ---- long
my $line = "-- a line of a long body: \xc3\xa9 \\ ' \$\$ \"\n";
my $body = $line x (1024 * 1024 / length $line);
there_and_back('wide', 'a function body of 1 MB', "CREATE FUNCTION long() RETURNS int LANGUAGE sql AS \$body\$${body}SELECT 1\$body\$;", objects => 1,
	shown => q((SELECT length(xc_show('HEAD', 'function public.long()')) > 1000000)));
there_and_back('wide', 'a line of it changed', "CREATE OR REPLACE FUNCTION long() RETURNS int LANGUAGE sql AS \$body\$${body}SELECT 2\$body\$;", objects => 1,
	shown => q((SELECT count(*) < 20 FROM regexp_split_to_table(xc_diff_text('HEAD~1', 'HEAD'), E'\n'))));
is(run_sql('wide', 'SELECT long();'), '2', 'and it is the newer one that runs');
is(run_sql('wide', q(SELECT count(*) FROM xconnect.change_statement JOIN xconnect.change USING (seq) WHERE kind = 'change' AND length(statement) > 1000000;)), '2', 'the statements are there as typed');
is_whole('wide');

# ---- names of 63 bytes, in any encoding
# What a letter is, and how a name of 63 bytes that ends in it is made of others.
my %letters = (
	utf8_3 => [ 'UTF8', encode('UTF-8', "\x{6f22}"), encode('UTF-8', "\x{5b57}") ],
	utf8_4 => [ 'UTF8', encode('UTF-8', "\x{1f418}"), encode('UTF-8', "\x{1f40d}") ],
	quoted => [ 'UTF8', '"', q(') ],
	latin1 => [ 'LATIN1', "\xe9", "\xf6" ],
	koi8r => [ 'KOI8R', "\xd6", "\xd1" ],
	euc_jp => [ 'EUC_JP', encode('euc-jp', "\x{6f22}"), encode('euc-jp', "\x{5b57}") ],
	sql_ascii => [ 'SQL_ASCII', "\xff", "\xe9" ]);
for my $case (sort keys %letters)
{
	my ($encoding, $a, $b) = @{$letters{$case}};
	my $db = "names_$case";
	database($db, $encoding);
	# All but the last letter the same: whatever cuts a byte off makes them one.
	my $common = $a x int((63 - length $a) / length $a);
	$common = ('x' x (63 - length($common) - length $a)) . $common;
	my ($one, $two) = map { my $name = $common . ($_ x (length($a) / length $_)); is(length $name, 63, "$case: a name of 63 bytes"); '"' . $name =~ s/"/""/gr . '"' } $a, $b;
	my $text = "'" . ($a . $b) =~ s/'/''/gr . "'";
	there_and_back($db, "$case: made", <<"SQL");
SET client_encoding = '$encoding';
BEGIN;
CREATE SCHEMA $one;
CREATE TABLE $one.$one ($one int PRIMARY KEY, $two text DEFAULT $text CONSTRAINT $two CHECK ($two <> $text));
CREATE TABLE $one.$two ($one int CONSTRAINT $one REFERENCES $one.$one, $two text);
CREATE INDEX ON $one.$two ($two);
CREATE VIEW $one.view AS SELECT $one, $two FROM $one.$two WHERE $two <> $text;
CREATE FUNCTION $one.$one($two text) RETURNS text LANGUAGE sql AS 'SELECT \$1';
CREATE TYPE $one.e AS ENUM ($text);
CREATE POLICY $one ON $one.$one USING ($two = $text);
CREATE TRIGGER $two BEFORE UPDATE ON $one.$one FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
COMMENT ON COLUMN $one.$one.$two IS $text;
COMMIT;
SQL
	there_and_back($db, "$case: two names exchanged", <<"SQL");
SET client_encoding = '$encoding';
BEGIN;
ALTER TABLE $one.$one RENAME TO other;
ALTER TABLE $one.$two RENAME TO $one;
ALTER TABLE $one.other RENAME TO $two;
ALTER TABLE $one.$two RENAME $one TO other;
ALTER TABLE $one.$two RENAME $two TO $one;
ALTER TABLE $one.$two RENAME other TO $two;
ALTER SCHEMA $one RENAME TO $two;
COMMIT;
SQL
	there_and_back($db, "$case: all of it dropped", "SET client_encoding = '$encoding'; DROP SCHEMA $two CASCADE;");
	is(run_sql($db, q(SELECT count(*) FROM xc_ledger_jsonl() l WHERE (l::jsonb ->> 'change_id') IS NULL;)), '0', "$case: each line of the ledger is JSON");
	is_whole($db);
}

# What objects are, and their names, are hashed as UTF-8, so a history is the same in a database of another encoding.
for my $from (qw(latin1 koi8r euc_jp))
{
	my ($encoding, $a, $b) = @{$letters{$from}};
	my ($source, $copy) = ("dumped_$from", "moved_$from");
	database($source, $encoding);
	run_sql($source, qq(SET client_encoding = '$encoding';
BEGIN; CREATE SCHEMA "$a"; CREATE TABLE "$a"."t$b" ("$a" text DEFAULT '$b'); CREATE TABLE "$a"."u$a" ("$b" int); COMMIT;
ALTER TABLE "$a"."t$b" RENAME TO "$b";));
	run_sql($source, qq(SET client_encoding = '$encoding'; CREATE TABLE "$b$a" (a int);));
	my $dump = "$PostgreSQL::Test::Utils::tmp_check/$from.sql";
	system_or_bail('pg_dump', '-h', $node->host, '-p', $node->port, '-f', $dump, $source);
	$node->safe_psql('postgres', "CREATE DATABASE $copy TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
	system_or_bail('psql', '-X', '-q', '-o', "$dump.log", '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-f', $dump, $copy);
	my $hashes = q(SELECT string_agg(hash::text, ' ' ORDER BY seq) FROM xconnect.commit;);
	is(run_sql($copy, q(SELECT count(*) FROM xc_drift();)), '0', "$encoding: what was restored into UTF8 is as its history has it");
	is(run_sql($copy, $hashes), run_sql($source, $hashes), "$encoding: by the same hashes");
	is_whole($copy);
	run_sql($copy, 'CREATE TABLE next (a int);');
	my $tables = q(SELECT count(*) FILTER (WHERE relname LIKE 't%'), count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace >= 16384 AND relnamespace <> 'xconnect'::regnamespace;);
	for my $undone ([ 3, '1|2' ], [ 2, '0|0' ])
	{
		run_sql($copy, "SELECT xc_rollback((SELECT change_id FROM xconnect.change WHERE seq = $undone->[0]));");
		is(run_sql($copy, $tables), $undone->[1], "$encoding: where change $undone->[0] can be undone");
	}
	is_whole($copy);
}

$node->stop;
done_testing();
