-- Tables that stay while the parent that they have goes, and another one comes under its name.

CREATE SCHEMA s;
CREATE TABLE s.q (a int, b int DEFAULT 1) PARTITION BY LIST (a);
CREATE TABLE s.p PARTITION OF s.q DEFAULT;
CREATE TABLE s.p1 PARTITION OF s.q FOR VALUES IN (1) PARTITION BY HASH (b);
CREATE TABLE s.p1a PARTITION OF s.p1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX q_a ON s.q (a);
CREATE TABLE s.r (a int, b int DEFAULT 1);
CREATE TABLE s.r2 (a int, z int DEFAULT 2);
CREATE TABLE s.h (own text) INHERITS (s.r, s.r2);
CREATE TABLE s.h2 () INHERITS (s.r);
-- data
INSERT INTO s.q VALUES (1, 2), (3, 4);
INSERT INTO s.h VALUES (5, 6, 7, 'x');
INSERT INTO s.h2 VALUES (8, 9);

-- step: another partitioned table, with another kind of key and the same default partition
-- keeps rows
ALTER TABLE s.q DETACH PARTITION s.p;
ALTER TABLE s.q DETACH PARTITION s.p1;
DROP TABLE s.q;
CREATE TABLE s.q (a int, b int DEFAULT 1) PARTITION BY RANGE (a);
ALTER TABLE s.q ATTACH PARTITION s.p DEFAULT;

-- step: a column of it that the partition has from it
ALTER TABLE s.q ADD c int DEFAULT 7;

-- step: the next one has other columns, and the partition has them
ALTER TABLE s.q DETACH PARTITION s.p;
DROP TABLE s.q;
ALTER TABLE s.p DROP b, ADD d text DEFAULT 'd';
CREATE TABLE s.q (d text, a int, c int) PARTITION BY LIST (d);
ALTER TABLE s.q ATTACH PARTITION s.p DEFAULT;

-- step: a column that goes from both
ALTER TABLE s.q DROP c;

-- step: and one with the first one's key, and its other partition again
ALTER TABLE s.q DETACH PARTITION s.p;
DROP TABLE s.q;
ALTER TABLE s.p ADD b int;
CREATE TABLE s.q (a int, d text DEFAULT 'e', b int) PARTITION BY LIST (a);
CREATE INDEX q_a ON s.q (a);
ALTER TABLE s.p1 ADD d text;
ALTER TABLE s.q ATTACH PARTITION s.p1 FOR VALUES IN (1);
ALTER TABLE s.q ATTACH PARTITION s.p DEFAULT;

-- step: another parent of two
-- keeps rows
ALTER TABLE s.h NO INHERIT s.r;
ALTER TABLE s.h2 NO INHERIT s.r;
DROP TABLE s.r;
CREATE TABLE s.r (b int DEFAULT 2, a int, CONSTRAINT positive CHECK (b > 0));
ALTER TABLE s.h ADD CONSTRAINT positive CHECK (b > 0);
ALTER TABLE s.h INHERIT s.r;
ALTER TABLE s.h2 ADD CONSTRAINT positive CHECK (b > 0);
ALTER TABLE s.h2 INHERIT s.r;

-- step: both parents
ALTER TABLE s.h NO INHERIT s.r, NO INHERIT s.r2;
ALTER TABLE s.h2 NO INHERIT s.r;
DROP TABLE s.r, s.r2;
CREATE TABLE s.r2 (z int DEFAULT 3);
CREATE TABLE s.r (a int, own text);
ALTER TABLE s.h DROP b, ADD n int;
ALTER TABLE s.h INHERIT s.r, INHERIT s.r2;
