-- Requests that were not let in but may be later, and what each connection lost and got back. Its twin is
-- postgres.sql.

-- Requests that name a connection and do not verify, or whose agent is bound to nobody: sealed with the key of the
-- connection's owner, few, and for three days.
CREATE TABLE held_requests (
  id BLOB NOT NULL PRIMARY KEY,
  connection_id BLOB NOT NULL REFERENCES connections (id),
  owner_id BLOB NOT NULL,
  provider TEXT NOT NULL,
  reason TEXT NOT NULL,
  hint TEXT,
  age_ms INTEGER,
  size_bytes INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX held_requests_by_connection ON held_requests (connection_id, id);
CREATE INDEX held_requests_by_owner ON held_requests (owner_id, id);
CREATE INDEX held_requests_by_time ON held_requests (received_at);

-- How far a connection's calls were compared with the provider's own list.
CREATE TABLE reconciliations (
  connection_id BLOB NOT NULL PRIMARY KEY REFERENCES connections (id),
  owner_id BLOB NOT NULL,
  done_until INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  tried_at INTEGER NOT NULL,
  succeeded_at INTEGER,
  fault TEXT,
  faults_in_row INTEGER NOT NULL,
  listed_count INTEGER NOT NULL,
  filled_count INTEGER NOT NULL,
  last_filled_at INTEGER
) STRICT;
CREATE INDEX reconciliations_by_owner ON reconciliations (owner_id);
CREATE INDEX reconciliations_due ON reconciliations (due_at);
