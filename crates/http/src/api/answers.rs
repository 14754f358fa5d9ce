//! What any operation may answer besides what it says itself: the document names it at each, in one place.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Says of an operation what the router, the extractors and the limits may answer for it, and that a problem is
/// `application/problem+json`. What the operation says itself stays.
pub(super) fn complete(operation: &mut Operation) {
    let reads = operation.request_body.is_some() || operation.parameters.iter().flatten().count() > 0;
    let common = [
        ("400", reads, "The request cannot be read."),
        ("422", reads, "A field or a parameter is not as it must be."),
        ("429", true, "Too many requests: wait as long as `Retry-After` says."),
        ("503", true, "The server is busy or stopping: ask again."),
    ];
    let said = &mut operation.responses.responses;
    for (status, _, words) in common.into_iter().filter(|(_, may, _)| *may) {
        said.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(words)));
    }
    for answer in said.values_mut() {
        let RefOr::T(answer) = answer else { continue };
        if let Some(content) = answer.content.shift_remove(JSON) {
            let kind = if is_problem(&content) { PROBLEM } else { JSON };
            answer.content.insert(kind.to_owned(), content);
        }
    }
}

fn problem(words: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description(words)
        .content(JSON, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn is_problem(content: &RefOr<Content>) -> bool {
    let RefOr::T(Content { schema: Some(RefOr::Ref(named)), .. }) = content else { return false };
    named.ref_location.ends_with("/Problem")
}
