//! Planted into the store of the scratch copy, never into the product: a statement or a schema becomes the mutant's
//! while the tests run, so that a mutant of either needs no compiler.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A statement's text before and after, and on which database.
pub struct Swap {
    /// `sqlite`, `postgres`, or `both`.
    pub engine: String,
    /// The whole literal as it is.
    pub was: String,
    /// The whole literal as the mutant has it.
    pub becomes: String,
    /// The changed texts, which live as long as the process.
    pub made: Mutex<HashMap<String, &'static str>>,
}

impl Swap {
    fn of_environment() -> Option<Self> {
        let named = |name: &str| std::env::var(name).ok();
        Some(Self {
            engine: named("VESTIBULE_MUTANT_ENGINE")?,
            was: named("VESTIBULE_MUTANT_WAS")?,
            becomes: named("VESTIBULE_MUTANT_BECOMES")?,
            made: Mutex::default(),
        })
    }

    /// The text as the mutant wants it; conditions and tails that were added to the literal stay.
    pub fn apply<'s>(&self, is_sqlite: bool, text: &'s str) -> &'s str {
        let engine = if is_sqlite { "sqlite" } else { "postgres" };
        let Some(rest) = text.strip_prefix(self.was.as_str()) else { return text };
        if self.engine != "both" && self.engine != engine {
            return text;
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(text) {
            return known;
        }
        let changed: &'static str = Box::leak(format!("{}{rest}", self.becomes).into_boxed_str());
        made.insert(text.to_owned(), changed);
        changed
    }
}

/// The text of a statement as the mutant, if there is one, wants it.
#[must_use]
pub fn statement(is_sqlite: bool, text: &str) -> &str {
    static SWAP: OnceLock<Option<Swap>> = OnceLock::new();
    let Some(swap) = SWAP.get_or_init(Swap::of_environment) else { return text };
    let changed = swap.apply(is_sqlite, text);
    if changed != text {
        reached();
    }
    changed
}

/// The text of a migration as the mutant, if there is one, wants it.
///
/// # Panics
/// When the mutant's file cannot be read: its tests must not pass over the ordinary schema.
#[must_use]
pub fn schema(step: &str, text: &'static str) -> &'static str {
    let named = |name: &str| std::env::var_os(name);
    match (named("VESTIBULE_MUTANT_STEP"), named("VESTIBULE_MUTANT_SCHEMA")) {
        (Some(changed), Some(file)) if changed == step => {
            reached();
            match std::fs::read_to_string(PathBuf::from(&file)) {
                Ok(text) => Box::leak(text.into_boxed_str()),
                Err(error) => panic!("cannot read the mutant's schema: {error}"),
            }
        }
        _ => text,
    }
}

/// Leaves word that the mutant was met.
fn reached() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        if let Some(file) = std::env::var_os("VESTIBULE_MUTANT_REACHED") {
            drop(std::fs::write(file, b""));
        }
    });
}
