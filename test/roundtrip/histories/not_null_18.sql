-- NOT NULL as constraints, which they are from PostgreSQL 18 on: names, origin, NO INHERIT, NOT VALID, comments.
-- server: 18
CREATE TABLE a (id int CONSTRAINT "Has id" NOT NULL, v text NOT NULL, w int);
INSERT INTO a VALUES (1, 'x', 1), (2, 'y', NULL);
CREATE TABLE parted (k int NOT NULL, v text) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);

-- step: renamed, one of them with its table
-- keeps rows
ALTER TABLE a RENAME CONSTRAINT "Has id" TO has_id;
ALTER TABLE a RENAME TO b;

-- step: two swap names
-- keeps rows
ALTER TABLE b RENAME CONSTRAINT has_id TO other;
ALTER TABLE b RENAME CONSTRAINT a_v_not_null TO has_id;
ALTER TABLE b RENAME CONSTRAINT other TO a_v_not_null;

-- step: one not valid, one with a comment
-- keeps rows
ALTER TABLE b ADD CONSTRAINT later NOT NULL w NOT VALID;
COMMENT ON CONSTRAINT has_id ON b IS 'it''s needed';

-- step: valid, the comment gone
-- keeps rows
UPDATE b SET w = 0 WHERE w IS NULL;
ALTER TABLE b VALIDATE CONSTRAINT later;
COMMENT ON CONSTRAINT has_id ON b IS NULL;

-- step: not for children
-- keeps rows
ALTER TABLE b DROP CONSTRAINT later;
ALTER TABLE b ADD CONSTRAINT alone NOT NULL w NO INHERIT;

-- step: a child, with one of its own
CREATE TABLE child (x int CONSTRAINT mine NOT NULL) INHERITS (b);
INSERT INTO child VALUES (3, 'z', NULL, 3);

-- step: what the child inherits becomes its own, too
-- keeps rows
ALTER TABLE child ALTER id SET NOT NULL;

-- step: dropped above, where the child keeps it
-- keeps rows
ALTER TABLE ONLY b ALTER id DROP NOT NULL;

-- step: named for a partitioned table and a partition of its own
ALTER TABLE part_1 ADD CONSTRAINT own NOT NULL v;
ALTER TABLE parted RENAME CONSTRAINT parted_k_not_null TO key;

-- step: for all partitions
ALTER TABLE parted ADD CONSTRAINT every NOT NULL v;

-- step: one that heirs have not
CREATE TABLE top (a int, w int CONSTRAINT w_there NOT NULL NO INHERIT);
CREATE TABLE middle () INHERITS (top);
CREATE TABLE low (w int CONSTRAINT low_w NOT NULL) INHERITS (middle);
INSERT INTO top VALUES (1, 1);
INSERT INTO middle VALUES (1, 2);

-- step: heirs have it
-- keeps rows
ALTER TABLE top ALTER CONSTRAINT w_there INHERIT;

-- step: and do not
-- keeps rows
ALTER TABLE top ALTER CONSTRAINT w_there NO INHERIT;

-- step: and do, with another
-- keeps rows
ALTER TABLE top ALTER CONSTRAINT w_there INHERIT;
ALTER TABLE top ADD CONSTRAINT a_there NOT NULL a;

-- step: the heir's own remains
-- keeps rows
ALTER TABLE top DROP CONSTRAINT w_there;

-- step: not valid, for heirs
-- keeps rows
ALTER TABLE top ADD CONSTRAINT later NOT NULL w NOT VALID;

-- step: valid
-- keeps rows
ALTER TABLE top VALIDATE CONSTRAINT later;

-- step: an heir of two
CREATE TABLE beside (w int CONSTRAINT beside_w NOT NULL);
CREATE TABLE heir () INHERITS (top, beside);

-- step: one of them does without
-- keeps rows
ALTER TABLE beside ALTER CONSTRAINT beside_w NO INHERIT;

-- step: it leaves the other
-- keeps rows
ALTER TABLE heir NO INHERIT top;

-- step: all dropped
DROP TABLE b, child, parted, top, middle, low, beside, heir;
