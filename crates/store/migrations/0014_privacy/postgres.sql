-- What was erased and let go of, what providers were asked to erase, and where this data was last served. Its twin is
-- sqlite.sql; a test compares them.

-- Since when a call is without its words, or without its recording.
ALTER TABLE calls ADD COLUMN text_gone_at BIGINT;
ALTER TABLE calls ADD COLUMN recording_gone_at BIGINT;
CREATE INDEX call_routes_by_tenant ON call_routes (tenant_id, external_call_id);

-- One row a caller's erasure, or a pass that let go of what was kept long enough: ids, counts and keyed hashes.
CREATE TABLE erasures (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  subject_hash BYTEA,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  counts JSONB NOT NULL,
  before_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  reapplied_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);

-- What must not come back: keyed hashes of the names of calls and texts, and of callers' numbers. A caller's is of calls that
-- began before an instant.
CREATE TABLE erased_names (
  tenant_id UUID NOT NULL,
  name_hash BYTEA NOT NULL,
  kind TEXT NOT NULL,
  erasure_id UUID NOT NULL,
  before_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name_hash)
);

-- What a provider is asked to erase, and its answer. The provider's id of it goes when it has answered.
CREATE TABLE provider_erasures (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  erasure_id UUID NOT NULL,
  provider TEXT NOT NULL,
  what TEXT NOT NULL,
  external_id TEXT,
  state TEXT NOT NULL,
  attempts_count BIGINT NOT NULL,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  settled_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX provider_erasures_by_erasure ON provider_erasures (tenant_id, erasure_id, id);

-- How far each kind of thing was gone through: everything up to an id is let go of.
CREATE TABLE retention_marks (
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL,
  done_until UUID NOT NULL,
  ran_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind)
);

-- Where this data was last served. One row. While it is muted, nothing is sent, called or mailed.
CREATE TABLE instances (
  name TEXT NOT NULL PRIMARY KEY,
  database_id UUID NOT NULL,
  place TEXT NOT NULL,
  public_url TEXT NOT NULL,
  starts BIGINT NOT NULL,
  muted_at BIGINT,
  muted_why TEXT,
  changed_at BIGINT NOT NULL
);

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON erasures TO vestibule_app;
CREATE POLICY erasures_tenant ON erasures TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY erasures_owner ON erasures TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE erased_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_names FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON erased_names TO vestibule_app;
CREATE POLICY erased_names_tenant ON erased_names TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY erased_names_owner ON erased_names TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE provider_erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_erasures FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_erasures TO vestibule_app;
CREATE POLICY provider_erasures_tenant ON provider_erasures TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY provider_erasures_owner ON provider_erasures TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE retention_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_marks FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_marks TO vestibule_app;
CREATE POLICY retention_marks_tenant ON retention_marks TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY retention_marks_owner ON retention_marks TO CURRENT_USER USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON instances TO vestibule_app, vestibule_system;
