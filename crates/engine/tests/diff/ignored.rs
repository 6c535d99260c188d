//! What is taken only, what is never given, what is not known yet.

use engine::{Rule, secret, unknown};
use serde_json::json;

use crate::thing::{check, check_plan};

const TAGS: &[Rule] = &[Rule::InputOnly("text"), Rule::InputOnly("labels.password")];

#[test]
fn what_is_not_given_back_is_compared_with_what_was_declared() {
    check(TAGS, json!({ "text": "a" }), json!({ "text": "a" }), json!({}), &[]);
    check(TAGS, json!({ "text": "b" }), json!({ "text": "a" }), json!({}), &[r#"text: "a" -> "b""#]);
    check(
        TAGS,
        json!({ "text": "b" }),
        json!({ "text": "a" }),
        json!({ "text": "b" }),
        &[r#"text: "a" -> "b""#],
    );
}

#[test]
fn what_is_not_given_back_and_was_never_declared_is_trusted() {
    check(TAGS, json!({ "text": "a" }), json!(null), json!({}), &[]);
    check(TAGS, json!({ "text": "a" }), json!(null), json!({ "text": "masked" }), &[]);
}

#[test]
fn what_is_not_given_back_cannot_be_taken_back() {
    check(TAGS, json!({}), json!({ "text": "a" }), json!({ "text": "masked" }), &[]);
}

#[test]
fn a_name_of_a_map_that_is_not_given_back() {
    let declared = json!({ "labels": { "password": "x", "user": "u" } });
    check(TAGS, declared.clone(), declared.clone(), json!({ "labels": { "user": "u" } }), &[]);
    check(TAGS, declared.clone(), declared, json!({ "labels": { "user": "u", "password": "***" } }), &[]);
}

#[test]
fn a_longer_and_a_shorter_declaration_of_what_is_not_given_back_both_differ() {
    let rules = &[Rule::InputOnly("message")];
    let (one, two) = (json!({ "message": { "size": 1 } }), json!({ "message": { "size": 1, "mode": "a" } }));
    check(rules, two.clone(), one.clone(), json!({}), &[r#"message: {"size":1} -> {"mode":"a","size":1}"#]);
    check(rules, one, two, json!({}), &[r#"message: {"mode":"a","size":1} -> {"size":1}"#]);
}

#[test]
fn two_spellings_of_what_is_not_given_back_are_one() {
    let rules = &[Rule::InputOnly("span")];
    check(rules, json!({ "span": "60s" }), json!({ "span": "60.0s" }), json!({}), &[]);
}

#[test]
fn an_unknown_value_is_a_change_whatever_is_live() {
    let unknown = unknown();
    let desired = json!({ "text": unknown });
    check_plan(
        &[],
        desired.clone(),
        json!(null),
        json!({ "text": "a" }),
        &[r#"text: "a" -> {"$unknown":true}"#],
    );
    check_plan(&[], desired, json!(null), json!({}), &[r#"text: null -> {"$unknown":true}"#]);
}

#[test]
fn an_unknown_value_within_a_message_a_map_and_a_set() {
    let desired = json!({
        "labels": { "a": unknown(), "b": "2" }, "message": { "mode": unknown(), "size": 1 }, "texts": ["a", unknown()]
    });
    let live = json!({
        "labels": { "a": "1", "b": "2" }, "message": { "mode": "m", "size": 1 }, "texts": ["b", "a"]
    });
    check_plan(
        &[Rule::Set("texts")],
        desired,
        json!(null),
        live,
        &[
            r#"labels.a: "1" -> {"$unknown":true}"#,
            r#"message.mode: "m" -> {"$unknown":true}"#,
            r#"texts: ["b","a"] -> ["a",{"$unknown":true}]"#,
        ],
    );
}

#[test]
fn an_unknown_value_of_an_immutable_field_replaces() {
    let rules = &[Rule::Immutable("text")];
    check_plan(
        rules,
        json!({ "text": unknown() }),
        json!(null),
        json!({ "text": "a" }),
        &[r#"text: "a" -> {"$unknown":true} replaces"#],
    );
}

#[test]
fn json_with_a_dollar_is_json() {
    // Neither an expression nor a secret: a JSON schema, a map with one odd name.
    check(&[], json!({ "any": { "$ref": "a" } }), json!(null), json!({ "any": { "$ref": "a" } }), &[]);
    check(&[], json!({ "labels": { "$a": "1" } }), json!(null), json!({ "labels": { "$a": "1" } }), &[]);
    check(
        &[],
        json!({ "labels": { "$a": "1" } }),
        json!(null),
        json!({ "labels": { "$a": "2", "b": "" } }),
        &[r#"labels.$a: "2" -> "1""#],
    );
}

#[test]
fn a_field_that_says_which_resource_it_is_is_not_compared() {
    check(&[], json!({ "name": "a" }), json!({ "name": "b" }), json!({ "name": "projects/p/things/a" }), &[]);
}

#[test]
fn a_secret_and_the_same_in_clear_are_one() {
    check(&[], json!({ "text": secret(json!("a")) }), json!(null), json!({ "text": "a" }), &[]);
    check(&[], json!({ "span": secret(json!("60s")) }), json!(null), json!({ "span": "60.0s" }), &[]);
    check(&[], json!({ "text": "a" }), json!(null), json!({ "text": secret(json!("a")) }), &[]);
}
