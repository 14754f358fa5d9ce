//! What of a source file is part of the product: not its tests, not the bodies of its macros.

use super::lex::{Kind, Token};

/// Leaves out what is not part of the product: items under `#[cfg(test)]` and the bodies of `macro_rules!`.
pub fn product(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if is_cfg_test(&tokens[at..]) || is_macro_rules(&tokens[at..]) {
            at = end_of_item(&tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn is_cfg_test(tokens: &[Token]) -> bool {
    let [hash, open, cfg, paren, test, ..] = tokens else { return false };
    hash.is('#') && open.is('[') && cfg.word() == Some("cfg") && paren.is('(') && test.word() == Some("test")
}

fn is_macro_rules(tokens: &[Token]) -> bool {
    let [name, bang, ..] = tokens else { return false };
    name.word() == Some("macro_rules") && bang.is('!')
}

/// The index after the item that begins here: after its block or its semicolon.
fn end_of_item(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.kind {
            Kind::Mark('{' | '(' | '[') => depth += 1,
            Kind::Mark(')' | ']') => depth = depth.saturating_sub(1),
            Kind::Mark('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            Kind::Mark(';') if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::product;
    use crate::house::lex;

    #[test]
    fn tests_and_macro_bodies_are_not_the_product() {
        let source = "#[cfg(test)]\nmod tests { fn a() { \"no\"; } }\nmacro_rules! m { () => { \"no\" } }\n#[cfg(test)]\nmod tests;\nfn b() { \"yes\"; }";
        let kept: Vec<_> =
            product(lex(source)).iter().filter_map(|token| token.text().map(str::to_owned)).collect();
        assert_eq!(kept, ["yes"]);
    }
}
