//! Every event comes into the table once, in each mode of ingestion, whenever the cloud is killed meanwhile.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod killed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{send, with};
use killed::serve;
use local::{Running, Settings};
use serde_json::{Value, json};

const PROJECT: &str = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";

/// How many events: more than the few of an ordinary run when `STACK_EVENTS` says so.
fn events() -> usize {
    std::env::var("STACK_EVENTS").ok().and_then(|it| it.parse().ok()).unwrap_or(800)
}

/// How many kills: more than the few of an ordinary run when `STACK_KILLS` says so.
fn kills() -> usize {
    std::env::var("STACK_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(4)
}

fn settings(it: &mut Settings) {
    it.operation = Duration::from_millis(10);
}

/// Not a test: the cloud that is killed. Unless it is asked to be one, it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    killed::serve_if_asked(settings).await;
}

async fn here(folder: &Path) -> Running {
    with(|it| {
        settings(it);
        it.data = Some(folder.join("data"));
    })
    .await
}

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, got.message());
    got.json()
}

/// The topic `events`, the dataset `d` and the table `events`.
async fn world(cloud: &Running) {
    ok(cloud, "PUT", "https://pubsub.googleapis.com/v1/projects/p-1/topics/events", json!({})).await;
    let datasets = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1/datasets";
    let dataset = json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"});
    ok(cloud, "POST", datasets, dataset).await;
    let schema = json!({"fields": [{"name": "event_id", "type": "STRING", "mode": "REQUIRED"}]});
    let table = json!({"tableReference": {"tableId": "events"}, "schema": schema});
    ok(cloud, "POST", &format!("{datasets}/d/tables"), table).await;
}

/// How often each event is in the table.
async fn found(cloud: &Running) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let mut token = String::new();
    loop {
        let url = format!(
            "https://bigquery.googleapis.com/bigquery/v2/projects/p-1/datasets/d/tables/events/data?maxResults=5000{token}"
        );
        let page = ok(cloud, "GET", &url, Value::Null).await;
        for row in page["rows"].as_array().into_iter().flatten() {
            *all.entry(row["f"][0]["v"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        match page["pageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => return all,
        }
    }
}

/// What became of publishing.
#[derive(Default)]
struct Published {
    /// Acknowledged: these must come, once.
    sure: BTreeSet<String>,
    /// The cloud was killed before it could answer: these may come, once.
    unsure: BTreeSet<String>,
}

/// Events that are published at once.
const SOME: usize = 40;

/// Publishes events to a cloud at an address, and moves its time, until all are published or it is gone.
async fn publish(address: &str, tick: &str, left: &mut Vec<String>, published: &mut Published) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{address}/pubsub/v1/projects/p-1/topics/events:publish");
    while !left.is_empty() {
        let some = left.split_off(left.len().saturating_sub(SOME));
        let data = |it: &String| STANDARD.encode(json!({"event_id": it}).to_string());
        let messages: Vec<Value> = some.iter().map(|it| json!({"data": data(it)})).collect();
        let answer = client.post(&url).body(json!({ "messages": messages }).to_string()).send().await;
        if answer.is_ok_and(|it| it.status().is_success()) {
            published.sure.extend(some);
        } else {
            // The same event is sent again under another name: whether it was kept nobody can know.
            left.extend(some.iter().map(|it| format!("{it}+")));
            published.unsure.extend(some);
            return;
        }
        if client.post(format!("http://{address}/_local/tick?by={tick}")).send().await.is_err() {
            return;
        }
    }
}

/// Publishes all events, to clouds that are killed while they are at it.
async fn publish_and_kill(folder: &Path, tick: &str) -> Published {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut published = Published::default();
    let mut left: Vec<String> = (0..events()).map(|it| format!("e{it}")).collect();
    for round in 0..kills() {
        let (server, address) = serve(folder).await;
        let killed = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(60 + (round as u64 * 67) % 300)).await;
            drop(server);
        });
        publish(&address, tick, &mut left, &mut published).await;
        killed.await.unwrap();
    }
    let (_server, address) = serve(folder).await;
    publish(&address, tick, &mut left, &mut published).await;
    assert_eq!(published.sure.len(), events());
    published
}

/// Each event must be there once, in the end and a while later.
async fn each_once(cloud: &Running, published: &Published, tick: &str) {
    let begun = Instant::now();
    let tick = format!("http://localhost/_local/tick?by={tick}");
    loop {
        let all = found(cloud).await;
        let missing = published.sure.iter().filter(|it| !all.contains_key(*it)).count();
        if missing == 0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{missing} are missing");
        ok(cloud, "POST", &tick, Value::Null).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    ok(cloud, "POST", &tick, Value::Null).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let all = found(cloud).await;
    let twice: Vec<_> = all.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "of {} events {} came more than once", all.len(), twice.len());
    let strange: Vec<_> =
        all.keys().filter(|it| !published.sure.contains(*it) && !published.unsure.contains(*it)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

/// The account as which Pub/Sub writes files and rows.
async fn agent(cloud: &Running) -> String {
    let project = ok(cloud, "GET", PROJECT, Value::Null).await;
    let number = project["projectNumber"].as_str().unwrap();
    format!("serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com")
}

#[tokio::test]
async fn by_a_subscription() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = here(folder.path()).await;
    world(&cloud).await;
    let bindings = json!([{"role": "roles/bigquery.dataEditor", "members": [agent(&cloud).await]}]);
    let policy = json!({"policy": {"bindings": bindings}});
    ok(&cloud, "POST", &format!("{PROJECT}:setIamPolicy"), policy).await;
    let subscription = json!({"topic": "projects/p-1/topics/events",
        "bigqueryConfig": {"table": "p-1.d.events", "useTableSchema": true}});
    ok(&cloud, "PUT", "https://pubsub.googleapis.com/v1/projects/p-1/subscriptions/to-bq", subscription)
        .await;
    cloud.stop().await;
    // So far apart, no insert id is remembered any more that could hide a repetition.
    let published = publish_and_kill(folder.path(), "5m").await;
    let cloud = here(folder.path()).await;
    each_once(&cloud, &published, "5m").await;
    cloud.stop().await;
}

#[tokio::test]
async fn by_transfers() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = here(folder.path()).await;
    world(&cloud).await;
    let storage = "https://storage.googleapis.com/storage/v1/b";
    ok(
        &cloud,
        "POST",
        &format!("{storage}?project=p-1"),
        json!({"name": "exports", "location": "us-central1"}),
    )
    .await;
    let agent = agent(&cloud).await;
    let bindings: Vec<Value> = ["roles/storage.objectCreator", "roles/storage.legacyBucketReader"]
        .iter()
        .map(|role| json!({"role": role, "members": [agent]}))
        .collect();
    ok(&cloud, "PUT", &format!("{storage}/exports/iam"), json!({ "bindings": bindings })).await;
    let export = json!({"topic": "projects/p-1/topics/events", "ackDeadlineSeconds": 300, "cloudStorageConfig":
        {"bucket": "exports", "filenamePrefix": "events-", "filenameSuffix": ".json", "maxDuration": "60s", "maxBytes": "2000"}});
    ok(&cloud, "PUT", "https://pubsub.googleapis.com/v1/projects/p-1/subscriptions/export", export).await;
    let config = json!({"dataSourceId": "google_cloud_storage", "displayName": "t", "destinationDatasetId": "d",
        "schedule": "every 15 minutes", "params": {"data_path_template": "gs://exports/*.json",
        "destination_table_name_template": "events", "file_format": "JSON", "write_disposition": "APPEND"}});
    let transfers =
        "https://bigquerydatatransfer.googleapis.com/v1/projects/p-1/locations/us-central1/transferConfigs";
    ok(&cloud, "POST", transfers, config).await;
    cloud.stop().await;
    let published = publish_and_kill(folder.path(), "16m").await;
    let cloud = here(folder.path()).await;
    each_once(&cloud, &published, "16m").await;
    let made = ok(&cloud, "GET", transfers, Value::Null).await;
    let runs = format!(
        "https://bigquerydatatransfer.googleapis.com/v1/{}/runs?states=FAILED",
        made["transferConfigs"][0]["name"].as_str().unwrap()
    );
    assert_eq!(ok(&cloud, "GET", &runs, Value::Null).await, json!({}));
    cloud.stop().await;
}

#[tokio::test]
async fn by_dataflow() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = here(folder.path()).await;
    world(&cloud).await;
    let jobs = "https://dataflow.googleapis.com/v1b3/projects/p-1/locations/us-central1";
    let launch = format!("{jobs}/templates:launch?gcsPath=gs://dataflow-templates/latest/PubSub_to_BigQuery");
    let parameters = json!({"inputTopic": "projects/p-1/topics/events", "outputTableSpec": "p-1:d.events"});
    let job = ok(&cloud, "POST", &launch, json!({"jobName": "stream", "parameters": parameters})).await;
    let job = format!("{jobs}/jobs/{}", job["job"]["id"].as_str().unwrap());
    let begun = Instant::now();
    while ok(&cloud, "GET", &job, Value::Null).await["currentState"] != "JOB_STATE_RUNNING" {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not run");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cloud.stop().await;
    // So far apart, no insert id is remembered any more that could hide a repetition.
    let published = publish_and_kill(folder.path(), "5m").await;
    let cloud = here(folder.path()).await;
    each_once(&cloud, &published, "5m").await;
    let metrics = ok(&cloud, "GET", &format!("{job}/metrics"), Value::Null).await;
    assert_eq!(metrics["metrics"][0]["scalar"], found(&cloud).await.len());
    cloud.stop().await;
}
