-- Requests that were not let in but may be later, and what each connection lost and got back. Its twin is
-- sqlite.sql.

-- Requests that name a connection and do not verify, or whose agent is bound to nobody: sealed with the key of the
-- connection's owner, few, and for three days.
CREATE TABLE held_requests (
  id UUID NOT NULL PRIMARY KEY,
  connection_id UUID NOT NULL REFERENCES connections (id),
  owner_id UUID NOT NULL,
  provider TEXT NOT NULL,
  reason TEXT NOT NULL,
  hint TEXT,
  age_ms BIGINT,
  size_bytes BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  sealed BYTEA NOT NULL
);
CREATE INDEX held_requests_by_connection ON held_requests (connection_id, id);
CREATE INDEX held_requests_by_owner ON held_requests (owner_id, id);
CREATE INDEX held_requests_by_time ON held_requests (received_at);

-- How far a connection's calls were compared with the provider's own list.
CREATE TABLE reconciliations (
  connection_id UUID NOT NULL PRIMARY KEY REFERENCES connections (id),
  owner_id UUID NOT NULL,
  done_until BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tried_at BIGINT NOT NULL,
  succeeded_at BIGINT,
  fault TEXT,
  faults_in_row BIGINT NOT NULL,
  listed_count BIGINT NOT NULL,
  filled_count BIGINT NOT NULL,
  last_filled_at BIGINT
);
CREATE INDEX reconciliations_by_owner ON reconciliations (owner_id);
CREATE INDEX reconciliations_due ON reconciliations (due_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON held_requests TO vestibule_app, vestibule_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON reconciliations TO vestibule_app, vestibule_system;
