//! Deliveries that are owed, made by SQL: as many to each endpoint, each of a call of its own.

use crate::owner::Owner;
use crate::say::Outcome;
use crate::seed::Dialect;

/// What is owed to some endpoints.
#[derive(Debug, Clone, Copy)]
pub struct Backlog<'a> {
    /// How many to each.
    pub each: i64,
    /// Which endpoints, as a condition on `e`.
    pub of: &'a str,
    /// When they were owed.
    pub now_ms: i64,
}

/// About as long as the end of a short call.
fn body() -> String {
    let transcript = "Agent: Bonjour, comment puis-je aider? Caller: The furnace does not start. ".repeat(8);
    serde_json::json!({ "eventType": "call.call-ended", "data": { "transcript": transcript, "outcome": "BOOKED" } })
        .to_string()
}

impl Backlog<'_> {
    /// Makes the rows, and tells the database how they are spread.
    pub fn sow(&self, owner: &mut Owner) -> Outcome {
        let dialect = Dialect { postgres: owner.is_postgres() };
        let (now, of) = (self.now_ms, self.of);
        let id = dialect.id(&now.to_string(), "n");
        let bytes = if dialect.postgres {
            format!("convert_to('{}', 'UTF8')", body())
        } else {
            format!("CAST('{}' AS BLOB)", body())
        };
        let numbers = format!(
            "WITH RECURSIVE g (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM g WHERE n < {})",
            self.each - 1
        );
        if !dialect.postgres {
            owner.batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")?;
        }
        let from = format!("FROM endpoints e CROSS JOIN g WHERE {of}");
        owner.batch(&format!(
            "INSERT INTO deliveries (tenant_id, id, endpoint_id, subject_id, event_type, revision, state, attempts_count,
               next_attempt_at, created_at)
             {numbers} SELECT e.tenant_id, {id}, e.id, {id}, 'call.call-ended', 0, 'pending', 0, {now}, {now} {from}"
        ))?;
        owner.batch(&format!(
            "INSERT INTO delivery_bodies (tenant_id, delivery_id, body) {numbers} SELECT e.tenant_id, {id}, {bytes} {from}"
        ))?;
        owner.batch(&format!(
            "INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
             {numbers} SELECT e.tenant_id, 'deliver', {id}, e.id, {now}, 0, 0, 0, FALSE, {now} {from}"
        ))?;
        if dialect.postgres {
            return owner.batch("ANALYZE");
        }
        owner.batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
