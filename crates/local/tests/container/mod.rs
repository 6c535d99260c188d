//! Images for tests, and a server that runs in them: this very test program, asked to be one.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use local::{Running, Settings};
use serde_json::{Value, json};
use sha2::Digest;

use crate::client::{self, Answer, raw, send};

pub const HOST: &str = "us-central1-docker.pkg.dev";
pub const RUN: &str = "https://run.googleapis.com/v2/projects/p-1/locations/us-central1";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What the script of an image does: becomes a server, unless its environment says that it is to end.
const SCRIPT: &str = "#!/bin/sh\n\
    echo \"$K_REVISION begins with $1\"\n\
    if [ -n \"$LATE\" ]; then sleep \"$LATE\"; fi\n\
    if [ -n \"$EXIT\" ]; then echo \"$EXIT is asked for\" >&2; exit \"$EXIT\"; fi\n\
    exec \"$SERVER\" --exact serves --nocapture\n";

/// Set where containers are to share this machine's network.
const SHARED: &str = "LOCAL_TEST_SHARED_NETWORK";

/// Gives containers networks of their own, unless this process was begun by [`again_in_the_shared_network`].
pub fn networks(settings: &mut Settings) {
    if std::env::var_os(SHARED).is_none() {
        settings.contain = Some(env!("CARGO_BIN_EXE_contain").into());
    }
}

/// A local cloud whose containers have networks of their own, where this machine allows it.
pub async fn cloud() -> Running {
    with(|_| {}).await
}

/// Such a cloud, of changed settings.
pub async fn with(change: impl FnOnce(&mut Settings)) -> Running {
    let cloud = client::with(|settings| {
        networks(settings);
        change(settings);
    })
    .await;
    has_own_network(&cloud);
    cloud
}

/// Whether containers have networks of their own. Where this machine allows none, says so once, past the test harness,
/// which keeps what a test prints that succeeds.
pub fn has_own_network(cloud: &Running) -> bool {
    static SAID: std::sync::Once = std::sync::Once::new();
    let own = cloud.containers == "own network";
    if !own && std::env::var_os(SHARED).is_none() {
        SAID.call_once(|| {
            let network = &cloud.containers;
            let said = format!("\nNOT TESTED HERE: containers with networks of their own: {network}\n");
            std::io::stderr().write_all(said.as_bytes()).unwrap();
        });
    }
    own
}

/// Runs the other tests of this file once more, with containers that share this machine's network.
pub fn again_in_the_shared_network(this: &str) {
    if std::env::var_os(SHARED).is_some() {
        return;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let ran = command.args(["--exact", "--skip", this]).env(SHARED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && !said.contains(" 0 passed"), "{said}");
}

pub fn digest(bytes: &[u8]) -> String {
    let hash = sha2::Sha256::digest(bytes);
    format!("sha256:{}", hash.iter().map(|it| format!("{it:02x}")).collect::<String>())
}

/// A repository of the local Artifact Registry.
pub async fn repository(cloud: &Running, project: &str, id: &str) {
    let url = format!(
        "https://artifactregistry.googleapis.com/v1/projects/{project}/locations/us-central1/repositories?repositoryId={id}"
    );
    let made = send(cloud, "POST", &url, json!({"format": "DOCKER"})).await;
    assert_eq!(made.status, 200, "{made:?}");
}

/// Pushes a blob whole.
pub async fn blob(cloud: &Running, name: &str, bytes: &[u8]) -> String {
    let digest = digest(bytes);
    let url = format!("http://{HOST}/v2/{name}/blobs/uploads/?digest={digest}");
    let pushed = raw(cloud, "POST", &url, &[], bytes).await.unwrap();
    assert_eq!(pushed.status, 201, "{pushed:?}");
    digest
}

/// A gzipped tar of one executable file.
pub fn layer(path: &str, content: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len().try_into().unwrap());
    header.set_mode(0o755);
    tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

/// Pushes an image that runs a script with an argument; answers its digest.
pub async fn push(cloud: &Running, name: &str, tag: &str, argument: &str) -> String {
    let layer = layer("app/start.sh", SCRIPT);
    let config = json!({
        "os": "linux", "architecture": "amd64", "created": "2024-04-01T12:00:00Z",
        "config": {
            "Entrypoint": ["/bin/sh", "/app/start.sh"], "Cmd": [argument], "WorkingDir": "/app",
            "Env": ["FROM_IMAGE=yes"],
        },
    });
    let config = config.to_string();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest(config.as_bytes()), "size": config.len()},
        "layers": [{"mediaType": LAYER, "digest": digest(&layer), "size": layer.len()}],
    })
    .to_string();
    blob(cloud, name, &layer).await;
    blob(cloud, name, config.as_bytes()).await;
    let url = format!("http://{HOST}/v2/{name}/manifests/{tag}");
    let pushed = raw(cloud, "PUT", &url, &[("Content-Type", MANIFEST)], manifest.as_bytes()).await.unwrap();
    assert_eq!(pushed.status, 201, "{pushed:?}");
    digest(manifest.as_bytes())
}

/// A service that runs the image of [`push`], with more variables.
pub fn service(image: &str, more: &[Value]) -> Value {
    let server = std::env::current_exe().unwrap();
    let mut env = vec![json!({"name": "SERVER", "value": server.to_str().unwrap()})];
    env.extend(more.iter().cloned());
    let probe = json!({"periodSeconds": 10, "failureThreshold": 3, "httpGet": {"path": "/health"}});
    json!({"template": {"containers": [{"image": image, "env": env, "startupProbe": probe}]}})
}

/// Waits until an operation that an answer names is done, and answers it.
pub async fn done(cloud: &Running, answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let url = format!("https://run.googleapis.com/v2/{}", answer.json()["name"].as_str().unwrap());
    let begun = Instant::now();
    loop {
        let got = send(cloud, "GET", &url, Value::Null).await.json();
        if got["done"] == true {
            return got;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{got}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Calls a service with headers.
pub async fn call(cloud: &Running, path: &str, headers: &[(&str, &str)]) -> Answer {
    let url = format!("http://{}/_run/p-1/us-central1/{path}", cloud.address);
    raw(cloud, "GET", &url, headers, b"").await.unwrap()
}

/// Calls a service as the owner.
pub async fn get(cloud: &Running, path: &str) -> (u16, String) {
    let got = call(cloud, path, &[("Authorization", "Bearer owner")]).await;
    (got.status, String::from_utf8(got.body).unwrap())
}

/// Serves, if asked to by the environment that a container has.
pub fn serve() {
    // Whoever runs tests may have a PORT of their own.
    if std::env::var_os("K_REVISION").is_none() {
        return;
    }
    let Some(port) = std::env::var("PORT").ok().and_then(|it| it.parse().ok()) else { return };
    let host = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let listener = TcpListener::bind((host, port)).unwrap();
    if std::env::var_os("SPEAKS_H2C").is_some() {
        return serve_h2c(listener);
    }
    for stream in listener.incoming() {
        std::thread::spawn(move || answer(stream.unwrap()));
    }
}

/// Answers every request with its version and its body.
fn serve_h2c(listener: TcpListener) {
    use http_body_util::{BodyExt, Full};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    listener.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(|request: http::Request<hyper::body::Incoming>| async {
                let version = format!("{:?} ", request.version());
                let body = request.into_body().collect().await?.to_bytes();
                let whole = [version.as_bytes(), &body].concat();
                Ok::<_, hyper::Error>(http::Response::new(Full::new(bytes::Bytes::from(whole))))
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            // A probe connects and says nothing.
            tokio::spawn(async move { drop(builder.serve_connection(TokioIo::new(stream), service).await) });
        }
    });
}

/// What a server says to a request that is sent there, or why there is none.
fn ask(address: &str, requests: &[String]) -> Vec<u8> {
    let asked = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut said = Vec::new();
        for (at, request) in requests.iter().enumerate() {
            stream.write_all(request.as_bytes())?;
            let is_last = at + 1 == requests.len();
            let mut byte = [0];
            while (is_last || !said.ends_with(b"\r\n\r\n")) && stream.read(&mut byte)? > 0 {
                said.push(byte[0]);
            }
        }
        Ok(said)
    };
    asked().unwrap_or_else(|error| format!("no connection: {error}").into_bytes())
}

/// Asks a server, `host:port/path`: directly, with its whole URL by the proxy, or through a tunnel of the proxy.
fn fetch(way: &str, target: &str) -> Vec<u8> {
    let (address, path) = target.split_once('/').unwrap_or((target, ""));
    let get = |of: &str| format!("GET {of} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let proxy = std::env::var("HTTP_PROXY").unwrap_or_default();
    let proxy = proxy.trim_start_matches("http://");
    match way {
        "/direct" => ask(address, &[get(&format!("/{path}"))]),
        "/proxied" => ask(proxy, &[get(&format!("http://{address}/{path}"))]),
        _ => {
            let connect = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n");
            ask(proxy, &[connect, get(&format!("/{path}"))])
        }
    }
}

/// Set by a request to `/release`.
static RELEASED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Sends one part of a body, and the other when another request has asked for it.
fn stream(mut stream: TcpStream) {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{head}5\r\nfirst\r\n").as_bytes()).unwrap();
    while !RELEASED.load(std::sync::atomic::Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").unwrap();
}

/// Speaks another protocol from now on, in which whatever is said is said back.
fn echo(mut stream: TcpStream, mut reader: BufReader<TcpStream>) {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = reader.read(&mut chunk) {
        stream.write_all(&chunk[..read]).unwrap();
    }
}

fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let path = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = match path.split_once('?').unwrap_or((&path, "")) {
        ("/env", name) => std::env::var(name).unwrap_or_else(|_| "unset".to_owned()).into_bytes(),
        ("/head", _) => head.into_bytes(),
        ("/echo", _) => body,
        ("/process", _) => std::process::id().to_string().into_bytes(),
        ("/crash", _) => std::process::exit(3),
        (way @ ("/direct" | "/proxied" | "/tunnelled"), target) => fetch(way, target),
        ("/listen-openly", _) => {
            // For as long as the process lives.
            std::mem::forget(TcpListener::bind("0.0.0.0:0").unwrap());
            Vec::new()
        }
        ("/stream", _) => return self::stream(stream),
        ("/release", _) => {
            RELEASED.store(true, std::sync::atomic::Ordering::SeqCst);
            Vec::new()
        }
        ("/upgrade", _) => return echo(stream, reader),
        ("/slow", milliseconds) => {
            std::thread::sleep(Duration::from_millis(milliseconds.parse().unwrap()));
            b"slowly".to_vec()
        }
        _ => path.into_bytes(),
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // Who does not wait for the answer does not want it.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
