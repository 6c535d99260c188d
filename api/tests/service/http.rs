//! What callers get, by path.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use api::query::Before;
use api::warehouse::Failure;
use serde_json::Value;

use crate::fake::{Rows, event, get, open, send};

/// An answer in Flask's form.
const SAMPLE: &str = include_str!("../vectors/answer.json");

fn two() -> Arc<Rows> {
    let rows = Arc::new(Rows::default());
    *rows.rows.lock().unwrap() = vec![
        event(1_746_606_314_500_000, "b", r#"{"user_id":"é","amount":1e16}"#),
        event(1_746_606_313_000_000, "a", r#""no json""#),
    ];
    rows
}

const TWO: &str = "[{\"event_data\":{\"amount\":1e+16,\"user_id\":\"\\u00e9\"},\"event_id\":\"b\",\"timestamp\":\"Wed, 07 May 2025 08:25:14 GMT\"},{\"event_data\":\"no json\",\"event_id\":\"a\",\"timestamp\":\"Wed, 07 May 2025 08:25:13 GMT\"}]\n";

#[tokio::test]
async fn events_have_the_bytes_that_they_had() {
    let got = get(&open(&two()), "/events", &[]).await;
    assert_eq!((got.status, got.text()), (200, TWO));
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("link"), "");
    assert_eq!(got.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn an_answer_is_given_again_to_the_byte() {
    let rows = Arc::new(Rows::default());
    let answer: Vec<Value> = serde_json::from_str(SAMPLE).unwrap();
    *rows.rows.lock().unwrap() = answer
        .iter()
        .map(|it| {
            let micros = api::moment::Moment::parse(it["timestamp"].as_str().unwrap()).unwrap().micros();
            event(micros, it["event_id"].as_str().unwrap(), &it["event_data"].to_string())
        })
        .collect();
    assert_eq!(get(&open(&rows), "/events", &[]).await.text().trim_end(), SAMPLE.trim_end());
}

#[tokio::test]
async fn health_asks_nobody() {
    let rows = two();
    let got = get(&open(&rows), "/health", &[]).await;
    assert_eq!((got.status, got.text()), (200, "{\"status\":\"healthy\"}\n"));
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(rows.count(), 0);
}

#[tokio::test]
async fn pages_are_linked() {
    let rows = two();
    let router = open(&rows);
    let got = get(&router, "/events?limit=1&country=F%20R&timestamps=rfc3339", &[]).await;
    let next = "limit=1&country=F%20R&before=2025-05-07T08:25:14.500Z,b&timestamps=rfc3339";
    assert_eq!(got.header("link"), format!("</events?{next}>; rel=\"next\""));
    assert!(got.text().ends_with("\"timestamp\":\"2025-05-07T08:25:14.500Z\"}]\n"), "{}", got.text());

    get(&router, &format!("/events?{next}"), &[]).await;
    let query = rows.last.lock().unwrap().clone().unwrap();
    assert!(matches!(query.before, Some(Before::Event(_, id)) if id == "b"));
    assert_eq!(query.country.as_deref(), Some("F R"));
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let rows = two();
    for (query, which) in [
        ("limit=0", "limit"),
        ("before=x", "before"),
        ("user_id=", "user_id"),
        ("timestamps=x", "timestamps"),
    ] {
        let got = get(&open(&rows), &format!("/events?{query}"), &[]).await;
        assert_eq!(got.status, 400, "{query}");
        let body: Value = serde_json::from_slice(&got.body).unwrap();
        assert!(body["error"].as_str().unwrap().starts_with(&format!("{which}: ")), "{body}");
    }
    assert_eq!(rows.count(), 0);
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let router = open(&two());
    let tag = get(&router, "/events", &[]).await.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    for known in [tag.as_str(), "*", &tag[2..], &format!("\"x\", {tag}")] {
        let got = get(&router, "/events", &[("if-none-match", known)]).await;
        assert_eq!((got.status, got.body.len()), (304, 0), "{known}");
        assert_eq!(got.header("etag"), tag);
    }
    assert_eq!(get(&router, "/events", &[("if-none-match", "\"x\"")]).await.status, 200);
    // Other bytes have another tag.
    assert_ne!(get(&router, "/events?timestamps=rfc3339", &[]).await.header("etag"), tag);
}

#[tokio::test]
async fn answers_travel_compressed_if_asked() {
    let router = open(&two());
    for encoding in ["gzip", "br", "zstd"] {
        let got = get(&router, "/events", &[("accept-encoding", encoding)]).await;
        assert_eq!(got.header("content-encoding"), encoding);
        assert!(got.header("vary").contains("accept-encoding"));
        assert_ne!(got.body, TWO.as_bytes());
    }
    let got = get(&router, "/events", &[("accept-encoding", "gzip")]).await;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&got.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, TWO);
}

#[tokio::test]
async fn other_paths_and_methods_are_json_errors() {
    let router = open(&two());
    let got = get(&router, "/nothing", &[]).await;
    assert_eq!((got.status, got.text()), (404, "{\"error\":\"no such path\"}\n"));
    let got = send(&router, "POST", "/events", &[]).await;
    assert_eq!(got.status, 405);
    assert_eq!(got.header("allow"), "GET,HEAD");
    assert_eq!(got.text(), "{\"error\":\"only GET and HEAD are answered here\"}\n");
    let got = send(&router, "OPTIONS", "/events", &[]).await;
    assert_eq!((got.status, got.header("allow")), (200, "GET,HEAD"));
    let got = send(&router, "HEAD", "/events", &[]).await;
    assert_eq!((got.status, got.body.len()), (200, 0));
    assert_eq!(got.header("content-length"), TWO.len().to_string());
}

#[tokio::test]
async fn failures_say_when_to_come_back_and_name_nothing() {
    let rows = two();
    let message = "Not found: Table p:secret.table".to_owned();
    for (failure, after) in [
        (Failure::Deadline(Duration::from_secs(15)), "5"),
        (Failure::Unreachable("p.example".into()), "5"),
        (
            Failure::Busy {
                status: 503,
                reason: "backendError".into(),
                message: message.clone(),
                retry_after: Some(Duration::from_secs(9)),
            },
            "9",
        ),
        (Failure::Refused { status: 404, reason: "notFound".into(), message }, "30"),
    ] {
        rows.fail(Some(failure));
        let got = get(&open(&rows), "/events", &[]).await;
        assert_eq!((got.status, got.header("retry-after")), (503, after));
        assert!(got.text().starts_with("{\"error\":\"BigQuery"), "{}", got.text());
        assert!(!got.text().contains("secret") && !got.text().contains("p.example"), "{}", got.text());
    }
}

#[tokio::test(start_paused = true)]
async fn ready_when_bigquery_is() {
    let rows = two();
    let router = open(&rows);
    assert_eq!(get(&router, "/ready", &[]).await.text(), "{\"status\":\"ready\"}\n");
    rows.fail(Some(Failure::Unreachable("x".into())));
    assert_eq!(get(&router, "/ready", &[]).await.status, 200, "asked not more than every 5 s");
    tokio::time::advance(Duration::from_secs(6)).await;
    let got = get(&router, "/ready", &[]).await;
    assert_eq!((got.status, got.text()), (503, "{\"error\":\"BigQuery cannot be reached\"}\n"));
    assert_eq!(rows.probes.load(std::sync::atomic::Ordering::SeqCst), 2);
    assert_eq!(rows.count(), 0);
}

#[tokio::test]
async fn metrics_count_by_pattern() {
    let router = open(&two());
    get(&router, "/events?limit=1", &[]).await;
    get(&router, "/made/up", &[]).await;
    send(&router, "BREW", "/events", &[]).await;
    let text = get(&router, "/metrics", &[]).await.text().to_owned();
    for line in [
        "http_requests_total{route=\"/events\",method=\"GET\",status=\"200\"} 1",
        "http_requests_total{route=\"other\",method=\"GET\",status=\"404\"} 1",
        "http_requests_total{route=\"/events\",method=\"other\",status=\"405\"} 1",
        "events_cache_total{outcome=\"miss\"} 1",
        "http_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn the_description_knows_what_is_read() {
    let got = get(&open(&two()), "/openapi.json", &[]).await;
    let document: Value = serde_json::from_slice(&got.body).unwrap();
    let operation = &document["paths"]["/events"]["get"];
    let names: Vec<&str> =
        operation["parameters"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["limit", "before", "after", "event_type", "user_id", "country", "timestamps"]);
    assert_eq!(operation["parameters"][0]["schema"]["maximum"], 100);
    for status in ["200", "304", "400", "401", "403", "503"] {
        assert!(operation["responses"][status].is_object(), "{status}");
    }
}

#[tokio::test]
async fn the_page_shows_events_and_lets_nothing_in() {
    let rows = Arc::new(Rows::default());
    *rows.rows.lock().unwrap() = vec![event(0, "<i>", r#"{"page":"<script>alert(1)</script>"}"#)];
    let got = get(&open(&rows), "/?event_type=&user_id=&country=", &[]).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), "text/html; charset=utf-8");
    assert!(got.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(got.text().contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !got.text().contains("<script"));
    // The form's empty fields are no filters: the page and /events share an answer.
    assert_eq!(rows.last.lock().unwrap().clone(), Some(api::query::Query::default()));

    let got = get(&open(&rows), "/?limit=0", &[]).await;
    assert_eq!(got.status, 400);
    assert!(got.text().contains("limit: &quot;0&quot; is not"), "{}", got.text());
    rows.fail(Some(Failure::Unreachable("x".into())));
    let got = get(&open(&rows), "/", &[]).await;
    assert_eq!((got.status, got.header("retry-after")), (503, "5"));
}
