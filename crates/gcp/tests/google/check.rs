//! What Google's descriptions say against a call.

use discovery::{Api, Field, Place, Type};
use engine::Call;
use serde_json::Value;

use super::describe::method_of;

/// Everything that Google would refuse in a call.
pub fn problems(call: &Call) -> Vec<String> {
    // The OCI distribution specification has no description of Google's.
    if super::store::named_image(call).is_some() {
        return Vec::new();
    }
    let Some(it) = method_of(call) else { return vec!["no such method".to_owned()] };
    let mut found = Vec::new();
    for (name, value) in &call.query {
        let param =
            it.method.params.get(name).filter(|it| it.place == Place::Query).or(it.api.params.get(name));
        match param {
            None => found.push(format!("{} takes no {name}", it.method.id)),
            Some(param) => {
                if param.values.as_ref().is_some_and(|it| !it.contains(value)) {
                    found.push(format!("{name} cannot be {value}"));
                }
            }
        }
    }
    for (name, param) in &it.method.params {
        if param.place == Place::Query && param.required && !call.query.iter().any(|(it, _)| it == name) {
            found.push(format!("{} needs {name}", it.method.id));
        }
    }
    match (&it.method.request, &call.body) {
        (Some(schema), Some(body)) => object(it.api, schema, schema, body, &mut found),
        (None, Some(body)) if body.as_object().is_none_or(|it| !it.is_empty()) => {
            found.push(format!("{} takes no body", it.method.id));
        }
        (None, _) | (Some(_), None) => {}
    }
    found
}

fn object(api: &'static Api, name: &str, at: &str, value: &Value, found: &mut Vec<String>) {
    let schema = api.schema(name).unwrap();
    let Some(fields) = value.as_object() else {
        return found.push(format!("{at} is no object but {value}"));
    };
    for (field, value) in fields {
        match schema.fields.get(field).or(schema.rest.as_ref()) {
            Some(known) => check(api, known, &format!("{at}.{field}"), value, found),
            None => found.push(format!("{at} has no field {field}")),
        }
    }
}

fn check(api: &'static Api, field: &Field, at: &str, value: &Value, found: &mut Vec<String>) {
    // Null clears a field where objects are merged.
    if value.is_null() {
        return;
    }
    let fine = match &field.kind {
        Type::Any => true,
        Type::Boolean => value.is_boolean(),
        Type::Integer { .. } => value.is_i64() || value.is_u64(),
        Type::Number { .. } => value.is_number(),
        Type::Enum(values) => value.as_str().is_some_and(|it| values.iter().any(|known| known == it)),
        Type::String { format } => match (format.as_deref(), value.as_str()) {
            (_, None) => false,
            (Some("int64" | "uint64"), Some(text)) => text.parse::<i64>().is_ok(),
            (Some("google-duration"), Some(text)) => text.ends_with('s'),
            (_, Some(_)) => true,
        },
        Type::Ref(name) => return object(api, name, at, value, found),
        Type::List(inner) => match value.as_array() {
            Some(items) => return items.iter().for_each(|it| check(api, inner, at, it, found)),
            None => false,
        },
        Type::Map(inner) => match value.as_object() {
            Some(fields) => return fields.values().for_each(|it| check(api, inner, at, it, found)),
            None => false,
        },
    };
    if !fine {
        found.push(format!("{at} cannot be {value}"));
    }
}
