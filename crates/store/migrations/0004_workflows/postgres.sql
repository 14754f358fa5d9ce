-- Executions of tenants' workflows, and how far we have looked. Its twin is sqlite.sql; a test compares them.

-- One row an execution: told by the answer to a delivery, or found by asking the engine.
CREATE TABLE workflow_executions (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  external_id TEXT NOT NULL,
  workflow_id TEXT,
  delivery_id UUID,
  status TEXT NOT NULL,
  mode TEXT,
  started_at BIGINT NOT NULL,
  stopped_at BIGINT,
  is_settled BOOLEAN NOT NULL,
  checked_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
);
CREATE UNIQUE INDEX workflow_executions_once ON workflow_executions (tenant_id, endpoint_id, external_id);
CREATE INDEX workflow_executions_by_time ON workflow_executions (tenant_id, started_at, id);
CREATE INDEX workflow_executions_by_status ON workflow_executions (tenant_id, status, started_at, id);
CREATE INDEX workflow_executions_by_endpoint ON workflow_executions (tenant_id, endpoint_id, started_at, id);
CREATE INDEX workflow_executions_by_delivery ON workflow_executions (tenant_id, delivery_id, started_at, id) WHERE delivery_id IS NOT NULL;
CREATE INDEX workflow_executions_open ON workflow_executions (tenant_id, endpoint_id, checked_at) WHERE is_settled = FALSE;

-- How far an endpoint's engine was asked. `cursor` and `sweep_until` are set while a look has not reached its end.
CREATE TABLE workflow_watches (
  tenant_id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  seen_until BIGINT NOT NULL,
  cursor TEXT,
  sweep_until BIGINT,
  checked_at BIGINT NOT NULL,
  failures_in_row BIGINT NOT NULL,
  last_error TEXT,
  error_since BIGINT,
  PRIMARY KEY (tenant_id, endpoint_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
);

-- Endpoints that gave a key before are looked at from now on.
INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
SELECT tenant_id, 'watch', id, id, 0, 0, 0, 0, FALSE, 0 FROM endpoints WHERE config_sealed IS NOT NULL AND deleted_at IS NULL;

ALTER TABLE workflow_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_executions FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON workflow_executions TO vestibule_app;
CREATE POLICY workflow_executions_tenant ON workflow_executions TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY workflow_executions_owner ON workflow_executions TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE workflow_watches ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_watches FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON workflow_watches TO vestibule_app;
CREATE POLICY workflow_watches_tenant ON workflow_watches TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY workflow_watches_owner ON workflow_watches TO CURRENT_USER USING (true) WITH CHECK (true);
