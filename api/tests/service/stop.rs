//! Being told to stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::serve;
use api::auth::Gate;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::fake::{Rows, app};

async fn stopped_with(delay: Duration) -> (Option<u16>, Duration) {
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = delay;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (tell, told) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app(&rows, Gate::default()), async {
        let _ = told.await;
    }));
    let client = api::google::http_client().unwrap();
    let call = tokio::spawn(async move { client.get(url).send().await.ok().map(|it| it.status().as_u16()) });
    while rows.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    tell.send(()).unwrap();
    server.await.unwrap().unwrap();
    let took = started.elapsed();
    drop(rows);
    (tokio::time::timeout(Duration::from_secs(1), call).await.ok().and_then(Result::unwrap), took)
}

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let (status, took) = stopped_with(Duration::from_millis(300)).await;
    assert_eq!(status, Some(200));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn what_takes_too_long_is_not_waited_for() {
    let (_, took) = stopped_with(Duration::from_secs(60)).await;
    assert!(took < Duration::from_secs(10), "Cloud Run would have killed it: {took:?}");
}
