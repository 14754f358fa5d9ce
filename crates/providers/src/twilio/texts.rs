//! Text messages that are sent, and what Twilio knows of them (telephony sheet §5.5).

use super::client::{By, REJECTED, TwilioAccount, UNAUTHORIZED, UNEXPECTED, account_of, id, signed};
use super::{NAME, messages, problems};
use crate::{lenient::rounded, rest::RestFault};
use futures::future::BoxFuture;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use vestibule_model::{TextProblem, TextStatus, UnixMs};
use vestibule_ports::{Erased, ProviderFault, ProviderFaultKind, TextFault, TextMessage, TextState, Texts};
use vestibule_vault::Credentials;

/// The longest answer about a message that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest message, in characters.
const LONGEST: usize = 1_600;
/// How many of the newest messages between two numbers are looked through.
const PAGE_SIZE: &str = "50";

impl TwilioAccount {
    async fn text(&self, keys: &Credentials, message: &TextMessage) -> Result<TextState, TextFault> {
        let body = message.body.trim();
        if body.is_empty() || body.chars().count() > LONGEST {
            return Err(TextFault::Refused { problem: TextProblem::BadBody, code: None });
        }
        let account = account_of(keys).map_err(TextFault::Provider)?;
        let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
        let request = signed(self.rest.request(Method::POST, &path, &[]), keys, By::Key)
            .map_err(TextFault::Provider)?
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(message, body));
        let response = request.send().await.map_err(|error| {
            let unavailable = ProviderFault::of(ProviderFaultKind::Unavailable);
            if error.is_connect() { TextFault::Unreached } else { TextFault::Provider(unavailable) }
        })?;
        let status = response.status();
        let answer: Value = serde_json::from_slice(&beginning(response).await).unwrap_or_default();
        if !status.is_success() {
            return Err(refused(status.as_u16(), answer["code"].as_i64()));
        }
        state(&answer).ok_or(TextFault::Provider(UNEXPECTED))
    }

    async fn message(&self, keys: &Credentials, sid: &str) -> Result<Option<TextState>, ProviderFault> {
        let (account, sid) = (account_of(keys)?, id(sid, "").ok_or(REJECTED)?);
        let path = format!("/2010-04-01/Accounts/{account}/Messages/{sid}.json");
        let request = signed(self.rest.request(Method::GET, &path, &[]), keys, By::Key)?;
        match self.rest.body(request).await {
            Ok(body) => {
                let found: Value = serde_json::from_slice(&body).map_err(|_| UNEXPECTED)?;
                state(&found).map(Some).ok_or(UNEXPECTED)
            }
            Err(RestFault::Missing) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn sent_between(
        &self,
        keys: &Credentials,
        message: &TextMessage,
        since: UnixMs,
        until: UnixMs,
    ) -> Result<Vec<TextState>, ProviderFault> {
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", account_of(keys)?);
        let (from, to) = (message.from.clone(), message.to.clone());
        let query = [("From", from), ("To", to), ("PageSize", PAGE_SIZE.to_owned())];
        let request = signed(self.rest.request(Method::GET, &path, &query), keys, By::Key)?;
        let body = self.rest.body(request).await?;
        let page: Value = serde_json::from_slice(&body).map_err(|_| UNEXPECTED)?;
        let found = page["messages"].as_array().ok_or(UNEXPECTED)?;
        let is_it = |one: &&Value| {
            let at = one["date_created"].as_str().and_then(super::wire::instant);
            one["direction"].as_str().is_some_and(|direction| direction.starts_with("outbound"))
                && one["body"].as_str().is_some_and(|body| body.trim() == message.body.trim())
                && at.is_some_and(|at| since <= at && at < until)
        };
        // Twilio lists the newest first.
        Ok(found.iter().filter(is_it).filter_map(state).rev().collect())
    }
}

/// A message as Twilio shows it; `None` when it is none.
fn state(message: &Value) -> Option<TextState> {
    let external_id = message["sid"].as_str().and_then(|sid| id(sid, ""))?.to_owned();
    let status = message["status"].as_str().and_then(messages::status).unwrap_or(TextStatus::Accepted);
    let code = message["error_code"].as_i64().filter(|code| *code != 0);
    let price: Option<f64> = message["price"].as_str().and_then(|price| price.parse().ok());
    let price_micros = price.and_then(|price| rounded(price * -1_000_000.0)).filter(|micros| *micros >= 0);
    let unit = message["price_unit"].as_str().filter(|unit| unit.len() == 3);
    Some(TextState {
        external_id,
        status,
        segments: message["num_segments"].as_str().and_then(|count| count.parse().ok()),
        price_micros: price_micros.filter(|_| unit.is_some()),
        currency: unit.map(str::to_ascii_uppercase),
        problem: code.map(problems::of),
        provider_code: code.map(|code| code.to_string()),
    })
}

fn form(message: &TextMessage, body: &str) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("From", &message.from).append_pair("To", &message.to).append_pair("Body", body);
    if let Some(told_to) = &message.told_to {
        form.append_pair("StatusCallback", told_to);
    }
    form.finish()
}

/// The beginning of an answer, as far as it comes: what Twilio says of a message is short.
async fn beginning(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk);
    }
    body
}

/// Why Twilio did not take a message, by its own code, else by the status (§5.7).
fn refused(status: u16, code: Option<i64>) -> TextFault {
    match (code.map(problems::of), status) {
        (Some(problem), _) if problem != TextProblem::Other => TextFault::Refused { problem, code },
        (_, 401 | 403) => TextFault::Provider(UNAUTHORIZED),
        (_, 429) => TextFault::Provider(ProviderFault::of(ProviderFaultKind::RateLimited)),
        (_, 408 | 500..) => TextFault::Provider(ProviderFault::of(ProviderFaultKind::Unavailable)),
        (Some(problem), 400..) => TextFault::Refused { problem, code },
        _ => TextFault::Provider(REJECTED),
    }
}

impl Texts for TwilioAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
    ) -> BoxFuture<'a, Result<TextState, TextFault>> {
        Box::pin(self.text(keys, message))
    }

    fn look<'a>(
        &'a self,
        keys: &'a Credentials,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<TextState>, ProviderFault>> {
        Box::pin(self.message(keys, external_id))
    }

    fn find<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
        since: UnixMs,
        until: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<TextState>, ProviderFault>> {
        Box::pin(self.sent_between(keys, message, since, until))
    }

    fn erase<'a>(
        &'a self,
        keys: &'a Credentials,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(self.without_message(keys, external_id))
    }
}
