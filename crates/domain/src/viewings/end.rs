//! How looking in ends: by hand, with the session, with the time, with the tenant's hand-over.

use crate::{House, Result, audit};
use serde_json::json;
use vestibule_access::{Actor, Mint};
use vestibule_model::{SessionId, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::viewings::{self, EndedViewing};

/// Viewings that one pass ends.
const AT_ONCE: i64 = 200;

/// Why a viewing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Whoever looked said so.
    ByHand,
    /// Whoever looked began to look elsewhere.
    Replaced,
    /// Its time ran out, or the session it lived in was over.
    Over,
    /// The tenant was handed over to somebody else.
    HandedOver,
    /// Whoever looked is no longer of the platform.
    Dismissed,
}

impl How {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Replaced => "replaced",
            Self::Over => "over",
            Self::HandedOver => "handed_over",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Notes the ends in the tenants' own audit logs. Not idempotent by itself: an end is told once by whoever made it.
pub(crate) async fn note_ends(
    house: &House,
    mint: &Mint,
    tx: &mut Tx,
    actor: Actor,
    ended: &[EndedViewing],
    how: How,
) -> Result<()> {
    for one in ended {
        let inside = mint.tenant(one.tenant, actor);
        let mut tenant = tx.tenant(&inside).await?;
        let doc = json!({ "how": how.as_str(), "person": one.user.to_string() });
        audit::note(&mut tenant, &house.world, "viewing.ended", "viewing", &one.id.to_string(), doc).await?;
    }
    Ok(())
}

/// Ends what a session looks at. Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn end(house: &House, mint: &Mint, session: SessionId, actor: Actor) -> Result<()> {
    let mut tx = house.db.write().await?;
    let ended = viewings::end_of_session(&mut tx, session, house.world.now()).await?;
    note_ends(house, mint, &mut tx, actor, &ended, How::ByHand).await?;
    Ok(tx.commit().await?)
}

/// Ends whatever a person looks at, inside a transaction of somebody's who lets them go. Idempotent.
pub(crate) async fn end_of_person(
    house: &House,
    mint: &Mint,
    tx: &mut Tx,
    actor: Actor,
    user: UserId,
) -> Result<()> {
    let ended = viewings::end_of_person(tx, user, house.world.now()).await?;
    note_ends(house, mint, tx, actor, &ended, How::Dismissed).await
}

/// Writes the ends of viewings down whose time has run out or whose session is over; how many. They gave nothing any more
/// since that moment. Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn end_due(house: &House, mint: &Mint) -> Result<usize> {
    let mut tx = house.db.write().await?;
    let ended = viewings::end_of_time(&mut tx, house.world.now(), AT_ONCE).await?;
    if ended.is_empty() {
        return Ok(0);
    }
    note_ends(house, mint, &mut tx, Actor::System("viewings"), &ended, How::Over).await?;
    tx.commit().await?;
    Ok(ended.len())
}
