//! Who asks, and whether they may.

use crate::{
    Actor, Holding, Mint, Permission, PlatformPermission, PlatformScope, Reach, TenantScope, Viewing,
};
use vestibule_model::{AgencyId, KeyId, PlatformRole, Role, SessionId, TenantId, UserId};

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
        /// The agency that they administer; it is open.
        agency: Option<AgencyId>,
        /// Where they look from outside, within this session.
        viewing: Option<Viewing>,
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

    /// How far this principal reaches on the platform; `None` for whoever is nothing there.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        match self {
            Self::Person { platform_role: Some(PlatformRole::Operator), .. } => Some(Reach::All),
            Self::Person { platform_role: Some(PlatformRole::AgencyAdmin), agency, .. } => {
                agency.map(Reach::Agency)
            }
            _ => None,
        }
    }

    /// The viewing that lets this principal look into a tenant; it must still be within their reach.
    #[must_use]
    pub fn viewing_of(&self, holding: impl Into<Holding>) -> Option<Viewing> {
        let holding = holding.into();
        let Self::Person { viewing: Some(viewing), session, .. } = self else { return None };
        let is_here = viewing.tenant == holding.tenant && viewing.session == *session;
        (is_here && self.reach()?.covers(holding)).then_some(*viewing)
    }

    /// The role this principal has in a tenant: on view the role viewed as, else that of the membership.
    #[must_use]
    pub fn role_in(&self, holding: impl Into<Holding>) -> Option<Role> {
        let holding = holding.into();
        if let Some(viewing) = self.viewing_of(holding) {
            return Some(viewing.role);
        }
        match self {
            Self::Person { memberships, .. } => {
                memberships.iter().find(|m| m.tenant == holding.tenant).map(|m| m.role)
            }
            Self::Key { .. } => None,
        }
    }

    /// What this principal may do in a tenant.
    #[must_use]
    pub fn permissions_in(&self, holding: impl Into<Holding>) -> Vec<Permission> {
        let holding = holding.into();
        Permission::ALL.iter().copied().filter(|p| self.may(holding, *p).is_ok()).collect()
    }

    /// What this principal may give to a key of a tenant that they manage from outside: what they may do there themselves,
    /// and what a tenant's automation needs. A key is for programs; what it is given is audited in the tenant.
    #[must_use]
    pub fn may_give(&self, holding: Holding) -> Vec<Permission> {
        let reaches = self.reach().is_some_and(|reach| reach.covers(holding));
        let gives = |p: &Permission| (reaches && p.is_keys_by_default()) || self.may(holding, *p).is_ok();
        Permission::ALL.iter().copied().filter(gives).collect()
    }

    /// Enters a tenant with a permission.
    ///
    /// # Errors
    /// [`Denied`]: not a member, or without the permission.
    pub fn enter(
        &self,
        mint: &Mint,
        holding: impl Into<Holding>,
        permission: Permission,
    ) -> Result<TenantScope, Denied> {
        let holding = holding.into();
        self.may(holding, permission)?;
        Ok(mint.tenant(holding.tenant, self.actor()))
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
                match self.reach().ok_or(Denied::Forbidden)? {
                    Reach::All => Ok(mint.platform(self.actor())),
                    Reach::Agency(agency) => Ok(mint.agency(agency, self.actor())),
                }
            }
            _ => Err(Denied::Forbidden),
        }
    }

    fn may(&self, holding: Holding, permission: Permission) -> Result<(), Denied> {
        let (platform_role, is_allowed) = match self {
            Self::Key { tenant: own, scopes, .. } if *own == holding.tenant => {
                return if scopes.contains(&permission) { Ok(()) } else { Err(Denied::Forbidden) };
            }
            Self::Key { .. } => return Err(Denied::NotHere),
            Self::Person { platform_role, .. } => {
                // On view one has what the viewing gives and nothing besides: the pages show what that role sees.
                if let Some(viewing) = self.viewing_of(holding) {
                    let is_allowed = permission.is_on_view(viewing.role);
                    return if is_allowed { Ok(()) } else { Err(Denied::Forbidden) };
                }
                let role = self.role_in(holding);
                (*platform_role, role.map(|role| role >= permission.least_role()))
            }
        };
        let reaches = self.reach().is_some_and(|reach| reach.covers(holding));
        let is_standing = reaches && platform_role.is_some_and(|role| permission.is_standing(role));
        match is_allowed {
            Some(true) => Ok(()),
            _ if is_standing => Ok(()),
            None if !reaches => Err(Denied::NotHere),
            _ => Err(Denied::Forbidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outside;
    use vestibule_model::{UnixMs, ViewingId, ids::uuid_v7};

    fn agency(n: u8) -> AgencyId {
        AgencyId(uuid_v7(UnixMs(2), &[n; 10]))
    }

    fn held(tenant: TenantId, by: Option<AgencyId>) -> Holding {
        Holding { tenant, agency: by }
    }

    fn looking(who: Principal, at: TenantId, role: Role) -> Principal {
        let Principal::Person { user, session, platform_role, agency, memberships, .. } = who else {
            panic!()
        };
        let id = ViewingId(uuid_v7(UnixMs(1), &[6; 10]));
        let viewing = Some(Viewing { id, session, tenant: at, role, ends_at: UnixMs(9) });
        Principal::Person { user, session, platform_role, agency, viewing, memberships }
    }

    fn tenant(n: u8) -> TenantId {
        TenantId(uuid_v7(UnixMs(1), &[n; 10]))
    }

    fn person(role: Option<Role>, platform_role: Option<PlatformRole>) -> Principal {
        Principal::Person {
            user: UserId(uuid_v7(UnixMs(1), &[9; 10])),
            session: SessionId(uuid_v7(UnixMs(1), &[8; 10])),
            platform_role,
            agency: (platform_role == Some(PlatformRole::AgencyAdmin)).then(|| agency(1)),
            viewing: None,
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
    fn each_platform_role_acts_within_its_reach() {
        let mint = Mint::strike();
        assert!(
            person(Some(Role::Owner), None).enter_platform(&mint, PlatformPermission::ManageTenants).is_err()
        );
        let operator = person(None, Some(PlatformRole::Operator));
        let scope = operator.enter_platform(&mint, PlatformPermission::ManageTenants).unwrap();
        assert_eq!(scope.reach(), Reach::All);
        let admin = person(None, Some(PlatformRole::AgencyAdmin));
        let scope = admin.enter_platform(&mint, PlatformPermission::ManageTenants).unwrap();
        assert_eq!(scope.reach(), Reach::Agency(agency(1)));
        assert!(mint.within(&scope, held(tenant(1), Some(agency(1)))).is_some());
        for foreign in [None, Some(agency(2))] {
            assert!(mint.within(&scope, held(tenant(1), foreign)).is_none());
        }
        for permission in [
            PlatformPermission::ManageAgencies,
            PlatformPermission::EraseTenants,
            PlatformPermission::ReadPlatform,
            PlatformPermission::RunPlatform,
        ] {
            assert!(operator.enter_platform(&mint, permission).is_ok());
            assert_eq!(admin.enter_platform(&mint, permission).err(), Some(Denied::Forbidden));
        }
        // An administrator whose agency is closed is nothing.
        let Principal::Person { user, session, platform_role, viewing, memberships, .. } = admin else {
            panic!()
        };
        let nowhere = Principal::Person { user, session, platform_role, agency: None, viewing, memberships };
        assert!(nowhere.enter_platform(&mint, PlatformPermission::ManageTenants).is_err());
        assert!(nowhere.permissions_in(held(tenant(1), None)).is_empty());
    }

    #[test]
    fn from_outside_one_sets_up_and_does_not_read() {
        let mint = Mint::strike();
        let (operator, admin) =
            (person(None, Some(PlatformRole::Operator)), person(None, Some(PlatformRole::AgencyAdmin)));
        let mine = held(tenant(2), Some(agency(1)));
        for permission in Permission::ALL {
            let outside = permission.outside();
            let got = operator.enter(&mint, mine, *permission);
            assert_eq!(got.is_ok(), outside >= Outside::Operator, "{permission:?}");
            let got = admin.enter(&mint, mine, *permission);
            assert_eq!(got.is_ok(), outside == Outside::Always, "{permission:?}");
            for foreign in [held(tenant(2), None), held(tenant(2), Some(agency(2)))] {
                assert_eq!(admin.enter(&mint, foreign, *permission).err(), Some(Denied::NotHere));
            }
        }
        for unread in [Permission::ReadCalls, Permission::ReadContacts, Permission::ReadTexts] {
            assert_eq!(operator.enter(&mint, mine, unread).err(), Some(Denied::Forbidden));
        }
    }

    #[test]
    fn a_key_made_from_outside_has_what_automation_needs_and_no_more() {
        let mine = held(tenant(2), Some(agency(1)));
        for who in [PlatformRole::Operator, PlatformRole::AgencyAdmin] {
            let given = person(None, Some(who)).may_give(mine);
            for permission in Permission::ALL {
                let expected = permission.is_keys_by_default();
                assert_eq!(given.contains(permission), expected, "{permission:?}");
            }
        }
        let admin = person(None, Some(PlatformRole::AgencyAdmin));
        assert!(admin.may_give(held(tenant(2), Some(agency(2)))).is_empty());
        assert!(person(None, None).may_give(mine).is_empty());
    }

    #[test]
    fn on_view_one_has_what_both_have() {
        let mint = Mint::strike();
        let mine = held(tenant(2), Some(agency(1)));
        for who in [PlatformRole::Operator, PlatformRole::AgencyAdmin] {
            for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
                let looks = looking(person(None, Some(who)), tenant(2), role);
                for permission in Permission::ALL {
                    let both = role >= permission.least_role() && permission.outside() > Outside::Never;
                    assert_eq!(
                        looks.enter(&mint, mine, *permission).is_ok(),
                        both,
                        "{role:?} {permission:?}"
                    );
                }
                assert_eq!(looks.role_in(mine), Some(role));
            }
        }
        for never in [Permission::ManagePeople, Permission::ManageKeys, Permission::ExportData] {
            let looks = looking(person(None, Some(PlatformRole::Operator)), tenant(2), Role::Owner);
            assert!(looks.enter(&mint, mine, never).is_err());
        }
        // It ends with the reach: handed over, the tenant is not there.
        let looks = looking(person(None, Some(PlatformRole::AgencyAdmin)), tenant(2), Role::Manager);
        let gone = held(tenant(2), Some(agency(2)));
        assert_eq!(looks.enter(&mint, gone, Permission::ReadCalls).err(), Some(Denied::NotHere));
        // Who is nobody on the platform looks at nothing, whatever the viewing says.
        let nobody = looking(person(None, None), tenant(2), Role::Owner);
        assert_eq!(nobody.enter(&mint, mine, Permission::ReadCalls).err(), Some(Denied::NotHere));
    }
}
