//! Errors as RFC 9457 problem documents, in the reader's language. One table turns a kind into a status; a
//! fault is logged once, here, and never shown.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_access::Denied;
use vestibule_domain::{Error, FieldFault, Kind, Refusal};

/// What is wrong with a field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// Its name.
    pub field: String,
    /// A stable code.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// RFC 9457.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// A sentence for people, in their language.
    pub detail: String,
    /// A stable code for programs.
    pub code: String,
    /// Which fields, where it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ProblemField>,
    /// Names this request in our logs.
    pub request_id: String,
}

/// The result of a handler.
pub type Answer<T> = Result<T, Refused>;

/// A no on its way out: rendered in the reader's language by the outermost layer.
#[derive(Debug, Clone)]
pub struct Refused(pub(crate) Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotHere => Self(Refusal::not_found()),
            Denied::Forbidden => Self(forbidden()),
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self(refusal),
            Error::Store(error) if error.is_passing() => {
                tracing::warn!(error = %error, "the database is busy or gone");
                Self(unavailable())
            }
            other => {
                tracing::error!(error = %other, "a fault");
                metrics::counter!("vestibule_faults_total").increment(1);
                Self(fault())
            }
        }
    }
}

const fn fault() -> Refusal {
    Refusal::new(
        Kind::Unavailable,
        "fault",
        "Something went wrong on our side. It is logged under the request’s id.",
        "Quelque chose a mal tourné de notre côté. C’est consigné sous l’identifiant de la requête.",
    )
}

/// A handler that panicked: the rest of the program goes on, and the caller is told as of any other fault.
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    tracing::error!(panic = text, "a handler panicked");
    metrics::counter!("vestibule_faults_total").increment(1);
    Refused(fault()).into_response()
}

pub(crate) const fn forbidden() -> Refusal {
    Refusal::new(
        Kind::Forbidden,
        "forbidden",
        "You do not have the right to do this.",
        "Vous n’avez pas le droit de faire cela.",
    )
}

pub(crate) const fn unauthorized() -> Refusal {
    Refusal::new(Kind::Unauthorized, "unauthorized", "Sign in first.", "Ouvrez d’abord une session.")
}

pub(crate) fn unavailable() -> Refusal {
    Refusal::new(
        Kind::Unavailable,
        "unavailable",
        "Not at this moment. Try again shortly.",
        "Pas en ce moment. Réessayez sous peu.",
    )
    .after(2)
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal.kind {
        Kind::BadRequest => StatusCode::BAD_REQUEST,
        Kind::Unauthorized => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable if refusal.code == "fault" => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a refusal out.
pub(crate) fn render(refusal: &Refusal, french: bool, request_id: &str) -> Response {
    let status = if refusal.code == "too_large" { StatusCode::PAYLOAD_TOO_LARGE } else { status(refusal) };
    let say = |en: &str, fr: &str| if french { fr.to_owned() } else { en.to_owned() };
    let field = |f: &FieldFault| ProblemField {
        field: f.field.to_owned(),
        code: f.code.to_owned(),
        message: say(f.en, f.fr),
    };
    let problem = Problem {
        kind: "about:blank".into(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: say(refusal.en, refusal.fr),
        code: refusal.code.to_owned(),
        fields: refusal.fields.iter().map(field).collect(),
        request_id: request_id.to_owned(),
    };
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
