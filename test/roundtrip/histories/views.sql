-- Views, materialized views, rules.
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric, sold boolean DEFAULT false);
CREATE TABLE lines (item int REFERENCES items, amount int);
INSERT INTO items SELECT i, 'n' || i, i FROM generate_series(1, 10) i;
INSERT INTO lines SELECT i, i * 2 FROM generate_series(1, 10) i;

-- step: a view, a view over it, one over both
CREATE VIEW cheap AS SELECT id, name, price FROM items WHERE price < 5;
CREATE VIEW cheap_lines AS SELECT c.*, l.amount FROM cheap c JOIN lines l ON l.item = c.id;
CREATE VIEW totals AS SELECT c.name, sum(cl.amount) AS total FROM cheap c JOIN cheap_lines cl USING (id) GROUP BY c.name;

-- step: options: barrier, invoker, check option
CREATE VIEW guarded WITH (security_barrier, security_invoker = true) AS SELECT * FROM items WHERE NOT sold WITH CASCADED CHECK OPTION;
CREATE VIEW local_check AS SELECT id, price FROM cheap WHERE id > 0 WITH LOCAL CHECK OPTION;
ALTER VIEW cheap SET (security_barrier = false);

-- step: options changed
ALTER VIEW guarded RESET (security_invoker);
ALTER VIEW guarded SET (check_option = local);

-- step: a view replaced with a column more at its end
CREATE OR REPLACE VIEW totals AS SELECT c.name, sum(cl.amount) AS total, count(*) AS n FROM cheap c JOIN cheap_lines cl USING (id) GROUP BY c.name;

-- step: the query of a view in the middle replaced
CREATE OR REPLACE VIEW cheap AS SELECT id, name, price FROM items WHERE price < 50 ORDER BY price;

-- step: a column of a view renamed, others default, comment
ALTER VIEW cheap RENAME COLUMN name TO label;
ALTER VIEW cheap ALTER COLUMN label SET DEFAULT 'unnamed';
COMMENT ON COLUMN cheap.label IS 'what it is called';
COMMENT ON VIEW totals IS 'summed';

-- step: a view renamed under others
ALTER VIEW cheap RENAME TO affordable;

-- step: two views swap names
ALTER VIEW guarded RENAME TO x;
ALTER VIEW local_check RENAME TO guarded;
ALTER VIEW x RENAME TO local_check;

-- step: the view in the middle dropped and all three made again in another shape
DROP VIEW affordable CASCADE;
CREATE VIEW affordable AS SELECT name, id FROM items;
CREATE VIEW totals AS SELECT count(*) AS n FROM affordable;

-- step: a recursive view, one of unions, with, lateral, values, window, grouping sets
CREATE RECURSIVE VIEW upto (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM upto WHERE n < 10;
CREATE VIEW clever AS
  WITH w AS MATERIALIZED (SELECT id, price, rank() OVER win AS r FROM items WINDOW win AS (PARTITION BY sold ORDER BY price DESC))
  SELECT w.id, w.r, x.y, NULL::integer AS hole, 'lit' AS lit FROM w, LATERAL (SELECT w.price * 2 AS y) x
  UNION ALL (SELECT 1, 2, 3.0, 4, 'v' LIMIT 1);
CREATE VIEW grouped AS SELECT sold, name, sum(price) FILTER (WHERE id > 3) FROM items GROUP BY GROUPING SETS ((sold), (name), ()) HAVING count(*) > 0;

-- step: materialized views, one without data, with indexes and options
CREATE MATERIALIZED VIEW sums AS SELECT sold, sum(price) AS total FROM items GROUP BY sold;
CREATE MATERIALIZED VIEW empty WITH (fillfactor = 50) AS SELECT * FROM sums WITH NO DATA;
CREATE UNIQUE INDEX sums_sold ON sums (sold);
CREATE INDEX empty_total ON empty (total);
COMMENT ON MATERIALIZED VIEW sums IS 'kept';

-- step: a materialized view changed: owner, options, column, cluster
ALTER MATERIALIZED VIEW sums OWNER TO bob;
ALTER MATERIALIZED VIEW sums SET (autovacuum_enabled = off);
ALTER MATERIALIZED VIEW sums RENAME COLUMN total TO amount;
ALTER MATERIALIZED VIEW sums CLUSTER ON sums_sold;
ALTER MATERIALIZED VIEW sums ALTER COLUMN amount SET STATISTICS 77;

-- step: a materialized view dropped and made with another query; what stood on it too
DROP MATERIALIZED VIEW sums CASCADE;
CREATE MATERIALIZED VIEW sums AS SELECT sold, count(*) AS c FROM items GROUP BY sold;

-- step: rules on a table and on a view
CREATE RULE no_delete AS ON DELETE TO items DO INSTEAD NOTHING;
CREATE RULE log_update AS ON UPDATE TO items WHERE old.price <> new.price DO ALSO INSERT INTO lines VALUES (new.id, 0);
CREATE RULE ins AS ON INSERT TO affordable DO INSTEAD INSERT INTO items (id, name) VALUES (new.id, new.name) RETURNING name, id;
COMMENT ON RULE no_delete ON items IS 'never';

-- step: rules changed, renamed, disabled
CREATE OR REPLACE RULE no_delete AS ON DELETE TO items WHERE old.sold DO INSTEAD NOTHING;
ALTER RULE ins ON affordable RENAME TO inserting;
ALTER TABLE items DISABLE RULE log_update;

-- step: a rule enabled always, one for replicas
ALTER TABLE items ENABLE ALWAYS RULE log_update;
ALTER TABLE items ENABLE REPLICA RULE no_delete;

-- step: a view that becomes a table of the same name
DROP VIEW grouped;
CREATE TABLE grouped (sold boolean, name text);

-- step: a table's column renamed under everything
ALTER TABLE items RENAME price TO cost;

-- step: grants and owners of views
GRANT SELECT ON affordable TO readers;
GRANT UPDATE (name) ON affordable TO app;
ALTER VIEW affordable OWNER TO alice;

-- step: everything that stands on a table dropped
DELETE FROM lines;  -- their key could not come back without the rows of items
DROP TABLE items CASCADE;

-- step: conditions that are written together stay together
CREATE TABLE spans (lo int, hi int, at int);
CREATE VIEW within AS SELECT * FROM spans
  WHERE at BETWEEN lo AND hi AND lo > 0 AND (at NOT BETWEEN 3 AND 4 OR hi > 9) AND ROW(lo, hi) = ROW(at, at);
ALTER TABLE spans ADD CHECK (at BETWEEN lo AND hi AND lo > 0), ADD CHECK (at NOT BETWEEN 1 AND 2 OR lo > 3);
CREATE INDEX ON spans (at) WHERE at BETWEEN 1 AND 9 AND lo < 5;

-- step: without them
DROP TABLE spans CASCADE;
