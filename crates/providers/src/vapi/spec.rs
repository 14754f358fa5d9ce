//! Vapi's self-description.

use crate::spec::{Capability, Field, FieldUse, ProviderSpec, Words};

/// What the UI shows when Vapi is connected.
pub const SPEC: ProviderSpec = ProviderSpec {
    name: super::NAME,
    title: "Vapi",
    capabilities: &[Capability::CallWebhooks, Capability::InboundAsks, Capability::Tools],
    // Requirement 1.26.
    paths: &["/webhooks/vapi"],
    taken: Words {
        en: "This Vapi assistant or number is already connected to another account",
        fr: "Cet assistant ou ce numéro Vapi est déjà relié à un autre compte",
    },
    fields: &[
        Field {
            key: "webhook_secret",
            label: Words { en: "Webhook secret", fr: "Secret des webhooks" },
            help: Words {
                en: "Leave it empty and one is made here, shown once. It goes into Vapi as the server’s secret, as the token of a Bearer credential, or as the secret key of an HMAC credential.",
                fr: "Laissez vide et un secret est créé ici, affiché une seule fois. Il s’inscrit dans Vapi comme secret du serveur, comme jeton d’un identifiant Bearer, ou comme clé secrète d’un identifiant HMAC.",
            },
            role: FieldUse::MadeHere,
            choices: &[],
            secret: true,
            required: true,
        },
        Field {
            key: "private_key",
            label: Words { en: "Private API key", fr: "Clé API privée" },
            help: Words {
                en: "Vapi dashboard, Vapi API Keys, Private. With it, calls whose webhooks were lost are found again. Not the public key.",
                fr: "Tableau de bord Vapi, Vapi API Keys, Private. Grâce à elle, on retrouve les appels dont les webhooks se sont perdus. Pas la clé publique.",
            },
            role: FieldUse::Credential,
            choices: &[],
            secret: true,
            required: false,
        },
        Field {
            key: "assistant_id",
            label: Words { en: "Assistant id", fr: "Identifiant de l’assistant" },
            help: Words {
                en: "Under the assistant’s name in the Vapi dashboard. An assistant belongs to one account only.",
                fr: "Sous le nom de l’assistant dans le tableau de bord Vapi. Un assistant n’appartient qu’à un seul compte.",
            },
            role: FieldUse::Agent,
            choices: &[],
            secret: false,
            required: false,
        },
        Field {
            key: "phone_number",
            label: Words { en: "Telephone number", fr: "Numéro de téléphone" },
            help: Words {
                en: "The number that Vapi answers, with its country code, for example +15145550100.",
                fr: "Le numéro auquel Vapi répond, avec l’indicatif du pays, par exemple +15145550100.",
            },
            role: FieldUse::Number,
            choices: &[],
            secret: false,
            required: false,
        },
        choice(
            "auth_mode",
            Words { en: "How Vapi proves itself", fr: "Preuve d’identité de Vapi" },
            Words {
                en: "As chosen in Vapi: secret (X-Vapi-Secret), bearer or hmac. auto takes any of them.",
                fr: "Comme choisi dans Vapi : secret (X-Vapi-Secret), bearer ou hmac. auto les accepte tous.",
            },
            &["auto", "secret", "bearer", "hmac"],
        ),
        text(
            "bearer_header",
            Words { en: "Bearer: header", fr: "Bearer : en-tête" },
            Words {
                en: "Authorization unless changed in Vapi.",
                fr: "Authorization, sauf changement dans Vapi.",
            },
        ),
        choice(
            "algorithm",
            Words { en: "HMAC: algorithm", fr: "HMAC : algorithme" },
            Words { en: "As in Vapi’s credential.", fr: "Comme dans l’identifiant Vapi." },
            &["sha256", "sha512", "sha1"],
        ),
        text(
            "signature_header",
            Words { en: "HMAC: signature header", fr: "HMAC : en-tête de la signature" },
            Words {
                en: "x-signature unless changed in Vapi.",
                fr: "x-signature, sauf changement dans Vapi.",
            },
        ),
        text(
            "timestamp_header",
            Words { en: "HMAC: timestamp header", fr: "HMAC : en-tête de l’horodatage" },
            Words {
                en: "x-timestamp unless changed in Vapi.",
                fr: "x-timestamp, sauf changement dans Vapi.",
            },
        ),
        choice(
            "include_timestamp",
            Words { en: "HMAC: timestamp is signed", fr: "HMAC : horodatage signé" },
            Words {
                en: "Leave it at true: without a time, a request that somebody recorded can be sent again.",
                fr: "Laissez true : sans horodatage, une requête enregistrée par quelqu’un peut être renvoyée.",
            },
            &["true", "false"],
        ),
        text(
            "payload_format",
            Words { en: "HMAC: payload format", fr: "HMAC : format du contenu signé" },
            Words {
                en: "{timestamp}.{body} unless changed in Vapi. It must hold {body}; {method}, {url} and {svix-id} are possible.",
                fr: "{timestamp}.{body}, sauf changement dans Vapi. Il doit contenir {body} ; {method}, {url} et {svix-id} sont possibles.",
            },
        ),
        text(
            "signature_prefix",
            Words { en: "HMAC: signature prefix", fr: "HMAC : préfixe de la signature" },
            Words {
                en: "For example sha256= or v1, if one is set in Vapi.",
                fr: "Par exemple sha256= ou v1, s’il y en a un dans Vapi.",
            },
        ),
        choice(
            "signature_encoding",
            Words { en: "HMAC: encoding", fr: "HMAC : encodage" },
            Words { en: "As in Vapi’s credential.", fr: "Comme dans l’identifiant Vapi." },
            &["hex", "base64"],
        ),
        choice(
            "secret_is_base64",
            Words { en: "HMAC: secret is base64", fr: "HMAC : secret en base64" },
            Words { en: "As in Vapi’s credential.", fr: "Comme dans l’identifiant Vapi." },
            &["false", "true"],
        ),
        text(
            "message_id_header",
            Words { en: "HMAC: message id header", fr: "HMAC : en-tête de l’identifiant du message" },
            Words {
                en: "Only if the payload format holds {svix-id}.",
                fr: "Seulement si le format contient {svix-id}.",
            },
        ),
    ],
    checklist: &[
        Words {
            en: "Enter the assistant’s id, and the number that it answers.",
            fr: "Inscrivez l’identifiant de l’assistant et le numéro auquel il répond.",
        },
        Words {
            en: "In Vapi, open the assistant, Advanced, Server: enter the address shown here, and the secret.",
            fr: "Dans Vapi, ouvrez l’assistant, Advanced, Server : inscrivez l’adresse affichée ici, et le secret.",
        },
        Words {
            en: "Safer than the plain secret: in Vapi, Integrations, Custom Credentials, create an HMAC credential with the secret as its key, and choose it for the server.",
            fr: "Plus sûr que le simple secret : dans Vapi, Integrations, Custom Credentials, créez un identifiant HMAC avec le secret comme clé, et choisissez-le pour le serveur.",
        },
        Words {
            en: "Server messages: status-update, end-of-call-report, tool-calls, transfer-destination-request and hang are enough. Leave phone-call-control out: it hands hanging up over to us.",
            fr: "Server messages : status-update, end-of-call-report, tool-calls, transfer-destination-request et hang suffisent. Laissez phone-call-control de côté : il nous confierait le raccrochage.",
        },
        Words {
            en: "Vapi does not try again by itself: set a back-off plan on the server, and enter the private key, so that lost reports are found again.",
            fr: "Vapi ne réessaie pas de lui-même : réglez un plan de reprise (backoffPlan) sur le serveur, et inscrivez la clé privée, afin que les rapports perdus soient retrouvés.",
        },
        Words {
            en: "Call the number: the call appears here while it rings.",
            fr: "Appelez le numéro : l’appel apparaît ici pendant qu’il sonne.",
        },
    ],
};

const fn text(key: &'static str, label: Words, help: Words) -> Field {
    choice(key, label, help, &[])
}

const fn choice(key: &'static str, label: Words, help: Words, choices: &'static [&'static str]) -> Field {
    Field { key, label, help, role: FieldUse::Credential, choices, secret: false, required: false }
}
