//! Connections: a tenant's credentials at a provider, the resources bound to it, and the way from a request
//! to the tenant it is for.

mod account;
mod diagnose;
mod door;
mod edit;
mod held;
mod keys;
mod reconcile;

pub use account::{Tested, test};
pub use diagnose::{age_ms, diagnose};
pub(crate) use door::tenant_of;
pub use door::{Found, Locks, decide, find_by_id, find_by_resource, find_by_token, refusals, refuse};
pub(crate) use edit::REST_MS;
pub use edit::{
    Connected, ConnectionView, Filled, agent, connect, connect_agent, disconnect, disconnect_agent, view,
};
pub(crate) use held::held_mentioning;
pub use held::{
    Full, HOLD_MS, HeldRequest, Reason, held_of, held_requests, hold, let_go, let_go_of_old,
    waiting_for_a_binding,
};
pub use keys::{credentials, sender};
pub use reconcile::{Found as Reconciled, reconcile, reconcile_due, standing};
pub use vestibule_store::directory::connections::ConnectionRecord;
pub use vestibule_store::directory::held::HeldRecord;
pub use vestibule_store::directory::reconciliations::ReconciliationRecord;

/// The code of requirement 2.18's refusal.
pub const NO_CLIENT_CODE: &str = "no_client_for_agent";

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
