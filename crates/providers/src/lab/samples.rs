//! Samples of the galleries, signed, for the command line: without a server and without its data.

use crate::{call_webhooks, call_webhooks_named};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_model::UnixMs;
use vestibule_ports::{CallWebhooks, Filling, Gallery, Outgoing};
use vestibule_vault::Credentials;

/// What is to be sent.
pub struct Asked<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The sample's name.
    pub sample: &'a str,
    /// Where it goes.
    pub url: &'a str,
    /// What signs.
    pub secret: &'a str,
    /// How it signs, where the provider leaves a choice: fields of its connection and their values.
    pub settings: &'a [(String, String)],
    /// What is filled in.
    pub filling: Filling,
}

fn provider(name: &str) -> Result<Arc<dyn CallWebhooks>, String> {
    call_webhooks_named(name).ok_or_else(|| {
        let known: Vec<&str> = call_webhooks().iter().map(|one| one.name()).collect();
        format!("there is no provider {name}: choose one of {}", known.join(", "))
    })
}

fn gallery(provider: &dyn CallWebhooks) -> Result<&dyn Gallery, String> {
    provider.gallery().ok_or_else(|| format!("{} has no samples", provider.name()))
}

/// A provider's samples, one object each, in the order in which they tell a story.
///
/// # Errors
/// The provider is unknown or has none.
pub fn samples(name: &str) -> Result<Vec<Value>, String> {
    let provider = provider(name)?;
    let line = |sample: &vestibule_ports::Sample| {
        let (en, fr) = (sample.title.en, sample.title.fr);
        json!({ "name": sample.name, "question": sample.is_question, "en": en, "fr": fr })
    };
    Ok(gallery(&*provider)?.samples().into_iter().map(line).collect())
}

/// The request that was asked for, signed.
///
/// # Errors
/// Provider or sample are unknown, a setting is none of the provider's, or the secret does not sign.
pub fn request(asked: &Asked<'_>) -> Result<Outgoing, String> {
    let provider = provider(asked.provider)?;
    let gallery = gallery(&*provider)?;
    let sample = gallery.named(asked.sample).ok_or_else(|| {
        let known: Vec<&str> = gallery.samples().iter().map(|one| one.name).collect();
        format!("{} has no sample {}: choose one of {}", asked.provider, asked.sample, known.join(", "))
    })?;
    let mut keys = Credentials::of(gallery.signing_field(), asked.secret);
    for (name, value) in asked.settings {
        let field = provider.spec().fields.iter().find(|field| field.key == name && !field.secret);
        let field = field.ok_or_else(|| format!("{} has no setting {name}", asked.provider))?;
        if !field.choices.is_empty() && !field.choices.contains(&value.as_str()) {
            return Err(format!("{name} is one of {}", field.choices.join(", ")));
        }
        keys = keys.with(name, value);
    }
    let body = gallery.fill(sample, &asked.filling);
    let signed = gallery.sign(&keys, asked.url, body, asked.filling.at);
    signed.map_err(|missing| format!("the secret does not sign: {} is empty", missing.0))
}

/// The current instant's filling, for an agent and a number.
#[must_use]
pub fn filling(mark: String, agent: Option<&str>, number: Option<&str>, at: UnixMs) -> Filling {
    let filled = |given: Option<&str>, standard: &str| given.unwrap_or(standard).to_owned();
    Filling { mark, agent: filled(agent, "agent_lab"), number: filled(number, "+15005550001"), at }
}
