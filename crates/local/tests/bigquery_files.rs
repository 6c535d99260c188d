//! BigQuery's packed files, extracts and copies.

mod client;

use std::io::{Read, Write};

use client::{Answer, cloud, raw, send, send_as};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use local::Running;
use serde_json::{Value, json};

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";
const STORAGE: &str = "https://storage.googleapis.com";

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, got.message());
    got.json()
}

/// A local cloud with a dataset `d` and a bucket `bucket-1`.
async fn ready() -> Running {
    let cloud = cloud().await;
    let dataset = json!({"datasetReference": {"datasetId": "d"}, "location": "us-central1"});
    ok(&cloud, "POST", &format!("{BIGQUERY}/datasets"), dataset).await;
    ok(&cloud, "POST", &format!("{STORAGE}/storage/v1/b?project=p-1"), json!({"name": "bucket-1"})).await;
    cloud
}

async fn put(cloud: &Running, name: &str, content: &[u8]) {
    let url = format!("{STORAGE}/upload/storage/v1/b/bucket-1/o?uploadType=media&name={name}");
    assert!(raw(cloud, "POST", &url, &[], content).await.is_some_and(|it| it.status == 200), "{name}");
}

async fn get(cloud: &Running, name: &str) -> Answer {
    raw(cloud, "GET", &format!("{STORAGE}/storage/v1/b/bucket-1/o/{name}?alt=media"), &[], b"")
        .await
        .expect("an answer")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).expect("memory takes it");
    packed.finish().expect("memory takes it")
}

fn table(name: &str) -> Value {
    json!({"projectId": "p-1", "datasetId": "d", "tableId": name})
}

/// Runs a job; what it failed of, or null.
async fn job(cloud: &Running, kind: &str, configuration: Value) -> (Value, Value) {
    let done =
        ok(cloud, "POST", &format!("{BIGQUERY}/jobs"), json!({"configuration": {kind: configuration}})).await;
    assert_eq!(done["configuration"]["jobType"], kind.to_ascii_uppercase());
    (done["status"]["errorResult"]["message"].clone(), done["statistics"][kind].clone())
}

/// Loads gzip'ed lines into the table `rows`.
async fn load(cloud: &Running, name: &str, lines: &[u8]) -> (Value, Value) {
    put(cloud, name, lines).await;
    let schema = json!({"fields": [{"name": "id", "type": "INTEGER"}, {"name": "data", "type": "JSON"}]});
    let configuration = json!({"sourceUris": [format!("gs://bucket-1/{name}")], "schema": schema,
        "sourceFormat": "NEWLINE_DELIMITED_JSON", "destinationTable": table("rows")});
    job(cloud, "load", configuration).await
}

async fn count(cloud: &Running, name: &str) -> Value {
    ok(cloud, "GET", &format!("{BIGQUERY}/datasets/d/tables/{name}"), Value::Null).await["numRows"].clone()
}

#[tokio::test]
async fn packed_lines_are_loaded_and_extracted() {
    let cloud = ready().await;
    let packed = gzip(b"{\"id\": 1, \"data\": {\"a\": [1]}}\n{\"id\": 2}\n");
    let (failed, said) = load(&cloud, "rows.json.gz", &packed).await;
    assert_eq!((failed, &said["outputRows"]), (Value::Null, &json!("2")));
    assert_eq!(said["inputFileBytes"], packed.len().to_string());
    let (failed, _) = load(&cloud, "torn.json.gz", &packed[..packed.len() - 9]).await;
    let failed = failed.as_str().unwrap();
    assert!(
        failed.contains("could not be unzipped") && failed.ends_with("File: gs://bucket-1/torn.json.gz"),
        "{failed}"
    );
    assert_eq!(count(&cloud, "rows").await, "2");

    let to = |uri: &str, more: Value| {
        let mut it = json!({"sourceTable": table("rows"), "destinationUris": [uri]});
        for (name, value) in more.as_object().unwrap() {
            it[name.as_str()] = value.clone();
        }
        it
    };
    let lines = json!({"destinationFormat": "NEWLINE_DELIMITED_JSON", "compression": "GZIP"});
    let (failed, said) = job(&cloud, "extract", to("gs://bucket-1/out-*.gz", lines)).await;
    assert_eq!((failed, &said["destinationUriFileCounts"]), (Value::Null, &json!(["1"])));
    let mut text = String::new();
    let written = get(&cloud, "out-000000000000.gz").await.body;
    GzDecoder::new(written.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "{\"data\":{\"a\":[1]},\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    job(&cloud, "extract", to("gs://bucket-1/out.csv", json!({"fieldDelimiter": "\t"}))).await;
    assert_eq!(get(&cloud, "out.csv").await.body, b"id\tdata\n1\t\"{\"\"a\"\":[1]}\"\n2\t\n");

    for (uri, more, words) in [
        (
            "gs://bucket-1/x",
            json!({"destinationFormat": "PARQUET"}),
            "does not extract into the format PARQUET",
        ),
        ("gs://bucket-1/x", json!({"compression": "SNAPPY"}), "does not extract with the compression SNAPPY"),
        ("gs://bucket-1/*/*", json!({}), "Invalid extract destination URI"),
        ("/tmp/x", json!({}), "Invalid extract destination URI"),
        ("gs://bucket-2/x", json!({}), "bucket does not exist"),
        ("gs://bucket-1/x", json!({"sourceTable": table("nope")}), "Not found: Table p-1:d.nope"),
    ] {
        let (failed, _) = job(&cloud, "extract", to(uri, more)).await;
        assert!(failed.as_str().is_some_and(|it| it.contains(words)), "{failed}");
    }
    assert_eq!(get(&cloud, "x").await.status, 404);
}

#[tokio::test]
async fn tables_are_copied() {
    let cloud = ready().await;
    load(&cloud, "rows.json", b"{\"id\": 1}\n{\"id\": 2}\n").await;
    let to = |write: &str| json!({"sourceTables": [table("rows"), table("rows")], "destinationTable": table("twice"), "writeDisposition": write});
    let (failed, said) = job(&cloud, "copy", to("WRITE_EMPTY")).await;
    assert_eq!((failed, &said["copiedRows"]), (Value::Null, &json!("4")));
    let (failed, _) = job(&cloud, "copy", to("WRITE_EMPTY")).await;
    assert_eq!(failed, "Already Exists: Table p-1:d.twice");
    job(&cloud, "copy", to("WRITE_TRUNCATE")).await;
    job(&cloud, "copy", to("WRITE_APPEND")).await;
    assert_eq!(count(&cloud, "twice").await, "8");
    let mut snapshot = to("WRITE_EMPTY");
    snapshot["operationType"] = json!("SNAPSHOT");
    assert!(job(&cloud, "copy", snapshot).await.0.as_str().is_some_and(|it| it.contains("snapshots")));
}

#[tokio::test]
async fn who_may_not_read_or_write_is_refused() {
    let cloud = ready().await;
    load(&cloud, "rows.json", b"{\"id\": 1}\n").await;
    let projects = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let reader = "serviceAccount:reader@p-1.iam.gserviceaccount.com";
    let iam = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    ok(&cloud, "POST", iam, json!({"accountId": "reader"})).await;
    let policy = |roles: &[&str]| {
        let bindings: Value = roles.iter().map(|it| json!({"role": it, "members": [reader]})).collect();
        json!({"policy": {"bindings": bindings}})
    };
    for (roles, kind, configuration, words) in [
        (
            &["roles/bigquery.jobUser"][..],
            "extract",
            json!({"sourceTable": table("rows"), "destinationUris": ["gs://bucket-1/x"]}),
            "Permission bigquery.tables.export denied",
        ),
        (
            &["roles/bigquery.jobUser", "roles/bigquery.dataViewer"],
            "extract",
            json!({"sourceTable": table("rows"), "destinationUris": ["gs://bucket-1/x"]}),
            "does not have storage.objects.create access",
        ),
        (
            &["roles/bigquery.jobUser", "roles/bigquery.dataViewer"],
            "copy",
            json!({"sourceTable": table("rows"), "destinationTable": table("other")}),
            "Permission bigquery.tables.create denied",
        ),
    ] {
        ok(&cloud, "POST", &format!("{projects}:setIamPolicy"), policy(roles)).await;
        let body = json!({"configuration": {kind: configuration}});
        let got = send_as(
            &cloud,
            "local.reader@p-1.iam.gserviceaccount.com",
            "POST",
            &format!("{BIGQUERY}/jobs"),
            body,
        )
        .await;
        let said = got.json()["status"]["errorResult"]["message"].clone();
        assert!(
            said.as_str().is_some_and(|it| it.contains(words)),
            "{} {said} {}",
            got.status,
            got.message()
        );
    }
}
