# What there is in the database now, as the generator of statements sees it: names are quoted and qualified, and in an
# order of their own, so that the same seed makes the same history.
package Inventory;
use strict;
use warnings;
use JSON::PP;

my $ours = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'xconnect', 'xc')";
my $not_member = sub { "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '$_[0]'::regclass AND e.objid = $_[1] AND e.deptype = 'e')" };

my %queries = (
  schemas => "SELECT quote_ident(n.nspname) AS name, n.oid < 16384 AND n.nspname <> 'public' AS was_public FROM pg_namespace n WHERE $ours AND " . $not_member->('pg_namespace', 'n.oid'),
  relations => "
    SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(c.relname) AS base, quote_ident(n.nspname) AS schema,
           c.relkind AS kind, c.relispartition AS partition, c.relpersistence AS persistence, c.relrowsecurity AS secured,
           c.reloftype <> 0 AS typed, p.partstrat AS strategy,
           (SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = p.partattrs[0]) AS key,
           (SELECT json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
                   'category', t.typcategory, 'notnull', a.attnotnull, 'default', a.atthasdef, 'identity', a.attidentity,
                   'generated', a.attgenerated, 'inherited', a.attinhcount > 0) ORDER BY a.attnum)
              FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           (SELECT json_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parents,
           EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                   AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S') AS owned
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
     WHERE $ours AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND " . $not_member->('pg_class', 'c.oid'),
  indexes => "
    SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(c.relname) AS base, quote_ident(n.nspname) AS schema,
           format('%I.%I', m.nspname, t.relname) AS relation,
           i.indisunique AS \"unique\", EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p','u','x')) AS owned
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace m ON m.oid = t.relnamespace WHERE $ours AND " . $not_member->('pg_class', 'c.oid'),
  constraints => "
    SELECT quote_ident(k.conname) AS base, format('%I.%I', n.nspname, c.relname) AS relation, c.relkind AS kind, k.contype AS type,
           k.convalidated AS validated, format('%I.%I %I', n.nspname, c.relname, k.conname) AS name
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE $ours AND " . $not_member->('pg_class', 'c.oid'),
  domain_constraints => "
    SELECT quote_ident(k.conname) AS base, format('%I.%I', n.nspname, t.typname) AS relation, format('%I.%I %I', n.nspname, t.typname, k.conname) AS name
      FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE $ours AND k.contype = 'c'",
  triggers => "
    SELECT quote_ident(g.tgname) AS base, format('%I.%I', n.nspname, c.relname) AS relation, format('%I.%I %I', n.nspname, c.relname, g.tgname) AS name,
           c.relkind AS kind
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND $ours",
  rules => "
    SELECT quote_ident(r.rulename) AS base, format('%I.%I', n.nspname, c.relname) AS relation, format('%I.%I %I', n.nspname, c.relname, r.rulename) AS name
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND $ours",
  policies => "
    SELECT quote_ident(l.polname) AS base, format('%I.%I', n.nspname, c.relname) AS relation, format('%I.%I %I', n.nspname, c.relname, l.polname) AS name
      FROM pg_policy l JOIN pg_class c ON c.oid = l.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours",
  routines => "
    SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name, quote_ident(p.proname) AS base,
           format('%I.%I', n.nspname, p.proname) AS call, quote_ident(n.nspname) AS schema, p.prokind AS kind, p.prorettype::regtype::text AS result,
           p.proretset AS set, array_to_string(p.proargtypes::regtype[], ', ') AS arguments, p.pronargs AS count, p.provolatile AS volatile,
           l.lanname AS language
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
     WHERE $ours AND " . $not_member->('pg_proc', 'p.oid') . " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')",
  types => "
    SELECT format('%I.%I', n.nspname, t.typname) AS name, quote_ident(t.typname) AS base, quote_ident(n.nspname) AS schema,
           CASE WHEN NOT t.typisdefined THEN 's' WHEN t.typtype = 'b' THEN 'b' ELSE t.typtype::text END AS kind,
           (SELECT json_agg(quote_literal(e.enumlabel) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
           (SELECT json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
              FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           format_type(t.typbasetype, t.typtypmod) AS under
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE $ours AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c') OR (t.typtype IN ('b', 'p') AND t.typelem = 0))
       AND " . $not_member->('pg_type', 't.oid'),
  statistics => "
    SELECT format('%I.%I', n.nspname, s.stxname) AS name, quote_ident(s.stxname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE $ours",
  operators => "
    SELECT format('%I.%s (%s, %s)', n.nspname, o.oprname, CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE o.oprleft::regtype::text END, o.oprright::regtype) AS name,
           o.oprname AS base, quote_ident(n.nspname) AS schema
      FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE $ours AND " . $not_member->('pg_operator', 'o.oid'),
  classes => "
    SELECT format('%I.%I USING %I', n.nspname, o.opcname, m.amname) AS name, quote_ident(o.opcname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am m ON m.oid = o.opcmethod WHERE $ours AND " . $not_member->('pg_opclass', 'o.oid'),
  families => "
    SELECT format('%I.%I USING %I', n.nspname, o.opfname, m.amname) AS name, quote_ident(o.opfname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace JOIN pg_am m ON m.oid = o.opfmethod WHERE $ours AND " . $not_member->('pg_opfamily', 'o.oid'),
  casts => "
    SELECT format('(%s AS %s)', castsource::regtype, casttarget::regtype) AS name
      FROM pg_cast WHERE oid >= 16384 AND " . $not_member->('pg_cast', 'pg_cast.oid'),
  collations => "
    SELECT format('%I.%I', n.nspname, c.collname) AS name, quote_ident(c.collname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE $ours",
  conversions => "
    SELECT format('%I.%I', n.nspname, c.conname) AS name, quote_ident(c.conname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE $ours",
  dictionaries => "
    SELECT format('%I.%I', n.nspname, d.dictname) AS name, quote_ident(d.dictname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace WHERE $ours AND " . $not_member->('pg_ts_dict', 'd.oid'),
  configurations => "
    SELECT format('%I.%I', n.nspname, d.cfgname) AS name, quote_ident(d.cfgname) AS base, quote_ident(n.nspname) AS schema
      FROM pg_ts_config d JOIN pg_namespace n ON n.oid = d.cfgnamespace WHERE $ours AND " . $not_member->('pg_ts_config', 'd.oid'),
  event_triggers => "SELECT quote_ident(evtname) AS name, quote_ident(evtname) AS base FROM pg_event_trigger WHERE " . $not_member->('pg_event_trigger', 'pg_event_trigger.oid'),
  publications => "SELECT quote_ident(pubname) AS name, quote_ident(pubname) AS base, puballtables AS everything FROM pg_publication",
  wrappers => "SELECT quote_ident(fdwname) AS name, quote_ident(fdwname) AS base FROM pg_foreign_data_wrapper WHERE " . $not_member->('pg_foreign_data_wrapper', 'pg_foreign_data_wrapper.oid'),
  servers => "SELECT quote_ident(srvname) AS name, quote_ident(srvname) AS base FROM pg_foreign_server",
  mappings => "SELECT format('FOR %s SERVER %I', CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname) AS name FROM pg_user_mappings",
  extensions => "SELECT quote_ident(extname) AS name FROM pg_extension WHERE extname NOT IN ('plpgsql', 'xconnect')",
  methods => "SELECT quote_ident(amname) AS name, quote_ident(amname) AS base FROM pg_am WHERE oid >= 16384",
  languages => "SELECT quote_ident(lanname) AS name, quote_ident(lanname) AS base FROM pg_language WHERE oid >= 16384 AND " . $not_member->('pg_language', 'pg_language.oid'),
);

my $query = 'SELECT json_build_object(' . join(', ', map {
  "'$_', (SELECT coalesce(json_agg(q ORDER BY q.name COLLATE \"C\"), '[]') FROM ($queries{$_}) q)"
} sort keys %queries) . ')';
$query =~ s/\s+/ /g;

sub read {
  my ($session) = @_;
  return JSON::PP->new->decode($session->value($query));
}

1;
