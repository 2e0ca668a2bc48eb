-- What has to change on two sides at once.
CREATE TABLE locks (id int PRIMARY KEY, mode int);
CREATE TABLE modes (id int PRIMARY KEY, lock int REFERENCES locks, parent int REFERENCES modes);
ALTER TABLE locks ADD FOREIGN KEY (mode) REFERENCES modes DEFERRABLE;
CREATE TABLE counted (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
INSERT INTO counted (what) VALUES ('one'), ('two');
CREATE SEQUENCE tickets;
SELECT nextval('tickets');
CREATE SEQUENCE fresh;
CREATE TABLE days (day int, what text) PARTITION BY RANGE (day);
CREATE TABLE first_days PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER audit AFTER INSERT ON days FOR EACH ROW EXECUTE FUNCTION audit();
CREATE EXTENSION pg_trgm WITH VERSION '1.4';
CREATE INDEX counted_what ON counted USING gin (what gin_trgm_ops);

-- step: two tables that refer to each other become unlogged
ALTER TABLE locks DROP CONSTRAINT locks_mode_fkey;
ALTER TABLE modes SET UNLOGGED;
ALTER TABLE locks SET UNLOGGED;
ALTER TABLE locks ADD FOREIGN KEY (mode) REFERENCES modes DEFERRABLE;

-- step: a key and what refers to it get types that do not go together with the old ones
ALTER TABLE locks DROP CONSTRAINT locks_mode_fkey;
ALTER TABLE modes DROP CONSTRAINT modes_parent_fkey;
ALTER TABLE modes ALTER id TYPE uuid USING gen_random_uuid(), ALTER parent TYPE uuid USING NULL;
ALTER TABLE locks ALTER mode TYPE uuid USING NULL;
ALTER TABLE modes ADD FOREIGN KEY (parent) REFERENCES modes;
ALTER TABLE locks ADD FOREIGN KEY (mode) REFERENCES modes DEFERRABLE;

-- step: an identity column and its sequence
-- keeps rows
ALTER TABLE counted ALTER id TYPE bigint;

-- step: a sequence whose value has no place in the old limits
ALTER SEQUENCE tickets MINVALUE 100 MAXVALUE 200 START 150 RESTART;
ALTER SEQUENCE fresh MINVALUE 100 START 150 RESTART;

-- step: a partition below a trigger
CREATE TABLE more_days PARTITION OF days FOR VALUES FROM (10) TO (20);

-- step: an extension's newer version, from which no script leads back
ALTER EXTENSION pg_trgm UPDATE TO '1.6';
