//! Ninety days of calls, through the same inbox as real events. Idempotent: the same seed and the same end
//! make the same events, and the inbox knows them again.

use super::DemoError;
use super::calendar::moments;
use super::cast::Business;
use super::event::Event;
use super::teller::{Teller, seed_of};
use fastrand::Rng;
use futures::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use vestibule_access::TenantScope;
use vestibule_domain::inbox;
use vestibule_domain::{Error, House};
use vestibule_model::{ConnectionId, UnixMs};
use vestibule_ports::Inbound;
use vestibule_store::StoreError;
use vestibule_store::queue::Folder;

/// How far back it goes.
const DAYS: u32 = 90;
/// How many events of a business are on their way to the inbox at once: it batches what waits, but not more than
/// it can promise to keep soon.
const AT_ONCE: usize = 6;

/// An event of the past.
pub struct Past {
    /// When it was sent.
    pub at: UnixMs,
    /// Its body.
    pub body: Vec<u8>,
}

/// The events of a business before an instant, oldest call first. Most calls need one event, which tells
/// everything; every twelfth has all three.
///
/// # Errors
/// A script that cannot be read.
pub fn events(business: &'static Business, agent: &str, until: UnixMs) -> Result<Vec<Past>, String> {
    let mut rng = Rng::with_seed(seed_of(business) ^ 1);
    let mut teller = Teller::new(business, agent, seed_of(business) ^ 2)?;
    let mut events = Vec::new();
    for (number, at) in moments(business.trade, business.calls, DAYS, until, &mut rng).into_iter().enumerate()
    {
        let told = teller.call(at, None);
        let over = told.ended_at();
        let mut tell = |event, at: UnixMs| events.push(Past { at, body: told.body(event, at, false) });
        if number % 12 == 0 {
            if told.scene.is_connected() {
                tell(Event::Started, at.plus_ms(35));
            }
            tell(Event::Ended, over.plus_ms(300));
        }
        tell(Event::Analyzed, over.plus_ms(rng.i64(2_500..8_000)));
    }
    Ok(events)
}

/// Gives events to the inbox.
///
/// # Errors
/// The inbox's, but for being full: then we wait.
pub async fn feed(
    house: &Arc<House>,
    scope: TenantScope,
    connection: ConnectionId,
    events: Vec<Past>,
) -> Result<(), DemoError> {
    let provider = house.provider("retell").ok_or_else(|| DemoError::Words("there is no retell".into()))?;
    stream::iter(events)
        .map(|past| async move {
            let address = provider.address(&Inbound::unsigned(&past.body, past.at));
            let received_at = past.at.plus_ms(180);
            loop {
                let done =
                    inbox::accept(house, scope, connection, &**provider, &address, &past.body, received_at);
                match done.await {
                    Ok(_) => return Ok::<(), DemoError>(()),
                    Err(Error::Store(StoreError::Busy)) => {
                        tokio::time::sleep(Duration::from_millis(100)).await
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Waits until everything in the inbox has become calls; helps the workers, or does without them.
///
/// # Errors
/// The database's, or when it takes more than five minutes.
pub async fn digest(house: &Arc<House>, folder: &Folder, scopes: &[TenantScope]) -> Result<(), DemoError> {
    let began = house.world.now();
    for scope in scopes {
        loop {
            folder.drain().await?;
            let mut tx = house.db.read_in(scope).await?;
            let pending = inbox::list(&mut tx.tenant(scope).await?, Some("pending"), None, 1).await?;
            drop(tx);
            if pending.items.is_empty() {
                break;
            }
            if house.world.now().since(began) > 300_000 {
                return Err(DemoError::Words("the history was not processed within five minutes".into()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}
