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

-- step: partitions, and then what all have, each in a change of its own
-- separate
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (b);
CREATE TABLE p2_1 PARTITION OF p2 FOR VALUES IN (1);
CREATE INDEX p_c ON p (c) WHERE c IS NOT NULL;
CREATE INDEX p_b ON p (b);
ALTER TABLE p ADD CONSTRAINT positive CHECK (c > 0);
ALTER TABLE p ADD d int;
CREATE FUNCTION p_touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION p_touched();
ALTER TABLE p ADD PRIMARY KEY (a, b);

-- step: heirs, and then what all have
-- separate
CREATE TABLE parent (a int, b int);
CREATE TABLE heir (c int) INHERITS (parent);
CREATE TABLE heir_of_heir () INHERITS (heir);
ALTER TABLE parent ADD CONSTRAINT positive CHECK (a > 0);
ALTER TABLE parent ADD d int;
ALTER TABLE heir ADD CONSTRAINT more CHECK (c > 0);
