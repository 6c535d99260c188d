//! Tokens of expressions.

use super::parse::ParseError;

/// A token, and the byte at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Name(String),
    String(String),
    Int(i64),
    Double(f64),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

impl Kind {
    /// The token as an error names it.
    pub fn shown(&self) -> String {
        match self {
            Kind::Name(it) => format!("\"{it}\""),
            Kind::String(_) => "a string".to_owned(),
            Kind::Int(it) => format!("\"{it}\""),
            Kind::Double(it) => format!("\"{it}\""),
            Kind::Sign(it) => format!("\"{it}\""),
            Kind::End => "the end".to_owned(),
        }
    }
}

/// Longer signs come first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    "{", "}", ",", ".",
];

/// Cuts an expression into tokens, of which the last is [`Kind::End`].
pub fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(quoted) = Quoted::begin(rest) {
            let (value, length) = quoted.read(rest, at)?;
            out.push(Token { at, kind: Kind::String(value) });
            at += length;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            if rest[length..].starts_with(['"', '\'']) {
                return Err(ParseError::Unsupported { what: "a literal of bytes".to_owned(), at });
            }
            out.push(Token { at, kind: Kind::Name(rest[..length].to_owned()) });
            at += length;
        } else if first.is_ascii_digit() {
            let (kind, length) = number(rest, at)?;
            out.push(Token { at, kind });
            at += length;
        } else if let Some(sign) = SIGNS.iter().find(|it| rest.starts_with(**it)) {
            out.push(Token { at, kind: Kind::Sign(sign) });
            at += sign.len();
        } else {
            return Err(ParseError::Unexpected { found: format!("\"{first}\""), at });
        }
    }
    out.push(Token { at, kind: Kind::End });
    Ok(out)
}

fn number(rest: &str, at: usize) -> Result<(Kind, usize), ParseError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    let mut whole = true;
    let fraction = rest[length..].strip_prefix('.').map_or(0, digits);
    if fraction > 0 {
        length += 1 + fraction;
        whole = false;
    }
    if let Some(power) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(power.starts_with(['+', '-']));
        let power = digits(&power[sign..]);
        if power > 0 {
            length += 1 + sign + power;
            whole = false;
        }
    }
    let bad = || ParseError::Number { text: rest[..length].to_owned(), at };
    if rest[length..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(ParseError::Unsupported { what: "a number of this form".to_owned(), at });
    }
    let kind = match whole {
        true => Kind::Int(rest[..length].parse().map_err(|_| bad())?),
        false => Kind::Double(rest[..length].parse().map_err(|_| bad())?),
    };
    Ok((kind, length))
}

/// How a string begins and ends.
struct Quoted {
    raw: bool,
    /// `'`, `"`, or three of them.
    quote: &'static str,
}

impl Quoted {
    fn begin(rest: &str) -> Option<Quoted> {
        let bare = rest.strip_prefix(['r', 'R']);
        let quote = ["'''", "\"\"\"", "'", "\""];
        let quote = quote.into_iter().find(|it| bare.unwrap_or(rest).starts_with(*it))?;
        Some(Quoted { raw: bare.is_some(), quote })
    }

    /// The value of the string at the beginning of a text, and how long its literal is.
    fn read(&self, rest: &str, at: usize) -> Result<(String, usize), ParseError> {
        let begin = usize::from(self.raw) + self.quote.len();
        let mut value = String::new();
        let mut chars = rest[begin..].char_indices();
        while let Some((offset, c)) = chars.next() {
            if rest[begin + offset..].starts_with(self.quote) {
                return Ok((value, begin + offset + self.quote.len()));
            }
            if c == '\n' && self.quote.len() == 1 {
                break;
            }
            if c != '\\' || self.raw {
                value.push(c);
                continue;
            }
            let escape = chars.next().map(|(_, c)| c);
            let digits = match escape {
                Some('x' | 'X') => 2,
                Some('u') => 4,
                Some('U') => 8,
                _ => 0,
            };
            let plain = match escape {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                Some('r') => Some('\r'),
                Some(it @ ('\\' | '\'' | '"' | '`' | '?')) => Some(it),
                Some('x' | 'X' | 'u' | 'U') => {
                    let code: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    let hex = |it: &String| it.len() == digits && it.bytes().all(|b| b.is_ascii_hexdigit());
                    let code = Some(code).filter(hex);
                    code.and_then(|it| u32::from_str_radix(&it, 16).ok()).and_then(char::from_u32)
                }
                _ => None,
            };
            value.push(plain.ok_or(ParseError::Escape { at: at + begin + offset })?);
        }
        Err(ParseError::OpenString { at })
    }
}
