//! What people of the platform may do inside tenants: one table, permission by permission. Whoever runs the server sets
//! things up; whoever wants to see what callers said goes in on view, for a reason and for a while, and the owner reads
//! of it. What only a tenant's own people should ever do, nobody from outside does, on view neither. The reasons are in
//! `docs/decisions/0014-looking-from-outside.md`.

use crate::Permission;
use vestibule_model::{AgencyId, PlatformRole, Role, SessionId, TenantId, UnixMs, ViewingId};

/// How near a permission is to people of the platform, nearest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// Only the tenant's own people and keys have it.
    Never,
    /// On view only.
    OnView,
    /// The operator has it at all times, an agency's administrator on view.
    Operator,
    /// The operator has it at all times, and so has the administrator of the agency that holds the tenant.
    Always,
}

impl Permission {
    /// How near it is to people of the platform.
    #[must_use]
    pub const fn outside(self) -> Outside {
        match self {
            // Figures without words or numbers, and whether the set-up works.
            Self::ReadUsage
            | Self::ReadEvents
            | Self::ReadInbox
            | Self::ReadMails
            | Self::ReadEndpoints
            | Self::ReadConnections => Outside::Always,
            // Where calls come from and where they go to: an endpoint that is made shows calls to whoever made it.
            Self::ManageEndpoints | Self::ManageConnections => Outside::Operator,
            // What callers said, or what says it again somewhere else.
            Self::ReadCalls
            | Self::ReadContacts
            | Self::ReadTexts
            | Self::ReadDeliveries
            | Self::RetryDeliveries
            | Self::ManageInbox
            | Self::ManageUsage
            | Self::ReadPeople
            | Self::ReadKeys
            | Self::ReadAudit
            | Self::ReadPrivacy => Outside::OnView,
            // In the tenant's name, or for good.
            Self::SendTexts
            | Self::ManagePeople
            | Self::ManageKeys
            | Self::ManagePrivacy
            | Self::ExportData => Outside::Never,
        }
    }

    /// Whether a person of the platform has it in tenants within their reach without being on view.
    #[must_use]
    pub fn is_standing(self, role: PlatformRole) -> bool {
        let needed = match role {
            PlatformRole::Operator => Outside::Operator,
            PlatformRole::AgencyAdmin => Outside::Always,
        };
        self.outside() >= needed
    }

    /// Whether somebody on view as a role has it: what the role has, and people of the platform may.
    #[must_use]
    pub fn is_on_view(self, role: Role) -> bool {
        role >= self.least_role() && self.outside() > Outside::Never
    }
}

/// A tenant, and the agency that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose it is; `None` when it is its own.
    pub agency: Option<AgencyId>,
}

/// A tenant of which nobody says who holds it: no agency's.
impl From<TenantId> for Holding {
    fn from(tenant: TenantId) -> Self {
        Self { tenant, agency: None }
    }
}

/// How far somebody of the platform reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every tenant.
    All,
    /// The tenants that an agency holds.
    Agency(AgencyId),
}

impl Reach {
    /// Whether a tenant is within it.
    #[must_use]
    pub fn covers(self, holding: Holding) -> bool {
        match self {
            Self::All => true,
            Self::Agency(agency) => holding.agency == Some(agency),
        }
    }

    /// The agency whose tenants alone are within it.
    #[must_use]
    pub const fn agency(self) -> Option<AgencyId> {
        match self {
            Self::All => None,
            Self::Agency(agency) => Some(agency),
        }
    }
}

/// Somebody of the platform who is inside a tenant as one of its roles: within one session, for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewing {
    /// Its id.
    pub id: ViewingId,
    /// Within which session.
    pub session: SessionId,
    /// Inside which tenant.
    pub tenant: TenantId,
    /// As which role.
    pub role: Role,
    /// Until when.
    pub ends_at: UnixMs,
}
