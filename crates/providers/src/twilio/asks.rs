//! What Twilio waits for while somebody is on the line, and the answers in its words. Whatever goes wrong, the
//! caller hears something: never silence.

use super::{
    address, ending,
    kind::Kind,
    twiml::{self, Tongue},
    wire::{Fields, query},
};
use vestibule_model::Phone;
use vestibule_ports::{Answer, Ask, Inbound, Incoming, Reply};

/// What our own addresses carry: the caller's language,
const LANGUAGE: &str = "lang";
/// and the tenant's number, because callbacks about recordings name none.
pub(super) const LINE: &str = "line";

/// What is asked, if this request asks anything.
pub(super) fn ask(request: &Inbound<'_>) -> Option<Ask> {
    let fields = Fields::of(request)?;
    let external_call_id = address::call(&fields);
    let kind = Kind::of(&fields)?;
    match kind {
        Kind::Incoming | Kind::Fallback => Some(Ask::Call(Incoming {
            external_call_id,
            from: fields.number("From"),
            to: fields.number("To"),
            agent: None,
        })),
        _ => None,
    }
}

fn rings(fields: &Fields<'_>) -> bool {
    fields.text("CallStatus") == Some("ringing")
}

/// Puts an answer into TwiML, or acknowledges an event without a word.
pub(super) fn reply(request: &Inbound<'_>, answer: &Answer) -> Reply {
    let fields = Fields::of(request).unwrap_or_default();
    let Some(kind) = Kind::of(&fields).filter(|kind| kind.wants_document()) else { return Reply::EMPTY };
    if kind == Kind::Message {
        return Reply::xml(match answer {
            Answer::Text { say } => twiml::text(say),
            _ => twiml::nothing(),
        });
    }
    let document = match answer {
        Answer::Person { number, say, locale } => person(request, &fields, number, say, locale),
        Answer::Sorry { say, locale } => sorry(request, &fields, say, Tongue::parse(locale)),
        Answer::Reject => twiml::reject(rings(&fields) && kind == Kind::Incoming),
        Answer::Nothing if !matches!(kind, Kind::Incoming | Kind::Fallback) => next(request, &fields, kind),
        // The voice that would take the call does not exist yet, and tools have no place here: a message is
        // better than silence.
        Answer::Nothing | Answer::Text { .. } | Answer::Agent { .. } | Answer::Tools(_) => {
            sorry(request, &fields, "", spoken(request))
        }
    };
    Reply::xml(document)
}

/// Puts the caller through, unless that number is the one that forwards to us: the call would go in circles (§3.3).
fn person(request: &Inbound<'_>, fields: &Fields<'_>, number: &str, say: &str, locale: &str) -> String {
    let tongue = Tongue::parse(locale);
    let ours: Vec<String> = ["To", "Called", "ForwardedFrom", "CalledVia"]
        .iter()
        .filter_map(|name| fields.number(name))
        .collect();
    match Phone::parse(number).filter(|phone| !ours.iter().any(|own| own == phone.as_str())) {
        Some(phone) => twiml::dial(tongue, say, &phone, &back(request, fields, tongue)),
        None => sorry(request, fields, "", tongue),
    }
}

fn sorry(request: &Inbound<'_>, fields: &Fields<'_>, say: &str, tongue: Tongue) -> String {
    twiml::message(tongue, say, &back(request, fields, tongue))
}

/// What follows a step of the call that is over.
fn next(request: &Inbound<'_>, fields: &Fields<'_>, kind: Kind) -> String {
    let is_over = fields.text("CallStatus") == Some("completed");
    let dial = (fields.text("DialCallStatus"), fields.text("DialBridged"));
    match kind {
        Kind::Record if !is_over => twiml::thanks(spoken(request)),
        // Nobody answered, and the caller is still there.
        Kind::Dial if !is_over && !ending::is_transferred(dial.0, dial.1) => {
            sorry(request, fields, "", spoken(request))
        }
        _ => twiml::nothing(),
    }
}

/// The language that was chosen earlier in the call.
fn spoken(request: &Inbound<'_>) -> Tongue {
    let found = pairs(request.url).find_map(|pair| pair.strip_prefix(LANGUAGE)?.strip_prefix('='));
    found.map_or(Tongue::Both, Tongue::parse)
}

fn pairs(url: &str) -> impl Iterator<Item = &str> {
    query(url).split('&').filter(|pair| !pair.is_empty())
}

/// The address of this very request, to which what follows is told: without what Twilio wrote into it, in
/// alphabetical order because Twilio may put it there (§2.6), and with what is ours.
fn back(request: &Inbound<'_>, fields: &Fields<'_>, tongue: Tongue) -> String {
    let path = request.url.split_once('?').map_or(request.url, |(path, _)| path);
    if path.is_empty() {
        return String::new();
    }
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && !["msg", "bodySHA256", LANGUAGE, LINE].contains(&name)
    };
    let mut kept: Vec<String> = pairs(request.url).filter(is_kept).map(str::to_owned).collect();
    kept.extend(tongue.as_str().map(|text| format!("{LANGUAGE}={text}")));
    let line = address::line_of(request, fields).map(|number| number.replace('+', "%2B"));
    kept.extend(line.map(|number| format!("{LINE}={number}")));
    kept.sort();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::UnixMs;

    const CALL: &str =
        "CallSid=CA1&CallStatus=ringing&Direction=inbound&From=%2B14155550123&To=%2B15125550100";

    fn at<'a>(url: &'a str, body: &'a str) -> Inbound<'a> {
        Inbound { method: "POST", url, header: &|_| None, body: body.as_bytes(), now: UnixMs(0) }
    }

    fn told(body: &str, answer: &Answer) -> String {
        let reply = reply(&at("https://a.test/hooks/twilio/t", body), answer);
        assert_eq!((reply.status, reply.content_type), (200, Some("text/xml; charset=utf-8")), "{body}");
        String::from_utf8(reply.body).unwrap()
    }

    fn put_through(number: &str) -> Answer {
        Answer::Person { number: number.into(), say: "One moment.".into(), locale: "en".into() }
    }

    #[test]
    fn a_call_that_comes_in_asks_who_takes_it() {
        let incoming = |body: &str| match ask(&at("", body)) {
            Some(Ask::Call(incoming)) => incoming,
            other => panic!("{other:?}"),
        };
        let asked = incoming(CALL);
        assert_eq!(asked.external_call_id.as_deref(), Some("CA1"));
        assert_eq!(
            (asked.from.as_deref(), asked.to.as_deref()),
            (Some("+14155550123"), Some("+15125550100"))
        );
        for from in ["%2B266696687", "anonymous", "Anonymous", "client%3Aann", "sip%3Aann@example.com", ""] {
            let body = format!("CallSid=CA1&CallStatus=ringing&Direction=inbound&From={from}");
            assert_eq!(incoming(&body).from, None, "{from}");
        }
        let failed = "&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fa.test%2F";
        assert_eq!(incoming(&format!("{CALL}{failed}")), asked);
        // The address for what comes later in a call failed: whoever took it is gone.
        assert_eq!(incoming(&(CALL.replace("ringing", "in-progress") + failed)), asked);
        for none in ["", "CallSid=CA1&CallStatus=completed&Direction=inbound", "MessageSid=SM1&Body=hi"] {
            assert_eq!(ask(&at("", none)), None, "{none}");
        }
    }

    #[test]
    fn a_text_is_answered_in_a_text_and_in_nothing_else() {
        let came = "MessageSid=SM1&SmsStatus=received&Body=ARRET&From=%2B14155550123&To=%2B15125550100";
        let say = Answer::Text { say: "C’est noté <&>.".into() };
        let document = told(came, &say);
        assert!(
            document.ends_with("<Response><Message>C’est noté &lt;&amp;&gt;.</Message></Response>"),
            "{document}"
        );
        assert_eq!(told(came, &Answer::Text { say: " ".into() }), twiml::nothing());
        assert_eq!(told(came, &put_through("+15145550142")), twiml::nothing());
        assert!(told(CALL, &say).contains("<Record"));
        let status = "MessageSid=SM1&MessageStatus=delivered";
        assert_eq!(reply(&at("https://a.test/", status), &say), Reply::EMPTY);
    }

    #[test]
    fn nobody_is_put_through_in_circles_or_to_no_number() {
        assert!(told(CALL, &put_through("+15145550142")).contains("<Number>+15145550142</Number>"));
        let forwarded = format!("{CALL}&ForwardedFrom=%2B15125550999");
        for (body, number) in [
            (CALL, "+15125550100"),
            (CALL, "(512) 555-0100"),
            (CALL, "911x"),
            (CALL, ""),
            (&forwarded, "+15125550999"),
        ] {
            let document = told(body, &put_through(number));
            assert!(!document.contains("<Dial") && document.contains("<Record"), "{number}: {document}");
        }
    }

    #[test]
    fn the_caller_always_hears_something() {
        let agent = Answer::Agent { id: None, variables: [].into(), metadata: [].into() };
        let sorry = Answer::Sorry { say: String::new(), locale: "fr".into() };
        for answer in [Answer::Nothing, agent, sorry, Answer::Tools(vec![])] {
            let document = told(CALL, &answer);
            assert!(document.contains("<Say") && document.contains("<Record"), "{document}");
        }
        let unanswered = CALL.replace("ringing", "in-progress") + "&DialCallStatus=no-answer";
        assert!(told(&unanswered, &Answer::Nothing).contains("<Record"));
        let declined = CALL.replace("ringing", "in-progress") + "&DialCallStatus=completed&DialBridged=false";
        assert!(told(&declined, &Answer::Nothing).contains("<Record"));
        for over in [
            CALL.replace("ringing", "in-progress") + "&DialCallStatus=completed",
            CALL.replace("ringing", "completed") + "&DialCallStatus=canceled",
            CALL.replace("ringing", "in-progress") + "&Digits=1",
            "MessageSid=SM1&SmsStatus=received&Body=STOP".to_owned(),
        ] {
            assert_eq!(told(&over, &Answer::Nothing), twiml::nothing(), "{over}");
        }
    }

    #[test]
    fn an_event_is_acknowledged_without_a_word() {
        for body in [
            "CallSid=CA1&CallStatus=completed&CallbackSource=call-progress-events",
            "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed",
            "CallSid=CA1&StreamEvent=stream-started",
            "MessageSid=SM1&MessageStatus=delivered",
            "CallSid=CA1&AnsweredBy=human",
            "",
            "nonsense",
        ] {
            assert_eq!(reply(&at("https://a.test/", body), &Answer::Nothing), Reply::EMPTY, "{body}");
        }
    }

    #[test]
    fn the_way_back_keeps_ours_and_the_language() {
        let request =
            at("https://a.test/voice?tenant=acme&CallSid=CA1&From=%2B1&lang=en&msg=x&bodySHA256=0", "");
        let back =
            |request: &Inbound<'_>, tongue| back(request, &Fields::of(request).unwrap_or_default(), tongue);
        assert_eq!(back(&request, Tongue::Fr), "https://a.test/voice?lang=fr&tenant=acme");
        assert_eq!(back(&request, Tongue::Both), "https://a.test/voice?tenant=acme");
        assert_eq!(back(&at("https://a.test/voice?msg=1", ""), Tongue::Both), "https://a.test/voice");
        let call = at("https://a.test/voice?tenant=acme&line=x", CALL);
        assert_eq!(back(&call, Tongue::En), "https://a.test/voice?lang=en&line=%2B15125550100&tenant=acme");
        let later = at("https://a.test/voice?line=%2B15125550100", "CallSid=CA1&DialCallStatus=busy");
        assert_eq!(back(&later, Tongue::Both), "https://a.test/voice?line=%2B15125550100");
        assert_eq!(spoken(&request), Tongue::En);
        assert_eq!(spoken(&at("https://a.test/?language=fr", "")), Tongue::Both);
    }
}
