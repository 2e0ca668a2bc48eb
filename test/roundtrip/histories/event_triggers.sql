-- Event triggers.
CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION loud() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no DDL here''; END';

-- step: one for each event
COMMENT ON FUNCTION quiet() IS 'loads the library: statements about event triggers fire none';
CREATE EVENT TRIGGER on_start ON ddl_command_start EXECUTE FUNCTION quiet();
CREATE EVENT TRIGGER "On End" ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION quiet();
CREATE EVENT TRIGGER on_drop ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION quiet();
CREATE EVENT TRIGGER on_rewrite ON table_rewrite EXECUTE FUNCTION quiet();

-- step: one that forbids everything, and is made last
CREATE TABLE before_it (a int);
CREATE EVENT TRIGGER forbid ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'DROP TABLE', 'ALTER TABLE') EXECUTE FUNCTION loud();

-- step: it is disabled, a table is made
COMMENT ON FUNCTION quiet() IS NULL;
ALTER EVENT TRIGGER forbid DISABLE;
CREATE TABLE after_it (a int);

-- step: states
COMMENT ON FUNCTION loud() IS 'loud';
ALTER EVENT TRIGGER on_start ENABLE ALWAYS;
ALTER EVENT TRIGGER "On End" ENABLE REPLICA;
ALTER EVENT TRIGGER on_drop DISABLE;

-- step: states changed
COMMENT ON FUNCTION loud() IS 'louder';
ALTER EVENT TRIGGER on_start ENABLE;
ALTER EVENT TRIGGER "On End" ENABLE ALWAYS;

-- step: comments
COMMENT ON FUNCTION loud() IS 'the loudest';
COMMENT ON EVENT TRIGGER on_start IS 'at the start';
COMMENT ON EVENT TRIGGER "On End" IS 'at the end';

-- step: a comment alone
CREATE TABLE with_comment ();
COMMENT ON EVENT TRIGGER on_start IS NULL;

-- step: owner
COMMENT ON FUNCTION loud() IS NULL;
ALTER EVENT TRIGGER on_start OWNER TO chief;

-- step: renamed
CREATE TABLE with_rename ();
ALTER EVENT TRIGGER on_start RENAME TO "On Start";
ALTER EVENT TRIGGER on_drop RENAME TO on_start;

-- step: their function renamed and moved
CREATE SCHEMA triggers;
ALTER FUNCTION quiet() RENAME TO "Quiet";
ALTER FUNCTION "Quiet"() SET SCHEMA triggers;

-- step: another event under the same name
DROP TABLE with_rename;
DROP EVENT TRIGGER on_rewrite;
CREATE EVENT TRIGGER on_rewrite ON sql_drop WHEN TAG IN ('DROP VIEW', 'DROP INDEX') EXECUTE FUNCTION triggers."Quiet"();

-- step: they go with their function
DROP SCHEMA triggers CASCADE;

-- step: three others
CREATE FUNCTION idle() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER one ON table_rewrite EXECUTE FUNCTION idle();
CREATE EVENT TRIGGER two ON sql_drop EXECUTE FUNCTION idle();
CREATE EVENT TRIGGER three ON sql_drop EXECUTE FUNCTION idle();

-- step: one of them is dropped before anything loads the library
DROP EVENT TRIGGER one;
CREATE TABLE after_drop (a int);

-- step: one is dropped, one changed, one made in a block that loads it last
DO $$ BEGIN
  DROP EVENT TRIGGER two;
  ALTER EVENT TRIGGER three DISABLE;
  CREATE EVENT TRIGGER one ON table_rewrite EXECUTE FUNCTION idle();
  DROP TABLE after_drop;
END $$;
