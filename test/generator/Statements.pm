# Random statements about what there is: makers, changers, droppers of every kind, and rows.
# A statement may fail: names are few so that they meet, and whoever is in the way is in the way.
package Statements;
use strict;
use warnings;

our $now;  # the inventory
my @roles = ('alice', 'bob', 'carol', 'app', 'readers', '"Odd Role"', 'postgres');

sub chance { rand() < $_[0] }
sub pick { @_ ? $_[int rand @_] : undef }
sub some {  # so many of them at most, in random order, at least one
  my ($most, @from) = @_;
  return () unless @from;
  my @got;
  for (1 .. 1 + int rand $most) { push @got, splice @from, int rand @from, 1 if @from }
  return @got;
}
sub maybe { chance($_[0]) ? $_[1] : '' }
sub role { pick(@roles) }
sub number { int rand $_[0] }

# ---------------------------------------------------------------- what there is
sub all { my ($kind, $filter) = @_; return grep { !$filter || $filter->($_) } @{$now->{$kind} || []} }
sub one { return pick(all(@_)) }
sub relation { my ($kinds, $filter) = @_; return one('relations', sub { index($kinds, $_[0]{kind}) >= 0 && (!$filter || $filter->($_[0])) }) }
sub table { return relation('rp', $_[0]) }
sub column { my ($relation, $filter) = @_; return pick(grep { !$filter || $filter->($_) } @{$relation->{columns} || []}) }
sub schema { my $s = one('schemas'); return $s ? $s->{name} : 'public' }
sub trigger_function { return one('routines', sub { $_[0]{result} eq 'trigger' }) }
sub of_domain { my $type = shift; return one('types', sub { $_[0]{name} eq $type }) }

sub name_of {
  my ($stem) = @_;
  return sprintf '"%s %d"', ucfirst $stem, number(4) if chance(0.06);
  return $stem . (1 + number(9));
}
sub in_schema { return schema() . '.' . name_of($_[0]) }

# ---------------------------------------------------------------- types, values, expressions
my @scalars = ('integer', 'integer', 'bigint', 'smallint', 'text', 'text', 'varchar(20)', 'varchar', 'numeric(10,2)', 'numeric', 'boolean', 'date',
  'timestamp with time zone', 'timestamp(3)', 'uuid', 'jsonb', 'bytea', 'char(3)', 'double precision', 'interval', 'integer[]', 'text[]', 'int4range',
  'inet', 'time', 'bit(8)', 'varbit(10)', '"char"', 'name', 'point', 'tsvector', 'xid', 'money', 'regclass', 'interval day to second(2)', 'numeric(8,-2)');

sub type {
  my $own = one('types', sub { $_[0]{kind} =~ /[edrcmb]/ });
  return $own->{name} . maybe(0.15, '[]') if $own && chance(0.3);
  if (chance(0.04)) { my $r = table(); return $r->{name} if $r }
  return pick(@scalars);
}

sub value {
  my ($type) = @_;
  return "'{}'" if $type =~ /\[\]$/;
  return number(100) if $type =~ /^(integer|bigint|smallint|xid)/;
  return number(100) . '.5' if $type =~ /^(numeric|double|real|money)/;
  return "'v" . number(9) . "'" if $type =~ /^(text|character varying|varchar|name|char|"char"|bpchar)/;
  return pick('true', 'false') if $type eq 'boolean';
  return pick("'2020-01-0" . (1 + number(9)) . "'", 'CURRENT_DATE') if $type eq 'date';
  return pick("'2020-01-0" . (1 + number(9)) . " 10:00:00'", 'now()', 'CURRENT_TIMESTAMP') if $type =~ /^timestamp/;
  return "'10:00'" if $type =~ /^time/;
  return pick("'1 day'", "'02:00:00'") if $type =~ /^interval/;
  return 'gen_random_uuid()' if $type eq 'uuid';
  return "'{\"a\": " . number(9) . "}'" if $type =~ /^json/;
  return "'\\x0" . number(9) . "'" if $type eq 'bytea';
  return "'[1,5)'" if $type =~ /^int[48]range|^numrange/;
  return "'10.0.0.1'" if $type eq 'inet';
  return "B'10101010'" if $type =~ /^bit\(/;
  return "B'101'" if $type =~ /^bit varying|^varbit/;
  return "'(1,2)'" if $type eq 'point';
  return "'a b'::tsvector" if $type eq 'tsvector';
  return "'pg_class'" if $type eq 'regclass';
  my $own = of_domain($type);
  return 'NULL' unless $own;
  return pick(@{$own->{labels}}) if $own->{labels} && @{$own->{labels}};
  return value($own->{under}) if $own->{kind} eq 'd';
  return "'empty'" if $own->{kind} eq 'r';
  return 'ROW(' . join(', ', map { chance(0.5) ? 'NULL' : value($_->{type}) } @{$own->{columns}}) . ")::$type" if $own->{columns};
  return 'NULL';
}

sub calling {  # a call of an own function that gives this type
  my ($type, $immutable) = @_;
  my $f = one('routines', sub { $_[0]{kind} eq 'f' && !$_[0]{set} && $_[0]{result} eq $type && $_[0]{count} <= 2 && $_[0]{arguments} !~ /"any|record/
    && (!$immutable || $_[0]{volatile} eq 'i') });
  return unless $f;
  return sprintf '%s(%s)', $f->{call}, join ', ', map { value($_) . "::$_" } split /, /, $f->{arguments};
}

sub default {
  my ($type) = @_;
  if (chance(0.25)) { my $call = calling($type); return $call if $call }
  if ($type =~ /^(integer|bigint)$/ && chance(0.25)) {
    my $s = relation('S');
    return "nextval('$s->{name}'::regclass)" if $s;
  }
  my $v = value($type);
  return $type =~ /text|char/ && chance(0.2) ? "lower($v)" : $v;
}

# A condition on the columns of a relation.
sub condition {
  my ($relation, $immutable, $prefix) = @_;
  my $c = column($relation) or return pick('true', '1 > 0');
  my $n = ($prefix // '') . $c->{name};
  if (chance(0.15)) { my $call = calling('boolean', $immutable); return $call if $call }
  if (chance(0.12) && $c->{type} eq 'integer') { my $call = calling('integer', $immutable); return "$n <> $call" if $call }
  return "($n).$1 IS NULL" if chance(0.5) && (of_domain($c->{type}) || {})->{columns} && of_domain($c->{type})->{columns}[0]{name} =~ /(.+)/;
  return pick("$n > " . value($c->{type}), "$n IN (1, 2, 3)", "$n + 1 < 1000", "$n BETWEEN 0 AND 100", "abs($n) >= 0") if $c->{type} =~ /^(integer|bigint|smallint|numeric)/;
  return pick("length($n) < 30", "$n IN ('a', 'b', 'v1')", "$n ~ '^v'", "$n <> ''", "lower($n) = $n", "$n LIKE 'v%'") if $c->{type} =~ /^(text|character varying)/;
  return pick($n, "NOT $n", "$n IS NOT TRUE") if $c->{type} eq 'boolean';
  return "$n = " . pick(@{(of_domain($c->{type}))->{labels}}) if (of_domain($c->{type}) || {})->{labels} && chance(0.7);
  return pick("$n IS NOT NULL", "$n IS NULL OR true", "pg_column_size($n) < 500");
}

sub expression {  # of a column
  my ($relation, $prefix) = @_;
  my $c = column($relation) or return '1';
  my $n = ($prefix // '') . $c->{name};
  return pick("$n + 1", "abs($n)", "$n % 7", "$n", "($n)::text") if $c->{type} =~ /^(integer|bigint|smallint)/;
  return pick("lower($n)", "$n || 'x'", "$n", "length($n)", "substr($n, 2)", "coalesce($n, 'none')") if $c->{type} =~ /^(text|character varying)/;
  return $n;
}

sub query {
  my ($depth) = @_;
  my $r = relation('rpvmf') or return 'SELECT 1 AS one, \'x\'::text AS two';
  return 'SELECT 1 AS one, now() AS two' unless $r->{columns};
  my @c = some(4, @{$r->{columns}});
  my $list = join ', ', map { chance(0.2) ? "$_->{name} AS " . name_of('v') : $_->{name} } @c;
  my $how = number(13);
  return "SELECT * FROM $r->{name}" if $how == 0;
  return "SELECT $list FROM $r->{name}" . maybe(0.5, ' WHERE ' . condition($r)) if $how <= 3;
  if ($how <= 5) {
    my $o = relation('rpvm', sub { $_[0]{columns} }) or return "SELECT $list FROM $r->{name}";
    my $oc = column($o);
    return 'SELECT ' . join(', ', map({ "a.$_->{name} AS a_" . ($_->{name} =~ s/\W/_/gr) } @c), "b.$oc->{name} AS b1") .
      " FROM $r->{name} a " . pick('JOIN', 'LEFT JOIN', 'FULL JOIN') . " $o->{name} b ON (a.$c[0]{name})::text = (b.$oc->{name})::text" . maybe(0.3, ' WHERE ' . condition($r, 0, 'a.'));
  }
  return "SELECT count(*) AS n, ($c[0]{name})::text AS k FROM $r->{name} GROUP BY ($c[0]{name})::text" . maybe(0.4, ' HAVING count(*) > 1') if $how == 6;
  return "SELECT " . expression($r) . " AS e1, " . expression($r) . " AS e2 FROM $r->{name}" if $how == 7;
  return "SELECT x AS whole FROM $r->{name} x" if $how == 8;
  return "WITH w AS (SELECT $list FROM $r->{name}) SELECT * FROM w" if $how == 9;
  return "SELECT ($c[0]{name})::text AS u FROM $r->{name} UNION ALL SELECT 'x'::text" if $how == 10;
  return "SELECT $c[0]{name} AS w1, row_number() OVER (ORDER BY ($c[0]{name})::text) AS rn FROM $r->{name}" if $how == 11;
  my $f = one('routines', sub { $_[0]{kind} eq 'f' && !$_[0]{count} && $_[0]{result} !~ /trigger|void|record/ });
  return "SELECT $f->{call}() AS called, " . expression($r) . " AS e FROM $r->{name}" if $f;
  return "SELECT $list, (SELECT max(i) FROM generate_series(1, 3) i) AS top FROM $r->{name}";
}

# ---------------------------------------------------------------- parts of tables
sub column_definition {
  my ($name) = @_;
  my $type = type();
  my $d = "$name $type";
  $d .= ' COLLATE "C"' if $type =~ /^(text|varchar)/ && chance(0.1);
  if (chance(0.12) && $type =~ /^(integer|bigint|smallint)$/) {
    return "$d GENERATED " . pick('ALWAYS', 'BY DEFAULT') . ' AS IDENTITY' . maybe(0.3, ' (START 10 INCREMENT 5)');
  }
  return "$d GENERATED ALWAYS AS (" . pick(1, 2) . "::text) STORED" if $type eq 'text' && chance(0.06);
  $d .= ' DEFAULT ' . default($type) if chance(0.35);
  $d .= ' NOT NULL' if chance(0.2);
  return $d;
}

sub columns {
  my ($least) = @_;
  my %seen;
  my @names = grep { !$seen{$_}++ } map { name_of('c') } 1 .. ($least // 1) + number(5);
  return map { column_definition($_) } @names;
}

sub constraint {  # for a table that has these columns
  my ($table) = @_;
  my $c = column($table) or return;
  my $named = chance(0.6) ? 'CONSTRAINT ' . name_of('k') . ' ' : '';
  my $late = maybe(0.15, pick(' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED'));
  my $how = number(10);
  return $named . 'CHECK (' . condition($table, 1) . ')' . maybe(0.15, ' NOT VALID') . maybe(0.1, ' NO INHERIT') if $how <= 2;
  return $named . 'PRIMARY KEY (' . join(', ', map { $_->{name} } some(2, @{$table->{columns}})) . ')' . $late if $how == 3;
  return $named . 'UNIQUE ' . maybe(0.1, 'NULLS NOT DISTINCT ') . '(' . join(', ', map { $_->{name} } some(2, @{$table->{columns}})) . ')' . maybe(0.2, ' INCLUDE (' . column($table)->{name} . ')') . $late if $how <= 5;
  return $named . "EXCLUDE USING gist ($c->{name} WITH &&)" . maybe(0.3, ' WHERE (' . condition($table, 1) . ')') if $how == 6;
  return $named . "EXCLUDE USING btree ($c->{name} WITH =)" if $how == 7;
  return $named . foreign_key($table);
}

sub foreign_key {
  my ($table) = @_;
  my $to = table(sub { grep { $_->{notnull} } @{$_[0]{columns} || []} }) || table() or return 'CHECK (true)';
  my $c = column($table, sub { $_[0]{type} eq 'integer' }) || column($table);
  my $t = column($to, sub { $_[0]{notnull} && $_[0]{type} eq ($c ? $c->{type} : '') }) || column($to) or return 'CHECK (true)';
  return "FOREIGN KEY ($c->{name}) REFERENCES $to->{name}" . maybe(0.6, "($t->{name})") . maybe(0.3, ' ON DELETE ' . pick('CASCADE', 'SET NULL', 'RESTRICT', 'SET DEFAULT')) .
    maybe(0.2, ' ON UPDATE CASCADE') . maybe(0.1, ' MATCH FULL') . maybe(0.2, pick(' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED')) . maybe(0.2, ' NOT VALID');
}

sub bound {
  my ($parent) = @_;
  my $s = $parent->{strategy} // 'l';
  return 'DEFAULT' if chance(0.15) && $s ne 'h';
  return sprintf 'FOR VALUES WITH (MODULUS 4, REMAINDER %d)', number(4) if $s eq 'h';
  my ($c) = grep { $_->{name} eq ($parent->{key} // '') } @{$parent->{columns} || []};
  my $type = $c ? $c->{type} : 'integer';
  if ($type =~ /^(integer|bigint|smallint|numeric)/) {
    my $from = 10 * number(10);
    return $s eq 'r' ? sprintf('FOR VALUES FROM (%d) TO (%d)', $from, $from + 10) : sprintf('FOR VALUES IN (%d, %d)', $from, $from + 1);
  }
  if ($type =~ /^(date|timestamp)/) {
    my $m = 1 + number(8);
    return $s eq 'r' ? "FOR VALUES FROM ('2020-0$m-01') TO ('2020-0" . ($m + 1) . "-01')" : "FOR VALUES IN ('2020-0$m-01')";
  }
  my $l = chr(97 + number(20));
  return $s eq 'r' ? "FOR VALUES FROM ('$l') TO ('" . chr(1 + ord $l) . "')" : 'FOR VALUES IN (' . ($type =~ /text|char/ ? "'$l'" : value($type)) . ')';
}

sub options { return join ', ', some(2, 'fillfactor = ' . (50 + number(50)), 'autovacuum_enabled = false', 'toast.autovacuum_enabled = false', 'parallel_workers = 2', 'autovacuum_vacuum_threshold = 99') }

sub create_table {
  my ($name) = @_;
  $name //= in_schema('t');
  my $how = number(20);
  if ($how <= 2) {  # partitioned
    my $strategy = pick('RANGE', 'RANGE', 'LIST', 'LIST', 'HASH');
    my $type = pick('integer', 'integer', 'date', 'text');
    return "CREATE TABLE $name (" . join(', ', "c1 $type" . maybe(0.4, ' NOT NULL'), grep({ !/^c1 / } columns(0)), maybe(0.35, 'PRIMARY KEY (c1)') || (), maybe(0.2, 'CHECK (c1 IS NOT NULL)') || ()) .
      ") PARTITION BY $strategy (" . (chance(0.1) && $type eq 'text' ? '(lower(c1))' : 'c1') . ')';
  }
  if ($how <= 5) { my $s = partition($name); return $s if $s }
  if ($how == 6) {
    my $p = table(sub { $_[0]{kind} eq 'r' });
    return "CREATE TABLE $name (" . join(', ', columns(0)) . ") INHERITS ($p->{name})" if $p;
  }
  if ($how == 7) {
    my $p = relation('rpvmf');
    return "CREATE TABLE $name (LIKE $p->{name} " . pick('INCLUDING ALL', 'INCLUDING DEFAULTS', 'INCLUDING CONSTRAINTS INCLUDING INDEXES', 'INCLUDING IDENTITY') . ')' if $p;
  }
  if ($how == 8) { return pick("CREATE TABLE $name AS ", "CREATE UNLOGGED TABLE $name AS ") . query() . ' LIMIT 3' }
  if ($how == 9) {
    my $t = one('types', sub { $_[0]{kind} eq 'c' });
    return "CREATE TABLE $name OF $t->{name}" if $t;
  }
  my @c = columns(1);
  my @names = map { /^("[^"]+"|\w+)/ } @c;
  my @extra;
  push @c, pick('id serial', 'id bigserial', 'id integer GENERATED BY DEFAULT AS IDENTITY', 'id integer', 'id integer NOT NULL') . pick(' PRIMARY KEY', ' PRIMARY KEY', ' UNIQUE', '') if chance(0.7);
  push @extra, 'CHECK (' . pick(@names) . ' IS NOT NULL)' if chance(0.15);
  push @extra, 'UNIQUE (' . pick(@names) . ')' if chance(0.1);
  if (chance(0.2)) { my $fk = foreign_key({columns => [{name => pick(@names), type => 'integer'}]}); push @extra, $fk if $fk =~ /^FOREIGN/ }
  return 'CREATE ' . maybe(0.06, 'UNLOGGED ') . "TABLE $name (" . join(', ', @c, @extra) . ')' . maybe(0.1, ' WITH (' . options() . ')');
}

sub partition {
  my ($name) = @_;
  my $p = relation('p') or return;
  return "CREATE TABLE $name PARTITION OF $p->{name} " . bound($p) . maybe(0.15, ' PARTITION BY LIST (c1)');
}

sub swap {  # two names exchanged, by way of a third
  my ($word, $filter_kind, $rename) = @_;
  my $a = one(@$filter_kind) or return;
  my $b = one($filter_kind->[0], sub { $_[0]{schema} eq $a->{schema} && $_[0]{name} ne $a->{name} && (!$filter_kind->[1] || $filter_kind->[1]->($_[0])) }) or return;
  my $in = sub { "$a->{schema}.$_[0]" };
  return ("ALTER $word " . $a->{name} . " RENAME TO between", "ALTER $word $b->{name} RENAME TO $a->{base}", "ALTER $word " . $in->('between') . " RENAME TO $b->{base}");
}

# ---------------------------------------------------------------- functions
sub body {
  my ($result) = @_;
  my $q = chance(0.4) ? relation('rpv') : undef;
  return $q ? "SELECT count(*)::$result FROM $q->{name}" : 'SELECT ' . number(9) . "::$result" if $result =~ /^(integer|bigint|text)$/;
  return 'SELECT ' . value($result) . "::$result";
}

sub create_function {
  my $name = in_schema('f');
  my $result = pick('integer', 'integer', 'text', 'boolean', 'bigint', type());
  my @arguments;
  for my $i (1 .. pick(0, 0, 1, 1, 2)) { my $t = chance(0.7) ? pick('integer', 'text') : type(); push @arguments, "a$i $t" . maybe(0.15, $i == 2 ? ' DEFAULT NULL' : '') }
  my $list = join ', ', @arguments;
  my $how = pick('', '', ' IMMUTABLE', ' STABLE', ' IMMUTABLE STRICT', ' SECURITY DEFINER', ' PARALLEL SAFE', ' COST 5', ' SET search_path = pg_catalog', ' SET work_mem = \'1MB\' LEAKPROOF');
  my $kind = number(13);
  my $replace = pick('CREATE', 'CREATE OR REPLACE', 'CREATE OR REPLACE');
  return "$replace FUNCTION $name() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NEW; END \$\$" if $kind <= 2;
  return "$replace FUNCTION $name($list) RETURNS $result LANGUAGE sql$how AS \$\$ " . body($result) . ' $$' if $kind <= 4;
  return "$replace FUNCTION $name($list) RETURNS $result LANGUAGE sql$how RETURN " . (chance(0.5) && calling($result) || '(' . body($result) . ')') if $kind <= 6;
  return "$replace FUNCTION $name($list) RETURNS $result LANGUAGE sql$how BEGIN ATOMIC " . body($result) . '; END' if $kind == 7;
  return "$replace FUNCTION $name($list) RETURNS $result LANGUAGE plpgsql$how AS \$\$ BEGIN RETURN " . value($result) . '; END $$' if $kind == 8;
  return "$replace FUNCTION $name(a integer, b integer) RETURNS " . pick('boolean', 'integer') . ' LANGUAGE sql IMMUTABLE AS $$ SELECT ' . pick('a > b', 'a = b', 'a + b') . ' $$' if $kind == 9;
  return "$replace FUNCTION $name(a integer) RETURNS TABLE (x integer, y text) LANGUAGE sql AS \$\$ SELECT a, 'y'::text \$\$" if $kind == 10;
  if ($kind == 11) { my $r = relation('rpv'); return "$replace FUNCTION $name() RETURNS SETOF $r->{name} LANGUAGE sql AS \$\$ SELECT * FROM $r->{name} \$\$" if $r }
  return "$replace PROCEDURE $name(" . pick('', 'a integer', 'INOUT a text') . ') LANGUAGE plpgsql AS $$ BEGIN NULL; END $$';
}

my %word_of = (r => 'TABLE', p => 'TABLE', v => 'VIEW', m => 'MATERIALIZED VIEW', S => 'SEQUENCE', f => 'FOREIGN TABLE', c => 'TYPE');
my %routine_word = (f => 'FUNCTION', p => 'PROCEDURE', a => 'AGGREGATE', w => 'FUNCTION');

# Any object that has a schema, an owner, a comment …: its word and its name.
sub any {
  my $kind = pick(qw(relations relations relations routines routines types types indexes statistics operators classes families collations conversions dictionaries configurations
    schemas publications wrappers servers event_triggers languages));
  my $o = one($kind) or return;
  my %word = (schemas => 'SCHEMA', indexes => 'INDEX', statistics => 'STATISTICS', operators => 'OPERATOR', classes => 'OPERATOR CLASS', families => 'OPERATOR FAMILY', collations => 'COLLATION',
    conversions => 'CONVERSION', dictionaries => 'TEXT SEARCH DICTIONARY', configurations => 'TEXT SEARCH CONFIGURATION', publications => 'PUBLICATION', wrappers => 'FOREIGN DATA WRAPPER',
    servers => 'SERVER', event_triggers => 'EVENT TRIGGER', languages => 'LANGUAGE');
  my $word = $word{$kind} || ($kind eq 'relations' ? $word_of{$o->{kind}} : $kind eq 'routines' ? $routine_word{$o->{kind}} : $o->{kind} eq 'd' ? 'DOMAIN' : 'TYPE');
  return ($word, $o, $kind);
}

sub on_table { my ($what) = @_; my $t = table() or return; return "ALTER TABLE $t->{name} " . $what->($t) }

# column of a table, and a statement about it
sub on_column {
  my ($kinds, $filter, $what) = @_;
  my $t = relation($kinds, sub { grep { $filter->($_) } @{$_[0]{columns} || []} }) or return;
  my $c = column($t, $filter);
  return "ALTER $word_of{$t->{kind}} $t->{name} ALTER COLUMN $c->{name} " . $what->($c, $t);
}

sub signed { my ($f) = @_; return join ', ', map { value($_) . "::$_" } split /, /, $f->{arguments} }

# ---------------------------------------------------------------- all of them: weight, maker
our @makers = (
  # tables
  [30, sub { create_table() }],
  [10, sub { partition(in_schema('t')) }],
  [14, sub { my $c = name_of('c'); on_table(sub { 'ADD COLUMN ' . maybe(0.1, 'IF NOT EXISTS ') . column_definition($c) }) }],
  [12, sub { on_table(sub { my $c = column($_[0]) or return 'DROP COLUMN IF EXISTS c1'; "DROP COLUMN $c->{name}" . maybe(0.5, ' CASCADE') }) }],
  [10, sub { my $t = relation('rpvmfc') or return; my $c = column($t) or return; "ALTER $word_of{$t->{kind}} $t->{name} RENAME " . ($t->{kind} eq 'c' ? 'ATTRIBUTE' : 'COLUMN') . " $c->{name} TO " . name_of('c') . ($t->{kind} eq 'c' ? ' CASCADE' : '') }],
  [4, sub { my $t = relation('rpvmf', sub { @{$_[0]{columns} || []} > 1 }) or return; my ($a, $b) = some(2, @{$t->{columns}}); return unless $b; my $w = "ALTER $word_of{$t->{kind}} $t->{name} RENAME COLUMN"; ("$w $a->{name} TO between", "$w $b->{name} TO $a->{name}", "$w between TO $b->{name}") }],
  [12, sub { on_column('rpf', sub { 1 }, sub { my $t = type(); "TYPE $t" . (chance(0.5) ? " USING " . (chance(0.3) ? 'NULL' : value($t)) . "::$t" : '') }) }],
  [4, sub { on_column('rp', sub { $_[0]{type} =~ /^(integer|smallint|character varying|varchar)/ }, sub { $_[0]{type} =~ /^(integer|smallint)/ ? 'TYPE bigint' : pick('TYPE text', 'TYPE varchar(40)', 'TYPE text COLLATE "C"', 'TYPE varchar(5)') }) }],
  [8, sub { on_column('rpvf', sub { 1 }, sub { chance(0.25) ? 'DROP DEFAULT' : 'SET DEFAULT ' . default($_[0]{type}) }) }],
  [6, sub { on_column('rpf', sub { 1 }, sub { $_[0]{notnull} ? 'DROP NOT NULL' : 'SET NOT NULL' }) }],
  [3, sub { on_column('rp', sub { $_[0]{identity} eq '' && $_[0]{type} =~ /int/ }, sub { 'ADD GENERATED ' . pick('ALWAYS', 'BY DEFAULT') . ' AS IDENTITY' }) }],
  [3, sub { on_column('rp', sub { $_[0]{identity} ne '' }, sub { pick('DROP IDENTITY', 'SET GENERATED ALWAYS', 'SET GENERATED BY DEFAULT', 'SET INCREMENT BY 3', 'RESTART WITH 50', 'SET MAXVALUE 5000 SET CYCLE') }) }],
  [1, sub { on_column('rp', sub { $_[0]{generated} ne '' }, sub { 'DROP EXPRESSION' }) }],
  [3, sub { on_column('rpm', sub { 1 }, sub { pick('SET STORAGE EXTERNAL', 'SET STORAGE PLAIN', 'SET STORAGE MAIN', 'SET STATISTICS ' . number(500), 'SET STATISTICS -1', 'SET COMPRESSION pglz', 'SET (n_distinct = 5)', 'RESET (n_distinct)') }) }],
  [14, sub { on_table(sub { my $k = constraint($_[0]); $k ? "ADD $k" : 'SET (fillfactor = 77)' }) }],
  [6, sub { my $t = table(sub { $_[0]{columns} }) or return; "ALTER TABLE $t->{name} ADD " . foreign_key($t) }],
  [3, sub { my $i = one('indexes', sub { $_[0]{unique} && !$_[0]{owned} }) or return; "ALTER TABLE $i->{relation} ADD " . maybe(0.5, 'CONSTRAINT ' . name_of('k') . ' ') . pick('UNIQUE', 'PRIMARY KEY') . " USING INDEX $i->{base}" }],
  [7, sub { my $k = one('constraints') or return; "ALTER TABLE $k->{relation} DROP CONSTRAINT $k->{base}" . maybe(0.4, ' CASCADE') }],
  [5, sub { my $k = one('constraints') or return; "ALTER TABLE $k->{relation} RENAME CONSTRAINT $k->{base} TO " . name_of('k') }],
  [3, sub { my $k = one('constraints', sub { !$_[0]{validated} }) or return; "ALTER TABLE $k->{relation} VALIDATE CONSTRAINT $k->{base}" }],
  [2, sub { my $k = one('constraints', sub { $_[0]{type} eq 'f' }) or return; "ALTER TABLE $k->{relation} ALTER CONSTRAINT $k->{base} " . pick('DEFERRABLE', 'NOT DEFERRABLE', 'DEFERRABLE INITIALLY DEFERRED') }],
  [8, sub { my $t = relation('rpvmSf') or return; "ALTER $word_of{$t->{kind}} $t->{name} RENAME TO " . name_of(pick('t', 't', 'v', 'q')) }],
  [5, sub { swap('TABLE', ['relations', sub { $_[0]{kind} =~ /[rp]/ }]) }],
  [2, sub { swap('VIEW', ['relations', sub { $_[0]{kind} eq 'v' }]) }],
  [1, sub { swap('SEQUENCE', ['relations', sub { $_[0]{kind} eq 'S' }]) }],
  [2, sub { swap('INDEX', ['indexes']) }],
  [1, sub { swap('TYPE', ['types', sub { $_[0]{kind} ne 'd' }]) }],
  [2, sub {  # a table takes another's place, the old one stays or goes
    my $t = table(sub { $_[0]{kind} eq 'r' && $_[0]{columns} }) or return; ("ALTER TABLE $t->{name} RENAME TO before", create_table($t->{name}), maybe(0.5, "DROP TABLE $t->{schema}.before CASCADE") || ()) }],
  [5, sub { my ($w, $o, $kind) = any() or return; return unless $o->{schema} && $kind ne 'indexes'; "ALTER $w $o->{name} SET SCHEMA " . schema() }],
  [10, sub { my ($w, $o, $kind) = any() or return; return if $kind eq 'indexes'; "ALTER $w $o->{name} OWNER TO " . role() }],
  [8, sub { my ($w, $o, $kind) = any() or return; return if $kind eq 'relations' && $o->{kind} eq 'c'; my ($n, $how) = ($o->{name}, ''); ($n, $how) = ($1, $2) if $kind =~ /classes|families/ && $n =~ /^(\S+)( USING .*)/; return if $kind =~ /operators/;
    "ALTER $w $n$how RENAME TO " . name_of(substr($kind, 0, 1) . 'x') }],
  [5, sub { my $p = relation('p') or return; my $c = table(sub { !$_[0]{partition} && $_[0]{name} ne $p->{name} }) or return; "ALTER TABLE $p->{name} ATTACH PARTITION $c->{name} " . bound($p) }],
  [5, sub {  # made for its parent, then attached
    my $p = relation('p') or return; my $n = in_schema('t'); ("CREATE TABLE $n (LIKE $p->{name} " . pick('INCLUDING ALL', 'INCLUDING DEFAULTS', 'INCLUDING INDEXES') . ')', "ALTER TABLE $p->{name} ATTACH PARTITION $n " . bound($p)) }],
  [6, sub { my $c = relation('rp', sub { $_[0]{partition} }) or return; "ALTER TABLE $c->{parents}[0] DETACH PARTITION $c->{name}" . maybe(0.2, ' CONCURRENTLY') }],
  [4, sub { my $c = relation('r', sub { $_[0]{partition} }) or return; my ($p) = grep { $_->{kind} eq 'p' } all('relations', sub { $_[0]{name} eq $c->{parents}[0] }); return unless $p; ("ALTER TABLE $p->{name} DETACH PARTITION $c->{name}", "ALTER TABLE $p->{name} ATTACH PARTITION $c->{name} " . bound($p)) }],
  [3, sub { my $p = table(sub { $_[0]{kind} eq 'r' && !$_[0]{partition} }) or return; my $n = in_schema('t'); ("CREATE TABLE $n (LIKE $p->{name} INCLUDING CONSTRAINTS)", "ALTER TABLE $n INHERIT $p->{name}") }],
  [2, sub { my ($a, $b) = (table(), table()); return unless $b; "ALTER TABLE $a->{name} INHERIT $b->{name}" }],
  [2, sub { my $c = relation('r', sub { $_[0]{parents} && !$_[0]{partition} }) or return; "ALTER TABLE $c->{name} NO INHERIT " . pick(@{$c->{parents}}) }],
  [3, sub { on_table(sub { pick('SET (' . options() . ')', 'RESET (fillfactor, autovacuum_enabled)', 'SET UNLOGGED', 'SET LOGGED') }) }],
  [3, sub { on_table(sub { pick('ENABLE ROW LEVEL SECURITY', 'DISABLE ROW LEVEL SECURITY', 'FORCE ROW LEVEL SECURITY', 'NO FORCE ROW LEVEL SECURITY') }) }],
  [2, sub { my $i = one('indexes', sub { $_[0]{unique} }); return on_table(sub { pick('REPLICA IDENTITY FULL', 'REPLICA IDENTITY NOTHING', 'REPLICA IDENTITY DEFAULT') }) if !$i || chance(0.3); "ALTER TABLE $i->{relation} REPLICA IDENTITY USING INDEX $i->{base}" }],
  [2, sub { my $i = one('indexes') or return; pick("ALTER TABLE $i->{relation} CLUSTER ON $i->{base}", "ALTER TABLE $i->{relation} SET WITHOUT CLUSTER", "CLUSTER $i->{relation} USING $i->{base}") }],
  [1, sub { my $t = one('types', sub { $_[0]{kind} eq 'c' }) or return; on_table(sub { pick("OF $t->{name}", 'NOT OF') }) }],
  [1, sub { on_table(sub { pick('DISABLE', 'ENABLE') . ' TRIGGER USER' }) }],

  # indexes and statistics
  [14, sub { my $t = relation('rpm', sub { $_[0]{columns} }) or return; my @c = some(2, @{$t->{columns}});
    'CREATE ' . maybe(0.25, 'UNIQUE ') . 'INDEX ' . maybe(0.1, 'CONCURRENTLY ') . maybe(0.7, name_of('i')) . ' ON ' . maybe(0.1, 'ONLY ') . $t->{name} . maybe(0.15, pick(' USING hash', ' USING brin', ' USING gin', ' USING gist')) . ' (' .
      join(', ', map { (chance(0.2) ? '(' . expression($t) . ')' : $_->{name}) . maybe(0.15, ' DESC') . maybe(0.1, ' NULLS FIRST') } @c) . ')' . maybe(0.1, ' INCLUDE (' . column($t)->{name} . ')') . maybe(0.1, ' WITH (fillfactor = 60)') . maybe(0.15, ' WHERE ' . condition($t, 1)) }],
  [3, sub { my $i = one('indexes') or return; pick("ALTER INDEX $i->{name} SET (fillfactor = " . (50 + number(50)) . ')', "ALTER INDEX $i->{name} RESET (fillfactor)", "ALTER INDEX $i->{name} RENAME TO " . name_of('i'), "ALTER INDEX $i->{name} ALTER COLUMN 1 SET STATISTICS 50", "REINDEX INDEX $i->{name}") }],
  [4, sub { my $i = one('indexes', sub { !$_[0]{owned} }) or return; 'DROP INDEX ' . maybe(0.1, 'CONCURRENTLY ') . $i->{name} . maybe(0.2, ' CASCADE') }],
  [2, sub { my ($a, $b) = (one('indexes'), one('indexes')); return unless $b; "ALTER INDEX $a->{name} ATTACH PARTITION $b->{name}" }],
  [3, sub { my $t = relation('rpm', sub { @{$_[0]{columns} || []} > 1 }) or return; 'CREATE STATISTICS ' . in_schema('st') . maybe(0.4, ' (ndistinct, dependencies)') . ' ON ' . join(', ', map { $_->{name} } @{$t->{columns}}[0, 1]) . maybe(0.2, ', (' . expression($t) . ')') . " FROM $t->{name}" }],
  [2, sub { my $s = one('statistics') or return; pick("ALTER STATISTICS $s->{name} SET STATISTICS 77", "DROP STATISTICS $s->{name}") }],

  # sequences
  [5, sub { 'CREATE SEQUENCE ' . in_schema('q') . maybe(0.3, pick(' AS smallint', ' AS integer')) . maybe(0.3, ' INCREMENT 2') . maybe(0.2, ' MINVALUE 5 START 7') . maybe(0.2, ' CACHE 10 CYCLE') }],
  [4, sub { my $s = relation('S') or return; "ALTER SEQUENCE $s->{name} " . pick('INCREMENT 7', 'NO MAXVALUE', 'MAXVALUE 9999', 'AS bigint', 'CYCLE', 'START 20 RESTART', 'CACHE 3', 'OWNED BY NONE') }],
  [3, sub { my ($s, $t) = (relation('S'), table(sub { $_[0]{columns} })); return unless $s && $t; "ALTER SEQUENCE $s->{name} OWNED BY $t->{name}." . column($t)->{name} }],

  # views
  [18, sub { pick('CREATE VIEW ', 'CREATE OR REPLACE VIEW ') . in_schema('v') . maybe(0.1, ' WITH (security_barrier)') . ' AS ' . query() . maybe(0.03, ' WITH CHECK OPTION') }],
  [4, sub { my $v = relation('v') or return; "CREATE OR REPLACE VIEW $v->{name} AS " . query() }],
  [7, sub { 'CREATE MATERIALIZED VIEW ' . in_schema('m') . ' AS ' . query() . maybe(0.3, ' WITH NO DATA') }],
  [2, sub { my $m = relation('m') or return; "REFRESH MATERIALIZED VIEW $m->{name}" }],
  [2, sub { my $v = relation('v') or return; "ALTER VIEW $v->{name} " . pick('SET (security_barrier = true)', 'SET (security_invoker = true)', 'RESET (security_barrier)', 'RESET (security_invoker)') }],
  [4, sub { my $v = relation('rv', sub { $_[0]{columns} }) or return; my $t = table(sub { $_[0]{columns} });
    'CREATE ' . maybe(0.3, 'OR REPLACE ') . 'RULE ' . name_of('r') . ' AS ON ' . pick('INSERT', 'UPDATE', 'DELETE') . " TO $v->{name}" . maybe(0.2, ' WHERE ' . pick('1 = 1', 'false')) . ' DO ' . pick('INSTEAD NOTHING', 'ALSO NOTHING', $t ? ("INSTEAD DELETE FROM $t->{name} WHERE " . condition($t), 'ALSO INSERT INTO ' . $t->{name} . ' DEFAULT VALUES') : 'ALSO NOTIFY x') }],
  [2, sub { my $r = one('rules') or return; pick("ALTER RULE $r->{base} ON $r->{relation} RENAME TO " . name_of('r'), "DROP RULE $r->{base} ON $r->{relation}", "ALTER TABLE $r->{relation} DISABLE RULE $r->{base}", "ALTER TABLE $r->{relation} ENABLE ALWAYS RULE $r->{base}") }],

  # triggers and policies
  [9, sub { my ($t, $f) = (relation('rpvf'), trigger_function()); return unless $t && $f; my $c = column($t);
    return 'CREATE TRIGGER ' . name_of('g') . " INSTEAD OF UPDATE ON $t->{name} FOR EACH ROW EXECUTE FUNCTION $f->{call}()" if $t->{kind} eq 'v';
    return 'CREATE CONSTRAINT TRIGGER ' . name_of('g') . " AFTER INSERT ON $t->{name} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION $f->{call}()" if chance(0.15);
    return 'CREATE TRIGGER ' . name_of('g') . " AFTER INSERT ON $t->{name} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION $f->{call}()" if chance(0.15);
    pick('CREATE', 'CREATE OR REPLACE') . ' TRIGGER ' . name_of('g') . ' ' . pick('BEFORE', 'AFTER') . ' ' . pick('INSERT', 'UPDATE', 'DELETE', 'INSERT OR UPDATE', $c ? "UPDATE OF $c->{name}" : 'UPDATE') . " ON $t->{name} FOR EACH ROW" .
      maybe(0.2, ' WHEN (true)') . " EXECUTE FUNCTION $f->{call}(" . pick('', '', "'x'", "'a', '1'") . ')' }],
  [3, sub { my $g = one('triggers') or return; pick("DROP TRIGGER $g->{base} ON $g->{relation}", "ALTER TRIGGER $g->{base} ON $g->{relation} RENAME TO " . name_of('g')) }],
  [3, sub { my $g = one('triggers', sub { $_[0]{kind} =~ /[rp]/ }) or return; "ALTER TABLE $g->{relation} " . pick('DISABLE', 'ENABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA') . " TRIGGER $g->{base}" }],
  [5, sub { my $t = table() or return; 'CREATE POLICY ' . name_of('p') . " ON $t->{name}" . maybe(0.3, ' AS RESTRICTIVE') . maybe(0.4, ' FOR ' . pick('SELECT', 'UPDATE', 'ALL')) . maybe(0.5, ' TO ' . join(', ', some(2, @roles))) . ' USING (' . condition($t) . ')' }],
  [3, sub { my $p = one('policies') or return; pick("DROP POLICY $p->{base} ON $p->{relation}", "ALTER POLICY $p->{base} ON $p->{relation} RENAME TO " . name_of('p'), "ALTER POLICY $p->{base} ON $p->{relation} TO " . role(), "ALTER POLICY $p->{base} ON $p->{relation} USING (true)") }],

  # routines
  [16, sub { create_function() }],
  [3, sub { my $f = one('routines', sub { $_[0]{kind} eq 'f' }) or return; "ALTER FUNCTION $f->{name} " . pick('IMMUTABLE', 'STABLE', 'VOLATILE', 'STRICT', 'SECURITY DEFINER', 'COST 42', 'SET search_path = public', 'RESET ALL', 'PARALLEL RESTRICTED', 'LEAKPROOF') }],
  [2, sub { my $f = one('routines', sub { $_[0]{language} eq 'sql' && $_[0]{kind} eq 'f' && $_[0]{result} =~ /^(integer|text|bigint)$/ }) or return; "CREATE OR REPLACE FUNCTION $f->{name} RETURNS $f->{result} LANGUAGE sql AS \$\$ " . body($f->{result}) . ' $$' }],
  [2, sub { my $f = one('routines', sub { $_[0]{arguments} eq 'integer, integer' && $_[0]{result} eq 'integer' }); 'CREATE AGGREGATE ' . in_schema('ag') . '(integer) (SFUNC = ' . ($f ? $f->{call} : 'int4pl') . ', STYPE = integer, INITCOND = \'' . number(9) . '\')' }],
  [2, sub { my $f = one('routines', sub { $_[0]{arguments} eq 'integer, integer' && $_[0]{kind} eq 'f' }); 'CREATE OPERATOR ' . schema() . '.' . pick('===', '<~>', '@@@') . ' (FUNCTION = ' . ($f ? $f->{call} : 'int4pl') . ', LEFTARG = integer, RIGHTARG = integer' . maybe(0.2, ', COMMUTATOR = ' . pick('===', '<~>')) . maybe(0.2, ', RESTRICT = eqsel') . ')' }],
  [1, sub { my $o = one('operators') or return; pick("ALTER OPERATOR $o->{name} SET (RESTRICT = eqsel)", "ALTER OPERATOR $o->{name} SET (RESTRICT = NONE)", "DROP OPERATOR $o->{name}" . maybe(0.5, ' CASCADE')) }],
  [1, sub { 'CREATE OPERATOR CLASS ' . in_schema('oc') . ' FOR TYPE ' . pick('integer', 'bigint') . ' USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 ' . pick('btint4cmp(integer, integer)', 'btint8cmp(bigint, bigint)') }],
  [1, sub { 'CREATE OPERATOR FAMILY ' . in_schema('of') . ' USING ' . pick('btree', 'hash') }],
  [1, sub { my $f = one('families') or return; "ALTER OPERATOR FAMILY $f->{name} " . pick('ADD OPERATOR 1 < (integer, bigint)', 'DROP OPERATOR 1 (integer, bigint)', 'ADD FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint)') }],
  [2, sub { my $t = one('types', sub { $_[0]{kind} =~ /[ecr]/ }) or return; my $f = one('routines', sub { $_[0]{arguments} eq $t->{name} && $_[0]{kind} eq 'f' }); return "CREATE CAST ($t->{name} AS $f->{result}) WITH FUNCTION $f->{name}" if $f && chance(0.5); "CREATE CAST ($t->{name} AS " . pick('text', 'integer', 'jsonb') . ') WITH INOUT' . maybe(0.4, ' AS ASSIGNMENT') }],
  [1, sub { my $t = one('types', sub { $_[0]{kind} =~ /[ecr]/ }) or return; 'CREATE FUNCTION ' . in_schema('f') . "(a $t->{name}) RETURNS integer LANGUAGE sql IMMUTABLE AS \$\$ SELECT 1 \$\$" }],
  [1, sub { my $c = one('casts') or return; "DROP CAST $c->{name}" }],

  # types
  [6, sub { 'CREATE TYPE ' . in_schema('e') . ' AS ENUM (' . join(', ', map { "'$_'" } some(4, 'red', 'green', 'blue', 'odd "one"', "it''s")) . ')' }],
  [4, sub { my $t = one('types', sub { $_[0]{kind} eq 'e' && $_[0]{labels} }) or return; pick("ALTER TYPE $t->{name} ADD VALUE 'l" . number(9) . "'" . pick('', ' BEFORE ' . $t->{labels}[0], ' AFTER ' . $t->{labels}[0]), "ALTER TYPE $t->{name} RENAME VALUE " . pick(@{$t->{labels}}) . " TO 'l" . number(9) . "'") }],
  [5, sub { 'CREATE TYPE ' . in_schema('ct') . ' AS (' . join(', ', map { "a$_ " . type() } 1 .. 1 + number(3)) . ')' }],
  [4, sub { my $t = one('types', sub { $_[0]{kind} eq 'c' && @{$_[0]{columns} || []} }) or return; my $a = pick(@{$t->{columns}}); "ALTER TYPE $t->{name} " . pick('ADD ATTRIBUTE a' . number(9) . ' ' . type(), "DROP ATTRIBUTE $a->{name}", "ALTER ATTRIBUTE $a->{name} TYPE " . type(), "RENAME ATTRIBUTE $a->{name} TO a" . number(9)) . maybe(0.5, ' CASCADE') }],
  [5, sub { my $t = pick('integer', 'text', 'varchar(10)', 'numeric(6,2)', type()); 'CREATE DOMAIN ' . in_schema('d') . " AS $t" . maybe(0.3, ' DEFAULT ' . value($t)) . maybe(0.2, ' NOT NULL') . maybe(0.5, maybe(0.4, ' CONSTRAINT ' . name_of('k')) . ' CHECK (' . pick('VALUE IS NOT NULL', 'VALUE IS NULL OR true', ($t =~ /^integer|numeric/ ? 'VALUE > 0' : "VALUE::text <> 'x'")) . ')') }],
  [4, sub { my $t = one('types', sub { $_[0]{kind} eq 'd' }) or return; "ALTER DOMAIN $t->{name} " . pick('SET DEFAULT ' . value($t->{under}), 'DROP DEFAULT', 'SET NOT NULL', 'DROP NOT NULL', 'ADD ' . maybe(0.5, 'CONSTRAINT ' . name_of('k') . ' ') . 'CHECK (VALUE IS NOT NULL)' . maybe(0.3, ' NOT VALID')) }],
  [2, sub { my $k = one('domain_constraints') or return; "ALTER DOMAIN $k->{relation} " . pick("DROP CONSTRAINT $k->{base}", "RENAME CONSTRAINT $k->{base} TO " . name_of('k'), "VALIDATE CONSTRAINT $k->{base}") }],
  [2, sub { 'CREATE TYPE ' . in_schema('rg') . ' AS RANGE (SUBTYPE = ' . pick('integer', 'text', 'date', 'numeric') . ')' }],
  [2, sub { my $d = one('types', sub { $_[0]{kind} eq 'd' }) or return; my $n = in_schema('d'); ("CREATE DOMAIN $n AS $d->{name}" . maybe(0.4, ' CHECK (VALUE IS NOT NULL)')) }],

  # everything dropped, some of it made again with another shape
  [9, sub { my ($w, $o) = any() or return; return if $o->{owned}; "DROP $w $o->{name}" . maybe(0.55, ' CASCADE') }],
  [5, sub { my $t = relation('rpvm') or return; ("DROP $word_of{$t->{kind}} $t->{name}" . maybe(0.7, ' CASCADE'), pick(create_table($t->{name}), create_table($t->{name}), "CREATE VIEW $t->{name} AS " . query())) }],
  [2, sub { my $t = one('types', sub { $_[0]{kind} =~ /[ecd]/ }) or return; ('DROP TYPE ' . $t->{name} . ' CASCADE', "CREATE TYPE $t->{name} AS " . pick("ENUM ('x', 'y')", '(a1 integer, a2 text)')) }],
  # One that was public comes back without what initdb granted (docs/coverage.md).
  [1, sub { my $s = schema(); return if ($s eq 'public' && chance(0.8)) || one('schemas', sub { $_[0]{was_public} && $_[0]{name} eq $s }); ("DROP SCHEMA $s CASCADE", maybe(0.5, "CREATE SCHEMA $s") || ()) }],

  # schemas, owners, rights, comments
  [3, sub { 'CREATE SCHEMA ' . maybe(0.5, 'IF NOT EXISTS ') . name_of('s') . maybe(0.3, ' AUTHORIZATION ' . role()) }],
  [1, sub { my $s = name_of('s'); "CREATE SCHEMA $s CREATE TABLE inside (a integer PRIMARY KEY, b text) CREATE VIEW seen AS SELECT a FROM inside" }],
  [1, sub { my $s = one('schemas') or return; "ALTER SCHEMA $s->{name} RENAME TO " . name_of('s') }],
  [12, sub { my $to = pick(role(), role(), 'PUBLIC'); my $option = $to eq 'PUBLIC' ? '' : maybe(0.2, ' WITH GRANT OPTION'); my $how = number(6);
    if ($how <= 2) { my $r = relation('rpvmf') or return; my $c = column($r); my $p = pick('SELECT', 'SELECT, INSERT', 'ALL', 'UPDATE', 'TRIGGER, REFERENCES', $c ? "SELECT ($c->{name})" : 'DELETE', $c ? "UPDATE ($c->{name}), INSERT" : 'DELETE'); return "GRANT $p ON $r->{name} TO $to$option" }
    if ($how == 3) { my $f = one('routines') or return; return 'GRANT EXECUTE ON ' . ($f->{kind} eq 'p' ? 'PROCEDURE' : 'FUNCTION') . " $f->{name} TO $to$option" }
    if ($how == 4) { return 'GRANT ' . pick('USAGE', 'CREATE', 'ALL') . ' ON SCHEMA ' . schema() . " TO $to$option" }
    my $t = one('types', sub { $_[0]{kind} =~ /[edrc]/ }) or return; "GRANT USAGE ON TYPE $t->{name} TO $to$option" }],
  [5, sub { my $from = pick(role(), role(), 'PUBLIC'); my $how = number(5);
    if ($how <= 1) { my $r = relation('rpvmf') or return; return 'REVOKE ' . pick('ALL', 'SELECT', 'INSERT', 'GRANT OPTION FOR SELECT') . " ON $r->{name} FROM $from" . maybe(0.3, ' CASCADE') }
    if ($how == 2) { my $f = one('routines') or return; return 'REVOKE ALL ON ' . ($f->{kind} eq 'p' ? 'PROCEDURE' : 'FUNCTION') . " $f->{name} FROM $from" }
    if ($how == 3) { return 'REVOKE ALL ON SCHEMA ' . schema() . " FROM $from" }
    my $t = one('types', sub { $_[0]{kind} =~ /[edrc]/ }) or return; "REVOKE USAGE ON TYPE $t->{name} FROM $from" }],
  [1, sub { pick('GRANT SELECT ON ALL TABLES IN SCHEMA ', 'GRANT USAGE ON ALL SEQUENCES IN SCHEMA ', 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ') . schema() . ' TO ' . role() }],
  [4, sub { 'ALTER DEFAULT PRIVILEGES' . maybe(0.4, ' FOR ROLE ' . role()) . maybe(0.5, ' IN SCHEMA ' . schema()) . pick(' GRANT SELECT ON TABLES TO ', ' GRANT EXECUTE ON FUNCTIONS TO ', ' GRANT USAGE ON TYPES TO ', ' GRANT USAGE ON SEQUENCES TO ', ' GRANT INSERT, UPDATE ON TABLES TO ') . pick(role(), 'PUBLIC') }],
  [2, sub { 'ALTER DEFAULT PRIVILEGES' . maybe(0.4, ' FOR ROLE ' . role()) . maybe(0.5, ' IN SCHEMA ' . schema()) . pick(' REVOKE SELECT ON TABLES FROM ', ' REVOKE EXECUTE ON FUNCTIONS FROM ', ' REVOKE ALL ON TABLES FROM ', ' REVOKE USAGE ON TYPES FROM ') . pick(role(), 'PUBLIC') }],
  [1, sub { chance(0.5) ? 'DROP OWNED BY ' . pick('alice', 'bob', '"Odd Role"') . maybe(0.7, ' CASCADE') : 'REASSIGN OWNED BY ' . pick('alice', 'bob', 'carol') . ' TO ' . role() }],
  [7, sub { my ($w, $o) = any() or return; "COMMENT ON $w $o->{name} IS " . pick("'about it'", "'another\nline; it''s'", 'NULL', "'x'") }],
  [4, sub { my $how = number(5);
    if ($how <= 1) { my $r = relation('rpvmf', sub { $_[0]{columns} }) or return; return "COMMENT ON COLUMN $r->{name}." . column($r)->{name} . " IS 'column " . number(9) . "'" }
    my ($kind, $word) = @{pick(['constraints', 'CONSTRAINT'], ['triggers', 'TRIGGER'], ['rules', 'RULE'], ['policies', 'POLICY'])};
    my $o = one($kind) or return; "COMMENT ON $word $o->{base} ON $o->{relation} IS " . pick("'noted'", 'NULL') }],

  # the rarer kinds
  [1, sub { 'CREATE COLLATION ' . in_schema('co') . pick(" (LOCALE = 'C')", ' FROM "C"', " (PROVIDER = icu, LOCALE = 'und', DETERMINISTIC = false)") }],
  [1, sub { 'CREATE CONVERSION ' . in_schema('cv') . " FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8" }],
  [1, sub { 'CREATE TEXT SEARCH DICTIONARY ' . in_schema('td') . ' (TEMPLATE = pg_catalog.simple' . maybe(0.4, ', STOPWORDS = english') . ')' }],
  [1, sub { 'CREATE TEXT SEARCH CONFIGURATION ' . in_schema('tc') . ' (COPY = pg_catalog.' . pick('simple', 'english') . ')' }],
  [2, sub { my $c = one('configurations') or return; my $d = one('dictionaries'); "ALTER TEXT SEARCH CONFIGURATION $c->{name} " . pick('DROP MAPPING IF EXISTS FOR word', $d ? "ALTER MAPPING FOR asciiword WITH $d->{name}" : 'DROP MAPPING FOR int', $d ? "ADD MAPPING FOR word WITH $d->{name}" : 'DROP MAPPING FOR url') }],
  [1, sub { my $d = one('dictionaries') or return; "ALTER TEXT SEARCH DICTIONARY $d->{name} (" . pick('Accept = false', 'StopWords = english', 'StopWords') . ')' }],
  [2, sub { my $f = one('routines', sub { $_[0]{result} eq 'event_trigger' }); return 'CREATE OR REPLACE FUNCTION ' . in_schema('ef') . '() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$' unless $f && chance(0.8);
    'CREATE EVENT TRIGGER ' . name_of('et') . ' ON ' . pick("ddl_command_start", "ddl_command_end", 'sql_drop') . maybe(0.4, " WHEN TAG IN ('CREATE TABLE', 'DROP TABLE')") . " EXECUTE FUNCTION $f->{call}()" }],
  [1, sub { my $e = one('event_triggers') or return; pick(map({ "ALTER EVENT TRIGGER $e->{name} $_" } 'DISABLE', 'ENABLE', 'ENABLE ALWAYS', 'RENAME TO ' . name_of('et')), "DROP EVENT TRIGGER $e->{name}") }],
  [3, sub { my $t = table(sub { $_[0]{columns} && !$_[0]{partition} }) or return; 'CREATE PUBLICATION ' . name_of('pb') . pick('', ' FOR ALL TABLES', " FOR TABLE $t->{name}", " FOR TABLE $t->{name} (" . join(', ', map { $_->{name} } some(3, @{$t->{columns}})) . ')', " FOR TABLE $t->{name} WHERE (" . condition($t, 1) . ')', ' FOR TABLES IN SCHEMA ' . schema()) . maybe(0.2, " WITH (publish = 'insert')") }],
  [3, sub { my ($p, $t) = (one('publications'), table(sub { $_[0]{columns} })); return unless $p && $t; "ALTER PUBLICATION $p->{name} " . pick("ADD TABLE $t->{name}", "DROP TABLE $t->{name}", "SET TABLE $t->{name}", 'ADD TABLES IN SCHEMA ' . schema(), 'DROP TABLES IN SCHEMA ' . schema(), "SET (publish = 'update')", 'SET (publish_via_partition_root = true)', "ADD TABLE $t->{name} WHERE (" . condition($t, 1) . ')') }],
  [1, sub { 'CREATE FOREIGN DATA WRAPPER ' . name_of('w') . maybe(0.4, " OPTIONS (debug 'true')") }],
  [1, sub { my $w = one('wrappers') or return; "ALTER FOREIGN DATA WRAPPER $w->{name} OPTIONS (" . pick("ADD a 'b'", "SET debug 'false'", 'DROP debug') . ')' }],
  [2, sub { my $w = one('wrappers') or return; 'CREATE SERVER ' . name_of('sv') . maybe(0.3, " TYPE 'x' VERSION '1'") . " FOREIGN DATA WRAPPER $w->{name}" . maybe(0.4, " OPTIONS (host 'h')") }],
  [1, sub { my $s = one('servers') or return; "ALTER SERVER $s->{name} " . pick("VERSION '2'", "OPTIONS (ADD port '1')", 'OPTIONS (DROP host)') }],
  [1, sub { my $s = one('servers') or return; 'CREATE USER MAPPING FOR ' . pick('alice', 'PUBLIC', 'bob') . " SERVER $s->{name}" . maybe(0.5, " OPTIONS (user 'u')") }],
  [1, sub { my $m = one('mappings') or return; pick("DROP USER MAPPING $m->{name}", "ALTER USER MAPPING $m->{name} OPTIONS (ADD x 'y')") }],
  [3, sub { my $s = one('servers') or return; 'CREATE FOREIGN TABLE ' . in_schema('ft') . ' (' . join(', ', grep { !/GENERATED/ } columns(1)) . maybe(0.1, ', CHECK (true)') . ") SERVER $s->{name}" . maybe(0.4, " OPTIONS (file 'x')") }],
  [1, sub { my ($p, $s) = (relation('p'), one('servers')); return unless $p && $s; 'CREATE FOREIGN TABLE ' . in_schema('ft') . " PARTITION OF $p->{name} " . bound($p) . " SERVER $s->{name}" }],
  [2, sub { my $f = relation('f', sub { $_[0]{columns} }) or return; my $c = column($f); "ALTER FOREIGN TABLE $f->{name} " . pick('ADD COLUMN ' . column_definition(name_of('c')), "DROP COLUMN $c->{name}" . maybe(0.5, ' CASCADE'), "ALTER COLUMN $c->{name} OPTIONS (ADD col 'z')", "OPTIONS (ADD o" . number(3) . " 'p')", "ALTER COLUMN $c->{name} TYPE text", 'ADD CONSTRAINT ' . name_of('k') . ' CHECK (' . condition($f, 1) . ')') }],
  [1, sub { my $e = pick('citext', 'hstore', 'pg_trgm', 'intarray', 'fuzzystrmatch'); "CREATE EXTENSION $e SCHEMA " . schema() }],
  [1, sub { my $e = one('extensions') or return; pick("DROP EXTENSION $e->{name} CASCADE", "ALTER EXTENSION $e->{name} SET SCHEMA " . schema()) }],
  [1, sub { pick('CREATE ACCESS METHOD ' . name_of('am') . ' TYPE TABLE HANDLER heap_tableam_handler', 'CREATE LANGUAGE ' . name_of('la') . ' HANDLER plpgsql_call_handler') }],
);
my $total = 0;
$total += $_->[0] for @makers;

# A statement, or several that belong together; of the inventory given.
sub random_statements {
  ($now) = @_;
  for (1 .. 50) {
    my $at = rand $total;
    for my $maker (@makers) {
      next if ($at -= $maker->[0]) >= 0;
      my @s = grep { defined && length } $maker->[1]->();
      return @s if @s;
      last;
    }
  }
  return 'CREATE SCHEMA ' . name_of('s');
}

# Rows put in, changed, taken out.
sub random_rows {
  ($now) = @_;
  my $t = table(sub { $_[0]{columns} }) or return 'SELECT 1';
  my @c = grep { !$_->{generated} && $_->{identity} ne 'a' } @{$t->{columns}};
  @c = grep { $_->{notnull} || chance(0.7) } @c;
  return "UPDATE $t->{name} SET $c[0]{name} = $c[0]{name}" if @c && chance(0.15);
  return "DELETE FROM $t->{name}" if chance(0.1);
  return "TRUNCATE $t->{name}" . (chance(0.5) ? ' CASCADE' : '') if chance(0.1);
  return "INSERT INTO $t->{name} DEFAULT VALUES" unless @c;
  return "INSERT INTO $t->{name} (" . join(', ', map { $_->{name} } @c) . ') SELECT ' . join(', ', map { my $v = value($_->{type}); $v eq 'NULL' ? $v : $v =~ /::/ ? $v : "$v" . ($v =~ /^'/ ? "::$_->{type}" : '') } @c) . ' FROM generate_series(1, ' . (1 + number(3)) . ')';
}

1;
