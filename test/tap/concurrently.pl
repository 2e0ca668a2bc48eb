# Commands that commit several times: recorded when they are done, and when they fail half-way nothing of ours makes it
# worse. Each is also run as the first command of a session, when the library is loaded in the midst of it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('concurrently');
$node->init;
$node->start;
$node->safe_psql('postgres', q(CREATE EXTENSION xconnect; CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE part (id int) PARTITION BY RANGE (id)));

sub one { return $node->safe_psql('postgres', $_[0]); }
sub whole { is(one('SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xconnect.pending), (SELECT count(*) FROM xconnect.gap)'), '0|0|0|0', $_[0]); }
# Runs a command; gives what was recorded and as which statements.
sub recorded
{
	my ($sql) = @_;
	my $seen = one('SELECT max(seq) FROM xconnect.change');
	my ($code, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 0);
	return one(qq(SELECT coalesce((SELECT string_agg(statement, ' & ' ORDER BY seq, ordinal) FROM xconnect.change_statement WHERE seq > $seen), '-') || ': '
		|| coalesce((SELECT string_agg(action || ' ' || object, ', ' ORDER BY seq, object) FROM xconnect.change_object WHERE seq > $seen), 'nothing'))) . ($err eq '' ? '' : " ($err)");
}

for my $load ('', "LOAD 'xconnect';")
{
	my $when = $load ? 'later in a session' : 'first in a session';
	is(recorded("$load CREATE INDEX CONCURRENTLY i ON t (id)"), 'CREATE INDEX CONCURRENTLY i ON t (id): CREATE index public.i', "CREATE INDEX CONCURRENTLY, $when");
	is(one(q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass)), 't', 'it is valid');
	is(recorded("$load REINDEX INDEX CONCURRENTLY i"), '-: nothing', "REINDEX CONCURRENTLY changes nothing, $when");
	whole('and nothing drifts, though the index has another address');
	is(recorded("$load ALTER INDEX i RENAME TO j"), 'ALTER INDEX i RENAME TO j: RENAME index public.j', 'a rename after that is one');
	is(recorded("$load REINDEX TABLE CONCURRENTLY t"), '-: nothing', "REINDEX TABLE CONCURRENTLY, $when");
	is(recorded("$load VACUUM FULL t"), '-: nothing', "VACUUM FULL, $when");
	if ($load)
	{
		is(recorded("$load CLUSTER t USING j"), 'CLUSTER t USING j: ALTER index public.j', 'CLUSTER sets the index to cluster on');
		is(recorded("$load ALTER TABLE t SET WITHOUT CLUSTER"), 'ALTER TABLE t SET WITHOUT CLUSTER: ALTER index public.j', 'which is undone');
	}
	is(recorded("$load DROP INDEX CONCURRENTLY j"), 'DROP INDEX CONCURRENTLY j: DROP index public.j', "DROP INDEX CONCURRENTLY, $when");
	one('CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (10)');
	like(recorded("$load ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY"),
		qr/^ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY.*: .*ALTER table public\.part_1/, "DETACH PARTITION CONCURRENTLY, $when");
	one('DROP TABLE part_1');
	whole("after all of them, $when");

	# A violation leaves an index that is there and not valid. It is no part of the schema until it is.
	one('INSERT INTO t VALUES (1)');
	like(recorded("$load CREATE UNIQUE INDEX CONCURRENTLY k ON t (id)"), qr/^-: nothing .*could not create unique index "k"/, "a failing CREATE INDEX CONCURRENTLY is no change, $when");
	is(one(q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'k'::regclass)), 'f', 'it leaves an index that is not valid');
	is(recorded("$load ALTER TABLE t ALTER v SET DEFAULT 'x'"), q(ALTER TABLE t ALTER v SET DEFAULT 'x': ALTER table public.t), 'which is not in the change of another statement');
	one('ALTER TABLE t ALTER v DROP DEFAULT');
	whole('nor does it drift');
	one('DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE id = 1)');
	my $reindex = $load ? 'REINDEX INDEX k' : 'REINDEX INDEX CONCURRENTLY k';
	like(recorded("LOAD 'xconnect'; $reindex"), qr/: CREATE index public\.k$/, "$reindex makes it valid: that is its creation");
	is(one(q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'k'::regclass)), 't', 'it is valid now');
	whole('and recorded');
	is(recorded("$load DROP INDEX k"), 'DROP INDEX k: DROP index public.k', 'and gone');

	one('INSERT INTO t VALUES (1)');
	recorded("$load CREATE UNIQUE INDEX CONCURRENTLY k ON t (id)");
	is(recorded("$load DROP INDEX k"), '-: nothing', 'an index that never was valid goes without a trace');
	one('DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE id = 1)');
	whole("after failing ones, $when");
}

# ---- no event trigger fires for these, so a session that did no DDL yet does not see them; they show as drift
SKIP:
{
	skip 'event triggers fire for REINDEX', 4 if one('SHOW server_version_num') >= 170000;
	one('CREATE INDEX clustered ON t (id); INSERT INTO t VALUES (1)');
	recorded('CREATE UNIQUE INDEX CONCURRENTLY k ON t (id)');
	one('DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE id = 1)');
	is(recorded('REINDEX TABLE t'), '-: nothing', 'REINDEX before any DDL is not seen');
	is(recorded('CLUSTER t USING clustered'), '-: nothing', 'nor is CLUSTER');
	is(one(q(SELECT string_agg(change_type || ' ' || object_name, ', ' ORDER BY object_name) FROM xc_drift())), 'ALTER clustered, CREATE k', 'what they changed shows as drift');
	one('DROP INDEX k, clustered');
	whole('until the indexes go');
}

# ---- an error of ours must not leave half a command behind
one(q(UPDATE pg_class SET relname = 'change_object_away' WHERE oid = 'xconnect.change_object'::regclass));
my ($code, $out, $err) = $node->psql('postgres', 'CREATE INDEX CONCURRENTLY broken ON t (v)', on_error_stop => 0);
is(one(q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'broken'::regclass)), 't', 'a ledger that cannot be written leaves no invalid index');
like($err, qr/xconnect could not record this change/, 'but a warning');
($code, $out, $err) = $node->psql('postgres', 'CREATE TABLE refused (a int)');
isnt($code, 0, 'while an ordinary statement is refused');
is(one(q(SELECT to_regclass('refused') IS NULL)), 't', 'and leaves nothing');
one(q(UPDATE pg_class SET relname = 'change_object' WHERE oid = 'xconnect.change_object_away'::regclass));
isnt(one(q(SELECT count(*) FROM xconnect.gap)), '0', 'the gap is noted');
is(one(q(SELECT string_agg(change_type || ' ' || object_name, ', ') FROM xc_drift())), 'CREATE broken', 'and shows as drift');
isnt(one(q(SELECT xc_adopt('it was there'))), '', 'which can be recorded');
is(one('SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift())'), '0|0', 'then all is well');

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|leak/, 'the server never went down');
$node->stop;
done_testing();
