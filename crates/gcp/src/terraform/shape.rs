//! Writes Terraform's values as Google's APIs do: names in camel case, blocks without their lists.

use engine::{Message, Shape};
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
