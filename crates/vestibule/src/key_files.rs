//! Where the key-encryption keys are: in the configuration, in files it names, or generated beside a SQLite database. And
//! how a generated key is exchanged, so that a crash at any point leaves keys that open everything.

use crate::build::{key_file, write_secret};
use crate::config::Config;
use crate::say::Fault;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_domain::KeySource;
use vestibule_model::World;
use vestibule_vault::{Kek, KekRing, is_printed_secret};

/// What a key must be, as every message about one says.
const MAKE_ONE: &str = "`openssl rand -base64 32`";

/// The places of the keys, as configured.
struct KeyFiles {
    given: SecretString,
    file: String,
    previous: Vec<SecretString>,
    previous_files: Vec<String>,
    generated: PathBuf,
    may_be_printed: bool,
}

impl KeyFiles {
    fn of(config: &Config) -> Self {
        let security = &config.security;
        Self {
            given: security.encryption_key.clone(),
            file: security.encryption_key_file.clone(),
            previous: security.previous_encryption_keys.clone(),
            previous_files: security.previous_encryption_key_files.clone(),
            generated: key_file(config),
            may_be_printed: config.is_demo,
        }
    }

    /// The key that is given; none when it is to be generated.
    fn given(&self) -> Result<Option<Kek>, Fault> {
        let given = self.given.expose_secret().trim().to_owned();
        let text = if given.is_empty() && !self.file.is_empty() {
            read(Path::new(&self.file), "security.encryption_key_file")?
        } else {
            given
        };
        if text.is_empty() {
            return Ok(None);
        }
        if is_printed_secret(&text) && !self.may_be_printed {
            return Err(Fault::words(format!(
                "this encryption key is printed in a public document: make your own with {MAKE_ONE}"
            )));
        }
        parse(&text, "the encryption key").map(Some)
    }

    /// The keys as they are now; nothing is made.
    fn ring(&self) -> Result<KekRing, Fault> {
        let given = self.given()?;
        let is_generated = given.is_none();
        let current = given.map_or_else(|| read_key(&self.generated), Ok)?;
        let mut ring = KekRing::of(current);
        // A key that is printed may stand among the previous: so does one get rid of it.
        for key in &self.previous {
            ring = ring.with(parse(key.expose_secret(), "a key of security.previous_encryption_keys")?);
        }
        for file in &self.previous_files {
            let text = read(Path::new(file), "security.previous_encryption_key_files")?;
            ring = ring.with(parse(&text, &format!("the key in {file}"))?);
        }
        if is_generated {
            for ending in ["previous", "new"] {
                let path = beside(&self.generated, ending);
                if path.exists() {
                    ring = ring.with(read_key(&path)?);
                }
            }
        }
        Ok(ring)
    }
}

impl KeySource for KeyFiles {
    fn load(&self) -> Result<KekRing, String> {
        self.ring().map_err(|e| e.to_string())
    }
}

fn read(path: &Path, what: &str) -> Result<String, Fault> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Fault::words(format!("cannot read {what} ({}): {e}", path.display())))?;
    Ok(text.trim().to_owned())
}

fn parse(text: &str, what: &str) -> Result<Kek, Fault> {
    Kek::from_base64(text).map_err(|_| Fault::words(format!("{what} must be base64 of 32 bytes: {MAKE_ONE}")))
}

fn read_key(path: &Path) -> Result<Kek, Fault> {
    let text = read(path, "the encryption key")?;
    Kek::from_base64(&text).map_err(|_| Fault::words(format!("{} does not hold a key", path.display())))
}

/// A file beside the generated key: `encryption.key.new`, `encryption.key.previous`.
fn beside(key: &Path, ending: &str) -> PathBuf {
    let mut name = key.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    key.with_file_name(name)
}

/// The keys: given, or generated once beside a SQLite database; and where they are read again.
pub fn ring(config: &Config, world: &World) -> Result<(KekRing, Arc<dyn KeySource>), Fault> {
    let files = KeyFiles::of(config);
    if files.given()?.is_none() {
        if config.is_postgres() {
            return Err(Fault::words(format!(
                "with PostgreSQL an encryption key must be given: set ENCRYPTION_KEY to the output of {MAKE_ONE}"
            )));
        }
        if !files.generated.exists() {
            if config.sqlite_path().exists() {
                return Err(Fault::words(format!(
                    "{} is missing, and without it what is sealed in the database cannot be read: put it back, or set ENCRYPTION_KEY",
                    files.generated.display()
                )));
            }
            let kek = Kek::generate(&*world.entropy);
            write_secret(&files.generated, kek.to_base64().as_bytes())?;
        }
    }
    Ok((files.ring()?, Arc::new(files)))
}

/// The generated key of before, while a rotation is not finished; and its file.
pub fn previous_generated(config: &Config) -> Option<PathBuf> {
    let path = beside(&key_file(config), "previous");
    path.exists().then_some(path)
}

/// Puts a new generated key in the place of the old one, which is kept beside it until nothing needs it. Idempotent: what
/// was begun is gone on with, and a rotation that waits for its data keys begins no second one.
///
/// # Errors
/// When the key is given by the configuration, or a file cannot be written.
pub fn begin_rotation(config: &Config, world: &World) -> Result<(), Fault> {
    if KeyFiles::of(config).given()?.is_some() {
        return Err(Fault::words(
            "the encryption key is given by the configuration: make a new one there and leave --generate out; see docs/ops/keys.md",
        ));
    }
    let key = key_file(config);
    let current = read_key(&key)?;
    let (new, previous) = (beside(&key, "new"), beside(&key, "previous"));
    if previous.exists() && read_key(&previous)?.id() != current.id() {
        return Ok(());
    }
    if !new.exists() {
        write_secret(&new, Kek::generate(&*world.entropy).to_base64().as_bytes())?;
    }
    write_secret(&previous, current.to_base64().as_bytes())?;
    sync(&key)?;
    std::fs::rename(&new, &key)?;
    sync(&key)
}

/// Takes the key of before away, when nothing needs it any more. Idempotent.
///
/// # Errors
/// When the file cannot be removed.
pub fn end_rotation(config: &Config) -> Result<(), Fault> {
    if let Some(path) = previous_generated(config) {
        std::fs::remove_file(&path)?;
        sync(&path)?;
    }
    Ok(())
}

/// Makes a change of names last.
fn sync(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(std::fs::File::open(folder)?.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    fn config(dir: &Path, more: &[(&str, &str)]) -> Config {
        let dir = ("VESTIBULE__DATA__DIR".to_owned(), dir.display().to_string());
        let more = more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        load(None, std::iter::once(dir).chain(more)).unwrap()
    }

    fn names(config: &Config) -> (u32, Vec<u32>) {
        let (ring, source) = ring(config, &crate::world::real()).unwrap();
        assert_eq!(source.load().unwrap().id(), ring.id());
        (ring.id(), ring.others().collect())
    }

    #[test]
    fn req_0_85_a_rotation_that_is_cut_off_anywhere_is_gone_on_with() {
        let world = crate::world::real();
        let whole = tempfile::tempdir().unwrap();
        let at = config(whole.path(), &[]);
        let (old, _) = names(&at);
        let key = key_file(&at);
        begin_rotation(&at, &world).unwrap();
        let (new, others) = names(&at);
        assert!(new != old && others == [old], "both open");
        // Again, and nothing more happens: the data keys of the old one come first.
        begin_rotation(&at, &world).unwrap();
        assert_eq!(names(&at), (new, vec![old]));
        end_rotation(&at).unwrap();
        end_rotation(&at).unwrap();
        assert_eq!(names(&at), (new, vec![]));
        // What a crash leaves after each of the steps.
        let text = |id: &Path| std::fs::read(id).unwrap();
        let current = text(&key);
        let fresh = Kek::generate(&*world.entropy);
        let made = fresh.to_base64();
        let steps: [&[(&str, &[u8])]; 3] = [
            &[("encryption.key.part", b"half a k")],
            &[("encryption.key.new", made.as_bytes())],
            &[("encryption.key.new", made.as_bytes()), ("encryption.key.previous", &current)],
        ];
        for (number, left) in steps.iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            let at = config(dir.path(), &[]);
            std::fs::write(key_file(&at), &current).unwrap();
            for (name, content) in *left {
                std::fs::write(dir.path().join(name), content).unwrap();
            }
            assert_eq!(names(&at).0, new, "step {number}: the old key goes on");
            begin_rotation(&at, &world).unwrap();
            let (now, others) = names(&at);
            assert!(now != new && others == [new], "step {number}");
            assert!(number == 0 || now == fresh.id(), "step {number}: a key that was made is used");
        }
    }

    #[test]
    fn req_0_85_previous_keys_are_given_as_texts_and_files() {
        let dir = tempfile::tempdir().unwrap();
        let world = crate::world::real();
        let keys: Vec<_> = (0..3).map(|_| Kek::generate(&*world.entropy)).collect();
        let file = dir.path().join("third");
        std::fs::write(&file, keys[2].to_base64().as_bytes()).unwrap();
        let (first, second) = (keys[0].to_base64(), keys[1].to_base64());
        let list = format!("[\"{}\"]", *second);
        let files = format!("[\"{}\"]", file.display());
        let given = config(
            dir.path(),
            &[
                ("ENCRYPTION_KEY", &first),
                ("VESTIBULE__SECURITY__PREVIOUS_ENCRYPTION_KEYS", &list),
                ("VESTIBULE__SECURITY__PREVIOUS_ENCRYPTION_KEY_FILES", &files),
            ],
        );
        assert_eq!(names(&given), (keys[0].id(), vec![keys[1].id(), keys[2].id()]));
        assert!(!format!("{given:?}").contains(&second[..12]));
        assert!(
            begin_rotation(&given, &world).unwrap_err().to_string().contains("given by the configuration")
        );
        let bad = config(
            dir.path(),
            &[("ENCRYPTION_KEY", &first), ("VESTIBULE__SECURITY__PREVIOUS_ENCRYPTION_KEYS", "[\"short\"]")],
        );
        let said = ring(&bad, &world).err().unwrap().to_string();
        assert!(said.contains("previous_encryption_keys") && !said.contains("short"), "{said}");
    }
}
