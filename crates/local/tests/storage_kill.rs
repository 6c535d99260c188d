//! A kill in the middle of what rules do loses no object and does nothing twice.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod killed;

use std::time::{Duration, Instant};

use killed::serve;
use serde_json::{Value, json};

const OBJECTS: usize = 400;

/// Not a test: the cloud that is killed. Unless it is asked to be one, it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    killed::serve_if_asked(|_| {}).await;
}

async fn json_of(sent: reqwest::RequestBuilder) -> Value {
    let answer = sent.send().await.unwrap();
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

/// Makes a bucket of this name, whose objects are archived and a day later soft-deleted, and fills it.
async fn fill(client: &reqwest::Client, address: &str, bucket: &str) {
    let rule = json!({"action": {"type": "Delete"}, "condition": {"age": 1}});
    let settings = json!({"name": bucket, "versioning": {"enabled": true}, "lifecycle": {"rule": [rule]}});
    let buckets = format!("http://{address}/storage/v1/b?project=p-1");
    json_of(client.post(buckets).body(settings.to_string())).await;
    let url = format!("http://{address}/upload/storage/v1/b/{bucket}/o?uploadType=media&name=");
    // What is the first to be due.
    json_of(client.post(format!("{url}first")).body("1")).await;
    let uploads = (0..4).map(|part| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            for place in (part..OBJECTS - 1).step_by(4) {
                json_of(client.post(format!("{url}{place}")).body("1")).await;
            }
        })
    });
    for upload in uploads.collect::<Vec<_>>() {
        upload.await.unwrap();
    }
}

#[tokio::test]
async fn rules_go_on_after_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut server, mut address) = serve(folder.path()).await;
    let count = async |address: &str, bucket: &str, query: &str| {
        let url = format!("http://{address}/storage/v1/b/{bucket}/o?{query}");
        json_of(client.get(url)).await["items"].as_array().map_or(0, Vec::len)
    };
    for bucket in ["b-1", "b-2", "b-3"] {
        fill(&client, &address, bucket).await;
        json_of(client.post(format!("http://{address}/_local/tick?by=1d"))).await;
        let first = format!("http://{address}/storage/v1/b/{bucket}/o/first");
        let begun = Instant::now();
        while client.get(&first).send().await.unwrap().status() == 200 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the rule is not carried out");
        }
        // The first objects have gone; hundreds are still to go.
        drop(server);
        (server, address) = serve(folder.path()).await;
        let begun = Instant::now();
        while count(&address, bucket, "versions=true").await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the rule is not carried out any more");
        }
        assert_eq!(count(&address, bucket, "softDeleted=true").await, OBJECTS);
    }
    drop(server);
}
