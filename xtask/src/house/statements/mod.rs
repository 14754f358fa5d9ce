//! Every statement on tenants' rows filters by its tenant. The type system wants `tsql!` around a statement; here each
//! one is parsed, and every reference to a tenant's table in it must be bound to `$1`.

mod bound;
mod expressions;
mod extract;
mod inserts;
mod parts;
mod sight;

use std::collections::BTreeSet;

use super::lex::Token;
use super::migrations::tenant_tables;
use super::{Finding, lex, list, product};
use crate::tree::Tree;

pub use extract::{Invocation, Part, invocations};

const SYSTEM_SQL: &str = "xtask/house/system_sql.txt";
/// The one file that may make statements without the macros: it defines them.
const MAKER: &str = "crates/store/src/sql.rs";

/// Checks all crates' sources.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let system = list::read(tree, SYSTEM_SQL, 2, &mut findings);
    let tables = tenant_tables(tree);
    for (path, text) in tree.product_sources() {
        let is_system = system.iter().any(|entry| entry.fields[0] == path);
        findings.extend(source(path, text, &tables, is_system));
    }
    for entry in system.iter().filter(|entry| !uses_system_sql(tree, &entry.fields[0], &tables)) {
        findings.push(Finding::new(
            SYSTEM_SQL,
            entry.line,
            "this file has no system-wide SQL on tenants' tables: remove the line",
        ));
    }
    findings
}

/// How many checked statements there are.
pub fn count(tree: &Tree) -> usize {
    tree.product_sources()
        .flat_map(|(_, text)| invocations(&product(lex(text))))
        .filter(|invocation| invocation.name == "tsql")
        .count()
}

/// Checks one file.
pub fn source(path: &str, text: &str, tables: &BTreeSet<String>, is_system: bool) -> Vec<Finding> {
    let tokens = product(lex(text));
    let found = invocations(&tokens);
    let mut findings = Vec::new();
    for invocation in &found {
        let complaints = match invocation.name.as_str() {
            "tsql" => statement(invocation, tables),
            "fragment" => each(invocation, parts::fragment),
            "tail" => each(invocation, parts::tail),
            _ if is_system => Vec::new(),
            _ => vec![format!(
                "system-wide SQL is for the store and the files in {SYSTEM_SQL}: use tsql! inside a tenant"
            )],
        };
        findings.extend(complaints.iter().map(|complaint| Finding::new(path, invocation.line, complaint)));
    }
    if !is_system {
        findings.extend(raw(&tokens, &found, tables).map(|(line, table)| {
            let message = format!(
                "SQL on `{table}` outside tsql!: wrap it in tsql! and filter by the tenant, or add the file with its reason to {SYSTEM_SQL}"
            );
            Finding::new(path, line, &message)
        }));
    }
    if path != MAKER {
        findings.extend(makers(&tokens).map(|line| {
            Finding::new(
                path,
                line,
                "makes a statement without its macro: use tsql! or fragment!, which this check reads",
            )
        }));
    }
    findings
}

fn statement(invocation: &Invocation, tables: &BTreeSet<String>) -> Vec<String> {
    if !invocation.is_literal {
        return vec!["the SQL must be one string literal, so that it can be checked".to_owned()];
    }
    invocation.parts.iter().flat_map(|part| bound::complaints(&part.text, tables)).collect()
}

fn each(invocation: &Invocation, check: fn(&str) -> Result<(), String>) -> Vec<String> {
    if !invocation.is_literal {
        return vec!["the SQL must be one string literal, so that it can be checked".to_owned()];
    }
    invocation.parts.iter().filter_map(|part| check(&part.text).err()).collect()
}

/// String literals outside the macros that read or write a tenant's table.
fn raw<'a>(
    tokens: &'a [Token],
    found: &'a [Invocation],
    tables: &'a BTreeSet<String>,
) -> impl Iterator<Item = (usize, &'a str)> {
    tokens
        .iter()
        .filter(|token| {
            !found.iter().any(|invocation| (invocation.start..invocation.end).contains(&token.start))
        })
        .filter_map(|token| {
            Some((token.line, tables_named(token.text()?).find_map(|name| tables.get(name))?.as_str()))
        })
}

/// The names after FROM, JOIN, INTO, UPDATE and TABLE, as SQL is written here: keywords in capitals.
pub fn tables_named(text: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let pairs: Vec<&str> = words
        .windows(2)
        .filter(|pair| ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "ONLY"].contains(&pair[0]))
        .map(|pair| pair[1])
        .collect();
    pairs.into_iter()
}

/// Lines where `TenantSql::new` or `Fragment::new` is called directly.
fn makers(tokens: &[Token]) -> impl Iterator<Item = usize> {
    tokens.windows(4).filter_map(|window| {
        let [name, colon, _, new] = window else { return None };
        let is_maker = matches!(name.word(), Some("TenantSql" | "Fragment"))
            && colon.is(':')
            && new.word() == Some("new");
        is_maker.then_some(name.line)
    })
}

fn uses_system_sql(tree: &Tree, path: &str, tables: &BTreeSet<String>) -> bool {
    let tokens = product(lex(tree.text(path).unwrap_or_default()));
    let found = invocations(&tokens);
    found.iter().any(|invocation| invocation.name == "ssql") || raw(&tokens, &found, tables).next().is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::source;

    fn found(text: &str) -> Vec<String> {
        let tables = BTreeSet::from(["calls".to_owned(), "contacts".to_owned()]);
        source("crates/domain/src/calls/search.rs", text, &tables, false)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn good_statements_pass() {
        let text = r#"
            /// Never `SELECT * FROM calls` by itself.
            fn f() {
                tx.rows(tsql!("SELECT id FROM calls WHERE tenant_id = $1"), &[]);
                let sql = tsql!(sqlite: "UPDATE calls SET a = 1 WHERE tenant_id = $1", pg: "UPDATE calls SET a = 2 WHERE tenant_id = $1");
                sql.and(fragment!(" AND status = ?"), 2).tail(" ORDER BY id DESC LIMIT $2");
            }"#;
        assert_eq!(found(text), Vec::<String>::new());
    }

    #[test]
    fn raw_sql_and_statements_that_are_not_literal_are_refused() {
        let text = "fn f() {\n query(\"DELETE FROM calls\");\n tsql!(SOME_CONST);\n TenantSql::new(\"a\", \"b\");\n ssql!(\"SELECT 1\");\n}";
        let all = found(text);
        assert_eq!(all.len(), 4, "{all:?}");
        assert!(all.iter().any(|line| {
            line.starts_with("crates/domain/src/calls/search.rs:2: SQL on `calls` outside tsql!")
        }));
    }

    #[test]
    fn a_missing_filter_is_named_with_its_line() {
        let all = found(
            "fn f() {\n\n tsql!(\"SELECT c.id FROM calls c JOIN contacts k ON k.id = c.contact_id WHERE c.tenant_id = $1\");\n}",
        );
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].contains(":3: `contacts k` is not bound to its tenant"), "{all:?}");
    }
}
