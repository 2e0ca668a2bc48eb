SELECT xconnect.baseline();

-- ENABLE ALWAYS: session_replication_role = replica does not switch capture off.
CREATE EVENT TRIGGER xconnect_command_start ON ddl_command_start EXECUTE FUNCTION xconnect.command_start();
ALTER EVENT TRIGGER xconnect_command_start ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER xconnect_command_start IS 'version control of the schema: notes statements';
CREATE EVENT TRIGGER xconnect_command_end ON ddl_command_end EXECUTE FUNCTION xconnect.command_end();
ALTER EVENT TRIGGER xconnect_command_end ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER xconnect_command_end IS 'version control of the schema: notes touched objects';
