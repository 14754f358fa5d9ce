//! Looking through events that belong to no call: what mentions somebody is found by opening it.

use crate::inbox::again;
use crate::{House, Result};
use vestibule_access::TenantScope;
use vestibule_model::InboxId;
use vestibule_store::{tsql, vals};

/// How many events are opened together.
const PAGE: i64 = 200;

/// The events that belong to no call and of which `is_in` says so, received after one; and the last that was looked at.
/// Asked about a body and about the call's name that came with it.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn mentioning(
    house: &House,
    scope: &TenantScope,
    after: InboxId,
    is_in: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<(Vec<InboxId>, InboxId)> {
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        // A transaction for each page: nobody's log is held up by a long look.
        let mut tx = house.db.read_in(scope).await?;
        let key = house.seals.at_hand(scope.tenant());
        let key = match key {
            Some(key) => key,
            None => house.seals.key(&mut tx, scope.tenant()).await?,
        };
        let mut inside = tx.tenant(scope).await?;
        let sql = tsql!(
            "SELECT i.id, i.external_call_id, b.sealed FROM inbox i
             LEFT JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
             WHERE i.tenant_id = $1 AND i.id > $2 AND i.call_id IS NULL ORDER BY i.id LIMIT $3"
        );
        let rows = inside.rows(sql, vals![after, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok((found, after)) };
        after = last.id("id")?;
        for row in &rows {
            let id: InboxId = row.id("id")?;
            let is_named = row.opt_text("external_call_id")?.is_some_and(|name| is_in(name.as_bytes()));
            let is_kept = row.opt_bytes("sealed")?.is_some();
            if is_named || (is_kept && again::open(&key, id, row).is_ok_and(|body| is_in(&body))) {
                found.push(id);
            }
        }
    }
}
