//! Avro: reads schemas, turns JSON into Avro's binary form and back, and reads and writes files.

mod container;
mod decode;
mod encode;
mod file;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(crate) use container::{Container, Unreadable};
pub(crate) use decode::{decode_all, decode_each};
pub(crate) use encode::encode;
pub(crate) use file::{file, raw};

/// What a plain type stands for, for readers that ask: its `logicalType`, or Google's `sqlType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Date,
    TimeMillis,
    TimeMicros,
    TimestampMillis,
    TimestampMicros,
    LocalMillis,
    LocalMicros,
    /// Of bytes, with so many digits behind the point.
    Decimal(u32),
    Json,
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Schema {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Schema>),
    Map(Box<Schema>),
    /// Each with the name that JSON shows it by.
    Union(Vec<(String, Schema)>),
    Record(Vec<(String, Schema)>),
    /// A plain type that stands for something; in Avro's own forms it is what it is without.
    Meant(Meaning, Box<Schema>),
    /// A type that was named before.
    Named(String),
    /// The outermost type, and every type that has a name.
    Root(Box<Schema>, BTreeMap<String, Schema>),
}

type Names = BTreeMap<String, Schema>;

impl Schema {
    /// Reads a schema's JSON.
    pub fn parse(text: &str) -> Result<Schema, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut names = Names::new();
        let schema = read(&value, "", &mut names)?;
        Ok(Schema::Root(Box::new(schema), names))
    }
}

fn read(value: &Value, space: &str, names: &mut Names) -> Result<Schema, String> {
    match value {
        Value::String(name) => named(name, space, names),
        Value::Array(options) => {
            let read = |it| Ok((shown_name(it, space), read(it, space, names)?));
            Ok(Schema::Union(options.iter().map(read).collect::<Result<_, String>>()?))
        }
        Value::Object(fields) => complex(fields, space, names),
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(format!("{value} is not a type")),
    }
}

fn full_name(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

/// The name by which JSON shows an option of a union.
fn shown_name(value: &Value, space: &str) -> String {
    match value {
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
            match fields.get("name").and_then(Value::as_str) {
                Some(name) if matches!(kind, "record" | "enum" | "fixed") => {
                    full_name(name, fields.get("namespace").and_then(Value::as_str).unwrap_or(space))
                }
                Some(_) | None => kind.to_owned(),
            }
        }
        Value::String(name) if simple(name).is_none() => full_name(name, space),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn simple(name: &str) -> Option<Schema> {
    Some(match name {
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "int" => Schema::Int,
        "long" => Schema::Long,
        "float" => Schema::Float,
        "double" => Schema::Double,
        "bytes" => Schema::Bytes,
        "string" => Schema::String,
        _ => return None,
    })
}

fn named(name: &str, space: &str, names: &Names) -> Result<Schema, String> {
    if let Some(schema) = simple(name) {
        return Ok(schema);
    }
    let full = full_name(name, space);
    if names.contains_key(&full) { Ok(Schema::Named(full)) } else { Err(format!("unknown type {name}")) }
}

fn complex(fields: &Map<String, Value>, space: &str, names: &mut Names) -> Result<Schema, String> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    let part = |field: &str| fields.get(field).ok_or_else(|| format!("{field} is missing"));
    let kind = match part("type")? {
        Value::String(kind) => kind.as_str(),
        inner => return read(inner, space, names),
    };
    if !matches!(kind, "record" | "enum" | "fixed") {
        if let (Some(plain), Some(meaning)) = (simple(kind), meaning(kind, fields)) {
            return Ok(Schema::Meant(meaning, Box::new(plain)));
        }
        return match kind {
            "array" => Ok(Schema::Array(Box::new(read(part("items")?, space, names)?))),
            "map" => Ok(Schema::Map(Box::new(read(part("values")?, space, names)?))),
            other => named(other, space, names),
        };
    }
    let own = text("name").filter(|it| !it.is_empty()).ok_or_else(|| format!("a {kind} has no name"))?;
    let space =
        text("namespace").or(own.rsplit_once('.').map(|(space, _)| space)).unwrap_or(space).to_owned();
    let full = full_name(own, &space);
    let schema = match kind {
        "enum" => {
            let symbols = part("symbols")?.as_array().into_iter().flatten();
            Schema::Enum(symbols.filter_map(|it| it.as_str().map(str::to_owned)).collect())
        }
        "fixed" => Schema::Fixed(
            part("size")?.as_u64().and_then(|it| it.try_into().ok()).ok_or("size is not a number")?,
        ),
        _ => {
            // Its fields may name it: a tree is made of trees.
            names.insert(full.clone(), Schema::Null);
            let mut out = Vec::new();
            for field in part("fields")?.as_array().ok_or("fields is not a list")? {
                let name = field["name"].as_str().ok_or("a field has no name")?.to_owned();
                let schema = read(&field["type"], &space, names).map_err(|why| format!("{name}: {why}"))?;
                out.push((name, schema));
            }
            Schema::Record(out)
        }
    };
    let schema = match meaning(kind, fields) {
        Some(meaning) => Schema::Meant(meaning, Box::new(schema)),
        None => schema,
    };
    names.insert(full, schema.clone());
    Ok(schema)
}

/// What a type stands for; a mark that does not fit the type, or that nobody knows, is let be, as Avro wants it.
fn meaning(kind: &str, fields: &Map<String, Value>) -> Option<Meaning> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    if kind == "string" && text("sqlType").eq_ignore_ascii_case("JSON") {
        return Some(Meaning::Json);
    }
    Some(match (kind, text("logicalType")) {
        ("int", "date") => Meaning::Date,
        ("int", "time-millis") => Meaning::TimeMillis,
        ("long", "time-micros") => Meaning::TimeMicros,
        ("long", "timestamp-millis") => Meaning::TimestampMillis,
        ("long", "timestamp-micros") => Meaning::TimestampMicros,
        ("long", "local-timestamp-millis") => Meaning::LocalMillis,
        ("long", "local-timestamp-micros") => Meaning::LocalMicros,
        ("bytes" | "fixed", "decimal") => {
            let scale = fields.get("scale").and_then(Value::as_u64).unwrap_or(0);
            Meaning::Decimal(u32::try_from(scale).ok().filter(|it| *it <= 38)?)
        }
        (_, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = r#"{"type": "record", "name": "User", "namespace": "a.b", "fields": [
        {"name": "id", "type": "long"}, {"name": "name", "type": ["null", "string"], "default": null},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "score", "type": "double"}, {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "more", "type": {"type": "map", "values": "int"}},
        {"name": "next", "type": ["null", "User"]}]}"#;

    #[test]
    fn there_and_back() {
        let schema = Schema::parse(USER).unwrap();
        let mut value = json!({"id": -300, "name": {"string": "ü"}, "kind": "B", "score": 1.5, "tags": ["x", "y"],
            "more": {"k": 7}, "next": null});
        value["next"] = json!({"a.b.User": value.clone()});
        let mut out = Vec::new();
        encode(&schema, &value, &mut out).unwrap();
        assert_eq!(decode_all(&schema, &out).unwrap(), value);
        out.push(0);
        assert!(decode_all(&schema, &out).is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let schema = Schema::parse(USER).unwrap();
        let good =
            json!({"id": 1, "name": null, "kind": "A", "score": 1, "tags": [], "more": {}, "next": null});
        assert_eq!(encode(&schema, &good, &mut Vec::new()), Ok(()));
        for (field, bad) in [
            ("id", json!("1")),
            ("name", json!("x")),
            ("kind", json!("C")),
            ("tags", json!([1])),
            ("more", json!({"k": 1.5})),
            ("next", json!({"other": {}})),
            ("unknown", json!(1)),
        ] {
            let mut value = good.clone();
            value[field] = bad;
            assert!(encode(&schema, &value, &mut Vec::new()).is_err(), "{field}");
        }
        assert!(
            Schema::parse(r#"{"type": "record", "name": "X", "fields": [{"name": "a", "type": "nope"}]}"#)
                .is_err()
        );
    }
}
