-- Columns and attributes renamed where others take their names from them.
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, kind text, body text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO events SELECT i, date '2024-01-01' + i, 'k' || i % 3, 'b' FROM generate_series(1, 60) i;
CREATE INDEX events_kind ON events (kind);
CREATE TYPE pair AS (a integer, b text[]);
CREATE TABLE typed OF pair;
CREATE TABLE below (LIKE typed INCLUDING CONSTRAINTS);
ALTER TABLE below INHERIT typed;
CREATE TYPE other AS (a integer, b text[]);
CREATE TABLE typed_alone OF other;

-- step: the column of the partition key renamed
-- keeps rows
ALTER TABLE events RENAME COLUMN at TO happened;

-- step: another one takes its name
-- keeps rows
ALTER TABLE events RENAME COLUMN kind TO at;

-- step: two of them swap, the key is one of them, and a NOT NULL goes
-- keeps rows
ALTER TABLE events RENAME COLUMN at TO between;
ALTER TABLE events RENAME COLUMN happened TO at;
ALTER TABLE events RENAME COLUMN between TO happened;
ALTER TABLE events ALTER COLUMN at DROP NOT NULL;

-- step: an attribute of the type of a table that another one inherits from
ALTER TYPE pair RENAME ATTRIBUTE a TO c CASCADE;

-- step: an attribute takes the name of one that goes
ALTER TYPE other ADD ATTRIBUTE d integer CASCADE;
ALTER TYPE other DROP ATTRIBUTE b CASCADE;
ALTER TYPE other RENAME ATTRIBUTE a TO b CASCADE;

-- step: a table that has the CHECK of another one as its own, too
-- keeps rows
CREATE TABLE checked (a integer CHECK (a > 0));
CREATE TABLE also_checked (LIKE checked INCLUDING CONSTRAINTS);
ALTER TABLE also_checked INHERIT checked;
INSERT INTO also_checked VALUES (1);

-- step: the CHECK renamed
-- keeps rows
ALTER TABLE checked RENAME CONSTRAINT checked_a_check TO positive;
