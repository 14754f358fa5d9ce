//! Finding the statements in a source file, with the place of each literal.

use crate::house::lex::{Kind, Token};

/// A call of `tsql!`, `fragment!`, `ssql!` or `.tail(…)`.
pub struct Invocation {
    /// Which of them.
    pub name: String,
    /// Its line.
    pub line: usize,
    /// The offset of its name.
    pub start: usize,
    /// The offset after its closing parenthesis.
    pub end: usize,
    /// Its string literals.
    pub parts: Vec<Part>,
    /// False when it holds anything but string literals and the labels of the two databases.
    pub is_literal: bool,
}

/// One string literal of an invocation.
pub struct Part {
    /// The decoded text.
    pub text: String,
    /// The offset of the literal.
    pub start: usize,
    /// The offset after it.
    pub end: usize,
}

/// All invocations, in order.
pub fn invocations(tokens: &[Token]) -> Vec<Invocation> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let Some((name, open)) = beginning(&tokens[at..]) {
            found.push(invocation(name, &tokens[at..], open));
        }
    }
    found
}

/// The name of the invocation that begins here and the index of its opening parenthesis.
fn beginning(tokens: &[Token]) -> Option<(&str, usize)> {
    match tokens {
        [name, bang, open, ..] if bang.is('!') && opens(open) => {
            name.word().filter(|name| ["tsql", "fragment", "ssql"].contains(name)).map(|name| (name, 2))
        }
        // A method call with an argument: the tail of a page.
        [dot, name, open, argument, ..]
            if dot.is('.') && name.word() == Some("tail") && open.is('(') && !argument.is(')') =>
        {
            Some(("tail", 2))
        }
        _ => None,
    }
}

fn opens(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('(' | '[' | '{'))
}

fn invocation(name: &str, tokens: &[Token], open: usize) -> Invocation {
    let mut depth = 0usize;
    let mut found = Invocation {
        name: name.to_owned(),
        line: tokens[0].line,
        start: tokens[0].start,
        end: tokens[open].end,
        parts: Vec::new(),
        is_literal: true,
    };
    for token in &tokens[open..] {
        found.end = token.end;
        match &token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            Kind::Text(text) => {
                found.parts.push(Part { text: text.clone(), start: token.start, end: token.end });
            }
            Kind::Mark(',' | ':') => {}
            // The tail's second argument is the number of its placeholder.
            _ if name == "tail" && !found.parts.is_empty() => {}
            Kind::Word(label) if label == "sqlite" || label == "pg" => {}
            _ => found.is_literal = false,
        }
    }
    found.is_literal &= !found.parts.is_empty();
    found
}

#[cfg(test)]
mod tests {
    use super::invocations;
    use crate::house::lex;

    #[test]
    fn literals_are_found_with_their_place() {
        let source = "let a = tsql!(sqlite: \"A\", pg: \"B\",); b.tail(\" LIMIT ?\", values.len() + 1); c.tail(); tsql!(concat!(\"x\", Y))";
        let found = invocations(&lex(source));
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["tsql", "tail", "tsql"]);
        assert_eq!(&source[found[0].parts[1].start..found[0].parts[1].end], "\"B\"");
        assert_eq!(&source[found[0].start..found[0].end], "tsql!(sqlite: \"A\", pg: \"B\",)");
        assert!(found[0].is_literal && !found[2].is_literal);
    }
}
