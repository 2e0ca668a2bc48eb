-- Partitions: every strategy, bounds, sub-partitions, keys, attaching and detaching with rows in them.
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, kind text, body text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events SELECT i, date '2024-01-01' + i, 'k' || i % 3, 'b' FROM generate_series(1, 600) i;
CREATE TABLE kinds (kind text PRIMARY KEY);
INSERT INTO kinds VALUES ('k0'), ('k1'), ('k2'), ('old'), ('own');

-- step: a partition more
-- keeps rows
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') WITH (fillfactor = 60);

-- step: a default partition
-- keeps rows
CREATE TABLE events_rest PARTITION OF events DEFAULT;

-- step: an index on the parent, and so on all
-- keeps rows
CREATE INDEX events_kind ON events (kind);

-- step: a primary key on the parent
-- keeps rows
ALTER TABLE events ADD CONSTRAINT events_pk PRIMARY KEY (id, at);

-- step: a partition detached, rows in it
-- keeps rows
ALTER TABLE events DETACH PARTITION events_2025;

-- step: attached again, under other bounds
-- keeps rows
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2025-12-31');

-- step: a table with another column order attached
CREATE TABLE events_2027 (kind text DEFAULT 'own', at date NOT NULL, id bigint NOT NULL, body text);
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- step: a partition renamed, its index too
-- keeps rows
ALTER TABLE events_2024 RENAME TO events_old;
ALTER INDEX events_2024_kind_idx RENAME TO events_old_kind;

-- step: a partition's own default, own not null, own check, own index
-- keeps rows
ALTER TABLE events_old ALTER kind SET DEFAULT 'old', ALTER body SET NOT NULL, ADD CONSTRAINT old_only CHECK (at < '2025-06-01');
CREATE INDEX events_old_body ON events_old USING hash (body);

-- step: a column added to all, one dropped from all
ALTER TABLE events ADD COLUMN weight numeric DEFAULT 1.0;
ALTER TABLE events DROP COLUMN body CASCADE;

-- step: sub-partitions, by list, by hash
CREATE TABLE logs (region text, n int, payload jsonb) PARTITION BY LIST (region);
CREATE TABLE logs_eu PARTITION OF logs FOR VALUES IN ('de', 'fr', NULL) PARTITION BY HASH (n);
CREATE TABLE logs_eu_0 PARTITION OF logs_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE logs_eu_1 PARTITION OF logs_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE logs_us PARTITION OF logs FOR VALUES IN ('us');
-- data
INSERT INTO logs SELECT (ARRAY['de','fr','us'])[1 + i % 3], i, '{}' FROM generate_series(1, 30) i;

-- step: partitioned by several columns, an expression, with collation and operator class
CREATE TABLE many (a text, b int, c timestamp) PARTITION BY RANGE (a COLLATE "C" text_pattern_ops, (b + 1), c);
CREATE TABLE many_1 PARTITION OF many FOR VALUES FROM (MINVALUE, MINVALUE, MINVALUE) TO ('m', 5, '2025-05-05 12:00');
CREATE TABLE many_2 PARTITION OF many FOR VALUES FROM ('m', 5, '2025-05-05 12:00') TO (MAXVALUE, MAXVALUE, MAXVALUE);

-- step: triggers on the partitioned table
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamp BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER counted AFTER DELETE ON events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION stamp();

-- step: the trigger disabled on one partition only
-- keeps rows
ALTER TABLE events_2026 DISABLE TRIGGER stamp;

-- step: foreign keys from and to partitioned tables
ALTER TABLE events ADD FOREIGN KEY (kind) REFERENCES kinds ON UPDATE CASCADE;
CREATE TABLE remarks (event bigint, at date, remark text, FOREIGN KEY (event, at) REFERENCES events (id, at) ON DELETE CASCADE);

-- step: a partition detached that keeps its parent's foreign key, beside one of its own
-- keeps rows
ALTER TABLE events_2025 ADD CONSTRAINT its_own FOREIGN KEY (kind) REFERENCES kinds DEFERRABLE;
ALTER TABLE events DETACH PARTITION events_2025;

-- step: attached again, where the parent has the foreign key already
-- keeps rows
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

-- step: a partition detached, the foreign key it was left gone
-- keeps rows
ALTER TABLE events DETACH PARTITION events_2025;
ALTER TABLE events_2025 DROP CONSTRAINT events_kind_fkey;

-- step: a table attached that never had the foreign key, and checks on both
-- keeps rows
ALTER TABLE events ADD CONSTRAINT known CHECK (kind IN ('k0', 'k1', 'k2', 'old', 'own'));
ALTER TABLE events_2025 ADD CONSTRAINT known CHECK (kind IN ('k0', 'k1', 'k2', 'old', 'own')), ADD CHECK (id > 0);
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

-- step: the foreign key of all dropped
-- keeps rows
ALTER TABLE events DROP CONSTRAINT events_kind_fkey;

-- step: a unique index made on the parent only, the partitions' attached one by one
CREATE UNIQUE INDEX logs_u ON ONLY logs (region, n);
CREATE UNIQUE INDEX logs_us_u ON logs_us (region, n);
ALTER INDEX logs_u ATTACH PARTITION logs_us_u;

-- step: the last of them, so it becomes valid
CREATE UNIQUE INDEX logs_eu_u ON logs_eu (region, n);
ALTER INDEX logs_u ATTACH PARTITION logs_eu_u;

-- step: an identity, a generated column and a comment on a partitioned table
CREATE TABLE gen (id int GENERATED BY DEFAULT AS IDENTITY, v int, w int GENERATED ALWAYS AS (v + 1) STORED) PARTITION BY HASH (v);
CREATE TABLE gen_0 PARTITION OF gen FOR VALUES WITH (MODULUS 1, REMAINDER 0);
COMMENT ON TABLE gen_0 IS 'the only one';
COMMENT ON COLUMN gen_0.v IS 'its column';

-- step: owners and grants per partition
-- keeps rows
ALTER TABLE events OWNER TO alice;
ALTER TABLE events_2026 OWNER TO bob;
GRANT SELECT ON events TO readers;
GRANT INSERT (id, at) ON events_2026 TO app;

-- step: one owner for the whole tree
DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT relid FROM pg_partition_tree('events') WHERE level > 0 LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO alice', part);
  END LOOP;
END $$;

-- step: a check of all of them
-- keeps rows
ALTER TABLE events ADD CONSTRAINT positive CHECK (id > 0);

-- step: a partition with privileges of its own detached
-- keeps rows
ALTER TABLE events DETACH PARTITION events_2026;

-- step: and attached
-- keeps rows
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- step: a sub-partition moved under another parent
-- keeps rows
ALTER TABLE logs DETACH PARTITION logs_eu;

-- step: and everything dropped
DROP TABLE logs, logs_eu;
DROP TABLE events CASCADE;
