//! Retell's side: what its webhooks and its lists say of a call.

use super::{Accounts, Call, End, Told};
use serde_json::{Value, json};
use vestibule_model::UnixMs;

/// How long after the end the analysis is made, in milliseconds.
const ANALYSIS_MS: i64 = 400;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Ongoing,
    Ended,
    Analyzed,
}

/// What the webhooks say. A call that was never connected never started.
pub(super) fn told(call: &Call, own: &Accounts) -> Vec<Told> {
    let event = |name: &'static str, at: UnixMs, stage: Stage| {
        let mut body = json!({ "event": name, "call": object(call, own, stage), "event_timestamp": at.0 });
        if name.starts_with("transfer_") {
            body["transfer_destination"] = json!({ "type": "phone_number", "number": "+18195559999" });
        }
        let body = body.to_string().into_bytes();
        Told { at, name, body, is_lossy: true, is_telling: stage == Stage::Analyzed }
    };
    let mut told = Vec::new();
    if call.is_connected() {
        told.push(event("call_started", call.started_at, Stage::Ongoing));
    }
    if call.end == End::Transferred {
        told.push(event("transfer_started", call.ended_at.plus_ms(-300), Stage::Ongoing));
        told.push(event("transfer_bridged", call.ended_at.plus_ms(-200), Stage::Ongoing));
    }
    told.push(event("call_ended", call.ended_at, Stage::Ended));
    told.push(event("call_analyzed", call.ended_at.plus_ms(ANALYSIS_MS), Stage::Analyzed));
    told
}

/// The call as Retell shows it at an instant; nothing before it begins.
pub(super) fn shown(call: &Call, own: &Accounts, now: UnixMs) -> Option<Value> {
    let stage = if now >= call.ended_at.plus_ms(ANALYSIS_MS) {
        Stage::Analyzed
    } else if now >= call.ended_at {
        Stage::Ended
    } else {
        Stage::Ongoing
    };
    let is_there = now >= call.started_at && (stage > Stage::Ongoing || call.is_connected());
    is_there.then(|| object(call, own, stage))
}

/// The call as a list shows it: without what was said and without the carrier's id.
pub(super) fn listed(mut shown: Value) -> Value {
    if let Some(fields) = shown.as_object_mut() {
        for name in ["transcript", "transcript_object", "telephony_identifier"] {
            fields.remove(name);
        }
    }
    shown
}

fn object(call: &Call, own: &Accounts, stage: Stage) -> Value {
    let (from, to) = call.parties(&own.number);
    let mut object = json!({
        "call_id": call.id, "call_type": "phone_call", "agent_id": own.agent, "agent_version": 3,
        "agent_name": "Réception", "call_status": "ongoing", "from_number": from, "to_number": to,
        "direction": if call.is_outbound { "outbound" } else { "inbound" },
    });
    if call.is_connected() {
        object["start_timestamp"] = json!(call.started_at.0);
    }
    if let Some(sid) = &call.carried {
        object["telephony_identifier"] = json!({ "twilio_call_sid": sid });
    }
    if stage >= Stage::Ended {
        let (status, reason) = ending(call);
        object["call_status"] = json!(status);
        object["disconnection_reason"] = json!(reason);
        object["duration_ms"] = json!(call.duration_ms());
        if call.is_connected() {
            object["end_timestamp"] = json!(call.ended_at.0);
        }
        let turn = |(is_caller, text): (bool, String)| json!({ "role": if is_caller { "user" } else { "agent" }, "content": text, "words": [] });
        object["transcript_object"] = call.words().into_iter().map(turn).collect();
        // What the models cost is added when the analysis is made.
        let micros = call.cost_micros.unwrap_or(0);
        let so_far = if stage == Stage::Analyzed { micros } else { micros / 2 };
        #[expect(clippy::cast_precision_loss, reason = "cents of one call")]
        let cents = so_far as f64 / 10_000.0;
        object["call_cost"] = json!({ "product_costs": [], "combined_cost": cents });
    }
    if stage == Stage::Analyzed {
        object["call_analysis"] = json!({
            "call_summary": "Un appel de la journée.", "in_voicemail": call.end == End::Voicemail,
            "user_sentiment": "Neutral", "call_successful": call.is_connected(),
            "custom_analysis_data": call.extracted(),
        });
    }
    object
}

const fn ending(call: &Call) -> (&'static str, &'static str) {
    match call.end {
        End::Booked | End::Message => ("ended", "agent_hangup"),
        End::Answered => ("ended", "user_hangup"),
        End::Transferred => ("ended", "call_transfer"),
        End::Voicemail => ("ended", "voicemail_reached"),
        End::Busy => ("not_connected", "dial_busy"),
        End::NoAnswer => ("not_connected", "dial_no_answer"),
        End::Failed => ("error", "error_asr"),
    }
}
