//! Deleting all of a tenant's rows, in steps that hold nobody up: of a tenant that ends, and of an archive that was not
//! taken in.

use crate::archive::Progress;
use crate::archive::tables::{NOT_CARRIED, TABLES};
use crate::{House, Result};
use vestibule_access::TenantScope;
use vestibule_store::{Shape, StoreError};

/// How many rows go in one transaction.
const STEP: i64 = 500;
/// How often all tables are gone through while others still write to them.
const ROUNDS: usize = 50;

/// Deletes the rows of every table of a tenant; how many. Idempotent, and can be broken off and begun again. The tenant must
/// be deleted already, so that little is written meanwhile.
///
/// # Errors
/// The database's; what was deleted stays deleted.
pub async fn wipe(house: &House, scope: &TenantScope, progress: Progress<'_>) -> Result<u64> {
    let mut all = 0;
    for _ in 0..ROUNDS {
        let mut gone = 0;
        // Work first: what nobody works at writes nothing.
        let jobs = TABLES.iter().filter(|shape| shape.table == "jobs");
        let others = TABLES.iter().rev().filter(|shape| shape.table != "jobs");
        let ours = NOT_CARRIED.iter().map(|(shape, _)| shape);
        for shape in jobs.chain(ours).chain(others) {
            let whole = Shape { and: "", ..*shape };
            gone += wipe_table(house, scope, &whole, progress).await?;
        }
        all += gone;
        if gone == 0 {
            return Ok(all);
        }
    }
    Err(crate::Error::fault("rows of a tenant that ends are written faster than they are deleted"))
}

async fn wipe_table(
    house: &House,
    scope: &TenantScope,
    shape: &Shape,
    progress: Progress<'_>,
) -> Result<u64> {
    let mut all = 0;
    loop {
        let mut tx = house.db.write_in(scope).await?;
        let gone = match tx.tenant(scope).await?.delete_from(shape, STEP).await {
            Ok(gone) => gone,
            // Somebody wrote a row that points here meanwhile: it goes in the next round.
            Err(StoreError::Conflict(_)) => return Ok(all + 1),
            Err(error) => return Err(error.into()),
        };
        tx.commit().await?;
        if gone == 0 {
            return Ok(all);
        }
        all += gone;
        progress(shape.table, all);
        if gone < STEP.unsigned_abs() {
            return Ok(all);
        }
    }
}
