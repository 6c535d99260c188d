//! Being told to stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::serve;
use api::auth::Gate;
use api::server::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::fake::{Rows, app};

/// What a client gets that asked before the service was told to stop, and how long the service then took.
async fn stopped_with(delay: Duration) -> (Option<(u16, bool)>, Duration) {
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = delay;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app(&rows, Gate::default()), Limits::default(), async {
        let _ = told.await;
    }));
    let client = api::google::http_client().unwrap();
    let call = client.get(format!("http://{address}/events")).send();
    let call = tokio::spawn(async move {
        let answer = call.await.ok()?;
        Some((answer.status().as_u16(), answer.headers().contains_key("retry-after")))
    });
    // Two that ask for nothing: they must not keep us.
    let _silent = TcpStream::connect(address).await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut start = [0; 15];
    idle.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    while rows.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    tell.send(()).unwrap();
    server.await.unwrap();
    let took = started.elapsed();
    (tokio::time::timeout(Duration::from_secs(1), call).await.ok().and_then(Result::unwrap), took)
}

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let (answer, took) = stopped_with(Duration::from_millis(500)).await;
    assert_eq!(answer, Some((200, false)));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn what_takes_eight_seconds_is_answered() {
    let (answer, took) = stopped_with(Duration::from_millis(8500)).await;
    assert_eq!(answer, Some((200, false)));
    assert!(took < Duration::from_secs(10), "Cloud Run would have killed it: {took:?}");
}

#[tokio::test]
async fn what_takes_too_long_is_told_to_come_back() {
    let (answer, took) = stopped_with(Duration::from_secs(60)).await;
    assert_eq!(answer, Some((503, true)));
    assert!(took < Duration::from_secs(10), "Cloud Run would have killed it: {took:?}");
}

#[tokio::test]
async fn who_connected_just_before_is_answered() {
    let rows = Arc::new(Rows::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        streams.push(stream);
    }
    // None of them is accepted yet.
    serve(listener, app(&rows, Gate::default()), Limits::default(), async {}).await;
    for mut stream in streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("[]\n"), "{answer}");
    }
}
