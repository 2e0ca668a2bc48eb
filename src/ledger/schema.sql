CREATE TABLE xconnect.change_object (
  seq          bigint  NOT NULL,
  ordinal      integer NOT NULL,
  action       text    NOT NULL,
  object       text COLLATE "C" NOT NULL,
  before       bytea,
  after        bytea,
  renamed_from text,
  catalog      oid     NOT NULL,
  oid_in_catalog oid   NOT NULL,
  parts        bigint[],
  rows_lost    bigint,
  CONSTRAINT change_object_pkey PRIMARY KEY (seq, ordinal)
);
CREATE INDEX change_object_address_idx ON xconnect.change_object (catalog, oid_in_catalog, seq, ordinal);
CREATE INDEX change_object_object_idx ON xconnect.change_object (object, seq, ordinal);
COMMENT ON TABLE xconnect.change_object IS 'what a change did to each object: its blob before and after, and where it stands in the catalogs (the address and the numbers of its parts tell a rename from a drop and create)';

CREATE TABLE xconnect.moved (
  catalog        oid    NOT NULL,
  oid_in_catalog oid    NOT NULL,
  seq            bigint NOT NULL,
  object         text COLLATE "C" NOT NULL
);
CREATE INDEX moved_address_idx ON xconnect.moved (catalog, oid_in_catalog, seq);
CREATE INDEX moved_object_idx ON xconnect.moved (object, seq);
COMMENT ON TABLE xconnect.moved IS 'objects that stand at another catalog address since a commit although nothing about them changed (REINDEX CONCURRENTLY)';

CREATE TABLE xconnect.dropped_column (
  relation       oid     NOT NULL,
  attnum         bigint  NOT NULL,
  seq            bigint  NOT NULL,
  type           oid     NOT NULL,
  missing        text,
  file           oid     NOT NULL
);
CREATE INDEX dropped_column_idx ON xconnect.dropped_column (relation, attnum, seq);
COMMENT ON TABLE xconnect.dropped_column IS 'the type that a dropped column''s values were written with, and the value that rows older than the column had: PostgreSQL forgets both at the drop; type 0: its values cannot be read any more; file: the table''s, with the values in it';

CREATE VIEW xconnect.change_statement AS
SELECT c.seq, s.ordinal::integer AS ordinal, s.tag, s.statement, s.within
  FROM xconnect.change c CROSS JOIN LATERAL unnest(c.tags, c.statements, c.within) WITH ORDINALITY AS s (tag, statement, within, ordinal);
COMMENT ON VIEW xconnect.change_statement IS 'the statements of a change as typed, in the order in which they ran; within: the ordinal of the one that a statement ran inside (DO, CALL, SELECT of a function)';

CREATE TABLE xconnect.pending (
  id        uuid        NOT NULL,
  noted_at  timestamptz NOT NULL,
  content   text        NOT NULL,
  CONSTRAINT pending_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE xconnect.pending IS 'changes of transactions that could not take the seal lock (prepared transactions, a long wait): the next sealer links them and takes them out of this queue';

CREATE TABLE xconnect.gap (
  noted_at    timestamptz NOT NULL,
  after_seq   bigint,
  description text        NOT NULL
);
COMMENT ON TABLE xconnect.gap IS 'from here on something changed that capture did not see or could not describe; xc_drift() shows what';

CREATE TABLE xconnect.tag (
  name      text COLLATE "C" NOT NULL,
  seq       bigint,
  note      text,
  tagged_by text        NOT NULL,
  tagged_at timestamptz NOT NULL
);
CREATE INDEX tag_name_idx ON xconnect.tag (name, tagged_at);
COMMENT ON TABLE xconnect.tag IS 'named commits, append only: the newest row of a name counts, seq null means that it was removed';

CREATE TABLE xconnect.place (
  since_seq    bigint      NOT NULL,
  system       text        NOT NULL,
  database_oid oid         NOT NULL,
  database     text        NOT NULL,
  arrived_at   timestamptz NOT NULL,
  arrived_by   text        NOT NULL,
  readdressed  boolean     NOT NULL
);
COMMENT ON TABLE xconnect.place IS 'the databases that this history has lived in, each since the commit that was its HEAD then: system identifier of the server, OID and name of the database, and how it came there (created, template, restore, upgrade). readdressed: the objects stand at other catalog addresses there, see xconnect.address';

CREATE TABLE xconnect.address (
  since_seq  bigint NOT NULL,
  object     text COLLATE "C" NOT NULL,
  catalog    oid    NOT NULL,
  oid_then   oid    NOT NULL,
  oid_here   oid    NOT NULL,
  parts_then bigint[],
  parts_here bigint[]
);
CREATE INDEX address_then_idx ON xconnect.address (since_seq, catalog, oid_then);
CREATE INDEX address_here_idx ON xconnect.address (since_seq, catalog, oid_here);
COMMENT ON TABLE xconnect.address IS 'where the objects of HEAD stood in the catalogs of the place before, and stand since the history came here; the numbers of their parts, too. What the ledger says of addresses up to that commit is read through this';

CREATE TABLE xconnect.restore (
  noted_at timestamptz NOT NULL,
  noted_by text        NOT NULL,
  what     text        NOT NULL
);
COMMENT ON TABLE xconnect.restore IS 'not empty while this database is being restored: opened (by CREATE EXTENSION), history (rows of it arrived). The first statement after that changes the schema, and is not the restore''s own, ends it';

CREATE TABLE xconnect.compliance_log (
  change_id           text COLLATE "C" NOT NULL,
  verified_at         timestamptz NOT NULL,
  verified_by         text        NOT NULL,
  verification_status text        NOT NULL,
  note                text
);
CREATE INDEX compliance_log_change_idx ON xconnect.compliance_log (change_id, verified_at);
COMMENT ON TABLE xconnect.compliance_log IS 'who looked at a change after its author and what they found, append only: see xc_verify_change()';

CREATE TABLE xconnect.reason_rule (
  object text COLLATE "C" NOT NULL,
  level  text,
  set_at timestamptz NOT NULL,
  set_by text        NOT NULL
);
COMMENT ON TABLE xconnect.reason_rule IS 'whether changes of an object, or in a schema, need a reason, append only: the newest row of an object counts, level null means that the setting xconnect.require_reason does again; see xc_require_reason()';

CREATE TABLE xconnect.alert (
  raised_at      timestamptz NOT NULL,
  change_id      text COLLATE "C",
  operation      text        NOT NULL,
  step           text        NOT NULL,
  sqlstate       text        NOT NULL,
  message        text        NOT NULL,
  detail         text,
  correlation_id text,
  raised_for     text        NOT NULL
);
COMMENT ON TABLE xconnect.alert IS 'rollbacks and checkouts that had begun and failed: everything they did was undone, this row was written by a process of its own';

CREATE TABLE xconnect.note (
  number   bigint NOT NULL,
  seq      bigint NOT NULL,
  relation text COLLATE "C" NOT NULL,
  content  text   NOT NULL,
  hash     bytea  NOT NULL,
  CONSTRAINT note_pkey PRIMARY KEY (hash)
);
CREATE INDEX note_number_idx ON xconnect.note (number);
COMMENT ON TABLE xconnect.note IS 'a row for each row that came into, or left, the tables that stand beside the ledger (tag, gap, compliance_log, ...): hash = sha256(convert_to(content, ''UTF8'')), and content names the previous note''s hash. number 0: not part of that chain, because it is of this database only or could not wait for another transaction';
