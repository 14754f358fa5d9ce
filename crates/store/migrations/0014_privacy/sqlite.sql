-- What was erased and let go of, what providers were asked to erase, and where this data was last served. Its twin is
-- postgres.sql; a test compares them.

-- Since when a call is without its words, or without its recording.
ALTER TABLE calls ADD COLUMN text_gone_at INTEGER;
ALTER TABLE calls ADD COLUMN recording_gone_at INTEGER;
CREATE INDEX call_routes_by_tenant ON call_routes (tenant_id, external_call_id);

-- One row a caller's erasure, or a pass that let go of what was kept long enough: ids, counts and keyed hashes.
CREATE TABLE erasures (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  subject_hash BLOB,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  counts TEXT NOT NULL,
  before_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  reapplied_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;

-- What must not come back: keyed hashes of the names of calls and texts, and of callers' numbers. A caller's is of calls that
-- began before an instant.
CREATE TABLE erased_names (
  tenant_id BLOB NOT NULL,
  name_hash BLOB NOT NULL,
  kind TEXT NOT NULL,
  erasure_id BLOB NOT NULL,
  before_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name_hash)
) STRICT, WITHOUT ROWID;

-- What a provider is asked to erase, and its answer. The provider's id of it goes when it has answered.
CREATE TABLE provider_erasures (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  erasure_id BLOB NOT NULL,
  provider TEXT NOT NULL,
  what TEXT NOT NULL,
  external_id TEXT,
  state TEXT NOT NULL,
  attempts_count INTEGER NOT NULL,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX provider_erasures_by_erasure ON provider_erasures (tenant_id, erasure_id, id);

-- How far each kind of thing was gone through: everything up to an id is let go of.
CREATE TABLE retention_marks (
  tenant_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  done_until BLOB NOT NULL,
  ran_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind)
) STRICT;

-- Where this data was last served. One row. While it is muted, nothing is sent, called or mailed.
CREATE TABLE instances (
  name TEXT NOT NULL PRIMARY KEY,
  database_id BLOB NOT NULL,
  place TEXT NOT NULL,
  public_url TEXT NOT NULL,
  starts INTEGER NOT NULL,
  muted_at INTEGER,
  muted_why TEXT,
  changed_at INTEGER NOT NULL
) STRICT;
