-- Proving who one is: signing keys, counted tries, second factors, refresh tokens. Its twin is sqlite.sql; a test compares them.

-- Ed25519 keys with which tokens and receipts are signed. `is_current` is 1 for the one that signs and NULL for the others:
-- as a unique column it lets two nodes make the first key at the same moment, and one of them wins.
CREATE TABLE signing_keys (
  id UUID NOT NULL PRIMARY KEY,
  kid TEXT NOT NULL UNIQUE,
  public_key BYTEA NOT NULL,
  sealed BYTEA NOT NULL,
  is_current BIGINT UNIQUE,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);

-- Tries to sign in, by the keyed hash of an address of mail or of the network: of people who exist and of nobody alike.
-- `recent` holds the instants of the tries that count, eight bytes each: five in a quarter of an hour is meant to the letter.
CREATE TABLE sign_in_tries (
  key_hash BYTEA NOT NULL PRIMARY KEY,
  recent BYTEA NOT NULL,
  locked_until BIGINT,
  locks_count BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (updated_at);

-- A right password that still wants its second factor.
CREATE TABLE sign_in_challenges (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id),
  tries_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX sign_in_challenges_by_age ON sign_in_challenges (expires_at);
CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id);

-- What renews a short bearer token of a session. Each is used once; a second use ends the session.
CREATE TABLE refresh_tokens (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  session_id UUID NOT NULL REFERENCES sessions (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_age ON refresh_tokens (expires_at);

-- A person's second factor: a sealed secret, and the newest step that was used, so that none is used twice.
CREATE TABLE second_factors (
  user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
  sealed BYTEA NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT
);

CREATE TABLE recovery_codes (
  user_id UUID NOT NULL REFERENCES users (id),
  code_hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (user_id, code_hash)
);

-- All of these are the directory's: they are read before a tenant is known.
GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_tries TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_challenges TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_codes TO vestibule_app, vestibule_system;
