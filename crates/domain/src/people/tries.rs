//! Counting tries to sign in, strictly and in the database: a try is counted before it is looked at, so whoever sends many
//! at the same moment has no more of them. What is counted is a keyed hash of an address, whether or not anybody has it:
//! what is said, and the work behind it, is the same for both.

use crate::people::Visit;
use crate::{House, Kind, Refusal, Result};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::Tx;
use vestibule_store::directory::tries::{self, TriesRecord};

const MINUTE_MS: i64 = 60_000;

/// How many tries there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// So many.
    most: usize,
    /// In this time.
    window_ms: i64,
    /// Then none is looked at for this time, twice as long each time after.
    rest_ms: i64,
    /// And at most so long.
    longest_rest_ms: i64,
}

/// For one account, or what may be one.
pub(super) const ACCOUNT: Limit = Limit {
    most: 5,
    window_ms: 15 * MINUTE_MS,
    rest_ms: 15 * MINUTE_MS,
    longest_rest_ms: 24 * 60 * MINUTE_MS,
};

/// For one network: an office has many people behind one address, so it rests no longer each time.
pub(super) const NETWORK: Limit =
    Limit { most: 20, window_ms: 15 * MINUTE_MS, rest_ms: 15 * MINUTE_MS, longest_rest_ms: 15 * MINUTE_MS };

/// After so long without a lock, it is forgotten that there were any.
const FORGET_LOCKS_MS: i64 = 24 * 60 * MINUTE_MS;
/// After so long, nothing of a row counts any more: the longest rest, and then the time after which locks are forgotten.
const FORGET_MS: i64 = 3 * 24 * 60 * MINUTE_MS;

/// What becomes of one more try. Pure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is not looked at.
    Locked(UnixMs),
    /// It is looked at, and counts.
    Counted(TriesRecord),
}

pub(super) fn count(before: &TriesRecord, limit: Limit, now: UnixMs) -> Next {
    if let Some(until) = before.locked_until.filter(|until| *until > now) {
        return Next::Locked(until);
    }
    let mut after = before.clone();
    if before.locked_until.is_some_and(|until| now.since(until) >= FORGET_LOCKS_MS) {
        (after.locked_until, after.locks_count) = (None, 0);
    }
    // A rest is as long as the window: what led to the last lock is out of it by now.
    after.recent.retain(|at| now.since(*at) < limit.window_ms);
    after.recent.push(now);
    if after.recent.len() >= limit.most {
        let rest_ms = limit.rest_ms << after.locks_count.clamp(0, 10);
        after.locked_until = Some(now.plus_ms(rest_ms.min(limit.longest_rest_ms)));
        after.locks_count += 1;
    }
    Next::Counted(after)
}

/// A try that was counted.
#[derive(Debug, Clone)]
pub(super) struct Try {
    /// The account's keyed hash.
    pub(super) account: [u8; 32],
    network: Option<[u8; 32]>,
    at: UnixMs,
    /// Until when the account rests if this try was wrong, too.
    pub(super) locks_until: Option<UnixMs>,
}

impl Try {
    /// The account's hash in few letters, for the log.
    pub(super) fn account_name(&self) -> String {
        hex::encode(&self.account[..8])
    }

    /// The network's, likewise.
    pub(super) fn network_name(&self) -> Option<String> {
        self.network.map(|hash| hex::encode(&hash[..8]))
    }
}

/// The keyed hash under which the tries of an address are counted.
pub(super) async fn account_key(house: &House, tx: &mut Tx, email: &str) -> Result<[u8; 32]> {
    let key = house.seals.key(tx, TenantId::PLATFORM).await?;
    Ok(key.keyed_hash("sign-in account", email.trim().to_lowercase().as_bytes()))
}

/// Counts a try before it is looked at. Not idempotent: each call is a try. Nothing is counted when it is refused: who rests
/// cannot make others rest.
///
/// # Errors
/// `locked_out`, or the database's.
pub(super) async fn begin(house: &House, tx: &mut Tx, email: &str, visit: &Visit) -> Result<Try> {
    let at = house.world.now();
    let account = account_key(house, tx, email).await?;
    let key = house.seals.key(tx, TenantId::PLATFORM).await?;
    let network = visit.network().map(|network| key.keyed_hash("sign-in network", &network));
    // Always in this order: two tries never wait for each other in a circle.
    let locks_until = add(tx, account, ACCOUNT, at).await?;
    if let Some(network) = network {
        add(tx, network, NETWORK, at).await?;
    }
    Ok(Try { account, network, at, locks_until })
}

async fn add(tx: &mut Tx, key: [u8; 32], limit: Limit, now: UnixMs) -> Result<Option<UnixMs>> {
    let before = tries::hold(tx, key, now).await?;
    match count(&before, limit, now) {
        Next::Locked(until) => Err(locked_out(until, now).into()),
        Next::Counted(after) => {
            tries::keep(tx, key, &after, now).await?;
            Ok(after.locked_until.filter(|until| *until > now))
        }
    }
}

/// Takes a right try back: the account is as if nothing had been tried, the network as if this had not.
pub(super) async fn was_right(tx: &mut Tx, right: &Try) -> Result<()> {
    tries::forget(tx, right.account).await?;
    uncount_network(tx, right).await
}

/// Takes a try back that was neither wrong nor all that is asked for: earlier wrong ones stay counted.
pub(super) async fn take_back(tx: &mut Tx, counted: &Try) -> Result<()> {
    uncount(tx, counted.account, ACCOUNT, counted.at).await?;
    uncount_network(tx, counted).await
}

async fn uncount_network(tx: &mut Tx, counted: &Try) -> Result<()> {
    match counted.network {
        Some(network) => uncount(tx, network, NETWORK, counted.at).await,
        None => Ok(()),
    }
}

async fn uncount(tx: &mut Tx, key: [u8; 32], limit: Limit, at: UnixMs) -> Result<()> {
    let mut record = tries::hold(tx, key, at).await?;
    let Some(i) = record.recent.iter().position(|one| *one == at) else { return Ok(()) };
    record.recent.remove(i);
    if record.recent.len() < limit.most && record.locked_until.is_some_and(|until| until > at) {
        record.locked_until = None;
        record.locks_count = record.locks_count.saturating_sub(1);
    }
    Ok(tries::keep(tx, key, &record, at).await?)
}

/// Ends an account's lock; how often it was locked stays known. Idempotent.
pub(super) async fn unlock(house: &House, tx: &mut Tx, email: &str) -> Result<()> {
    let (key, now) = (account_key(house, tx, email).await?, house.world.now());
    let record = tries::hold(tx, key, now).await?;
    let after = TriesRecord { recent: Vec::new(), locked_until: None, ..record };
    Ok(tries::keep(tx, key, &after, now).await?)
}

/// Forgets every wrong try of an account. Idempotent.
pub(super) async fn forgive(house: &House, tx: &mut Tx, email: &str) -> Result<()> {
    let key = account_key(house, tx, email).await?;
    Ok(tries::forget(tx, key).await?)
}

/// Forgets what no longer counts. Idempotent.
pub(super) async fn prune(tx: &mut Tx, now: UnixMs) -> Result<u64> {
    Ok(tries::prune(tx, now.plus_ms(-FORGET_MS), 10_000).await?)
}

fn locked_out(until: UnixMs, now: UnixMs) -> Refusal {
    let seconds = u32::try_from(until.since(now) / 1000 + 1).unwrap_or(900);
    Refusal::new(
        Kind::TooMany,
        "locked_out",
        "Too many tries. Wait before you try again. If this address has an account, a link that unlocks it was mailed there.",
        "Trop d’essais. Attendez avant de réessayer. Si un compte existe à cette adresse, un lien pour le débloquer y a été envoyé.",
    )
    .after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMs = UnixMs(1_795_219_200_000);

    /// Makes one wrong try after another at these minutes; until when, in minutes, each is locked or locks.
    fn play(minutes: &[i64]) -> Vec<std::result::Result<Option<i64>, i64>> {
        let mut record = TriesRecord::default();
        let minute = |at: UnixMs| at.since(START) / MINUTE_MS;
        minutes
            .iter()
            .map(|m| match count(&record, ACCOUNT, START.plus_ms(m * MINUTE_MS)) {
                Next::Locked(until) => Err(minute(until)),
                Next::Counted(after) => {
                    record = after;
                    Ok(record.locked_until.map(minute))
                }
            })
            .collect()
    }

    #[test]
    fn req_1_11_five_tries_in_fifteen_minutes_to_the_letter() {
        assert_eq!(
            play(&[0, 1, 2, 3, 4, 5]),
            [Ok(None), Ok(None), Ok(None), Ok(None), Ok(Some(19)), Err(19)]
        );
        // The first of them is a quarter of an hour old.
        assert_eq!(
            play(&[0, 1, 2, 3, 15, 16, 17]),
            [Ok(None), Ok(None), Ok(None), Ok(None), Ok(None), Ok(None), Ok(None)]
        );
        assert_eq!(play(&[0, 4, 8, 12, 14]), [Ok(None), Ok(None), Ok(None), Ok(None), Ok(Some(29))]);
    }

    #[test]
    fn each_lock_is_twice_as_long_and_a_day_at_most() {
        let mut record = TriesRecord::default();
        let mut now = START;
        let mut rests = Vec::new();
        for _ in 0..12 {
            loop {
                match count(&record, ACCOUNT, now) {
                    Next::Locked(until) => {
                        rests.push(until.since(now) / MINUTE_MS);
                        now = until;
                        break;
                    }
                    Next::Counted(after) => record = after,
                }
            }
        }
        assert_eq!(rests[..7], [15, 30, 60, 120, 240, 480, 960]);
        assert!(rests[7..].iter().all(|rest| *rest == 24 * 60), "{rests:?}");
    }

    #[test]
    fn a_day_without_a_lock_forgives() {
        let at = |minutes: i64| START.plus_ms(minutes * MINUTE_MS);
        let mut record = TriesRecord { recent: Vec::new(), locked_until: Some(START), locks_count: 4 };
        for minute in 0..4 {
            let Next::Counted(after) = count(&record, ACCOUNT, at(24 * 60 + minute)) else { panic!() };
            record = after;
        }
        let Next::Counted(after) = count(&record, ACCOUNT, at(24 * 60 + 4)) else { panic!() };
        assert_eq!((after.locks_count, after.locked_until), (1, Some(at(24 * 60 + 4 + 15))));
    }

    #[test]
    fn a_network_rests_no_longer_each_time() {
        let mut record = TriesRecord { locks_count: 9, ..TriesRecord::default() };
        for n in 0..20 {
            let Next::Counted(after) = count(&record, NETWORK, START.plus_ms(n)) else { panic!("{n}") };
            assert_eq!(after.locked_until.is_some(), n == 19, "{n}");
            record = after;
        }
        assert_eq!(record.locked_until, Some(START.plus_ms(19 + 15 * MINUTE_MS)));
    }
}
