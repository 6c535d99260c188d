//! Writes Terraform's values as Google's APIs do: names in camel case, blocks without their lists.

use engine::{Message, Shape, is_unknown, unknown};
use serde_json::{Map, Value};

/// `messageRetentionDuration` of `message_retention_duration`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut is_next_large = false;
    for c in name.chars() {
        if c == '_' {
            is_next_large = true;
        } else if is_next_large {
            out.extend(c.to_uppercase());
            is_next_large = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// A value in the shape of a field; `None` where there is nothing. Terraform writes a single block as a list
/// of one, and what is not set as null or an empty list.
pub(super) fn convert(value: &Value, shape: &Shape) -> Option<Value> {
    match (shape, value) {
        (_, Value::Null) => None,
        (_, it) if is_unknown(it) => Some(unknown()),
        (Shape::Message(message), Value::Array(items)) => match items.first() {
            // A block in which nothing is set.
            Some(Value::Null) => Some(Value::Object(Map::new())),
            first => convert_message(first?, message),
        },
        (Shape::Message(message), it) => convert_message(it, message),
        (Shape::List(inner), Value::Array(items)) => {
            let items: Vec<Value> = items.iter().filter_map(|it| convert(it, inner)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        (Shape::Map(inner), Value::Object(map)) => {
            let entry = |(name, it): (&String, &Value)| Some((name.clone(), convert(it, inner)?));
            let map: Map<String, Value> = map.iter().filter_map(entry).collect();
            (!map.is_empty()).then_some(Value::Object(map))
        }
        (_, it) => Some(it.clone()),
    }
}

fn convert_message(value: &Value, message: &Message) -> Option<Value> {
    let map = value.as_object()?;
    let field = |(name, it): (&String, &Value)| {
        let name = camel(name);
        let shape = &message.field(&name)?.shape;
        Some((name, convert(it, shape)?))
    };
    Some(Value::Object(map.iter().filter_map(field).collect()))
}

/// What is known only after apply as [unknown], in the shape of a field: places in lists stay, for they are those
/// of the value's own lists. `None` where all is known.
pub(super) fn convert_later(later: &Value, shape: &Shape) -> Option<Value> {
    match (shape, later) {
        (_, Value::Bool(true)) => Some(unknown()),
        (Shape::Message(message), Value::Array(items)) => convert_later_message(items.first()?, message),
        (Shape::Message(message), it) => convert_later_message(it, message),
        (Shape::List(inner), Value::Array(items)) => {
            let items = items.iter().map(|it| convert_later(it, inner).unwrap_or_default());
            let items: Vec<Value> = items.collect();
            items.iter().any(|it| !it.is_null()).then_some(Value::Array(items))
        }
        (Shape::Map(inner), Value::Object(map)) => {
            let entry = |(name, it): (&String, &Value)| Some((name.clone(), convert_later(it, inner)?));
            let map: Map<String, Value> = map.iter().filter_map(entry).collect();
            (!map.is_empty()).then_some(Value::Object(map))
        }
        (_, Value::Object(_) | Value::Array(_)) => Some(marked(later)),
        (_, Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_)) => None,
    }
}

fn convert_later_message(later: &Value, message: &Message) -> Option<Value> {
    if *later == Value::Bool(true) {
        return Some(unknown());
    }
    let field = |(name, it): (&String, &Value)| {
        let name = camel(name);
        let shape = &message.field(&name)?.shape;
        Some((name, convert_later(it, shape)?))
    };
    let map: Map<String, Value> = later.as_object()?.iter().filter_map(field).collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

/// What is true of a value as [unknown], in Terraform's own shape.
pub(super) fn marked(later: &Value) -> Value {
    match later {
        Value::Bool(true) => unknown(),
        Value::Array(items) => Value::Array(items.iter().map(marked).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, it)| (name.clone(), marked(it))).collect())
        }
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}

/// Puts marks where a value has nothing.
pub(super) fn merge(value: &mut Value, marks: Value) {
    match (value, marks) {
        (_, Value::Null) => {}
        (value @ Value::Null, marks) => *value = marks,
        (_, marks) if is_unknown(&marks) => {}
        (Value::Object(map), Value::Object(marks)) => {
            for (name, mark) in marks {
                merge(map.entry(name).or_insert(Value::Null), mark);
            }
        }
        (Value::Array(items), Value::Array(marks)) => {
            items.resize(items.len().max(marks.len()), Value::Null);
            items.iter_mut().zip(marks).for_each(|(it, mark)| merge(it, mark));
        }
        // A value and marks of different shapes: what is there stays.
        (_, _) => {}
    }
}

/// The texts that are marked as not to be shown, of the fields that a report could show: places, classes, types.
pub(super) fn hidden(value: &Value, marks: &Value, is_marked: bool, found: &mut Vec<String>) {
    const TOLD: [&str; 10] = [
        "location",
        "region",
        "zone",
        "storage_class",
        "data_locations",
        "machine_type",
        "accelerator",
        "algorithm",
        "protection_level",
        "data_source_id",
    ];
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|it| texts(it, found)),
            Value::Object(map) => map.values().for_each(|it| texts(it, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let is_marked = is_marked || *marks == Value::Bool(true);
    match value {
        Value::Object(map) => {
            for (name, it) in map {
                let marks = marks.get(name).unwrap_or(&Value::Null);
                if TOLD.contains(&name.as_str()) && (is_marked || *marks == Value::Bool(true)) {
                    texts(it, found);
                } else {
                    hidden(it, marks, is_marked, found);
                }
            }
        }
        Value::Array(items) => {
            for (at, it) in items.iter().enumerate() {
                hidden(it, marks.get(at).unwrap_or(&Value::Null), is_marked, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether anything is marked.
pub(super) fn has_mark(marks: &Value) -> bool {
    match marks {
        Value::Bool(it) => *it,
        Value::Array(items) => items.iter().any(has_mark),
        Value::Object(map) => map.values().any(has_mark),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// A value without what is not to be shown.
pub(super) fn shown(value: Value, sensitive: &Value) -> Option<Value> {
    match (value, sensitive) {
        (_, Value::Bool(true)) => None,
        (Value::Object(map), Value::Object(marks)) => {
            let entry = |(name, it): (String, Value)| {
                let it = shown(it, marks.get(&name).unwrap_or(&Value::Null))?;
                Some((name, it))
            };
            Some(Value::Object(map.into_iter().filter_map(entry).collect()))
        }
        (Value::Array(items), Value::Array(marks)) => {
            let item = |(at, it): (usize, Value)| shown(it, marks.get(at).unwrap_or(&Value::Null));
            Some(Value::Array(items.into_iter().enumerate().filter_map(item).collect()))
        }
        (it, _) => Some(it),
    }
}

/// Puts a value at a path such as `environment.maxWorkers`.
pub(super) fn put(inputs: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            inputs.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = inputs.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if is_unknown(inner) {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The shape of the field at such a path.
pub(super) fn field<'a>(message: &'a Message, path: &str) -> Option<&'a Shape> {
    match path.split_once('.') {
        None => Some(&message.field(path)?.shape),
        Some((first, rest)) => match &message.field(first)?.shape {
            Shape::Message(inner) => field(inner, rest),
            Shape::Map(inner) => Some(inner),
            Shape::Any
            | Shape::Bool
            | Shape::Int
            | Shape::Int64
            | Shape::Double
            | Shape::Text
            | Shape::Bytes
            | Shape::Duration
            | Shape::Timestamp
            | Shape::Enum
            | Shape::List(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::pubsub::SUBSCRIPTION;

    #[test]
    fn a_block_loses_its_list() {
        let block = json!([{ "bucket": "b", "max_bytes": 1000, "avro_config": [], "max_duration": null }]);
        let converted = field(&SUBSCRIPTION, "cloudStorageConfig").and_then(|it| convert(&block, it));
        assert_eq!(converted, Some(json!({ "bucket": "b", "maxBytes": 1000 })));
        let none = field(&SUBSCRIPTION, "cloudStorageConfig").and_then(|it| convert(&json!([]), it));
        assert_eq!(none, None);
    }

    #[test]
    fn what_is_sensitive_stays_behind() {
        let value = json!({ "a": "x", "b": [{ "c": "hush", "d": 1 }] });
        let marks = json!({ "b": [{ "c": true }] });
        assert_eq!(shown(value, &marks), Some(json!({ "a": "x", "b": [{ "d": 1 }] })));
    }
}
