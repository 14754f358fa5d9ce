-- The spine, for PostgreSQL. Its twin is sqlite.sql; a test compares them.

-- ── The directory: what is looked up before a scope exists. ──────────────────────────────────────────

-- Data keys, wrapped by the key-encryption key. The nil id is the platform's own.
CREATE TABLE data_keys (
  owner_id UUID NOT NULL PRIMARY KEY,
  kek_id BIGINT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE agencies (
  id UUID NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  branding JSONB,
  created_at BIGINT NOT NULL
);

CREATE TABLE tenants (
  id UUID NOT NULL PRIMARY KEY,
  public_no BIGINT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  external_ref TEXT UNIQUE,
  agency_id UUID REFERENCES agencies (id),
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
  skip_trial BOOLEAN NOT NULL,
  settings JSONB NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX tenants_by_time ON tenants (created_at, id);

CREATE TABLE users (
  id UUID NOT NULL PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  locale TEXT NOT NULL,
  password_phc TEXT,
  platform_role TEXT,
  agency_id UUID REFERENCES agencies (id),
  failed_count BIGINT NOT NULL,
  locked_until BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE memberships (
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  user_id UUID NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id, tenant_id);

CREATE TABLE sessions (
  id UUID NOT NULL PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  csrf_hash BYTEA NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- One-time links: set a first password. Single use by a conditional update of used_at.
CREATE TABLE links (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id),
  purpose TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE TABLE api_keys (
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  id UUID NOT NULL,
  key_hash BYTEA NOT NULL UNIQUE,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  scopes JSONB NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);

-- Credentials at a provider. owner_kind is platform, agency or tenant; owner_id the nil id for the platform.
CREATE TABLE connections (
  id UUID NOT NULL PRIMARY KEY,
  owner_kind TEXT NOT NULL,
  owner_id UUID NOT NULL,
  provider TEXT NOT NULL,
  hook_token TEXT NOT NULL UNIQUE,
  account_ref TEXT,
  keys_sealed BYTEA NOT NULL,
  key_last4 TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX connections_by_owner ON connections (owner_id, provider, created_at);

-- Which tenant a provider's resource belongs to, and from when to when.
CREATE TABLE bindings (
  id UUID NOT NULL PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  connection_id UUID NOT NULL REFERENCES connections (id),
  kind TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT
);
CREATE UNIQUE INDEX bindings_live ON bindings (provider, kind, resource_id) WHERE to_at IS NULL;
CREATE INDEX bindings_by_resource ON bindings (provider, kind, resource_id, from_at);
CREATE INDEX bindings_by_tenant ON bindings (tenant_id, provider, from_at);

-- Which tenant a call of a shared connection belongs to: a moved agent must not carry old calls with it.
CREATE TABLE call_routes (
  provider TEXT NOT NULL,
  connection_id UUID NOT NULL,
  external_call_id TEXT NOT NULL,
  tenant_id UUID NOT NULL REFERENCES tenants (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (provider, connection_id, external_call_id)
);

-- Requests that were not let in: counted, never kept.
CREATE TABLE refusals (
  door TEXT NOT NULL,
  reason TEXT NOT NULL,
  minute BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (minute, door, reason)
);

-- ── The store's own machinery. ───────────────────────────────────────────────────────────────────────

-- Work owed. Rows exist until the work is done; parked work is held back by its group's gate, not here.
CREATE TABLE jobs (
  tenant_id UUID NOT NULL,
  queue TEXT NOT NULL,
  id UUID NOT NULL,
  group_id UUID NOT NULL,
  next_at BIGINT NOT NULL,
  lease_no BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  leased BOOLEAN NOT NULL,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, queue, id)
);
CREATE INDEX jobs_due ON jobs (tenant_id, queue, group_id, next_at);

CREATE TABLE periodic (
  name TEXT NOT NULL PRIMARY KEY,
  due_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL
);

-- ── Tenant tables. ───────────────────────────────────────────────────────────────────────────────────

-- Every event key ever accepted: small, and kept long after the body is gone.
CREATE TABLE inbox_keys (
  tenant_id UUID NOT NULL,
  key_hash BYTEA NOT NULL,
  body_hash BYTEA NOT NULL,
  inbox_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, key_hash, body_hash)
);

CREATE TABLE inbox (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  connection_id UUID NOT NULL,
  provider TEXT NOT NULL,
  event_name TEXT NOT NULL,
  event_key TEXT NOT NULL,
  version BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  external_call_id TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  attempts BIGINT NOT NULL,
  call_id UUID,
  size_bytes BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  folded_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX inbox_by_state ON inbox (tenant_id, state, id);
CREATE INDEX inbox_by_call ON inbox (tenant_id, call_id, id) WHERE call_id IS NOT NULL;

-- Raw bodies as they came: compressed, sealed with the tenant's data key.
CREATE TABLE inbox_bodies (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE TABLE inbox_bodies_default PARTITION OF inbox_bodies DEFAULT;

CREATE TABLE contacts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  phone TEXT,
  name TEXT,
  name_rank BIGINT NOT NULL,
  email TEXT,
  calls_count BIGINT NOT NULL,
  first_call_at BIGINT NOT NULL,
  last_call_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX contacts_by_phone ON contacts (tenant_id, phone);
CREATE INDEX contacts_by_time ON contacts (tenant_id, last_call_at, id);

-- One row a call: the projection of its facts. Long texts are in call_texts.
CREATE TABLE calls (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
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
  contact_id UUID,
  agent_ref TEXT,
  agent_name TEXT,
  started_at BIGINT NOT NULL,
  start_is_known BOOLEAN NOT NULL,
  ended_at BIGINT,
  duration_ms BIGINT,
  cost_micros BIGINT,
  summary TEXT,
  sentiment TEXT,
  customer_name TEXT,
  appointment_at TEXT,
  disconnection_reason TEXT,
  recording_url TEXT,
  latency JSONB,
  structured JSONB,
  is_test BOOLEAN NOT NULL,
  is_analyzed BOOLEAN NOT NULL,
  final_at BIGINT,
  revision BIGINT NOT NULL,
  fold_hash BYTEA NOT NULL,
  local_day TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id)
);
CREATE INDEX calls_by_time ON calls (tenant_id, started_at, id);
CREATE INDEX calls_by_status ON calls (tenant_id, status, started_at, id);
CREATE INDEX calls_by_outcome ON calls (tenant_id, outcome, started_at, id) WHERE outcome IS NOT NULL;
CREATE INDEX calls_by_intent ON calls (tenant_id, intent, started_at, id) WHERE intent IS NOT NULL;
CREATE INDEX calls_by_caller ON calls (tenant_id, caller_number, started_at, id);
CREATE INDEX calls_by_contact ON calls (tenant_id, contact_id, started_at, id);

CREATE TABLE call_texts (
  tenant_id UUID NOT NULL,
  call_id UUID NOT NULL,
  transcript JSONB NOT NULL,
  PRIMARY KEY (tenant_id, call_id),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id)
);

CREATE TABLE call_aliases (
  tenant_id UUID NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  call_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, provider, external_id)
);
CREATE INDEX call_aliases_by_call ON call_aliases (tenant_id, call_id);

CREATE TABLE call_facts (
  tenant_id UUID NOT NULL,
  call_id UUID NOT NULL,
  fact_key TEXT NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  rank BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  inbox_id UUID,
  doc JSONB NOT NULL,
  PRIMARY KEY (tenant_id, call_id, fact_key)
);

-- Outbound targets. Retired ones stay, for their deliveries' sake.
CREATE TABLE endpoints (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  event_types JSONB NOT NULL,
  schedule_ms JSONB NOT NULL,
  config JSONB NOT NULL,
  config_sealed BYTEA,
  secret_sealed BYTEA NOT NULL,
  secret_last4 TEXT NOT NULL,
  previous_secret_sealed BYTEA,
  previous_until BIGINT,
  is_active BOOLEAN NOT NULL,
  disabled_reason TEXT,
  failures_in_row BIGINT NOT NULL,
  circuit_open_since BIGINT,
  probe_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE deliveries (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  endpoint_id UUID NOT NULL,
  call_id UUID,
  subject_id UUID NOT NULL,
  event_type TEXT NOT NULL,
  revision BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts_count BIGINT NOT NULL,
  next_attempt_at BIGINT,
  created_at BIGINT NOT NULL,
  delivered_at BIGINT,
  last_status BIGINT,
  last_error TEXT,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id)
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (tenant_id, endpoint_id, subject_id, event_type, revision);
CREATE INDEX deliveries_by_state ON deliveries (tenant_id, state, id);
CREATE INDEX deliveries_by_call ON deliveries (tenant_id, call_id, id);

CREATE TABLE delivery_bodies (
  tenant_id UUID NOT NULL,
  delivery_id UUID NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, delivery_id)
);

CREATE TABLE attempts (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  delivery_id UUID NOT NULL,
  number BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  duration_ms BIGINT,
  result TEXT NOT NULL,
  http_status BIGINT,
  error TEXT,
  response_excerpt TEXT,
  execution_id TEXT,
  PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;
CREATE INDEX attempts_by_delivery ON attempts (tenant_id, delivery_id, id);

-- Append-only. Platform-wide rows are kept under the nil tenant.
CREATE TABLE audit (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  doc JSONB NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- ── Rights and row-level security. Roles are made by `vestibule migrate` before this runs. ──────────────

GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON agencies TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON links TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON connections TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON bindings TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_routes TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON refusals TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON periodic TO vestibule_app, vestibule_system;

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO vestibule_app;
CREATE POLICY jobs_tenant ON jobs TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY jobs_owner ON jobs TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE inbox_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_keys FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_keys TO vestibule_app;
CREATE POLICY inbox_keys_tenant ON inbox_keys TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY inbox_keys_owner ON inbox_keys TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox TO vestibule_app;
CREATE POLICY inbox_tenant ON inbox TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY inbox_owner ON inbox TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE inbox_bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_bodies FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_bodies TO vestibule_app;
CREATE POLICY inbox_bodies_tenant ON inbox_bodies TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY inbox_bodies_owner ON inbox_bodies TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO vestibule_app;
CREATE POLICY contacts_tenant ON contacts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY contacts_owner ON contacts TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON calls TO vestibule_app;
CREATE POLICY calls_tenant ON calls TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY calls_owner ON calls TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE call_texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_texts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_texts TO vestibule_app;
CREATE POLICY call_texts_tenant ON call_texts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY call_texts_owner ON call_texts TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE call_aliases ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_aliases FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_aliases TO vestibule_app;
CREATE POLICY call_aliases_tenant ON call_aliases TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY call_aliases_owner ON call_aliases TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE call_facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_facts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_facts TO vestibule_app;
CREATE POLICY call_facts_tenant ON call_facts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY call_facts_owner ON call_facts TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE endpoints FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON endpoints TO vestibule_app;
CREATE POLICY endpoints_tenant ON endpoints TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY endpoints_owner ON endpoints TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO vestibule_app;
CREATE POLICY deliveries_tenant ON deliveries TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY deliveries_owner ON deliveries TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE delivery_bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_bodies FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_bodies TO vestibule_app;
CREATE POLICY delivery_bodies_tenant ON delivery_bodies TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY delivery_bodies_owner ON delivery_bodies TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE attempts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO vestibule_app;
CREATE POLICY attempts_tenant ON attempts TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY attempts_owner ON attempts TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON audit TO vestibule_app;
CREATE POLICY audit_tenant ON audit TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY audit_owner ON audit TO CURRENT_USER USING (true) WITH CHECK (true);

-- What the system may do across tenants: find due work, and count.
GRANT SELECT ON jobs TO vestibule_system;
CREATE POLICY jobs_system ON jobs FOR SELECT TO vestibule_system USING (true);

-- ── Partitions by month, made ahead. ──────────────────────────────────────────────────────────────────────

-- Ids are UUIDv7: a month is a range of them. Runs as the owner, so that the application needs no right to make
-- tables; rows that already lie in the default partition keep their month there.
CREATE FUNCTION vestibule_make_partitions(now_ms BIGINT) RETURNS BIGINT
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  made BIGINT := 0;
  parent TEXT;
  first_day TIMESTAMP;
  part TEXT;
BEGIN
  FOR ahead IN 0..3 LOOP
    first_day := date_trunc('month', to_timestamp(now_ms / 1000.0) AT TIME ZONE 'UTC') + make_interval(months => ahead);
    FOREACH parent IN ARRAY ARRAY['inbox_bodies', 'attempts'] LOOP
      part := parent || to_char(first_day, '"_"YYYY"_"MM');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent,
          rpad(lpad(to_hex((extract(epoch FROM first_day) * 1000)::bigint), 12, '0'), 32, '0'),
          rpad(lpad(to_hex((extract(epoch FROM first_day + interval '1 month') * 1000)::bigint), 12, '0'), 32, '0'));
        made := made + 1;
      EXCEPTION WHEN check_violation OR duplicate_table THEN NULL;
      END;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION vestibule_make_partitions(BIGINT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule_make_partitions(BIGINT) TO vestibule_system;
