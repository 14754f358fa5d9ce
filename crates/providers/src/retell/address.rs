//! Whom a body claims to be for: one pass over it, in which everything but a few ids is skipped unread.

use crate::{
    lenient::{Loose, Object},
    mend::mended,
};
use serde::Deserialize;
use vestibule_ports::{Address, Resource, ResourceKind};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Claim<'a> {
    #[serde(borrow)]
    event: Loose<'a>,
    #[serde(borrow)]
    event_timestamp: Loose<'a>,
    #[serde(borrow)]
    agent_id: Loose<'a>,
    #[serde(borrow)]
    call: Object<Party<'a>>,
    // Events without a `call` name their agent here.
    #[serde(borrow)]
    call_inbound: Object<Party<'a>>,
    #[serde(borrow)]
    chat: Object<Party<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Party<'a> {
    #[serde(borrow)]
    call_id: Loose<'a>,
    #[serde(borrow)]
    agent_id: Loose<'a>,
    #[serde(borrow)]
    start_timestamp: Loose<'a>,
}

pub(super) fn read(body: &[u8]) -> Address {
    if let Ok(Object(claim)) = serde_json::from_slice::<Object<Claim<'_>>>(body) {
        return claim.map(address).unwrap_or_default();
    }
    let Some(value) = mended(body) else { return Address::default() };
    Object::<Claim<'_>>::deserialize(&value).ok().and_then(|object| object.0.map(address)).unwrap_or_default()
}

fn address(claim: Claim<'_>) -> Address {
    let other = claim.call_inbound.0.or(claim.chat.0);
    let call = claim.call.0.unwrap_or_default();
    let mut agents: Vec<String> = [&call.agent_id, &claim.agent_id]
        .into_iter()
        .chain(other.as_ref().map(|party| &party.agent_id))
        .filter_map(Loose::id)
        .collect();
    agents.dedup();
    Address {
        is_readable: true,
        discriminator: None,
        event: claim.event.id(),
        resources: agents.into_iter().map(|id| Resource { kind: ResourceKind::Agent, id }).collect(),
        external_call_id: call.call_id.id(),
        occurred_at: claim.event_timestamp.instant(),
        call_started_at: call.start_timestamp.instant(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(body: &str) -> Vec<String> {
        read(body.as_bytes()).resources.into_iter().map(|r| r.id).collect()
    }

    #[test]
    fn the_agent_of_the_call_comes_before_that_of_the_envelope() {
        assert_eq!(agents(r#"{"agent_id":"top","call":{"agent_id":"inner"}}"#), ["inner", "top"]);
        assert_eq!(agents(r#"{"agent_id":"same","call":{"agent_id":"same"}}"#), ["same"]);
        assert_eq!(agents(r#"{"agent_id":"top","call":7}"#), ["top"]);
        assert_eq!(agents(r#"{"call_inbound":{"agent_id":"a"}}"#), ["a"]);
        assert_eq!(agents(r#"{"call":{"agent_id":""}}"#), [""; 0]);
    }

    #[test]
    fn no_object_makes_it_fail() {
        for body in [
            r#"{"event":1.5,"event_timestamp":[],"agent_id":{},"call":{"call_id":null,"agent_id":true}}"#,
            r#"{"event":null,"call":[[[]]],"chat":"x","call_inbound":false}"#,
            r#"{"call":{"call_id":"a","call_id":"b"}}"#,
            r#"{"call":{"transcript":"cut \ud83d","call_id":"\ude00"}}"#,
            "{}",
        ] {
            assert!(read(body.as_bytes()).is_readable, "{body}");
        }
        for body in ["", "[]", "7", "\"{}\"", "{", "{} {}", "null"] {
            assert_eq!(read(body.as_bytes()), Address::default(), "{body}");
        }
        let address = read(br#"{"event_timestamp":"1795219200000","call":{"call_id":"a","call_id":"b","start_timestamp":1795219200000.0}}"#);
        assert_eq!(address.external_call_id.as_deref(), Some("b"));
        assert_eq!(address.occurred_at, address.call_started_at);
        assert!(address.occurred_at.is_some());
    }
}
