//! The third wall: what PostgreSQL itself refuses, whatever the SQL says.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use std::process::{Command, Stdio};
use uuid::Uuid;
use vestibule_store::MIGRATIONS;
use vestibule_testkit::{Engine, TestDb, postgres_is_available, postgres_program, runtime};

const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);
const DIRECTORY: [&str; 6] =
    ["memberships", "invitations", "api_keys", "bindings", "call_routes", "viewings"];

fn on_postgres<F: Future<Output = ()>>(body: impl FnOnce(TestDb) -> F) {
    if postgres_is_available() {
        runtime().block_on(async {
            let test = TestDb::new(Engine::PostgresRls).await;
            body(test.clone()).await;
            test.drop_database().await;
        });
    }
}

async fn enter(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(conn: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    conn.execute(AssertSqlSafe(sql.to_owned())).await.map(|done| done.rows_affected())
}

async fn count(conn: &mut PgConnection, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    sqlx::query(AssertSqlSafe(sql)).fetch_one(conn).await.unwrap().get(0)
}

fn code(done: Result<u64, sqlx::Error>) -> String {
    match done {
        Err(sqlx::Error::Database(error)) => error.code().unwrap_or_default().into_owned(),
        other => format!("{other:?}"),
    }
}

/// Refused by a policy or for want of a right.
const REFUSED: &str = "42501";

/// A table's name, and an INSERT of one row for a tenant.
type Table = (String, Box<dyn Fn(Uuid) -> String>);

/// Every table of tenants, with an INSERT of one row for a tenant; read from the schema, so that a new table is
/// in these tests from its first day.
async fn tenant_tables(url: &str) -> Vec<Table> {
    let mut conn = enter(url).await;
    let sql = "SELECT c.relname::text AS name,
        array_agg(a.attname::text ORDER BY a.attnum) AS columns, array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum) AS types
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      GROUP BY c.relname HAVING bool_or(a.attname = 'tenant_id') ORDER BY c.relname";
    let mut tables: Vec<Table> = Vec::new();
    for row in conn.fetch_all(sql).await.unwrap() {
        let name: String = row.get("name");
        if DIRECTORY.contains(&name.as_str()) {
            continue;
        }
        let (columns, types): (Vec<String>, Vec<String>) = (row.get("columns"), row.get("types"));
        let insert = {
            let name = name.clone();
            move |tenant: Uuid| {
                let values: Vec<String> = columns
                    .iter()
                    .zip(&types)
                    .map(|(column, kind)| match (column.as_str(), kind.as_str()) {
                        ("tenant_id", _) => format!("'{tenant}'"),
                        (_, "uuid") => format!("'{}'", Uuid::from_u128(9)),
                        (_, "bytea") => "'\\x00'".into(),
                        (_, "jsonb") => "'{}'".into(),
                        (_, "boolean") => "FALSE".into(),
                        (_, "text") => "''".into(),
                        _ => "0".into(),
                    })
                    .collect();
                format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", "))
            }
        };
        tables.push((name, Box::new(insert)));
    }
    assert!(tables.len() >= 14, "only {} tenant tables were found", tables.len());
    tables
}

/// One row of each of two tenants in every table.
async fn seeded(test: &TestDb) -> Vec<Table> {
    let tables = tenant_tables(&test.super_url()).await;
    let mut conn = enter(&test.super_url()).await;
    // Foreign keys are not what is tested here.
    run(&mut conn, "SET session_replication_role = replica").await.unwrap();
    for (_, insert) in &tables {
        for tenant in [ONE, TWO] {
            run(&mut conn, &insert(tenant)).await.unwrap();
        }
    }
    tables
}

async fn as_app(conn: &mut PgConnection, tenant: Option<Uuid>) {
    run(conn, "ROLLBACK; BEGIN; SET LOCAL ROLE vestibule_app").await.unwrap();
    if let Some(tenant) = tenant {
        run(conn, &format!("SET LOCAL app.tenant_id = '{tenant}'")).await.unwrap();
    }
}

#[test]
fn row_security_is_forced_on_every_tenant_table() {
    on_postgres(|test| async move {
        let tables = tenant_tables(&test.super_url()).await;
        let mut conn = enter(&test.super_url()).await;
        for (name, _) in &tables {
            let sql =
                "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass";
            let forced: bool = sqlx::query(sql).bind(name).fetch_one(&mut conn).await.unwrap().get(0);
            assert!(forced, "{name}");
        }
    });
}

#[test]
fn without_a_tenant_no_row_is_seen_and_with_one_only_its_own() {
    on_postgres(|test| async move {
        let tables = seeded(&test).await;
        let mut conn = enter(&test.app_url()).await;
        for (name, _) in &tables {
            as_app(&mut conn, None).await;
            assert_eq!(count(&mut conn, name).await, 0, "{name} without a tenant");
            run(&mut conn, "SET LOCAL app.tenant_id = ''").await.unwrap();
            assert_eq!(count(&mut conn, name).await, 0, "{name} with an empty tenant");
            as_app(&mut conn, Some(ONE)).await;
            assert_eq!(count(&mut conn, name).await, 1, "{name}");
            let sql = format!("SELECT tenant_id FROM {name}");
            let seen: Uuid = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut conn).await.unwrap().get(0);
            assert_eq!(seen, ONE, "{name}");
        }
    });
}

#[test]
fn nothing_can_be_written_for_another_tenant() {
    on_postgres(|test| async move {
        let tables = seeded(&test).await;
        let mut conn = enter(&test.app_url()).await;
        let three = Uuid::from_u128(3);
        for (name, insert) in &tables {
            as_app(&mut conn, Some(ONE)).await;
            assert_eq!(
                code(run(&mut conn, &insert(three)).await),
                REFUSED,
                "{name}: an insert for another tenant"
            );
            as_app(&mut conn, None).await;
            assert_eq!(
                code(run(&mut conn, &insert(ONE)).await),
                REFUSED,
                "{name}: an insert without a tenant"
            );
            as_app(&mut conn, Some(ONE)).await;
            if name == "audit" {
                assert_eq!(
                    code(run(&mut conn, "DELETE FROM audit").await),
                    REFUSED,
                    "the audit log only grows"
                );
                as_app(&mut conn, Some(ONE)).await;
                assert_eq!(code(run(&mut conn, "UPDATE audit SET action = ''").await), REFUSED);
                continue;
            }
            let moved = run(&mut conn, &format!("UPDATE {name} SET tenant_id = '{three}'")).await;
            assert_eq!(code(moved), REFUSED, "{name}: a row was moved");
            as_app(&mut conn, Some(TWO)).await;
            let gone = run(&mut conn, &format!("DELETE FROM {name} WHERE tenant_id = '{ONE}'")).await;
            assert!(!matches!(gone, Ok(n) if n > 0), "{name}: another tenant's row was deleted");
        }
    });
}

#[test]
fn role_and_tenant_are_gone_after_the_transaction() {
    on_postgres(|test| async move {
        let mut conn = enter(&test.app_url()).await;
        run(&mut conn, "BEGIN; SET LOCAL ROLE vestibule_app; SET LOCAL app.tenant_id = '00000000-0000-0000-0000-000000000001'").await.unwrap();
        run(&mut conn, "COMMIT").await.unwrap();
        let row = conn.fetch_one("SELECT coalesce(current_setting('app.tenant_id', true), '') AS tenant, current_user::text AS who").await.unwrap();
        assert_eq!(
            (row.get::<String, _>("tenant").as_str(), row.get::<String, _>("who").as_str()),
            ("", test.login())
        );
        // The login itself may read nothing at all.
        for table in ["calls", "tenants", "jobs"] {
            assert_eq!(code(run(&mut conn, &format!("SELECT * FROM {table}")).await), REFUSED, "{table}");
        }
    });
}

#[test]
fn the_system_sees_jobs_of_all_and_nothing_else() {
    on_postgres(|test| async move {
        let tables = seeded(&test).await;
        let mut conn = enter(&test.app_url()).await;
        for (name, insert) in &tables {
            let begin = "ROLLBACK; BEGIN; SET LOCAL ROLE vestibule_system";
            run(&mut conn, begin).await.unwrap();
            if name == "jobs" {
                assert_eq!(count(&mut conn, "jobs").await, 2);
            } else {
                assert_eq!(code(run(&mut conn, &format!("SELECT * FROM {name}")).await), REFUSED, "{name}");
                run(&mut conn, begin).await.unwrap();
            }
            assert_eq!(code(run(&mut conn, &insert(Uuid::from_u128(3))).await), REFUSED, "{name}");
            run(&mut conn, begin).await.unwrap();
            assert_eq!(code(run(&mut conn, &format!("DELETE FROM {name}")).await), REFUSED, "{name}");
        }
    });
}

#[test]
fn a_back_fill_by_the_owner_moves_rows_of_all_tenants() {
    on_postgres(|test| async move {
        let tables = seeded(&test).await;
        let mut owner = enter(&test.owner_url()).await;
        for (name, _) in &tables {
            assert_eq!(count(&mut owner, name).await, 2, "{name}");
            let moved = run(&mut owner, &format!("UPDATE {name} SET tenant_id = tenant_id")).await.unwrap();
            assert_eq!(moved, 2, "{name}: a back-fill must reach every tenant");
        }
    });
}

#[test]
fn a_dump_by_the_owner_holds_and_restores_every_row() {
    let (Some(dump), Some(psql)) = (postgres_program("pg_dump"), postgres_program("psql")) else { return };
    on_postgres(|test| async move {
        let tables = seeded(&test).await;
        let copy = TestDb::empty_postgres().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        // The seeded rows have no parents, so foreign keys would refuse them.
        let mut keys = enter(&test.owner_url()).await;
        drop_foreign_keys(&mut keys).await;
        // Row security cannot be switched off by an owner under FORCE, so the dump goes through his policies.
        let dumped = Command::new(dump)
            .args(["--enable-row-security", "--dbname", &test.owner_url(), "--file"])
            .arg(file.path())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        let restored = Command::new(psql)
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &copy.super_url(), "-f"])
            .arg(file.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        let mut there = enter(&copy.super_url()).await;
        for (name, _) in &tables {
            assert_eq!(count(&mut there, name).await, 2, "{name}");
        }
        // And the walls stand again.
        let mut app = enter(&copy.app_url()).await;
        as_app(&mut app, Some(ONE)).await;
        assert_eq!(count(&mut app, "calls").await, 1);
        let steps: i64 = there.fetch_one("SELECT count(*) FROM schema_migrations").await.unwrap().get(0);
        assert_eq!(usize::try_from(steps).unwrap(), MIGRATIONS.len());
        drop(app.close().await);
        copy.drop_database().await;
    });
}

async fn drop_foreign_keys(conn: &mut PgConnection) {
    let sql = "DO $$ DECLARE k record; BEGIN
        FOR k IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 LOOP
          EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.t, k.conname);
        END LOOP; END $$";
    run(conn, sql).await.unwrap();
}
