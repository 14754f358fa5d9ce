//! Whether a provider's interface answers: any answer counts, since none of our keys is shown.

use crate::Places;
use futures::future::BoxFuture;
use reqwest::Method;
use std::sync::Arc;
use std::time::Duration;
use vestibule_ports::Reach;

const TIMEOUT: Duration = Duration::from_secs(3);

struct Interface {
    name: &'static str,
    base: String,
    client: reqwest::Client,
}

impl Reach for Interface {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_reached(&self) -> BoxFuture<'_, bool> {
        // A refusal is an answer; a gateway that answers for somebody who is down is none.
        Box::pin(async {
            let answer = self.client.request(Method::HEAD, &self.base).send().await;
            answer.is_ok_and(|answer| !matches!(answer.status().as_u16(), 502..=504))
        })
    }
}

/// Every provider's interface, at those places. The process must have installed a rustls provider.
///
/// # Errors
/// The HTTP client cannot be built, for instance because there are no root certificates.
pub fn interfaces(places: &Places) -> Result<Vec<Arc<dyn Reach>>, reqwest::Error> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .timeout(TIMEOUT)
        .build()?;
    let at = |name, base: &str| -> Arc<dyn Reach> {
        Arc::new(Interface { name, base: base.to_owned(), client: client.clone() })
    };
    Ok(vec![at("retell", &places.retell), at("vapi", &places.vapi), at("twilio", &places.twilio)])
}
