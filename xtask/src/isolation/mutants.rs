//! The mutants: one textual change each, made from the sources as they are.

use std::fmt;
use std::ops::Range;

use crate::Outcome;
use crate::house::{lex, product, statements};
use crate::tree::Tree;

use super::literals::{self, Engine, Literal};
use super::{checks, doors, policies};

/// Which wall a mutant takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// The filter of a statement.
    Statement,
    /// A role's or key's permission.
    Role,
    /// A row-level security policy.
    Policy,
}

/// A change to one file.
#[derive(Debug)]
pub struct Mutant {
    /// The wall that it takes away.
    pub wall: Wall,
    /// The file.
    pub path: String,
    line: usize,
    /// What it says now, in one line.
    pub was: String,
    source: String,
    range: Range<usize>,
    becomes: String,
    /// The whole file after the change.
    pub text: String,
    /// The statement as it is, in one line with its database's label; empty when this is none.
    statement: String,
    /// How the copy is told to be this mutant.
    pub means: Means,
    /// Whether the copy's source must be changed where the mutant is, for it to be woken there.
    pub is_planted: bool,
    /// Where the text of the statement's literal begins.
    literal: usize,
}

/// How the copy, which carries every mutant asleep, is told to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// A statement's literal before and after.
    Statement(Swap),
    /// The text of a migration.
    Schema,
    /// The name of a check.
    Check(String),
    /// Not at all: the text cannot be told from what it is not.
    Nothing,
}

/// A statement's whole literal, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The literal as it is.
    pub was: Literal,
    /// Its text as the mutant has it.
    pub becomes: String,
    /// What the copy puts into the literal at an offset of the source, when another literal begins like this one.
    pub tag: Option<(usize, String)>,
}

impl Mutant {
    /// The mutant that says something else in a range of a file.
    pub fn new(wall: Wall, path: &str, source: &str, range: Range<usize>, becomes: &str) -> Self {
        let line = source[..range.start].matches('\n').count() + 1;
        let here = source[range.clone()].to_owned();
        let was = in_one_line(&here);
        let text = format!("{}{becomes}{}", &source[..range.start], &source[range.end..]);
        Self {
            wall,
            path: path.to_owned(),
            line,
            was,
            source: here,
            becomes: becomes.to_owned(),
            text,
            statement: String::new(),
            means: Means::Nothing,
            is_planted: false,
            literal: 0,
            range,
        }
    }

    /// The same, woken by these means.
    #[must_use]
    pub fn by(self, means: Means) -> Self {
        Self { means, ..self }
    }

    /// What the copy says where the source says something else, so that the mutant can be woken: a range and a text.
    pub fn planted(&self) -> Option<(Range<usize>, String)> {
        match &self.means {
            Means::Statement(Swap { tag: Some((at, tag)), .. }) => Some((*at..*at, tag.clone())),
            Means::Check(name) if self.is_planted => {
                let here = if self.path.starts_with("crates/access/") { "crate" } else { "vestibule_access" };
                let (was, becomes) = (&self.source, &self.becomes);
                let text = format!("(if {here}::mutant::is({name:?}) {{ {becomes} }} else {{ {was} }})");
                Some((self.range.clone(), text))
            }
            _ => None,
        }
    }

    /// True for a statement that only PostgreSQL is given.
    pub fn is_for_postgres(&self) -> bool {
        matches!(&self.means, Means::Statement(swap) if swap.was.engine == Engine::Postgres)
    }

    /// Lets a statement be told from all others: when another literal begins like its own, the copy's has a comment.
    fn tag(&mut self, literals: &[Literal]) {
        let Means::Statement(swap) = &mut self.means else { return };
        if literals::is_only(&swap.was, literals) {
            return;
        }
        let word = swap.was.text.find(char::is_whitespace).unwrap_or_default();
        let tag = format!(" /* {} {} */", self.path, self.literal);
        swap.was.text.insert_str(word, &tag);
        swap.becomes.insert_str(word, &tag);
        swap.tag = Some((self.literal + word, tag));
    }

    /// Whether a line of the list of equivalent mutants means this one: `what` is `was in` and how the statement
    /// begins, or `was` alone for every such text in the file.
    pub fn is(&self, path: &str, what: &str) -> bool {
        let is_this = |beginning: &str| !beginning.is_empty() && self.statement.starts_with(beginning);
        let rest = what.strip_prefix(self.was.as_str());
        self.path == path
            && rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(" in ").is_some_and(is_this))
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}` → `{}`", self.path, self.line, self.was, self.becomes)
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every mutant of the tree, in a fixed order.
pub fn every(tree: &Tree) -> Outcome<Vec<Mutant>> {
    let mut all: Vec<Mutant> =
        tree.product_sources().flat_map(|(path, text)| of_statements(path, text)).collect();
    all.extend(checks::every(tree)?);
    let before = all.len();
    all.extend(doors::every(tree));
    if all.len() == before {
        return Err(
            "no operation's extractor was found: bring xtask/src/isolation/doors.rs up to date".into()
        );
    }
    all.extend(policies::every(tree));
    let literals = literals::every(tree);
    for mutant in &mut all {
        if mutant.means == Means::Nothing {
            return Err(format!(
                "{mutant} cannot be made while the tests run: write the statement as one plain literal"
            ));
        }
        mutant.tag(&literals);
    }
    Ok(all)
}

/// Whether the house check refuses the mutant's statement.
pub fn house_notices(tree: &Tree, mutant: &Mutant) -> bool {
    let mut changed = tree.clone();
    let before = statements::check(tree).len();
    changed.put(&mutant.path, &mutant.text);
    statements::check(&changed).len() > before
}

/// In each statement, each comparison of a `tenant_id` with `$1` becomes true.
pub fn of_statements(path: &str, source: &str) -> Vec<Mutant> {
    let tokens = product(lex(source));
    let statements =
        statements::invocations(&tokens).into_iter().filter(|invocation| invocation.name == "tsql");
    let mut mutants = Vec::new();
    for part in statements.flat_map(|invocation| invocation.parts) {
        for (at, found) in source[part.start..part.end].match_indices("tenant_id = $1") {
            let end = part.start + at + found.len();
            // `$1` and not `$10`.
            if source[end..].starts_with(|c: char| c.is_ascii_digit())
                || is_upsert(&source[part.start..part.start + at])
            {
                continue;
            }
            let alias = source[part.start..part.start + at]
                .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .next()
                .unwrap_or_default();
            let start = part.start + at - alias.len();
            let mut mutant = Mutant::new(Wall::Statement, path, source, start..end, "$1 = $1");
            let label = literals::engine(source, &part).label();
            mutant.statement = in_one_line(&format!("{label} {}", part.text));
            if let Some(was) = literals::plain(source, &part) {
                // After the opening quotation mark.
                let (from, to) = (start - part.start - 1, end - part.start - 1);
                let becomes = format!("{}$1 = $1{}", &was.text[..from], &was.text[to..]);
                mutant.means = Means::Statement(Swap { was, becomes, tag: None });
                mutant.literal = part.start + 1;
            }
            mutants.push(mutant);
        }
    }
    mutants
}

/// True in the WHERE of an `ON CONFLICT … DO UPDATE`. The house wants `tenant_id` among the conflict's columns, so the row
/// that it meets is the tenant's own, and a filter there changes nothing.
fn is_upsert(before: &str) -> bool {
    let Some((_, upsert)) = before.rsplit_once("ON CONFLICT (") else { return false };
    let within = upsert.split(')').next().is_some_and(|columns| columns.contains("tenant_id"));
    within && upsert.contains("DO UPDATE SET") && !upsert.contains("SELECT") && !upsert.contains("RETURNING")
}

#[cfg(test)]
mod tests {
    use super::{Means, Mutant, of_statements};

    fn changes(mutants: &[Mutant]) -> Vec<String> {
        mutants.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_filter_goes_once() {
        let source = "fn f() {\n  tsql!(\"SELECT 1 FROM calls c JOIN jobs j ON j.tenant_id = $1 WHERE c.tenant_id = $1 AND c.a = $10\");\n  tsql!(\"INSERT INTO calls (tenant_id) VALUES ($1) ON CONFLICT (tenant_id, id) DO UPDATE SET a = 1 WHERE calls.tenant_id = $1\");\n  other(\"tenant_id = $1\");\n}";
        let mutants = of_statements("a.rs", source);
        assert_eq!(
            changes(&mutants),
            ["a.rs:2: `j.tenant_id = $1` → `$1 = $1`", "a.rs:2: `c.tenant_id = $1` → `$1 = $1`"]
        );
        assert!(mutants[1].text.contains("ON j.tenant_id = $1 WHERE $1 = $1 AND c.a = $10"));
        let Means::Statement(swap) = &mutants[1].means else { panic!() };
        assert!(swap.was.text.ends_with("WHERE c.tenant_id = $1 AND c.a = $10"));
        assert!(swap.becomes.ends_with("ON j.tenant_id = $1 WHERE $1 = $1 AND c.a = $10"));
    }

    #[test]
    fn an_equivalent_mutant_is_named_by_its_text_or_its_statement() {
        let source = "fn f() { tsql!(\"SELECT a\n  FROM t WHERE tenant_id = $1\"); tsql!(sqlite: \"SELECT a FROM t WHERE tenant_id = $1\", pg: \"SELECT 1\"); }";
        let mutants = of_statements("a.rs", source);
        let are = |what| mutants.iter().map(|mutant| mutant.is("a.rs", what)).collect::<Vec<_>>();
        assert_eq!(are("tenant_id = $1"), [true, true]);
        assert_eq!(are("tenant_id = $1 in SELECT a FROM t"), [true, false]);
        assert_eq!(are("tenant_id = $1 in sqlite: SELECT a FROM t"), [false, true]);
        assert_eq!(are("tenant_id = $1 in "), [false, false]);
        assert_eq!(are("tenant_id = $2"), [false, false]);
        assert!(!mutants[0].is("b.rs", "tenant_id = $1"));
    }
}
