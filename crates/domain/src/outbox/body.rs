//! The body of a delivery: requirement 1.38's shape, frozen when it is owed.

use crate::calls::{Projection, transcript_text};
use serde_json::{Map, Value, json};
use vestibule_model::{CallId, UnixMs};
use vestibule_vault::EndpointSecret;

/// What a body tells of.
pub(super) struct Told<'a> {
    pub event_type: &'static str,
    pub revision: i64,
    pub call: CallId,
    /// The provider by which the call came: the name of its block.
    pub provider: &'a str,
    pub external_id: &'a str,
    pub call_state: &'a Projection,
    pub at: UnixMs,
}

/// Writes a body and signs it.
pub(super) fn freeze(told: &Told<'_>, secret: &EndpointSecret) -> Vec<u8> {
    let p = told.call_state;
    let short = told.event_type.trim_start_matches("call.");
    let mut structured = match &p.structured {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    structured.insert("customerName".into(), json!(p.customer_name));
    structured.insert("appointmentDate".into(), json!(p.appointment_at));
    let mut data = json!({
        "callId": told.call,
        "direction": p.direction,
        "from": p.from,
        "to": p.to,
        "status": p.status,
        "outcome": p.outcome,
        "intent": p.intent,
        "startedAt": p.started_at.rfc3339(),
        "endedAt": p.ended_at.map(UnixMs::rfc3339),
        "duration": p.duration_ms.map(|ms| (ms + 500) / 1000),
        "aiHandled": true,
        "transcript": transcript_text(&p.transcript),
        "sentiment": p.sentiment,
        "costMicros": p.cost_micros,
        "revision": told.revision,
    });
    if let Value::Object(data) = &mut data {
        data.insert(
            told.provider.to_owned(),
            json!({
                "callId": told.external_id,
                "summary": p.summary,
                "structuredData": structured,
                "disconnectionReason": p.disconnection_reason,
                "recordingUrl": p.recording_url,
            }),
        );
    }
    let body = json!({
        "eventId": format!("{}:{}:{short}:{}", told.provider, told.external_id, told.at.0),
        "eventType": told.event_type,
        "timestamp": told.at.rfc3339(),
        "data": data,
    });
    sign(body, secret)
}

/// Signs a body: the field `signature` is over the RFC 8785 form of the rest.
pub(super) fn sign(mut body: Value, secret: &EndpointSecret) -> Vec<u8> {
    let signature = vestibule_vault::body_signature(secret, &body);
    if let Value::Object(body) = &mut body {
        body.insert("signature".into(), Value::String(signature));
    }
    body.to_string().into_bytes()
}
