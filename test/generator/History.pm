# One history in one database: steps are made and played, or played again from a file, and after every step the oracles
# are asked. A step is a hash: label, kind (sql, rollback, checkout, vain), what it does. Other steps are named by label;
# a label whose step is gone means the state after the last step before it, so that a history stays one when steps go.
package History;
use strict;
use warnings;
use Digest::SHA;
use JSON::PP;
use Session;
use Inventory;
use Statements;

our ($directory, $restrict, $strict, @limits);

sub chance { rand() < $_[0] }

# database: made anew; sessions: how many work in it.
sub new {
  my ($class, $database) = @_;
  my $self = bless {database => $database, steps => [], states => {}, changes => {}, trees => {}, seq => 0, sessions => {}, count => {}, refused => {}}, $class;
  my $admin = Session->new('postgres');
  $admin->value("DROP DATABASE IF EXISTS $database WITH (FORCE)");
  $admin->value("CREATE DATABASE $database TEMPLATE template0");
  $admin->close;
  # TRUNCATE alone loads no library.
  my @settings = (["xconnect.preserve", "'tables, columns, truncate'"], ['xconnect.preserve_disk_free', 0], ['session_preload_libraries', 'xconnect']);
  $self->{control} = Session->new($database, 'SET search_path = pg_catalog');
  $self->{control}->value($_) for 'CREATE SCHEMA xc', 'CREATE EXTENSION xconnect SCHEMA xc', map { "ALTER DATABASE $database SET $_->[0] = $_->[1]" } @settings;
  $self->{control}->close;
  $self->{control} = Session->new($database, 'SET search_path = pg_catalog');
  return $self;
}

sub close {
  my ($self) = @_;
  $_->close for values %{$self->{sessions}}, $self->{control};
  my $admin = Session->new('postgres');
  $admin->run("DROP DATABASE IF EXISTS $self->{database} WITH (FORCE)");
  $admin->close;
}

sub session {
  my ($self, $number) = @_;
  return $self->{sessions}{$number // 0} //= Session->new($self->{database});
}

# ---------------------------------------------------------------- oracles
# A failure: kind, what tells it from others, words.
sub failure {
  my ($self, $step, $kind, $signature, $text, $other) = @_;
  die {kind => $kind, signature => "$kind: $signature", text => $text, label => $step->{label}, other => $other};
}

sub dump {
  my ($self) = @_;
  my $text = `pg_dump -s $restrict -d $self->{database} 2>&1`;
  my $failed = $? != 0;
  my $digest = Digest::SHA::sha256_hex($text);
  my $file = "$directory/$digest.dump";
  if (!-e $file) { open my $out, '>', $file or die; print $out $text }
  return wantarray ? ($digest, $failed) : $digest;
}

sub status {
  my ($self, $quick) = @_;
  my $drift = $quick ? "'[]'::json" : "(SELECT coalesce(json_agg(d ORDER BY change_type, object_type, identity), '[]') FROM xc.xc_drift() d)";
  my $s = decode_json($self->{control}->value("SELECT json_build_object('head', xc.xc_head(),
    'tree', (SELECT encode(tree, 'hex') FROM xconnect.commit ORDER BY seq DESC LIMIT 1),
    'changes', (SELECT coalesce(json_agg(change_id ORDER BY seq), '[]') FROM xconnect.change WHERE seq > $self->{seq}),
    'seq', (SELECT max(seq) FROM xconnect.change),
    'drift', $drift)"));
  $self->{seq} = $s->{seq};
  return $s;
}

# The words of a text that name nothing: what two failures with the same cause have in common.
sub essence {
  my ($text) = @_;
  my ($line) = split /\n/, $text;
  $line =~ s/"[^"]*("|$)|'[^']*('|$)//g;
  $line =~ s/\b[a-z]+\w*\.\S+|\b\d+\b//g;
  return substr($line, 0, 120);
}

sub difference {
  my ($a, $b) = @_;
  my $text = `diff -U 2 --label expected --label found $directory/$a.dump $directory/$b.dump | head -60`;
  my @words;
  for my $line (grep { /^[-+][^-+]/ } split /\n/, $text) {
    my $w = join ' ', substr($line, 0, 1), $line =~ /\b([A-Z]{2,})\b/g;
    push @words, $w if length $w > 2;
    last if @words >= 2;
  }
  return ($text, join ' / ', @words);
}

# What is in the tables, by OID: their names, how many rows, a sum of these; those of built-in types alone, since other
# types can be renamed from under their values.
sub contents {
  my ($self) = @_;
  my ($printed, $state) = $self->{control}->run(<<'SQL');
SELECT coalesce(json_object_agg(c.oid, json_build_object('name', c.oid::regclass, 'rows', (xpath('//sum/text()', query_to_xml(format(
    $$SELECT count(*)::text || ' rows, ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")), '') AS sum FROM ONLY %s t$$, c.oid::regclass), false, true, '')))[1]::text)), '{}')
FROM pg_class c WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= 16384 AND c.relnamespace <> 'xconnect'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid >= 16384)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
SQL
  my $contents = $state eq '00000' ? decode_json($printed) : return;
  $_->{rows} =~ /^\d+ rows, / or die "no sum of $_->{name}\n" for values %$contents;
  return $contents;
}

# The rows that a plan says come from the vault, by table, under the name that it has in the end; not those of a table that it
# then makes anew, whose rows it sets aside.
sub planned {
  my ($self, $call) = @_;
  my ($printed, $state) = $self->{control}->run("SELECT coalesce(json_agg(json_build_array(statement, data_effect)), '[]') FROM $call WHERE statement ~ 'take_back|^DROP (TABLE|MATERIALIZED VIEW) |^ALTER (SCHEMA|TABLE) .* (RENAME TO|SET SCHEMA) '");
  return if $state ne '00000';
  $printed =~ s/^WARNING:.*\n(?:(?!\[).*\n)*//mg;
  my %rows;
  for my $s (@{decode_json($printed)}) {
    my $step = "$s->[0] => " . ($s->[1] // '');
    my ($table, $count) = $step =~ /take_back\('(.*)'::regclass, \d+\) => rows from vault: (\d+)/;
    ($table, $count) = ($1, 0) if $step =~ /take_back_nothing\('(.*)'::regclass/;
    $rows{$table =~ s/''/'/gr} = $count if defined $table;
    delete $rows{$1} if $s->[0] =~ /^DROP (?:TABLE|MATERIALIZED VIEW) (.*)/;
    my ($of, $is, $by, $new) = $s->[0] =~ /^ALTER (SCHEMA|TABLE) (.*) (RENAME TO|SET SCHEMA) (.*)/ or next;
    my ($schema, $name) = $of eq 'TABLE' ? $is =~ /^("(?:[^"]|"")+"|\w+)\.(.*)/ : ();
    my ($from, $to) = $of eq 'SCHEMA' ? ("$is.", "$new.") : ($is, $by eq 'RENAME TO' ? "$schema.$new" : "$new.$name");
    %rows = map { (($of eq 'SCHEMA' ? s/^\Q$from\E/$to/r : $_ eq $from ? $to : $_) => $rows{$_}) } keys %rows;
  }
  return \%rows;
}

# Tables that a rollback or checkout did not touch hold what they held; those that it did as many rows as they held, or as
# many as the plan said, unless the ledger says what was lost. Where a checkout leads back to where the one before it came
# from, and neither lost anything, everything is as it was.
sub compare_contents {
  my ($self, $step, $before, $since, $plan, $to) = @_;
  my $left = delete $self->{left};
  my $after = $before && $self->contents or return;
  my %touched = map { $_ => 1 } split /\n/, $self->{control}->value(
    "SELECT oid_in_catalog FROM xconnect.change_object WHERE seq > $since AND catalog = 'pg_class'::regclass");
  my $lost = $self->{control}->value("SELECT string_agg(line, ' ') FROM xconnect.change, jsonb_array_elements_text(details::jsonb -> 'lost') line WHERE seq > $since AND details LIKE '{%'");
  for my $table (sort keys %$after) {
    my ($was, $is) = ($before->{$table}, $after->{$table});
    my $known = $lost =~ /\Q$is->{name}\E/ || ($was && $lost =~ /\Q$was->{name}\E/);
    if ($was && !$touched{$table} && !$known) {
      $self->{count}{'tables compared'}++;
      $self->failure($step, 'rows', 'of a table that was not touched', "$is->{name}: $was->{rows} before, $is->{rows} now") if $was->{rows} ne $is->{rows};
      next;
    }
    next if !$plan || $known;
    $self->{count}{'tables with the rows that the plan said'}++;
    my ($found) = $is->{rows} =~ /^(\d+)/;
    next unless $was || defined $plan->{$is->{name}};  # it may have held values of other types
    my $expected = $plan->{$is->{name}} // ($was->{rows} =~ /^(\d+)/ ? $1 : 0);
    $self->failure($step, 'rows', 'not what the plan said', "$is->{name}: " . ($was ? $was->{rows} : 'nothing') . " before, $is->{rows} now, the plan says $expected") if $found != $expected;
  }
  return if $step->{kind} ne 'checkout' || !$to || $lost ne '';
  if ($left && $left->{head} eq $to->{head}) {
    my ($then, $now) = map { my $c = $_; ({map { $_->{name} => $_->{rows} } values %$c}) } $left->{contents}, $after;
    for my $name (sort keys %{{%$then, %$now}}) {
      $self->{count}{'tables there and back'}++;
      my ($a, $b) = map { $_->{$name} // 'nothing' } $then, $now;
      $self->failure($step, 'rows', 'not those of before there and back', "$name: $a then, $b now") if $a ne $b;
    }
  }
  $self->{left} = {head => $self->{now}{head}, contents => $before};
}

# The state after a step, and whether it may be so. Changed: false when nothing may have; to: the state that it has to be;
# how: quick looks at the trees alone, dump at everything.
sub look {
  my ($self, $step, $changed, $to, $how) = @_;
  my $before = $self->{now};
  my $s = $self->status($how eq 'quick');
  $self->{changes}{$step->{label}} = $s->{changes};
  my $now = $self->{now} = $self->{states}{$step->{label}} = {head => $s->{head}, tree => $s->{tree}, label => $step->{label}};
  if (@{$s->{drift}}) {
    my $d = $s->{drift}[0];
    $self->failure($step, 'drift', "$d->{change_type} $d->{object_type}", join "\n", map { "$_->{change_type} $_->{object_type} $_->{identity}\n  HEAD:     " . ($_->{old_ddl} // '') . "\n  catalogs: " . ($_->{new_ddl} // '') } @{$s->{drift}});
  }
  if ($before && !$changed && $before->{head} ne $s->{head}) {
    $self->failure($step, 'head', 'moved by nothing', "HEAD moved, and the step failed or was rolled back");
  }
  if ($to && $to->{tree} ne $s->{tree}) {
    $self->failure($step, 'tree', 'not that of the target', "the tree is not that of step $to->{label}", $to->{label});
  }
  return unless $how eq 'dump';
  my $failed;
  ($now->{dump}, $failed) = $self->dump;
  $self->failure($step, 'dump', 'fails', `cat $directory/$now->{dump}.dump | tail -3`) if $failed;
  # Equal trees are equal schemas; a head that did not move least of all.
  my $known = $self->{trees}{$s->{tree}};
  if ($known && $known->{dump} ne $now->{dump}) {
    my ($text, $words) = difference($known->{dump}, $now->{dump});
    $self->failure($step, 'exact', $words, "the tree is that of step $known->{label}, the dump is not:\n$text", $known->{label});
  }
  $self->{trees}{$s->{tree}} //= $now;
}

# ---------------------------------------------------------------- playing
# Internal errors that PostgreSQL has without us: ALTER DOMAIN … DROP CONSTRAINT leaves a message behind that the next
# subtransaction stumbles over; ALTER CONSTRAINT of one that is derived from another has no code.
my $servers_own = qr/cannot start a subtransaction when there are unprocessed inval messages|cannot alter constraint "[^\n]*\nDETAIL:  Constraint .* is derived from constraint |cannot rename trigger "[^\n]*\nHINT:  Rename the trigger on the partitioned table /;

# A statement of the user's. Any error of PostgreSQL's own may be, but not an internal one.
sub statement {
  my ($self, $step, $sql) = @_;
  my ($printed, $state) = $self->session($step->{session})->run($sql);
  $self->failure($step, 'crash', essence($sql), "$sql\n$printed") if $state eq 'crash';
  $self->failure($step, 'statement', "$state " . essence($printed =~ s/^ERROR:\s+\w+: //r), "$sql\n$printed") if $state =~ /^XX|^XC0|^57014/ && $printed !~ $servers_own;
  $self->{count}{$state eq '00000' ? 'statements' : 'failed statements'}++;
  $step->{failed}{$sql} = 1 unless $state eq '00000';
  return $state;
}

# A call of ours: undef when it worked, or the refusal. Only what is documented may be refused.
sub call {
  my ($self, $step, $sql) = @_;
  my ($printed, $state) = $self->session($step->{session})->run($sql);
  return if $state eq '00000';
  $self->failure($step, 'crash', essence($sql), "$sql\n$printed") if $state eq 'crash';
  $printed =~ s/^LOCATION:.*\n?//mg;
  my ($message) = $printed =~ /^ERROR:\s+\w+: (.*)/m;
  $message //= $printed;
  for my $limit (@limits) {
    next unless $printed =~ /$limit->{pattern}/m;
    $self->{refused}{"limit: $limit->{words}"}++;
    return {state => $state, limit => 1, text => $printed};
  }
  my $clear = $state =~ /^XC0(05|06|07|10)$/ && $printed =~ /^HINT:/m && !($strict && $state eq 'XC010');
  $self->failure($step, 'refusal', "$state " . essence($message), "$sql\n$printed") unless $clear;
  $self->{refused}{"$state " . essence($message)}++;
  return {state => $state, text => $printed};
}

sub state_at {  # after the last step up to that label
  my ($self, $label) = @_;
  my ($found) = sort { $b <=> $a } grep { $_ <= $label } keys %{$self->{states}};
  return defined $found ? $self->{states}{$found} : undef;
}

# Plays a step. Source gives the statements of a step of SQL one by one, and is told how each ended.
sub play {
  my ($self, $step, $source, $how) = @_;
  push @{$self->{steps}}, $step;
  my $before = $self->{now};
  my ($changed, $to) = (1, undef);
  my $contents = $step->{kind} eq 'sql' ? undef : $self->contents;
  my $since = $self->{seq};
  my $plan;
  if ($step->{kind} eq 'sql') {
    my $state;
    while (defined(my $sql = $source->($state))) { $state = $self->statement($step, $sql) }
    my $all = join "\n", @{$step->{statements}};
    $self->statement($step, 'ROLLBACK') if $all =~ /^BEGIN/m && $all !~ /^(COMMIT|ROLLBACK)$/m;
    $self->statement($step, 'RESET ROLE') if $all =~ /^SET ROLE/m;
  } elsif ($step->{kind} eq 'rollback') {
    my @changes = reverse @{$self->{changes}{$step->{of}} || []};
    my ($done, $refusal) = (0);
    $plan = $self->planned("xc.xc_plan_rollback('$changes[0]', cascade => true)") if @changes == 1;
    for my $id (@changes) {
      my $loss = $step->{loss} ? 'true' : 'false';
      $refusal = $self->call($step, "SELECT xc.xc_rollback('$id', allow_data_loss => $loss)");
      $refusal = $self->call($step, "SELECT xc.xc_rollback('$id', allow_data_loss => true)") if $refusal && $refusal->{state} eq 'XC007' && !$step->{loss};
      $refusal = $self->call($step, "SELECT xc.xc_rollback('$id', cascade => true, allow_data_loss => true)") if $refusal && $refusal->{state} eq 'XC006' && $step->{cascade};
      last if $refusal;
      $done++;
    }
    $self->{count}{$refusal ? 'rollbacks refused' : 'rollbacks'}++ if @changes;
    $changed = $done > 0;
    # The newest change undone gives what was before it.
    my ($earlier) = sort { $b <=> $a } grep { $_ < $step->{of} } keys %{$self->{states}};
    $to = $self->{states}{$earlier} if !$refusal && defined $earlier && @changes && $before && $before->{head} eq $self->{states}{$step->{of}}{head};
  } elsif ($step->{kind} eq 'checkout') {
    my $target = $self->state_at($step->{to}) or return;
    $plan = $self->planned("xc.xc_plan_checkout('$target->{head}')");
    my $refusal = $self->call($step, "SELECT xc.xc_checkout('$target->{head}', allow_data_loss => true)");
    $self->{count}{$refusal ? 'checkouts refused' : 'checkouts'}++;
    if ($refusal) { $changed = 0 } else { $to = $target }
  } elsif ($step->{kind} eq 'vain') {
    my $target = $self->state_at($step->{to}) or return;
    $self->statement($step, $_) for 'BEGIN', 'SAVEPOINT vain';
    my $refusal = $self->call($step, "SELECT xc.xc_checkout('$target->{head}', allow_data_loss => true)");
    $self->{count}{'checkouts in vain'}++ unless $refusal;
    $self->statement($step, $_) for 'ROLLBACK TO vain', 'COMMIT';
    $changed = 0;
  }
  $self->compare_contents($step, $contents, $since, $plan, $to);
  $self->look($step, $changed, $to, $how);
}

sub verify {
  my ($self, $step) = @_;
  my $found = $self->{control}->value('SELECT * FROM xc.xc_verify()');
  $self->failure($step, 'verify', essence($found), $found) if $found ne '';
}

# ---------------------------------------------------------------- making
# A source of random statements, in one of many frames, that writes down what it gives.
sub random_source {
  my ($self, $step, $first) = @_;
  my @queue;
  my $fresh = sub { return Statements::random_statements(Inventory::read($self->session($step->{session}))) };
  my $give = sub { my ($sql) = @_; push @{$step->{statements}}, $sql if defined $sql; return $sql };
  if ($first) {
    @queue = ('CREATE SCHEMA s1', 'CREATE SCHEMA s2 AUTHORIZATION alice', 'CREATE SCHEMA "S 3"', 'GRANT ALL ON SCHEMA s1, public TO alice, bob', 'GRANT USAGE ON SCHEMA "S 3" TO PUBLIC');
    return sub { $give->(shift @queue) };
  }
  my $how = rand;
  if ($how < 0.45) {  # each for itself
    my $started = 0;
    return sub { @queue = $fresh->() unless $started++; $give->(shift @queue) };
  }
  if ($how < 0.53) {  # by another role
    my $role = (qw(alice bob carol))[int rand 3];
    my $at = 0;
    return sub { $at++; return $give->("SET ROLE $role") if $at == 1; @queue = $fresh->() if $at == 2; return $give->(shift @queue) if @queue; return $at++ < 90 ? do { $at = 99; $give->('RESET ROLE') } : undef };
  }
  if ($how < 0.60) {  # inside a function's block, whose errors are caught
    my $at = 0;
    return sub {
      return if $at++;
      my @s = map { "EXECUTE " . quote($_) . ';' } $fresh->(), chance(0.5) ? $fresh->() : ();
      return $give->('DO $do$ BEGIN ' . join(' ', map { "BEGIN $_ EXCEPTION WHEN OTHERS THEN NULL; END;" } @s) . ' END $do$');
    };
  }
  if ($how < 0.64) {  # several in one string, which is one transaction
    my $at = 0;
    return sub { return if $at++; $give->(join('; ', $fresh->(), $fresh->()) =~ s/;/\\;/gr) };
  }
  # A transaction, with savepoints; failing statements are taken back or end it; it ends well or not.
  my ($at, $left, $point, $end) = (0, 2 + int rand 6, 0, chance(0.85) ? 'COMMIT' : 'ROLLBACK');
  my ($aborted, $over) = (0, 0);
  return sub {
    my ($state) = @_;
    return if $over;
    if (!$at++) { return $give->(chance(0.15) ? 'BEGIN ISOLATION LEVEL ' . (chance(0.5) ? 'SERIALIZABLE' : 'REPEATABLE READ') : 'BEGIN') }
    if ($state && $state ne '00000') {
      @queue = ();
      if ($point && chance(0.9)) { return $give->('ROLLBACK TO p') }
      $over = 1;
      return $give->($end);
    }
    return $give->(shift @queue) if @queue;
    if ($left-- <= 0) { $over = 1; return $give->($end) }
    if (!$point || chance(0.6)) { $point = 1; @queue = $fresh->(); return $give->('SAVEPOINT p') }
    if (chance(0.12)) { return $give->(chance(0.6) ? 'ROLLBACK TO p' : do { $point = 0; 'RELEASE p' }) }
    @queue = $fresh->();
    return $give->(shift @queue);
  };
}

sub quote { my ($s) = @_; $s =~ s/'/''/g; return "'$s'" }

sub grow {
  my ($self, $length) = @_;
  my $label = 0;
  while ($label < $length) {
    my $step = {label => $label, session => chance(0.2) ? 1 : 0, statements => []};
    my @changed = grep { @{$self->{changes}{$_} || []} } sort { $a <=> $b } keys %{$self->{states}};
    my $how = $label < 10 ? 0 : rand;
    my $source;
    if ($self->{away} && chance(0.6)) {
      @$step{qw(kind to)} = ('checkout', delete $self->{away});
    } elsif ($how < 0.57) {
      $step->{kind} = 'sql';
      $source = $self->random_source($step, $label == 0);
    } elsif ($how < 0.68) {
      $step->{kind} = 'sql';
      my $sql = Statements::random_rows(Inventory::read($self->session($step->{session})));
      my $given = 0;
      $source = sub { return if $given++; push @{$step->{statements}}, $sql; return $sql };
    } elsif ($how < 0.84) {
      my $back = chance(0.6) ? 1 : chance(0.7) ? 5 : 30;
      $back = @changed if $back > @changed;
      @$step{qw(kind of loss cascade)} = ('rollback', $changed[-1 - int rand $back] // 0, chance(0.7) ? 1 : 0, chance(0.7) ? 1 : 0);
    } elsif ($how < 0.97) {
      my @from = grep { $_ ne $label } sort { $a <=> $b } keys %{$self->{states}};
      my $back = chance(0.5) ? 6 : @from;
      $back = @from if $back > @from;
      @$step{qw(kind to)} = ('checkout', $from[-1 - int rand $back]);
      $self->{away} = $from[-1] if chance(0.8);
    } else {
      my @from = sort { $a <=> $b } keys %{$self->{states}};
      @$step{qw(kind to)} = ('vain', $from[int rand @from]);
    }
    $self->play($step, $source, 'dump');
    $self->{count}{steps}++;
    $self->verify($step) if $label % 40 == 39 || $label == $length - 1;
    $label++;
  }
}

# ---------------------------------------------------------------- as a file, and from one
sub write_out {
  my ($steps) = @_;
  my $text = '';
  for my $s (@$steps) {
    $text .= "-- step: $s->{label}\n-- separate\n";
    $text .= "-- session: $s->{session}\n" if $s->{session};
    $text .= "-- rollback: $s->{of}" . ($s->{loss} ? ' loss' : '') . ($s->{cascade} ? ' cascade' : '') . "\n" if $s->{kind} eq 'rollback';
    $text .= "-- $s->{kind}: $s->{to}\n" if $s->{kind} =~ /checkout|vain/;
    $text .= "$_;\n" for @{$s->{statements} || []};
  }
  return $text;
}

# Comments are ours; a statement goes to the line that ends in a semicolon, outside of dollar quotes and atomic bodies.
sub read_in {
  my ($text) = @_;
  my (@steps, $statement);
  for my $line (split /\n/, $text) {
    if ($line =~ /^-- step: *(\d+)/) { push @steps, {label => $1, kind => 'sql', session => 0, statements => []}; next }
    next unless @steps;
    my $s = $steps[-1];
    if ($line =~ /^-- session: *(\d+)/) { $s->{session} = $1; next }
    if ($line =~ /^-- rollback: *(\d+)( loss)?( cascade)?/) { @$s{qw(kind of loss cascade)} = ('rollback', $1, $2 ? 1 : 0, $3 ? 1 : 0); next }
    if ($line =~ /^-- (checkout|vain): *(\d+)/) { @$s{qw(kind to)} = ($1, $2); next }
    next if $line =~ /^--/ || (!defined $statement && $line !~ /\S/);
    $statement = defined $statement ? "$statement\n$line" : $line;
    my $dollars = () = $statement =~ /\$\$|\$do\$/g;
    my $quotes = () = $statement =~ /'/g;
    if ($statement =~ /;\s*$/ && $dollars % 2 == 0 && $quotes % 2 == 0 && ($statement !~ /BEGIN ATOMIC/ || $statement =~ /END;\s*$/)) {
      $statement =~ s/;\s*$//;
      push @{$s->{statements}}, $statement;
      undef $statement;
    }
  }
  return \@steps;
}

# Plays recorded steps; the failure, or nothing. Dumps are taken where watch says, and at the end.
sub replay {
  my ($database, $steps, $watch, $verify) = @_;
  my $self = History->new($database);
  my $found;
  eval {
    my @watched = defined $watch ? grep { $_->{label} <= $watch } @$steps : ();
    for my $i (0 .. $#$steps) {
      my $step = {%{$steps->[$i]}};
      my @queue = @{$step->{statements} || []};
      my $dump = !defined $watch || $i >= $#$steps - 1 || (@watched && $watched[-1]{label} == $step->{label});
      $self->play($step, sub { return shift @queue }, $dump ? 'dump' : 'quick');
      $self->verify($step) if $i == $#$steps && $verify;
    }
    1;
  } or $found = ref $@ ? $@ : {kind => 'broken', signature => 'broken', text => "$@", label => -1};
  $self->close;
  return $found;
}

# ---------------------------------------------------------------- shrinking
# The smallest history that fails in the same way: steps go in ever smaller pieces, then statements one by one.
sub shrink {
  my ($database, $steps, $failure, $budget) = @_;
  my $until = time + $budget;
  my $fails = sub {
    my ($candidate) = @_;
    my $f = replay($database, $candidate, $failure->{other} // -1, $failure->{kind} eq 'verify');
    return $f && $f->{signature} eq $failure->{signature} && $f->{label} == $candidate->[-1]{label};
  };
  my @kept = @$steps;
  return (\@kept, 0) unless $fails->(\@kept);
  my $last_label = $kept[-1]{label};
  # What failed did nothing, as a rule, and savepoints are seldom the point.
  for my $noise (sub { $_[0]{failed}{$_[1]} }, sub { $_[1] =~ /^(SAVEPOINT|ROLLBACK TO|RELEASE) p$/ }) {
    my @plain = map { my %s = %$_; $s{statements} = [grep { !$noise->(\%s, $_) } @{$s{statements} || []}]; \%s } @kept;
    @plain = grep { $_->{kind} ne 'sql' || @{$_->{statements}} || $_->{label} == $last_label } @plain;
    @kept = @plain if $fails->(\@plain);
  }
  my $reduce = sub {  # a list without its last entry, how to build a candidate from it
    my ($list, $build) = @_;
    my $piece = int((@$list + 1) / 2) || 1;
    while (@$list && time < $until) {
      my $went = 0;
      for (my $end = @$list; $end > 0 && time < $until; $end -= $piece) {
        my $start = $end - $piece < 0 ? 0 : $end - $piece;
        my @without = (@$list[0 .. $start - 1], @$list[$end .. $#$list]);
        if ($fails->($build->(\@without))) { @$list = @without; $went = 1 }
      }
      last if $piece == 1 && !$went;
      $piece = int($piece / 2) || 1;
    }
    return $list;
  };
  my $last = pop @kept;
  my $few = $reduce->([@kept], sub { [@{$_[0]}, $last] });
  @kept = (@$few, $last);
  # Statements, each known by its step.
  my @each = map { my $s = $_; map { [$s->{label}, $_] } @{$s->{statements} || []} } @kept;
  my $build = sub {
    my ($list) = @_;
    my %of;
    push @{$of{$_->[0]}}, $_->[1] for @$list;
    return [map { {%$_, statements => $of{$_->{label}} || []} } grep { $_->{kind} ne 'sql' || $of{$_->{label}} || $_->{label} == $last->{label} } @kept];
  };
  my $fewer = $reduce->([@each], $build);
  return ($build->($fewer), 1);
}

1;
