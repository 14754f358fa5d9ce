//! What a provider tells the UI about itself: plain data, from which forms and set-up pages are drawn.

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
    /// True when the value is sealed and never shown again.
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
    /// What has to be filled in.
    pub fields: &'static [Field],
    /// What has to be done, in order.
    pub checklist: &'static [Words],
}
