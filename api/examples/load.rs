//! Asks a service on this machine for one path, and says as JSON how long the answers took.
//!
//! `load 127.0.0.1:8080 /events --rate 100 --seconds 20 --connections 256` sends at fixed moments, whether or not earlier
//! requests are answered, and counts each from the moment at which it was due: a service that stalls is not asked less
//! because of it (no coordinated omission). Without `--rate` every connection asks again as soon as it is answered.
//! `{}` in the path is the number of the request. Only loopback addresses, at most two minutes.

#![allow(clippy::print_stdout, reason = "it is a program whose output is its result")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long after its end answers are still waited for.
const GRACE: Duration = Duration::from_secs(10);
const MOST_SECONDS: u64 = 120;
const MOST_CONNECTIONS: u64 = 2000;
const MOST_RATE: u64 = 100_000;

struct Load {
    address: SocketAddr,
    path: String,
    rate: Option<u64>,
    seconds: u64,
    connections: u64,
}

#[derive(Default)]
struct Seen {
    /// In microseconds, of what was answered with 200.
    latencies: Vec<u64>,
    statuses: BTreeMap<String, u64>,
}

fn arguments() -> Result<Load, String> {
    let mut given = std::env::args().skip(1);
    let address = given.next().ok_or("no address")?;
    let address: SocketAddr =
        address.parse().map_err(|_| format!("{address} is not an address with a port"))?;
    let path = given.next().ok_or("no path")?;
    let mut load = Load { address, path, rate: None, seconds: 10, connections: 16 };
    while let Some(name) = given.next() {
        let number = given.next().and_then(|it| it.parse().ok());
        let number: u64 = number.filter(|it| *it > 0).ok_or_else(|| format!("{name} wants a number"))?;
        match name.as_str() {
            "--rate" if number <= MOST_RATE => load.rate = Some(number),
            "--seconds" if number <= MOST_SECONDS => load.seconds = number,
            "--connections" if number <= MOST_CONNECTIONS => load.connections = number,
            _ => return Err(format!("{name} {number} is not known, or too much")),
        }
    }
    if address.ip().is_loopback() { Ok(load) } else { Err(format!("{address} is not on this machine")) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let load = match arguments() {
        Ok(load) => Arc::new(load),
        Err(problem) => {
            println!("{}", json!({"error": problem}));
            return ExitCode::from(2);
        }
    };
    let (next, seen) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Seen::default())));
    let began = Instant::now();
    let workers: Vec<_> = (0..load.connections)
        .map(|_| tokio::spawn(work(Arc::clone(&load), began, Arc::clone(&next), Arc::clone(&seen))))
        .collect();
    for worker in workers {
        let _ = worker.await;
    }
    let took = began.elapsed();
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rate) = load.rate {
        // Requests that the rate asked for and that were never sent, because every connection was waiting.
        let counted: u64 = seen.statuses.values().sum();
        let unsent = (rate * load.seconds).saturating_sub(counted);
        if unsent > 0 {
            seen.statuses.insert("never sent".to_owned(), unsent);
        }
    }
    seen.latencies.sort_unstable();
    let count = seen.latencies.len();
    let at = |thousandths: usize| {
        let place = (count * thousandths).div_ceil(1000).saturating_sub(1);
        seen.latencies.get(place).map(|it| Duration::from_micros(*it).as_secs_f64() * 1000.0)
    };
    println!(
        "{}",
        json!({
            "answered": count,
            "statuses": seen.statuses,
            "perSecond": count as f64 / took.as_secs_f64(),
            "p50": at(500), "p99": at(990), "p999": at(999), "max": at(1000),
        })
    );
    ExitCode::SUCCESS
}

async fn work(load: Arc<Load>, began: Instant, next: Arc<AtomicU64>, seen: Arc<Mutex<Seen>>) {
    let end = began + Duration::from_secs(load.seconds);
    let mut stream = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = match load.rate {
            Some(rate) => began + Duration::from_nanos(1_000_000_000 / rate * number),
            None => Instant::now(),
        };
        // Past the grace it would only be counted as unanswered, as all that is never sent is.
        if due >= end || Instant::now() >= end + GRACE {
            return;
        }
        sleep_until(due).await;
        let path = load.path.replace("{}", &format!("{number:06}"));
        let status = match timeout_at(end + GRACE, ask(&load, &path, &mut stream)).await {
            Ok(Some(status)) => status.to_string(),
            Ok(None) => "broken".to_owned(),
            Err(_) => "unanswered".to_owned(),
        };
        let took = due.elapsed();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if status == "200" {
            seen.latencies.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        } else {
            stream = None;
        }
        *seen.statuses.entry(status).or_default() += 1;
    }
}

/// The status of an answer, read to its end. The connection is kept if the service keeps it.
async fn ask(load: &Load, path: &str, kept: &mut Option<TcpStream>) -> Option<u16> {
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => TcpStream::connect(load.address).await.ok()?,
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", load.address);
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut bytes = Vec::with_capacity(16 << 10);
    let (status, close, end) = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let head = str::from_utf8(bytes.get(..at)?).ok()?.to_ascii_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|it| it.strip_prefix("content-length:"))?;
        break (status, head.contains("connection: close"), at + 4 + length.trim().parse::<usize>().ok()?);
    };
    while bytes.len() < end {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    if !close {
        *kept = Some(stream);
    }
    Some(status)
}
