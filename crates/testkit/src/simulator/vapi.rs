//! Vapi's side: what its server messages and its list say of a call.

use super::{Accounts, Call, End, Told};
use serde_json::{Value, json};
use vestibule_model::UnixMs;

/// How long before its beginning a call is created, in milliseconds.
const RINGS_MS: i64 = 250;
/// How long after the end the report is made, in milliseconds.
const REPORT_MS: i64 = 500;

/// What the server messages say.
pub(super) fn told(call: &Call, own: &Accounts) -> Vec<Told> {
    let event = |name: &'static str, kind: &str, status: Option<&str>, at: UnixMs, more: Value| {
        let mut message = json!({
            "type": kind, "timestamp": at.0, "call": snapshot(call, own), "customer": customer(call),
            "phoneNumber": { "number": own.number }, "assistant": { "id": own.assistant, "name": "Réception" },
        });
        if let Some(status) = status {
            message["status"] = json!(status);
        }
        merge(&mut message, more);
        let body = json!({ "message": message }).to_string().into_bytes();
        Told { at, name, body, is_lossy: true, is_telling: kind == "end-of-call-report" }
    };
    let status = "status-update";
    let none = || json!({});
    let mut told =
        vec![event("ringing", status, Some("ringing"), call.started_at.plus_ms(-RINGS_MS), none())];
    if call.is_connected() {
        told.push(event("in-progress", status, Some("in-progress"), call.started_at, none()));
    }
    if call.end == End::Transferred {
        let to = json!({ "destination": { "type": "number", "number": "+18195559999" } });
        told.push(event("forwarding", status, Some("forwarding"), call.ended_at.plus_ms(-200), to));
    }
    let reason = json!({ "endedReason": reason(call) });
    told.push(event("ended", status, Some("ended"), call.ended_at, reason));
    let report = report(call);
    told.push(event("report", "end-of-call-report", None, call.ended_at.plus_ms(REPORT_MS), report));
    told
}

/// When the call was created there.
pub(super) fn created_at(call: &Call) -> UnixMs {
    call.started_at.plus_ms(-RINGS_MS)
}

/// The call as Vapi's list shows it at an instant; nothing before it is created.
pub(super) fn shown(call: &Call, own: &Accounts, now: UnixMs) -> Option<Value> {
    if now < created_at(call) {
        return None;
    }
    let mut shown = snapshot(call, own);
    merge(&mut shown, json!({ "customer": customer(call), "assistantId": own.assistant }));
    let updated_at = if now >= call.ended_at.plus_ms(REPORT_MS) {
        shown["status"] = json!("ended");
        merge(&mut shown, report(call));
        call.ended_at.plus_ms(REPORT_MS)
    } else {
        let is_under_way = call.is_connected() && now >= call.started_at;
        shown["status"] = json!(if is_under_way { "in-progress" } else { "ringing" });
        now
    };
    shown["updatedAt"] = json!(updated_at.rfc3339());
    Some(shown)
}

/// A call as webhooks show it: as it was when it was created.
fn snapshot(call: &Call, own: &Accounts) -> Value {
    let created_at = created_at(call).rfc3339();
    let mut snapshot = json!({
        "id": call.id, "type": if call.is_outbound { "outboundPhoneCall" } else { "inboundPhoneCall" },
        "status": "ringing", "cost": 0, "createdAt": created_at, "updatedAt": created_at,
        "assistantId": null, "phoneNumber": { "number": own.number }, "startedAt": null, "endedAt": null,
    });
    if let Some(sid) = &call.carried {
        let carrier = json!({
            "phoneCallProvider": "twilio", "phoneCallProviderId": sid,
            "transport": { "provider": "twilio", "accountSid": own.account_sid, "callSid": sid },
        });
        merge(&mut snapshot, carrier);
    }
    snapshot
}

fn customer(call: &Call) -> Value {
    json!({ "number": call.person.as_ref().map(|person| &person.number) })
}

fn report(call: &Call) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "dollars of one call")]
    let dollars = call.cost_micros.unwrap_or(0) as f64 / 1_000_000.0;
    let turn = |(is_caller, text): (bool, String)| json!({ "role": if is_caller { "user" } else { "bot" }, "message": text, "secondsFromStart": 0.5 });
    let messages: Value = call.words().into_iter().map(turn).collect();
    let mut report = json!({
        "endedReason": reason(call), "cost": dollars, "costBreakdown": { "total": dollars },
        "analysis": { "summary": "Un appel de la journée.", "structuredData": call.extracted() },
        "artifact": { "messages": messages },
    });
    if call.is_connected() {
        let span = json!({ "startedAt": call.started_at.rfc3339(), "endedAt": call.ended_at.rfc3339() });
        merge(&mut report, span);
    }
    report
}

const fn reason(call: &Call) -> &'static str {
    match call.end {
        End::Booked | End::Message => "assistant-ended-call",
        End::Answered => "customer-ended-call",
        End::Transferred => "assistant-forwarded-call",
        End::Voicemail => "voicemail",
        End::Busy => "customer-busy",
        End::NoAnswer => "customer-did-not-answer",
        End::Failed => "pipeline-error-openai-llm-failed",
    }
}

/// Puts an object's fields into another.
fn merge(into: &mut Value, more: Value) {
    if let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
}
