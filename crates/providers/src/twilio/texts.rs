//! Text messages that are sent (telephony sheet §5.5).

use super::client::{By, REJECTED, TwilioAccount, UNAUTHORIZED, UNEXPECTED, account_of, id, signed};
use futures::future::BoxFuture;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use vestibule_ports::{ProviderFault, ProviderFaultKind, SentText, TextFault, TextMessage, Texts};
use vestibule_vault::Credentials;

/// The longest answer about a message that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest message, in characters.
const LONGEST: usize = 1_600;

impl TwilioAccount {
    async fn text(&self, keys: &Credentials, message: &TextMessage) -> Result<SentText, TextFault> {
        let body = message.body.trim();
        if body.is_empty() || body.chars().count() > LONGEST {
            return Err(TextFault::BadBody);
        }
        let account = account_of(keys).map_err(TextFault::Provider)?;
        let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
        let request = signed(self.rest.request(Method::POST, &path, &[]), keys, By::Key)
            .map_err(TextFault::Provider)?
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(message, body));
        let unavailable = TextFault::Provider(ProviderFault::of(ProviderFaultKind::Unavailable));
        let response = request.send().await.map_err(|_| unavailable)?;
        let status = response.status();
        let answer: Value = serde_json::from_slice(&beginning(response).await).unwrap_or_default();
        if !status.is_success() {
            return Err(refused(status.as_u16(), answer["code"].as_i64()));
        }
        let sid =
            answer["sid"].as_str().and_then(|sid| id(sid, "")).ok_or(TextFault::Provider(UNEXPECTED))?;
        Ok(SentText {
            external_id: sid.to_owned(),
            status: answer["status"].as_str().unwrap_or("queued").to_owned(),
            segments: answer["num_segments"].as_str().and_then(|count| count.parse().ok()),
        })
    }
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
    match (code, status) {
        (Some(21610), _) => TextFault::OptedOut,
        (Some(21211 | 21214 | 21217 | 21219 | 21608 | 21612 | 21614), _) => TextFault::BadReceiver,
        (Some(21210 | 21212 | 21408 | 21606 | 21703), _) => TextFault::BadSender,
        (Some(21602 | 21605 | 21617), _) => TextFault::BadBody,
        (_, 401 | 403) => TextFault::Provider(UNAUTHORIZED),
        (_, 429) => TextFault::Provider(ProviderFault::of(ProviderFaultKind::RateLimited)),
        (_, 500..) => TextFault::Provider(ProviderFault::of(ProviderFaultKind::Unavailable)),
        _ => TextFault::Provider(REJECTED),
    }
}

impl Texts for TwilioAccount {
    fn send<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
    ) -> BoxFuture<'a, Result<SentText, TextFault>> {
        Box::pin(self.text(keys, message))
    }
}
