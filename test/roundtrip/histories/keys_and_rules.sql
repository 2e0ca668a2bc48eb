-- Keys in circles, what indexes turn into, rules and triggers on columns that change, generated chains, default privileges.
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO readers;
ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT EXECUTE ON FUNCTIONS TO app;
CREATE TABLE a (id int PRIMARY KEY, b_id int, name text, span int4range, at timestamptz, during tstzrange);
CREATE TABLE b (id int PRIMARY KEY, a_id int, UNIQUE (a_id) DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a ON DELETE SET NULL (a_id) NOT VALID;
ALTER TABLE a ADD CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&) WHERE (id > 0) DEFERRABLE;
COMMENT ON CONSTRAINT no_overlap ON a IS 'ex'; COMMENT ON CONSTRAINT a_b ON a IS 'fk'; COMMENT ON INDEX no_overlap IS 'exidx';
CREATE STATISTICS st (ndistinct, mcv) ON id, name, (lower(name)) FROM a;
ALTER STATISTICS st SET STATISTICS 99; COMMENT ON STATISTICS st IS 'st';
INSERT INTO a (id, name, span) VALUES (1, 'x', '[1,2]'), (2, 'y', '[5,6]');

-- step: a key type changed through the cycle
ALTER TABLE a DROP CONSTRAINT a_b; ALTER TABLE b DROP CONSTRAINT b_a;
ALTER TABLE a ALTER id TYPE bigint, ALTER b_id TYPE bigint; ALTER TABLE b ALTER id TYPE bigint, ALTER a_id TYPE bigint;
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b;
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a ON UPDATE CASCADE;

-- step: replica identity by an index, clustered, then the index replaced
ALTER TABLE a ALTER name SET NOT NULL;
CREATE UNIQUE INDEX a_name ON a (name) INCLUDE (b_id) WITH (fillfactor = 77);
ALTER TABLE a REPLICA IDENTITY USING INDEX a_name;
ALTER TABLE a CLUSTER ON a_name;

-- step: replaced
DROP INDEX a_name;
CREATE UNIQUE INDEX a_name ON a (name, id);
ALTER TABLE a REPLICA IDENTITY USING INDEX a_name;

-- step: index becomes a constraint
ALTER TABLE a REPLICA IDENTITY DEFAULT;
ALTER TABLE a ADD CONSTRAINT a_name_key UNIQUE USING INDEX a_name;

-- step: constraint renamed with swap
ALTER TABLE a RENAME CONSTRAINT a_b TO t; ALTER TABLE a RENAME CONSTRAINT a_name_key TO a_b; ALTER TABLE a RENAME CONSTRAINT t TO a_name_key;

-- step: rules
CREATE TABLE log (at timestamptz DEFAULT now(), what text);
CREATE RULE a_ins AS ON INSERT TO a WHERE NEW.id > 10 DO ALSO INSERT INTO log (what) VALUES ('ins ' || NEW.id);
CREATE RULE a_upd AS ON UPDATE TO a DO ALSO (INSERT INTO log (what) VALUES (OLD.name); NOTIFY logged);
ALTER TABLE a DISABLE RULE a_ins; COMMENT ON RULE a_upd ON a IS 'rule';

-- step: columns used by rules changed
ALTER TABLE a RENAME name TO title; ALTER TABLE log RENAME what TO message; ALTER TABLE log ADD n int; ALTER RULE a_ins ON a RENAME TO a_inserted;

-- step: type of such a column
DROP RULE a_upd ON a; DROP RULE a_inserted ON a;
ALTER TABLE a ALTER title TYPE varchar(30);

-- step: default privileges
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM readers;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO app WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE alice REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE TABLE born (x int);

-- step: exclusion replaced, statistics changed
ALTER TABLE a DROP CONSTRAINT no_overlap, ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&, span WITH -|-);
DROP STATISTICS st; CREATE STATISTICS st ON id, title FROM a;

-- step: generated chain
ALTER TABLE a ADD l int GENERATED ALWAYS AS (length(title)) STORED, ADD m bigint GENERATED ALWAYS AS (id * 2) STORED;
CREATE INDEX a_l ON a (l, m); CREATE VIEW av AS SELECT l, m FROM a;

-- step: expression changed, base type changed
DROP VIEW av; ALTER TABLE a DROP l, DROP m;
ALTER TABLE a ALTER title TYPE text;
ALTER TABLE a ADD m numeric GENERATED ALWAYS AS (id * 3) STORED, ADD l int GENERATED ALWAYS AS (length(title) + 1) STORED;
CREATE VIEW av AS SELECT l, m FROM a;

-- step: generated becomes plain
ALTER TABLE a ALTER l DROP EXPRESSION;
ALTER TABLE a ALTER l SET DEFAULT 4, ALTER l SET NOT NULL;

-- step: triggers
CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON a FROM b DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tg();
CREATE TRIGGER tt AFTER UPDATE ON a REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tg();
CREATE TRIGGER uo BEFORE UPDATE OF title, l ON a FOR EACH ROW EXECUTE FUNCTION tg();
ALTER TABLE a DISABLE TRIGGER ct, ENABLE REPLICA TRIGGER tt, ENABLE ALWAYS TRIGGER uo;
COMMENT ON TRIGGER ct ON a IS 'c';

-- step: a column of the trigger dropped
ALTER TABLE a DROP title CASCADE;

-- step: and added again with the same name
ALTER TABLE a ADD title text, ADD CONSTRAINT title_ok CHECK (title <> '') NO INHERIT;
CREATE TRIGGER uo BEFORE UPDATE OF title, l ON a FOR EACH ROW EXECUTE FUNCTION tg();

-- step: owners all over
ALTER TABLE a OWNER TO alice; ALTER FUNCTION tg() OWNER TO bob; ALTER VIEW av OWNER TO bob; GRANT SELECT (id, l) ON a TO bob; GRANT REFERENCES (id) ON a TO carol WITH GRANT OPTION;


-- step: all gone
DROP TABLE a, b, log, born CASCADE; DROP FUNCTION tg();
