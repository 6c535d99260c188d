//! What is deleted is kept for a while, and can be restored.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod storage;

use client::{cloud, raw, send, send_as};
use local::Running;
use serde_json::{Value, json};
use storage::{STORAGE, bucket, names, ok, put, seen, settle, soft_deleted, tick, upload};

/// Makes a request that must be refused.
async fn refused(cloud: &Running, method: &str, url: &str, status: u16, words: &str) {
    let answer = send(cloud, method, url, Value::Null).await;
    assert_eq!(answer.status, status, "{method} {url}: {}", answer.message());
    assert!(answer.message().contains(words), "{}", answer.message());
}

fn generation(object: &Value) -> &str {
    object["generation"].as_str().unwrap()
}

async fn content(cloud: &Running, bucket: &str, name: &str) -> Vec<u8> {
    let answer =
        raw(cloud, "GET", &format!("{STORAGE}/b/{bucket}/o/{name}?alt=media"), &[], b"").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.message());
    answer.body
}

#[tokio::test]
async fn a_deleted_object_is_kept_for_a_week_and_restored() {
    let cloud = cloud().await;
    bucket(&cloud, "b-1", json!({})).await;
    let made = upload(&cloud, "b-1", "a", b"one").await;
    put(&cloud, "b-1", "a", json!({"metadata": {"k": "v"}, "customTime": "2024-01-01T00:00:00Z"})).await;
    let at = format!("{STORAGE}/b/b-1/o/a");
    ok(&cloud, "DELETE", &at, Value::Null).await;
    refused(&cloud, "GET", &at, 404, "No such object").await;
    assert_eq!(names(&cloud, "b-1", "versions=true").await, [""; 0]);
    let kept = seen(&cloud, "b-1", "softDeleted=true").await;
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!((generation(kept), &kept["metadata"]["k"]), (generation(&made), &json!("v")));
    let (deleted, gone) =
        (kept["softDeleteTime"].as_str().unwrap(), kept["hardDeleteTime"].as_str().unwrap());
    assert_eq!(deleted[10..], gone[10..], "not a whole number of days");
    let this = format!("{at}?softDeleted=true&generation={}", generation(&made));
    assert_eq!(&ok(&cloud, "GET", &this, Value::Null).await, kept);
    refused(&cloud, "GET", &format!("{this}&alt=media"), 400, "cannot be read").await;
    refused(&cloud, "GET", &format!("{at}?softDeleted=true"), 400, "generation").await;
    refused(&cloud, "GET", &format!("{at}?softDeleted=true&generation=1"), 404, "No such object").await;
    refused(&cloud, "GET", &format!("{at}?generation={}", generation(&made)), 404, "No such object").await;
    refused(&cloud, "DELETE", &format!("{at}?generation={}", generation(&made)), 404, "No such object").await;
    refused(&cloud, "GET", &format!("{STORAGE}/b/b-1/o?softDeleted=true&versions=true"), 400, "both").await;

    refused(&cloud, "POST", &format!("{at}/restore"), 400, "generation").await;
    refused(&cloud, "POST", &format!("{at}/restore?generation=1"), 404, "No such object").await;
    let restore = format!("{at}/restore?generation={}", generation(&made));
    let restored = ok(&cloud, "POST", &format!("{restore}&ifGenerationMatch=0"), Value::Null).await;
    assert_ne!(generation(&restored), generation(&made));
    assert_eq!((&restored["metageneration"], &restored["metadata"]["k"]), (&json!("1"), &json!("v")));
    assert_eq!(
        (&restored["contentType"], &restored["customTime"]),
        (&kept["contentType"], &kept["customTime"])
    );
    assert!(restored.get("softDeleteTime").is_none() && restored.get("hardDeleteTime").is_none());
    assert_eq!(content(&cloud, "b-1", "a").await, b"one");
    refused(&cloud, "POST", &format!("{restore}&ifGenerationMatch=0"), 412, "pre-conditions").await;
    // What was restored is a copy: the deleted version stays until its time is over.
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["a"]);
    tick(&cloud, "167h").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["a"]);
    tick(&cloud, "1h").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, [""; 0]);
    refused(&cloud, "POST", &restore, 404, "No such object").await;
    assert_eq!(content(&cloud, "b-1", "a").await, b"one");
}

#[tokio::test]
async fn overwritten_and_noncurrent_versions_are_kept_too() {
    let cloud = cloud().await;
    bucket(&cloud, "plain", json!({})).await;
    let first = upload(&cloud, "plain", "a", b"one").await;
    upload(&cloud, "plain", "a", b"two").await;
    assert_eq!(soft_deleted(&cloud, "plain").await, ["a"]);
    ok(
        &cloud,
        "POST",
        &format!("{STORAGE}/b/plain/o/a/restore?generation={}", generation(&first)),
        Value::Null,
    )
    .await;
    assert_eq!(content(&cloud, "plain", "a").await, b"one");
    // The live one that the restored one replaced is now among them.
    assert_eq!(soft_deleted(&cloud, "plain").await, ["a", "a"]);
    assert_eq!(names(&cloud, "plain", "softDeleted=true&prefix=b").await, [""; 0]);

    bucket(&cloud, "versions", json!({"versioning": {"enabled": true}})).await;
    let first = upload(&cloud, "versions", "a", b"one").await;
    upload(&cloud, "versions", "a", b"two").await;
    assert_eq!(soft_deleted(&cloud, "versions").await, [""; 0]);
    let at = format!("{STORAGE}/b/versions/o/a");
    ok(&cloud, "DELETE", &at, Value::Null).await;
    assert_eq!(soft_deleted(&cloud, "versions").await, [""; 0]);
    ok(&cloud, "DELETE", &format!("{at}?generation={}", generation(&first)), Value::Null).await;
    assert_eq!(soft_deleted(&cloud, "versions").await, ["a"]);
    assert_eq!(names(&cloud, "versions", "versions=true").await, ["a"]);
}

#[tokio::test]
async fn the_policy_of_the_moment_says_for_how_long() {
    let cloud = cloud().await;
    let policy = |seconds: &str| json!({"softDeletePolicy": {"retentionDurationSeconds": seconds}});
    bucket(&cloud, "b-1", policy("0")).await;
    let at = format!("{STORAGE}/b/b-1");
    upload(&cloud, "b-1", "never", b"1").await;
    ok(&cloud, "DELETE", &format!("{at}/o/never"), Value::Null).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, [""; 0]);
    ok(&cloud, "PATCH", &at, policy("864000")).await;
    upload(&cloud, "b-1", "long", b"1").await;
    ok(&cloud, "DELETE", &format!("{at}/o/long"), Value::Null).await;
    // What was deleted before keeps the time it was given.
    ok(&cloud, "PATCH", &at, policy("0")).await;
    tick(&cloud, "9d").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["long"]);
    let mut paused = policy("604800");
    paused["softDeletePolicy"]["hardDeletePause"] = json!({"enabled": true});
    ok(&cloud, "PATCH", &at, paused).await;
    tick(&cloud, "2d").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, ["long"]);
    ok(&cloud, "PATCH", &at, json!({"softDeletePolicy": {"hardDeletePause": null}})).await;
    tick(&cloud, "1m").await;
    settle(&cloud).await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, [""; 0]);
}

#[tokio::test]
async fn a_deleted_bucket_is_kept_with_its_policy_and_deleted_objects() {
    let cloud = cloud().await;
    let buckets = format!("{STORAGE}/b?project=p-1");
    let at = format!("{STORAGE}/b/b-1");
    let made = bucket(&cloud, "b-1", json!({"labels": {"l": "v"}})).await;
    let policy =
        json!({"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:ann@example.com"]}]});
    ok(&cloud, "PUT", &format!("{at}/iam"), policy).await;
    let object = upload(&cloud, "b-1", "a", b"one").await;
    ok(&cloud, "DELETE", &format!("{at}/o/a"), Value::Null).await;
    ok(&cloud, "DELETE", &at, Value::Null).await;
    refused(&cloud, "GET", &at, 404, "does not exist").await;
    assert_eq!(ok(&cloud, "GET", &buckets, Value::Null).await.get("items"), None);
    let listed = ok(&cloud, "GET", &format!("{buckets}&softDeleted=true"), Value::Null).await;
    let [kept] = &listed["items"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert!(kept["softDeleteTime"].is_string() && kept["hardDeleteTime"].is_string());
    assert_eq!((&kept["labels"], generation(kept)), (&made["labels"], generation(&made)));
    let this = format!("{at}?softDeleted=true&generation={}", generation(&made));
    assert_eq!(&ok(&cloud, "GET", &this, Value::Null).await, kept);
    refused(&cloud, "GET", &format!("{at}?softDeleted=true"), 400, "generation").await;

    // Another bucket of the same name stands in the way, and has nothing of the first.
    bucket(&cloud, "b-1", json!({})).await;
    let restore = format!("{at}/restore?generation={}", generation(&made));
    refused(&cloud, "POST", &restore, 409, "live bucket").await;
    assert_eq!(soft_deleted(&cloud, "b-1").await, [""; 0]);
    ok(&cloud, "DELETE", &at, Value::Null).await;

    let may = "local.ann@example.com";
    assert_eq!(send_as(&cloud, may, "POST", &restore, Value::Null).await.status, 403);
    let admin = json!({"policy": {"bindings": [{"role": "roles/storage.admin", "members": ["user:ann@example.com"]}]}});
    ok(&cloud, "POST", "https://cloudresourcemanager.googleapis.com/v3/projects/p-1:setIamPolicy", admin)
        .await;
    let answer = send_as(&cloud, may, "POST", &restore, Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.message());
    let restored = answer.json();
    assert_eq!((&restored["labels"], restored.get("softDeleteTime")), (&made["labels"], None));
    let policy = ok(&cloud, "GET", &format!("{at}/iam"), Value::Null).await;
    assert_eq!(policy["bindings"][0]["role"], "roles/storage.objectViewer");
    assert_eq!(names(&cloud, "b-1", "versions=true").await, [""; 0]);
    let object = format!("{at}/o/a/restore?generation={}", generation(&object));
    ok(&cloud, "POST", &object, Value::Null).await;
    assert_eq!(content(&cloud, "b-1", "a").await, b"one");
}

#[tokio::test]
async fn a_deleted_bucket_goes_for_good() {
    let cloud = cloud().await;
    let kept = async || {
        let listed =
            ok(&cloud, "GET", &format!("{STORAGE}/b?project=p-1&softDeleted=true"), Value::Null).await;
        listed["items"].as_array().map_or(0, Vec::len)
    };
    let made = bucket(&cloud, "b-1", json!({})).await;
    ok(&cloud, "DELETE", &format!("{STORAGE}/b/b-1"), Value::Null).await;
    tick(&cloud, "6d").await;
    settle(&cloud).await;
    assert_eq!(kept().await, 1);
    tick(&cloud, "1d").await;
    settle(&cloud).await;
    assert_eq!(kept().await, 0);
    let restore = format!("{STORAGE}/b/b-1/restore?generation={}", generation(&made));
    refused(&cloud, "POST", &restore, 404, "does not exist").await;
    // One that keeps nothing goes at once, and what it had kept before with it.
    bucket(&cloud, "b-2", json!({})).await;
    upload(&cloud, "b-2", "a", b"1").await;
    ok(&cloud, "DELETE", &format!("{STORAGE}/b/b-2/o/a"), Value::Null).await;
    let off = json!({"softDeletePolicy": {"retentionDurationSeconds": "0"}});
    ok(&cloud, "PATCH", &format!("{STORAGE}/b/b-2"), off).await;
    ok(&cloud, "DELETE", &format!("{STORAGE}/b/b-2"), Value::Null).await;
    assert_eq!(kept().await, 0);
    let state = ok(&cloud, "GET", "http://localhost/_local/state", Value::Null).await;
    assert_eq!(state["counts"].get("storage/deleted"), None);
}

#[tokio::test]
async fn restoring_asks_for_a_permission_of_its_own() {
    let cloud = cloud().await;
    bucket(&cloud, "b-1", json!({})).await;
    let object = upload(&cloud, "b-1", "a", b"1").await;
    ok(&cloud, "DELETE", &format!("{STORAGE}/b/b-1/o/a"), Value::Null).await;
    let restore = format!("{STORAGE}/b/b-1/o/a/restore?generation={}", generation(&object));
    for (role, status) in [("roles/storage.objectCreator", 403), ("roles/storage.objectAdmin", 200)] {
        let policy = json!({"bindings": [{"role": role, "members": ["user:ann@example.com"]}]});
        ok(&cloud, "PUT", &format!("{STORAGE}/b/b-1/iam"), policy).await;
        let answer = send_as(&cloud, "local.ann@example.com", "POST", &restore, Value::Null).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.message());
    }
}
