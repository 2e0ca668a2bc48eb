# event_triggers = off (PostgreSQL 17): what the hooks see is captured all the same, and a gap says from when on something
# may be missing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('event_triggers_off');
plan skip_all => 'event triggers cannot be switched off before PostgreSQL 17' if $node->pg_version < 17;
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'xconnect'");
$node->start;
sub one { return $node->safe_psql('postgres', $_[0]); }

one('CREATE EXTENSION xconnect; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$');
one('SET event_triggers = off; CREATE TABLE t (a int)');
is(one(q(SELECT statement FROM xconnect.change_statement ORDER BY seq DESC, ordinal DESC LIMIT 1)), 'CREATE TABLE t (a int)', 'a table is captured, with its statement');
is(one('SELECT string_agg(description, $$;$$) FROM xconnect.gap'), 'event_triggers = off: CREATE TABLE', 'and there is a gap');
is(one('SELECT count(*) FROM xc_drift()'), '0', 'although nothing is missing');

one(q(SET event_triggers = off; BEGIN; GRANT EXECUTE ON FUNCTION f() TO pg_monitor; COMMENT ON FUNCTION f() IS 'x';
	SAVEPOINT a; DROP TABLE t; ROLLBACK TO a; COMMIT));
is(one('SELECT description FROM xconnect.gap ORDER BY noted_at DESC LIMIT 1'), 'event_triggers = off: GRANT, COMMENT', 'what the hooks do not see is a gap');
is(one('SELECT noted_at > now() - interval $$1 hour$$ AND after_seq > 0 FROM xconnect.gap LIMIT 1'), 't', 'with its time and place');
is(one('SELECT string_agg(identity, $$,$$) FROM xc_drift()'), 'public.f()', 'and is drift');
is(one(q(SELECT value > '1' FROM xc_status() WHERE fact = 'gaps')), 't', 'xc_status() counts it');
like(one(q(SET event_triggers = off; SELECT value || ': ' || note FROM xc_status() WHERE fact = 'capture')), qr/^not armed: .*event_triggers = off/, 'and says why');
one(q(SELECT xc_adopt('seen')));

my $gaps = one('SELECT count(*) FROM xconnect.gap');
one('SET event_triggers = off; SELECT 1; CREATE TABLE IF NOT EXISTS t (a int)');
one('CREATE TABLE u (a int)');
is(one('SELECT count(*) FROM xconnect.gap'), $gaps, 'no gap where nothing was written, nor when they are on again');
one('SET event_triggers = off; CREATE INDEX CONCURRENTLY i ON t (a)');
is(one('SELECT count(*) FROM xconnect.gap'), $gaps + 1, 'one for a command of several transactions');
is(one('SELECT (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xc_verify())'), '0|0', 'and its index is captured');
$node->stop;
done_testing();
