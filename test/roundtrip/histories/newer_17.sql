-- What else PostgreSQL 16 and 17 brought.
-- server: 17
CREATE SCHEMA s;
CREATE TABLE t (a int, b text STORAGE EXTERNAL, c text);
CREATE TABLE target (a int, b text, c text);
INSERT INTO t VALUES (1, 'x', 'y');
CREATE TABLE parted (k int, v text) PARTITION BY LIST (k) USING heap;
CREATE FUNCTION greet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

-- step: collations of the builtin provider and with rules
CREATE COLLATION plain (provider = builtin, locale = 'C');
CREATE COLLATION s.utf (provider = builtin, locale = 'C.UTF-8');
CREATE COLLATION ruled (provider = icu, locale = '', rules = '&a < g');

-- step: renamed, moved, used
-- keeps rows
ALTER COLLATION plain RENAME TO plainer;
ALTER COLLATION s.utf SET SCHEMA public;
ALTER COLLATION ruled OWNER TO alice;
ALTER TABLE t ALTER b TYPE text COLLATE plainer;
CREATE INDEX ON t (c COLLATE utf);

-- step: another collation of the same name
DROP COLLATION ruled;
CREATE COLLATION ruled (provider = icu, locale = 'de', rules = '&b < x');

-- step: a trigger for those who connect
COMMENT ON FUNCTION greet() IS 'loads the library: statements about event triggers fire none';
CREATE EVENT TRIGGER welcome ON login EXECUTE FUNCTION greet();
COMMENT ON EVENT TRIGGER welcome IS 'says hello';

-- step: its states
COMMENT ON FUNCTION greet() IS 'says hello';
ALTER EVENT TRIGGER welcome DISABLE;

-- step: always, and another one
COMMENT ON FUNCTION greet() IS NULL;
ALTER EVENT TRIGGER welcome ENABLE ALWAYS;
CREATE EVENT TRIGGER again ON login EXECUTE FUNCTION greet();
ALTER EVENT TRIGGER again OWNER TO chief;

-- step: gone
DROP FUNCTION greet() CASCADE;

-- step: views of JSON
CREATE VIEW json_rows AS
  SELECT * FROM JSON_TABLE('[{"a": 1, "b": [2, 3]}]'::jsonb, '$[*]' AS top
    COLUMNS (n FOR ORDINALITY, a int PATH '$.a' DEFAULT 0 ON EMPTY, NESTED PATH '$.b[*]' AS inner_b COLUMNS (b int PATH '$'))) AS j;
CREATE VIEW json_values AS
  SELECT JSON_VALUE(b::jsonb, '$.x' RETURNING int DEFAULT 1 ON ERROR) AS v, JSON_QUERY(b::jsonb, '$' WITH WRAPPER) AS q,
         JSON_EXISTS(b::jsonb, '$.y') AS e, JSON_OBJECT('k': a ABSENT ON NULL) AS o, JSON_ARRAYAGG(c) AS l, b IS JSON OBJECT AS j
  FROM t GROUP BY a, b;

-- step: another query, other names
CREATE OR REPLACE VIEW json_rows AS
  SELECT *, 1 AS one FROM JSON_TABLE('[{"a": 1, "b": [2, 3]}]'::jsonb, '$[*]' AS top
    COLUMNS (n FOR ORDINALITY, a int PATH '$.a' DEFAULT 0 ON EMPTY, NESTED PATH '$.b[*]' AS inner_b COLUMNS (b int PATH '$'))) AS j;
ALTER VIEW json_values RENAME q TO asked;

-- step: a merge inside a function
CREATE FUNCTION merged(int) RETURNS SETOF text BEGIN ATOMIC
  MERGE INTO target USING t ON t.a = target.a
    WHEN MATCHED AND t.b = 'z' THEN DELETE
    WHEN MATCHED THEN UPDATE SET b = t.b
    WHEN NOT MATCHED BY SOURCE THEN DO NOTHING
    WHEN NOT MATCHED THEN INSERT VALUES (t.a, t.b, t.c)
    RETURNING merge_action() || target.b;
END;

-- step: what it names is renamed
-- keeps rows
ALTER TABLE target RENAME b TO label;
ALTER TABLE t RENAME TO source;

-- step: an operator gets properties
CREATE FUNCTION same(text, int) RETURNS bool LANGUAGE sql IMMUTABLE RETURN $1 = $2::text;
CREATE FUNCTION same(int, text) RETURNS bool LANGUAGE sql IMMUTABLE RETURN $1::text = $2;
CREATE FUNCTION differs(text, int) RETURNS bool LANGUAGE sql IMMUTABLE RETURN $1 <> $2::text;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = same);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR !== (LEFTARG = text, RIGHTARG = int, FUNCTION = differs);

-- step: more of them, which no statement takes away
ALTER OPERATOR === (text, int) SET (COMMUTATOR = ===, NEGATOR = !==, HASHES, MERGES);

-- step: storage and statistics as by default
-- keeps rows
ALTER TABLE source ALTER b SET STORAGE DEFAULT;
ALTER TABLE source ALTER c SET STATISTICS 50;
CREATE STATISTICS ON a, c FROM source;

-- step: and not
-- keeps rows
ALTER TABLE source ALTER c SET STATISTICS DEFAULT;
ALTER STATISTICS source_a_c_stat SET STATISTICS DEFAULT;
ALTER TABLE source ALTER b SET STORAGE MAIN;

-- step: access methods of partitioned tables
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
ALTER TABLE parted SET ACCESS METHOD heap_too;

-- step: that of the default
ALTER TABLE parted SET ACCESS METHOD DEFAULT;
ALTER TABLE source SET ACCESS METHOD heap_too;

-- step: a partition under it
ALTER TABLE parted SET ACCESS METHOD heap_too;
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);

-- step: none of its own for the whole
ALTER TABLE parted SET ACCESS METHOD DEFAULT;

-- step: a subscription's ways
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION p
  WITH (connect = false, slot_name = NONE, origin = none, password_required = false, run_as_owner = true, streaming = parallel, failover = true);

-- step: others
ALTER SUBSCRIPTION sub SET (origin = any, password_required = true, run_as_owner = false, streaming = on);

-- step: what is endless, and local
CREATE TABLE times (i interval DEFAULT 'infinity', at timestamptz DEFAULT '-infinity');
CREATE VIEW here AS SELECT at AT LOCAL AS at_local, SYSTEM_USER AS who, i FROM times;

-- step: a domain with a name for NOT NULL
CREATE DOMAIN there AS int CONSTRAINT always NOT NULL;
CREATE DOMAIN maybe AS int;
ALTER TABLE times ADD d there DEFAULT 1;

-- step: and without
ALTER DOMAIN there DROP NOT NULL;
ALTER DOMAIN maybe ADD CONSTRAINT must NOT NULL;

-- step: dropped
DROP SUBSCRIPTION sub;
DROP TABLE source, target, parted, times CASCADE;
