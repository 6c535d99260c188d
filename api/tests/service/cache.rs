//! What the cache does for callers.

use std::sync::Arc;
use std::time::Duration;

use api::warehouse::Failure;
use tokio::time::advance;

use crate::fake::{Rows, event, get, open};

const S: Duration = Duration::from_secs(1);

fn down() -> Option<Failure> {
    Some(Failure::Unreachable("connection refused".into()))
}

/// Lets what was spawned run.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn one_query_is_in_flight_for_many_callers() {
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = S;
    let router = open(&rows);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let router = router.clone();
            tokio::spawn(async move { get(&router, "/events", &[]).await })
        })
        .collect();
    let mut misses = 0;
    for call in calls {
        let got = call.await.unwrap();
        assert_eq!(got.status, 200);
        misses += usize::from(got.header("cache-status") == "data-api; fwd=miss");
    }
    assert_eq!((rows.count(), misses), (1, 1));
    get(&router, "/events?limit=5", &[]).await;
    assert_eq!(rows.count(), 2, "another query is another key");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_leaves_the_answer_to_others() {
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = S;
    let router = open(&rows);
    let hasty = tokio::time::timeout(S / 2, get(&router, "/events", &[])).await;
    assert!(hasty.is_err());
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.status, rows.count()), (200, 1));
}

#[tokio::test(start_paused = true)]
async fn answers_age() {
    let rows = Arc::new(Rows::default());
    let router = open(&rows);
    let status = async || get(&router, "/events", &[]).await.header("cache-status").to_owned();
    assert_eq!(status().await, "data-api; fwd=miss");
    advance(S * 4).await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.header("cache-status"), got.header("age")), ("data-api; hit", "4"));
    *rows.rows.lock().unwrap() = vec![event(0, "new", "{}")];
    advance(S * 4).await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.header("cache-status"), got.text()), ("data-api; hit; detail=stale", "[]\n"));
    settle().await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!(got.header("cache-status"), "data-api; hit");
    assert!(got.text().contains("\"new\""));
    advance(S * 16).await;
    assert_eq!(status().await, "data-api; fwd=miss", "too old to be shown while BigQuery works");
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_ask_for_what_is_new() {
    let rows = Arc::new(Rows::default());
    let router = open(&rows);
    let anew = [("cache-control", "no-cache")];
    get(&router, "/events", &anew).await;
    get(&router, "/events", &anew).await;
    assert_eq!(rows.count(), 1, "but not more than once a second");
    advance(S).await;
    get(&router, "/events", &anew).await;
    assert_eq!(rows.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn stale_answers_stand_in_while_bigquery_is_down() {
    let rows = Arc::new(Rows::default());
    let router = open(&rows);
    get(&router, "/events", &[]).await;
    rows.fail(down());
    advance(S * 60).await;
    for queries in [2, 2] {
        let got = get(&router, "/events", &[]).await;
        assert_eq!((got.status, got.header("cache-status")), (200, "data-api; hit; detail=stale-error"));
        assert_eq!(rows.count(), queries, "BigQuery is left in peace for a second");
    }
    assert!(get(&router, "/", &[]).await.text().contains("these are from a minute ago"));
    advance(S * 60).await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.status, got.header("retry-after")), (503, "5"), "two minutes are too old");
    rows.fail(None);
    advance(S).await;
    assert_eq!(get(&router, "/events", &[]).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_failures_are_told_and_not_repeated_at_once() {
    let rows = Arc::new(Rows::default());
    rows.fail(down());
    let router = open(&rows);
    for _ in 0..5 {
        assert_eq!(get(&router, "/events", &[]).await.status, 503);
    }
    assert_eq!(rows.count(), 1);
    assert_eq!(get(&router, "/health", &[]).await.status, 200);
}
