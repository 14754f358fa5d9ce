//! Building the house from the configuration.

use crate::config::Config;
use crate::say::Fault;
use crate::world;
use secrecy::ExposeSecret;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::{House, Outside, Seals, Settings};
use vestibule_model::World;
use vestibule_providers::n8n::{N8nClient, N8nCourier, SsrfGuard};
use vestibule_providers::recordings::RecordingFetcher;
use vestibule_store::{Db, DbConfig};
use vestibule_vault::{Kek, is_printed_secret};

/// How long one exchange with a provider's own interface may take.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the generated key-encryption key is kept.
pub fn key_file(config: &Config) -> PathBuf {
    config.data.dir.join("encryption.key")
}

/// Makes the data directory, for its owner's eyes only.
pub fn make_dir(dir: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::DirBuilderExt;
    if !dir.exists() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| {
            Fault::words(format!(
                "cannot make the data directory {}: {e}. Choose another with --data-dir.",
                dir.display()
            ))
        })?;
    }
    Ok(())
}

/// The key-encryption key: given, or generated once beside a SQLite database.
pub fn kek(config: &Config, world: &World) -> Result<Kek, Fault> {
    let given = config.security.encryption_key.expose_secret().trim().to_owned();
    let from_file = if config.security.encryption_key_file.is_empty() {
        String::new()
    } else {
        std::fs::read_to_string(&config.security.encryption_key_file)
            .map_err(|e| Fault::words(format!("cannot read security.encryption_key_file: {e}")))?
            .trim()
            .to_owned()
    };
    let text = if given.is_empty() { from_file } else { given };
    if !text.is_empty() {
        if is_printed_secret(&text) {
            return Err(Fault::words(
                "this encryption key is printed in a public document: make your own with `openssl rand -base64 32`",
            ));
        }
        return Kek::from_base64(&text).map_err(|_| {
            Fault::words("the encryption key must be base64 of 32 bytes: `openssl rand -base64 32`")
        });
    }
    if config.is_postgres() {
        return Err(Fault::words(
            "with PostgreSQL an encryption key must be given: set ENCRYPTION_KEY to the output of `openssl rand -base64 32`",
        ));
    }
    let path = key_file(config);
    if path.exists() {
        let text = std::fs::read_to_string(&path)?;
        return Kek::from_base64(text.trim())
            .map_err(|_| Fault::words(format!("{} does not hold a key", path.display())));
    }
    if config.sqlite_path().exists() {
        return Err(Fault::words(format!(
            "{} is missing, and without it what is sealed in the database cannot be read: put it back, or set ENCRYPTION_KEY",
            path.display()
        )));
    }
    let kek = Kek::generate(&*world.entropy);
    write_secret(&path, kek.to_base64().as_bytes())?;
    Ok(kek)
}

/// Writes a file that only its owner reads, whole or not at all.
pub fn write_secret(path: &Path, content: &[u8]) -> Result<(), Fault> {
    let part = path.with_extension("part");
    drop(std::fs::remove_file(&part));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    Ok(())
}

/// Where the data is.
pub fn db_config(config: &Config) -> DbConfig {
    if config.is_postgres() {
        DbConfig::Postgres {
            url: config.database.url.expose_secret().to_owned(),
            connections: config.database.connections,
        }
    } else {
        DbConfig::Sqlite { path: config.sqlite_path() }
    }
}

/// The settings that rooms read.
pub fn settings(config: &Config, public_url: String) -> Settings {
    #[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates")]
    let millis = |seconds: &f64| (seconds * 1000.0).round() as i64;
    Settings {
        public_url,
        finalise_after_ms: config.calls.finalise_after_seconds.saturating_mul(1000),
        reap_after_ms: config.calls.reap_after_minutes.saturating_mul(60_000),
        schedule_ms: config.delivery.schedule_seconds.iter().map(millis).collect(),
        attempt_timeout_ms: config.delivery.timeout_seconds.saturating_mul(1000),
        park_for_ms: config.delivery.park_hours.saturating_mul(3_600_000),
        allow_plain_http: !config.delivery.allow_cidrs.is_empty(),
        ..Settings::default()
    }
}

/// Who fetches recordings: where deliveries may go, recordings may come from.
pub fn recordings(config: &Config) -> Result<Arc<RecordingFetcher>, Fault> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let guard = SsrfGuard::new(config.delivery.allow_cidrs.clone());
    let fetcher = RecordingFetcher::new(guard, vestibule_providers::twilio::BASE);
    Ok(Arc::new(fetcher.map_err(|e| Fault::words(format!("the HTTP client cannot be built: {e}")))?))
}

/// Builds the house: opens the data, unseals, and knows the outside.
pub async fn house(config: &Config, public_url: String) -> Result<Arc<House>, Fault> {
    // The second time is not an error: a program has one provider of cryptography.
    drop(rustls::crypto::ring::default_provider().install_default());
    make_dir(&config.data.dir)?;
    let world = world::real();
    let kek = kek(config, &world)?;
    let db = Db::open(&db_config(config), world.clone()).await?;
    let guard = SsrfGuard::new(config.delivery.allow_cidrs.clone());
    let unbuilt = |e| Fault::words(format!("the HTTP client cannot be built: {e}"));
    let courier = N8nCourier::new(guard.clone()).map_err(unbuilt)?;
    let engine = N8nClient::new(guard).map_err(unbuilt)?;
    let seals = Seals::new(kek, world);
    let accounts = vestibule_providers::call_accounts(ACCOUNT_TIMEOUT).map_err(unbuilt)?;
    let outside = Outside {
        providers: vestibule_providers::call_webhooks(),
        accounts,
        courier: Arc::new(courier),
        engine: Arc::new(engine),
    };
    Ok(House::build(db, seals, settings(config, public_url), outside))
}
