CREATE SCHEMA xconnect;
REVOKE ALL ON SCHEMA xconnect FROM PUBLIC;

CREATE TABLE xconnect.blob (
  hash    bytea NOT NULL,
  content text  NOT NULL,
  CONSTRAINT blob_pkey PRIMARY KEY (hash)
);
COMMENT ON TABLE xconnect.blob IS 'descriptions of single objects: canonical JSON, named by sha256(convert_to(content, ''UTF8''))';

CREATE TABLE xconnect.tree (
  hash    bytea NOT NULL,
  content bytea NOT NULL,
  CONSTRAINT tree_pkey PRIMARY KEY (hash)
);
COMMENT ON TABLE xconnect.tree IS 'nodes of the Merkle maps from object to blob, named by sha256(content); the format is in docs/model.md';

CREATE TABLE xconnect.commit (
  seq          bigint      NOT NULL,
  hash         bytea       NOT NULL,
  parent       bytea,
  tree         bytea       NOT NULL,
  change_id    text COLLATE "C" NOT NULL,
  committed_at timestamptz NOT NULL,
  content      text        NOT NULL,
  CONSTRAINT commit_pkey PRIMARY KEY (seq),
  CONSTRAINT commit_hash_key UNIQUE (hash)
);
COMMENT ON TABLE xconnect.commit IS 'one row for each transaction that changed the schema, numbered without gaps; hash = sha256(convert_to(content, ''UTF8'')), and content names parent, tree and ledger row by their hashes';
