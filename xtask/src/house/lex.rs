//! A small lexer for Rust: enough to tell code from comments and to read string literals with their place.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Word(String),
    /// A string literal, decoded.
    Text(String),
    /// One character of punctuation.
    Mark(char),
    /// A number, a character, a lifetime.
    Other,
}

/// A token and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// The offset of its first byte.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// The line it begins on, from 1.
    pub line: usize,
}

impl Token {
    /// The identifier, if it is one.
    pub fn word(&self) -> Option<&str> {
        if let Kind::Word(word) = &self.kind { Some(word) } else { None }
    }

    /// The decoded text of a string literal.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// True for this punctuation.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// The tokens of a source file, comments left out.
pub fn lex(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { source, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token() {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    line: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.bump();
        }
    }

    fn bump_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
    }

    fn next_token(&mut self) -> Option<Token> {
        self.skip_blank();
        let (start, line) = (self.at, self.line);
        let first = self.peek()?;
        let kind = if let Some(hashes) = self.raw_string() {
            Kind::Text(self.raw_text(hashes))
        } else if first == '"' || self.rest().starts_with("b\"") || self.rest().starts_with("c\"") {
            self.skip(if first == '"' { 1 } else { 2 });
            Kind::Text(self.escaped_text())
        } else if first == '\'' || self.rest().starts_with("b'") {
            self.character_or_lifetime(first)
        } else if first.is_alphabetic() || first == '_' {
            self.bump_while(|c| c.is_alphanumeric() || c == '_');
            Kind::Word(self.source[start..self.at].to_owned())
        } else if first.is_ascii_digit() {
            self.bump_while(|c| c.is_alphanumeric() || c == '_');
            Kind::Other
        } else {
            self.bump();
            Kind::Mark(first)
        };
        Some(Token { kind, start, end: self.at, line })
    }

    fn skip_blank(&mut self) {
        loop {
            self.bump_while(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.bump_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0usize;
        while self.peek().is_some() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.skip(2);
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.skip(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.bump();
            }
        }
    }

    /// The number of hashes when a raw string begins here (`r"`, `r#"`, `br"`, `cr"`).
    fn raw_string(&self) -> Option<usize> {
        let rest = self.rest();
        let after = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
        let hashes = after.chars().take_while(|c| *c == '#').count();
        after[hashes..].starts_with('"').then_some(hashes)
    }

    fn raw_text(&mut self, hashes: usize) -> String {
        self.bump_while(|c| c != '"');
        self.bump();
        let from = self.at;
        let closing = format!("\"{}", "#".repeat(hashes));
        while self.peek().is_some() && !self.rest().starts_with(&closing) {
            self.bump();
        }
        let text = self.source[from..self.at].to_owned();
        self.skip(closing.len());
        text
    }

    fn escaped_text(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.bump() {
            match next {
                '"' => break,
                '\\' => self.escape(&mut text),
                other => text.push(other),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            // A line that continues: the indentation of the next one does not count.
            Some('\n') => self.bump_while(char::is_whitespace),
            Some('x') => self.skip(2),
            Some('u') => {
                self.bump_while(|c| c != '}');
                self.bump();
            }
            Some(other) => text.push(other),
            None => {}
        }
    }

    fn character_or_lifetime(&mut self, first: char) -> Kind {
        self.skip(if first == '\'' { 1 } else { 2 });
        let mut ahead = self.rest().chars();
        let (one, two) = (ahead.next(), ahead.next());
        if one == Some('\\') {
            self.skip(2);
            self.bump_while(|c| c != '\'');
            self.bump();
        } else if two == Some('\'') {
            self.skip(2);
        } else {
            self.bump_while(|c| c.is_alphanumeric() || c == '_');
        }
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::lex;

    fn texts(source: &str) -> Vec<String> {
        lex(source).iter().filter_map(|token| token.text().map(str::to_owned)).collect()
    }

    #[test]
    fn strings_are_decoded_and_comments_dropped() {
        let source = "// \"no\"\n/* \"no /* deep */ no\" */ let a = \"x\\\n    y\\\"z\"; r#\"raw \"q\" \"#; b\"bytes\"; '\"'; '\\''; &'a str";
        assert_eq!(texts(source), ["xy\"z", "raw \"q\" ", "bytes"]);
    }

    #[test]
    fn lines_and_offsets_are_those_of_the_source() {
        let source = "fn a() {\n  tsql!(\"SELECT 1\")\n}";
        let token = lex(source).into_iter().find(|token| token.text().is_some()).unwrap();
        assert_eq!(token.line, 2);
        assert_eq!(&source[token.start..token.end], "\"SELECT 1\"");
    }
}
