//! A field's value, as people read it.

use engine::{is_secret, is_unknown, mask};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::style::{Ink, Style};

/// A value on one line.
pub fn inline(value: &Value) -> String {
    if is_unknown(value) {
        return "(known after apply)".to_owned();
    }
    if is_secret(value) {
        return "(secret)".to_owned();
    }
    match value {
        Value::Null => "(default)".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        // Filters are full of quotes, and read better unescaped.
        Value::String(text) if text.contains('"') && !text.contains(['\'', '\n', '\\']) => {
            format!("'{text}'")
        }
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let fields: Vec<String> = map.iter().map(|(k, v)| format!("{k}: {}", inline(v))).collect();
            if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
        }
    }
}

/// A value as lines under its name: what is short stays on one line.
pub fn lines(name: &str, value: &Value, width: usize) -> Vec<String> {
    let one = format!("{name}: {}", inline(value));
    if one.chars().count() <= width || is_unknown(value) || is_secret(value) {
        return vec![one];
    }
    let indent = |lines: Vec<String>| lines.into_iter().map(|it| format!("  {it}"));
    let mut out = vec![format!("{name}:")];
    match value {
        Value::Object(map) => {
            for (k, v) in map {
                out.extend(indent(lines(k, v, width.saturating_sub(2))));
            }
        }
        Value::Array(items) => {
            for item in items {
                let inner: Vec<String> = match item {
                    Value::Object(map) if !map.is_empty() => {
                        map.iter().flat_map(|(k, v)| lines(k, v, width.saturating_sub(4))).collect()
                    }
                    other => vec![inline(other)],
                };
                // The dash stands before the first line, and the others under it.
                let dash = |(i, line)| format!("{}{line}", if i == 0 { "  - " } else { "    " });
                out.extend(inner.into_iter().enumerate().map(dash));
            }
        }
        Value::String(text) if text.contains('\n') => {
            out.extend(indent(text.lines().map(str::to_owned).collect()))
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => return vec![one],
    }
    out
}

/// Both sides of a change, line by line where a value is long.
pub fn change(path: &str, before: &Value, after: &Value, width: usize, style: Style) -> Vec<String> {
    let (old, new) = (inline(before), inline(after));
    let arrow = if before.is_null() && !after.is_null() {
        format!("{path}: {}", style.paint(Ink::Added, &new))
    } else {
        format!("{path}: {} -> {}", style.paint(Ink::Removed, &old), style.paint(Ink::Added, &new))
    };
    let short = path.len() + old.len() + new.len() + 6 <= width;
    if short || [before, after].iter().any(|it| is_unknown(it) || is_secret(it)) {
        return vec![arrow];
    }
    let (old, new) = (text(before), text(after));
    if old.lines().count() < 2 && new.lines().count() < 2 {
        return vec![arrow];
    }
    let mut out = vec![format!("{path}:")];
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    for (i, group) in diff.grouped_ops(2).iter().enumerate() {
        if i > 0 {
            out.push(style.paint(Ink::Faint, "  …"));
        }
        for line in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = line.value().trim_end_matches('\n');
            out.push(match line.tag() {
                ChangeTag::Delete => style.paint(Ink::Removed, &format!("  - {text}")),
                ChangeTag::Insert => style.paint(Ink::Added, &format!("  + {text}")),
                ChangeTag::Equal => style.paint(Ink::Faint, &format!("    {text}")),
            });
        }
    }
    out
}

/// A value as text to compare by lines; text that is JSON in its own form.
fn text(value: &Value) -> String {
    let parsed =
        value.as_str().and_then(|it| serde_json::from_str::<Value>(it).ok()).filter(|it| it.is_object());
    match (value, parsed) {
        (_, Some(json)) => format!("{json:#}\n"),
        (Value::Null, _) => String::new(),
        (Value::String(text), _) => format!("{text}\n"),
        (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_), _) => {
            format!("{:#}\n", mask(value))
        }
    }
}
