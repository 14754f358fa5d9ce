//! Migrations come in pairs, and every table of a tenant is behind row-level security.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, list};
use crate::tree::Tree;

const DIRECTORY: &str = "crates/store/migrations/";
const DIRECTORY_TABLES: &str = "xtask/house/directory_tables.txt";

/// A table as a migration creates it.
pub struct TableMade {
    /// Its name.
    pub name: String,
    /// Whether it has a `tenant_id` column.
    pub has_tenant: bool,
    /// The file.
    pub path: String,
    /// The line of its CREATE TABLE.
    pub line: usize,
}

/// Every table that the migrations create; partitions belong to their parent and are left out.
pub fn tables(tree: &Tree) -> Vec<TableMade> {
    tree.under(DIRECTORY, ".sql").flat_map(|(path, text)| tables_in(path, text)).collect()
}

/// The names of the tables that hold tenants' data: all with a `tenant_id`, but for the directory's.
pub fn tenant_tables(tree: &Tree) -> BTreeSet<String> {
    let directory = directory_tables(tree);
    tables(tree)
        .into_iter()
        .filter(|table| table.has_tenant && !directory.contains(&table.name))
        .map(|table| table.name)
        .collect()
}

/// The names of the directory's tables: what must be looked up before a tenant is known.
pub fn directory_tables(tree: &Tree) -> BTreeSet<String> {
    list::read(tree, DIRECTORY_TABLES, 2, &mut Vec::new())
        .into_iter()
        .map(|entry| entry.fields[0].clone())
        .collect()
}

/// Checks pairs, names and policies.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let made = tables(tree);
    for entry in list::read(tree, DIRECTORY_TABLES, 2, &mut findings) {
        if !made.iter().any(|table| table.name == entry.fields[0]) {
            findings.push(Finding::new(
                DIRECTORY_TABLES,
                entry.line,
                "no migration creates this table: remove the line",
            ));
        }
    }
    findings.extend(pairs(tree));
    let postgres: String =
        tree.under(DIRECTORY, "/postgres.sql").map(|(_, text)| plain(text)).collect::<Vec<_>>().join("\n");
    let tenants = tenant_tables(tree);
    for table in
        made.iter().filter(|table| tenants.contains(&table.name) && table.path.ends_with("/postgres.sql"))
    {
        let name = &table.name;
        let altered =
            |what: &str| postgres.contains(&format!("alter table {name} {what} row level security"));
        let guarded = postgres
            .split("create policy ")
            .skip(1)
            .any(|policy| policy.split_whitespace().skip_while(|word| *word != "on").nth(1) == Some(name));
        for (holds, wants) in [
            (altered("enable"), format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")),
            (altered("force"), format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY")),
            (guarded, format!("a CREATE POLICY … ON {name}")),
        ] {
            if !holds {
                let message = format!("`{name}` holds tenants' data and lacks {wants}");
                findings.push(Finding::new(&table.path, table.line, &message));
            }
        }
    }
    findings
}

fn pairs(tree: &Tree) -> Vec<Finding> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, _) in tree.under(DIRECTORY, ".sql") {
        if let Some((folder, file)) = path[DIRECTORY.len()..].split_once('/') {
            found.entry(folder).or_default().push(file);
        }
    }
    let mut findings = Vec::new();
    for (folder, files) in found {
        let path = format!("{DIRECTORY}{folder}");
        let number = folder.split('_').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            findings.push(Finding::new(&path, 1, "is not named NNNN_what_it_does"));
        }
        for wanted in ["sqlite.sql", "postgres.sql"] {
            if !files.contains(&wanted) {
                findings.push(Finding::new(
                    &path,
                    1,
                    &format!("lacks {wanted}: both databases migrate together"),
                ));
            }
        }
    }
    findings
}

/// The text in lower case, comments out, white space as single blanks, quotes around names out.
fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let joined = lines.join(" ").to_lowercase().replace('"', "").replace(';', " ; ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tables_in(path: &str, text: &str) -> Vec<TableMade> {
    let lower = text.to_lowercase();
    let mut tables = Vec::new();
    for (start, found) in lower.match_indices("create table ") {
        let before = lower[..start].rsplit('\n').next().unwrap_or_default();
        if before.contains("--") {
            continue;
        }
        let rest = lower[start + found.len()..].trim_start();
        let rest = rest.strip_prefix("if not exists ").unwrap_or(rest);
        let name: String =
            rest.trim_start_matches('"').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let statement = rest.split(';').next().unwrap_or(rest);
        if name.is_empty() || statement.contains(" partition of ") {
            continue;
        }
        let has_tenant = columns(statement).iter().any(|column| column == "tenant_id");
        let line = text[..start].lines().count().max(1) + usize::from(before.is_empty() && start > 0);
        tables.push(TableMade { name, has_tenant, path: path.to_owned(), line });
    }
    tables
}

/// The first word of each definition between the outer parentheses.
fn columns(statement: &str) -> Vec<String> {
    let uncommented: String = statement
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let Some((_, body)) = uncommented.split_once('(') else { return Vec::new() };
    let mut depth = 0usize;
    let mut parts = vec![String::new()];
    for c in body.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
        .iter()
        .filter_map(|part| part.split_whitespace().next())
        .map(|word| word.trim_matches('"').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{check, tenant_tables};
    use crate::tree::Tree;

    const GOOD: &str = "-- CREATE TABLE old (tenant_id)\nCREATE TABLE nodes (id UUID);\nCREATE TABLE calls (\n  tenant_id UUID NOT NULL, -- whose\n  \
        id UUID, PRIMARY KEY (tenant_id, id)\n) PARTITION BY RANGE (id);\n\
        CREATE TABLE calls_default PARTITION OF calls DEFAULT;\nCREATE TABLE keys (hash BYTEA, tenant_id UUID);\n";
    const WALLS: &str = "ALTER TABLE calls ENABLE ROW LEVEL SECURITY;\nALTER TABLE calls FORCE ROW LEVEL SECURITY;\n\
        CREATE POLICY tenant ON calls TO vestibule_app USING (true);\n";

    fn tree(postgres: &str) -> Tree {
        let mut tree = Tree::default();
        tree.put("xtask/house/directory_tables.txt", "keys | looked up before the tenant is known\n");
        tree.put("crates/store/migrations/0001_first/sqlite.sql", GOOD);
        tree.put("crates/store/migrations/0001_first/postgres.sql", postgres);
        tree
    }

    #[test]
    fn tables_of_tenants_are_found() {
        let names: Vec<String> = tenant_tables(&tree(GOOD)).into_iter().collect();
        assert_eq!(names, ["calls"]);
        assert_eq!(check(&tree(&format!("{GOOD}{WALLS}"))), []);
    }

    #[test]
    fn missing_walls_and_a_missing_twin_are_found() {
        let found = check(&tree(GOOD));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].to_string().starts_with("crates/store/migrations/0001_first/postgres.sql:3:"),
            "{found:?}"
        );
        let mut lone = tree(&format!("{GOOD}{WALLS}"));
        lone.put("crates/store/migrations/2_x/sqlite.sql", "");
        assert_eq!(check(&lone).len(), 2);
    }
}
