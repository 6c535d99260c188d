//! A field is ours if it is declared now or was declared last time.

use engine::Rule;
use serde_json::{Value, json};

use crate::thing::check;

#[test]
fn what_was_never_ours_is_not_shown() {
    check(&[], json!({}), json!(null), json!({ "text": "theirs", "labels": { "a": "1" } }), &[]);
    check(&[], json!({}), json!({}), json!({ "text": "theirs", "message": { "size": "3" } }), &[]);
    check(
        &[],
        json!({ "message": { "mode": "a" } }),
        json!(null),
        json!({ "message": { "mode": "a", "size": "3", "serial": "9" } }),
        &[],
    );
}

#[test]
fn what_is_declared_becomes_so() {
    check(
        &[],
        json!({ "text": "b" }),
        json!({ "text": "a" }),
        json!({ "text": "a" }),
        &[r#"text: "a" -> "b""#],
    );
    check(&[], json!({ "text": "b" }), json!(null), json!({}), &[r#"text: null -> "b""#]);
    // Somebody changed it by hand.
    check(
        &[],
        json!({ "text": "a" }),
        json!({ "text": "a" }),
        json!({ "text": "x" }),
        &[r#"text: "x" -> "a""#],
    );
}

#[test]
fn what_was_ours_and_is_declared_no_more_goes_back() {
    check(&[], json!({}), json!({ "text": "a" }), json!({ "text": "a" }), &[r#"text: "a" -> null"#]);
    // Whatever somebody made of it since.
    check(&[], json!({}), json!({ "text": "a" }), json!({ "text": "x" }), &[r#"text: "x" -> null"#]);
    // It is gone already, or as the server has it when nobody sets it.
    check(&[], json!({}), json!({ "text": "a" }), json!({}), &[]);
    check(&[], json!({}), json!({ "size": 5 }), json!({ "size": "0" }), &[]);
}

#[test]
fn what_was_ours_within_a_message_goes_back() {
    check(
        &[],
        json!({ "message": { "mode": "a" } }),
        json!({ "message": { "mode": "a", "size": 5 } }),
        json!({ "message": { "mode": "a", "size": "5", "span": "1s" } }),
        &[r#"message.size: "5" -> null"#],
    );
    check(
        &[],
        json!({}),
        json!({ "message": { "mode": "a" } }),
        json!({ "message": { "mode": "a" } }),
        &[r#"message: {"mode":"a"} -> null"#],
    );
}

#[test]
fn names_of_others_in_a_map_stay() {
    let live = json!({ "labels": { "ours": "1", "theirs": "2" } });
    check(&[], json!({ "labels": { "ours": "1" } }), json!(null), live.clone(), &[]);
    check(
        &[],
        json!({ "labels": { "new": "3" } }),
        json!({ "labels": { "ours": "1" } }),
        live.clone(),
        &[r#"labels.new: null -> "3""#, r#"labels.ours: "1" -> null"#],
    );
    check(&[], json!({}), json!({ "labels": { "ours": "1" } }), live, &[r#"labels.ours: "1" -> null"#]);
}

#[test]
fn an_empty_label_is_a_label() {
    let (with, without) = (json!({ "labels": { "a": "" } }), json!({ "labels": {} }));
    check(&[], with.clone(), json!(null), without.clone(), &[r#"labels.a: null -> """#]);
    check(&[], with.clone(), json!(null), with.clone(), &[]);
    check(&[], without, with.clone(), with.clone(), &[r#"labels.a: "" -> null"#]);
    check(&[], json!({}), with.clone(), with, &[r#"labels.a: "" -> null"#]);
}

#[test]
fn a_map_of_messages_is_owned_name_by_name() {
    check(
        &[],
        json!({ "places": { "a": { "mode": "x" } } }),
        json!({ "places": { "a": { "mode": "y" }, "b": { "mode": "y" } } }),
        json!({ "places": { "a": { "mode": "y", "size": "1" }, "b": { "mode": "y" }, "c": { "mode": "z" } } }),
        &[r#"places.a.mode: "y" -> "x""#, r#"places.b: {"mode":"y"} -> null"#],
    );
}

#[test]
fn zero_and_nothing_are_one() {
    let zeros = [
        json!({ "text": "" }),
        json!({ "size": 0 }),
        json!({ "count": 0 }),
        json!({ "rate": 0.0 }),
        json!({ "on": false }),
        json!({ "span": "0s" }),
        json!({ "texts": [] }),
        json!({ "message": {} }),
        json!({ "message": { "on": false, "empty": {} } }),
    ];
    for zero in zeros {
        check(&[], zero.clone(), json!(null), json!({}), &[]);
        check(&[], zero.clone(), json!(null), zero, &[]);
    }
}

#[test]
fn zero_is_not_what_is_live() {
    let check = |desired: Value, live: Value, expect: &str| check(&[], desired, json!(null), live, &[expect]);
    check(json!({ "text": "" }), json!({ "text": "a" }), r#"text: "a" -> """#);
    check(json!({ "size": 0 }), json!({ "size": "5" }), r#"size: "5" -> 0"#);
    check(json!({ "on": false }), json!({ "on": true }), "on: true -> false");
    check(json!({ "texts": [] }), json!({ "texts": ["a"] }), r#"texts: ["a"] -> []"#);
}

const PRESENT: &[Rule] = &[
    Rule::Presence("on"),
    Rule::Presence("text"),
    Rule::Presence("message.empty"),
    Rule::Presence("message.size"),
];

#[test]
fn where_presence_counts_zero_is_a_value() {
    check(PRESENT, json!({ "on": false }), json!(null), json!({}), &["on: null -> false"]);
    check(PRESENT, json!({ "on": false }), json!(null), json!({ "on": false }), &[]);
    check(PRESENT, json!({}), json!({ "on": false }), json!({ "on": false }), &["on: false -> null"]);
    check(PRESENT, json!({ "text": "" }), json!(null), json!({}), &[r#"text: null -> """#]);
}

#[test]
fn where_presence_counts_an_empty_message_is_a_choice() {
    let chosen = json!({ "message": { "empty": {} } });
    check(PRESENT, chosen.clone(), json!(null), json!({ "message": {} }), &["message.empty: null -> {}"]);
    check(PRESENT, chosen.clone(), json!(null), chosen.clone(), &[]);
    check(PRESENT, chosen.clone(), json!(null), json!({ "message": { "empty": { "serial": "1" } } }), &[]);
    check(PRESENT, json!({ "message": {} }), chosen.clone(), chosen, &["message.empty: {} -> null"]);
}

#[test]
fn where_presence_counts_deep_within_what_is_absent() {
    check(
        PRESENT,
        json!({ "message": { "size": 0 } }),
        json!(null),
        json!({}),
        &[r#"message: null -> {"size":0}"#],
    );
    check(
        PRESENT,
        json!({ "message": { "empty": {} } }),
        json!(null),
        json!({}),
        &[r#"message: null -> {"empty":{}}"#],
    );
}

const DEFAULTS: &[Rule] = &[
    Rule::Default("size", "10"),
    Rule::Default("span", "\"600s\""),
    Rule::Default("message.mode", "\"FAST\""),
    Rule::Default("texts", "[\"all\"]"),
];

#[test]
fn the_default_and_nothing_are_one() {
    check(DEFAULTS, json!({ "size": 10 }), json!(null), json!({}), &[]);
    check(DEFAULTS, json!({ "size": "10" }), json!(null), json!({}), &[]);
    check(DEFAULTS, json!({ "span": "600.0s" }), json!(null), json!({}), &[]);
    check(DEFAULTS, json!({ "texts": ["all"] }), json!(null), json!({}), &[]);
    check(DEFAULTS, json!({ "message": { "mode": "FAST" } }), json!(null), json!({ "message": {} }), &[]);
    check(DEFAULTS, json!({ "message": { "mode": "FAST" } }), json!(null), json!({}), &[]);
    check(DEFAULTS, json!({ "size": 0 }), json!(null), json!({}), &["size: null -> 0"]);
    check(DEFAULTS, json!({ "size": 11 }), json!(null), json!({}), &["size: null -> 11"]);
}

#[test]
fn what_goes_back_and_is_at_its_default_is_no_change() {
    check(DEFAULTS, json!({}), json!({ "size": 10 }), json!({ "size": "10" }), &[]);
    check(DEFAULTS, json!({}), json!({ "span": "600s" }), json!({ "span": "600s" }), &[]);
    check(DEFAULTS, json!({}), json!({ "size": 11 }), json!({ "size": "11" }), &[r#"size: "11" -> null"#]);
    // Zero is not the default here.
    check(DEFAULTS, json!({}), json!({ "size": 11 }), json!({ "size": "0" }), &[r#"size: "0" -> null"#]);
    check(
        DEFAULTS,
        json!({}),
        json!({ "message": { "mode": "FAST" } }),
        json!({ "message": { "mode": "FAST", "size": "7" } }),
        &[],
    );
}

const WHOLE: &[Rule] = &[Rule::Whole("message"), Rule::Default("message.mode", "\"FAST\"")];

#[test]
fn what_a_message_declared_whole_does_not_say_must_not_be_there() {
    let live = json!({ "message": { "span": "5s", "size": "1", "serial": "7", "on": false } });
    check(WHOLE, json!({ "message": { "size": 1 } }), json!(null), live, &[r#"message.span: "5s" -> null"#]);
    check(
        WHOLE,
        json!({ "message": {} }),
        json!(null),
        json!({ "message": { "span": "5s" } }),
        &[r#"message.span: "5s" -> null"#],
    );
    check(WHOLE, json!({ "message": {} }), json!(null), json!({ "message": {} }), &[]);
}

#[test]
fn a_default_in_a_message_declared_whole_is_no_change() {
    check(
        WHOLE,
        json!({ "message": { "size": 1 } }),
        json!(null),
        json!({ "message": { "size": "1", "mode": "FAST" } }),
        &[],
    );
}

#[test]
fn null_and_nothing_are_one() {
    check(&[], json!({ "text": "" }), json!(null), json!({ "text": null }), &[]);
    check(&[], json!({}), json!({ "text": "a" }), json!({ "text": null }), &[]);
    check(&[], json!({}), json!({ "text": null }), json!({ "text": "a" }), &[]);
}

#[test]
fn what_cannot_change_replaces() {
    let rules = &[Rule::Immutable("text"), Rule::Immutable("message.empty"), Rule::Immutable("parts[*].key")];
    let check =
        |desired: Value, live: Value, expect: &[&str]| check(rules, desired, json!(null), live, expect);
    check(json!({ "text": "b" }), json!({ "text": "a" }), &[r#"text: "a" -> "b" replaces"#]);
    check(
        json!({ "message": { "size": 2, "empty": { "mode": "b" } } }),
        json!({ "message": { "size": "1", "empty": { "mode": "a" } } }),
        &[r#"message.empty.mode: "a" -> "b" replaces"#, r#"message.size: "1" -> 2"#],
    );
    check(
        json!({ "message": { "empty": { "mode": "b" } } }),
        json!({}),
        &[r#"message: null -> {"empty":{"mode":"b"}} replaces"#],
    );
    check(
        json!({ "parts": [{ "key": "b" }] }),
        json!({ "parts": [{ "key": "a" }] }),
        &[r#"parts[0].key: "a" -> "b" replaces"#],
    );
}

#[test]
fn a_message_without_what_cannot_change_is_set_in_place() {
    let rules = &[Rule::Immutable("message.mode")];
    check(
        rules,
        json!({ "message": { "size": 1 } }),
        json!(null),
        json!({}),
        &[r#"message: null -> {"size":1}"#],
    );
}
