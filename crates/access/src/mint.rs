//! Scopes, and the capability that makes them.

use std::fmt;
use vestibule_model::{ConnectionId, KeyId, TenantId, UserId};

/// Who acts, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    Person(UserId),
    /// An API key.
    Key(KeyId),
    /// A provider whose signature was verified with this connection's key.
    Provider(ConnectionId),
    /// The program itself: the queue, a periodic job, the command line.
    System(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Provider(id) => write!(f, "connection:{id}"),
            Self::System(name) => write!(f, "system:{name}"),
        }
    }
}

/// The right to act inside one tenant. Made only by a [`Mint`]; every tenant statement needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
    actor: Actor,
}

impl TenantScope {
    /// The tenant that may be acted in.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}

/// The right to act on the platform: on tenants, not inside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformScope {
    actor: Actor,
}

impl PlatformScope {
    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// The same right in another's name: who signs in is known only after the password was looked at.
    #[must_use]
    pub const fn by(&self, actor: Actor) -> Self {
        let mut scope = *self;
        scope.actor = actor;
        scope
    }

    /// A scope of the platform's own rows, such as its audit log: the nil tenant.
    #[must_use]
    pub const fn own_rows(&self) -> TenantScope {
        TenantScope { tenant: TenantId::PLATFORM, actor: self.actor }
    }
}

/// The capability to make scopes. The program builds one and hands it to the doors, the sign-in extractors
/// and the queue; the house check lists who holds it.
#[derive(Clone)]
pub struct Mint {
    _only: (),
}

impl Mint {
    /// The one mint of a program.
    #[must_use]
    pub const fn strike() -> Self {
        Self { _only: () }
    }

    /// A scope inside a tenant.
    #[must_use]
    pub const fn tenant(&self, tenant: TenantId, actor: Actor) -> TenantScope {
        TenantScope { tenant, actor }
    }

    /// A scope on the platform.
    #[must_use]
    pub const fn platform(&self, actor: Actor) -> PlatformScope {
        PlatformScope { actor }
    }
}

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mint")
    }
}
