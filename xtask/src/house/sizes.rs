//! Files stay small enough to be read in one sitting.

use super::Finding;
use crate::tree::{Tree, is_test};

const AIM: usize = 250;
const MOST: usize = 500;
const ENDINGS: [&str; 5] = [".rs", ".ts", ".tsx", ".mjs", ".css"];

/// Refuses files over 500 lines, tests and generated code apart.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let message = |lines| format!("has {lines} lines, over {MOST}: split it by what its parts do");
    sources(tree)
        .filter(|(_, lines)| *lines > MOST)
        .map(|(path, lines)| Finding::new(path, lines, &message(lines)))
        .collect()
}

/// The files that are over the aim and not refused.
pub fn warnings(tree: &Tree) -> Vec<String> {
    sources(tree)
        .filter(|(_, lines)| (AIM + 1..=MOST).contains(lines))
        .map(|(path, lines)| format!("{path} has {lines} lines; aim for {AIM}"))
        .collect()
}

fn sources(tree: &Tree) -> impl Iterator<Item = (&str, usize)> {
    tree.paths()
        .filter(|path| ENDINGS.iter().any(|ending| path.ends_with(ending)))
        .filter(|path| !is_test(path) && !path.contains(".gen.") && !path.starts_with("docs/"))
        .filter_map(|path| tree.text(path).map(|text| (path, text.lines().count())))
}

#[cfg(test)]
mod tests {
    use super::{check, warnings};
    use crate::tree::Tree;

    #[test]
    fn long_files_are_refused_and_tests_are_not() {
        let mut tree = Tree::default();
        tree.put("crates/a/src/lib.rs", &"x\n".repeat(501));
        tree.put("crates/a/src/b.rs", &"x\n".repeat(251));
        tree.put("crates/a/tests/it/main.rs", &"x\n".repeat(900));
        tree.put("web/src/lib/schema.gen.ts", &"x\n".repeat(900));
        assert_eq!(check(&tree).len(), 1);
        assert_eq!(warnings(&tree), ["crates/a/src/b.rs has 251 lines; aim for 250"]);
    }
}
