-- The spine, for SQLite. Its twin is postgres.sql; a test compares them.

-- ── The directory: what is looked up before a scope exists. ──────────────────────────────────────────

-- Data keys, wrapped by the key-encryption key. The nil id is the platform's own.
CREATE TABLE data_keys (
  owner_id BLOB NOT NULL PRIMARY KEY,
  kek_id INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE agencies (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  branding TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
  id BLOB NOT NULL PRIMARY KEY,
  public_no INTEGER NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  external_ref TEXT UNIQUE,
  agency_id BLOB REFERENCES agencies (id),
  company_name TEXT NOT NULL,
  owner_name TEXT,
  owner_email TEXT,
  owner_phone TEXT,
  industry TEXT,
  plan_tier TEXT NOT NULL,
  subscription_status TEXT NOT NULL,
  provisioning_status TEXT NOT NULL,
  twilio_phone_number TEXT UNIQUE,
  forward_to_number TEXT,
  timezone TEXT NOT NULL,
  locale TEXT NOT NULL,
  skip_trial INTEGER NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE INDEX tenants_by_time ON tenants (created_at, id);

CREATE TABLE users (
  id BLOB NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  locale TEXT NOT NULL,
  password_phc TEXT,
  platform_role TEXT,
  agency_id BLOB REFERENCES agencies (id),
  failed_count INTEGER NOT NULL,
  locked_until INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE memberships (
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  user_id BLOB NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id, tenant_id);

CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  csrf_hash BLOB NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- One-time links: set a first password. Single use by a conditional update of used_at.
CREATE TABLE links (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id),
  purpose TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE api_keys (
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  id BLOB NOT NULL,
  key_hash BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;

-- Credentials at a provider. owner_kind is platform, agency or tenant; owner_id the nil id for the platform.
CREATE TABLE connections (
  id BLOB NOT NULL PRIMARY KEY,
  owner_kind TEXT NOT NULL,
  owner_id BLOB NOT NULL,
  provider TEXT NOT NULL,
  hook_token TEXT NOT NULL UNIQUE,
  account_ref TEXT,
  keys_sealed BLOB NOT NULL,
  key_last4 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE INDEX connections_by_owner ON connections (owner_id, provider, created_at);

-- Which tenant a provider's resource belongs to, and from when to when.
CREATE TABLE bindings (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  connection_id BLOB NOT NULL REFERENCES connections (id),
  kind TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER
) STRICT;
CREATE UNIQUE INDEX bindings_live ON bindings (provider, kind, resource_id) WHERE to_at IS NULL;
CREATE INDEX bindings_by_resource ON bindings (provider, kind, resource_id, from_at);
CREATE INDEX bindings_by_tenant ON bindings (tenant_id, provider, from_at);

-- Which tenant a call of a shared connection belongs to: a moved agent must not carry old calls with it.
CREATE TABLE call_routes (
  provider TEXT NOT NULL,
  connection_id BLOB NOT NULL,
  external_call_id TEXT NOT NULL,
  tenant_id BLOB NOT NULL REFERENCES tenants (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (provider, connection_id, external_call_id)
) STRICT;

-- Requests that were not let in: counted, never kept.
CREATE TABLE refusals (
  door TEXT NOT NULL,
  reason TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (minute, door, reason)
) STRICT;

-- ── The store's own machinery. ───────────────────────────────────────────────────────────────────────

-- Work owed. Rows exist until the work is done; parked work is held back by its group's gate, not here.
CREATE TABLE jobs (
  tenant_id BLOB NOT NULL,
  queue TEXT NOT NULL,
  id BLOB NOT NULL,
  group_id BLOB NOT NULL,
  next_at INTEGER NOT NULL,
  lease_no INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  leased INTEGER NOT NULL,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, queue, id)
) STRICT;
CREATE INDEX jobs_due ON jobs (tenant_id, queue, group_id, next_at);

CREATE TABLE periodic (
  name TEXT NOT NULL PRIMARY KEY,
  due_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

-- ── Tenant tables. ───────────────────────────────────────────────────────────────────────────────────

-- Every event key ever accepted: small, and kept long after the body is gone.
CREATE TABLE inbox_keys (
  tenant_id BLOB NOT NULL,
  key_hash BLOB NOT NULL,
  body_hash BLOB NOT NULL,
  inbox_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, key_hash, body_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  connection_id BLOB NOT NULL,
  provider TEXT NOT NULL,
  event_name TEXT NOT NULL,
  event_key TEXT NOT NULL,
  version INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  external_call_id TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  attempts INTEGER NOT NULL,
  call_id BLOB,
  size_bytes INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  folded_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX inbox_by_state ON inbox (tenant_id, state, id);
CREATE INDEX inbox_by_call ON inbox (tenant_id, call_id, id) WHERE call_id IS NOT NULL;

-- Raw bodies as they came: compressed, sealed with the tenant's data key.
CREATE TABLE inbox_bodies (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE TABLE contacts (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  phone TEXT,
  name TEXT,
  name_rank INTEGER NOT NULL,
  email TEXT,
  calls_count INTEGER NOT NULL,
  first_call_at INTEGER NOT NULL,
  last_call_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX contacts_by_phone ON contacts (tenant_id, phone);
CREATE INDEX contacts_by_time ON contacts (tenant_id, last_call_at, id);

-- One row a call: the projection of its facts. Long texts are in call_texts.
CREATE TABLE calls (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  channel TEXT,
  direction TEXT,
  status TEXT NOT NULL,
  outcome TEXT,
  intent TEXT,
  from_number TEXT,
  to_number TEXT,
  caller_number TEXT,
  contact_id BLOB,
  agent_ref TEXT,
  agent_name TEXT,
  started_at INTEGER NOT NULL,
  start_is_known INTEGER NOT NULL,
  ended_at INTEGER,
  duration_ms INTEGER,
  cost_micros INTEGER,
  summary TEXT,
  sentiment TEXT,
  customer_name TEXT,
  appointment_at TEXT,
  disconnection_reason TEXT,
  recording_url TEXT,
  latency TEXT,
  structured TEXT,
  is_test INTEGER NOT NULL,
  is_analyzed INTEGER NOT NULL,
  final_at INTEGER,
  revision INTEGER NOT NULL,
  fold_hash BLOB NOT NULL,
  local_day TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id)
) STRICT;
CREATE INDEX calls_by_time ON calls (tenant_id, started_at, id);
CREATE INDEX calls_by_status ON calls (tenant_id, status, started_at, id);
CREATE INDEX calls_by_outcome ON calls (tenant_id, outcome, started_at, id) WHERE outcome IS NOT NULL;
CREATE INDEX calls_by_intent ON calls (tenant_id, intent, started_at, id) WHERE intent IS NOT NULL;
CREATE INDEX calls_by_caller ON calls (tenant_id, caller_number, started_at, id);
CREATE INDEX calls_by_contact ON calls (tenant_id, contact_id, started_at, id);

CREATE TABLE call_texts (
  tenant_id BLOB NOT NULL,
  call_id BLOB NOT NULL,
  transcript TEXT NOT NULL,
  PRIMARY KEY (tenant_id, call_id),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id)
) STRICT;

CREATE TABLE call_aliases (
  tenant_id BLOB NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  call_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, provider, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_aliases_by_call ON call_aliases (tenant_id, call_id);

CREATE TABLE call_facts (
  tenant_id BLOB NOT NULL,
  call_id BLOB NOT NULL,
  fact_key TEXT NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  rank INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  inbox_id BLOB,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant_id, call_id, fact_key)
) STRICT;

-- Outbound targets. Retired ones stay, for their deliveries' sake.
CREATE TABLE endpoints (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  event_types TEXT NOT NULL,
  schedule_ms TEXT NOT NULL,
  config TEXT NOT NULL,
  config_sealed BLOB,
  secret_sealed BLOB NOT NULL,
  secret_last4 TEXT NOT NULL,
  previous_secret_sealed BLOB,
  previous_until INTEGER,
  is_active INTEGER NOT NULL,
  disabled_reason TEXT,
  failures_in_row INTEGER NOT NULL,
  circuit_open_since INTEGER,
  probe_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE TABLE deliveries (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  call_id BLOB,
  subject_id BLOB NOT NULL,
  event_type TEXT NOT NULL,
  revision INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts_count INTEGER NOT NULL,
  next_attempt_at INTEGER,
  created_at INTEGER NOT NULL,
  delivered_at INTEGER,
  last_status INTEGER,
  last_error TEXT,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (tenant_id, endpoint_id, subject_id, event_type, revision);
CREATE INDEX deliveries_by_state ON deliveries (tenant_id, state, id);
CREATE INDEX deliveries_by_call ON deliveries (tenant_id, call_id, id);

CREATE TABLE delivery_bodies (
  tenant_id BLOB NOT NULL,
  delivery_id BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant_id, delivery_id)
) STRICT;

CREATE TABLE attempts (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  delivery_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER,
  result TEXT NOT NULL,
  http_status INTEGER,
  error TEXT,
  response_excerpt TEXT,
  execution_id TEXT,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX attempts_by_delivery ON attempts (tenant_id, delivery_id, id);

-- Append-only. Platform-wide rows are kept under the nil tenant.
CREATE TABLE audit (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;
