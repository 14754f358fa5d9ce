//! Words that a floor must never contain: the second column of the table in ARCHITECTURE.md.

use std::collections::BTreeSet;

use super::lex::{Kind, Token};
use super::statements::tables_named;
use super::{Finding, lex, list, migrations, product};
use crate::tree::Tree;

const EXCEPTIONS: &str = "xtask/house/exceptions.txt";
/// How many exceptions there are. The list may only shrink: lower this when a line goes, never raise it.
const EXCEPTIONS_LEFT: usize = 8;

/// The providers. Their names stand in their own folders, in the binary's wiring and in documents.
const PROVIDERS: [&str; 7] = ["retell", "vapi", "twilio", "n8n", "openai", "stripe", "resend"];
const NAMELESS: [&str; 3] = ["crates/ports/src/", "crates/domain/src/", "crates/http/src/"];

/// Identifiers that a floor must not use, and why.
const IDENTIFIERS: &[(&str, &[&str], &str)] = &[
    (
        "crates/model/src/",
        &["tokio", "async", "await", "SystemTime", "Instant"],
        "the words do no I/O and read no clock",
    ),
    ("crates/vault/src/", &["sqlx", "rusqlite", "reqwest", "axum"], "the vault stores and sends nothing"),
    (
        "crates/domain/src/",
        &["axum", "reqwest", "sqlx", "rusqlite"],
        "the rooms know neither HTTP nor drivers",
    ),
    (
        "crates/http/src/",
        &["tsql", "ssql", "fragment", "sqlx", "rusqlite"],
        "the doors ask the rooms; SQL is theirs",
    ),
    (
        "crates/http/src/",
        &["vestibule_providers", "vestibule_store"],
        "the doors know providers and storage only as ports",
    ),
];
const SQL_FREE: [&str; 4] =
    ["crates/model/src/", "crates/ports/src/", "crates/access/src/", "crates/http/src/"];

/// Checks all crates' sources.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let exceptions = list::read(tree, EXCEPTIONS, 3, &mut findings);
    findings.extend(ratchet(exceptions.len(), EXCEPTIONS_LEFT));
    let rooms = room_tables(tree);
    let mut used = BTreeSet::new();
    for (path, text) in tree.product_sources() {
        let tokens = product(lex(text));
        findings.extend(identifiers(path, &tokens));
        findings.extend(statements(path, &tokens, &rooms));
        findings.extend(neighbours(path, &tokens));
        if !NAMELESS.iter().any(|floor| path.starts_with(floor)) {
            continue;
        }
        for (token, provider) in providers_named(&tokens) {
            let exception =
                exceptions.iter().position(|entry| entry.fields[0] == path && entry.fields[1] == provider);
            if let Some(index) = exception {
                used.insert(index);
                continue;
            }
            let message = format!(
                "names the provider `{provider}`: this floor knows providers only through their port"
            );
            findings.push(Finding::new(path, token.line, &message));
        }
    }
    for (_, entry) in exceptions.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        findings.push(Finding::new(EXCEPTIONS, entry.line, "is no longer needed: remove the line"));
    }
    findings
}

/// The list is exactly as long as it was agreed to be.
fn ratchet(lines: usize, agreed: usize) -> Option<Finding> {
    let message = match lines.cmp(&agreed) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => {
            format!("has {lines} lines and may only shrink from {agreed}: solve it without an exception")
        }
        std::cmp::Ordering::Less => {
            format!("shrank to {lines} lines: set EXCEPTIONS_LEFT in xtask/src/house/words.rs to {lines}")
        }
    };
    Some(Finding::new(EXCEPTIONS, lines.max(1), &message))
}

/// The tables that are neither the directory's nor the queue's: the rooms'.
fn room_tables(tree: &Tree) -> BTreeSet<String> {
    let directory = migrations::directory_tables(tree);
    let own = ["jobs", "periodic", "nodes"];
    migrations::tables(tree)
        .into_iter()
        .filter(|table| {
            table.has_tenant && !directory.contains(&table.name) && !own.contains(&table.name.as_str())
        })
        .map(|table| table.name)
        .collect()
}

fn identifiers(path: &str, tokens: &[Token]) -> Vec<Finding> {
    let rules = IDENTIFIERS.iter().filter(|(floor, _, _)| path.starts_with(floor));
    rules
        .flat_map(|(_, words, why)| {
            let bad = tokens.iter().filter(|token| token.word().is_some_and(|word| words.contains(&word)));
            bad.map(move |token| {
                Finding::new(
                    path,
                    token.line,
                    &format!("`{}` has no place here: {why}", token.word().unwrap_or_default()),
                )
            })
        })
        .collect()
}

fn statements(path: &str, tokens: &[Token], rooms: &BTreeSet<String>) -> Vec<Finding> {
    let texts = tokens.iter().filter_map(|token| Some((token.line, token.text()?)));
    if SQL_FREE.iter().any(|floor| path.starts_with(floor)) {
        let sql = texts.filter(|(_, text)| is_sql(text));
        return sql
            .map(|(line, _)| {
                Finding::new(path, line, "SQL has no place here: it belongs to a room in domain")
            })
            .collect();
    }
    if path.starts_with("crates/store/src/") {
        let foreign = texts
            .filter_map(|(line, text)| Some((line, tables_named(text).find(|name| rooms.contains(*name))?)));
        return foreign
            .map(|(line, table)| {
                Finding::new(
                    path,
                    line,
                    &format!("names the table `{table}` of a room: move the statement to its room in domain"),
                )
            })
            .collect();
    }
    Vec::new()
}

fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("SELECT ")
        || text.starts_with("INSERT INTO ")
        || text.starts_with("DELETE FROM ")
        || (text.starts_with("UPDATE ") && text.contains(" SET "))
        || (text.starts_with("WITH ") && text.contains(" AS ("))
}

/// One provider does not import another: `crate::<other>` inside `crates/providers/src/<one>/`.
fn neighbours(path: &str, tokens: &[Token]) -> Vec<Finding> {
    let Some(folder) = path
        .strip_prefix("crates/providers/src/")
        .and_then(|rest| rest.split_once('/'))
        .map(|(folder, _)| folder)
    else {
        return Vec::new();
    };
    let imports = tokens.windows(4).filter_map(|window| {
        let [krate, colon, _, name] = window else { return None };
        (krate.word() == Some("crate") && colon.is(':')).then_some(name)
    });
    imports
        .filter(|name| name.word().is_some_and(|word| word != folder && PROVIDERS.contains(&word)))
        .map(|name| {
            Finding::new(
                path,
                name.line,
                "one provider imports another: move what they share to the crate's root",
            )
        })
        .collect()
}

fn providers_named(tokens: &[Token]) -> impl Iterator<Item = (&Token, &'static str)> {
    tokens.iter().filter_map(|token| {
        let text = match &token.kind {
            Kind::Word(text) | Kind::Text(text) => text.to_lowercase(),
            _ => return None,
        };
        PROVIDERS.iter().find(|provider| text.contains(**provider)).map(|provider| (token, *provider))
    })
}

#[cfg(test)]
mod tests {
    use super::{check, ratchet};
    use crate::tree::Tree;

    fn found(path: &str, text: &str, exceptions: &str) -> Vec<String> {
        let mut tree = Tree::default();
        tree.put("xtask/house/exceptions.txt", exceptions);
        tree.put("xtask/house/directory_tables.txt", "");
        tree.put("crates/store/migrations/0001_a/sqlite.sql", "CREATE TABLE calls (tenant_id BLOB);");
        tree.put(path, text);
        check(&tree)
            .iter()
            .map(ToString::to_string)
            .filter(|line| !line.contains("EXCEPTIONS_LEFT") && !line.contains("only shrink"))
            .collect()
    }

    #[test]
    fn a_provider_is_named_only_where_an_exception_says_so() {
        let text = "//! Retell is fine here\nfn f() { route(\"/api/organizations/{id}/retell\") }";
        let path = "crates/http/src/api/organizations.rs";
        assert_eq!(found(path, text, "").len(), 1);
        assert!(
            found(path, text, "")[0]
                .starts_with("crates/http/src/api/organizations.rs:2: names the provider `retell`")
        );
        assert_eq!(
            found(path, text, &format!("{path} | retell | the address is a requirement")),
            Vec::<String>::new()
        );
        assert_eq!(found(path, "fn f() {}", &format!("{path} | retell | not needed")).len(), 1);
    }

    #[test]
    fn the_list_of_exceptions_only_shrinks() {
        assert!(ratchet(3, 3).is_none());
        assert!(ratchet(4, 3).is_some_and(|finding| finding.to_string().contains("only shrink")));
        assert!(ratchet(2, 3).is_some_and(|finding| finding.to_string().contains("to 2")));
    }

    #[test]
    fn forbidden_words_and_sql_are_found_outside_tests() {
        assert_eq!(found("crates/model/src/a.rs", "async fn f() { SystemTime::now() }", "").len(), 2);
        assert_eq!(
            found("crates/model/src/a.rs", "#[cfg(test)]\nmod tests { async fn f() {} }", "").len(),
            0
        );
        assert_eq!(
            found("crates/http/src/a.rs", "fn f() { q(\"SELECT 1\"); say(\"Select a tenant\") }", "").len(),
            1
        );
        assert_eq!(found("crates/store/src/a.rs", "fn f() { q(\"SELECT 1 FROM calls\") }", "").len(), 1);
        assert_eq!(
            found("crates/providers/src/vapi/mod.rs", "use crate::retell::x; use crate::vapi::y;", "").len(),
            1
        );
    }
}
