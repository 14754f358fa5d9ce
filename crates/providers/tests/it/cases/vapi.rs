use super::{Case, Sent, Signed, vectors};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vestibule_vault::Credentials;

pub(super) fn case() -> Case {
    let hmac = vectors("vapi_hmac");
    let vector = hmac.iter().find(|v| v["name"].as_str().unwrap().starts_with("defaults")).unwrap();
    let secret = vector["plan"]["secretKey"].as_str().unwrap();
    let headers = vector["headers"].as_object().unwrap();
    let request = Sent {
        method: "POST",
        url: vector["url"].as_str().unwrap().to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        body: STANDARD.decode(vector["body_b64"].as_str().unwrap()).unwrap(),
        now: vector["now_ms"].as_i64().unwrap(),
    };
    let genuine = Signed {
        request,
        keys: Credentials::of("webhook_secret", secret).with("private_key", "another-secret-altogether"),
        others: Credentials::of("webhook_secret", "other"),
        signature: "x-signature",
    };
    Case {
        provider: "vapi",
        genuine,
        too_long: Some(3_600_000),
        vectors: hmac.into_iter().chain(vectors("vapi_plain").iter().flat_map(plain)).collect(),
        ending: "json",
        // The samples are all of one call.
        same_event: &[
            &["status-update.ended", "status-update.ended-accept-error"],
            &["end-of-call-report", "end-of-call-report.failed-call"],
            &["tool-calls", "tool-calls.docs-flat-shape", "tool-calls.string-arguments"],
        ],
        event: |name| json!({"message": {"type": name, "call": {"id": "c-1"}}}).to_string().into_bytes(),
        unreadable: &[
            ("not json", "not_json"),
            ("[]", "not_json"),
            ("{}", "no_event"),
            (r#"{"message":{"call":{"id":"c"}}}"#, "no_event"),
            (r#"{"message":{"type":"status-update","call":{"id":"c"}}}"#, "no_status"),
            (r#"{"message":{"type":"status-update","status":"ended"}}"#, "no_call_id"),
            (r#"{"message":{"type":"end-of-call-report","call":{"id":""}}}"#, "no_call_id"),
        ],
        never_told: &["You are the receptionist"],
        never_kept: &["REDACT-ME"],
        words: &[
            "message",
            "type",
            "timestamp",
            "status",
            "call",
            "id",
            "customer",
            "number",
            "phoneNumber",
            "assistant",
            "assistantId",
            "artifact",
            "messages",
            "role",
            "secondsFromStart",
            "time",
            "endTime",
            "toolCalls",
            "toolCallList",
            "function",
            "arguments",
            "parameters",
            "result",
            "cost",
            "costBreakdown",
            "total",
            "analysis",
            "structuredData",
            "structuredOutputs",
            "successEvaluation",
            "endedReason",
            "startedAt",
            "endedAt",
            "durationSeconds",
            "performanceMetrics",
            "turnLatencies",
            "turnLatency",
            "recordingUrl",
            "destination",
            "transcript",
            "transcriptType",
            "name",
            "transport",
        ],
        folded: Some(|mut message| {
            if !message.is_object() {
                message = json!({"artifact": message});
            }
            message["type"] = json!("end-of-call-report");
            message["call"] = json!({"id": "c-1", "customer": message["customer"]});
            json!({ "message": message })
        }),
    }
}

/// The vectors of headers that are compared as they are: the right value, and two that are not.
fn plain(vector: &Value) -> Vec<Value> {
    let (name, header) = (vector["name"].as_str().unwrap(), vector["header"].as_str().unwrap());
    let value = vector["value"].as_str().unwrap();
    let secret = value.strip_prefix("Bearer ").unwrap_or(value);
    let of = |value: &str, expect: bool| {
        json!({"name": name, "credentials": {"webhook_secret": secret}, "headers": {header: value}, "body": "{}",
            "now_ms": 0, "expect": expect})
    };
    vec![
        of(value, true),
        of(&format!("{value}x"), false),
        of(&value[..value.len() - 1], false),
        of("", false),
    ]
}
