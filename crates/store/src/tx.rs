//! Transactions. Dropping one rolls it back; hints are told only after a commit.

use crate::{Engine, Hint, Hub, Result, Row, StoreError, TenantSql, Val, pg, sqlite::LiteConn};
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::TenantId;

/// Something that is done as the last thing before a commit, so that what it locks is held for as short as can be.
pub trait LastAct: Send {
    /// Does it. An error takes the whole transaction back.
    fn run<'t>(self: Box<Self>, tx: &'t mut Tx) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 't>>;
}

pub(crate) enum Conn {
    Lite(LiteConn),
    Pg(pg::PgTx),
    Done,
}

/// One transaction on either database.
pub struct Tx {
    conn: Conn,
    hub: Arc<Hub>,
    hints: Vec<Hint>,
    last: Vec<(TenantId, Box<dyn LastAct>)>,
    /// PostgreSQL: which tenant `app.tenant_id` names now.
    inside: Option<Uuid>,
}

impl Tx {
    pub(crate) fn new(conn: Conn, hub: Arc<Hub>, inside: Option<Uuid>) -> Self {
        Self { conn, hub, hints: Vec::new(), last: Vec::new(), inside }
    }

    /// Which database this is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.conn {
            Conn::Lite(_) => Engine::Sqlite,
            Conn::Pg(_) | Conn::Done => Engine::Postgres,
        }
    }

    /// Acts inside a tenant.
    ///
    /// # Errors
    /// When the database cannot be told.
    pub async fn tenant(&mut self, scope: &TenantScope) -> Result<TenantTx<'_>> {
        let tenant = scope.tenant();
        if let Conn::Pg(tx) = &mut self.conn
            && self.inside != Some(tenant.0)
        {
            let sql = "SELECT set_config('app.tenant_id', $1, true)";
            pg::rows(tx, sql, Some(&Val::from(tenant.0.to_string())), &[]).await?;
            self.inside = Some(tenant.0);
        }
        Ok(TenantTx { tx: self, tenant, scope: *scope })
    }

    /// Does what is to be done last, commits, then tells what was hinted.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the outcome is unknown: the caller must not say that it happened.
    pub async fn commit(mut self) -> Result<()> {
        let mut last = std::mem::take(&mut self.last);
        // Always in the same order: two transactions never wait for each other's locks.
        last.sort_by_key(|(tenant, _)| *tenant);
        for (_, act) in last {
            act.run(&mut self).await?;
        }
        match std::mem::replace(&mut self.conn, Conn::Done) {
            Conn::Lite(conn) => {
                if let Err(error) = conn.finish("COMMIT") {
                    drop(conn.finish("ROLLBACK"));
                    return Err(error);
                }
                drop(conn);
            }
            Conn::Pg(tx) => tx.commit().await.map_err(|e| StoreError::Gone(e.to_string()))?,
            Conn::Done => {}
        }
        let hints = std::mem::take(&mut self.hints);
        self.hub.tell(hints);
        Ok(())
    }

    /// Gives everything up.
    ///
    /// # Errors
    /// When the database cannot be told; nothing is kept all the same.
    pub async fn rollback(mut self) -> Result<()> {
        self.hints.clear();
        self.last.clear();
        match std::mem::replace(&mut self.conn, Conn::Done) {
            Conn::Lite(conn) => conn.finish("ROLLBACK"),
            Conn::Pg(tx) => Ok(tx.rollback().await?),
            Conn::Done => Ok(()),
        }
    }

    /// Has something told after the commit.
    pub fn hint(&mut self, hint: Hint) {
        // The same news twice in one commit is once.
        if !self.hints.iter().rev().take(16).any(|h| *h == hint) {
            self.hints.push(hint);
        }
    }

    pub(crate) async fn exec(&mut self, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<u64> {
        match &mut self.conn {
            Conn::Lite(conn) => conn.exec(sql, first, rest),
            Conn::Pg(tx) => pg::exec(tx, sql, first, rest).await,
            Conn::Done => Err(StoreError::Broken("the transaction is over".into())),
        }
    }

    pub(crate) async fn rows(&mut self, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<Vec<Row>> {
        match &mut self.conn {
            Conn::Lite(conn) => conn.rows(sql, first, rest),
            Conn::Pg(tx) => pg::rows(tx, sql, first, rest).await,
            Conn::Done => Err(StoreError::Broken("the transaction is over".into())),
        }
    }

    pub(crate) async fn row(&mut self, sql: &str, values: &[Val]) -> Result<Option<Row>> {
        Ok(self.rows(sql, None, values).await?.into_iter().next())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Conn::Lite(conn) = &self.conn {
            // A rollback that fails leaves the connection in a transaction; the next BEGIN says so loudly.
            drop(conn.finish("ROLLBACK"));
        }
    }
}

/// A transaction inside one tenant: the only thing that runs tenant SQL. It binds the tenant as `$1` itself.
pub struct TenantTx<'t> {
    tx: &'t mut Tx,
    tenant: TenantId,
    scope: TenantScope,
}

impl TenantTx<'_> {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The scope this was entered with.
    #[must_use]
    pub const fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Runs a statement; the number of rows it touched.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn exec(&mut self, sql: TenantSql, values: &[Val]) -> Result<u64> {
        let tenant = Val::from(self.tenant);
        let text = self.pick(&sql);
        self.tx.exec(text, Some(&tenant), values).await
    }

    /// Runs a query; all its rows.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn rows(&mut self, sql: TenantSql, values: &[Val]) -> Result<Vec<Row>> {
        let tenant = Val::from(self.tenant);
        let text = self.pick(&sql);
        self.tx.rows(text, Some(&tenant), values).await
    }

    /// Runs a query; its first row.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn row(&mut self, sql: TenantSql, values: &[Val]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The transaction itself, for the directory's functions.
    pub fn outer(&mut self) -> &mut Tx {
        self.tx
    }

    /// Has something done as the last thing before the commit; nothing where there is none. In the order in which it
    /// was asked for.
    pub fn at_last(&mut self, act: Box<dyn LastAct>) {
        self.tx.last.push((self.tenant, act));
    }

    /// Whether several changes are better sent as one statement: every statement is a round trip.
    #[must_use]
    pub const fn prefers_one_statement(&self) -> bool {
        matches!(self.tx.engine(), Engine::Postgres)
    }

    /// Has the room's watchers told after the commit that a row changed.
    pub fn changed(&mut self, room: &'static str, id: Option<Uuid>) {
        let tenant = self.tenant;
        self.tx.hint(Hint::Changed { tenant, room, id });
    }

    /// Has something told after the commit.
    pub fn hint(&mut self, hint: Hint) {
        self.tx.hint(hint);
    }

    fn pick<'s>(&self, sql: &'s TenantSql) -> &'s str {
        match self.tx.engine() {
            Engine::Sqlite => &sql.sqlite,
            Engine::Postgres => &sql.pg,
        }
    }
}

impl Tx {
    /// Runs several statements at once: migrations on SQLite.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        match &self.conn {
            Conn::Lite(conn) => Ok(conn.conn()?.execute_batch(sql)?),
            Conn::Pg(_) | Conn::Done => Err(StoreError::Broken("batches are for SQLite".into())),
        }
    }
}
