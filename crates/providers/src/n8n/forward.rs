//! A workflow that stands in front of a provider of calls and forwards its events (requirements 2.08, 2.09): the
//! body is the provider's, whole; what proves it is a secret in a header, which the tenant's workflow sends. What
//! the body says is the provider's business, whichever it is.

use crate::spec::{Capability, Field, FieldUse, ProviderSpec, Words};
use serde_json::json;
use std::borrow::Cow;
use std::sync::Arc;
use vestibule_model::{CallEvent, UnixMs};
use vestibule_ports::{
    Address, Answer, CallWebhooks, Filling, Gallery, Identity, Inbound, NormalizeFault, Outgoing,
    OutgoingHeader, Reply, Sample, Unsigned, VerifyFault,
};
use vestibule_vault::{Credentials, constant_time_eq};

/// What the UI shows when events come through a workflow.
pub const FORWARD_SPEC: ProviderSpec = ProviderSpec {
    name: "n8n-retell",
    title: "Retell AI through n8n",
    capabilities: &[Capability::CallWebhooks],
    paths: &["/api/n8n/retell-webhook"],
    taken: Words {
        en: "This Retell agent is already connected to another account",
        fr: "This Retell agent is already connected to another account",
    },
    fields: &[
        Field {
            key: "forward_secret",
            label: Words { en: "Forwarding secret", fr: "Secret de transmission" },
            help: Words {
                en: "Made here unless you give one. In n8n, the HTTP Request node sends it in the header x-n8n-webhook-secret.",
                fr: "Créé ici si vous n’en donnez pas. Dans n8n, le nœud HTTP Request l’envoie dans l’en-tête x-n8n-webhook-secret.",
            },
            role: FieldUse::MadeHere,
            choices: &[],
            secret: true,
            required: true,
        },
        Field {
            key: "agent_id",
            label: Words { en: "Agent id", fr: "Identifiant de l’agent" },
            help: Words {
                en: "Begins with agent_; shown under the agent’s name in the Retell dashboard. An agent belongs to one account only.",
                fr: "Commence par agent_ ; affiché sous le nom de l’agent dans le tableau de bord Retell. Un agent n’appartient qu’à un seul compte.",
            },
            role: FieldUse::Agent,
            choices: &[],
            secret: false,
            required: true,
        },
    ],
    checklist: &[
        Words { en: "Paste the agent’s id.", fr: "Collez l’identifiant de l’agent." },
        Words {
            en: "In n8n, receive Retell’s webhook in a Webhook node, then forward the whole body with an HTTP Request node: POST, to the address shown here.",
            fr: "Dans n8n, recevez le webhook de Retell dans un nœud Webhook, puis transmettez le corps entier avec un nœud HTTP Request : POST, à l’adresse affichée ici.",
        },
        Words {
            en: "Add the header x-n8n-webhook-secret with the forwarding secret.",
            fr: "Ajoutez l’en-tête x-n8n-webhook-secret avec le secret de transmission.",
        },
    ],
};

/// The header that carries the secret.
const HEADER: &str = "x-n8n-webhook-secret";

/// Another provider's events, forwarded by a workflow.
pub struct Forwarded(Arc<dyn CallWebhooks>);

impl Forwarded {
    /// The events of a provider, forwarded.
    #[must_use]
    pub fn of(inner: Arc<dyn CallWebhooks>) -> Self {
        Self(inner)
    }
}

impl CallWebhooks for Forwarded {
    fn name(&self) -> &'static str {
        FORWARD_SPEC.name
    }

    fn spec(&self) -> &'static ProviderSpec {
        &FORWARD_SPEC
    }

    fn resources_of(&self) -> &'static str {
        self.0.name()
    }

    fn via(&self) -> Option<&'static str> {
        Some("n8n")
    }

    fn gallery(&self) -> Option<&dyn Gallery> {
        Some(self)
    }

    fn is_signed(&self, request: &Inbound<'_>) -> bool {
        (request.header)(HEADER).is_some_and(|value| !value.is_empty())
    }

    fn address(&self, request: &Inbound<'_>) -> Address {
        self.0.address(request)
    }

    fn verify(&self, keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
        let shown = (request.header)(HEADER).filter(|value| !value.is_empty()).ok_or(VerifyFault::Missing)?;
        // No early exit: how many secrets were tried does not show.
        let mut genuine = false;
        for secret in keys.iter().filter_map(|set| set.field("forward_secret")) {
            genuine |= constant_time_eq(secret.as_bytes(), shown.as_bytes());
        }
        if genuine { Ok(()) } else { Err(VerifyFault::Mismatch) }
    }

    fn identify(&self, address: &Address) -> Identity {
        self.0.identify(address)
    }

    fn kept<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        self.0.kept(body)
    }

    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
        self.0.normalize(body)
    }

    fn reply(&self, request: &Inbound<'_>, answer: &Answer) -> Reply {
        match answer {
            // Requirement 2.14: no plan has prepaid minutes yet, so none can be used up (K1).
            Answer::Nothing | Answer::Text { .. } => {
                Reply::json(&json!({ "success": true, "shouldDisableWorkflow": false }))
            }
            other => self.0.reply(request, other),
        }
    }
}

impl Gallery for Forwarded {
    /// The provider's own, but for questions: a workflow forwards none.
    fn samples(&self) -> Vec<&'static Sample> {
        let inner = self.0.gallery().map(Gallery::samples).unwrap_or_default();
        inner.into_iter().filter(|sample| !sample.is_question).collect()
    }

    fn fill(&self, sample: &Sample, with: &Filling) -> Vec<u8> {
        self.0.gallery().map(|inner| inner.fill(sample, with)).unwrap_or_default()
    }

    fn signing_field(&self) -> &'static str {
        "forward_secret"
    }

    fn sign(&self, keys: &Credentials, url: &str, body: Vec<u8>, _at: UnixMs) -> Result<Outgoing, Unsigned> {
        let secret = keys.field(self.signing_field()).ok_or(Unsigned(self.signing_field()))?;
        let headers = vec![
            OutgoingHeader::open("content-type", "application/json"),
            OutgoingHeader::secret(HEADER, secret),
        ];
        Ok(Outgoing { url: url.to_owned(), headers, body: body.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A provider of which only the answers to its questions are looked at.
    struct Behind;

    impl CallWebhooks for Behind {
        fn name(&self) -> &'static str {
            "behind"
        }
        fn spec(&self) -> &'static ProviderSpec {
            &FORWARD_SPEC
        }
        fn is_signed(&self, _: &Inbound<'_>) -> bool {
            false
        }
        fn address(&self, _: &Inbound<'_>) -> Address {
            Address { event: Some("seen".into()), ..Address::default() }
        }
        fn verify(&self, _: &[Credentials], _: &Inbound<'_>) -> Result<(), VerifyFault> {
            Err(VerifyFault::Malformed)
        }
        fn identify(&self, _: &Address) -> Identity {
            unreachable!("not asked here")
        }
        fn normalize(&self, _: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
            Ok(Vec::new())
        }
        fn reply(&self, _: &Inbound<'_>, _: &Answer) -> Reply {
            Reply::EMPTY
        }
    }

    fn with<T>(secret: Option<&str>, what: impl FnOnce(&Forwarded, &Inbound<'_>) -> T) -> T {
        let header = |name: &str| secret.filter(|_| name == HEADER).map(str::to_owned);
        let (method, now) = ("POST", UnixMs(0));
        what(
            &Forwarded::of(Arc::new(Behind)),
            &Inbound { method, url: "", header: &header, body: b"{}", now },
        )
    }

    #[test]
    fn only_the_secret_opens_and_the_events_are_the_providers() {
        let keys = [Credentials::of("forward_secret", "new"), Credentials::of("forward_secret", "old")];
        for (secret, want) in [
            (None, Err(VerifyFault::Missing)),
            (Some(""), Err(VerifyFault::Missing)),
            (Some("other"), Err(VerifyFault::Mismatch)),
            (Some("new"), Ok(())),
            (Some("old"), Ok(())),
        ] {
            with(secret, |by, request| {
                assert_eq!(by.verify(&keys, request), want);
                assert_eq!(by.verify(&[], request), want.and(Err(VerifyFault::Mismatch)));
                assert_eq!(
                    by.verify(&[Credentials::default()], request),
                    want.and(Err(VerifyFault::Mismatch))
                );
                assert_eq!(by.is_signed(request), secret.is_some_and(|s| !s.is_empty()));
                assert_eq!(by.address(request).event.as_deref(), Some("seen"));
                assert_eq!((by.name(), by.resources_of(), by.via()), ("n8n-retell", "behind", Some("n8n")));
                assert_eq!(by.reply(request, &Answer::Reject), Reply::EMPTY);
            });
        }
    }
}
