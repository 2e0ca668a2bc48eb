CREATE TABLE xconnect.vault (
  relation    oid         NOT NULL,
  kept_at     timestamptz NOT NULL,
  object      text COLLATE "C" NOT NULL,
  store       oid,
  rows        bigint,
  last_value  bigint,
  is_called   boolean,
  layout      text,
  definition  bytea,
  ended_at    timestamptz,
  ended_how   text,
  restored_as oid
);
CREATE INDEX vault_relation_idx ON xconnect.vault (relation);
COMMENT ON TABLE xconnect.vault IS 'what dropped relations held: where the rows of a table wait (store, a table in this schema), or the value of a sequence; definition: the blob of the table as the last commit before the drop had it; ended_at: taken back or purged since; restored_as: the relation that has it now';
