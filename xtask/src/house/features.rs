//! docs/features.md lists every requirement once, with an honest state; what is done names a test that exists.

use std::collections::BTreeMap;

use super::Finding;
use crate::tree::Tree;

const DOCUMENT: &str = "docs/features.md";
/// How many requirements each of the five source documents has.
const COUNTS: [(u32, u32); 5] = [(0, 87), (1, 53), (2, 24), (3, 28), (4, 50)];
const STATES: [&str; 3] = ["done", "part", "planned"];

/// Checks the table.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(DOCUMENT) else { return vec![Finding::new(DOCUMENT, 1, "is missing")] };
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let mut find = |message: &str| findings.push(Finding::new(DOCUMENT, index + 1, message));
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(id) = cells.first().filter(|id| is_id(id)) else { continue };
        let [_, _, state, place] = cells[..] else {
            find("wants four cells: id, requirement, state, where and test");
            continue;
        };
        if let Some(before) = seen.insert(id, index + 1) {
            find(&format!("{id} is already on line {before}"));
        }
        if !STATES.contains(&state) {
            find(&format!("`{state}` is no state: done, part or planned"));
        }
        for complaint in tests_named(tree, place, state == "done") {
            find(&format!("{id}: {complaint}"));
        }
    }
    for id in ids().filter(|id| !seen.contains_key(id.as_str())) {
        findings.push(Finding::new(DOCUMENT, 1, &format!("{id} is missing: add its line")));
    }
    let unknown: Vec<_> = seen.iter().filter(|(id, _)| !ids().any(|known| known == **id)).collect();
    for (id, line) in unknown {
        findings.push(Finding::new(DOCUMENT, *line, &format!("{id} is no requirement")));
    }
    findings
}

fn ids() -> impl Iterator<Item = String> {
    COUNTS
        .iter()
        .flat_map(|(document, count)| (1..=*count).map(move |number| format!("{document}.{number:02}")))
}

fn is_id(text: &str) -> bool {
    matches!(text.as_bytes(), [document, b'.', tens, ones] if [document, tens, ones].iter().all(|c| c.is_ascii_digit()))
}

/// Every `path::name` in the cell must exist, and what is done needs one.
fn tests_named(tree: &Tree, place: &str, done: bool) -> Vec<String> {
    let named: Vec<&str> = place.split('`').skip(1).step_by(2).filter(|text| text.contains("::")).collect();
    let mut complaints = Vec::new();
    if done && named.is_empty() {
        complaints.push("is done, so it names its test as `path::name`".to_owned());
    }
    for test in named {
        let Some((path, name)) = test.split_once("::") else { continue };
        let name = name.rsplit("::").next().unwrap_or(name);
        match tree.text(path) {
            None => complaints.push(format!("the file `{path}` does not exist")),
            Some(text) if !holds_test(path, text, name) => {
                complaints.push(format!("`{path}` has no test `{name}`"))
            }
            Some(_) => {}
        }
    }
    complaints
}

fn holds_test(path: &str, text: &str, name: &str) -> bool {
    if path.ends_with(".rs") {
        return text.contains(&format!("fn {name}("))
            || text.contains(&format!("{name},"))
            || text.contains(&format!("{name}:"));
    }
    text.contains(name)
}

#[cfg(test)]
mod tests {
    use super::{check, ids};
    use crate::tree::Tree;

    fn table(change: impl Fn(&str) -> String) -> Tree {
        let mut tree = Tree::default();
        tree.put("crates/a/tests/it/x.rs", "fn it_works() {}");
        let lines: Vec<String> = ids().map(|id| change(&id)).collect();
        tree.put("docs/features.md", &lines.join("\n"));
        tree
    }

    #[test]
    fn there_are_242_requirements_and_a_full_table_is_in_order() {
        assert_eq!(ids().count(), 242);
        let tree = table(|id| format!("| {id} | text | done | `crates/a/tests/it/x.rs::it_works` |"));
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn missing_doubled_stateless_and_untested_lines_are_found() {
        let tree = table(|id| match id {
            "0.01" => String::new(),
            "0.02" => "| 0.03 | text | planned | |".to_owned(),
            "0.04" => "| 0.04 | text | nearly | |".to_owned(),
            "0.05" => "| 0.05 | text | done | |".to_owned(),
            "0.06" => "| 0.06 | text | part | `crates/a/tests/it/x.rs::gone` |".to_owned(),
            id => format!("| {id} | text | planned | |"),
        });
        let found = check(&tree);
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        for part in [
            "0.01 is missing",
            "0.02 is missing",
            "0.03 is already",
            "`nearly`",
            "0.05: is done",
            "no test `gone`",
        ] {
            assert!(all.iter().any(|line| line.contains(part)), "{part}: {all:?}");
        }
    }
}
