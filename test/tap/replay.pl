# A superuser rolls back and checks out what somebody else has made: defaults, checks, domains, keys of partitions, views,
# policies, triggers, casts, names. None of that somebody's code runs with the superuser's rights. Every trap says in the
# server's log as whom it was called, so that a rollback in between hides nothing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('replay');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = log\njit = off");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; CREATE ROLE friend; GRANT friend TO mallory; CREATE DATABASE d');
$node->safe_psql('d', q(CREATE EXTENSION xconnect; CREATE SCHEMA m AUTHORIZATION mallory; CREATE SCHEMA lent; GRANT CREATE, USAGE ON SCHEMA lent TO mallory;
	CREATE TABLE public.boss (a int, b int); CREATE TABLE m.child () INHERITS (public.boss); ALTER TABLE m.child OWNER TO mallory));

sub as_mallory
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('d', $sql, extra_params => [ '-U', 'mallory', '-1' ], on_error_stop => 1);
	is($code, 0, 'set up: ' . substr($sql =~ s/\s+/ /gr, 0, 60)) or diag $err;
}
sub log_since { return substr(slurp_file($node->logfile), $_[0]); }
# Newer minor versions write a random key into each dump.
sub dump_now
{
	my ($out, $err) = run_command([ 'pg_dump', '-s', '-h', $node->host, '-p', $node->port, '-N', 'xconnect', 'd' ]);
	die $err if $err;
	return $out =~ s/^\\(un)?restrict .*\n//mgr;
}

# ---- traps: each has a number
as_mallory(q(
CREATE FUNCTION m.spring(trap text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE LOG 'trap % as %', trap, CASE WHEN (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN ' THE SUPERUSER' ELSE current_user END;
END $$;
CREATE FUNCTION m.evil(trap int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN PERFORM m.spring(trap::text); RETURN trap; END $$;
CREATE FUNCTION m.inlined(trap int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT m.evil(trap)';
CREATE FUNCTION m.evil_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM m.spring('row trigger ' || TG_NAME); RETURN COALESCE(NEW, OLD); END $$;
CREATE FUNCTION m.evil_event() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM m.spring('event trigger'); END $$;
CREATE FUNCTION m.evil_difference(a int, b int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM m.spring('range'); RETURN a - b; END $$;
));

my @steps = (
	# code that the server runs when rows are written or read
	q(CREATE TABLE m.t (id int PRIMARY KEY, a int DEFAULT m.evil(1), CHECK (a > m.evil(2) - 1000)); INSERT INTO m.t SELECT i, i FROM generate_series(1, 5) i),
	q(ALTER TABLE m.t ADD late int NOT NULL DEFAULT m.evil(3)),
	q(ALTER TABLE m.t ADD gen int GENERATED ALWAYS AS (id + m.evil(4)) STORED),
	q(CREATE INDEX t_expr ON m.t ((a + m.evil(5))); CREATE INDEX t_part ON m.t (a) WHERE a > m.inlined(6)),
	q(CREATE STATISTICS m.t_stat ON (a + m.evil(7)), id FROM m.t; ANALYZE m.t),
	q(ALTER TABLE m.t ADD CONSTRAINT later CHECK (id > m.evil(8) - 1000) NOT VALID; ALTER TABLE m.t VALIDATE CONSTRAINT later),
	q(CREATE TRIGGER evil_any BEFORE INSERT OR UPDATE OR DELETE ON m.t FOR EACH ROW EXECUTE FUNCTION m.evil_row()),
	q(CREATE TRIGGER evil_when BEFORE UPDATE ON m.t FOR EACH ROW WHEN (NEW.a > m.evil(9) - 1000) EXECUTE FUNCTION m.evil_row()),
	q(CREATE CONSTRAINT TRIGGER evil_deferred AFTER UPDATE ON m.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION m.evil_row()),
	q(CREATE TABLE m.fills (id int PRIMARY KEY, n int); INSERT INTO m.fills VALUES (1, 2), (2, 3); CREATE TRIGGER evil_fill BEFORE UPDATE ON m.fills FOR EACH ROW EXECUTE FUNCTION m.evil_row();
		CREATE INDEX ON m.fills ((n + m.evil(34)))),
	q(ALTER TABLE m.fills ALTER n SET DEFAULT 7, ALTER n SET NOT NULL),
	q(ALTER TABLE m.t ALTER late TYPE bigint USING late + m.evil(10)),
	q(ALTER TABLE m.t ALTER late TYPE text),
	q(ALTER TABLE m.t DROP COLUMN late),
	q(ALTER TABLE m.t DROP COLUMN gen),
	q(CREATE POLICY p ON m.t USING (a > m.evil(11) - 1000) WITH CHECK (a > m.evil(12) - 1000); ALTER TABLE m.t ENABLE ROW LEVEL SECURITY; ALTER TABLE m.t FORCE ROW LEVEL SECURITY),
	# what it computes when it makes something
	q(CREATE TABLE m.p (a int, b int) PARTITION BY RANGE ((a + m.evil(13))); CREATE TABLE m.p1 PARTITION OF m.p FOR VALUES FROM (m.evil(14)) TO (100); INSERT INTO m.p VALUES (20, 1)),
	q(CREATE TABLE m.g (a int, b int GENERATED ALWAYS AS (m.evil(15)) STORED, c int GENERATED ALWAYS AS (a + m.inlined(16)) STORED); INSERT INTO m.g VALUES (1)),
	q(CREATE DOMAIN m.d AS int DEFAULT 5 CHECK (VALUE > m.evil(17) - 1000); CREATE TABLE m.of_d (v m.d, a int); INSERT INTO m.of_d VALUES (1, 1)),
	q(ALTER TABLE m.of_d ADD w m.d NOT NULL DEFAULT 3),
	q(ALTER DOMAIN m.d ADD CONSTRAINT d2 CHECK (VALUE > m.evil(18) - 1000)),
	q(CREATE TABLE m.by_d (k m.d, x int) PARTITION BY LIST (k); CREATE TABLE m.by_d1 PARTITION OF m.by_d FOR VALUES IN (18, 19)),
	q(CREATE FUNCTION m.with_default(a int DEFAULT m.evil(19), b m.d DEFAULT 4) RETURNS int LANGUAGE sql AS 'SELECT a'),
	q(CREATE FUNCTION m.atomic(x int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT x + m.evil(20); END),
	q(CREATE VIEW m.v AS SELECT id, m.evil(21) AS e FROM m.t; CREATE VIEW m.w AS SELECT e + m.atomic(1) AS f FROM m.v),
	q(CREATE MATERIALIZED VIEW m.mv AS SELECT m.evil(22) AS e, g FROM generate_series(1, 2) g; CREATE INDEX ON m.mv ((g + m.evil(23)))),
	q(CREATE RULE r AS ON INSERT TO m.of_d DO ALSO SELECT m.evil(24)),
	q(CREATE AGGREGATE m.agg (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); CREATE OPERATOR m.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)),
	q~CREATE TYPE m.rg AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = m.evil_difference); CREATE TABLE m.of_rg (r m.rg DEFAULT '[1,5)', EXCLUDE USING gist (r WITH &&)); INSERT INTO m.of_rg VALUES ('[7,9)'), ('[10,12)')~,
	q(CREATE TYPE m.comp AS (x int, y int); CREATE FUNCTION m.to_comp(int) RETURNS m.comp LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM m.evil(25); RETURN ROW($1, $1)::m.comp; END';
		CREATE FUNCTION m.of_comp(m.comp) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM m.evil(26); RETURN ($1).x; END';
		CREATE CAST (int AS m.comp) WITH FUNCTION m.to_comp(int) AS ASSIGNMENT; CREATE CAST (m.comp AS int) WITH FUNCTION m.of_comp(m.comp) AS ASSIGNMENT;
		CREATE TABLE m.recast (c int); INSERT INTO m.recast VALUES (1), (2)),
	q(ALTER TABLE m.recast ALTER c TYPE m.comp),
	q(CREATE TYPE m.pair AS (x int, y int); CREATE TABLE m.of_pair (p m.pair); INSERT INTO m.of_pair VALUES ('(1,2)'); CREATE VIEW m.over_pair AS SELECT (p).x + m.evil(35) AS e FROM m.of_pair),
	q(ALTER TYPE m.pair DROP ATTRIBUTE y),
	# a schema that is not his, where he may not make anything any more
	q(CREATE TABLE lent.t (a int DEFAULT m.evil(27), b int GENERATED ALWAYS AS (a + m.evil(28)) STORED); INSERT INTO lent.t VALUES (1)),
	# a table that inherits from the superuser's
	q(CREATE INDEX ON m.child ((a + m.evil(29))) WHERE b > m.evil(30) - 1000; ALTER TABLE m.child ADD CHECK (a > m.evil(31) - 1000); CREATE TRIGGER evil_child BEFORE UPDATE ON m.child FOR EACH ROW EXECUTE FUNCTION m.evil_row();
		INSERT INTO m.child VALUES (1, 2)),
	# names and texts that are statements
	q(CREATE TABLE m."x""; CREATE ROLE pwned SUPERUSER; --" ("c'; CREATE ROLE pwned; --" int DEFAULT 1, "$$; \\" text DEFAULT E'\\'; CREATE ROLE pwned; --', CONSTRAINT "k'""\\" CHECK ("c'; CREATE ROLE pwned; --" > 0))),
	q(COMMENT ON TABLE m.t IS E'\\\\''; CREATE ROLE pwned; --$$ $xc$'; COMMENT ON COLUMN m.t.a IS '''; CREATE ROLE pwned; --'),
	q(CREATE TYPE m.e AS ENUM ('''; CREATE ROLE pwned; --', '$$', E'\\\\'); CREATE TABLE m.of_e (e m.e DEFAULT '$$'); INSERT INTO m.of_e VALUES ('$$')),
	q(ALTER TYPE m.e ADD VALUE '"x" ''' BEFORE '$$'),
	q(CREATE FUNCTION m."f(int); CREATE ROLE pwned; --"("a, b" int DEFAULT 1) RETURNS text LANGUAGE sql SET search_path = '''; CREATE ROLE pwned; --' AS $_$ SELECT '$function$; CREATE ROLE pwned; --' $_$),
	q(CREATE POLICY "p' ON m.t; CREATE ROLE pwned; --" ON m.of_e USING (e <> '$$' OR true); ALTER TABLE m.of_e ALTER e SET STATISTICS 7),
	q(GRANT SELECT ON m.t TO friend; ALTER DEFAULT PRIVILEGES IN SCHEMA m GRANT SELECT ON TABLES TO friend),
);
as_mallory($_) for @steps;
# Of the superuser's: what he trusted them with once is not theirs for good.
$node->safe_psql('d', $_) for 'REVOKE CREATE ON SCHEMA lent FROM mallory',
	'CREATE TABLE public.careless (a int DEFAULT m.evil(32), b int GENERATED ALWAYS AS (m.evil(33)) STORED)';
as_mallory('DROP TABLE lent.t');
as_mallory('DROP VIEW m.w, m.v; DROP TABLE m.g, m.p, m.by_d; DROP MATERIALIZED VIEW m.mv');
as_mallory('ALTER TABLE m.fills ALTER n DROP NOT NULL; UPDATE m.fills SET n = NULL WHERE id = 2');
my $before = dump_now();
# What he inherits from comes and goes: the last of all.
my $of_boss = $node->safe_psql('d', 'SELECT max(seq) FROM xconnect.commit');
$node->safe_psql('d', $_) for 'ALTER TABLE public.boss ADD c int DEFAULT 9', 'ALTER TABLE public.boss DROP COLUMN b';

my $last = $node->safe_psql('d', 'SELECT max(seq) FROM xconnect.commit');
my $called = log_since(0);
my %known;
$known{$1}++ while $called =~ /LOG:  trap (.*?) as /g;
cmp_ok(scalar keys %known, '>=', 20, 'the traps work: ' . join(', ', sort keys %known));

# ---- the superuser looks at everything
my $mark = -s $node->logfile;
sub look
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('d', $sql, on_error_stop => 1);
	is($code, 0, substr($sql, 0, 70)) or diag $err;
	return $out;
}
look($_) for 'SELECT count(*) FROM xc_log()', 'SELECT * FROM xc_status()', 'SELECT count(*) FROM xc_diff(\'HEAD~5\')', q(SELECT xc_diff_text('HEAD~30', 'HEAD')),
	q(SELECT xc_show('HEAD')), q(SELECT count(*) FROM xc_history('table m.t')), q(SELECT count(*) FROM xc_dependents('table m.t')), 'SELECT count(*) FROM xc_drift()',
	'SELECT count(*) FROM xc_verify()', 'SELECT count(*) FROM xc_ledger_jsonl()';
unlike(log_since($mark), qr/trap/, 'looking at history, or at what is there, calls none of the traps');

# ---- and goes through all of history, down and up
$mark = -s $node->logfile;
for my $seq (reverse(1 .. $last - 1), 2 .. $of_boss)
{
	my $change = $node->safe_psql('d', "SELECT change_id FROM xconnect.commit WHERE seq = $seq");
	my $plan = $seq % 4 == 0 ? "SELECT count(*) FROM xc_plan_checkout('$change');" : '';
	my ($code, $out, $err) = $node->psql('d', "$plan SELECT xc_checkout('$change', allow_data_loss => true)", on_error_stop => 1);
	# Nobody has the rights of both owners and no more than they have: refused, and nothing is run.
	next if $code != 0 && $seq > $of_boss && $err =~ /have owners that are no members of each other/;
	is($code, 0, "checkout of $change") or diag $err;
}
my $log = log_since($mark);
my %as_superuser;
$as_superuser{$1}++ while $log =~ /trap (.*?) as  THE SUPERUSER/g;
is(join(', ', map { "$_ ($as_superuser{$_})" } sort keys %as_superuser), '', 'no trap is called with the superuser\'s rights');
my %as_owner;
$as_owner{$1}++ while $log =~ /trap (.*?) as mallory/g;
cmp_ok(scalar keys %as_owner, '>=', 10, 'but with those of their owner: ' . join(', ', sort keys %as_owner));
is($node->safe_psql('d', q(SELECT count(*) FROM pg_roles WHERE rolname = 'pwned')), '0', 'no name and no text was run');
is(dump_now(), $before, 'and the schema is what it was, to the byte');
$node->psql('d', 'SELECT xc_checkout((SELECT change_id FROM xconnect.commit WHERE seq = ' . ($last - 1) . '), allow_data_loss => true)');

# ---- one change at a time, newest first; with tables full of rows
$mark = -s $node->logfile;
my $undone = 0;
for my $seq (reverse(4 .. $last))
{
	my $change = $node->safe_psql('d', "SELECT change_id FROM xconnect.commit WHERE seq = $seq");
	my ($code) = $node->psql('d', "SELECT xc_rollback('$change', cascade => true, allow_data_loss => true)");
	++$undone if $code == 0;
}
cmp_ok($undone, '>', $last / 2, "$undone single changes rolled back");
$log = log_since($mark);
%as_superuser = ();
$as_superuser{$1}++ while $log =~ /trap (.*?) as  THE SUPERUSER/g;
is(join(', ', sort keys %as_superuser), '', 'no trap is called with the superuser\'s rights');
is($node->safe_psql('d', q(SELECT count(*) FROM pg_roles WHERE rolname = 'pwned')), '0', 'no name and no text was run');
is($node->safe_psql('d', 'SELECT count(*) FROM xc_verify()'), '0', 'the history is whole');
is($node->safe_psql('d', 'SELECT count(*) FROM xc_drift()'), '0', 'nothing drifts');
$node->stop;
done_testing();
