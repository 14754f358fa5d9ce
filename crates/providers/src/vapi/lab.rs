//! Vapi's samples, and its proof of who it is as Vapi makes it, in the way that the connection says.

use super::{Vapi, verify};
use crate::gallery;
use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_model::UnixMs;
use vestibule_ports::spec::Words;
use vestibule_ports::{Filling, Gallery, Inbound, Outgoing, OutgoingHeader, Sample, Unsigned};
use vestibule_vault::{Credentials, hmac};

const SAMPLES: &[Sample] = &[
    Sample {
        name: "assistant_request",
        title: Words { en: "Who takes this call?", fr: "Qui prend cet appel ?" },
        is_question: true,
        template: include_str!("gallery/assistant_request.json"),
    },
    Sample {
        name: "in_progress",
        title: Words { en: "A call begins", fr: "Un appel commence" },
        is_question: false,
        template: include_str!("gallery/in_progress.json"),
    },
    Sample {
        name: "tool_calls",
        title: Words { en: "The receptionist takes a message", fr: "La réceptionniste prend un message" },
        is_question: true,
        template: include_str!("gallery/tool_calls.json"),
    },
    Sample {
        name: "ended",
        title: Words { en: "The call is over", fr: "L’appel est terminé" },
        is_question: false,
        template: include_str!("gallery/ended.json"),
    },
    Sample {
        name: "end_of_call_report",
        title: Words {
            en: "The report: what was said, what it cost, an appointment was made",
            fr: "Le rapport : ce qui s’est dit, ce qu’il a coûté, un rendez-vous a été pris",
        },
        is_question: false,
        template: include_str!("gallery/end_of_call_report.json"),
    },
    Sample {
        name: "missed_call",
        title: Words { en: "A call that nobody answered", fr: "Un appel auquel personne n’a répondu" },
        is_question: false,
        template: include_str!("gallery/missed_call.json"),
    },
];

/// How the ids of the samples' calls begin: such a call is a test.
pub(super) const CALL: &str = "lab-";

impl Gallery for Vapi {
    fn samples(&self) -> Vec<&'static Sample> {
        SAMPLES.iter().collect()
    }

    fn fill(&self, sample: &Sample, with: &Filling) -> Vec<u8> {
        gallery::json(sample.template, with)
    }

    fn signing_field(&self) -> &'static str {
        "webhook_secret"
    }

    /// Where the connection takes any proof, the one that does not show the secret.
    fn sign(&self, keys: &Credentials, url: &str, body: Vec<u8>, at: UnixMs) -> Result<Outgoing, Unsigned> {
        let none = Unsigned(self.signing_field());
        let secret = keys.field(self.signing_field()).ok_or(none)?;
        let mut headers = vec![OutgoingHeader::open("content-type", "application/json")];
        match keys.field("auth_mode") {
            Some("secret") => headers.push(OutgoingHeader::secret("x-vapi-secret", secret)),
            Some("bearer") => {
                let name = keys.field("bearer_header").unwrap_or("authorization");
                headers.push(OutgoingHeader::secret(name, format!("Bearer {secret}")));
            }
            _ => {
                let signed = proof(keys, url, &body, at).ok_or(none)?;
                headers.extend(signed.into_iter().map(|(name, value)| OutgoingHeader::open(&name, value)));
            }
        }
        Ok(Outgoing { url: url.to_owned(), headers, body: body.into() })
    }
}

/// The headers of a request that is signed as the account signs; nothing where there is no key.
fn proof(set: &Credentials, url: &str, body: &[u8], at: UnixMs) -> Option<Vec<(String, String)>> {
    let (plan, key) = (verify::Plan::of(set), verify::key(set)?);
    let (stamp, id) = (at.0.to_string(), format!("msg_lab_{}", at.0));
    let request = Inbound { method: "POST", url, header: &|_| None, body, now: at };
    let digest = hmac(plan.hash, &key, &verify::payload(plan.format, &stamp, &id, &request));
    let is_base64 = set.field("signature_encoding") == Some("base64");
    let digest = if is_base64 { STANDARD.encode(digest) } else { hex::encode(digest) };
    let prefix = set.field("signature_prefix").unwrap_or_default();
    let mut headers = vec![(plan.signature_header.to_owned(), format!("{prefix}{digest}"))];
    if plan.is_timed {
        headers.push((plan.timestamp_header.to_owned(), stamp));
    }
    if plan.format.contains("{svix-id}") {
        headers.push((plan.message_id_header.to_owned(), id));
    }
    Some(headers)
}
