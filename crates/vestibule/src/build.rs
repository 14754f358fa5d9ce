//! Building the house from the configuration.

use crate::config::Config;
use crate::key_files;
use crate::say::Fault;
use crate::{place, world};
use secrecy::ExposeSecret;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};
use vestibule_domain::{House, Outside, Seals, Settings};
use vestibule_http::{ForwardedBy, LimitSettings, Proxies};
use vestibule_providers::Places;
use vestibule_providers::file::FileTombstones;
use vestibule_providers::n8n::{N8nClient, N8nCourier, SsrfGuard};
use vestibule_providers::recordings::RecordingFetcher;
use vestibule_store::{Db, DbConfig};

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
        reconcile_every_ms: millis(&(config.providers.reconcile_every_minutes * 60.0)).max(1_000),
        reconcile_grace_ms: config.providers.reconcile_grace_seconds.max(0).saturating_mul(1000),
        raw_events_days: config.retention.raw_events_days,
        tenant_grace_ms: config.retention.tenant_grace_days.saturating_mul(24 * 3_600_000),
        transcripts_days: Some(config.retention.transcripts_days).filter(|days| *days > 0),
        recordings_days: Some(config.retention.recordings_days).filter(|days| *days > 0),
        backup_days: config.retention.backup_days,
        park_for_ms: config.delivery.park_hours.saturating_mul(3_600_000),
        allow_plain_http: !config.delivery.allow_cidrs.is_empty(),
        mail_from: config.mail.from.trim().to_owned(),
        ..Settings::default()
    }
}

/// How often one may ask.
pub fn limits(config: &Config) -> LimitSettings {
    let given = &config.limits;
    LimitSettings {
        person_per_minute: given.person_per_minute,
        pages_per_minute: given.pages_per_minute,
        key_per_minute: given.key_per_minute,
        address_per_minute: given.address_per_minute,
        connection_per_minute: given.connection_per_minute,
    }
}

/// Which proxies are believed, and in what they say.
pub fn proxies(config: &Config) -> Result<Proxies, Fault> {
    let by = ForwardedBy::parse(&config.server.forwarded_header)
        .ok_or_else(|| Fault::words("server.forwarded_header is x-forwarded-for or forwarded"))?;
    Ok(Proxies { trusted: config.server.trusted_proxies.clone(), by })
}

/// Says what of the configuration cannot be so.
pub fn check(config: &Config) -> Result<(), Fault> {
    crate::printed::check(config)?;
    proxies(config)?;
    if !vestibule_domain::inbox::DAYS.contains(&config.retention.raw_events_days) {
        return Err(Fault::words("retention.raw_events_days is a number of days from 1 to 3650"));
    }
    if !(0..=3_650).contains(&config.retention.tenant_grace_days) {
        return Err(Fault::words("retention.tenant_grace_days is a number of days from 0 to 3650"));
    }
    crate::tls::mode(&config.tls)?;
    let kept =
        [config.retention.transcripts_days, config.retention.recordings_days, config.retention.backup_days];
    if kept.iter().any(|days| !(0..=3_650).contains(days)) {
        return Err(Fault::words(
            "retention.transcripts_days, recordings_days and backup_days are numbers of days from 0 to 3650",
        ));
    }
    if config.delivery.schedule_seconds.is_empty() {
        return Err(Fault::words("delivery.schedule_seconds needs at least one wait"));
    }
    Ok(())
}

/// Who fetches recordings: where deliveries may go, recordings may come from.
pub fn recordings(config: &Config) -> Result<Arc<RecordingFetcher>, Fault> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let guard = SsrfGuard::new(config.delivery.allow_cidrs.clone());
    let fetcher = RecordingFetcher::new(guard, vestibule_providers::twilio::BASE);
    Ok(Arc::new(fetcher.map_err(|e| Fault::words(format!("the HTTP client cannot be built: {e}")))?))
}

/// Where the providers' own interfaces are. Our keys go there: in the clear to this machine alone.
pub fn places(config: &Config) -> Result<Places, Fault> {
    let given = &config.providers;
    let place = |name: &str, text: &str| {
        let url = Url::parse(text).ok();
        let is_here = |url: &Url| match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let fits = |url: &Url| {
            (url.scheme() == "https" || (url.scheme() == "http" && is_here(url)))
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        };
        if url.as_ref().is_some_and(fits) {
            return Ok(text.trim_end_matches('/').to_owned());
        }
        Err(Fault::words(format!(
            "providers.{name} must be an https address, or an http address of this machine, without a query"
        )))
    };
    Ok(Places {
        retell: place("retell_url", &given.retell_url)?,
        vapi: place("vapi_url", &given.vapi_url)?,
        twilio: place("twilio_url", &given.twilio_url)?,
        resend: place("resend_url", &given.resend_url)?,
    })
}

/// Builds the house: opens the data, unseals, and knows the outside.
pub async fn house(config: &Config, public_url: String) -> Result<Arc<House>, Fault> {
    // The second time is not an error: a program has one provider of cryptography.
    drop(rustls::crypto::ring::default_provider().install_default());
    check(config)?;
    make_dir(&config.data.dir)?;
    let world = world::real();
    let (ring, source) = key_files::ring(config, &world)?;
    let db = Db::open(&db_config(config), world.clone()).await?;
    let guard = SsrfGuard::new(config.delivery.allow_cidrs.clone());
    let unbuilt = |e| Fault::words(format!("the HTTP client cannot be built: {e}"));
    let courier = N8nCourier::new(guard.clone()).map_err(unbuilt)?;
    let engine = N8nClient::new(guard).map_err(unbuilt)?;
    let seals = Seals::with_ring(ring, Some(source), world);
    let places = places(config)?;
    let accounts = vestibule_providers::call_accounts(&places, ACCOUNT_TIMEOUT).map_err(unbuilt)?;
    let texts = vestibule_providers::texts(&places).map_err(unbuilt)?;
    let outside = Outside {
        providers: vestibule_providers::call_webhooks(),
        accounts,
        texts,
        courier: Arc::new(courier),
        engine: Arc::new(engine),
        mailer: crate::mail::mailer(config)?,
        reach: vestibule_providers::interfaces(&places).map_err(unbuilt)?,
        tombstones: Arc::new(FileTombstones::new(place::tombstones_dir(config), place::writer(config))),
    };
    Ok(House::build(db, seals, settings(config, public_url), outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_out_in_the_clear_to_this_machine_alone() {
        let at = |url: &str| {
            let given = ("VESTIBULE__PROVIDERS__VAPI_URL".to_owned(), url.to_owned());
            places(&crate::config::load(None, std::iter::once(given)).unwrap()).map(|places| places.vapi)
        };
        for (given, read) in [
            ("https://api.vapi.ai", "https://api.vapi.ai"),
            ("https://api.vapi.ai/", "https://api.vapi.ai"),
            ("http://127.0.0.1:9", "http://127.0.0.1:9"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("http://localhost:9", "http://localhost:9"),
        ] {
            assert_eq!(at(given).ok().as_deref(), Some(read));
        }
        for bad in ["", "api.vapi.ai", "http://api.vapi.ai", "http://10.0.0.1", "ftp://localhost"] {
            assert!(at(bad).is_err(), "{bad}");
        }
        for bad in ["https://a:b@api.vapi.ai", "https://api.vapi.ai?x=1", "https://api.vapi.ai#x"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
