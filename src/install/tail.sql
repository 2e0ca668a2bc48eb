SELECT xconnect.baseline();

-- ENABLE ALWAYS: session_replication_role = replica does not switch capture off.
CREATE EVENT TRIGGER xconnect_command_start ON ddl_command_start EXECUTE FUNCTION xconnect.command_start();
ALTER EVENT TRIGGER xconnect_command_start ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER xconnect_command_start IS 'version control of the schema: notes statements';
CREATE EVENT TRIGGER xconnect_command_end ON ddl_command_end EXECUTE FUNCTION xconnect.command_end();
ALTER EVENT TRIGGER xconnect_command_end ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER xconnect_command_end IS 'version control of the schema: notes touched objects';

-- What a dump of the database holds of the history, and what sees it arrive. Where the history came to this database after
-- its HEAD was recorded, only a change recorded here makes that worth telling.
SELECT pg_catalog.pg_extension_config_dump('xconnect.blob', 'ORDER BY hash');
SELECT pg_catalog.pg_extension_config_dump('xconnect.pack', 'ORDER BY id');
SELECT pg_catalog.pg_extension_config_dump('xconnect.change', 'ORDER BY seq');
SELECT pg_catalog.pg_extension_config_dump('xconnect.change_object', 'ORDER BY seq, ordinal');
SELECT pg_catalog.pg_extension_config_dump('xconnect.pending', 'ORDER BY noted_at, id');
SELECT pg_catalog.pg_extension_config_dump('xconnect.gap', 'ORDER BY noted_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.tag', 'ORDER BY name, tagged_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.secret_key', 'ORDER BY key');
SELECT pg_catalog.pg_extension_config_dump('xconnect.compliance_log', 'ORDER BY change_id, verified_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.reason_rule', 'ORDER BY object, set_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.alert', 'ORDER BY raised_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.note', $$WHERE relation NOT IN ('place', 'address', 'moved', 'dropped_column', 'vault') OR (relation IN ('place', 'address') AND seq < (SELECT max(seq) FROM xconnect.change)) ORDER BY number, hash$$);
SELECT pg_catalog.pg_extension_config_dump('xconnect.place', 'WHERE since_seq < (SELECT max(seq) FROM xconnect.change) ORDER BY since_seq, arrived_at');
SELECT pg_catalog.pg_extension_config_dump('xconnect.address', 'WHERE since_seq < (SELECT max(seq) FROM xconnect.change) ORDER BY since_seq, object');
-- Else the dumps that the owner of a database has always made would fail from the day of CREATE EXTENSION.
GRANT USAGE ON SCHEMA xconnect TO pg_database_owner;
GRANT SELECT ON xconnect.blob, xconnect.pack, xconnect.change, xconnect.change_object,
  xconnect.pending, xconnect.gap, xconnect.tag, xconnect.secret_key, xconnect.place, xconnect.address,
  xconnect.compliance_log, xconnect.reason_rule, xconnect.alert, xconnect.note TO pg_database_owner;
-- REPLICA IDENTITY NOTHING: a publication FOR ALL TABLES lists these, too, but none of their rows is ever sent.
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.blob EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.blob ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.pack EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.pack ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.change EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.change ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.change_object EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.change_object ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.pending EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.pending ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.gap EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.gap ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.tag EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.tag ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.secret_key EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.secret_key ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.place EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.place ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.address EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.address ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.moved EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.moved ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.dropped_column EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.dropped_column ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.restore EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.restore ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.vault EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.vault ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.compliance_log EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.compliance_log ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.reason_rule EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.reason_rule ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.alert EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.alert ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
CREATE TRIGGER receive BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON xconnect.note EXECUTE FUNCTION xconnect.receive();
ALTER TABLE xconnect.note ENABLE ALWAYS TRIGGER receive, REPLICA IDENTITY NOTHING;
