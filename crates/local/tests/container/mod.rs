//! Images for tests, and a server that runs in them: this very test program, asked to be one.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use local::Running;
use serde_json::{Value, json};
use sha2::Digest;

use crate::client::{Answer, raw, send};

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
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming() {
        std::thread::spawn(move || answer(stream.unwrap()));
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
