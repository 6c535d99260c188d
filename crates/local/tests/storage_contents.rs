//! Contents that are too long for the database: files that come, are read, are shared and go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod client;
mod storage;

use std::path::Path;
use std::time::{Duration, Instant};

use client::{cloud, raw, send, with};
use local::Running;
use serde_json::{Value, json};
use storage::{STORAGE, bucket, ok, put, settle, tick, upload};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LONG: usize = 3 << 20;
const UPLOADS: &str = "https://storage.googleapis.com/upload/storage/v1";

/// Bytes that are long enough for a file: the first is the seed, and they repeat at no power of two.
fn long(seed: u8) -> Vec<u8> {
    let mut bytes = (0..251_u8).map(|it| it ^ seed).collect::<Vec<u8>>().repeat(LONG / 251 + 1);
    bytes.truncate(LONG);
    bytes
}

fn files(data: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(data.join("contents")) else { return Vec::new() };
    found.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

/// Waits until there are so many files: one goes after the commit that it is no longer referred to by, and after the
/// connection that it was to come by.
async fn has_files(data: &Path, want: usize) {
    let begun = Instant::now();
    while files(data).len() != want {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} and not {want} files", files(data));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A cloud in a folder, with a bucket `b-1` that deletes for good.
async fn durable() -> (TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let cloud = reopen(&folder).await;
    let at_once = json!({"softDeletePolicy": {"retentionDurationSeconds": "0"}});
    bucket(&cloud, "b-1", at_once).await;
    (folder, cloud)
}

async fn reopen(folder: &TempDir) -> Running {
    with(|it| it.data = Some(folder.path().to_owned())).await
}

async fn read(cloud: &Running, name: &str) -> Vec<u8> {
    let got = raw(cloud, "GET", &format!("{STORAGE}/b/b-1/o/{name}?alt=media"), &[], b"").await.unwrap();
    assert_eq!(got.status, 200, "{name}");
    got.body
}

async fn delete(cloud: &Running, name: &str) {
    ok(cloud, "DELETE", &format!("{STORAGE}/b/b-1/o/{name}"), Value::Null).await;
}

#[tokio::test]
async fn a_long_content_is_a_file_that_outlives_the_process_and_goes_with_its_object() {
    let (folder, cloud) = durable().await;
    let made = upload(&cloud, "b-1", "long", &long(1)).await;
    assert_eq!(made["size"], (3 << 20).to_string());
    upload(&cloud, "b-1", "short", b"short").await;
    assert_eq!(files(folder.path()).len(), 1);
    cloud.stop().await;
    // As a killed process may leave it.
    std::fs::write(folder.path().join("contents/0123"), b"left behind").unwrap();
    let cloud = reopen(&folder).await;
    assert_eq!(files(folder.path()).len(), 1);
    assert_eq!((read(&cloud, "long").await, read(&cloud, "short").await), (long(1), b"short".to_vec()));
    // Overwritten, then by something short, then deleted.
    upload(&cloud, "b-1", "long", &long(2)).await;
    assert_eq!(read(&cloud, "long").await, long(2));
    has_files(folder.path(), 1).await;
    upload(&cloud, "b-1", "long", b"now short").await;
    has_files(folder.path(), 0).await;
    upload(&cloud, "b-1", "long", &long(3)).await;
    has_files(folder.path(), 1).await;
    delete(&cloud, "long").await;
    has_files(folder.path(), 0).await;
}

#[tokio::test]
async fn parts_of_a_file_are_read_by_range() {
    let (_folder, cloud) = durable().await;
    let whole = long(4);
    upload(&cloud, "b-1", "long", &whole).await;
    let url = format!("{STORAGE}/b/b-1/o/long?alt=media");
    let end = whole.len() - 1;
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 0),
        ("bytes=1000000-2500000".to_owned(), 1_000_000, 2_500_000),
        (format!("bytes={end}-"), end, end),
        ("bytes=-70000".to_owned(), whole.len() - 70_000, end),
    ] {
        let got = raw(&cloud, "GET", &url, &[("Range", &range)], b"").await.unwrap();
        assert_eq!(got.status, 206, "{range}");
        let says = format!("content-range: bytes {from}-{to}/{}", whole.len());
        assert!(got.headers.contains(&says), "{}", got.headers);
        assert!(got.headers.contains(&format!("content-length: {}", to - from + 1)), "{}", got.headers);
        assert!(got.body == whole[from..=to], "{range}");
    }
    let beyond = format!("bytes={}-", whole.len());
    assert_eq!(raw(&cloud, "GET", &url, &[("Range", &beyond)], b"").await.unwrap().status, 416);
}

#[tokio::test]
async fn what_is_copied_has_a_file_of_its_own() {
    let (folder, cloud) = durable().await;
    let made = upload(&cloud, "b-1", "a", &long(5)).await;
    let to = |verb: &str, name: &str| format!("{STORAGE}/b/b-1/o/a/{verb}/b/b-1/o/{name}");
    let copy = ok(&cloud, "POST", &to("copyTo", "b"), json!({})).await;
    assert_eq!((&copy["md5Hash"], &copy["crc32c"]), (&made["md5Hash"], &made["crc32c"]));
    ok(&cloud, "POST", &to("rewriteTo", "c"), json!({})).await;
    let sources = json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]);
    let url = format!("{STORAGE}/b/b-1/o/all/compose");
    let composed = ok(
        &cloud,
        "POST",
        &url,
        json!({"sourceObjects": sources, "destination": {"contentType": "text/plain"}}),
    )
    .await;
    assert_eq!(
        (composed["size"].as_str(), composed["contentType"].as_str()),
        (Some("9437184"), Some("text/plain"))
    );
    assert_eq!(files(folder.path()).len(), 4);
    delete(&cloud, "a").await;
    delete(&cloud, "c").await;
    has_files(folder.path(), 2).await;
    assert!(read(&cloud, "b").await == long(5));
    assert!(read(&cloud, "all").await == [long(5), long(5), long(5)].concat());
    // A composition of what is not there leaves nothing.
    let gone = json!({"sourceObjects": [{"name": "b"}, {"name": "a"}]});
    assert_eq!(send(&cloud, "POST", &url, gone).await.status, 404);
    assert_eq!(files(folder.path()).len(), 2);
}

#[tokio::test]
async fn versions_and_soft_deleted_objects_keep_their_files_until_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = reopen(&folder).await;
    bucket(&cloud, "b-1", json!({"versioning": {"enabled": true}})).await;
    let first = upload(&cloud, "b-1", "a", &long(6)).await;
    upload(&cloud, "b-1", "a", &long(7)).await;
    let generation = first["generation"].as_str().unwrap();
    let url = format!("{STORAGE}/b/b-1/o/a?generation={generation}");
    let got = raw(&cloud, "GET", &format!("{url}&alt=media"), &[], b"").await.unwrap();
    assert!(got.status == 200 && got.body == long(6));
    ok(&cloud, "DELETE", &url, Value::Null).await;
    assert_eq!(files(folder.path()).len(), 2);
    let restore = format!("{STORAGE}/b/b-1/o/a/restore?generation={generation}");
    ok(&cloud, "POST", &restore, json!({})).await;
    assert!(read(&cloud, "a").await == long(6));
    assert_eq!(files(folder.path()).len(), 3);
    tick(&cloud, "8d").await;
    settle(&cloud).await;
    // The soft-deleted one has gone; the restored and the archived have not.
    has_files(folder.path(), 2).await;
    assert!(read(&cloud, "a").await == long(6));
    ok(&cloud, "POST", "http://localhost/_local/reset", Value::Null).await;
    has_files(folder.path(), 0).await;
}

/// The body of an upload in two parts, as Google's clients write it.
fn related(metadata: &Value, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--==0==\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n{metadata}\r\n--==0==\r\ncontent-type: image/png\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--==0==--"].concat()
}

#[tokio::test]
async fn an_upload_that_is_refused_or_breaks_leaves_no_file() {
    let (folder, cloud) = durable().await;
    let kind = [("Content-Type", "multipart/related; boundary=\"==0==\"")];
    let url = format!("{UPLOADS}/b/b-1/o?uploadType=multipart");
    let body = related(&json!({"name": "two", "cacheControl": "no-store"}), &long(8));
    let made = raw(&cloud, "POST", &url, &kind, &body).await.unwrap();
    assert_eq!(made.status, 200, "{}", made.message());
    assert_eq!(
        (&made.json()["contentType"], &made.json()["cacheControl"]),
        (&json!("image/png"), &json!("no-store"))
    );
    assert!(read(&cloud, "two").await == long(8));
    assert_eq!(files(folder.path()).len(), 1);

    let sums = json!({"name": "wrong", "md5Hash": "1B2M2Y8AsgTpgAmY7PhCfg=="});
    let wrong = raw(&cloud, "POST", &url, &kind, &related(&sums, &long(9))).await.unwrap();
    assert_eq!(wrong.status, 400);
    assert!(wrong.message().contains("doesn't match calculated md5Hash"), "{}", wrong.message());
    let mut cut = related(&json!({"name": "cut"}), &long(9));
    cut.truncate(cut.len() - 10);
    let cut = raw(&cloud, "POST", &url, &kind, &cut).await.unwrap();
    assert_eq!((cut.status, cut.message().as_str()), (400, "Malformed multipart body."));
    let media = format!("{UPLOADS}/b/b-1/o?uploadType=media&name=two&ifGenerationMatch=0");
    assert_eq!(raw(&cloud, "POST", &media, &[], &long(9)).await.unwrap().status, 412);
    let nowhere = format!("{UPLOADS}/b/none/o?uploadType=media&name=a");
    assert_eq!(raw(&cloud, "POST", &nowhere, &[], &long(9)).await.unwrap().status, 404);
    has_files(folder.path(), 1).await;

    // The client goes away in the middle.
    let mut stream =
        begin(&cloud, "POST", &format!("{UPLOADS}/b/b-1/o?uploadType=media&name=half"), "", 10 << 20).await;
    stream.write_all(&long(9)).await.unwrap();
    has_files(folder.path(), 2).await;
    drop(stream);
    has_files(folder.path(), 1).await;
}

/// Sends the head of a request whose body has so many bytes.
async fn begin(cloud: &Running, method: &str, url: &str, headers: &str, length: usize) -> TcpStream {
    let path = url.split_once(".com").unwrap().1;
    let mut stream = TcpStream::connect(cloud.address).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: storage.googleapis.com\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Begins a resumable upload: its address.
async fn session(cloud: &Running, name: &str) -> String {
    let url = format!("{UPLOADS}/b/b-1/o?uploadType=resumable&name={name}");
    let begun = send(cloud, "POST", &url, json!({"contentType": "text/plain"})).await;
    assert_eq!(begun.status, 200);
    let at = begun.headers.lines().find_map(|it| it.strip_prefix("location: ")).unwrap();
    // The test's client writes headers in lower case.
    at.replace("uploadtype", "uploadType")
}

/// Sends a part: the status, and the `Range` of the answer.
async fn part(cloud: &Running, at: &str, range: &str, bytes: &[u8]) -> (u16, String) {
    let got = raw(cloud, "PUT", at, &[("Content-Range", range)], bytes).await.unwrap();
    let range = got.headers.lines().find_map(|it| it.strip_prefix("range: ")).unwrap_or_default();
    (got.status, range.to_owned())
}

#[tokio::test]
async fn parts_that_come_twice_are_taken_once_and_what_came_of_a_broken_one_stays() {
    let (folder, cloud) = durable().await;
    let whole = long(10);
    let total = whole.len();
    let at = session(&cloud, "resumed").await;
    let mib = 1 << 20;
    assert_eq!(part(&cloud, &at, &format!("bytes */{total}"), b"").await, (308, String::new()));
    let first = format!("bytes 0-{}/{total}", mib - 1);
    let has_first = (308, format!("bytes=0-{}", mib - 1));
    assert_eq!(part(&cloud, &at, &first, &whole[..mib]).await, has_first);
    assert_eq!(part(&cloud, &at, &first, &whole[..mib]).await, has_first);
    // A part that overlaps, and one that leaves a gap.
    let overlaps = format!("bytes {}-{}/{total}", mib - 10, mib + 9);
    assert_eq!(
        part(&cloud, &at, &overlaps, &whole[mib - 10..mib + 10]).await.1,
        format!("bytes=0-{}", mib + 9)
    );
    assert_eq!(part(&cloud, &at, "bytes 2000000-2000009/*", b"0123456789").await.0, 400);
    // The connection breaks in the middle of a part.
    let headers = format!("Content-Range: bytes {}-{}/{total}\r\n", mib + 10, total - 1);
    let mut stream = begin(&cloud, "PUT", &at.replace("http://", ""), &headers, total - mib - 10).await;
    stream.write_all(&whole[mib + 10..2 * mib]).await.unwrap();
    drop(stream);
    let begun = Instant::now();
    loop {
        let (status, range) = part(&cloud, &at, &format!("bytes */{total}"), b"").await;
        assert_eq!(status, 308);
        if range == format!("bytes=0-{}", 2 * mib - 1) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{range}");
    }
    // So it is after another start, which finds the length and the sums in the file.
    cloud.stop().await;
    let cloud = reopen(&folder).await;
    assert_eq!(files(folder.path()).len(), 1);
    let rest = format!("bytes {}-{}/{total}", 2 * mib, total - 1);
    let at = at
        .split_once("/upload")
        .map(|(_, path)| format!("http://storage.googleapis.com/upload{path}"))
        .unwrap();
    let done = raw(&cloud, "PUT", &at, &[("Content-Range", &rest)], &whole[2 * mib..]).await.unwrap();
    assert_eq!((done.status, done.json()["size"].as_str()), (200, Some(total.to_string().as_str())));
    assert!(read(&cloud, "resumed").await == whole);
    let plain = upload(&cloud, "b-1", "plain", &whole).await;
    assert_eq!((&done.json()["md5Hash"], &done.json()["crc32c"]), (&plain["md5Hash"], &plain["crc32c"]));
    // The answer was lost: the last part comes again, and adds nothing.
    let again = raw(&cloud, "PUT", &at, &[("Content-Range", &rest)], &whole[2 * mib..]).await.unwrap();
    assert_eq!((again.status, again.json()), (200, done.json()));
    assert_eq!(files(folder.path()).len(), 2);
    delete(&cloud, "resumed").await;
    has_files(folder.path(), 1).await;
    // An upload that is short in the end is no file.
    let at = session(&cloud, "short").await;
    assert_eq!(part(&cloud, &at, "bytes 0-4/*", b"12345").await, (308, "bytes=0-4".to_owned()));
    has_files(folder.path(), 2).await;
    assert_eq!(part(&cloud, &at, "bytes 5-8/9", b"6789").await.0, 200);
    assert_eq!(read(&cloud, "short").await, b"123456789");
    has_files(folder.path(), 1).await;
    // One that nobody goes on with goes when its time is over.
    let at = session(&cloud, "forgotten").await;
    assert_eq!(part(&cloud, &at, "bytes 0-4/*", b"12345").await.0, 308);
    tick(&cloud, "8d").await;
    settle(&cloud).await;
    has_files(folder.path(), 1).await;
    assert_eq!(part(&cloud, &at, "bytes 5-8/9", b"6789").await.0, 404);
}

#[tokio::test]
async fn a_slow_reader_gets_all_of_an_object_that_is_deleted_meanwhile() {
    let (folder, cloud) = durable().await;
    // More than sockets hold.
    let whole: Vec<u8> = (0..8).flat_map(long).collect();
    upload(&cloud, "b-1", "slow", &whole).await;
    let mut stream = TcpStream::connect(cloud.address).await.unwrap();
    let head = "GET /storage/v1/b/b-1/o/slow?alt=media HTTP/1.1\r\nHost: storage.googleapis.com\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1024];
    stream.read_exact(&mut answer).await.unwrap();
    delete(&cloud, "slow").await;
    has_files(folder.path(), 0).await;
    stream.read_to_end(&mut answer).await.unwrap();
    let begin = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    assert!(answer[begin..] == whole);
}

#[tokio::test]
async fn an_object_that_is_overwritten_all_the_time_can_be_read_all_the_time() {
    let (folder, cloud) = durable().await;
    upload(&cloud, "b-1", "hot", &long(0)).await;
    let writes = async {
        for seed in 1..30 {
            upload(&cloud, "b-1", "hot", &long(seed)).await;
        }
    };
    let reads = async {
        for _ in 0..60 {
            let got = read(&cloud, "hot").await;
            assert!(got == long(got[0]));
        }
    };
    tokio::join!(writes, reads);
    has_files(folder.path(), 1).await;
}

#[tokio::test]
async fn a_cloud_in_memory_keeps_files_for_as_long_as_it_runs() {
    let cloud = cloud().await;
    bucket(&cloud, "b-1", json!({})).await;
    upload(&cloud, "b-1", "long", &long(11)).await;
    assert!(read(&cloud, "long").await == long(11));
    put(&cloud, "b-1", "long", json!({"contentType": "text/css"})).await;
    assert!(read(&cloud, "long").await == long(11));
}

#[tokio::test]
async fn faults_of_uploads_follow_from_the_seed_and_leave_no_file() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let cloud = reopen(&folder).await;
        bucket(&cloud, "b-1", json!({"softDeletePolicy": {"retentionDurationSeconds": "0"}})).await;
        cloud.stop().await;
        let cloud = with(|it| {
            it.data = Some(folder.path().to_owned());
            (it.fail, it.seed) = (0.5, 11);
        })
        .await;
        let mut answers = Vec::new();
        for seed in 0..12 {
            // Each is sent twice: the second time is another draw.
            let url = format!("{UPLOADS}/b/b-1/o?uploadType=media&name=o-{}", seed % 3);
            answers.push(raw(&cloud, "POST", &url, &[], &long(seed / 2)).await.map(|it| it.status));
        }
        assert!(answers.contains(&Some(200)) && answers.iter().any(|it| *it != Some(200)), "{answers:?}");
        cloud.stop().await;
        // What broke after it happened is there, without a file left over.
        let left = files(folder.path()).len();
        let cloud = reopen(&folder).await;
        assert_eq!(storage::names(&cloud, "b-1", "").await.len(), left);
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
}

const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";

fn load(source: &Value) -> Value {
    let mut load = json!({
        "destinationTable": {"projectId": "p-1", "datasetId": "d", "tableId": "t"},
        "schema": {"fields": [{"name": "id", "type": "INTEGER"}, {"name": "text", "type": "STRING"}]},
    });
    if source.is_array() {
        load["sourceUris"] = source.clone();
    }
    json!({"configuration": {"load": load}})
}

#[tokio::test]
async fn a_job_loads_what_came_by_a_file_and_no_more_than_memory_may_hold() {
    let (folder, cloud) = durable().await;
    ok(&cloud, "POST", &format!("{BIGQUERY}/datasets"), json!({"datasetReference": {"datasetId": "d"}}))
        .await;
    let row = "x".repeat(50);
    let csv: String = (0..40_000).map(|it| format!("{it},{row}\n")).collect();
    let uploads = "https://bigquery.googleapis.com/upload/bigquery/v2/projects/p-1/jobs?uploadType";
    let kind = [("Content-Type", "multipart/related; boundary=\"==0==\"")];
    let body = related(&load(&Value::Null), csv.as_bytes());
    let job = raw(&cloud, "POST", &format!("{uploads}=multipart"), &kind, &body).await.unwrap();
    assert_eq!(job.json()["statistics"]["load"]["outputRows"], "40000", "{}", job.message());
    let begun = send(&cloud, "POST", &format!("{uploads}=resumable"), load(&Value::Null)).await;
    let at = begun.headers.lines().find_map(|it| it.strip_prefix("location: ")).unwrap();
    let at = at.replace("uploadtype", "uploadType");
    let (half, total) = (csv.len() / 2, csv.len());
    let first = format!("bytes 0-{}/{total}", half - 1);
    assert_eq!(part(&cloud, &at, &first, &csv.as_bytes()[..half]).await.0, 308);
    let rest = format!("bytes {half}-{}/{total}", total - 1);
    let job = raw(&cloud, "PUT", &at, &[("Content-Range", &rest)], &csv.as_bytes()[half..]).await.unwrap();
    assert_eq!(job.json()["statistics"]["load"]["outputRows"], "40000", "{}", job.message());
    has_files(folder.path(), 0).await;

    upload(&cloud, "b-1", "part", &long(1)).await;
    for (name, source, count) in [("96", "part", 32), ("288", "96", 3)] {
        let sources: Vec<Value> = (0..count).map(|_| json!({"name": source})).collect();
        let url = format!("{STORAGE}/b/b-1/o/{name}/compose");
        ok(&cloud, "POST", &url, json!({"sourceObjects": sources})).await;
    }
    let job = ok(&cloud, "POST", &format!("{BIGQUERY}/jobs"), load(&json!(["gs://b-1/288"]))).await;
    let says = job["status"]["errorResult"]["message"].as_str().unwrap();
    assert!(says.contains("may have 256 MiB") && says.contains("gs://b-1/288"), "{says}");
}
