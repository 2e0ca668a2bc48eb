# The history travels with the database, in every way in which PostgreSQL moves one, with no step for the operator: the same
# log and hashes there, nothing to complain of, exact ways back past the move, and the next change goes on from the same
# head. psql alone cannot do this: it takes pg_dump, pg_restore and other servers.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = $PostgreSQL::Test::Utils::tmp_check;
my $node = PostgreSQL::Test::Cluster->new('origin');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nwal_level = logical\nmax_prepared_transactions = 5");
$node->start;

# ---- what the tests share

sub ask
{
	my ($db, $sql, $where) = @_;
	my ($code, $out, $err) = ($where // $node)->psql($db, $sql, on_error_stop => 1);
	fail("in $db: $sql") or diag $err if $code != 0;
	return $out;
}
# What a statement that has to fail says.
sub refusal { my ($db, $sql, $where) = @_; my ($code, $out, $err) = ($where // $node)->psql($db, $sql, on_error_stop => 1); return $code == 0 ? 'no error' : $err; }
# A shell command against a server; what it wrote to standard error.
sub shell
{
	my ($command, $where) = @_;
	$where //= $node;
	local $ENV{PGHOST} = $where->host;
	local $ENV{PGPORT} = $where->port;
	my ($out, $err);
	IPC::Run::run([ 'bash', '-c', "set -o pipefail; cd '$dir'; $command" ], '>', \$out, '2>', \$err);
	note "$command: $err" if $err;
	return ($err, $?);
}
sub done { my ($command, $what, $where) = @_; my ($err, $code) = shell($command, $where); is($code, 0, $what) or diag $err; is($err, '', 'with nothing said'); }
# Newer pg_dumps write a random key into every dump.
sub without_key { return join '', grep { !/^\\(un)?restrict/ } split /(?<=\n)/, $_[0]; }
sub dump_of { my ($db, $options, $where) = @_; my $file = "$dir/dump.sql"; shell("pg_dump $options -f '$file' '$db'", $where); return without_key(slurp_file($file)); }
sub schema_of { my ($db, $where) = @_; return dump_of($db, '-s', $where); }
sub same { my ($got, $expected, $what) = @_; ok($got eq $expected, $what) or diag difference($got, $expected); }
sub difference
{
	my ($got, $expected) = @_;
	append_to_file("$dir/got", ''); unlink "$dir/got", "$dir/expected";
	append_to_file("$dir/got", $got); append_to_file("$dir/expected", $expected);
	my ($out, $err);
	IPC::Run::run([ 'bash', '-c', "diff '$dir/expected' '$dir/got' | head -60" ], '>', \$out, '2>', \$err);
	return $out;
}
my $whole = q(SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xconnect.pending), (SELECT count(*) FROM xconnect.gap));
my $log = q(SELECT * FROM xc_log());
my $everything = q(SELECT xc_head(), count(*), md5(string_agg(hash::text, '')) FROM (SELECT hash FROM xconnect.commit UNION ALL SELECT hash FROM xconnect.change UNION ALL SELECT hash FROM xconnect.blob UNION ALL SELECT hash FROM xconnect.tree ORDER BY 1) h);
my $by_hand = q(SELECT (SELECT count(*) FROM xconnect.blob WHERE hash <> sha256(convert_to(content, 'UTF8'))) + (SELECT count(*) FROM xconnect.tree WHERE hash <> sha256(content))
  + (SELECT count(*) FROM xconnect.commit WHERE hash <> sha256(convert_to(content, 'UTF8'))) + (SELECT count(*) FROM xconnect.change WHERE hash <> sha256(convert_to(content, 'UTF8'))));

# ---- a history

$node->safe_psql('postgres', 'CREATE ROLE shop_owner; CREATE ROLE clerk; CREATE DATABASE shop');
ask('shop', 'CREATE EXTENSION xconnect');
my @steps = (
	q(CREATE SCHEMA sales AUTHORIZATION shop_owner),
	q(CREATE TABLE sales.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text, gone numeric(10, 2), amount int DEFAULT 1 CHECK (amount > 0)); COMMENT ON TABLE sales.orders IS 'what was ordered'; ALTER TABLE sales.orders OWNER TO shop_owner),
	q(CREATE TYPE sales.state AS ENUM ('new', 'paid', 'sent'); ALTER TABLE sales.orders ADD state sales.state NOT NULL DEFAULT 'new'),
	q(CREATE TABLE sales.lines (order_id int REFERENCES sales.orders ON DELETE CASCADE, note text); CREATE INDEX lines_note ON sales.lines (lower(note))),
	q(ALTER TABLE sales.orders DROP COLUMN gone),
	q(CREATE VIEW sales.open AS SELECT id, what FROM sales.orders WHERE state = 'new'; GRANT SELECT ON sales.open TO clerk),
	q(ALTER TYPE sales.state RENAME VALUE 'sent' TO 'shipped'),
	q(CREATE FUNCTION sales.total() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT sum(amount) FROM sales.orders; END),
	q(CREATE FUNCTION sales.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER stamp BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.stamp()),
	q(CREATE TABLE sales.log (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at); CREATE TABLE sales.log_2026 PARTITION OF sales.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')),
	q(ALTER TABLE sales.lines RENAME TO items; ALTER TABLE sales.items RENAME note TO remark),
	q(CREATE MATERIALIZED VIEW sales.summary AS SELECT state, count(*) FROM sales.orders GROUP BY state; CREATE UNIQUE INDEX ON sales.summary (state)),
	q(ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON sales.orders TO clerk USING (amount < 100)),
	q(CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER far FOREIGN DATA WRAPPER elsewhere OPTIONS (host 'far'); CREATE USER MAPPING FOR clerk SERVER far OPTIONS (password 'open sesame')),
	q(CREATE PUBLICATION news FOR TABLE sales.items),
	q(CREATE DOMAIN sales.price AS numeric CHECK (VALUE >= 0); CREATE SEQUENCE sales.numbers START 100),
	q(ALTER TABLE sales.orders ADD price sales.price),
	q(ALTER TABLE sales.orders RENAME what TO item; ALTER TABLE sales.orders RENAME TO purchases),
	q(CREATE FUNCTION public.noop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watcher ON sql_drop EXECUTE FUNCTION public.noop()),
);
my @dumps = (schema_of('shop'));
for my $step (@steps)
{
	ask('shop', "BEGIN; SET LOCAL xconnect.reason = 'step'; $step; COMMIT");
	push @dumps, schema_of('shop');
}
ask('shop', q(INSERT INTO sales.purchases (item, amount) SELECT 'i' || i, i FROM generate_series(1, 50) i; INSERT INTO sales.items SELECT i, 'r' || i FROM generate_series(1, 50) i; REFRESH MATERIALIZED VIEW sales.summary));
ask('shop', q(SELECT xc_tag('shipped', 'HEAD~2', 'a note')));
is(ask('shop', $whole), '0|0|0|0', 'the history is whole where it was made');
my $expected_log = ask('shop', $log);
my $expected = ask('shop', $everything);
my $full = dump_of('shop', '');
my $data = ask('shop', q(SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM sales.purchases p));

# ---- what has to be true of every copy, in this order: what can be read, and that a dump of it is the dump of the original;
# that the next change goes on from there, and is undone; that it goes back to before the move, byte for byte, and forth

sub reads_the_same
{
	my ($db, $how, $where) = @_;
	is(ask($db, $log, $where), $expected_log, "$how: the same log");
	is(ask($db, $everything, $where), $expected, "$how: the same hashes");
	is(ask($db, $by_hand, $where), '0', "$how: which hold by SQL's sha256()");
	is(ask($db, $whole, $where), '0|0|0|0', "$how: verifies, does not drift");
	is(ask($db, q(SELECT count(*) FROM xc_history('sales.purchases')), $where), ask('shop', q(SELECT count(*) FROM xc_history('sales.purchases'))), "$how: the history of an object");
	is(ask($db, q(SELECT md5(string_agg(d::text, '')) FROM xc_diff('HEAD~12', 'HEAD') d), $where), ask('shop', q(SELECT md5(string_agg(d::text, '')) FROM xc_diff('HEAD~12', 'HEAD') d)), "$how: comparisons of the past");
	is(ask($db, q(SELECT string_agg(name || seq, ',') FROM xconnect.tag), $where), 'shipped18', "$how: tags");
}
sub goes_on
{
	my ($db, $how, $where) = @_;
	my ($head, $seq) = split /\|/, ask($db, 'SELECT encode(hash, \'hex\'), seq FROM xconnect.commit ORDER BY seq DESC LIMIT 1', $where);
	my $was = schema_of($db, $where);
	ask($db, 'ALTER TABLE sales.purchases RENAME TO bought', $where);
	is(ask($db, q(SELECT c.seq, encode(c.parent, 'hex'), (SELECT string_agg(o.action || ' ' || o.object, ', ' ORDER BY o.object) FROM xconnect.change_object o WHERE o.seq = c.seq AND o.object LIKE 'table sales.%')
	  FROM xconnect.commit c ORDER BY seq DESC LIMIT 1), $where), ($seq + 1) . "|$head|RENAME table sales.bought", "$how: the next change goes on from the head, and a rename is one");
	is(ask($db, $whole, $where), '0|0|0|0', "$how: and all is well");
	ask($db, 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)))', $where);
	same(schema_of($db, $where), $was, "$how: it is undone exactly");
	return $seq;
}
sub goes_back
{
	my ($db, $how, $where) = @_;
	# The last step of all, and one that only touches what nothing else builds on.
	ask($db, q(SELECT xc_rollback((SELECT change_id FROM xconnect.change_statement JOIN xconnect.change USING (seq) WHERE statement LIKE 'CREATE EVENT TRIGGER watcher%' AND kind = 'change'))), $where);
	same(schema_of($db, $where), $dumps[-2], "$how: the last change before the move is undone exactly");
	for my $back (17, 12, 8, 6, 4, 2, scalar @steps)
	{
		# A dump does not have the values of dropped columns, nor their places.
		ask($db, 'TRUNCATE sales.orders CASCADE', $where) if $back == 4;
		ask($db, "SET xconnect.secrets = 'open sesame'; SELECT xc_checkout((SELECT change_id FROM xconnect.change WHERE seq = $back + 1), allow_data_loss => true)", $where);
		same(schema_of($db, $where), $dumps[$back], "$how: exactly as it was at step $back");
	}
	is(ask($db, $whole, $where), '0|0|0|0', "$how: and the history of that is whole");
}
sub is_copy
{
	my ($db, $how, $of, $where) = @_;
	like(ask($db, q(SELECT value || ': ' || note FROM xc_status() WHERE fact = 'copy'), $where), qr/^yes: of database $of, OID \d+ of system \d+; by $how/, "it knows that it is a copy");
}

# Restored: all of the above.
sub restored
{
	my ($db, $how, $where) = @_;
	reads_the_same($db, $how, $where);
	same(dump_of($db, '', $where), $full, "$how: a dump of the copy is the dump of the original");
	is(ask($db, q(SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM sales.purchases p), $where), $data, "$how: and so are the data");
	is_copy($db, 'restore', 'shop', $where);
	goes_on($db, $how, $where);
	is(ask($db, q(SELECT count(*) FROM xconnect.change WHERE kind = 'restore'), $where), '0', "$how: there was nothing to explain");
}

# ---- dumps

sub fresh { my ($db, $where) = @_; ($where // $node)->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0"); }

fresh('text');
done('pg_dump shop | psql -X -q -v ON_ERROR_STOP=1 -d text >/dev/null', 'pg_dump | psql');
restored('text', 'pg_dump | psql');
goes_back('text', 'pg_dump | psql');

fresh('custom');
done('pg_dump -Fc -f shop.custom shop && pg_restore -j4 -d custom shop.custom', 'pg_restore -j4');
restored('custom', 'pg_restore -j4');
goes_back('custom', 'pg_restore -j4');

fresh('directory');
done('pg_dump -Fd -j2 -f shop.directory shop && pg_restore -1 -d directory shop.directory', 'pg_restore --single-transaction');
restored('directory', 'pg_restore --single-transaction');

fresh('inserts');
done('pg_dump --inserts --rows-per-insert=7 shop | psql -X -q -1 -v ON_ERROR_STOP=1 -d inserts >/dev/null', 'INSERTs, in one transaction');
restored('inserts', 'INSERTs');

fresh('sections');
for my $section ('pre-data', 'data', 'post-data')
{
	done("pg_dump --section=$section shop | psql -X -q -v ON_ERROR_STOP=1 -d sections >/dev/null", "section $section");
}
restored('sections', 'section by section');

fresh('security');
done('pg_dump --enable-row-security --quote-all-identifiers shop | psql -X -q -v ON_ERROR_STOP=1 -d security >/dev/null', 'with row security on');
restored('security', 'with row security on');

# The template may have the extension, and a history.
ask('template1', 'CREATE EXTENSION xconnect');
ask('template1', 'CREATE TABLE in_template (a int)');
ask('template1', 'DROP TABLE in_template');
ask('postgres', 'CREATE DATABASE over_template');
done('pg_restore -j2 -d over_template shop.custom', 'into a database that has the extension from its template');
restored('over_template', 'over a template');
ask('template1', 'DROP EXTENSION xconnect CASCADE');

# ---- from copy to copy

ask('text', q(CREATE TABLE sales.second (a int, b int, c int)));
ask('text', q(ALTER TABLE sales.second DROP COLUMN b; ALTER TABLE sales.second RENAME c TO d));
ask('text', q(ALTER TABLE sales.items RENAME TO articles));
my $second = schema_of('text');
$expected_log = ask('text', $log);
$expected = ask('text', $everything);
my $second_full = dump_of('text', '');
fresh('third');
done('pg_dump text | psql -X -q -v ON_ERROR_STOP=1 -d third >/dev/null', 'a dump of a copy');
is(ask('third', $log), $expected_log, 'the same log');
is(ask('third', $everything), $expected, 'and hashes');
is(ask('third', $whole), '0|0|0|0', 'nothing to complain of');
same(dump_of('third', ''), $second_full, 'and the same dump again');
is_copy('third', 'restore', 'text');
like(ask('third', q(SELECT string_agg(database, ' to ' ORDER BY since_seq, arrived_at) FROM xconnect.place)), qr/^shop to text to third$/, 'it knows where it has been');
ask('third', q(ALTER TABLE sales.articles ADD third int));
same(schema_of('third') =~ s/,\n    third integer//r, $second, 'then it goes its own way');
ask('third', q(SELECT xc_checkout('HEAD~1')));
same(schema_of('third'), $second, 'and back');
for my $back (12, 6, 3, 17)
{
	ask('third', "SET xconnect.secrets = 'open sesame'; SELECT xc_checkout((SELECT change_id FROM xconnect.change WHERE seq = $back + 1), allow_data_loss => true)");
	same(schema_of('third'), $dumps[$back], "past both moves, to step $back");
}
is(ask('third', $whole), '0|0|0|0', 'all of it well');
$expected_log = ask('shop', $log);
$expected = ask('shop', $everything);

# ---- parts of a dump: what differs is one change, and says so

fresh('schema_only');
done('pg_dump -s shop | psql -X -q -v ON_ERROR_STOP=1 -d schema_only >/dev/null', 'pg_dump -s alone');
is(ask('schema_only', $whole), '0|0|0|0', 'pg_dump -s alone: nothing to complain of');
is(ask('schema_only', q(SELECT string_agg(kind || ': ' || reason, ', ') FROM xc_log())), 'baseline: restored without a history', 'it has a baseline that says so');
is(ask('schema_only', q(SELECT value || ': ' || note FROM xc_status() WHERE fact = 'copy')), 'no: restored without a history', 'and so does xc_status()');
same(schema_of('schema_only'), $dumps[-1], 'the schema is the same');
goes_on('schema_only', 'pg_dump -s alone');

fresh('schema_first');
done('pg_dump -s shop | psql -X -q -v ON_ERROR_STOP=1 -d schema_first >/dev/null', 'pg_dump -s alone');
ask('schema_first', 'CREATE TABLE sales.at_once (a int)');
is(ask('schema_first', q(SELECT string_agg(kind || ' ' || objects || CASE WHEN objects = 1 THEN ' ' || summary ELSE '' END, ', ' ORDER BY commit <> xc_head()) FROM xc_log())) =~ s/baseline \d+/baseline/r,
	'change 1 CREATE table sales.at_once, baseline', 'a change that comes first is a change of its own');

fresh('ownerless');
done('pg_dump --no-owner --no-acl shop | psql -X -q -v ON_ERROR_STOP=1 -d ownerless >/dev/null', 'without owners and grants');
is(ask('ownerless', $whole), '0|0|0|0', 'without owners and grants: nothing to complain of');
is(ask('ownerless', q(SELECT kind || ': ' || reason || ', ' || author FROM xc_log(max_count => 1))), 'restore: what was restored and is not as the history has it, ' . ask('postgres', 'SELECT session_user'), 'one change explains it');
is(ask('ownerless', q(SELECT string_agg(DISTINCT action, ',') FROM xconnect.change_object WHERE seq = (SELECT max(seq) FROM xconnect.change))), 'ALTER', 'as objects that read differently');
goes_on('ownerless', 'without owners and grants');
ask('ownerless', q(SELECT xc_checkout((SELECT change_id FROM xconnect.change WHERE seq = 19))));
same(schema_of('ownerless'), $dumps[-2] , 'and they come back');

fresh('part');
# Newer ones of pg_dump leave the table out, and add it to its publication all the same.
done('pg_dump -T sales.items shop | grep -v "^ALTER PUBLICATION news ADD TABLE ONLY sales.items;" | psql -X -q -v ON_ERROR_STOP=1 -d part >/dev/null', 'without one table');
is(ask('part', $whole), '0|0|0|0', 'without one table: nothing to complain of');
like(ask('part', q(SELECT string_agg(action || ' ' || object, ', ' ORDER BY object) FROM xconnect.change_object WHERE seq = (SELECT max(seq) FROM xconnect.change WHERE kind = 'restore'))),
	qr/^DROP foreign key .* on sales\.items, DROP index sales\.lines_note, (ALTER publication news, )?DROP table sales\.items$/, 'one change says what is not there');
ask('part', q(SELECT xc_checkout('HEAD~1')));
is(ask('part', 'SELECT count(*) FROM sales.items'), '0', 'and a checkout makes it again');
is(ask('part', q(SELECT count(*) FROM xc_diff((SELECT change_id FROM xconnect.change WHERE seq = 20)))), '0', 'just as it was');

# ---- what was in the queue when the dump was taken

ask('shop', q(CREATE TABLE sales.queued (a int)));
my $count = ask('shop', 'SELECT count(*) FROM xconnect.change');
ask('shop', q(BEGIN; ALTER TABLE sales.queued ADD late int; PREPARE TRANSACTION 'p'));
ask('shop', q(COMMIT PREPARED 'p'));
fresh('queued');
done('pg_dump shop | psql -X -q -v ON_ERROR_STOP=1 -d queued >/dev/null', 'with a change in the queue');
ask('queued', 'SELECT * FROM xc_status()');
is(ask('queued', $whole), '0|0|0|0', 'nothing to complain of');
is(ask('queued', qq(SELECT kind, statement, (SELECT string_agg(action || ' ' || object, ', ') FROM xconnect.change_object WHERE seq = $count + 1) FROM xconnect.change JOIN xconnect.change_statement USING (seq) WHERE seq = $count + 1)),
	'restore|ALTER TABLE sales.queued ADD late int|ALTER table sales.queued', 'what was queued is in the change that explains the rest');
ask('shop', 'DROP TABLE sales.queued');

# ---- what waits in the vault stays where it is, and nothing claims that it came along

ask('shop', q(CREATE TABLE sales.narrowed (a int, b int, c int); INSERT INTO sales.narrowed SELECT i, i, i FROM generate_series(1, 3) i));
ask('shop', q(SET xconnect.reason = 'a column between others'; ALTER TABLE sales.narrowed DROP COLUMN b));
ask('shop', q(CREATE TABLE sales.kept (id int PRIMARY KEY, t text); INSERT INTO sales.kept SELECT i, repeat('x', 5000) FROM generate_series(1, 20) i));
ask('shop', q(SET xconnect.preserve = tables; DROP TABLE sales.kept));
is(ask('shop', 'SELECT count(*) FROM xc_vault()'), '1', 'rows wait in the vault');
fresh('vaultless');
done('pg_dump shop | psql -X -q -v ON_ERROR_STOP=1 -d vaultless >/dev/null', 'with rows in the vault');
is(ask('vaultless', $log), ask('shop', $log), 'the same log');
is(ask('vaultless', 'SELECT (SELECT count(*) FROM xc_vault()), (SELECT count(*) FROM xconnect.vault)'), '0|0', 'without them');
like(refusal('vaultless', 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)))'), qr/ERROR:  data would be lost for good\nDETAIL:  table sales\.kept: about \d+ row\(s\) went/s, 'in the copy the rows are lost, and a rollback says so');
ask('vaultless', 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)), allow_data_loss => true)');
is(ask('vaultless', 'SELECT count(*) FROM sales.kept'), '0', 'it makes the table, if told to');
is(ask('vaultless', $whole), '0|0|0|0', 'and all is well');
my $widen = q(SELECT xc_rollback((SELECT change_id FROM xc_log() WHERE reason = 'a column between others')));
like(refusal('vaultless', $widen), qr/ERROR:  data would be lost for good\nDETAIL:.*3 rows of sales\.narrowed are lost/s,
	'a table that only a new one can be made of is not left empty in silence');
is(ask('vaultless', 'SELECT count(*) FROM sales.narrowed'), '3', 'nothing is changed');
ask('postgres', 'CREATE DATABASE vaulted TEMPLATE shop');
ask('vaulted', 'SELECT xc_rollback((SELECT change_id FROM xc_log(max_count => 1)))');
is(ask('vaulted', 'SELECT count(*) FROM sales.kept'), '20', 'a copy of the files has them');
ask('shop', $widen);
is(ask('shop', 'SELECT sum(b) FROM sales.narrowed'), '6', 'where its column was, it comes back');
ask('shop', q(SET xconnect.preserve = none; DROP TABLE sales.narrowed));
ask('shop', 'SELECT xc_purge_vault()');

# ---- what is in the way

fresh('busy');
ask('busy', 'CREATE EXTENSION xconnect');
ask('busy', 'CREATE TABLE of_its_own (a int)');
my $busy = ask('busy', $everything);
my ($err) = shell('pg_restore -d busy shop.custom');
like($err, qr/this database has a history of its own, and the dump brings another.*HINT:  Restore into a new database/s, 'a database with a history keeps it');
is(ask('busy', q(SELECT count(*) FROM xconnect.change WHERE seq <= 2 AND kind IN ('baseline', 'change'))), '2', 'all of it');
is(ask('busy', $whole), '0|0|0|0', 'and nothing to complain of');
is(ask('busy', q(SELECT string_agg(kind, ',' ORDER BY seq) FROM xconnect.change)), 'baseline,change,change,change,restore', 'what was restored after the schemas, which come before the extension, is one change');
like(refusal('shop', q(INSERT INTO xconnect.tag VALUES ('t', 1, '', '', now()))), qr/ERROR:  history is written by recording changes only.*HINT:  SELECT xc_adopt/s, 'rows do not come in by hand');
like(refusal('shop', q(SET session_replication_role = replica; INSERT INTO xconnect.tag VALUES ('t', 1, '', '', now()))), qr/history is written by recording/, 'nor with triggers off');

for my $table (qw(change_object pack blob))
{
	fresh('torn');
	done("pg_dump -T xconnect.$table shop | psql -X -q -v ON_ERROR_STOP=1 -d torn >/dev/null", "a dump without $table");
	like(refusal('torn', 'CREATE TABLE refused (a int)'), qr/ERROR:  the history of this database has not arrived whole/, 'is told from a whole one');
	ask('postgres', 'DROP DATABASE torn');
}
fresh('torn');
done('pg_dump -T xconnect.change shop | psql -X -q -v ON_ERROR_STOP=1 -d torn >/dev/null', 'a dump without one of our tables');
like(refusal('torn', 'CREATE TABLE refused (a int)'), qr/ERROR:  the history of this database has not arrived whole.*DETAIL:  It has 0 changes, the newest number 0 with pack 0; \d+ packs, \d+ objects of changes, \d+ blobs\..*HINT:  Restore the missing tables/s, 'then nothing is recorded on top');
like(refusal('torn', 'DROP EXTENSION xconnect'), qr/cannot drop extension xconnect because the history of this database goes with it/, 'nothing is lost');
shell('pg_dump -a -t xconnect.change shop | psql -X -q -d torn');
ask('torn', 'CREATE TABLE recorded (a int)');
is(ask('torn', $whole), '0|0|0|0', 'the rest may come later');

# ---- a restore that is still going on

fresh('slow');
done('pg_dump --section=pre-data shop | psql -X -q -v ON_ERROR_STOP=1 -d slow >/dev/null', 'a restore begins');
my $restore = $node->background_psql('slow');
$restore->query_safe(q(SET check_function_bodies = false; SELECT pg_catalog.set_config('search_path', '', false); COMMENT ON TABLE sales.items IS 'not done yet'; COMMENT ON TABLE sales.items IS NULL));
ask('slow', 'CREATE TABLE public.meanwhile (a int)');
is(ask('slow', q(SELECT count(*) FROM xconnect.pending)), '1', 'what others do meanwhile waits in the queue');
ask('slow', 'SELECT * FROM xc_status()');
is(ask('slow', q(SELECT count(*) FROM xconnect.commit)), '0', 'and is not taken for the end of it');
$restore->quit;
done('pg_dump --section=data shop | psql -X -q -v ON_ERROR_STOP=1 -d slow >/dev/null', 'it goes on');
done('pg_dump --section=post-data shop | psql -X -q -v ON_ERROR_STOP=1 -d slow >/dev/null', 'and ends');
is(ask('slow', $whole) =~ s/\|\d+\|0$//r, '0|0', 'nothing to complain of');
ask('slow', 'CREATE TABLE public.afterwards (a int)');
is(ask('slow', $whole), '0|0|0|0', 'nothing waits');
like(ask('slow', q(SELECT string_agg(object, ',' ORDER BY seq) FROM xconnect.change_object JOIN xconnect.change USING (seq) WHERE object LIKE 'table public.%')), qr/^table public\.meanwhile,table public\.afterwards$/, 'all is recorded');

# ---- by a role that another session drops meanwhile

fresh('orphaned');
my $me = $node->safe_psql('postgres', 'SELECT quote_ident(current_user)');
my ($status, $out);
($status, $out, $err) = $node->psql('orphaned', qq(
CREATE ROLE passing IN ROLE $me;
SET SESSION AUTHORIZATION passing;
SET ROLE $me;
\\! psql -X -q -d "@{[ $node->connstr('postgres') ]}" -c 'DROP ROLE passing'
SET check_function_bodies = false;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION xconnect WITH SCHEMA public;
RESET check_function_bodies;
CREATE TABLE public.made (a int);
));
is($err, '', 'a restore goes on, and changes after it');
like(ask('orphaned', q(SELECT string_agg(author || ': ' || kind, ', ' ORDER BY seq) FROM xconnect.change)), qr/^\(dropped role \d+\): baseline, \(dropped role \d+\): change$/, 'its number is what the ledger has of it');
is(ask('orphaned', $whole), '0|0|0|0', 'nothing to complain of');

# ---- copies of files

ask('postgres', 'CREATE DATABASE cloned TEMPLATE shop');
$expected_log = ask('shop', $log);
$expected = ask('shop', $everything);
is(ask('cloned', $log), $expected_log, 'CREATE DATABASE … TEMPLATE: the same log');
is(ask('cloned', $everything), $expected, 'and hashes');
is(ask('cloned', $whole), '0|0|0|0', 'nothing to complain of');
like(ask('cloned', q(SELECT value || ': ' || note FROM xc_status() WHERE fact = 'copy')), qr/^yes: of database shop/, 'it knows that it is a copy');
ask('cloned', 'CREATE TABLE sales.only_here (a int)');
is_copy('cloned', 'template', 'shop');
goes_on('cloned', 'CREATE DATABASE … TEMPLATE');

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
ask('shop', 'CREATE TABLE sales.streamed (a int)');
$node->wait_for_catchup($standby);
is(ask('shop', $log, $standby), ask('shop', $log), 'a standby: the same log');
is(ask('shop', $everything, $standby), ask('shop', $everything), 'and hashes');
is(ask('shop', $whole, $standby), '0|0|0|0', 'nothing to complain of');
is(ask('shop', q(SELECT value, note FROM xc_status() WHERE fact IN ('server', 'copy') ORDER BY fact), $standby) =~ s/\n.*\|/\n|/r, "no|the history began here\n|standby: read only", 'it says what it is');
like(ask('shop', q(SELECT xc_show('HEAD', 'table sales.streamed')), $standby), qr/CREATE TABLE sales\.streamed/, 'DDL of an object');
like(ask('shop', q(SELECT xc_diff_text('HEAD~1', 'HEAD')), $standby), qr/streamed/, 'differences');
for my $call (q(xc_rollback('HEAD')), q(xc_checkout('HEAD~1')), q(xc_adopt('x')), q(xc_tag('x')), q(xc_untag('shipped')), q(xc_purge_vault()))
{
	like(refusal('shop', "SELECT $call", $standby), qr/ERROR:  cannot execute xc_\w+\(\) (during recovery)/, "$call says why not");
}
$standby->promote;
is(ask('shop', $whole, $standby), '0|0|0|0', 'promoted, nothing to complain of');
goes_on('shop', 'a promoted standby', $standby);
$standby->stop;

my $copy = PostgreSQL::Test::Cluster->new('basebackup');
$copy->init_from_backup($node, 'base');
$copy->start;
is(ask('shop', $log, $copy), $expected_log, 'pg_basebackup: the same log');
is(ask('shop', $whole, $copy), '0|0|0|0', 'nothing to complain of');
goes_on('shop', 'pg_basebackup', $copy);
$copy->stop;

# ---- the whole server

ask('shop', 'DROP TABLE sales.streamed');
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->append_conf('postgresql.conf', "timezone = 'UTC'\nwal_level = logical");
$other->start;
$expected_log = ask('shop', $log);
$expected = ask('shop', $everything);
$full = dump_of('shop', '');
done(q(pg_dumpall -f all.sql), 'pg_dumpall');
shell('psql -X -q -d postgres -f all.sql >/dev/null', $other);
restored('shop', 'pg_dumpall', $other);
goes_back('shop', 'pg_dumpall', $other);
is(ask('shop', q(SELECT encode(key, 'hex') FROM xconnect.secret_key), $other), ask('shop', q(SELECT encode(key, 'hex') FROM xconnect.secret_key)), 'digests of secrets go on under the same key');

# ---- a new version of the extension, and none

my ($share) = split /\n/, qx(pg_config --sharedir);
append_to_file("$share/extension/xconnect--0.1.0--0.1.0.1.sql", "COMMENT ON TABLE xconnect.gap IS 'as of the next version';\nCREATE TABLE xconnect.of_the_next_version (a int);\n");
ask('shop', q(ALTER EXTENSION xconnect UPDATE TO '0.1.0.1'), $other);
unlink "$share/extension/xconnect--0.1.0--0.1.0.1.sql";
is(ask('shop', $whole, $other), '0|0|0|0', 'ALTER EXTENSION UPDATE: nothing to complain of');
like(ask('shop', q(SELECT value FROM xc_status() WHERE fact = 'extension'), $other), qr/^0\.1\.0\.1$/, 'with the new version');
goes_on('shop', 'ALTER EXTENSION UPDATE', $other);

my $bare = schema_of('shop', $other);
like(refusal('shop', 'DROP EXTENSION xconnect', $other), qr/ERROR:  cannot drop extension xconnect because the history of this database goes with it.*HINT:  To lose it for good: DROP EXTENSION xconnect CASCADE;/s, 'DROP EXTENSION does not lose history by the way');
is(ask('shop', $whole, $other), '0|0|0|0', 'it is all there');
ask('shop', 'DROP EXTENSION xconnect CASCADE', $other);
my $rest = schema_of('shop', $other);
$bare =~ s/^--\n-- Name: (EXTENSION )?xconnect;.*?\n\n\n(?=--\n-- Name)//msg;
same($rest, $bare, 'with CASCADE it goes, and nothing else does');
is(ask('shop', q(SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'xconnect') + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'xc\_%') + (SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'xconnect%') + (SELECT count(*) FROM pg_class WHERE relname LIKE 'vault%')), $other), '0', 'nothing of it is left');
ask('shop', 'CREATE TABLE sales.unseen (a int); DROP TABLE sales.unseen', $other);
ask('shop', 'CREATE EXTENSION xconnect', $other);
is(ask('shop', q(SELECT string_agg(kind, ',') FROM xc_log()), $other), 'baseline', 'and it can come again');
ask('shop', 'DROP EXTENSION xconnect', $other);
is(ask('shop', q(SELECT count(*) FROM pg_extension WHERE extname = 'xconnect'), $other), '0', 'with no more than a baseline there is nothing to lose');

unlike(slurp_file($_->logfile), qr/PANIC|terminated by signal|leak:|leaked/, 'the server never went down') for $node, $standby, $copy, $other;
$other->stop;
$node->stop;
done_testing();
