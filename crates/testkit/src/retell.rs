//! Retell's samples and signature.

use serde_json::{Value, json};
use std::path::PathBuf;
use vestibule_model::UnixMs;

/// The value of `x-retell-signature` for a body signed with `key` at `at`.
#[must_use]
pub fn sign_retell(key: &str, body: &[u8], at: UnixMs) -> String {
    vestibule_providers::retell::signature(key, body, at)
}

/// A sample of Retell's, to be changed and sent.
#[derive(Debug, Clone)]
pub struct Sample(pub Value);

/// Reads a sample of the providers' fixtures, for example `call_ended`.
#[must_use]
pub fn retell_sample(name: &str) -> Sample {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../providers/fixtures/retell")
        .join(format!("{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Sample(serde_json::from_slice(&text).unwrap())
}

impl Sample {
    /// Of another call.
    #[must_use]
    pub fn call(self, id: &str) -> Self {
        self.with("/call/call_id", json!(id))
    }

    /// Of another agent.
    #[must_use]
    pub fn agent(self, id: &str) -> Self {
        self.with("/call/agent_id", json!(id))
    }

    /// With another caller.
    #[must_use]
    pub fn from(self, number: &str) -> Self {
        self.with("/call/from_number", json!(number))
    }

    /// With its times moved by `ms`.
    #[must_use]
    pub fn later(mut self, ms: i64) -> Self {
        for path in ["/event_timestamp", "/call/start_timestamp", "/call/end_timestamp"] {
            if let Some(at) = self.0.pointer(path).and_then(Value::as_i64) {
                self = self.with(path, json!(at + ms));
            }
        }
        self
    }

    /// With another value at a JSON pointer, whose parent must exist.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.0.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().insert(key.to_owned(), value);
        self
    }

    /// Without what is at a JSON pointer.
    #[must_use]
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.0.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(key);
        self
    }

    /// The call's id.
    #[must_use]
    pub fn call_id(&self) -> String {
        self.0["call"]["call_id"].as_str().unwrap().to_owned()
    }

    /// The body as bytes.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
