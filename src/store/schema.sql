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
  homes    bytea[]  NOT NULL,
  bases    bigint[],
  CONSTRAINT pack_pkey PRIMARY KEY (id)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE xconnect.pack IS 'the nodes of the Merkle maps from object to blob, packed as commits added them: hashes[i] is sha256() of the node, which is contents[i]. homes[i] says, for the children of an inner node in their order, where each is, in 8 bytes: 256 * id + its number in hashes, from 0. Where bases[i] is not 0, contents[i] and homes[i] are patches (see xconnect.patched) to those of the node there, which are none themselves; bases is null where there are no patches';

CREATE FUNCTION xconnect.patched(base bytea, patch bytea) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'xc_patched';
COMMENT ON FUNCTION xconnect.patched(bytea, bytea) IS 'the bytes that a patch makes of others: operations in a row, each two bytes where, two bytes how many go, two bytes how many come, and those; null when it does not fit';
REVOKE ALL ON FUNCTION xconnect.patched(bytea, bytea) FROM PUBLIC;

CREATE VIEW xconnect.tree AS
SELECT node.hash,
       CASE WHEN node.base <> 0 THEN xconnect.patched(base.content, node.content) ELSE node.content END AS content,
       CASE WHEN node.base <> 0 THEN xconnect.patched(base.homes, node.homes) ELSE node.homes END AS homes,
       pack.id AS pack, node.number - 1 AS number
FROM xconnect.pack
     CROSS JOIN LATERAL unnest(pack.hashes, pack.contents, pack.homes, pack.bases) WITH ORDINALITY AS node (hash, content, homes, base, number)
     LEFT JOIN LATERAL (
       SELECT contents[node.base % 256 + 1] AS content, homes[node.base % 256 + 1] AS homes
         FROM xconnect.pack WHERE id = node.base / 256 AND node.base <> 0 LIMIT 1) AS base ON true;
COMMENT ON VIEW xconnect.tree IS 'nodes of the Merkle maps from object to blob, named by sha256(content), in the packs that hold them, and its number there, with the homes of its children (a node that a tree got back stands there twice); the format is in docs/model.md';

-- A commit and its row of the ledger come together and are read together: one row, so that a change costs one.
CREATE TABLE xconnect.change (
  seq               bigint      NOT NULL,
  commit_hash       bytea       NOT NULL,
  parent            bytea,
  tree              bytea       NOT NULL,
  tree_home         bigint      NOT NULL,
  change_id         text COLLATE "C" NOT NULL,
  committed_at      timestamptz NOT NULL,
  hash              bytea       NOT NULL,
  previous_hash     bytea,
  day_changes       integer     NOT NULL,
  day_rollbacks     integer     NOT NULL,
  kind              text        NOT NULL,
  status            text        NOT NULL,
  author            text        NOT NULL,
  session_user_name text        NOT NULL,
  current_user_name text        NOT NULL,
  application_name  text,
  client_addr       text,
  backend_pid       integer     NOT NULL,
  transaction_id    text        NOT NULL,
  server_version    text        NOT NULL,
  correlation_id    text,
  reason            text,
  expected          text,
  validate_with     text,
  target            text,
  details           text,
  started_at        timestamptz NOT NULL,
  tags              text[],
  statements        text[],
  within            integer[],
  content           text        NOT NULL,
  CONSTRAINT change_pkey PRIMARY KEY (seq)
);
-- No constraints: migrations rename all that are called one thing or another, wherever they are.
CREATE UNIQUE INDEX change_change_id_key ON xconnect.change (change_id);
CREATE UNIQUE INDEX change_commit_hash_key ON xconnect.change (commit_hash);
COMMENT ON TABLE xconnect.change IS 'the ledger: one row a commit, numbered without gaps; hash = sha256(convert_to(content, ''UTF8'')), content is canonical JSON of all that is known of the change, its objects and statements included, and names the previous row''s hash. commit_hash, parent, tree are the commit''s (see xconnect.commit), tree_home is where xconnect.pack has the root of the tree; tags, statements, within are the statements (see xconnect.change_statement)';

CREATE VIEW xconnect.commit AS
SELECT seq, commit_hash AS hash, parent, tree, tree_home, change_id, committed_at,
       '{"change":"' || encode(hash, 'hex') || '","change_id":"' || change_id || '","committed_at":"'
       || to_char(committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","format":1,'
       || coalesce('"parent":"' || encode(parent, 'hex') || '",', '') || '"seq":' || seq || ',"tree":"' || encode(tree, 'hex') || '"}' AS content
  FROM xconnect.change;
COMMENT ON VIEW xconnect.commit IS 'one row for each transaction that changed the schema, numbered without gaps; hash = sha256(convert_to(content, ''UTF8'')), and content names parent, tree and ledger row by their hashes. tree_home: where xconnect.pack has the root of the tree';
