//! Transfers are carried out: files of a bucket come into a table, each once, as an account that may.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;

use std::time::Duration;

use client::{cloud, raw, send, with};
use local::Running;
use serde_json::{Value, json};

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";
const STORAGE: &str = "https://storage.googleapis.com/storage/v1";
const TRANSFER: &str = "https://bigquerydatatransfer.googleapis.com/v1/projects/p-1/locations/us-central1";
const PUBSUB: &str = "https://pubsub.googleapis.com/v1/projects/p-1";
const ACCOUNT: &str = "loader@p-1.iam.gserviceaccount.com";

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, got.message());
    got.json()
}

async fn tick(cloud: &Running, by: &str) {
    ok(cloud, "POST", &format!("http://localhost/_local/tick?by={by}"), Value::Null).await;
}

/// The bucket `box`, the dataset `d` and the table `events`.
async fn world(cloud: &Running) {
    ok(cloud, "POST", &format!("{STORAGE}/b?project=p-1"), json!({"name": "box", "location": "us-central1"}))
        .await;
    let dataset = json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"});
    ok(cloud, "POST", &format!("{BIGQUERY}/datasets"), dataset).await;
    table(cloud, "events").await;
}

async fn table(cloud: &Running, id: &str) {
    let schema = json!({"fields": [{"name": "id", "type": "STRING", "mode": "REQUIRED"}, {"name": "n", "type": "INTEGER"}]});
    let table = json!({"tableReference": {"tableId": id}, "schema": schema});
    ok(cloud, "POST", &format!("{BIGQUERY}/datasets/d/tables"), table).await;
}

async fn file(cloud: &Running, name: &str, content: &str) {
    let url =
        format!("https://storage.googleapis.com/upload/storage/v1/b/box/o?uploadType=media&name={name}");
    let got =
        raw(cloud, "POST", &url, &[("Authorization", "Bearer owner")], content.as_bytes()).await.unwrap();
    assert!(got.status < 300, "{name}: {got:?}");
}

/// A config that runs when it is asked to; `more` are its parameters.
fn config(more: Value) -> Value {
    let mut params = json!({"data_path_template": "gs://box/*.json", "destination_table_name_template": "events",
        "file_format": "JSON", "write_disposition": "APPEND"});
    for (name, value) in more.as_object().into_iter().flatten() {
        params[name.as_str()] = value.clone();
    }
    json!({"dataSourceId": "google_cloud_storage", "displayName": "t", "destinationDatasetId": "d", "params": params,
        "scheduleOptions": {"disableAutoScheduling": true}})
}

/// The URL of a new config.
async fn make(cloud: &Running, config: Value, query: &str) -> String {
    let made = ok(cloud, "POST", &format!("{TRANSFER}/transferConfigs{query}"), config).await;
    format!("https://bigquerydatatransfer.googleapis.com/v1/{}", made["name"].as_str().unwrap())
}

/// Waits until a run is over.
async fn over(cloud: &Running, run: &str) -> Value {
    for _ in 0..200 {
        let got = ok(cloud, "GET", run, Value::Null).await;
        if matches!(got["state"].as_str(), Some("SUCCEEDED" | "FAILED" | "CANCELLED")) {
            return got;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{run} is not over");
}

/// Runs a config by hand, to its end.
async fn run(cloud: &Running, config: &str) -> Value {
    let asked = json!({"requestedRunTime": "2026-01-02T03:04:05Z"});
    let begun = ok(cloud, "POST", &format!("{config}:startManualRuns"), asked).await;
    let name = begun["runs"][0]["name"].as_str().unwrap();
    assert_eq!(begun["runs"][0]["state"], "PENDING");
    over(cloud, &format!("https://bigquerydatatransfer.googleapis.com/v1/{name}")).await
}

async fn says(cloud: &Running, run: &Value) -> Vec<String> {
    let url = format!(
        "https://bigquerydatatransfer.googleapis.com/v1/{}/transferLogs",
        run["name"].as_str().unwrap()
    );
    let got = ok(cloud, "GET", &url, Value::Null).await;
    let all = got["transferMessages"].as_array().cloned().unwrap_or_default();
    all.iter()
        .map(|it| format!("{} {}", it["severity"].as_str().unwrap(), it["messageText"].as_str().unwrap()))
        .collect()
}

/// The first columns of a table's rows, sorted.
async fn ids(cloud: &Running, table: &str) -> Vec<String> {
    let page = ok(cloud, "GET", &format!("{BIGQUERY}/datasets/d/tables/{table}/data"), Value::Null).await;
    let rows = page["rows"].as_array().into_iter().flatten();
    let mut all: Vec<String> = rows.map(|it| it["f"][0]["v"].as_str().unwrap_or("NULL").to_owned()).collect();
    all.sort();
    all
}

async fn grant(cloud: &Running, url: &str, policy: Value) {
    ok(cloud, "POST", url, json!({ "policy": policy })).await;
}

#[tokio::test]
async fn a_run_loads_each_file_once_and_a_changed_one_again() {
    let cloud = cloud().await;
    world(&cloud).await;
    let config = make(&cloud, config(json!({})), "").await;
    let nothing = run(&cloud, &config).await;
    assert_eq!(nothing["state"], "SUCCEEDED");
    let said = says(&cloud, &nothing).await;
    assert_eq!(said[1], "INFO No new files found matching \"gs://box/*.json\".");
    file(&cloud, "one.json", "{\"id\": \"a\", \"n\": 1}\n{\"id\": \"b\"}").await;
    file(&cloud, "deep/two.json", "{\"id\": \"c\", \"n\": \"3\"}\n").await;
    file(&cloud, "other.txt", "no").await;
    let done = run(&cloud, &config).await;
    assert_eq!(done["state"], "SUCCEEDED", "{done}");
    for field in ["startTime", "endTime", "updateTime", "scheduleTime", "runTime"] {
        assert!(done[field].is_string(), "{field}: {done}");
    }
    assert!(done["schedule"].is_null() && done["errorStatus"] == json!({}), "{done}");
    let said = says(&cloud, &done).await;
    assert!(said[0].starts_with("INFO Dispatched run to data source with id "), "{said:?}");
    assert!(
        said[2].ends_with("(table events) completed successfully. Number of records: 3, with errors: 0."),
        "{said:?}"
    );
    assert_eq!(ids(&cloud, "events").await, ["a", "b", "c"]);
    run(&cloud, &config).await;
    assert_eq!(ids(&cloud, "events").await, ["a", "b", "c"]);
    file(&cloud, "one.json", "{\"id\": \"d\"}").await;
    file(&cloud, "three.json", "{\"id\": \"e\"}").await;
    run(&cloud, &config).await;
    assert_eq!(ids(&cloud, "events").await, ["a", "b", "c", "d", "e"]);
    let jobs = ok(&cloud, "GET", &format!("{BIGQUERY}/jobs?projection=full"), Value::Null).await;
    let jobs = jobs["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 2);
    assert!(jobs[0]["jobReference"]["jobId"].as_str().unwrap().starts_with("bqts_"));
    assert_eq!(ok(&cloud, "GET", &config, Value::Null).await["state"], "SUCCEEDED");
    // Another config has loaded nothing yet.
    let second =
        make(&cloud, self::config(json!({"destination_table_name_template": "{run_date}"})), "").await;
    table(&cloud, "20260102").await;
    run(&cloud, &second).await;
    assert_eq!(ids(&cloud, "20260102").await, ["c", "d", "e"]);
}

#[tokio::test]
async fn a_bad_line_fails_its_run_and_good_files_are_loaded() {
    let cloud = cloud().await;
    world(&cloud).await;
    let config = make(&cloud, config(json!({})), "").await;
    file(&cloud, "bad.json", "{\"id\": \"x\"}\n{\"id\": \n").await;
    file(&cloud, "good.json", "{\"id\": \"a\"}").await;
    let failed = run(&cloud, &config).await;
    assert_eq!((&failed["state"], &failed["errorStatus"]["code"]), (&json!("FAILED"), &json!(3)));
    let message = failed["errorStatus"]["message"].as_str().unwrap();
    assert!(message.contains("gs://box/bad.json") && message.contains("(line 2)"), "{message}");
    let said = says(&cloud, &failed).await;
    assert!(said.iter().any(|it| it.starts_with("ERROR") && it.contains("(line 2)")), "{said:?}");
    assert_eq!(ids(&cloud, "events").await, ["a"]);
    file(&cloud, "later.json", "{\"id\": \"b\"}").await;
    assert_eq!(run(&cloud, &config).await["state"], "FAILED");
    assert_eq!(ids(&cloud, "events").await, ["a", "b"]);
    file(&cloud, "bad.json", "{\"id\": \"x\"}\n{\"id\": \"y\"}\n").await;
    assert_eq!(run(&cloud, &config).await["state"], "SUCCEEDED");
    assert_eq!(ids(&cloud, "events").await, ["a", "b", "x", "y"]);
    // So many bad ones are borne.
    let bearing = json!({"max_bad_records": "1", "data_path_template": "gs://box/some/*", "ignore_unknown_values": true});
    let bearing = make(&cloud, self::config(bearing), "").await;
    file(&cloud, "some/x", "{\"id\": \"z\", \"what\": 1}\nnonsense\n").await;
    assert_eq!(run(&cloud, &bearing).await["state"], "SUCCEEDED");
    assert!(ids(&cloud, "events").await.contains(&"z".to_owned()));
}

#[tokio::test]
async fn mirrors_csv_and_deleted_files() {
    let cloud = cloud().await;
    world(&cloud).await;
    let csv = json!({"data_path_template": "gs://box/*.csv", "file_format": "CSV", "skip_leading_rows": "1",
        "field_delimiter": ";", "write_disposition": "MIRROR"});
    let mirror = make(&cloud, config(csv), "").await;
    file(&cloud, "one.csv", "id;n\na;1\nb;2\n").await;
    for _ in 0..2 {
        assert_eq!(run(&cloud, &mirror).await["state"], "SUCCEEDED");
        assert_eq!(ids(&cloud, "events").await, ["a", "b"]);
    }
    file(&cloud, "one.csv", "id;n\nc;x\n").await;
    let failed = run(&cloud, &mirror).await;
    assert!(
        failed["errorStatus"]["message"].as_str().unwrap().contains("Could not parse 'x' as INT64"),
        "{failed}"
    );
    assert_eq!(ids(&cloud, "events").await, ["a", "b"]);
    let deleting = make(&cloud, config(json!({"delete_source_files": true})), "").await;
    file(&cloud, "gone.json", "{\"id\": \"g\"}").await;
    assert_eq!(run(&cloud, &deleting).await["state"], "SUCCEEDED");
    assert_eq!(send(&cloud, "GET", &format!("{STORAGE}/b/box/o/gone.json"), Value::Null).await.status, 404);
    assert_eq!(ids(&cloud, "events").await, ["a", "b", "g"]);
    for (params, code, words) in [
        (json!({"file_format": "ORC", "data_path_template": "gs://box/*.csv"}), 12, "format ORC"),
        (json!({"destination_table_name_template": "events$20260101"}), 12, "partitions"),
        (json!({"destination_table_name_template": "nowhere"}), 5, "Not found: Table p-1:d.nowhere"),
        (json!({"data_path_template": "gs://nowhere/*"}), 5, "bucket does not exist"),
    ] {
        let made = make(&cloud, config(params), "").await;
        let failed = run(&cloud, &made).await;
        let (got, message) =
            (&failed["errorStatus"]["code"], failed["errorStatus"]["message"].as_str().unwrap());
        assert!(got == code && message.contains(words), "{failed}");
    }
    let wrong = config(json!({"data_path_template": "gs://box/{yesterday}"}));
    let refused = send(&cloud, "POST", &format!("{TRANSFER}/transferConfigs"), wrong).await;
    assert!(
        refused.status == 400 && refused.message().contains("not a runtime parameter"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_run_may_only_what_its_account_may() {
    let cloud = cloud().await;
    world(&cloud).await;
    let accounts = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    ok(&cloud, "POST", accounts, json!({"accountId": "loader"})).await;
    file(&cloud, "one.json", "{\"id\": \"a\"}").await;
    let config = make(&cloud, config(json!({})), &format!("?serviceAccountName={ACCOUNT}")).await;
    let member = format!("serviceAccount:{ACCOUNT}");
    let failed = async |words: &str| {
        let failed = run(&cloud, &config).await;
        let message = failed["errorStatus"]["message"].as_str().unwrap();
        assert!(failed["errorStatus"]["code"] == 7 && message.contains(words), "{failed}");
        assert_eq!(ids(&cloud, "events").await, Vec::<String>::new());
    };
    failed("loader@p-1.iam.gserviceaccount.com does not have storage.objects.list access").await;
    let bindings = json!({"bindings": [{"role": "roles/storage.objectViewer", "members": [member]}]});
    ok(&cloud, "PUT", &format!("{STORAGE}/b/box/iam"), bindings).await;
    failed("Access Denied: Project p-1: User does not have bigquery.jobs.create permission").await;
    let project = "https://cloudresourcemanager.googleapis.com/v3/projects/p-1:setIamPolicy";
    grant(&cloud, project, json!({"bindings": [{"role": "roles/bigquery.jobUser", "members": [member]}]}))
        .await;
    failed("Access Denied: Table p-1:d.events: Permission bigquery.tables.get denied").await;
    let dataset = format!("{BIGQUERY}/datasets/d");
    let mut access = ok(&cloud, "GET", &dataset, Value::Null).await["access"].clone();
    let entry = |role: &str| json!({"role": role, "userByEmail": ACCOUNT});
    access.as_array_mut().unwrap().push(entry("READER"));
    ok(&cloud, "PATCH", &dataset, json!({ "access": access })).await;
    failed("Access Denied: Table p-1:d.events: Permission bigquery.tables.updateData denied").await;
    access.as_array_mut().unwrap().push(entry("WRITER"));
    ok(&cloud, "PATCH", &dataset, json!({ "access": access })).await;
    let done = run(&cloud, &config).await;
    assert_eq!(done["state"], "SUCCEEDED", "{done}");
    assert_eq!(ids(&cloud, "events").await, ["a"]);
    let jobs = ok(&cloud, "GET", &format!("{BIGQUERY}/jobs?projection=full"), Value::Null).await;
    assert_eq!(jobs["jobs"][0]["user_email"], ACCOUNT);
}

#[tokio::test]
async fn runs_come_by_schedule_as_time_passes() {
    let cloud = cloud().await;
    world(&cloud).await;
    ok(&cloud, "PUT", &format!("{PUBSUB}/topics/ended"), json!({})).await;
    ok(
        &cloud,
        "PUT",
        &format!("{PUBSUB}/subscriptions/ended-sub"),
        json!({"topic": "projects/p-1/topics/ended"}),
    )
    .await;
    let mut scheduled = config(json!({}));
    scheduled["scheduleOptions"] = Value::Null;
    scheduled["schedule"] = json!("every 15 minutes");
    scheduled["notificationPubsubTopic"] = json!("projects/p-1/topics/ended");
    let config = make(&cloud, scheduled, "").await;
    let runs = async |count: usize| {
        for _ in 0..200 {
            let got = ok(&cloud, "GET", &format!("{config}/runs?states=SUCCEEDED"), Value::Null).await;
            let all = got["transferRuns"].as_array().cloned().unwrap_or_default();
            if all.len() >= count {
                assert_eq!(all.len(), count);
                return all;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("there are no {count} runs");
    };
    let first = runs(1).await;
    assert_eq!(first[0]["schedule"], "every 15 minutes");
    file(&cloud, "one.json", "{\"id\": \"a\"}").await;
    let next = ok(&cloud, "GET", &config, Value::Null).await["nextRunTime"].clone();
    tick(&cloud, "15m").await;
    let second = runs(2).await;
    assert!(second.iter().any(|it| it["scheduleTime"] == next), "{second:?} {next}");
    assert_eq!(ids(&cloud, "events").await, ["a"]);
    // Each time that has come has its run.
    tick(&cloud, "45m").await;
    runs(5).await;
    let pull = json!({"maxMessages": 10, "returnImmediately": true});
    let told = ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/ended-sub:pull"), pull).await;
    let message = &told["receivedMessages"][0]["message"];
    assert_eq!(message["attributes"]["eventType"], "TRANSFER_RUN_FINISHED");
    // Of years only the latest are run, and the next one is still to come.
    tick(&cloud, "3650d").await;
    runs(105).await;
    let got = ok(&cloud, "GET", &config, Value::Null).await;
    let now = ok(&cloud, "POST", "http://localhost/_local/tick?by=0s", Value::Null).await;
    assert!(got["nextRunTime"].as_str() > now["now"].as_str(), "{got} {now}");
    // One that is disabled has none, and may not be run.
    let mut disabled = self::config(json!({}));
    disabled["disabled"] = json!(true);
    ok(&cloud, "PATCH", &format!("{config}?updateMask=disabled"), disabled).await;
    tick(&cloud, "1h").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    runs(105).await;
    let asked = json!({"requestedRunTime": "2026-01-02T03:04:05Z"});
    assert_eq!(send(&cloud, "POST", &format!("{config}:startManualRuns"), asked).await.status, 400);
}

#[tokio::test]
async fn begun_and_ended_by_their_options() {
    let cloud = cloud().await;
    world(&cloud).await;
    let mut bounded = config(json!({}));
    bounded["schedule"] = json!("every day 03:00");
    bounded["scheduleOptions"] =
        json!({"startTime": "2100-01-01T00:00:00Z", "endTime": "2100-01-03T12:00:00Z"});
    let config = make(&cloud, bounded, "").await;
    assert_eq!(ok(&cloud, "GET", &config, Value::Null).await["nextRunTime"], "2100-01-01T00:00:00.000000Z");
    assert!(ok(&cloud, "GET", &format!("{config}/runs"), Value::Null).await["transferRuns"].is_null());
    tick(&cloud, "36500d").await;
    for _ in 0..200 {
        let got = ok(&cloud, "GET", &format!("{config}/runs?states=SUCCEEDED"), Value::Null).await;
        let mut times: Vec<String> = got["transferRuns"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| it["runTime"].as_str().unwrap_or_default().chars().take(13).collect())
            .collect();
        times.sort();
        if times.len() >= 4 {
            assert_eq!(times, ["2100-01-01T00", "2100-01-01T03", "2100-01-02T03", "2100-01-03T03"]);
            let ended = ok(&cloud, "GET", &config, Value::Null).await;
            assert!(ended["nextRunTime"].is_null(), "{ended}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("they did not come");
}

#[tokio::test]
async fn scheduled_queries_write_for_their_time() {
    let cloud = cloud().await;
    world(&cloud).await;
    let query = json!({"dataSourceId": "scheduled_query", "displayName": "q", "destinationDatasetId": "d",
        "scheduleOptions": {"disableAutoScheduling": true},
        "params": {"query": "SELECT CAST(@run_date AS STRING) AS id, 7 AS n", "write_disposition": "WRITE_APPEND",
            "destination_table_name_template": "made_{run_date}"}});
    let config = make(&cloud, query.clone(), "").await;
    let done = run(&cloud, &config).await;
    assert_eq!(done["state"], "SUCCEEDED", "{done}");
    assert_eq!(ids(&cloud, "made_20260102").await, ["2026-01-02"]);
    let mut wrong = query;
    wrong["params"]["query"] = json!("SELECT nothing FROM nowhere.none");
    let config = make(&cloud, wrong, "").await;
    let failed = run(&cloud, &config).await;
    assert!(failed["state"] == "FAILED" && failed["errorStatus"]["message"].is_string(), "{failed}");
}

#[tokio::test]
async fn a_scheduled_query_waits_for_the_engine_and_the_next_cloud_on_the_same_socket() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().to_owned());
    let cloud = with(|it| (it.data, it.sql) = (data.clone(), local::Sql::OnRequest)).await;
    world(&cloud).await;
    let query = json!({"dataSourceId": "scheduled_query", "displayName": "q", "destinationDatasetId": "d",
        "scheduleOptions": {"disableAutoScheduling": true},
        "params": {"query": "SELECT 'x' AS id", "destination_table_name_template": "made"}});
    let config = make(&cloud, query, "").await;
    let asked = json!({"requestedRunTime": "2026-01-02T03:04:05Z"});
    let begun = ok(&cloud, "POST", &format!("{config}:startManualRuns"), asked).await;
    let name = format!(
        "https://bigquerydatatransfer.googleapis.com/v1/{}",
        begun["runs"][0]["name"].as_str().unwrap()
    );
    tick(&cloud, "1h").await;
    cloud.sql_wanted().await;
    assert_eq!(ok(&cloud, "GET", &name, Value::Null).await["state"], "RUNNING");
    let address = cloud.address;
    let listener = cloud.hand_over().await.unwrap();
    // Who connects in between waits.
    let early = std::net::TcpStream::connect(address).unwrap();
    let settings = local::Settings { data, sql: client::engine(), ..local::Settings::default() };
    let next = local::start_on(settings, listener).await.unwrap();
    assert_eq!(next.address, address);
    drop(early);
    tick(&next, "1h").await;
    assert_eq!(over(&next, &name).await["state"], "SUCCEEDED");
    assert_eq!(ids(&next, "made").await, ["x"]);
}

#[tokio::test]
async fn what_waits_is_carried_out_by_the_next_cloud() {
    let folder = tempfile::tempdir().unwrap();
    let slow = |settings: &mut local::Settings| {
        settings.data = Some(folder.path().to_owned());
        settings.operation = Duration::from_secs(3600);
    };
    let cloud = with(slow).await;
    world(&cloud).await;
    let config = make(&cloud, config(json!({})), "").await;
    file(&cloud, "one.json", "{\"id\": \"a\"}").await;
    let asked = json!({"requestedRunTime": "2026-01-02T03:04:05Z"});
    let begun = ok(&cloud, "POST", &format!("{config}:startManualRuns"), asked).await;
    cloud.stop().await;
    let cloud = with(slow).await;
    tick(&cloud, "2h").await;
    let name = begun["runs"][0]["name"].as_str().unwrap();
    let done = over(&cloud, &format!("https://bigquerydatatransfer.googleapis.com/v1/{name}")).await;
    assert_eq!(done["state"], "SUCCEEDED");
    assert_eq!(ids(&cloud, "events").await, ["a"]);
}
