-- Result columns that have no name: printed as they are, they would get one.
CREATE TABLE t (a int, b text, c bigint);

-- step: views whose branches have unnamed columns that are casts
CREATE VIEW v1 AS SELECT a, b, 'one' AS kind FROM t UNION ALL SELECT a, NULL, 'two' FROM t UNION ALL SELECT -1, 'x', 'three' || b FROM t;
CREATE VIEW v2 AS SELECT c FROM t UNION (SELECT 1 WHERE true EXCEPT SELECT a + 1 FROM t GROUP BY a HAVING a > 0 ORDER BY 1 LIMIT 3);
CREATE VIEW v3 AS SELECT (SELECT 'a' FROM t AS "SELECT" LIMIT 1) AS one, EXISTS (SELECT NULL FROM t WHERE a = ANY (SELECT -2)) AS two,
  'SELECT 1::text FROM' AS three, ARRAY(SELECT 'q' FROM t FOR UPDATE) AS four, (SELECT DISTINCT ON (b) '1' FROM t ORDER BY b) AS five,
  b IN (SELECT 'x' UNION SELECT 'y') AS six FROM t;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FILTER (WHERE a > 0) AS median FROM t UNION ALL SELECT -5, 1;

-- step: rules, policies, bodies and recursion with such
CREATE RULE r AS ON INSERT TO t WHERE NEW.a IN (SELECT -1) DO ALSO INSERT INTO t (a, c, b) SELECT NEW.a, 1, 'x' FROM t x WHERE EXISTS (SELECT NULL FROM t) ON CONFLICT DO NOTHING;
CREATE POLICY p ON t USING (EXISTS (SELECT 'x' FROM t y WHERE y.a = t.a));
CREATE FUNCTION f() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT 'a' UNION SELECT 'b'; SELECT 'c' UNION ALL SELECT NULL; END;
CREATE VIEW v4 AS WITH RECURSIVE w(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, 'b' FROM w WHERE n < 3) SELECT n, s, CASE WHEN n = 1 THEN 'x' ELSE NULL END AS k FROM w;

-- step: all of it gone
DROP RULE r ON t;
DROP POLICY p ON t;
DROP FUNCTION f();
DROP VIEW v1, v2, v3, v4;
DROP MATERIALIZED VIEW m;
