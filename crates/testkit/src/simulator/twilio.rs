//! Twilio's side: a number's requests, which wait for a document, the status callbacks, and the list with prices that
//! come late. Of a call that another answers, Twilio knows that it rang and how long the line was open.

use super::{Accounts, Call, End, Provider, Told};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use serde_json::{Value, json};
use vestibule_model::UnixMs;

/// What the requests say.
pub(super) fn told(call: &Call, own: &Accounts) -> Vec<Told> {
    let line = Line::of(call);
    let (from, to) = call.parties(&own.number);
    let direction = if call.is_outbound { "outbound-api" } else { "inbound" };
    let event = |name: &'static str, at: UnixMs, more: &[(&str, &str)]| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let common = [
            ("AccountSid", own.account_sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", line.sid),
            ("Direction", direction),
            ("From", &from),
            ("To", &to),
            ("FromCity", "TROIS-RIVIÈRES"),
        ];
        form.extend_pairs(common).extend_pairs(more);
        let is_last = name == "status" && more.iter().any(|(field, _)| *field == "CallDuration");
        let body = form.finish().into_bytes();
        Told { at, name, body, is_lossy: name == "status", is_telling: is_last }
    };
    let mut told = Vec::new();
    if call.is_outbound {
        let stamp = rfc_2822(call.started_at);
        let more = [("CallStatus", "initiated"), ("CallbackSource", SOURCE), ("Timestamp", &stamp)];
        told.push(event("status", call.started_at, &more));
    } else {
        told.push(event("incoming", line.started_at, &[("CallStatus", "ringing")]));
    }
    if call.teller == Provider::Twilio && call.end == End::Transferred {
        let leg = line.sid.replacen("CA", "CAff", 1);
        let more = [
            ("CallStatus", "in-progress"),
            ("DialCallSid", &leg[..34]),
            ("DialCallStatus", "completed"),
            ("DialBridged", "true"),
            ("DialCallDuration", "1"),
        ];
        told.push(event("dial", line.ended_at.plus_ms(-100), &more));
    }
    let (stamp, seconds) = (rfc_2822(line.ended_at), line.seconds().to_string());
    let mut more = vec![
        ("CallStatus", line.status),
        ("CallbackSource", SOURCE),
        ("Timestamp", stamp.as_str()),
        ("CallDuration", &seconds),
        ("SequenceNumber", "3"),
    ];
    more.extend(answered_by(call).map(|who| ("AnsweredBy", who)));
    told.push(event("status", line.ended_at, &more));
    told
}

const SOURCE: &str = "call-progress-events";

/// The call as Twilio's list shows it at an instant; nothing before it rings. Its price is there from the second time
/// on that it is listed after its end.
pub(super) fn shown(call: &Call, own: &Accounts, now: UnixMs, is_priced: bool) -> Option<Value> {
    let line = Line::of(call);
    if now < line.started_at {
        return None;
    }
    let (from, to) = call.parties(&own.number);
    let is_over = now >= line.ended_at;
    let price = line.cost_micros.filter(|_| is_over && is_priced);
    #[expect(clippy::cast_precision_loss, reason = "dollars of one call")]
    let price = price.map(|micros| format!("-{:.6}", micros as f64 / 1_000_000.0));
    Some(json!({
        "sid": line.sid, "account_sid": own.account_sid, "parent_call_sid": null,
        "status": if is_over { line.status } else { "in-progress" },
        "direction": if call.is_outbound { "outbound-api" } else { "inbound" }, "from": from, "to": to,
        "date_created": rfc_2822(line.started_at), "date_updated": rfc_2822(now),
        "start_time": rfc_2822(line.started_at), "end_time": is_over.then(|| rfc_2822(line.ended_at)),
        "duration": is_over.then(|| line.seconds().to_string()), "price": price, "price_unit": "USD",
        "answered_by": answered_by(call),
    }))
}

/// The call as Twilio sees it, in whole seconds.
pub(super) struct Line<'a> {
    sid: &'a str,
    pub(super) started_at: UnixMs,
    pub(super) ended_at: UnixMs,
    status: &'static str,
    cost_micros: Option<i64>,
}

impl<'a> Line<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        match &call.carried {
            // The line was open before anybody answered, and a little longer.
            Some(sid) => Self {
                sid,
                started_at: UnixMs(call.started_at.0 / 1_000 * 1_000),
                ended_at: UnixMs((call.ended_at.0 / 1_000 + 1) * 1_000),
                status: "completed",
                cost_micros: Some(8_500),
            },
            None => Self {
                sid: &call.id,
                started_at: call.started_at,
                ended_at: call.ended_at,
                status: status(call.end),
                cost_micros: call.cost_micros,
            },
        }
    }

    fn seconds(&self) -> i64 {
        if self.status == "completed" { self.ended_at.since(self.started_at) / 1_000 } else { 0 }
    }

    pub(super) const fn sid(&self) -> &'a str {
        self.sid
    }
}

const fn status(end: End) -> &'static str {
    match end {
        End::Busy => "busy",
        End::NoAnswer => "no-answer",
        End::Failed => "failed",
        _ => "completed",
    }
}

fn answered_by(call: &Call) -> Option<&'static str> {
    (call.teller == Provider::Twilio && call.end == End::Voicemail).then_some("machine_start")
}

fn rfc_2822(at: UnixMs) -> String {
    let at = Timestamp::from_millisecond(at.0).expect("an instant of our time");
    rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).expect("an instant of our time")
}
