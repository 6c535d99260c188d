//! The functions of expressions.

use regex::{Regex, RegexBuilder};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::eval::EvalError;
use super::parse::{Expr, ParseError};
use super::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Size,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    Extract,
    Split,
    Join,
    LowerAscii,
    UpperAscii,
    String,
    Timestamp,
    HasOnly,
    GetAttribute,
}

impl Function {
    /// The type of what it gives.
    pub fn result(self) -> &'static str {
        match self {
            Function::Size => "int",
            Function::StartsWith
            | Function::EndsWith
            | Function::Contains
            | Function::Matches
            | Function::HasOnly => "bool",
            Function::Extract
            | Function::Join
            | Function::LowerAscii
            | Function::UpperAscii
            | Function::String => "string",
            Function::Split => "list",
            Function::Timestamp => "timestamp",
            // That of the default, for which an attribute's own type stands, too.
            Function::GetAttribute => "list",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Function::Size => "size",
            Function::StartsWith => "startsWith",
            Function::EndsWith => "endsWith",
            Function::Contains => "contains",
            Function::Matches => "matches",
            Function::Extract => "extract",
            Function::Split => "split",
            Function::Join => "join",
            Function::LowerAscii => "lowerAscii",
            Function::UpperAscii => "upperAscii",
            Function::String => "string",
            Function::Timestamp => "timestamp",
            Function::HasOnly => "hasOnly",
            Function::GetAttribute => "getAttribute",
        }
    }
}

/// A call as a method: `value.name(…)`, whose value is the first argument.
pub fn method(name: String, arguments: Vec<Expr>, at: usize) -> Result<Expr, ParseError> {
    let given = arguments.len() - 1;
    let (function, fits, wanted) = match name.as_str() {
        "size" => (Function::Size, given == 0, "no argument"),
        "startsWith" => (Function::StartsWith, given == 1, "one argument"),
        "endsWith" => (Function::EndsWith, given == 1, "one argument"),
        "contains" => (Function::Contains, given == 1, "one argument"),
        "matches" => (Function::Matches, given == 1, "one argument"),
        "extract" => (Function::Extract, given == 1, "one argument"),
        "split" => (Function::Split, given == 1, "one argument"),
        "join" => (Function::Join, given <= 1, "at most one argument"),
        "lowerAscii" => (Function::LowerAscii, given == 0, "no argument"),
        "upperAscii" => (Function::UpperAscii, given == 0, "no argument"),
        "hasOnly" => (Function::HasOnly, given == 1, "one argument"),
        "getAttribute" => (Function::GetAttribute, given == 2, "two arguments"),
        _ => return Err(ParseError::UnknownFunction { name, at }),
    };
    if !fits {
        return Err(ParseError::Arguments { name, wanted, at });
    }
    call(function, arguments, at)
}

/// A call as a function: `name(…)`.
pub fn function(name: String, arguments: Vec<Expr>, at: usize) -> Result<Expr, ParseError> {
    let (function, wanted) = match name.as_str() {
        "size" => (Function::Size, 1),
        "matches" => (Function::Matches, 2),
        "string" => (Function::String, 1),
        "timestamp" => (Function::Timestamp, 1),
        _ => return Err(ParseError::UnknownFunction { name, at }),
    };
    if arguments.len() != wanted {
        let wanted = if wanted == 1 { "one argument" } else { "two arguments" };
        return Err(ParseError::Arguments { name, wanted, at });
    }
    call(function, arguments, at)
}

/// A call whose literal arguments are checked now rather than when it is evaluated.
fn call(function: Function, arguments: Vec<Expr>, at: usize) -> Result<Expr, ParseError> {
    if let Some(Expr::Literal(Value::String(text))) = arguments.last() {
        match function {
            Function::Matches if pattern(text).is_none() => {
                return Err(ParseError::Pattern { pattern: text.clone(), at });
            }
            Function::Extract if Template::parse(text).is_none() => {
                return Err(ParseError::Template { template: text.clone(), at });
            }
            Function::Timestamp if timestamp(text).is_none() => {
                return Err(ParseError::Timestamp { text: text.clone(), at });
            }
            _ => {}
        }
    }
    Ok(Expr::Call(function, arguments))
}

/// A regular expression of RE2, bounded in size.
fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(1 << 20).nest_limit(50).build().ok()
}

fn timestamp(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// What `extract` looks for: a part in braces, and what stands before and behind it.
///
/// <https://docs.cloud.google.com/iam/docs/conditions-attribute-reference#extract>
struct Template<'a> {
    before: &'a str,
    behind: &'a str,
}

impl<'a> Template<'a> {
    fn parse(text: &'a str) -> Option<Template<'a>> {
        let (before, rest) = text.split_once('{')?;
        let (name, behind) = rest.split_once('}')?;
        let braces = |it: &str| it.contains(['{', '}']);
        (!braces(before) && !braces(name) && !braces(behind)).then_some(Template { before, behind })
    }

    /// The part of a text that it stands for; empty where the text does not fit.
    fn extract<'t>(&self, text: &'t str) -> &'t str {
        let Some(begin) = text.find(self.before) else { return "" };
        let rest = &text[begin + self.before.len()..];
        match self.behind {
            "" => rest,
            behind => rest.find(behind).map_or("", |end| &rest[..end]),
        }
    }
}

/// Calls a function.
pub fn apply(function: Function, arguments: &[Value]) -> Result<Value, EvalError> {
    let shown: Vec<&Value> = arguments.iter().collect();
    let wrong = || EvalError::no_overload(function.name(), &shown);
    Ok(match (function, arguments) {
        (Function::Size, [Value::String(it)]) => length(it.chars().count()),
        (Function::Size, [Value::List(it)]) => length(it.len()),
        (Function::Size, [Value::Map(it)]) => length(it.len()),
        (Function::StartsWith, [Value::String(it), Value::String(what)]) => {
            Value::Bool(it.starts_with(what.as_str()))
        }
        (Function::EndsWith, [Value::String(it), Value::String(what)]) => {
            Value::Bool(it.ends_with(what.as_str()))
        }
        (Function::Contains, [Value::String(it), Value::String(what)]) => {
            Value::Bool(it.contains(what.as_str()))
        }
        (Function::Matches, [Value::String(it), Value::String(text)]) => {
            let pattern =
                pattern(text).ok_or_else(|| EvalError::Invalid(format!("the pattern \"{text}\"")))?;
            Value::Bool(pattern.is_match(it))
        }
        (Function::Extract, [Value::String(it), Value::String(text)]) => {
            let template = Template::parse(text);
            let template = template.ok_or_else(|| EvalError::Invalid(format!("the template \"{text}\"")))?;
            Value::from(template.extract(it))
        }
        // Without a separator every character is a part of its own.
        (Function::Split, [Value::String(it), Value::String(separator)]) if separator.is_empty() => {
            Value::List(it.chars().map(|c| Value::String(c.into())).collect())
        }
        (Function::Split, [Value::String(it), Value::String(separator)]) => {
            Value::List(it.split(separator.as_str()).map(Value::from).collect())
        }
        (Function::Join, [Value::List(items)]) => join(items, "").ok_or_else(wrong)?,
        (Function::Join, [Value::List(items), Value::String(separator)]) => {
            join(items, separator).ok_or_else(wrong)?
        }
        (Function::LowerAscii, [Value::String(it)]) => Value::String(it.to_ascii_lowercase()),
        (Function::UpperAscii, [Value::String(it)]) => Value::String(it.to_ascii_uppercase()),
        (Function::String, [Value::String(it)]) => Value::String(it.clone()),
        (Function::String, [Value::Int(it)]) => Value::String(it.to_string()),
        (Function::String, [Value::Bool(it)]) => Value::String(it.to_string()),
        (Function::Timestamp, [Value::Timestamp(it)]) => Value::Timestamp(*it),
        (Function::Timestamp, [Value::String(it)]) => Value::Timestamp(
            timestamp(it).ok_or_else(|| EvalError::Invalid(format!("the timestamp \"{it}\"")))?,
        ),
        (Function::HasOnly, [Value::List(it), Value::List(allowed)]) => {
            Value::Bool(it.iter().all(|it| allowed.contains(it)))
        }
        // Of an attribute that is not known here nobody can say whether the default stands for it.
        (Function::GetAttribute, [Value::Map(it), Value::String(name), _]) => {
            it.get(name).cloned().ok_or_else(|| EvalError::NoSuchKey(name.clone()))?
        }
        _ => return Err(wrong()),
    })
}

fn length(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn join(items: &[Value], separator: &str) -> Option<Value> {
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|it| match it {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    Some(Value::String(texts?.join(separator)))
}
