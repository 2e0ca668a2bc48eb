-- Constraints that are not enforced, and foreign keys that are not valid yet.
-- server: 18
CREATE TABLE p (id int PRIMARY KEY, v int);
CREATE TABLE c (id int, p int, v int);
INSERT INTO p VALUES (1, 1);
INSERT INTO c VALUES (1, 1, 1), (2, NULL, 2);
CREATE TABLE above (a int);
CREATE TABLE below () INHERITS (above);
CREATE TABLE parted (k int, p int) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1, 1);

-- step: checks and keys, not enforced
-- keeps rows
ALTER TABLE c ADD CONSTRAINT positive CHECK (v > 5) NOT ENFORCED;
ALTER TABLE c ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p NOT ENFORCED;
COMMENT ON CONSTRAINT positive ON c IS 'a promise';
CREATE TABLE made (a int CHECK (a > 0) NOT ENFORCED, p int REFERENCES p NOT ENFORCED);

-- step: renamed
-- keeps rows
ALTER TABLE c RENAME CONSTRAINT positive TO hopefully;
ALTER TABLE c RENAME CONSTRAINT to_p TO hopefully_p;

-- step: the key is enforced
-- keeps rows
ALTER TABLE c ALTER CONSTRAINT hopefully_p ENFORCED;

-- step: not any more, and deferrable
-- keeps rows
ALTER TABLE c ALTER CONSTRAINT hopefully_p NOT ENFORCED;
ALTER TABLE made ALTER CONSTRAINT made_p_fkey DEFERRABLE INITIALLY DEFERRED;

-- step: the check is
-- keeps rows
ALTER TABLE c DROP CONSTRAINT hopefully;
ALTER TABLE c ADD CONSTRAINT hopefully CHECK (v > 0);

-- step: an inherited one
-- keeps rows
ALTER TABLE above ADD CONSTRAINT few CHECK (a < 10) NOT ENFORCED;

-- step: enforced above
ALTER TABLE above DROP CONSTRAINT few;
ALTER TABLE above ADD CONSTRAINT few CHECK (a < 10);

-- step: enforced below alone
ALTER TABLE above DROP CONSTRAINT few;
ALTER TABLE below ADD CONSTRAINT few CHECK (a < 10);
ALTER TABLE above ADD CONSTRAINT few CHECK (a < 10) NOT ENFORCED;

-- step: for partitions
-- keeps rows
ALTER TABLE parted ADD CONSTRAINT key FOREIGN KEY (p) REFERENCES p NOT ENFORCED;
ALTER TABLE parted ADD CONSTRAINT known CHECK (p > 3) NOT ENFORCED;

-- step: another partition, the key enforced
-- keeps rows
CREATE TABLE part_2 PARTITION OF parted FOR VALUES IN (2);
ALTER TABLE parted ALTER CONSTRAINT key ENFORCED;

-- step: not valid for partitions
-- keeps rows
ALTER TABLE parted DROP CONSTRAINT key;
ALTER TABLE parted ADD CONSTRAINT later FOREIGN KEY (p) REFERENCES p NOT VALID;

-- step: valid
-- keeps rows
ALTER TABLE parted VALIDATE CONSTRAINT later;

-- step: all gone
DROP TABLE c, p, made, above, below, parted CASCADE;
