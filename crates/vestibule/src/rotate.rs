//! `vestibule keys`: the key-encryption keys, how many data keys each wraps, and exchanging them.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands, key_files};
use clap::Subcommand;
use vestibule_access::{Actor, Mint};
use vestibule_domain::{House, KekCount, kek_counts, rewrap_all};

/// What can be done with the key-encryption keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Say how many data keys each encryption key wraps.
    Status,
    /// Wrap all data keys anew under the current encryption key, while the server runs.
    ///
    /// Give the new key as the current one and the old among security.previous_encryption_keys first, and restart the nodes
    /// one by one; docs/ops/keys.md has the steps. Safe to interrupt and to repeat.
    Rotate {
        /// With the key that is generated beside SQLite: make a new one, wrap everything under it, and take the old one away.
        #[arg(long)]
        generate: bool,
    },
}

/// Runs a command.
pub async fn run(config: &Config, command: &KeysCommand) -> Result<(), Fault> {
    match command {
        KeysCommand::Status => status(config).await,
        KeysCommand::Rotate { generate } => rotate(config, *generate).await,
    }
}

async fn status(config: &Config) -> Result<(), Fault> {
    let house = build::house(config, commands::public_url(config)).await?;
    let mut lost = 0;
    for count in kek_counts(&house).await? {
        let what = match (count.is_current, count.is_known) {
            (true, _) => "current",
            (_, true) => "previous, still needed",
            _ => "NOT GIVEN",
        };
        lost += if count.is_known { 0 } else { count.data_keys };
        say::out(&format!("{:08x}  {:>6} data keys  {what}", count.id, count.data_keys));
    }
    let ring = house.seals.ring();
    let counts = kek_counts(&house).await?;
    for id in ring.others().filter(|id| counts.iter().all(|count| count.id != *id)) {
        say::out(&format!("{id:08x}  {:>6} data keys  previous, can be taken away", 0));
    }
    if lost == 0 {
        Ok(())
    } else {
        Err(Fault::words(format!(
            "{lost} data keys do not open: put their key among security.previous_encryption_keys"
        )))
    }
}

async fn rotate(config: &Config, generate: bool) -> Result<(), Fault> {
    if generate {
        build::make_dir(&config.data.dir)?;
        // The key that there is, or the first one.
        key_files::ring(config, &crate::world::real())?;
        key_files::begin_rotation(config, &crate::world::real())?;
    }
    let house = build::house(config, commands::public_url(config)).await?;
    let scope = Mint::strike().platform(Actor::System("command line"));
    let done =
        rewrap_all(&house, &scope, |done| say::err(&format!("{done} data keys wrapped anew …"))).await?;
    let id = house.seals.ring().id();
    say::out(&format!("{done} data keys wrapped anew; all of them are under key {id:08x} now."));
    if key_files::previous_generated(config).is_some() {
        end(config, &house).await?;
        say::err(
            "The old key is gone from here. Backups made before need the copy of it that is kept with them.",
        );
    } else if house.seals.ring().others().next().is_some() {
        say::err(
            "When every node runs with the new key as its current one, the previous can be taken out of the configuration.",
        );
    }
    Ok(())
}

/// Takes the old generated key away, unless something was wrapped with it meanwhile.
async fn end(config: &Config, house: &House) -> Result<(), Fault> {
    let left =
        |counts: Vec<KekCount>| counts.iter().filter(|c| !c.is_current).map(|c| c.data_keys).sum::<i64>();
    // Counted while nobody else writes: who wraps a key later reads the new one.
    let left = left(vestibule_domain::kek_counts_alone(house).await?);
    if left > 0 {
        return Err(Fault::words(format!("{left} data keys were made meanwhile: run this again")));
    }
    key_files::end_rotation(config)
}

/// A line for `doctor`.
pub async fn described(house: &House) -> Result<String, String> {
    let counts = kek_counts(house).await.map_err(|e| e.to_string())?;
    let lost: i64 = counts.iter().filter(|c| !c.is_known).map(|c| c.data_keys).sum();
    let old: i64 = counts.iter().filter(|c| c.is_known && !c.is_current).map(|c| c.data_keys).sum();
    match (lost, old) {
        (0, 0) => Ok("all under the current key".into()),
        (0, old) => Ok(format!("{old} still under a previous key: run `vestibule keys rotate`")),
        (lost, _) => Err(format!("{lost} under a key that is not given; `vestibule keys status` names it")),
    }
}
