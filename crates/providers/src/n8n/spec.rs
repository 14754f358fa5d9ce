//! n8n's self-description.

use crate::spec::{Capability, Field, FieldUse, ProviderSpec, Words};

/// What the UI shows when an n8n workflow is connected.
pub const SPEC: ProviderSpec = ProviderSpec {
    name: "n8n",
    title: "n8n",
    capabilities: &[Capability::Deliveries],
    paths: &[],
    taken: Words {
        en: "This workflow is already connected to another account",
        fr: "Ce workflow est déjà relié à un autre compte",
    },
    fields: &[Field {
        key: "url",
        label: Words { en: "Production URL", fr: "URL de production" },
        help: Words {
            en: "In n8n, open the workflow’s Webhook node and copy its Production URL.",
            fr: "Dans n8n, ouvrez le nœud Webhook du workflow et copiez son URL de production (Production URL).",
        },
        role: FieldUse::Credential,
        choices: &[],
        secret: false,
        required: true,
    }],
    checklist: &[
        Words {
            en: "In n8n, add a Webhook node; set its method to POST (the default is GET) and switch Raw Body on.",
            fr: "Dans n8n, ajoutez un nœud Webhook ; réglez sa méthode sur POST (GET par défaut) et activez Raw Body.",
        },
        Words {
            en: "Copy the node’s Production URL here. The Test URL answers only once.",
            fr: "Copiez ici l’URL de production du nœud. L’URL de test ne répond qu’une fois.",
        },
        Words {
            en: "Put the signing secret, as plain text, into a Crypto credential of n8n, so that the workflow can check who is calling.",
            fr: "Mettez le secret de signature, en texte, dans un identifiant Crypto de n8n, pour que le workflow vérifie qui appelle.",
        },
        Words {
            en: "Activate the workflow: until then n8n answers 404.",
            fr: "Activez le workflow : d’ici là, n8n répond 404.",
        },
        Words { en: "Send a test event from here.", fr: "Envoyez un événement d’essai d’ici." },
    ],
};
