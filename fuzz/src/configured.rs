//! The configuration: a file in TOML, or one variable of the environment when the input begins with `=`.

use crate::config;
use std::path::Path;

/// Reads a configuration; whatever is wrong is a sentence.
pub fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(variable) = text.strip_prefix('=') else {
        if let Err(fault) = config::read(Some((Path::new("fuzz.toml"), &*text)), std::iter::empty()) {
            assert!(!fault.to_string().is_empty());
        }
        return;
    };
    let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
    let pair = (name.to_owned(), value.to_owned());
    if let Ok(config) = config::read(None, std::iter::once(pair)) {
        assert!(!format!("{config:?}").contains("hunter2"), "a configuration shows a secret");
    }
}

/// Variables of the environment.
pub fn environments() -> Vec<Vec<u8>> {
    [
        "=VESTIBULE__DATABASE__CONNECTIONS=8",
        "=VESTIBULE__DELIVERY__ALLOW_CIDRS=[\"127.0.0.0/8\"]",
        "=DATABASE_URL=postgres://x:hunter2@y/z",
        "=VESTIBULE__DELIVERY__SCHEDULE_SECONDS=[1, 2.5]",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
