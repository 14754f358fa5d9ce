use super::{Case, Sent, Signed, vectors};
use serde_json::json;
use vestibule_vault::Credentials;

pub(super) fn case() -> Case {
    let vectors = vectors("retell");
    let vector = vectors.iter().find(|v| v["name"] == "call_ended ascii").unwrap();
    let text = |field: &str| vector[field].as_str().unwrap().to_owned();
    let request = Sent {
        method: "POST",
        url: String::new(),
        headers: vec![(text("header_name"), text("header"))],
        body: text("body").into_bytes(),
        now: vector["now_ms"].as_i64().unwrap(),
    };
    let genuine = Signed {
        request,
        keys: Credentials::of("api_key", &text("secret")),
        others: Credentials::of("api_key", "other"),
        signature: "x-retell-signature",
    };
    Case {
        provider: "retell",
        genuine,
        too_long: Some(3_600_000),
        vectors,
        ending: "json",
        same_event: &[],
        event: |name| json!({"event": name, "call": {"call_id": "c-1"}}).to_string().into_bytes(),
        unreadable: &[
            ("not json", "not_json"),
            ("[]", "not_json"),
            ("{}", "no_event"),
            (r#"{"event":"call_ended","call":{}}"#, "no_call_id"),
        ],
        never_kept: &[],
        never_told: &["test-token", "access_token"],
        words: &[
            "event",
            "call",
            "event_timestamp",
            "call_id",
            "agent_id",
            "call_status",
            "transcript",
            "transcript_object",
            "words",
            "role",
            "transcript_with_tool_calls",
            "content",
            "start",
            "end",
            "latency",
            "e2e",
            "p50",
            "call_cost",
            "combined_cost",
            "call_analysis",
            "custom_analysis_data",
            "telephony_identifier",
            "twilio_call_sid",
            "start_timestamp",
            "duration_ms",
            "arguments",
        ],
        folded: Some(|mut call| {
            if !call.is_object() {
                call = json!({"transcript": call});
            }
            call["call_id"] = json!("c-1");
            json!({"event": "call_analyzed", "call": call})
        }),
    }
}
