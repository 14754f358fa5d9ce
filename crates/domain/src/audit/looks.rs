//! Who looked: one row for each person, call and hour, however often a page asks again.

use super::chain::Entry;
use super::list::{AuditActor, AuditFilter, list};
use super::note::note_once;
use crate::{House, Kind, Refusal, Result};
use moka::sync::Cache;
use std::time::Duration;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::{CallId, UnixMs, ids::uuid_v7};
use vestibule_store::{StoreError, TenantTx, tsql, vals};

const HOUR_MS: i64 = 3_600_000;

const UNWRITTEN: Refusal = Refusal::new(
    Kind::Unavailable,
    "audit_unavailable",
    "This is shown to nobody without writing down who saw it, and that cannot be written at the moment. Try again shortly.",
    "Ceci n’est montré à personne sans noter qui l’a vu, et cela ne peut être noté en ce moment. Réessayez sous peu.",
);

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Look {
    /// The words of a call.
    Transcript,
    /// The sound of a call.
    Recording,
}

impl Look {
    /// How the log calls it.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Transcript => "call.transcript_read",
            Self::Recording => "call.recording_played",
        }
    }
}

/// Who looked at what within this hour, so that a page that asks again asks no database.
#[derive(Clone)]
pub struct Looks(Cache<(Uuid, String, Look, CallId, i64), ()>);

impl Default for Looks {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(50_000).time_to_live(Duration::from_secs(3600)).build())
    }
}

/// Writes down that somebody looks, before anything is shown. Idempotent by actor, call, kind and hour.
///
/// # Errors
/// `audit_unavailable`: then nothing may be shown.
pub async fn look(house: &House, scope: &TenantScope, call: CallId, look: Look) -> Result<()> {
    let now = house.world.now();
    let hour = now.0.div_euclid(HOUR_MS);
    let key = (scope.tenant().0, scope.actor().to_string(), look, call, hour);
    if house.looks.0.contains_key(&key) {
        return Ok(());
    }
    let since = UnixMs(hour * HOUR_MS);
    match note_once(house, scope, look.action(), "call", &call.to_string(), since).await {
        Ok(()) => {
            house.looks.0.insert(key, ());
            Ok(())
        }
        Err(error) => {
            tracing::error!(error = %error, tenant.id = %scope.tenant(), "who looked could not be written: nothing is shown");
            Err(UNWRITTEN.after(5).into())
        }
    }
}

/// Who looked at a call, newest first, at most a hundred.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn looks_at(
    house: &House,
    scope: &TenantScope,
    call: CallId,
) -> Result<Vec<(UnixMs, Look, AuditActor)>> {
    let mut found = Vec::new();
    for kind in [Look::Transcript, Look::Recording] {
        let filter = AuditFilter {
            action: Some(kind.action().to_owned()),
            object: Some(("call".to_owned(), Some(call.to_string()))),
            limit: 100,
            ..AuditFilter::default()
        };
        let page = list(house, scope, &filter).await?;
        found.extend(page.items.into_iter().map(|row| (row.at, kind, row.who)));
    }
    found.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    found.truncate(100);
    Ok(found)
}

/// That a row is there once from an instant on.
pub(super) struct Once(UnixMs);

impl Once {
    pub const fn since(at: UnixMs) -> Self {
        Self(at)
    }

    /// Whether there is one already. Asked under the head's lock: nobody can append one meanwhile.
    pub async fn is_done(
        &self,
        tx: &mut TenantTx<'_>,
        entry: &Entry,
    ) -> std::result::Result<bool, StoreError> {
        // Ids grow with time: the instant in them bounds what is looked at.
        let sql = tsql!(
            "SELECT id FROM audit WHERE tenant_id = $1 AND object_kind = $2 AND object_id = $3 AND id >= $4
             AND action = $5 AND actor = $6 LIMIT 1"
        );
        let values = vals![
            entry.object_kind.clone(),
            entry.object_id.clone(),
            uuid_v7(self.0, &[0; 10]),
            entry.action.clone(),
            entry.actor.clone(),
        ];
        Ok(tx.row(sql, values).await?.is_some())
    }
}
