//! Telling people what became of their endpoint, in the transaction in which it happened.

use crate::mail::{self, Notice, SwitchedOff};
use crate::{House, Result};
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::TenantTx;

/// Owes the tenant's owners and managers a mail: an endpoint was switched off. Idempotent by the endpoint and the instant:
/// each of them is told once of each time.
pub(super) async fn switched_off(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    reason: &str,
    now: UnixMs,
) -> Result<()> {
    let Some(endpoint) = super::find(tx, id).await? else { return Ok(()) };
    let (why, since) = match reason {
        "gone" => (SwitchedOff::Gone, now),
        _ => (SwitchedOff::Failing, endpoint.failing_since.unwrap_or(now)),
    };
    let host = host(&endpoint.url).to_owned();
    let notice = Notice::EndpointOff { name: endpoint.description, host, why, since };
    mail::tell_managers(house, tx, &notice, &format!("{}:{id}:{}", notice.kind(), now.0)).await?;
    Ok(())
}

/// The host of an endpoint's address, with its port: names, passwords, paths and queries can hold secrets.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_nothing_but_a_host() {
        for (url, want) in [
            ("https://n8n.test/webhook/secret-path", "n8n.test"),
            ("https://user:pass@n8n.test:8443?key=1", "n8n.test:8443"),
            ("http://[::1]:5678/x@y", "[::1]:5678"),
            ("https://n8n.test", "n8n.test"),
        ] {
            assert_eq!(host(url), want);
        }
    }
}
