//! A call as Twilio's REST interface shows it: read as the webhook that would have said the same, so that both
//! mean the same.

use super::{normalize, wire::Fields};
use crate::lenient::rounded;
use serde_json::Value;
use vestibule_model::UnixMs;
use vestibule_ports::{Inbound, ListedCall};

/// The fields that a status callback has, and what the interface calls them.
const SAME: [(&str, &str); 9] = [
    ("AccountSid", "account_sid"),
    ("CallSid", "sid"),
    ("ParentCallSid", "parent_call_sid"),
    ("CallStatus", "status"),
    ("Direction", "direction"),
    ("From", "from"),
    ("To", "to"),
    ("CallDuration", "duration"),
    ("AnsweredBy", "answered_by"),
];

/// When a call was created there, as far as it says.
pub(super) fn created_at(call: &Value) -> Option<UnixMs> {
    instant(call, "date_created").or_else(|| instant(call, "start_time"))
}

/// Reads a call; `None` when it is none.
pub(super) fn listed(call: &Value) -> Option<ListedCall> {
    let (started_at, ended_at) = (instant(call, "start_time"), instant(call, "end_time"));
    let same = SAME.iter().filter_map(|(name, theirs)| Some((*name, text(call, theirs)?)));
    let told_at = ended_at.or(started_at).or_else(|| created_at(call));
    let fields = Fields::of_pairs(
        same.chain([("CallbackSource", "call-progress-events".to_owned())])
            .chain(told_at.map(|at| ("Timestamp", at.rfc3339()))),
    );
    let mut events = normalize::events(&fields).ok()?;
    for event in events.iter_mut().filter(|_| fields.id("ParentCallSid").is_none()) {
        event.doc.started_at = started_at.or(event.doc.started_at);
        event.doc.cost_micros = cost(call);
    }
    let address = super::address::of(&Inbound::unsigned(b"", UnixMs(0)), &fields);
    let external_call_id = address.external_call_id?;
    Some(ListedCall {
        external_call_id,
        occurred_at: instant(call, "date_updated").or(told_at).unwrap_or_default(),
        events,
        resources: address.resources,
    })
}

/// What the call costs, in micro-USD: a negative text, minutes after its end. Another currency is none that we keep.
fn cost(call: &Value) -> Option<i64> {
    text(call, "price_unit").filter(|unit| unit.eq_ignore_ascii_case("USD"))?;
    let price: f64 = text(call, "price")?.parse().ok()?;
    rounded(price * -1_000_000.0).filter(|micros| *micros >= 0)
}

fn text(call: &Value, name: &str) -> Option<String> {
    match call.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn instant(call: &Value, name: &str) -> Option<UnixMs> {
    super::wire::instant(&text(call, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vestibule_model::{FactKind, Status};

    fn call(change: Value) -> Value {
        let mut call: Value =
            serde_json::from_str(include_str!("../../fixtures/twilio/rest/FetchCall.200.fetch.json"))
                .unwrap();
        call["parent_call_sid"] = Value::Null;
        let Value::Object(change) = change else { panic!("an object") };
        call.as_object_mut().unwrap().extend(change);
        call
    }

    #[test]
    fn a_call_says_what_its_webhook_would_have_said() {
        let found = listed(&call(json!({}))).unwrap();
        let [event] = &found.events[..] else { panic!("one event") };
        assert_eq!((event.kind, event.doc.status), (FactKind::Ended, Some(Status::Completed)));
        let doc = serde_json::to_value(&event.doc).unwrap();
        let (start, end) = (1_571_418_120_000_i64, 1_571_418_180_000_i64);
        let want = json!({
            "status": "COMPLETED", "channel": "phone", "direction": "OUTBOUND", "from": "+13051416799",
            "to": "+13051913581", "started_at": start, "ended_at": end, "duration_ms": 4000,
            "disconnection_reason": "completed", "cost_micros": 200_000, "voicemail": true,
        });
        assert_eq!(doc, want);
        assert_eq!(found.occurred_at, UnixMs(1_571_418_060_000));
        assert_eq!(found.resources[0].id, "+13051416799");
    }

    #[test]
    fn a_price_comes_late_in_dollars_and_below_nothing() {
        let cost = |price: Value, unit: &str| {
            listed(&call(json!({ "price": price, "price_unit": unit }))).unwrap().events[0].doc.cost_micros
        };
        assert_eq!(cost(json!("-0.00750"), "USD"), Some(7_500));
        assert_eq!(cost(json!("0"), "usd"), Some(0));
        assert_eq!(cost(Value::Null, "USD"), None);
        assert_eq!(cost(json!("-0.1"), "JPY"), None);
        assert_eq!(cost(json!("0.1"), "USD"), None);
        assert_eq!(cost(json!("NaN"), "USD"), None);
    }

    #[test]
    fn a_leg_is_a_part_of_its_call() {
        let found = listed(&call(json!({ "parent_call_sid": "CAparent" }))).unwrap();
        assert_eq!(found.external_call_id, "CAparent");
        assert_eq!(found.events[0].aliases.len(), 1);
        assert_eq!((found.events[0].doc.status, found.events[0].doc.cost_micros), (None, None));
    }

    #[test]
    fn what_is_no_call_is_none() {
        for other in [json!({}), json!([]), json!({"sid": 7}), json!({"sid": "CA1", "status": "invented"})] {
            assert!(listed(&other).is_none_or(|listed| listed.events.is_empty()), "{other}");
        }
        let going =
            listed(&call(json!({"status": "in-progress", "end_time": null, "duration": null}))).unwrap();
        assert_eq!((going.events[0].kind, going.events[0].doc.ended_at), (FactKind::Progress, None));
    }
}
