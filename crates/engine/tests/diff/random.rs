//! What holds for any shape and any value.

use engine::{Field, Message, Rule, Shape, Terms, merge_field};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::thing::{THING, changed, differences};

const RULES: &[Rule] = &[
    Rule::Set("texts"),
    Rule::Keyed("message.parts", "key"),
    Rule::Default("size", "10"),
    Rule::Default("message.mode", "\"FAST\""),
    Rule::Columns("schema.**.fields"),
    Rule::Presence("on"),
    Rule::Whole("message.empty"),
    Rule::CaseInsensitive("choice"),
];

fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "c", "FAST", "fast"]).prop_map(str::to_owned)
}

fn scalar(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Int | Shape::Double => (0..4).prop_map(Value::from).boxed(),
        Shape::Int64 => (0..11_i64, any::<bool>())
            .prop_map(|(it, text)| if text { json!(it.to_string()) } else { json!(it) })
            .boxed(),
        Shape::Duration => (0..3).prop_map(|it| json!(format!("{it}s"))).boxed(),
        Shape::Timestamp => (1..4).prop_map(|it| json!(format!("2026-01-0{it}T00:00:00Z"))).boxed(),
        Shape::Bytes => prop::sample::select(vec!["", "aGk=", "aGk"]).prop_map(Value::from).boxed(),
        Shape::Text | Shape::Enum | Shape::Any | Shape::List(_) | Shape::Map(_) | Shape::Message(_) => {
            words().prop_map(Value::from).boxed()
        }
    }
}

/// Any value of a shape. Items that are told apart by a field have each another.
fn value(shape: &'static Shape, deep: usize) -> BoxedStrategy<Value> {
    match shape {
        Shape::List(inner) => {
            prop::collection::vec(value(inner, deep), 0..3).prop_map(|it| apart(inner, it)).boxed()
        }
        Shape::Map(inner) => prop::collection::btree_map("[a-d]", value(inner, deep), 0..4)
            .prop_map(|it| Value::Object(it.into_iter().collect()))
            .boxed(),
        Shape::Message(inner) => message(inner, deep.saturating_sub(1)),
        Shape::Any
        | Shape::Bool
        | Shape::Int
        | Shape::Int64
        | Shape::Double
        | Shape::Text
        | Shape::Bytes
        | Shape::Duration
        | Shape::Timestamp
        | Shape::Enum => scalar(shape),
    }
}

fn apart(of: &Shape, mut items: Vec<Value>) -> Value {
    let Shape::Message(message) = of else { return Value::Array(items) };
    let key = if message.field("key").is_some() { "key" } else { "name" };
    for (item, name) in items.iter_mut().zip(["same", "b", "c"]) {
        item[key] = json!(name);
    }
    Value::Array(items)
}

fn message(of: &'static Message, deep: usize) -> BoxedStrategy<Value> {
    if deep == 0 {
        return Just(json!({})).boxed();
    }
    let settable: Vec<&'static Field> =
        of.fields.iter().filter(|it| !it.output && it.name != "name").collect();
    let fields: Vec<BoxedStrategy<Option<Value>>> =
        settable.iter().map(|it| prop::option::weighted(0.4, value(&it.shape, deep)).boxed()).collect();
    fields
        .prop_map(move |values| {
            let named = settable.iter().zip(values);
            let set: Map<String, Value> =
                named.filter_map(|(field, it)| it.map(|it| (field.name.to_owned(), it))).collect();
            Value::Object(set)
        })
        .boxed()
}

fn thing() -> BoxedStrategy<Value> {
    message(&THING, 3)
}

/// What a server adds to what was sent: fields of its own, and names in maps that others put there.
fn with_more(shape: &Shape, value: &Value, whole: bool) -> Value {
    match (shape, value) {
        (Shape::Message(message), Value::Object(fields)) => {
            let mut out = Map::new();
            for field in message.fields {
                if let Some(value) = fields.get(field.name) {
                    out.insert(field.name.to_owned(), with_more(&field.shape, value, field.name == "empty"));
                } else if field.output || (!whole && matches!(field.shape, Shape::Map(_))) {
                    out.insert(
                        field.name.to_owned(),
                        if field.output { json!("7") } else { json!({ "z": "theirs" }) },
                    );
                }
            }
            Value::Object(out)
        }
        (Shape::Map(inner), Value::Object(fields)) => {
            let mut out: Map<String, Value> =
                fields.iter().map(|(k, v)| (k.clone(), with_more(inner, v, false))).collect();
            out.insert(
                "z".to_owned(),
                if matches!(inner, Shape::Message(_)) { json!({}) } else { json!("theirs") },
            );
            Value::Object(out)
        }
        (Shape::List(inner), Value::Array(items)) => {
            items.iter().map(|it| with_more(inner, it, false)).collect()
        }
        _ => value.clone(),
    }
}

/// Every name in a map that nobody of us put there, by its path.
fn foreign(shape: &Shape, path: &str, live: &Value, ours: &[&Value], found: &mut Vec<String>) {
    match (shape, live) {
        (Shape::Message(message), Value::Object(live)) => {
            for (name, live) in live {
                let Some(field) = message.field(name) else { continue };
                let ours: Vec<&Value> = ours.iter().filter_map(|it| it.get(name)).collect();
                foreign(&field.shape, &format!("{path}/{name}"), live, &ours, found);
            }
        }
        (Shape::Map(_), Value::Object(live)) => {
            let theirs = live.keys().filter(|name| ours.iter().all(|it| it.get(name).is_none()));
            found.extend(theirs.map(|it| format!("{path}/{it}")));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_live_as_declared_is_no_change_whatever_the_server_adds(it in thing()) {
        let live = with_more(&Shape::Message(&THING), &it, false);
        prop_assert_eq!(differences(RULES, &it, &it, &live), []);
        prop_assert_eq!(differences(RULES, &it, &Value::Null, &live), []);
        prop_assert_eq!(differences(&[], &it, &it, &live), []);
    }

    #[test]
    fn what_is_sent_leaves_nothing_to_do(desired in thing(), last in thing(), live in thing(), first in any::<bool>()) {
        let last = if first { Value::Null } else { last };
        for rules in [RULES, &[]] {
            let changes = differences(rules, &desired, &last, &live);
            let after = changed(rules, &changes, &desired, &last, &live);
            prop_assert_eq!(differences(rules, &desired, &desired, &after), [], "after sending, {}", after);
        }
    }

    #[test]
    fn what_others_put_into_maps_survives(desired in thing(), last in thing(), live in thing()) {
        let shape = Shape::Message(&THING);
        let changes = differences(RULES, &desired, &last, &live);
        let after = changed(RULES, &changes, &desired, &last, &live);
        let mut theirs = Vec::new();
        foreign(&shape, "", &live, &[&desired, &last], &mut theirs);
        for path in theirs {
            // Of a message that is declared no more nothing is kept, and of one that is declared whole neither.
            let message = path.strip_prefix("/message/");
            let kept = message.is_none() || (desired.get("message").is_some() && !path.starts_with("/message/empty"));
            let gone = last.get("message").is_none() && desired.get("message").is_none();
            prop_assert!(after.pointer(&path).is_some() || !(kept || gone), "{} is gone from {}", path, after);
        }
    }

    #[test]
    fn fields_that_were_never_ours_are_neither_shown_nor_sent(desired in thing(), live in thing()) {
        let changes = differences(RULES, &desired, &Value::Null, &live);
        for change in &changes {
            let top = change.path.top().unwrap_or_default();
            prop_assert!(desired.get(top).is_some(), "{} is not ours", change.path);
        }
    }

    #[test]
    fn sending_what_is_live_changes_nothing(it in thing()) {
        for field in THING.fields.iter().filter(|it| !it.output) {
            let live = it.get(field.name);
            let terms = Terms { shape: &THING, rules: &[], identity: &[] };
            let sent = merge_field(terms, field.name, live, live, live);
            prop_assert_eq!(sent, live.cloned().unwrap_or(Value::Null));
        }
    }
}
