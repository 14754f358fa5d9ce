//! Owing: a moment of a call becomes a delivery for each endpoint that wants to hear of it. Idempotent by
//! (endpoint, call, event type, revision). The body is frozen now.

use crate::calls::Projection;
use crate::outbox::body::{Told, freeze};
use crate::outbox::endpoints::open_secret;
use crate::{House, Result};
use uuid::Uuid;
use vestibule_model::{CallId, DeliveryId, EndpointId, UnixMs};
use vestibule_store::{Row, TenantTx, queue, tsql, vals};
use vestibule_vault::EndpointSecret;

/// Every event type that an endpoint can ask for.
pub const EVENT_TYPES: &[&str] =
    &["call.call-started", "call.call-ended", "call.call-updated", "text.text-received", "text.text-updated"];

/// A moment of a call that is told to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It began.
    Started,
    /// It is final.
    Ended,
    /// It changed after it was final.
    Updated {
        /// The call's revision.
        revision: i64,
    },
}

impl Moment {
    const fn event_type(self) -> &'static str {
        match self {
            Self::Started => "call.call-started",
            Self::Ended => "call.call-ended",
            Self::Updated { .. } => "call.call-updated",
        }
    }

    const fn revision(self) -> i64 {
        match self {
            Self::Started | Self::Ended => 0,
            Self::Updated { revision } => revision,
        }
    }
}

/// Owes a call's moment to every endpoint that asked for it.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn owe_call(
    house: &House,
    tx: &mut TenantTx<'_>,
    call: CallId,
    moment: Moment,
    call_state: &Projection,
    now: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "SELECT e.id, e.event_types, e.config, e.secret_sealed, c.provider, c.external_id,
           (EXISTS (SELECT 1 FROM call_facts f WHERE f.tenant_id = $1 AND f.call_id = $2 AND f.source = e.kind)
            AND NOT EXISTS (SELECT 1 FROM call_facts f WHERE f.tenant_id = $1 AND f.call_id = $2
              AND f.source IN ('webhook', 'reconciled'))) AS told_us,
           EXISTS (
           SELECT 1 FROM deliveries d WHERE d.tenant_id = $1 AND d.endpoint_id = e.id AND d.subject_id = $2
           AND d.state IN ('pending', 'retrying')) AS waits
         FROM endpoints e JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = $2
         WHERE e.tenant_id = $1 AND e.is_active = TRUE AND e.deleted_at IS NULL"
    );
    for row in tx.rows(sql, vals![call]).await? {
        let wanted: Vec<String> = row.json("event_types")?;
        if !wanted.iter().any(|t| t == moment.event_type()) {
            continue;
        }
        // Whoever stands in front of the provider and forwarded the call would be told of it by us, and forward that
        // (K7); an endpoint can ask for it all the same.
        let wants_echo = || row.json("config").is_ok_and(|config: serde_json::Value| config["echo"] == true);
        if row.bool("told_us")? && !wants_echo() {
            continue;
        }
        let endpoint: EndpointId = row.id("id")?;
        let secret = secret(house, tx, &row, endpoint).await?;
        let (provider, external_id) = (row.text("provider")?, row.text("external_id")?);
        let told = Told {
            event_type: moment.event_type(),
            revision: moment.revision(),
            call,
            provider: &provider,
            external_id: &external_id,
            call_state,
            at: now,
        };
        let body = freeze(&told, &secret);
        let id = house.world.new_id();
        // In order per (endpoint, call): the caller holds the call's row, so nobody else owes or settles here now.
        let due = if row.bool("waits")? { queue::NEVER } else { now };
        let (event_type, revision) = (moment.event_type(), moment.revision());
        let owed = Owed { id, endpoint, call: Some(call), subject: call.0, event_type, revision, body, due };
        owe_one(tx, owed, now).await?;
    }
    Ok(())
}

pub(super) async fn secret(
    house: &House,
    tx: &mut TenantTx<'_>,
    row: &Row,
    endpoint: EndpointId,
) -> Result<EndpointSecret> {
    let key = match house.seals.at_hand(tx.tenant()) {
        Some(key) => key,
        None => {
            let tenant = tx.tenant();
            house.seals.key(tx.outer(), tenant).await?
        }
    };
    open_secret(&key, endpoint, "secret_sealed", &row.bytes("secret_sealed")?)
}

/// A delivery that is to be owed.
pub(super) struct Owed {
    pub id: DeliveryId,
    pub endpoint: EndpointId,
    /// The call that it tells of, if it does.
    pub call: Option<CallId>,
    /// What it tells of: of one thing everything is delivered in order.
    pub subject: Uuid,
    pub event_type: &'static str,
    pub revision: i64,
    pub body: Vec<u8>,
    /// When to deliver it: never before what the endpoint is already owed of the same thing.
    pub due: UnixMs,
}

pub(super) async fn owe_one(tx: &mut TenantTx<'_>, owed: Owed, now: UnixMs) -> Result<()> {
    let Owed { id, endpoint, due, .. } = owed;
    if tx.prefers_one_statement() {
        return owe_at_once(tx, &owed, now).await;
    }
    let sql = tsql!(
        "INSERT INTO deliveries (tenant_id, id, endpoint_id, call_id, subject_id, event_type, revision, state,
           attempts_count, next_attempt_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, $8, $8)
         ON CONFLICT (tenant_id, endpoint_id, subject_id, event_type, revision) DO NOTHING"
    );
    let values = vals![id, endpoint, owed.call, owed.subject, owed.event_type, owed.revision, now];
    if tx.exec(sql, values).await? == 0 {
        return Ok(());
    }
    let sql = tsql!("INSERT INTO delivery_bodies (tenant_id, delivery_id, body) VALUES ($1, $2, $3)");
    tx.exec(sql, vals![id, owed.body]).await?;
    queue::owe(tx, super::QUEUE, endpoint.0, id.0, due, now).await?;
    tx.changed("deliveries", Some(id.0));
    Ok(())
}

/// The same three rows in one statement.
async fn owe_at_once(tx: &mut TenantTx<'_>, owed: &Owed, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        pg: "WITH d AS (
               INSERT INTO deliveries (tenant_id, id, endpoint_id, call_id, subject_id, event_type, revision, state,
                 attempts_count, next_attempt_at, created_at)
               VALUES ($1, $2, $3, $4, $11, $5, $6, 'pending', 0, $7, $7)
               ON CONFLICT (tenant_id, endpoint_id, subject_id, event_type, revision) DO NOTHING RETURNING id),
             b AS (
               INSERT INTO delivery_bodies (tenant_id, delivery_id, body) SELECT $1, $2, $8 FROM d),
             j AS (
               INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
               SELECT $1, $9, $2, $3, $10, 0, 0, 0, FALSE, $7 FROM d)
             SELECT id FROM d"
    );
    let values = vals![
        owed.id,
        owed.endpoint,
        owed.call,
        owed.event_type,
        owed.revision,
        now,
        owed.body.as_slice(),
        super::QUEUE,
        owed.due,
        owed.subject
    ];
    if tx.row(sql, values).await?.is_some() {
        if owed.due <= now {
            let key =
                queue::GroupKey { tenant: tx.tenant(), queue: super::QUEUE.into(), group: owed.endpoint.0 };
            tx.hint(vestibule_store::Hint::Due(key));
        }
        tx.changed("deliveries", Some(owed.id.0));
    }
    Ok(())
}
