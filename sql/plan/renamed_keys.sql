-- A partition's key that has another name at the target is renamed: the index stays.
SET client_min_messages = warning;
CREATE SCHEMA renamed_keys;
SET search_path = renamed_keys, public;
CREATE TABLE whole (id integer PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole DEFAULT;
SELECT xc_head() AS before \gset
SELECT 'part_pkey'::regclass::oid AS index \gset
ALTER TABLE part RENAME CONSTRAINT part_pkey TO part_key;
SELECT xc_checkout(:'before') IS NOT NULL AS renamed_back;
SELECT 'part_pkey'::regclass = :index AS same_index;

SELECT count(*) FROM xc_drift();
SELECT * FROM xc_verify();
DROP SCHEMA renamed_keys CASCADE;
SELECT count(*) FROM xc_drift();
