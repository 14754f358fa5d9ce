-- How an endpoint wants to be delivered to, since when it only fails, and a header that is the same each time.
ALTER TABLE endpoints ADD COLUMN max_in_flight INTEGER NOT NULL DEFAULT 8;
-- Deliveries in 1,000 seconds; NULL: as fast as they come.
ALTER TABLE endpoints ADD COLUMN rate_milli INTEGER;
-- The instant, in microseconds, up to which the pace is used up.
ALTER TABLE endpoints ADD COLUMN paced_until_us INTEGER;
ALTER TABLE endpoints ADD COLUMN header_name TEXT;
ALTER TABLE endpoints ADD COLUMN header_value_sealed BLOB;
ALTER TABLE endpoints ADD COLUMN failing_since INTEGER;
ALTER TABLE endpoints ADD COLUMN last_failure_at INTEGER;

-- What was sent, without secrets: address and headers.
ALTER TABLE attempts ADD COLUMN request TEXT;

CREATE INDEX deliveries_by_endpoint ON deliveries (tenant_id, endpoint_id, id);

-- Many deliveries of one endpoint owed again, step by step, and how far that has come.
CREATE TABLE redeliveries (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  event_types TEXT NOT NULL,
  since_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  cursor_id BLOB,
  owed_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
) STRICT;
CREATE INDEX redeliveries_by_endpoint ON redeliveries (tenant_id, endpoint_id, id);

-- What came of attempts, added up for each day of the tenant, endpoint and class of duration. Shards keep attempts
-- that end at the same moment from waiting for each other's row.
CREATE TABLE delivery_days (
  tenant_id BLOB NOT NULL,
  settled_on TEXT NOT NULL,
  endpoint_id BLOB NOT NULL,
  bucket INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, settled_on, endpoint_id, bucket, shard),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
) STRICT, WITHOUT ROWID;
