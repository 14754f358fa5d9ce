//! Erasing a caller: looked at first, then done, with a receipt. The number stands in bodies alone, never in an address.

use crate::App;
use crate::api::{bad_parameter, cursor, limit};
use crate::enter::{Body, Params, Tenant, id};
use crate::problem::{Answer, Problem, Refused};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::privacy::{self, Counts, Erasure, Named, Reason};
use vestibule_domain::{Cursor, Error};
use vestibule_model::{Phone, UnixMs};

/// A caller, by one of the two.
#[derive(Deserialize, ToSchema)]
pub struct CallerInput {
    /// Their number, as in +15145550123.
    phone: Option<String>,
    /// The contact.
    contact_id: Option<String>,
}

/// What is to be erased.
#[derive(Deserialize, ToSchema)]
pub struct ErasureInput {
    /// Their number, as in +15145550123.
    phone: Option<String>,
    /// The contact.
    contact_id: Option<String>,
    /// Their number once more, typed by whoever decides.
    confirm: String,
    /// Why: request, `consent_withdrawn`, mistake or order.
    reason: String,
}

/// How much of each.
#[derive(Serialize, ToSchema)]
pub struct CountsView {
    /// Calls.
    calls: u64,
    /// Calls whose words are kept.
    transcripts: u64,
    /// Recordings, at their providers.
    recordings: u64,
    /// Received events.
    events: u64,
    /// Text messages.
    texts: u64,
    /// Deliveries.
    deliveries: u64,
    /// Mails.
    mails: u64,
    /// Requests that were held at the door.
    held: u64,
    /// Contacts.
    contacts: u64,
}

impl From<Counts> for CountsView {
    fn from(c: Counts) -> Self {
        Self {
            calls: c.calls,
            transcripts: c.transcripts,
            recordings: c.recordings,
            events: c.events,
            texts: c.texts,
            deliveries: c.deliveries,
            mails: c.mails,
            held: c.held,
            contacts: c.contacts,
        }
    }
}

/// What an erasure would remove.
#[derive(Serialize, ToSchema)]
pub struct ErasurePreview {
    /// The number, to be typed to confirm.
    phone: String,
    /// Their name, where it is known.
    name: Option<String>,
    /// How much of each.
    counts: CountsView,
    /// When they were first heard of.
    first_at: Option<String>,
    /// When they were last heard of.
    last_at: Option<String>,
    /// Providers that would be asked to erase their copies.
    providers: Vec<String>,
    /// How many endpoints were sent something of them: what these keep is theirs to erase.
    endpoints: u64,
}

/// What a provider was asked to erase.
#[derive(Serialize, ToSchema)]
pub struct ProviderErasureView {
    /// The provider's name.
    provider: String,
    /// call, recording or text.
    what: String,
    /// owed, confirmed, gone, refused or unsupported.
    state: String,
    /// How many of these.
    count: u64,
    /// What stood in the way the last time, as a stable code.
    last_error: Option<String>,
}

/// An erasure, or a day's letting go of what was kept long enough.
#[derive(Serialize, ToSchema)]
pub struct ErasureView {
    /// Its id.
    id: String,
    /// caller or retention.
    kind: String,
    /// Why, as a stable code.
    reason: String,
    /// Who did it, as the audit log has it.
    by: String,
    /// When.
    at: String,
    /// When it was applied again to a restored database.
    reapplied_at: Option<String>,
    /// How much of each.
    counts: CountsView,
    /// What providers were asked, and answered.
    providers: Vec<ProviderErasureView>,
}

/// A page of erasures, newest first.
#[derive(Serialize, ToSchema)]
pub struct ErasurePage {
    /// The erasures.
    items: Vec<ErasureView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// Which erasures.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErasureQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

fn view(row: Erasure) -> ErasureView {
    let providers = row.providers.into_iter().map(|p| ProviderErasureView {
        provider: p.provider,
        what: p.what,
        state: p.state,
        count: p.count,
        last_error: p.last_error,
    });
    ErasureView {
        id: row.id.to_string(),
        kind: row.kind,
        reason: row.reason,
        by: row.actor,
        at: row.at.rfc3339(),
        reapplied_at: row.reapplied_at.map(UnixMs::rfc3339),
        counts: row.counts.into(),
        providers: providers.collect(),
    }
}

fn named(phone: Option<&str>, contact: Option<&str>) -> Result<Named, Refused> {
    let filled = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (filled(phone), filled(contact)) {
        (_, Some(contact)) => Ok(Named::Contact(id(&contact)?)),
        (Some(phone), None) => Phone::parse(&phone).map(Named::Phone).ok_or_else(bad_phone),
        (None, None) => Err(bad_phone()),
    }
}

fn bad_phone() -> Refused {
    bad_parameter(
        "phone",
        "Give a number with its country code, such as +15145550123.",
        "Donnez un numéro avec son indicatif, tel que +15145550123.",
    )
}

/// What erasing a caller would remove. Changes nothing.
#[utoipa::path(post, path = "/api/v1/erasures/preview", tag = "privacy", params(("tenant" = Option<String>, Query)),
    request_body = CallerInput, security(("session" = []), ("bearer" = ["privacy.manage"])),
    responses((status = 200, body = ErasurePreview), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    tenant: Tenant<need::ManagePrivacy>,
    Body(input): Body<CallerInput>,
) -> Answer<Json<ErasurePreview>> {
    let named = named(input.phone.as_deref(), input.contact_id.as_deref())?;
    let found = privacy::preview(&app.house, &tenant.scope, &named).await?;
    Ok(Json(ErasurePreview {
        phone: found.phone.as_str().to_owned(),
        name: found.name,
        counts: found.counts.into(),
        first_at: found.first_at.map(UnixMs::rfc3339),
        last_at: found.last_at.map(UnixMs::rfc3339),
        providers: found.providers,
        endpoints: found.endpoints,
    }))
}

/// Erase a caller: calls, texts, what was said, the contact, raw events, what was delivered of them. For good. Idempotent: who
/// was erased and of whom nothing came since has the erasure that was.
#[utoipa::path(post, path = "/api/v1/erasures", tag = "privacy", params(("tenant" = Option<String>, Query)),
    request_body = ErasureInput, security(("session" = []), ("bearer" = ["privacy.manage"])),
    responses((status = 200, body = ErasureView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn erase(
    State(app): State<App>,
    tenant: Tenant<need::ManagePrivacy>,
    Body(input): Body<ErasureInput>,
) -> Answer<Json<ErasureView>> {
    let named = named(input.phone.as_deref(), input.contact_id.as_deref())?;
    let reason = Reason::parse(&input.reason).ok_or_else(|| {
        bad_parameter("reason", "Choose a reason from the list.", "Choisissez un motif de la liste.")
    })?;
    let done = privacy::erase_caller(&app.house, &tenant.scope, &named, &input.confirm, reason).await?;
    Ok(Json(view(done)))
}

/// List erasures.
#[utoipa::path(get, path = "/api/v1/erasures", tag = "privacy", params(ErasureQuery),
    security(("session" = []), ("bearer" = ["privacy.read"])),
    responses((status = 200, body = ErasurePage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadPrivacy>,
    Params(query): Params<ErasureQuery>,
) -> Answer<Json<ErasurePage>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = privacy::list(&mut inside, cursor(query.cursor.as_deref())?, limit(query.limit)).await?;
    Ok(Json(ErasurePage {
        items: page.items.into_iter().map(view).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}

/// The signed receipt of an erasure, as it stands now. It names nobody, and can be checked against this server's published keys.
#[utoipa::path(get, path = "/api/v1/erasures/{id}/receipt", tag = "privacy",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["privacy.read"])),
    responses((status = 200, body = serde_json::Value), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn receipt(
    State(app): State<App>,
    tenant: Tenant<need::ReadPrivacy>,
    Path(erasure): Path<String>,
) -> Answer<Json<serde_json::Value>> {
    Ok(Json(privacy::receipt(&app.house, &tenant.scope, id(&erasure)?).await?))
}
