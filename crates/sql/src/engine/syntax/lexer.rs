//! Splits a query into tokens, with literals read and positions kept.

use super::super::failure::{Failure, Place};

/// A token and the byte at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub at: u32,
    /// The byte behind its last.
    pub end: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An unquoted name or keyword, as written.
    Word(String),
    /// A name in backquotes.
    Quoted(String),
    Integer(String),
    Float(String),
    Text(String),
    Bytes(Vec<u8>),
    /// `@name`.
    Parameter(String),
    /// `@@name`.
    System(String),
    Symbol(&'static str),
    End,
}

/// The longest come first.
const SYMBOLS: &[&str] = &[
    "|>", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=>", "->", "+=", "-=", "(", ")", "[", "]", "{", "}",
    ",", ".", ";", ":", "+", "-", "*", "/", "%", "=", "<", ">", "&", "|", "^", "~", "?", "@", "!", "$",
];

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// The tokens of a text; the last is [`Kind::End`], behind the last that is written.
pub fn tokens(text: &str) -> Result<Vec<Token>, Failure> {
    if u32::try_from(text.len()).is_err() {
        return Err(Failure::query("The query is too large."));
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut out = Vec::new();
    loop {
        lexer.skip()?;
        let start = lexer.at;
        if start >= text.len() {
            let end = u32::try_from(text.trim_end().len()).unwrap_or(0);
            out.push(Token { kind: Kind::End, at: end, end });
            return Ok(out);
        }
        let after_dot =
            matches!(out.last(), Some(Token { kind: Kind::Symbol("."), end, .. }) if *end as usize == start);
        let kind = lexer.token(after_dot)?;
        out.push(Token { kind, at: place(start), end: place(lexer.at) });
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() && c.is_alphabetic()
}

fn word_part(c: char) -> bool {
    word_start(c) || c.is_ascii_digit()
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail(&self, message: impl std::fmt::Display, at: usize) -> Failure {
        Failure::placed(format!("Syntax error: {message}"), Place(place(at)))
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), Failure> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let rest = self.rest();
            if rest.starts_with("--") || rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(inner) = rest.strip_prefix("/*") {
                match inner.find("*/") {
                    Some(end) => self.at += end + 4,
                    None => return Err(self.fail("Unclosed comment", self.at)),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self, after_dot: bool) -> Result<Kind, Failure> {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return Ok(Kind::End) };
        let next = rest.chars().nth(1).unwrap_or(' ');
        if c.is_ascii_digit() && after_dot {
            let length = rest.find(|c: char| !word_part(c)).unwrap_or(rest.len());
            let word = rest[..length].to_owned();
            self.at += length;
            return Ok(Kind::Word(word));
        }
        if c.is_ascii_digit() || (c == '.' && next.is_ascii_digit() && !after_dot && !self.after_name()) {
            return self.number();
        }
        if let Some(kind) = self.literal()? {
            return Ok(kind);
        }
        if word_start(c) {
            let length = rest.find(|c: char| !word_part(c)).unwrap_or(rest.len());
            let mut word = rest[..length].to_owned();
            let mut total = length;
            // A project's name may have dashes: `my-project.dataset.table`.
            while let Some(after) = self.text[self.at + total..].strip_prefix('-') {
                let more = after.find(|c: char| !word_part(c)).unwrap_or(after.len());
                let dotted = after[more..].starts_with('.') || after[more..].starts_with('-');
                if more == 0 || !dotted || !self.names_table() {
                    break;
                }
                word.push('-');
                word.push_str(&after[..more]);
                total += 1 + more;
            }
            self.at += total;
            return Ok(Kind::Word(word));
        }
        if c == '`' {
            let start = self.at;
            self.at += 1;
            let bytes = self.quoted("`", false, false, start, "Unclosed identifier literal")?;
            let name = String::from_utf8(bytes).map_err(|_| self.fail("Invalid identifier", start))?;
            if name.is_empty() {
                return Err(self.fail("Invalid empty identifier", start));
            }
            return Ok(Kind::Quoted(name));
        }
        if c == '@' {
            let (system, name) = match rest.strip_prefix("@@") {
                Some(name) => (true, name),
                None => (false, &rest[1..]),
            };
            if name.starts_with(|c: char| word_start(c) || c.is_ascii_digit() || c == '`') {
                let quoted = name.starts_with('`');
                let bare = name.trim_start_matches('`');
                let length = bare.find(|c: char| !(word_part(c) || system && c == '.')).unwrap_or(bare.len());
                let found = bare[..length].to_owned();
                self.at += length + if system { 2 } else { 1 } + if quoted { 2 } else { 0 };
                return Ok(if system { Kind::System(found) } else { Kind::Parameter(found) });
            }
        }
        match SYMBOLS.iter().find(|it| rest.starts_with(**it)) {
            Some(symbol) => {
                self.at += symbol.len();
                Ok(Kind::Symbol(symbol))
            }
            None => Err(self.fail(format!("Illegal input character \"{c}\""), self.at)),
        }
    }

    /// Whether what stands before is a name, whose field a dot would begin.
    fn after_name(&self) -> bool {
        self.text[..self.at].ends_with(|c: char| word_part(c) || matches!(c, '`' | ')' | ']'))
    }

    /// Whether a word stands where a table's name does: behind `FROM`, `JOIN`, `INTO`, `TABLE` …
    fn names_table(&self) -> bool {
        let before = self.text[..self.at].trim_end();
        let word: String = before.chars().rev().take_while(|c| c.is_ascii_alphabetic()).collect();
        let word: String = word.chars().rev().collect::<String>().to_ascii_uppercase();
        let table = [
            "FROM", "JOIN", "INTO", "TABLE", "UPDATE", "MERGE", "VIEW", "USING", "EXISTS", "INSERT", "SCHEMA",
        ];
        table.contains(&word.as_str())
    }

    fn number(&mut self) -> Result<Kind, Failure> {
        let rest = self.rest();
        let start = self.at;
        let bytes = rest.as_bytes();
        if rest.len() > 2
            && (rest.starts_with("0x") || rest.starts_with("0X"))
            && bytes[2].is_ascii_hexdigit()
        {
            let length = 2 + rest[2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - 2);
            let written = rest[..length].to_owned();
            self.at += length;
            return self.no_word_behind(start).map(|()| Kind::Integer(written));
        }
        let mut length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let mut float = false;
        if bytes.get(length) == Some(&b'.') {
            float = true;
            length += 1;
            length += rest[length..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - length);
        }
        if matches!(bytes.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
            let from = length + 1 + sign;
            let digits = rest[from.min(rest.len())..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                float = true;
                length = from + digits;
            }
        }
        let written = rest[..length].to_owned();
        self.at += length;
        self.no_word_behind(start)?;
        Ok(if float { Kind::Float(written) } else { Kind::Integer(written) })
    }

    fn no_word_behind(&self, _start: usize) -> Result<(), Failure> {
        match self.rest().starts_with(word_start) {
            true => Err(self.fail("Missing whitespace between literal and alias", self.at)),
            false => Ok(()),
        }
    }

    /// A text or bytes, if one begins here: `'…'`, `r"…"`, `b'''…'''`.
    fn literal(&mut self) -> Result<Option<Kind>, Failure> {
        let rest = self.rest();
        let lower: String = rest.chars().take(2).collect::<String>().to_ascii_lowercase();
        let prefix = match lower.as_str() {
            "rb" | "br" if matches!(rest.as_bytes().get(2), Some(b'\'' | b'"')) => 2,
            _ if lower.starts_with(['r', 'b']) && matches!(rest.as_bytes().get(1), Some(b'\'' | b'"')) => 1,
            _ if rest.starts_with(['\'', '"']) => 0,
            _ => return Ok(None),
        };
        let (raw, bytes) = (lower[..prefix].contains('r'), lower[..prefix].contains('b'));
        let quote = &rest[prefix..];
        let mark = &quote[..1];
        let triple = quote.starts_with(&mark.repeat(3));
        let delimiter = if triple { mark.repeat(3) } else { mark.to_owned() };
        let start = self.at;
        self.at += prefix + delimiter.len();
        let name = match (triple, bytes) {
            (true, true) => "Unclosed triple-quoted bytes literal",
            (true, false) => "Unclosed triple-quoted string literal",
            (false, true) => "Unclosed bytes literal",
            (false, false) => "Unclosed string literal",
        };
        let value = self.quoted(&delimiter, raw, bytes, start, name)?;
        if bytes {
            return Ok(Some(Kind::Bytes(value)));
        }
        match String::from_utf8(value) {
            Ok(text) => Ok(Some(Kind::Text(text))),
            Err(_) => Err(self.fail("Invalid UTF-8 in string literal", start)),
        }
    }

    /// What stands up to a delimiter, escapes read.
    fn quoted(
        &mut self,
        delimiter: &str,
        raw: bool,
        bytes: bool,
        start: usize,
        unclosed: &str,
    ) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        loop {
            if self.rest().starts_with(delimiter) {
                self.at += delimiter.len();
                return Ok(out);
            }
            let Some(c) = self.rest().chars().next() else { return Err(self.fail(unclosed, start)) };
            if c == '\n' && delimiter.len() == 1 {
                return Err(self.fail(unclosed, start));
            }
            if c != '\\' {
                self.at += c.len_utf8();
                // A line ends with \n however the query's lines end.
                if c == '\r' {
                    if self.rest().starts_with('\n') {
                        self.at += 1;
                    }
                    out.push(b'\n');
                    continue;
                }
                let mut buffer = [0; 4];
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                continue;
            }
            let escape = self.at;
            self.at += 1;
            let Some(next) = self.rest().chars().next() else { return Err(self.fail(unclosed, start)) };
            if raw {
                out.push(b'\\');
                self.at += next.len_utf8();
                let mut buffer = [0; 4];
                out.extend_from_slice(next.encode_utf8(&mut buffer).as_bytes());
                continue;
            }
            self.at += next.len_utf8();
            self.escaped(next, bytes, escape, &mut out)?;
        }
    }

    fn escaped(&mut self, c: char, bytes: bool, escape: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
        let simple = match c {
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '\\' | '?' | '"' | '\'' | '`' => u8::try_from(c).ok(),
            _ => None,
        };
        if let Some(byte) = simple {
            out.push(byte);
            return Ok(());
        }
        let mut digits = |count: usize, radix: u32| -> Option<u32> {
            let written = self.text.get(self.at..self.at + count)?;
            let value =
                u32::from_str_radix(written, radix).ok().filter(|_| written.bytes().all(|it| it != b'+'))?;
            self.at += count;
            Some(value)
        };
        let code = match c {
            'x' | 'X' => digits(2, 16),
            '0'..='3' => {
                let first = c.to_digit(8).unwrap_or(0);
                digits(2, 8).map(|it| first * 64 + it)
            }
            'u' if !bytes => digits(4, 16),
            'U' if !bytes => digits(8, 16),
            _ => None,
        };
        let Some(code) = code else {
            return Err(self.fail(format!("Illegal escape sequence: \\{c}"), escape));
        };
        if bytes {
            out.push(u8::try_from(code).unwrap_or(0));
            return Ok(());
        }
        match char::from_u32(code) {
            Some(it) => {
                let mut buffer = [0; 4];
                out.extend_from_slice(it.encode_utf8(&mut buffer).as_bytes());
                Ok(())
            }
            None => Err(self.fail(format!("Illegal escape sequence: \\{c}{code:04x}"), escape)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Kind {
        tokens(sql).unwrap()[0].kind.clone()
    }

    #[test]
    fn literals() {
        assert_eq!(one(r"'\x41\101\u00e9\U0001F600\n'"), Kind::Text("AA\u{e9}\u{1F600}\n".to_owned()));
        assert_eq!(one(r"b'\xff\377a'"), Kind::Bytes(vec![255, 255, b'a']));
        assert_eq!(one(r"r'\n'"), Kind::Text("\\n".to_owned()));
        assert_eq!(one("'''a'b\n'''"), Kind::Text("a'b\n".to_owned()));
        assert_eq!(one("1e3"), Kind::Float("1e3".to_owned()));
        assert_eq!(one("0xFf"), Kind::Integer("0xFf".to_owned()));
        assert_eq!(one(".5"), Kind::Float(".5".to_owned()));
        for wrong in [r"'\xg1'", r"'\8'", r"'\ud800'", "'a", "'a\nb'", "/* x", r"b'\u0041'"] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names() {
        let kinds: Vec<Kind> =
            tokens("SELECT a-b.c FROM my-proj.d.t").unwrap().into_iter().map(|it| it.kind).collect();
        assert_eq!(kinds[1], Kind::Word("a".to_owned()));
        assert!(kinds.contains(&Kind::Word("my-proj".to_owned())));
    }
}
