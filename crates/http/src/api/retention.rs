//! How long things are kept, and what would go.

use crate::App;
use crate::enter::{Body, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::privacy::{self, Going, Kept};
use vestibule_model::UnixMs;

/// For how many days things are kept.
#[derive(Serialize, ToSchema)]
pub struct KeptView {
    /// What was said in calls: transcripts, summaries, what the analysis put into words. Null: until it is erased.
    transcripts_days: Option<i64>,
    /// Recordings, at their providers. Null: until they are erased.
    recordings_days: Option<i64>,
    /// What providers sent, as it came.
    raw_events_days: i64,
}

/// For how many days things are to be kept.
#[derive(Deserialize, ToSchema)]
pub struct KeptInput {
    /// 1 to 3,650; null: until it is erased.
    #[schema(required = true, minimum = 1, maximum = 3650)]
    transcripts_days: Option<i64>,
    /// 1 to 3,650; null: until they are erased.
    #[schema(required = true, minimum = 1, maximum = 3650)]
    recordings_days: Option<i64>,
    /// 1 to 3,650.
    #[schema(minimum = 1, maximum = 3650)]
    raw_events_days: i64,
}

impl KeptInput {
    const fn wanted(&self) -> Kept {
        Kept {
            transcripts_days: self.transcripts_days,
            recordings_days: self.recordings_days,
            raw_events_days: self.raw_events_days,
        }
    }
}

/// How many would go.
#[derive(Serialize, ToSchema)]
pub struct GoingView {
    /// How many.
    count: u64,
    /// When the oldest of them began, or came.
    oldest_at: Option<String>,
}

/// What would go the next time that things are let go of.
#[derive(Serialize, ToSchema)]
pub struct DryRunView {
    /// Calls whose words would go.
    transcripts: GoingView,
    /// Recordings that providers would be asked to erase.
    recordings: GoingView,
    /// Raw events.
    raw_events: GoingView,
}

fn view(kept: Kept) -> Json<KeptView> {
    Json(KeptView {
        transcripts_days: kept.transcripts_days,
        recordings_days: kept.recordings_days,
        raw_events_days: kept.raw_events_days,
    })
}

fn going(going: Going) -> GoingView {
    GoingView { count: going.count, oldest_at: going.oldest_at.map(UnixMs::rfc3339) }
}

/// How long things are kept.
#[utoipa::path(get, path = "/api/v1/retention", tag = "privacy", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["privacy.read"])),
    responses((status = 200, body = KeptView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn kept(
    State(app): State<App>,
    tenant: Tenant<need::ReadPrivacy>,
) -> Answer<Json<KeptView>> {
    Ok(view(privacy::kept(&app.house, &tenant.scope).await?))
}

/// Say how long things are kept. Idempotent.
#[utoipa::path(put, path = "/api/v1/retention", tag = "privacy", params(("tenant" = Option<String>, Query)),
    request_body = KeptInput, security(("session" = []), ("bearer" = ["privacy.manage"])),
    responses((status = 200, body = KeptView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn keep_for(
    State(app): State<App>,
    tenant: Tenant<need::ManagePrivacy>,
    Body(input): Body<KeptInput>,
) -> Answer<Json<KeptView>> {
    Ok(view(privacy::keep_for(&app.house, &tenant.scope, input.wanted()).await?))
}

/// What would go if things were kept for so long. Changes nothing.
#[utoipa::path(post, path = "/api/v1/retention/dry-run", tag = "privacy", params(("tenant" = Option<String>, Query)),
    request_body = KeptInput, security(("session" = []), ("bearer" = ["privacy.read"])),
    responses((status = 200, body = DryRunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn dry_run(
    State(app): State<App>,
    tenant: Tenant<need::ReadPrivacy>,
    Body(input): Body<KeptInput>,
) -> Answer<Json<DryRunView>> {
    let found = privacy::dry_run(&app.house, &tenant.scope, input.wanted()).await?;
    Ok(Json(DryRunView {
        transcripts: going(found.transcripts),
        recordings: going(found.recordings),
        raw_events: going(found.raw_events),
    }))
}
