//! Reading an archive that somebody brought: nothing in it is believed, and nothing of it is written anywhere by name.

use crate::archive::canonical::{self, Line, SecretSum, Sum};
use crate::archive::manifest::{Manifest, TableSum, digest};
use crate::archive::tables::known;
use crate::archive::{ArchiveError, Flaw};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;
use uuid::Uuid;
use vestibule_store::Shape;
use vestibule_vault::{DataKey, NotOpened, Place};
use zip::ZipArchive;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const README: &str = "README.txt";
/// The longest line: a body of ten megabytes in base64, and its row.
const LONGEST_LINE: u64 = 24 << 20;
const LONGEST_MANIFEST: u64 = 1 << 20;
/// How much a table may unpack to before its ratio is looked at, and the ratio that no rows reach.
const UNSUSPICIOUS: u64 = 16 << 20;
const RATIO: u64 = 200;
/// How many rows go on together, and how many bytes.
const BATCH_ROWS: usize = 200;
const BATCH_BYTES: usize = 1 << 20;

pub(super) fn table_file(shape: &Shape) -> String {
    format!("tables/{}.jsonl", shape.table)
}

/// An archive that was opened and whose manifest was read.
pub(super) struct Opened<R> {
    pub(super) manifest: Manifest,
    zip: ZipArchive<R>,
}

impl Opened<BufReader<File>> {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Self, Flaw> {
        let file = File::open(path).map_err(|e| Flaw::unreadable().because(&e))?;
        Self::of(BufReader::new(file))
    }
}

impl<R: Read + Seek> Opened<R> {
    /// Looks at the form: the manifest, and no file that does not belong.
    fn of(reader: R) -> Result<Self, Flaw> {
        let mut zip = ZipArchive::new(reader).map_err(|_| Flaw::not_an_archive())?;
        let allowed: Vec<String> =
            [MANIFEST.to_owned(), README.to_owned()].into_iter().chain(known().map(table_file)).collect();
        if zip.len() > allowed.len() || !all_allowed(&zip, &allowed) {
            // An archive of a newer program may have tables that we do not know: its manifest says that it is newer.
            let newer = read_manifest(&mut zip).err().filter(|flaw| flaw.code == Flaw::newer().code);
            return Err(newer.unwrap_or_else(Flaw::unknown_entry));
        }
        Ok(Self { manifest: read_manifest(&mut zip)?, zip })
    }

    /// The archive's key.
    pub(super) fn unlock(&self, passphrase: &SecretString) -> Result<Option<DataKey>, Flaw> {
        let Some(sealed) = &self.manifest.secrets else { return Ok(None) };
        match sealed.lockbox.open(passphrase, self.manifest.tenant) {
            Ok(key) => Ok(Some(key)),
            Err(NotOpened::Passphrase) => Err(Flaw::wrong_passphrase()),
            Err(NotOpened::Form) => Err(Flaw::not_an_archive()),
        }
    }

    /// Reads every row, looks whether it is one, gives it on, and compares all sums with the manifest.
    pub(super) fn walk(
        &mut self,
        archive: Option<&DataKey>,
        each: &mut dyn FnMut(&'static Shape, Vec<Line>) -> Result<(), Flaw>,
    ) -> Result<(), Flaw> {
        let mut secrets = SecretSum::default();
        let mut sums = Vec::new();
        for told in &self.manifest.tables {
            if !known().any(|shape| shape.table == told.name) {
                return Err(Flaw::unknown_table());
            }
        }
        for shape in known() {
            let name = table_file(shape);
            let told = self.manifest.tables.iter().find(|table| table.name == shape.table).cloned();
            let is_there = self.zip.index_for_name(&name).is_some();
            match (&told, is_there) {
                (None, false) => continue,
                (None, true) | (Some(_), false) => return Err(Flaw::counts_differ().at(shape.table, 0)),
                (Some(_), true) => {}
            }
            let sum = self.table(shape, &name, archive, &mut secrets, each)?;
            if told.as_ref().is_some_and(|told| told.rows != sum.rows) {
                return Err(Flaw::counts_differ().at(shape.table, 0));
            }
            if told.is_some_and(|told| told != sum) {
                return Err(Flaw::digest_differs().at(shape.table, 0));
            }
            sums.push(sum);
        }
        if digest(&sums) != self.manifest.digest {
            return Err(Flaw::digest_differs());
        }
        if let (Some(sealed), Some(archive)) = (&self.manifest.secrets, archive) {
            let told = STANDARD.decode(&sealed.digest).map_err(|_| Flaw::not_an_archive())?;
            let told = archive.open(secrets_place(self.manifest.tenant), &told);
            let told = told.map_err(|_| Flaw::secrets_differ())?;
            if sealed.count != secrets.count || *told != secrets.digest() {
                return Err(Flaw::secrets_differ());
            }
        }
        Ok(())
    }

    fn table(
        &mut self,
        shape: &'static Shape,
        name: &str,
        archive: Option<&DataKey>,
        secrets: &mut SecretSum,
        each: &mut dyn FnMut(&'static Shape, Vec<Line>) -> Result<(), Flaw>,
    ) -> Result<TableSum, Flaw> {
        let file = self.zip.by_name(name).map_err(|_| Flaw::not_an_archive())?;
        let packed = file.compressed_size();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut sum, mut batch, mut bytes, mut all) = (Sum::default(), Vec::new(), 0_usize, 0_u64);
        let mut text = Vec::new();
        loop {
            text.clear();
            let mut limited = (&mut reader).take(LONGEST_LINE + 1);
            let count = limited.read_until(b'\n', &mut text).map_err(|_| Flaw::not_an_archive())?;
            if count == 0 {
                break;
            }
            let number = sum.rows() + 1;
            if count as u64 > LONGEST_LINE {
                return Err(Flaw::long_line().at(shape.table, number));
            }
            all += count as u64;
            if all > UNSUSPICIOUS && all / RATIO > packed {
                return Err(Flaw::bomb().at(shape.table, number));
            }
            let line = canonical::check(shape, &text).map_err(|flaw| flaw.at(shape.table, number))?;
            if let Some(archive) = archive {
                let added = canonical::add_secrets(shape, &line, archive, secrets);
                added.map_err(|flaw| flaw.at(shape.table, number))?;
            }
            sum.add(&canonical::counted(shape, &line));
            bytes += count;
            batch.push(line);
            if batch.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
                each(shape, std::mem::take(&mut batch))?;
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            each(shape, batch)?;
        }
        Ok(TableSum { name: shape.table.to_owned(), rows: sum.rows(), sha256: sum.hex() })
    }
}

/// Where the digest of the credentials is sealed.
pub(super) const fn secrets_place(tenant: Uuid) -> Place<'static> {
    Place { table: "vestibule archive", row: tenant, column: "secrets" }
}

fn all_allowed<R: Read + Seek>(zip: &ZipArchive<R>, allowed: &[String]) -> bool {
    zip.file_names().all(|name| name.is_ok_and(|name| allowed.iter().any(|allowed| *allowed == name)))
}

fn read_manifest<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Manifest, Flaw> {
    let file = zip.by_name(MANIFEST).map_err(|_| Flaw::not_an_archive())?;
    let mut bytes = Vec::new();
    file.take(LONGEST_MANIFEST + 1).read_to_end(&mut bytes).map_err(|_| Flaw::not_an_archive())?;
    if bytes.len() as u64 > LONGEST_MANIFEST {
        return Err(Flaw::bomb());
    }
    Manifest::parse(&bytes)
}

/// What was found out about an archive.
#[derive(Debug)]
pub struct Verified {
    /// Its manifest; its sums were found true.
    pub manifest: Manifest,
    /// Whether the credentials were opened and found true as well.
    pub secrets_opened: bool,
}

/// Looks whether an archive is whole: its form, its counts, its digest, and with a passphrase its credentials. Reads
/// only.
///
/// # Errors
/// [`Flaw`]: what is wrong, and where.
pub async fn verify(path: &Path, passphrase: Option<SecretString>) -> Result<Verified, ArchiveError> {
    let path = path.to_owned();
    let work = move || {
        let mut opened = Opened::open(&path)?;
        let key = match &passphrase {
            Some(passphrase) => opened.unlock(passphrase)?,
            None => None,
        };
        opened.walk(key.as_ref(), &mut |_, _| Ok(()))?;
        Ok(Verified { manifest: opened.manifest, secrets_opened: key.is_some() })
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Flaw::stopped())?.map_err(ArchiveError::Flaw)
}

/// Looks whether bytes are a whole archive: its form, its counts and its digest, not its credentials.
///
/// # Errors
/// [`Flaw`]: what is wrong, and where.
pub fn verify_bytes(bytes: &[u8]) -> Result<Manifest, Flaw> {
    let mut opened = Opened::of(Cursor::new(bytes))?;
    opened.walk(None, &mut |_, _| Ok(()))?;
    Ok(opened.manifest)
}
