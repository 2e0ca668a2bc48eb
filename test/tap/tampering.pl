# Whatever is changed in the history below what an extension can refuse, xc_verify() finds it and names it: every column of
# every row of every table, each row removed, each row doubled. A superuser edits the catalogs so that no trigger fires, in
# sessions that have not loaded the library.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('tampering');
# So that it is the history that finds a byte changed on the disk, and not the server.
$node->init(no_data_checksums => 1);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_prepared_transactions = 2");
$node->start;
sub one { return $node->safe_psql('tam', shift); }

# ---- a small history that has rows in every table
$node->safe_psql('postgres', q(CREATE ROLE auditor LOGIN SUPERUSER; CREATE DATABASE tam));
one(q(CREATE EXTENSION xconnect; ALTER DATABASE tam SET xconnect.preserve = tables));
one(q(SET xconnect.reason = 'the first'; SET xconnect.expected = 'a table'; SET xconnect.validate_with = 'SELECT true'; SET application_name = 'here'; CREATE TABLE t (a int PRIMARY KEY, b text)));
one(q(ALTER TABLE t RENAME b TO c));
one(q(DO $$ BEGIN CREATE TABLE u (x int); CREATE VIEW v AS SELECT x FROM u; END $$));
one(q(INSERT INTO u VALUES (1); ANALYZE u));
one(q(ALTER TABLE t DROP COLUMN c));
one(q(DROP TABLE u CASCADE));
one(q(SELECT xc_rollback('chg-' || to_char(committed_at, 'YYYYMMDD') || '-003', 'it was not wanted', true, true) FROM xconnect.change WHERE seq = 1));
one(q(CREATE TABLE lost (x int); INSERT INTO lost VALUES (1)));
one(q(DROP TABLE lost));
one(q(REINDEX INDEX CONCURRENTLY t_pkey));
one(q(SELECT xc_tag('one', 'HEAD~1', 'a note'); SELECT xc_tag('two'); SELECT xc_untag('two')));
one(q(SET xconnect.capture = off; CREATE TABLE unseen (x int)));
one(q(SELECT xc_adopt('what was unseen'); SELECT xc_require_reason('schema public', 'warn'); SELECT xc_require_reason('schema public', 'default')));
$node->safe_psql('tam', q(SELECT xc_verify_change(change_id, 'VERIFIED', 'looked at it') FROM xconnect.change WHERE seq = 2), extra_params => [ '-U', 'auditor' ]);
# A rollback that begins and fails.
one(q(SET xconnect.validate_with = 'SELECT false'; CREATE TABLE invalid (x int)));
my ($code) = $node->psql('tam', q(SELECT xc_rollback(change_id) FROM xconnect.change ORDER BY seq DESC LIMIT 1));
isnt($code, 0, 'a rollback that is not validated fails');
# Its address is of this database only, so a restored one has these.
one(q(BEGIN; CREATE TABLE waits (x int); PREPARE TRANSACTION 'waits'));
$node->safe_psql('postgres', 'CREATE DATABASE copy');
my $dump = $PostgreSQL::Test::Utils::tmp_check . '/tam.sql';
one(q(COMMIT PREPARED 'waits'));
system_or_bail('pg_dump', '-h', $node->host, '-p', $node->port, '-f', $dump, 'tam');
system_or_bail('psql', '-X', '-q', '-o', $dump . '.log', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p', $node->port, '-f', $dump, 'copy');
$node->safe_psql('copy', 'CREATE TABLE after_the_move (x int)');
is($node->safe_psql('copy', 'SELECT * FROM xc_verify()'), '', 'a restored copy is whole');
is(one('SELECT * FROM xc_verify()'), '', 'the history is whole');

# ---- every way to change one row
my $tables_off = q(UPDATE pg_class SET relhastriggers = false WHERE relnamespace = 'xconnect'::regnamespace;);
my $other = q(CASE a.atttypid::regtype::text WHEN 'text' THEN format('%1$I = coalesce(%1$I, '''') || ''x''', a.attname)
  WHEN 'bytea' THEN format('%1$I = CASE WHEN %1$I IS NULL THEN ''\x00'' ELSE set_byte(%1$I, 3, (get_byte(%1$I, 3) + 1) %% 256) END', a.attname)
  WHEN 'bigint' THEN format('%1$I = coalesce(%1$I, 0) + 1', a.attname) WHEN 'integer' THEN format('%1$I = coalesce(%1$I, 0) + 1', a.attname)
  WHEN 'oid' THEN format('%1$I = (coalesce(%1$I, 1)::bigint + 1)::oid', a.attname)
  WHEN 'text[]' THEN format('%1$I[1] = coalesce(%1$I[1], '''') || ''x''', a.attname) WHEN 'integer[]' THEN format('%1$I[1] = coalesce(%1$I[1], 0) + 1', a.attname)
  WHEN 'bigint[]' THEN format('%1$I = array_append(%1$I, 7)', a.attname)
  WHEN 'bytea[]' THEN format('%1$I[1] = coalesce(%1$I[1], '''') || ''\x00''::bytea', a.attname)
  WHEN 'boolean' THEN format('%1$I = coalesce(NOT %1$I, true)', a.attname)
  WHEN 'uuid' THEN format('%1$I = gen_random_uuid()', a.attname)
  WHEN 'timestamp with time zone' THEN format('%1$I = coalesce(%1$I + interval ''1 microsecond'', now())', a.attname) END);
# Of tables with many rows a part is enough: the oldest, the newest and some between.
sub ways
{
	my ($db) = @_;
	my @ways;
	my @tables = split /\n/, $node->safe_psql($db, q(SELECT relname FROM pg_class WHERE relnamespace = 'xconnect'::regnamespace AND relkind = 'r' AND relname !~ '^vault_' ORDER BY 1));
	for my $table (@tables)
	{
		my @changes = split /\n/, $node->safe_psql($db, qq(SELECT $other FROM pg_attribute a WHERE attrelid = 'xconnect.$table'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum));
		ok(!grep({ $_ eq '' } @changes), "$table: there is a way to change each of its columns");
		my @nulls = split /\n/, $node->safe_psql($db, qq(SELECT format('%I = NULL', attname) FROM pg_attribute a WHERE attrelid = 'xconnect.$table'::regclass AND attnum > 0 AND NOT attisdropped AND NOT attnotnull ORDER BY attnum));
		my $rows = $node->safe_psql($db, "SELECT count(*) FROM xconnect.$table");
		my $step = $rows <= 12 ? 1 : int($rows / 5);
		my @ctids = split /\n/, $node->safe_psql($db, "SELECT ctid FROM (SELECT ctid, row_number() OVER (ORDER BY ctid) AS i, count(*) OVER () AS n FROM xconnect.$table) r WHERE i = 1 OR i = n OR i % $step = 0");
		for my $ctid (@ctids)
		{
			push @ways, "UPDATE xconnect.$table SET $_ WHERE ctid = '$ctid'" for @changes;
			push @ways, "UPDATE xconnect.$table SET $_ WHERE ctid = '$ctid' AND NOT ($_)" =~ s/AND NOT \((\S+|"[^"]+") = NULL\)/AND $1 IS NOT NULL/r for @nulls;
			push @ways, "DELETE FROM xconnect.$table WHERE ctid = '$ctid'";
			push @ways, "INSERT INTO xconnect.$table SELECT * FROM xconnect.$table WHERE ctid = '$ctid'";
		}
	}
	return @ways;
}

# Each in a session of its own, taken back afterwards.
sub unnoticed
{
	my ($db) = @_;
	my @ways = ways($db);
	my $script = "\\set ON_ERROR_STOP off\n\\set VERBOSITY terse\n";
	for my $i (0 .. $#ways)
	{
		$script .= "\\c -\nBEGIN;\n$tables_off\n$ways[$i];\n\\set done :ERROR :ROW_COUNT\n\\if :ERROR\nROLLBACK;\n\\echo $i refused\n\\else\n"
			. qq(SELECT '$i found ' || count(*) || ' ' || :ROW_COUNT FROM xc_verify\(\) WHERE what <> 'table';\nROLLBACK;\n\\endif\n);
	}
	my ($out, $err);
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-h', $node->host, '-p', $node->port, '-d', $db ], '<', \$script, '>', \$out, '2>', \$err);
	my (%found, @unnoticed);
	for (split /\n/, $out) { $found{$1} = $2 if /^(\d+) (refused|found.*)$/; }
	my ($tried, $refused) = (0, 0);
	for my $i (0 .. $#ways)
	{
		my $what = $found{$i} // 'no answer';
		# A column or row that the statement left as it was.
		next if $what =~ / 0$/;
		$tried++;
		if ($what eq 'refused') { $refused++; next; }
		push @unnoticed, $ways[$i] if $what !~ /^found [1-9]/;
	}
	note "$db: $tried edits tried, $refused of them violate a constraint of the table";
	cmp_ok($tried, '>', 300, "$db: hundreds of edits");
	return join("\n", @unnoticed);
}
is(unnoticed('tam'), '', 'every edit is found');
is(unnoticed('copy'), '', 'in a restored copy too');
is(one('SELECT * FROM xc_verify()'), '', 'and nothing of it stayed');

# ---- more than one row at once: what no hash within the history can tell, a digest can
my $digest = one('SELECT xc_digest()');
my $before = one(q(SELECT xc_verify(digest => 'xc1:0:' || repeat('0', 64) || ':0:' || repeat('0', 64) || ':')));
is($before, '', 'the digest of nothing is extended by everything');
is(one("SELECT * FROM xc_verify(digest => '$digest')"), '', 'history extends its own digest');
one('ALTER TABLE t ADD COLUMN later int');
one(q(SELECT xc_tag('later')));
is(one("SELECT * FROM xc_verify(digest => '$digest')"), '', 'also after it went on');
is(one("SELECT * FROM xc_verify(since => '$digest')"), '', 'and what came since is whole');
sub tampered
{
	my ($edit, $check) = @_;
	return $node->safe_psql('tam', "BEGIN; $tables_off $edit; SELECT count(*) FROM ($check) v WHERE what <> 'table'; ROLLBACK;");
}
my $later = one('SELECT xc_digest()');
my $cut = join ' ', map { "DELETE FROM xconnect.$_ WHERE seq = (SELECT max(seq) FROM xconnect.change);" } qw(change_object change);
$cut .= q( DELETE FROM xconnect.blob b WHERE NOT EXISTS (SELECT FROM xconnect.change_object o WHERE o.after = b.hash);
	DELETE FROM xconnect.pack WHERE id > (SELECT max(tree_home) / 256 FROM xconnect.commit);
	DELETE FROM xconnect.tag WHERE name = 'later'; DELETE FROM xconnect.note WHERE number = (SELECT max(number) FROM xconnect.note));
is(tampered($cut, 'SELECT * FROM xc_verify()'), '0', 'a history whose end was cut off is whole in itself');
is(tampered($cut, "SELECT * FROM xc_verify(digest => '$later')"), '2', 'but does not extend the digest taken before');
is(tampered($cut, "SELECT * FROM xc_verify(digest => '$digest')"), '0', 'while it extends the older one');
is(tampered("UPDATE xconnect.change SET author = 'another' WHERE seq = 2", "SELECT * FROM xc_verify(since => '$digest')"), '0', 'what is taken on trust is not read');
isnt(tampered("UPDATE xconnect.change SET author = 'another' WHERE seq = (SELECT max(seq) FROM xconnect.change)", "SELECT * FROM xc_verify(since => '$digest')"), '0', 'what came after is');
isnt(tampered("UPDATE xconnect.change SET commit_hash = sha256(commit_hash) WHERE seq = split_part('$digest', ':', 2)::bigint", "SELECT * FROM xc_verify(since => '$digest')"), '0', 'and the place where it goes on');
my ($bad, $o, $e) = $node->psql('tam', q(SELECT * FROM xc_verify(digest => 'nonsense')));
like($e, qr/ERROR:  "nonsense" is not a digest.*HINT:  SELECT xc_digest\(\);/s, 'what is no digest is refused');

# ---- a change that waits in the queue
one(q(BEGIN; CREATE TABLE queued (x int); PREPARE TRANSACTION 'queued'));
one(q(COMMIT PREPARED 'queued'));
my $waits = one('SELECT xc_digest()');
like($waits, qr/ [0-9a-f-]{36}$/, 'a digest names the changes that wait');
isnt(tampered('DELETE FROM xconnect.pending', 'SELECT * FROM xc_verify()'), '0', 'one that is removed is missed, for it was noted');
my $with_note = q(DELETE FROM xconnect.note WHERE relation = 'pending' AND content::jsonb -> 'row' ->> 'id' = (SELECT id::text FROM xconnect.pending); DELETE FROM xconnect.pending);
is(tampered($with_note, 'SELECT * FROM xc_verify()'), '0', 'removed with its note it is not');
is(tampered($with_note, "SELECT * FROM xc_verify(digest => '$waits')"), '1', 'but by the digest');
is(one("SELECT * FROM xc_verify(digest => '$waits')"), '', 'which finds it while it waits');
one('CREATE TABLE links_it (x int)');
is(one('SELECT count(*) FROM xconnect.pending'), '0', 'it is linked');
is(one("SELECT * FROM xc_verify(digest => '$waits')"), '', 'and still found afterwards');

# ---- the row is named
my $named = sub { my ($edit) = @_; return $node->safe_psql('tam', "BEGIN; $tables_off $edit; SELECT string_agg(DISTINCT what || ': ' || where_, ', ') FROM xc_verify() WHERE what <> 'table'; ROLLBACK;"); };
my $id = one('SELECT change_id FROM xconnect.change WHERE seq = 2');
is($named->("UPDATE xconnect.change SET reason = 'another' WHERE seq = 2"), "change: $id", 'a change by its id');
like($named->("UPDATE xconnect.compliance_log SET verification_status = 'REJECTED'"), qr/^compliance_log: \{"note": "looked at it", .*"REJECTED".*compliance_log: \{.*"VERIFIED"/, 'a record by what it says, and by what it said');

# ---- the guard itself, in a session that has the library
($bad, $o, $e) = $node->psql('tam', "LOAD 'xconnect'; BEGIN; $tables_off DELETE FROM xconnect.change;");
like($e, qr/history, which is append-only/, 'with the library loaded, edited catalogs do not help');

# ---- a byte of a file on the disk
sub with_byte_changed
{
	my ($table, $text, $check) = @_;
	my $file = $node->data_dir . '/' . one("SELECT pg_relation_filepath('xconnect.$table')");
	$node->safe_psql('postgres', 'CHECKPOINT');
	$node->stop;
	my $bytes = slurp_file($file);
	my $changed = $bytes =~ s/\Q$text\E/substr($text, 0, -1) . chr(ord(substr $text, -1) ^ 1)/egr;    # every version of the row
	isnt($changed, $bytes, "$table: the text is in the file");
	my $write = sub { open my $out, '>:raw', $file or die; print $out $_[0]; close $out; };
	$write->($changed);
	$node->start;
	my ($code, $found) = $node->psql('tam', $check);
	$node->stop;
	$write->($bytes);
	$node->start;
	return $found;
}
is(one('SELECT * FROM xc_verify()'), '', 'whole before the files are edited');
like(with_byte_changed('change', 'it was not wanted', 'SELECT what, where_ FROM xc_verify()'), qr/change\|rbk-/, 'a byte of the ledger');
like(with_byte_changed('blob', '"identity":"public.unseen', 'SELECT what FROM xc_verify()'), qr/blob/, 'a byte of a description');
like(with_byte_changed('note', 'looked at it', 'SELECT what FROM xc_verify()'), qr/note/, 'a byte of a note');
like(with_byte_changed('compliance_log', 'looked at it', 'SELECT what FROM xc_verify()'), qr/compliance_log/, 'a byte of a verification');
is(one('SELECT * FROM xc_verify()'), '', 'and whole after they are as they were');
$node->stop;
done_testing();
