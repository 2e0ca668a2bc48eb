-- Roles that the histories name: owners, grantees, a group, one whose name needs quotes.
CREATE ROLE alice;
CREATE ROLE bob;
CREATE ROLE carol;
CREATE ROLE app LOGIN;
CREATE ROLE readers;
CREATE ROLE "Odd Role";
GRANT readers TO bob;
-- Wrappers and event triggers belong to superusers.
CREATE ROLE chief SUPERUSER;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE space LOCATION '';
