//! The mutants: one textual change each, made from the sources as they are.

use std::fmt;

use crate::Outcome;
use crate::house::{lex, product, statements};
use crate::tree::Tree;

const PERMISSIONS: &str = "crates/access/src/permission.rs";
const POLICIES: (&str, &str) = ("crates/store/migrations/", "/postgres.sql");

/// Checks of roles that stand in code: the file, what it says, what the mutant says.
const CHECKS: &[(&str, &str, &str)] = &[
    (PERMISSIONS, "matches!(role, PlatformRole::Operator)", "{ let _ = role; true }"),
    (
        "crates/access/src/principal.rs",
        "role >= permission.least_role()",
        "role >= vestibule_model::Role::Viewer",
    ),
    ("crates/access/src/principal.rs", "scopes.contains(&permission)", "!scopes.is_empty()"),
    ("crates/access/src/principal.rs", "*own == tenant", "!own.0.is_nil()"),
    ("crates/access/src/principal.rs", "m.tenant == tenant", "!m.tenant.0.is_nil()"),
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
    was: String,
    becomes: String,
    /// The whole file after the change.
    pub text: String,
}

impl Mutant {
    fn new(wall: Wall, path: &str, source: &str, range: std::ops::Range<usize>, becomes: &str) -> Self {
        let line = source[..range.start].matches('\n').count() + 1;
        let was = source[range.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let text = format!("{}{becomes}{}", &source[..range.start], &source[range.end..]);
        Self { wall, path: path.to_owned(), line, was, becomes: becomes.to_owned(), text }
    }

    /// Whether a line of the list of equivalent mutants means this one: `line` is `was @ line number`, or `was` alone
    /// for every such text in the file.
    pub fn is(&self, path: &str, what: &str) -> bool {
        self.path == path && (what == self.was || what == format!("{} @ {}", self.was, self.line))
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}` → `{}`", self.path, self.line, self.was, self.becomes)
    }
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
    all.extend(tree.under(POLICIES.0, POLICIES.1).flat_map(|(path, text)| of_policies(path, text)));
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
fn of_statements(path: &str, source: &str) -> Vec<Mutant> {
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
            mutants.push(Mutant::new(Wall::Statement, path, source, start..end, "$1 = $1"));
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

/// In each policy of the application's role, what may be seen and what may be written becomes everything.
fn of_policies(path: &str, source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (start, _) in source.match_indices("CREATE POLICY ") {
        let statement = &source[start..start + source[start..].find(';').unwrap_or(source.len() - start)];
        if !statement.contains("app.tenant_id") {
            continue;
        }
        for clause in ["USING (", "WITH CHECK ("] {
            let Some(at) = statement.find(clause) else { continue };
            let open = at + clause.len() - 1;
            let length = balanced(&statement[open..]);
            let mut mutant =
                Mutant::new(Wall::Policy, path, source, start + open..start + open + length, "(true)");
            let name = statement.split_whitespace().nth(2).unwrap_or_default();
            mutant.was = format!("{name} {clause}…)");
            mutants.push(mutant);
        }
    }
    mutants
}

/// The length of the text from an opening parenthesis to the one that closes it.
fn balanced(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Mutant, of_permissions, of_policies, of_statements};

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
    }

    #[test]
    fn each_least_role_goes_once() {
        let source = "permissions! {\n    /// See.\n    ReadCalls, \"calls.read\", Viewer;\n    ReadInbox, \"inbox.read\", Manager;\n}\n";
        let mutants = of_permissions(source);
        assert_eq!(changes(&mutants), ["crates/access/src/permission.rs:4: `Manager` → `Viewer`"]);
        assert!(mutants[0].text.contains("ReadInbox, \"inbox.read\", Viewer;\n}"));
    }

    #[test]
    fn each_clause_of_a_tenant_policy_goes_once() {
        let source = "CREATE POLICY t ON calls TO vestibule_app\n  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)\n  \
            WITH CHECK (tenant_id = f('app.tenant_id'));\nCREATE POLICY o ON calls TO CURRENT_USER USING (true);\n";
        let mutants = of_policies("p.sql", source);
        assert_eq!(mutants.len(), 2);
        assert!(mutants[0].text.contains("USING (true)\n  WITH CHECK (tenant_id"), "{}", mutants[0].text);
        assert!(mutants[1].text.contains("WITH CHECK (true);"), "{}", mutants[1].text);
    }
}
