//! Planted into the scratch copy, never into the product: a statement, a schema or a check becomes the mutant's while the
//! tests run, so that no mutant needs the compiler.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write;
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
    met(if is_sqlite { "sqlite" } else { "postgres" }, text);
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

/// Whether the check of this name is the mutant.
#[must_use]
pub fn is(name: &str) -> bool {
    static CHECK: OnceLock<Option<String>> = OnceLock::new();
    met("check", name);
    let is_woken =
        CHECK.get_or_init(|| std::env::var("VESTIBULE_MUTANT_CHECK").ok()).as_deref() == Some(name);
    if is_woken {
        reached();
    }
    is_woken
}

/// Whether the mutant gives everybody this permission.
#[must_use]
pub fn is_least(permission: &str) -> bool {
    is(&format!("least {permission}"))
}

/// The permission that an operation asks for: the first of the others, or the second where that is its own, when the mutant
/// is there.
#[must_use]
pub fn door<P: Copy + PartialEq>(method: &str, path: &str, asked: P, others: [P; 2]) -> P {
    match is(&format!("{} {path}", method.to_ascii_lowercase())) {
        true if others[0] == asked => others[1],
        true => others[0],
        false => asked,
    }
}

/// Notes what is met, when that is wanted: each thing once.
fn met(kind: &str, text: &str) {
    static NOTES: OnceLock<Option<Mutex<Notes>>> = OnceLock::new();
    let begin = || {
        let file = std::env::var_os("VESTIBULE_MUTANT_MET")?;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file).ok()?;
        Some(Mutex::new(Notes { known: HashSet::new(), file }))
    };
    let Some(notes) = NOTES.get_or_init(begin) else { return };
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    let line = format!("{kind} {text}\0");
    if !notes.known.contains(&line) {
        drop(notes.file.write_all(line.as_bytes()));
        notes.known.insert(line);
    }
}

struct Notes {
    known: HashSet<String>,
    file: File,
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
