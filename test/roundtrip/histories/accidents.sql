-- What goes wrong on a Friday evening.
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, mail text UNIQUE, joined date DEFAULT '2020-01-01', country char(2));
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers ON DELETE CASCADE, total numeric(10,2) DEFAULT 0, paid boolean);
CREATE TABLE order_lines (order_id int REFERENCES orders, line int, what text, PRIMARY KEY (order_id, line));
CREATE VIEW unpaid AS SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer WHERE NOT o.paid;
CREATE VIEW worst AS SELECT name, sum(total) AS owes FROM unpaid GROUP BY name;
CREATE MATERIALIZED VIEW per_country AS SELECT country, count(*) FROM customers GROUP BY country;
CREATE UNIQUE INDEX per_country_key ON per_country (country);
CREATE FUNCTION owes(int) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(total) FROM orders WHERE customer = $1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE orders DISABLE TRIGGER touch;
CREATE RULE keep AS ON DELETE TO order_lines DO INSTEAD NOTHING;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY home ON customers TO app USING (country = 'de');
GRANT SELECT ON customers, unpaid TO readers;
GRANT UPDATE (mail) ON customers TO app;
COMMENT ON VIEW worst IS 'call them';
INSERT INTO customers SELECT i, 'c' || i, 'm' || i, '2020-01-01', 'de' FROM generate_series(1, 20) i;
INSERT INTO orders SELECT i, i, i * 10, i % 2 = 0 FROM generate_series(1, 20) i;

-- step: a column in the middle dropped, with what stood on it
ALTER TABLE customers DROP COLUMN country CASCADE;

-- step: a table dropped with cascade
DROP TABLE orders CASCADE;

-- step: half repaired by hand
CREATE TABLE orders (id int, customer int, total numeric);
CREATE VIEW unpaid AS SELECT * FROM orders;

-- step: a key dropped with the foreign keys that need it
ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE;

-- step: a function dropped with its triggers
DROP FUNCTION touch() CASCADE;

-- step: the wrong rename
ALTER TABLE customers RENAME TO customers_old;
CREATE TABLE customers (LIKE customers_old);

-- step: two statements of a migration of which the second fails, caught
DO $$ BEGIN
  CREATE TABLE half (x int);
  BEGIN
    ALTER TABLE half ADD COLUMN y int;
    ALTER TABLE half ADD COLUMN y int;
  EXCEPTION WHEN duplicate_column THEN NULL;
  END;
END $$;

-- step: savepoints, one rolled back
SAVEPOINT a;
CREATE TABLE never (x int);
ALTER TABLE half ADD COLUMN never int;
ROLLBACK TO a;
ALTER TABLE half ADD COLUMN kept int;
SAVEPOINT b;
CREATE INDEX half_kept ON half (kept);
RELEASE b;

-- step: a thousand objects at once
DO $$ BEGIN FOR i IN 1..150 LOOP
  EXECUTE format('CREATE TABLE many_%s (id serial PRIMARY KEY, v int REFERENCES half_ref)', i);
END LOOP; EXCEPTION WHEN undefined_table THEN
  FOR i IN 1..150 LOOP EXECUTE format('CREATE TABLE many_%s (id serial PRIMARY KEY, v int)', i); END LOOP;
END $$;

-- step: and gone
DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('DROP TABLE many_%s', i); END LOOP; END $$;

-- step: everything in public that is left
DROP TABLE customers, customers_old, order_lines, orders, half CASCADE;
DROP FUNCTION owes(int);
