//! `vestibule key`: a tenant's API keys from the command line.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands};
use clap::Subcommand;
use secrecy::ExposeSecret;
use std::sync::Arc;
use vestibule_access::{Actor, Mint, Permission, TenantScope};
use vestibule_domain::keys::{self, KeyOrder, KeyRecord};
use vestibule_domain::{House, tenants};
use vestibule_model::{KeyId, UnixMs};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make an API key and print it.
    Add {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
        /// What people call the key.
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do, for example calls.read. When left out: everything but what concerns people, keys, the audit
        /// log, privacy and whole exports.
        #[arg(long, value_delimiter = ',')]
        scopes: Option<Vec<String>>,
        /// In how many days it ends; never when left out.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in_days: Option<i64>,
        /// How many requests a minute it may make; limits.key_per_minute when left out.
        #[arg(long, value_name = "N")]
        rate_per_minute: Option<i64>,
    },
    /// List a tenant's API keys, newest first: id, beginning, status, last use, name, scopes.
    List {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
    },
    /// Revoke an API key: it opens nothing from now on.
    Revoke {
        /// The tenant: its id, slug, or ref:….
        tenant: String,
        /// The key's id, as `vestibule key list` shows it.
        key: String,
    },
}

/// `vestibule key`.
pub async fn run(config: &Config, command: &KeyCommand) -> Result<(), Fault> {
    let house = build::house(config, commands::public_url(config)).await?;
    match command {
        KeyCommand::Add { tenant, name, scopes, expires_in_days, rate_per_minute } => {
            let now = house.world.now();
            let order = KeyOrder {
                name: name.clone(),
                scopes: scopes.clone(),
                expires_at: expires_in_days.map(|days| now.plus_ms(days.saturating_mul(24 * 3_600_000))),
                rate_per_minute: *rate_per_minute,
            };
            let made = keys::create(&house, &inside(&house, tenant).await?, Permission::ALL, &order).await?;
            say::out(made.key.expose_secret());
            say::err("This key is not shown again.");
        }
        KeyCommand::List { tenant } => {
            for key in keys::list(&house, &inside(&house, tenant).await?).await? {
                say::out(&line(&key, house.world.now()));
            }
        }
        KeyCommand::Revoke { tenant, key } => {
            let id: KeyId = key.parse().map_err(|_| Fault::words(format!("{key} is not a key’s id")))?;
            keys::revoke(&house, &inside(&house, tenant).await?, id).await?;
            say::out("Revoked.");
        }
    }
    Ok(())
}

async fn inside(house: &Arc<House>, tenant: &str) -> Result<TenantScope, Fault> {
    let found = tenants::find(house, tenant).await?;
    let found = found.ok_or_else(|| Fault::words(format!("there is no tenant {tenant}")))?;
    Ok(Mint::strike().tenant(found.id, Actor::System("command line")))
}

fn line(key: &KeyRecord, now: UnixMs) -> String {
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), UnixMs::rfc3339);
    let (status, scopes) = (key.status(now), key.scopes.join(","));
    format!("{}  {}…  {status:8}  {used:24}  {}  {scopes}", key.id, key.prefix, key.name)
}
