//! What publish acknowledged survives a kill at any moment, and publishing is quick.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use client::{send, with};
use local::{Settings, start};
use serde_json::{Value, json};

/// Names the folder of a server that this test runs as another process.
const FOLDER: &str = "LOCAL_KILL_TEST_FOLDER";

/// Not a test: the server that is killed. Without the variable it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let data = Some(Path::new(&folder).join("data"));
    let settings = Settings { address: ([127, 0, 0, 1], 0).into(), data, ..Settings::default() };
    let running = start(settings).await.unwrap();
    let whole = Path::new(&folder).join("whole");
    std::fs::write(&whole, running.address.to_string()).unwrap();
    std::fs::rename(whole, Path::new(&folder).join("address")).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Kills the process when the test ends, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path) -> Server {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["serves_until_it_is_killed", "--exact"]).env(FOLDER, folder);
    Server(command.stdout(std::process::Stdio::null()).spawn().unwrap())
}

#[tokio::test]
async fn what_publish_acknowledged_survives_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut published = BTreeSet::new();
    for round in 0..3_u64 {
        let address = folder.path().join("address");
        let _ = std::fs::remove_file(&address);
        let server = serve(folder.path());
        let begun = Instant::now();
        while !address.exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the server did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let base = format!("http://{}/pubsub/v1/projects/p-1", std::fs::read_to_string(&address).unwrap());
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
