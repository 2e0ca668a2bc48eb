-- Triggers and their states.
CREATE TABLE acts (id int PRIMARY KEY, v int, note text);
CREATE VIEW act_view AS SELECT * FROM acts;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
INSERT INTO acts SELECT i, i, 'n' FROM generate_series(1, 10) i;

-- step: triggers of every sort
CREATE TRIGGER b_ins BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER a_upd AFTER UPDATE OF v, note ON acts FOR EACH ROW WHEN (OLD.v IS DISTINCT FROM NEW.v) EXECUTE FUNCTION g('one', 'it''s two');
CREATE TRIGGER s_all AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON acts FOR EACH STATEMENT EXECUTE FUNCTION g();
CREATE TRIGGER t_tab AFTER UPDATE ON acts REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION g();
CREATE TRIGGER v_ins INSTEAD OF INSERT OR DELETE ON act_view FOR EACH ROW EXECUTE FUNCTION f();

-- step: disabled, replica, always
ALTER TABLE acts DISABLE TRIGGER b_ins;
ALTER TABLE acts ENABLE REPLICA TRIGGER a_upd;
ALTER TABLE acts ENABLE ALWAYS TRIGGER s_all;

-- step: all of them enabled again
ALTER TABLE acts ENABLE TRIGGER ALL;

-- step: replaced
CREATE OR REPLACE TRIGGER b_ins BEFORE INSERT OR UPDATE ON acts FOR EACH ROW EXECUTE FUNCTION f('x');

-- step: renamed, commented
ALTER TRIGGER b_ins ON acts RENAME TO "Before";
COMMENT ON TRIGGER "Before" ON acts IS 'first';

-- step: two triggers swap names
ALTER TRIGGER s_all ON acts RENAME TO x;
ALTER TRIGGER t_tab ON acts RENAME TO s_all;
ALTER TRIGGER x ON acts RENAME TO t_tab;

-- step: the function behind them renamed
ALTER FUNCTION g() RENAME TO g2;

-- step: user triggers disabled
ALTER TABLE acts DISABLE TRIGGER USER;

-- step: the function dropped with its triggers
DROP FUNCTION g2() CASCADE;

-- step: a column that a trigger watches dropped with it
CREATE TRIGGER w AFTER UPDATE OF note ON acts FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE acts DROP COLUMN note CASCADE;

-- step: the table renamed, its triggers go along
ALTER TABLE acts RENAME TO deeds;
