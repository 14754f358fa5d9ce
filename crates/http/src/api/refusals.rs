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
use vestibule_domain::{Kind, Refusal, connections};
use vestibule_model::UnixMs;

/// More doors and reasons than a minute can have.
const MOST_OF_A_MINUTE: usize = 100_000;

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
    /// Where the next page begins; null on the last one.
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

/// The instant before which a minute's rows are listed first.
fn after_minute(minute: UnixMs) -> UnixMs {
    minute.plus_ms(1)
}

/// Reads a cursor: a minute, and how many of its rows were seen.
fn place(text: &str) -> Option<(UnixMs, usize)> {
    let (minute, seen) = text.split_once('~')?;
    let seen: usize = seen.parse().ok().filter(|n| *n <= MOST_OF_A_MINUTE)?;
    Some((after_minute(UnixMs::parse_rfc3339(minute)?), seen))
}

fn bad_cursor() -> Refusal {
    Refusal::new(
        Kind::BadRequest,
        "bad_cursor",
        "This cursor is not one of ours: begin again without it.",
        "Ce curseur n’est pas des nôtres : recommencez sans lui.",
    )
}

/// List counts of refused requests, newest first.
#[utoipa::path(get, path = "/api/admin/refusals", tag = "platform", params(RefusalQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = RefusalPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ReadPlatform>,
    Params(query): Params<RefusalQuery>,
) -> Answer<Json<RefusalPage>> {
    app.refusals.flush(&app.house).await?;
    let limit = limit(query.limit);
    let (before, seen) = match query.cursor.as_deref().filter(|c| !c.is_empty()) {
        None => (UnixMs(i64::MAX), 0),
        Some(text) => place(text).ok_or_else(bad_cursor)?,
    };
    // A minute has a row for each door and reason: those of the page before are read again and left out.
    let asked = limit.saturating_add(i64::try_from(seen).unwrap_or(i64::MAX)).saturating_add(1);
    let mut rows = connections::refusals(&app.house, &platform.scope, before, asked).await?;
    rows.drain(..seen.min(rows.len()));
    let whole = usize::try_from(limit).unwrap_or(1);
    let more = rows.len() > whole;
    rows.truncate(whole);
    let next_cursor = rows.last().filter(|_| more).map(|last| {
        let of_minute = rows.iter().filter(|r| r.minute == last.minute).count();
        let earlier = if before == after_minute(last.minute) { seen } else { 0 };
        format!("{}~{}", last.minute.rfc3339(), of_minute + earlier)
    });
    let items = rows.into_iter().map(|r| RefusalView {
        door: r.door,
        reason: r.reason,
        minute: r.minute.rfc3339(),
        count: r.count,
    });
    Ok(Json(RefusalPage { items: items.collect(), next_cursor }))
}
