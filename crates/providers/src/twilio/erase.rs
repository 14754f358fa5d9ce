//! Having Twilio erase calls, recordings and messages (telephony sheet §5). A recording's own record stays there for 40 days
//! without its sound; a call that is under way cannot be erased yet.

use super::client::{By, REJECTED, TwilioAccount, UNEXPECTED, account_of, id, signed};
use crate::rest::RestFault;
use reqwest::Method;
use serde_json::Value;
use vestibule_ports::{Erased, ProviderFault};
use vestibule_vault::Credentials;

/// Recordings of one call that are asked for; no call has more.
const MOST: &str = "100";

impl TwilioAccount {
    /// Erases a call with its recordings. Idempotent.
    pub(super) async fn without_call(&self, keys: &Credentials, call: &str) -> Result<Erased, ProviderFault> {
        // The recordings first: with the call goes the list of them.
        self.without_recordings(keys, call).await?;
        let (account, call) = (account_of(keys)?, id(call, "CA").ok_or(REJECTED)?);
        self.delete(keys, &format!("/2010-04-01/Accounts/{account}/Calls/{call}.json")).await
    }

    /// Erases the recordings of a call. Idempotent.
    pub(super) async fn without_recordings(
        &self,
        keys: &Credentials,
        call: &str,
    ) -> Result<Erased, ProviderFault> {
        let (account, call) = (account_of(keys)?, id(call, "CA").ok_or(REJECTED)?);
        let path = format!("/2010-04-01/Accounts/{account}/Calls/{call}/Recordings.json");
        let request =
            signed(self.rest.request(Method::GET, &path, &[("PageSize", MOST.to_owned())]), keys, By::Key)?;
        let found: Value = match self.rest.body(request).await {
            Ok(body) => serde_json::from_slice(&body).map_err(|_| UNEXPECTED)?,
            Err(RestFault::Missing) => return Ok(Erased::Gone),
            Err(fault) => return Err(fault.into()),
        };
        let recordings = found["recordings"].as_array().ok_or(UNEXPECTED)?;
        for recording in recordings {
            let sid = recording["sid"].as_str().and_then(|sid| id(sid, "RE")).ok_or(UNEXPECTED)?;
            self.delete(keys, &format!("/2010-04-01/Accounts/{account}/Recordings/{sid}.json")).await?;
        }
        Ok(if recordings.is_empty() { Erased::Gone } else { Erased::Confirmed })
    }

    /// Erases a message. Idempotent.
    pub(super) async fn without_message(
        &self,
        keys: &Credentials,
        message: &str,
    ) -> Result<Erased, ProviderFault> {
        let (account, message) = (account_of(keys)?, id(message, "").ok_or(REJECTED)?);
        self.delete(keys, &format!("/2010-04-01/Accounts/{account}/Messages/{message}.json")).await
    }

    async fn delete(&self, keys: &Credentials, path: &str) -> Result<Erased, ProviderFault> {
        let request = signed(self.rest.request(Method::DELETE, path, &[]), keys, By::Key)?;
        match self.rest.body(request).await {
            Ok(_) | Err(RestFault::TooLong) => Ok(Erased::Confirmed),
            Err(RestFault::Missing) => Ok(Erased::Gone),
            Err(RestFault::Fault(fault)) => Err(fault),
        }
    }
}
