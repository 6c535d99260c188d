//! Lifecycle rules: which of them a version of an object meets, and from when on.

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::error::{Code, Refusal};
use crate::moment;

/// From the dearest at rest to the cheapest. A rule moves only towards the end.
const BY_PRICE: &[&[&str]] = &[
    &["DURABLE_REDUCED_AVAILABILITY"],
    &["STANDARD", "MULTI_REGIONAL", "REGIONAL"],
    &["NEARLINE"],
    &["COLDLINE"],
    &["ARCHIVE"],
];

/// What a rule does to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Delete,
    SetStorageClass(String),
}

/// A version of an object, and how many of its name are newer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version<'a> {
    pub object: &'a Value,
    pub newer: usize,
}

fn rules(bucket: &Value) -> impl Iterator<Item = &Value> {
    bucket["lifecycle"]["rule"].as_array().into_iter().flatten()
}

/// Whether a bucket has any rule.
pub(super) fn any(bucket: &Value) -> bool {
    rules(bucket).next().is_some()
}

/// Each action that a version will see if nothing changes, and from when on.
///
/// `kept` is until when it must not be deleted; `None` if it is under a hold, which has no end of its own.
pub(super) fn actions(
    bucket: &Value,
    version: Version<'_>,
    kept: Option<OffsetDateTime>,
) -> Vec<(OffsetDateTime, Action)> {
    let mut found = Vec::new();
    for rule in rules(bucket) {
        let action = match rule["action"]["type"].as_str() {
            Some("Delete") => Action::Delete,
            // A bucket with Autoclass moves its objects by itself.
            Some("SetStorageClass") if bucket["autoclass"]["enabled"] != true => {
                let wanted = rule["action"]["storageClass"].as_str().unwrap_or_default();
                if !is_colder(version.object["storageClass"].as_str().unwrap_or_default(), wanted) {
                    continue;
                }
                Action::SetStorageClass(wanted.to_owned())
            }
            Some(_) | None => continue,
        };
        let Some(mut from) = met_from(&rule["condition"], version) else { continue };
        if action == Action::Delete {
            // Holds and retention keep a version from being deleted, not from a colder class.
            let Some(kept) = kept else { continue };
            from = from.max(kept);
        }
        found.push((from, action));
    }
    found
}

/// Which of the actions that are due is taken: to delete comes first, then the class that is cheapest at rest.
pub(super) fn chosen(actions: &[(OffsetDateTime, Action)], now: OffsetDateTime) -> Option<&Action> {
    actions.iter().filter(|(from, _)| *from <= now).map(|(_, action)| action).max_by_key(
        |action| match action {
            Action::Delete => usize::MAX,
            Action::SetStorageClass(class) => price(class).unwrap_or(0),
        },
    )
}

/// When an upload in progress is given up, if a rule says so.
pub(super) fn abort_from(bucket: &Value, name: &str, begun: OffsetDateTime) -> Option<OffsetDateTime> {
    rules(bucket)
        .filter(|it| it["action"]["type"] == "AbortIncompleteMultipartUpload")
        .filter_map(|rule| {
            let condition = &rule["condition"];
            let days = condition["age"].as_i64().unwrap_or(0);
            if names(condition, name) { begun.checked_add(Duration::days(days)) } else { None }
        })
        .min()
}

fn price(class: &str) -> Option<usize> {
    BY_PRICE.iter().position(|it| it.contains(&class))
}

fn is_colder(class: &str, wanted: &str) -> bool {
    price(class).zip(price(wanted)).is_some_and(|(now, then)| then > now)
}

/// Whether a list is empty or has one that fits.
fn one_of(list: &Value, fits: impl Fn(&str) -> bool) -> bool {
    match list.as_array() {
        Some(list) if !list.is_empty() => list.iter().filter_map(Value::as_str).any(fits),
        Some(_) | None => true,
    }
}

fn names(condition: &Value, name: &str) -> bool {
    one_of(&condition["matchesPrefix"], |it| name.starts_with(it))
        && one_of(&condition["matchesSuffix"], |it| name.ends_with(it))
}

/// The midnight, in UTC, with which a day begins.
fn midnight(day: &str) -> Option<OffsetDateTime> {
    moment::parse(&format!("{day}T00:00:00Z"))
}

/// From when on a version meets all of a rule's conditions, if nothing but the time changes.
fn met_from(condition: &Value, version: Version<'_>) -> Option<OffsetDateTime> {
    let object = version.object;
    let at = |field: &str| moment::parse(object[field].as_str()?);
    let size: i64 = object["size"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
    let class = object["storageClass"].as_str().unwrap_or_default();
    let mut from = OffsetDateTime::UNIX_EPOCH;
    for (name, wanted) in condition.as_object()? {
        let days = |since: &str| at(since)?.checked_add(Duration::days(wanted.as_i64()?));
        let before =
            |field: &str| at(field).zip(wanted.as_str().and_then(midnight)).is_some_and(|(at, day)| at < day);
        let bytes = || wanted.as_str().and_then(|it| it.parse::<i64>().ok());
        let met = match name.as_str() {
            "age" => {
                from = from.max(days("timeCreated")?);
                true
            }
            "daysSinceNoncurrentTime" => {
                from = from.max(days("timeDeleted")?);
                true
            }
            "daysSinceCustomTime" => {
                from = from.max(days("customTime")?);
                true
            }
            "createdBefore" => before("timeCreated"),
            "noncurrentTimeBefore" => before("timeDeleted"),
            "customTimeBefore" => before("customTime"),
            "isLive" => wanted.as_bool() == Some(object.get("timeDeleted").is_none()),
            "numNewerVersions" => {
                wanted.as_i64().and_then(|it| usize::try_from(it).ok()).is_some_and(|it| version.newer >= it)
            }
            "matchesStorageClass" => one_of(wanted, |it| it == class),
            "sizeAboveBytes" => bytes().is_some_and(|it| size > it),
            "sizeBelowBytes" => bytes().is_some_and(|it| size < it),
            "matchesPrefix" | "matchesSuffix" => {
                names(condition, object["name"].as_str().unwrap_or_default())
            }
            // Refused when it is set; what is not understood must not delete anything.
            _ => false,
        };
        if !met {
            return None;
        }
    }
    Some(from)
}

/// Refuses rules that Google refuses.
pub(super) fn check(bucket: &Value) -> Result<(), Refusal> {
    if rules(bucket).count() > 100 {
        return Err(Refusal::invalid("A bucket can have at most 100 lifecycle rules."));
    }
    for rule in rules(bucket) {
        let action = rule["action"]["type"].as_str().unwrap_or_default();
        if !matches!(action, "Delete" | "SetStorageClass" | "AbortIncompleteMultipartUpload") {
            return Err(Refusal::invalid(format!("Invalid argument: lifecycle action {action}.")));
        }
        if action == "SetStorageClass" {
            let class = rule["action"]["storageClass"].as_str().unwrap_or_default();
            if price(class).is_none() {
                return Err(Refusal::invalid(format!("Invalid argument: storage class {class}.")));
            }
        }
        let Some(condition) = rule["condition"].as_object().filter(|it| !it.is_empty()) else {
            return Err(Refusal::invalid("A lifecycle rule must have at least one condition."));
        };
        for (name, wanted) in condition {
            let of_uploads = matches!(name.as_str(), "age" | "matchesPrefix" | "matchesSuffix");
            if action == "AbortIncompleteMultipartUpload" && !of_uploads {
                return Err(Refusal::invalid(format!(
                    "Invalid argument: lifecycle action {action} does not support the condition {name}."
                )));
            }
            if wanted.as_i64().is_some_and(|it| it < 0) {
                return Err(Refusal::invalid(format!("Invalid argument: lifecycle condition {name}.")));
            }
            if name == "matchesPattern" {
                return Err(Refusal::new(
                    Code::Unimplemented,
                    "The local cloud has not built the lifecycle condition matchesPattern.",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NEVER: &str = "never";
    const ALWAYS: &str = "1970-01-01T00:00:00Z";

    fn object() -> Value {
        json!({"name": "logs/a.txt", "timeCreated": "2024-01-10T10:00:00.000Z", "storageClass": "STANDARD", "size": "10"})
    }

    fn with(field: &str, value: &str) -> Value {
        let mut object = object();
        object[field] = json!(value);
        object
    }

    fn check_from(object: &Value, newer: usize, condition: Value, want: &str) {
        let found = met_from(&condition, Version { object, newer });
        let found = found.map_or(NEVER.to_owned(), moment::seconds);
        assert_eq!(found, want, "{condition} of {object}");
    }

    #[test]
    fn age_counts_from_the_creation() {
        check_from(&object(), 0, json!({"age": 10}), "2024-01-20T10:00:00Z");
        check_from(&object(), 0, json!({"age": 0}), "2024-01-10T10:00:00Z");
        check_from(&object(), 0, json!({"age": i32::MAX}), NEVER);
        check_from(&object(), 0, json!({"createdBefore": "2024-01-11"}), ALWAYS);
        check_from(&object(), 0, json!({"createdBefore": "2024-01-10"}), NEVER);
    }

    #[test]
    fn noncurrent_versions_have_conditions_of_their_own() {
        let old = with("timeDeleted", "2024-02-01T00:00:00.000Z");
        check_from(&old, 1, json!({"daysSinceNoncurrentTime": 3}), "2024-02-04T00:00:00Z");
        check_from(&object(), 0, json!({"daysSinceNoncurrentTime": 0}), NEVER);
        check_from(&old, 1, json!({"noncurrentTimeBefore": "2024-02-02"}), ALWAYS);
        check_from(&old, 1, json!({"noncurrentTimeBefore": "2024-02-01"}), NEVER);
        check_from(&object(), 0, json!({"noncurrentTimeBefore": "2099-01-01"}), NEVER);
        check_from(&old, 1, json!({"isLive": false}), ALWAYS);
        check_from(&old, 1, json!({"isLive": true}), NEVER);
        check_from(&object(), 0, json!({"isLive": true}), ALWAYS);
        check_from(&object(), 0, json!({"isLive": false}), NEVER);
        check_from(&old, 2, json!({"numNewerVersions": 2}), ALWAYS);
        check_from(&old, 1, json!({"numNewerVersions": 2}), NEVER);
    }

    #[test]
    fn a_custom_time_must_be_there() {
        let dated = with("customTime", "2024-03-01T12:00:00Z");
        check_from(&dated, 0, json!({"daysSinceCustomTime": 2}), "2024-03-03T12:00:00Z");
        check_from(&object(), 0, json!({"daysSinceCustomTime": 0}), NEVER);
        check_from(&dated, 0, json!({"customTimeBefore": "2024-03-02"}), ALWAYS);
        check_from(&dated, 0, json!({"customTimeBefore": "2024-03-01"}), NEVER);
        check_from(&object(), 0, json!({"customTimeBefore": "2099-01-01"}), NEVER);
    }

    #[test]
    fn names_classes_and_sizes() {
        for (condition, want) in [
            (json!({"matchesPrefix": ["data/", "logs/"]}), ALWAYS),
            (json!({"matchesPrefix": ["a"]}), NEVER),
            (json!({"matchesSuffix": [".csv", ".txt"]}), ALWAYS),
            (json!({"matchesSuffix": ["logs/"]}), NEVER),
            (json!({"matchesPrefix": ["logs/"], "matchesSuffix": [".csv"]}), NEVER),
            (json!({"matchesStorageClass": ["NEARLINE", "STANDARD"]}), ALWAYS),
            (json!({"matchesStorageClass": ["NEARLINE"]}), NEVER),
            (json!({"sizeAboveBytes": "9"}), ALWAYS),
            (json!({"sizeAboveBytes": "10"}), NEVER),
            (json!({"sizeBelowBytes": "11"}), ALWAYS),
            (json!({"sizeBelowBytes": "10"}), NEVER),
            (json!({"somethingNew": true}), NEVER),
        ] {
            check_from(&object(), 0, condition, want);
        }
    }

    #[test]
    fn all_conditions_must_hold() {
        let condition = json!({"age": 10, "createdBefore": "2024-02-01", "matchesPrefix": ["logs/"]});
        check_from(&object(), 0, condition, "2024-01-20T10:00:00Z");
        check_from(&object(), 0, json!({"age": 0, "isLive": false}), NEVER);
    }

    fn bucket(rules: &[(&str, &str, i32)]) -> Value {
        let rule = |(kind, class, age): &(&str, &str, i32)| json!({"action": {"type": kind, "storageClass": class}, "condition": {"age": age}});
        json!({"lifecycle": {"rule": rules.iter().map(rule).collect::<Vec<_>>()}})
    }

    fn check_chosen(rules: &[(&str, &str, i32)], class: &str, kept: Option<&str>, want: Option<Action>) {
        let now = moment::parse("2024-01-20T10:00:00Z").unwrap();
        let object = with("storageClass", class);
        let kept = kept.map(|it| moment::parse(it).unwrap());
        let actions = actions(&bucket(rules), Version { object: &object, newer: 0 }, kept);
        assert_eq!(chosen(&actions, now), want.as_ref(), "{rules:?} of {class}");
    }

    #[test]
    fn deleting_comes_first_and_then_the_cheapest_class() {
        let free = Some(ALWAYS);
        let class = |it: &str| Some(Action::SetStorageClass(it.to_owned()));
        let set = "SetStorageClass";
        let both = [(set, "ARCHIVE", 1), (set, "NEARLINE", 2)];
        check_chosen(&both, "STANDARD", free, class("ARCHIVE"));
        check_chosen(&[(set, "ARCHIVE", 11), (set, "NEARLINE", 2)], "STANDARD", free, class("NEARLINE"));
        let all = [(set, "ARCHIVE", 1), ("Delete", "", 2)];
        check_chosen(&all, "STANDARD", free, Some(Action::Delete));
        check_chosen(&all, "STANDARD", None, class("ARCHIVE"));
        check_chosen(&all, "STANDARD", Some("2024-01-21T00:00:00Z"), class("ARCHIVE"));
        check_chosen(&all, "ARCHIVE", Some("2024-01-20T00:00:00Z"), Some(Action::Delete));
    }

    #[test]
    fn classes_change_only_to_colder_ones() {
        for (from, to, moves) in [
            ("STANDARD", "NEARLINE", true),
            ("MULTI_REGIONAL", "COLDLINE", true),
            ("REGIONAL", "STANDARD", false),
            ("DURABLE_REDUCED_AVAILABILITY", "STANDARD", true),
            ("NEARLINE", "COLDLINE", true),
            ("NEARLINE", "STANDARD", false),
            ("COLDLINE", "NEARLINE", false),
            ("ARCHIVE", "COLDLINE", false),
            ("ARCHIVE", "ARCHIVE", false),
        ] {
            assert_eq!(is_colder(from, to), moves, "{from} to {to}");
        }
    }

    #[test]
    fn refused_rules() {
        let refusal = |action: Value, condition: Value| {
            check(&json!({"lifecycle": {"rule": [{"action": action, "condition": condition}]}}))
                .unwrap_err()
                .message
        };
        let delete = json!({"type": "Delete"});
        assert!(refusal(json!({"type": "Burn"}), json!({"age": 1})).contains("Burn"));
        assert!(refusal(delete.clone(), json!({})).contains("at least one condition"));
        assert!(refusal(delete.clone(), json!({"age": -1})).contains("age"));
        assert!(refusal(delete, json!({"matchesPattern": "a.*"})).contains("matchesPattern"));
        assert!(refusal(json!({"type": "SetStorageClass"}), json!({"age": 1})).contains("storage class"));
        let abort = json!({"type": "AbortIncompleteMultipartUpload"});
        assert!(refusal(abort, json!({"isLive": true})).contains("isLive"));
    }
}
