# With shared_preload_libraries and without: the same history of the same statements.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $script = q(
CREATE EXTENSION xconnect;
CREATE TABLE t (id serial PRIMARY KEY, v text);
CREATE VIEW v AS SELECT v FROM t;
ALTER TABLE t RENAME v TO w;
GRANT SELECT ON t TO PUBLIC;
COMMENT ON VIEW v IS 'x';
DROP TABLE t CASCADE;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
);
my %trees;
for my $how ('', 'xconnect')
{
	my $node = PostgreSQL::Test::Cluster->new('preload_' . ($how || 'none'));
	$node->init;
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$how'");
	$node->start;
	# Every statement in a session of its own: the first statement of a session is the one that loads the library.
	$node->safe_psql('postgres', $_) for grep { /\S/ } split /;\n/, $script;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM xc_drift()'), '0', "no drift, preloaded: '$how'");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM xc_verify()'), '0', "no findings, preloaded: '$how'");
	$trees{$how} = $node->safe_psql('postgres', q(SELECT encode(tree, 'hex') FROM xconnect.commit ORDER BY seq));

	# For some statements the server fires no event trigger. As the first of its session, such a one is seen only by a
	# library that is there from the start; else it is drift, which can be adopted.
	$node->safe_psql('postgres', 'EXPLAIN (ANALYZE) CREATE TABLE explained AS SELECT 1 AS a');
	is($node->safe_psql('postgres', 'SELECT string_agg(identity, $$,$$) FROM xc_drift()'), $how ? '' : 'public.explained', "seen or drift, preloaded: '$how'");
	$node->safe_psql('postgres', q(SELECT xc_adopt('seen'))) unless $how;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM xc_drift()'), '0', "then no drift, preloaded: '$how'");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM xc_verify()'), '0', "and no findings, preloaded: '$how'");
	$node->stop;
}
is($trees{''}, $trees{xconnect}, 'the same trees');
done_testing();
