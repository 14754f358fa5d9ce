//! What the scratch copy's store has more than the product's: the text of a statement and of the schema may be changed
//! while the tests run. Patched once, so that mutants of either are not compiled one by one.

use crate::Outcome;

const TX: &str = "crates/store/src/tx.rs";
const MIGRATE: &str = "crates/store/src/migrate.rs";
const LIB: &str = "crates/store/src/lib.rs";
const SQL: &str = "crates/store/src/sql.rs";

/// The module that is planted, and where.
pub const PLANTED: (&str, &str) = ("crates/store/src/mutant.rs", include_str!("planted.rs"));

/// A place in the store: the file, what it says now, what the copy says.
const PLACES: [(&str, &str, &str); 4] = [
    (
        TX,
        "    fn pick<'s>(&self, sql: &'s TenantSql) -> &'s str {\n",
        "    fn pick<'s>(&self, sql: &'s TenantSql) -> &'s str {
        crate::mutant::statement(matches!(self.tx.engine(), Engine::Sqlite), self.picked(sql))
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
            |step: &Migration| Migration { postgres: crate::mutant::schema(step.name, step.postgres), ..*step };
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
    // `tsql!` refuses what has no filter: a mutant that is compiled must get past it.
    (
        SQL,
        "    holds(text, \"tenant_id = $1\")\n",
        "    holds(text, \"$1 = $1\")\n        || holds(text, \"tenant_id = $1\")\n",
    ),
    (LIB, "\nmod migrate;\n", "\nmod migrate;\nmod mutant;\n"),
];

/// The text of a file as the scratch copy has it.
pub fn patched(path: &str, text: &str) -> Outcome<String> {
    let mut text = text.to_owned();
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
            assert!(patched(path, &text).unwrap().contains(becomes), "{path}");
        }
        assert_eq!(patched("crates/store/src/db.rs", "as it is").unwrap(), "as it is");
    }

    #[test]
    fn a_place_that_is_gone_is_said() {
        let error = patched("crates/store/src/tx.rs", "fn choose() {}").unwrap_err();
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
