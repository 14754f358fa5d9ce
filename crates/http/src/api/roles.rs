//! Who may do what: the one table of roles and permissions.

use crate::enter::Who;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_access::Permission;
use vestibule_model::Role;

/// A role and what it may do.
#[derive(Serialize, ToSchema)]
pub struct RoleView {
    /// owner, manager, staff or viewer.
    role: String,
    /// What it may do, by the names of keys' scopes.
    permissions: Vec<String>,
}

/// Every role, the highest first.
#[derive(Serialize, ToSchema)]
pub struct RoleList {
    /// The roles.
    items: Vec<RoleView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// List the roles and what each may do.
#[utoipa::path(get, path = "/api/v1/roles", tag = "people", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = RoleList), (status = 401, body = crate::Problem)))]
pub(crate) async fn list(_who: Who) -> Json<RoleList> {
    let items = [Role::Owner, Role::Manager, Role::Staff, Role::Viewer].map(|role| RoleView {
        role: role.as_str().into(),
        permissions: Permission::ALL
            .iter()
            .filter(|p| role >= p.least_role())
            .map(|p| p.as_str().to_owned())
            .collect(),
    });
    Json(RoleList { items: items.into(), next_cursor: None })
}
