//! Buckets and objects for tests of Cloud Storage.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::time::{Duration, Instant};

use local::Running;
use serde_json::{Value, json};

use crate::client::{Answer, raw, send};

pub const STORAGE: &str = "https://storage.googleapis.com/storage/v1";

/// Sends a request that must succeed.
pub async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let answer = send(cloud, method, url, body).await;
    assert!(answer.status < 300, "{method} {url}: {} {}", answer.status, answer.message());
    answer.json()
}

/// Makes a bucket of such settings.
pub async fn bucket(cloud: &Running, name: &str, mut settings: Value) -> Value {
    settings["name"] = json!(name);
    ok(cloud, "POST", &format!("{STORAGE}/b?project=p-1"), settings).await
}

/// A lifecycle rule.
pub fn rule(action: &str, condition: Value) -> Value {
    json!({"action": {"type": action}, "condition": condition})
}

pub async fn send_content(cloud: &Running, bucket: &str, name: &str, content: &[u8]) -> Answer {
    let url =
        format!("https://storage.googleapis.com/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}");
    raw(cloud, "POST", &url, &[("Content-Type", "text/plain")], content).await.unwrap()
}

/// Uploads an object; answers its metadata.
pub async fn upload(cloud: &Running, bucket: &str, name: &str, content: &[u8]) -> Value {
    let answer = send_content(cloud, bucket, name, content).await;
    assert_eq!(answer.status, 200, "{bucket}/{name}: {}", answer.message());
    answer.json()
}

/// Changes an object's metadata.
pub async fn put(cloud: &Running, bucket: &str, name: &str, changes: Value) {
    ok(cloud, "PATCH", &format!("{STORAGE}/b/{bucket}/o/{name}"), changes).await;
}

/// The objects of a bucket, as a query lists them.
pub async fn seen(cloud: &Running, bucket: &str, query: &str) -> Vec<Value> {
    let listed = ok(cloud, "GET", &format!("{STORAGE}/b/{bucket}/o?{query}"), Value::Null).await;
    listed["items"].as_array().cloned().unwrap_or_default()
}

/// Their names.
pub async fn names(cloud: &Running, bucket: &str, query: &str) -> Vec<String> {
    seen(cloud, bucket, query).await.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

/// The names of the soft-deleted objects of a bucket.
pub async fn soft_deleted(cloud: &Running, bucket: &str) -> Vec<String> {
    names(cloud, bucket, "softDeleted=true").await
}

/// Moves the time of the cloud; says what it is now.
pub async fn tick(cloud: &Running, by: &str) -> String {
    let url = format!("http://localhost/_local/tick?by={by}");
    ok(cloud, "POST", &url, Value::Null).await["now"].as_str().unwrap().to_owned()
}

/// Waits until everything is done that is due now: what comes due last, an object of its own, has gone.
pub async fn settle(cloud: &Running) {
    let lifecycle = json!({"rule": [rule("Delete", json!({"age": 0}))]});
    let at_once = json!({"retentionDurationSeconds": "0"});
    let made = json!({"name": "last-of-all", "lifecycle": lifecycle, "softDeletePolicy": at_once});
    // It is there from the second time on.
    send(cloud, "POST", &format!("{STORAGE}/b?project=p-1"), made).await;
    // Twice, for what is done may make something else due.
    for _ in 0..2 {
        upload(cloud, "last-of-all", "last", b"").await;
        has(cloud, "last-of-all", "", &[]).await;
    }
}

/// Waits until a list has these names.
pub async fn has(cloud: &Running, bucket: &str, query: &str, want: &[&str]) {
    let begun = Instant::now();
    loop {
        let found = names(cloud, bucket, query).await;
        if found == want {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{bucket} has {found:?} and not {want:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
