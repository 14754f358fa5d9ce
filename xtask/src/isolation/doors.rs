//! The mutants of the doors: an operation that asks for another permission than it should.

use std::collections::BTreeSet;

use crate::tree::Tree;

use super::mutants::{Means, Mutant, Wall};

const FOLDER: &str = "crates/http/src/api/";
/// What every member may, and every operation is changed to ask for; for itself, its neighbour.
const WEAK: &str = "ReadCalls";
const NEIGHBOUR: &str = "ReadContacts";
/// What every person of the platform may, an agency's administrator as well.
const WEAK_ON_PLATFORM: &str = "ManageTenants";

/// The mutants of every operation.
pub fn every(tree: &Tree) -> impl Iterator<Item = Mutant> {
    tree.under(FOLDER, ".rs").flat_map(|(path, text)| of(path, text))
}

fn of(path: &str, source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut seen = BTreeSet::new();
    for extractor in ["Tenant<", "Platform<"] {
        for (at, _) in source.match_indices(extractor) {
            let is_word = source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let start = at + extractor.len();
            let is_path = |c: char| c.is_ascii_alphanumeric() || c == ':';
            let length = source[start..].find(|c: char| !is_path(c)).unwrap_or(0);
            let need = source[start..start + length].rsplit(':').next().unwrap_or_default();
            let is_need = need.len() > 1 && need.starts_with(|c: char| c.is_ascii_uppercase());
            if is_word || !is_need || !source[start + length..].starts_with('>') {
                continue;
            }
            let weaker = match need {
                WEAK_ON_PLATFORM => continue,
                _ if extractor == "Platform<" => WEAK_ON_PLATFORM,
                WEAK => NEIGHBOUR,
                _ => WEAK,
            };
            let Some(door) = door(&source[..at]) else { continue };
            if seen.insert(door.clone()) {
                let mutant = Mutant::new(Wall::Role, path, source, start..start + length, weaker);
                mutants.push(mutant.by(Means::Check(door)));
            }
        }
    }
    mutants
}

/// The operation that the last description in a text describes: its method and path.
fn door(before: &str) -> Option<String> {
    let description = &before[before.rfind("#[utoipa::path(")? + "#[utoipa::path(".len()..];
    let method = description.split(',').next()?.trim();
    let path = description.split_once("path = \"")?.1.split('"').next()?;
    Some(format!("{method} {path}"))
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::isolation::mutants::Means;

    #[test]
    fn each_operation_asks_for_something_else_once() {
        let source = r#"
#[utoipa::path(post, path = "/k", tag = "keys")]
fn a(t: Tenant<need::ManageKeys>) {}
#[utoipa::path(
    get,
    path = "/c/{id}",
)]
fn b(t: Tenant<ReadCalls>) { inner::<Tenant<ReadCalls>>() }
fn c<N: Need>(t: Tenant<N>, u: NoTenant<X>) {}
#[utoipa::path(get, path = "/p")]
fn d(p: Platform<RunPlatform>) {}
#[utoipa::path(get, path = "/q")]
fn e(p: Platform<ManageTenants>) {}
"#;
        let mutants = of("a.rs", source);
        let shown: Vec<String> = mutants.iter().map(ToString::to_string).collect();
        let want = [
            "a.rs:3: `need::ManageKeys` → `ReadCalls`",
            "a.rs:8: `ReadCalls` → `ReadContacts`",
            "a.rs:11: `RunPlatform` → `ManageTenants`",
        ];
        assert_eq!(shown, want);
        let names = ["post /k", "get /c/{id}", "get /p"];
        for (mutant, want) in mutants.iter().zip(names) {
            assert!(matches!(&mutant.means, Means::Check(name) if name == want));
        }
    }
}
