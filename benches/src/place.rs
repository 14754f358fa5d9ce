//! Where a measurement keeps its data: a folder under `target/`, gone when it ends.

use crate::say::Outcome;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A folder on the disk that is measured.
pub struct Place(tempfile::TempDir);

impl Place {
    /// Makes a folder under `base`; without one, under the `target` of this program.
    pub fn make(base: Option<&Path>) -> Outcome<Self> {
        let base = match base {
            Some(base) => base.to_owned(),
            None => {
                let program = std::env::current_exe()?;
                program.ancestors().nth(2).ok_or("where is target/?")?.join("bench-data")
            }
        };
        fs::create_dir_all(&base)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(base)?;
        // PostgreSQL's own user must be able to pass.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        Ok(Self(folder))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A new folder in it.
    pub fn folder(&self, name: &str) -> Outcome<PathBuf> {
        let path = self.0.path().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }
}
