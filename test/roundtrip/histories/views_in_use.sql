-- Views upon views upon tables whose columns change; names swapped; what becomes something else of the same name.
CREATE SCHEMA app;
CREATE TABLE app.customer (id int PRIMARY KEY, name varchar(20) NOT NULL, balance numeric(8,2) DEFAULT 0, tags text[] DEFAULT '{}');
CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES app.customer, total numeric(10,2), placed date);
CREATE VIEW app.rich AS SELECT id, name, balance FROM app.customer WHERE balance > 100 WITH LOCAL CHECK OPTION;
CREATE VIEW app.richest AS SELECT r.*, upper(r.name) AS shout FROM app.rich r ORDER BY balance DESC;
CREATE MATERIALIZED VIEW app.totals AS SELECT c.id, c.name, sum(o.total) AS total FROM app.customer c JOIN app.orders o ON o.customer = c.id GROUP BY c.id;
CREATE UNIQUE INDEX totals_id ON app.totals (id);
CREATE INDEX totals_name ON app.totals (lower(name)) INCLUDE (total) WHERE total > 0;
CREATE STATISTICS app.cust_stat (dependencies, mcv) ON name, balance FROM app.customer;
COMMENT ON VIEW app.rich IS 'rich ones'; COMMENT ON COLUMN app.rich.name IS 'their names'; COMMENT ON COLUMN app.totals.total IS 'sum'; COMMENT ON INDEX app.totals_id IS 'key';
COMMENT ON STATISTICS app.cust_stat IS 'st';
GRANT SELECT ON app.rich TO readers; GRANT SELECT (shout) ON app.richest TO app; GRANT UPDATE (name) ON app.rich TO bob;
CREATE RULE rich_ins AS ON INSERT TO app.richest DO INSTEAD INSERT INTO app.customer (id, name) VALUES (NEW.id, NEW.name);
COMMENT ON RULE rich_ins ON app.richest IS 'rule';
CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER rich_upd INSTEAD OF UPDATE ON app.rich FOR EACH ROW EXECUTE FUNCTION app.trg();
CREATE TRIGGER cust_bal BEFORE UPDATE OF balance ON app.customer FOR EACH ROW WHEN (OLD.balance IS DISTINCT FROM NEW.balance) EXECUTE FUNCTION app.trg();
ALTER VIEW app.rich ALTER COLUMN balance SET DEFAULT 7;
ALTER MATERIALIZED VIEW app.totals ALTER COLUMN name SET STATISTICS 77, ALTER COLUMN name SET STORAGE EXTERNAL;
ALTER MATERIALIZED VIEW app.totals CLUSTER ON totals_id;
ALTER MATERIALIZED VIEW app.totals SET (fillfactor = 50);
INSERT INTO app.customer SELECT i, 'name ' || i, i * 10 FROM generate_series(1, 20) i;
INSERT INTO app.orders (customer, total, placed) SELECT i, i, '2025-01-01' FROM generate_series(1, 20) i;

-- step: a type widened below all of them
DROP VIEW app.richest; DROP VIEW app.rich; DROP MATERIALIZED VIEW app.totals; DROP STATISTICS app.cust_stat; DROP TRIGGER cust_bal ON app.customer;
ALTER TABLE app.customer ALTER name TYPE text, ALTER balance TYPE numeric(12,4);
CREATE VIEW app.rich AS SELECT id, name, balance FROM app.customer WHERE balance > 100 WITH LOCAL CHECK OPTION;
CREATE VIEW app.richest AS SELECT r.*, upper(r.name) AS shout FROM app.rich r ORDER BY balance DESC;
CREATE MATERIALIZED VIEW app.totals AS SELECT c.id, c.name, sum(o.total) AS total FROM app.customer c JOIN app.orders o ON o.customer = c.id GROUP BY c.id;
GRANT SELECT ON app.rich TO readers;

-- step: column added to a view
CREATE OR REPLACE VIEW app.rich AS SELECT id, name, balance, tags FROM app.customer WHERE balance > 100;
ALTER VIEW app.rich SET (security_barrier, check_option = cascaded);

-- step: type changed with views in one
DROP MATERIALIZED VIEW app.totals;
ALTER TABLE app.orders ALTER id TYPE bigint, ALTER total TYPE double precision;
CREATE MATERIALIZED VIEW app.totals AS SELECT c.id, c.name, sum(o.total) AS total FROM app.customer c JOIN app.orders o ON o.customer = c.id GROUP BY c.id WITH NO DATA;

-- step: columns renamed under views, view columns renamed
-- keeps rows
ALTER TABLE app.customer RENAME name TO full_name;
ALTER VIEW app.rich RENAME COLUMN name TO known_as;
ALTER MATERIALIZED VIEW app.totals RENAME COLUMN total TO grand_total;

-- step: tables swap names
ALTER TABLE app.customer RENAME TO tmp; ALTER TABLE app.orders RENAME TO customer; ALTER TABLE app.tmp RENAME TO orders;

-- step: swap columns
ALTER TABLE app.orders RENAME full_name TO x; ALTER TABLE app.orders RENAME balance TO full_name; ALTER TABLE app.orders RENAME x TO balance;

-- step: views swap places and schema
CREATE SCHEMA other;
ALTER VIEW app.rich SET SCHEMA other;
ALTER VIEW app.richest RENAME TO rich;
ALTER TABLE app.customer SET SCHEMA other;

-- step: recursive and lateral views
CREATE RECURSIVE VIEW app.nums (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM nums WHERE n < 10;
CREATE VIEW app.lat AS SELECT o.id, l.x FROM app.orders o, LATERAL (SELECT c.total AS x FROM other.customer c WHERE c.customer = o.id LIMIT 1) l;
CREATE VIEW app.usingv AS SELECT * FROM app.orders JOIN other.customer USING (id);

-- step: a view's column type changed
DROP VIEW app.lat;
CREATE VIEW app.lat AS SELECT o.id::text AS id, 1 AS x FROM app.orders o;
ALTER VIEW app.lat OWNER TO alice;

-- step: view becomes table
DROP VIEW app.usingv;
CREATE TABLE app.usingv (id int);

-- step: table becomes matview
DROP TABLE app.usingv;
CREATE MATERIALIZED VIEW app.usingv AS SELECT * FROM app.nums;
REFRESH MATERIALIZED VIEW app.usingv;

-- step: everything
DROP SCHEMA app CASCADE; DROP SCHEMA other CASCADE;
