-- The triggers of foreign keys and deferrable constraints, switched off and on.

CREATE TABLE customers (id int PRIMARY KEY, boss int REFERENCES customers);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers ON DELETE CASCADE, UNIQUE (customer) DEFERRABLE);
CREATE TABLE parts (id int, customer int CONSTRAINT parts_customer REFERENCES customers, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE parts_21 PARTITION OF parts_2 FOR VALUES FROM (10) TO (15);
CREATE TABLE uses (part int CONSTRAINT uses_part REFERENCES parts);

-- step: the side that refers
ALTER TABLE orders DISABLE TRIGGER ALL;

-- step: the side that is referred to
ALTER TABLE customers DISABLE TRIGGER ALL;

-- step: on again, the one side
ALTER TABLE orders ENABLE TRIGGER ALL;

-- step: a partition alone
ALTER TABLE parts_1 DISABLE TRIGGER ALL;

-- step: that one on again
ALTER TABLE parts_1 ENABLE TRIGGER ALL;

-- step: a partitioned partition
ALTER TABLE parts_2 DISABLE TRIGGER ALL;

-- step: that one on again, and the other one off
ALTER TABLE parts_2 ENABLE TRIGGER ALL;
ALTER TABLE parts_1 DISABLE TRIGGER ALL;

-- step: a partition that has its parent's constraints, detached
ALTER TABLE parts DETACH PARTITION parts_1;

-- step: and attached
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM (0) TO (10);

-- step: constraints dropped whose triggers are off
ALTER TABLE orders DISABLE TRIGGER ALL;
ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_customer_key;

-- step: renamed
ALTER TABLE customers RENAME TO clients;
ALTER TABLE clients RENAME CONSTRAINT customers_boss_fkey TO boss;

-- step: dropped with the table
DROP TABLE clients CASCADE;

-- step: all gone
DROP TABLE uses, parts, orders;
