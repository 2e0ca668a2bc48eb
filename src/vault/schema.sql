CREATE TABLE xconnect.vault (
  relation    oid         NOT NULL,
  kept_at     timestamptz NOT NULL,
  kept_by     text        NOT NULL,
  object      text COLLATE "C" NOT NULL,
  store       oid,
  waits_since timestamptz,
  rows        bigint,
  bytes       bigint,
  last_value  bigint,
  is_called   boolean,
  layout      text,
  definition  bytea,
  ended_at    timestamptz,
  ended_how   text,
  restored_as oid
);
CREATE INDEX vault_relation_idx ON xconnect.vault (relation);
CREATE INDEX vault_waits_since_idx ON xconnect.vault (waits_since);
COMMENT ON TABLE xconnect.vault IS 'what dropped relations held: where the rows of a table wait (store, a table in this schema; waits_since: kept_at, as long as they do), or the value of a sequence; rows: about; bytes: on disk when they were kept; kept_by: DROP, TRUNCATE or, of values that were let go, COLUMN; definition: the blob of the table as the last commit before the drop had it; ended_at: taken back or purged since; restored_as: the relation that has it now';

CREATE TABLE xconnect.vault_notice (
  relation     oid         NOT NULL,
  number       bigint      NOT NULL,
  announced_at timestamptz NOT NULL,
  why          text        NOT NULL
);
ALTER TABLE xconnect.vault_notice REPLICA IDENTITY NOTHING;
COMMENT ON TABLE xconnect.vault_notice IS 'what waits in the vault beyond a limit (why: the setting), a table of the vault or, with its number, a column of a table: it was announced that one of the next changes lets it go';

CREATE TABLE xconnect.vault_statistic (
  store   oid   NOT NULL,
  content bytea NOT NULL
);
CREATE INDEX vault_statistic_store_idx ON xconnect.vault_statistic (store);
ALTER TABLE xconnect.vault_statistic REPLICA IDENTITY NOTHING;
COMMENT ON TABLE xconnect.vault_statistic IS 'what ANALYZE knew of the rows that wait in a table of the vault: rows of pg_statistic, as their bytes';
