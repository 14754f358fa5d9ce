//! Contacts.

use crate::App;
use crate::api::{bad_parameter, cursor, limit};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::{Cursor, Error, contacts};
use vestibule_model::Phone;

/// Which contacts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContactQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// Their number.
    phone: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// A caller we know.
#[derive(Serialize, ToSchema)]
pub struct ContactView {
    /// Their id.
    id: String,
    /// Their number.
    phone: Option<String>,
    /// Their name.
    name: Option<String>,
    /// Their address.
    email: Option<String>,
    /// How many calls.
    calls_count: i64,
    /// When first.
    first_call_at: String,
    /// When last.
    last_call_at: String,
}

/// A page of contacts, the latest caller first.
#[derive(Serialize, ToSchema)]
pub struct ContactPage {
    /// The contacts.
    items: Vec<ContactView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// List contacts.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", params(ContactQuery),
    security(("session" = []), ("bearer" = ["contacts.read"])),
    responses((status = 200, body = ContactPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadContacts>,
    Params(query): Params<ContactQuery>,
) -> Answer<Json<ContactPage>> {
    let phone = match query.phone.as_deref().filter(|p| !p.is_empty()) {
        None => None,
        Some(text) => {
            let phone = Phone::parse(text).or_else(|| Phone::parse(&format!("+{}", text.trim())));
            Some(phone.ok_or_else(|| {
                bad_parameter("phone", "Give a telephone number.", "Donnez un numéro de téléphone.")
            })?)
        }
    };
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let after = cursor(query.cursor.as_deref())?;
    let page = contacts::list(&mut inside, phone.as_ref(), after, limit(query.limit)).await?;
    let items = page.items.into_iter().map(|c| ContactView {
        id: c.id.to_string(),
        phone: c.phone,
        name: c.name,
        email: c.email,
        calls_count: c.calls_count,
        first_call_at: c.first_call_at.rfc3339(),
        last_call_at: c.last_call_at.rfc3339(),
    });
    Ok(Json(ContactPage { items: items.collect(), next_cursor: page.next.map(Cursor::encode) }))
}
