-- What figures of calls are read from, and what a tenant's time is worth. Its twin is postgres.sql; a test compares them.

-- Holds every column that figures need, in the order in which they are grouped: a month is read from neighbouring pages of
-- the index alone.
CREATE INDEX calls_by_day ON calls (tenant_id, is_test, local_day, provider, direction, status, outcome, started_at, intent, caller_number, duration_ms, cost_micros);

-- What an hour is worth to a tenant that said so.
CREATE TABLE usage_settings (
  tenant_id BLOB NOT NULL,
  hourly_micros INTEGER NOT NULL,
  currency TEXT NOT NULL,
  after_call_ms INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id)
) STRICT;
