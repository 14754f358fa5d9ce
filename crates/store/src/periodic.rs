//! Work that is done now and then by one node of many: claimed by a row, so that nodes do not repeat it.

use crate::{Db, Engine, Result, Val};

/// Claims a piece of periodic work when it is due, and makes it due again `every_ms` later. Idempotent in its
/// effect: of several nodes that ask at once, one is told yes.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn claim(db: &Db, name: &str, every_ms: i64) -> Result<bool> {
    let now = db.lease_now();
    let mut tx = db.write().await?;
    let sql = "INSERT INTO periodic (name, due_at, lease_until) VALUES ($1, $2, 0)
               ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at WHERE periodic.due_at <= $3";
    let values: [Val; 3] = [name.into(), now.plus_ms(every_ms).into(), now.into()];
    let claimed = tx.exec(sql, None, &values).await? > 0;
    tx.commit().await?;
    Ok(claimed)
}

/// Makes the partitions of this month and the three that follow; how many were new. PostgreSQL only.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn make_partitions(db: &Db) -> Result<i64> {
    if db.engine() == Engine::Sqlite {
        return Ok(0);
    }
    let mut tx = db.system().await?;
    let now = db.lease_now();
    let row = tx.row("SELECT vestibule_make_partitions($1) AS made", &[now.into()]).await?;
    let made = row.map_or(Ok(0), |r| r.int("made"))?;
    tx.commit().await?;
    Ok(made)
}
