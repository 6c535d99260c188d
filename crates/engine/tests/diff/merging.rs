//! What is sent: the live value, less what was ours and is no more, with the declared laid over.

use engine::Rule;
use serde_json::json;

use crate::thing::check_sent;

#[test]
fn names_of_others_in_a_map_are_sent_along() {
    let live = json!({ "ours": "1", "theirs": "2" });
    check_sent(
        &[],
        "labels",
        json!({ "new": "3" }),
        json!({ "ours": "1" }),
        live.clone(),
        json!({ "new": "3", "theirs": "2" }),
    );
    check_sent(&[], "labels", json!(null), json!({ "ours": "1" }), live.clone(), json!({ "theirs": "2" }));
    check_sent(
        &[],
        "labels",
        json!({ "ours": "5" }),
        json!(null),
        live.clone(),
        json!({ "ours": "5", "theirs": "2" }),
    );
    check_sent(&[], "labels", json!(null), json!(null), live.clone(), live);
}

#[test]
fn names_of_others_in_a_map_within_a_message_are_sent_along() {
    check_sent(
        &[],
        "message",
        json!({ "mode": "a" }),
        json!({ "mode": "a", "labels": { "ours": "1" } }),
        json!({ "mode": "a", "labels": { "ours": "1", "theirs": "2" } }),
        json!({ "mode": "a", "labels": { "theirs": "2" } }),
    );
}

#[test]
fn fields_of_others_in_a_message_are_sent_along_and_what_only_the_server_sets_is_not() {
    check_sent(
        &[],
        "message",
        json!({ "mode": "b" }),
        json!({ "mode": "a", "size": 1 }),
        json!({ "mode": "a", "size": "1", "span": "5s", "serial": "7", "unheard": "of" }),
        json!({ "mode": "b", "span": "5s" }),
    );
}

#[test]
fn fields_of_others_in_a_map_of_messages_are_sent_along() {
    check_sent(
        &[],
        "places",
        json!({ "a": { "mode": "b" } }),
        json!({ "a": { "mode": "a", "key": "k" }, "c": { "mode": "c" } }),
        json!({ "a": { "mode": "a", "key": "k", "size": "1" }, "c": { "mode": "c" }, "d": { "mode": "d" } }),
        json!({ "a": { "mode": "b", "size": "1" }, "d": { "mode": "d" } }),
    );
}

#[test]
fn what_is_declared_no_more_is_cleared() {
    check_sent(&[], "text", json!(null), json!("a"), json!("a"), json!(null));
    check_sent(
        &[],
        "message",
        json!(null),
        json!({ "mode": "a" }),
        json!({ "mode": "a", "size": "1" }),
        json!(null),
    );
    check_sent(&[], "texts", json!(null), json!(["a"]), json!(["a"]), json!(null));
}

#[test]
fn of_a_message_declared_whole_nothing_else_is_sent() {
    check_sent(
        &[Rule::Whole("message")],
        "message",
        json!({ "mode": "b" }),
        json!(null),
        json!({ "mode": "a", "span": "5s" }),
        json!({ "mode": "b" }),
    );
}

#[test]
fn items_take_along_what_others_said_of_the_same_item() {
    // By their place while there are as many,
    check_sent(
        &[],
        "parts",
        json!([{ "mode": "b" }, { "mode": "c" }]),
        json!([{ "mode": "a", "key": "k" }]),
        json!([{ "mode": "a", "key": "k", "size": "1" }, { "mode": "c", "size": "2" }]),
        json!([{ "mode": "b", "size": "1" }, { "mode": "c", "size": "2" }]),
    );
    // by their key where they have one,
    check_sent(
        &[Rule::Keyed("parts", "key")],
        "parts",
        json!([{ "key": "b", "mode": "2" }, { "key": "a" }, { "key": "A" }]),
        json!([{ "key": "a", "mode": "1" }]),
        json!([{ "key": "a", "mode": "1", "size": "1" }, { "key": "b", "size": "2" }, { "key": "c" }]),
        json!([{ "key": "b", "mode": "2", "size": "2" }, { "key": "a", "size": "1" }, { "key": "A" }]),
    );
    // and not in a set.
    check_sent(
        &[Rule::Set("parts")],
        "parts",
        json!([{ "key": "b" }]),
        json!(null),
        json!([{ "key": "a", "size": "1" }]),
        json!([{ "key": "b" }]),
    );
}

#[test]
fn items_of_a_list_that_grows_or_shrinks_do_not_take_from_another() {
    check_sent(
        &[],
        "parts",
        json!([{ "mode": "b" }]),
        json!(null),
        json!([{ "mode": "a", "size": "1" }, { "mode": "b", "size": "2" }]),
        json!([{ "mode": "b", "size": "2" }]),
    );
    check_sent(
        &[],
        "parts",
        json!([{ "mode": "new" }, { "mode": "a" }]),
        json!([{ "mode": "a" }]),
        json!([{ "mode": "a", "size": "1" }]),
        json!([{ "mode": "new" }, { "mode": "a", "size": "1" }]),
    );
}
