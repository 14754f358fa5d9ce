//! Identifiers: one newtype per noun over UUIDv7, plain hyphenated text on the wire.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: expected a hyphenated UUID")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only the hyphenated form: one id has one spelling.
                if text.len() != 36 { return Err(InvalidId); }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
        impl From<$name> for Uuid { fn from(id: $name) -> Uuid { id.0 } }
    )+};
}

ids! {
    /// A business that has a receptionist: the boundary of isolation.
    TenantId,
    /// A reseller that owns tenants.
    AgencyId,
    /// A person who signs in.
    UserId,
    /// A signed-in person's session.
    SessionId,
    /// An invitation to join a tenant.
    InvitationId,
    /// An API key of a tenant.
    KeyId,
    /// One set of credentials at a provider.
    ConnectionId,
    /// A provider resource (agent, number) that belongs to a tenant for a time.
    BindingId,
    /// A received provider event.
    InboxId,
    /// A telephone or web call.
    CallId,
    /// A caller we know.
    ContactId,
    /// An outbound target.
    EndpointId,
    /// A message owed to an endpoint.
    DeliveryId,
    /// One try at a delivery.
    AttemptId,
    /// An execution of a tenant's workflow.
    ExecutionId,
    /// A text message.
    TextId,
    /// The texts between one of a tenant's numbers and another number.
    ThreadId,
    /// A mail owed to a person.
    MailId,
    /// A row of the audit log.
    AuditId,
    /// A look into a tenant by somebody of the platform.
    ViewingId,
}

impl TenantId {
    /// The nil id, under which platform-wide audit rows are kept. No tenant ever has it.
    pub const PLATFORM: Self = Self(Uuid::nil());
}

impl InboxId {
    /// When it was made, that is when its event was taken in.
    #[must_use]
    pub fn made_at(self) -> crate::UnixMs {
        crate::UnixMs(i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX))
    }
}

/// Builds a UUIDv7 from an instant and ten random bytes.
#[must_use]
pub fn uuid_v7(at: crate::UnixMs, random: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.0).unwrap_or(0), random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_knows_when_it_was_made() {
        let at = crate::UnixMs(1_795_219_200_035);
        assert_eq!(InboxId(uuid_v7(at, &[0xff; 10])).made_at(), at);
        assert_eq!(InboxId(uuid_v7(at, &[0; 10])).made_at(), at);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = CallId(uuid_v7(crate::UnixMs(1_795_219_200_000), &[7; 10]));
        let text = id.to_string();
        assert_eq!(text.parse::<CallId>(), Ok(id));
        assert_eq!(text.replace('-', "").parse::<CallId>(), Err(InvalidId));
        assert_eq!(id.0.get_version_num(), 7);
    }
}
