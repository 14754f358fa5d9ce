//! `vestibule person`: letting somebody in again who cannot get in by themselves.

use crate::config::Config;
use crate::say::{self, Fault};
use crate::{build, commands};
use vestibule_access::{Actor, Mint};
use vestibule_domain::people::{self, Visit};

/// `vestibule person unlock`.
pub async fn unlock(config: &Config, email: &str, second_factor_off: bool) -> Result<(), Fault> {
    let house = build::house(config, commands::public_url(config)).await?;
    let visit = Visit::from_here(Mint::strike().platform(Actor::System("command line")));
    let found = if second_factor_off {
        people::remove_factor(&house, &visit, email).await
    } else {
        people::unlock_by_hand(&house, &visit, email).await.map(|()| false)
    };
    match found {
        Ok(removed) => {
            say::out(&format!("{email} may sign in again"));
            if second_factor_off {
                let words = if removed { "The second factor is off" } else { "There was no second factor" };
                say::err(&format!("{words}."));
            }
            Ok(())
        }
        Err(vestibule_domain::Error::Refused(no)) if no.code == "not_found" => {
            Err(Fault::words(format!("nobody has the address {email}")))
        }
        Err(error) => Err(error.into()),
    }
}
