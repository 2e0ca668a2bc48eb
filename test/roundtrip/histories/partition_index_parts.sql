-- Indexes of partitioned tables that not every partition has a part of, and those that have several to choose from.
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (a);
CREATE TABLE p_21 PARTITION OF p_2 FOR VALUES FROM (10) TO (15);
CREATE TABLE p_22 PARTITION OF p_2 FOR VALUES FROM (15) TO (20);
INSERT INTO p SELECT i, i FROM generate_series(0, 19) i;

-- step: an index of the partitioned tables alone
-- keeps rows
CREATE INDEX p_a ON ONLY p (a);
CREATE INDEX p_2_a ON ONLY p_2 (a);
ALTER INDEX p_a ATTACH PARTITION p_2_a;

-- step: one partition of two has its part
-- keeps rows
CREATE INDEX p_21_a ON p_21 (a);
ALTER INDEX p_2_a ATTACH PARTITION p_21_a;

-- step: the partition without it leaves
-- keeps rows
ALTER TABLE p_2 DETACH PARTITION p_22;

-- step: a partitioned partition leaves
-- keeps rows
ALTER TABLE p DETACH PARTITION p_2;

-- step: both are dropped
DROP TABLE p_2, p_22;

-- step: a key that not every partition has
CREATE TABLE k (a int NOT NULL, b int) PARTITION BY RANGE (a);
CREATE TABLE k_1 PARTITION OF k FOR VALUES FROM (0) TO (10);
CREATE TABLE k_2 PARTITION OF k FOR VALUES FROM (10) TO (20);
ALTER TABLE ONLY k ADD CONSTRAINT k_key PRIMARY KEY (a);
ALTER TABLE k_1 ADD CONSTRAINT k_1_key PRIMARY KEY (a);
ALTER INDEX k_key ATTACH PARTITION k_1_key;

-- step: several equal indexes, and one of them is the part
CREATE INDEX k_2_z ON k_2 (b);
CREATE INDEX k_2_y ON k_2 (b);
CREATE INDEX k_b ON ONLY k (b);
CREATE INDEX k_b2 ON ONLY k (b);
ALTER INDEX k_b ATTACH PARTITION k_2_y;
ALTER INDEX k_b2 ATTACH PARTITION k_2_z;
CREATE INDEX k_2_x ON k_2 (b);
CREATE INDEX k_1_b ON k_1 (b);

-- step: other bounds
-- keeps rows
ALTER TABLE k DETACH PARTITION k_2;
ALTER TABLE k ATTACH PARTITION k_2 FOR VALUES FROM (10) TO (30);

-- step: all is dropped
DROP TABLE k, p;

-- step: a partition whose owner's code its parent's index calls
CREATE TABLE f (a int) PARTITION BY RANGE (a);
GRANT CREATE ON SCHEMA public TO alice;
ALTER TABLE f OWNER TO alice;
CREATE TABLE f_1 PARTITION OF f FOR VALUES FROM (0) TO (10);
ALTER TABLE f_1 OWNER TO alice;
CREATE FUNCTION of_alice(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN ASSERT current_user = 'alice', format('called by %s', current_user); RETURN $1; END; $$;
ALTER FUNCTION of_alice(int) OWNER TO alice;
CREATE INDEX f_a ON f (of_alice(a)) WHERE of_alice(a + 1) > of_alice(10);

-- step: it is dropped
DROP TABLE f;
