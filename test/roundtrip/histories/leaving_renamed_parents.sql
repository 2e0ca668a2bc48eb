-- Tables that leave a parent whose columns or constraints get other names in the same transaction, and keep theirs.
CREATE TABLE parent (id int, v text, CONSTRAINT filled CHECK (v <> ''));
CREATE TABLE heir (LIKE parent INCLUDING CONSTRAINTS);
ALTER TABLE heir INHERIT parent;
CREATE TABLE heirs_heir () INHERITS (heir);
CREATE VIEW of_heir AS SELECT id, v FROM heir WHERE id > 0;
CREATE INDEX heir_id ON heir (id);
CREATE TABLE plain_heir () INHERITS (parent);
CREATE VIEW of_plain_heir AS SELECT id, v FROM plain_heir;
INSERT INTO heir VALUES (1, 'one');
INSERT INTO plain_heir VALUES (2, 'two');
CREATE TABLE whole (a int, b text, CONSTRAINT given CHECK (b <> '')) PARTITION BY RANGE (a);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE VIEW of_part AS SELECT a, b FROM part;
INSERT INTO whole VALUES (3, 'three');

-- step: a column
-- keeps rows
ALTER TABLE heir NO INHERIT parent;
ALTER TABLE parent RENAME COLUMN id TO number;

-- step: it joins again, with that name
-- keeps rows
ALTER TABLE heir RENAME COLUMN id TO number;
ALTER TABLE heir INHERIT parent;

-- step: a constraint
-- keeps rows
ALTER TABLE heir NO INHERIT parent;
ALTER TABLE parent RENAME CONSTRAINT filled TO not_empty;

-- step: columns that were the parent's only
-- keeps rows
ALTER TABLE plain_heir NO INHERIT parent;
ALTER TABLE parent RENAME COLUMN number TO v_number;
ALTER TABLE parent RENAME COLUMN v TO number;

-- step: a partition
-- keeps rows
ALTER TABLE whole DETACH PARTITION part;
ALTER TABLE whole RENAME COLUMN a TO c;
ALTER TABLE whole RENAME COLUMN b TO a;
ALTER TABLE whole RENAME CONSTRAINT given TO there;
