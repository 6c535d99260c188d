//! What the services around the pipeline decide: monitoring, transfers, registry, secrets, logging, scheduler, Dataflow.

mod client;

use std::time::Duration;

use client::{cloud, send, send_as, with};
use local::Running;
use serde_json::{Value, json};

const MONITORING: &str = "https://monitoring.googleapis.com/v3/projects/p-1";
const TRANSFER: &str = "https://bigquerydatatransfer.googleapis.com/v1/projects/p-1/locations/us-central1";
const REGISTRY: &str = "https://artifactregistry.googleapis.com/v1/projects/p-1/locations/us-central1";
const SECRETS: &str = "https://secretmanager.googleapis.com/v1/projects/p-1";
const LOGGING: &str = "https://logging.googleapis.com/v2/projects/p-1";
const SCHEDULER: &str = "https://cloudscheduler.googleapis.com/v1/projects/p-1/locations/us-central1";
const DATAFLOW: &str = "https://dataflow.googleapis.com/v1b3/projects/p-1/locations/us-central1";
const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";

/// Sends a request that must succeed.
async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {got:?} {}", got.message());
    got.json()
}

async fn get(cloud: &Running, url: &str) -> Value {
    ok(cloud, "GET", url, Value::Null).await
}

/// Sends a request that must be refused so.
async fn refused(cloud: &Running, method: &str, url: &str, body: Value, status: u16, words: &str) {
    let got = send(cloud, method, url, body).await;
    assert!(
        got.status == status && got.message().contains(words),
        "{method} {url}: {} {}",
        got.status,
        got.message()
    );
}

/// The URL of what an answer names.
fn at(answer: &Value, version: &str, host: &str) -> String {
    format!("https://{host}.googleapis.com/{version}/{}", answer["name"].as_str().unwrap_or_default())
}

fn policy() -> Value {
    json!({
        "displayName": "Errors", "combiner": "OR", "documentation": {"content": "Look."},
        "conditions": [{"displayName": "many", "conditionThreshold": {
            "filter": "metric.type=\"run.googleapis.com/request_count\"", "comparison": 1, "thresholdValue": 5,
            "duration": "300s", "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}]}}],
    })
}

#[tokio::test]
async fn alert_policies() {
    let cloud = cloud().await;
    let all = format!("{MONITORING}/alertPolicies");
    let made = ok(&cloud, "POST", &all, policy()).await;
    assert_eq!(made["conditions"][0]["conditionThreshold"]["comparison"], "COMPARISON_GT");
    assert_eq!(
        (&made["enabled"], &made["documentation"]["mimeType"]),
        (&json!(true), &json!("text/markdown"))
    );
    let url = at(&made, "v3", "monitoring");
    // With a mask the rest stays; without one what is not given is gone, and a named condition keeps its name.
    let masked = ok(&cloud, "PATCH", &format!("{url}?updateMask=enabled"), json!({"enabled": false})).await;
    assert_eq!((&masked["enabled"], &masked["displayName"]), (&json!(false), &json!("Errors")));
    let mut next = policy();
    next["conditions"][0]["name"] = made["conditions"][0]["name"].clone();
    next.as_object_mut().unwrap().remove("documentation");
    let replaced = ok(&cloud, "PATCH", &url, next).await;
    assert_eq!(replaced["conditions"][0]["name"], made["conditions"][0]["name"]);
    assert_eq!((&replaced["documentation"], &replaced["enabled"]), (&Value::Null, &json!(true)));
    assert_eq!(replaced["creationRecord"], made["creationRecord"]);
    let found = get(&cloud, &format!("{all}?filter=display_name%3D%22Errors%22")).await;
    assert_eq!(found["alertPolicies"].as_array().unwrap().len(), 1);
    assert_eq!(get(&cloud, &format!("{all}?filter=display_name%3D%22Other%22")).await, json!({}));
    for (change, words) in [
        (json!({"conditions": []}), "1 to 6 conditions"),
        (json!({"combiner": "COMBINE_UNSPECIFIED"}), "combiner"),
        (
            json!({"alertStrategy": {"notificationRateLimit": {"period": "300s"}}}),
            "must not specify a notification rate limit",
        ),
        (json!({"notificationChannels": ["email"]}), "Name must begin with"),
    ] {
        let mut bad = policy();
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        refused(&cloud, "POST", &all, bad, 400, words).await;
    }
    let mut counting = policy();
    counting["conditions"][0]["conditionThreshold"]["filter"] =
        json!("metric.type=\"logging.googleapis.com/user/m\"");
    refused(&cloud, "POST", &all, counting.clone(), 404, "Cannot find metric that matches type").await;
    ok(&cloud, "POST", &format!("{LOGGING}/metrics"), json!({"name": "m", "filter": "severity>=ERROR"}))
        .await;
    ok(&cloud, "POST", &all, counting).await;
}

#[tokio::test]
async fn a_channel_that_a_policy_notifies_is_kept() {
    let cloud = cloud().await;
    let all = format!("{MONITORING}/notificationChannels");
    refused(&cloud, "POST", &all, json!({"type": "pigeon"}), 400, "Unrecognized").await;
    refused(&cloud, "POST", &all, json!({"type": "email"}), 400, "email_address").await;
    let channel =
        ok(&cloud, "POST", &all, json!({"type": "email", "labels": {"email_address": "a@b.c"}})).await;
    let url = at(&channel, "v3", "monitoring");
    let mut alert = policy();
    alert["notificationChannels"] = json!([channel["name"]]);
    let alert = ok(&cloud, "POST", &format!("{MONITORING}/alertPolicies"), alert).await;
    refused(&cloud, "DELETE", &url, Value::Null, 400, "still being referenced").await;
    ok(&cloud, "DELETE", &format!("{url}?force=true"), Value::Null).await;
    assert_eq!(get(&cloud, &at(&alert, "v3", "monitoring")).await["notificationChannels"], Value::Null);
}

#[tokio::test]
async fn dashboards_and_objectives() {
    let cloud = cloud().await;
    let all = "https://monitoring.googleapis.com/v1/projects/p-1/dashboards";
    let widget = json!({"xyChart": {"dataSets": [{"timeSeriesQuery": {}}]}});
    let board = json!({"displayName": "b", "gridLayout": {"widgets": [widget, {"text": {"content": "t"}}]}});
    ok(&cloud, "POST", &format!("{all}?validateOnly=true"), board.clone()).await;
    assert_eq!(get(&cloud, all).await, json!({}));
    let made = ok(&cloud, "POST", all, board.clone()).await;
    let widgets = &made["gridLayout"]["widgets"];
    assert_eq!(widgets[0]["xyChart"], json!({"dataSets": [{"timeSeriesQuery": {}, "targetAxis": "Y1"}]}));
    assert_eq!(widgets[1]["text"]["style"], json!({}));
    let mut stale = board;
    stale["etag"] = made["etag"].clone();
    let url = at(&made, "v1", "monitoring");
    ok(&cloud, "PATCH", &url, stale.clone()).await;
    refused(&cloud, "PATCH", &url, stale, 409, "etag").await;

    let service = format!("{MONITORING}/services/api");
    let objective = json!({"goal": 0.99, "rollingPeriod": "86400s", "serviceLevelIndicator": {"basicSli": {"availability": {}}}});
    let objectives = format!("{service}/serviceLevelObjectives");
    let create = format!("{objectives}?serviceLevelObjectiveId=up");
    refused(&cloud, "POST", &create, objective.clone(), 404, "no service with id 'api'").await;
    ok(&cloud, "POST", &format!("{MONITORING}/services?serviceId=api"), json!({"custom": {}})).await;
    ok(&cloud, "POST", &create, objective.clone()).await;
    refused(&cloud, "POST", &create, objective, 409, "already").await;
    let up = format!("{objectives}/up");
    let changed =
        ok(&cloud, "PATCH", &format!("{up}?updateMask=calendarPeriod"), json!({"calendarPeriod": "WEEK"}))
            .await;
    assert_eq!((&changed["calendarPeriod"], &changed["rollingPeriod"]), (&json!("WEEK"), &Value::Null));
    refused(&cloud, "PATCH", &format!("{up}?updateMask=goal"), json!({"goal": 1.5}), 400, "Invalid goal")
        .await;
    ok(&cloud, "DELETE", &service, Value::Null).await;
    refused(&cloud, "GET", &up, Value::Null, 404, "no service").await;
}

fn transfer() -> Value {
    json!({
        "dataSourceId": "google_cloud_storage", "displayName": "t", "destinationDatasetId": "d", "schedule": "every 15 minutes",
        "params": {"data_path_template": "gs://b/*.json", "destination_table_name_template": "events", "file_format": "JSON"},
    })
}

#[tokio::test]
async fn transfers() {
    let cloud = cloud().await;
    let all = format!("{TRANSFER}/transferConfigs");
    refused(&cloud, "POST", &all, transfer(), 404, "Not found: Dataset p-1:d").await;
    let dataset = json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"});
    ok(&cloud, "POST", &format!("{BIGQUERY}/datasets"), dataset).await;
    let runner = format!("{all}?serviceAccountName=x%40p-1.iam.gserviceaccount.com");
    refused(&cloud, "POST", &runner, transfer(), 404, "x@p-1.iam.gserviceaccount.com was not found").await;
    let elsewhere = all.replace("us-central1", "europe-west1");
    refused(&cloud, "POST", &elsewhere, transfer(), 400, "located in us-central1").await;
    for (pointer, value, words) in [
        ("/schedule", json!("every 5 minutes"), "too short"),
        ("/schedule", json!("now and then"), "Failed to parse"),
        ("/params/file_format", json!("XML"), "one of CSV"),
        ("/params/data_path_template", Value::Null, "required parameter: data_path_template"),
        ("/dataSourceId", json!("nowhere"), "definition not found"),
    ] {
        let mut bad = transfer();
        *bad.pointer_mut(pointer).unwrap() = value;
        let status = if pointer == "/dataSourceId" { 404 } else { 400 };
        refused(&cloud, "POST", &all, bad, status, words).await;
    }
    let made = ok(&cloud, "POST", &all, transfer()).await;
    assert_eq!(made["scheduleOptionsV2"]["timeBasedSchedule"]["schedule"], "every 15 minutes");
    let url = at(&made, "v1", "bigquerydatatransfer");
    // The location may be left out.
    let bare = url.replace("/locations/us-central1", "");
    assert_eq!(get(&cloud, &bare).await["name"], made["name"]);
    let runs = get(&cloud, &format!("{url}/runs")).await;
    assert_eq!(
        (runs["transferRuns"].as_array().unwrap().len(), &runs["transferRuns"][0]["schedule"]),
        (1, &json!("every 15 minutes"))
    );
    let manual = json!({"requestedTimeRange": {"startTime": "2024-01-01T00:00:00Z", "endTime": "2024-01-03T00:00:00Z"}});
    assert_eq!(
        ok(&cloud, "POST", &format!("{url}:startManualRuns"), manual).await["runs"].as_array().unwrap().len(),
        2
    );
    refused(&cloud, "PATCH", &url, transfer(), 400, "mask").await;
    let mut change = transfer();
    change["scheduleOptions"] = json!({"disableAutoScheduling": true});
    let changed = ok(&cloud, "PATCH", &format!("{url}?updateMask=scheduleOptions"), change).await;
    assert_eq!(
        (&changed["scheduleOptionsV2"], &changed["nextRunTime"]),
        (&json!({"manualSchedule": {}}), &Value::Null)
    );
    ok(&cloud, "DELETE", &url, Value::Null).await;
    refused(&cloud, "GET", &format!("{url}/runs"), Value::Null, 404, "not found").await;
}

#[tokio::test]
async fn repositories() {
    let cloud = cloud().await;
    let create = format!("{REGISTRY}/repositories?repositoryId=images");
    refused(
        &cloud,
        "POST",
        &format!("{REGISTRY}/repositories?repositoryId=Images"),
        json!({"format": "DOCKER"}),
        400,
        "repository ID",
    )
    .await;
    refused(
        &cloud,
        "POST",
        &create.replace("us-central1", "mars"),
        json!({"format": "DOCKER"}),
        403,
        "'locations/mars'",
    )
    .await;
    let operation = ok(&cloud, "POST", &create, json!({"format": "DOCKER"})).await;
    assert_eq!(operation["done"], Value::Null);
    refused(&cloud, "POST", &create, json!({"format": "DOCKER"}), 409, "already exists").await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    let done = get(&cloud, &at(&operation, "v1", "artifactregistry")).await;
    assert_eq!((&done["done"], &done["response"]["mode"]), (&json!(true), &json!("STANDARD_REPOSITORY")));
    let url = format!("{REGISTRY}/repositories/images");
    assert_eq!(get(&cloud, &url).await["registryUri"], "us-central1-docker.pkg.dev/p-1/images");
    assert_eq!(get(&cloud, &format!("{url}/dockerImages")).await, json!({}));
    let change = json!({"labels": {"a": "b"}, "format": "NPM"});
    refused(&cloud, "PATCH", &format!("{url}?updateMask=format"), change.clone(), 400, "immutable").await;
    let changed = ok(&cloud, "PATCH", &format!("{url}?updateMask=labels"), change).await;
    assert_eq!((&changed["labels"]["a"], &changed["format"]), (&json!("b"), &json!("DOCKER")));
    let policy = json!({"policy": {"bindings": [{"role": "roles/artifactregistry.reader", "members": ["user:u@x.org"]}]}});
    ok(&cloud, "POST", &format!("{url}:setIamPolicy"), policy).await;
    let seen = send_as(&cloud, "local.u@x.org", "GET", &url, Value::Null).await;
    assert!(seen.status == 200 && seen.headers.contains("application/json"), "{seen:?}");
    assert_eq!(send_as(&cloud, "local.u@x.org", "DELETE", &url, Value::Null).await.status, 403);
    ok(&cloud, "DELETE", &url, Value::Null).await;
    refused(&cloud, "GET", &url, Value::Null, 404, "not found").await;
}

#[tokio::test]
async fn each_operation_has_a_name_of_its_own() {
    let cloud = with(|it| it.operation = Duration::from_secs(60)).await;
    let create = |id: &str| format!("{REGISTRY}/repositories?repositoryId={id}");
    let one = ok(&cloud, "POST", &create("a"), json!({"format": "DOCKER"})).await;
    assert_eq!(get(&cloud, &at(&one, "v1", "artifactregistry")).await["done"], Value::Null);
    let two = ok(&cloud, "POST", &create("b"), json!({"format": "DOCKER"})).await;
    assert_ne!(one["name"], two["name"]);
}

#[tokio::test]
async fn secrets_and_their_versions() {
    let cloud = cloud().await;
    let secret = format!("{SECRETS}/secrets/key");
    let create = format!("{SECRETS}/secrets?secretId=key");
    refused(&cloud, "POST", &create, json!({}), 400, "replication is required").await;
    ok(&cloud, "POST", &create, json!({"replication": {"automatic": {}}, "ttl": "3600s"})).await;
    refused(&cloud, "POST", &create, json!({"replication": {"automatic": {}}}), 409, "already exists").await;
    let shown = get(&cloud, &secret).await;
    assert!(shown["ttl"].is_null() && shown["expireTime"].is_string(), "{shown}");
    let add = format!("{secret}:addVersion");
    for data in ["b25l", "dHdv"] {
        ok(&cloud, "POST", &add, json!({"payload": {"data": data}})).await;
    }
    refused(&cloud, "POST", &add, json!({"payload": {"data": "b25l", "dataCrc32c": "1"}}), 400, "checksum")
        .await;
    let latest = format!("{secret}/versions/latest:access");
    assert_eq!(get(&cloud, &latest).await["payload"]["data"], "dHdv");
    let listed = get(&cloud, &format!("{secret}/versions")).await;
    assert!(
        listed["versions"][0]["name"].as_str().unwrap().ends_with("/versions/2") && listed["totalSize"] == 2,
        "{listed}"
    );
    let two = format!("{secret}/versions/2");
    ok(&cloud, "POST", &format!("{two}:disable"), json!({})).await;
    refused(&cloud, "GET", &latest, Value::Null, 400, "is in DISABLED state").await;
    let destroyed = ok(&cloud, "POST", &format!("{two}:destroy"), json!({})).await;
    assert!(destroyed["state"] == "DESTROYED" && destroyed["destroyTime"].is_string());
    refused(&cloud, "POST", &format!("{two}:enable"), json!({}), 400, "is in DESTROYED state").await;
    assert_eq!(get(&cloud, &two).await["state"], "DESTROYED");
    refused(&cloud, "PATCH", &secret, json!({"labels": {"a": "b"}}), 400, "mask").await;
    let alias = json!({"versionAliases": {"good": "1"}});
    ok(&cloud, "PATCH", &format!("{secret}?updateMask=versionAliases"), alias).await;
    assert_eq!(get(&cloud, &format!("{secret}/versions/good:access")).await["payload"]["data"], "b25l");
    ok(&cloud, "DELETE", &secret, Value::Null).await;
    refused(&cloud, "GET", &two, Value::Null, 404, "not found").await;
}

#[tokio::test]
async fn metrics_and_sinks() {
    let cloud = cloud().await;
    let metric = json!({"name": "a/b", "filter": "severity>=ERROR", "description": "d"});
    let made = ok(&cloud, "POST", &format!("{LOGGING}/metrics"), metric.clone()).await;
    assert_eq!(
        made["metricDescriptor"],
        json!({
        "name": "projects/p-1/metricDescriptors/logging.googleapis.com/user/a/b", "type": "logging.googleapis.com/user/a/b",
        "metricKind": "DELTA", "valueType": "INT64", "unit": "1", "description": "d"})
    );
    refused(&cloud, "POST", &format!("{LOGGING}/metrics"), metric, 409, "already exists").await;
    let url = format!("{LOGGING}/metrics/a%2Fb");
    assert_eq!(get(&cloud, &url).await["name"], "a/b");
    // An update makes what is not there.
    ok(&cloud, "PUT", &format!("{LOGGING}/metrics/new"), json!({"filter": "x"})).await;
    assert_eq!(get(&cloud, &format!("{LOGGING}/metrics")).await["metrics"].as_array().unwrap().len(), 2);

    let sinks = format!("{LOGGING}/sinks");
    refused(&cloud, "POST", &sinks, json!({"name": "s", "destination": "mail"}), 400, "destination").await;
    let body = json!({"name": "s", "destination": "storage.googleapis.com/b", "filter": " severity>=ERROR "});
    let made = ok(&cloud, "POST", &format!("{sinks}?uniqueWriterIdentity=true"), body).await;
    assert_eq!(made["filter"], "severity>=ERROR");
    assert!(made["writerIdentity"].as_str().unwrap().contains("@gcp-sa-logging."));
    let url = format!("{sinks}/s");
    let moved = json!({"destination": "storage.googleapis.com/c", "description": "kept out"});
    let changed = ok(&cloud, "PATCH", &format!("{url}?updateMask=destination"), moved).await;
    assert_eq!(
        (&changed["destination"], &changed["description"]),
        (&json!("storage.googleapis.com/c"), &Value::Null)
    );
    refused(
        &cloud,
        "PATCH",
        &format!("{url}?uniqueWriterIdentity=false"),
        json!({}),
        400,
        "must not be false",
    )
    .await;
    let names =
        |it: Value| it["sinks"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(get(&cloud, &sinks).await), ["_Default", "_Required", "s"]);
    ok(&cloud, "DELETE", &format!("{sinks}/_Default"), Value::Null).await;
    refused(&cloud, "DELETE", &format!("{sinks}/_Required"), Value::Null, 400, "cannot be deleted").await;
    assert_eq!(names(get(&cloud, &sinks).await), ["_Required", "s"]);
}

#[tokio::test]
async fn log_buckets_and_exclusions() {
    let cloud = cloud().await;
    let all = format!("{LOGGING}/locations/global/buckets");
    let made = ok(&cloud, "POST", &format!("{all}?bucketId=b"), json!({})).await;
    assert_eq!((&made["retentionDays"], &made["lifecycleState"]), (&json!(30), &json!("ACTIVE")));
    assert_eq!(get(&cloud, &all).await["buckets"].as_array().unwrap().len(), 3);
    let url = format!("{all}/b");
    let changed =
        ok(&cloud, "PATCH", &format!("{url}?updateMask=retentionDays"), json!({"retentionDays": 60})).await;
    assert_eq!(changed["retentionDays"], 60);
    ok(&cloud, "POST", &format!("{url}/views?viewId=v"), json!({"filter": "LOG_ID(\"x\")"})).await;
    assert_eq!(get(&cloud, &format!("{url}/views")).await["views"].as_array().unwrap().len(), 1);
    ok(&cloud, "DELETE", &url, Value::Null).await;
    assert_eq!(get(&cloud, &url).await["lifecycleState"], "DELETE_REQUESTED");
    refused(&cloud, "DELETE", &format!("{all}/_Required"), Value::Null, 400, "cannot be deleted").await;
    let exclusions = format!("{LOGGING}/exclusions");
    let made = ok(&cloud, "POST", &exclusions, json!({"name": "e", "filter": "x"})).await;
    assert_eq!(made["name"], "e");
    ok(&cloud, "PATCH", &format!("{exclusions}/e?updateMask=disabled"), json!({"disabled": true})).await;
    assert_eq!(get(&cloud, &format!("{exclusions}/e")).await["disabled"], true);
}

#[tokio::test]
async fn uptime_checks_groups_and_custom_metrics() {
    let cloud = cloud().await;
    let check = json!({
        "displayName": "Home Page", "httpCheck": {"useSsl": true}, "contentMatchers": [{"content": "ok"}],
        "monitoredResource": {"type": "uptime_url", "labels": {"host": "x.org"}}});
    let made = ok(&cloud, "POST", &format!("{MONITORING}/uptimeCheckConfigs"), check).await;
    assert!(
        made["name"].as_str().unwrap().starts_with("projects/p-1/uptimeCheckConfigs/home-page-"),
        "{made}"
    );
    assert_eq!(made["httpCheck"], json!({"useSsl": true, "path": "/", "port": 443, "requestMethod": "GET"}));
    let url = at(&made, "v3", "monitoring");
    refused(&cloud, "PATCH", &format!("{url}?updateMask=period"), json!({"period": "61s"}), 400, "period")
        .await;
    ok(&cloud, "DELETE", &url, Value::Null).await;

    let groups = format!("{MONITORING}/groups");
    let outer = ok(&cloud, "POST", &groups, json!({"displayName": "a", "filter": "x"})).await;
    let inner = json!({"displayName": "b", "filter": "y", "parentName": outer["name"]});
    let inner = ok(&cloud, "POST", &groups, inner).await;
    let url = at(&outer, "v3", "monitoring");
    refused(&cloud, "DELETE", &url, Value::Null, 400, "has children").await;
    ok(&cloud, "DELETE", &format!("{url}?recursive=true"), Value::Null).await;
    refused(&cloud, "GET", &at(&inner, "v3", "monitoring"), Value::Null, 404, "Cannot find group").await;

    let all = format!("{MONITORING}/metricDescriptors");
    let metric = json!({"type": "custom.googleapis.com/a/b", "metricKind": "GAUGE", "valueType": "INT64"});
    ok(&cloud, "POST", &all, metric).await;
    refused(&cloud, "POST", &all, json!({"type": "a", "metricKind": 1, "valueType": 2}), 400, "metric type")
        .await;
    let filter = "metric.type%3Dstarts_with(%22custom.googleapis.com/%22)";
    assert_eq!(
        get(&cloud, &format!("{all}?filter={filter}")).await["metricDescriptors"].as_array().unwrap().len(),
        1
    );
    ok(&cloud, "DELETE", &format!("{all}/custom.googleapis.com/a/b"), Value::Null).await;
}

#[tokio::test]
async fn scheduled_jobs() {
    let cloud = cloud().await;
    let all = format!("{SCHEDULER}/jobs");
    let name = "projects/p-1/locations/us-central1/jobs/j";
    let mut job = json!({"name": name, "schedule": "*/5 * * * *", "httpTarget": {"uri": "https://x.org/", "body": "YQ=="}});
    let made = ok(&cloud, "POST", &all, job.clone()).await;
    assert_eq!(
        made["httpTarget"]["headers"],
        json!({"Content-Type": "application/octet-stream", "User-Agent": "Google-Cloud-Scheduler"})
    );
    assert_eq!(
        (&made["httpTarget"]["httpMethod"], &made["attemptDeadline"]),
        (&json!("POST"), &json!("180s"))
    );
    assert_eq!(
        (&made["state"], &made["retryConfig"]["maxBackoffDuration"]),
        (&json!("ENABLED"), &json!("3600s"))
    );
    refused(&cloud, "POST", &all, job.clone(), 409, "already exists").await;
    job["schedule"] = json!("* *");
    refused(&cloud, "POST", &all, job.clone(), 400, "Schedule").await;
    let url = format!("{all}/j");
    assert_eq!(ok(&cloud, "POST", &format!("{url}:pause"), json!({})).await["state"], "PAUSED");
    let target = json!({"pubsubTarget": {"topicName": "projects/p-1/topics/t", "data": "YQ=="}});
    let changed = ok(&cloud, "PATCH", &format!("{url}?updateMask=pubsubTarget"), target).await;
    assert_eq!(
        (&changed["state"], &changed["httpTarget"], &changed["attemptDeadline"]),
        (&json!("PAUSED"), &Value::Null, &Value::Null)
    );
    assert_eq!(ok(&cloud, "POST", &format!("{url}:resume"), json!({})).await["state"], "ENABLED");
    refused(&cloud, "POST", &format!("{url}:run"), json!({}), 501, "has not built it").await;
    ok(&cloud, "DELETE", &url, Value::Null).await;
    refused(&cloud, "GET", &url, Value::Null, 404, "Job not found.").await;
}

/// A job as it is when it runs.
async fn running(cloud: &Running, job: &str) -> Value {
    for _ in 0..200 {
        let got = get(cloud, job).await;
        if got["currentState"] == "JOB_STATE_RUNNING" {
            return got;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{job} does not run");
}

#[tokio::test]
async fn dataflow_jobs() {
    let cloud = cloud().await;
    let launch =
        format!("{DATAFLOW}/templates:launch?gcsPath=gs://dataflow-templates/latest/PubSub_to_BigQuery");
    ok(&cloud, "PUT", "https://pubsub.googleapis.com/v1/projects/p-1/topics/events", json!({})).await;
    let parameters = json!({"inputTopic": "projects/p-1/topics/events", "outputTableSpec": "p-1:d.t"});
    let mut body = json!({"jobName": "stream", "parameters": parameters});
    let first = ok(&cloud, "POST", &launch, body.clone()).await["job"].clone();
    assert_eq!(first["type"], "JOB_TYPE_STREAMING");
    refused(&cloud, "POST", &launch, body.clone(), 409, "already an active job named stream").await;
    refused(&cloud, "POST", &launch, json!({"jobName": "Stream"}), 400, "invalid").await;
    let url = |job: &Value| format!("{DATAFLOW}/jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(get(&cloud, &url(&first)).await["currentState"], "JOB_STATE_PENDING");
    let running = running(&cloud, &url(&first)).await;
    assert_eq!(running["labels"]["goog-dataflow-provided-template-name"], "pubsub_to_bigquery");
    assert_eq!(
        running["environment"]["sdkPipelineOptions"]["options"]["inputTopic"],
        "projects/p-1/topics/events"
    );
    // An update is another job in the place of the first.
    body["update"] = json!(true);
    let second = ok(&cloud, "POST", &launch, body.clone()).await["job"].clone();
    let replaced = get(&cloud, &url(&first)).await;
    assert_eq!(
        (&replaced["currentState"], &replaced["replacedByJobId"]),
        (&json!("JOB_STATE_UPDATED"), &second["id"])
    );
    self::running(&cloud, &url(&second)).await;
    let stopping = ok(&cloud, "PUT", &url(&second), json!({"requestedState": "JOB_STATE_DRAINING"})).await;
    assert_eq!(stopping["currentState"], "JOB_STATE_DRAINING");
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(get(&cloud, &url(&second)).await["currentState"], "JOB_STATE_DRAINED");
    refused(
        &cloud,
        "PUT",
        &url(&second),
        json!({"requestedState": "JOB_STATE_CANCELLED"}),
        400,
        "has terminated",
    )
    .await;
    refused(&cloud, "POST", &launch, body, 404, "RUNNING OR DRAINING").await;
    assert_eq!(get(&cloud, &format!("{DATAFLOW}/jobs?filter=ACTIVE")).await, json!({}));
    assert_eq!(
        get(&cloud, &format!("{DATAFLOW}/jobs?filter=TERMINATED")).await["jobs"].as_array().unwrap().len(),
        2
    );
    refused(&cloud, "GET", &format!("{DATAFLOW}/jobs/none"), Value::Null, 404, "could not be found").await;
}

#[tokio::test]
async fn locations() {
    let cloud = cloud().await;
    for service in ["run", "artifactregistry", "cloudscheduler"] {
        let url = format!("https://{service}.googleapis.com/v1/projects/p-1/locations");
        let (mut found, mut page) = (Vec::new(), String::new());
        loop {
            let answer = get(&cloud, &format!("{url}?pageSize=20&pageToken={page}")).await;
            let locations = answer["locations"].as_array().unwrap();
            assert!((1..=20).contains(&locations.len()), "{answer}");
            found.extend(locations.iter().map(|it| it["locationId"].as_str().unwrap().to_owned()));
            match answer["nextPageToken"].as_str() {
                Some(next) => page = next.to_owned(),
                None => break,
            }
        }
        assert!(found.iter().any(|it| it == "us-central1") && found.len() > 40, "{service}: {found:?}");
        // Only images lie in more than one region.
        assert_eq!(found.iter().any(|it| it == "europe"), service == "artifactregistry", "{found:?}");
    }
    // Of Cloud Run's services each is asked for its own.
    let all = "https://run.googleapis.com/v2/projects/p-1/locations/-/services";
    refused(&cloud, "GET", all, Value::Null, 400, "wildcard").await;
}
