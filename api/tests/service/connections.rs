//! Connections that are slow, silent or many.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::serve;
use api::auth::Gate;
use api::server::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fake::{Rows, app};

const MS: Duration = Duration::from_millis(1);

fn limits() -> Limits {
    Limits { first: MS * 600, head: MS * 300, idle: MS * 900, write: MS * 300, ..Limits::default() }
}

async fn start(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rows = Arc::new(Rows::default());
    *rows.delay.lock().unwrap() = MS * 700;
    tokio::spawn(serve(listener, app(&rows, Gate::default()), limits, std::future::pending()));
    address
}

/// How long it takes until the other end closes.
async fn closed(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "it is still open");
    began.elapsed()
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let read = stream.read(&mut buffer).await.unwrap();
    String::from_utf8(buffer[..read].to_vec()).unwrap()
}

fn around(took: Duration, wanted: Duration) {
    assert!(took >= wanted - MS * 50 && took < wanted + MS * 600, "{took:?}, not {wanted:?}");
}

#[tokio::test]
async fn slow_heads_are_closed() {
    let address = start(limits()).await;
    // One byte after another, each in time for an idle connection.
    let mut drips = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    let mut open = true;
    while open && began.elapsed() < Duration::from_secs(10) {
        open = drips.write_all(b"G").await.is_ok();
        tokio::time::sleep(MS * 20).await;
    }
    around(began.elapsed(), limits().head);
    // A part of a head, and nothing more.
    let mut stalls = TcpStream::connect(address).await.unwrap();
    stalls.write_all(b"GET /health HTTP/1.1\r\nHost:").await.unwrap();
    around(closed(&mut stalls).await, limits().head);
    // The same for the second request, and for one that came ahead of its turn.
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    second.write_all(b"GET").await.unwrap();
    around(closed(&mut second).await, limits().head);
    let mut ahead = TcpStream::connect(address).await.unwrap();
    ahead.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET").await.unwrap();
    assert!(answer(&mut ahead).await.starts_with("HTTP/1.1 200"));
    around(closed(&mut ahead).await, limits().head);
}

#[tokio::test]
async fn silent_connections_are_closed_later() {
    let address = start(limits()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    around(closed(&mut silent).await, limits().first);
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    around(closed(&mut idle).await, limits().idle);
}

#[tokio::test]
async fn an_answer_may_take_longer_than_any_of_these() {
    let mut limits = limits();
    limits.idle = MS * 300;
    let address = start(limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        stream
            .write_all(b"GET /events?limit=1 HTTP/1.1\r\nHost: x\r\nCache-Control: no-cache\r\n\r\n")
            .await
            .unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn heads_have_a_size() {
    let address = start(limits()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let line = format!("X: {}\r\n", "x".repeat(1000));
    for _ in 0..200 {
        if stream.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text).await;
    assert!(text.is_empty() || text.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&text));
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    async fn start(port: u16) -> Program {
        let settings = [
            ("GOOGLE_CLOUD_PROJECT", "p"),
            ("HOST", "127.0.0.1"),
            ("PORT", &port.to_string()),
            ("LOG_LEVEL", "error"),
            ("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1"),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_data-api"));
        let program = Program(command.env_clear().envs(settings).stdout(Stdio::null()).spawn().unwrap());
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return program;
            }
            tokio::time::sleep(MS * 50).await;
        }
        panic!("it does not listen");
    }

    /// Resident bytes.
    fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }
}

/// Ten thousand connections in less than 120 MB. A few hundred tell what each costs; for all of them:
///
/// `API_CONNECTIONS=10000 cargo test -p api --test service connections::` with `ulimit -n` above 10,000.
#[tokio::test]
async fn a_connection_costs_next_to_nothing() {
    let count: usize = std::env::var("API_CONNECTIONS").map_or(600, |it| it.parse().unwrap());
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let program = Program::start(free).await;
    let before = program.memory();
    let mut streams = Vec::new();
    for i in 0..count {
        let mut stream = TcpStream::connect(("127.0.0.1", free)).await.unwrap();
        match i % 3 {
            0 => stream.write_all(b"GET /events HTTP/1.1\r\nHost:").await.unwrap(),
            1 => {
                stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
                assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
            }
            _ => {}
        }
        streams.push(stream);
    }
    let each = program.memory().saturating_sub(before) / count;
    assert!(each < 10_000, "{each} bytes a connection");
    assert!(program.memory() < 120_000_000, "{} bytes", program.memory());
    // And the service still answers.
    let mut stream = TcpStream::connect(("127.0.0.1", free)).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
}
