//! Mail owed to people.

use crate::App;
use crate::api::{cursor, limit};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::mail::{self, MailRow};
use vestibule_domain::{Cursor, Error};
use vestibule_model::UnixMs;

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// A mail, without its text.
#[derive(Serialize, ToSchema)]
pub struct MailView {
    /// Its id.
    id: String,
    /// What it tells of, for example `endpoint.off`.
    kind: String,
    /// To whom it goes.
    to: String,
    /// en or fr.
    locale: String,
    /// What it is about.
    subject: String,
    /// owed, sent or failed.
    state: String,
    /// How often it was tried.
    attempts: i64,
    /// What went wrong the last time, as a stable code.
    last_error: Option<String>,
    /// When it was owed.
    created_at: String,
    /// When it was taken.
    sent_at: Option<String>,
}

/// A page of mails, newest first.
#[derive(Serialize, ToSchema)]
pub struct MailPage {
    /// The mails.
    items: Vec<MailView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

fn view(row: MailRow) -> MailView {
    MailView {
        id: row.id.to_string(),
        kind: row.kind,
        to: row.to,
        locale: row.locale,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts_count,
        last_error: row.last_error,
        created_at: row.created_at.rfc3339(),
        sent_at: row.sent_at.map(UnixMs::rfc3339),
    }
}

/// List mails owed to the tenant's people.
#[utoipa::path(get, path = "/api/v1/mails", tag = "mail", params(MailQuery),
    security(("session" = []), ("bearer" = ["mails.read"])),
    responses((status = 200, body = MailPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadMails>,
    Params(query): Params<MailQuery>,
) -> Answer<Json<MailPage>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = mail::list(&mut inside, cursor(query.cursor.as_deref())?, limit(query.limit)).await?;
    Ok(Json(MailPage {
        items: page.items.into_iter().map(view).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}
