-- Grants on the system's own objects: pg_dump prints them, the history does not hold them, xc_status() says so.
CREATE EXTENSION IF NOT EXISTS xconnect;
CREATE ROLE reader;
SELECT fact, value, note FROM xc_status() WHERE fact LIKE 'grants%';
GRANT SELECT (rolname) ON pg_authid TO reader;
GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO reader;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
SELECT fact, value, note FROM xc_status() WHERE fact LIKE 'grants%';
REVOKE SELECT (rolname) ON pg_authid FROM reader;
REVOKE EXECUTE ON FUNCTION pg_ls_dir(text) FROM reader;
GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
SELECT fact, value, note FROM xc_status() WHERE fact LIKE 'grants%';
DROP ROLE reader;
