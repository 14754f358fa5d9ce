//! Directories of this machine: one that takes mail, where each becomes a file that any mail program opens and nothing leaves
//! this machine, and one that keeps tombstones.

mod tombstones;

pub use tombstones::FileTombstones;

use crate::mime::{fault, message};
use futures::future::BoxFuture;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use vestibule_ports::MailFaultKind::{Rejected, Unavailable};
use vestibule_ports::{Mail, MailFault, Mailer, SentMail};

const NAME: &str = "file";

/// Writes mail into a directory, for its owner's eyes only.
#[derive(Debug, Clone)]
pub struct FileMailer(PathBuf);

impl FileMailer {
    /// A mailer into a directory, which is made with the first mail.
    #[must_use]
    pub const fn new(dir: PathBuf) -> Self {
        Self(dir)
    }

    /// Idempotent by the file's name: a second time writes the same file again.
    async fn write(&self, mail: &Mail) -> Result<SentMail, MailFault> {
        let key = &mail.idempotency_key;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if key.is_empty() || key.len() > 100 || !key.bytes().all(is_name) {
            return Err(fault(Rejected, "bad_key"));
        }
        let content = message(mail)?.formatted();
        let name = format!("{key}.eml");
        put(&self.0, &name, &content).await.map_err(|_| fault(Unavailable, "not_written"))?;
        Ok(SentMail { external_id: name })
    }
}

/// Writes a file whole or not at all.
async fn put(dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).await?;
    let part = dir.join(format!("{name}.part"));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part).await?;
    file.write_all(content).await?;
    file.sync_all().await?;
    fs::rename(&part, dir.join(name)).await
}

impl Mailer for FileMailer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>> {
        Box::pin(self.write(mail))
    }
}
