CREATE TABLE xconnect.secret_key (
  key bytea NOT NULL
);
COMMENT ON TABLE xconnect.secret_key IS 'key of the digests (HMAC-SHA256) that stand for passwords in the history';
