//! Executions of tenants' workflows, and whether a workflow is set up.

use crate::App;
use crate::api::deliveries::{EndpointBrief, filter_id};
use crate::api::{bad_parameter, cursor, limit, word};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::workflows::{self, ExecutionFilter, ExecutionRow, WatchRow};
use vestibule_domain::{Cursor, Error};
use vestibule_model::UnixMs;
use vestibule_ports::{Diagnosis, ExecutionStatus};

/// Which executions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExecutionQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// RUNNING, WAITING, SUCCESS, ERROR, CANCELED or UNKNOWN.
    status: Option<String>,
    /// Behind one endpoint.
    endpoint_id: Option<String>,
    /// Started by one delivery.
    delivery_id: Option<String>,
    /// That began at this instant or later, RFC 3339: with `status=ERROR`, what failed since.
    since: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// An execution of a workflow.
#[derive(Serialize, ToSchema)]
pub struct ExecutionView {
    /// Its id with us.
    id: String,
    /// Its id at the workflow engine.
    execution_id: String,
    /// The engine's id of the workflow, once the engine has told it.
    workflow_id: Option<String>,
    /// The endpoint behind which the workflow is.
    endpoint: EndpointBrief,
    /// The delivery that started it, where one of ours did.
    delivery_id: Option<String>,
    /// RUNNING, WAITING, SUCCESS, ERROR, CANCELED, or UNKNOWN when nobody has said more than that it exists.
    status: String,
    /// What set it off, in the engine's word.
    mode: Option<String>,
    /// When it began.
    started_at: String,
    /// When it ended.
    stopped_at: Option<String>,
    /// Where a person can look at it.
    url: Option<String>,
}

/// A page of executions, newest first.
#[derive(Serialize, ToSchema)]
pub struct ExecutionPageView {
    /// The executions.
    items: Vec<ExecutionView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// Whether a delivery would start the workflow.
#[derive(Serialize, ToSchema)]
pub struct DiagnosisView {
    /// Whether it would.
    ok: bool,
    /// A stable code; `ready` when nothing is wrong.
    code: String,
    /// What is wrong and what to do about it, in the reader's language.
    message: String,
    /// What the engine calls the workflow.
    workflow_name: Option<String>,
    /// Under which addresses the workflow can be reached, where they are known.
    addresses: Vec<String>,
    /// The engine's own words, where it refused.
    said: Option<String>,
}

/// How asking the engine for executions goes.
#[derive(Serialize, ToSchema)]
pub struct WatchView {
    /// When it was asked last.
    checked_at: String,
    /// What went wrong then, as a stable code.
    last_error: Option<String>,
    /// The same in the reader's language.
    message: Option<String>,
    /// Since when something has gone wrong.
    error_since: Option<String>,
}

pub(crate) fn diagnosis(found: Diagnosis, french: bool) -> Json<DiagnosisView> {
    Json(DiagnosisView {
        ok: found.is_good,
        code: found.code.to_owned(),
        message: (if french { found.fr } else { found.en }).to_owned(),
        workflow_name: found.workflow_name,
        addresses: found.addresses,
        said: found.said,
    })
}

pub(crate) fn watch(app: &App, row: WatchRow, french: bool) -> WatchView {
    let words = row.last_error.as_deref().map(|code| app.house.engine.words_of(code));
    WatchView {
        checked_at: row.checked_at.rfc3339(),
        last_error: row.last_error,
        message: words.map(|(en, fr)| (if french { fr } else { en }).to_owned()),
        error_since: row.error_since.map(UnixMs::rfc3339),
    }
}

fn view(row: ExecutionRow) -> ExecutionView {
    ExecutionView {
        id: row.id.to_string(),
        execution_id: row.external_id,
        workflow_id: row.workflow,
        endpoint: EndpointBrief {
            id: row.endpoint.to_string(),
            description: row.endpoint_description,
            url: row.endpoint_url,
        },
        delivery_id: row.delivery.map(|d| d.to_string()),
        status: row.status.as_str().to_owned(),
        mode: row.mode,
        started_at: row.started_at.rfc3339(),
        stopped_at: row.stopped_at.map(UnixMs::rfc3339),
        url: row.page,
    }
}

/// List executions of workflows.
#[utoipa::path(get, path = "/api/v1/workflow-executions", tag = "outbox", params(ExecutionQuery),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = ExecutionPageView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    Params(query): Params<ExecutionQuery>,
) -> Answer<Json<ExecutionPageView>> {
    let since = match query.since.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(UnixMs::parse_rfc3339(text).ok_or_else(|| {
            bad_parameter(
                "since",
                "Give an instant such as 2026-11-21T00:00:00Z.",
                "Donnez un instant tel que 2026-11-21T00:00:00Z.",
            )
        })?),
    };
    let filter = ExecutionFilter {
        status: word(query.status.as_deref(), "status", ExecutionStatus::parse)?,
        endpoint: filter_id(query.endpoint_id.as_deref(), "endpoint_id")?,
        delivery: filter_id(query.delivery_id.as_deref(), "delivery_id")?,
        since,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    };
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = workflows::list(&app.house, &mut inside, &filter).await?;
    Ok(Json(ExecutionPageView {
        items: page.items.into_iter().map(view).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}
