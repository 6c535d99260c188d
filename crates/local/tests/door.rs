//! Requests that a web page or another network may have sent are refused, whichever part of the cloud they are for.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod client;

use client::{Answer, cloud, raw, send, with};
use local::Running;
use serde_json::{Value, json};

const TOPIC: &str = "http://127.0.0.1/v1/projects/p-1/topics/topic-1";

/// One address of each part: method, path, content type.
const PARTS: &[(&str, &str, &str)] = &[
    ("PUT", "/v1/projects/p-1/topics/topic-2", "text/plain"),
    ("DELETE", "/v1/projects/p-1/topics/topic-1", "text/plain"),
    ("POST", "/v1/projects/p-1/topics/topic-1:publish", "text/plain"),
    ("POST", "/v1/projects/p-1/topics/topic-1:setIamPolicy", "text/plain"),
    ("POST", "/v2/projects/p-1/locations/us-central1/jobs?jobId=j", "text/plain"),
    ("POST", "/upload/storage/v1/b/b/o?name=n", "text/plain"),
    ("OPTIONS", "/v1/projects/p-1/topics/topic-1", "text/plain"),
    ("GET", "/v1/projects/p-1/topics/topic-1", "text/plain"),
    ("POST", "/google.pubsub.v1.Publisher/DeleteTopic", "application/grpc"),
    ("GET", "/v2/", "text/plain"),
    ("POST", "/v2/p-1/repository/image/blobs/uploads/", "text/plain"),
    ("POST", "/_local/reset", "text/plain"),
    ("POST", "/_local/tick?by=1h", "text/plain"),
    ("GET", "/_local/state", "text/plain"),
    ("GET", "/healthz", "text/plain"),
    ("GET", "/_run/p-1/us-central1/service", "text/plain"),
    ("GET", "/nothing", "text/plain"),
];

async fn attack(cloud: &Running, part: (&str, &str, &str), host: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Content-Type", part.2)];
    all.extend(headers);
    raw(cloud, part.0, &format!("http://{host}{}", part.1), &all, b"{}").await.unwrap()
}

fn is_turned_away(answer: &Answer, part: (&str, &str, &str)) -> bool {
    match part.2 {
        // gRPC answers 200 and tells the status in a header: 7 is PERMISSION_DENIED.
        "application/grpc" => answer.headers.contains("grpc-status: 7"),
        _ => answer.status == 403 && answer.message().starts_with("The local cloud does not answer this"),
    }
}

#[tokio::test]
async fn a_foreign_page_or_name_reaches_nothing() {
    let cloud = cloud().await;
    assert_eq!(send(&cloud, "PUT", TOPIC, json!({})).await.status, 200);
    let own = cloud.address.to_string();
    let foreign: &[(&str, &[(&str, &str)])] = &[
        ("evil.example", &[]),
        (&own, &[("Origin", "https://evil.example")]),
        (&own, &[("Origin", "null")]),
        (&own, &[("Origin", "http://localhost:3000")]),
        (&own, &[("Sec-Fetch-Site", "cross-site")]),
        (&own, &[("Sec-Fetch-Site", "same-site")]),
        // A name that resolves to this machine makes its page same-origin.
        ("evil.example", &[("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")]),
    ];
    for part in PARTS {
        for (host, headers) in foreign {
            let answer = attack(&cloud, *part, host, headers).await;
            assert!(is_turned_away(&answer, *part), "{part:?} {host} {headers:?}: {answer:?}");
            assert!(!answer.headers.contains("access-control"), "{answer:?}");
        }
    }
    assert_eq!(send(&cloud, "GET", TOPIC, Value::Null).await.status, 200);
    let state = send(&cloud, "GET", "http://127.0.0.1/_local/state", Value::Null).await.json();
    assert_eq!(state["counts"]["pubsub/topics"], 1, "{state}");
}

#[tokio::test]
async fn our_own_pages_and_names_come_in() {
    let cloud = with(|it| it.hosts = vec!["host.docker.internal".to_owned()]).await;
    let own = cloud.address.to_string();
    let same = format!("http://{own}");
    for (host, headers) in [
        (own.as_str(), vec![]),
        (own.as_str(), vec![("Origin", same.as_str()), ("Sec-Fetch-Site", "same-origin")]),
        (own.as_str(), vec![("Sec-Fetch-Site", "none")]),
        ("host.docker.internal:8085", vec![]),
        ("pubsub.googleapis.com", vec![]),
    ] {
        for part in PARTS {
            let answer = attack(&cloud, *part, host, &headers).await;
            assert!(!is_turned_away(&answer, *part), "{part:?} {host} {headers:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn what_others_wrote_is_no_page_of_ours() {
    let cloud = cloud().await;
    let bucket = "http://127.0.0.1/storage/v1/b?project=p-1";
    assert_eq!(send(&cloud, "POST", bucket, json!({"name": "bucket-1"})).await.status, 200);
    let upload = "http://127.0.0.1/upload/storage/v1/b/bucket-1/o?uploadType=media&name=page.html";
    let page = b"<script>fetch('/_local/reset', {method: 'POST'})</script>";
    let put = raw(&cloud, "POST", upload, &[("Content-Type", "text/html")], page).await.unwrap();
    assert_eq!(put.status, 200, "{put:?}");
    let url = "http://127.0.0.1/storage/v1/b/bucket-1/o/page.html?alt=media";
    let got = raw(&cloud, "GET", url, &[], b"").await.unwrap();
    assert_eq!(got.body, page);
    assert!(got.headers.contains("content-security-policy: sandbox"), "{got:?}");
    let got = raw(&cloud, "GET", "http://127.0.0.1/_run/p-1/us-central1/none", &[], b"").await.unwrap();
    assert!(got.headers.contains("content-security-policy: sandbox"), "{got:?}");
}
