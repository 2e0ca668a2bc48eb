CREATE FUNCTION xconnect.command_start() RETURNS event_trigger
  LANGUAGE C AS 'MODULE_PATHNAME', 'xconnect_command_start';
COMMENT ON FUNCTION xconnect.command_start() IS 'event trigger: notes the text of a statement';
REVOKE ALL ON FUNCTION xconnect.command_start() FROM PUBLIC;

CREATE FUNCTION xconnect.command_end() RETURNS event_trigger
  LANGUAGE C AS 'MODULE_PATHNAME', 'xconnect_command_end';
COMMENT ON FUNCTION xconnect.command_end() IS 'event trigger: notes which objects a statement touched';
REVOKE ALL ON FUNCTION xconnect.command_end() FROM PUBLIC;

CREATE FUNCTION xconnect.baseline() RETURNS void
  LANGUAGE C AS 'MODULE_PATHNAME', 'xconnect_baseline';
COMMENT ON FUNCTION xconnect.baseline() IS 'records everything there is as the first commit; called by CREATE EXTENSION';
REVOKE ALL ON FUNCTION xconnect.baseline() FROM PUBLIC;

CREATE FUNCTION xconnect.receive() RETURNS trigger
  LANGUAGE C AS 'MODULE_PATHNAME', 'xconnect_receive';
COMMENT ON FUNCTION xconnect.receive() IS 'trigger: rows of a history arrive with the restore of a dump; any other way, and whatever changes or removes rows, is refused. Errors: XC015';
REVOKE ALL ON FUNCTION xconnect.receive() FROM PUBLIC;
