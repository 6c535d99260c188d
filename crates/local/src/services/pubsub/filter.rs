//! The filter of a subscription: which messages it gets, by their attributes.

use std::collections::BTreeMap;

use crate::error::Refusal;

/// Which messages a subscription gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `attributes:key`.
    Has(String),
    /// `attributes.key = "value"`.
    Equal(String, String),
    /// `attributes.key != "value"`.
    Differs(String, String),
    /// `hasPrefix(attributes.key, "value")`.
    Prefix(String, String),
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

/// The most bytes that a filter may have.
const LONGEST: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
    Differs,
}

/// Reads a filter; an empty one lets everything through.
pub fn parse(text: &str) -> Result<Option<Filter>, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::invalid(format!(
            "Invalid filter syntax: a filter can have at most {LONGEST} bytes."
        )));
    }
    if text.trim().is_empty() {
        return Ok(None);
    }
    let broken = || Refusal::invalid(format!("Invalid filter syntax: {text}"));
    let tokens = tokens(text).ok_or_else(broken)?;
    let mut at = 0;
    let filter = combined(&tokens, &mut at).ok_or_else(broken)?;
    if at == tokens.len() { Ok(Some(filter)) } else { Err(broken()) }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut chars = text.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        out.push(match c {
            c if c.is_whitespace() => continue,
            '(' | ')' | ',' | '=' | ':' | '-' => Token::Mark(c),
            '!' => {
                chars.next_if_eq(&'=')?;
                Token::Differs
            }
            '"' => Token::Quoted(quoted(&mut chars)?),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                // A key without quotes may hold what is common in names of attributes.
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || "_-./".contains(*c)) {
                    word.push(c);
                }
                // `attributes."iana.org/tag"` quotes the key alone.
                if word == "attributes." && chars.next_if_eq(&'"').is_some() {
                    word.push_str(&quoted(&mut chars)?);
                }
                Token::Word(word)
            }
            _ => return None,
        });
    }
    Some(out)
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut word = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(word),
            '\\' => word.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\' | '\'') => c,
                _ => return None,
            }),
            c => word.push(c),
        }
    }
}

fn word(tokens: &[Token], at: usize) -> Option<&str> {
    match tokens.get(at)? {
        Token::Word(word) => Some(word),
        Token::Quoted(_) | Token::Mark(_) | Token::Differs => None,
    }
}

/// Terms joined by `AND`, or by `OR`; to mix both, parentheses are needed.
fn combined(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut parts = vec![one(tokens, at)?];
    let Some(joint @ ("AND" | "OR")) = word(tokens, *at) else { return parts.pop() };
    while word(tokens, *at) == Some(joint) {
        *at += 1;
        parts.push(one(tokens, at)?);
    }
    match word(tokens, *at) {
        Some("AND" | "OR") => None,
        _ if joint == "AND" => Some(Filter::All(parts)),
        _ => Some(Filter::Any(parts)),
    }
}

fn mark(tokens: &[Token], at: &mut usize, wanted: char) -> Option<()> {
    (tokens.get(*at)? == &Token::Mark(wanted)).then(|| *at += 1)
}

fn text(tokens: &[Token], at: &mut usize) -> Option<String> {
    let Token::Quoted(text) = tokens.get(*at)? else { return None };
    *at += 1;
    Some(text.clone())
}

fn key(tokens: &[Token], at: &mut usize) -> Option<String> {
    let key = word(tokens, *at)?.strip_prefix("attributes.")?;
    *at += 1;
    (!key.is_empty()).then(|| key.to_owned())
}

fn one(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    if word(tokens, *at) == Some("NOT") || tokens.get(*at) == Some(&Token::Mark('-')) {
        *at += 1;
        return Some(Filter::Not(Box::new(one(tokens, at)?)));
    }
    if mark(tokens, at, '(').is_some() {
        let inner = combined(tokens, at)?;
        mark(tokens, at, ')')?;
        return Some(inner);
    }
    if word(tokens, *at) == Some("hasPrefix") {
        *at += 1;
        mark(tokens, at, '(')?;
        let key = key(tokens, at)?;
        mark(tokens, at, ',')?;
        let prefix = text(tokens, at)?;
        mark(tokens, at, ')')?;
        return Some(Filter::Prefix(key, prefix));
    }
    if word(tokens, *at) == Some("attributes") {
        *at += 1;
        mark(tokens, at, ':')?;
        let key = match tokens.get(*at)? {
            Token::Word(key) | Token::Quoted(key) => key.clone(),
            Token::Mark(_) | Token::Differs => return None,
        };
        *at += 1;
        return Some(Filter::Has(key));
    }
    let key = key(tokens, at)?;
    if tokens.get(*at)? == &Token::Differs {
        *at += 1;
        return Some(Filter::Differs(key, text(tokens, at)?));
    }
    mark(tokens, at, '=')?;
    Some(Filter::Equal(key, text(tokens, at)?))
}

impl Filter {
    /// Whether a message with these attributes passes.
    pub fn fits(&self, attributes: &BTreeMap<String, String>) -> bool {
        match self {
            Filter::Has(key) => attributes.contains_key(key),
            Filter::Equal(key, value) => attributes.get(key) == Some(value),
            Filter::Differs(key, value) => attributes.get(key) != Some(value),
            Filter::Prefix(key, prefix) => attributes.get(key).is_some_and(|it| it.starts_with(prefix)),
            Filter::Not(inner) => !inner.fits(attributes),
            Filter::All(parts) => parts.iter().all(|it| it.fits(attributes)),
            Filter::Any(parts) => parts.iter().any(|it| it.fits(attributes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, want: bool) {
        let attributes = [("lang", "en-US"), ("event", "login"), ("iana.org/tag", "x")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let parsed = parse(filter).unwrap();
        assert_eq!(parsed.is_none_or(|it| it.fits(&attributes.into())), want, "{filter}");
    }

    #[test]
    fn fits() {
        check("", true);
        check("attributes:lang", true);
        check("attributes:\"lang\" AND NOT attributes:other", true);
        check("attributes.event = \"login\"", true);
        check("attributes.event=\"logout\"", false);
        check("attributes.event != \"logout\"", true);
        check("attributes.other != \"x\"", true);
        check("hasPrefix(attributes.lang, \"en\")", true);
        check("hasPrefix(attributes.other, \"en\")", false);
        check("-attributes:lang", false);
        check("attributes:a OR (attributes:lang AND attributes:event)", true);
        check("attributes.\"iana.org/tag\" = \"x\" AND attributes.iana.org/tag = \"x\"", true);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for filter in [
            "x",
            "attributes",
            "attributes.a",
            "attributes.a = b",
            "attributes:a AND",
            "(attributes:a",
            "attributes:a attributes:b",
            "attributes:a AND attributes:b OR attributes:c",
            "hasPrefix(attributes.a \"b\")",
            "attributes.a = \"b",
            "data = \"x\"",
            &format!("attributes:{}", "a".repeat(256)),
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }
}
