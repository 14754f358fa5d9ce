//! ARCHITECTURE.md stays short and names only what exists; so do the walks.

use super::Finding;
use crate::tree::Tree;

const DOCUMENT: &str = "ARCHITECTURE.md";
const MOST_LINES: usize = 200;

/// Checks the length of the document, and every path in it and in `docs/walks/`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(DOCUMENT) else { return vec![Finding::new(DOCUMENT, 1, "is missing")] };
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        let message =
            format!("has {lines} lines, over {MOST_LINES}: move detail to docs/walks or docs/decisions");
        findings.push(Finding::new(DOCUMENT, lines, &message));
    }
    let walks = tree.under("docs/walks/", ".md");
    for (path, text) in std::iter::once((DOCUMENT, text)).chain(walks) {
        for (index, line) in text.lines().enumerate() {
            for named in paths(line).filter(|named| !tree.holds(named)) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    &format!("`{named}` does not exist: name what does, or take it out"),
                ));
            }
        }
    }
    findings
}

/// What stands in backticks and looks like a path from the root: it has a slash, does not begin with one, and is not
/// a pattern, an address or a command.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|text| {
        text.contains('/')
            && !text.starts_with('/')
            && !text.contains("//")
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
            && text.split('/').next().is_some_and(|first| ROOTS.contains(&first))
    })
}

/// The directories of the root: `application/json` is not a path.
const ROOTS: [&str; 8] = ["crates", "web", "xtask", "docs", "e2e", "benches", "examples", ".ci"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::Tree;

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        let mut tree = Tree::default();
        tree.put("crates/model/src/lib.rs", "");
        tree.put("ARCHITECTURE.md", "`crates/model/` is there\n`crates/voice` is not; `/api/v1/calls` and `application/json` are no paths\n");
        let found = check(&tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().starts_with("ARCHITECTURE.md:2: `crates/voice` does not exist"));
    }

    #[test]
    fn a_long_document_is_refused() {
        let mut tree = Tree::default();
        tree.put("ARCHITECTURE.md", &"line\n".repeat(201));
        assert_eq!(check(&tree).len(), 1);
    }
}
