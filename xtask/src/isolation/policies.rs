//! The mutants of row-level security: a policy that lets everything through.

use crate::tree::Tree;

use super::mutants::{Means, Mutant, Wall};

const FOLDER: &str = "crates/store/migrations/";
const FILE: &str = "/postgres.sql";

/// The mutants of every migration.
pub fn every(tree: &Tree) -> impl Iterator<Item = Mutant> {
    tree.under(FOLDER, FILE).flat_map(|(path, text)| of(path, text))
}

/// The migration's name in a mutant's path.
pub fn step(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.strip_suffix(FILE)
}

/// In each policy of the application's role, what may be seen and what may be written becomes everything.
fn of(path: &str, source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (start, _) in source.match_indices("CREATE POLICY ") {
        let statement = &source[start..start + source[start..].find(';').unwrap_or(source.len() - start)];
        if !statement.contains("app.tenant_id") {
            continue;
        }
        for clause in ["USING (", "WITH CHECK ("] {
            let Some(at) = statement.find(clause) else { continue };
            let open = at + clause.len() - 1;
            let length = balanced(&statement[open..]);
            let range = start + open..start + open + length;
            let mut mutant = Mutant::new(Wall::Policy, path, source, range, "(true)").by(Means::Schema);
            let name = statement.split_whitespace().nth(2).unwrap_or_default();
            mutant.was = format!("{name} {clause}…)");
            mutants.push(mutant);
        }
    }
    mutants
}

/// The length of the text from an opening parenthesis to the one that closes it.
fn balanced(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{of, step};

    #[test]
    fn each_clause_of_a_tenant_policy_goes_once() {
        let source = "CREATE POLICY t ON calls TO vestibule_app\n  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)\n  \
            WITH CHECK (tenant_id = f('app.tenant_id'));\nCREATE POLICY o ON calls TO CURRENT_USER USING (true);\n";
        let mutants = of("p.sql", source);
        assert_eq!(mutants.len(), 2);
        assert!(mutants[0].text.contains("USING (true)\n  WITH CHECK (tenant_id"), "{}", mutants[0].text);
        assert!(mutants[1].text.contains("WITH CHECK (true);"), "{}", mutants[1].text);
    }

    #[test]
    fn a_path_names_its_step() {
        assert_eq!(step("crates/store/migrations/0001_spine/postgres.sql"), Some("0001_spine"));
        assert_eq!(step("crates/store/migrations/0001_spine/sqlite.sql"), None);
    }
}
