# What runs while something goes wrong. A case:
#   name       behaviour group
#   setup      statements before, each by itself
#   run        what is hit: statements of one message (so an implicit transaction, where they open none)
#   undo       statements that bring the state before back, after it was done
#   settings   of the session
#   kind       change (default): done and recorded, or not done;
#              read: gives what it gives without a fault, or an error;
#              several: commits on its way, so what it leaves is recorded or a gap entry, however far it came;
#              extension: xconnect itself comes and goes;
#              warned: on_capture_error = warn, so always done; recorded, or a gap entry and drift that can be adopted
#   data       a query whose result belongs to the state
package Cases;
use strict;
use warnings;

# The newest one but for what the session said of the table probe since.
my $last = q{(SELECT change_id FROM xconnect.change c WHERE (SELECT string_agg(object, ' ') FROM xconnect.change_object o WHERE o.seq = c.seq) IS DISTINCT FROM 'table public.probe' ORDER BY seq DESC LIMIT 1)};
my $rollback_last = "SELECT xc_rollback($last, allow_data_loss => true)";
# A table with rows, an index, a view on it.
my @orders = (
  q(CREATE TABLE orders (id int PRIMARY KEY, what text NOT NULL DEFAULT 'x', note text, n int)),
  q(INSERT INTO orders SELECT i, 'w' || i, repeat('n', 50), i % 7 FROM generate_series(1, 200) i),
  q(CREATE INDEX orders_n ON orders (n)),
  q(CREATE VIEW many AS SELECT id, what FROM orders WHERE id > 3));
my $sum = q(SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM orders t);
my @vault = (q(SET xconnect.preserve = 'tables, truncate, columns'), q(SET xconnect.preserve_disk_free = 0));

our @all = (
  { name => 'create_table',
    run => q(CREATE TABLE made (id serial PRIMARY KEY, v text DEFAULT 'x' CHECK (v <> ''), w int REFERENCES base); COMMENT ON TABLE made IS 'c'),
    undo => [ 'DROP TABLE made' ] },
  { name => 'transaction',
    setup => [ @orders ],
    run => q(BEGIN; ALTER TABLE orders ADD extra int; SAVEPOINT s; CREATE TABLE gone (a int); ROLLBACK TO s; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
      ALTER VIEW many RENAME TO several; GRANT SELECT ON orders TO PUBLIC; CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); COMMIT),
    undo => [ $rollback_last ], data => $sum },
  { name => 'handler',  # the user's own code catches what goes wrong
    run => q(DO $$ BEGIN CREATE TABLE first (a int); EXCEPTION WHEN others THEN CREATE TABLE second (a int); END $$),
    undo => [ 'DROP TABLE IF EXISTS first, second' ], either => 1 },
  { name => 'drop_cascade',
    settings => [ @vault ], setup => [ @orders, q(CREATE SCHEMA s), q(CREATE TABLE s.t (id int, b text)), q(INSERT INTO s.t VALUES (1, 'x')), q(ALTER TABLE orders ADD CHECK (n >= 0)) ],
    run => q(DROP TABLE orders CASCADE; DROP SCHEMA s CASCADE), undo => [ $rollback_last ],
    data => q(SELECT sum_of('orders'), sum_of('s.t')) },
  { name => 'truncate',
    settings => [ @vault ], setup => [ @orders ],
    run => q(TRUNCATE orders), undo => [ $rollback_last ], data => $sum },
  { name => 'drop_column',
    settings => [ @vault ], setup => [ @orders ],
    run => q(BEGIN; ALTER TABLE orders DROP COLUMN note; UPDATE orders SET n = n + 1 WHERE id < 50; ALTER TABLE orders ALTER n TYPE bigint; COMMIT),
    undo => [ $rollback_last, q(UPDATE orders SET n = n - 1 WHERE id < 50) ], data => $sum },
  { name => 'rollback_of_drop',
    settings => [ @vault ], setup => [ @orders, q(DROP TABLE orders CASCADE) ],
    run => q(SELECT 1 FROM xc_rollback((SELECT change_id FROM xc_log('table public.orders', max_count => 1)))),
    undo => [ q(DROP TABLE orders CASCADE) ],
    data => q(SELECT sum_of('orders')) },
  { name => 'rollback_of_column',
    settings => [ @vault ], setup => [ @orders, q(ALTER TABLE orders DROP COLUMN what CASCADE) ],
    run => q(SELECT 1 FROM xc_rollback((SELECT change_id FROM xc_log('table public.orders', max_count => 1)))),
    undo => [ q(ALTER TABLE orders DROP COLUMN what CASCADE) ], data => $sum },
  { name => 'rollback_of_truncate',
    settings => [ @vault ], setup => [ @orders, q(TRUNCATE orders) ],
    run => q(SELECT 1 FROM xc_rollback((SELECT change_id FROM xc_log('table public.orders', max_count => 1)))),
    undo => [ q(TRUNCATE orders) ], data => $sum },
  { name => 'checkout',
    setup => [ @orders, q(CREATE TYPE mood AS ENUM ('a', 'b')), q(ALTER TABLE orders ADD m mood), q(SELECT xc_tag('then')), q(ALTER TYPE mood ADD VALUE 'c'), q(DROP VIEW many),
      q(ALTER TABLE orders ALTER n TYPE bigint), q(ALTER TABLE orders RENAME TO purchases), q(CREATE MATERIALIZED VIEW mv AS SELECT n, count(*) FROM purchases GROUP BY n), q(SELECT xc_tag('later')) ],
    run => q(SELECT 1 FROM xc_checkout('then')), undo => [ q(SELECT 1 FROM xc_checkout('later')) ] },
  { name => 'prepare',
    setup => [ @orders ],
    run => q(BEGIN; ALTER TABLE orders ADD p int; CREATE TABLE prepared (a int); PREPARE TRANSACTION 'p'), commit => q(COMMIT PREPARED 'p'), undo => [ $rollback_last ] },
  { name => 'link_pending',  # the change that links what waits in the queue
    run => q(CREATE TABLE links (a int)),
    before => [ q(BEGIN; CREATE TABLE queued (a int); PREPARE TRANSACTION 'q'), q(COMMIT PREPARED 'q') ],
    undo => [ 'DROP TABLE IF EXISTS links, queued' ], after_error => [ 'DROP TABLE queued' ], linking => 1 },
  { name => 'queue',  # somebody else holds the seal lock
    settings => [ q(SET xconnect.seal_lock_timeout = '1ms') ], holds_lock => 1,
    run => q(CREATE TABLE waits (a int PRIMARY KEY, b text)), undo => [ 'DROP TABLE waits' ] },
  { name => 'warned',
    kind => 'warned', settings => [ q(SET xconnect.on_capture_error = warn) ],
    run => q(CREATE TABLE warned (id serial PRIMARY KEY, v text)), undo => [ 'DROP TABLE IF EXISTS warned' ] },
  { name => 'concurrent_index',
    kind => 'several', setup => [ @orders ],
    run => q(CREATE INDEX CONCURRENTLY orders_what ON orders (what)), undo => [ 'DROP INDEX IF EXISTS orders_what' ] },
  { name => 'drop_index_concurrently',
    kind => 'several', setup => [ @orders ], before => [ q(CREATE INDEX IF NOT EXISTS orders_what ON orders (what)) ],
    run => q(DROP INDEX CONCURRENTLY orders_what), undo => [ 'DROP INDEX IF EXISTS orders_what' ] },
  { name => 'tag_and_word',
    setup => [ @orders ],
    run => q(SELECT xc_begin_change('why', 'what', 'SELECT true'); SELECT xc_tag('t'); ALTER TABLE orders ADD tagged int),
    undo => [ q(SELECT xc_untag('t')), $rollback_last ] },
  { name => 'adopt',
    setup => [ @orders ], before => [ q(SET xconnect.capture = off), q(CREATE TABLE unseen (a int)), q(SET xconnect.capture = on) ],
    run => q(SELECT 1 FROM xc_adopt('found')), undo => [ 'DROP TABLE unseen' ], adopting => 1, after_error => [ 'DROP TABLE unseen' ] },
  { name => 'purge',
    settings => [ @vault ], setup => [ @orders ], before => [ q(CREATE TABLE old (a int)), q(INSERT INTO old VALUES (1)), q(DROP TABLE old) ],
    run => q(SELECT xc_purge_vault('0')), undo => [] },
  { name => 'verify', kind => 'read', setup => [ @orders, q(DROP VIEW many) ], run => q(SELECT * FROM xc_verify()) },
  { name => 'drift', kind => 'read', setup => [ @orders ], run => q(SELECT * FROM xc_drift()) },
  { name => 'reports', kind => 'read', setup => [ @orders, q(SELECT xc_tag('then')), q(ALTER TABLE orders RENAME n TO m), q(DROP VIEW many) ],
    run => q(SELECT change_type, identity FROM xc_diff('then'); SELECT statement FROM xc_plan_checkout('then'); SELECT length(xc_show('then')) > 0; SELECT count(*) FROM xc_history('table public.orders')) },
  { name => 'create_extension', kind => 'extension', setup => [ @orders ], run => q(CREATE EXTENSION xconnect), undo => [ q(DROP EXTENSION xconnect CASCADE) ] },
  { name => 'drop_extension', kind => 'extension', setup => [ @orders ], before => [ q(CREATE EXTENSION IF NOT EXISTS xconnect) ],
    run => q(DROP EXTENSION xconnect CASCADE), undo => [] },
);

1;
