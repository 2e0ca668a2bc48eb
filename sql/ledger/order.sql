-- Two rows of one change for one key: the table that had the name went, another one has it. Which came last does not depend
-- on where on the disk the rows are: rows of many sizes leave room on earlier pages, where short ones go.
SET client_min_messages = warning;
CREATE SCHEMA ordered;
SET search_path = ordered, public;
CREATE TABLE upper (a integer);
CREATE TABLE lower (a integer);
CREATE PROCEDURE exchange(times integer) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..times LOOP
    EXECUTE format('CREATE TABLE wide_%s (%s)', i, (SELECT string_agg(format('c%s integer', n), ', ') FROM generate_series(1, 1 + i * 37 % 120) n));
    COMMIT;
    DROP TABLE upper;
    ALTER TABLE lower RENAME TO upper;
    CREATE TABLE lower (a integer);
    COMMIT;
  END LOOP;
END $$;
CALL exchange(200);
SELECT count(*) AS dropped FROM xconnect.change_object WHERE object = 'table ordered.upper' AND action = 'DROP';
SELECT count(*) FROM xc_drift();
SELECT count(*) > 0 AS out_of_order FROM xconnect.change_object a JOIN xconnect.change_object b USING (seq)
 WHERE a.ordinal < b.ordinal AND a.ctid > b.ctid;
DROP SCHEMA ordered CASCADE;
SELECT count(*) FROM xc_drift();
SELECT * FROM xc_verify();
