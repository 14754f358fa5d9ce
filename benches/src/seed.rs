//! A tenant with very many calls among many tenants, by SQL that makes rows out of numbers. One text for both
//! databases; only ids, hashes and JSON are written differently.

use crate::owner::Owner;
use crate::say::Outcome;
use uuid::Uuid;

/// What is made.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// The tenant that is looked at.
    pub tenant: Uuid,
    /// Its calls.
    pub calls: i64,
    /// Its callers.
    pub contacts: i64,
    /// The calls of each other tenant.
    pub others: i64,
    /// When the newest call began.
    pub now_ms: i64,
    /// The time over which calls are spread.
    pub span_ms: i64,
}

/// The callers of each other tenant.
const OTHERS_CONTACTS: i64 = 10;
/// The number of the first caller, who rings most often: one call in a hundred.
pub const FIRST_PHONE: i64 = 8_195_550_000;

/// How the two databases write what differs.
pub struct Dialect {
    /// Whether it is PostgreSQL.
    pub postgres: bool,
}

impl Dialect {
    /// A UUIDv7 of an instant and a number.
    pub fn id(&self, at: &str, number: &str) -> String {
        if self.postgres {
            format!(
                "(lpad(to_hex({at}), 12, '0') || '7' || lpad(to_hex(({number}) % 4096), 3, '0') || '8' || lpad(to_hex({number}), 15, '0'))::uuid"
            )
        } else {
            format!("unhex(printf('%012x7%03x8%015x', {at}, ({number}) % 4096, {number}))")
        }
    }

    fn tenant(&self, id: Uuid) -> String {
        if self.postgres { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) }
    }

    fn json(&self, text: &str) -> String {
        format!("'{text}'{}", if self.postgres { "::jsonb" } else { "" })
    }

    const fn hash(&self) -> &'static str {
        if self.postgres { "decode(repeat('ab', 32), 'hex')" } else { "zeroblob(32)" }
    }
}

/// A number that looks random, of each row's number: 0 to 9,999.
const MIXED: &str = "((n * 2654435761) % 4294967296 / 429497)";
/// Another one: 0 to 99.
const MIXED_AGAIN: &str = "((n * 40503 + 17) % 65536 / 656)";

impl Seed {
    fn contacts(&self, dialect: &Dialect, tenant: &str, from: &str, contacts: i64) -> String {
        let first = self.now_ms - self.span_ms;
        format!(
            "INSERT INTO contacts (tenant_id, id, phone, name, name_rank, calls_count, first_call_at, last_call_at,
               created_at, updated_at)
             WITH RECURSIVE g (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM g WHERE n < {})
             SELECT {tenant}, {}, '+1' || ({FIRST_PHONE} + n), 'Caller ' || n, {first}, 1, {first}, {first} + n,
               {first}, {first} FROM g{from}",
            contacts - 1,
            dialect.id(&first.to_string(), "n"),
        )
    }

    fn calls(&self, dialect: &Dialect, tenant: &str, from: &str, calls: i64, contacts: i64) -> String {
        let first = self.now_ms - self.span_ms;
        let step = (self.span_ms / calls.max(1)).max(1);
        // Exactly one call in a hundred is the first caller's.
        let contact = format!("(CASE WHEN n % 100 = 0 THEN 0 ELSE {MIXED} * 7 % {contacts} END)");
        let open = calls - (calls / 1000).clamp(1, 20);
        format!(
            "INSERT INTO calls (tenant_id, id, provider, external_id, channel, direction, status, outcome, intent,
               from_number, to_number, caller_number, contact_id, agent_ref, agent_name, started_at, start_is_known,
               ended_at, duration_ms, cost_micros, summary, sentiment, customer_name, disconnection_reason,
               recording_url, latency, structured, is_test, is_analyzed, final_at, revision, fold_hash, local_day,
               created_at, updated_at)
             WITH RECURSIVE g (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM g WHERE n < {last}),
             r AS (SELECT n, {first} + n * {step} AS at, {MIXED} AS h, {MIXED_AGAIN} AS k, {contact} AS c FROM g)
             SELECT {tenant}, {id}, 'retell', 'call_' || n, 'phone', 'inbound',
               CASE WHEN n >= {open} THEN 'IN_PROGRESS' WHEN h < 600 THEN 'NO_ANSWER' WHEN h < 800 THEN 'BUSY'
                 WHEN h < 1000 THEN 'CANCELED' WHEN h < 1200 THEN 'FAILED' ELSE 'COMPLETED' END,
               CASE WHEN n >= {open} THEN NULL WHEN h < 1000 THEN 'MISSED' WHEN h < 1200 THEN 'FAILED'
                 WHEN h < 1210 THEN 'SPAM' WHEN h < 3000 THEN 'BOOKED' WHEN h < 4500 THEN 'MESSAGE_TAKEN'
                 WHEN h < 5500 THEN 'TRANSFERRED' WHEN h < 9000 THEN 'ANSWERED' ELSE 'OTHER' END,
               CASE WHEN n % 20000 = 7 THEN 'complaint' WHEN k < 2 THEN 'emergency' WHEN k < 40 THEN 'booking'
                 WHEN k < 60 THEN 'question' WHEN k < 70 THEN 'quote' WHEN k < 90 THEN 'message' ELSE NULL END,
               '+1' || ({FIRST_PHONE} + c), '+18195550100', '+1' || ({FIRST_PHONE} + c), {contact_id}, 'agent_1',
               'Receptionist', at, TRUE, at + 33870, 33870, 73667,
               'A caller reported a furnace failure and booked a technician for the next morning at ten.', 'POSITIVE',
               'Caller ' || c, 'user_hangup', 'https://recordings.test/call/' || n || '.wav', {latency}, {structured},
               FALSE, TRUE, at + 40000, 2, {hash}, '2026-01-01', at, at + 40000 FROM r{from}",
            last = calls - 1,
            id = dialect.id("at", "n"),
            contact_id = dialect.id(&first.to_string(), "c"),
            latency = dialect.json(r#"{"e2e_p50_ms":1190,"e2e_p95_ms":1342}"#),
            structured = dialect.json(
                r#"{"appointment_booked":true,"appointment_time":"2026-11-22T10:00:00-05:00","party_size":1,"urgency":"high","service_address":"48 rue des Erables, Trois-Rivieres"}"#
            ),
            hash = dialect.hash(),
        )
    }

    /// Makes all rows, and tells the database how they are spread.
    pub fn sow(&self, owner: &mut Owner) -> Outcome {
        let dialect = Dialect { postgres: owner.is_postgres() };
        let tenant = dialect.tenant(self.tenant);
        let others = format!(" CROSS JOIN tenants t WHERE t.id <> {tenant}");
        if !dialect.postgres {
            owner.batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")?;
        }
        owner.batch(&self.contacts(&dialect, &tenant, "", self.contacts))?;
        owner.batch(&self.contacts(&dialect, "t.id", &others, OTHERS_CONTACTS))?;
        owner.batch(&self.calls(&dialect, "t.id", &others, self.others, OTHERS_CONTACTS))?;
        owner.batch(&self.calls(&dialect, &tenant, "", self.calls, self.contacts))?;
        if dialect.postgres {
            // As autovacuum does sooner or later.
            owner.batch("VACUUM ANALYZE calls")?;
            owner.batch("VACUUM ANALYZE contacts")?;
            return owner.batch("ANALYZE");
        }
        owner.batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
