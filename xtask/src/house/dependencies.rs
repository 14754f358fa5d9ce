//! A floor looks down only: which crate may depend on which.

use toml::{Table, Value};

use super::Finding;
use crate::tree::Tree;

struct Floor {
    name: &'static str,
    may: &'static [&'static str],
    /// Crates from outside that have no business here.
    never: &'static [&'static str],
}

const SQL: [&str; 2] = ["sqlx", "rusqlite"];
const ROOMS: &[&str] = &["model", "vault", "ports", "access", "store"];

/// The table of ARCHITECTURE.md. The binary and the test kit may use everything.
const FLOORS: &[Floor] = &[
    Floor { name: "model", may: &[], never: &["tokio", "sqlx", "rusqlite", "axum", "reqwest", "getrandom"] },
    Floor { name: "vault", may: &["model"], never: &["tokio", "sqlx", "rusqlite", "axum", "reqwest"] },
    Floor { name: "ports", may: &["model", "vault"], never: &["sqlx", "rusqlite", "axum", "reqwest"] },
    Floor { name: "access", may: &["model", "vault"], never: &SQL },
    Floor { name: "store", may: &["model", "access"], never: &["axum", "reqwest"] },
    Floor { name: "domain", may: ROOMS, never: &["axum", "reqwest", "sqlx", "rusqlite"] },
    Floor { name: "voice", may: &["model", "ports"], never: &SQL },
    Floor { name: "providers", may: &["model", "vault", "ports"], never: &["sqlx", "rusqlite", "axum"] },
    Floor {
        name: "http",
        may: &["model", "access", "ports", "domain", "voice"],
        never: &["sqlx", "rusqlite", "reqwest"],
    },
];
const FREE: [&str; 2] = ["vestibule", "testkit"];

/// Checks every crate's manifest.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.under("crates/", "/Cargo.toml").flat_map(|(path, text)| manifest(path, text)).collect()
}

fn manifest(path: &str, text: &str) -> Vec<Finding> {
    let name = path.split('/').nth(1).unwrap_or_default();
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(path, 1, &format!("cannot be read: {error}"))],
    };
    let names = dependencies(&table);
    let line = |dependency: &str| {
        text.lines().position(|line| line.trim_start().starts_with(dependency)).map_or(1, |index| index + 1)
    };
    let mut findings = Vec::new();
    let floor = FLOORS.iter().find(|floor| floor.name == name);
    if floor.is_none() && !FREE.contains(&name) {
        let message = format!(
            "the crate `{name}` has no place in the table: add it in xtask/src/house/dependencies.rs"
        );
        findings.push(Finding::new(path, 1, &message));
    }
    for dependency in &names {
        let inside = dependency.strip_prefix("vestibule-");
        let message = match (floor, inside) {
            (_, Some("testkit")) => "the test kit belongs under [dev-dependencies]".to_owned(),
            (Some(floor), Some(other)) if !floor.may.contains(&other) => {
                let may =
                    if floor.may.is_empty() { "no other floor".to_owned() } else { floor.may.join(", ") };
                format!(
                    "`{name}` may not depend on `{other}` (it may depend on {may}): move the code to the floor that may"
                )
            }
            (Some(floor), None) if floor.never.contains(&dependency.as_str()) => {
                format!(
                    "`{name}` may not depend on `{dependency}`: that belongs to another floor (ARCHITECTURE.md)"
                )
            }
            _ => continue,
        };
        findings.push(Finding::new(path, line(dependency), &message));
    }
    findings
}

/// The names under `[dependencies]`, `[build-dependencies]` and the same per target; not the dev-dependencies.
fn dependencies(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    let mut collect = |table: &Table| {
        for section in ["dependencies", "build-dependencies"] {
            if let Some(Value::Table(section)) = table.get(section) {
                names.extend(section.keys().cloned());
            }
        }
    };
    collect(table);
    if let Some(Value::Table(targets)) = table.get("target") {
        targets.values().filter_map(Value::as_table).for_each(collect);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::manifest;

    #[test]
    fn looking_up_is_refused_and_dev_dependencies_are_free() {
        let text = "[dependencies]\nvestibule-http.workspace = true\n\n[dev-dependencies]\nvestibule-testkit.workspace = true\n";
        let findings = manifest("crates/domain/Cargo.toml", text);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0]
                .to_string()
                .starts_with("crates/domain/Cargo.toml:2: `domain` may not depend on `http`")
        );
    }

    #[test]
    fn a_crate_of_another_floor_and_an_unknown_floor_are_refused() {
        assert_eq!(manifest("crates/domain/Cargo.toml", "[target.x.dependencies]\naxum = \"1\"\n").len(), 1);
        assert_eq!(manifest("crates/helpers/Cargo.toml", "").len(), 1);
        assert_eq!(
            manifest("crates/store/Cargo.toml", "[dependencies]\nvestibule-model = {}\nsqlx = \"1\"\n").len(),
            0
        );
    }
}
