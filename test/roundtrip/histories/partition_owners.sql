-- Owners of a partition tree: members of each other, and strangers.
GRANT CREATE, USAGE ON SCHEMA public TO alice, bob, readers;
CREATE TABLE m (id int NOT NULL, at date NOT NULL, v text) PARTITION BY RANGE (at);
CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE m OWNER TO readers; ALTER TABLE m_1 OWNER TO bob; ALTER TABLE m_2 OWNER TO readers;
INSERT INTO m SELECT i, date '2024-01-01' + i, 'v' FROM generate_series(1, 600) i;

-- step: detached
-- keeps rows
ALTER TABLE m DETACH PARTITION m_1;

-- step: a column
ALTER TABLE m ADD COLUMN w int NOT NULL DEFAULT 5;
ALTER TABLE m_1 ADD COLUMN w int NOT NULL DEFAULT 6;

-- step: attached
-- keeps rows
ALTER TABLE m ATTACH PARTITION m_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- step: another type
ALTER TABLE m ALTER w TYPE bigint, ALTER v TYPE varchar(100);

-- step: dropped
DROP TABLE m;
