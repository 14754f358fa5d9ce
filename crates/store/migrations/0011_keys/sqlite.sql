-- What more there is to know of a key. Its twin is postgres.sql; a test compares them.

-- Who made it, as the audit log names them: "person:…", "key:…", "system:…". Unknown of older keys.
ALTER TABLE api_keys ADD COLUMN created_by TEXT;
-- How many requests a minute it may make; the configuration's number where nothing is said.
ALTER TABLE api_keys ADD COLUMN rate_per_minute INTEGER;
-- When it was last shown, to a minute.
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
-- The key that took its place.
ALTER TABLE api_keys ADD COLUMN replaced_by BLOB;
