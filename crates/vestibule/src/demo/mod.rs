//! The demo: five businesses with ninety days of calls, an exchange that plays Retell and a receiver that plays
//! n8n. No account and no network: everything stays on this machine, and every event and delivery is really
//! signed and really verified.

mod analysis;
mod calendar;
mod callers;
mod cast;
mod event;
mod exchange;
mod furnish;
mod history;
mod names;
mod note;
mod password;
mod receiver;
mod scene;
mod script;
mod seed;
mod teller;
#[cfg(test)]
mod tests;

use exchange::{Exchange, Line, Opening};
use furnish::SCHEDULE_MS;
use receiver::Receiver;
use std::path::Path;
use std::sync::Arc;
use teller::Teller;
use tokio_util::sync::CancellationToken;
use vestibule_access::Mint;
use vestibule_domain::House;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A room said no.
    #[error("{0}")]
    Room(#[from] vestibule_domain::Error),
    /// The database.
    #[error("{0}")]
    Store(#[from] vestibule_store::StoreError),
    /// The system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// In words.
    #[error("{0}")]
    Words(String),
}

/// Whoever puts things in place.
pub struct Seeder<'a> {
    /// The rooms.
    pub house: &'a Arc<House>,
    /// Makes scopes.
    pub mint: &'a Mint,
    /// The server.
    pub url: &'a str,
    /// Where `demo.json` is.
    pub dir: &'a Path,
    /// Where deliveries go.
    pub receiver: &'a Receiver,
}

/// Starts the demo: opens the receiver, puts the businesses in place (the first time with their history, which
/// takes seconds), writes `DIR/demo.json`, and goes on sending calls to `url` until `stop`. Idempotent by `dir`:
/// another start uses the same passwords, keys and data again.
///
/// # Errors
/// When the receiver cannot listen, the data cannot be written, or `demo.json` is damaged.
pub async fn start(
    house: Arc<House>,
    mint: &Mint,
    url: &str,
    dir: &Path,
    stop: CancellationToken,
) -> Result<(), DemoError> {
    let receiver = Receiver::open(house.world.clone(), stop.clone()).await?;
    let url = url.trim_end_matches('/');
    let seeder = Seeder { house: &house, mint, url, dir, receiver: &receiver };
    let (placed, is_new) = seeder.place().await?;
    let opening = match placed.first() {
        _ if is_new => Opening::Full,
        Some(first) => Opening::Short { wants_dead_letter: !seeder.has_dead_letter(first).await? },
        None => Opening::Short { wants_dead_letter: false },
    };
    let mut lines = Vec::new();
    for one in &placed {
        let seed = u64::from_le_bytes(house.world.random());
        lines.push(Line {
            teller: Teller::new(one.business, &one.tenant.retell.agent_id, seed).map_err(DemoError::Words)?,
            hook_url: one.tenant.retell.hook_url.clone(),
            api_key: one.tenant.retell.api_key.clone(),
        });
    }
    let stubborn = u32::try_from(SCHEDULE_MS.len()).unwrap_or(u32::MAX);
    Exchange { world: house.world.clone(), lines, receiver, stubborn }.open(opening, stop)?;
    tracing::info!(tenants = placed.len(), has_new_history = is_new, "the demo is in place");
    Ok(())
}
