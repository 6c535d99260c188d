//! Paths and patterns as text: parsing, printing, and the same in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Part, Path, PathError, Pattern, Segment};

impl std::str::FromStr for Pattern {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Pattern, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        let at = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (part, after) =
                    bracket(inner).ok_or_else(|| PathError::Open { path: text.to_owned(), at: at(rest) })?;
                match part {
                    Ok(part) => parts.push(part),
                    Err(()) => return Err(PathError::Quotes { path: text.to_owned(), at: at(inner) }),
                }
                rest = after;
                continue;
            }
            let name = match rest.strip_prefix('.') {
                Some(name) if !parts.is_empty() => name,
                _ if parts.is_empty() => rest,
                _ => return Err(unexpected(text, at(rest), rest)),
            };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            match &name[..end] {
                "" => return Err(PathError::EmptyName { path: text.to_owned(), at: at(name) }),
                "**" => parts.push(Part::Deep),
                name if name.contains(['*', ']', '"']) => {
                    let from = name.find(['*', ']', '"']).unwrap_or(0);
                    return Err(unexpected(text, at(rest) + from, &name[from..]));
                }
                name => parts.push(Part::Name(name.to_owned())),
            }
            rest = &name[end..];
        }
        Ok(Pattern(parts))
    }
}

fn unexpected(path: &str, at: usize, rest: &str) -> PathError {
    PathError::Unexpected { path: path.to_owned(), at, found: rest.chars().next().unwrap_or(' ') }
}

/// What stands in brackets, and what comes after; `None` if they do not end, an error if quotes hold no text.
fn bracket(inner: &str) -> Option<(Result<Part, ()>, &str)> {
    if inner.starts_with('"') {
        let mut stream = serde_json::Deserializer::from_str(inner).into_iter::<String>();
        let Some(Ok(name)) = stream.next() else { return Some((Err(()), "")) };
        let after = inner[stream.byte_offset()..].strip_prefix(']')?;
        return Some((Ok(Part::Bracket(name)), after));
    }
    let (text, after) = inner.split_once(']')?;
    let part = match text {
        "*" => Part::Any,
        text => match text.parse() {
            Ok(at) if text.bytes().all(|it| it.is_ascii_digit()) => Part::Index(at),
            _ => Part::Bracket(text.to_owned()),
        },
    };
    Some((Ok(part), after))
}

/// Whether a name can stand after a dot as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '/', ' ', '[', ']', '"', '*'])
}

/// A name in brackets: quoted unless it cannot be mistaken.
fn write_bracket(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let digits = name.bytes().all(|it| it.is_ascii_digit());
    match name.is_empty() || digits || name == "*" || name.contains(['[', ']', '"', '\\']) {
        true => write!(f, "[{}]", Value::String(name.to_owned())),
        false => write!(f, "[{name}]"),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            match segment {
                Segment::Field(name) | Segment::Key(name) if is_plain(name) => write!(f, "{dot}{name}")?,
                Segment::Field(name) | Segment::Key(name) => write!(f, "[{}]", Value::String(name.clone()))?,
                Segment::Index(at) => write!(f, "[{at}]")?,
                Segment::Item(name) => write_bracket(f, name)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            match part {
                Part::Name(name) if name.starts_with("[*].") => f.write_str(name)?,
                Part::Name(name) => write!(f, "{dot}{name}")?,
                Part::Bracket(name) => write_bracket(f, name)?,
                Part::Index(at) => write!(f, "[{at}]")?,
                Part::Any => f.write_str("[*]")?,
                Part::Deep => write!(f, "{dot}**")?,
            }
        }
        Ok(())
    }
}

/// As it is shown.
impl Serialize for Path {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pattern, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
