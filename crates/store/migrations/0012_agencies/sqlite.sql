-- Agencies that hold tenants, and looking in from outside. Its twin is postgres.sql; a test compares them.

ALTER TABLE agencies ADD COLUMN closed_at INTEGER;
CREATE INDEX agencies_by_name ON agencies (name, id);
CREATE INDEX tenants_by_agency ON tenants (agency_id, created_at, id);
CREATE INDEX users_by_agency ON users (agency_id, id);

-- Somebody of the platform inside a tenant as one of its roles, within one session and for a while. Read with the session,
-- before a tenant is known.
CREATE TABLE viewings (
  id BLOB NOT NULL PRIMARY KEY,
  session_id BLOB NOT NULL REFERENCES sessions (id),
  user_id BLOB NOT NULL REFERENCES users (id),
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX viewings_live ON viewings (session_id) WHERE ended_at IS NULL;
CREATE INDEX viewings_by_end ON viewings (to_at, id) WHERE ended_at IS NULL;
CREATE INDEX viewings_by_tenant ON viewings (tenant_id, id);
