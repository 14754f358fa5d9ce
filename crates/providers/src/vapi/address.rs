//! Whom a body claims to be for: one pass over it, in which everything but a few ids is skipped unread.

use super::moment;
use crate::{
    lenient::{List, Loose, Object},
    mend::mended,
};
use serde::Deserialize;
use vestibule_model::Phone;
use vestibule_ports::{Address, Resource, ResourceKind};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    message: Object<Claim<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Claim<'a> {
    #[serde(borrow, rename = "type")]
    event: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    transcript_type: Loose<'a>,
    #[serde(borrow)]
    started_at: Loose<'a>,
    #[serde(borrow)]
    assistant_id: Loose<'a>,
    #[serde(borrow)]
    assistant: Object<Named<'a>>,
    #[serde(borrow)]
    phone_number: Object<Named<'a>>,
    #[serde(borrow)]
    call: Object<Snapshot<'a>>,
    #[serde(borrow)]
    tool_call_list: List<Named<'a>>,
    #[serde(borrow)]
    tool_calls: List<Named<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Snapshot<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    assistant_id: Loose<'a>,
    #[serde(borrow)]
    assistant: Object<Named<'a>>,
    #[serde(borrow)]
    phone_number_id: Loose<'a>,
    #[serde(borrow)]
    phone_number: Object<Named<'a>>,
    #[serde(borrow)]
    started_at: Loose<'a>,
    #[serde(borrow)]
    created_at: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    number: Loose<'a>,
}

pub(super) fn read(body: &[u8]) -> Address {
    if let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<'_>>>(body) {
        return envelope.map(address).unwrap_or_default();
    }
    let Some(value) = mended(body) else { return Address::default() };
    let read = Object::<Envelope<'_>>::deserialize(&value).ok();
    read.and_then(|object| object.0.map(address)).unwrap_or_default()
}

fn address(envelope: Envelope<'_>) -> Address {
    let claim = envelope.message.0.unwrap_or_default();
    let call = claim.call.0.unwrap_or_default();
    let event = claim.event.id();
    let name = event.as_deref().map(moment::plain_name);
    let discriminator = match name {
        Some("status-update") => claim.status.id(),
        Some("transcript") => {
            let named = event.as_deref().and_then(moment::named_detail);
            named.map(str::to_owned).or_else(|| claim.transcript_type.id())
        }
        Some("tool-calls") => {
            let first =
                |list: &List<Named<'_>>| list.0.as_ref().and_then(|l| l.iter().find_map(|n| n.id.id()));
            first(&claim.tool_call_list).or_else(|| first(&claim.tool_calls))
        }
        _ => None,
    };
    let own = [claim.assistant.0.as_ref().and_then(|a| a.id.id()), claim.assistant_id.id()];
    let numbers = [claim.phone_number.0.as_ref(), call.phone_number.0.as_ref()];
    let found = resources(own, &call, numbers);
    Address {
        is_readable: true,
        event: name.map(str::to_owned),
        resources: found,
        external_call_id: call.id.id(),
        discriminator,
        occurred_at: claim.timestamp.instant(),
        call_started_at: claim
            .started_at
            .instant()
            .or_else(|| call.started_at.instant())
            .or_else(|| call.created_at.instant()),
    }
}

/// The agents and numbers of a call of the REST interface.
pub(super) fn of_call(call: &Snapshot<'_>) -> Vec<Resource> {
    resources([None, None], call, [call.phone_number.0.as_ref(), None])
}

fn resources(
    assistants: [Option<String>; 2],
    call: &Snapshot<'_>,
    numbers: [Option<&Named<'_>>; 2],
) -> Vec<Resource> {
    let of_call = [call.assistant_id.id(), call.assistant.0.as_ref().and_then(|a| a.id.id())];
    let agents = assistants.into_iter().chain(of_call).flatten();
    let written = |named: &Named<'_>| {
        let number = named.number.id()?;
        Some(Phone::parse(&number).map_or(number, |phone| phone.as_str().to_owned()))
    };
    let ids = numbers.iter().flatten().map(|named| named.id.id()).chain([call.phone_number_id.id()]);
    let numbers = numbers.iter().flatten().map(|named| written(named)).chain(ids).flatten();
    let mut all: Vec<Resource> = Vec::new();
    for (kind, id) in
        agents.map(|id| (ResourceKind::Agent, id)).chain(numbers.map(|id| (ResourceKind::Number, id)))
    {
        let resource = Resource { kind, id };
        if !all.contains(&resource) {
            all.push(resource);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(body: &str) -> Vec<String> {
        read(body.as_bytes()).resources.into_iter().map(|r| format!("{} {}", r.kind.as_str(), r.id)).collect()
    }

    #[test]
    fn assistants_come_before_numbers() {
        let body = r#"{"message":{"type":"x","assistant":{"id":"a1"},"assistantId":"a1","phoneNumber":{"id":"p","number":"(514) 555-0100"},
            "call":{"id":"c","assistantId":"a2","assistant":{"id":"a3"},"phoneNumberId":"p","phoneNumber":{"number":"+15145550100"}}}}"#;
        assert_eq!(resources(body), ["agent a1", "agent a2", "agent a3", "number +15145550100", "number p"]);
        assert_eq!(resources(r#"{"message":{"call":{"assistantId":null},"assistant":[]}}"#), [""; 0]);
        assert_eq!(resources(r#"{"message":{"phoneNumber":{"number":"sip:a@b"}}}"#), ["number sip:a@b"]);
    }

    #[test]
    fn what_tells_events_apart() {
        let told = |body: &str| {
            let address = read(format!("{{\"message\":{body}}}").as_bytes());
            (address.event.unwrap_or_default(), address.discriminator.unwrap_or_default())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(told(r#"{"type":"status-update","status":"ended"}"#), pair("status-update", "ended"));
        assert_eq!(
            told(r#"{"type":"transcript","transcriptType":"partial"}"#),
            pair("transcript", "partial")
        );
        assert_eq!(told(r#"{"type":"transcript[transcriptType=\"final\"]"}"#), pair("transcript", "final"));
        assert_eq!(told(r#"{"type":"tool-calls","toolCallList":[7,{"id":"t"}]}"#), pair("tool-calls", "t"));
        assert_eq!(
            told(r#"{"type":"tool-calls","toolCallList":{},"toolCalls":[{"id":"u"}]}"#),
            pair("tool-calls", "u")
        );
        assert_eq!(told(r#"{"type":"hang","status":"ended"}"#), pair("hang", ""));
    }

    #[test]
    fn no_object_makes_it_fail() {
        for body in [
            "{}",
            r#"{"message":7}"#,
            r#"{"message":{"type":[],"timestamp":{},"call":"x","phoneNumber":[],"toolCallList":{}}}"#,
            r#"{"message":{"type":"x","type":"y","call":{"id":"\ud83d"}}}"#,
        ] {
            assert!(read(body.as_bytes()).is_readable, "{body}");
        }
        for body in ["", "[]", "7", "{", "{} {}", "null"] {
            assert_eq!(read(body.as_bytes()), Address::default(), "{body}");
        }
        let iso = read(
            br#"{"message":{"timestamp":"2026-11-21T00:00:00.000Z","call":{"createdAt":1795219200000}}}"#,
        );
        assert_eq!(iso.occurred_at, iso.call_started_at);
        assert!(iso.occurred_at.is_some());
    }
}
