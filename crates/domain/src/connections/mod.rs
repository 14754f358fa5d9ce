//! Connections: a tenant's credentials at a provider, the resources bound to it, and the way from a request
//! to the tenant it is for.

mod door;
mod edit;

pub use door::{Found, Locks, decide, find_by_resource, find_by_token, refusals, refuse};
pub use edit::{
    Connected, ConnectionView, Filled, agent, connect, connect_agent, disconnect, disconnect_agent, view,
};
pub use vestibule_store::directory::connections::ConnectionRecord;

use crate::Result;
use vestibule_model::TenantId;
use vestibule_ports::ResourceKind;
use vestibule_store::Tx;

/// A tenant's agents or numbers at a provider, the longest bound first.
///
/// # Errors
/// The database's.
pub(crate) async fn bound(
    tx: &mut Tx,
    tenant: TenantId,
    provider: &str,
    kind: ResourceKind,
) -> Result<Vec<String>> {
    Ok(vestibule_store::directory::connections::bound_to(tx, tenant, provider, kind.as_str()).await?)
}
