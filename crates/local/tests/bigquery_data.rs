//! Rows of BigQuery: streamed, listed, loaded, queried, kept.

mod client;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{cloud, raw, send, with};
use local::Running;
use serde_json::{Value, json};

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";
const STORAGE: &str = "https://storage.googleapis.com/storage/v1";

/// Sends a request that must succeed.
async fn ok(cloud: &Running, method: &str, path: &str, body: Value) -> Value {
    let got = send(cloud, method, &format!("{BIGQUERY}{path}"), body).await;
    assert!(got.status < 300, "{method} {path}: {} {}", got.status, got.message());
    got.json()
}

/// The dataset `d` with the table `events`.
async fn events(cloud: &Running) {
    ok(
        cloud,
        "POST",
        "/datasets",
        json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"}),
    )
    .await;
    let schema = json!({"fields": [
        {"name": "event_id", "type": "STRING", "mode": "REQUIRED"},
        {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"}]});
    ok(
        cloud,
        "POST",
        "/datasets/d/tables",
        json!({"tableReference": {"tableId": "events"}, "schema": schema}),
    )
    .await;
}

fn event(id: &str, second: u32) -> Value {
    json!({"event_id": id, "event_data": "{\"country\": \"FR\"}", "timestamp": format!("2025-05-07 08:25:{second}")})
}

async fn stream(cloud: &Running, rows: Value, more: Value) -> Value {
    let mut body = json!({"rows": rows});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    ok(cloud, "POST", "/datasets/d/tables/events/insertAll", body).await
}

/// The first column of a page.
fn firsts(page: &Value) -> Vec<String> {
    let rows = page["rows"].as_array().into_iter().flatten();
    rows.map(|it| it["f"][0]["v"].as_str().unwrap_or("NULL").to_owned()).collect()
}

#[tokio::test]
async fn rows_are_streamed_and_listed() {
    let cloud = cloud().await;
    events(&cloud).await;
    let rows: Value = (10..15).map(|it| json!({"json": event(&format!("e{it}"), it)})).collect();
    assert!(stream(&cloud, rows, json!({})).await["insertErrors"].is_null());
    let page = ok(&cloud, "GET", "/datasets/d/tables/events/data?maxResults=2", Value::Null).await;
    assert_eq!(
        (page["totalRows"].as_str(), firsts(&page)),
        (Some("5"), vec!["e10".to_owned(), "e11".to_owned()])
    );
    assert_eq!(
        page["rows"][0],
        json!({"f": [{"v": "e10"}, {"v": "{\"country\":\"FR\"}"}, {"v": "1.74660631E9"}]})
    );
    let next = page["pageToken"].as_str().unwrap();
    let path = format!(
        "/datasets/d/tables/events/data?pageToken={next}&selectedFields=timestamp&formatOptions.useInt64Timestamp=true"
    );
    let page = ok(&cloud, "GET", &path, Value::Null).await;
    assert_eq!(page["rows"][0], json!({"f": [{"v": "1746606312000000"}]}));
    assert!(page["pageToken"].is_null());
    let table = ok(&cloud, "GET", "/datasets/d/tables/events", Value::Null).await;
    assert_eq!((&table["streamingBuffer"]["estimatedRows"], &table["numRows"]), (&json!("5"), &json!("0")));
}

#[tokio::test]
async fn bad_rows_are_told_and_repetitions_dropped() {
    let cloud = cloud().await;
    events(&cloud).await;
    let good = json!({"insertId": "x", "json": event("good", 10)});
    let rows = json!([good, {"json": {"event_id": "a", "nope": 1, "timestamp": "2025-05-07"}}]);
    let told = stream(&cloud, rows.clone(), json!({})).await["insertErrors"].clone();
    assert_eq!(
        told[0],
        json!({"index": 0, "errors": [{"reason": "stopped", "location": "", "debugInfo": "", "message": ""}]})
    );
    assert_eq!(
        told[1],
        json!({"index": 1, "errors": [{"reason": "invalid", "location": "nope", "debugInfo": "", "message": "no such field: nope."}]})
    );
    let told = stream(&cloud, rows.clone(), json!({"skipInvalidRows": true})).await["insertErrors"].clone();
    assert_eq!(told.as_array().map(Vec::len), Some(1));
    // The good one is there by now: only the other is new.
    let told = stream(&cloud, rows, json!({"ignoreUnknownValues": true})).await;
    assert!(told["insertErrors"].is_null(), "{told}");
    let page = ok(&cloud, "GET", "/datasets/d/tables/events/data", Value::Null).await;
    assert_eq!(firsts(&page), ["good", "a"]);
}

#[tokio::test]
async fn rows_survive_and_go_with_their_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = |settings: &mut local::Settings| settings.data = Some(folder.path().to_owned());
    let cloud = with(at).await;
    events(&cloud).await;
    stream(&cloud, json!([{"json": event("kept", 10)}]), json!({})).await;
    cloud.stop().await;
    let cloud = with(at).await;
    let page = ok(&cloud, "GET", "/datasets/d/tables/events/data", Value::Null).await;
    assert_eq!(firsts(&page), ["kept"]);
    ok(&cloud, "DELETE", "/datasets/d?deleteContents=true", Value::Null).await;
    events(&cloud).await;
    let page = ok(&cloud, "GET", "/datasets/d/tables/events/data", Value::Null).await;
    assert_eq!((firsts(&page), page["totalRows"].as_str()), (vec![], Some("0")));
}

#[tokio::test]
async fn a_subscription_writes_into_a_table() {
    let cloud = cloud().await;
    events(&cloud).await;
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let number = send(&cloud, "GET", project, Value::Null).await.json()["projectNumber"].clone();
    let agent =
        format!("serviceAccount:service-{}@gcp-sa-pubsub.iam.gserviceaccount.com", number.as_str().unwrap());
    let policy = json!({"policy": {"bindings": [{"role": "roles/bigquery.dataEditor", "members": [agent]}]}});
    assert_eq!(send(&cloud, "POST", &format!("{project}:setIamPolicy"), policy).await.status, 200);
    let pubsub = "https://pubsub.googleapis.com/v1/projects/p-1";
    send(&cloud, "PUT", &format!("{pubsub}/topics/topic-1"), json!({})).await;
    let subscription = json!({"topic": "projects/p-1/topics/topic-1",
        "bigqueryConfig": {"table": "p-1.d.events", "useTableSchema": true}});
    let made = send(&cloud, "PUT", &format!("{pubsub}/subscriptions/sub-1"), subscription).await;
    assert_eq!(made.status, 200, "{}", made.message());
    let message = STANDARD.encode(
        json!({"event_id": "x", "event_data": {"a": 1}, "timestamp": "2025-05-07T08:25:14Z"}).to_string(),
    );
    let body = json!({"messages": [{"data": message}]});
    assert_eq!(send(&cloud, "POST", &format!("{pubsub}/topics/topic-1:publish"), body).await.status, 200);
    for _ in 0..100 {
        let page = ok(&cloud, "GET", "/datasets/d/tables/events/data", Value::Null).await;
        if page["totalRows"] == "1" {
            assert_eq!(page["rows"][0]["f"][1]["v"], "{\"a\":1}");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the message did not become a row");
}

async fn put(cloud: &Running, name: &str, content: &str) {
    let _ = send(cloud, "POST", &format!("{STORAGE}/b?project=p-1"), json!({"name": "bucket-1"})).await;
    let url =
        format!("https://storage.googleapis.com/upload/storage/v1/b/bucket-1/o?uploadType=media&name={name}");
    let put = raw(cloud, "POST", &url, &[], content.as_bytes()).await;
    assert!(put.is_some_and(|it| it.status == 200), "{name}");
}

async fn load(cloud: &Running, uris: Value, more: Value) -> Value {
    let mut configuration = json!({"sourceUris": uris, "sourceFormat": "NEWLINE_DELIMITED_JSON",
        "destinationTable": {"projectId": "p-1", "datasetId": "d", "tableId": "events"}});
    for (name, value) in more.as_object().into_iter().flatten() {
        configuration[name.as_str()] = value.clone();
    }
    ok(cloud, "POST", "/jobs", json!({"configuration": {"load": configuration}})).await
}

#[tokio::test]
async fn a_load_takes_all_or_nothing() {
    let cloud = cloud().await;
    events(&cloud).await;
    let line = |id: &str| {
        format!(
            "{{\"event_id\": \"{id}\", \"event_data\": {{\"a\": 1}}, \"timestamp\": \"2025-05-07T08:00:00Z\"}}\n"
        )
    };
    put(&cloud, "events-1.json", &line("a")).await;
    put(&cloud, "events-2.json", &format!("{}\n{}", line("b"), line("c"))).await;
    let job = load(&cloud, json!(["gs://bucket-1/events-*.json"]), json!({})).await;
    assert_eq!(
        (
            &job["status"]["state"],
            &job["statistics"]["load"]["outputRows"],
            &job["statistics"]["load"]["inputFiles"]
        ),
        (&json!("DONE"), &json!("3"), &json!("2")),
        "{job}"
    );
    assert_eq!(job["jobReference"]["location"], "us-central1");
    put(&cloud, "bad.json", &format!("{}{{\"event_id\": 1,\n", line("d"))).await;
    let job = load(&cloud, json!(["gs://bucket-1/*.json"]), json!({})).await;
    assert_eq!(
        (job["status"]["errorResult"]["location"].as_str(), job["status"]["errors"][1]["message"].as_str()),
        (
            Some("gs://bucket-1/bad.json"),
            Some(
                "Error while reading data, error message: JSON parsing error in row starting at position 79 (line 2): \
                 Parser terminated before end of string. File: gs://bucket-1/bad.json"
            )
        )
    );
    let table = ok(&cloud, "GET", "/datasets/d/tables/events", Value::Null).await;
    assert_eq!(table["numRows"], "3");
    let job = load(&cloud, json!(["gs://bucket-1/bad.json"]), json!({"maxBadRecords": 1})).await;
    assert_eq!(
        (&job["status"]["errorResult"], &job["statistics"]["load"]["badRecords"]),
        (&Value::Null, &json!("1"))
    );
    let job = load(&cloud, json!(["gs://bucket-1/none"]), json!({})).await;
    assert_eq!(job["status"]["errorResult"]["message"], "Not found: URI gs://bucket-1/none");
}

#[tokio::test]
async fn a_load_makes_grows_and_replaces_tables() {
    let cloud = cloud().await;
    events(&cloud).await;
    put(&cloud, "t.csv", "id,name\n1,\"a, b\"\n2,\n").await;
    let to = json!({"projectId": "p-1", "datasetId": "d", "tableId": "made"});
    let csv = json!({"sourceFormat": "CSV", "autodetect": true, "destinationTable": to});
    let job = load(&cloud, json!(["gs://bucket-1/t.csv"]), csv).await;
    assert_eq!(job["status"]["errorResult"], Value::Null);
    let table = ok(&cloud, "GET", "/datasets/d/tables/made", Value::Null).await;
    assert_eq!(table["schema"]["fields"][0], json!({"name": "id", "type": "INTEGER", "mode": "NULLABLE"}));
    put(&cloud, "more.json", "{\"id\": 3, \"extra\": true}\n").await;
    let more =
        |options: Value| json!({"destinationTable": to, "autodetect": true, "schemaUpdateOptions": options});
    let job = load(&cloud, json!(["gs://bucket-1/more.json"]), more(json!([]))).await;
    assert_eq!(
        job["status"]["errorResult"]["message"],
        "Provided Schema does not match Table p-1:d.made. Cannot add fields (field: extra)"
    );
    let job = load(&cloud, json!(["gs://bucket-1/more.json"]), more(json!(["ALLOW_FIELD_ADDITION"]))).await;
    assert_eq!(job["status"]["errorResult"], Value::Null);
    let page = ok(&cloud, "GET", "/datasets/d/tables/made/data", Value::Null).await;
    assert_eq!(page["rows"][0], json!({"f": [{"v": "1"}, {"v": "a, b"}, {"v": null}]}));
    assert_eq!(page["rows"][2], json!({"f": [{"v": "3"}, {"v": null}, {"v": "true"}]}));
    let empty = json!({"destinationTable": to, "writeDisposition": "WRITE_EMPTY"});
    let job = load(&cloud, json!(["gs://bucket-1/more.json"]), empty).await;
    assert_eq!(job["status"]["errorResult"]["reason"], "duplicate");
    let anew = json!({"destinationTable": to, "writeDisposition": "WRITE_TRUNCATE", "autodetect": true});
    load(&cloud, json!(["gs://bucket-1/more.json"]), anew).await;
    assert_eq!(ok(&cloud, "GET", "/datasets/d/tables/made", Value::Null).await["numRows"], "1");
}

mod queries {
    use client::{Answer, send_as};

    use super::*;

    fn refused(got: &Answer, status: u16, reason: &str, message: &str) {
        let error = got.json()["error"].clone();
        assert_eq!(
            (got.status, error["errors"][0]["reason"].as_str(), error["message"].as_str()),
            (status, Some(reason), Some(message))
        );
    }

    async fn query(cloud: &Running, sql: &str, more: Value) -> Answer {
        let mut body = json!({"query": sql, "useLegacySql": false});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        send(cloud, "POST", &format!("{BIGQUERY}/queries"), body).await
    }

    #[tokio::test]
    async fn a_query_answers_pages_and_is_remembered() {
        let cloud = cloud().await;
        events(&cloud).await;
        let rows: Value = (10..15).map(|it| json!({"json": event(&format!("e{it}"), it)})).collect();
        stream(&cloud, rows, json!({})).await;
        let sql = "SELECT event_id FROM `p-1.d.events` WHERE timestamp < @before ORDER BY event_id";
        let before = json!([{"name": "before", "parameterType": {"type": "TIMESTAMP"},
            "parameterValue": {"value": "2025-05-07 08:25:14"}}]);
        let more = json!({"queryParameters": before, "maxResults": 3, "requestId": "once"});
        let got = query(&cloud, sql, more.clone()).await.json();
        assert_eq!(
            (&got["jobComplete"], &got["cacheHit"], &got["totalRows"], firsts(&got).len()),
            (&json!(true), &json!(false), &json!("4"), 3)
        );
        let job = got["jobReference"]["jobId"].as_str().unwrap();
        let path =
            format!("/queries/{job}?location=us-central1&pageToken={}", got["pageToken"].as_str().unwrap());
        assert_eq!(firsts(&ok(&cloud, "GET", &path, Value::Null).await), ["e13"]);
        assert_eq!(query(&cloud, sql, more).await.json()["jobReference"], got["jobReference"]);
        let path = format!("/jobs/{job}?location=us-central1");
        let seen = ok(&cloud, "GET", &path, Value::Null).await;
        assert_eq!(seen["statistics"]["query"]["referencedTables"][0]["tableId"], "events");
        let elsewhere = send(&cloud, "GET", &format!("{BIGQUERY}/jobs/{job}"), Value::Null).await;
        assert_eq!(elsewhere.status, 404);
    }

    #[tokio::test]
    async fn what_a_query_may_cost() {
        let cloud = cloud().await;
        events(&cloud).await;
        stream(&cloud, json!([{"json": event("abc", 10)}]), json!({})).await;
        let sql = "SELECT event_id, timestamp FROM d.events";
        let dry = query(&cloud, sql, json!({"dryRun": true})).await.json();
        assert_eq!(
            (&dry["totalBytesProcessed"], &dry["schema"]["fields"][1]["type"]),
            (&json!("13"), &json!("TIMESTAMP"))
        );
        let got = query(&cloud, sql, json!({"maximumBytesBilled": "1000"})).await;
        refused(
            &got,
            400,
            "bytesBilledLimitExceeded",
            "Query exceeded limit for bytes billed: 1000. 10485760 or higher required.",
        );
        let got = query(&cloud, sql, json!({"maximumBytesBilled": "10485760"})).await;
        assert_eq!((got.status, &got.json()["totalBytesBilled"]), (200, &json!("10485760")));
    }

    #[tokio::test]
    async fn failures() {
        let cloud = cloud().await;
        events(&cloud).await;
        let of = |sql: &'static str| query(&cloud, sql, json!({}));
        refused(&of("SELECT x FROM d.events").await, 400, "invalidQuery", "Unrecognized name: x at [1:8]");
        refused(
            &of("SELECT FROM d.events").await,
            400,
            "invalidQuery",
            "Syntax error: Unexpected keyword FROM at [1:8]",
        );
        refused(
            &of("SELECT 1 FROM d.no").await,
            404,
            "notFound",
            "Not found: Table p-1:d.no was not found in location us-central1",
        );
        refused(
            &of("SELECT 1 FROM nowhere.no_table").await,
            404,
            "notFound",
            "Not found: Dataset p-1:nowhere was not found in location US",
        );
        let legacy = send(&cloud, "POST", &format!("{BIGQUERY}/queries"), json!({"query": "SELECT 1"})).await;
        assert_eq!(legacy.status, 400);
        // A job fails by itself, not its request.
        let job = json!({"jobReference": {"jobId": "mine"}, "configuration": {"query": {"query": "SELECT x FROM d.events", "useLegacySql": false}}});
        let made = ok(&cloud, "POST", "/jobs", job.clone()).await;
        assert_eq!(
            made["status"]["errorResult"],
            json!({"reason": "invalidQuery", "location": "query", "message": "Unrecognized name: x at [1:8]"})
        );
        refused(
            &send(&cloud, "POST", &format!("{BIGQUERY}/jobs"), job).await,
            409,
            "duplicate",
            "Already Exists: Job p-1:mine",
        );
    }

    #[tokio::test]
    async fn a_caller_is_held_to_their_roles() {
        let cloud = cloud().await;
        events(&cloud).await;
        let who = "local.api-reader@p-1.iam.gserviceaccount.com";
        let iam = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
        let bind = |roles: &[&str]| {
            let bindings: Value = roles
                .iter()
                .map(|it| json!({"role": it, "members": ["serviceAccount:api-reader@p-1.iam.gserviceaccount.com"]}))
                .collect();
            json!({"policy": {"bindings": bindings}})
        };
        let account = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
        send(&cloud, "POST", account, json!({"accountId": "api-reader"})).await;
        let body = json!({"query": "SELECT event_id FROM d.events", "useLegacySql": false});
        let ask = || {
            send_as(
                &cloud,
                who,
                "POST",
                "https://bigquery.googleapis.com/bigquery/v2/projects/p-1/queries",
                body.clone(),
            )
        };
        assert_eq!(ask().await.status, 403);
        send(&cloud, "POST", &format!("{iam}:setIamPolicy"), bind(&["roles/bigquery.jobUser"])).await;
        refused(
            &ask().await,
            403,
            "accessDenied",
            "Access Denied: Table p-1:d.events: User does not have permission to query table p-1:d.events, or perhaps it does not exist.",
        );
        send(
            &cloud,
            "POST",
            &format!("{iam}:setIamPolicy"),
            bind(&["roles/bigquery.jobUser", "roles/bigquery.dataViewer"]),
        )
        .await;
        assert_eq!(ask().await.status, 200);
    }

    #[tokio::test]
    async fn statements_change_tables() {
        let cloud = cloud().await;
        events(&cloud).await;
        let run = async |sql: &str| {
            let got = query(&cloud, sql, json!({})).await;
            assert_eq!(got.status, 200, "{sql}: {}", got.message());
            got.json()
        };
        run("CREATE TABLE d.t AS SELECT 1 AS id, 'a' AS name UNION ALL SELECT 2, 'b'").await;
        let done = run("UPDATE d.t SET name = 'z' WHERE id = 2").await;
        assert_eq!(
            (&done["numDmlAffectedRows"], &done["dmlStats"]["updatedRowCount"]),
            (&json!("1"), &json!("1"))
        );
        assert_eq!(run("INSERT d.t (name, id) VALUES ('c', 3)").await["numDmlAffectedRows"], "1");
        assert_eq!(run("DELETE FROM d.t WHERE id = 1").await["numDmlAffectedRows"], "1");
        assert_eq!(firsts(&run("SELECT name FROM d.t ORDER BY id").await), ["z", "c"]);
        run("ALTER TABLE d.t DROP COLUMN name, ADD COLUMN `at` TIMESTAMP").await;
        let table = ok(&cloud, "GET", "/datasets/d/tables/t", Value::Null).await;
        assert_eq!(table["schema"]["fields"][1]["name"], "at");
        run("CREATE OR REPLACE VIEW d.v AS\nSELECT id * 2 AS twice FROM d.t").await;
        assert_eq!(firsts(&run("SELECT twice FROM d.v ORDER BY 1").await), ["4", "6"]);
        let view = ok(&cloud, "GET", "/datasets/d/tables/v", Value::Null).await;
        assert_eq!(view["view"]["query"], "SELECT id * 2 AS twice FROM d.t");
        let got = query(&cloud, "CREATE TABLE d.t (a INT64)", json!({})).await;
        refused(&got, 409, "duplicate", "Already Exists: Table p-1:d.t");
        run("DROP TABLE d.t").await;
        run("DROP TABLE IF EXISTS d.t").await;
        let got = query(&cloud, "INSERT d.events (event_id) VALUES ('x')", json!({})).await;
        refused(&got, 400, "invalidQuery", "Required field timestamp cannot be null");
    }
}

#[tokio::test]
async fn without_the_engine_queries_are_refused_and_rows_are_kept() {
    let select = json!({"query": "SELECT 1", "useLegacySql": false});
    let path = format!("{BIGQUERY}/queries");
    let none = with(|it| it.sql = local::Sql::None).await;
    assert_eq!(send(&none, "POST", &path, select.clone()).await.status, 501);
    let coming = with(|it| it.sql = local::Sql::OnRequest).await;
    let got = send(&coming, "POST", &path, select.clone()).await;
    assert_eq!(
        (got.status, got.json()["error"]["errors"][0]["reason"].clone()),
        (503, json!("backendError"))
    );
    assert!(got.headers.contains("retry-after"), "{}", got.headers);
    coming.sql_wanted().await;
    coming.sql_failed("the disk is full");
    let got = send(&coming, "POST", &path, select).await;
    assert_eq!(got.status, 501);
    assert!(got.message().contains("the disk is full"), "{}", got.message());
}
