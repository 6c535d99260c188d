//! Two spellings of one value are one value.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::input::{is_secret, is_special, reveal, secret};
use crate::path::Path;
use crate::{Rule, Shape};

/// Whether two scalars say the same, by the field's type and its kind's rules. Secrets must be revealed.
pub(crate) fn same_scalar(shape: &Shape, rules: &[Rule], path: &Path, a: &Value, b: &Value) -> bool {
    if a == b {
        return true;
    }
    let by_shape = match shape {
        Shape::Int | Shape::Int64 => integer(a).is_some() && integer(a) == integer(b),
        Shape::Double => number(a).is_some() && number(a) == number(b),
        Shape::Duration => duration(a).is_some() && duration(a) == duration(b),
        Shape::Timestamp => instant(a).is_some() && instant(a) == instant(b),
        Shape::Bytes => bytes(a).is_some() && bytes(a) == bytes(b),
        // 1 and 1.0 are one number in JSON.
        Shape::Any => matches!((a, b), (Value::Number(x), Value::Number(y)) if x.as_f64() == y.as_f64()),
        Shape::Bool | Shape::Text | Shape::Enum | Shape::List(_) | Shape::Map(_) | Shape::Message(_) => false,
    };
    by_shape || rules.iter().any(|rule| same_by_rule(rule, path, a, b))
}

fn same_by_rule(rule: &Rule, path: &Path, a: &Value, b: &Value) -> bool {
    let texts = || Some((a.as_str()?, b.as_str()?));
    match rule {
        Rule::CaseInsensitive(at) if path.matches(at) => {
            texts().is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase())
        }
        Rule::Alias(at, pairs) if path.matches(at) => texts().is_some_and(|(a, b)| {
            let canonical = |it: &str| -> String {
                let found = pairs.iter().find(|(ours, _)| ours.eq_ignore_ascii_case(it));
                found.map_or(it, |(_, theirs)| theirs).to_ascii_lowercase()
            };
            canonical(a) == canonical(b)
        }),
        Rule::Trimmed(at) if path.matches(at) => texts().is_some_and(|(a, b)| a.trim() == b.trim()),
        Rule::Json(at) if path.matches(at) => texts().is_some_and(|(a, b)| {
            let parse = |it: &str| serde_json::from_str::<Value>(it).ok();
            parse(a).is_some() && parse(a) == parse(b)
        }),
        Rule::Stringly(at) if path.matches(at) => text_of(a) == text_of(b),
        Rule::Name(at) if path.matches(at) => texts().is_some_and(|(a, b)| same_name(a, b)),
        Rule::Suffix(at, mark) if path.matches(at) => texts().is_some_and(|(a, b)| {
            let cut = |it: &'_ str| it.find(mark).map_or(it.len(), |i| i);
            a[..cut(a)] == b[..cut(b)]
        }),
        Rule::CaseInsensitive(_)
        | Rule::Alias(..)
        | Rule::Trimmed(_)
        | Rule::Json(_)
        | Rule::Stringly(_)
        | Rule::Name(_)
        | Rule::Suffix(..)
        | Rule::Immutable(_)
        | Rule::Default(..)
        | Rule::Set(_)
        | Rule::Keyed(..)
        | Rule::InputOnly(_)
        | Rule::Secret(_)
        | Rule::Presence(_)
        | Rule::Whole(_)
        | Rule::FixedItems(_)
        | Rule::Columns(_)
        | Rule::Bound(_) => false,
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `projects/p/topics/t`, `projects/123/topics/t` and `t` name one thing, and so does a name with its host.
fn same_name(a: &str, b: &str) -> bool {
    let parts = |it: &str| -> Vec<String> {
        let path =
            it.strip_prefix("https://").or_else(|| it.strip_prefix("//")).and_then(|it| it.split_once('/'));
        path.map_or(it, |(_, path)| path).split('/').map(str::to_owned).collect()
    };
    let (a, b) = (parts(a), parts(b));
    let (long, short) = if a.len() >= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() > short.len() {
        return long.ends_with(short);
    }
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|c| c.is_ascii_digit());
    long.iter()
        .zip(short)
        .enumerate()
        .all(|(i, (x, y))| x == y || (i > 0 && long[i - 1] == "projects" && is_number(x) != is_number(y)))
}

/// Whether a value is what the API leaves out: nothing, zero, false, empty.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty() || it == "0" || it == "0s",
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(is_zero),
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(it) => it.as_i64().map(i128::from).or_else(|| it.as_u64().map(i128::from)),
        Value::String(it) => it.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(it) => it.as_f64(),
        Value::String(it) => it.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Nanoseconds of `"3.5s"`.
fn duration(value: &Value) -> Option<i128> {
    let text = value.as_str()?.strip_suffix('s')?;
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |it| (-1, it));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(sign * (whole * 1_000_000_000 + nanos))
}

fn instant(value: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()
}

/// The bytes of base64, whether standard or URL-safe, padded or not.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let any = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = value.as_str()?.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&STANDARD, any).decode(text).ok()
}

/// Drops what was not declared: nulls, empty lists, empty maps of names. An empty message stays: it says
/// "this, with its defaults".
pub fn prune(value: &Value, shape: &Shape) -> Value {
    if is_special(value) {
        return value.clone();
    }
    match (value, shape) {
        (Value::Object(map), Shape::Message(message)) => Value::Object(
            map.iter()
                .filter_map(|(k, v)| {
                    let shape = message.field(k).map_or(&Shape::Any, |it| &it.shape);
                    let v = prune(v, shape);
                    (!is_undeclared(&v, shape)).then(|| (k.clone(), v))
                })
                .collect(),
        ),
        (Value::Object(map), Shape::Map(inner)) => Value::Object(
            map.iter().map(|(k, v)| (k.clone(), prune(v, inner))).filter(|(_, v)| !v.is_null()).collect(),
        ),
        (Value::Array(items), Shape::List(inner)) => items.iter().map(|it| prune(it, inner)).collect(),
        _ => value.clone(),
    }
}

fn is_undeclared(value: &Value, shape: &Shape) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && matches!(shape, Shape::Map(_)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A value as it travels: 64-bit integers as text. Secrets stay wrapped until a request's bytes are made.
pub fn wire(value: &Value, shape: &Shape) -> Value {
    if is_secret(value) {
        return secret(wire(&reveal(value), shape));
    }
    match (value, shape) {
        (Value::Number(it), Shape::Int64) => Value::String(it.to_string()),
        (Value::Object(map), Shape::Message(message)) => Value::Object(
            map.iter()
                .map(|(k, v)| (k.clone(), wire(v, message.field(k).map_or(&Shape::Any, |it| &it.shape))))
                .collect(),
        ),
        (Value::Object(map), Shape::Map(inner)) => {
            Value::Object(map.iter().map(|(k, v)| (k.clone(), wire(v, inner))).collect())
        }
        (Value::Array(items), Shape::List(inner)) => items.iter().map(|it| wire(it, inner)).collect(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn same(shape: &Shape, a: Value, b: Value) -> bool {
        same_scalar(shape, &[], &Path::default(), &a, &b)
    }

    #[test]
    fn spellings_of_one_value() {
        assert!(same(&Shape::Int64, json!(604800), json!("604800")));
        assert!(same(&Shape::Duration, json!("60s"), json!("060.000s")));
        assert!(!same(&Shape::Duration, json!("60s"), json!("60.5s")));
        assert!(same(
            &Shape::Timestamp,
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T01:00:00.000+01:00")
        ));
        assert!(same(&Shape::Bytes, json!("-_8="), json!("+/8")));
        assert!(same(&Shape::Double, json!(1), json!(1.0)));
        assert!(!same(&Shape::Text, json!("60s"), json!("060s")));
    }

    #[test]
    fn names() {
        assert!(same_name("projects/p/topics/t", "projects/123/topics/t"));
        assert!(same_name("projects/p/topics/t", "t"));
        assert!(!same_name("projects/p/topics/t", "projects/q/topics/t"));
        assert!(!same_name("projects/1/topics/t", "projects/2/topics/t"));
        assert!(!same_name("projects/p/topics/t", "projects/p/topics/u"));
        assert!(!same_name("projects/p/topics/at", "t"));
    }
}
