//! Functions of JSON.

use serde_json::{Map, Value};

use super::casts::sql_text;
use super::{Function, no_match, text};
use crate::cell::{Cell, show_float};
use crate::types::Type;

/// The steps of a path: `$.a["b"][0]`.
fn path(given: &str) -> Result<Vec<Value>, String> {
    let wrong = || format!("Invalid token in JSONPath at: {given}");
    let mut rest = given.strip_prefix('$').ok_or_else(|| format!("JSONPath must start with '$': {given}"))?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            if let Some(quoted) = after.strip_prefix('"') {
                let end = quoted.find('"').ok_or_else(wrong)?;
                steps.push(Value::from(&quoted[..end]));
                rest = &quoted[end + 1..];
            } else {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(wrong());
                }
                steps.push(Value::from(&after[..end]));
                rest = &after[end..];
            }
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(wrong)?;
            let inner = &after[..end];
            let quoted = inner.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
            let quoted = quoted.or_else(|| inner.strip_prefix('"').and_then(|it| it.strip_suffix('"')));
            steps.push(match quoted {
                Some(name) => Value::from(name),
                None => Value::from(inner.parse::<u64>().map_err(|_| wrong())?),
            });
            rest = &after[end + 1..];
        } else {
            return Err(wrong());
        }
    }
    Ok(steps)
}

fn walk<'a>(value: &'a Value, steps: &[Value]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Value::String(name) => value.get(name),
        other => value.get(usize::try_from(other.as_u64()?).ok()?),
    })
}

/// One step into a JSON value: null where there is nothing.
pub(super) fn step(json: &str, step: &Value) -> Cell {
    let parsed: Option<Value> = serde_json::from_str(json).ok();
    match parsed.as_ref().and_then(|it| walk(it, std::slice::from_ref(step))) {
        Some(found) => Cell::Json(found.to_string()),
        None => Cell::Null,
    }
}

/// What a path finds in a JSON text; a text that is not JSON holds nothing.
fn find(row: &[Cell]) -> Result<Option<Value>, String> {
    let steps = path(row.get(1).map_or("$", text))?;
    let Ok(parsed) = serde_json::from_str::<Value>(text(&row[0])) else { return Ok(None) };
    Ok(walk(&parsed, &steps).cloned())
}

fn scalar(value: &Value) -> Cell {
    match value {
        Value::String(it) => Cell::Text(it.clone()),
        Value::Bool(_) | Value::Number(_) => Cell::Text(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Cell::Null,
    }
}

/// JSON or text, as the argument is.
fn like_argument(name: &'static str) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds.first() {
        Some(Type::Json) => Ok(Type::Json),
        Some(Type::String) => Ok(Type::String),
        _ => Err(no_match(name, kinds)),
    }
}

fn as_argument(value: &Value, kinds: &[Type]) -> Cell {
    match kinds.first() {
        Some(Type::Json) => Cell::Json(value.to_string()),
        _ => Cell::Text(value.to_string()),
    }
}

fn texts(name: &'static str, kind: Type) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds.first() {
        Some(Type::Json | Type::String) => Ok(kind.clone()),
        _ => Err(no_match(name, kinds)),
    }
}

/// A value as JSON.
pub(super) fn to_json(cell: &Cell, kind: &Type) -> Value {
    match (cell, kind) {
        (Cell::Null, _) => Value::Null,
        (Cell::Bool(it), _) => Value::from(*it),
        (Cell::Int(it), _) => Value::from(*it),
        (Cell::Float(it), _) => match it.is_finite() {
            // 3.0 is 3 to BigQuery's JSON.
            true if it.fract() == 0.0 && it.abs() < 9e15 => Value::from(*it as i64),
            true => Value::from(*it),
            false => Value::from(show_float(*it)),
        },
        (Cell::Numeric(_) | Cell::BigNumeric(_), _) => {
            serde_json::from_str(&cell.text()).unwrap_or_else(|_| Value::from(cell.text()))
        }
        (Cell::Json(it), _) => serde_json::from_str(it).unwrap_or(Value::Null),
        (Cell::Array(items), Type::Array(of)) => items.iter().map(|it| to_json(it, of)).collect(),
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let pairs = fields.iter().zip(cells);
            Value::Object(
                pairs.map(|(field, cell)| (field.name.clone(), to_json(cell, &field.kind))).collect(),
            )
        }
        (other, _) => Value::from(other.text()),
    }
}

/// A struct's text keeps the order of its fields, which an object of values would not.
fn to_text(cell: &Cell, kind: &Type) -> String {
    match (cell, kind) {
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let pairs = fields.iter().zip(cells);
            let each: Vec<String> = pairs
                .map(|(field, cell)| {
                    format!("{}:{}", Value::from(field.name.as_str()), to_text(cell, &field.kind))
                })
                .collect();
            format!("{{{}}}", each.join(","))
        }
        (Cell::Array(items), Type::Array(of)) => {
            let each: Vec<String> = items.iter().map(|it| to_text(it, of)).collect();
            format!("[{}]", each.join(","))
        }
        (Cell::Json(it), _) => it.clone(),
        (_, _) => to_json(cell, kind).to_string(),
    }
}

/// The value of a JSON scalar as a SQL type; `lax` converts where it can.
fn value_of(name: &'static str, kind: Type, lax: bool) -> Function {
    let wanted = kind.clone();
    let full = if lax { format!("LAX_{name}") } else { name.to_owned() };
    Function::new(
        &full,
        move |kinds| match kinds.first() {
            Some(Type::Json) => Ok(kind.clone()),
            _ => Err(no_match(name, kinds)),
        },
        move |row, _| {
            let value: Value = serde_json::from_str(text(&row[0])).map_err(|it| it.to_string())?;
            let found = match (&wanted, &value) {
                (Type::String, Value::String(it)) => Some(Cell::Text(it.clone())),
                (Type::String, Value::Bool(_) | Value::Number(_)) if lax => {
                    Some(Cell::Text(value.to_string()))
                }
                (Type::Int64, Value::Number(it)) => it
                    .as_i64()
                    .or_else(|| it.as_f64().filter(|it| lax || it.fract() == 0.0).map(|it| it.round() as i64))
                    .map(Cell::Int),
                (Type::Int64, Value::String(it)) if lax => it.trim().parse().ok().map(Cell::Int),
                (Type::Int64, Value::Bool(it)) if lax => Some(Cell::Int(i64::from(*it))),
                (Type::Float64, Value::Number(it)) => it.as_f64().map(Cell::Float),
                (Type::Float64, Value::String(it)) if lax => it.trim().parse().ok().map(Cell::Float),
                (Type::Bool, Value::Bool(it)) => Some(Cell::Bool(*it)),
                (Type::Bool, Value::String(it)) if lax => {
                    it.to_ascii_lowercase().parse().ok().map(Cell::Bool)
                }
                (Type::Bool, Value::Number(it)) if lax => Some(Cell::Bool(it.as_f64() != Some(0.0))),
                (_, _) => None,
            };
            match found {
                Some(cell) => Ok(cell),
                None if lax => Ok(Cell::Null),
                None => {
                    Err(format!("The provided JSON input is not {} {}", article(&wanted), describe(&wanted)))
                }
            }
        },
    )
}

fn article(kind: &Type) -> &'static str {
    if *kind == Type::Int64 { "an" } else { "a" }
}

fn describe(kind: &Type) -> &'static str {
    match kind {
        Type::Int64 => "integer",
        Type::Float64 => "number",
        Type::Bool => "boolean",
        _ => "string",
    }
}

fn array_of(name: &'static str, scalars: bool) -> Function {
    Function::new(
        name,
        move |kinds| match kinds.first() {
            Some(Type::Json) if !scalars => Ok(Type::Array(Box::new(Type::Json))),
            Some(Type::Json | Type::String) => Ok(Type::Array(Box::new(Type::String))),
            _ => Err(no_match(name, kinds)),
        },
        move |row, kinds| match find(row)? {
            Some(Value::Array(items)) => {
                let each = |it: &Value| if scalars { scalar(it) } else { as_argument(it, kinds) };
                Ok(Cell::Array(items.iter().map(each).collect()))
            }
            Some(_) | None => Ok(Cell::Null),
        },
    )
}

pub(super) fn all() -> Vec<Function> {
    let mut all = Vec::new();
    for name in ["JSON_VALUE", "JSON_EXTRACT_SCALAR"] {
        all.push(Function::new(name, texts(name, Type::String), |row, _| {
            Ok(find(row)?.as_ref().map_or(Cell::Null, scalar))
        }));
    }
    for name in ["JSON_QUERY", "JSON_EXTRACT"] {
        all.push(Function::new(name, like_argument(name), |row, kinds| {
            Ok(find(row)?.as_ref().map_or(Cell::Null, |it| as_argument(it, kinds)))
        }));
    }
    for name in ["JSON_QUERY_ARRAY", "JSON_EXTRACT_ARRAY"] {
        all.push(array_of(name, false));
    }
    for name in ["JSON_VALUE_ARRAY", "JSON_EXTRACT_STRING_ARRAY"] {
        all.push(array_of(name, true));
    }
    for (name, kind) in
        [("STRING", Type::String), ("INT64", Type::Int64), ("FLOAT64", Type::Float64), ("BOOL", Type::Bool)]
    {
        all.push(value_of(name, kind.clone(), true));
        if name != "STRING" {
            all.push(value_of(name, kind, false));
        }
    }
    let unwrapped = value_of("STRING", Type::String, false);
    let inner = unwrapped.call.clone();
    // STRING of a timestamp is its text; of JSON, the string in it.
    all.push(Function::of("STRING", Type::String, move |row, kinds| match kinds.first() {
        Some(Type::Json) => inner(row, kinds),
        _ => Ok(Cell::Text(sql_text(&row[0]))),
    }));
    all.push(Function::of("PARSE_JSON", Type::Json, |row, _| {
        match serde_json::from_str::<Value>(text(&row[0])) {
            Ok(value) => Ok(Cell::Json(value.to_string())),
            Err(error) => Err(format!("Invalid input to PARSE_JSON: {error}")),
        }
    }));
    all.push(
        Function::of("TO_JSON", Type::Json, |row, kinds| {
            Ok(Cell::Json(to_json(&row[0], &kinds[0]).to_string()))
        })
        .lenient(),
    );
    all.push(
        Function::of("TO_JSON_STRING", Type::String, |row, kinds| {
            let pretty = row.get(1) == Some(&Cell::Bool(true));
            Ok(Cell::Text(match pretty {
                true => format!("{:#}", to_json(&row[0], &kinds[0])),
                false => to_text(&row[0], &kinds[0]),
            }))
        })
        .lenient(),
    );
    all.push(Function::of("JSON_TYPE", Type::String, |row, _| {
        let value: Value = serde_json::from_str(text(&row[0])).unwrap_or(Value::Null);
        let name = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Ok(Cell::Text(name.to_owned()))
    }));
    all.push(Function::of("JSON_KEYS", Type::Array(Box::new(Type::String)), |row, _| {
        let value: Value = serde_json::from_str(text(&row[0])).unwrap_or(Value::Null);
        let mut keys = Vec::new();
        collect_keys("", &value, &mut keys);
        Ok(Cell::Array(keys.into_iter().map(Cell::Text).collect()))
    }));
    all.push(
        Function::of("JSON_OBJECT", Type::Json, |row, kinds| {
            let pairs = row.chunks(2).zip(kinds.chunks(2));
            let object: Map<String, Value> = pairs
                .filter(|(it, _)| it.len() == 2)
                .map(|(cells, kinds)| (text(&cells[0]).to_owned(), to_json(&cells[1], &kinds[1])))
                .collect();
            Ok(Cell::Json(Value::Object(object).to_string()))
        })
        .lenient(),
    );
    all.push(
        Function::of("JSON_ARRAY", Type::Json, |row, kinds| {
            let items: Value = row.iter().zip(kinds).map(|(cell, kind)| to_json(cell, kind)).collect();
            Ok(Cell::Json(items.to_string()))
        })
        .lenient(),
    );
    all
}

fn collect_keys(prefix: &str, value: &Value, keys: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    for (name, inner) in fields {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        keys.push(key.clone());
        collect_keys(&key, inner, keys);
    }
}
