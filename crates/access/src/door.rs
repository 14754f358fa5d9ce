//! The locked door: a connection's keys, which only that connection's own verification can open.

use crate::{Actor, Mint, TenantScope};
use vestibule_model::{ConnectionId, TenantId};
use vestibule_vault::Credentials;

/// A connection's lock. Opening consumes it, so a proof made for one door cannot open another.
pub struct LockedDoor {
    connection: ConnectionId,
    keys: Vec<Credentials>,
}

/// A door that a genuine signature has opened.
#[derive(Debug)]
pub struct OpenDoor {
    connection: ConnectionId,
}

impl LockedDoor {
    /// The lock of a connection, with its current and previous keys.
    #[must_use]
    pub const fn new(connection: ConnectionId, keys: Vec<Credentials>) -> Self {
        Self { connection, keys }
    }

    /// Opens the door when `verify` accepts the request under this door's keys.
    ///
    /// # Errors
    /// Whatever `verify` says.
    pub fn open<E>(self, verify: impl FnOnce(&[Credentials]) -> Result<(), E>) -> Result<OpenDoor, E> {
        verify(&self.keys)?;
        Ok(OpenDoor { connection: self.connection })
    }
}

impl OpenDoor {
    /// The connection whose key verified.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Enters the tenant that the directory decided on for this connection.
    #[must_use]
    pub const fn enter(self, mint: &Mint, tenant: TenantId) -> TenantScope {
        mint.tenant(tenant, Actor::Provider(self.connection))
    }
}
