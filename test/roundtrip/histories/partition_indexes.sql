CREATE TABLE p (a int, b int, c int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);

-- step: indexes and keys of the parent's
CREATE INDEX p_bc ON p (b, c);
ALTER TABLE p ADD CONSTRAINT p_ab UNIQUE (a, b);

-- step: of one partition, equal to those of its parent
CREATE INDEX p1_bc_own ON p1 (b, c);
CREATE INDEX a_first ON p1 (b, c);
ALTER TABLE p1 ADD CONSTRAINT own UNIQUE (a, b);
ALTER TABLE p1 REPLICA IDENTITY FULL;
CREATE UNIQUE INDEX p2_own ON p2 (c) INCLUDE (a);
INSERT INTO p VALUES (1, 1, 1), (2, 2, 2);

-- step: detached
-- keeps rows
ALTER TABLE p DETACH PARTITION p1;

-- step: attached elsewhere
-- keeps rows
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1, 3);

-- step: all gone
DROP TABLE p;

-- step: made anew, the indexes in another order
CREATE TABLE p (a int, b int, c int) PARTITION BY LIST (a);
CREATE TABLE p1 (a int, b int, c int);
CREATE INDEX p1_bc_own ON p1 (b, c);
CREATE INDEX p1_b_c_idx ON p1 (b, c);
CREATE INDEX p_bc ON p (b, c);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);
