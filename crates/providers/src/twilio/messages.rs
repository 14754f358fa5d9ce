//! Text messages as Twilio tells of them (telephony sheet §1.10): one that came in, and what became of one that went
//! out.

use super::{
    NAME,
    kind::Kind,
    problems,
    wire::{Fields, query},
};
use std::borrow::Cow;
use url::form_urlencoded::{Serializer, parse};
use vestibule_model::{Keyword, TextCame, TextEvent, TextId, TextStatus, TextTold};
use vestibule_ports::{Inbound, NormalizeFault};

/// The words that Twilio answers by itself, when they are the whole message (§1.10; REVOKE and OPTOUT since 2025).
const ANSWERED: [&str; 13] = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "START",
    "YES",
    "UNSTOP",
    "HELP",
    "INFO",
];
/// What our own addresses carry: which of our texts the provider tells of. In a body no field of Twilio's is called so.
const TEXT: &str = "text";
/// The longest message that is kept, in characters: Twilio's have 1,600.
const LONGEST: usize = 4_000;

/// A request's body, with our own id of the text where the address of the request tells it. Both are signed.
pub(super) fn told<'a>(request: &Inbound<'a>) -> Cow<'a, [u8]> {
    let is_status = || Fields::read(request.body).as_ref().and_then(Kind::of) == Some(Kind::MessageStatus);
    let is_form = request.body.first().is_some_and(|byte| *byte != b'{');
    match parse(query(request.url).as_bytes()).find(|(name, _)| name == TEXT) {
        Some((name, id)) if is_form && is_status() => {
            let own = Serializer::new(String::new()).append_pair(&name, &id).finish();
            // Of a name that comes twice the first value counts: ours.
            Cow::Owned([own.as_bytes(), b"&", request.body].concat())
        }
        _ => Cow::Borrowed(request.body),
    }
}

/// Translates a body. One that tells of no text says nothing of texts.
pub(super) fn read(body: &[u8]) -> Result<Vec<TextEvent>, NormalizeFault> {
    let Some(fields) = Fields::read(body) else { return Ok(Vec::new()) };
    if fields.text("AccountSid") == Some(super::lab::ACCOUNT) {
        // A sample: nobody wrote it, and nobody is made a contact by it.
        return Ok(Vec::new());
    }
    let Some(kind) = Kind::of(&fields).filter(|kind| kind.is_text()) else { return Ok(Vec::new()) };
    let id = fields.id("MessageSid").or_else(|| fields.id("SmsSid"));
    let external_id = id.ok_or_else(|| fault("no_message_id", "MessageSid"))?;
    let (told, text) = match kind {
        Kind::Message => (TextTold::Came(came(&fields)?), None),
        _ => {
            let word = fields.text("MessageStatus").or_else(|| fields.text("SmsStatus"));
            let Some(status) = word.and_then(status) else { return Ok(Vec::new()) };
            let provider_code = fields.id("ErrorCode").filter(|code| code != "0");
            let problem = provider_code.as_deref().map(problems::of_text);
            let told = TextTold::Became { status, problem, provider_code };
            (told, fields.text(TEXT).and_then(|id| id.parse::<TextId>().ok()))
        }
    };
    Ok(vec![TextEvent { provider: NAME.to_owned(), external_id, text, told }])
}

/// Where a text stands, by Twilio's word.
pub(super) fn status(word: &str) -> Option<TextStatus> {
    Some(match word {
        "accepted" | "scheduled" | "queued" | "sending" => TextStatus::Accepted,
        "sent" => TextStatus::Sent,
        "delivered" | "read" => TextStatus::Delivered,
        "undelivered" => TextStatus::Undelivered,
        "failed" => TextStatus::Failed,
        "canceled" => TextStatus::Canceled,
        _ => return None,
    })
}

fn came(fields: &Fields<'_>) -> Result<TextCame, NormalizeFault> {
    let from = fields.party("From").ok_or_else(|| fault("no_party", "From"))?;
    let to = fields.party("To").ok_or_else(|| fault("no_party", "To"))?;
    let body: String = fields.whole("Body").unwrap_or_default().chars().take(LONGEST).collect();
    let keyword = fields.text("OptOutType").and_then(Keyword::parse);
    let count = |name: &str| fields.text(name).and_then(|text| text.parse::<i64>().ok());
    let is_answered = keyword.is_some() || ANSWERED.iter().any(|word| body.trim().eq_ignore_ascii_case(word));
    Ok(TextCame {
        from,
        to,
        segments: count("NumSegments").filter(|count| (1..=100).contains(count)),
        media_count: count("NumMedia").unwrap_or_default().clamp(0, 100),
        keyword,
        is_answered,
        body,
    })
}

fn fault(code: &'static str, field: &str) -> NormalizeFault {
    NormalizeFault { code, detail: field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::{TextProblem, UnixMs};

    const CAME: &str = "MessageSid=SM1&SmsStatus=received&From=%2B14155550123&To=%2B15125550100";

    fn of(body: &str) -> TextCame {
        match read(body.as_bytes()).unwrap().remove(0).told {
            TextTold::Came(came) => came,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_twilio_answers_by_itself_is_known() {
        for word in ["STOP", "stop", " Stop\n", "StopAll", "quit", "YES", "Info"] {
            assert!(of(&format!("{CAME}&Body={word}")).is_answered, "{word}");
        }
        for word in ["ARRET", "STOP.", "STOP ALL", "please stop", ""] {
            assert!(!of(&format!("{CAME}&Body={word}")).is_answered, "{word}");
        }
        let advanced = of(&format!("{CAME}&Body=fini&OptOutType=STOP"));
        assert_eq!((advanced.keyword, advanced.is_answered), (Some(Keyword::Stop), true));
    }

    #[test]
    fn a_body_is_kept_as_it_came() {
        let came = of(&format!("{CAME}&Body=+Bonjour%2C%0A%C3%A7a+va+%3F+&NumMedia=2&NumSegments=1"));
        assert_eq!(
            (came.body.as_str(), came.media_count, came.segments),
            (" Bonjour,\nça va ? ", 2, Some(1))
        );
        assert_eq!(of("SmsSid=SM1&From=55555&To=%2B15125550100").from, "55555");
        assert!(!format!("{came:?}").contains("Bonjour"));
    }

    #[test]
    fn our_own_id_comes_from_the_address_alone() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let other = "01890a5d-ac96-774b-bcce-b302099a8058";
        let url = format!("https://a.test/hooks/twilio/t?text={id}");
        let body = format!("MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30034&text={other}");
        let at = |url: &str, body: &str| {
            let (method, header) = ("POST", &|_: &str| None);
            let kept =
                told(&Inbound { method, url, header, body: body.as_bytes(), now: UnixMs(0) }).into_owned();
            read(&kept).unwrap().into_iter().next()
        };
        let event = at(&url, &body).unwrap();
        assert_eq!(event.text.map(|id| id.to_string()).as_deref(), Some(id));
        let problem = Some(TextProblem::NotRegistered);
        let code = Some("30034".to_owned());
        assert_eq!(
            event.told,
            TextTold::Became { status: TextStatus::Undelivered, problem, provider_code: code }
        );
        assert_eq!(at(&url, CAME).unwrap().text, None);
        assert_eq!(at(&url, "CallSid=CA1&CallStatus=completed"), None);
        assert_eq!(at("", "MessageSid=SM1&MessageStatus=sent").unwrap().text, None);
        assert_eq!(at("", "MessageSid=SM1&MessageStatus=invented"), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let code = |body: &str| read(body.as_bytes()).unwrap_err().code;
        assert_eq!(code("MessageSid=SM1&SmsStatus=received&To=%2B15125550100"), "no_party");
        assert_eq!(code(&format!("MessageSid={}&Body=x", "S".repeat(300))), "no_message_id");
    }
}
