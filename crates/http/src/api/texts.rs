//! Text messages: threads, texts, and sending one.

use crate::App;
use crate::api::deliveries::filter_id;
use crate::api::{bad_parameter, cursor, limit};
use crate::enter::{Body, Params, Tenant, id};
use crate::headers::is_french;
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::texts::{self, NewText, TextFilter, TextRow, ThreadFilter, ThreadRow};
use vestibule_domain::{Cursor, Error, Refusal};
use vestibule_model::{Phone, TextId, ThreadId, UnixMs};

/// The header that names a request, so that the same one again sends nothing.
const KEY: &str = "idempotency-key";

/// Which texts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TextQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// Of one thread.
    thread_id: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// Which threads.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ThreadQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// With one contact.
    contact_id: Option<String>,
    /// With one number.
    phone: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// Why a text was not sent or did not arrive.
#[derive(Serialize, ToSchema)]
pub struct TextProblemView {
    /// A stable code.
    code: String,
    /// The provider's own code.
    provider_code: Option<String>,
    /// The same in the reader's language.
    message: String,
}

/// A text.
#[derive(Serialize, ToSchema)]
pub struct TextView {
    /// Its id.
    id: String,
    /// In which thread.
    thread_id: String,
    /// INBOUND or OUTBOUND.
    direction: String,
    /// Who wrote.
    from_number: String,
    /// To whom.
    to_number: String,
    /// What it says.
    body: String,
    /// RECEIVED; or QUEUED, UNKNOWN, ACCEPTED, SENT, DELIVERED, UNDELIVERED, FAILED, CANCELED.
    status: String,
    /// STOP, START or HELP, when it is nothing but one of the agreed words.
    keyword: Option<String>,
    /// In how many parts it travelled.
    segments: Option<i64>,
    /// How many pictures and the like came with it; they stay at the provider.
    media_count: i64,
    /// What it cost, in millionths of the currency; known minutes later.
    price_micros: Option<i64>,
    /// The currency.
    currency: Option<String>,
    /// Why it was not sent or did not arrive.
    problem: Option<TextProblemView>,
    /// By which provider.
    provider: String,
    /// The provider's id of it.
    external_id: Option<String>,
    /// When it came, or was to be sent.
    at: String,
}

/// A page of texts, newest first.
#[derive(Serialize, ToSchema)]
pub struct TextPage {
    /// The texts.
    items: Vec<TextView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// The texts between one of the tenant's numbers and another number.
#[derive(Serialize, ToSchema)]
pub struct ThreadView {
    /// Its id.
    id: String,
    /// The tenant's number.
    our_number: String,
    /// The other number.
    their_number: String,
    /// Whose number that is.
    contact_id: Option<String>,
    /// What they are called.
    contact_name: Option<String>,
    /// Since when the other side wants no texts of this number; null when it does.
    opted_out_at: Option<String>,
    /// When the newest text came or was to be sent.
    last_at: String,
    /// The newest text.
    last: Option<TextView>,
}

/// A page of threads, the latest first.
#[derive(Serialize, ToSchema)]
pub struct ThreadPage {
    /// The threads.
    items: Vec<ThreadView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A number that texts can be sent from.
#[derive(Serialize, ToSchema)]
pub struct TextNumberView {
    /// The number.
    number: String,
    /// By which provider.
    provider: String,
}

/// The numbers that texts can be sent from.
#[derive(Serialize, ToSchema)]
pub struct TextNumbers {
    /// The numbers, the longest connected first.
    items: Vec<TextNumberView>,
}

/// A text to send.
#[derive(Deserialize, ToSchema)]
pub struct TextInput {
    /// To which number.
    to: String,
    /// What it says, at most 1,600 characters.
    body: String,
    /// From which of the tenant's numbers; the only one when nothing is said.
    from: Option<String>,
    /// Names this request: the same name again sends nothing. The header `idempotency-key` counts more; one of the two is
    /// needed.
    idempotency_key: Option<String>,
}

fn view(row: TextRow, french: bool) -> TextView {
    let problem = row.problem.map(|problem| {
        let (en, fr) = texts::of_problem(problem);
        TextProblemView {
            code: problem.as_str().to_owned(),
            provider_code: row.provider_code,
            message: (if french { fr } else { en }).to_owned(),
        }
    });
    let (from_number, to_number) =
        if row.is_inbound { (row.their_number, row.our_number) } else { (row.our_number, row.their_number) };
    TextView {
        id: row.id.to_string(),
        thread_id: row.thread.to_string(),
        direction: if row.is_inbound { "INBOUND" } else { "OUTBOUND" }.to_owned(),
        from_number,
        to_number,
        body: row.body,
        status: row.status.as_str().to_owned(),
        keyword: row.keyword.map(|word| word.as_str().to_owned()),
        segments: row.segments,
        media_count: row.media_count,
        price_micros: row.price_micros,
        currency: row.currency,
        problem,
        provider: row.provider,
        external_id: row.external_id,
        at: row.at.rfc3339(),
    }
}

fn thread_view(row: ThreadRow, french: bool) -> ThreadView {
    ThreadView {
        id: row.id.to_string(),
        our_number: row.our_number,
        their_number: row.their_number,
        contact_id: row.contact.map(|contact| contact.to_string()),
        contact_name: row.contact_name,
        opted_out_at: row.opted_out_at.map(UnixMs::rfc3339),
        last_at: row.last_at.rfc3339(),
        last: row.last.map(|text| view(text, french)),
    }
}

/// List texts.
#[utoipa::path(get, path = "/api/v1/texts", tag = "texts", params(TextQuery),
    security(("session" = []), ("bearer" = ["texts.read"])),
    responses((status = 200, body = TextPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadTexts>,
    Params(query): Params<TextQuery>,
    headers: HeaderMap,
) -> Answer<Json<TextPage>> {
    let filter = TextFilter {
        thread: filter_id(query.thread_id.as_deref(), "thread_id")?,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    };
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = texts::list(&app.house, &mut inside, &filter).await?;
    let french = is_french(&headers);
    Ok(Json(TextPage {
        items: page.items.into_iter().map(|text| view(text, french)).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}

/// One text.
#[utoipa::path(get, path = "/api/v1/texts/{id}", tag = "texts", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["texts.read"])),
    responses((status = 200, body = TextView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    tenant: Tenant<need::ReadTexts>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<TextView>> {
    let text: TextId = id(&text)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = texts::find(&app.house, &mut inside, text).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(view(found, is_french(&headers))))
}

/// Send a text, or try out whether texts can be sent (requirement 4.11).
#[utoipa::path(post, path = "/api/v1/texts", tag = "texts", params(("tenant" = Option<String>, Query), ("idempotency-key" = Option<String>, Header)),
    request_body = TextInput, security(("session" = []), ("bearer" = ["texts.send"])),
    responses((status = 202, body = TextView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn send(
    State(app): State<App>,
    tenant: Tenant<need::SendTexts>,
    headers: HeaderMap,
    Body(input): Body<TextInput>,
) -> Answer<(StatusCode, Json<TextView>)> {
    let key = headers.get(KEY).map(|value| value.to_str().unwrap_or_default().to_owned());
    let new = NewText {
        to: input.to,
        from: input.from,
        body: input.body,
        key: key.or(input.idempotency_key).unwrap_or_default(),
    };
    let sent = texts::send(&app.house, &tenant.scope, &new).await?;
    Ok((StatusCode::ACCEPTED, Json(view(sent, is_french(&headers)))))
}

/// List threads.
#[utoipa::path(get, path = "/api/v1/text-threads", tag = "texts", params(ThreadQuery),
    security(("session" = []), ("bearer" = ["texts.read"])),
    responses((status = 200, body = ThreadPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn threads(
    State(app): State<App>,
    tenant: Tenant<need::ReadTexts>,
    Params(query): Params<ThreadQuery>,
    headers: HeaderMap,
) -> Answer<Json<ThreadPage>> {
    let phone = match query.phone.as_deref().filter(|phone| !phone.is_empty()) {
        None => None,
        Some(text) => {
            let phone = Phone::parse(text).or_else(|| Phone::parse(&format!("+{}", text.trim())));
            let bad = || bad_parameter("phone", "Give a telephone number.", "Donnez un numéro de téléphone.");
            Some(phone.ok_or_else(bad)?.to_string())
        }
    };
    let filter = ThreadFilter {
        contact: filter_id(query.contact_id.as_deref(), "contact_id")?,
        phone,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    };
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = texts::list_threads(&app.house, &mut inside, &filter).await?;
    let french = is_french(&headers);
    Ok(Json(ThreadPage {
        items: page.items.into_iter().map(|thread| thread_view(thread, french)).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}

/// One thread.
#[utoipa::path(get, path = "/api/v1/text-threads/{id}", tag = "texts", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["texts.read"])),
    responses((status = 200, body = ThreadView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn thread(
    State(app): State<App>,
    tenant: Tenant<need::ReadTexts>,
    Path(thread): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<ThreadView>> {
    let thread: ThreadId = id(&thread)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = texts::find_thread(&app.house, &mut inside, thread).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(thread_view(found, is_french(&headers))))
}

/// List the numbers that texts can be sent from.
#[utoipa::path(get, path = "/api/v1/text-numbers", tag = "texts", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["texts.read"])),
    responses((status = 200, body = TextNumbers), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn numbers(
    State(app): State<App>,
    tenant: Tenant<need::ReadTexts>,
) -> Answer<Json<TextNumbers>> {
    let found = texts::numbers(&app.house, &tenant.scope).await?;
    let items = found
        .into_iter()
        .map(|own| TextNumberView { number: own.number, provider: own.provider.to_owned() })
        .collect();
    Ok(Json(TextNumbers { items }))
}
