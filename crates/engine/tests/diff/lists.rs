//! Lists: in order, as sets, told apart by a key.

use engine::Rule;
use serde_json::{Value, json};

use crate::thing::check;

#[test]
fn order_counts_unless_a_rule_says_otherwise() {
    let check = |ours: Value, theirs: Value, expect: &[&str]| {
        check(&[], json!({ "texts": ours }), json!(null), json!({ "texts": theirs }), expect);
    };
    check(json!(["a", "b"]), json!(["a", "b"]), &[]);
    check(json!(["a", "b"]), json!(["b", "a"]), &[r#"texts[0]: "b" -> "a""#, r#"texts[1]: "a" -> "b""#]);
    check(json!(["a"]), json!(["a", "b"]), &[r#"texts: ["a","b"] -> ["a"]"#]);
    check(json!(["a", "b"]), json!(["a"]), &[r#"texts: ["a"] -> ["a","b"]"#]);
}

#[test]
fn what_an_item_does_not_say_stays() {
    check(
        &[],
        json!({ "parts": [{ "mode": "b" }] }),
        json!({ "parts": [{ "mode": "a", "size": 1 }] }),
        json!({ "parts": [{ "mode": "a", "size": "1", "key": "theirs", "serial": "5" }] }),
        &[r#"parts[0].mode: "a" -> "b""#, r#"parts[0].size: "1" -> null"#],
    );
}

#[test]
fn a_list_that_is_declared_no_more_goes() {
    check(
        &[],
        json!({}),
        json!({ "texts": ["a"] }),
        json!({ "texts": ["a", "b"] }),
        &[r#"texts: ["a","b"] -> null"#],
    );
    check(&[], json!({}), json!({ "texts": ["a"] }), json!({}), &[]);
}

const SET: &[Rule] = &[Rule::Set("texts"), Rule::Set("parts")];

#[test]
fn a_set_has_no_order() {
    let check = |ours: Value, theirs: Value, expect: &[&str]| {
        check(SET, json!({ "texts": ours }), json!(null), json!({ "texts": theirs }), expect);
    };
    check(json!(["a", "b"]), json!(["b", "a"]), &[]);
    check(json!(["a"]), json!(["a", "b"]), &[r#"texts: ["a","b"] -> ["a"]"#]);
    check(json!(["a", "b"]), json!(["a"]), &[r#"texts: ["a"] -> ["a","b"]"#]);
    check(json!(["a", "c"]), json!(["b", "a"]), &[r#"texts: ["b","a"] -> ["a","c"]"#]);
    check(json!(["a", "a"]), json!(["a", "b"]), &[r#"texts: ["a","b"] -> ["a","a"]"#]);
}

#[test]
fn an_item_of_a_set_may_have_more_than_is_declared() {
    let check = |ours: Value, theirs: Value, expect: &[&str]| {
        check(SET, json!({ "parts": ours }), json!(null), json!({ "parts": theirs }), expect);
    };
    check(
        json!([{ "key": "a" }, { "key": "b" }]),
        json!([{ "key": "b", "serial": "1" }, { "key": "a", "size": "3" }]),
        &[],
    );
    check(
        json!([{ "key": "a" }, { "key": "a", "size": 2 }]),
        json!([{ "key": "a", "size": "2" }, { "key": "a" }]),
        &[],
    );
    check(
        json!([{ "key": "a", "size": 1 }]),
        json!([{ "key": "a", "size": "2" }]),
        &[r#"parts: [{"key":"a","size":"2"}] -> [{"key":"a","size":1}]"#],
    );
}

const KEYED: &[Rule] = &[Rule::Keyed("parts", "key")];

#[test]
fn keyed_items_have_no_order_and_are_shown_by_their_key() {
    let check = |ours: Value, last: Value, theirs: Value, expect: &[&str]| {
        let of = |it: Value| if it.is_null() { it } else { json!({ "parts": it }) };
        check(KEYED, of(ours), of(last), of(theirs), expect);
    };
    check(
        json!([{ "key": "a", "mode": "1" }, { "key": "b", "mode": "2" }]),
        json!(null),
        json!([{ "key": "b", "mode": "2" }, { "key": "a", "mode": "1" }]),
        &[],
    );
    check(
        json!([{ "key": "a", "mode": "1" }, { "key": "b", "mode": "3" }]),
        json!(null),
        json!([{ "key": "b", "mode": "2" }, { "key": "a", "mode": "1" }]),
        &[r#"parts[b].mode: "2" -> "3""#],
    );
    check(json!([{ "key": "a" }]), json!(null), json!([]), &[r#"parts[a]: null -> {"key":"a"}"#]);
    check(
        json!([{ "key": "a" }]),
        json!([{ "key": "a", "mode": "1" }]),
        json!([{ "key": "b" }, { "key": "a", "mode": "1", "size": "4" }]),
        &[r#"parts[a].mode: "1" -> null"#, r#"parts[b]: {"key":"b"} -> null"#],
    );
}

#[test]
fn keys_that_differ_in_case_are_two() {
    check(
        KEYED,
        json!({ "parts": [{ "key": "A", "mode": "1" }, { "key": "a", "mode": "2" }] }),
        json!(null),
        json!({ "parts": [{ "key": "A", "mode": "1", "size": "9" }] }),
        &[r#"parts[a]: null -> {"key":"a","mode":"2"}"#],
    );
}

#[test]
fn an_immutable_field_of_a_keyed_item_replaces() {
    let rules = &[Rule::Keyed("parts", "key"), Rule::Immutable("parts[*].mode")];
    check(
        rules,
        json!({ "parts": [{ "key": "a", "mode": "2" }] }),
        json!(null),
        json!({ "parts": [{ "key": "a", "mode": "1" }] }),
        &[r#"parts[a].mode: "1" -> "2" replaces"#],
    );
}

#[test]
fn a_field_that_cannot_change_is_found_in_what_comes_or_goes_as_a_whole() {
    let rules = &[Rule::Immutable("parts[*].labels.fixed"), Rule::Immutable("schema.**.type")];
    let part = |labels: Value| json!({ "parts": [{ "key": "a", "labels": labels }] });
    // The map that holds it appears within an item of a list.
    check(
        rules,
        part(json!({ "fixed": "1" })),
        json!(null),
        json!({ "parts": [{ "key": "a" }] }),
        &[r#"parts[0].labels.fixed: null -> "1" replaces"#],
    );
    check(
        rules,
        part(json!({ "free": "1" })),
        json!(null),
        json!({ "parts": [{ "key": "a" }] }),
        &[r#"parts[0].labels.free: null -> "1""#],
    );
    // A whole item, under `**`.
    let columns = |of: Value| json!({ "schema": { "fields": of } });
    check(
        rules,
        columns(json!([{ "name": "a", "type": "T" }, { "name": "b", "type": "T" }])),
        json!(null),
        columns(json!([{ "name": "a", "type": "T" }])),
        &[
            r#"schema.fields: [{"name":"a","type":"T"}] -> [{"name":"a","type":"T"},{"name":"b","type":"T"}] replaces"#,
        ],
    );
    check(
        rules,
        columns(json!([{ "name": "a", "type": "T" }, { "name": "b" }])),
        json!(null),
        columns(json!([{ "name": "a", "type": "T" }])),
        &[r#"schema.fields: [{"name":"a","type":"T"}] -> [{"name":"a","type":"T"},{"name":"b"}]"#],
    );
}
