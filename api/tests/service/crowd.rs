//! More queries than BigQuery is asked at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api::auth::{Gate, Keys};
use api::routes;
use axum::Router;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::fake::{BOUNDS, Got, Rows, get, open, unshared};

const S: Duration = Duration::from_secs(1);

fn slow() -> Arc<Rows> {
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = S;
    rows
}

/// Asks for as many queries as that, each another one.
fn flood(router: &Router, count: usize, header: (&'static str, &'static str)) -> Vec<JoinHandle<Got>> {
    let ask = |i: usize| {
        let router = router.clone();
        let name = header.1.replace(|it: char| !it.is_ascii_alphanumeric(), "");
        tokio::spawn(async move { get(&router, &format!("/events?user_id={name}{i}"), &[header]).await })
    };
    (0..count).map(ask).collect()
}

#[tokio::test(start_paused = true)]
async fn so_many_run_so_many_wait_and_the_others_are_told_to_come_back() {
    let rows = slow();
    let router = open(&rows);
    let mut statuses = Vec::new();
    for call in flood(&router, 100, ("x-nobody", "a")) {
        let got = call.await.unwrap();
        if got.status == 503 {
            let after: u64 = got.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&after));
            assert_eq!(got.text(), "{\"error\":\"too many other queries are waiting\"}\n");
        }
        statuses.push(got.status);
    }
    let answered = statuses.iter().filter(|it| **it == 200).count();
    assert_eq!(answered, BOUNDS.running + BOUNDS.waiting);
    assert_eq!(rows.count(), answered, "what is refused costs nothing");
    // There is room again, also for what was refused just now.
    assert_eq!(get(&router, "/events?user_id=a99", &[("x-nobody", "a")]).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let rows = slow();
    *rows.delay.lock().unwrap() = S * 14;
    let calls = flood(&open(&rows), 6, ("x-nobody", "a"));
    let began = tokio::time::Instant::now();
    let mut late = 0;
    for call in calls {
        let got = call.await.unwrap();
        late += usize::from(got.status == 503 && got.header("retry-after") == "1");
    }
    assert_eq!((late, rows.count()), (2, 4));
    assert_eq!(began.elapsed().as_secs(), 14);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_one_caller_is_not_anothers() {
    let rows = slow();
    let keys = ["a".repeat(16), "b".repeat(16)];
    let gate = Gate { keys: Some(Keys::new(&keys, None)), tokens: None };
    let router = routes::router(Arc::new(unshared(&rows, gate)));
    let flood = flood(&router, 100, ("x-api-key", "aaaaaaaaaaaaaaaa"));
    sleep(S / 2).await;
    let began = tokio::time::Instant::now();
    let polite = [("x-api-key", "bbbbbbbbbbbbbbbb")];
    for i in 0..4 {
        assert_eq!(get(&router, &format!("/events?user_id=b{i}"), &polite).await.status, 200);
    }
    // Each time the turn under way and its own.
    assert!(began.elapsed() <= S * 8, "{:?}", began.elapsed());
    let mut refused = 0;
    for call in flood {
        refused += usize::from(call.await.unwrap().status == 503);
    }
    assert!(refused >= 100 - BOUNDS.running - BOUNDS.waiting, "{refused}");
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_what_a_flood_asked_for_too_does_not_wait_for_the_flood() {
    let rows = slow();
    let keys = ["a".repeat(16), "b".repeat(16)];
    let gate = Gate { keys: Some(Keys::new(&keys, None)), tokens: None };
    let router = routes::router(Arc::new(unshared(&rows, gate)));
    let _flood = flood(&router, 12, ("x-api-key", "aaaaaaaaaaaaaaaa"));
    sleep(S / 2).await;
    let began = tokio::time::Instant::now();
    // The last in its line; a turn of b's comes before.
    let got = get(&router, "/events?user_id=aaaaaaaaaaaaaaaa11", &[("x-api-key", "bbbbbbbbbbbbbbbb")]).await;
    assert_eq!(got.status, 200);
    assert!(began.elapsed() <= S * 2, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn callers_are_told_apart_by_the_address_that_the_front_end_saw() {
    for behind_front in [true, false] {
        let rows = slow();
        let mut app = unshared(&rows, Gate::default());
        app.behind_front = behind_front;
        let router = routes::router(Arc::new(app));
        let _flood = flood(&router, 100, ("x-forwarded-for", "10.9.9.9, 10.0.0.1"));
        sleep(S / 2).await;
        let status =
            async |forwarded| get(&router, "/events", &[("x-forwarded-for", forwarded)]).await.status;
        // What a caller wrote before that makes it no other one.
        assert_eq!(status("10.0.0.2, 10.0.0.1").await, 503);
        assert_eq!(status("10.0.0.2").await, if behind_front { 200 } else { 503 });
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_is_not_asked() {
    let rows = slow();
    let router = open(&rows);
    for call in flood(&router, 12, ("x-nobody", "a")) {
        call.abort();
    }
    let calls = flood(&router, 12, ("x-nobody", "b"));
    sleep(S / 2).await;
    calls.iter().for_each(JoinHandle::abort);
    sleep(S * 20).await;
    assert_eq!(rows.count(), BOUNDS.running, "those under way go on, for their answers are kept");
    assert_eq!(get(&router, "/events?user_id=b11", &[]).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_better_than_none() {
    let rows = slow();
    let router = open(&rows);
    assert_eq!(get(&router, "/events", &[]).await.status, 200);
    sleep(S * 20).await;
    let _flood = flood(&router, 100, ("x-nobody", "a"));
    sleep(S / 2).await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.status, got.header("cache-status")), (200, "data-api; hit; detail=stale-error"));
}

#[tokio::test]
async fn a_caller_is_where_its_connection_comes_from() {
    let rows = slow();
    *rows.delay.lock().unwrap() = S * 2;
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Arc::new(unshared(&rows, Gate::default()));
    tokio::spawn(api::app::serve(listener, app, api::server::Limits::default(), std::future::pending()));
    let from = |address: &str| {
        let local: SocketAddr = format!("{address}:0").parse().unwrap();
        reqwest::Client::builder().local_address(local.ip()).build().unwrap()
    };
    let _ = api::google::http_client();
    let flooding = from("127.0.0.1");
    let url = move |query: String| format!("http://127.0.0.1:{port}/events?user_id={query}");
    let flood: Vec<_> = (0..30).map(|i| tokio::spawn(flooding.get(url(format!("a{i}"))).send())).collect();
    while rows.count() < BOUNDS.running {
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(300)).await;
    let got = from("127.0.0.2").get(url("b".to_owned())).send().await.unwrap();
    assert_eq!(got.status(), 200);
    let mut refused = 0;
    for call in flood {
        refused += usize::from(call.await.unwrap().unwrap().status() == 503);
    }
    assert_eq!(refused, 30 + 1 - BOUNDS.running - BOUNDS.waiting);
}
