//! The recording of a call, fetched from wherever its provider keeps it.

use crate::audit::{self, Look};
use crate::{House, Kind, Refusal, Result, connections};
use vestibule_access::TenantScope;
use vestibule_model::CallId;
use vestibule_ports::{
    Extent, ProviderFault, ProviderFaultKind, RecordingStream, RecordingWanted, Recordings,
};
use vestibule_store::{tsql, vals};

const NONE: Refusal = Refusal::new(
    Kind::NotFound,
    "no_recording",
    "There is no recording of this call.",
    "Il n’y a pas d’enregistrement de cet appel.",
);
const GONE: Refusal = Refusal::new(
    Kind::NotFound,
    "recording_gone",
    "The provider does not give this recording: it is not ready yet, or it is no longer kept.",
    "Le fournisseur ne donne pas cet enregistrement : il n’est pas encore prêt, ou n’est plus conservé.",
);
const LOCKED: Refusal = Refusal::new(
    Kind::Conflict,
    "recording_locked",
    "The provider asks for credentials that it takes: check the connection.",
    "Le fournisseur demande des identifiants qu’il accepte : vérifiez la connexion.",
);
const LATER: Refusal = Refusal::new(
    Kind::Unavailable,
    "recording_unavailable",
    "The provider cannot be reached at the moment.",
    "Le fournisseur n’est pas joignable en ce moment.",
);

/// Begins to fetch the recording of a call, or the part of it that is wanted (as in the HTTP header `Range`). Whoever
/// listens is written down, once an hour; when that cannot be done, nothing is given out.
///
/// # Errors
/// `not_found`, `no_recording`, `recording_gone`, `recording_locked`, `recording_unavailable`, `audit_unavailable`, or the
/// database's.
pub async fn recording(
    house: &House,
    scope: &TenantScope,
    id: CallId,
    range: Option<&str>,
    from: &dyn Recordings,
) -> Result<RecordingStream> {
    let url = {
        let mut tx = house.db.read_in(scope).await?;
        let mut tx = tx.tenant(scope).await?;
        let sql = tsql!("SELECT recording_url FROM calls WHERE tenant_id = $1 AND id = $2");
        let row = tx.row(sql, vals![id]).await?.ok_or_else(Refusal::not_found)?;
        row.opt_text("recording_url")?.ok_or(NONE)?
    };
    let sets = match from.keeper(&url) {
        Some(provider) => {
            connections::credentials(house, scope, provider).await?.into_iter().map(Some).collect()
        }
        None => vec![None],
    };
    let mut found = Err(ProviderFault::of(ProviderFaultKind::Unauthorized));
    for keys in sets {
        let wanted = RecordingWanted { url: url.clone(), keys, range: range.map(str::to_owned) };
        found = from.fetch(wanted).await;
        // While credentials are exchanged, those before them may be the ones that still open.
        if !matches!(&found, Err(fault) if fault.kind == ProviderFaultKind::Unauthorized) {
            break;
        }
    }
    let stream = found.map_err(|fault| refusal(&fault))?;
    if stream.extent != Extent::Beyond {
        audit::look(house, scope, id, Look::Recording).await?;
    }
    Ok(stream)
}

fn refusal(fault: &ProviderFault) -> Refusal {
    tracing::info!(reason = fault.code(), "a recording could not be fetched");
    match fault.kind {
        ProviderFaultKind::Unauthorized => LOCKED,
        ProviderFaultKind::Rejected | ProviderFaultKind::Unexpected => GONE,
        ProviderFaultKind::RateLimited | ProviderFaultKind::Unavailable => {
            let wish = fault.retry_after_ms.and_then(|ms| u32::try_from(ms / 1000).ok());
            LATER.after(wish.unwrap_or(30).clamp(1, 3_600))
        }
    }
}
