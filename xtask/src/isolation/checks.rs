//! The mutants of roles: each least role of the table, each check that stands in code, each operation's permission. The copy
//! carries them all, asleep; a test wakes one by its name.

use crate::Outcome;
use crate::tree::Tree;

use super::mutants::{Means, Mutant, Wall};

const PERMISSIONS: &str = "crates/access/src/permission.rs";
const OUTSIDE: &str = "crates/access/src/outside.rs";
const PRINCIPAL: &str = "crates/access/src/principal.rs";
const CONNECTIONS: &str = "crates/store/src/directory/connections.rs";

/// Checks that stand in code, each a whole expression: the file, what it says, what the mutant says.
const CHECKS: &[(&str, &str, &str)] = &[
    (PERMISSIONS, "matches!(role, PlatformRole::Operator)", "{ let _ = role; true }"),
    (OUTSIDE, "self.outside() >= needed", "{ let _ = needed; true }"),
    (OUTSIDE, "self.outside() > Outside::Never", "true"),
    (OUTSIDE, "role >= self.least_role()", "{ let _ = role; true }"),
    (OUTSIDE, "holding.agency == Some(agency)", "!agency.0.is_nil()"),
    (PRINCIPAL, "viewing.tenant == holding.tenant", "!viewing.tenant.0.is_nil()"),
    (PRINCIPAL, "self.reach()?.covers(holding)", "{ self.reach()?; true }"),
    (PRINCIPAL, "reach.covers(holding)", "{ let _ = reach; true }"),
    (
        PRINCIPAL,
        "reaches && platform_role.is_some_and(|role| permission.is_standing(role))",
        "platform_role.is_some_and(|role| permission.is_standing(role))",
    ),
    (PRINCIPAL, "role >= permission.least_role()", "role >= vestibule_model::Role::Viewer"),
    (PRINCIPAL, "permission.is_held_by(*role)", "{ let _ = permission.is_held_by(*role); true }"),
    (PRINCIPAL, "scopes.contains(&permission)", "!scopes.is_empty()"),
    (PRINCIPAL, "*own == holding.tenant", "!own.0.is_nil()"),
    (PRINCIPAL, "m.tenant == holding.tenant", "!m.tenant.0.is_nil()"),
    ("crates/store/src/directory/tenants.rs", "\" AND agency_id = $1\"", "\" AND $1 = $1\""),
    (
        "crates/store/src/directory/viewings.rs",
        "\"SELECT id, session_id, tenant_id, role, to_at FROM viewings
               WHERE session_id = $1 AND ended_at IS NULL AND to_at > $2\"",
        "\"SELECT id, session_id, tenant_id, role, to_at FROM viewings WHERE session_id = $1 AND to_at > $2\"",
    ),
    ("crates/http/src/enter.rs", "path != query", "path.is_empty() && path != query"),
];

/// The condition of every statement that finds a connection: the copy has it as a text that is made when it is read.
const SERVES: &str = "(c.owner_kind <> 'agency' OR c.owner_id = t.agency_id)";

/// The names by which the copy's own code, that of `patch.rs`, asks for its mutant.
pub const OF_SERVES: &str = "serves";

/// Every mutant of a role.
pub fn every(tree: &Tree) -> Outcome<Vec<Mutant>> {
    let mut all = of_permissions(source(tree, PERMISSIONS)?);
    for (path, was, becomes) in CHECKS {
        let text = source(tree, path)?;
        let places: Vec<usize> = places(text, was).collect();
        if places.is_empty() {
            return Err(gone(path, was));
        }
        for start in places {
            let name = format!("check {}", all.len());
            let mut mutant =
                Mutant::new(Wall::Role, path, text, start..start + was.len(), becomes).by(Means::Check(name));
            mutant.is_planted = true;
            all.push(mutant);
        }
    }
    let text = source(tree, CONNECTIONS)?;
    let start = text.find(SERVES).ok_or_else(|| gone(CONNECTIONS, SERVES))?;
    let serves =
        Mutant::new(Wall::Role, CONNECTIONS, text, start..start + SERVES.len(), "c.owner_id = c.owner_id");
    all.push(serves.by(Means::Check(OF_SERVES.to_owned())));
    Ok(all)
}

fn source<'t>(tree: &'t Tree, path: &str) -> Outcome<&'t str> {
    tree.text(path)
        .ok_or_else(|| format!("{path} is missing: bring xtask/src/isolation/checks.rs up to date"))
}

fn gone(path: &str, was: &str) -> String {
    format!("{path} no longer says `{was}`: bring the list in xtask/src/isolation/checks.rs up to date")
}

/// Where the product's part of a file says so, as whole words.
fn places<'s>(text: &'s str, was: &'s str) -> impl Iterator<Item = usize> + 's {
    let product = text.find("#[cfg(test)]").unwrap_or(text.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text[..product].match_indices(was).map(|(at, _)| at).filter(move |at| !text[..*at].ends_with(is_word))
}

/// In the table of permissions, each least role above the viewer becomes the viewer.
fn of_permissions(source: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let role =
            line.trim_end().strip_suffix(';').and_then(|line| line.rsplit(", ").next()).unwrap_or_default();
        let name = line.split('"').nth(1).unwrap_or_default();
        if line.contains("\", ") && ["Staff", "Manager", "Owner"].contains(&role) {
            let end = offset + line.trim_end().len() - 1;
            let mutant = Mutant::new(Wall::Role, PERMISSIONS, source, end - role.len()..end, "Viewer");
            mutants.push(mutant.by(Means::Check(format!("least {name}"))));
        }
        offset += line.len();
    }
    mutants
}

#[cfg(test)]
mod tests {
    use super::{Means, of_permissions, places};

    #[test]
    fn each_least_role_goes_once() {
        let source = "permissions! {\n    /// See.\n    ReadCalls, \"calls.read\", Viewer;\n    ReadInbox, \"inbox.read\", Manager;\n}\n";
        let mutants = of_permissions(source);
        let shown: Vec<String> = mutants.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["crates/access/src/permission.rs:4: `Manager` → `Viewer`"]);
        assert!(matches!(&mutants[0].means, Means::Check(name) if name == "least inbox.read"));
    }

    #[test]
    fn a_check_is_found_wherever_the_product_says_it() {
        let text =
            "f(reach.covers(h)); self.reach.covers(h); g(reach.covers(h))\n#[cfg(test)] reach.covers(h)";
        assert_eq!(places(text, "reach.covers(h)").collect::<Vec<_>>(), [2, 44]);
    }
}
