//! Tombstones in a directory: one file for each writer, so that several nodes can share the directory and never write into
//! each other's lines.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use vestibule_ports::Tombstones;

/// How the files end.
const ENDING: &str = "jsonl";

/// Keeps tombstones in a directory.
#[derive(Debug)]
pub struct FileTombstones {
    dir: PathBuf,
    writer: String,
    turn: Mutex<()>,
}

impl FileTombstones {
    /// Tombstones in a directory, which is made with the first one. `writer` is a name that no other node has.
    #[must_use]
    pub const fn new(dir: PathBuf, writer: String) -> Self {
        Self { dir, writer, turn: Mutex::new(()) }
    }
}

impl Tombstones for FileTombstones {
    fn append(&self, line: &str) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let path = self.dir.join(format!("{}.{ENDING}", self.writer));
        let is_new = !path.exists();
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        // Begun with a line's end: whatever a crash cut short before is a line of its own.
        file.write_all(format!("\n{line}\n").as_bytes())?;
        file.sync_all()?;
        if is_new {
            // The directory's entry too: a file that nobody finds after a power cut holds nothing.
            File::open(&self.dir)?.sync_all()?;
        }
        Ok(())
    }

    fn all(&self) -> io::Result<Vec<String>> {
        let mut paths = Vec::new();
        match fs::read_dir(&self.dir) {
            Ok(entries) => {
                for entry in entries {
                    let path = entry?.path();
                    if path.extension().is_some_and(|ending| ending == ENDING) {
                        paths.push(path);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        paths.sort();
        let mut lines = Vec::new();
        for path in paths {
            let text = fs::read_to_string(path)?;
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            lines.extend(whole.lines().filter(|line| !line.is_empty()).map(str::to_owned));
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_writers_are_read_and_a_cut_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("tombstones");
        let (one, two) = (
            FileTombstones::new(place.clone(), "one".into()),
            FileTombstones::new(place.clone(), "two".into()),
        );
        assert!(one.all().unwrap().is_empty());
        one.append("a").unwrap();
        two.append("b").unwrap();
        let mut cut = OpenOptions::new().append(true).open(place.join("one.jsonl")).unwrap();
        cut.write_all(b"cut sho").unwrap();
        assert_eq!(two.all().unwrap(), ["a", "b"]);
        one.append("c").unwrap();
        assert_eq!(one.all().unwrap(), ["a", "cut sho", "c", "b"]);
    }
}
