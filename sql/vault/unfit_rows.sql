-- Rows that the target does not let in: an error that names table, constraint and a few keys, and nothing has changed.
\getenv sources PG_ABS_SRCDIR
\i :sources/sql/vault/checksums.psql
SET xconnect.preserve = 'tables, columns, truncate';
SET client_min_messages = error;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE product (id int PRIMARY KEY, code text CONSTRAINT code_is_one UNIQUE, name text NOT NULL, price int CONSTRAINT price_is_positive CHECK (price > 0),
                      during int4range, CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&));
CREATE TABLE sale (of int CONSTRAINT of_product REFERENCES product, more int);
INSERT INTO product SELECT i, 'c' || i, 'n' || i, i, int4range(i, i + 1) FROM generate_series(1, 9) i;
INSERT INTO sale SELECT i, i FROM generate_series(1, 9) i;
-- What a rollback of the last change is refused for; everything is as it was.
CREATE FUNCTION pg_temp.refused_and_same() RETURNS TABLE (refused text, differ bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.note();
  refused := pg_temp.refused(pg_temp.last());
  SELECT count(*) INTO differ FROM pg_temp.differs;
  RETURN NEXT;
END $$;
\t on
ALTER TABLE product DROP CONSTRAINT code_is_one;
INSERT INTO product SELECT 100 + i, 'c' || i % 5, 'n' FROM generate_series(1, 20) i;
INSERT INTO product SELECT 200 + i, NULL, 'n' FROM generate_series(1, 2) i;
SELECT * FROM pg_temp.refused_and_same();
DELETE FROM product WHERE id > 100;
SELECT pg_temp.back();
ALTER TABLE product DROP CONSTRAINT one_at_a_time;
INSERT INTO product SELECT 100 + i, 'd' || i, 'n', 1, int4range(i, 10) FROM generate_series(1, 3) i;
SELECT * FROM pg_temp.refused_and_same();
DELETE FROM product WHERE id > 100;
SELECT pg_temp.back();
ALTER TABLE product ALTER name DROP NOT NULL;
INSERT INTO product (id) VALUES (101), (102);
SELECT * FROM pg_temp.refused_and_same();
DELETE FROM product WHERE id > 100;
SELECT pg_temp.back();
ALTER TABLE product DROP CONSTRAINT price_is_positive;
INSERT INTO product (id, name, price) VALUES (101, 'n', -1), (102, 'n', 0);
SELECT * FROM pg_temp.refused_and_same();
DELETE FROM product WHERE id > 100;
SELECT pg_temp.back();
ALTER TABLE sale DROP CONSTRAINT of_product;
INSERT INTO sale SELECT i FROM generate_series(50, 55) i;
SELECT * FROM pg_temp.refused_and_same();
DELETE FROM sale WHERE of > 40;
SELECT pg_temp.back();
-- of rows that come back from the vault: their partners are gone, or refer to what is no more
DROP TABLE sale;
DELETE FROM product WHERE id IN (2, 4);
SELECT * FROM pg_temp.refused_and_same();
INSERT INTO product (id, name) VALUES (2, 'n'), (4, 'n');
SELECT pg_temp.back();
TRUNCATE sale;
DELETE FROM product WHERE id BETWEEN 3 AND 7;
SELECT * FROM pg_temp.refused_and_same();
INSERT INTO product (id, name) SELECT i, 'n' FROM generate_series(3, 7) i;
SELECT pg_temp.back();
-- of a column that must have values, comes back without, and has no default to give
SET xconnect.preserve = tables;
ALTER TABLE product DROP COLUMN name;
UPDATE product SET price = price + 1;
SELECT pg_temp.note();
SELECT pg_temp.refused(pg_temp.last());
SELECT pg_temp.rolled_back(pg_temp.last(), loss => true);
SELECT * FROM pg_temp.differs;
\t off
SELECT * FROM xc_verify();
SELECT * FROM xc_drift();
SET xconnect.preserve = none;
DROP SCHEMA shop CASCADE;
SELECT xc_purge_vault() >= 0 AS purged;
