-- Row level security.
CREATE TABLE docs (id int PRIMARY KEY, owner name, secret boolean, team int);
CREATE TABLE teams (id int, member name);
INSERT INTO docs SELECT i, 'alice', false, 1 FROM generate_series(1, 10) i;

-- step: policies of every command
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON docs USING (owner = CURRENT_USER);
CREATE POLICY look ON docs FOR SELECT TO readers, app USING (NOT secret);
CREATE POLICY add ON docs FOR INSERT TO app WITH CHECK (owner = SESSION_USER);
CREATE POLICY change ON docs AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (true) WITH CHECK (team > 0);
CREATE POLICY remove ON docs FOR DELETE TO "Odd Role" USING (EXISTS (SELECT FROM teams t WHERE t.id = docs.team AND t.member = CURRENT_USER));

-- step: changed in place
-- keeps rows
ALTER POLICY look ON docs TO readers USING (NOT secret OR owner = CURRENT_USER);
ALTER POLICY change ON docs WITH CHECK (team > 1);

-- step: renamed, commented
-- keeps rows
ALTER POLICY own ON docs RENAME TO "my own";
COMMENT ON POLICY look ON docs IS 'may look';

-- step: two policies swap names
-- keeps rows
ALTER POLICY add ON docs RENAME TO x;
ALTER POLICY remove ON docs RENAME TO add;
ALTER POLICY x ON docs RENAME TO remove;

-- step: another command, another kind: dropped and made again
-- keeps rows
DROP POLICY look ON docs;
CREATE POLICY look ON docs AS RESTRICTIVE FOR ALL TO readers USING (id > 0);

-- step: a policy through a function, then the function changes its name
CREATE FUNCTION allowed(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1 > 0';
CREATE POLICY by_function ON docs USING (allowed(id));
ALTER FUNCTION allowed(int) RENAME TO permitted;

-- step: a column and a table in policies renamed
-- keeps rows
ALTER TABLE docs RENAME team TO team_id;
ALTER TABLE teams RENAME TO groups;

-- step: the table a policy looks at dropped
DROP TABLE groups CASCADE;

-- step: forced, then all off
-- keeps rows
ALTER TABLE docs FORCE ROW LEVEL SECURITY;
DROP POLICY "my own" ON docs;
