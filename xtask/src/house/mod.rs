//! `cargo xtask house`: the rules that the compiler cannot hold. Each finding names a file and a line and says what
//! to do.

mod architecture;
mod dependencies;
mod features;
mod lex;
mod list;
mod migrations;
mod mint;
mod product;
mod sizes;
pub mod statements;
mod words;

use std::fmt;

use crate::say::say;
use crate::tree::Tree;
use crate::{Outcome, run};

pub use lex::lex;
pub use list::{Entry, read as read_list};
pub use product::product;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    line: usize,
    message: String,
}

impl Finding {
    /// What is wrong in a line of a file, and what to do.
    pub fn new(file: &str, line: usize, message: &str) -> Self {
        Self { file: file.to_owned(), line, message: message.to_owned() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A rule: its name and its check.
type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

const RULES: &[Rule] = &[
    ("dependencies", dependencies::check),
    ("words", words::check),
    ("sizes", sizes::check),
    ("statements", statements::check),
    ("mint", mint::check),
    ("migrations", migrations::check),
    ("architecture", architecture::check),
    ("features", features::check),
];

/// Checks every rule and lists all that breaks one.
pub fn house() -> Outcome {
    let tree = Tree::read(&run::root())?;
    for warning in sizes::warnings(&tree) {
        say(&format!("warning: {warning}"));
    }
    let mut broken = 0;
    for (name, check) in RULES {
        let mut findings = check(&tree);
        findings.sort();
        findings.dedup();
        for finding in &findings {
            say(&format!("{finding} [{name}]"));
        }
        broken += findings.len();
    }
    if broken > 0 {
        return Err(format!("{broken} findings; CONTRIBUTING.md explains the rules of the house"));
    }
    say(&format!("the house is in order: {} rules, {} statements", RULES.len(), statements::count(&tree)));
    Ok(())
}
