//! JSON as it is written.

use super::path::Step;
use crate::cell::Cell;

/// JSON as it is written: the order of members, those that come twice and the digits of numbers stay.
pub(super) enum Raw<'a> {
    Plain(&'a str),
    Array(Vec<Raw<'a>>),
    Object(Vec<(&'a str, Raw<'a>)>),
}

/// How deep a text may nest, as with BigQuery.
const DEEPEST_TEXT: usize = 500;

impl<'a> Raw<'a> {
    /// Reads a text that is known to be JSON.
    pub(super) fn read(rest: &mut &'a str, depth: usize) -> Option<Raw<'a>> {
        *rest = rest.trim_start();
        if depth > DEEPEST_TEXT {
            return None;
        }
        let close = match rest.as_bytes().first()? {
            b'[' => ']',
            b'{' => '}',
            _ => return Some(Raw::Plain(Raw::token(rest)?)),
        };
        *rest = rest[1..].trim_start();
        let (mut items, mut members) = (Vec::new(), Vec::new());
        while !rest.starts_with(close) {
            if close == '}' {
                let name = Raw::token(rest)?;
                *rest = rest.trim_start().strip_prefix(':')?;
                members.push((name, Raw::read(rest, depth + 1)?));
            } else {
                items.push(Raw::read(rest, depth + 1)?);
            }
            *rest = rest.trim_start();
            *rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        *rest = &rest[1..];
        Some(if close == '}' { Raw::Object(members) } else { Raw::Array(items) })
    }

    fn token(rest: &mut &'a str) -> Option<&'a str> {
        let bytes = rest.as_bytes();
        let end = if bytes.first() == Some(&b'"') {
            let mut at = 1;
            while *bytes.get(at)? != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at + 1
        } else {
            rest.find(|c: char| ",]}".contains(c) || c.is_whitespace()).unwrap_or(rest.len())
        };
        let token = rest.get(..end)?;
        *rest = &rest[end..];
        Some(token)
    }

    fn show(&self, out: &mut String) {
        match self {
            Raw::Plain(it) => out.push_str(it),
            Raw::Array(all) => {
                out.push('[');
                for (at, it) in all.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    it.show(out);
                }
                out.push(']');
            }
            Raw::Object(all) => {
                out.push('{');
                for (at, (name, it)) in all.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(name);
                    out.push(':');
                    it.show(out);
                }
                out.push('}');
            }
        }
    }

    pub(super) fn find(&self, steps: &[Step]) -> Option<&Raw<'a>> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        let member = |wanted: &str| match self {
            Raw::Object(all) => {
                all.iter().find(|(name, _)| serde_json::from_str::<String>(name).is_ok_and(|it| it == wanted))
            }
            _ => None,
        };
        let next = match (step, self) {
            (Step::Member(name), _) => member(name).map(|it| &it.1),
            (Step::Element(at), Raw::Array(all)) => all.get(*at),
            (Step::Element(at), _) => member(&at.to_string()).map(|it| &it.1),
        };
        next?.find(rest)
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.show(&mut out);
        out
    }

    /// A scalar as SQL's text.
    pub(super) fn scalar(&self) -> Cell {
        match self {
            Raw::Plain("null") | Raw::Array(_) | Raw::Object(_) => Cell::Null,
            Raw::Plain(it) if it.starts_with('"') => serde_json::from_str(it).map_or(Cell::Null, Cell::Text),
            Raw::Plain(it) => Cell::Text((*it).to_owned()),
        }
    }
}
