//! PostgreSQL: a pool, and transactions that begin in their role.
//!
//! The login is a NOINHERIT member of two roles and has no rights of its own. A transaction takes
//! `vestibule_app` (row security by `app.tenant_id`) or `vestibule_system` (named policies only).

use crate::{Result, Row, StoreError, Val};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, Postgres};
use sqlx::{AssertSqlSafe, PgPool};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

pub(crate) struct Pg {
    pub(crate) pool: PgPool,
}

pub(crate) type PgTx = sqlx::Transaction<'static, Postgres>;

/// How statements that write are planned.
const BY_KEYS: &str = "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; \
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

impl Pg {
    pub(crate) async fn open(url: &str, connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Broken("database.url is not a PostgreSQL address".into()))?
            .statement_cache_capacity(256)
            .application_name("vestibule");
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Begins in the application's role, inside a tenant when one is named: one round trip. What writes finds its rows by
    /// their keys, so its plans need no values, and none that goes through a table: left alone, the planner would plan
    /// some of them anew every time, and keep others that were good while a table was small.
    pub(crate) async fn begin(&self, tenant: Option<Uuid>, writes: bool) -> Result<PgTx> {
        let mut begin = "BEGIN; SET LOCAL ROLE vestibule_app".to_owned();
        if let Some(id) = tenant {
            begin.push_str(&format!("; SET LOCAL app.tenant_id = '{id}'"));
        }
        if writes {
            begin.push_str(BY_KEYS);
        }
        Ok(self.pool.begin_with(AssertSqlSafe(begin)).await?)
    }

    /// Begins in the application's role, inside a tenant, to read one and the same state throughout.
    pub(crate) async fn begin_snapshot(&self, tenant: Uuid) -> Result<PgTx> {
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ROLE vestibule_app; SET LOCAL app.tenant_id = '{tenant}'"
        );
        Ok(self.pool.begin_with(AssertSqlSafe(begin)).await?)
    }

    /// Begins in the system's role.
    pub(crate) async fn begin_system(&self) -> Result<PgTx> {
        Ok(self.pool.begin_with("BEGIN; SET LOCAL ROLE vestibule_system").await?)
    }
}

type Query<'q> = sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments>;

fn bind<'q>(mut query: Query<'q>, value: &Val) -> Result<Query<'q>> {
    let value = value.cleaned();
    query = match value.as_ref() {
        Val::Int(v) => query.bind(*v),
        Val::Bool(v) => query.bind(*v),
        Val::Text(v) => query.bind(v.clone()),
        Val::Bytes(v) => query.bind(v.clone()),
        Val::Id(v) => query.bind(*v),
        Val::Json(v) => {
            let raw = v
                .clone()
                .map(serde_json::value::RawValue::from_string)
                .transpose()
                .map_err(|e| StoreError::Broken(e.to_string()))?;
            query.bind(raw.map(sqlx::types::Json))
        }
    };
    Ok(query)
}

fn prepare(sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<Query<'static>> {
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for value in first.into_iter().chain(rest) {
        query = bind(query, value)?;
    }
    Ok(query)
}

pub(crate) async fn exec(tx: &mut PgTx, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<u64> {
    Ok(prepare(sql, first, rest)?.execute(&mut **tx).await?.rows_affected())
}

pub(crate) async fn rows(tx: &mut PgTx, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<Vec<Row>> {
    Ok(prepare(sql, first, rest)?.fetch_all(&mut **tx).await?.into_iter().map(Row::Pg).collect())
}
