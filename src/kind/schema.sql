CREATE TABLE xconnect.secret_key (
  key bytea NOT NULL
);
INSERT INTO xconnect.secret_key
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
COMMENT ON TABLE xconnect.secret_key IS 'key of the digests (HMAC-SHA256) that stand for passwords in the history';
