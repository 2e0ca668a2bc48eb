# The ledger under many sessions and in failure: ids of a day, reasons that are required, correlation ids in the log, the
# protocol of a rollback and what stays of one that failed, verification by a second person.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('ledger');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_connections = 80\nsynchronous_commit = off\nmax_worker_processes = 8");
$node->start;
my $db = 'postgres';
sub one { return $node->safe_psql($db, shift); }
sub says { my ($sql, @as) = @_; my ($code, $out, $err) = $node->psql($db, $sql, on_error_stop => 1, extra_params => [ map { ('-U', $_) } @as ]); return $err; }
one('CREATE EXTENSION xconnect');

# ---- ids: no gap, none twice, in a day that begins, and past 999, with fifty sessions at once
my $ddl = "$PostgreSQL::Test::Utils::tmp_check/ids.sql";
append_to_file($ddl, q(
CREATE TABLE i:client_id (a int);
DROP TABLE i:client_id;
));
sub fifty_sessions
{
	my ($out, $err);
	my $ok = IPC::Run::run([ 'pgbench', '-n', '-c', '50', '-j', '2', '-t', '3', '-f', $ddl, '-h', $node->host, '-p', $node->port, $db ], '>', \$out, '2>', \$err, IPC::Run::timeout(180));
	ok($ok, 'fifty sessions, no error') or diag $err;
	one('CREATE TABLE links_what_waits (a int); DROP TABLE links_what_waits');
}
# The newest row becomes another one, as if so much had happened, or on another day: sessions without the library, no triggers.
sub pretend { my ($set) = @_; one("UPDATE pg_class SET relhastriggers = false WHERE oid = 'xconnect.change'::regclass; UPDATE xconnect.change SET $set WHERE seq = (SELECT max(seq) FROM xconnect.change)"); }
my $ids_of_today = q(SELECT count(*), count(DISTINCT change_id), min(split_part(change_id, '-', 3)::int), max(split_part(change_id, '-', 3)::int)
  FROM xconnect.change WHERE seq > %d AND change_id LIKE 'chg-' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') || '-%%');

fifty_sessions();
is(one(sprintf $ids_of_today, 0), '303|303|1|303', 'ids of a day have no gap and none is there twice');
my $seq = one('SELECT max(seq) FROM xconnect.change');
one(q(UPDATE pg_class SET relhastriggers = false WHERE oid = 'xconnect.change'::regclass;
	UPDATE xconnect.change SET change_id = replace(change_id, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD'), to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD'))));
pretend(q(committed_at = date_trunc('day', now()) - interval '1 microsecond'));
fifty_sessions();
is(one(sprintf $ids_of_today, $seq), '302|302|1|302', 'after midnight they begin anew, with fifty sessions at the same time');
pretend('day_changes = 900');
$seq = one('SELECT max(seq) FROM xconnect.change');
fifty_sessions();
is(one(sprintf $ids_of_today, $seq), '302|302|901|1202', 'past 999 they go on');
like(one('SELECT string_agg(change_id, \' \' ORDER BY seq) FROM xconnect.change WHERE day_changes IN (999, 1000) AND seq > ' . $seq), qr/^chg-\d{8}-999 chg-\d{8}-1000$/, 'with four digits');
is(one('SELECT count(*) - max(seq) FROM xconnect.change'), '0', 'commits are numbered without a gap');

# ---- reasons
$node->safe_psql('postgres', 'CREATE DATABASE why');
$db = 'why';
one('CREATE EXTENSION xconnect; CREATE SCHEMA app; CREATE SCHEMA free; CREATE TABLE app.t (a int)');
one(q(ALTER DATABASE why SET xconnect.require_reason = 'on'));
my $err = says('CREATE TABLE app.no (a int)');
like($err, qr/ERROR:  CREATE TABLE needs a reason.*DETAIL:  None was given\..*HINT:  SET xconnect\.reason = 'what it is for'; or in front of the statement: \/\* reason: what it is for \*\//s, 'without a reason nothing happens');
is(one(q(SELECT to_regclass('app.no') IS NULL)), 't', 'nothing at all');
like(says("SET xconnect.reason = '$_'; CREATE TABLE app.no (a int)"), qr/needs a reason.*is a placeholder/s, "\"$_\" is none") for ('test', '-', 'x', '...', 'TODO', ' n/a ', 'aaaa', 'fix');
is(says(q(/* reason: the shop asks for it */ CREATE TABLE app.yes (a int))), '', 'a comment in front of the statement is one');
is(one('SELECT reason FROM xc_log(max_count => 1)'), 'the shop asks for it', 'and goes into the ledger');
is(says(q(BEGIN; /* reason: for the first */ CREATE TABLE app.y1 (a int); CREATE TABLE app.y2 (a int); /* reason: and the third */ CREATE TABLE app.y3 (a int); COMMIT)), '', 'it counts for the transaction');
is(one('SELECT reason FROM xc_log(max_count => 1)'), 'for the first; and the third', 'where several say one, all are kept');
is(says(q(/* reason: inside a block */ DO $$ BEGIN CREATE TABLE app.y4 (a int); END $$)), '', 'that of the outer statement counts for those inside');
like(says(q(BEGIN; CREATE TABLE app.no (a int); SET xconnect.reason = 'too late'; COMMIT)), qr/CREATE TABLE needs a reason/, 'before the statement, not after it');
is(says('SET client_min_messages = warning; CREATE TEMP TABLE tt (a int); ALTER TABLE tt ADD b int; DROP TABLE tt; ANALYZE app.t; REINDEX TABLE app.t'), '', 'what is not recorded needs none');
like(says('COMMENT ON TABLE app.t IS $$c$$'), qr/needs a reason/, 'statements of every kind');
like(says('CREATE INDEX CONCURRENTLY i ON app.t (a)'), qr/CREATE INDEX needs a reason/, 'also those that commit several times');
is(one('SELECT count(*) FROM pg_index WHERE NOT indisvalid'), '0', 'which leave nothing behind');
my $change = one(q(SET xconnect.reason = 'a table to try it'; CREATE TABLE app.undone (a int); SELECT change_id FROM xc_log(max_count => 1)));
like(says("SELECT xc_rollback('$change')"), qr/needs a reason/, 'a rollback needs one as well');
is(says("SELECT xc_rollback('$change', 'it was not needed')"), '', 'which is an argument of it');
is(says(q(SET xconnect.reason = 'rules'; SELECT xc_require_reason('schema free', 'off'); CREATE TABLE free.f (a int); RESET xconnect.reason; CREATE TABLE free.g (a int); DROP TABLE free.g)), '', 'a schema can go without');
like(says('CREATE TABLE app.no (a int)'), qr/needs a reason/, 'while others do not');
one(q(ALTER DATABASE why RESET xconnect.require_reason; SELECT xc_require_reason('schema free', 'default'); SELECT xc_require_reason('table app.t', 'on'); SELECT xc_require_reason('schema app', 'warn')));
like(says('ALTER TABLE app.t ADD b int'), qr/ERROR:  ALTER TABLE needs a reason/, 'a table can need one where others do not');
like(says('COMMENT ON COLUMN app.t.a IS $$c$$'), qr/ERROR:  the change of table app\.t needs a reason/, 'also where only the commit knows what the statement is about');
is(one(q(SELECT obj_description('app.t'::regclass, 'pg_class') IS NULL)), 't', 'which then does not take place');
like(says('ALTER TABLE app.yes ADD b int'), qr/^psql:<stdin>:1: WARNING:  ALTER TABLE needs a reason/, 'with warn it is a warning');
is(says('CREATE TABLE free.h (a int)'), '', 'and elsewhere nothing');
like(says(q(SELECT xc_require_reason('schema app', 'sometimes'))), qr/"sometimes" is not a level.*HINT:  SELECT xc_require_reason/s, 'a level is one of four');
is(one('SELECT * FROM xc_verify()'), '', 'all of it is whole');

# ---- correlation ids
is(one(q(SELECT count(*) FILTER (WHERE correlation_id IS NULL), count(*) - count(DISTINCT correlation_id) FROM xconnect.change WHERE kind IN ('change', 'baseline') AND seq < 8)), '0|0', 'every change has a correlation id of its own');
one(q(SET xconnect.correlation_id = 'ticket-4711'; SET xconnect.reason = 'correlated'; CREATE TABLE app.c (a int)));
is(one(q(SELECT count(*) FROM xconnect.change WHERE correlation_id = 'ticket-4711')), '1', 'or the one that was set');
like(says(q(SET xconnect.correlation_id = 'ticket-4712'; SELECT xc_rollback('chg-19990101-001'))), qr/ERROR:  .*chg-19990101-001.*CONTEXT:.*correlation id ticket-4712/s, 'errors tell it');

# ---- the protocol of a rollback, and what stays of one that failed
$node->safe_psql('postgres', 'CREATE DATABASE prot');
$db = 'prot';
one('CREATE EXTENSION xconnect; CREATE TABLE t (a int)');
$change = one('CREATE TABLE gone (a int); SELECT change_id FROM xc_log(max_count => 1)');
my $rollback = one("SELECT xc_rollback('$change', 'not wanted')");
is(one("SELECT string_agg(step || ' ' || name || ': ' || (outcome IS NOT NULL), ', ' ORDER BY step) FROM xconnect.rollback_protocol WHERE change_id = '$rollback'"),
	'1 identify: true, 2 validate: true, 3 snapshot: true, 4 restore: true, 5 verify: true, 6 log: true, 7 notify: true', 'seven steps and what came of each');
is(one("SELECT target, status, undone FROM xconnect.rollback_history"), "$change|SUCCESS|f", 'a rollback that was done is in the history of them');
is(one("SELECT count(*) FROM xconnect.rollback_targets WHERE change_id = '$change'"), '0', 'and its change no longer among the targets');

my $listener = $node->background_psql($db, on_error_stop => 0);
$listener->query_safe('LISTEN xconnect');
$change = one(q(SET xconnect.validate_with = 'SELECT count(*) = 1 FROM pg_class WHERE relname = ''checked'''; CREATE TABLE checked (a int); SELECT change_id FROM xc_log(max_count => 1)));
my $state = one('SELECT xc_head()');
my $log_from = -s $node->logfile;
$err = says("BEGIN; CREATE TABLE in_the_same_transaction (a int); SET LOCAL xconnect.correlation_id = 'try-1'; SELECT xc_rollback('$change'); COMMIT");
like($err, qr/WARNING:  rollback to \Q$change\E failed in step verify, and was undone: the validation query.*HINT:  SELECT \* FROM xconnect\.alert/s, 'a validation query that does not hold aborts the rollback: a warning');
like($err, qr/ERROR:  the validation query of \Q$change\E does not give true after the rollback/, 'and the error');
is(one('SELECT xc_head()'), $state, 'nothing else of it is left');
is(one(q(SELECT count(*) FROM pg_class WHERE relname IN ('checked', 'in_the_same_transaction'))), '1', 'nor of its transaction');
is(one('SELECT change_id, operation, step, sqlstate, correlation_id FROM xconnect.alert'), "$change|rollback|verify|XC008|try-1", 'but the alert is');
like($listener->query('SELECT 1'), qr/Asynchronous notification "xconnect" with payload ".*rollback failed.*XC008/, 'and whoever listens was told') or note 'nothing heard';
$listener->quit;
like(slurp_file($node->logfile, $log_from), qr/WARNING:  rollback to .*DETAIL:  SQLSTATE XC008\n.*correlation id try-1/s, 'the log has the correlation id');
is(one('SELECT * FROM xc_verify()'), '', 'the alert is noted as all records are');
$err = says("SELECT xc_rollback('chg-19990101-001')");
unlike($err, qr/WARNING/, 'what never began raises no alert');
is(one(q(DO $$ BEGIN PERFORM xc_rollback(change_id) FROM xc_log(max_count => 1); EXCEPTION WHEN OTHERS THEN NULL; END $$; SELECT count(*) FROM xconnect.alert)), '2', 'one whose error is caught does');
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
$log_from = -s $node->logfile;
$err = says("SELECT xc_rollback('$change')");
like($err, qr/WARNING:  rollback to .*HINT:  No process could be had to record it/s, 'where no process is to be had, the warning says so');
like(slurp_file($node->logfile, $log_from), qr/WARNING:  rollback to .*SQLSTATE XC008/s, 'and the log has it');
is(one('SELECT count(*) FROM xconnect.alert'), '2', 'instead of the table');

# ---- verification by a second person
$node->safe_psql('postgres', 'CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE deployer; GRANT deployer TO alice, bob; CREATE ROLE root LOGIN SUPERUSER');
one(q(CREATE SCHEMA work AUTHORIZATION deployer; GRANT EXECUTE ON FUNCTION xc_verify_change TO alice, bob));
is(says('SET ROLE deployer; CREATE TABLE work.w (a int)', 'alice'), '', 'a change of alice, as another role');
$change = one('SELECT change_id FROM xc_log(max_count => 1)');
like(says("SELECT xc_verify_change('$change', 'VERIFIED')", 'alice'), qr/ERROR:  \Q$change\E is a change of alice, and nobody verifies their own.*HINT:  Ask somebody else to run SELECT xc_verify_change/s, 'alice cannot verify it');
like(says("SET ROLE deployer; SELECT xc_verify_change('$change', 'VERIFIED')", 'alice'), qr/ERROR/, 'nor under another role');
is(says("SELECT xc_verify_change('$change', 'verified', 'looked at it')", 'bob'), '', 'bob can');
like(says("SET SESSION AUTHORIZATION alice; SELECT xc_verify_change('$change', 'VERIFIED')", 'root'), qr/nobody verifies their own/, 'nobody in the name of alice');
is(says('CREATE TABLE work.r (a int)', 'root'), '', 'a change of root');
$change = one('SELECT change_id FROM xc_log(max_count => 1)');
like(says("SET SESSION AUTHORIZATION bob; SELECT xc_verify_change('$change', 'VERIFIED')", 'root'), qr/is a change of root, and nobody/, 'who logged in as root is root');
is(says(q(SET xconnect.author = 'carol'; CREATE TABLE work.x (a int)), 'root'), '', 'a change of carol');
like(says(q(SET xconnect.author = 'carol'; SELECT xc_verify_change(change_id, 'VERIFIED') FROM xc_log(max_count => 1)), 'postgres'), qr/is a change of carol/, 'carol cannot verify it in another session');
like(says("SELECT xc_verify_change('$change', 'perhaps')", 'bob'), qr/"perhaps" is not a status/, 'a status is one of two');
like(says("SELECT xc_verify_change('chg-19990101-001', 'VERIFIED')", 'bob'), qr/there is no change "chg-19990101-001"/, 'a change has to exist');
is(one('SELECT verified_by, verification_status, note FROM xconnect.compliance_log'), 'bob|VERIFIED|looked at it', 'the log of it has the one');
like(says('DELETE FROM xconnect.compliance_log'), qr/XC015|append-only/, 'and keeps it');
is(one('SELECT * FROM xc_verify()'), '', 'all is whole');

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|leak/, 'the server never went down');
$node->stop;
done_testing();
