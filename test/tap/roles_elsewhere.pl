# Roles belong to all databases of a server: what is done to them in another one changes what pg_dump prints of this one.
# Nothing here sees it happen; xc_drift() does afterwards, and tells every object that reads differently.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('roles_elsewhere');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE other');
sub here { return $node->safe_psql('postgres', $_[0]); }
sub elsewhere { return $node->safe_psql('other', $_[0]); }
sub drift { return here(q(SELECT coalesce(string_agg(change_type || ' ' || object_type || ' ' || identity, ';' ORDER BY object_type, identity, change_type), '') FROM xc_drift())); }
sub well { my ($words) = @_; is(here('SELECT (SELECT count(*) FROM xc_drift()), (SELECT count(*) FROM xc_verify())'), '0|0', $words); }
sub schema { my ($out) = run_command([ 'pg_dump', '-s', `pg_dump --help` =~ /--restrict-key/ ? '--restrict-key=x' : (), '-d', $node->connstr('postgres') ]); return $out; }

here(q(
CREATE EXTENSION xconnect;
CREATE ROLE owner_1; CREATE ROLE reader_1; CREATE ROLE keeper_1;
CREATE SCHEMA s AUTHORIZATION owner_1;
CREATE TABLE s.t (a int, b text);
ALTER TABLE s.t OWNER TO owner_1;
CREATE TABLE granted (a int);
GRANT SELECT ON granted TO reader_1;
CREATE TABLE columns (a int);
GRANT UPDATE (a) ON columns TO reader_1;
CREATE TABLE guarded (a int);
CREATE POLICY p ON guarded TO reader_1 USING (true);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION f() OWNER TO owner_1;
ALTER DEFAULT PRIVILEGES FOR ROLE owner_1 GRANT SELECT ON TABLES TO reader_1;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR reader_1 SERVER srv;
CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO keeper_1;
));
well('nothing drifts at first');
my $before = schema();

# --- renamed
elsewhere('ALTER ROLE owner_1 RENAME TO owner_2');
is(drift(), 'RENAME default acl for role owner_2 on tables;ALTER function public.f();ALTER schema s;ALTER table s.t',
	'a role renamed in another database: all that names it');
elsewhere('ALTER ROLE owner_2 RENAME TO owner_1');
well('the name back: nothing drifts');

elsewhere('ALTER ROLE reader_1 RENAME TO reader_2');
like(drift(), qr/ALTER default acl.*ALTER policy .*ALTER table public\.columns;ALTER table public\.granted;.*user mapping/, 'the same of grants, policies, defaults, mappings');
my $id = here(q(SELECT xc_adopt('the reader has another name')));
like($id, qr/^chg-/, 'adopted');
well('then nothing drifts');
isnt(schema(), $before, 'the dump is another');

# What HEAD~1 says cannot be as long as the name is gone, and nothing changes.
my $head = here('SELECT xc_head()');
my ($status, $out, $err) = $node->psql('postgres', "SELECT xc_rollback('$id')");
isnt($status, 0, 'it cannot be taken back while the role has the new name');
like($err, qr/names a role that does not exist: reader_1.*^HINT:  CREATE ROLE reader_1;/ms, 'the error names the role');
is(here('SELECT xc_head()'), $head, 'and nothing has changed');
elsewhere('ALTER ROLE reader_2 RENAME TO reader_1');
isnt(drift(), '', 'the old name again is drift');
here(q(SELECT xc_adopt('back')));
well('adopted as well');
is(schema(), $before, 'the dump of the beginning');

# --- dropped
($status, $out, $err) = $node->psql('other', 'DROP ROLE keeper_1');
like($err, qr/cannot be dropped because some objects depend on it/, 'the server lets nobody drop what is named here');
here('SELECT xc_head(); REASSIGN OWNED BY keeper_1 TO owner_1');
well('captured here');
elsewhere('DROP OWNED BY keeper_1; DROP ROLE keeper_1');
well('dropped elsewhere when nothing names it: nothing drifts');
my $change = here(q(SELECT change_id FROM xc_log('enum public.e') LIMIT 1));
($status, $out, $err) = $node->psql('postgres', "SELECT xc_rollback('$change')");
like($err, qr/names a role that does not exist: keeper_1.*^HINT:  CREATE ROLE keeper_1;/ms, 'what would give it back says that it is gone');
well('and changes nothing');

# --- owners, given away in another database
elsewhere('CREATE TABLE theirs (a int); ALTER TABLE theirs OWNER TO owner_1; REASSIGN OWNED BY owner_1 TO reader_1; ALTER DATABASE postgres OWNER TO owner_1');
well('owners of another database, and of this database itself, are no part of its schema');
is(drift(), '', 'as pg_dump has it');
elsewhere('REASSIGN OWNED BY owner_1 TO reader_1');
is(here(q(SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'postgres')), 'reader_1', 'given away from there');
well('still');

$node->stop;
done_testing();
