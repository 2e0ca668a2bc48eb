# Logical replication on both sides: a publication of all tables sends nothing of ours, so subscribers that do not know
# xconnect go on; and what a subscription's worker does to the schema is recorded like anybody's change.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('logical');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "wal_retrieve_retry_interval = '200ms'");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(publisher plain versioned);
sub on { my ($db, $sql) = @_; return $node->safe_psql($db, $sql); }
sub arrived
{
	my ($db, $rows, $what) = @_;
	ok($node->poll_query_until($db, "SELECT count(*) = $rows FROM t"), $what);
}
sub whole { is(on($_[0], 'SELECT (SELECT count(*) FROM xc_verify()), (SELECT count(*) FROM xc_drift())'), '0|0', $_[1]); }
my $connection = $node->connstr('publisher') =~ s/'/''/gr;

# ---- a subscription that was there before CREATE EXTENSION, of a database that has no xconnect
on('publisher', 'CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (0); CREATE PUBLICATION everything FOR ALL TABLES');
on('plain', 'CREATE TABLE t (id int PRIMARY KEY, v text)');
on('publisher', "SELECT pg_create_logical_replication_slot('plain', 'pgoutput')");
on('plain', "CREATE SUBSCRIPTION plain CONNECTION '$connection' PUBLICATION everything WITH (create_slot = false)");
arrived('plain', 1, 'the table is copied');
on('publisher', 'CREATE EXTENSION xconnect');
on('publisher', q(CREATE TABLE other (id int PRIMARY KEY, body text)));
on('publisher', q(BEGIN; CREATE FUNCTION large() RETURNS text LANGUAGE sql AS $$ SELECT ') . join('', map { sprintf '%x', rand 1e9 } 1 .. 20000) . q(' $$; INSERT INTO t VALUES (1, 'with a change of the schema'); COMMIT));
on('publisher', q(SET xconnect.preserve = tables; DROP TABLE other; SELECT xc_rollback(change_id) FROM xc_log(max_count => 1); SELECT xc_tag('here')));
on('publisher', q(INSERT INTO t VALUES (2, 'after it')));
arrived('plain', 3, 'rows go on arriving');
unlike(join("", grep { /ERROR/ } split /^/, slurp_file($node->logfile)), qr/./, "and no worker fails");
is(on('publisher', q(SELECT value || ': ' || note FROM xc_status() WHERE fact LIKE 'publications%')) =~ s/ list .*//r, '1: everything:', 'xc_status() tells of the publication');
whole('publisher', 'the history of the publisher is whole');

# ---- a subscription of a database that has a history of its own
my $log = -s $node->logfile;
on('versioned', q(CREATE EXTENSION xconnect; CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (id int PRIMARY KEY, body text);
CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE public.made_%s (id int)', NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER make AFTER INSERT ON t FOR EACH ROW WHEN (NEW.id >= 10) EXECUTE FUNCTION make();
ALTER TABLE t ENABLE ALWAYS TRIGGER make));
on('publisher', "SELECT pg_create_logical_replication_slot('versioned', 'pgoutput')");
on('publisher', q(CREATE PUBLICATION mine FOR TABLES IN SCHEMA public));
on('versioned', "CREATE SUBSCRIPTION versioned CONNECTION '$connection' PUBLICATION mine WITH (create_slot = false)");
arrived('versioned', 3, 'the table is copied there, too');
# Now only: what is refused is tried again and again, and can keep others waiting.
on('versioned', 'ALTER SUBSCRIPTION versioned SET PUBLICATION everything');
ok($node->wait_for_log(qr/ERROR:  history is written by recording changes only\n.*DETAIL:  A subscription brings the history of another database/, $log), 'the other history is refused, with the reason')
	if $node->can('wait_for_log');
on('versioned', 'ALTER SUBSCRIPTION versioned SET PUBLICATION mine');
on('publisher', q(INSERT INTO t VALUES (10, 'makes a table there')));
on('publisher', q(INSERT INTO t VALUES (11, 'and another one')));
arrived('versioned', 5, 'rows arrive whose trigger makes tables');
my $changes = q(SELECT string_agg(author || ', ' || application_name || ', ' || session_user_name || ', ' || statement, E'\n' ORDER BY c.seq) FROM xconnect.change c
	JOIN xconnect.change_object o USING (seq) JOIN xconnect.change_statement s USING (seq) WHERE o.object LIKE 'table public.made_%');
my $who = on('versioned', 'SELECT current_user');
# Newer servers call it an apply worker.
is(on('versioned', $changes) =~ s/replication (?:apply )?worker for subscription \d+/replication worker for subscription N/gr, "$who, logical replication worker for subscription N, $who, (not seen: by this statement the library was loaded)\n$who, logical replication worker for subscription N, $who, CREATE TABLE public.made_11 (id int)",
	'which is recorded: as whose, by which worker, and the statements but for the first, whose text nobody has');
whole('versioned', 'the history of the subscriber is whole');
on('versioned', 'ALTER SUBSCRIPTION versioned DISABLE; ALTER SUBSCRIPTION versioned SET (slot_name = NONE); DROP SUBSCRIPTION versioned');
on('plain', 'ALTER SUBSCRIPTION plain DISABLE; ALTER SUBSCRIPTION plain SET (slot_name = NONE); DROP SUBSCRIPTION plain');
$node->stop;
done_testing();
