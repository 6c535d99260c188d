//! Paths into JSON: `$.a[0]`.

use serde_json::Value;

/// A step of a path: into an object's member or an array's element.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(String),
    Element(usize),
}

/// The steps of a path: `$.a["b"][0]`; the older functions quote names by `'`.
pub(super) fn path(given: &str, old: bool) -> Result<Vec<Step>, String> {
    let wrong = |rest: &str| format!("Invalid token in JSONPath at: {rest}");
    let mut lax = given.trim();
    for mode in ["lax ", "lax recursive ", "recursive lax "] {
        if lax.to_ascii_lowercase().starts_with(mode) {
            return Err(format!("{}a JSONPath mode", super::super::LACKS));
        }
    }
    lax = given;
    let mut rest = lax.strip_prefix('$').ok_or_else(|| format!("JSONPath must start with '$': {given}"))?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let here = rest;
        if let Some(after) = rest.strip_prefix('.') {
            if let (Some(quoted), false) = (after.strip_prefix('"'), old) {
                let (name, end) = quoted_name(quoted, '"').ok_or_else(|| wrong(here))?;
                steps.push(Step::Member(name));
                rest = &quoted[end..];
            } else {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let name = &after[..end];
                if name.is_empty() || (!old && name.contains(['"', '\'', ' ', '*', '?', '@'])) {
                    return Err(wrong(here));
                }
                steps.push(Step::Member(name.to_owned()));
                rest = &after[end..];
            }
        } else if let Some(after) = rest.strip_prefix('[') {
            let trimmed = after.trim_start();
            let quote = trimmed.chars().next().filter(|it| *it == '\'' || (*it == '"' && old));
            if let Some(quote) = quote {
                if !old {
                    return Err(wrong(here));
                }
                let (name, end) = quoted_name(&trimmed[1..], quote).ok_or_else(|| wrong(here))?;
                steps.push(Step::Member(name));
                rest = trimmed[1 + end..].trim_start().strip_prefix(']').ok_or_else(|| wrong(here))?;
            } else {
                let end = after.find(']').ok_or_else(|| wrong(here))?;
                let inner = after[..end].trim();
                let digits = !inner.is_empty() && inner.bytes().all(|it| it.is_ascii_digit());
                steps.push(match digits {
                    true => Step::Element(inner.parse().unwrap_or(usize::MAX)),
                    false if old && !inner.is_empty() => Step::Member(inner.to_owned()),
                    false => return Err(wrong(here)),
                });
                rest = &after[end + 1..];
            }
        } else {
            return Err(wrong(here));
        }
    }
    Ok(steps)
}

/// The name up to a quote, and where it ends behind that.
fn quoted_name(given: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = given.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                (_, c) if c == quote || c == '\\' => out.push(c),
                (_, c) => {
                    out.push('\\');
                    out.push(c);
                }
            },
            c if c == quote => return Some((out, at + c.len_utf8())),
            c => out.push(c),
        }
    }
    None
}

pub(super) fn walk<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match (step, value) {
        (Step::Member(name), Value::Object(members)) => members.get(name),
        (Step::Element(at), Value::Array(all)) => all.get(*at),
        // A member's name may be a number.
        (Step::Element(at), Value::Object(members)) => members.get(&at.to_string()),
        (_, _) => None,
    })
}
