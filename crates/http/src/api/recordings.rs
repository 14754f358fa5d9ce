//! The recording of a call, through us: nobody sees where the provider keeps it, or with what it is fetched.

use crate::App;
use crate::enter::{Tenant, id};
use crate::problem::{Answer, Problem};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use vestibule_access::need;
use vestibule_domain::calls;
use vestibule_model::CallId;
use vestibule_ports::Extent;

/// Listen to the recording of a call.
///
/// Takes one `Range` of bytes. Who listens is written into the audit log, once an hour; when that cannot be done, nothing is
/// given out (503).
#[utoipa::path(get, path = "/api/v1/calls/{id}/recording", tag = "calls",
    params(("id" = String, Path), ("tenant" = Option<String>, Query), ("range" = Option<String>, Header)),
    security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, description = "All of it.", content_type = "audio/*"),
        (status = 206, description = "The part that was asked for.", content_type = "audio/*"),
        (status = 416, description = "There is no such part."),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    tenant: Tenant<need::ReadCalls>,
    Path(call): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let call: CallId = id(&call)?;
    let range =
        headers.get(header::RANGE).and_then(|range| range.to_str().ok()).filter(|range| is_one(range));
    let found = calls::recording(&app.house, &tenant.scope, call, range, &*app.recordings).await?;
    let mut response = Response::new(Body::from_stream(found.body));
    *response.status_mut() = match found.extent {
        Extent::Whole => StatusCode::OK,
        Extent::Part => StatusCode::PARTIAL_CONTENT,
        Extent::Beyond => StatusCode::RANGE_NOT_SATISFIABLE,
    };
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::ACCEPT_RANGES, "bytes");
    put(header::CONTENT_DISPOSITION, "inline");
    if found.extent != Extent::Beyond {
        put(header::CONTENT_TYPE, &found.content_type);
    }
    if let Some(length) = found.length {
        put(header::CONTENT_LENGTH, &length.to_string());
    }
    if let Some(range) = &found.content_range {
        put(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

/// One range of bytes. Anything else is as if nothing had been asked (RFC 9110, 14.2).
fn is_one(range: &str) -> bool {
    let digits = |text: &str| text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .is_some_and(|(from, to)| digits(from) && digits(to) && !(from.is_empty() && to.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes() {
        for good in ["bytes=0-", "bytes=0-1", "bytes=-500"] {
            assert!(is_one(good), "{good}");
        }
        for bad in ["", "bytes=", "bytes=-", "bytes=0-1,3-4", "bytes= 0-", "items=0-", "bytes=a-", "bytes=1"]
        {
            assert!(!is_one(bad), "{bad}");
        }
    }
}
