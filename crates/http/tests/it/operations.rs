//! The operations of the OpenAPI document, each with what is needed to ask for it. An operation that the tables
//! here do not know stops the tests.

use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_access::Permission;
use vestibule_model::Role;
use vestibule_testkit::PASSWORD;

/// What an operation is walled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wall {
    /// Nothing.
    Public,
    /// Being somebody.
    Personal,
    /// Being a person, in one's own affairs: no key, and no tenant is named.
    Own,
    /// Being somebody, whoever that is: everybody is told the same.
    Same,
    /// Being a person who is signed in; a key is nobody.
    Session,
    /// A permission inside a tenant.
    Tenant(Permission),
    /// Being an operator.
    Platform,
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) wall: Wall,
    pub(crate) query: Vec<String>,
    /// A good body, where it wants one.
    pub(crate) body: Option<Value>,
}

/// Real things to fill an operation's address with.
#[derive(Debug, Clone)]
pub(crate) struct Things {
    pub(crate) tenant: String,
    pub(crate) call: String,
    pub(crate) delivery: String,
    pub(crate) endpoint: String,
    pub(crate) event: String,
    pub(crate) key: String,
    pub(crate) person: String,
    pub(crate) invitation: String,
    pub(crate) session: String,
    pub(crate) contact: String,
    pub(crate) text: String,
    pub(crate) thread: String,
    pub(crate) export: String,
    pub(crate) erasure: String,
    pub(crate) cursor: String,
    /// An agency that holds nothing, and its administrator.
    pub(crate) agency: String,
    pub(crate) admin: String,
}

/// What of the platform is the operator's alone; the rest an agency's administrator does with their own tenants.
const OPERATORS: &[&str] = &[
    "/api/admin/agencies",
    "/api/admin/audit",
    "/api/admin/instance",
    "/api/admin/people",
    "/api/admin/refusals",
    "/api/admin/tenant-erasures",
    "/api/admin/tenants/{id}/erase",
];

/// Operations that anybody may ask for. A new one is a decision.
const PUBLIC: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /api/v1/examples/{kind}/{name}",
    "POST /auth/email/confirm",
    "POST /auth/invitations/accept",
    "POST /auth/invitations/look",
    "POST /auth/links/redeem",
    "POST /auth/login",
    "POST /auth/password-strength",
    "POST /auth/refresh",
    "POST /auth/reset",
    "POST /auth/reset/confirm",
    "POST /auth/second-factor",
    "POST /auth/unlock",
];
/// Operations that want nobody in particular.
const PERSONAL: &[&str] = &["GET /api/v1/me", "POST /auth/logout"];
/// Operations of people in their own affairs.
const OWN: &[&str] = &[
    "DELETE /api/v1/me/sessions",
    "DELETE /api/v1/me/sessions/{id}",
    "GET /api/v1/me/sessions",
    "PATCH /api/v1/me",
    "POST /api/v1/me/email",
    "POST /api/v1/me/invitations",
    "POST /api/v1/me/password",
];
/// Operations that tell everybody who is somebody the same.
const SAME: &[&str] = &["GET /api/v1/roles"];
/// Operations about the signed-in person, whatever they may do where.
const OF_ONESELF: &[&str] = &[
    "GET /api/v1/me/second-factor",
    "POST /api/v1/me/second-factor",
    "POST /api/v1/me/second-factor/confirm",
    "POST /api/v1/me/second-factor/off",
    "POST /api/v1/me/second-factor/recovery-codes",
];

/// The least role that may do each thing: said here again, so that the product's table is not its own judge.
const LEAST: &[(Permission, Role)] = &[
    (Permission::ReadCalls, Role::Viewer),
    (Permission::ReadContacts, Role::Viewer),
    (Permission::ReadUsage, Role::Viewer),
    (Permission::ManageUsage, Role::Manager),
    (Permission::ReadTexts, Role::Viewer),
    (Permission::SendTexts, Role::Staff),
    (Permission::ReadEvents, Role::Viewer),
    (Permission::ReadDeliveries, Role::Staff),
    (Permission::RetryDeliveries, Role::Manager),
    (Permission::ReadInbox, Role::Manager),
    (Permission::ManageInbox, Role::Manager),
    (Permission::ReadMails, Role::Manager),
    (Permission::ReadEndpoints, Role::Staff),
    (Permission::ReadPrivacy, Role::Manager),
    (Permission::ManagePrivacy, Role::Owner),
    (Permission::ManageEndpoints, Role::Manager),
    (Permission::ReadConnections, Role::Manager),
    (Permission::ManageConnections, Role::Manager),
    (Permission::ReadAudit, Role::Manager),
    (Permission::ReadPeople, Role::Manager),
    (Permission::ManagePeople, Role::Manager),
    (Permission::ExportData, Role::Owner),
    (Permission::ReadKeys, Role::Manager),
    (Permission::ManageKeys, Role::Manager),
];

/// The least role that may do something.
pub(crate) fn least(needed: Permission) -> Role {
    let known = LEAST.iter().find(|(permission, _)| *permission == needed);
    known.unwrap_or_else(|| panic!("{needed:?}: operations.rs does not say who may")).1
}

/// A good body for each operation that wants one.
fn bodies() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("POST /auth/login", json!({ "email": "nobody@people.test", "password": "wrong password" })),
        ("POST /auth/second-factor", json!({ "challenge": "vsf_none", "code": "000000" })),
        ("POST /auth/refresh", json!({ "refresh_token": "vsr_none" })),
        ("POST /auth/unlock", json!({ "token": "vsl_none" })),
        ("POST /auth/password-strength", json!({ "password": "long enough for this" })),
        ("POST /api/v1/me/second-factor", json!({ "password": "wrong password" })),
        ("POST /api/v1/me/second-factor/confirm", json!({ "code": "000000" })),
        ("POST /api/v1/me/second-factor/off", json!({ "password": "wrong password", "code": "000000" })),
        ("POST /api/v1/me/second-factor/recovery-codes", json!({ "code": "000000" })),
        ("POST /auth/links/redeem", json!({ "token": "vsl_none", "password": "long enough for this" })),
        ("POST /auth/reset", json!({ "email": "nobody@people.test" })),
        ("POST /auth/reset/confirm", json!({ "token": "vsl_none", "password": "long enough for this" })),
        ("POST /auth/email/confirm", json!({ "token": "vsl_none" })),
        ("POST /auth/invitations/look", json!({ "token": "vsi_none" })),
        (
            "POST /auth/invitations/accept",
            json!({ "token": "vsi_none", "name": "Made", "password": "long enough for this" }),
        ),
        ("PATCH /api/v1/me", json!({ "name": "Renamed" })),
        ("POST /api/v1/me/email", json!({ "email": "made@people.test", "password": PASSWORD })),
        ("POST /api/v1/me/invitations", json!({ "token": "vsi_none" })),
        (
            "POST /api/v1/me/password",
            json!({ "password": PASSWORD, "new_password": "plumbers sing at noon" }),
        ),
        ("POST /api/v1/invitations", json!({ "email": "made@people.test", "role": "AGENT" })),
        ("PATCH /api/v1/people/{id}", json!({ "role": "Viewer" })),
        ("POST /api/v1/texts", json!({ "to": "+14155550123", "body": "made", "idempotency_key": "made" })),
        ("POST /api/v1/inbox/{id}/send", json!({ "url": "https://theirs.test/hook" })),
        ("PUT /api/v1/inbox/retention", json!({ "days": 30 })),
        (
            "PUT /api/v1/retention",
            json!({ "transcripts_days": 365, "recordings_days": null, "raw_events_days": 90 }),
        ),
        (
            "POST /api/v1/retention/dry-run",
            json!({ "transcripts_days": 1, "recordings_days": 1, "raw_events_days": 1 }),
        ),
        ("POST /api/v1/erasures/preview", json!({ "phone": "+14155550155" })),
        (
            "POST /api/v1/erasures",
            json!({ "phone": "+14155550155", "confirm": "+14155550155", "reason": "request" }),
        ),
        ("POST /api/admin/instance/unmute", json!({ "owed": "drop" })),
        ("POST /api/v1/lab/{provider}/{sample}", json!({ "url": "https://theirs.test/hook" })),
        ("POST /api/v1/endpoints", json!({ "url": "https://n8n.test/made" })),
        ("POST /api/v1/api-keys", json!({ "name": "made", "scopes": ["calls.read"] })),
        ("POST /api/v1/api-keys/{id}/rotate", json!({ "overlap_hours": 1 })),
        ("POST /api/v1/endpoints/{id}/replay", json!({ "since": "2026-11-01" })),
        ("PUT /dashboard/settings/webhook", json!({ "outbound_webhook_url": "https://n8n.test/outbound" })),
        ("PUT /api/v1/usage/settings", json!({ "hourly_value_micros": 30_000_000, "currency": "USD" })),
        ("PATCH /api/v1/endpoints/{id}", json!({ "description": "changed" })),
        (
            "POST /api/organizations/{organization}/retell",
            json!({ "agent_id": "agent_made", "api_key": "key_made" }),
        ),
        (
            "PUT /api/v1/connections/{provider}",
            json!({ "fields": { "agent_id": "agent_made", "api_key": "key_made" } }),
        ),
        ("POST /api/{provider}/connect-agent", json!({ "agentId": "agent_made" })),
        ("POST /api/organizations/{organization}/n8n", json!({ "webhook_url": "https://n8n.test/workflow" })),
        (
            "POST /api/admin/tenants",
            json!({ "company_name": "Made Here", "owner_email": "made@people.test" }),
        ),
        ("PATCH /api/admin/tenants/{id}", json!({ "industry": "plumbing" })),
        ("POST /api/admin/tenants/{id}/erase", json!({ "confirm": "ending-soon" })),
        ("POST /api/admin/tenants/{id}/api-keys", json!({ "name": "made" })),
        ("POST /api/admin/tenants/{id}/hand-over", json!({ "agency_id": null })),
        ("POST /api/admin/tenants/{id}/viewing", json!({ "role": "manager", "reason": "They asked." })),
        ("POST /api/admin/agencies", json!({ "name": "Made" })),
        ("PATCH /api/admin/agencies/{id}", json!({ "name": "Renamed" })),
        ("POST /api/admin/agencies/{id}/admins", json!({ "email": "made-admin@people.test" })),
    ])
}

/// Every operation of the document.
pub(crate) fn every() -> Vec<Operation> {
    let document = serde_json::to_value(vestibule_http::openapi()).unwrap();
    let mut bodies = bodies();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            if operation["responses"].is_null() {
                continue;
            }
            let name = format!("{method} {path}");
            let body = bodies.remove(name.as_str());
            let wants = !operation["requestBody"].is_null();
            assert_eq!(body.is_some(), wants, "{name}: operations.rs has no body for it, or one too many");
            let query = operation["parameters"].as_array().into_iter().flatten();
            let query = query.filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap().to_owned());
            let wall = wall(&name, &operation["security"]);
            found.push(Operation { method, path: path.clone(), wall, query: query.collect(), body });
        }
    }
    assert!(bodies.is_empty(), "bodies without an operation: {bodies:?}");
    assert!(found.len() >= 33, "operations are missing from the document");
    found
}

fn wall(name: &str, security: &Value) -> Wall {
    let ways = security.as_array().unwrap_or_else(|| panic!("{name} does not say who may ask"));
    if ways.is_empty() {
        assert!(PUBLIC.contains(&name), "{name} is public without a decision");
        return Wall::Public;
    }
    assert!(!PUBLIC.contains(&name), "{name} is public no longer");
    let scopes =
        ways.iter().find_map(|way| way["bearer"].as_array()).unwrap_or_else(|| panic!("{name}: {ways:?}"));
    let is_platform = name.contains(" /api/admin/");
    match scopes.as_slice() {
        [] if is_platform => Wall::Platform,
        [] if PERSONAL.contains(&name) => Wall::Personal,
        [] if OWN.contains(&name) => Wall::Own,
        [] if SAME.contains(&name) => Wall::Same,
        [] if OF_ONESELF.contains(&name) => Wall::Session,
        [scope] if !is_platform => {
            let scope = scope.as_str().unwrap();
            Wall::Tenant(Permission::parse(scope).unwrap_or_else(|| panic!("{name}: unknown scope {scope}")))
        }
        other => panic!("{name}: what is it walled by? {other:?}"),
    }
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it is a platform operation that an agency's administrator may not ask for.
    pub(crate) fn is_the_operators(&self) -> bool {
        OPERATORS.iter().any(|path| self.path.starts_with(path))
    }

    /// Whether its address names the tenant.
    pub(crate) fn tenant_in_path(&self) -> bool {
        self.path.contains("{organization}")
    }

    /// Whether its address names a thing of a tenant's.
    pub(crate) fn names_a_thing(&self) -> bool {
        self.path.contains("{id}") || self.path.contains("{key_id}")
    }

    /// Its address, filled with things.
    pub(crate) fn address(&self, things: &Things) -> String {
        let id = match self.path.split('/').collect::<Vec<_>>()[1..] {
            ["api", "v1", "calls", ..] | ["dashboard", "calls", ..] => &things.call,
            ["api", "v1", "deliveries", ..] | ["dashboard", "webhooks", "deliveries", ..] => &things.delivery,
            ["api", "v1", "endpoints", ..] => &things.endpoint,
            ["api", "v1", "texts", ..] => &things.text,
            ["api", "v1", "text-threads", ..] => &things.thread,
            ["api", "v1", "inbox", ..] => &things.event,
            ["api", "v1", "people", ..] | ["api", "admin", "people", ..] => &things.person,
            ["api", "v1", "invitations", ..] => &things.invitation,
            ["api", "v1", "me", "sessions", ..] => &things.session,
            ["api", "v1", "exports", ..] => &things.export,
            ["api", "admin", "agencies", ..] => &things.agency,
            ["api", "v1", "api-keys", ..] => &things.key,
            ["api", "v1", "erasures", ..] => &things.erasure,
            ["api", "admin", "tenants", ..] | ["api", "organizations", ..] => &things.tenant,
            _ => "",
        };
        let filled = self
            .path
            .replace("{organization}", &things.tenant)
            .replace("{provider}", "retell")
            .replace("{sample}", "call_ended")
            .replace("{id}", id)
            .replace("{key_id}", &things.key)
            .replace("{user_id}", &things.admin)
            .replace("{kind}", "n8n")
            .replace("{name}", "receptionist.en.json");
        assert!(
            !filled.contains('{') && (!self.path.contains("{id}") || !id.is_empty()),
            "{}: operations.rs has nothing to put there",
            self.name()
        );
        filled
    }

    /// Its address with the tenant named, however that is done.
    pub(crate) fn address_in(&self, tenant: &str, things: &Things) -> String {
        if self.tenant_in_path() {
            return self.path.replace("{organization}", tenant);
        }
        format!("{}?tenant={}", self.address(things), super::street::escaped(tenant))
    }

    /// What stands in its query for a foreign thing: one query for each parameter that can name one.
    pub(crate) fn foreign_queries(&self, foreign: &Things) -> Vec<String> {
        let mut found = Vec::new();
        for name in &self.query {
            match name.as_str() {
                "endpoint_id" => found.push(format!("endpoint_id={}", foreign.endpoint)),
                "call_id" => found.push(format!("call_id={}", foreign.call)),
                "delivery_id" => found.push(format!("delivery_id={}", foreign.delivery)),
                "thread_id" => found.push(format!("thread_id={}", foreign.thread)),
                "contact_id" => found.push(format!("contact_id={}", foreign.contact)),
                "cursor" => found.push(format!("cursor={}", foreign.cursor)),
                "object" => found.push(format!("object=call:{}", foreign.call)),
                "actor" => found.push(format!("actor=key:{}", foreign.key)),
                "phone" => found.push("phone=%2B18195550142".to_owned()),
                "tenant" | "from" | "to" | "since" | "until" | "status" | "outcome" | "intent" | "state"
                | "email" | "limit" | "action" | "after" | "search" | "plan" | "period" | "call"
                | "agency" => {}
                other => panic!("{}: can {other} name a foreign thing?", self.name()),
            }
        }
        found
    }
}
