//! `cargo xtask gen`: the OpenAPI document from the Rust code, the TypeScript types from the document.

use crate::say::say;
use crate::{Outcome, run, web};

const DOCUMENT: &str = "docs/api/openapi.json";
const TYPES: &str = "web/src/lib/schema.gen.ts";

/// Writes both, or with `check` only compares them with what is in the tree.
pub fn generate(check: bool) -> Outcome {
    let root = run::root();
    let mut made = run::output(run::command(run::server()?).arg("openapi"))?;
    if !made.ends_with('\n') {
        made.push('\n');
    }
    if check {
        compare(DOCUMENT, &run::read(&root.join(DOCUMENT))?, &made)?;
        web::install()?;
        let scratch = run::target().join("xtask/schema.gen.ts");
        run::write(&scratch, "")?;
        let tool = root.join("web/node_modules/.bin/openapi-typescript");
        run::run(run::command(tool).arg(root.join(DOCUMENT)).arg("-o").arg(&scratch))?;
        compare(TYPES, &run::read(&root.join(TYPES))?, &run::read(&scratch)?)?;
        say(&format!("{DOCUMENT} and {TYPES} are up to date"));
        return Ok(());
    }
    run::write(&root.join(DOCUMENT), &made)?;
    web::install()?;
    run::run(&mut web::npm(&["run", "gen"]))?;
    say(&format!("wrote {DOCUMENT} and {TYPES}"));
    Ok(())
}

fn compare(name: &str, held: &str, made: &str) -> Outcome {
    match first_difference(held, made) {
        None => Ok(()),
        Some(line) => {
            Err(format!("{name}:{line}: differs from what the code generates; run `cargo xtask gen`"))
        }
    }
}

/// The number of the first line that differs.
fn first_difference(held: &str, made: &str) -> Option<usize> {
    if held.trim_end() == made.trim_end() {
        return None;
    }
    let same = held.lines().zip(made.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_different_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some(2));
        assert_eq!(first_difference("a", "a\nb"), Some(2));
    }
}
