//! Where inputs come from: the project's own samples and vectors, and what once broke a parser.

use crate::Target;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The inputs that a target begins with.
#[must_use]
pub fn seeds_of(target: &Target) -> Vec<Vec<u8>> {
    let mut found = (target.made)();
    for (folder, ending) in target.folders {
        found.extend(files(&root().join(folder), ending).into_iter().map(|(_, bytes)| bytes));
    }
    found
}

/// The inputs that once broke a target, with their names.
#[must_use]
pub fn regressions(target: &Target) -> Vec<(String, Vec<u8>)> {
    files(&root().join("fuzz/regressions").join(target.name), "")
}

/// The files of one folder, in the order of their names.
fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, Vec<u8>)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let bytes = std::fs::read(entry.path()).ok()?;
            name.ends_with(ending).then_some((name, bytes))
        })
        .collect();
    found.sort();
    found
}
