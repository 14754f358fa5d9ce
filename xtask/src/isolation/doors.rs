//! The mutants of the doors: an operation that asks for another permission than it should.

use crate::tree::Tree;

use super::mutants::{Mutant, Wall};

const FOLDER: &str = "crates/http/src/api/";
const EXTRACTOR: &str = "Tenant<";
/// What every member may, and every operation is changed to ask for; for itself, its neighbour.
const WEAK: &str = "ReadCalls";
const NEIGHBOUR: &str = "ReadContacts";

/// The mutants of every operation.
pub fn every(tree: &Tree) -> impl Iterator<Item = Mutant> {
    tree.under(FOLDER, ".rs").flat_map(|(path, text)| of(path, text))
}

fn of(path: &str, source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (at, _) in source.match_indices(EXTRACTOR) {
        let is_word = source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let start = at + EXTRACTOR.len();
        let is_path = |c: char| c.is_ascii_alphanumeric() || c == ':';
        let length = source[start..].find(|c: char| !is_path(c)).unwrap_or(0);
        let need = source[start..start + length].rsplit(':').next().unwrap_or_default();
        let is_need = need.len() > 1 && need.starts_with(|c: char| c.is_ascii_uppercase());
        if is_word || !is_need || !source[start + length..].starts_with('>') {
            continue;
        }
        let weaker = if need == WEAK { NEIGHBOUR } else { WEAK };
        let becomes = format!("vestibule_access::need::{weaker}");
        mutants.push(Mutant::new(Wall::Role, path, source, start..start + length, &becomes));
    }
    mutants
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn each_operation_asks_for_something_else_once() {
        let source = "fn a(t: Tenant<need::ManageKeys>) {}\nfn b(t: Tenant<ReadCalls>) {}\nfn c<N: Need>(t: Tenant<N>, u: NoTenant<X>) {}\n";
        let shown: Vec<String> = of("a.rs", source).iter().map(ToString::to_string).collect();
        let want = [
            "a.rs:1: `need::ManageKeys` → `vestibule_access::need::ReadCalls`",
            "a.rs:2: `ReadCalls` → `vestibule_access::need::ReadContacts`",
        ];
        assert_eq!(shown, want);
    }
}
