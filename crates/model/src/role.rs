//! Roles of people.

use serde::{Deserialize, Serialize};

/// What a person is in a tenant, least first: the order is the order of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks, changes nothing.
    Viewer,
    /// Works with calls, contacts and appointments.
    Staff,
    /// Sets up everything but people's rights and billing.
    Manager,
    /// Everything in the tenant.
    Owner,
}

impl Role {
    /// The text in which the role is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Staff => "staff",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// Reads a role; accepts the sources' ADMIN (manager) and AGENT (staff), in any letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "viewer" => Some(Self::Viewer),
            "staff" | "agent" => Some(Self::Staff),
            "manager" | "admin" => Some(Self::Manager),
            "owner" => Some(Self::Owner),
            _ => None,
        }
    }
}

/// What a person is on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformRole {
    /// Runs the server.
    Operator,
    /// Runs an agency's tenants.
    AgencyAdmin,
}

impl PlatformRole {
    /// The text in which the role is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::AgencyAdmin => "agency_admin",
        }
    }

    /// Reads the stored text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "operator" => Some(Self::Operator),
            "agency_admin" => Some(Self::AgencyAdmin),
            _ => None,
        }
    }
}
