-- Text messages, the threads that they are in, and the pace of the numbers that they are sent from. Its twin is sqlite.sql; a
-- test compares them.

-- One row for each pair of a tenant's number and another number. The newest STOP or START of that pair stands here: whoever
-- opted out did so from this number of the tenant's.
CREATE TABLE text_threads (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  our_number TEXT NOT NULL,
  their_number TEXT NOT NULL,
  contact_id UUID,
  last_at BIGINT NOT NULL,
  last_text_id UUID NOT NULL,
  opt_word TEXT,
  opt_at BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX text_threads_once ON text_threads (tenant_id, their_number, our_number);
CREATE INDEX text_threads_by_time ON text_threads (tenant_id, last_at, id);
CREATE INDEX text_threads_by_contact ON text_threads (tenant_id, contact_id, last_at, id);

-- One row a text, in or out. `request_key` is the sender's own: a request that is repeated sends once.
CREATE TABLE texts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  thread_id UUID NOT NULL,
  direction TEXT NOT NULL,
  status TEXT NOT NULL,
  keyword TEXT,
  body_sealed BYTEA NOT NULL,
  segments BIGINT,
  media_count BIGINT NOT NULL,
  price_micros BIGINT,
  currency TEXT,
  problem TEXT,
  provider_code TEXT,
  provider TEXT NOT NULL,
  external_id TEXT,
  request_key TEXT,
  request_hash BYTEA,
  at BIGINT NOT NULL,
  tried_at BIGINT,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, thread_id) REFERENCES text_threads (tenant_id, id)
);
CREATE UNIQUE INDEX texts_once ON texts (tenant_id, provider, external_id);
CREATE UNIQUE INDEX texts_asked ON texts (tenant_id, request_key);
CREATE INDEX texts_by_thread ON texts (tenant_id, thread_id, at, id);
CREATE INDEX texts_by_time ON texts (tenant_id, at, id);

-- A number that texts are sent from: until when its pace is used up.
CREATE TABLE text_numbers (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  number TEXT NOT NULL,
  paced_until BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX text_numbers_once ON text_numbers (tenant_id, number);

ALTER TABLE text_threads ENABLE ROW LEVEL SECURITY;
ALTER TABLE text_threads FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON text_threads TO vestibule_app;
CREATE POLICY text_threads_tenant ON text_threads TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY text_threads_owner ON text_threads TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE texts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON texts TO vestibule_app;
CREATE POLICY texts_tenant ON texts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY texts_owner ON texts TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE text_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE text_numbers FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON text_numbers TO vestibule_app;
CREATE POLICY text_numbers_tenant ON text_numbers TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY text_numbers_owner ON text_numbers TO CURRENT_USER USING (true) WITH CHECK (true);
