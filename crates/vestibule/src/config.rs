//! Configuration: the compiled-in defaults, a file, the environment, in this order.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The defaults, with their comments.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and how it is reached.
    pub server: Server,
    /// TLS of our own doors.
    pub tls: Tls,
    /// How often one may ask.
    pub limits: Limits,
    /// Where files are kept.
    pub data: Data,
    /// Which database.
    pub database: Database,
    /// Keys.
    pub security: Security,
    /// How deliveries are made.
    pub delivery: Delivery,
    /// When calls are final.
    pub calls: Calls,
    /// The providers' own interfaces.
    pub providers: Providers,
    /// How long things are kept.
    pub retention: Retention,
    /// How mail is sent.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// Whether this is the demo. Not in the file: `--demo` says so.
    #[serde(skip)]
    pub is_demo: bool,
}

/// `[server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where it listens.
    pub listen: String,
    /// How it is reached.
    pub public_url: String,
    /// The most connections at a time.
    pub max_connections: usize,
    /// The addresses of proxies that are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The header in which they say for whom they ask.
    pub forwarded_header: String,
}

/// `[limits]`: requests a minute, 0 for none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A person's.
    pub person_per_minute: u32,
    /// A person's browser's reading.
    pub pages_per_minute: u32,
    /// A key's.
    pub key_per_minute: u32,
    /// Of an address, unproved.
    pub address_per_minute: u32,
    /// At a connection, unproved.
    pub connection_per_minute: u32,
}

/// `[tls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// off, files or acme.
    pub mode: String,
    /// The certificate chain, PEM.
    pub cert_file: String,
    /// Its key, PEM.
    pub key_file: String,
    /// The names of the certificate.
    pub acme_domains: Vec<String>,
    /// Whom the authority may write to.
    pub acme_contact: String,
    /// The authority's directory.
    pub acme_directory: String,
    /// Roots of the authority's own certificate, where it is not a public one.
    pub acme_root_file: String,
    /// Where plain HTTP is led to https.
    pub redirect_listen: String,
}

/// `[data]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The data directory.
    pub dir: PathBuf,
    /// Where tombstones are kept; empty: in the data directory.
    pub tombstones_dir: PathBuf,
}

/// `[database]`. The addresses hold passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The application's address; empty for SQLite.
    pub url: SecretString,
    /// The owner's address.
    pub admin_url: SecretString,
    /// The most connections.
    pub connections: u32,
}

/// `[security]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// The key-encryption key, base64.
    pub encryption_key: SecretString,
    /// A file that holds it.
    pub encryption_key_file: String,
    /// Keys that still open what they wrapped.
    pub previous_encryption_keys: Vec<SecretString>,
    /// Files that hold such keys.
    pub previous_encryption_key_files: Vec<String>,
}

/// `[delivery]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Seconds after the attempt before.
    pub schedule_seconds: Vec<f64>,
    /// Seconds one attempt may take.
    pub timeout_seconds: u64,
    /// Hours deliveries may be parked.
    pub park_hours: i64,
    /// Ranges that are allowed although private.
    pub allow_cidrs: Vec<ipnet::IpNet>,
}

/// `[calls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Seconds after its end.
    pub finalise_after_seconds: i64,
    /// Minutes after its beginning.
    pub reap_after_minutes: i64,
}

/// `[providers]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Providers {
    /// Where Retell's interface is.
    pub retell_url: String,
    /// Where Vapi's interface is.
    pub vapi_url: String,
    /// Where Twilio's interface is.
    pub twilio_url: String,
    /// Where Resend's interface is.
    pub resend_url: String,
    /// Minutes between two comparisons of a connection's calls.
    pub reconcile_every_minutes: f64,
    /// Seconds for which an event may be on its way.
    pub reconcile_grace_seconds: i64,
}

/// `[retention]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days for which raw events are kept.
    pub raw_events_days: i64,
    /// Days after its deletion before a tenant can be erased.
    pub tenant_grace_days: i64,
    /// Days for which what was said in calls is kept; nought: until it is erased.
    pub transcripts_days: i64,
    /// Days for which recordings are kept; nought: until they are erased.
    pub recordings_days: i64,
    /// Days for which whoever operates the server keeps backups.
    pub backup_days: i64,
}

/// `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// resend, smtp, file, or empty.
    pub transport: String,
    /// Who it is from.
    pub from: String,
    /// Resend's key.
    pub resend_api_key: SecretString,
    /// The SMTP server's address, which holds a password.
    pub smtp_url: SecretString,
}

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// text or json.
    pub format: String,
    /// A filter.
    pub level: String,
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Text that is not TOML, a key that does not exist, a value of the wrong type.
    #[error("{0}")]
    Text(String),
}

/// Names of the environment that the sources use, and what they mean here.
const ALIASES: &[(&str, &str, &str)] = &[
    ("ENCRYPTION_KEY", "security", "encryption_key"),
    ("DATABASE_URL", "database", "url"),
    ("RETELL_WEBHOOK_BASE_URL", "server", "public_url"),
    ("BASE_WEBHOOK_URL", "server", "public_url"),
    ("RESEND_API_KEY", "mail", "resend_api_key"),
    ("RESEND_FROM_EMAIL", "mail", "from"),
];

/// Reads the configuration.
///
/// # Errors
/// [`ConfigFault`], with the name of what is wrong.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigFault> {
    let text = |e: toml::de::Error| ConfigFault::Text(e.to_string().trim().to_owned());
    let mut table: Table = DEFAULTS.parse().map_err(text)?;
    if let Some(path) = file {
        let content = std::fs::read_to_string(path).map_err(|e| ConfigFault::File(path.to_owned(), e))?;
        let given: Table =
            content.parse().map_err(|e| ConfigFault::Text(format!("{}: {}", path.display(), text(e))))?;
        merge(&mut table, given);
    }
    let environment: Vec<(String, String)> = environment.collect();
    for (name, section, key) in ALIASES {
        if let Some((_, value)) = environment.iter().find(|(n, v)| n == name && !v.is_empty()) {
            set(&mut table, section, key, value, name)?;
        }
    }
    for (name, value) in &environment {
        let Some(path) = name.strip_prefix("VESTIBULE__") else { continue };
        let (section, key) = path
            .split_once("__")
            .ok_or_else(|| ConfigFault::Text(format!("{name}: write VESTIBULE__SECTION__KEY")))?;
        set(&mut table, &section.to_lowercase(), &key.to_lowercase(), value, name)?;
    }
    Value::Table(table).try_into().map_err(text)
}

fn merge(into: &mut Table, given: Table) {
    for (key, value) in given {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(more)) => merge(inner, more),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// Sets a key from the environment, as the type that its default has.
fn set(table: &mut Table, section: &str, key: &str, text: &str, name: &str) -> Result<(), ConfigFault> {
    let fault = |why: &str| ConfigFault::Text(format!("{name}: {why}"));
    let keys = table
        .get_mut(section)
        .and_then(Value::as_table_mut)
        .ok_or_else(|| fault("there is no such section"))?;
    let before = keys.get(key).ok_or_else(|| fault("there is no such key"))?;
    let value = match before {
        Value::String(_) => Value::String(text.to_owned()),
        _ => {
            let wrapped: Table =
                format!("value = {text}").parse().map_err(|_| fault("not a value of the right type"))?;
            wrapped.get("value").cloned().ok_or_else(|| fault("not a value"))?
        }
    };
    keys.insert(key.to_owned(), value);
    Ok(())
}

impl Config {
    /// Whether the data is in PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        !self.database.url.expose_secret().is_empty()
    }

    /// The SQLite file.
    #[must_use]
    pub fn sqlite_path(&self) -> PathBuf {
        self.data.dir.join("vestibule.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(env: &[(&str, &str)]) -> Result<Config, ConfigFault> {
        load(None, env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_defaults_are_complete() {
        let config = with(&[]).unwrap();
        assert!(!config.is_postgres());
        assert_eq!(config.delivery.schedule_seconds.len(), 5);
    }

    #[test]
    fn the_environment_overrides_and_unknown_keys_refuse() {
        let config = with(&[
            ("VESTIBULE__DELIVERY__ALLOW_CIDRS", "[\"127.0.0.0/8\"]"),
            ("VESTIBULE__DATABASE__CONNECTIONS", "8"),
            ("DATABASE_URL", "postgres://x"),
        ])
        .unwrap();
        assert_eq!((config.delivery.allow_cidrs.len(), config.database.connections), (1, 8));
        assert!(config.is_postgres());
        assert!(!format!("{config:?}").contains("postgres://x"), "an address holds a password");
        for bad in ["VESTIBULE__SERVER__PORT", "VESTIBULE__NOPE__X", "VESTIBULE__X"] {
            assert!(with(&[(bad, "1")]).unwrap_err().to_string().contains(bad));
        }
        assert!(with(&[("VESTIBULE__DATABASE__CONNECTIONS", "many")]).is_err());
    }
}
