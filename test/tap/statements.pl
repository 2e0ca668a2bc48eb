# The ledger has the statements as typed: each for itself, those that ran inside others too, and only those that count.
# Every script runs in a session of its own, so that the first statement is the one that loads the library.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('statements');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION xconnect; CREATE TABLE standing (a int)');

# Runs a script, gives the statements of the changes that it made: those of one change joined by " & ".
my $seen = 0;
sub statements_of
{
	my ($sql, %params) = @_;
	$seen = $node->safe_psql('postgres', 'SELECT max(seq) FROM xconnect.change');
	# As one string: one simple query. On standard input psql sends a query a statement.
	$node->psql('postgres', $params{as_one} ? undef : $sql, on_error_stop => 0, $params{as_one} ? (extra_params => [ '-c', $sql ]) : ());
	return $node->safe_psql('postgres', qq(
		SELECT string_agg(statement, ' & ' ORDER BY ordinal) FROM xconnect.change_statement WHERE seq > $seen GROUP BY seq ORDER BY seq));
}

sub objects
{
	return $node->safe_psql('postgres', qq(SELECT string_agg(action || ' ' || object, ', ' ORDER BY object) FROM xconnect.change_object WHERE seq > $seen));
}

# ---- texts
is(statements_of("CREATE TABLE a1 (x int);   ; /* two */ CREATE TABLE a2 (x int)\n;; CREATE TABLE a3 (x int)", as_one => 1),
	'CREATE TABLE a1 (x int) & /* two */ CREATE TABLE a2 (x int) & CREATE TABLE a3 (x int)',
	'a string of several statements is cut into them');
is(objects(), 'CREATE table public.a1, CREATE table public.a2, CREATE table public.a3', 'and is one change');
is(statements_of("-- zero;\nCREATE TABLE a5 (x text DEFAULT ';--'); -- one; two;\n/* ';' */ CREATE TABLE a6 (x int); -- four", as_one => 1),
	"-- zero;\nCREATE TABLE a5 (x text DEFAULT ';--') & -- one; two;\n/* ';' */ CREATE TABLE a6 (x int)", 'with the comments before them');
is(statements_of("SELECT 1; CREATE TABLE a4 (x int); INSERT INTO a4 VALUES (1); ALTER TABLE a4 ADD y int", as_one => 1),
	'CREATE TABLE a4 (x int) & ALTER TABLE a4 ADD y int', 'what changes no schema is not in it');
is(statements_of("CREATE TABLE b1 (x int); CREATE TABLE \"b ; 2\" (x text DEFAULT ';');\n"),
	"CREATE TABLE b1 (x int)\nCREATE TABLE \"b ; 2\" (x text DEFAULT ';')", 'single statements are single changes');

my $do = q(DO $$ BEGIN CREATE TABLE d1 (x int); EXECUTE 'CREATE TABLE d2 (x int)'; PERFORM 1; ALTER TABLE d1 ADD y int; END $$);
is(statements_of("SET xconnect.reason = ''; LOAD 'xconnect'; $do;\n"), "$do & " . 'CREATE TABLE d1 (x int) & CREATE TABLE d2 (x int) & ALTER TABLE d1 ADD y int',
	'a DO block is itself and the statements that it ran');
is($node->safe_psql('postgres', qq(SELECT string_agg(coalesce(within::text, '-'), ' ' ORDER BY ordinal) FROM xconnect.change_statement WHERE seq > $seen)), '- 1 1 1', 'of which it says where they ran');
$node->safe_psql('postgres', 'DROP TABLE d1, d2');
my $first = statements_of("$do;\n");
like($first, qr/^DO .*CREATE TABLE d1 \(x int\).* & CREATE TABLE d2 \(x int\) & ALTER TABLE d1 ADD y int$/s, 'also as the first command of a session');

$node->safe_psql('postgres', q(
CREATE FUNCTION by_sql(text) RETURNS void LANGUAGE sql AS 'CREATE TABLE f1 (x int); COMMENT ON TABLE f1 IS ''of SQL''';
CREATE FUNCTION by_plpgsql(name text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''CREATE TABLE %I (x int)'', name); PERFORM by_sql(name); END';
CREATE PROCEDURE twice() LANGUAGE plpgsql AS 'BEGIN CREATE TABLE p1 (x int); COMMIT; CREATE TABLE p2 (x int); END';
));
is(statements_of("LOAD 'xconnect'; SELECT by_plpgsql('f 2');\n"), q(SELECT by_plpgsql('f 2') & CREATE TABLE "f 2" (x int) & CREATE TABLE f1 (x int) & COMMENT ON TABLE f1 IS 'of SQL'),
	'so are functions that call functions');
is(statements_of("LOAD 'xconnect'; CALL twice();\n"), "CALL twice() & CREATE TABLE p1 (x int)\nCALL twice() & CREATE TABLE p2 (x int)", 'a procedure that commits is as many changes');
is(statements_of("CREATE TABLE c1 (id serial PRIMARY KEY, r int REFERENCES c1);\n"), 'CREATE TABLE c1 (id serial PRIMARY KEY, r int REFERENCES c1)',
	'what a statement is made of inside is not repeated');
is(statements_of("CREATE SCHEMA s1 CREATE TABLE inside (x int) CREATE VIEW v AS SELECT x FROM inside;\n"),
	'CREATE SCHEMA s1 CREATE TABLE inside (x int) CREATE VIEW v AS SELECT x FROM inside', 'nor are the parts of CREATE SCHEMA');
is(statements_of("SELECT 1 AS one INTO made;\n"), 'SELECT 1 AS one INTO made', 'SELECT INTO is a statement');

# ---- what was taken back
sub nowhere
{
	my ($word, $name) = @_;
	is($node->safe_psql('postgres', qq(
		SELECT (SELECT count(*) FROM xconnect.change_statement WHERE statement LIKE '%$word%') + (SELECT count(*) FROM xconnect.change WHERE content LIKE '%$word%')
			+ (SELECT count(*) FROM xconnect.pending WHERE content LIKE '%$word%') + (SELECT count(*) FROM xconnect.blob WHERE content LIKE '%$word%'))), '0', $name);
}
is(statements_of(q(
BEGIN;
CREATE TABLE k1 (x int);
SAVEPOINT a;
CREATE TABLE lost_1 (x int);
SAVEPOINT b;
ALTER TABLE lost_1 ADD y int;
RELEASE b;
ROLLBACK TO a;
CREATE TABLE k2 (x int);
SAVEPOINT c;
CREATE TABLE k3 (x int);
RELEASE c;
SAVEPOINT d;
CREATE TABLE lost_2 (x nosuchtype);
ROLLBACK TO d;
ALTER TABLE k3 ADD y int;
COMMIT;
)), 'CREATE TABLE k1 (x int) & CREATE TABLE k2 (x int) & CREATE TABLE k3 (x int) & ALTER TABLE k3 ADD y int', 'savepoints: only what was kept');
is(statements_of(q(
LOAD 'xconnect';
DO $$ BEGIN
  CREATE TABLE k4 (x int);
  BEGIN
    CREATE TABLE lost_3 (x int);
    BEGIN
      CREATE TABLE lost_4 (x int);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RAISE EXCEPTION 'no';
  EXCEPTION WHEN OTHERS THEN
    BEGIN ALTER TABLE k4 ADD lost_5 nosuchtype; EXCEPTION WHEN OTHERS THEN NULL; END;
  END;
  ALTER TABLE k4 ADD y int;
END $$;
)) =~ s/^DO .*?\nEND \$\$ & //sr, 'CREATE TABLE k4 (x int) & ALTER TABLE k4 ADD y int', 'blocks that caught an error: nothing of what they undid but their own text');
is($node->safe_psql('postgres', qq(SELECT count(*) FROM xconnect.change_statement WHERE tag <> 'DO' AND statement ~ 'lost_')), '0', 'no statement that was undone');
is(statements_of("BEGIN; CREATE TABLE lost_6 (x int); ROLLBACK; BEGIN; CREATE TABLE lost_7 (x int); SELECT 1/0; COMMIT; CREATE TABLE k5 (x int);\n"), 'CREATE TABLE k5 (x int)', 'a transaction that failed leaves nothing to the next one');
is(statements_of("CREATE TABLE lost_8 (x int); SELECT 1/0", as_one => 1), '', 'a string that failed is no change');
nowhere("lost_$_", "no text of lost_$_ anywhere") for 1, 2, 6, 7, 8;

# ---- passwords: in the statement, in a block, in what a function is given; as the first command of a session and later
$node->safe_psql('postgres', q(CREATE ROLE someone; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FUNCTION set_it(what text, n int) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''ALTER ROLE someone PASSWORD %L'', what); EXECUTE format(''CREATE TABLE by_function_%s (x int)'', n); END';
CREATE FUNCTION set_it_after(what text, n int) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''CREATE TABLE by_function_%s (x int)'', n); EXECUTE format(''ALTER ROLE someone PASSWORD %L'', what); END';
CREATE FUNCTION map_it(what text, n int) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''CREATE USER MAPPING FOR someone SERVER s OPTIONS (x %L)'', what); DROP USER MAPPING FOR someone SERVER s; EXECUTE format(''CREATE TABLE by_function_%s (x int)'', n); END'));
my $n = 0;
for my $load ('', "LOAD 'xconnect'; ")
{
	for my $sql (q(DO $$ BEGIN ALTER ROLE someone PASSWORD 'hunter1'; CREATE TABLE %s (x int); END $$), q(DO $$ BEGIN CREATE TABLE %s (x int); ALTER ROLE someone PASSWORD 'hunter2'; END $$),
		q(SELECT set_it('hunter3', %d)), q(SELECT set_it_after('hunter4', %d)), q(SELECT map_it('hunter5', %d)), q(CREATE ROLE r%d PASSWORD 'hunter6'; CREATE TABLE with_role_%1$d (x int)),
		q(DO $$ BEGIN CREATE SUBSCRIPTION %s CONNECTION 'password=hunter7' PUBLICATION p WITH (connect = false, slot_name = NONE); CREATE TABLE by_%1$s (x int); END $$),
		q(CREATE SUBSCRIPTION %s CONNECTION 'password=hunter8' PUBLICATION p WITH (connect = false, slot_name = NONE)), q(ALTER SERVER s OPTIONS (ADD secret%d 'hunter9')))
	{
		$n++;
		isnt(statements_of($load . sprintf($sql, $sql =~ /%s|%1\$s/ ? "secret_$n" : $n) . ";\n"), '', "recorded: $load$sql");
	}
}
nowhere('hunter', 'and the password is nowhere');
like(statements_of("LOAD 'xconnect'; SELECT set_it('hunter3', 99);\n"), qr/^\(withheld: it may hold a secret\) & CREATE TABLE by_function_99 \(x int\)$/, 'what ran beside it is there');

# ---- who cannot switch it off
is(statements_of("SET session_replication_role = replica; CREATE TABLE r1 (x int); ALTER TABLE r1 ADD y int; DROP TABLE standing;\n"),
	"CREATE TABLE r1 (x int)\nALTER TABLE r1 ADD y int\nDROP TABLE standing", 'session_replication_role = replica does not switch capture off');

is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift())'), '0|0', 'the history is whole, nothing drifts');
$node->stop;
done_testing();
