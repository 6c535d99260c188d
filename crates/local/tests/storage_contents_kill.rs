//! Long contents in a process of their own: what a kill leaves of them, and how much memory they take.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod killed;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use killed::{Server, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MIB: usize = 1 << 20;

/// Not a test: the cloud that is killed. Unless it is asked to be one, it does nothing.
#[tokio::test]
async fn serves_until_it_is_killed() {
    killed::serve_if_asked(|_| {}).await;
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn bucket(client: &reqwest::Client, address: &str) {
    let settings = json!({"name": "b-1", "softDeletePolicy": {"retentionDurationSeconds": "0"}});
    let url = format!("http://{address}/storage/v1/b?project=p-1");
    assert_eq!(client.post(url).body(settings.to_string()).send().await.unwrap().status(), 200);
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("data/contents")).map_or(0, Iterator::count)
}

fn content(seed: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..251).map(|at| (at + seed) as u8).collect();
    block.repeat(2 * MIB / block.len())
}

/// What was acknowledged, in order: the name, and what was uploaded under it; `None` is a deletion.
type Done = Arc<Mutex<Vec<(String, Option<usize>)>>>;

/// Uploads, overwrites and deletes until the server is gone; notes what was acknowledged.
async fn work(client: reqwest::Client, address: String, round: usize, done: Done) {
    for step in 0.. {
        let name = format!("{round}-{}", step % 5);
        let object = format!("http://{address}/storage/v1/b/b-1/o/{name}");
        let sent = match step % 7 {
            6 => client.delete(object).send().await.map(|it| (it.status(), None)),
            _ => {
                let url = format!("http://{address}/upload/storage/v1/b/b-1/o?uploadType=media&name={name}");
                client.post(url).body(content(step)).send().await.map(|it| (it.status(), Some(step)))
            }
        };
        let Ok((status, step)) = sent else { return };
        assert!(status.is_success(), "{status}");
        done.lock().unwrap().push((name, step));
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_what_was_not_leaves_no_file() {
    let client = client();
    let folder = tempfile::tempdir().unwrap();
    let (mut server, mut address) = serve(folder.path()).await;
    bucket(&client, &address).await;
    for round in 0..6 {
        let done = Done::default();
        let working = tokio::spawn(work(client.clone(), address.clone(), round, Arc::clone(&done)));
        tokio::time::sleep(Duration::from_millis(400 + 130 * round as u64)).await;
        drop(server);
        working.await.unwrap();
        (server, address) = serve(folder.path()).await;
        let listed = client.get(format!("http://{address}/storage/v1/b/b-1/o")).send().await.unwrap();
        let listed: Value = serde_json::from_slice(&listed.bytes().await.unwrap()).unwrap();
        let listed = listed["items"].as_array().cloned().unwrap_or_default();
        assert_eq!(files(folder.path()), listed.len(), "each object has one file, and no file is without");
        let done = std::mem::take(&mut *done.lock().unwrap());
        assert!(!done.is_empty(), "nothing was acknowledged in time");
        // What was sent last may have been done too: it was not acknowledged, so either is right.
        let next = done.len();
        let unsure = format!("{round}-{}", next % 5);
        for name in (0..5).map(|it| format!("{round}-{it}")).filter(|it| *it != unsure) {
            let last = done.iter().rev().find(|(it, _)| *it == name).and_then(|(_, step)| *step);
            let url = format!("http://{address}/storage/v1/b/b-1/o/{name}?alt=media");
            let got = client.get(url).send().await.unwrap();
            match last {
                None => assert_eq!(got.status(), 404, "{name}"),
                Some(step) => assert!(got.bytes().await.unwrap() == content(step), "{name} is not {step}"),
            }
        }
    }
    drop(server);
}

#[tokio::test]
async fn parts_that_were_acknowledged_survive_a_kill() {
    let client = client();
    let folder = tempfile::tempdir().unwrap();
    let (mut server, mut address) = serve(folder.path()).await;
    bucket(&client, &address).await;
    let url = format!("http://{address}/upload/storage/v1/b/b-1/o?uploadType=resumable&name=parts");
    let begun = client.post(url).body("{}").send().await.unwrap();
    let at = begun.headers()["location"].to_str().unwrap().split_once("/upload").unwrap().1.to_owned();
    let whole = content(1);
    let size = whole.len() / 5 + 1;
    for (at_byte, piece) in (0..).step_by(size).zip(whole.chunks(size)) {
        let range = format!("bytes {at_byte}-{}/{}", at_byte + piece.len() - 1, whole.len());
        let url = format!("http://{address}/upload{at}");
        let sent = client.put(url).header("content-range", range).body(piece.to_vec()).send().await.unwrap();
        let last = at_byte + piece.len() == whole.len();
        assert_eq!(sent.status(), if last { 200 } else { 308 });
        drop(server);
        (server, address) = serve(folder.path()).await;
        assert_eq!(files(folder.path()), 1);
    }
    let got =
        client.get(format!("http://{address}/storage/v1/b/b-1/o/parts?alt=media")).send().await.unwrap();
    assert!(got.bytes().await.unwrap() == whole);
    drop(server);
}

/// Memory of a process in KiB, by the field of its status.
#[cfg(target_os = "linux")]
fn memory(server: &Server, field: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix(field)).unwrap();
    line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().unwrap()
}

/// Sends a request whose body is so many blocks, and reads all of the answer: its status, and how long the body is.
#[cfg(target_os = "linux")]
async fn exchange(address: &str, head: &str, blocks: usize) -> (String, usize) {
    let block = vec![b'x'; MIB];
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = blocks * MIB;
    let head = format!(
        "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..blocks {
        stream.write_all(&block).await.unwrap();
    }
    let mut buffer = vec![0; MIB];
    let (mut answer, mut length) = (Vec::new(), 0);
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        length += read;
        if answer.len() < 4096 {
            answer.extend_from_slice(&buffer[..read]);
        }
    }
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8_lossy(&answer[..end]).lines().next().unwrap().to_owned(), length - end)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_object_of_300_mib_comes_and_goes_in_64_mib_of_memory() {
    const OBJECT: usize = 300;
    let client = client();
    let folder = tempfile::tempdir().unwrap();
    let (server, address) = serve(folder.path()).await;
    bucket(&client, &address).await;
    let before = memory(&server, "VmRSS");
    let upload = "POST /upload/storage/v1/b/b-1/o?uploadType=media&name=large";
    assert_eq!(exchange(&address, upload, OBJECT).await.0, "HTTP/1.1 200 OK");
    let read = exchange(&address, "GET /storage/v1/b/b-1/o/large?alt=media", 0).await;
    assert_eq!(read, ("HTTP/1.1 200 OK".to_owned(), OBJECT * MIB));
    let grown = memory(&server, "VmHWM").saturating_sub(before) / 1024;
    assert!(grown < 64, "{grown} MiB for an object of {OBJECT} MiB");
}
