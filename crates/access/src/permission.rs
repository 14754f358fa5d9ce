//! Permissions: one table says the least role that has each.

use vestibule_model::{PlatformRole, Role};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $least:ident;)+) => {
        /// Something a person or a key may do inside a tenant.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name),+ }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name, also the name of an API key's scope.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text),+ } }

            /// The least role that has it.
            #[must_use]
            pub const fn least_role(self) -> Role { match self { $(Self::$name => Role::$least),+ } }

            /// Reads the stable name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|p| p.as_str() == text)
            }
        }

        /// Permissions as types, for extractors.
        pub mod need {
            use super::{Need, Permission};
            $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub struct $name;
            impl Need for $name { const PERMISSION: Permission = Permission::$name; })+
        }
    };
}

permissions! {
    /// See calls and their transcripts.
    ReadCalls, "calls.read", Viewer;
    /// See contacts.
    ReadContacts, "contacts.read", Viewer;
    /// See figures: how many calls, what they cost, what they saved. Nobody's words or numbers are in them.
    ReadUsage, "usage.read", Viewer;
    /// Say what an hour of the tenant's time is worth.
    ManageUsage, "usage.manage", Manager;
    /// See texts and their threads.
    ReadTexts, "texts.read", Viewer;
    /// Send texts.
    SendTexts, "texts.send", Staff;
    /// Follow what changes.
    ReadEvents, "events.read", Viewer;
    /// See deliveries and their attempts.
    ReadDeliveries, "deliveries.read", Staff;
    /// Try a delivery again.
    RetryDeliveries, "deliveries.retry", Manager;
    /// See received provider events.
    ReadInbox, "inbox.read", Manager;
    /// Process received events again, send them on, and say how long they are kept.
    ManageInbox, "inbox.manage", Manager;
    /// See which mails were sent to the tenant's people.
    ReadMails, "mails.read", Manager;
    /// See endpoints.
    ReadEndpoints, "endpoints.read", Staff;
    /// Create, change and delete endpoints and their secrets.
    ManageEndpoints, "endpoints.manage", Manager;
    /// See which providers are connected.
    ReadConnections, "connections.read", Manager;
    /// Connect and disconnect providers.
    ManageConnections, "connections.manage", Manager;
    /// See who works in the tenant, as what, and who is invited.
    ReadPeople, "people.read", Manager;
    /// Invite people, change their roles and let them go, none above one's own role.
    ManagePeople, "people.manage", Manager;
    /// See API keys, never the keys themselves.
    ReadKeys, "keys.read", Manager;
    /// Make and revoke API keys, none with more than one may do oneself.
    ManageKeys, "keys.manage", Manager;
    /// See who did what.
    ReadAudit, "audit.read", Manager;
    /// See how long things are kept, and what was erased.
    ReadPrivacy, "privacy.read", Manager;
    /// Say how long transcripts, recordings and raw events are kept, and erase a caller.
    ManagePrivacy, "privacy.manage", Owner;
    /// Take all data of the tenant out of the house.
    ExportData, "data.export", Owner;
}

impl Permission {
    /// Whether an API key has it when nothing is said about its scopes: what concerns people, keys, the log and whole
    /// exports is given by name only.
    #[must_use]
    pub const fn is_keys_by_default(self) -> bool {
        !matches!(
            self,
            Self::ReadPeople
                | Self::ManagePeople
                | Self::ReadKeys
                | Self::ManageKeys
                | Self::ReadAudit
                | Self::ReadPrivacy
                | Self::ManagePrivacy
                | Self::ExportData
        )
    }
}

/// A permission as a type: the parameter of an extractor.
pub trait Need: Send + Sync + 'static {
    /// Which permission is needed.
    const PERMISSION: Permission;
}

/// Something a person may do on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformPermission {
    /// Create, change and delete tenants and their keys, look inside, and hand them over: those within reach.
    ManageTenants,
    /// Create, rename and close agencies, and name their administrators.
    ManageAgencies,
    /// Erase deleted tenants for good.
    EraseTenants,
    /// See refused requests and metrics.
    ReadPlatform,
    /// Find people, see where they are signed in, and end their sessions.
    ManageSessions,
    /// Say what concerns the whole installation: whether it sends.
    RunPlatform,
}

impl PlatformPermission {
    /// Whether a platform role has it.
    #[must_use]
    pub const fn is_held_by(self, role: PlatformRole) -> bool {
        match self {
            Self::ManageTenants => matches!(role, PlatformRole::Operator | PlatformRole::AgencyAdmin),
            Self::ManageAgencies
            | Self::EraseTenants
            | Self::ReadPlatform
            | Self::ManageSessions
            | Self::RunPlatform => {
                matches!(role, PlatformRole::Operator)
            }
        }
    }
}

/// A platform permission as a type: the parameter of an extractor.
pub trait PlatformNeed: Send + Sync + 'static {
    /// Which permission is needed.
    const PERMISSION: PlatformPermission;
}

/// Manage tenants, as a type.
#[derive(Debug, Clone, Copy)]
pub struct ManageTenants;
impl PlatformNeed for ManageTenants {
    const PERMISSION: PlatformPermission = PlatformPermission::ManageTenants;
}

/// Manage agencies, as a type.
#[derive(Debug, Clone, Copy)]
pub struct ManageAgencies;
impl PlatformNeed for ManageAgencies {
    const PERMISSION: PlatformPermission = PlatformPermission::ManageAgencies;
}

/// Erase tenants, as a type.
#[derive(Debug, Clone, Copy)]
pub struct EraseTenants;
impl PlatformNeed for EraseTenants {
    const PERMISSION: PlatformPermission = PlatformPermission::EraseTenants;
}

/// See the platform's own figures, as a type.
#[derive(Debug, Clone, Copy)]
pub struct ReadPlatform;
impl PlatformNeed for ReadPlatform {
    const PERMISSION: PlatformPermission = PlatformPermission::ReadPlatform;
}

/// Manage people's sessions, as a type.
#[derive(Debug, Clone, Copy)]
pub struct ManageSessions;
impl PlatformNeed for ManageSessions {
    const PERMISSION: PlatformPermission = PlatformPermission::ManageSessions;
}

/// Run the installation, as a type.
#[derive(Debug, Clone, Copy)]
pub struct RunPlatform;
impl PlatformNeed for RunPlatform {
    const PERMISSION: PlatformPermission = PlatformPermission::RunPlatform;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_may_do_unasked_is_a_decision() {
        let unasked = |yes| Permission::ALL.iter().filter(move |p| p.is_keys_by_default() == yes);
        let by_name_only: Vec<&str> = unasked(false).map(|p| p.as_str()).collect();
        let expected = [
            "people.read",
            "people.manage",
            "keys.read",
            "keys.manage",
            "audit.read",
            "privacy.read",
            "privacy.manage",
            "data.export",
        ];
        assert_eq!(by_name_only, expected);
        // A new permission is not unasked before somebody counts it here.
        assert_eq!(unasked(true).count(), 16);
    }
}
