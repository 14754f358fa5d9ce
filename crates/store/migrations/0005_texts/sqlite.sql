-- Text messages, the threads that they are in, and the pace of the numbers that they are sent from. Its twin is postgres.sql; a
-- test compares them.

-- One row for each pair of a tenant's number and another number. The newest STOP or START of that pair stands here: whoever
-- opted out did so from this number of the tenant's.
CREATE TABLE text_threads (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  our_number TEXT NOT NULL,
  their_number TEXT NOT NULL,
  contact_id BLOB,
  last_at INTEGER NOT NULL,
  last_text_id BLOB NOT NULL,
  opt_word TEXT,
  opt_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX text_threads_once ON text_threads (tenant_id, their_number, our_number);
CREATE INDEX text_threads_by_time ON text_threads (tenant_id, last_at, id);
CREATE INDEX text_threads_by_contact ON text_threads (tenant_id, contact_id, last_at, id);

-- One row a text, in or out. `request_key` is the sender's own: a request that is repeated sends once.
CREATE TABLE texts (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  thread_id BLOB NOT NULL,
  direction TEXT NOT NULL,
  status TEXT NOT NULL,
  keyword TEXT,
  body_sealed BLOB NOT NULL,
  segments INTEGER,
  media_count INTEGER NOT NULL,
  price_micros INTEGER,
  currency TEXT,
  problem TEXT,
  provider_code TEXT,
  provider TEXT NOT NULL,
  external_id TEXT,
  request_key TEXT,
  request_hash BLOB,
  at INTEGER NOT NULL,
  tried_at INTEGER,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, thread_id) REFERENCES text_threads (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX texts_once ON texts (tenant_id, provider, external_id);
CREATE UNIQUE INDEX texts_asked ON texts (tenant_id, request_key);
CREATE INDEX texts_by_thread ON texts (tenant_id, thread_id, at, id);
CREATE INDEX texts_by_time ON texts (tenant_id, at, id);

-- A number that texts are sent from: until when its pace is used up.
CREATE TABLE text_numbers (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  number TEXT NOT NULL,
  paced_until INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX text_numbers_once ON text_numbers (tenant_id, number);
