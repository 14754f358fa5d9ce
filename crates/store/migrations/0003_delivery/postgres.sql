-- How an endpoint wants to be delivered to, since when it only fails, and a header that is the same each time.
ALTER TABLE endpoints ADD COLUMN max_in_flight BIGINT NOT NULL DEFAULT 8;
-- Deliveries in 1,000 seconds; NULL: as fast as they come.
ALTER TABLE endpoints ADD COLUMN rate_milli BIGINT;
-- The instant, in microseconds, up to which the pace is used up.
ALTER TABLE endpoints ADD COLUMN paced_until_us BIGINT;
ALTER TABLE endpoints ADD COLUMN header_name TEXT;
ALTER TABLE endpoints ADD COLUMN header_value_sealed BYTEA;
ALTER TABLE endpoints ADD COLUMN failing_since BIGINT;
ALTER TABLE endpoints ADD COLUMN last_failure_at BIGINT;

-- What was sent, without secrets: address and headers.
ALTER TABLE attempts ADD COLUMN request JSONB;

CREATE INDEX deliveries_by_endpoint ON deliveries (tenant_id, endpoint_id, id);

-- Many deliveries of one endpoint owed again, step by step, and how far that has come.
CREATE TABLE redeliveries (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  kind TEXT NOT NULL,
  event_types JSONB NOT NULL,
  since_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  cursor_id UUID,
  owed_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
);
CREATE INDEX redeliveries_by_endpoint ON redeliveries (tenant_id, endpoint_id, id);

-- What came of attempts, added up for each day of the tenant, endpoint and class of duration. Shards keep attempts
-- that end at the same moment from waiting for each other's row.
CREATE TABLE delivery_days (
  tenant_id UUID NOT NULL,
  settled_on TEXT NOT NULL,
  endpoint_id UUID NOT NULL,
  bucket BIGINT NOT NULL,
  shard BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  delivered BIGINT NOT NULL,
  dead BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, settled_on, endpoint_id, bucket, shard),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
);

ALTER TABLE redeliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE redeliveries FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON redeliveries TO vestibule_app;
CREATE POLICY redeliveries_tenant ON redeliveries TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY redeliveries_owner ON redeliveries TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE delivery_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_days FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_days TO vestibule_app;
CREATE POLICY delivery_days_tenant ON delivery_days TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY delivery_days_owner ON delivery_days TO CURRENT_USER USING (true) WITH CHECK (true);
