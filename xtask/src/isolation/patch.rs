//! What the scratch copy has more than the product: every mutant, asleep, and what wakes one while the tests run. Patched
//! once, so that mutants are not compiled one by one.

use crate::Outcome;

use super::mutants::Mutant;

const TX: &str = "crates/store/src/tx.rs";
const MIGRATE: &str = "crates/store/src/migrate.rs";
const CONNECTIONS: &str = "crates/store/src/directory/connections.rs";
const ACCESS: &str = "crates/access/src/lib.rs";
const PERMISSION: &str = "crates/access/src/permission.rs";
const ENTER: &str = "crates/http/src/enter.rs";

/// The module that is planted, and where: below everything that is patched.
pub const PLANTED: (&str, &str) = ("crates/access/src/mutant.rs", include_str!("planted.rs"));

/// A place in the copy: the file, what it says now, what the copy says.
const PLACES: [(&str, &str, &str); 8] = [
    (
        TX,
        "    fn pick<'s>(&self, sql: &'s TenantSql) -> &'s str {\n",
        "    fn pick<'s>(&self, sql: &'s TenantSql) -> &'s str {
        vestibule_access::mutant::statement(matches!(self.tx.engine(), Engine::Sqlite), self.picked(sql))
    }

    fn picked<'s>(&self, sql: &'s TenantSql) -> &'s str {\n",
    ),
    (
        MIGRATE,
        "/// Every step, in order.\npub const MIGRATIONS: &[Migration] = &[",
        "/// Every step, in order, as the mutant wants it.
pub const MIGRATIONS: Steps = Steps;

/// Stands for the steps; they are read once.
#[derive(Debug, Clone, Copy)]
pub struct Steps;

impl Steps {
    fn all() -> &'static [Migration] {
        static STEPS: std::sync::OnceLock<Vec<Migration>> = std::sync::OnceLock::new();
        let changed =
            |step: &Migration| Migration { postgres: vestibule_access::mutant::schema(step.name, step.postgres), ..*step };
        STEPS.get_or_init(|| SHIPPED.iter().map(changed).collect())
    }
}

impl std::ops::Deref for Steps {
    type Target = [Migration];

    fn deref(&self) -> &[Migration] {
        Self::all()
    }
}

impl IntoIterator for Steps {
    type Item = &'static Migration;
    type IntoIter = std::slice::Iter<'static, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        Self::all().iter()
    }
}

const SHIPPED: &[Migration] = &[",
    ),
    (
        CONNECTIONS,
        "const SERVES: &str = \"(c.owner_kind <> 'agency' OR c.owner_id = t.agency_id)\";",
        "const SERVES: Serves = Serves;

struct Serves;

impl std::fmt::Display for Serves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if vestibule_access::mutant::is(\"serves\") {
            \"c.owner_id = c.owner_id\"
        } else {
            \"(c.owner_kind <> 'agency' OR c.owner_id = t.agency_id)\"
        })
    }
}",
    ),
    (ACCESS, "\nmod mint;\n", "\nmod mint;\npub mod mutant;\n"),
    (
        PERMISSION,
        "pub const fn least_role(self) -> Role { match",
        "pub fn least_role(self) -> Role {
                if crate::mutant::is_least(self.as_str()) { return Role::Viewer; }
                match",
    ),
    (PERMISSION, "pub const fn is_held_by(", "pub fn is_held_by("),
    (
        ENTER,
        "record.holding(), N::PERMISSION)?",
        "record.holding(), vestibule_access::mutant::door(
            parts.method.as_str(),
            parts.extensions.get::<axum::extract::MatchedPath>().map_or(\"\", |path| path.as_str()),
            N::PERMISSION,
            [vestibule_access::Permission::ReadCalls, vestibule_access::Permission::ReadContacts],
        ))?",
    ),
    (
        ENTER,
        "enter_platform(&app.mint, N::PERMISSION)?",
        "enter_platform(&app.mint, vestibule_access::mutant::door(
            parts.method.as_str(),
            parts.extensions.get::<axum::extract::MatchedPath>().map_or(\"\", |path| path.as_str()),
            N::PERMISSION,
            [vestibule_access::PlatformPermission::ManageTenants; 2],
        ))?",
    ),
];

/// The text of a file as the scratch copy has it: with the mutants that are planted in it.
pub fn patched(path: &str, text: &str, mutants: &[&Mutant]) -> Outcome<String> {
    let here = mutants.iter().filter(|mutant| mutant.path == path);
    let mut edits: Vec<_> = here.filter_map(|mutant| mutant.planted()).collect();
    // From the end on, so that the places before stay where they are.
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    edits.dedup();
    let mut text = text.to_owned();
    for (range, becomes) in edits {
        text.replace_range(range, &becomes);
    }
    for (file, was, becomes) in PLACES {
        if file != path {
            continue;
        }
        if text.matches(was).count() != 1 {
            return Err(format!(
                "{path} no longer says `{}` once: bring xtask/src/isolation/patch.rs up to date",
                was.trim()
            ));
        }
        text = text.replacen(was, becomes, 1);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{PLACES, patched};
    use crate::isolation::planted::Swap;
    use std::sync::Mutex;

    fn swap(engine: &str) -> Swap {
        Swap {
            engine: engine.into(),
            was: "SELECT a FROM t WHERE tenant_id = $1".into(),
            becomes: "SELECT a FROM t WHERE $1 = $1".into(),
            made: Mutex::default(),
        }
    }

    #[test]
    fn the_store_has_every_place_that_is_patched() {
        for (path, _, becomes) in PLACES {
            let text = crate::run::read(&crate::run::root().join(path)).unwrap();
            assert!(patched(path, &text, &[]).unwrap().contains(becomes), "{path}");
        }
        assert_eq!(patched("crates/store/src/db.rs", "as it is", &[]).unwrap(), "as it is");
    }

    #[test]
    fn a_place_that_is_gone_is_said() {
        let error = patched("crates/store/src/tx.rs", "fn choose() {}", &[]).unwrap_err();
        assert!(error.contains("patch.rs up to date"), "{error}");
    }

    #[test]
    fn a_statement_is_swapped_with_what_was_added_to_it() {
        let swap = swap("both");
        let text = "SELECT a FROM t WHERE tenant_id = $1 AND b = $2";
        assert_eq!(swap.apply(true, text), "SELECT a FROM t WHERE $1 = $1 AND b = $2");
        assert_eq!(swap.apply(false, text), "SELECT a FROM t WHERE $1 = $1 AND b = $2");
        assert_eq!(swap.made.lock().unwrap().len(), 1);
        let other = "SELECT b FROM t WHERE tenant_id = $1";
        assert_eq!(swap.apply(true, other), other);
    }

    #[test]
    fn a_statement_of_one_database_is_swapped_there_alone() {
        let text = "SELECT a FROM t WHERE tenant_id = $1";
        assert_eq!(swap("sqlite").apply(false, text), text);
        assert_eq!(swap("postgres").apply(true, text), text);
        assert_eq!(swap("postgres").apply(false, text), "SELECT a FROM t WHERE $1 = $1");
    }
}
