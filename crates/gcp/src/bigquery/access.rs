//! A dataset's access list, read and written like a policy: one entry for one role of one member.

use serde_json::{Map, Value, json};

use crate::iam::Membership;

/// Roles that BigQuery gives back under their old names.
pub(crate) const OLD_ROLES: &[(&str, &str)] = &[
    ("roles/bigquery.dataOwner", "OWNER"),
    ("roles/bigquery.dataEditor", "WRITER"),
    ("roles/bigquery.dataViewer", "READER"),
];

/// Whether the member has the role.
pub(crate) fn holds(dataset: &Value, it: &Membership) -> bool {
    entries(dataset).iter().any(|entry| is_entry(entry, it))
}

/// Adds the member's entry, and leaves every other one.
pub(crate) fn add(dataset: &mut Value, it: &Membership) {
    if holds(dataset, it) {
        return;
    }
    let (field, name) = principal(&it.member);
    let mut entry = json!({ "role": it.role, field: name });
    if let Some(condition) = &it.condition {
        entry["condition"] = condition.clone();
    }
    let mut all = entries(dataset).to_vec();
    all.push(entry);
    put(dataset, all);
}

/// Removes the member's entry, also where its account is deleted, and leaves every other one.
pub(crate) fn remove(dataset: &mut Value, it: &Membership) {
    let goes = |entry: &Value| is_entry(entry, it) || is_dead(entry, it);
    if entries(dataset).iter().any(goes) {
        let rest = entries(dataset).iter().filter(|entry| !goes(entry)).cloned().collect();
        put(dataset, rest);
    }
}

/// Whether this is what is left of the member's entry after its account was deleted.
fn is_dead(entry: &Value, it: &Membership) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let dead = text("userByEmail").or_else(|| text("iamMember")).and_then(|it| it.strip_prefix("deleted:"));
    let former = dead.and_then(|it| it.split_once("?uid=")).map(|(member, _)| member);
    former.is_some_and(|member| principal(member) == principal(&it.member))
        && text("role").is_some_and(|role| old(role) == old(&it.role))
}

/// The list as BigQuery takes it back: it refuses accounts that are deleted, and those may do nothing.
pub(crate) fn writable(dataset: &Value) -> Vec<Value> {
    let deleted = |it: &Value| it["userByEmail"].as_str().is_some_and(|it| it.starts_with("deleted:"));
    entries(dataset).iter().filter(|it| !deleted(it)).cloned().collect()
}

fn entries(dataset: &Value) -> &[Value] {
    dataset.get("access").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn put(dataset: &mut Value, entries: Vec<Value>) {
    if !dataset.is_object() {
        *dataset = Value::Object(Map::new());
    }
    dataset["access"] = Value::Array(entries);
}

fn is_entry(entry: &Value, it: &Membership) -> bool {
    let role = entry.get("role").and_then(Value::as_str);
    role.is_some_and(|role| old(role) == old(&it.role))
        && principal_of(entry) == Some(principal(&it.member))
        && entry.get("condition").filter(|it| !it.is_null()) == it.condition.as_ref()
}

fn old(role: &str) -> &str {
    OLD_ROLES.iter().find(|(new, _)| *new == role).map_or(role, |(_, old)| old)
}

/// The field that names a member in an entry, and what it holds.
fn principal(member: &str) -> (&'static str, String) {
    if ["projectOwners", "projectReaders", "projectWriters", "allAuthenticatedUsers"].contains(&member) {
        return ("specialGroup", member.to_owned());
    }
    match member.split_once(':') {
        Some(("user" | "serviceAccount", address)) => ("userByEmail", address.to_lowercase()),
        Some(("group", address)) => ("groupByEmail", address.to_lowercase()),
        Some(("domain", name)) => ("domain", name.to_lowercase()),
        _ => ("iamMember", member.to_owned()),
    }
}

fn principal_of(entry: &Value) -> Option<(&'static str, String)> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if let Some(member) = text("iamMember") {
        return Some(principal(member));
    }
    if let Some(group) = text("specialGroup") {
        return Some(("specialGroup", group.to_owned()));
    }
    ["userByEmail", "groupByEmail", "domain"].into_iter().find_map(|it| Some((it, text(it)?.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(member: &str) -> Membership {
        Membership {
            role: "roles/bigquery.dataViewer".to_owned(),
            member: member.to_owned(),
            condition: None,
        }
    }

    #[test]
    fn an_entry_is_known_again_as_bigquery_gives_it_back() {
        let dataset = json!({ "access": [
            { "role": "READER", "userByEmail": "api@p.iam.gserviceaccount.com" },
            { "role": "READER", "iamMember": "allUsers" },
        ]});
        assert!(holds(&dataset, &reader("serviceAccount:API@p.iam.gserviceaccount.com")));
        assert!(holds(&dataset, &reader("allUsers")));
        assert!(!holds(&dataset, &reader("group:api@p.iam.gserviceaccount.com")));
    }

    #[test]
    fn entries_of_others_stay() {
        let view = json!({ "view": { "projectId": "p", "datasetId": "d", "tableId": "v" } });
        let mut dataset =
            json!({ "etag": "e", "access": [view, { "role": "OWNER", "specialGroup": "projectOwners" }] });
        let before = dataset.clone();
        add(&mut dataset, &reader("user:me@example.com"));
        assert_eq!(
            dataset["access"][2],
            json!({ "role": "roles/bigquery.dataViewer", "userByEmail": "me@example.com" })
        );
        remove(&mut dataset, &reader("user:me@example.com"));
        assert_eq!(dataset, before);
    }

    #[test]
    fn deleted_accounts_are_not_written_back() {
        let dataset =
            json!({ "access": [{ "role": "READER", "userByEmail": "deleted:serviceAccount:a@b?uid=1" }] });
        assert!(writable(&dataset).is_empty());
        let mut dataset = dataset;
        remove(&mut dataset, &reader("serviceAccount:other@b"));
        assert_eq!(entries(&dataset).len(), 1);
        remove(&mut dataset, &reader("serviceAccount:a@b"));
        assert_eq!(dataset["access"], json!([]));
    }
}
