//! Filters of lists, as AIP-160 writes them: `display_name="x" AND (labels.env=prod OR name:part)`.

use serde_json::Value;

use crate::error::Refusal;
use crate::validate::camel;

/// What a document must be like to be listed.
#[derive(Debug, PartialEq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is { path: Vec<String>, relation: Relation, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equal,
    Differs,
    /// `:`: contains, or has that key.
    Has,
    StartsWith,
    EndsWith,
    Below,
    AtMost,
    Above,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Relation(Relation),
    Word(String),
    Quoted(String),
}

/// The most bytes that a filter may have.
const LONGEST: usize = 64 << 10;

/// How deep parentheses and `NOT` may be nested: reading them takes stack.
const DEEPEST: usize = 100;

/// How deep tokens are nested, at most: by parentheses, and by `NOT`s one after another.
fn depth(tokens: &[Token]) -> usize {
    let (mut open, mut negated, mut most) = (0_usize, 0_usize, 0);
    for token in tokens {
        match token {
            Token::Open => open += 1,
            Token::Close => open = open.saturating_sub(1),
            Token::Word(word) if word.eq_ignore_ascii_case("NOT") => {
                negated += 1;
                most = most.max(open + negated);
                continue;
            }
            Token::Relation(_) | Token::Word(_) | Token::Quoted(_) => negated = 0,
        }
        most = most.max(open + negated);
    }
    most
}

/// Reads a filter; an empty one keeps everything.
pub fn parse(text: &str) -> Result<Filter, Refusal> {
    let broken = || Refusal::invalid(format!("Invalid filter: {text}"));
    if text.len() > LONGEST {
        return Err(Refusal::invalid(format!("Invalid filter: it has more than {LONGEST} bytes.")));
    }
    let tokens = tokens(text).ok_or_else(broken)?;
    if depth(&tokens) > DEEPEST {
        return Err(Refusal::invalid(format!("Invalid filter: it is nested more than {DEEPEST} deep.")));
    }
    let mut at = 0;
    let filter = all(&tokens, &mut at).ok_or_else(broken)?;
    if at == tokens.len() { Ok(filter) } else { Err(broken()) }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut chars = text.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        let followed =
            |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| chars.next_if_eq(&'=').is_some();
        out.push(match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => {
                followed(&mut chars);
                Token::Relation(Relation::Equal)
            }
            ':' => Token::Relation(Relation::Has),
            '!' if followed(&mut chars) => Token::Relation(Relation::Differs),
            '<' if followed(&mut chars) => Token::Relation(Relation::AtMost),
            '<' => Token::Relation(Relation::Below),
            '>' if followed(&mut chars) => Token::Relation(Relation::AtLeast),
            '>' => Token::Relation(Relation::Above),
            quote @ ('"' | '\'') => {
                let mut word = String::new();
                loop {
                    match chars.next()? {
                        '\\' => word.push(chars.next()?),
                        c if c == quote => break,
                        c => word.push(c),
                    }
                }
                Token::Quoted(word)
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()=:!<>\"'".contains(*c)) {
                    word.push(c);
                }
                Token::Word(word)
            }
        });
    }
    Some(out)
}

fn is_word(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Token::Word(it)) if it.eq_ignore_ascii_case(word))
}

/// `AND` binds less than `OR` here, and may be left out.
fn all(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut parts = Vec::new();
    while tokens.get(*at).is_some_and(|it| *it != Token::Close) {
        if is_word(tokens.get(*at), "AND") {
            *at += 1;
        }
        parts.push(any(tokens, at)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
}

fn any(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut parts = vec![one(tokens, at)?];
    while is_word(tokens.get(*at), "OR") {
        *at += 1;
        parts.push(one(tokens, at)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
}

fn one(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    if is_word(tokens.get(*at), "NOT") {
        *at += 1;
        return Some(Filter::Not(Box::new(one(tokens, at)?)));
    }
    if tokens.get(*at) == Some(&Token::Open) {
        *at += 1;
        let inner = all(tokens, at)?;
        let closed = tokens.get(*at) == Some(&Token::Close);
        *at += 1;
        return closed.then_some(inner);
    }
    let Token::Word(field) = tokens.get(*at)?.clone() else { return None };
    let (negated, field) = match field.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, field),
    };
    let Token::Relation(mut relation) = *tokens.get(*at + 1)? else { return None };
    *at += 2;
    let path = path(&field);
    let value = match tokens.get(*at)?.clone() {
        Token::Quoted(value) => value,
        Token::Word(function) if tokens.get(*at + 1) == Some(&Token::Open) => {
            let Token::Quoted(value) = tokens.get(*at + 2)?.clone() else { return None };
            relation = match function.as_str() {
                "starts_with" => Relation::StartsWith,
                "ends_with" => Relation::EndsWith,
                "has_substring" => Relation::Has,
                _ => return None,
            };
            *at += 3;
            (tokens.get(*at) == Some(&Token::Close)).then_some(value)?
        }
        Token::Word(value) => value,
        Token::Open | Token::Close | Token::Relation(_) => return None,
    };
    *at += 1;
    let filter = Filter::Is { path, relation, value };
    Some(if negated { Filter::Not(Box::new(filter)) } else { filter })
}

/// `user_labels.team_name` is the key `team_name` of `userLabels`: only fields have two spellings.
fn path(field: &str) -> Vec<String> {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    let first = camel(first);
    let keys = first.to_ascii_lowercase().ends_with("labels") || first == "annotations";
    let mut out = vec![first];
    if keys && !rest.is_empty() {
        out.push(rest.to_owned());
    } else {
        out.extend(rest.split('.').filter(|it| !it.is_empty()).map(camel));
    }
    out
}

impl Filter {
    /// Whether a document is like that.
    pub fn fits(&self, document: &Value) -> bool {
        match self {
            Filter::All(parts) => parts.iter().all(|it| it.fits(document)),
            Filter::Any(parts) => parts.iter().any(|it| it.fits(document)),
            Filter::Not(part) => !part.fits(document),
            Filter::Is { path, relation, value } => {
                let found = path.iter().try_fold(document, |it, step| it.get(step));
                compare(found, *relation, value)
            }
        }
    }
}

fn compare(found: Option<&Value>, relation: Relation, value: &str) -> bool {
    let text = match found {
        None | Some(Value::Null) => return relation == Relation::Differs,
        Some(Value::Object(entries)) => {
            return relation == Relation::Has && (value == "*" || entries.contains_key(value));
        }
        Some(Value::Array(items)) => return items.iter().any(|it| compare(Some(it), relation, value)),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let ordering = match (text.parse::<f64>(), value.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b),
        _ => Some(text.as_str().cmp(value)),
    };
    match relation {
        Relation::Equal => matches_pattern(&text, value),
        Relation::Differs => !matches_pattern(&text, value),
        Relation::Has => {
            value == "*" || text.to_lowercase().contains(&value.trim_matches('*').to_lowercase())
        }
        Relation::StartsWith => text.starts_with(value),
        Relation::EndsWith => text.ends_with(value),
        Relation::Below => ordering.is_some_and(std::cmp::Ordering::is_lt),
        Relation::AtMost => ordering.is_some_and(std::cmp::Ordering::is_le),
        Relation::Above => ordering.is_some_and(std::cmp::Ordering::is_gt),
        Relation::AtLeast => ordering.is_some_and(std::cmp::Ordering::is_ge),
    }
}

/// A `*` at either end stands for anything.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(rest), Some(_)) => text.contains(&rest[..rest.len() - 1]),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(filter: &str, want: bool) {
        let document = json!({
            "displayName": "High error rate", "enabled": true, "userLabels": {"team_a": "x"}, "goal": 0.9,
            "name": "projects/p/things/a-thing", "channels": ["c1", "c2"],
        });
        assert_eq!(parse(filter).unwrap().fits(&document), want, "{filter}");
    }

    #[test]
    fn fits() {
        check("", true);
        check("display_name=\"High error rate\"", true);
        check("displayName='other'", false);
        check("display_name=starts_with(\"High\") enabled=true", true);
        check("user_labels.team_a=x AND goal<1", true);
        check("user_labels:team_a AND NOT user_labels:team_b", true);
        check("(goal>1 OR name:THING) AND channels:c2", true);
        check("goal>1 OR name=\"*/a-thing\" AND enabled!=true", false);
        check("-name:thing", false);
    }

    #[test]
    fn a_deep_filter_is_refused_and_a_long_one_is_read() {
        let nested = |count: usize| format!("{}a=b{}", "(".repeat(count), ")".repeat(count));
        assert!(parse(&nested(90)).is_ok());
        for filter in
            [nested(1_000), nested(20_000), format!("{}a=b", "NOT ".repeat(10_000)), "(NOT ".repeat(5_000)]
        {
            assert!(parse(&filter).is_err());
        }
        assert!(parse("a=b OR ".repeat(2_000).trim_end_matches(" OR ")).is_ok());
        assert!(parse(&"a=b ".repeat(100_000)).is_err());
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for filter in ["=", "a=", "(a=b", "a b", "a=\"b", "a=f(\"b\")"] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }
}
