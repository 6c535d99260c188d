//! What publish acknowledged survives a kill at any moment, and publishing is quick.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod killed;

use std::collections::BTreeSet;
use std::time::Duration;

use client::{send, with};
use killed::serve;
use serde_json::{Value, json};

/// Not a test: the cloud that is killed. Unless it is asked to be one, it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    killed::serve_if_asked(|_| {}).await;
}

#[tokio::test]
async fn what_publish_acknowledged_survives_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut published = BTreeSet::new();
    for round in 0..3_u64 {
        let (server, address) = serve(folder.path()).await;
        let base = format!("http://{address}/pubsub/v1/projects/p-1");
        if round == 0 {
            let put =
                |name: &str, body: Value| client.put(format!("{base}/{name}")).body(body.to_string()).send();
            assert!(put("topics/topic-1", json!({})).await.unwrap().status().is_success());
            let sub = json!({"topic": "projects/p-1/topics/topic-1"});
            assert!(put("subscriptions/sub-1", sub).await.unwrap().status().is_success());
        }
        let publishers: Vec<_> = (0..4)
            .map(|_| {
                let (client, url) = (client.clone(), format!("{base}/topics/topic-1:publish"));
                let messages = vec![json!({"data": "eA=="}); 50];
                let body = json!({ "messages": messages }).to_string();
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    // Until the server is gone.
                    while let Ok(answer) = client.post(&url).body(body.clone()).send().await
                        && let Ok(bytes) = answer.bytes().await
                        && let Ok(answer) = serde_json::from_slice::<Value>(&bytes)
                    {
                        let given = answer["messageIds"].as_array().unwrap();
                        ids.extend(given.iter().map(|it| it.as_str().unwrap().to_owned()));
                    }
                    ids
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300 + 137 * round)).await;
        drop(server);
        for publisher in publishers {
            published.extend(publisher.await.unwrap());
        }
    }
    assert!(published.len() > 1_000, "only {} were published", published.len());
    let cloud = with(|it| it.data = Some(folder.path().join("data"))).await;
    let url = "https://pubsub.googleapis.com/v1/projects/p-1/subscriptions/sub-1:pull";
    let mut got = BTreeSet::new();
    loop {
        let body = json!({"maxMessages": 1000, "returnImmediately": true});
        let answer = send(&cloud, "POST", url, body).await.json();
        let Some(received) = answer["receivedMessages"].as_array().cloned() else { break };
        for it in received {
            assert!(got.insert(it["message"]["messageId"].as_str().unwrap().to_owned()), "one came twice");
        }
    }
    let lost: Vec<_> = published.difference(&got).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), published.len());
    cloud.stop().await;
}
