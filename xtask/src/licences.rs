//! The step `deny`: licences, sources and banned crates, against `deny.toml`. The lists are those of cargo-deny, which
//! runs as well when it is installed; the check itself needs only `cargo metadata`.

use serde_json::Value;

use crate::say::say;
use crate::{Outcome, run};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every crate of the lock file.
pub fn deny() -> Outcome {
    let rules = Rules::parse(&run::read(&run::root().join("deny.toml"))?)?;
    let metadata = run::output(&mut run::cargo(&["metadata", "--format-version", "1", "--quiet"]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found: Vec<String> = packages.iter().flat_map(|package| rules.judge(package)).collect();
    if !found.is_empty() {
        return Err(format!(
            "{}\nEither leave the crate out, or change deny.toml and say why there",
            found.join("\n")
        ));
    }
    say(&format!("{} crates have allowed licences and sources", packages.len()));
    if run::has_cargo_command("deny") {
        run::run(&mut run::cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    }
    Ok(())
}

struct Rules {
    licences: Vec<String>,
    /// Crates that may be under further licences, and which.
    exceptions: Vec<(String, String)>,
    banned: Vec<String>,
}

impl Rules {
    fn parse(text: &str) -> Outcome<Self> {
        let table: toml::Table = text.parse().map_err(|error| format!("deny.toml: {error}"))?;
        let list = |section: &str, key: &str| -> Vec<toml::Value> {
            table
                .get(section)
                .and_then(|part| part.get(key))
                .and_then(|list| list.as_array())
                .cloned()
                .unwrap_or_default()
        };
        let licences =
            list("licenses", "allow").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let exceptions = list("licenses", "exceptions")
            .iter()
            .flat_map(|entry| {
                let name = entry.get("crate").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
                let allowed = entry.get("allow").and_then(toml::Value::as_array).cloned().unwrap_or_default();
                allowed
                    .into_iter()
                    .filter_map(move |licence| Some((name.clone(), licence.as_str()?.to_owned())))
            })
            .collect();
        let banned = list("bans", "deny")
            .iter()
            .filter_map(|entry| entry.get("crate").or_else(|| entry.get("name")).unwrap_or(entry).as_str())
            .map(str::to_owned)
            .collect();
        Ok(Self { licences, exceptions, banned })
    }

    fn judge(&self, package: &Value) -> Vec<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let title = format!("{name} {}", package["version"].as_str().unwrap_or_default());
        let mut found = Vec::new();
        if self.banned.iter().any(|banned| banned == name) {
            found.push(format!("deny.toml: {title} is banned"));
        }
        match package["source"].as_str() {
            None | Some(CRATES_IO) => {}
            Some(other) => found.push(format!("deny.toml: {title} comes from {other}, not from crates.io")),
        }
        match package["license"].as_str() {
            Some(licence) if self.of(name).allows(licence) => {}
            Some(licence) => {
                found.push(format!("deny.toml: {title} is under `{licence}`, which is not allowed"))
            }
            None => found.push(format!("deny.toml: {title} names no licence")),
        }
        found
    }

    /// The rules as they are for one crate.
    fn of(&self, name: &str) -> Self {
        let further = self.exceptions.iter().filter(|(of, _)| of == name).map(|(_, licence)| licence.clone());
        let licences = self.licences.iter().cloned().chain(further).collect();
        Self { licences, exceptions: Vec::new(), banned: Vec::new() }
    }

    /// Whether an SPDX expression can be satisfied with the allowed licences.
    fn allows(&self, expression: &str) -> bool {
        let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = words.as_slice();
        self.any(&mut rest) && rest.is_empty()
    }

    fn any(&self, words: &mut &[&str]) -> bool {
        let mut allowed = self.all(words);
        while words.first() == Some(&"OR") {
            *words = &words[1..];
            allowed |= self.all(words);
        }
        allowed
    }

    fn all(&self, words: &mut &[&str]) -> bool {
        let mut allowed = self.one(words);
        while words.first() == Some(&"AND") {
            *words = &words[1..];
            allowed &= self.one(words);
        }
        allowed
    }

    fn one(&self, words: &mut &[&str]) -> bool {
        let Some((first, rest)) = words.split_first() else { return false };
        *words = rest;
        if *first == "(" {
            let allowed = self.any(words);
            let closed = words.first() == Some(&")");
            *words = words.get(1..).unwrap_or_default();
            return allowed && closed;
        }
        let mut licence = (*first).to_owned();
        if let ["WITH", exception, rest @ ..] = *words {
            licence = format!("{licence} WITH {exception}");
            *words = rest;
        }
        self.licences.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    fn rules() -> Rules {
        Rules::parse(
            "[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\", \"Unicode-3.0\"]\n\
             [bans]\ndeny = [{ crate = \"openssl\" }]",
        )
        .unwrap()
    }

    #[test]
    fn expressions_are_satisfied_or_not() {
        let rules = rules();
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR X) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(rules.allows(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y", "MIT WITH something", "", "(MIT"] {
            assert!(!rules.allows(bad), "{bad}");
        }
    }

    #[test]
    fn an_exception_is_one_crates() {
        let text =
            "[licenses]\nallow = [\"MIT\"]\n[[licenses.exceptions]]\ncrate = \"a\"\nallow = [\"NCSA\"]";
        let rules = Rules::parse(text).unwrap();
        let of = |name| serde_json::json!({ "name": name, "version": "1", "license": "MIT AND NCSA" });
        assert_eq!(rules.judge(&of("a")), Vec::<String>::new());
        assert_eq!(rules.judge(&of("b")).len(), 1);
    }

    #[test]
    fn a_banned_crate_and_a_foreign_source_are_named() {
        let package = serde_json::json!({
            "name": "openssl", "version": "1.0.0", "license": "MIT", "source": "git+https://example.com/x"
        });
        let found = rules().judge(&package);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
