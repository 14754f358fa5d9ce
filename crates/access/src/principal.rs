//! Who asks, and whether they may.

use crate::{Actor, Mint, Permission, PlatformPermission, PlatformScope, TenantScope};
use vestibule_model::{KeyId, PlatformRole, Role, SessionId, TenantId, UserId};

/// A person's place in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// What the person is in it.
    pub role: Role,
}

/// Who makes a request, after its session or key was looked up.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A signed-in person.
    Person {
        /// Who it is.
        user: UserId,
        /// The session in which they came.
        session: SessionId,
        /// What they are on the platform.
        platform_role: Option<PlatformRole>,
        /// Where they are members.
        memberships: Vec<Membership>,
    },
    /// An API key.
    Key {
        /// Which key.
        key: KeyId,
        /// Its tenant.
        tenant: TenantId,
        /// What it may do.
        scopes: Vec<Permission>,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The tenant does not exist for this principal: 404, never 403.
    NotHere,
    /// The principal is inside, but lacks the permission: 403.
    Forbidden,
}

impl Principal {
    /// Who acts, for the audit log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match self {
            Self::Person { user, .. } => Actor::Person(*user),
            Self::Key { key, .. } => Actor::Key(*key),
        }
    }

    /// The role this principal has in a tenant; an operator has the owner's everywhere.
    #[must_use]
    pub fn role_in(&self, tenant: TenantId) -> Option<Role> {
        match self {
            Self::Person { platform_role: Some(PlatformRole::Operator), .. } => Some(Role::Owner),
            Self::Person { memberships, .. } => {
                memberships.iter().find(|m| m.tenant == tenant).map(|m| m.role)
            }
            Self::Key { .. } => None,
        }
    }

    /// What this principal may do in a tenant.
    #[must_use]
    pub fn permissions_in(&self, tenant: TenantId) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|p| self.may(tenant, *p).is_ok()).collect()
    }

    /// Enters a tenant with a permission.
    ///
    /// # Errors
    /// [`Denied`]: not a member, or without the permission.
    pub fn enter(
        &self,
        mint: &Mint,
        tenant: TenantId,
        permission: Permission,
    ) -> Result<TenantScope, Denied> {
        self.may(tenant, permission)?;
        Ok(mint.tenant(tenant, self.actor()))
    }

    /// Acts on the platform with a permission.
    ///
    /// # Errors
    /// [`Denied::Forbidden`] for everybody whose platform role lacks it.
    pub fn enter_platform(
        &self,
        mint: &Mint,
        permission: PlatformPermission,
    ) -> Result<PlatformScope, Denied> {
        match self {
            Self::Person { platform_role: Some(role), .. } if permission.is_held_by(*role) => {
                Ok(mint.platform(self.actor()))
            }
            _ => Err(Denied::Forbidden),
        }
    }

    fn may(&self, tenant: TenantId, permission: Permission) -> Result<(), Denied> {
        match self {
            Self::Key { tenant: own, scopes, .. } if *own == tenant => {
                if scopes.contains(&permission) {
                    Ok(())
                } else {
                    Err(Denied::Forbidden)
                }
            }
            Self::Key { .. } => Err(Denied::NotHere),
            Self::Person { .. } => match self.role_in(tenant) {
                Some(role) if role >= permission.least_role() => Ok(()),
                Some(_) => Err(Denied::Forbidden),
                None => Err(Denied::NotHere),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::{UnixMs, ids::uuid_v7};

    fn tenant(n: u8) -> TenantId {
        TenantId(uuid_v7(UnixMs(1), &[n; 10]))
    }

    fn person(role: Option<Role>, platform_role: Option<PlatformRole>) -> Principal {
        Principal::Person {
            user: UserId(uuid_v7(UnixMs(1), &[9; 10])),
            session: SessionId(uuid_v7(UnixMs(1), &[8; 10])),
            platform_role,
            memberships: role.map(|role| Membership { tenant: tenant(1), role }).into_iter().collect(),
        }
    }

    #[test]
    fn each_role_has_what_the_table_says_and_nothing_elsewhere() {
        let mint = Mint::strike();
        for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
            for permission in Permission::ALL {
                let got = person(Some(role), None).enter(&mint, tenant(1), *permission);
                assert_eq!(got.is_ok(), role >= permission.least_role(), "{role:?} {permission:?}");
                let elsewhere = person(Some(role), None).enter(&mint, tenant(2), *permission);
                assert_eq!(elsewhere.err(), Some(Denied::NotHere));
            }
        }
    }

    #[test]
    fn a_key_stays_in_its_tenant_and_its_scopes() {
        let mint = Mint::strike();
        let key = Principal::Key {
            key: KeyId(uuid_v7(UnixMs(1), &[7; 10])),
            tenant: tenant(1),
            scopes: vec![Permission::ReadCalls],
        };
        assert!(key.enter(&mint, tenant(1), Permission::ReadCalls).is_ok());
        assert_eq!(key.enter(&mint, tenant(1), Permission::ManageEndpoints).err(), Some(Denied::Forbidden));
        assert_eq!(key.enter(&mint, tenant(2), Permission::ReadCalls).err(), Some(Denied::NotHere));
        assert!(key.enter_platform(&mint, PlatformPermission::ManageTenants).is_err());
    }

    #[test]
    fn only_an_operator_acts_on_the_platform() {
        let mint = Mint::strike();
        assert!(
            person(Some(Role::Owner), None).enter_platform(&mint, PlatformPermission::ManageTenants).is_err()
        );
        let operator = person(None, Some(PlatformRole::Operator));
        assert!(operator.enter_platform(&mint, PlatformPermission::ManageTenants).is_ok());
        assert!(operator.enter(&mint, tenant(2), Permission::ManageEndpoints).is_ok());
        let agency = person(None, Some(PlatformRole::AgencyAdmin));
        assert!(agency.enter_platform(&mint, PlatformPermission::ManageTenants).is_err());
    }
}
