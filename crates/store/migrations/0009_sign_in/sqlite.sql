-- Proving who one is: signing keys, counted tries, second factors, refresh tokens. Its twin is postgres.sql; a test compares them.

-- Ed25519 keys with which tokens and receipts are signed. `is_current` is 1 for the one that signs and NULL for the others:
-- as a unique column it lets two nodes make the first key at the same moment, and one of them wins.
CREATE TABLE signing_keys (
  id BLOB NOT NULL PRIMARY KEY,
  kid TEXT NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  is_current INTEGER UNIQUE,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;

-- Tries to sign in, by the keyed hash of an address of mail or of the network: of people who exist and of nobody alike.
-- `recent` holds the instants of the tries that count, eight bytes each: five in a quarter of an hour is meant to the letter.
CREATE TABLE sign_in_tries (
  key_hash BLOB NOT NULL PRIMARY KEY,
  recent BLOB NOT NULL,
  locked_until INTEGER,
  locks_count INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (updated_at);

-- A right password that still wants its second factor.
CREATE TABLE sign_in_challenges (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id),
  tries_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX sign_in_challenges_by_age ON sign_in_challenges (expires_at);
CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id);

-- What renews a short bearer token of a session. Each is used once; a second use ends the session.
CREATE TABLE refresh_tokens (
  token_hash BLOB NOT NULL PRIMARY KEY,
  session_id BLOB NOT NULL REFERENCES sessions (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_age ON refresh_tokens (expires_at);

-- A person's second factor: a sealed secret, and the newest step that was used, so that none is used twice.
CREATE TABLE second_factors (
  user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
  sealed BLOB NOT NULL,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER
) STRICT;

CREATE TABLE recovery_codes (
  user_id BLOB NOT NULL REFERENCES users (id),
  code_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (user_id, code_hash)
) STRICT;
