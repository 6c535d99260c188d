//! What is not to be shown is shown nowhere.

use engine::{Rule, mask, secret};
use serde_json::{Value, json};

use crate::thing::{check, differences};

/// Checks that what everybody may read of the differences has no word of these.
#[track_caller]
fn check_hidden(rules: &[Rule], desired: Value, last: Value, live: Value, words: &[&str]) {
    let changes = differences(rules, &desired, &last, &live);
    assert!(!changes.is_empty(), "there is nothing to show");
    let shown = mask(&serde_json::to_value(&changes).unwrap()).to_string();
    for word in words {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

#[test]
fn by_the_rule_before_and_after_are_wrapped() {
    check(
        &[Rule::Secret("text")],
        json!({ "text": "b" }),
        json!(null),
        json!({ "text": "a" }),
        &[r#"text: {"$secret":"a"} -> {"$secret":"b"}"#],
    );
}

#[test]
fn by_the_rule_what_stands_in_something_bigger_is_hidden() {
    let rules =
        &[Rule::Secret("message.mode"), Rule::Secret("parts[*].mode"), Rule::Secret("labels.password")];
    check_hidden(
        rules,
        json!({ "message": { "mode": "hush", "size": 1 } }),
        json!(null),
        json!({}),
        &["hush"],
    );
    check_hidden(
        rules,
        json!({ "parts": [{ "mode": "hush" }, { "mode": "hush" }] }),
        json!(null),
        json!({ "parts": [{ "mode": "old" }] }),
        &["hush", "old"],
    );
    check_hidden(rules, json!({ "labels": { "password": "hush" } }), json!(null), json!({}), &["hush"]);
}

#[test]
fn what_was_there_in_the_place_of_a_secret_is_hidden() {
    let desired = json!({ "text": secret(json!("hush")) });
    check_hidden(&[], desired, json!(null), json!({ "text": "old" }), &["hush", "old"]);
    let desired = json!({ "labels": { "a": secret(json!("hush")) } });
    check_hidden(&[], desired, json!(null), json!({ "labels": { "a": "old" } }), &["hush", "old"]);
}

#[test]
fn a_secret_that_goes_is_hidden() {
    let last = json!({ "text": secret(json!("old")) });
    check_hidden(&[], json!({}), last.clone(), json!({ "text": "old" }), &["old"]);
    check_hidden(&[], json!({ "text": "open" }), last, json!({ "text": "old" }), &["old"]);
    let last = json!({ "message": { "mode": secret(json!("old")) } });
    check_hidden(&[], json!({}), last, json!({ "message": { "mode": "old" } }), &["old"]);
}

#[test]
fn a_secret_in_a_list_that_changes_its_length_is_hidden() {
    check_hidden(
        &[],
        json!({ "texts": ["--password", secret(json!("hush"))] }),
        json!({ "texts": ["--verbose", "--password", secret(json!("hush"))] }),
        json!({ "texts": ["--verbose", "--password", "hush"] }),
        &["hush"],
    );
}

#[test]
fn a_secret_in_a_keyed_item_that_goes_is_hidden() {
    check_hidden(
        &[Rule::Keyed("parts", "key")],
        json!({ "parts": [{ "key": "a" }] }),
        json!({ "parts": [{ "key": "a" }, { "key": "b", "mode": secret(json!("hush")) }] }),
        json!({ "parts": [{ "key": "a" }, { "key": "b", "mode": "hush" }] }),
        &["hush"],
    );
}
