//! A sender of texts that sends nothing.

use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vestibule_model::{TextStatus, UnixMs};
use vestibule_ports::{ProviderFault, TextFault, TextMessage, TextState, Texts};
use vestibule_vault::Credentials;

/// How the ids of texts begin that [`ScriptedTexts`] takes by itself; the first is followed by 1.
pub const TOOK: &str = "SMscripted";

/// Writes down what it was given and answers as it was told; without a script it takes every text. What it took, or was
/// given to have taken, it can be asked for.
#[derive(Debug, Default)]
pub struct ScriptedTexts {
    script: Mutex<VecDeque<Result<TextState, TextFault>>>,
    sent: Mutex<Vec<TextMessage>>,
    /// With the instant at which the provider made it, and who asked for it.
    known: Mutex<Vec<(TextState, TextMessage, UnixMs)>>,
    keys: Mutex<Vec<String>>,
    looks: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A text as the provider knows it when it has just taken it.
#[must_use]
pub fn taken(external_id: &str) -> TextState {
    TextState {
        external_id: external_id.to_owned(),
        status: TextStatus::Accepted,
        segments: Some(1),
        price_micros: None,
        currency: None,
        problem: None,
        provider_code: None,
    }
}

impl ScriptedTexts {
    /// Gives these answers to the next texts.
    pub fn script(&self, answers: impl IntoIterator<Item = Result<TextState, TextFault>>) {
        lock(&self.script).extend(answers);
    }

    /// Every text that was given to it, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<TextMessage> {
        lock(&self.sent).clone()
    }

    /// The account whose keys were used, for each question.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        lock(&self.keys).clone()
    }

    /// What it was asked about since the last time.
    pub fn looks(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.looks))
    }

    /// Has it know a text, made there at an instant; one of the same id is changed.
    pub fn know(&self, state: TextState, message: TextMessage, at: UnixMs) {
        let mut known = lock(&self.known);
        known.retain(|(one, ..)| one.external_id != state.external_id);
        known.push((state, message, at));
    }

    fn note(&self, keys: &Credentials) {
        lock(&self.keys).push(keys.field("account_sid").unwrap_or_default().to_owned());
    }
}

impl Texts for ScriptedTexts {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn send<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
    ) -> BoxFuture<'a, Result<TextState, TextFault>> {
        Box::pin(async move {
            self.note(keys);
            let mut sent = lock(&self.sent);
            sent.push(message.clone());
            let by_itself = || Ok(taken(&format!("{TOOK}{}", sent.len())));
            lock(&self.script).pop_front().unwrap_or_else(by_itself)
        })
    }

    fn look<'a>(
        &'a self,
        keys: &'a Credentials,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<TextState>, ProviderFault>> {
        Box::pin(async move {
            self.note(keys);
            lock(&self.looks).push(external_id.to_owned());
            let known = lock(&self.known);
            Ok(known.iter().find(|(one, ..)| one.external_id == external_id).map(|(one, ..)| one.clone()))
        })
    }

    fn find<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
        since: UnixMs,
        until: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<TextState>, ProviderFault>> {
        Box::pin(async move {
            self.note(keys);
            lock(&self.looks).push("list".to_owned());
            let known = lock(&self.known);
            let is_it = |one: &&(TextState, TextMessage, UnixMs)| {
                (&one.1.from, &one.1.to, &one.1.body) == (&message.from, &message.to, &message.body)
                    && since <= one.2
                    && one.2 < until
            };
            Ok(known.iter().filter(is_it).map(|(one, ..)| one.clone()).collect())
        })
    }
}
