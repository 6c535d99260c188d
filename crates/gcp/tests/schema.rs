//! The generated tables say what Google's descriptions say.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use discovery::{Api, Type};
use engine::{Field, Message, Shape};
use gcp::kinds::ALL;

/// Every message that kinds reach, with the API that it is of.
fn messages() -> Vec<(&'static Api, &'static Message)> {
    let mut found: BTreeMap<(&str, &str, &str), (&'static Api, &'static Message)> = BTreeMap::new();
    for entry in ALL.iter().filter(|it| !it.kind.facts.grant) {
        let token = entry.kind.facts.token.trim_start_matches("gcp:");
        let (name, version) = token.split(':').next().and_then(|it| it.split_once('/')).unwrap();
        let api = discovery::api(name, version).unwrap();
        let mut todo = vec![entry.kind.facts.shape];
        while let Some(message) = todo.pop() {
            if found.insert((name, version, message.name), (api, message)).is_none() {
                todo.extend(message.fields.iter().filter_map(|it| message_in(&it.shape)));
            }
        }
    }
    found.into_values().collect()
}

fn message_in(shape: &'static Shape) -> Option<&'static Message> {
    match shape {
        Shape::Message(it) => Some(it),
        Shape::List(inner) | Shape::Map(inner) => message_in(inner),
        _ => None,
    }
}

fn is_shape(shape: &Shape, field: &discovery::Field, output: bool) -> bool {
    match (shape, &field.kind) {
        (Shape::Any, Type::Any)
        | (Shape::Bool, Type::Boolean)
        | (Shape::Int, Type::Integer { .. })
        | (Shape::Double, Type::Number { .. })
        | (Shape::Enum, Type::Enum(_)) => true,
        (shape, Type::String { format }) => match (shape, format.as_deref()) {
            (Shape::Int64, Some("int64" | "uint64"))
            | (Shape::Bytes, Some("byte"))
            | (Shape::Duration, Some("google-duration"))
            | (Shape::Timestamp, Some("google-datetime" | "date-time")) => true,
            (Shape::Text, Some(it)) => {
                !["int64", "uint64", "byte", "google-duration", "google-datetime", "date-time"].contains(&it)
            }
            (Shape::Text, None) => true,
            _ => false,
        },
        (Shape::Message(message), Type::Ref(name)) => message.name == name,
        // What only the server sets is not looked into.
        (Shape::Any, Type::Ref(_)) => output,
        (Shape::List(inner), Type::List(item)) | (Shape::Map(inner), Type::Map(item)) => {
            is_shape(inner, item, output)
        }
        _ => false,
    }
}

#[test]
fn every_table_is_googles() {
    let mut wrong = Vec::new();
    for (api, message) in messages() {
        let schema =
            api.schema(message.name).unwrap_or_else(|| panic!("{} has no {}", api.name, message.name));
        let theirs: Vec<&str> = schema.fields.keys().map(String::as_str).collect();
        let ours: Vec<&str> = message.fields.iter().map(|it| it.name).collect();
        if theirs != ours {
            wrong.push(format!("{} has {theirs:?}, not {ours:?}", message.name));
            continue;
        }
        for Field { name, shape, output } in message.fields {
            let field = &schema.fields[*name];
            if !is_shape(shape, field, *output) || (field.read_only && !output) {
                wrong.push(format!("{}.{name} is {field:?}, not {shape:?}", message.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_google_does_not_mark_as_the_servers() {
    let mut found = Vec::new();
    for (api, message) in messages() {
        let schema = api.schema(message.name).unwrap();
        let unmarked = message.fields.iter().filter(|it| it.output && !schema.fields[it.name].read_only);
        found.extend(unmarked.map(|it| format!("{} {} {}.{}", api.name, api.version, message.name, it.name)));
    }
    found.sort();
    insta::assert_snapshot!(found.join("\n"));
}
