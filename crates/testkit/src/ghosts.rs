//! Ghosts: on SQLite, each row that a test writes into a tenant's table has a ghost, a row of the same ids and other contents
//! that is of a tenant nobody has. Whatever reads without its tenant meets the ghost, which is found first; whatever
//! writes without its tenant changes it, and the test fails in the end. So every test holds the tenancy's walls,
//! whatever it is about.

use rusqlite::{Connection, Result};
use std::collections::BTreeSet;
use std::path::Path;
use vestibule_store::MIGRATIONS;

/// How the ids of those begin whose ghosts are: before every real tenant's in any index, after the platform's.
const BEGINNING: &str = "x'0001'";
/// Looked through for all tenants, to find what is due: a ghost's job would be worked at.
const WITHOUT: &[&str] = &["jobs"];

/// The tables on whose rows PostgreSQL puts row-level security.
fn tables() -> BTreeSet<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|step| step.postgres.lines());
    let forced = lines.filter_map(|line| {
        line.trim().strip_prefix("ALTER TABLE ")?.strip_suffix(" FORCE ROW LEVEL SECURITY;")
    });
    forced.filter(|table| !WITHOUT.contains(table)).collect()
}

struct Column {
    name: String,
    kind: String,
}

/// Everything that a ghost must have as its row has it.
struct Table {
    columns: Vec<Column>,
    kept: BTreeSet<String>,
    /// The columns of each key.
    keys: Vec<Vec<String>>,
}

fn names(conn: &Connection, sql: &str) -> Result<Vec<String>> {
    conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn look(conn: &Connection, table: &str) -> Result<Table> {
    let mut statement = conn.prepare("SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden = 0")?;
    let read = |row: &rusqlite::Row<'_>| Ok(Column { name: row.get(0)?, kind: row.get(1)? });
    let columns = statement.query_map([table], read)?.collect::<Result<Vec<_>>>()?;
    // Keys and what refers to them; what a check looks at.
    let unique = format!("SELECT name FROM pragma_index_list('{table}') WHERE \"unique\" = 1");
    let mut keys = vec![names(conn, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0"))?];
    for index in names(conn, &unique)? {
        let of = format!("SELECT name FROM pragma_index_info('{index}') WHERE name IS NOT NULL");
        keys.push(names(conn, &of)?);
    }
    keys.retain(|key| !key.is_empty());
    let mut kept: BTreeSet<String> = keys.iter().flatten().cloned().collect();
    kept.extend(names(conn, &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}')"))?);
    let sql: String =
        conn.query_row("SELECT sql FROM sqlite_master WHERE name = ?1", [table], |row| row.get(0))?;
    let words = checked_words(&sql);
    let is_id = |name: &str| name == "id" || name.ends_with("_id");
    kept.extend(
        columns.iter().map(|c| c.name.clone()).filter(|name| is_id(name) || words.contains(name.as_str())),
    );
    Ok(Table { columns, kept, keys })
}

/// The words inside of the CHECKs of a table's definition.
fn checked_words(sql: &str) -> BTreeSet<&str> {
    let mut words = BTreeSet::new();
    for (at, check) in sql.match_indices("CHECK") {
        let (mut depth, mut end) = (0_i32, sql.len());
        for (offset, c) in sql[at + check.len()..].char_indices() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if c == ')' && depth == 0 {
                end = at + check.len() + offset;
                break;
            }
        }
        words.extend(sql[at..end].split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    }
    words
}

/// Whose the ghost of a row is.
fn ghost_of(row: &str) -> String {
    format!("CAST({BEGINNING} || substr({row}.tenant_id, 3) AS BLOB)")
}

fn is_ghost(tenant: &str) -> String {
    format!("substr({tenant}, 1, 2) = {BEGINNING}")
}

/// What a ghost has in a column.
fn ghostly(table: &Table, column: &Column) -> String {
    let name = &column.name;
    let other = match column.kind.as_str() {
        "INTEGER" => format!("NEW.{name} + 7"),
        "TEXT" => "'ghost'".to_owned(),
        _ => "x'67686f7374'".to_owned(),
    };
    match name.as_str() {
        "tenant_id" => ghost_of("NEW"),
        _ if table.kept.contains(name) => format!("NEW.{name}"),
        _ => format!("CASE WHEN NEW.{name} IS NULL THEN NULL ELSE {other} END"),
    }
}

/// Lets every row that is written from now on have a ghost.
///
/// # Errors
/// SQLite's.
pub(crate) fn plant(path: &Path) -> Result<()> {
    let conn = Connection::open(path)?;
    let is_ghost = is_ghost("NEW.tenant_id");
    for name in tables() {
        let table = look(&conn, name)?;
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let new = columns.iter().map(|name| format!("NEW.{name}")).collect::<Vec<_>>().join(", ");
        let columns = columns.join(", ");
        let values: Vec<String> = table.columns.iter().map(|column| ghostly(&table, column)).collect();
        let values = values.join(", ");
        // Asked for rather than ignored: how a conflict is met is decided by the statement outside of a trigger.
        let is_there = |key: &Vec<String>| {
            let same: Vec<String> = key
                .iter()
                .map(|name| match name.as_str() {
                    "tenant_id" => format!("g.tenant_id = {}", ghost_of("NEW")),
                    _ => format!("g.{name} = NEW.{name}"),
                })
                .collect();
            format!("NOT EXISTS (SELECT 1 FROM {name} g WHERE {})", same.join(" AND "))
        };
        let is_new = table.keys.iter().map(is_there).collect::<Vec<_>>().join(" AND ");
        conn.execute_batch(&format!(
            "CREATE TABLE ghost_of_{name} AS SELECT * FROM {name} WHERE 0;
             CREATE TRIGGER ghost_before_{name} BEFORE INSERT ON {name} WHEN NOT {is_ghost} BEGIN
               INSERT INTO {name} ({columns}) SELECT {values} WHERE {is_new};
             END;
             CREATE TRIGGER ghost_after_{name} AFTER INSERT ON {name} WHEN {is_ghost} BEGIN
               INSERT INTO ghost_of_{name} VALUES ({new});
             END;"
        ))?;
    }
    Ok(())
}

/// Takes the ghosts away: for tests that look at every byte.
///
/// # Errors
/// SQLite's.
pub(crate) fn lay(path: &Path) -> Result<()> {
    let conn = Connection::open(path)?;
    for name in tables() {
        conn.execute_batch(&format!(
            "DROP TRIGGER IF EXISTS ghost_before_{name}; DROP TRIGGER IF EXISTS ghost_after_{name};
             DROP TABLE IF EXISTS ghost_of_{name}; DELETE FROM {name} WHERE {};",
            is_ghost("tenant_id")
        ))?;
    }
    Ok(())
}

/// The tables whose ghosts are not as they were.
///
/// # Errors
/// SQLite's.
pub(crate) fn troubled(path: &Path) -> Result<Vec<String>> {
    let conn = Connection::open(path)?;
    let mut found = Vec::new();
    for name in tables() {
        if names(&conn, &format!("SELECT name FROM sqlite_master WHERE name = 'ghost_of_{name}'"))?.is_empty()
        {
            continue;
        }
        let here = format!("SELECT * FROM {name} WHERE {}", is_ghost("tenant_id"));
        let there = format!("SELECT * FROM ghost_of_{name}");
        let sql = format!(
            "SELECT (SELECT count(*) FROM ({here} EXCEPT {there})), (SELECT count(*) FROM ({there} EXCEPT {here}))"
        );
        let (changed, gone): (i64, i64) = conn.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if changed + gone > 0 {
            found.push(format!("{name}: {changed} changed, {gone} changed or gone"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{checked_words, tables};

    #[test]
    fn what_a_check_looks_at_is_known() {
        let sql = "CREATE TABLE t (a TEXT, state TEXT NOT NULL CHECK (state IN ('x', lower('y'))), b INTEGER, CHECK (b > 0))";
        let words = checked_words(sql);
        assert!(words.contains("state") && words.contains("b") && !words.contains("a"), "{words:?}");
    }

    #[test]
    fn every_table_of_tenants_has_ghosts_but_the_queue() {
        let tables = tables();
        assert!(tables.len() > 20 && tables.contains("calls") && !tables.contains("jobs"), "{tables:?}");
    }
}
