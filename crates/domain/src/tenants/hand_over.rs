//! Handing a tenant over: to an agency, or to itself. From the commit on the former agency has no way in.

use crate::tenants::add::AGENCY;
use crate::viewings::{self, How};
use crate::{House, Kind, Refusal, Result, audit, keys, outbox};
use serde_json::json;
use vestibule_access::{Mint, PlatformScope};
use vestibule_model::AgencyId;
use vestibule_store::directory::tenants::{self, TenantRecord};
use vestibule_store::directory::{agencies, connections, viewings as looks};

/// What came of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// Who held it before.
    pub from: Option<AgencyId>,
    /// Who holds it now.
    pub to: Option<AgencyId>,
    /// Keys that people of the former agency made, and that are revoked.
    pub keys_revoked: i64,
    /// Looks from outside that ended.
    pub viewings_ended: i64,
    /// Memberships of people of the former agency that ended.
    pub members_removed: i64,
    /// Agents and numbers that the former agency's connections no longer serve.
    pub bindings_ended: i64,
    /// Where the tenant's deliveries still go: its own endpoints stay, whoever set them up.
    pub endpoints: Vec<String>,
}

/// The host of an address: where deliveries go, without what may be secret in it.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Hands a tenant over to an agency, or to itself. Idempotent: whoever holds it already is given nothing. Audited in the
/// tenant's log and in the platform's.
///
/// # Errors
/// `not_found` when it is not within reach, `unknown_agency`, `no_owner_left`, or the database's.
pub async fn hand_over(
    house: &House,
    mint: &Mint,
    scope: &PlatformScope,
    name: &str,
    to: Option<AgencyId>,
) -> Result<HandedOver> {
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let record: TenantRecord =
        tenants::find_within(&mut tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
    let inside = mint.within(scope, record.holding()).ok_or_else(Refusal::not_found)?;
    let from = record.agency_id;
    let mut done = HandedOver {
        from,
        to,
        keys_revoked: 0,
        viewings_ended: 0,
        members_removed: 0,
        bindings_ended: 0,
        endpoints: Vec::new(),
    };
    if from == to {
        return Ok(done);
    }
    if let Some(agency) = to
        && !agencies::hold(&mut tx, agency).await?
    {
        return Err(Refusal::invalid(vec![AGENCY]).into());
    }
    if !tenants::hand_over(&mut tx, record.id, from, to, now).await? {
        // Somebody else was quicker: to this scope it may not even be there any more.
        return Err(Refusal::not_found().into());
    }
    let mut ended = Vec::new();
    let mut people = Vec::new();
    if let Some(former) = from {
        let (members, owner_is_left) = agencies::members_of(&mut tx, record.id, former).await?;
        if members > 0 && !owner_is_left {
            return Err(no_owner_left().into());
        }
        done.members_removed = count(agencies::end_memberships(&mut tx, record.id, former).await?);
        done.bindings_ended = count(connections::unbind_from_agency(&mut tx, record.id, former, now).await?);
        ended = looks::end_of_agency(&mut tx, record.id, former, now).await?;
        people = agencies::everybody(&mut tx, former).await?;
    }
    done.viewings_ended = i64::try_from(ended.len()).unwrap_or(i64::MAX);
    viewings::note_ends(house, mint, &mut tx, scope.actor(), &ended, How::HandedOver).await?;
    let mut tenant = tx.tenant(&inside).await?;
    done.keys_revoked = keys::revoke_made_by(house, &mut tenant, &people).await?;
    let live = outbox::list_endpoints(&mut tenant).await?;
    done.endpoints = live.iter().filter(|e| e.is_active).map(|e| host(&e.url)).collect();
    done.endpoints.sort();
    done.endpoints.dedup();
    let text = |agency: Option<AgencyId>| agency.map(|a| a.to_string());
    let doc = json!({
        "from_agency": text(from), "to_agency": text(to), "keys_revoked": done.keys_revoked,
        "viewings_ended": done.viewings_ended, "members_removed": done.members_removed,
        "bindings_ended": done.bindings_ended,
    });
    let id = record.id.to_string();
    audit::note(&mut tenant, &house.world, "tenant.handed_over", "tenant", &id, doc.clone()).await?;
    let mut own = tx.tenant(&scope.own_rows()).await?;
    audit::note(&mut own, &house.world, "tenant.handed_over", "tenant", &id, doc).await?;
    tx.commit().await?;
    house.profiles.forget(record.id);
    house.locks.forget();
    Ok(done)
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

const fn no_owner_left() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "no_owner_left",
        "Its only owners are people of the agency that gives it away. Name another owner first.",
        "Ses seuls propriétaires sont des gens de l’agence qui le cède. Nommez d’abord un autre propriétaire.",
    )
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn only_the_host_of_an_address_is_told() {
        assert_eq!(host("https://n8n.example:8443/webhook/secret?key=1"), "n8n.example:8443");
        assert_eq!(host("https://user:pass@n8n.example"), "n8n.example");
    }
}
