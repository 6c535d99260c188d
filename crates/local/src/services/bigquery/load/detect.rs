//! Guesses a schema from what a file holds.

use serde_json::{Map, Value};
use values::civil;
use values::types::{Field, Type};

/// Rows that are looked at: BigQuery looks at up to 500.
const SAMPLE: usize = 500;

/// The type that a text seems to be of.
fn of_text(text: &str) -> Type {
    let text = text.trim();
    if text.parse::<i64>().is_ok() {
        Type::Int64
    } else if text.parse::<f64>().is_ok() {
        Type::Float64
    } else if matches!(text.to_ascii_lowercase().as_str(), "true" | "false") {
        Type::Bool
    } else if civil::date(text).is_some() {
        Type::Date
    } else if civil::timestamp(text).is_some() {
        Type::Timestamp
    } else if civil::time(text).is_some() {
        Type::Time
    } else {
        Type::String
    }
}

fn of_value(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => Type::Bool,
        Value::Number(it) if it.is_i64() => Type::Int64,
        Value::Number(_) => Type::Float64,
        // Numbers in quotes are texts to whoever wrote JSON; times have no other way.
        Value::String(text) => match of_text(text) {
            kind @ (Type::Date | Type::Timestamp) => kind,
            _ => Type::String,
        },
        Value::Array(items) => {
            let kinds = items.iter().filter_map(of_value);
            Type::Array(Box::new(kinds.reduce(|a, b| both(&a, &b))?))
        }
        Value::Object(fields) => {
            let found: Vec<Field> =
                fields.iter().filter_map(|(name, it)| Some(Field::new(name, of_value(it)?))).collect();
            if found.is_empty() {
                return None;
            }
            Type::Struct(found)
        }
    })
}

/// The type that holds values of both.
fn both(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Type::Int64, Type::Float64) | (Type::Float64, Type::Int64) => Type::Float64,
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Type::Timestamp,
        (Type::Array(a), Type::Array(b)) => Type::Array(Box::new(both(a, b))),
        (Type::Struct(a), Type::Struct(b)) => {
            let mut all = a.clone();
            for field in b {
                match all.iter_mut().find(|it| it.name == field.name) {
                    Some(same) => same.kind = both(&same.kind, &field.kind),
                    None => all.push(field.clone()),
                }
            }
            Type::Struct(all)
        }
        (_, _) => Type::String,
    }
}

/// A column's name of whatever a file calls it.
fn named(given: &str) -> String {
    let mut name: String =
        given.trim().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// The schema that JSON rows seem to have.
pub(super) fn json<'a>(rows: impl Iterator<Item = &'a Map<String, Value>>) -> Vec<Field> {
    let all = rows.take(SAMPLE).filter_map(|it| of_value(&Value::Object(it.clone())));
    match all.reduce(|a, b| both(&a, &b)) {
        Some(Type::Struct(fields)) => fields,
        Some(_) | None => Vec::new(),
    }
}

/// The schema that CSV rows seem to have, and how many rows are its header.
pub(super) fn csv(rows: &[Vec<String>], skipped: usize) -> (Vec<Field>, usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let kind = |rows: &[Vec<String>], at: usize| {
        let texts = rows.iter().take(SAMPLE).filter_map(|it| it.get(at)).filter(|it| !it.is_empty());
        texts.map(|it| of_text(it)).reduce(|a, b| both(&a, &b))
    };
    let texts = |row: &Vec<String>| row.iter().all(|it| of_text(it) == Type::String && !it.is_empty());
    // A first row of nothing but texts is a header if what follows is not; one that is skipped is one too.
    let header = match skipped {
        0 if rows.len() > 1 && texts(&rows[0]) => {
            (0..columns).any(|at| kind(&rows[1..], at).is_some_and(|it| it != Type::String))
        }
        skipped => skipped > 0 && rows.len() >= skipped && texts(&rows[skipped - 1]),
    };
    let start = if header { skipped.max(1) } else { skipped };
    let fields = (0..columns).map(|at| {
        let name = match header {
            true => rows[start - 1].get(at).map_or_else(|| format!("string_field_{at}"), |it| named(it)),
            false => String::new(),
        };
        let kind = kind(rows.get(start..).unwrap_or_default(), at).unwrap_or(Type::String);
        let name = if name.is_empty() { format!("{}_field_{at}", kind.sql().to_lowercase()) } else { name };
        Field::new(name, kind)
    });
    (fields.collect(), start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_are_guessed() {
        let rows = [
            json!({"a": 1, "b": {"c": "2025-05-07"}, "d": [1]}),
            json!({"a": 1.5, "b": {"c": "2025-05-07T08:00:00Z", "e": true}, "d": [], "f": null}),
        ];
        let got = json(rows.iter().filter_map(Value::as_object));
        let shown: Vec<String> = got.iter().map(|it| format!("{} {}", it.name, it.kind.sql())).collect();
        assert_eq!(shown, ["a FLOAT64", "b STRUCT<c TIMESTAMP, e BOOL>", "d ARRAY<INT64>"]);
        let rows = [["id", "at me"], ["1", "2025-05-07"], ["2", ""]].map(|it| it.map(str::to_owned).to_vec());
        let (fields, start) = csv(&rows, 0);
        let shown: Vec<String> = fields.iter().map(|it| format!("{} {}", it.name, it.kind.sql())).collect();
        assert_eq!((shown, start), (vec!["id INT64".to_owned(), "at_me DATE".to_owned()], 1));
    }
}
