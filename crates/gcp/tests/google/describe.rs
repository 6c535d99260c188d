//! Finds a call's method in Google's descriptions, and makes up values that a schema allows.

use discovery::{Api, Field, Method, Type};
use engine::Call;
use serde_json::{Map, Value, json};

/// A method and the API that it is of.
#[derive(Clone, Copy)]
pub struct Described {
    pub api: &'static Api,
    pub method: &'static Method,
}

/// The method that a call is of.
pub fn method_of(call: &Call) -> Option<Described> {
    let apis = discovery::names().filter_map(|(name, version)| discovery::api(name, version));
    let mut found: Vec<Described> = apis
        .filter(|it| it.host == call.service)
        .flat_map(|api| api.methods.iter().map(move |method| Described { api, method }))
        .filter(|it| it.method.verb == call.method.as_str() && fits(it.method, &call.path))
        .collect();
    // `v1/{name}` takes anything; one that says more is meant.
    found.sort_by_key(|it| std::cmp::Reverse(literals(it.method)));
    found.into_iter().next()
}

fn literals(method: &Method) -> usize {
    tokens(method).iter().filter(|it| matches!(it, Token::Literal(_))).count()
}

enum Token {
    Literal(char),
    /// One segment.
    Segment,
    Anything,
}

/// The path's template with each parameter's pattern in its place.
fn tokens(method: &Method) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = method.path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        out.extend(before.chars().map(Token::Literal));
        match method.params.get(name.trim_start_matches('+')).and_then(|it| it.pattern.as_deref()) {
            Some(pattern) => out.extend(of_pattern(pattern.trim_start_matches('^').trim_end_matches('$'))),
            None if name.starts_with('+') => out.push(Token::Anything),
            None => out.push(Token::Segment),
        }
        rest = after;
    }
    out.extend(rest.chars().map(Token::Literal));
    out
}

fn of_pattern(mut pattern: &str) -> Vec<Token> {
    let mut out = Vec::new();
    while !pattern.is_empty() {
        if let Some(rest) = pattern.strip_prefix("[^/]+") {
            out.push(Token::Segment);
            pattern = rest;
        } else if let Some(rest) = pattern.strip_prefix(".*") {
            out.push(Token::Anything);
            pattern = rest;
        } else {
            let first = pattern.chars().next().unwrap();
            out.push(Token::Literal(first));
            pattern = &pattern[first.len_utf8()..];
        }
    }
    out
}

fn fits(method: &Method, path: &str) -> bool {
    // A verb after a colon is never part of a name here.
    let verb = |it: &str| it.rsplit('/').next().is_some_and(|last| last.contains(':'));
    verb(&method.path) == verb(path) && walk(&tokens(method), path)
}

fn walk(tokens: &[Token], text: &str) -> bool {
    match tokens {
        [] => text.is_empty(),
        [Token::Literal(want), rest @ ..] => text.starts_with(*want) && walk(rest, &text[want.len_utf8()..]),
        [Token::Segment, rest @ ..] => {
            let longest = text.find('/').unwrap_or(text.len());
            (1..=longest).rev().any(|at| text.is_char_boundary(at) && walk(rest, &text[at..]))
        }
        [Token::Anything, rest @ ..] => {
            (0..=text.len()).rev().any(|at| text.is_char_boundary(at) && walk(rest, &text[at..]))
        }
    }
}

/// A value that a field allows: every nested field set. `which` is 0 or 1, for two that differ.
pub fn sample(api: &'static Api, field: &Field, which: usize) -> Value {
    make(api, field, which, &mut Vec::new())
}

fn make(api: &'static Api, field: &Field, which: usize, above: &mut Vec<String>) -> Value {
    match &field.kind {
        Type::Any => json!(["any", "other"][which]),
        Type::Boolean => json!(which == 0),
        Type::Integer { .. } => json!(which + 1),
        Type::Number { .. } => json!([0.25, 0.5][which]),
        Type::String { format } => match format.as_deref() {
            // As Rust's numbers come out of a declaration.
            Some("int64" | "uint64") => json!(which + 1),
            Some("google-duration") => json!(["60s", "120s"][which]),
            Some("google-datetime" | "date-time") => {
                json!(["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"][which])
            }
            Some("date") => json!(["2026-01-01", "2027-01-01"][which]),
            Some("byte") => json!(["YQ==", "Yg=="][which]),
            _ => json!(["text", "other"][which]),
        },
        Type::Enum(values) => {
            let kept: Vec<&String> = values.iter().filter(|it| !it.ends_with("_UNSPECIFIED")).collect();
            json!(kept[which.min(kept.len() - 1)])
        }
        Type::Ref(name) => {
            let mut out = Map::new();
            if above.contains(name) || above.len() > 6 {
                return Value::Null;
            }
            above.push(name.clone());
            let schema = api.schema(name).unwrap();
            for (name, field) in schema.fields.iter().filter(|(_, it)| !it.read_only) {
                let value = make(api, field, which, above);
                if !value.is_null() {
                    out.insert(name.clone(), value);
                }
            }
            above.pop();
            Value::Object(out)
        }
        Type::List(inner) => match make(api, inner, which, above) {
            Value::Null => Value::Null,
            item => json!([item]),
        },
        Type::Map(inner) => match make(api, inner, which, above) {
            Value::Null => Value::Null,
            item => json!({ "key": item }),
        },
    }
}
