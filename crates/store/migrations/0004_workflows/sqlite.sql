-- Executions of tenants' workflows, and how far we have looked. Its twin is postgres.sql; a test compares them.

-- One row an execution: told by the answer to a delivery, or found by asking the engine.
CREATE TABLE workflow_executions (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  external_id TEXT NOT NULL,
  workflow_id TEXT,
  delivery_id BLOB,
  status TEXT NOT NULL,
  mode TEXT,
  started_at INTEGER NOT NULL,
  stopped_at INTEGER,
  is_settled INTEGER NOT NULL,
  checked_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX workflow_executions_once ON workflow_executions (tenant_id, endpoint_id, external_id);
CREATE INDEX workflow_executions_by_time ON workflow_executions (tenant_id, started_at, id);
CREATE INDEX workflow_executions_by_status ON workflow_executions (tenant_id, status, started_at, id);
CREATE INDEX workflow_executions_by_endpoint ON workflow_executions (tenant_id, endpoint_id, started_at, id);
CREATE INDEX workflow_executions_by_delivery ON workflow_executions (tenant_id, delivery_id, started_at, id) WHERE delivery_id IS NOT NULL;
CREATE INDEX workflow_executions_open ON workflow_executions (tenant_id, endpoint_id, checked_at) WHERE is_settled = 0;

-- How far an endpoint's engine was asked. `cursor` and `sweep_until` are set while a look has not reached its end.
CREATE TABLE workflow_watches (
  tenant_id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  seen_until INTEGER NOT NULL,
  cursor TEXT,
  sweep_until INTEGER,
  checked_at INTEGER NOT NULL,
  failures_in_row INTEGER NOT NULL,
  last_error TEXT,
  error_since INTEGER,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
) STRICT;

-- Endpoints that gave a key before are looked at from now on.
INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
SELECT tenant_id, 'watch', id, id, 0, 0, 0, 0, 0, 0 FROM endpoints WHERE config_sealed IS NOT NULL AND deleted_at IS NULL;
