//! No table of a tenant is forgotten: what an archive carries is compared with the schema.

use std::collections::{BTreeMap, BTreeSet};
use vestibule_domain::archive::{NOT_CARRIED, NOT_CARRIED_COLUMNS, TABLES};
use vestibule_store::directory::archive as directory;
use vestibule_store::{Holds, Shape};
use vestibule_testkit::{Engine, TestDb, runtime, world};

/// Tables that name a tenant and are carried in another way, or not at all.
const OTHERWISE: &[(&str, &str)] = &[
    ("memberships", "as people, by their address"),
    ("invitations", "their links lead to the server that sent them"),
    ("data_keys", "a key never leaves its server"),
    ("viewings", "who of one server's people looked in from outside; the audit log tells of it"),
    ("imports", "archives that are being taken in; goes with the tenant"),
    ("tenant_erasures", "what is left of a tenant that is gone"),
];

/// Columns of the directory's tables that no archive carries.
const SERVERS_OWN: &[(&str, &str)] =
    &[("tenants", "public_no"), ("tenants", "agency_id"), ("tenants", "deleted_at")];

fn schema(path: &std::path::Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let file = rusqlite::Connection::open(path).unwrap();
    let mut names = file
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let names: Vec<String> = names.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    names
        .into_iter()
        .map(|name| {
            let mut columns = file.prepare(&format!("PRAGMA table_info({name})")).unwrap();
            let read = |r: &rusqlite::Row<'_>| Ok((r.get(1)?, r.get(2)?));
            let columns = columns.query_map([], read).unwrap().map(Result::unwrap).collect();
            (name, columns)
        })
        .collect()
}

#[test]
fn what_points_at_a_tenant_or_a_person_goes_with_them() {
    runtime().block_on(async {
        let lite = TestDb::new(Engine::Sqlite).await;
        drop(lite.open(world().0).await);
        let file = rusqlite::Connection::open(lite.sqlite_path()).unwrap();
        for (target, list) in [("tenants", directory::OF_TENANT), ("users", directory::OF_PERSON)] {
            let sql = "SELECT s.name, k.\"from\" FROM sqlite_schema s, pragma_foreign_key_list(s.name) k
                       WHERE s.type = 'table' AND k.\"table\" = ?1";
            let mut found = file.prepare(sql).unwrap();
            let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?));
            for (table, column) in found.query_map([target], read).unwrap().map(Result::unwrap) {
                // Whoever is removed is a member nowhere else, and of an agency neither.
                if (target, table.as_str()) == ("users", "memberships") {
                    continue;
                }
                let removes = |sql: &&str| {
                    (sql.contains(&format!("FROM {table} ")) || sql.contains(&format!("UPDATE {table} ")))
                        && sql.contains(&format!("{column} = $1"))
                };
                assert!(list.iter().any(removes), "{table}.{column} points at {target} and stays");
            }
        }
    });
}

const fn declared(holds: Holds) -> &'static str {
    match holds {
        Holds::Int | Holds::Due | Holds::Bool => "INTEGER",
        Holds::Text | Holds::Json => "TEXT",
        Holds::Id
        | Holds::Bytes
        | Holds::Secret
        | Holds::OptSecret
        | Holds::SealedBytes
        | Holds::SealedText => "BLOB",
    }
}

fn check(shape: &Shape, columns: &BTreeMap<String, String>) {
    let table = shape.table;
    let mut known: BTreeSet<&str> = shape.columns.iter().map(|column| column.name).collect();
    for column in shape.columns {
        let there = columns.get(column.name).unwrap_or_else(|| panic!("{table}.{} is gone", column.name));
        assert_eq!(there, declared(column.holds), "{table}.{}", column.name);
    }
    known.insert(shape.owner);
    known.extend(shape.fixed.iter().map(|(name, _)| *name));
    known.extend(SERVERS_OWN.iter().filter(|(t, _)| *t == table).map(|(_, column)| *column));
    let left_out = NOT_CARRIED_COLUMNS.iter().filter(|(t, ..)| *t == table);
    known.extend(left_out.flat_map(|(_, columns, _)| columns.iter().copied()));
    for column in columns.keys() {
        assert!(
            known.contains(column.as_str()),
            "{table}.{column} is in no archive: carry it, or say why not"
        );
    }
    assert!(shape.order.iter().all(|name| shape.place(name).is_some()), "{table}: its order is not carried");
}

#[test]
fn every_table_and_column_of_a_tenant_is_carried_or_left_out_with_a_reason() {
    runtime().block_on(async {
        let lite = TestDb::new(Engine::Sqlite).await;
        drop(lite.open(world().0).await);
        let schema = schema(&lite.sqlite_path());
        for shape in TABLES.iter().chain(directory::TABLES).chain([&directory::TENANT]) {
            check(shape, schema.get(shape.table).unwrap_or_else(|| panic!("{} is gone", shape.table)));
        }
        let carried: BTreeSet<&str> =
            TABLES.iter().chain(directory::TABLES).map(|shape| shape.table).collect();
        let left: BTreeSet<&str> = NOT_CARRIED.iter().map(|(shape, _)| shape.table).collect();
        let otherwise: BTreeSet<&str> = OTHERWISE.iter().map(|(table, _)| *table).collect();
        for (name, columns) in &schema {
            let is_of_tenant = columns.contains_key("tenant_id") || columns.contains_key("owner_id");
            let is_known = [&carried, &left, &otherwise].iter().any(|set| set.contains(name.as_str()));
            assert!(!is_of_tenant || is_known, "{name} is in no archive: carry it, or say why not");
        }
        for name in left.iter().chain(&otherwise) {
            assert!(schema.contains_key(*name), "{name} is gone: remove it from the list");
        }
    });
}
