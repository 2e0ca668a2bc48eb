CREATE SCHEMA xconnect;
REVOKE ALL ON SCHEMA xconnect FROM PUBLIC;

CREATE TABLE xconnect.blob (
  hash    bytea NOT NULL,
  content text  NOT NULL,
  CONSTRAINT blob_pkey PRIMARY KEY (hash)
);
COMMENT ON TABLE xconnect.blob IS 'descriptions of single objects: canonical JSON, named by sha256(convert_to(content, ''UTF8''))';

-- The nodes that a commit adds stand in one row or a few, which the nodes above them lead to: so a commit costs one entry
-- at the end of one index, however deep the tree is. Most of it are hashes: what fits into a page is not compressed.
CREATE TABLE xconnect.pack (
  id       bigint   NOT NULL,
  hashes   bytea[]  NOT NULL,
  contents bytea[]  NOT NULL,
  homes    bigint[] NOT NULL,
  CONSTRAINT pack_pkey PRIMARY KEY (id)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE xconnect.pack IS 'the nodes of the Merkle maps from object to blob, packed as commits added them: hashes[i] = sha256(contents[i]). homes says, for the children of all inner nodes in their order, where each is: 256 * id + its number in hashes, from 0';

CREATE VIEW xconnect.tree AS
SELECT node.hash, node.content, pack.id AS pack
FROM xconnect.pack CROSS JOIN LATERAL unnest(pack.hashes, pack.contents) AS node (hash, content);
COMMENT ON VIEW xconnect.tree IS 'nodes of the Merkle maps from object to blob, named by sha256(content), in the packs that hold them (a node that a tree got back stands there twice); the format is in docs/model.md';

CREATE TABLE xconnect.commit (
  seq          bigint      NOT NULL,
  hash         bytea       NOT NULL,
  parent       bytea,
  tree         bytea       NOT NULL,
  tree_home    bigint      NOT NULL,
  change_id    text COLLATE "C" NOT NULL,
  committed_at timestamptz NOT NULL,
  content      text        NOT NULL,
  CONSTRAINT commit_pkey PRIMARY KEY (seq),
  CONSTRAINT commit_hash_key UNIQUE (hash)
);
COMMENT ON TABLE xconnect.commit IS 'one row for each transaction that changed the schema, numbered without gaps; hash = sha256(convert_to(content, ''UTF8'')), and content names parent, tree and ledger row by their hashes. tree_home: where xconnect.pack has the root of the tree';
