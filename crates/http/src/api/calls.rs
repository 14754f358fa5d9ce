//! Calls.

use crate::App;
use crate::api::calls_out::{CallDetailView, CallView, detail, view};
use crate::api::{bad_parameter, cursor, deliveries, inbox, limit, word};
use crate::enter::{Params, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::{Permission, need};
use vestibule_domain::audit::{self, Look};
use vestibule_domain::calls::{self, CallFilter, CallRow};
use vestibule_domain::{Page, Refusal, inbox as events, outbox};
use vestibule_model::{CallId, Intent, Outcome, Phone, Status, UnixMs};

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// Begun on or after this day (YYYY-MM-DD in the tenant's time) or instant (RFC 3339).
    from: Option<String>,
    /// Begun on or before this day, or before this instant.
    to: Option<String>,
    /// Where they stand.
    status: Option<String>,
    /// What they led to.
    outcome: Option<String>,
    /// Why the caller rang.
    intent: Option<String>,
    /// The caller's number.
    phone: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// A page of calls, newest first.
#[derive(Serialize, ToSchema)]
pub struct CallPage {
    /// The calls.
    items: Vec<CallView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

pub(crate) fn instant(
    text: Option<&str>,
    field: &'static str,
    zone: &str,
    end: bool,
) -> Answer<Option<UnixMs>> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    // An instant first: its day alone could be read as a day.
    UnixMs::parse_rfc3339(text).or_else(|| UnixMs::day_bound(text, zone, end)).map(Some).ok_or_else(|| {
        bad_parameter(
            field,
            "Give a day as YYYY-MM-DD or an instant as RFC 3339.",
            "Donnez un jour (AAAA-MM-JJ) ou un instant (RFC 3339).",
        )
    })
}

/// What a query asks for, in a tenant's time.
pub(crate) fn filter(query: &CallQuery, zone: &str) -> Answer<CallFilter> {
    Ok(CallFilter {
        from: instant(query.from.as_deref(), "from", zone, false)?,
        until: instant(query.to.as_deref(), "to", zone, true)?,
        status: word(query.status.as_deref(), "status", Status::parse)?,
        outcome: word(query.outcome.as_deref(), "outcome", Outcome::parse)?,
        intent: word(query.intent.as_deref(), "intent", Intent::parse)?,
        // A `+` in an address reads as a blank.
        phone: word(query.phone.as_deref(), "phone", |t| {
            Phone::parse(t).or_else(|| Phone::parse(&format!("+{}", t.trim())))
        })?,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    })
}

pub(crate) fn page(found: &Page<CallRow>) -> CallPage {
    CallPage {
        items: found.items.iter().map(view).collect(),
        next_cursor: found.next.map(vestibule_domain::Cursor::encode),
    }
}

/// List calls.
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls", params(CallQuery),
    security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = CallPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadCalls>,
    Params(query): Params<CallQuery>,
) -> Answer<Json<CallPage>> {
    let filter = filter(&query, &tenant.record.timezone)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(vestibule_domain::Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(vestibule_domain::Error::from)?;
    Ok(Json(page(&calls::search(&mut inside, &filter).await?)))
}

/// One call, with its transcript, facts, events and deliveries.
///
/// Who sees a transcript is written into the audit log, once an hour; when that cannot be done, nothing is shown (503).
#[utoipa::path(get, path = "/api/v1/calls/{id}", tag = "calls", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = CallDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    tenant: Tenant<need::ReadCalls>,
    Path(call): Path<String>,
) -> Answer<Json<CallDetailView>> {
    let call: CallId = id(&call)?;
    let kept = events::retention(&app.house, &tenant.scope).await?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(vestibule_domain::Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(vestibule_domain::Error::from)?;
    let found = calls::detail(&mut inside, call).await?.ok_or_else(Refusal::not_found)?;
    let has_words = !found.transcript.is_empty();
    // Each part by its own right: a viewer sees the call, not what arrived and what was sent where.
    let may = tenant.who.principal.permissions_in(tenant.record.holding());
    let received = if may.contains(&Permission::ReadInbox) {
        events::of_call(&mut inside, call).await?
    } else {
        Vec::new()
    };
    let sent = if may.contains(&Permission::ReadDeliveries) {
        let filter = outbox::DeliveryFilter { call: Some(call), limit: 100, ..Default::default() };
        outbox::list_deliveries(&mut inside, &filter).await?.items
    } else {
        Vec::new()
    };
    drop(tx);
    if has_words {
        audit::look(&app.house, &tenant.scope, call, Look::Transcript).await?;
    }
    let received = received.iter().map(|row| inbox::view(row, kept)).collect();
    Ok(Json(detail(found, received, sent.iter().map(deliveries::view).collect())))
}
