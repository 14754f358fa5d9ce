//! Twilio's self-description.

use crate::spec::{Capability, Field, FieldUse, ProviderSpec, Words};

const fn field(key: &'static str, label: Words, help: Words, secret: bool, required: bool) -> Field {
    Field { key, label, help, role: FieldUse::Credential, choices: &[], secret, required }
}

/// What the UI shows when Twilio is connected.
pub const SPEC: ProviderSpec = ProviderSpec {
    name: super::NAME,
    title: "Twilio",
    // Requirements 1.25 and 4.38.
    paths: &["/webhooks/twilio", "/api/voice/incoming", "/api/voice/status", "/api/sms/incoming"],
    capabilities: &[Capability::CallWebhooks, Capability::InboundAsks, Capability::TextMessages],
    taken: Words {
        en: "This telephone number is already connected to another account",
        fr: "Ce numéro de téléphone est déjà rattaché à un autre compte",
    },
    fields: &[
        field(
            "account_sid",
            Words { en: "Account SID", fr: "Account SID" },
            Words {
                en: "Begins with AC; on the first page of the Twilio Console. If the number is in a subaccount, the subaccount’s.",
                fr: "Commence par AC ; sur la première page de la console Twilio. Si le numéro est dans un sous-compte, celui du sous-compte.",
            },
            false,
            true,
        ),
        field(
            "auth_token",
            Words { en: "Auth token", fr: "Auth token" },
            Words {
                en: "Beside the Account SID. Twilio signs its requests with it; an API key does not. While you replace it, the old one stays valid here.",
                fr: "À côté de l’Account SID. Twilio signe ses requêtes avec lui ; une clé API ne signe pas. Pendant un remplacement, l’ancien reste valable ici.",
            },
            true,
            true,
        ),
        Field {
            key: "phone_number",
            label: Words { en: "Telephone number", fr: "Numéro de téléphone" },
            help: Words {
                en: "The Twilio number that your callers reach, for example +1 514 555 0142. A number belongs to one account only.",
                fr: "Le numéro Twilio que joignent vos appelants, par exemple +1 514 555 0142. Un numéro n’appartient qu’à un seul compte.",
            },
            role: FieldUse::Number,
            choices: &[],
            secret: false,
            required: true,
        },
        field(
            "shared_key",
            Words { en: "Shared key", fr: "Clé partagée" },
            Words {
                en: "Only if webhooks of this account are signed with a SharedKey (a beta of Twilio): its secret.",
                fr: "Seulement si les webhooks de ce compte sont signés avec une SharedKey (bêta de Twilio) : son secret.",
            },
            true,
            false,
        ),
        field(
            "api_key_sid",
            Words { en: "API key SID", fr: "SID de clé API" },
            Words {
                en: "Begins with SK. Optional: with it, calls and recordings are fetched without the auth token.",
                fr: "Commence par SK. Facultatif : avec elle, les appels et les enregistrements se lisent sans l’auth token.",
            },
            false,
            false,
        ),
        field(
            "api_key_secret",
            Words { en: "API key secret", fr: "Secret de clé API" },
            Words {
                en: "Shown once by Twilio when the API key is made.",
                fr: "Montré une seule fois par Twilio, à la création de la clé API.",
            },
            true,
            false,
        ),
    ],
    checklist: &[
        Words {
            en: "Paste the Account SID, the auth token and the telephone number.",
            fr: "Collez l’Account SID, l’auth token et le numéro de téléphone.",
        },
        Words {
            en: "In the Twilio Console, open Phone Numbers, Manage, Active numbers, and your number.",
            fr: "Dans la console Twilio, ouvrez Phone Numbers, Manage, Active numbers, puis votre numéro.",
        },
        Words {
            en: "Under Voice, at “A call comes in”, choose Webhook and HTTP POST, and enter the address shown here.",
            fr: "Sous Voice, à « A call comes in », choisissez Webhook et HTTP POST, puis inscrivez l’adresse affichée ici.",
        },
        Words {
            en: "Enter the same address at “Call status changes”: it tells when a call is over.",
            fr: "Inscrivez la même adresse à « Call status changes » : c’est elle qui dit quand un appel est terminé.",
        },
        Words {
            en: "For text messages, enter it under Messaging Configuration at “A message comes in” as well. In the United States the number must be registered for texts of businesses (A2P 10DLC), and a toll-free number verified, before any text arrives.",
            fr: "Pour les textos, inscrivez-la aussi sous Messaging Configuration, à « A message comes in ». Aux États-Unis, le numéro doit être inscrit pour les textos d’entreprises (A2P 10DLC), et un numéro sans frais vérifié, sans quoi aucun texto n’arrive.",
        },
        Words {
            en: "Call the number: the call appears here within seconds.",
            fr: "Appelez le numéro : l’appel apparaît ici en quelques secondes.",
        },
    ],
};
