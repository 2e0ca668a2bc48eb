-- A constraint trigger of a partitioned table, which partitions get with a constraint of their own.
CREATE TABLE whole (a int, b text) PARTITION BY LIST (a);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

-- step: the trigger
CREATE CONSTRAINT TRIGGER looks AFTER INSERT OR UPDATE ON whole DEFERRABLE FOR EACH ROW EXECUTE FUNCTION look();

-- step: a partition
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);

-- step: one that has partitions
CREATE TABLE parts PARTITION OF whole FOR VALUES IN (2, 3) PARTITION BY LIST (a);
CREATE TABLE part_of_parts PARTITION OF parts FOR VALUES IN (2);

-- step: a partition leaves
ALTER TABLE whole DETACH PARTITION part;

-- step: and joins again
ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (1);

-- step: all go but one
DROP TABLE parts;

-- step: the trigger goes
DROP TRIGGER looks ON whole;
