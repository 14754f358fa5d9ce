//! The files of the project as git sees them, in memory: what the house checks read, and what the mutants change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{Outcome, run};

/// File endings that the checks read.
const TEXTS: [&str; 10] = ["rs", "toml", "sql", "md", "txt", "ts", "tsx", "mjs", "css", "json"];

/// The project's files: the paths of all, the texts of those that are text.
#[derive(Default, Clone)]
pub struct Tree {
    paths: BTreeSet<String>,
    texts: BTreeMap<String, String>,
}

impl Tree {
    /// Reads everything that git tracks or would track.
    pub fn read(root: &Path) -> Outcome<Self> {
        let mut list = run::command("git");
        list.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let mut tree = Self::default();
        for path in run::output(&mut list)?.split('\0').filter(|path| !path.is_empty()) {
            let full = root.join(path);
            if !full.is_file() {
                continue;
            }
            if path.rsplit_once('.').is_some_and(|(_, ending)| TEXTS.contains(&ending)) {
                tree.put(path, &run::read(&full)?);
            } else {
                tree.paths.insert(path.to_owned());
            }
        }
        Ok(tree)
    }

    /// Adds or replaces a file.
    pub fn put(&mut self, path: &str, text: &str) {
        self.paths.insert(path.to_owned());
        self.texts.insert(path.to_owned(), text.to_owned());
    }

    /// True when this is a file of the project or a directory that holds one.
    pub fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        self.paths.contains(path)
            || self.paths.range(inside.clone()..).next().is_some_and(|next| next.starts_with(&inside))
    }

    /// The path of every file.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The files under a directory with an ending, as (path, text).
    pub fn under<'a>(
        &'a self,
        directory: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(move |(path, _)| path.starts_with(directory) && path.ends_with(ending))
    }

    /// The Rust sources of all crates, their `tests/` directories and test modules left out.
    pub fn product_sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("crates/", ".rs").filter(|(path, _)| path.contains("/src/") && !is_test(path))
    }
}

/// True for a file that holds only tests.
pub fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains("/tests/")
        || path.starts_with("e2e/")
        || path.starts_with("crates/testkit/")
        || name == "tests.rs"
        || name.contains(".test.")
}

#[cfg(test)]
mod tests {
    use super::{Tree, is_test};

    #[test]
    fn directories_are_held_when_a_file_is_in_them() {
        let mut tree = Tree::default();
        tree.put("crates/model/src/lib.rs", "");
        assert!(tree.holds("crates/model/"));
        assert!(tree.holds("crates/model/src/lib.rs"));
        assert!(!tree.holds("crates/mod"));
    }

    #[test]
    fn tests_are_told_from_the_product() {
        assert!(is_test("crates/domain/tests/it/calls.rs"));
        assert!(is_test("crates/domain/src/calls/tests.rs"));
        assert!(is_test("web/src/rooms/calls/table.test.tsx"));
        assert!(!is_test("crates/domain/src/calls/rules.rs"));
    }
}
