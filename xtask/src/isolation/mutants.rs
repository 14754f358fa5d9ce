//! The mutants: one textual change each, made from the sources as they are.

use std::fmt;

use crate::Outcome;
use crate::house::{lex, product, statements};
use crate::tree::Tree;

use super::literals::{self, Literal};
use super::{doors, policies};

const PERMISSIONS: &str = "crates/access/src/permission.rs";
const OUTSIDE: &str = "crates/access/src/outside.rs";
const PRINCIPAL: &str = "crates/access/src/principal.rs";

/// Checks of roles that stand in code: the file, what it says, what the mutant says.
const CHECKS: &[(&str, &str, &str)] = &[
    (PERMISSIONS, "matches!(role, PlatformRole::Operator)", "{ let _ = role; true }"),
    (OUTSIDE, "self.outside() >= needed", "{ let _ = needed; true }"),
    (OUTSIDE, "self.outside() > Outside::Never", "true"),
    (OUTSIDE, "role >= self.least_role() && ", ""),
    (OUTSIDE, "holding.agency == Some(agency)", "!agency.0.is_nil()"),
    (PRINCIPAL, "viewing.tenant == holding.tenant && ", ""),
    (PRINCIPAL, "self.reach()?.covers(holding)", "{ self.reach()?; true }"),
    (PRINCIPAL, "reach.covers(holding)", "{ let _ = reach; true }"),
    (PRINCIPAL, "reaches && platform_role", "platform_role"),
    ("crates/store/src/directory/tenants.rs", "\" AND agency_id = $1\"", "\" AND $1 = $1\""),
    (
        "crates/store/src/directory/connections.rs",
        "(c.owner_kind <> 'agency' OR c.owner_id = t.agency_id)",
        "c.owner_id = c.owner_id",
    ),
    (
        "crates/store/src/directory/viewings.rs",
        "session_id = $1 AND ended_at IS NULL AND to_at > $2",
        "session_id = $1 AND to_at > $2",
    ),
    (PRINCIPAL, "role >= permission.least_role()", "role >= vestibule_model::Role::Viewer"),
    (
        "crates/access/src/principal.rs",
        "if permission.is_held_by(*role)",
        "if { let _ = permission.is_held_by(*role); true }",
    ),
    ("crates/http/src/enter.rs", "if path != query", "if path.is_empty() && path != query"),
    ("crates/access/src/principal.rs", "scopes.contains(&permission)", "!scopes.is_empty()"),
    (PRINCIPAL, "*own == holding.tenant", "!own.0.is_nil()"),
    (PRINCIPAL, "m.tenant == holding.tenant", "!m.tenant.0.is_nil()"),
];

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
    becomes: String,
    /// The whole file after the change.
    pub text: String,
    /// The statement as it is, in one line with its database's label; empty when this is none.
    statement: String,
    /// The statement before and after, when it can be told from all others while the tests run.
    pub swap: Option<Swap>,
}

/// A statement's whole literal, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The literal as it is.
    pub was: Literal,
    /// Its text as the mutant has it.
    pub becomes: String,
}

impl Mutant {
    /// The mutant that says something else in a range of a file.
    pub fn new(wall: Wall, path: &str, source: &str, range: std::ops::Range<usize>, becomes: &str) -> Self {
        let line = source[..range.start].matches('\n').count() + 1;
        let was = in_one_line(&source[range.clone()]);
        let text = format!("{}{becomes}{}", &source[..range.start], &source[range.end..]);
        Self {
            wall,
            path: path.to_owned(),
            line,
            was,
            becomes: becomes.to_owned(),
            text,
            statement: String::new(),
            swap: None,
        }
    }

    /// True when the mutant must be compiled: no text that is read while the tests run can make it.
    pub fn is_compiled(&self) -> bool {
        match self.wall {
            Wall::Statement => self.swap.is_none(),
            Wall::Role => true,
            Wall::Policy => false,
        }
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
    let permissions = tree
        .text(PERMISSIONS)
        .ok_or_else(|| format!("{PERMISSIONS} is missing: tell this tool where the roles are"))?;
    all.extend(of_permissions(permissions));
    for (path, was, becomes) in CHECKS {
        let text = tree.text(path).unwrap_or_default();
        let start = text.find(was).ok_or_else(|| {
            format!(
                "{path} no longer says `{was}`: bring the list in xtask/src/isolation/mutants.rs up to date"
            )
        })?;
        all.push(Mutant::new(Wall::Role, path, text, start..start + was.len(), becomes));
    }
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
        mutant.swap.take_if(|swap| !literals::is_only(&swap.was, &literals));
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
            mutant.swap = literals::plain(source, &part).map(|was| {
                // After the opening quotation mark.
                let (from, to) = (start - part.start - 1, end - part.start - 1);
                let becomes = format!("{}$1 = $1{}", &was.text[..from], &was.text[to..]);
                Swap { was, becomes }
            });
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

/// In the table of permissions, each least role above the viewer becomes the viewer.
fn of_permissions(source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let role =
            line.trim_end().strip_suffix(';').and_then(|line| line.rsplit(", ").next()).unwrap_or_default();
        if line.contains("\", ") && ["Staff", "Manager", "Owner"].contains(&role) {
            let end = offset + line.trim_end().len() - 1;
            mutants.push(Mutant::new(Wall::Role, PERMISSIONS, source, end - role.len()..end, "Viewer"));
        }
        offset += line.len();
    }
    mutants
}

#[cfg(test)]
mod tests {
    use super::{Mutant, of_permissions, of_statements};

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
        let swap = mutants[1].swap.as_ref().unwrap();
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

    #[test]
    fn each_least_role_goes_once() {
        let source = "permissions! {\n    /// See.\n    ReadCalls, \"calls.read\", Viewer;\n    ReadInbox, \"inbox.read\", Manager;\n}\n";
        let mutants = of_permissions(source);
        assert_eq!(changes(&mutants), ["crates/access/src/permission.rs:4: `Manager` → `Viewer`"]);
        assert!(mutants[0].text.contains("ReadInbox, \"inbox.read\", Viewer;\n}"));
    }
}
