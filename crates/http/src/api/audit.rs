//! The audit log: who did what, for a tenant's managers, and the platform's own for operators.

use crate::App;
use crate::api::calls::instant;
use crate::api::{bad_parameter, cursor, limit};
use crate::enter::{Params, Platform, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use vestibule_access::{ReadPlatform, TenantScope, need};
use vestibule_domain::audit::{self, AuditActor, AuditFilter, AuditRow};
use vestibule_domain::{Cursor, Error, Refusal, calls};
use vestibule_model::CallId;

/// The longest word of a filter.
const LONGEST: usize = 200;

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// Of one actor: `person:<id>`, `key:<id>`, `connection:<id>`, `system:<name>`.
    actor: Option<String>,
    /// Of one action, for example `endpoint.changed`.
    action: Option<String>,
    /// Of one kind of thing, for example `call`, or of one thing: `call:<id>`.
    object: Option<String>,
    /// On or after this day (YYYY-MM-DD in the tenant's time) or instant (RFC 3339).
    from: Option<String>,
    /// On or before this day, or before this instant.
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// Which rows of the platform's own log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformQuery {
    /// Of one actor: `person:<id>`, `key:<id>`, `connection:<id>`, `system:<name>`.
    actor: Option<String>,
    /// Of one action, for example `endpoint.changed`.
    action: Option<String>,
    /// Of one kind of thing, for example `call`, or of one thing: `call:<id>`.
    object: Option<String>,
    /// On or after this day (YYYY-MM-DD in UTC) or instant (RFC 3339).
    from: Option<String>,
    /// On or before this day, or before this instant.
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

impl From<AuditQuery> for PlatformQuery {
    fn from(query: AuditQuery) -> Self {
        let AuditQuery { actor, action, object, from, to, cursor, limit, .. } = query;
        Self { actor, action, object, from, to, cursor, limit }
    }
}

/// Who did it.
#[derive(Serialize, ToSchema)]
pub struct ActorView {
    /// person, key, connection or system.
    kind: String,
    /// Which; of `system`, what part of the program.
    id: String,
    /// What people call them; null when nobody has that id any more.
    name: Option<String>,
}

/// To what.
#[derive(Serialize, ToSchema)]
pub struct ObjectView {
    /// call, endpoint, key, tenant, ….
    kind: String,
    /// Which.
    id: String,
}

/// A row of the audit log.
#[derive(Serialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    id: String,
    /// When.
    at: String,
    /// Who.
    actor: ActorView,
    /// Did what, for example `endpoint.changed`.
    action: String,
    /// To what.
    object: ObjectView,
    /// What else is known of it.
    #[schema(value_type = Object)]
    details: Value,
    /// Its place in the chain, from 1; null from before there was one.
    seq: Option<i64>,
    /// Its hash, in hexadecimal digits.
    hash: Option<String>,
}

/// A page of the log, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// The rows.
    items: Vec<AuditView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// That somebody looked at a call.
#[derive(Serialize, ToSchema)]
pub struct LookView {
    /// When, the first time within an hour.
    at: String,
    /// transcript or recording.
    what: String,
    /// Who.
    actor: ActorView,
}

/// Who looked at a call, newest first.
#[derive(Serialize, ToSchema)]
pub struct LookPage {
    /// The newest hundred.
    items: Vec<LookView>,
    /// Always null: there is one page.
    next_cursor: Option<String>,
}

fn actor(actor: AuditActor) -> ActorView {
    ActorView { kind: actor.kind, id: actor.id, name: actor.name }
}

fn view(row: AuditRow) -> AuditView {
    AuditView {
        id: row.id.to_string(),
        at: row.at.rfc3339(),
        actor: actor(row.who),
        action: row.action,
        object: ObjectView { kind: row.object_kind, id: row.object_id },
        details: row.doc,
        seq: row.seq,
        hash: row.hash.map(hex::encode),
    }
}

fn filter(query: &PlatformQuery, zone: &str) -> Answer<AuditFilter> {
    let word = |text: &Option<String>, field: &'static str| match text.as_deref().filter(|t| !t.is_empty()) {
        Some(text) if text.len() > LONGEST || text.contains('\0') => {
            Err(bad_parameter(field, "This is too long.", "Ceci est trop long."))
        }
        other => Ok(other.map(str::to_owned)),
    };
    Ok(AuditFilter {
        actor: word(&query.actor, "actor")?,
        action: word(&query.action, "action")?,
        object: word(&query.object, "object")?.map(|object| match object.split_once(':') {
            Some((kind, id)) => (kind.to_owned(), Some(id.to_owned())),
            None => (object, None),
        }),
        from: instant(query.from.as_deref(), "from", zone, false)?,
        until: instant(query.to.as_deref(), "to", zone, true)?,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    })
}

async fn page(app: &App, scope: &TenantScope, filter: &AuditFilter) -> Answer<Json<AuditPage>> {
    let page = audit::list(&app.house, scope, filter).await?;
    Ok(Json(AuditPage {
        items: page.items.into_iter().map(view).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}

/// Read the audit log.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    security(("session" = []), ("bearer" = ["audit.read"])),
    responses((status = 200, body = AuditPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadAudit>,
    Params(query): Params<AuditQuery>,
) -> Answer<Json<AuditPage>> {
    page(&app, &tenant.scope, &filter(&query.into(), &tenant.record.timezone)?).await
}

/// Read the platform's own audit log: what concerns no tenant.
#[utoipa::path(get, path = "/api/admin/audit", tag = "platform", params(PlatformQuery),
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = AuditPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn of_platform(
    State(app): State<App>,
    platform: Platform<ReadPlatform>,
    Params(query): Params<PlatformQuery>,
) -> Answer<Json<AuditPage>> {
    page(&app, &platform.scope.own_rows(), &filter(&query, "UTC")?).await
}

/// Where an export begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinesQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// Behind this row of the chain: what was exported before.
    after: Option<i64>,
}

/// Where an export of the platform's own log begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformLinesQuery {
    /// Behind this row of the chain: what was exported before.
    after: Option<i64>,
}

async fn stream(app: &App, scope: &TenantScope, after: Option<i64>, name: &str) -> Answer<Response> {
    let lines = audit::export(&app.house, scope, after.unwrap_or(0).max(0)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"audit-{name}.jsonl\"")),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Take the audit log out as JSON lines, oldest first, each with its hashes.
///
/// The last line says where the chain ended, signed with a key of `/.well-known/jwks.json`. How a line is hashed is in
/// `docs/ops/audit.md`. That it was taken out is in the log itself.
#[utoipa::path(get, path = "/api/v1/audit.jsonl", tag = "audit", params(LinesQuery),
    security(("session" = []), ("bearer" = ["audit.read"])),
    responses((status = 200, description = "A line of JSON for each row.", content_type = "application/jsonl"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn lines(
    State(app): State<App>,
    tenant: Tenant<need::ReadAudit>,
    Params(query): Params<LinesQuery>,
) -> Answer<Response> {
    stream(&app, &tenant.scope, query.after, &tenant.record.slug).await
}

/// Take the platform's own audit log out as JSON lines, oldest first, each with its hashes.
#[utoipa::path(get, path = "/api/admin/audit.jsonl", tag = "platform", params(PlatformLinesQuery),
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, description = "A line of JSON for each row.", content_type = "application/jsonl"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn lines_of_platform(
    State(app): State<App>,
    platform: Platform<ReadPlatform>,
    Params(query): Params<PlatformLinesQuery>,
) -> Answer<Response> {
    stream(&app, &platform.scope.own_rows(), query.after, "platform").await
}

/// Who looked at a call: at its transcript, at its recording.
#[utoipa::path(get, path = "/api/v1/calls/{id}/looks", tag = "audit", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["audit.read"])),
    responses((status = 200, body = LookPage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn looks(
    State(app): State<App>,
    tenant: Tenant<need::ReadAudit>,
    Path(call): Path<String>,
) -> Answer<Json<LookPage>> {
    let call: CallId = id(&call)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    if !calls::exists(&mut inside, call).await? {
        return Err(Refusal::not_found().into());
    }
    drop(tx);
    let items = audit::looks_at(&app.house, &tenant.scope, call).await?;
    let view = |(at, look, who): (vestibule_model::UnixMs, audit::Look, AuditActor)| LookView {
        at: at.rfc3339(),
        what: match look {
            audit::Look::Transcript => "transcript",
            audit::Look::Recording => "recording",
        }
        .to_owned(),
        actor: actor(who),
    };
    Ok(Json(LookPage { items: items.into_iter().map(view).collect(), next_cursor: None }))
}
