//! How good a password would be, said while it is typed.

use crate::App;
use crate::enter::Body;
use crate::headers::is_french;
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_domain::people::{self, Advice};

/// A password that somebody thinks of.
#[derive(Deserialize, ToSchema)]
pub struct Thought {
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
    /// Words by which whoever knows the person would begin: name, address, company. Ten at most.
    #[serde(default)]
    own: Vec<String>,
}

/// How good it is.
#[derive(Serialize, ToSchema)]
pub struct StrengthView {
    /// From 0, guessed at once, to 4, not guessed in a lifetime.
    score: u8,
    /// Whether it may be chosen.
    is_enough: bool,
    /// What is wrong with it, in the reader's language.
    warning: Option<String>,
    /// What would make it better.
    suggestions: Vec<String>,
}

/// Judge a password before it is chosen. Nothing is kept.
#[utoipa::path(post, path = "/auth/password-strength", tag = "people", request_body = Thought,
    responses((status = 200, body = StrengthView), (status = 422, body = Problem)))]
pub(crate) async fn judge(
    State(_app): State<App>,
    headers: HeaderMap,
    Body(thought): Body<Thought>,
) -> Answer<Json<StrengthView>> {
    let own: Vec<String> = thought.own.iter().take(10).map(|word| word.chars().take(200).collect()).collect();
    let judgement = people::judge_password(&thought.password, &own);
    let french = is_french(&headers);
    let say = |advice: &Advice| if french { advice.fr } else { advice.en }.to_owned();
    Ok(Json(StrengthView {
        score: judgement.score,
        is_enough: judgement.is_enough,
        warning: judgement.warning.as_ref().map(say),
        suggestions: judgement.suggestions.iter().map(say).collect(),
    }))
}
