-- Columns and options of materialized views and foreign tables, and a detachment that was cut short.

-- limit: cannot alter partition "p1" with an incomplete detach

CREATE EXTENSION dblink;
CREATE TABLE t (a int, b text);
CREATE MATERIALIZED VIEW mv WITH (fillfactor = 70) AS SELECT a, b FROM t;
CREATE FOREIGN DATA WRAPPER fdw;
CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
CREATE FOREIGN TABLE ft (a int DEFAULT 3, b text) SERVER srv;
CREATE TABLE p (id int NOT NULL, a text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);

-- step: columns of a materialized view
ALTER MATERIALIZED VIEW mv ALTER b SET COMPRESSION pglz;
ALTER MATERIALIZED VIEW mv ALTER a SET (n_distinct = 7);
GRANT SELECT (a) ON mv TO alice;

-- step: its options
ALTER MATERIALIZED VIEW mv RESET (fillfactor);

-- step: and those of its columns
ALTER MATERIALIZED VIEW mv ALTER a RESET (n_distinct);

-- step: columns and constraints of a foreign table
ALTER FOREIGN TABLE ft ALTER a DROP DEFAULT;
ALTER FOREIGN TABLE ft ADD CONSTRAINT positive CHECK (a > 0);

-- step: not any more
ALTER FOREIGN TABLE ft DROP CONSTRAINT positive;

-- step: an index in a tablespace
CREATE INDEX t_a ON t (a) TABLESPACE space;

-- step: a partition whose detachment is cut short
-- separate
DO $$ DECLARE here text := format('host=%s port=%s dbname=%s user=%s',
    current_setting('unix_socket_directories'), current_setting('port'), current_database(), current_user); BEGIN
  PERFORM dblink_connect('reader', here);
  PERFORM dblink_exec('reader', 'BEGIN');
  PERFORM * FROM dblink('reader', 'SELECT count(*) FROM p') AS rows(n bigint);
  PERFORM dblink_connect('writer', here);
  PERFORM dblink_exec('writer', 'SET statement_timeout = 300');
  PERFORM dblink_exec('writer', 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY', false);
  PERFORM dblink_disconnect('reader');
  PERFORM dblink_disconnect('writer');
END $$;

-- step: and brought to its end
ALTER TABLE p DETACH PARTITION p1 FINALIZE;
