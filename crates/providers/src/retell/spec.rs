//! Retell's self-description.

use crate::spec::{Capability, Field, FieldUse, ProviderSpec, Words};

/// What the UI shows when Retell is connected.
pub const SPEC: ProviderSpec = ProviderSpec {
    name: super::NAME,
    title: "Retell AI",
    capabilities: &[Capability::CallWebhooks],
    paths: &[],
    // Requirement 2.16, word for word.
    taken: Words {
        en: "This Retell agent is already connected to another account",
        fr: "This Retell agent is already connected to another account",
    },
    fields: &[
        Field {
            key: "api_key",
            label: Words { en: "API key", fr: "Clé API" },
            help: Words {
                en: "Retell dashboard, API Keys: the key with the webhook badge. Retell signs its webhooks with it; there is no separate webhook secret.",
                fr: "Tableau de bord Retell, API Keys : la clé qui porte l’étiquette « webhook ». Retell signe ses webhooks avec elle ; il n’existe pas de secret à part.",
            },
            role: FieldUse::Credential,
            choices: &[],
            secret: true,
            required: true,
        },
        Field {
            key: "webhook_key",
            label: Words { en: "Webhook key", fr: "Clé des webhooks" },
            help: Words {
                en: "Only if another API key than the one above carries the webhook badge, or while you replace the key.",
                fr: "Seulement si une autre clé API que celle ci-dessus porte l’étiquette « webhook », ou le temps d’un remplacement.",
            },
            role: FieldUse::Credential,
            choices: &[],
            secret: true,
            required: false,
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
        Words {
            en: "Paste the API key that carries the webhook badge.",
            fr: "Collez la clé API qui porte l’étiquette « webhook ».",
        },
        Words { en: "Paste the agent’s id.", fr: "Collez l’identifiant de l’agent." },
        Words {
            en: "In Retell, open the agent, Webhook Settings, and enter the address shown here. An agent’s address replaces the account’s.",
            fr: "Dans Retell, ouvrez l’agent, puis Webhook Settings, et inscrivez l’adresse affichée ici. L’adresse d’un agent remplace celle du compte.",
        },
        Words {
            en: "Press Test in Retell: the test event appears here within seconds.",
            fr: "Appuyez sur Test dans Retell : l’événement d’essai apparaît ici en quelques secondes.",
        },
        Words {
            en: "If recordings are to be kept, leave Retell’s data storage at “Everything”: otherwise their addresses expire after ten minutes.",
            fr: "Pour conserver les enregistrements, laissez le stockage de Retell à « Everything » : sinon leurs adresses expirent après dix minutes.",
        },
    ],
};
