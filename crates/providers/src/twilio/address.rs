//! Whom a request claims to be for, and what tells it from others of its kind and call.

use super::{
    asks::LINE,
    kind::Kind,
    wire::{Fields, query},
};
use url::form_urlencoded;
use vestibule_model::{Direction, Phone};
use vestibule_ports::{Address, Inbound, Resource, ResourceKind};

pub(super) fn read(request: &Inbound<'_>) -> Address {
    Fields::of(request).map(|fields| of(request, &fields)).unwrap_or_default()
}

/// The same from the fields of a request.
pub(super) fn of(request: &Inbound<'_>, fields: &Fields<'_>) -> Address {
    let kind = Kind::of(fields);
    let mut numbers = numbers(fields, kind);
    if numbers.is_empty() {
        numbers.extend(written(request.url));
    }
    Address {
        is_readable: true,
        event: kind.map(|kind| kind.name().to_owned()).or_else(|| named(fields)),
        resources: numbers.into_iter().map(|id| Resource { kind: ResourceKind::Number, id }).collect(),
        external_call_id: call(fields),
        discriminator: kind.and_then(|kind| discriminator(fields, kind)),
        occurred_at: fields.timestamp(),
        // Twilio tells of the beginning nowhere.
        call_started_at: None,
    }
}

/// The call that a request tells of: a leg that a call opened is a part of it (§1.2).
pub(super) fn call(fields: &Fields<'_>) -> Option<String> {
    fields.id("ParentCallSid").or_else(|| fields.id("CallSid"))
}

/// The name that some events carry which are none of ours, unless it is one of our own.
fn named(fields: &Fields<'_>) -> Option<String> {
    let name = fields.id("StatusCallbackEvent").or_else(|| fields.id("EventType"))?;
    Some(name).filter(|name| Kind::parse(name).is_none())
}

/// The tenant's numbers, most specific first. A known direction leaves one: a caller's own number may be another
/// tenant's, and must not draw the call there.
fn numbers(fields: &Fields<'_>, kind: Option<Kind>) -> Vec<String> {
    let names: &[&str] = match (kind, fields.direction()) {
        (Some(Kind::Message), _) | (_, Some(Direction::Inbound)) => &["To", "Called"],
        (Some(Kind::MessageStatus), _) | (_, Some(Direction::Outbound)) => &["From", "Caller"],
        _ => &["To", "From"],
    };
    let mut found: Vec<String> = names.iter().filter_map(|name| fields.number(name)).collect();
    found.dedup();
    found
}

/// The tenant's number, as far as a request or its address tells it.
pub(super) fn line_of(request: &Inbound<'_>, fields: &Fields<'_>) -> Option<String> {
    numbers(fields, Kind::of(fields)).into_iter().next().or_else(|| written(request.url))
}

/// The number that we wrote into an address of ours, for callbacks that name none.
fn written(url: &str) -> Option<String> {
    let (_, number) = form_urlencoded::parse(query(url).as_bytes()).find(|(name, _)| name == LINE)?;
    Phone::parse(&number).map(|phone| phone.as_str().to_owned())
}

fn discriminator(fields: &Fields<'_>, kind: Kind) -> Option<String> {
    // What is joined must come apart again.
    let part = |name: &str| fields.id(name).filter(|text| !text.contains(':'));
    let joined = |names: &[&str]| {
        let parts: Vec<String> = names.iter().filter_map(|name| part(name)).collect();
        (!parts.is_empty()).then(|| parts.join(":"))
    };
    match kind {
        // A leg's status is none of its call's: its own id comes before it.
        Kind::Incoming | Kind::Fallback | Kind::Status if fields.text("ParentCallSid").is_some() => {
            joined(&["CallSid", "CallStatus"])
        }
        Kind::Incoming | Kind::Fallback | Kind::Status => part("CallStatus"),
        Kind::Dial => joined(&["DialCallSid", "DialCallStatus"]),
        // What was said is written down later, in a request of the same words.
        Kind::Record => joined(&["RecordingSid", "TranscriptionSid"]),
        Kind::Recording => joined(&["RecordingSid", "RecordingStatus"]),
        Kind::Connect => joined(&["SessionId", "SessionStatus"]),
        Kind::Answered => joined(&["AnsweredBy"]),
        Kind::Stream => joined(&["StreamSid", "StreamEvent"]),
        // The same digits may be pressed twice.
        Kind::Gather => None,
        Kind::Message => fields.id("MessageSid").or_else(|| fields.id("SmsSid")),
        Kind::MessageStatus => {
            let sid = fields.id("MessageSid").or_else(|| fields.id("SmsSid"))?;
            let status = fields.id("MessageStatus").or_else(|| fields.id("SmsStatus"))?;
            Some(format!("{sid}:{status}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::UnixMs;

    fn of(body: &str) -> Address {
        read(&Inbound::unsigned(body.as_bytes(), UnixMs(0)))
    }

    fn numbers(body: &str) -> Vec<String> {
        of(body).resources.into_iter().map(|r| r.id).collect()
    }

    #[test]
    fn the_tenants_number_is_the_called_one_of_a_call_that_comes_in() {
        let both = "CallSid=CA1&From=%2B14155550123&To=%2B15125550100";
        assert_eq!(numbers(&format!("{both}&Direction=inbound")), ["+15125550100"]);
        assert_eq!(numbers(&format!("{both}&Direction=outbound-api")), ["+14155550123"]);
        assert_eq!(numbers(both), ["+15125550100", "+14155550123"]);
        let sip = "CallSid=CA1&Direction=inbound&From=client:ann&To=sip:%2B15125550100@x.sip.twilio.com;a=b";
        assert_eq!(numbers(sip), ["+15125550100"]);
        assert_eq!(numbers("CallSid=CA1&From=anonymous&To=sip:reception@x.sip.twilio.com"), [""; 0]);
        assert_eq!(numbers("CallSid=CA1&From=%2B266696687"), [""; 0]);
        assert_eq!(
            numbers("MessageSid=SM1&SmsStatus=received&From=%2B14155550123&To=%2B15125550100"),
            ["+15125550100"]
        );
        assert_eq!(
            numbers("MessageSid=SM1&MessageStatus=sent&From=%2B15125550100&To=%2B14155550123"),
            ["+15125550100"]
        );
    }

    #[test]
    fn a_query_a_form_and_an_object_say_the_same() {
        let text = "CallSid=CA1&CallStatus=completed&To=%2B15125550100&Direction=inbound";
        let form = of(text);
        let url = format!("https://a.test/hooks/twilio/t?{text}");
        let get = Inbound { method: "GET", url: &url, header: &|_| None, body: b"", now: UnixMs(0) };
        assert_eq!(read(&get), form);
        let json = r#"{"CallSid":"CA1","CallStatus":"completed","To":"+15125550100","Direction":"inbound"}"#;
        assert_eq!(of(json), form);
        assert_eq!(form.external_call_id.as_deref(), Some("CA1"));
        assert_eq!(form.event.as_deref(), Some("call_status"));
    }

    #[test]
    fn a_callback_without_numbers_has_the_one_that_we_wrote() {
        let url = "https://a.test/api/voice/incoming?lang=fr&line=%2B15125550100";
        let of = |body: &'static [u8]| {
            let sent = Inbound { method: "POST", url, header: &|_| None, body, now: UnixMs(0) };
            read(&sent).resources.into_iter().map(|r| r.id).collect::<Vec<_>>()
        };
        assert_eq!(of(b"CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed"), ["+15125550100"]);
        assert_eq!(of(b"CallSid=CA1&Direction=inbound&To=%2B14155550123"), ["+14155550123"]);
    }

    #[test]
    fn what_is_no_request_of_twilio_is_not_readable() {
        for body in ["", "hello", "a=b&c=d", "CallSid=", "[]", "{", "7", "\u{0}\u{1}"] {
            assert_eq!(of(body), Address::default(), "{body}");
        }
        for body in ["{}", "AccountSid=AC1", "Sid=NO1&Level=ERROR", "CallSid=CA1&X=%ff%fe"] {
            assert!(of(body).is_readable && of(body).event.is_none(), "{body}");
        }
    }

    #[test]
    fn a_leg_belongs_to_the_call_that_opened_it() {
        let leg =
            of("CallSid=CA2&ParentCallSid=CA1&CallStatus=completed&CallbackSource=call-progress-events");
        assert_eq!(leg.external_call_id.as_deref(), Some("CA1"));
        assert_eq!(leg.discriminator.as_deref(), Some("CA2:completed"));
    }
}
