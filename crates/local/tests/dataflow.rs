//! Jobs of Google's template from Pub/Sub to BigQuery move messages: into the table, or aside with what is wrong.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{cloud, send, with};
use local::Running;
use serde_json::{Value, json};

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";
const PUBSUB: &str = "https://pubsub.googleapis.com/v1/projects/p-1";
const DATAFLOW: &str = "https://dataflow.googleapis.com/v1b3/projects/p-1/locations/us-central1";
const ACCOUNT: &str = "worker@p-1.iam.gserviceaccount.com";

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, got.message());
    got.json()
}

/// The topic `events`, the dataset `d` and the table `events`.
async fn world(cloud: &Running) {
    ok(cloud, "PUT", &format!("{PUBSUB}/topics/events"), json!({})).await;
    let dataset = json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"});
    ok(cloud, "POST", &format!("{BIGQUERY}/datasets"), dataset).await;
    let schema = json!({"fields": [
        {"name": "event_id", "type": "STRING", "mode": "REQUIRED"},
        {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"}]});
    let table = json!({"tableReference": {"tableId": "events"}, "schema": schema});
    ok(cloud, "POST", &format!("{BIGQUERY}/datasets/d/tables"), table).await;
}

fn event(id: &str) -> String {
    json!({"event_id": id, "event_data": {"country": "FR"}, "timestamp": "2026-01-02T03:04:05Z"}).to_string()
}

async fn publish(cloud: &Running, payloads: &[String]) {
    let messages: Vec<Value> = payloads
        .iter()
        .map(|it| json!({"data": STANDARD.encode(it), "attributes": {"key": "value"}}))
        .collect();
    ok(cloud, "POST", &format!("{PUBSUB}/topics/events:publish"), json!({ "messages": messages })).await;
}

fn parameters(more: Value) -> Value {
    let mut all = json!({"outputTableSpec": "p-1:d.events"});
    for (name, value) in more.as_object().into_iter().flatten() {
        all[name.as_str()] = value.clone();
    }
    if all["inputSubscription"].is_null() {
        all["inputTopic"] = json!("projects/p-1/topics/events");
    }
    all
}

/// Launches the classic template; answers the URL of the job.
async fn launch(cloud: &Running, parameters: Value, environment: Value) -> String {
    let template = match parameters["inputTopic"].is_string() {
        true => "PubSub_to_BigQuery",
        false => "PubSub_Subscription_to_BigQuery",
    };
    let url = format!("{DATAFLOW}/templates:launch?gcsPath=gs://dataflow-templates/latest/{template}");
    let body = json!({"jobName": "stream", "parameters": parameters, "environment": environment});
    let job = ok(cloud, "POST", &url, body).await;
    format!("{DATAFLOW}/jobs/{}", job["job"]["id"].as_str().unwrap())
}

async fn until(cloud: &Running, job: &str, state: &str) {
    let mut last = Value::Null;
    for _ in 0..200 {
        last = ok(cloud, "GET", job, Value::Null).await["currentState"].clone();
        if last == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{job} is not {state} but {last}: {:?}", says(cloud, job).await);
}

async fn says(cloud: &Running, job: &str) -> Vec<String> {
    let got =
        ok(cloud, "GET", &format!("{job}/messages?minimumImportance=JOB_MESSAGE_WARNING"), Value::Null).await;
    let all = got["jobMessages"].as_array().cloned().unwrap_or_default();
    all.iter().map(|it| it["messageText"].as_str().unwrap().to_owned()).collect()
}

async fn said(cloud: &Running, job: &str, words: &str) {
    for _ in 0..200 {
        if says(cloud, job).await.iter().any(|it| it.contains(words)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{job} does not say {words}: {:?}", says(cloud, job).await);
}

/// One column of a table's rows, sorted; waits until there are so many.
async fn column(cloud: &Running, table: &str, at: usize, count: usize) -> Vec<String> {
    let url = format!("{BIGQUERY}/datasets/d/tables/{table}/data");
    let mut all = Vec::new();
    for _ in 0..200 {
        let page = send(cloud, "GET", &url, Value::Null).await;
        let page = if page.status == 200 { page.json() } else { Value::Null };
        let rows = page["rows"].as_array().into_iter().flatten();
        all = rows.map(|it| it["f"][at]["v"].as_str().unwrap_or("NULL").to_owned()).collect();
        if all.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    all.sort();
    assert_eq!(all.len(), count, "{table}: {all:?}");
    all
}

async fn subscriptions(cloud: &Running) -> usize {
    let got = ok(cloud, "GET", &format!("{PUBSUB}/subscriptions"), Value::Null).await;
    got["subscriptions"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_job_moves_messages_and_sets_bad_ones_aside() {
    let cloud = cloud().await;
    world(&cloud).await;
    let job = launch(&cloud, parameters(json!({})), json!({})).await;
    until(&cloud, &job, "JOB_STATE_RUNNING").await;
    assert_eq!(subscriptions(&cloud).await, 1);
    let strange = json!({"event_id": "x", "timestamp": "2026-01-02T03:04:05Z", "what": 1}).to_string();
    publish(
        &cloud,
        &[
            event("a"),
            "{\"event_id\": ".to_owned(),
            event("b"),
            strange.clone(),
            "[1]".to_owned(),
            event("c"),
        ],
    )
    .await;
    assert_eq!(column(&cloud, "events", 0, 3).await, ["a", "b", "c"]);
    assert_eq!(column(&cloud, "events", 1, 3).await[0], "{\"country\":\"FR\"}");
    let payloads = column(&cloud, "events_error_records", 1, 3).await;
    let mut wanted = ["[1]".to_owned(), "{\"event_id\": ".to_owned(), strange.clone()];
    wanted.sort();
    assert_eq!(payloads, wanted);
    let reasons = column(&cloud, "events_error_records", 4, 3).await.join("\n");
    assert!(
        reasons.contains("Failed to serialize json to table row") && reasons.contains("no such field: what"),
        "{reasons}"
    );
    assert!(column(&cloud, "events_error_records", 2, 3).await.contains(&STANDARD.encode(strange)));
    let table =
        ok(&cloud, "GET", &format!("{BIGQUERY}/datasets/d/tables/events_error_records"), Value::Null).await;
    let names: Vec<&str> =
        table["schema"]["fields"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["timestamp", "payloadString", "payloadBytes", "attributes", "errorMessage", "stacktrace"]
    );
    let metrics = ok(&cloud, "GET", &format!("{job}/metrics"), Value::Null).await;
    let counts: Vec<&Value> = metrics["metrics"].as_array().unwrap().iter().map(|it| &it["scalar"]).collect();
    assert_eq!(counts, [&json!(6), &json!(3), &json!(3)]);
    // It takes no more when it drains, and its subscription goes with it.
    let stop = json!({"requestedState": "JOB_STATE_DRAINED"});
    assert_eq!(ok(&cloud, "PUT", &job, stop).await["currentState"], "JOB_STATE_DRAINING");
    publish(&cloud, &[event("late")]).await;
    until(&cloud, &job, "JOB_STATE_DRAINED").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(subscriptions(&cloud).await, 0);
    column(&cloud, "events", 0, 3).await;
}

#[tokio::test]
async fn from_a_subscription_until_it_is_cancelled_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |settings: &mut local::Settings| settings.data = Some(folder.path().to_owned());
    let running = with(at).await;
    world(&running).await;
    let sub = json!({"topic": "projects/p-1/topics/events"});
    ok(&running, "PUT", &format!("{PUBSUB}/subscriptions/mine"), sub).await;
    publish(&running, &[event("before"), "bad".to_owned()]).await;
    let input = parameters(
        json!({"inputSubscription": "projects/p-1/subscriptions/mine", "outputDeadletterTable": "p-1:d.dead"}),
    );
    let job = launch(&running, input, json!({})).await;
    column(&running, "events", 0, 1).await;
    assert_eq!(column(&running, "dead", 1, 1).await, ["bad"]);
    running.stop().await;
    let running = with(at).await;
    publish(&running, &[event("after")]).await;
    assert_eq!(column(&running, "events", 0, 2).await, ["after", "before"]);
    ok(&running, "PUT", &job, json!({"requestedState": "JOB_STATE_CANCELLED"})).await;
    publish(&running, &[event("late")]).await;
    until(&running, &job, "JOB_STATE_CANCELLED").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    column(&running, "events", 0, 2).await;
    // The subscription is not the job's: it stays, and holds what came late.
    let pull = json!({"maxMessages": 10, "returnImmediately": true});
    let left = ok(&running, "POST", &format!("{PUBSUB}/subscriptions/mine:pull"), pull).await;
    assert_eq!(left["receivedMessages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_subscription_that_delivers_otherwise_is_read_no_more() {
    let cloud = cloud().await;
    world(&cloud).await;
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let number = ok(&cloud, "GET", project, Value::Null).await["projectNumber"].as_str().unwrap().to_owned();
    let agent = format!("serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com");
    let bucket = "https://storage.googleapis.com/storage/v1/b";
    ok(&cloud, "POST", &format!("{bucket}?project=p-1"), json!({"name": "exports"})).await;
    let roles = ["roles/storage.objectCreator", "roles/storage.legacyBucketReader"];
    let bindings: Vec<Value> = roles.iter().map(|it| json!({"role": it, "members": [agent]})).collect();
    ok(&cloud, "PUT", &format!("{bucket}/exports/iam"), json!({ "bindings": bindings })).await;
    let subscription = format!("{PUBSUB}/subscriptions/mine");
    ok(&cloud, "PUT", &subscription, json!({"topic": "projects/p-1/topics/events"})).await;
    let input = parameters(json!({"inputSubscription": "projects/p-1/subscriptions/mine"}));
    let job = launch(&cloud, input, json!({})).await;
    publish(&cloud, &[event("1 pulled")]).await;
    column(&cloud, "events", 0, 1).await;
    let deliver = async |config: Value| {
        let change =
            json!({"subscription": {"cloudStorageConfig": config}, "updateMask": "cloudStorageConfig"});
        ok(&cloud, "PATCH", &subscription, change).await;
    };
    // The job was not drained before: it must not take what is to be in a file.
    deliver(json!({"bucket": "exports", "maxDuration": "60s"})).await;
    publish(&cloud, &[event("2 in a file"), event("3 in a file")]).await;
    said(&cloud, &job, "is not supported for this subscription type").await;
    ok(&cloud, "POST", "http://localhost/_local/tick?by=60s", Value::Null).await;
    let mut file = Value::Null;
    for _ in 0..200 {
        let files = ok(&cloud, "GET", &format!("{bucket}/exports/o"), Value::Null).await;
        file = files["items"][0].clone();
        if file.is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let lines = format!("{}\n{}", event("2 in a file"), event("3 in a file"));
    assert_eq!(file["size"], lines.len().to_string());
    // What waits for the next file when the delivery changes back goes the new way.
    publish(&cloud, &[event("4 pulled")]).await;
    deliver(Value::Null).await;
    ok(&cloud, "POST", "http://localhost/_local/tick?by=60s", Value::Null).await;
    assert_eq!(column(&cloud, "events", 0, 2).await, ["1 pulled", "4 pulled"]);
    let files = ok(&cloud, "GET", &format!("{bucket}/exports/o"), Value::Null).await;
    assert_eq!(files["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_flex_job_and_one_that_takes_its_place() {
    let cloud = cloud().await;
    world(&cloud).await;
    let url = format!("{DATAFLOW}/flexTemplates:launch");
    let path = "gs://dataflow-templates-us-central1/latest/flex/PubSub_to_BigQuery_Flex";
    let mut body = json!({"launchParameter": {"jobName": "stream", "containerSpecGcsPath": path, "parameters": parameters(json!({}))}});
    let first = ok(&cloud, "POST", &url, body.clone()).await;
    let first = format!("{DATAFLOW}/jobs/{}", first["job"]["id"].as_str().unwrap());
    until(&cloud, &first, "JOB_STATE_RUNNING").await;
    publish(&cloud, &[event("a")]).await;
    column(&cloud, "events", 0, 1).await;
    body["launchParameter"]["update"] = json!(true);
    let second = ok(&cloud, "POST", &url, body).await;
    // What comes meanwhile waits for the new one.
    publish(&cloud, &[event("b")]).await;
    let second = format!("{DATAFLOW}/jobs/{}", second["job"]["id"].as_str().unwrap());
    until(&cloud, &first, "JOB_STATE_UPDATED").await;
    until(&cloud, &second, "JOB_STATE_RUNNING").await;
    assert_eq!(column(&cloud, "events", 0, 2).await, ["a", "b"]);
    assert_eq!(subscriptions(&cloud).await, 1);
}

#[tokio::test]
async fn what_cannot_be_is_said() {
    let cloud = cloud().await;
    world(&cloud).await;
    let url =
        format!("{DATAFLOW}/templates:launch?gcsPath=gs://dataflow-templates/latest/PubSub_to_BigQuery");
    for (parameters, words) in [
        (json!({"inputTopic": "projects/p-1/topics/events"}), "outputTableSpec: Missing required parameter"),
        (json!({"inputTopic": "events", "outputTableSpec": "p-1:d.events"}), "inputTopic"),
        (json!({"inputTopic": "projects/p-1/topics/events", "outputTableSpec": "events"}), "outputTableSpec"),
    ] {
        let refused =
            send(&cloud, "POST", &url, json!({"jobName": "stream", "parameters": parameters})).await;
        assert!(refused.status == 400 && refused.message().contains(words), "{}", refused.message());
    }
    let script =
        json!({"javascriptTextTransformGcsPath": "gs://b/f.js", "javascriptTextTransformFunctionName": "f"});
    let job = launch(&cloud, parameters(script), json!({})).await;
    until(&cloud, &job, "JOB_STATE_FAILED").await;
    assert!(says(&cloud, &job).await[0].contains("runs no JavaScript"));
    let job = launch(
        &cloud,
        parameters(json!({"inputSubscription": "projects/p-1/subscriptions/none"})),
        json!({}),
    )
    .await;
    until(&cloud, &job, "JOB_STATE_FAILED").await;
    assert!(says(&cloud, &job).await[0].contains("Resource not found (resource=none)"));
    // A table that is missing stops nothing for good.
    let job = launch(&cloud, parameters(json!({"outputTableSpec": "p-1:d.later"})), json!({})).await;
    until(&cloud, &job, "JOB_STATE_RUNNING").await;
    publish(&cloud, &[event("a")]).await;
    said(&cloud, &job, "Not found: Table p-1:d.later").await;
    let schema = json!({"fields": [{"name": "event_id", "type": "STRING"}, {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP"}]});
    let table = json!({"tableReference": {"tableId": "later"}, "schema": schema});
    ok(&cloud, "POST", &format!("{BIGQUERY}/datasets/d/tables"), table).await;
    ok(&cloud, "POST", "http://localhost/_local/tick?by=2s", Value::Null).await;
    column(&cloud, "later", 0, 1).await;
}

#[tokio::test]
async fn a_job_may_only_what_its_workers_may() {
    let cloud = cloud().await;
    world(&cloud).await;
    let accounts = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    ok(&cloud, "POST", accounts, json!({"accountId": "worker"})).await;
    let environment = json!({"serviceAccountEmail": ACCOUNT});
    let tick = async |by: &str| {
        ok(&cloud, "POST", &format!("http://localhost/_local/tick?by={by}"), Value::Null).await;
    };
    // Without its role it waits a while for it, and fails.
    let job = launch(&cloud, parameters(json!({})), environment.clone()).await;
    said(&cloud, &job, "roles/dataflow.worker should be granted to controller service account worker@").await;
    tick("10m").await;
    until(&cloud, &job, "JOB_STATE_FAILED").await;
    let member = format!("serviceAccount:{ACCOUNT}");
    let project = "https://cloudresourcemanager.googleapis.com/v3/projects/p-1:setIamPolicy";
    let bind = |role: &str| json!({"policy": {"bindings": [{"role": role, "members": [member]}]}});
    ok(&cloud, "POST", project, bind("roles/dataflow.worker")).await;
    let job = launch(&cloud, parameters(json!({})), environment).await;
    said(&cloud, &job, "lacks pubsub.topics.attachSubscription on projects/p-1/topics/events").await;
    ok(&cloud, "POST", &format!("{PUBSUB}/topics/events:setIamPolicy"), bind("roles/pubsub.editor")).await;
    tick("2s").await;
    until(&cloud, &job, "JOB_STATE_RUNNING").await;
    publish(&cloud, &[event("a"), "bad".to_owned()]).await;
    said(&cloud, &job, "Permission bigquery.tables.updateData denied on table p-1:d.events").await;
    let dataset = format!("{BIGQUERY}/datasets/d");
    let mut access = ok(&cloud, "GET", &dataset, Value::Null).await["access"].clone();
    access.as_array_mut().unwrap().push(json!({"role": "WRITER", "userByEmail": ACCOUNT}));
    ok(&cloud, "PATCH", &dataset, json!({ "access": access })).await;
    tick("2s").await;
    assert_eq!(column(&cloud, "events", 0, 1).await, ["a"]);
    assert_eq!(column(&cloud, "events_error_records", 1, 1).await, ["bad"]);
}
