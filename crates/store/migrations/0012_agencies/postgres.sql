-- Agencies that hold tenants, and looking in from outside. Its twin is sqlite.sql; a test compares them.

ALTER TABLE agencies ADD COLUMN closed_at BIGINT;
CREATE INDEX agencies_by_name ON agencies (name, id);
CREATE INDEX tenants_by_agency ON tenants (agency_id, created_at, id);
CREATE INDEX users_by_agency ON users (agency_id, id);

-- Somebody of the platform inside a tenant as one of its roles, within one session and for a while. Read with the session,
-- before a tenant is known.
CREATE TABLE viewings (
  id UUID NOT NULL PRIMARY KEY,
  session_id UUID NOT NULL REFERENCES sessions (id),
  user_id UUID NOT NULL REFERENCES users (id),
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE UNIQUE INDEX viewings_live ON viewings (session_id) WHERE ended_at IS NULL;
CREATE INDEX viewings_by_end ON viewings (to_at, id) WHERE ended_at IS NULL;
CREATE INDEX viewings_by_tenant ON viewings (tenant_id, id);
GRANT SELECT, INSERT, UPDATE, DELETE ON viewings TO vestibule_app, vestibule_system;
