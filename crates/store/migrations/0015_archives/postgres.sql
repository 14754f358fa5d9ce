-- Archives of tenants, made and taken in, and the end of a tenant. Its twin is sqlite.sql; a test compares them.

-- One row an archive that somebody asked for. The file is in export_parts until it expires.
CREATE TABLE exports (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  finished_at BIGINT,
  fetched_at BIGINT,
  expires_at BIGINT,
  rows_count BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  digest TEXT,
  fault TEXT,
  PRIMARY KEY (tenant_id, id)
);

-- The file, in pieces: every node gives it out.
CREATE TABLE export_parts (
  tenant_id UUID NOT NULL,
  export_id UUID NOT NULL,
  number BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, export_id, number),
  FOREIGN KEY (tenant_id, export_id) REFERENCES exports (tenant_id, id)
);

-- Archives that are being taken in. The tenant is not visible while its row is here; `id` is the tenant's, `attempt` whoever
-- takes it in: of two at once, none gets to its end.
CREATE TABLE imports (
  id UUID NOT NULL PRIMARY KEY,
  attempt UUID NOT NULL,
  began_at BIGINT NOT NULL
);

-- Tenants that are being erased, or were; `id` is the tenant's, and all that is kept of it.
CREATE TABLE tenant_erasures (
  id UUID NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  rows_count BIGINT NOT NULL,
  finished_at BIGINT,
  receipt JSONB
);

-- Numbers and agents of tenants that are gone, while nobody else may have them.
CREATE TABLE rests (
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  until_at BIGINT NOT NULL,
  PRIMARY KEY (provider, kind, resource_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON imports TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_erasures TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON rests TO vestibule_app, vestibule_system;

ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE exports FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON exports TO vestibule_app;
CREATE POLICY exports_tenant ON exports TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY exports_owner ON exports TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE export_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE export_parts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON export_parts TO vestibule_app;
CREATE POLICY export_parts_tenant ON export_parts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY export_parts_owner ON export_parts TO CURRENT_USER USING (true) WITH CHECK (true);

-- Nobody changes or deletes rows of the audit log, but for one thing: what belongs to a tenant that is being erased, or
-- whose archive was not taken in, goes with it. This function is the only way.
CREATE FUNCTION erase_audit(of_tenant UUID, at_most BIGINT) RETURNS BIGINT
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM audit a WHERE a.tenant_id = of_tenant
      AND a.id IN (SELECT b.id FROM audit b WHERE b.tenant_id = of_tenant ORDER BY b.id LIMIT at_most)
      AND (EXISTS (SELECT 1 FROM tenant_erasures e WHERE e.id = of_tenant AND (e.state = 'running'
          OR NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = of_tenant)))
        OR EXISTS (SELECT 1 FROM imports i WHERE i.id = of_tenant))
    RETURNING 1)
  SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION erase_audit(UUID, BIGINT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_audit(UUID, BIGINT) TO vestibule_app;
