//! Both migrations make the same tables.

use sqlx::{Connection, PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime, world};

/// A column: its kind, whether it may be NULL, its place in the primary key (0: none).
type Column = (&'static str, bool, i64);
/// An index besides the primary key: whether it is unique, whether it is partial, its columns in order.
type Index = (bool, bool, Vec<String>);

#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: BTreeMap<String, Column>,
    indexes: BTreeSet<Index>,
    /// Columns here, table, columns there.
    references: BTreeSet<(Vec<String>, String, Vec<String>)>,
}

fn kind(declared: &str) -> &'static str {
    match declared {
        "INTEGER" | "BIGINT" | "bigint" | "boolean" => "number",
        "BLOB" | "uuid" | "bytea" => "bytes",
        "TEXT" | "text" | "jsonb" => "text",
        other => panic!("what is a {other}?"),
    }
}

fn sqlite(path: &std::path::Path) -> BTreeMap<String, Table> {
    let file = rusqlite::Connection::open(path).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = file.prepare(sql).unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut found = BTreeMap::new();
    for name in names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
        let mut table = Table::default();
        let mut columns = file.prepare(&format!("PRAGMA table_info({name})")).unwrap();
        let mut rows = columns.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let declared: String = row.get(2).unwrap();
            let column = (kind(&declared), row.get::<_, i64>(3).unwrap() == 0, row.get(5).unwrap());
            table.columns.insert(row.get(1).unwrap(), column);
        }
        let mut indexes = file.prepare(&format!("PRAGMA index_list({name})")).unwrap();
        let mut rows = indexes.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (index, origin): (String, String) = (row.get(1).unwrap(), row.get(3).unwrap());
            if origin != "pk" {
                let columns = names(&format!("SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"));
                table.indexes.insert((row.get(2).unwrap(), row.get(4).unwrap(), columns));
            }
        }
        let mut keys: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
        let sql = format!(
            "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list('{name}') ORDER BY id, seq"
        );
        let mut statement = file.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let key = keys.entry(row.get(0).unwrap()).or_default();
            key.0.push(row.get(2).unwrap());
            key.1 = row.get(1).unwrap();
            key.2.push(row.get(3).unwrap());
        }
        table.references = keys.into_values().collect();
        found.insert(name, table);
    }
    found
}

const TABLES: &str = "SELECT c.oid::bigint AS oid, c.relname::text AS name FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition";
const COLUMNS: &str =
    "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable,
    coalesce((SELECT k.place FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.attnum = a.attnum), 0) AS pk
  FROM pg_attribute a WHERE a.attrelid = $1::bigint::oid AND a.attnum > 0 AND NOT a.attisdropped";
const INDEXES: &str = "SELECT i.indisunique AS uniq, i.indpred IS NOT NULL AS partial,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
  FROM pg_index i WHERE i.indrelid = $1::bigint::oid AND NOT i.indisprimary";
const REFERENCES: &str = "SELECT r.relname::text AS target,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS here,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum) AS there
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid WHERE c.conrelid = $1::bigint::oid AND c.contype = 'f'";

async fn postgres(url: &str) -> BTreeMap<String, Table> {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let mut found = BTreeMap::new();
    for row in sqlx::query(TABLES).fetch_all(&mut conn).await.unwrap() {
        let (oid, name): (i64, String) = (row.get("oid"), row.get("name"));
        let mut table = Table::default();
        for c in sqlx::query(COLUMNS).bind(oid).fetch_all(&mut conn).await.unwrap() {
            let column = (kind(&c.get::<String, _>("type")), c.get("nullable"), c.get("pk"));
            table.columns.insert(c.get("name"), column);
        }
        for i in sqlx::query(INDEXES).bind(oid).fetch_all(&mut conn).await.unwrap() {
            table.indexes.insert((i.get("uniq"), i.get("partial"), i.get("columns")));
        }
        for r in sqlx::query(REFERENCES).bind(oid).fetch_all(&mut conn).await.unwrap() {
            table.references.insert((r.get("here"), r.get("target"), r.get("there")));
        }
        found.insert(name, table);
    }
    found
}

#[test]
fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let (lite, pg) = (TestDb::new(Engine::Sqlite).await, TestDb::new(Engine::PostgresRls).await);
        drop(lite.open(world().0).await);
        let (lite, there) = (sqlite(&lite.sqlite_path()), postgres(&pg.super_url()).await);
        assert!(lite.len() > 25, "only {} tables were read", lite.len());
        assert_eq!(lite.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
        for (name, table) in &lite {
            assert_eq!(table, &there[name], "{name}");
        }
        pg.drop_database().await;
    });
}

#[test]
fn every_tenant_table_begins_its_keys_with_the_tenant() {
    runtime().block_on(async {
        let lite = TestDb::new(Engine::Sqlite).await;
        drop(lite.open(world().0).await);
        // The directory is looked up before a tenant is known.
        let directory = ["memberships", "invitations", "api_keys", "bindings", "call_routes"];
        for (name, table) in sqlite(&lite.sqlite_path()) {
            let Some((_, nullable, place)) = table.columns.get("tenant_id") else { continue };
            assert!(!nullable, "{name}");
            if directory.contains(&name.as_str()) {
                continue;
            }
            assert_eq!(*place, 1, "{name}: the primary key does not begin with the tenant");
            for (_, _, columns) in &table.indexes {
                assert_eq!(columns[0], "tenant_id", "{name}: {columns:?}");
            }
            for (here, target, _) in &table.references {
                assert_eq!(here[0], "tenant_id", "{name} → {target}");
            }
        }
    });
}
