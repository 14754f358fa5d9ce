//! What a provider tells the UI about itself: plain data, from which forms and set-up pages are drawn.

use crate::ResourceKind;
use serde::Serialize;

/// A text in both languages of the UI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// French, as in Québec.
    pub fr: &'static str,
}

/// Something a provider can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// It sends events about calls.
    CallWebhooks,
    /// It receives our events.
    Deliveries,
    /// It asks who takes a call, before it is answered.
    InboundAsks,
    /// Its receptionist uses our tools.
    Tools,
    /// It sends text messages.
    TextMessages,
}

/// What becomes of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldUse {
    /// It is kept sealed, under its key, among the connection's credentials.
    Credential,
    /// The same; where nothing is given at first, a secret is made here and shown once.
    MadeHere,
    /// It names the tenant's agent at the provider, which is bound to the tenant.
    Agent,
    /// It names the tenant's telephone number, which is bound to the tenant.
    Number,
}

impl FieldUse {
    /// The kind of resource that the value names.
    #[must_use]
    pub const fn resource(self) -> Option<ResourceKind> {
        match self {
            Self::Agent => Some(ResourceKind::Agent),
            Self::Number => Some(ResourceKind::Number),
            Self::Credential | Self::MadeHere => None,
        }
    }
}

/// One thing to fill in when connecting the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The field's name in requests.
    pub key: &'static str,
    /// The label.
    pub label: Words,
    /// Where to find the value.
    pub help: Words,
    /// What becomes of the value.
    pub role: FieldUse,
    /// The values to choose from; any when there are none. The first is meant where nothing is chosen.
    pub choices: &'static [&'static str],
    /// True when the value is never shown again.
    pub secret: bool,
    /// True when nothing works without it.
    pub required: bool,
}

/// A provider's self-description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProviderSpec {
    /// The name in addresses and rows.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it can do here.
    pub capabilities: &'static [Capability],
    /// Further paths at which its requests come in, besides `/hooks/{name}/{token}` and `/api/webhooks/{name}`: the
    /// tenant is found by the resource that the request names.
    pub paths: &'static [&'static str],
    /// What is said when an agent or number is another tenant's.
    pub taken: Words,
    /// What has to be filled in.
    pub fields: &'static [Field],
    /// What has to be done, in order.
    pub checklist: &'static [Words],
}
