# Objects that somebody without rights made before CREATE EXTENSION, or makes later, under names that we use: operators and
# functions that fit better than the server's own, tables, types, whole schemas. Nothing of it is run by the superuser who
# installs us, changes the schema, reads history or rolls back.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('planted');
$node->init;
$node->append_conf('postgresql.conf', 'jit = off');
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN');
sub as_mallory { my ($db, $sql) = @_; return $node->psql($db, $sql, extra_params => [ '-U', 'mallory' ], on_error_stop => 1); }
sub database
{
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'GRANT CREATE ON SCHEMA public TO mallory');
	$node->safe_psql('postgres', "GRANT CREATE ON DATABASE $db TO mallory");
}

# ---- names that the script makes: it fails, and takes nothing over
my @planted = (
	[ 'a schema xconnect', 'CREATE SCHEMA xconnect' ],
	[ 'a schema with tables of ours', 'CREATE SCHEMA xconnect; CREATE TABLE xconnect.blob (hash bytea, content text); CREATE TABLE xconnect.commit (seq bigint)' ],
	[ 'a function of ours', "CREATE FUNCTION public.xc_head() RETURNS text LANGUAGE sql AS 'SELECT ''x'''" ],
	[ 'another one, with the same arguments', "CREATE FUNCTION public.xc_verify(text, text) RETURNS int LANGUAGE sql AS 'SELECT 1'" ],
);
for (@planted)
{
	my ($what, $sql) = @$_;
	my $db = 'names_' . ++our $number;
	database($db);
	is((as_mallory($db, $sql))[0], 0, "$what is there before");
	my ($code, $out, $err) = $node->psql($db, 'CREATE EXTENSION xconnect', on_error_stop => 1);
	isnt($code, 0, 'CREATE EXTENSION fails');
	like($err, qr/already exists|has.*owner|not a member/, 'and says of what') or diag $err;
	is($node->safe_psql($db, q(SELECT (SELECT count(*) FROM pg_event_trigger), (SELECT count(*) FROM pg_extension WHERE extname = 'xconnect'))), '0|0', 'nothing of it is left');
}

# ---- what fits better than the server's own
my $trap = q(
CREATE FUNCTION public.trap(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'trap % as %', $1, current_user; END $$;
DO $do$
DECLARE a text; b text; o text; f text;
  types text[] := ARRAY['text', 'name', 'oid', 'int4', 'int8', 'int2', 'regclass', 'regtype', '"char"', 'bytea', 'timestamptz', 'bool', 'text[]', 'oid[]', 'jsonb', 'anyelement'];
BEGIN
  FOREACH a IN ARRAY types LOOP
    FOREACH b IN ARRAY types LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION public.compared(%s, %s) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.trap(''%s, %s''); RETURN true; END $f$', a, b, replace(a, '"', ''), replace(b, '"', ''));
        EXECUTE format('CREATE FUNCTION public.joined(%s, %s) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.trap(''%s || %s''); RETURN ''trap''; END $f$', a, b, replace(a, '"', ''), replace(b, '"', ''));
      EXCEPTION WHEN OTHERS THEN CONTINUE;
      END;
      FOREACH o IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '~', '!~', '&&', '@>', '~~', '->', '->>'] LOOP
        BEGIN EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.compared)', o, a, b); EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP;
      FOREACH o IN ARRAY ARRAY['||', '+', '-'] LOOP
        BEGIN EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.joined)', o, a, b); EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP;
    END LOOP;
    FOREACH f IN ARRAY ARRAY['lower', 'upper', 'length', 'sha256', 'encode', 'decode', 'convert_to', 'quote_ident', 'quote_literal', 'format', 'to_regclass', 'array_to_string', 'string_agg', 'count', 'max', 'min', 'coalesce', 'concat', 'split_part', 'left', 'right', 'to_char', 'now', 'unnest', 'array_length', 'substring', 'strpos', 'bool_and', 'row_number', 'format_type', 'pg_get_expr', 'obj_description', 'regexp_replace'] LOOP
      BEGIN EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.trap(''%s(%s)''); RETURN ''trap''; END $f$', f, a, f, replace(a, '"', '')); EXCEPTION WHEN OTHERS THEN NULL; END;
    END LOOP;
  END LOOP;
END $do$;
CREATE TABLE public.pg_class (oid oid, relname text); CREATE TABLE public.pg_roles (rolname text); CREATE TABLE public.change (seq bigint); CREATE VIEW public.pg_proc AS SELECT public.joined('a'::text, 'b'::text) AS x;
CREATE TYPE public.bytea AS (x int); CREATE DOMAIN public.text AS varchar CHECK (public.compared(VALUE, VALUE)); CREATE TABLE public.regclass (x int);
);
my $use = q(
SET search_path = %s;
CREATE TABLE public.of_superuser (id int PRIMARY KEY, v pg_catalog.text DEFAULT 'x', n pg_catalog.name, o pg_catalog.oid, d pg_catalog.int4range);
ALTER TABLE public.of_superuser RENAME v TO w;
CREATE VIEW public.v_of_superuser AS SELECT id, w FROM public.of_superuser;
COMMENT ON TABLE public.of_superuser IS 'x'; GRANT SELECT ON public.of_superuser TO mallory;
DROP TABLE public.of_superuser CASCADE;
SELECT * FROM xc_log(); SELECT * FROM xc_log(object => 'table public.of_superuser', since => '2000-01-01', author => 'x'); SELECT * FROM xc_status(); SELECT * FROM xc_verify(); SELECT * FROM xc_drift();
SELECT * FROM xc_diff('HEAD~2', 'HEAD'); SELECT xc_diff_text('HEAD~2', 'HEAD'); SELECT xc_show('HEAD~1', 'table public.of_superuser'); SELECT * FROM xc_history('table public.of_superuser');
SELECT * FROM xc_plan_rollback((SELECT change_id FROM xconnect.commit ORDER BY seq DESC LIMIT 1));
SELECT xc_rollback((SELECT change_id FROM xconnect.commit ORDER BY seq DESC LIMIT 1));
SELECT xc_tag('t%s', 'HEAD'); SELECT xc_untag('t%s'); SELECT xc_checkout('HEAD~3'); SELECT xc_checkout('HEAD~1'); SELECT * FROM xc_ledger_jsonl(); SELECT xc_adopt('nothing');
SELECT * FROM xc_vault(); SELECT * FROM xc_dependents('table public.of_superuser'); SELECT xc_as_of('table public.of_superuser', now());
SELECT count(*) FROM xconnect.ledger; SELECT count(*) FROM xconnect.object_history; SELECT count(*) FROM xconnect.object_versions; SELECT count(*) FROM xconnect.recent_changes; SELECT count(*) FROM xconnect.rollback_targets; SELECT count(*) FROM xconnect.rolled_back; SELECT count(*) FROM xconnect.vault_contents;
DROP VIEW public.v_of_superuser; DROP TABLE public.of_superuser;
);
for my $when ('before', 'after')
{
	my $db = "better_$when";
	database($db);
	$node->safe_psql($db, 'CREATE EXTENSION xconnect') if $when eq 'after';
	my ($code, $out, $err) = as_mallory($db, $trap);
	is($code, 0, "operators and functions that fit better, planted $when CREATE EXTENSION") or diag $err;
	my $made = $node->safe_psql($db, q(SELECT (SELECT count(*) FROM pg_operator WHERE oid >= 16384) + (SELECT count(*) FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace)));
	cmp_ok($made, '>', 2000, "$made of them");
	my $mark = -s $node->logfile;
	is(scalar($node->psql($db, 'CREATE EXTENSION xconnect', on_error_stop => 1)), 0, 'the extension is made') if $when eq 'before';
	my $n = 0;
	for my $path ('pg_catalog, public', '"$user", public', 'public, pg_catalog')
	{
		++$n;
		my $sql = $use =~ s/%s/$n == 1 ? $path : $path/er;
		$sql =~ s/'t%s'/'t$n'/g;
		# What stands in the statements themselves is resolved along the careless path: only its own names are at stake.
		($code, $out, $err) = $node->psql($db, $path eq 'public, pg_catalog' ? $sql =~ s/SELECT count\(\*\)/SELECT pg_catalog.count(*)/gr =~ s/, now\(\)/, pg_catalog.now()/r : $sql, on_error_stop => 1);
		is($code, 0, "search_path = $path: everything works") or diag $err;
	}
	my $log = substr(slurp_file($node->logfile), $mark);
	my %sprung;
	$sprung{$1}++ while $log =~ /LOG:  trap (.*)/g;
	is(join(', ', sort keys %sprung), '', 'and nothing planted was called');
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_verify()'), '0', 'the history is whole');
	is($node->safe_psql($db, 'SELECT count(*) FROM xc_drift()'), '0', 'nothing drifts');
}
$node->stop;
done_testing();
