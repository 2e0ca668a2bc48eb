# The text of a view can change by the DDL of a table that is not locked, and be unreadable because another one is. Capture
# never waits for it: whoever seals next, after the lock is gone, records the view as it reads then.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('locked_relations');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$node->start;
$node->safe_psql('postgres', q(
CREATE EXTENSION xconnect;
CREATE TABLE t (id int, a int);
CREATE TABLE u (id int, b int);
CREATE VIEW v AS SELECT t.a, u.b FROM t JOIN u USING (id);
CREATE FUNCTION body() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM t JOIN u USING (id); END;
CREATE TABLE p (id int);
CREATE POLICY pol ON p USING (id IN (SELECT t.id FROM t JOIN u USING (id)));
CREATE MATERIALIZED VIEW m AS SELECT t.a FROM t JOIN u USING (id);
CREATE RULE r AS ON INSERT TO p DO ALSO DELETE FROM t USING u WHERE t.id = u.id;
));

sub one { return $node->safe_psql('postgres', $_[0]); }
sub whole { is(one('SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xconnect.pending)'), '0|0|0', $_[0]); }
sub in_history { return one("SELECT count(*) FROM xconnect.object_versions WHERE object = '$_[0]' AND description LIKE '%$_[1]%'"); }
my @dependents = ('view public.v', 'function public.body()', 'policy pol on public.p', 'materialized view public.m', 'rule r on public.p');

my $long = $node->background_psql('postgres');

# Another session's statement must end although the long transaction does not.
sub does_not_wait
{
	my ($sql) = @_;
	my $began = time;
	my ($code, $out, $err) = $node->psql('postgres', "SET statement_timeout = '30s'; SET lock_timeout = '30s'; $sql", on_error_stop => 1);
	is($code, 0, "does not wait: $sql") or diag $err;
	cmp_ok(time - $began, '<', 15, 'at all');
	is($err, '', 'and nothing is said');
}

# ---- the long transaction commits
$long->query_safe('BEGIN; ALTER TABLE u ADD COLUMN late int');
does_not_wait('ALTER TABLE t RENAME TO renamed_1');
is(one(q(SELECT string_agg(action || ' ' || object, ', ') FROM xconnect.change_object WHERE object = 'table public.renamed_1')), 'RENAME table public.renamed_1',
	'what can be read is recorded at once');
is(one('SELECT count(*) FROM xconnect.pending'), '1', 'what cannot is pending');
does_not_wait('CREATE TABLE meanwhile (x int)');
does_not_wait('ALTER TABLE renamed_1 RENAME COLUMN a TO renamed_2');
$long->query_safe('COMMIT');
is(one('SELECT count(*) > 0 FROM xconnect.change_object WHERE object = \'table public.u\' AND action = \'ALTER\''), 't', 'the long one is recorded');
does_not_wait('CREATE TABLE another (x int)');
for my $object (@dependents)
{
	isnt(in_history($object, 'renamed_1'), '0', "$object: its new text is in the history");
}
whole('after its end and another change all is recorded');
is(one(q(SELECT pg_get_viewdef('v') LIKE '%renamed_2%')), 't', 'the view has the names of now');
isnt(in_history('view public.v', 'renamed_2'), '0', 'and the history has them');

# ---- the long transaction fails
$long->query_safe('BEGIN; ALTER TABLE u RENAME TO never');
does_not_wait('ALTER TABLE renamed_1 RENAME TO renamed_3');
$long->query_safe('ROLLBACK');
does_not_wait('DROP TABLE another');
isnt(in_history($_, 'renamed_3'), '0', "$_: its new text is in the history") for @dependents;
is(one(q(SELECT count(*) FROM xconnect.change WHERE content LIKE '%never%')), '0', 'nothing of what was rolled back is');
whole('and all is recorded');

# ---- the view goes meanwhile
$long->query_safe('BEGIN; LOCK TABLE u IN ACCESS EXCLUSIVE MODE');
does_not_wait('ALTER TABLE renamed_3 RENAME TO renamed_4');
does_not_wait('DROP FUNCTION body()');
does_not_wait('DROP VIEW v');
$long->query_safe('COMMIT');
does_not_wait('CREATE TABLE last (x int)');
whole('what is dropped before it could be read is recorded as dropped');
is(one(q(SELECT action FROM xconnect.change_object WHERE object = 'view public.v' ORDER BY seq DESC LIMIT 1)), 'DROP', 'once');

# ---- two of them at once, crosswise
one('CREATE TABLE x (id int); CREATE TABLE y (id int); CREATE VIEW xy AS SELECT x.id FROM x JOIN y USING (id)');
$long->query_safe('BEGIN; ALTER TABLE x RENAME TO x2');
my $other = $node->background_psql('postgres');
$other->query_safe('BEGIN; ALTER TABLE y RENAME TO y2');
$long->query_safe('COMMIT');
$other->query_safe('COMMIT');
does_not_wait('CREATE TABLE very_last (x int)');
whole('two renames under one view, neither waits');

# ---- statements that lock less than the server locks to spell out what they changed
one(q(CREATE TABLE d (id int DEFAULT length('x') CHECK (id > 0), e int GENERATED ALWAYS AS (id + 1) STORED) PARTITION BY RANGE (id);
	CREATE TABLE d1 PARTITION OF d FOR VALUES FROM (1) TO (10); CREATE INDEX di ON d1 ((id + 1)) WHERE id > 5; CREATE STATISTICS ds ON id, e FROM d1;
	CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER dt BEFORE INSERT ON d1 FOR EACH ROW WHEN (NEW.id > 1) EXECUTE FUNCTION tf()));
$long->query_safe('BEGIN; LOCK TABLE d, d1, y2 IN ACCESS EXCLUSIVE MODE');
# From PostgreSQL 18 on GRANT waits by itself.
does_not_wait('GRANT SELECT ON d, d1 TO PUBLIC') if $node->pg_version < 18;
does_not_wait($_) for 'ALTER INDEX di RENAME TO dj', 'ALTER STATISTICS ds RENAME TO dt', 'ALTER FUNCTION tf() RENAME TO tg',
	'ALTER TABLE x2 RENAME id TO ident';
isnt(one('SELECT count(*) FROM xconnect.pending'), '0', 'what cannot be read without waiting is pending');
$long->query_safe('COMMIT');
does_not_wait('CREATE TABLE and_another (x int)');
whole('and recorded afterwards');

# ---- what was locked for reading is not kept locked by a transaction that is prepared
one(q(BEGIN; ALTER TABLE x2 RENAME ident TO id2; PREPARE TRANSACTION 'p'));
does_not_wait('ALTER TABLE y2 ADD late int');
does_not_wait('DROP TABLE and_another');
one(q(COMMIT PREPARED 'p'));
does_not_wait('CREATE TABLE the_end (x int)');
whole('a prepared rename holds up nobody');
one(q(BEGIN; ALTER TABLE x2 ADD gone int; ALTER TABLE x2 DROP gone; PREPARE TRANSACTION 'nothing'));
one(q(COMMIT PREPARED 'nothing'));
my $before = one('SELECT max(seq) FROM xconnect.change');
does_not_wait('CREATE TABLE the_very_end (x int)');
is(one("SELECT count(*) FROM xconnect.change WHERE seq > $before AND seq NOT IN (SELECT seq FROM xconnect.change_object)"), '0', 'no change without an object');
whole('and all is recorded');
my $log = slurp_file($node->logfile);
unlike($log, qr/WARNING|deadlock|PANIC|terminated by signal/, 'the server has nothing to warn of');

$long->quit;
$other->quit;
$node->stop;
done_testing();
