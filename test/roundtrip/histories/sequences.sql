-- Sequences, free, owned and behind identities.
CREATE TABLE bills (id int PRIMARY KEY, no bigint);
INSERT INTO bills SELECT i, i FROM generate_series(1, 5) i;

-- step: sequences of every shape
CREATE SEQUENCE plain;
CREATE SEQUENCE shaped AS smallint INCREMENT BY -2 MINVALUE -100 MAXVALUE 50 START WITH 10 CACHE 7 CYCLE;
CREATE UNLOGGED SEQUENCE fleeting;

-- step: options changed
ALTER SEQUENCE shaped INCREMENT BY 3 NO CYCLE CACHE 1;
ALTER SEQUENCE plain AS integer MAXVALUE 1000 START WITH 5;
ALTER SEQUENCE fleeting SET LOGGED;

-- step: the type widened, limits with it
ALTER SEQUENCE shaped AS bigint NO MAXVALUE NO MINVALUE;

-- step: a default that uses one
-- keeps rows
ALTER TABLE bills ALTER no SET DEFAULT nextval('plain');

-- step: owned by the column
-- keeps rows
ALTER SEQUENCE plain OWNED BY bills.no;

-- step: owned by another column
-- keeps rows
ALTER SEQUENCE plain OWNED BY bills.id;

-- step: owned by none
-- keeps rows
ALTER SEQUENCE plain OWNED BY NONE;

-- step: renamed, and the default follows
-- keeps rows
ALTER SEQUENCE plain RENAME TO "Bill No";

-- step: moved to another schema
-- keeps rows
CREATE SCHEMA counters;
ALTER SEQUENCE "Bill No" SET SCHEMA counters;

-- step: owner, grants, comment
ALTER SEQUENCE counters."Bill No" OWNER TO alice;
GRANT USAGE ON SEQUENCE counters."Bill No" TO app;
GRANT SELECT, UPDATE ON SEQUENCE shaped TO readers WITH GRANT OPTION;
COMMENT ON SEQUENCE shaped IS 'counts';

-- step: an identity's sequence renamed
CREATE TABLE ident (a int GENERATED ALWAYS AS IDENTITY, b serial, c bigserial);
ALTER SEQUENCE ident_a_seq RENAME TO ident_numbers;
ALTER SEQUENCE ident_b_seq INCREMENT BY 5;

-- step: a serial column renamed and its table too: the sequence keeps its name
ALTER TABLE ident RENAME b TO bb;
ALTER TABLE ident RENAME TO identity_table;

-- step: dropped with the column that owns it
ALTER TABLE identity_table DROP COLUMN c;

-- step: dropped with the table; one dropped with the defaults that use it
DROP TABLE identity_table;
DROP SEQUENCE counters."Bill No" CASCADE;

-- step: identities that are not logged as their tables are
CREATE UNLOGGED TABLE unlogged (a int GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE unlogged_a_seq SET LOGGED;
CREATE TABLE logged (a int GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE logged_a_seq SET UNLOGGED;

-- step: and become so
ALTER SEQUENCE logged_a_seq SET LOGGED;
ALTER TABLE unlogged SET LOGGED;
