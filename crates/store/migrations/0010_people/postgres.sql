-- People: links with a purpose, invitations, and where sessions come from. Its twin is sqlite.sql; a test compares them.

-- A person has at most one link for each purpose: a new one ends the older.
DELETE FROM links WHERE EXISTS (
  SELECT 1 FROM links newer WHERE newer.user_id = links.user_id AND newer.purpose = links.purpose
  AND (newer.created_at, newer.token_hash) > (links.created_at, links.token_hash));
ALTER TABLE links ADD COLUMN doc JSONB NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX links_once ON links (user_id, purpose);

-- Where a session comes from, in words; when it was last seen, to the minute.
ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN last_seen_at BIGINT;

-- Who is asked to join a tenant. Found by the hash of the mailed token before a tenant is known: the directory's.
CREATE TABLE invitations (
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  id UUID NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  locale TEXT NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  invited_by UUID REFERENCES users (id),
  created_at BIGINT NOT NULL,
  sent_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX invitations_once ON invitations (tenant_id, email);

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO vestibule_app, vestibule_system;
