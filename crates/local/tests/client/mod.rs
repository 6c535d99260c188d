//! A small HTTP client for tests: one connection a request, nothing hidden.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use local::{Running, Settings, Sql, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer: status, headers in lower case, body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `null` where it is empty.
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// The engine that a program with SQL has.
pub fn engine() -> Sql {
    Sql::Engine(Arc::new(sql::engine::Engine))
}

/// A local cloud of settings that suit a test: any free port, in memory, quick operations.
pub async fn cloud() -> Running {
    with(|_| {}).await
}

/// A local cloud of such settings, changed.
pub async fn with(change: impl FnOnce(&mut Settings)) -> Running {
    let mut settings = Settings {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        operation: Duration::from_millis(50),
        sql: engine(),
        ..Settings::default()
    };
    change(&mut settings);
    start(settings).await.unwrap()
}

/// Sends a request by the owner, with a body if there is one.
pub async fn send(cloud: &Running, method: &str, url: &str, body: Value) -> Answer {
    send_as(cloud, "owner", method, url, body).await
}

/// Sends a request with a token. The URL's host becomes the `Host` header.
pub async fn send_as(cloud: &Running, token: &str, method: &str, url: &str, body: Value) -> Answer {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    raw(
        cloud,
        method,
        url,
        &[("Authorization", &format!("Bearer {token}")), ("Content-Type", "application/json")],
        &bytes,
    )
    .await
    .unwrap()
}

/// Sends bytes with headers; `None` if the connection broke.
pub async fn raw(
    cloud: &Running,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let rest = url.trim_start_matches("https://").trim_start_matches("http://");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(cloud.address).await.ok()?;
    let mut head = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let split = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..split]).to_ascii_lowercase();
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer { status, headers: head, body: answer[split + 4..].to_vec() })
}
