//! The client of BigQuery against a server that speaks as BigQuery does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::google::{Service, http_client};
use api::metrics::Metrics;
use api::moment::Moment;
use api::query::{Before, Page, Query, Table};
use api::trace::Trace;
use api::warehouse::{BigQuery, Failure, Options, Warehouse as _};
use serde_json::{Value, json};

use crate::fake::{Google, Reply};

fn client(google: &Google, timeout: Duration) -> (BigQuery, Arc<Metrics>) {
    let options = Options {
        table: Table { project: "p".into(), dataset: "d".into(), table: "t".into() },
        location: Some("EU".into()),
        max_bytes_billed: 12_345_678,
        timeout,
    };
    let metrics = Arc::new(Metrics::default());
    let service = Service::new(http_client().unwrap(), BigQuery::HOST, BigQuery::SCOPE, Some(&google.base));
    (BigQuery::new(service, options, Arc::clone(&metrics)), metrics)
}

async fn ask(replies: Vec<Reply>) -> (Result<Page, Failure>, Google) {
    let google = Google::start(replies).await;
    let (client, _) = client(&google, Duration::from_secs(10));
    (client.events(&Query::default(), None).await, google)
}

fn schema() -> Value {
    json!({"fields": [
        {"name": "event_id", "type": "STRING", "mode": "REQUIRED"},
        {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP"},
    ]})
}

fn row(id: Value, data: Value, time: Value) -> Value {
    json!({"f": [{"v": id}, {"v": data}, {"v": time}]})
}

fn complete(rows: &[Value]) -> Value {
    json!({"jobComplete": true, "schema": schema(), "rows": rows, "totalBytesBilled": "10485760"})
}

fn error(code: u16, reason: &str) -> Reply {
    Reply::new(
        code,
        json!({"error": {"code": code, "message": "no", "errors": [{"reason": reason, "message": "no"}]}}),
    )
}

#[tokio::test]
async fn the_query_is_bounded_parameterised_and_traced() {
    let google = Google::start(vec![Reply::new(200, complete(&[]))]).await;
    let (client, metrics) = client(&google, Duration::from_secs(10));
    let query = Query {
        limit: 7,
        before: Some(Before::Event(Moment::from_micros(1).unwrap(), "x".into())),
        user_id: Some("u'".into()),
        ..Query::default()
    };
    let trace = Trace { id: "a".repeat(32), span: "b".repeat(16), sampled: true };
    client.events(&query, Some(&trace)).await.unwrap();
    let call = google.calls().remove(0);
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/bigquery/v2/projects/p/queries"));
    assert_eq!(call.headers["authorization"], "Bearer local");
    let parent = call.headers["traceparent"].to_str().unwrap().to_owned();
    assert!(parent.starts_with(&format!("00-{}-", trace.id)) && parent.ends_with("-01"), "{parent}");
    assert!(!parent.contains(&trace.span));
    let body = call.body;
    assert_eq!(body["maximumBytesBilled"], "12345678");
    assert_eq!(body["location"], "EU");
    assert_eq!(body["useLegacySql"], false);
    assert_eq!(body["formatOptions"]["useInt64Timestamp"], true);
    assert!(body["requestId"].as_str().unwrap().len() <= 36);
    assert!(!body["query"].as_str().unwrap().contains("u'"));
    assert_eq!(
        body["queryParameters"],
        json!([
            {"name": "before", "parameterType": {"type": "TIMESTAMP"}, "parameterValue": {"value": "1970-01-01 00:00:00.000001+00:00"}},
            {"name": "before_id", "parameterType": {"type": "STRING"}, "parameterValue": {"value": "x"}},
            {"name": "user_id", "parameterType": {"type": "STRING"}, "parameterValue": {"value": "u'"}},
            {"name": "limit", "parameterType": {"type": "INT64"}, "parameterValue": {"value": "8"}},
        ])
    );
    let text = metrics.text();
    assert!(text.contains("bigquery_bytes_billed_total 10485760\n"), "{text}");
    assert!(text.contains("bigquery_queries_total{outcome=\"ok\"} 1\n"), "{text}");
}

#[tokio::test]
async fn rows_nulls_and_both_spellings_of_times() {
    let rows = [
        row(json!("a"), json!("{\"x\":1}"), json!("1746606314000001")),
        row(json!("b"), json!(null), json!("1.746606313E9")),
        row(json!(null), json!("\"t\""), json!(null)),
    ];
    let page = ask(vec![Reply::new(200, complete(&rows))]).await.0.unwrap();
    let times: Vec<Option<i64>> = page.events.iter().map(|it| it.time.map(Moment::micros)).collect();
    assert_eq!(times, [Some(1_746_606_314_000_001), Some(1_746_606_313_000_000), None]);
    assert_eq!(page.events[2].id, None);
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn a_query_that_takes_its_time_is_asked_for_again_and_read_to_its_last_page() {
    let job = json!({"projectId": "p", "jobId": "job 1", "location": "europe-west1"});
    let first = row(json!("a"), json!("{}"), json!("2"));
    let second = row(json!("b"), json!("{}"), json!("1"));
    let (page, google) = ask(vec![
        Reply::new(200, json!({"jobComplete": false, "jobReference": job})),
        Reply::new(200, json!({"jobComplete": false, "jobReference": job})),
        Reply::new(
            200,
            json!({"jobComplete": true, "jobReference": job, "schema": schema(), "rows": [first], "pageToken": "p/2"}),
        ),
        Reply::new(200, json!({"jobComplete": true, "jobReference": job, "schema": schema(), "rows": [second]})),
    ])
    .await;
    assert_eq!(page.unwrap().events.len(), 2);
    let calls = google.calls();
    assert_eq!(calls.len(), 4);
    assert!(calls[1].path.starts_with("/bigquery/v2/projects/p/queries/job%201?"), "{}", calls[1].path);
    assert!(calls[1].path.contains("location=europe%2Dwest1"), "{}", calls[1].path);
    assert!(calls[3].path.contains("pageToken=p%2F2"), "{}", calls[3].path);
}

#[tokio::test]
async fn what_passes_is_tried_again_as_the_same_query() {
    let (page, google) = ask(vec![
        error(503, "backendError"),
        error(403, "rateLimitExceeded"),
        Reply::new(200, complete(&[])),
    ])
    .await;
    assert_eq!(page.unwrap().events, []);
    let calls = google.calls();
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[0].body["requestId"], calls[2].body["requestId"]);
}

#[tokio::test]
async fn what_does_not_pass_is_told_at_once() {
    for (code, reason) in
        [(400, "invalidQuery"), (404, "notFound"), (403, "accessDenied"), (400, "bytesBilledLimitExceeded")]
    {
        let (page, google) = ask(vec![error(code, reason)]).await;
        assert_eq!(
            page.unwrap_err(),
            Failure::Refused { status: code, reason: reason.into(), message: "no".into() }
        );
        assert_eq!(google.calls().len(), 1);
    }
}

#[tokio::test]
async fn it_gives_up_in_time_and_says_when_to_come_back() {
    let mut busy = error(503, "backendError");
    busy.retry_after = Some("60");
    let (page, google) = ask(vec![busy]).await;
    assert_eq!(page.unwrap_err().retry_after(), Duration::from_secs(60));
    assert_eq!(google.calls().len(), 1, "a minute is longer than anybody waits here");
    let (page, google) = ask(vec![error(500, "internalError")]).await;
    assert!(matches!(page, Err(Failure::Busy { status: 500, .. })));
    assert_eq!(google.calls().len(), 4);
}

#[tokio::test]
async fn a_query_past_its_deadline_is_cancelled() {
    let slow = Reply { delay: Duration::from_secs(30), ..Reply::new(200, "{}") };
    let job = json!({"projectId": "p", "jobId": "j", "location": "EU"});
    let google =
        Google::start(vec![Reply::new(200, json!({"jobComplete": false, "jobReference": job})), slow]).await;
    let (client, metrics) = client(&google, Duration::from_millis(300));
    let started = Instant::now();
    let failure = client.events(&Query::default(), None).await.unwrap_err();
    assert_eq!(failure, Failure::Deadline(Duration::from_millis(300)));
    assert!(started.elapsed() < Duration::from_secs(5));
    for _ in 0..100 {
        if google.calls().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let last = google.calls().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str()),
        ("POST", "/bigquery/v2/projects/p/jobs/j/cancel?location=EU")
    );
    assert!(metrics.text().contains("bigquery_queries_total{outcome=\"deadline\"} 1"));
}

#[tokio::test]
async fn nonsense_is_a_failure_and_not_a_panic() {
    for body in [
        json!([]).to_string(),
        "<html>".to_owned(),
        json!({}).to_string(),
        json!({"jobComplete": true, "rows": [row(json!("a"), json!("{}"), json!("1"))]}).to_string(),
        json!({"jobComplete": true, "schema": {"fields": []}, "rows": [{"f": []}]}).to_string(),
        complete(&[json!({"f": []})]).to_string(),
        complete(&[row(json!("a"), json!("{}"), json!("soon"))]).to_string(),
    ] {
        let (page, _) = ask(vec![Reply::new(200, body.clone())]).await;
        assert!(matches!(page, Err(Failure::Garbled(_))), "{body}: {page:?}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let mut google = Google::start(vec![]).await;
    google.base = "http://127.0.0.1:1".into();
    let (client, _) = client(&google, Duration::from_secs(10));
    let failure = client.events(&Query::default(), None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Unreachable(_)), "{failure:?}");
    assert_eq!(failure.public(), "BigQuery cannot be reached");
}

#[tokio::test]
async fn a_probe_costs_nothing() {
    let google =
        Google::start(vec![Reply::new(200, json!({"jobComplete": true, "totalBytesProcessed": "5"}))]).await;
    let (client, _) = client(&google, Duration::from_secs(10));
    client.probe().await.unwrap();
    assert_eq!(google.calls()[0].body["dryRun"], true);
}
