//! Reads rows that callers send as JSON or CSV, and says in BigQuery's words what is wrong with them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::cell::Cell;
use crate::civil;
use crate::decimal;
use crate::types::{Field, Type};

/// What is wrong with a value, and the column it is in (`a.b` inside a record).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub location: String,
    pub message: String,
}

fn wrong<T>(location: &str, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { location: location.to_owned(), message: message.into() })
}

/// Where rows come from: the two ways differ in their words, and in how they read JSON columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `tabledata.insertAll` and what streams as it does.
    Stream,
    /// A file.
    File,
}

/// How rows are read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub origin: Origin,
    /// Drop fields that the table does not have.
    pub ignore_unknown: bool,
}

/// Reads one row: a cell for each column.
pub fn row(row: &Map<String, Value>, fields: &[Field], rules: Rules) -> Result<Vec<Cell>, Wrong> {
    record(row, fields, rules, "")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn record(row: &Map<String, Value>, fields: &[Field], rules: Rules, path: &str) -> Result<Vec<Cell>, Wrong> {
    let place = |name: &str| fields.iter().position(|it| it.name.eq_ignore_ascii_case(name));
    let mut cells = vec![Cell::Null; fields.len()];
    for (name, value) in row {
        let at = join(path, name);
        match place(name) {
            Some(column) => cells[column] = field_value(value, &fields[column].kind, rules, &at)?,
            None if rules.ignore_unknown => {}
            None if rules.origin == Origin::Stream => {
                return wrong(&at, format!("no such field: {at}."));
            }
            None => return wrong(&at, format!("No such field: {at}.")),
        }
    }
    for (field, cell) in fields.iter().zip(&mut cells) {
        let at = join(path, &field.name);
        match (&field.kind, &cell) {
            (Type::Array(_), Cell::Null) => *cell = Cell::Array(Vec::new()),
            (_, Cell::Null) if field.required => {
                return match rules.origin {
                    Origin::Stream => {
                        wrong("", format!("Missing required field: Msg_0_CLOUD_QUERY_TABLE.{at}."))
                    }
                    Origin::File => wrong(&at, format!("Missing required fields: {at}.")),
                };
            }
            (_, _) => {}
        }
    }
    Ok(cells)
}

fn field_value(value: &Value, kind: &Type, rules: Rules, at: &str) -> Result<Cell, Wrong> {
    match (kind, value) {
        (Type::Array(_), Value::Null) => Ok(Cell::Array(Vec::new())),
        (Type::Array(of), Value::Array(items)) => {
            let mut cells = Vec::with_capacity(items.len());
            for item in items {
                if item.is_null() {
                    return wrong(at, "Only optional fields can be set to NULL. Field: ".to_owned() + at);
                }
                cells.push(scalar(item, of, rules, at)?);
            }
            Ok(Cell::Array(cells))
        }
        (Type::Array(_), _) => wrong(at, format!("Field {at} is repeated: its value must be an array.")),
        (_, Value::Null) => Ok(Cell::Null),
        (Type::Json, _) => json_value(value, rules, at),
        (_, Value::Array(_)) => wrong(at, format!("Array specified for non-repeated field: {at}.")),
        (_, _) => scalar(value, kind, rules, at),
    }
}

/// A JSON column takes JSON itself, or a text that holds it.
fn json_value(value: &Value, rules: Rules, at: &str) -> Result<Cell, Wrong> {
    let Value::String(text) = value else { return Ok(Cell::Json(value.to_string())) };
    match (serde_json::from_str::<Value>(text), rules.origin) {
        (Ok(parsed), _) => Ok(Cell::Json(parsed.to_string())),
        (Err(_), Origin::File) => Ok(Cell::Json(value.to_string())),
        (Err(error), Origin::Stream) => wrong(at, format!("Invalid JSON in field {at}: {error}")),
    }
}

fn scalar(value: &Value, kind: &Type, rules: Rules, at: &str) -> Result<Cell, Wrong> {
    match (kind, value) {
        (Type::Json, _) => json_value(value, rules, at),
        (Type::Struct(fields), Value::Object(inner)) => Ok(Cell::Struct(record(inner, fields, rules, at)?)),
        (Type::Struct(_), _) => wrong(at, format!("This field: {at} is not a record.")),
        (_, Value::Object(_)) => wrong(at, format!("This field: {at} is not a record.")),
        (Type::Timestamp, Value::Number(number)) => match seconds(&number.to_string()) {
            Some(micros) => Ok(Cell::Timestamp(micros)),
            None => wrong(at, unreadable(&number.to_string(), kind)),
        },
        (_, Value::String(text)) => {
            text_value(text, kind).map_err(|message| Wrong { location: at.to_owned(), message })
        }
        (_, other) => {
            text_value(&other.to_string(), kind).map_err(|message| Wrong { location: at.to_owned(), message })
        }
    }
}

/// Microseconds of seconds since 1970, whole or not.
fn seconds(text: &str) -> Option<i64> {
    let value = decimal::numeric(text)?;
    i64::try_from(value / 1000).ok().filter(|it| (civil::FIRST..=civil::LAST).contains(it))
}

/// What BigQuery says of a text that is no value of a type.
pub fn unreadable(text: &str, kind: &Type) -> String {
    match kind {
        Type::Int64 => format!("Cannot convert value to integer (bad value): {text}"),
        Type::Float64 => format!("Cannot convert value to floating point (bad value): {text}"),
        Type::Bool => format!("Cannot convert value to boolean (bad value): {text}"),
        Type::Timestamp => format!(
            "Could not parse '{text}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or \
             YYYY/MM/DD HH:MM[:SS[.SSSSSS]]"
        ),
        Type::Bytes => "Could not decode base64 string to bytes.".to_owned(),
        Type::Numeric | Type::BigNumeric => format!("Invalid {} value: {text}", kind.sql()),
        other => format!("Could not parse '{text}' as {}.", other.sql()),
    }
}

/// The value that a text says, as files and the API write it.
pub fn text_value(text: &str, kind: &Type) -> Result<Cell, String> {
    let read = match kind {
        Type::String | Type::Geography => Some(Cell::Text(text.to_owned())),
        Type::Bool => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Some(Cell::Bool(true)),
            "false" | "f" | "no" | "n" | "0" => Some(Cell::Bool(false)),
            _ => None,
        },
        Type::Int64 => {
            let text = text.trim();
            // 3.0 is an integer to BigQuery; 3.5 is not.
            let whole = text.split_once('.').filter(|(_, part)| part.bytes().all(|it| it == b'0'));
            whole.map_or(text, |it| it.0).parse().ok().map(Cell::Int)
        }
        Type::Float64 => match text.trim().to_ascii_lowercase().trim_start_matches('+') {
            "nan" => Some(Cell::Float(f64::NAN)),
            "inf" | "infinity" => Some(Cell::Float(f64::INFINITY)),
            "-inf" | "-infinity" => Some(Cell::Float(f64::NEG_INFINITY)),
            other => other.parse().ok().map(Cell::Float),
        },
        Type::Numeric => decimal::numeric(text).map(Cell::Numeric),
        Type::BigNumeric => decimal::big(text).map(Cell::BigNumeric),
        Type::Bytes => STANDARD.decode(text.trim()).ok().map(Cell::Bytes),
        Type::Date => civil::date(text).map(Cell::Date),
        Type::Time => civil::time(text).map(|it| Cell::Time(it % civil::DAY)),
        Type::Datetime => civil::datetime(text).map(Cell::Datetime),
        Type::Timestamp => civil::timestamp(text).or_else(|| seconds(text)).map(Cell::Timestamp),
        Type::Json => serde_json::from_str::<Value>(text).ok().map(|it| Cell::Json(it.to_string())),
        Type::Interval => crate::interval::Interval::parse(text).map(Cell::Interval),
        Type::Range(of) => Cell::read_range(text, of),
        Type::Struct(_) | Type::Array(_) => None,
    };
    read.ok_or_else(|| unreadable(text, kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fields;
    use serde_json::json;

    fn check(columns: Value, given: Value, want: Result<Value, (&str, &str)>) {
        let fields = fields(&columns);
        let rules = Rules { origin: Origin::Stream, ignore_unknown: false };
        let got = row(given.as_object().unwrap(), &fields, rules)
            .map(|cells| Value::Object(crate::cell::stored_row(&fields, &cells)))
            .map_err(|it| (it.location, it.message));
        assert_eq!(got, want.map_err(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn values_of_every_type() {
        let one = |kind: &str, given: Value, stored: Value| {
            check(json!([{"name": "x", "type": kind}]), json!({"X": given}), Ok(json!({"x": stored})));
        };
        one("INTEGER", json!("12"), json!(12));
        one("INTEGER", json!(3.0), json!(3));
        one("FLOAT", json!(1), json!(1.0));
        one("BOOLEAN", json!("true"), json!(true));
        one("NUMERIC", json!("1.50"), json!("1.5"));
        one("JSON", json!({"b": 1, "a": [null]}), json!("{\"a\":[null],\"b\":1}"));
        one("JSON", json!("{\"a\": 1}"), json!("{\"a\":1}"));
        one("TIMESTAMP", json!("1970-01-01T00:00:01Z"), json!(1_000_000));
        one("TIMESTAMP", json!(1.5), json!(1_500_000));
        one("DATE", json!("1970-01-02"), json!(1));
        one("STRING", json!(5), json!("5"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let columns = json!([
            {"name": "id", "type": "STRING", "mode": "REQUIRED"},
            {"name": "n", "type": "INTEGER"},
            {"name": "r", "type": "RECORD", "fields": [{"name": "b", "type": "BOOLEAN"}]},
        ]);
        let refuse = |given: Value, location: &str, message: &str| {
            check(columns.clone(), given, Err((location, message)));
        };
        refuse(json!({"n": 1}), "", "Missing required field: Msg_0_CLOUD_QUERY_TABLE.id.");
        refuse(json!({"id": "a", "z": 1}), "z", "no such field: z.");
        refuse(json!({"id": "a", "n": "x"}), "n", "Cannot convert value to integer (bad value): x");
        refuse(json!({"id": "a", "n": [1]}), "n", "Array specified for non-repeated field: n.");
        refuse(json!({"id": "a", "r": 1}), "r", "This field: r is not a record.");
        refuse(json!({"id": "a", "r": {"b": "?"}}), "r.b", "Cannot convert value to boolean (bad value): ?");
    }
}
