//! A kind with a field of every shape, and how its differences read.

use engine::{Change, Field, Message, Rule, Shape, Terms, diff, has_unknown, merge_field, reveal};
use serde_json::{Value, json};

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, output: false }
}

pub static PART: Message = Message {
    name: "Part",
    fields: &[
        field("key", Shape::Text),
        field("labels", Shape::Map(&Shape::Text)),
        field("mode", Shape::Text),
        Field { name: "serial", shape: Shape::Int64, output: true },
        field("size", Shape::Int64),
        field("texts", Shape::List(&Shape::Text)),
    ],
};

pub static COLUMN: Message = Message {
    name: "Column",
    fields: &[
        field("description", Shape::Text),
        field("fields", Shape::List(&Shape::Message(&COLUMN))),
        field("mode", Shape::Text),
        field("name", Shape::Text),
        field("type", Shape::Text),
    ],
};

static SCHEMA: Message =
    Message { name: "Schema", fields: &[field("fields", Shape::List(&Shape::Message(&COLUMN)))] };

static MESSAGE: Message = Message {
    name: "Message",
    fields: &[
        field("empty", Shape::Message(&PART)),
        field("labels", Shape::Map(&Shape::Text)),
        field("mode", Shape::Text),
        field("on", Shape::Bool),
        field("parts", Shape::List(&Shape::Message(&PART))),
        Field { name: "serial", shape: Shape::Int64, output: true },
        field("size", Shape::Int64),
        field("span", Shape::Duration),
    ],
};

pub static THING: Message = Message {
    name: "Thing",
    fields: &[
        field("any", Shape::Any),
        field("at", Shape::Timestamp),
        field("bytes", Shape::Bytes),
        field("choice", Shape::Enum),
        field("count", Shape::Int),
        field("labels", Shape::Map(&Shape::Text)),
        field("message", Shape::Message(&MESSAGE)),
        field("name", Shape::Text),
        field("on", Shape::Bool),
        field("parts", Shape::List(&Shape::Message(&PART))),
        field("places", Shape::Map(&Shape::Message(&PART))),
        field("rate", Shape::Double),
        field("schema", Shape::Message(&SCHEMA)),
        Field { name: "serial", shape: Shape::Int64, output: true },
        field("size", Shape::Int64),
        field("span", Shape::Duration),
        field("text", Shape::Text),
        field("texts", Shape::List(&Shape::Text)),
    ],
};

pub fn terms(rules: &[Rule]) -> Terms<'_> {
    Terms { shape: &THING, rules, identity: &["name"] }
}

pub fn differences(rules: &[Rule], desired: &Value, last: &Value, live: &Value) -> Vec<Change> {
    diff(terms(rules), desired, Some(last).filter(|it| !it.is_null()), live)
}

/// What is live once the changes have been sent, in the words of [`merge_field`].
pub fn changed(rules: &[Rule], changes: &[Change], desired: &Value, last: &Value, live: &Value) -> Value {
    let mut after = live.clone();
    for change in changes {
        let top = change.path.top().unwrap();
        let (desired, last) = (desired.get(top).map(reveal), last.get(top).map(reveal));
        let sent = merge_field(terms(rules), top, desired.as_ref(), last.as_ref(), live.get(top));
        match sent {
            Value::Null => after.as_object_mut().unwrap().remove(top),
            sent => after.as_object_mut().unwrap().insert(top.to_owned(), sent),
        };
    }
    after
}

/// A value with its marks in words, a secret's content too.
fn shown_value(value: &Value) -> String {
    value
        .to_string()
        .replace("{\"\\u0000secret\":", "{\"$secret\":")
        .replace("{\"\\u0000unknown\":", "{\"$unknown\":")
}

fn shown(change: &Change) -> String {
    let replaces = if change.replaces { " replaces" } else { "" };
    format!("{}: {} -> {}{replaces}", change.path, shown_value(&change.before), shown_value(&change.after))
}

/// Checks how the differences read.
#[track_caller]
pub fn check_plan(rules: &[Rule], desired: Value, last: Value, live: Value, expect: &[&str]) {
    let found = differences(rules, &desired, &last, &live);
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expect);
}

/// Checks how the differences read, and that sending them leaves none.
#[track_caller]
pub fn check(rules: &[Rule], desired: Value, last: Value, live: Value, expect: &[&str]) {
    check_plan(rules, desired.clone(), last.clone(), live.clone(), expect);
    assert!(!has_unknown(&desired), "use check_plan");
    let found = differences(rules, &desired, &last, &live);
    let after = changed(rules, &found, &desired, &last, &live);
    let rest = differences(rules, &desired, &desired, &after);
    assert_eq!(rest.iter().map(shown).collect::<Vec<_>>(), [""; 0], "after sending, {after}");
}

/// Checks what is sent for the field `top`.
#[track_caller]
pub fn check_sent(rules: &[Rule], top: &str, desired: Value, last: Value, live: Value, expect: Value) {
    let of = |it: &Value| if it.is_null() { None } else { Some(it.clone()) };
    let (desired, last, live) = (of(&desired), of(&last), of(&live));
    let sent = merge_field(terms(rules), top, desired.as_ref(), last.as_ref(), live.as_ref());
    assert_eq!(sent, expect);
    let whole = |it: &Option<Value>| it.as_ref().map_or(json!({}), |it| json!({ top: it }));
    let rest = differences(rules, &whole(&desired), &whole(&desired), &json!({ top: sent }));
    assert_eq!(rest.iter().map(shown).collect::<Vec<_>>(), [""; 0], "after sending, {sent}");
}
