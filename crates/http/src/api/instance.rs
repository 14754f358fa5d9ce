//! Whether this installation is muted, and letting it send again.

use crate::App;
use crate::api::bad_parameter;
use crate::enter::{Body, Platform};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::{PlatformScope, RunPlatform};
use vestibule_domain::instance::{self, Choice};
use vestibule_domain::{FieldFault, Refusal};
use vestibule_model::UnixMs;

/// How this installation stands.
#[derive(Serialize, ToSchema)]
pub struct InstanceView {
    /// Whether nothing is sent, called or mailed.
    muted: bool,
    /// Since when.
    muted_at: Option<String>,
    /// Why: `other_place`, `older_data`, `other_address` or asked.
    why: Option<String>,
    /// Deliveries that are owed; counted while it is muted.
    deliveries: u64,
    /// Text messages that are owed.
    texts: u64,
    /// Mails that are owed.
    mails: u64,
    /// How many of these were owed before it was muted: they may have been sent by another server.
    before: u64,
    /// Since when the oldest is owed.
    oldest_at: Option<String>,
}

/// What becomes of what was owed before.
#[derive(Deserialize, ToSchema)]
pub struct UnmuteInput {
    /// send or drop. What is dropped of deliveries are dead letters, which can be tried again by hand.
    owed: String,
    /// With drop: only what was owed for longer than so many hours; everything when nothing is said.
    older_than_hours: Option<i64>,
}

async fn view(app: &App, scope: &PlatformScope) -> Result<InstanceView, vestibule_domain::Error> {
    let known = instance::refresh(&app.house).await?;
    let muted = known.and_then(|known| known.muted_at.map(|at| (at, known.muted_why)));
    let owed = match &muted {
        Some((at, _)) => instance::owed(&app.house, &app.mint, scope, *at).await?,
        None => instance::Owed::default(),
    };
    Ok(InstanceView {
        muted: muted.is_some(),
        muted_at: muted.as_ref().map(|(at, _)| at.rfc3339()),
        why: muted.and_then(|(_, why)| why),
        deliveries: owed.deliveries,
        texts: owed.texts,
        mails: owed.mails,
        before: owed.before,
        oldest_at: owed.oldest_at.map(UnixMs::rfc3339),
    })
}

/// Whether this installation is muted, and what it owes.
#[utoipa::path(get, path = "/api/admin/instance", tag = "privacy", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = InstanceView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    platform: Platform<RunPlatform>,
) -> Answer<Json<InstanceView>> {
    Ok(Json(view(&app, &platform.scope).await?))
}

/// Let this installation send again. Idempotent: one that is not muted stays so, and nothing is dropped.
#[utoipa::path(post, path = "/api/admin/instance/unmute", tag = "privacy", request_body = UnmuteInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = InstanceView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn unmute(
    State(app): State<App>,
    platform: Platform<RunPlatform>,
    Body(input): Body<UnmuteInput>,
) -> Answer<Json<InstanceView>> {
    let hours = input.older_than_hours.unwrap_or(0);
    if !(0..=87_600).contains(&hours) {
        return Err(Refusal::invalid(vec![FieldFault {
            field: "older_than_hours",
            code: "bad_hours",
            en: "Give a whole number of hours.",
            fr: "Donnez un nombre entier d’heures.",
        }])
        .into());
    }
    let choice = match input.owed.as_str() {
        "send" => Choice::Send,
        "drop" => Choice::Drop { older_ms: hours.saturating_mul(3_600_000) },
        _ => {
            return Err(bad_parameter(
                "owed",
                "Choose send or drop.",
                "Choisissez d’envoyer ou d’abandonner.",
            ));
        }
    };
    instance::unmute(&app.house, &app.mint, &platform.scope, choice, None).await?;
    Ok(Json(view(&app, &platform.scope).await?))
}
