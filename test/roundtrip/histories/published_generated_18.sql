-- Publications with generated columns.
-- server: 18
CREATE TABLE g (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED);

-- step: published with them
CREATE PUBLICATION p FOR TABLE g WITH (publish_generated_columns = stored);

-- step: and without
ALTER PUBLICATION p SET (publish_generated_columns = none);

-- step: again, with another parameter
ALTER PUBLICATION p SET (publish_generated_columns = stored, publish = 'insert');

-- step: dropped
DROP PUBLICATION p;
