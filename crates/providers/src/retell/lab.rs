//! Retell's samples, and its signature as Retell makes it.

use super::{Retell, verify};
use crate::gallery;
use vestibule_model::UnixMs;
use vestibule_ports::spec::Words;
use vestibule_ports::{Filling, Gallery, Outgoing, OutgoingHeader, Sample, Unsigned};
use vestibule_vault::{Credentials, hmac_hex};

const SAMPLES: &[Sample] = &[
    Sample {
        name: "call_inbound",
        title: Words { en: "Who takes this call?", fr: "Qui prend cet appel ?" },
        is_question: true,
        template: include_str!("gallery/call_inbound.json"),
    },
    Sample {
        name: "call_started",
        title: Words { en: "A call begins", fr: "Un appel commence" },
        is_question: false,
        template: include_str!("gallery/call_started.json"),
    },
    Sample {
        name: "take_message",
        title: Words { en: "The receptionist takes a message", fr: "La réceptionniste prend un message" },
        is_question: true,
        template: include_str!("gallery/take_message.json"),
    },
    Sample {
        name: "call_ended",
        title: Words {
            en: "The call is over: what was said, what it cost",
            fr: "L’appel est terminé : ce qui s’est dit, ce qu’il a coûté",
        },
        is_question: false,
        template: include_str!("gallery/call_ended.json"),
    },
    Sample {
        name: "call_analyzed",
        title: Words {
            en: "The call is analysed: an appointment was made",
            fr: "L’appel est analysé : un rendez-vous a été pris",
        },
        is_question: false,
        template: include_str!("gallery/call_analyzed.json"),
    },
    Sample {
        name: "missed_call",
        title: Words { en: "A call that nobody answered", fr: "Un appel auquel personne n’a répondu" },
        is_question: false,
        template: include_str!("gallery/missed_call.json"),
    },
];

/// How the ids of the samples' calls begin: such a call is a test.
pub(super) const CALL: &str = "call_lab_";

/// The value of `x-retell-signature` for a body that is signed with a key at an instant.
#[must_use]
pub fn signature(key: &str, body: &[u8], at: UnixMs) -> String {
    let ms = at.0.to_string();
    format!("v={ms},d={}", hmac_hex(key.as_bytes(), &[body, ms.as_bytes()]))
}

impl Gallery for Retell {
    fn samples(&self) -> Vec<&'static Sample> {
        SAMPLES.iter().collect()
    }

    fn fill(&self, sample: &Sample, with: &Filling) -> Vec<u8> {
        gallery::json(sample.template, with)
    }

    fn signing_field(&self) -> &'static str {
        "api_key"
    }

    fn sign(&self, keys: &Credentials, url: &str, body: Vec<u8>, at: UnixMs) -> Result<Outgoing, Unsigned> {
        // Where a key is named beside the API key, it is the one with the webhook badge (§1.1).
        let key = keys.field("webhook_key").or_else(|| keys.field("api_key"));
        let key = key.ok_or(Unsigned(self.signing_field()))?;
        let headers = vec![
            OutgoingHeader::open("content-type", "application/json"),
            OutgoingHeader::open(verify::HEADER, signature(key, &body, at)),
        ];
        Ok(Outgoing { url: url.to_owned(), headers, body: body.into() })
    }
}
