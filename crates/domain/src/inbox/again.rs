//! A stored event, looked at again: processed once more, or given out to be sent on.

use crate::inbox::list::{self, InboxRow};
use crate::inbox::{QUEUE, pack};
use crate::{Error, House, Kind, Refusal, Result, audit};
use serde_json::json;
use uuid::Uuid;
use vestibule_model::InboxId;
use vestibule_ports::{Disposition, Inbound};
use vestibule_store::{Row, TenantTx, queue, tsql, vals};
use vestibule_vault::{DataKey, Place};

/// What is kept of an event.
pub struct Stored {
    /// The provider's name.
    pub provider: String,
    /// The event's name.
    pub event_name: String,
    /// The body, as it was kept.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stored({} {}, {} bytes)", self.provider, self.event_name, self.body.len())
    }
}

/// Why nothing more can be done with an event whose body is gone.
const NOT_KEPT: Refusal = Refusal::new(
    Kind::Conflict,
    "body_not_kept",
    "What the provider sent is no longer kept: only that it came, and what became of it.",
    "Ce que le fournisseur a envoyé n’est plus conservé : seulement que c’est arrivé, et ce qu’il en est advenu.",
);

/// An event as it is kept.
///
/// # Errors
/// `not_found`, `body_not_kept`, or the database's.
pub async fn stored(house: &House, tx: &mut TenantTx<'_>, id: InboxId) -> Result<Stored> {
    let sql = tsql!(
        "SELECT i.provider, i.event_name, b.sealed FROM inbox i
         LEFT JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
         WHERE i.tenant_id = $1 AND i.id = $2"
    );
    let row = tx.row(sql, vals![id]).await?.ok_or_else(Refusal::not_found)?;
    if row.opt_bytes("sealed")?.is_none() {
        return Err(NOT_KEPT.into());
    }
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let body = open(&key, id, &row)?;
    Ok(Stored { provider: row.text("provider")?, event_name: row.text("event_name")?, body })
}

/// Opens the body in a row's `sealed`.
pub(super) fn open(key: &DataKey, id: InboxId, row: &Row) -> Result<Vec<u8>> {
    let place = Place { table: "inbox_bodies", row: id.0, column: "sealed" };
    let packed =
        key.open(place, &row.bytes("sealed")?).map_err(|_| Error::fault("a stored event does not open"))?;
    pack::unpack(&packed)
}

/// Processes a stored event once more, as this version of the program understands it. Idempotent: facts that are known
/// change nothing.
///
/// # Errors
/// `not_found`, `body_not_kept`, or the database's.
pub async fn again(house: &House, tx: &mut TenantTx<'_>, id: InboxId) -> Result<InboxRow> {
    let stored = stored(house, tx, id).await?;
    let provider = house.provider(&stored.provider);
    let provider = provider.ok_or_else(|| Error::fault("an event of an unknown provider"))?;
    let now = house.world.now();
    let address = provider.address(&Inbound::unsigned(&stored.body, now));
    let (state, reason) = match provider.identify(&address).disposition {
        Disposition::Fold => ("pending", None),
        Disposition::Ignore(reason) => ("ignored", Some(reason)),
        Disposition::Unprocessable(reason) => ("unprocessable", Some(reason)),
    };
    let sql = tsql!("UPDATE inbox SET state = $3, reason = $4 WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![id, state, reason]).await?;
    if state == "pending" {
        let due = house.db.lease_now();
        queue::owe(tx, QUEUE, Uuid::nil(), id.0, due, due).await?;
    }
    let doc = json!({ "event": stored.event_name });
    audit::note(tx, &house.world, "inbox.processed_again", "inbox", &id.to_string(), doc).await?;
    tx.changed("inbox", Some(id.0));
    list::find(tx, id).await?.ok_or_else(|| Error::fault("an event that was not kept"))
}
