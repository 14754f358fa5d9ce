//! The literals of all statements, and which of them can be told from all others by their text alone: only those may
//! be changed while the tests run, for what runs then is known by its text.

use crate::house::{lex, statements};
use crate::tree::Tree;

/// On which databases a literal is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite alone.
    Sqlite,
    /// PostgreSQL alone.
    Postgres,
    /// Either.
    Both,
}

impl Engine {
    /// The word for the patched store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Both => "both",
        }
    }

    /// The label before the literal.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite:",
            Self::Postgres => "pg:",
            Self::Both => "",
        }
    }

    fn meets(self, other: Self) -> bool {
        self == other || self == Self::Both || other == Self::Both
    }
}

/// The text of a statement's literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Where it is used.
    pub engine: Engine,
    /// What it says.
    pub text: String,
}

/// Every literal of a tenant's statement, those of the tests too.
pub fn every(tree: &Tree) -> Vec<Literal> {
    tree.under("crates/", ".rs").flat_map(|(_, source)| of(source)).collect()
}

fn of(source: &str) -> Vec<Literal> {
    let found = statements::invocations(&lex(source)).into_iter().filter(|one| one.name == "tsql");
    let parts = found.flat_map(|one| one.parts);
    parts.map(|part| Literal { engine: engine(source, &part), text: part.text }).collect()
}

/// The literal of a part that is written as it is meant: without an escape.
pub fn plain(source: &str, part: &statements::Part) -> Option<Literal> {
    let written = source[part.start..part.end].strip_prefix('"')?.strip_suffix('"')?;
    (written == part.text).then(|| Literal { engine: engine(source, part), text: part.text.clone() })
}

/// On which databases a part is used: what its label says.
pub fn engine(source: &str, part: &statements::Part) -> Engine {
    let before = source[..part.start].trim_end();
    [Engine::Sqlite, Engine::Postgres]
        .into_iter()
        .find(|engine| before.ends_with(engine.label()))
        .unwrap_or(Engine::Both)
}

/// True when no other literal that runs on the same database begins like this one, or begins it.
pub fn is_only(one: &Literal, all: &[Literal]) -> bool {
    let like = |other: &&Literal| {
        other.engine.meets(one.engine)
            && (other.text.starts_with(&one.text) || one.text.starts_with(&other.text))
    };
    all.iter().filter(like).count() == 1
}

#[cfg(test)]
mod tests {
    use super::{Engine, is_only, of, plain};
    use crate::house::{lex, statements};

    #[test]
    fn the_databases_of_a_literal_are_known() {
        let source = "tsql!(sqlite: \"A\", pg: \"AB\"); tsql!(\"C\"); other(\"D\")";
        let found: Vec<_> = of(source).into_iter().map(|one| (one.engine, one.text)).collect();
        let want = [(Engine::Sqlite, "A"), (Engine::Postgres, "AB"), (Engine::Both, "C")];
        assert_eq!(found, want.map(|(engine, text)| (engine, text.to_owned())));
    }

    #[test]
    fn a_literal_that_begins_another_one_is_not_the_only_one() {
        let all =
            of("tsql!(sqlite: \"A\", pg: \"AB\"); tsql!(\"C d\"); tsql!(\"C\"); tsql!(\"E\"); tsql!(\"E\")");
        let only: Vec<&str> =
            all.iter().filter(|one| is_only(one, &all)).map(|one| one.text.as_str()).collect();
        assert_eq!(only, ["A", "AB"]);
    }

    #[test]
    fn a_literal_with_an_escape_is_not_plain() {
        let source = "tsql!(\"a \\\"b\\\"\"); tsql!(\"c\")";
        let found = statements::invocations(&lex(source));
        assert!(plain(source, &found[0].parts[0]).is_none());
        assert_eq!(plain(source, &found[1].parts[0]).unwrap().text, "c");
    }
}
