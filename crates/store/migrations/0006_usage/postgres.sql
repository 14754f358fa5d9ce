-- What figures of calls are read from, and what a tenant's time is worth. Its twin is sqlite.sql; a test compares them.

-- Holds every column that figures need, in the order in which they are grouped: a month is read from neighbouring pages of
-- the index alone.
CREATE INDEX calls_by_day ON calls (tenant_id, is_test, local_day, provider, direction, status, outcome, started_at, intent, caller_number, duration_ms, cost_micros);

-- What an hour is worth to a tenant that said so.
CREATE TABLE usage_settings (
  tenant_id UUID NOT NULL,
  hourly_micros BIGINT NOT NULL,
  currency TEXT NOT NULL,
  after_call_ms BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);

ALTER TABLE usage_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_settings FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_settings TO vestibule_app;
CREATE POLICY usage_settings_tenant ON usage_settings TO vestibule_app
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY usage_settings_owner ON usage_settings TO CURRENT_USER USING (true) WITH CHECK (true);
