-- Rows that came later than the constraints that do not let them in, and rows whose partners went.
CREATE TABLE kind (name text PRIMARY KEY CONSTRAINT known CHECK (name IN ('a', 'b')));
CREATE TABLE uses (id int PRIMARY KEY, kind text NOT NULL REFERENCES kind, other text REFERENCES kind);
CREATE TABLE notes (use int REFERENCES uses, note text);
INSERT INTO kind VALUES ('a'), ('b');
INSERT INTO uses VALUES (1, 'a', 'b');
INSERT INTO notes VALUES (1, 'one');

-- step: a check lets more in
ALTER TABLE kind DROP CONSTRAINT known;
ALTER TABLE kind ADD CONSTRAINT known CHECK (name IN ('a', 'b', 'c'));
-- data
INSERT INTO kind VALUES ('c');
INSERT INTO uses VALUES (2, 'c', NULL), (3, 'a', 'c');
INSERT INTO notes VALUES (2, 'two'), (3, 'three');

-- step: the children get a check of their parent
CREATE TABLE measured (value int CHECK (value < 1000));
CREATE TABLE measured_here (place text) INHERITS (measured);
-- step: it goes
ALTER TABLE measured DROP CONSTRAINT measured_value_check;
-- data
INSERT INTO measured VALUES (2000), (1);
INSERT INTO measured_here VALUES (3000, 'x'), (2, 'y'), (NULL, 'z');

-- step: what others refer to is dropped
DROP TABLE kind CASCADE;

-- step: and with it a schema's worth of references
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE of_pair (a int, b int, FOREIGN KEY (a, b) REFERENCES pair MATCH FULL DEFERRABLE INITIALLY DEFERRED);
-- data
INSERT INTO pair VALUES (1, 1), (2, 2);
INSERT INTO of_pair VALUES (1, 1), (NULL, NULL);
-- step: dropped alone
DROP TABLE pair CASCADE;
