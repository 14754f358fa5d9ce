//! Twilio's samples, and its signature as Twilio makes it.

use super::{Twilio, verify};
use crate::gallery;
use vestibule_model::UnixMs;
use vestibule_ports::spec::Words;
use vestibule_ports::{Filling, Gallery, Outgoing, OutgoingHeader, Sample, Unsigned};
use vestibule_vault::{Credentials, sha256};

const SAMPLES: &[Sample] = &[
    Sample {
        name: "voice_incoming",
        title: Words { en: "A call comes in: what now?", fr: "Un appel entre : que faire ?" },
        is_question: true,
        template: include_str!("gallery/voice_incoming.form"),
    },
    Sample {
        name: "dial_no_answer",
        title: Words {
            en: "Nobody took it: the caller may leave a message",
            fr: "Personne n’a répondu : l’appelant peut laisser un message",
        },
        is_question: false,
        template: include_str!("gallery/dial_no_answer.form"),
    },
    Sample {
        name: "call_completed",
        title: Words { en: "The call is over", fr: "L’appel est terminé" },
        is_question: false,
        template: include_str!("gallery/call_completed.form"),
    },
    Sample {
        name: "missed_call",
        title: Words { en: "A call that nobody answered", fr: "Un appel auquel personne n’a répondu" },
        is_question: false,
        template: include_str!("gallery/missed_call.form"),
    },
    Sample {
        name: "message_incoming",
        title: Words { en: "A text message comes in", fr: "Un texto arrive" },
        is_question: false,
        template: include_str!("gallery/message_incoming.form"),
    },
];

/// The account in the samples, which nobody has: a call of it is a test.
pub(super) const ACCOUNT: &str = "AC1ab01ab01ab01ab01ab01ab01ab01ab0";

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

impl Gallery for Twilio {
    fn samples(&self) -> Vec<&'static Sample> {
        SAMPLES.iter().collect()
    }

    fn fill(&self, sample: &Sample, with: &Filling) -> Vec<u8> {
        gallery::form(sample.template, with)
    }

    fn signing_field(&self) -> &'static str {
        "auth_token"
    }

    /// No time is signed. A body that is JSON is signed through its hash in the address (§2.2).
    fn sign(&self, keys: &Credentials, url: &str, body: Vec<u8>, _at: UnixMs) -> Result<Outgoing, Unsigned> {
        let token = keys.field(self.signing_field()).ok_or(Unsigned(self.signing_field()))?;
        let is_json = matches!(body.first(), Some(b'{' | b'['));
        let (url, kind) = if is_json {
            let mark = if url.contains('?') { '&' } else { '?' };
            (format!("{url}{mark}bodySHA256={}", hex::encode(sha256(&body))), "application/json")
        } else {
            (url.to_owned(), FORM)
        };
        let signed = if is_json { &[][..] } else { &body };
        let headers = vec![
            OutgoingHeader::open("content-type", kind),
            OutgoingHeader::open(verify::HEADER, verify::signature(token, &url, signed)),
        ];
        Ok(Outgoing { url, headers, body: body.into() })
    }
}
