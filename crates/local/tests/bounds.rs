//! What strangers send is bounded: bytes, time, connections, depth, walks over references.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod client;

use std::time::{Duration, Instant};

use client::{cloud, raw, send};
use local::Running;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends the head of a request that says how long its body is, and no body; the status of the answer.
async fn announce(cloud: &Running, method: &str, path: &str, length: u64) -> Option<u16> {
    let mut stream = TcpStream::connect(cloud.address).await.unwrap();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n", cloud.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.ok()?.ok()?;
    String::from_utf8_lossy(&answer[..read]).split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let cloud = cloud().await;
    let huge = 3 << 30;
    // Nothing is there: no byte of it is read.
    assert_eq!(announce(&cloud, "POST", "/nothing/here", huge).await, Some(404));
    assert_eq!(announce(&cloud, "POST", "/v1/projects/p-1/topics/t:publish", huge).await, Some(413));
    // Google's largest object has 5 TiB.
    let larger = (5 << 40) + 1;
    assert_eq!(announce(&cloud, "POST", "/upload/storage/v1/b/b/o?name=x", larger).await, Some(413));
    // One that does not say its length is read up to the bound.
    let mut stream = TcpStream::connect(cloud.address).await.unwrap();
    let head = format!(
        "POST /v1/projects/p-1/topics/t:publish HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        cloud.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let mut sent = 0;
    // The answer comes while it is being sent, and then the connection is closed.
    while sent < 64 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 64, "64 MiB were taken");
}

#[tokio::test]
async fn many_half_open_connections_do_not_keep_others_out() {
    let cloud = cloud().await;
    let mut silent = Vec::new();
    for i in 0..300 {
        let mut stream = TcpStream::connect(cloud.address).await.unwrap();
        // Some say nothing, some begin a request or HTTP/2 and go no further.
        let begun: &[u8] = [&b""[..], &b"GET / HTTP/1.1\r\nHost: loc"[..], &b"PRI * HT"[..]][i % 3];
        stream.write_all(begun).await.unwrap();
        silent.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(send(&cloud, "GET", "http://127.0.0.1/healthz", Value::Null).await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(2));
    drop(silent);
}

#[tokio::test]
async fn a_deep_filter_takes_nothing_down() {
    let cloud = cloud().await;
    for filter in ["(".repeat(20_000), "NOT%20".repeat(9_000) + "a%3Db", "(NOT%20".repeat(5_000)] {
        let url = format!("http://127.0.0.1/v3/projects/p-1/alertPolicies?filter={filter}");
        let got = raw(&cloud, "GET", &url, &[], b"").await.unwrap();
        assert!((400..500).contains(&got.status), "{}", got.status);
    }
    assert_eq!(send(&cloud, "GET", "http://127.0.0.1/healthz", Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_group_is_not_its_own_ancestor() {
    let cloud = cloud().await;
    let groups = "http://127.0.0.1/v3/projects/p-1/groups";
    let group =
        |parent: &Value| json!({ "displayName": "g", "filter": "resource.type=\"x\"", "parentName": parent });
    let make =
        async |parent: &Value| send(&cloud, "POST", groups, group(parent)).await.json()["name"].clone();
    let a = make(&Value::Null).await;
    let b = make(&a).await;
    let c = make(&b).await;
    let url = |name: &Value| format!("http://127.0.0.1/v3/{}", name.as_str().unwrap());
    for parent in [&a, &c] {
        let got = send(&cloud, "PUT", &url(&a), group(parent)).await;
        assert_eq!(got.status, 400, "{got:?}");
    }
    assert_eq!(send(&cloud, "PUT", &url(&c), group(&a)).await.status, 200);
    assert_eq!(send(&cloud, "DELETE", &format!("{}?recursive=true", url(&a)), Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "GET", groups, Value::Null).await.json()["group"], Value::Null);
}
