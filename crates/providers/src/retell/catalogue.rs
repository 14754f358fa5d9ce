//! What an account of Retell's holds: agents, voices and numbers, each as far as we show it. Read leniently: what has no
//! id is left out, whatever else is missing stays empty.

use super::client::{REJECTED, RetellAccount, UNEXPECTED, is_cursor, next_page};
use crate::{
    lenient::{Loose, Object},
    rest::fits_path,
};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_ports::ProviderFault;
use vestibule_vault::Credentials;

const PAGE: usize = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Names the next page; nothing when this was the last one.
    pub next: Option<String>,
}

/// An agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetellAgent {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// `voice` or `chat`, where the list tells.
    pub channel: Option<String>,
    /// Whether Retell stopped it.
    pub is_suspended: bool,
    /// Its voice, where the agent itself was asked for.
    pub voice_id: Option<String>,
    /// Where it sends its events, where the agent itself was asked for.
    pub webhook_url: Option<String>,
    /// Its version, where the agent itself was asked for.
    pub version: Option<i64>,
}

/// A voice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetellVoice {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Whose it is.
    pub provider: Option<String>,
    /// `male` or `female`.
    pub gender: Option<String>,
    /// Its accent.
    pub accent: Option<String>,
    /// Where to hear it: a web address.
    pub preview_url: Option<String>,
}

/// A telephone number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetellNumber {
    /// The number in E.164, as Retell writes it.
    pub number: String,
    /// Its name for people.
    pub nickname: Option<String>,
    /// The agents that answer it.
    pub inbound_agents: Vec<String>,
    /// The agents that call from it.
    pub outbound_agents: Vec<String>,
}

impl RetellAccount {
    /// One page of the account's agents. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the cursor is none of Retell's.
    pub async fn agents(
        &self,
        keys: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Page<RetellAgent>, ProviderFault> {
        let mut wanted = json!({ "limit": PAGE });
        if let Some(cursor) = checked(cursor)? {
            wanted["pagination_key"] = json!(cursor);
        }
        page(&self.ask(keys, "/v2/list-agents", &[], Some(&wanted)).await?, cursor, agent)
    }

    /// One agent.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the account has no such agent.
    pub async fn agent(&self, keys: &Credentials, id: &str) -> Result<RetellAgent, ProviderFault> {
        let id = Some(id).filter(|id| fits_path(id)).ok_or(REJECTED)?;
        let found = self.ask(keys, &format!("/get-agent/{id}"), &[], None).await?;
        read(&found, agent).filter(|agent| agent.id == id).ok_or(UNEXPECTED)
    }

    /// Every voice that an agent can have.
    ///
    /// # Errors
    /// [`ProviderFault`].
    pub async fn voices(&self, keys: &Credentials) -> Result<Vec<RetellVoice>, ProviderFault> {
        let found = self.ask(keys, "/list-voices", &[], None).await?;
        Ok(page(&found, None, voice)?.items)
    }

    /// One page of the account's numbers. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the cursor is none of Retell's.
    pub async fn numbers(
        &self,
        keys: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Page<RetellNumber>, ProviderFault> {
        let mut query = vec![("limit", PAGE.to_string())];
        query.extend(checked(cursor)?.map(|cursor| ("pagination_key", cursor.to_owned())));
        page(&self.ask(keys, "/v2/list-phone-numbers", &query, None).await?, cursor, number)
    }
}

fn checked(cursor: Option<&str>) -> Result<Option<&str>, ProviderFault> {
    if cursor.is_some_and(|cursor| !is_cursor(cursor)) { Err(REJECTED) } else { Ok(cursor) }
}

/// The fields that we read of any of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Thing<'a> {
    #[serde(borrow)]
    agent_id: Loose<'a>,
    #[serde(borrow)]
    agent_name: Loose<'a>,
    #[serde(borrow)]
    channel: Loose<'a>,
    #[serde(borrow)]
    is_suspended: Loose<'a>,
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    webhook_url: Loose<'a>,
    #[serde(borrow)]
    voice_id: Loose<'a>,
    #[serde(borrow)]
    voice_name: Loose<'a>,
    #[serde(borrow)]
    provider: Loose<'a>,
    #[serde(borrow)]
    gender: Loose<'a>,
    #[serde(borrow)]
    accent: Loose<'a>,
    #[serde(borrow)]
    preview_audio_url: Loose<'a>,
    #[serde(borrow)]
    phone_number: Loose<'a>,
    #[serde(borrow)]
    nickname: Loose<'a>,
    inbound_agents: Value,
    outbound_agents: Value,
}

/// A list, bare or in an envelope with the name of the next page.
fn page<T>(
    found: &Value,
    cursor: Option<&str>,
    of: fn(&Thing<'_>) -> Option<T>,
) -> Result<Page<T>, ProviderFault> {
    let (list, next) = match found {
        Value::Array(list) => (list, None),
        _ => (found["items"].as_array().ok_or(UNEXPECTED)?, next_page(found, cursor)?),
    };
    Ok(Page { items: list.iter().filter_map(|item| read(item, of)).collect(), next })
}

fn read<T>(value: &Value, of: fn(&Thing<'_>) -> Option<T>) -> Option<T> {
    of(&Object::<Thing<'_>>::deserialize(value).ok()?.0?)
}

fn agent(thing: &Thing<'_>) -> Option<RetellAgent> {
    Some(RetellAgent {
        id: thing.agent_id.id()?,
        name: thing.agent_name.text(),
        channel: thing.channel.id(),
        is_suspended: thing.is_suspended.flag().unwrap_or(false),
        voice_id: thing.voice_id.id(),
        webhook_url: web(&thing.webhook_url),
        version: thing.version.whole(),
    })
}

fn voice(thing: &Thing<'_>) -> Option<RetellVoice> {
    Some(RetellVoice {
        id: thing.voice_id.id()?,
        name: thing.voice_name.text(),
        provider: thing.provider.id(),
        gender: thing.gender.id(),
        accent: thing.accent.text(),
        preview_url: web(&thing.preview_audio_url),
    })
}

fn number(thing: &Thing<'_>) -> Option<RetellNumber> {
    let agents = |list: &Value| {
        let ids = list.as_array().into_iter().flatten().filter_map(|agent| agent["agent_id"].as_str());
        ids.map(str::to_owned).collect()
    };
    Some(RetellNumber {
        number: thing.phone_number.id()?,
        nickname: thing.nickname.text(),
        inbound_agents: agents(&thing.inbound_agents),
        outbound_agents: agents(&thing.outbound_agents),
    })
}

/// It becomes a link: nothing but web addresses.
fn web(address: &Loose<'_>) -> Option<String> {
    address.text().filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
