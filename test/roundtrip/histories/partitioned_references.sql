-- Foreign keys to partitioned tables: the key that one refers to is whole once every partition has joined with its part.

-- step: two that refer to each other, and their partitions to each other's partitions
CREATE TABLE a (n int, k text, PRIMARY KEY (k, n)) PARTITION BY LIST (k);
CREATE TABLE a1 PARTITION OF a FOR VALUES IN ('1');
CREATE TABLE a2 PARTITION OF a FOR VALUES IN ('2') PARTITION BY RANGE (n);
CREATE TABLE a2x PARTITION OF a2 FOR VALUES FROM (1) TO (10);
CREATE UNIQUE INDEX a_kn ON a (n, k);
CREATE TABLE b (n int, k text) PARTITION BY LIST (k);
CREATE TABLE b1 PARTITION OF b FOR VALUES IN ('1');
CREATE UNIQUE INDEX b_key ON b (k, n);
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (k, n) REFERENCES a DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (k, n) REFERENCES b (k, n) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE b1 ADD CONSTRAINT b1_a1 FOREIGN KEY (k, n) REFERENCES a1 (k, n) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE a ADD CONSTRAINT a_a FOREIGN KEY (n, k) REFERENCES a (n, k);
CREATE TABLE plain (k text, n int, FOREIGN KEY (n, k) REFERENCES a (n, k));
INSERT INTO a VALUES (1, '1');
INSERT INTO b VALUES (1, '1');

-- step: one more partition
CREATE TABLE b2 PARTITION OF b FOR VALUES IN ('2');

-- step: a key made anew, and what refers to it
-- keeps rows
ALTER TABLE plain DROP CONSTRAINT plain_n_k_fkey;
ALTER TABLE a DROP CONSTRAINT a_a;
DROP INDEX a_kn;
CREATE UNIQUE INDEX a_nk ON a (n, k);
ALTER TABLE plain ADD FOREIGN KEY (n, k) REFERENCES a (n, k);

-- step: a key without its parts
CREATE UNIQUE INDEX a_more ON ONLY a (k, n) INCLUDE (n);
CREATE UNIQUE INDEX a1_more ON a1 (k, n) INCLUDE (n);
CREATE UNIQUE INDEX a2_more ON ONLY a2 (k, n) INCLUDE (n);
CREATE UNIQUE INDEX a2x_more ON a2x (k, n) INCLUDE (n);
ALTER INDEX a_more ATTACH PARTITION a2_more;
ALTER TABLE plain DROP CONSTRAINT plain_n_k_fkey;
ALTER TABLE a DROP CONSTRAINT a_pkey CASCADE;
DROP INDEX a_nk;

-- step: it gets them, the table itself and another one refer to it
-- keeps rows
ALTER INDEX a_more ATTACH PARTITION a1_more;
ALTER INDEX a2_more ATTACH PARTITION a2x_more;
ALTER TABLE a ADD CONSTRAINT a_more_of_it FOREIGN KEY (k, n) REFERENCES a (k, n);
ALTER TABLE plain ADD CONSTRAINT plain_more FOREIGN KEY (k, n) REFERENCES a (k, n);

-- step: one gone
DROP TABLE b CASCADE;

-- step: all gone
DROP TABLE a, plain;
