//! The commands about archives and the end of tenants.

use crate::build;
use crate::commands::public_url;
use crate::config::Config;
use crate::say::{self, Fault};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use vestibule_access::{Actor, Mint};
use vestibule_domain::archive::{self, ArchiveError, Manifest, Wanted};
use vestibule_domain::tenants::TenantRecord;
use vestibule_domain::{House, tenants};

/// Where a passphrase may stand besides a file.
const PASSPHRASE: &str = "VESTIBULE_ARCHIVE_PASSPHRASE";
/// The shortest passphrase that is taken: whoever has the file may try for ever.
const SHORTEST: usize = 12;

/// What to do with the credentials of an archive.
#[derive(clap::Args)]
pub struct Secrets {
    /// A file that holds the passphrase under which credentials are sealed; VESTIBULE_ARCHIVE_PASSPHRASE when left out.
    #[arg(long, value_name = "FILE", conflicts_with = "without_secrets")]
    passphrase_file: Option<PathBuf>,
    /// Leave credentials out: they are to be entered again on the other side.
    #[arg(long)]
    without_secrets: bool,
}

impl Secrets {
    fn passphrase(&self) -> Result<Option<SecretString>, Fault> {
        if self.without_secrets {
            return Ok(None);
        }
        let text = match &self.passphrase_file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|e| Fault::words(format!("cannot read {}: {e}", file.display())))?,
            None => std::env::var(PASSPHRASE).unwrap_or_default(),
        };
        let text = text.trim();
        Ok((!text.is_empty()).then(|| SecretString::from(text)))
    }
}

fn fault(error: ArchiveError) -> Fault {
    match error {
        ArchiveError::Flaw(flaw) => Fault::words(flaw.to_string()),
        ArchiveError::House(error) => error.into(),
    }
}

/// Tells people how far it is, once a second at most.
fn teller(doing: &'static str) -> impl Fn(&str, u64) + Send + Sync {
    let told = Mutex::new(Instant::now());
    move |table, rows| {
        let Ok(mut told) = told.lock() else { return };
        if told.elapsed() > Duration::from_secs(1) {
            *told = Instant::now();
            say::err(&format!("{doing} {table}: {rows} rows …"));
        }
    }
}

fn summary(manifest: &Manifest) {
    for table in &manifest.tables {
        say::out(&format!("{:>10}  {}", table.rows, table.name));
    }
    let secrets = manifest.secrets.as_ref().map_or("left out".to_owned(), |s| format!("{} sealed", s.count));
    say::out(&format!("credentials {secrets}"));
    say::out(&format!("digest      {}", manifest.digest));
}

async fn find(house: &House, name: &str) -> Result<TenantRecord, Fault> {
    tenants::find(house, name).await?.ok_or_else(|| Fault::words(format!("there is no tenant {name}")))
}

/// `vestibule tenant export`.
pub async fn export(config: &Config, name: &str, file: &Path, secrets: &Secrets) -> Result<(), Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let passphrase = secrets.passphrase()?;
    if passphrase.is_none() && !secrets.without_secrets {
        return Err(Fault::words(format!(
            "say what to do with credentials: give --passphrase-file FILE (or {PASSPHRASE}), or --without-secrets"
        )));
    }
    if passphrase.as_ref().is_some_and(|p| secrecy::ExposeSecret::expose_secret(p).chars().count() < SHORTEST)
    {
        return Err(Fault::words(format!("the passphrase must have {SHORTEST} characters or more")));
    }
    let house = build::house(config, public_url(config)).await?;
    let tenant = find(&house, name).await?;
    let actor = Actor::System("command line");
    let mint = Mint::strike();
    let scope = mint.tenant(tenant.id, actor);
    let part = file.with_extension("part");
    if file.exists() {
        return Err(Fault::words(format!("{} exists already; give another name", file.display())));
    }
    drop(std::fs::remove_file(&part));
    let open = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let made = archive::export(&house, &scope, open, passphrase, &teller("reading")).await;
    let manifest = match made {
        Ok(manifest) => manifest,
        Err(error) => {
            drop(std::fs::remove_file(&part));
            return Err(fault(error));
        }
    };
    std::fs::rename(&part, file)?;
    archive::note_export(&house, &mint.platform(actor), &manifest).await?;
    summary(&manifest);
    say::err(&format!(
        "{} holds conversations in plain text: keep it as you would keep them.",
        file.display()
    ));
    Ok(())
}

/// `vestibule tenant import`.
pub async fn import(
    config: &Config,
    file: &Path,
    as_slug: Option<String>,
    release: bool,
    secrets: &Secrets,
) -> Result<(), Fault> {
    let passphrase = secrets.passphrase()?;
    let house = build::house(config, public_url(config)).await?;
    let mint = Mint::strike();
    let platform = mint.platform(Actor::System("command line"));
    let wanted = Wanted { as_slug, passphrase, without_secrets: secrets.without_secrets, release };
    let taken = archive::import(&house, &mint, &platform, file, wanted, &teller("writing")).await;
    let taken = taken.map_err(fault)?;
    say::out(&format!("tenant      {} ({})", taken.slug, taken.manifest.tenant));
    summary(&taken.manifest);
    if taken.without_secrets {
        say::err("Credentials are to be entered again: connections, and the secrets of endpoints.");
    }
    if !taken.without_password.is_empty() {
        say::err(&format!(
            "{} of its people have no password here yet: they ask for one at {}/forgot, or you give links.",
            taken.without_password.len(),
            house.settings.public_url
        ));
    }
    if !release {
        say::err(&format!(
            "What was owed waits, so that two servers do not do it twice. When the other server has stopped serving this \
             tenant: vestibule tenant release {}",
            taken.slug
        ));
    }
    Ok(())
}

/// `vestibule tenant release`.
pub async fn release(config: &Config, name: &str) -> Result<(), Fault> {
    let house = build::house(config, public_url(config)).await?;
    let tenant = find(&house, name).await?;
    let scope = Mint::strike().tenant(tenant.id, Actor::System("command line"));
    let released = archive::release(&house, &scope).await?;
    say::out(&format!("{} jobs and {} connections go on.", released.jobs, released.connections));
    Ok(())
}

/// `vestibule tenant erase`.
pub async fn erase(config: &Config, name: &str, confirm: &str) -> Result<(), Fault> {
    let house = build::house(config, public_url(config)).await?;
    let mint = Mint::strike();
    let platform = mint.platform(Actor::System("command line"));
    let begun = tenants::ask_to_erase(&house, &platform, name, confirm).await?;
    let receipt = tenants::erase(&house, &mint, begun.tenant, &teller("deleting")).await?;
    let text = serde_json::to_string_pretty(&receipt).map_err(|e| Fault::words(e.to_string()))?;
    say::out(&text);
    say::err(
        "This receipt is kept, and whoever has it can check it against /.well-known/jwks.json of this server.",
    );
    Ok(())
}

/// `vestibule archive verify`. Needs neither data nor configuration.
pub async fn verify(file: &Path, secrets: &Secrets) -> Result<(), Fault> {
    let verified = archive::verify(file, secrets.passphrase()?).await.map_err(fault)?;
    let manifest = &verified.manifest;
    say::out(&format!("tenant      {} ({})", manifest.slug, manifest.tenant));
    summary(manifest);
    for left in &manifest.left_out {
        say::out(&format!("not in it   {}: {}", left.what, left.why));
    }
    if manifest.secrets.is_some() && !verified.secrets_opened {
        say::err("Its credentials were not looked at: that needs the passphrase.");
    }
    say::out("The archive is whole.");
    Ok(())
}
