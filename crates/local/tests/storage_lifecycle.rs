//! Lifecycle rules are carried out by the clock of the cloud.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod storage;

use client::{cloud, send};
use serde_json::{Value, json};
use storage::{STORAGE, bucket, has, names, ok, put, rule, seen, settle, soft_deleted, tick, upload};

#[tokio::test]
async fn objects_go_at_their_age_and_not_before() {
    let cloud = cloud().await;
    bucket(&cloud, "b-1", json!({"lifecycle": {"rule": [rule("Delete", json!({"age": 30}))]}})).await;
    bucket(&cloud, "other", json!({})).await;
    upload(&cloud, "b-1", "a.json", b"1").await;
    upload(&cloud, "other", "a.json", b"1").await;
    tick(&cloud, "29d").await;
    upload(&cloud, "b-1", "later.json", b"2").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "b-1", "").await, ["a.json", "later.json"]);
    tick(&cloud, "1d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "b-1", "").await, ["later.json"]);
    assert_eq!(names(&cloud, "other", "").await, ["a.json"]);
    // A rule's deletion is one like others: the object can be restored.
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["a.json"]);
}

#[tokio::test]
async fn a_rule_that_is_set_later_concerns_what_is_there() {
    let cloud = cloud().await;
    bucket(&cloud, "b-1", json!({"versioning": {"enabled": true}})).await;
    // More than are looked at in one transaction, and many versions of one name.
    for place in 0..130 {
        upload(&cloud, "b-1", &format!("old-{place:03}"), b"1").await;
    }
    for _ in 0..110 {
        upload(&cloud, "b-1", "old-050-again", b"1").await;
    }
    tick(&cloud, "2d").await;
    upload(&cloud, "b-1", "young", b"1").await;
    let rules = json!({"lifecycle": {"rule": [rule("Delete", json!({"age": 1, "matchesPrefix": ["old"]}))]}});
    ok(&cloud, "PATCH", &format!("{STORAGE}/b/b-1"), rules).await;
    // Live ones became noncurrent, and as such met the rule again.
    has(&cloud, "b-1", "versions=true", &["young"]).await;
    // A rule that is taken back deletes nothing more.
    ok(&cloud, "PATCH", &format!("{STORAGE}/b/b-1"), json!({"lifecycle": {"rule": []}})).await;
    upload(&cloud, "b-1", "old-1", b"1").await;
    tick(&cloud, "9d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "b-1", "").await, ["old-1", "young"]);
}

#[tokio::test]
async fn versions_are_archived_and_then_thinned_out() {
    let cloud = cloud().await;
    let rules = [
        rule("Delete", json!({"age": 10, "isLive": true, "matchesPrefix": ["live"]})),
        rule("Delete", json!({"numNewerVersions": 2, "matchesPrefix": ["few"]})),
        rule("Delete", json!({"daysSinceNoncurrentTime": 3, "matchesPrefix": ["brief"]})),
    ];
    bucket(&cloud, "b-1", json!({"versioning": {"enabled": true}, "lifecycle": {"rule": rules}})).await;
    let kept = upload(&cloud, "b-1", "live", b"1").await;
    let mut few = Vec::new();
    for content in [b"1", b"2", b"3", b"4"] {
        few.push(upload(&cloud, "b-1", "few", content).await["generation"].clone());
    }
    let first = upload(&cloud, "b-1", "brief", b"1").await;
    upload(&cloud, "b-1", "brief", b"2").await;
    settle(&cloud).await;
    let versions = seen(&cloud, "b-1", "versions=true&prefix=few").await;
    let left: Vec<Value> = versions.iter().map(|it| it["generation"].clone()).collect();
    assert_eq!(left, few[2..], "not just the live one and the one before it were kept");
    assert_eq!(names(&cloud, "b-1", "versions=true&prefix=brief").await.len(), 2);
    tick(&cloud, "3d").await;
    settle(&cloud).await;
    let versions = seen(&cloud, "b-1", "versions=true&prefix=brief").await;
    assert_eq!(versions.len(), 1);
    assert_ne!(versions[0]["generation"], first["generation"]);
    tick(&cloud, "7d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "b-1", "prefix=live").await, [""; 0]);
    let versions = seen(&cloud, "b-1", "versions=true&prefix=live").await;
    assert_eq!(versions.len(), 1, "the live version was not archived");
    assert_eq!(versions[0]["generation"], kept["generation"]);
    assert!(versions[0]["timeDeleted"].is_string());
}

#[tokio::test]
async fn classes_get_colder_as_objects_get_older() {
    let cloud = cloud().await;
    let class = |class: &str, age: u32| json!({"action": {"type": "SetStorageClass", "storageClass": class}, "condition": {"age": age}});
    let rules = [class("NEARLINE", 10), class("ARCHIVE", 20), class("COLDLINE", 20), class("STANDARD", 25)];
    bucket(&cloud, "b-1", json!({"lifecycle": {"rule": rules}})).await;
    let made = upload(&cloud, "b-1", "a", b"1").await;
    put(&cloud, "b-1", "a", json!({"temporaryHold": true})).await;
    let mut changed = made["timeStorageClassUpdated"].clone();
    for (days, want, metageneration) in
        [("9d", "STANDARD", "2"), ("1d", "NEARLINE", "3"), ("10d", "ARCHIVE", "4"), ("9d", "ARCHIVE", "4")]
    {
        tick(&cloud, days).await;
        settle(&cloud).await;
        let object = ok(&cloud, "GET", &format!("{STORAGE}/b/b-1/o/a"), Value::Null).await;
        assert_eq!(
            (&object["storageClass"], &object["metageneration"]),
            (&json!(want), &json!(metageneration))
        );
        assert_eq!(object["generation"], made["generation"]);
        if days == "10d" || days == "1d" {
            assert_ne!(object["timeStorageClassUpdated"], changed);
            changed = object["timeStorageClassUpdated"].clone();
        }
        assert_eq!(object["timeStorageClassUpdated"], changed);
    }
}

#[tokio::test]
async fn holds_and_retention_keep_objects() {
    let cloud = cloud().await;
    let rules = json!({"rule": [rule("Delete", json!({"age": 1}))]});
    bucket(&cloud, "held", json!({"lifecycle": rules.clone()})).await;
    bucket(&cloud, "kept", json!({"lifecycle": rules, "retentionPolicy": {"retentionPeriod": "432000"}}))
        .await;
    for name in ["free", "temporary", "event", "dated"] {
        upload(&cloud, "held", name, b"1").await;
    }
    upload(&cloud, "kept", "free", b"1").await;
    put(&cloud, "held", "temporary", json!({"temporaryHold": true})).await;
    put(&cloud, "held", "event", json!({"eventBasedHold": true})).await;
    let now = tick(&cloud, "0s").await;
    let until = format!("{}-01-01T00:00:00Z", now[..4].parse::<u32>().unwrap() + 2);
    put(&cloud, "held", "dated", json!({"retention": {"mode": "Unlocked", "retainUntilTime": until}})).await;
    tick(&cloud, "4d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "held", "").await, ["dated", "event", "temporary"]);
    assert_eq!(names(&cloud, "kept", "").await, ["free"]);
    let refused = send(&cloud, "DELETE", &format!("{STORAGE}/b/held/o/dated"), Value::Null).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["errors"][0]["reason"]),
        (403, &json!("retentionPolicyNotMet"))
    );
    put(&cloud, "held", "event", json!({"eventBasedHold": false})).await;
    tick(&cloud, "1d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "held", "").await, ["dated", "temporary"]);
    assert_eq!(names(&cloud, "kept", "").await, [""; 0]);
    tick(&cloud, "1100d").await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "held", "").await, ["temporary"]);
}

#[tokio::test]
async fn retained_objects_are_not_overwritten_where_that_would_delete_them() {
    let cloud = cloud().await;
    let policy = json!({"retentionPeriod": "3600"});
    bucket(&cloud, "kept", json!({"retentionPolicy": policy.clone()})).await;
    bucket(&cloud, "versions", json!({"retentionPolicy": policy, "versioning": {"enabled": true}})).await;
    upload(&cloud, "kept", "a", b"1").await;
    let again = storage::send_content(&cloud, "kept", "a", b"2").await;
    assert_eq!(
        (again.status, &again.json()["error"]["errors"][0]["reason"]),
        (403, &json!("retentionPolicyNotMet"))
    );
    upload(&cloud, "versions", "a", b"1").await;
    upload(&cloud, "versions", "a", b"2").await;
    tick(&cloud, "1h").await;
    upload(&cloud, "kept", "a", b"2").await;
}

#[tokio::test]
async fn uploads_that_are_never_finished_are_given_up() {
    let cloud = cloud().await;
    let rules = [rule("AbortIncompleteMultipartUpload", json!({"age": 2, "matchesPrefix": ["part"]}))];
    bucket(&cloud, "b-1", json!({"lifecycle": {"rule": rules}})).await;
    let begin = |name: &str| {
        format!("https://storage.googleapis.com/upload/storage/v1/b/b-1/o?uploadType=resumable&name={name}")
    };
    let mut sessions = Vec::new();
    for name in ["part-1", "whole-1"] {
        let begun = client::raw(&cloud, "POST", &begin(name), &[], b"{}").await.unwrap();
        let at = begun.headers.lines().find_map(|it| it.strip_prefix("location: ")).unwrap().to_owned();
        let sent = client::raw(&cloud, "PUT", &at, &[("Content-Range", "bytes 0-1/*")], b"12").await.unwrap();
        assert_eq!(sent.status, 308);
        sessions.push(at);
    }
    let asked = async |at: &str| {
        client::raw(&cloud, "PUT", at, &[("Content-Range", "bytes */*")], b"").await.unwrap().status
    };
    tick(&cloud, "1d").await;
    settle(&cloud).await;
    assert_eq!((asked(&sessions[0]).await, asked(&sessions[1]).await), (308, 308));
    tick(&cloud, "1d").await;
    settle(&cloud).await;
    assert_eq!((asked(&sessions[0]).await, asked(&sessions[1]).await), (404, 308));
    // The rule is taken back, and then only a session's own end is left.
    ok(&cloud, "PATCH", &format!("{STORAGE}/b/b-1"), json!({"lifecycle": null})).await;
    tick(&cloud, "5d").await;
    settle(&cloud).await;
    assert_eq!(asked(&sessions[1]).await, 404);
}

#[tokio::test]
async fn what_is_due_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || client::with(|it| it.data = Some(folder.path().to_owned()));
    let cloud = start().await;
    bucket(&cloud, "b-1", json!({"lifecycle": {"rule": [rule("Delete", json!({"age": 30}))]}})).await;
    upload(&cloud, "b-1", "a", b"1").await;
    upload(&cloud, "b-1", "deleted", b"1").await;
    ok(&cloud, "DELETE", &format!("{STORAGE}/b/b-1/o/deleted"), Value::Null).await;
    cloud.stop().await;
    let cloud = start().await;
    tick(&cloud, "7d").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, [""; 0]);
    assert_eq!(names(&cloud, "b-1", "").await, ["a"]);
    tick(&cloud, "23d").await;
    cloud.stop().await;
    let cloud = start().await;
    settle(&cloud).await;
    assert_eq!(names(&cloud, "b-1", "").await, [""; 0]);
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["a"]);
    cloud.stop().await;
}

#[tokio::test]
async fn rules_that_are_not_understood_are_refused() {
    let cloud = cloud().await;
    let made =
        json!({"name": "b-1", "lifecycle": {"rule": [rule("Delete", json!({"matchesPattern": "a.*"}))]}});
    let refused = send(&cloud, "POST", &format!("{STORAGE}/b?project=p-1"), made).await;
    assert_eq!(refused.status, 501);
}
