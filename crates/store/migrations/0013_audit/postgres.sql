-- The audit log's chain. Its twin is sqlite.sql; a test compares them.

-- Rows from before the chain keep NULL; the chain's first row holds a digest of them.
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN prev_hash BYTEA;
ALTER TABLE audit ADD COLUMN hash BYTEA;
CREATE UNIQUE INDEX audit_chain ON audit (tenant_id, seq);
CREATE INDEX audit_by_object ON audit (tenant_id, object_kind, object_id, id);
CREATE INDEX audit_by_actor ON audit (tenant_id, actor, id);
CREATE INDEX audit_by_action ON audit (tenant_id, action, id);

-- Where each tenant's chain ends. Locked while a row is appended.
CREATE TABLE audit_heads (
  tenant_id UUID NOT NULL,
  seq BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (tenant_id)
);

ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_heads TO vestibule_app;
CREATE POLICY audit_heads_tenant ON audit_heads TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY audit_heads_owner ON audit_heads TO CURRENT_USER USING (true) WITH CHECK (true);
