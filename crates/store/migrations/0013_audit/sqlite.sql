-- The audit log's chain. Its twin is postgres.sql; a test compares them.

-- Rows from before the chain keep NULL; the chain's first row holds a digest of them.
ALTER TABLE audit ADD COLUMN seq INTEGER;
ALTER TABLE audit ADD COLUMN prev_hash BLOB;
ALTER TABLE audit ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX audit_chain ON audit (tenant_id, seq);
CREATE INDEX audit_by_object ON audit (tenant_id, object_kind, object_id, id);
CREATE INDEX audit_by_actor ON audit (tenant_id, actor, id);
CREATE INDEX audit_by_action ON audit (tenant_id, action, id);

-- Where each tenant's chain ends. Locked while a row is appended.
CREATE TABLE audit_heads (
  tenant_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (tenant_id)
) STRICT;
