//! Calls and their transcripts as a file of JSON lines, however many there are (requirement 0.63).

use crate::App;
use crate::api::calls::{CallQuery, filter};
use crate::api::calls_out::detail;
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures::stream;
use http::{HeaderValue, header};
use serde_json::json;
use vestibule_access::{TenantScope, need};
use vestibule_domain::calls::{self, CallFilter};
use vestibule_domain::{Error, House, Result, audit};

/// How many calls are read together.
const PAGE: i64 = 50;

/// Fetch calls with their transcripts as a file.
///
/// One line of JSON for each call, newest first: what one call answers, without its facts, events and deliveries. The same
/// filters as the list; `cursor` begins after a page of it, `limit` has no meaning here. Written into the audit log.
#[utoipa::path(get, path = "/api/v1/calls.jsonl", tag = "calls", params(CallQuery),
    security(("session" = []), ("bearer" = ["data.export"])),
    responses((status = 200, description = "The calls.", content_type = "application/jsonl"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn lines(
    State(app): State<App>,
    tenant: Tenant<need::ExportData>,
    Params(query): Params<CallQuery>,
) -> Answer<Response> {
    let wanted = CallFilter { limit: PAGE, ..filter(&query, &tenant.record.timezone)? };
    let (house, scope) = (app.house.clone(), tenant.scope);
    note(&house, &scope).await?;
    let pages = stream::try_unfold(Some(wanted), move |wanted| {
        let house = house.clone();
        async move {
            let Some(wanted) = wanted else { return Ok::<_, std::io::Error>(None) };
            Ok(Some(page(&house, &scope, wanted).await.map_err(std::io::Error::other)?))
        }
    });
    let mut response = Response::new(Body::from_stream(pages));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{}-calls.jsonl\"", tenant.record.slug));
    if let Ok(name) = name {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// That somebody takes conversations along is written down before the first of them leaves.
async fn note(house: &House, scope: &TenantScope) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let id = scope.tenant().to_string();
    audit::note(&mut inside, &house.world, "data.calls_exported", "tenant", &id, json!({})).await?;
    Ok(tx.commit().await?)
}

/// A page of lines, and what to read after it.
async fn page(
    house: &House,
    scope: &TenantScope,
    wanted: CallFilter,
) -> Result<(Vec<u8>, Option<CallFilter>)> {
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let found = calls::search(&mut inside, &wanted).await?;
    let mut text = Vec::new();
    for call in &found.items {
        let Some(whole) = calls::detail(&mut inside, call.id).await? else { continue };
        let mut line = serde_json::to_value(detail(whole, Vec::new(), Vec::new())).map_err(Error::fault)?;
        if let Some(line) = line.as_object_mut() {
            line.retain(|name, _| !["facts", "events", "deliveries"].contains(&name.as_str()));
        }
        serde_json::to_writer(&mut text, &line).map_err(Error::fault)?;
        text.push(b'\n');
    }
    Ok((text, found.next.map(|next| CallFilter { after: Some(next), ..wanted })))
}
