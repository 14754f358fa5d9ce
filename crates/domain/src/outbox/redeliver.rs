//! Owing many deliveries of an endpoint again: everything since an instant (a replay), or its dead letters. Each keeps its
//! id and its bytes, so that a receiver that remembers `webhook-id` sees nothing twice that it has seen. A job goes on
//! from step to step, each a short transaction; the row says how far it has come. Idempotent: what is owed already is
//! left alone.

use crate::outbox::{EVENT_TYPES, QUEUE, find};
use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use serde_json::json;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, queue, tsql, vals};

/// The queue of redeliveries; its groups are endpoints.
pub const REDELIVER_QUEUE: &str = "redeliver";

/// What is to be owed again.
#[derive(Debug, Clone)]
pub enum Again {
    /// What was owed from `since` on and before `until`, now when nothing is said, and has arrived or is dead.
    Replay {
        /// The first instant.
        since: UnixMs,
        /// The instant after the last.
        until: Option<UnixMs>,
        /// Of these types; of every type of a call when nothing is said.
        event_types: Option<Vec<String>>,
    },
    /// Every dead letter.
    Dead,
}

/// Many deliveries owed again.
#[derive(Debug, Clone)]
pub struct Redelivery {
    /// Its id.
    pub id: uuid::Uuid,
    /// Of which endpoint.
    pub endpoint: EndpointId,
    /// `replay` or `dead`.
    pub kind: String,
    /// Of which types.
    pub event_types: Vec<String>,
    /// What was owed from then on.
    pub since: UnixMs,
    /// And before then.
    pub until: UnixMs,
    /// `running` or `done`.
    pub state: String,
    /// How many are owed again so far.
    pub owed_count: i64,
    /// When it was asked for.
    pub created_at: UnixMs,
    /// When everything was owed again.
    pub finished_at: Option<UnixMs>,
}

pub(super) fn read(row: &Row) -> Result<Redelivery> {
    Ok(Redelivery {
        id: row.uuid("id")?,
        endpoint: row.id("endpoint_id")?,
        kind: row.text("kind")?,
        event_types: row.json("event_types")?,
        since: row.at("since_at")?,
        until: row.at("until_at")?,
        state: row.text("state")?,
        owed_count: row.int("owed_count")?,
        created_at: row.at("created_at")?,
        finished_at: row.opt_at("finished_at")?,
    })
}

/// An endpoint's newest redeliveries, newest first; twenty at most.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn list_redeliveries(tx: &mut TenantTx<'_>, endpoint: EndpointId) -> Result<Vec<Redelivery>> {
    find(tx, endpoint).await?.ok_or_else(Refusal::not_found)?;
    let sql = tsql!(
        "SELECT id, endpoint_id, kind, event_types, since_at, until_at, state, owed_count, created_at, finished_at
         FROM redeliveries WHERE tenant_id = $1 AND endpoint_id = $2 ORDER BY id DESC LIMIT 20"
    );
    tx.rows(sql, vals![endpoint]).await?.iter().map(read).collect()
}

fn bad(field: &'static str, en: &'static str, fr: &'static str) -> Refusal {
    Refusal::invalid(vec![FieldFault { field, code: "bad_parameter", en, fr }])
}

/// Begins to owe deliveries of an endpoint again. The same asked again while it runs is the same.
///
/// # Errors
/// `not_found`, `endpoint_off`, `redelivery_running`, a refusal about what was asked, or the database's.
pub async fn redeliver(
    house: &House,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    asked: Again,
) -> Result<Redelivery> {
    let found = find(tx, endpoint).await?.ok_or_else(Refusal::not_found)?;
    must_be_on(found.is_active)?;
    let now = house.world.now();
    let (kind, action, since, until, event_types) = match asked {
        Again::Dead => {
            let all = EVENT_TYPES.iter().map(|t| (*t).to_owned());
            let all = all.chain([super::TEST_EVENT.to_owned()]).collect();
            ("dead", "endpoint.dead_letters_retried", UnixMs(0), Some(now.plus_ms(1)), all)
        }
        Again::Replay { since, until, event_types } => {
            let types = event_types.unwrap_or_else(|| EVENT_TYPES.iter().map(|t| (*t).to_owned()).collect());
            ("replay", "endpoint.replayed", since, until, types)
        }
    };
    if event_types.is_empty()
        || kind == "replay" && event_types.iter().any(|t| !EVENT_TYPES.contains(&t.as_str()))
    {
        return Err(bad(
            "event_types",
            "Choose at least one of the listed event types.",
            "Choisissez au moins un des types d’événements de la liste.",
        )
        .into());
    }
    if since > now || until.is_some_and(|until| until <= since) {
        return Err(bad(
            "since",
            "Give an instant in the past, before the end of what is to be sent again.",
            "Donnez un instant passé, avant la fin de ce qui doit être renvoyé.",
        )
        .into());
    }
    for running in list_redeliveries(tx, endpoint).await?.into_iter().filter(|r| r.state == "running") {
        let is_same = running.kind == kind
            && running.event_types == event_types
            && (kind == "dead" || running.since == since && until.is_none_or(|until| running.until == until));
        if is_same {
            return Ok(running);
        }
        if running.kind == kind {
            return Err(Refusal::new(
                Kind::Conflict,
                "redelivery_running",
                "Another one is still under way for this endpoint: wait until it is done.",
                "Un autre renvoi est en cours pour ce point de livraison : attendez qu’il soit terminé.",
            )
            .into());
        }
    }
    let id: uuid::Uuid = house.world.new_id();
    let until = until.unwrap_or(now.plus_ms(1));
    let sql = tsql!(
        "INSERT INTO redeliveries (tenant_id, id, endpoint_id, kind, event_types, since_at, until_at, state, owed_count,
           created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', 0, $8)"
    );
    let values = [
        id.into(),
        endpoint.into(),
        kind.into(),
        Val::json(&event_types)?,
        since.into(),
        until.into(),
        now.into(),
    ];
    tx.exec(sql, &values).await?;
    queue::owe(tx, REDELIVER_QUEUE, endpoint.0, id, house.db.lease_now(), house.db.lease_now()).await?;
    probe_now(house, tx, endpoint).await?;
    let doc = json!({ "since": since.rfc3339(), "until": until.rfc3339(), "event_types": event_types });
    audit::note(tx, &house.world, action, "endpoint", &endpoint.to_string(), doc).await?;
    tx.changed("endpoints", Some(endpoint.0));
    let first = list_redeliveries(tx, endpoint).await?.into_iter().find(|r| r.id == id);
    first.ok_or_else(|| crate::Error::fault("a redelivery that was not kept"))
}

/// An endpoint that is off gets nothing.
pub(super) fn must_be_on(is_active: bool) -> Result<()> {
    if is_active {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::Conflict,
        "endpoint_off",
        "This endpoint is switched off: switch it on first.",
        "Ce point de livraison est désactivé : activez-le d’abord.",
    )
    .into())
}

/// Somebody expects the endpoint to work now: do not wait for the next probe.
pub(super) async fn probe_now(house: &House, tx: &mut TenantTx<'_>, endpoint: EndpointId) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET probe_at = $3 WHERE tenant_id = $1 AND id = $2 AND circuit_open_since IS NOT NULL"
    );
    tx.exec(sql, vals![endpoint, house.db.lease_now()]).await?;
    let (tenant, queue) = (tx.tenant(), QUEUE.into());
    tx.hint(vestibule_store::Hint::Due(queue::GroupKey { tenant, queue, group: endpoint.0 }));
    Ok(())
}
