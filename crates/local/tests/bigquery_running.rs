//! Query jobs that run: how long they are waited for, and what ends them.

mod client;

use std::time::{Duration, Instant};

use client::{cloud, raw, send, with};
use local::Running;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";

/// A million million pairs.
const ENDLESS: &str = "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b \
                       WHERE a + b = -1";

async fn asked(cloud: &Running, method: &str, path: &str, body: Value) -> (u16, Value) {
    let got = send(cloud, method, &format!("{BIGQUERY}{path}"), body).await;
    (got.status, got.json())
}

fn query(sql: &str, more: Value) -> Value {
    let mut body = json!({"query": sql, "useLegacySql": false});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    body
}

async fn begun(cloud: &Running) -> String {
    let started = Instant::now();
    let (status, answer) = asked(cloud, "POST", "/queries", query(ENDLESS, json!({"timeoutMs": 200}))).await;
    assert_eq!((status, &answer["jobComplete"]), (200, &json!(false)), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5));
    answer["jobReference"]["jobId"].as_str().expect("a job has an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_waited_for_as_long_as_its_request_says_and_cancelled() {
    let cloud = cloud().await;
    let job = begun(&cloud).await;
    let (_, shown) = asked(&cloud, "GET", &format!("/jobs/{job}"), Value::Null).await;
    assert_eq!(shown["status"]["state"], "RUNNING", "{shown}");
    let (_, waited) = asked(&cloud, "GET", &format!("/queries/{job}?timeoutMs=100"), Value::Null).await;
    assert_eq!(waited["jobComplete"], false, "{waited}");
    let (status, cancelled) = asked(&cloud, "POST", &format!("/jobs/{job}/cancel"), Value::Null).await;
    assert_eq!((status, &cancelled["kind"]), (200, &json!("bigquery#jobCancelResponse")), "{cancelled}");
    let (status, ended) = asked(&cloud, "GET", &format!("/queries/{job}"), Value::Null).await;
    assert_eq!((status, &ended["error"]["errors"][0]["reason"]), (400, &json!("stopped")), "{ended}");
    let (_, shown) = asked(&cloud, "GET", &format!("/jobs/{job}"), Value::Null).await;
    assert_eq!(shown["status"]["state"], "DONE", "{shown}");
    // Others were never disturbed.
    let (_, other) = asked(&cloud, "POST", "/queries", query("SELECT 1 AS x", json!({}))).await;
    assert_eq!(other["rows"][0]["f"][0]["v"], "1");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_goes_on_is_found_when_it_is_over() {
    let cloud = cloud().await;
    let slow =
        "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 1000)) a, UNNEST(GENERATE_ARRAY(1, 1000)) b";
    let (_, answer) = asked(&cloud, "POST", "/queries", query(slow, json!({"timeoutMs": 0}))).await;
    let job = answer["jobReference"]["jobId"].as_str().unwrap().to_owned();
    let (_, ended) = asked(&cloud, "GET", &format!("/queries/{job}?timeoutMs=60000"), Value::Null).await;
    assert_eq!(
        (&ended["jobComplete"], &ended["rows"][0]["f"][0]["v"]),
        (&json!(true), &json!("1000000")),
        "{ended}"
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_ends_at_its_own_limit() {
    let cloud = cloud().await;
    let (status, ended) =
        asked(&cloud, "POST", "/queries", query(ENDLESS, json!({"jobTimeoutMs": "300"}))).await;
    assert_eq!((status, &ended["error"]["errors"][0]["reason"]), (400, &json!("stopped")), "{ended}");
    let job = json!({"configuration": {"jobTimeoutMs": "300", "query": query(ENDLESS, json!({}))}});
    let (status, ended) = asked(&cloud, "POST", "/jobs", job).await;
    assert_eq!((status, &ended["status"]["errorResult"]["reason"]), (200, &json!("stopped")), "{ended}");
    cloud.stop().await;
}

/// How many query jobs the cloud says run.
async fn running(cloud: &Running, job: &str) -> bool {
    let (status, shown) = asked(cloud, "GET", &format!("/jobs/{job}"), Value::Null).await;
    status == 200 && shown["status"]["state"] == "RUNNING"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_with_its_client() {
    let cloud = cloud().await;
    let (_, _) = asked(&cloud, "POST", "/queries", query("SELECT 1", json!({}))).await;
    let body = query(ENDLESS, json!({"timeoutMs": 100_000})).to_string();
    let head = format!(
        "POST /bigquery/v2/projects/p-1/queries HTTP/1.1\r\nHost: bigquery.googleapis.com\r\nAuthorization: Bearer owner\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(cloud.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(stream);
    // The job is kept, as one that was stopped.
    let begun = Instant::now();
    loop {
        let (_, list) = asked(&cloud, "GET", "/jobs?allUsers=true&projection=full", Value::Null).await;
        let jobs = list["jobs"].as_array().cloned().unwrap_or_default();
        if jobs.iter().any(|it| it["errorResult"]["reason"] == "stopped") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{list}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_stops_while_a_query_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let cloud = with(|it| it.data = Some(data.clone())).await;
    let job = begun(&cloud).await;
    assert!(running(&cloud, &job).await);
    let started = Instant::now();
    cloud.stop().await;
    assert!(started.elapsed() < Duration::from_secs(4));
    // The data is let go of: another can have it.
    let cloud = with(|it| it.data = Some(data)).await;
    let (_, other) = asked(&cloud, "POST", "/queries", query("SELECT 1 AS x", json!({}))).await;
    assert_eq!(other["rows"][0]["f"][0]["v"], "1");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nests_deep_ends_nothing_but_its_query() {
    let cloud = cloud().await;
    for sql in [
        format!("SELECT {}", vec!["false"; 10_000].join(" OR ")),
        format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("SELECT {}", vec!["SELECT 1"; 1_000].join(" UNION ALL ")),
        format!("SELECT {}1{}", "IF(true, ".repeat(5_000), ", 2)".repeat(5_000)),
        "SELECT LPAD('a', 9000000000000000, 'b')".to_owned(),
    ] {
        let url = format!("{BIGQUERY}/queries");
        let body = query(&sql, json!({})).to_string().into_bytes();
        let headers = [("Authorization", "Bearer owner"), ("Content-Type", "application/json")];
        let got = raw(&cloud, "POST", &url, &headers, &body).await.expect("an answer");
        assert!(matches!(got.status, 200 | 400), "{}", got.message());
    }
    let (status, _) = asked(&cloud, "POST", "/queries", query("SELECT 1", json!({}))).await;
    assert_eq!(status, 200);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lacking_says_so() {
    let cloud = cloud().await;
    for (sql, message) in [
        ("SELECT ST_AREA(x) FROM t", "Not found"),
        (
            "SELECT ST_GEOGPOINT(1, 2)",
            "Function ST_GEOGPOINT is not supported by the local BigQuery at [1:8]",
        ),
        (
            "SELECT\n  HLL_COUNT.INIT(1)",
            "Function HLL_COUNT.INIT is not supported by the local BigQuery at [2:3]",
        ),
        (
            "CREATE MODEL d.m OPTIONS(x = 1) AS SELECT 1",
            "The statement CREATE MODEL is not supported by the local BigQuery at [1:1]",
        ),
        (
            "DECLARE x INT64; SELECT x",
            "The statement DECLARE is not supported by the local BigQuery at [1:1]",
        ),
        (
            "ALTER TABLE d.t SET OPTIONS (description = 'x')",
            "ALTER TABLE … SET OPTIONS is not supported by the local BigQuery at [1:17]",
        ),
        (
            "SELECT 1 FROM UNNEST([1]) TABLESAMPLE SYSTEM (10 PERCENT)",
            "TABLESAMPLE is not supported by the local BigQuery at [1:27]",
        ),
    ] {
        let (status, answer) = asked(&cloud, "POST", "/queries", query(sql, json!({}))).await;
        if message == "Not found" {
            assert_ne!(status, 200, "{answer}");
            continue;
        }
        let error = &answer["error"];
        assert_eq!(
            (status, error["message"].as_str(), error["errors"][0]["reason"].as_str()),
            (501, Some(message), Some("notImplemented")),
            "{sql}"
        );
    }
    let (status, answer) = asked(&cloud, "POST", "/queries", query("SELECT NOT_THERE(1)", json!({}))).await;
    assert_eq!(
        (status, answer["error"]["message"].as_str()),
        (400, Some("Function not found: not_there at [1:8]"))
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_results_of_many_queries_are_not_kept_for_ever() {
    let cloud = cloud().await;
    let mut jobs = Vec::new();
    for _ in 0..4 {
        let sql = "SELECT REPEAT('x', 1000000) AS s FROM UNNEST(GENERATE_ARRAY(1, 90))";
        let more = json!({"maxResults": 0, "timeoutMs": 100_000});
        let (status, answer) = asked(&cloud, "POST", "/queries", query(sql, more)).await;
        assert_eq!((status, &answer["totalRows"]), (200, &json!("90")), "{answer}");
        jobs.push(answer["jobReference"]["jobId"].as_str().expect("a job has an id").to_owned());
    }
    // Two results of 90 MB stay below the bound, three do not; what is gone is no empty answer.
    for (at, job) in jobs.iter().enumerate() {
        let (status, kept) = asked(&cloud, "GET", &format!("/queries/{job}?maxResults=0"), Value::Null).await;
        match at {
            0 | 1 => assert_eq!(
                (status, &kept["error"]["errors"][0]["reason"]),
                (404, &json!("notFound")),
                "{kept}"
            ),
            _ => assert_eq!((status, &kept["totalRows"]), (200, &json!("90")), "{kept}"),
        }
        let (status, _) = asked(&cloud, "GET", &format!("/jobs/{job}"), Value::Null).await;
        assert_eq!(status, 200);
    }
    cloud.stop().await;
}
