-- Archives of tenants, made and taken in, and the end of a tenant. Its twin is postgres.sql; a test compares them.

-- One row an archive that somebody asked for. The file is in export_parts until it expires.
CREATE TABLE exports (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  finished_at INTEGER,
  fetched_at INTEGER,
  expires_at INTEGER,
  rows_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  digest TEXT,
  fault TEXT,
  PRIMARY KEY (tenant_id, id)
) STRICT;

-- The file, in pieces: every node gives it out.
CREATE TABLE export_parts (
  tenant_id BLOB NOT NULL,
  export_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (tenant_id, export_id, number),
  FOREIGN KEY (tenant_id, export_id) REFERENCES exports (tenant_id, id)
) STRICT;

-- Archives that are being taken in. The tenant is not visible while its row is here; `id` is the tenant's, `attempt` whoever
-- takes it in: of two at once, none gets to its end.
CREATE TABLE imports (
  id BLOB NOT NULL PRIMARY KEY,
  attempt BLOB NOT NULL,
  began_at INTEGER NOT NULL
) STRICT;

-- Tenants that are being erased, or were; `id` is the tenant's, and all that is kept of it.
CREATE TABLE tenant_erasures (
  id BLOB NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  rows_count INTEGER NOT NULL,
  finished_at INTEGER,
  receipt TEXT
) STRICT;

-- Numbers and agents of tenants that are gone, while nobody else may have them.
CREATE TABLE rests (
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  until_at INTEGER NOT NULL,
  PRIMARY KEY (provider, kind, resource_id)
) STRICT;
