-- Mail owed to people. Its twin is sqlite.sql; a test compares them.

-- One row a mail, with the text as it was owed: what is tried again is the same to the letter.
CREATE TABLE mails (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  to_address TEXT NOT NULL,
  locale TEXT NOT NULL,
  subject TEXT NOT NULL,
  doc JSONB NOT NULL,
  state TEXT NOT NULL,
  attempts_count BIGINT NOT NULL,
  last_error TEXT,
  external_id TEXT,
  dedupe_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX mails_once ON mails (tenant_id, dedupe_key);
CREATE INDEX mails_by_time ON mails (tenant_id, created_at, id);

ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO vestibule_app;
CREATE POLICY mails_tenant ON mails TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY mails_owner ON mails TO CURRENT_USER USING (true) WITH CHECK (true);
