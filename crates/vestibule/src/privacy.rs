//! `vestibule unmute` and `vestibule privacy`: what only whoever operates the server says.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands, place, world};
use std::path::Path;
use vestibule_access::{Actor, Mint};
use vestibule_domain::instance::{self, Choice, Why};
use vestibule_domain::privacy;

/// What is to become of what is owed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum OwedChoice {
    /// It is sent.
    Send,
    /// It is dropped: deliveries become dead letters, which can be tried again by hand.
    Drop,
}

/// Unmutes, or says what is owed and what can be chosen.
pub async fn unmute(config: &Config, owed: Option<OwedChoice>, older_hours: i64) -> Result<(), Fault> {
    let house = build::house(config, commands::public_url(config)).await?;
    let mint = Mint::strike();
    let scope = mint.platform(Actor::System("command line"));
    let known = instance::refresh(&house).await?;
    let Some((muted_at, why)) = known.and_then(|known| known.muted_at.map(|at| (at, known.muted_why))) else {
        say::out("This installation is not muted.");
        return Ok(());
    };
    let Some(choice) = owed else {
        let why = why.as_deref().and_then(|code| Why::ALL.into_iter().find(|why| why.as_str() == code));
        say::out(&format!("muted since {}: {}", muted_at.rfc3339(), why.map_or("", Why::words)));
        let found = instance::owed(&house, &mint, &scope, muted_at).await?;
        say::out(&format!(
            "owed        {} deliveries, {} texts, {} mails; {} of them from before",
            found.deliveries, found.texts, found.mails, found.before
        ));
        if let Some(oldest) = found.oldest_at {
            say::out(&format!("oldest      {}", oldest.rfc3339()));
        }
        say::err(
            "Is this the one server that is to work with this data? If another one still runs with it, leave this one muted.\n\
             If you changed server.public_url on purpose: `vestibule unmute --owed send`.\n\
             After a restore, what is owed may have been sent already: `vestibule unmute --owed drop` makes dead letters of \
             what was owed before, which can be tried again one by one; `--older-than HOURS` drops only what is older.",
        );
        return Ok(());
    };
    let choice = match choice {
        OwedChoice::Send => Choice::Send,
        OwedChoice::Drop => Choice::Drop { older_ms: older_hours.saturating_mul(3_600_000) },
    };
    let from = place::fingerprint(config, &world::real())?;
    let dropped = instance::unmute(&house, &mint, &scope, choice, Some(from)).await?;
    say::out(&format!("No longer muted. Dropped: {dropped}. A server that runs goes on within seconds."));
    Ok(())
}

/// Checks a receipt against the keys of this server.
pub async fn verify_receipt(config: &Config, file: &Path) -> Result<(), Fault> {
    let text =
        std::fs::read(file).map_err(|e| Fault::words(format!("cannot read {}: {e}", file.display())))?;
    let receipt: serde_json::Value =
        serde_json::from_slice(&text).map_err(|e| Fault::words(format!("not a receipt: {e}")))?;
    let house = build::house(config, commands::public_url(config)).await?;
    if !privacy::is_genuine(&house, &receipt).await? {
        return Err(Fault::words("this receipt is not ours, or was changed after it was given"));
    }
    say::out(&format!("genuine     {}", receipt["id"].as_str().unwrap_or_default()));
    say::out(&format!("erased at   {}", receipt["erased_at"].as_str().unwrap_or_default()));
    say::out(&format!(
        "backups     until {}",
        receipt["horizon"]["backups_until"].as_str().unwrap_or_default()
    ));
    Ok(())
}
