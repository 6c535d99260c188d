//! Where Pub/Sub brings messages by itself: endpoints and buckets; and what it says over gRPC.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{cloud, send, with};
use local::Running;
use prost::Message;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PUBSUB: &str = "https://pubsub.googleapis.com/v1/projects/p-1";
const STORAGE: &str = "https://storage.googleapis.com/storage/v1";

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {got:?} {}", got.message());
    got.json()
}

async fn tick(cloud: &Running, by: &str) {
    ok(cloud, "POST", &format!("http://localhost/_local/tick?by={by}"), Value::Null).await;
}

async fn make(cloud: &Running, sub: &str, mut more: Value) {
    let topic = format!("{PUBSUB}/topics/topic-1");
    if send(cloud, "GET", &topic, Value::Null).await.status == 404 {
        ok(cloud, "PUT", &topic, json!({})).await;
    }
    more["topic"] = json!("projects/p-1/topics/topic-1");
    ok(cloud, "PUT", &format!("{PUBSUB}/subscriptions/{sub}"), more).await;
}

async fn publish(cloud: &Running, texts: &[&str]) {
    use base64::Engine;
    let data = |it: &&str| base64::engine::general_purpose::STANDARD.encode(it);
    let messages: Vec<Value> =
        texts.iter().map(|it| json!({"data": data(it), "attributes": {"key": "value"}})).collect();
    ok(cloud, "POST", &format!("{PUBSUB}/topics/topic-1:publish"), json!({ "messages": messages })).await;
}

/// Waits until something holds, for at most some seconds.
async fn eventually(mut holds: impl FnMut() -> bool) {
    for _ in 0..100 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to be");
}

/// An endpoint that answers with these statuses in turn, the last one for ever, and remembers requests.
async fn endpoint(statuses: &'static [u16]) -> (String, Arc<Mutex<Vec<(String, String)>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let (head, body) = loop {
                let mut part = [0; 4096];
                let count = stream.read(&mut part).await.unwrap();
                bytes.extend_from_slice(&part[..count]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let head = head.to_ascii_lowercase();
                    let length = head.split("content-length: ").nth(1).unwrap_or("0");
                    if body.len() >= length.lines().next().unwrap().parse::<usize>().unwrap() {
                        break (head, body.to_owned());
                    }
                }
            };
            let status = {
                let mut requests = requests.lock().unwrap();
                requests.push((head, body));
                statuses[(requests.len() - 1).min(statuses.len() - 1)]
            };
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}

#[tokio::test]
async fn a_push_is_repeated_until_the_endpoint_takes_it() {
    let cloud = cloud().await;
    let (url, seen) = endpoint(&[500, 503, 204]).await;
    let push = json!({"pushConfig": {"pushEndpoint": url,
        "oidcToken": {"serviceAccountEmail": "pusher@example.iam.gserviceaccount.com", "audience": "me"}}});
    make(&cloud, "sub-1", push).await;
    publish(&cloud, &["hello"]).await;
    eventually(|| seen.lock().unwrap().len() >= 3).await;
    tick(&cloud, "1h").await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    let body: Value = serde_json::from_str(&seen[2].1).unwrap();
    assert_eq!(body["subscription"], "projects/p-1/subscriptions/sub-1");
    assert_eq!(
        (&body["message"]["data"], &body["message"]["attributes"]["key"]),
        (&json!("aGVsbG8="), &json!("value"))
    );
    assert_eq!(body["message"]["messageId"], body["message"]["message_id"]);
    assert!(
        seen[0].0.contains("authorization: bearer ") && seen[0].0.contains("content-type: application/json")
    );
}

#[tokio::test]
async fn an_unwrapped_push_is_the_data_alone() {
    let cloud = cloud().await;
    let (url, seen) = endpoint(&[200]).await;
    let push = json!({"pushConfig": {"pushEndpoint": url, "noWrapper": {"writeMetadata": true}}});
    make(&cloud, "sub-1", push).await;
    publish(&cloud, &["hello"]).await;
    eventually(|| !seen.lock().unwrap().is_empty()).await;
    let (head, body) = seen.lock().unwrap()[0].clone();
    assert_eq!(body, "hello");
    assert!(head.contains("x-goog-pubsub-key: value"), "{head}");
    assert!(head.contains("x-goog-pubsub-subscription-name: projects/p-1/subscriptions/sub-1"), "{head}");
}

async fn bucket(cloud: &Running) {
    ok(cloud, "POST", &format!("{STORAGE}/b?project=p-1"), json!({"name": "bucket-1"})).await;
    grant(cloud, &["roles/storage.objectCreator", "roles/storage.legacyBucketReader"]).await;
}

/// Gives Pub/Sub's agent just these roles on the bucket.
async fn grant(cloud: &Running, roles: &[&str]) {
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let number = ok(cloud, "GET", project, Value::Null).await["projectNumber"].as_str().unwrap().to_owned();
    let agent = format!("serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com");
    let bindings: Vec<Value> = roles.iter().map(|it| json!({"role": it, "members": [agent]})).collect();
    ok(cloud, "PUT", &format!("{STORAGE}/b/bucket-1/iam"), json!({ "bindings": bindings })).await;
}

async fn files(cloud: &Running) -> Vec<String> {
    let listed = ok(cloud, "GET", &format!("{STORAGE}/b/bucket-1/o"), Value::Null).await;
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

async fn some_files(cloud: &Running, count: usize) -> Vec<String> {
    for _ in 0..100 {
        let found = files(cloud).await;
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} files never came: {:?}", files(cloud).await);
}

async fn content(cloud: &Running, name: &str) -> Vec<u8> {
    let name = name.replace(':', "%3A").replace('+', "%2B").replace('/', "%2F");
    send(cloud, "GET", &format!("{STORAGE}/b/bucket-1/o/{name}?alt=media"), Value::Null).await.body
}

async fn contents(cloud: &Running) -> Vec<String> {
    let mut all = Vec::new();
    for name in files(cloud).await {
        all.push(String::from_utf8(content(cloud, &name).await).unwrap());
    }
    all
}

#[tokio::test]
async fn files_are_written_when_they_were_open_long_enough_or_are_full() {
    let cloud = cloud().await;
    bucket(&cloud).await;
    let config = json!({"bucket": "bucket-1", "filenamePrefix": "events-", "filenameSuffix": ".json",
        "maxDuration": "60s", "maxBytes": "1000"});
    make(&cloud, "sub-1", json!({ "cloudStorageConfig": config })).await;
    publish(&cloud, &["one", "two"]).await;
    tick(&cloud, "50s").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(files(&cloud).await.len(), 0);
    tick(&cloud, "11s").await;
    let found = some_files(&cloud, 1).await;
    assert!(found[0].starts_with("events-20") && found[0].ends_with(".json"), "{found:?}");
    assert_eq!(content(&cloud, &found[0]).await, b"one\ntwo");
    let long = "x".repeat(990);
    publish(&cloud, &["three", &long, "four"]).await;
    some_files(&cloud, 2).await;
    assert!(contents(&cloud).await.contains(&format!("three\n{long}")));
    tick(&cloud, "61s").await;
    some_files(&cloud, 3).await;
    assert!(contents(&cloud).await.contains(&"four".to_owned()));
    tick(&cloud, "5m").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(files(&cloud).await.len(), 3);
}

#[tokio::test]
async fn an_export_that_may_not_write_says_so_and_loses_nothing() {
    let cloud = cloud().await;
    bucket(&cloud).await;
    make(&cloud, "sub-1", json!({"cloudStorageConfig": {"bucket": "bucket-1", "maxDuration": "60s"}})).await;
    grant(&cloud, &["roles/storage.legacyBucketReader"]).await;
    publish(&cloud, &["one"]).await;
    tick(&cloud, "61s").await;
    let url = format!("{PUBSUB}/subscriptions/sub-1");
    let mut state = Value::Null;
    for _ in 0..60 {
        let sub = ok(&cloud, "GET", &url, Value::Null).await;
        state = json!([sub["state"], sub["cloudStorageConfig"]["state"]]);
        if state[0] == "RESOURCE_ERROR" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(state, json!(["RESOURCE_ERROR", "PERMISSION_DENIED"]));
    grant(&cloud, &["roles/storage.objectCreator", "roles/storage.legacyBucketReader"]).await;
    tick(&cloud, "5s").await;
    let found = some_files(&cloud, 1).await;
    assert_eq!(content(&cloud, &found[0]).await, b"one");
    let sub = ok(&cloud, "GET", &url, Value::Null).await;
    assert_eq!(json!([sub["state"], sub["cloudStorageConfig"]["state"]]), json!(["ACTIVE", "ACTIVE"]));
}

#[tokio::test]
async fn avro_files_say_their_schema() {
    let cloud = cloud().await;
    bucket(&cloud).await;
    let config = json!({"bucket": "bucket-1", "filenameDatetimeFormat": "YYYY-MM-DD/hh_mm_ssZ",
        "maxDuration": "60s", "avroConfig": {"writeMetadata": true}});
    make(&cloud, "sub-1", json!({ "cloudStorageConfig": config })).await;
    publish(&cloud, &["one"]).await;
    tick(&cloud, "61s").await;
    let found = some_files(&cloud, 1).await;
    let bytes = content(&cloud, &found[0]).await;
    assert_eq!(&bytes[..4], b"Obj\x01");
    let text = String::from_utf8_lossy(&bytes);
    for part in [
        "PubsubMessageWithMetadata",
        "timestamp-micros",
        "projects/p-1/subscriptions/sub-1",
        "value",
        "\x06one",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let bad = json!({"topic": "projects/p-1/topics/topic-1",
        "cloudStorageConfig": {"bucket": "bucket-1", "filenameDatetimeFormat": "YYYY"}});
    let refused = send(&cloud, "PUT", &format!("{PUBSUB}/subscriptions/bad"), bad).await;
    assert_eq!((refused.status, refused.message().contains("filename_datetime_format")), (400, true));
}

#[derive(Clone, PartialEq, Message)]
struct Published {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct PublishRequest {
    #[prost(string, tag = "1")]
    topic: String,
    #[prost(message, repeated, tag = "2")]
    messages: Vec<Published>,
}

#[derive(Clone, PartialEq, Message)]
struct PullRequest {
    #[prost(string, tag = "1")]
    subscription: String,
    #[prost(int32, tag = "3")]
    max_messages: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Received {
    #[prost(string, tag = "1")]
    ack_id: String,
    #[prost(message, optional, tag = "2")]
    message: Option<Published>,
}

#[derive(Clone, PartialEq, Message)]
struct PullResponse {
    #[prost(message, repeated, tag = "1")]
    received_messages: Vec<Received>,
}

/// A topic and its name's field, which are the same on the wire in what is asked here.
#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

/// Calls a method over HTTP/2 without TLS; the answer's messages, or its status and words.
async fn call(
    address: std::net::SocketAddr,
    method: &str,
    request: &impl Message,
) -> Result<Vec<u8>, (String, String)> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().unwrap();
    let message = request.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    let url = format!("http://{}/google.pubsub.v1.{method}", address);
    let request = client.post(url).header("content-type", "application/grpc").header("te", "trailers");
    let answer = request.body(frame).send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
    if let Some(status) = header("grpc-status").filter(|it| it != "0") {
        return Err((status, header("grpc-message").unwrap_or_default()));
    }
    Ok(answer.bytes().await.unwrap().get(5..).unwrap_or_default().to_vec())
}

#[tokio::test]
async fn grpc_does_what_rest_does_on_the_same_port() {
    let cloud = cloud().await;
    let topic = "projects/p-1/topics/topic-1".to_owned();
    call(cloud.address, "Publisher/CreateTopic", &Named { name: topic.clone() }).await.unwrap();
    let taken =
        call(cloud.address, "Publisher/CreateTopic", &Named { name: topic.clone() }).await.unwrap_err();
    assert_eq!(taken.0, "6");
    make(&cloud, "sub-1", json!({})).await;
    let messages = ["one", "two"].map(|it| Published { data: it.as_bytes().to_vec() }).to_vec();
    call(cloud.address, "Publisher/Publish", &PublishRequest { topic, messages }).await.unwrap();
    let subscription = "projects/p-1/subscriptions/sub-1".to_owned();
    let pull = PullRequest { subscription: subscription.clone(), max_messages: 10 };
    let got = call(cloud.address, "Subscriber/Pull", &pull).await.unwrap();
    let got = PullResponse::decode(got.as_slice()).unwrap().received_messages;
    let data: Vec<Vec<u8>> = got.iter().map(|it| it.message.clone().unwrap().data).collect();
    assert_eq!(data, [b"one", b"two"]);
    let url = format!("{PUBSUB}/subscriptions/sub-1:acknowledge");
    ok(&cloud, "POST", &url, json!({"ackIds": [got[0].ack_id, got[1].ack_id]})).await;
    let missing = Named { name: "projects/p-1/subscriptions/none".to_owned() };
    let (status, words) = call(cloud.address, "Subscriber/GetSubscription", &missing).await.unwrap_err();
    assert!(status == "5" && words.contains("none"), "{status} {words}");
    assert_eq!(call(cloud.address, "Publisher/Nonsense", &missing).await.unwrap_err().0, "12");
}

#[derive(Clone, PartialEq, Message)]
struct StreamingPullRequest {
    #[prost(string, tag = "1")]
    subscription: String,
    #[prost(int32, tag = "5")]
    stream_ack_deadline_seconds: i32,
}

#[tokio::test]
async fn an_open_stream_does_not_keep_the_cloud_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    for round in 0..3 {
        let cloud = with(|it| it.data = Some(path.clone())).await;
        if round == 0 {
            make(&cloud, "sub-1", json!({})).await;
        }
        let subscription = "projects/p-1/subscriptions/sub-1".to_owned();
        let request = StreamingPullRequest { subscription, stream_ack_deadline_seconds: 60 };
        let address = cloud.address;
        let open = tokio::spawn(async move { call(address, "Subscriber/StreamingPull", &request).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!open.is_finished(), "it ended");
        cloud.stop().await;
    }
}
