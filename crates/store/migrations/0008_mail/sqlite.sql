-- Mail owed to people. Its twin is postgres.sql; a test compares them.

-- One row a mail, with the text as it was owed: what is tried again is the same to the letter.
CREATE TABLE mails (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  to_address TEXT NOT NULL,
  locale TEXT NOT NULL,
  subject TEXT NOT NULL,
  doc TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts_count INTEGER NOT NULL,
  last_error TEXT,
  external_id TEXT,
  dedupe_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mails_once ON mails (tenant_id, dedupe_key);
CREATE INDEX mails_by_time ON mails (tenant_id, created_at, id);
