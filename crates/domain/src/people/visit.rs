//! Who stands at the desk: from where somebody signs in, and the right to write down what came of it.

use crate::{House, Result, audit};
use serde_json::Value;
use std::net::{IpAddr, Ipv6Addr};
use vestibule_access::{Actor, PlatformScope};
use vestibule_model::UserId;
use vestibule_store::Tx;

/// From where somebody signs in, and the right to write down what came of it among the platform's own rows.
#[derive(Clone)]
pub struct Visit {
    /// The right to write among the platform's own rows.
    pub platform: PlatformScope,
    /// The network address, where it is known.
    pub address: Option<IpAddr>,
    /// What the browser says of itself.
    pub device: Option<String>,
}

impl Visit {
    /// A visit from nowhere in particular: the command line, the demo.
    #[must_use]
    pub const fn from_here(platform: PlatformScope) -> Self {
        Self { platform, address: None, device: None }
    }

    /// What is counted as one network: an IPv4 address, or the 64 bits of IPv6 that one customer is given at least.
    pub(super) fn network(&self) -> Option<[u8; 16]> {
        self.address.map(|address| match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).octets(),
        })
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visit")
    }
}

/// Appends a row to the platform's own log, in a person's name where one is known by now. Not idempotent by itself: it
/// stands or falls with the act's transaction.
pub(super) async fn note(
    house: &House,
    tx: &mut Tx,
    visit: &Visit,
    who: Option<UserId>,
    action: &'static str,
    object: (&'static str, &str),
    doc: Value,
) -> Result<()> {
    let scope = who.map_or(visit.platform, |user| visit.platform.by(Actor::Person(user))).own_rows();
    audit::note(&mut tx.tenant(&scope).await?, &house.world, action, object.0, object.1, doc).await
}
