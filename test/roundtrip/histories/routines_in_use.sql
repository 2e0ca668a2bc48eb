-- Functions that everything calls: signatures, bodies, defaults and return types changed.
CREATE FUNCTION norm(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(t)';
CREATE FUNCTION can(who text) RETURNS boolean STABLE LANGUAGE sql AS 'SELECT who = current_user';
CREATE FUNCTION gen(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN $1 * 2;
CREATE DOMAIN code AS text CHECK (norm(VALUE) = VALUE) DEFAULT 'x';
CREATE TABLE doc (id int PRIMARY KEY, owner text DEFAULT norm('X'), body text CHECK (norm(body) <> ''), c code, g int GENERATED ALWAYS AS (gen(id)) STORED);
CREATE INDEX doc_norm ON doc (norm(body));
CREATE POLICY doc_p ON doc USING (can(owner)) WITH CHECK (norm(owner) = owner);
ALTER TABLE doc ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER doc_t AFTER INSERT OR UPDATE OF body ON doc FOR EACH ROW WHEN (norm(NEW.body) <> 'a') EXECUTE FUNCTION trg('a', 'b''c');
CREATE STATISTICS doc_s ON norm(body), id FROM doc;
CREATE VIEW docs AS SELECT id, norm(body) AS body, gen(id) FROM doc WHERE can(owner);
CREATE RULE doc_r AS ON DELETE TO docs DO INSTEAD DELETE FROM doc WHERE norm(body) = OLD.body;
INSERT INTO doc (id, owner, body, c) VALUES (1, 'me', 'text', 'abc'), (2, 'you', 'text2', 'abc');

-- step: a body changed
-- keeps rows
CREATE OR REPLACE FUNCTION norm(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE COST 7 LANGUAGE sql AS 'SELECT lower(trim(t))';

-- step: a parameter renamed, everything rebuilt
DROP FUNCTION norm(text) CASCADE;
CREATE FUNCTION norm(u text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(u)';
ALTER TABLE doc ADD CHECK (norm(body) <> ''), ALTER owner SET DEFAULT norm('X');
CREATE INDEX doc_norm ON doc (norm(body));
CREATE POLICY doc_p ON doc USING (can(owner)) WITH CHECK (norm(owner) = owner);
CREATE TRIGGER doc_t AFTER INSERT OR UPDATE OF body ON doc FOR EACH ROW WHEN (norm(NEW.body) <> 'a') EXECUTE FUNCTION trg('a', 'b''c');
CREATE VIEW docs AS SELECT id, norm(body) AS body, gen(id) FROM doc WHERE can(owner);

-- step: signature changed: a default argument
DROP FUNCTION can(text) CASCADE;
CREATE FUNCTION can(who text, strict boolean DEFAULT true) RETURNS boolean STABLE LANGUAGE sql AS 'SELECT who = current_user';
CREATE POLICY doc_p ON doc FOR SELECT TO readers, app USING (can(owner));

-- step: the default argument's value changed, out arguments
CREATE OR REPLACE FUNCTION can(who text, strict boolean DEFAULT false) RETURNS boolean STABLE LANGUAGE sql AS 'SELECT who = current_user';
CREATE FUNCTION outs(IN a int, OUT b int, OUT c text, VARIADIC d int[] DEFAULT '{}') LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION tab(int) RETURNS TABLE (x int, y doc) LANGUAGE sql AS 'SELECT 1, NULL::doc';

-- step: return type changed
DROP FUNCTION outs(int, int[]);
CREATE FUNCTION outs(a int, OUT b int, OUT c text, OUT e date, VARIADIC d int[] DEFAULT '{}') LANGUAGE sql AS 'SELECT 1, ''x'', date ''2000-01-01''';
DROP FUNCTION gen(int) CASCADE;
CREATE FUNCTION gen(int) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN $1 * 3;
ALTER TABLE doc ADD g bigint GENERATED ALWAYS AS (gen(id)) STORED;

-- step: functions into procedure, atomic bodies
CREATE PROCEDURE pr(INOUT x int) BEGIN ATOMIC INSERT INTO doc (id) VALUES (x); SELECT x + 1; END;
CREATE FUNCTION chain(int) RETURNS bigint RETURN gen($1) + gen($1);

-- step: column of the atomic body renamed, function renamed
-- keeps rows
ALTER TABLE doc RENAME id TO doc_id;
ALTER FUNCTION gen(int) RENAME TO generated;
ALTER FUNCTION can(text, boolean) SET search_path = public, pg_temp;
ALTER FUNCTION can(text, boolean) SECURITY DEFINER LEAKPROOF;
ALTER FUNCTION norm(text) OWNER TO alice;
GRANT EXECUTE ON FUNCTION norm(text) TO bob; REVOKE EXECUTE ON FUNCTION norm(text) FROM PUBLIC;
COMMENT ON FUNCTION norm(text) IS 'normal';

-- step: overloads, and types as arguments
CREATE FUNCTION norm(t code) RETURNS text LANGUAGE sql AS 'SELECT ''''';
CREATE FUNCTION norm(doc) RETURNS text LANGUAGE sql AS 'SELECT ''''';
CREATE FUNCTION norm(doc[]) RETURNS SETOF doc LANGUAGE sql ROWS 10 AS 'SELECT NULL::doc';

-- step: domain checks
ALTER DOMAIN code ADD CONSTRAINT short CHECK (length(VALUE) < 10) NOT VALID;

-- step: domain validated, not null, default off
ALTER DOMAIN code VALIDATE CONSTRAINT short;
ALTER DOMAIN code SET DEFAULT norm('ABC');
ALTER DOMAIN code RENAME CONSTRAINT short TO shorter;

-- step: all overloads gone
DROP FUNCTION norm(doc), norm(doc[]), norm(code);
DROP FUNCTION norm(text) CASCADE;

-- step: a function that finds a type by the path of its caller
CREATE TYPE version AS (major numeric, minor numeric);
CREATE FUNCTION version_of(text) RETURNS version IMMUTABLE LANGUAGE sql
  AS $$ SELECT (substring($1, '^\d+')::numeric, substring($1, '^\d+\.(\d+)$')::numeric)::version WHERE strpos($1, '-') = 0 $$;
CREATE TABLE released (id int PRIMARY KEY, name text NOT NULL);
-- data
INSERT INTO released VALUES (1, '1.2'), (2, '10.20'), (3, '1.2-rc');

-- step: a column that it generates, an index, a check
ALTER TABLE released ADD COLUMN number version GENERATED ALWAYS AS (version_of(name)) STORED;
ALTER TABLE released ADD CHECK (version_of(name) IS DISTINCT FROM ROW(0, 0)::version);

-- step: of another type
ALTER TABLE released DROP COLUMN number;
ALTER TABLE released ADD COLUMN number text GENERATED ALWAYS AS ((version_of(name)).major::text) STORED;
