//! Who holds the `Mint`, the capability that makes a `TenantScope`. The list is short and every new holder is a
//! decision. Whoever has a `PlatformScope`, and every file of the street, goes from the platform into a tenant by
//! `Mint::within`, which asks whether the tenant is within reach; only the program itself goes everywhere.

use super::{Finding, lex, list, product};
use crate::tree::Tree;

const LIST: &str = "xtask/house/mint_holders.txt";

/// Compares the files that name `Mint` with the list.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let listed = list::read(tree, LIST, 2, &mut findings);
    let mut holders = Vec::new();
    for (path, text) in tree.product_sources() {
        let tokens = product(lex(text));
        let on_the_street = path.starts_with("crates/http/");
        let has_a_scope = tokens.iter().any(|token| token.word() == Some("PlatformScope"));
        if (on_the_street || has_a_scope) && !path.starts_with("crates/access/") {
            for (at, four) in tokens.windows(4).enumerate() {
                let is_call = four[0].word() == Some("mint")
                    && four[1].is('.')
                    && four[2].word() == Some("tenant")
                    && four[3].is('(');
                let mut said = tokens.iter().skip(at + 4).take_while(|token| !token.is(')'));
                // The platform's own rows are nobody's tenant.
                let is_own = said.clone().any(|token| token.word() == Some("PLATFORM"));
                if is_call && !is_own && (on_the_street || !said.any(|token| token.word() == Some("System")))
                {
                    let message = "enters a tenant from the platform without asking whether it is within reach: use `Mint::within`";
                    findings.push(Finding::new(path, four[0].line, message));
                }
            }
        }
        let Some(token) = tokens.iter().find(|token| token.word() == Some("Mint")) else { continue };
        holders.push(path);
        if !listed.iter().any(|entry| entry.fields[0] == path) {
            let message = format!(
                "names `Mint`, which makes tenant scopes: take a scope as an argument instead, or add the file with its reason to {LIST}"
            );
            findings.push(Finding::new(path, token.line, &message));
        }
    }
    for entry in listed.iter().filter(|entry| !holders.contains(&entry.fields[0].as_str())) {
        findings.push(Finding::new(LIST, entry.line, "this file does not name `Mint`: remove the line"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{LIST, check};
    use crate::tree::Tree;

    #[test]
    fn a_holder_off_the_list_and_a_line_without_a_holder_are_found() {
        let mut tree = Tree::default();
        tree.put(LIST, "crates/a/src/lib.rs | it is the door\ncrates/gone/src/lib.rs | was the door\n");
        tree.put("crates/a/src/lib.rs", "use access::Mint;");
        tree.put(
            "crates/b/src/lib.rs",
            "// a Mint\nfn f(mint: &Mint) {}\n#[cfg(test)]\nmod tests { struct Mint; }",
        );
        tree.put("crates/c/src/lib.rs", "//! The Mint is elsewhere\n");
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("crates/b/src/lib.rs:2:"));
        assert!(found[1].starts_with("xtask/house/mint_holders.txt:2:"));
    }

    #[test]
    fn from_the_platform_one_enters_within_reach_only() {
        let mut tree = Tree::default();
        tree.put(LIST, "");
        tree.put("crates/http/src/api/a.rs", "fn f() {\n app.mint.tenant(id, actor);\n}");
        tree.put(
            "crates/http/src/api/b.rs",
            "fn f() { app.mint.within(scope, holding); app.mint.tenant(TenantId::PLATFORM, actor); }",
        );
        tree.put("crates/domain/src/a.rs", "fn f(scope: &PlatformScope) { mint.tenant(id, actor); }");
        tree.put(
            "crates/domain/src/b.rs",
            "fn f(scope: &PlatformScope) { mint.tenant(id, Actor::System(\"queue\")); }",
        );
        tree.put("crates/access/src/a.rs", "fn f(scope: &PlatformScope) { mint.tenant(id, actor); }");
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|f| f.starts_with("crates/http/src/api/a.rs:2:")), "{found:?}");
        assert!(found.iter().any(|f| f.starts_with("crates/domain/src/a.rs:1:")), "{found:?}");
    }
}
