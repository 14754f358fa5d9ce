//! Who may enter: roles and permissions in one table, scopes that only a [`Mint`] makes, and the locked
//! door through which a provider's request becomes a scope.

mod door;
mod mint;
mod outside;
mod permission;
mod principal;

pub use door::{LockedDoor, OpenDoor};
pub use mint::{Actor, Mint, PlatformScope, TenantScope};
pub use outside::{Holding, Outside, Reach, Viewing};
pub use permission::{
    EraseTenants, ManageAgencies, ManageSessions, ManageTenants, Need, Permission, PlatformNeed,
    PlatformPermission, ReadPlatform, RunPlatform, need,
};
pub use principal::{Denied, Membership, Principal};
