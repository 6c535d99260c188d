//! A killed cloud leaves nothing running, and the next one goes on with what was asked.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod container;
mod killed;

use std::path::Path;
use std::time::{Duration, Instant};

use container::{HOST, done, get, push, repository, service, with};
use killed::serve;
use local::Running;
use serde_json::{Value, json};

const NAME: &str = "p-1/images/app";

/// Not a test: what the containers of these tests execute. Elsewhere it does nothing.
#[test]
fn serves() {
    container::serve();
}

/// Not a test: the cloud that is killed. Unless it is asked to be one, it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    killed::serve_if_asked(container::networks).await;
}

#[test]
fn all_of_it_also_holds_in_the_shared_network() {
    container::again_in_the_shared_network("all_of_it_also_holds_in_the_shared_network");
}

async fn here(folder: &Path) -> Running {
    with(|it| it.data = Some(folder.join("data"))).await
}

/// Whether a process runs; one that ended and that nobody has waited for does not.
fn alive(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|it| !it.contains(") Z "))
}

#[tokio::test]
async fn nothing_is_left_running_and_nothing_is_forgotten() {
    // Elsewhere the system does not tell one process from another of the same number.
    if !cfg!(target_os = "linux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cloud = here(folder.path()).await;
    repository(&cloud, "p-1", "images").await;
    push(&cloud, NAME, "v1", "one").await;
    cloud.stop().await;

    let (server, address) = serve(folder.path()).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = format!("http://{address}/run/v2");
    let post = |body: Value, id: &str| {
        let url = format!("{base}/projects/p-1/locations/us-central1/services?serviceId={id}");
        client.post(url).body(body.to_string()).send()
    };
    let image = format!("{HOST}/{NAME}:v1");
    assert!(post(service(&image, &[]), "svc").await.unwrap().status().is_success());
    let begun = Instant::now();
    let process = loop {
        let called = client.get(format!("http://{address}/_run/p-1/us-central1/svc/process"));
        let answer = called.bearer_auth("owner").send().await.unwrap();
        if answer.status().is_success() {
            break answer.text().await.unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let late = post(service(&image, &[json!({"name": "LATE", "value": "1"})]), "late").await.unwrap();
    let late: Value = serde_json::from_str(&late.text().await.unwrap()).unwrap();
    drop(server);
    assert!(alive(&process), "a kill leaves no time to end it");

    let cloud = here(folder.path()).await;
    let begun = Instant::now();
    while alive(&process) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{process} still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(get(&cloud, "svc").await.0, 200);
    let name = late["name"].as_str().unwrap();
    let ended = done(
        &cloud,
        &client::Answer {
            status: 200,
            headers: String::new(),
            body: json!({"name": name}).to_string().into_bytes(),
        },
    )
    .await;
    assert_eq!(ended["error"], Value::Null, "{ended}");
    assert_eq!(get(&cloud, "late/env?LATE").await, (200, "1".into()));
    cloud.stop().await;
}
