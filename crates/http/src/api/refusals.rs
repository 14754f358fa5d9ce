//! Requests that were not let in, for the operator: counts only.

use crate::App;
use crate::api::limit;
use crate::enter::{Params, Platform};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::ReadPlatform;
use vestibule_domain::connections;
use vestibule_model::UnixMs;

/// A count of refused requests.
#[derive(Serialize, ToSchema)]
pub struct RefusalView {
    /// Which door.
    door: String,
    /// Why, as a stable code.
    reason: String,
    /// The minute.
    minute: String,
    /// How many.
    count: i64,
}

/// The newest counts.
#[derive(Serialize, ToSchema)]
pub struct RefusalPage {
    items: Vec<RefusalView>,
    /// The minute before which the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// Which counts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefusalQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// List counts of refused requests, newest first.
#[utoipa::path(get, path = "/api/admin/refusals", tag = "platform", params(RefusalQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = RefusalPage), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ReadPlatform>,
    Params(query): Params<RefusalQuery>,
) -> Answer<Json<RefusalPage>> {
    app.refusals.flush(&app.house).await?;
    let limit = limit(query.limit);
    let before = query.cursor.as_deref().and_then(UnixMs::parse_rfc3339).unwrap_or(UnixMs(i64::MAX));
    let rows = connections::refusals(&app.house, &platform.scope, before, limit).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit);
    let next_cursor = if full { rows.last().map(|r| r.minute.rfc3339()) } else { None };
    let items = rows.into_iter().map(|r| RefusalView {
        door: r.door,
        reason: r.reason,
        minute: r.minute.rfc3339(),
        count: r.count,
    });
    Ok(Json(RefusalPage { items: items.collect(), next_cursor }))
}
