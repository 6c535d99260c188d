//! The container registry speaks the OCI distribution API, to those who may.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod container;

use client::{Answer, cloud, raw, send, send_as, with};
use container::{HOST, MANIFEST, blob, digest, push, repository};
use local::Running;
use serde_json::{Value, json};

const NAME: &str = "p-1/images/team/app";

async fn ask(cloud: &Running, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    raw(cloud, method, &format!("http://{HOST}/v2/{path}"), headers, body).await.unwrap()
}

fn header(answer: &Answer, name: &str) -> String {
    let line = answer.headers.lines().find_map(|it| it.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default().to_owned()
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_blob_is_uploaded_in_parts_and_read_in_ranges() {
    let cloud = cloud().await;
    repository(&cloud, "p-1", "images").await;
    let begun = ask(&cloud, "POST", &format!("{NAME}/blobs/uploads/"), &[], b"").await;
    assert_eq!(begun.status, 202);
    let place = header(&begun, "location").trim_start_matches("/v2/").to_owned();
    let part = ask(&cloud, "PATCH", &place, &[("Content-Range", "0-4")], b"hello").await;
    assert_eq!((part.status, header(&part, "range")), (202, "0-4".into()));
    let hole = ask(&cloud, "PATCH", &place, &[("Content-Range", "9-10")], b"xx").await;
    assert_eq!(hole.status, 416);
    let state = ask(&cloud, "GET", &place, &[], b"").await;
    assert_eq!((state.status, header(&state, "range")), (204, "0-4".into()));
    let whole = digest(b"hello world");
    let ended = ask(&cloud, "PUT", &format!("{place}?digest={whole}"), &[], b" world").await;
    assert_eq!((ended.status, header(&ended, "docker-content-digest")), (201, whole.clone()));
    let path = format!("{NAME}/blobs/{whole}");
    let head = ask(&cloud, "HEAD", &path, &[], b"").await;
    assert_eq!((head.status, header(&head, "content-length"), head.body.len()), (200, "11".into(), 0));
    assert_eq!(ask(&cloud, "GET", &path, &[], b"").await.body, b"hello world");
    let part = ask(&cloud, "GET", &path, &[("Range", "bytes=6-")], b"").await;
    assert_eq!((part.status, part.body), (206, b"world".to_vec()));
    assert_eq!(ask(&cloud, "GET", &path, &[("Range", "bytes=11-")], b"").await.status, 416);
    assert_eq!(ask(&cloud, "DELETE", &path, &[], b"").await.status, 202);
    assert_eq!(code(&ask(&cloud, "GET", &path, &[], b"").await), (404, "BLOB_UNKNOWN".into()));
    let gone = ask(&cloud, "PATCH", &place, &[], b"more").await;
    assert_eq!(code(&gone), (404, "BLOB_UPLOAD_UNKNOWN".into()));
}

#[tokio::test]
async fn a_wrong_digest_is_refused_and_a_known_blob_is_mounted() {
    let cloud = cloud().await;
    repository(&cloud, "p-1", "images").await;
    repository(&cloud, "p-1", "others").await;
    let wrong = format!("{NAME}/blobs/uploads/?digest={}", digest(b"other"));
    assert_eq!(code(&ask(&cloud, "POST", &wrong, &[], b"this").await), (400, "DIGEST_INVALID".into()));
    let known = blob(&cloud, NAME, b"known").await;
    let mount = format!("p-1/others/app/blobs/uploads/?mount={known}&from={NAME}");
    assert_eq!(ask(&cloud, "POST", &mount, &[], b"").await.status, 201);
    ask(&cloud, "DELETE", &format!("{NAME}/blobs/{known}"), &[], b"").await;
    let mounted = ask(&cloud, "GET", &format!("p-1/others/app/blobs/{known}"), &[], b"").await;
    assert_eq!(mounted.body, b"known", "the file stays as long as someone has it");
    let unknown = format!("p-1/others/app/blobs/uploads/?mount={}&from={NAME}", digest(b"none"));
    assert_eq!(ask(&cloud, "POST", &unknown, &[], b"").await.status, 202, "then it is uploaded");
}

#[tokio::test]
async fn manifests_are_found_by_tag_and_digest_and_listed_by_the_api() {
    let cloud = cloud().await;
    repository(&cloud, "p-1", "images").await;
    let one = push(&cloud, NAME, "v1", "one").await;
    let two = push(&cloud, NAME, "v2", "two").await;
    push(&cloud, NAME, "latest", "two").await;
    let got = ask(&cloud, "GET", &format!("{NAME}/manifests/v1"), &[], b"").await;
    assert_eq!((digest(&got.body), header(&got, "content-type")), (one.clone(), MANIFEST.into()));
    assert_eq!(header(&got, "docker-content-digest"), one);
    let tags = ask(&cloud, "GET", &format!("{NAME}/tags/list?n=2"), &[], b"").await;
    assert_eq!(tags.json()["tags"], json!(["latest", "v1"]));
    assert!(header(&tags, "link").contains("last=v1"), "{tags:?}");
    let catalog = ask(&cloud, "GET", "_catalog", &[], b"").await;
    assert_eq!(catalog.json()["repositories"], json!([NAME]));

    let api =
        "https://artifactregistry.googleapis.com/v1/projects/p-1/locations/us-central1/repositories/images";
    let images = send(&cloud, "GET", &format!("{api}/dockerImages"), Value::Null).await.json();
    let images = images["dockerImages"].as_array().unwrap().clone();
    let second = images.iter().find(|it| it["uri"] == format!("{HOST}/{NAME}@{two}")).unwrap();
    assert_eq!(second["tags"], json!(["latest", "v2"]));
    assert_eq!(second["buildTime"], "2024-04-01T12:00:00Z");
    let name = second["name"].as_str().unwrap();
    assert!(name.ends_with(&format!("/dockerImages/team%2Fapp@{two}")), "{name}");
    let url = format!("https://artifactregistry.googleapis.com/v1/{name}");
    assert_eq!(send(&cloud, "GET", &url, Value::Null).await.json(), *second);

    let package = second["name"].as_str().unwrap().replace("/dockerImages/", "/packages/");
    let package = package.split('@').next().unwrap();
    let tag = format!("https://artifactregistry.googleapis.com/v1/{package}/tags");
    let shown = send(&cloud, "GET", &format!("{tag}/v2"), Value::Null).await.json();
    assert_eq!(
        shown,
        json!({"name": format!("{package}/tags/v2"), "version": format!("{package}/versions/{two}")})
    );
    assert_eq!(send(&cloud, "DELETE", &format!("{tag}/v2"), Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "GET", &format!("{tag}/v2"), Value::Null).await.status, 404);
    let images = send(&cloud, "GET", &format!("{api}/dockerImages"), Value::Null).await.json();
    let untagged = images["dockerImages"].as_array().unwrap().iter().find(|it| it["uri"] == second["uri"]);
    assert_eq!(untagged.unwrap()["tags"], json!(["latest"]), "what it named stays");

    assert_eq!(ask(&cloud, "DELETE", &format!("{NAME}/manifests/{two}"), &[], b"").await.status, 202);
    let tags = ask(&cloud, "GET", &format!("{NAME}/tags/list"), &[], b"").await;
    assert_eq!(tags.json()["tags"], json!(["v1"]), "tags go with what they name");
    let gone = ask(&cloud, "GET", &format!("{NAME}/manifests/v2"), &[], b"").await;
    assert_eq!(code(&gone), (404, "MANIFEST_UNKNOWN".into()));
    send(&cloud, "DELETE", api, Value::Null).await;
    let gone = ask(&cloud, "GET", &format!("{NAME}/manifests/v1"), &[], b"").await;
    assert_eq!(code(&gone), (404, "NAME_UNKNOWN".into()));
}

#[tokio::test]
async fn a_manifest_needs_its_parts_and_what_refers_to_it_is_listed() {
    let cloud = cloud().await;
    repository(&cloud, "p-1", "images").await;
    let subject = push(&cloud, NAME, "v1", "one").await;
    let path = format!("{NAME}/manifests");
    let typed = [("Content-Type", MANIFEST)];
    let lacking = json!({"config": {"digest": digest(b"no")}, "layers": []}).to_string();
    let got = ask(&cloud, "PUT", &format!("{path}/v2"), &typed, lacking.as_bytes()).await;
    assert_eq!(code(&got), (400, "MANIFEST_BLOB_UNKNOWN".into()));
    let got = ask(&cloud, "PUT", &format!("{path}/v2"), &typed, b"{").await;
    assert_eq!(code(&got), (400, "MANIFEST_INVALID".into()));
    let empty = blob(&cloud, NAME, b"{}").await;
    let parts = json!({"digest": empty, "size": 2, "mediaType": "application/vnd.oci.empty.v1+json"});
    let sbom = json!({
        "mediaType": MANIFEST, "artifactType": "application/spdx+json", "config": parts, "layers": [parts],
        "subject": {"digest": subject},
    })
    .to_string();
    let by_digest = format!("{path}/{}", digest(sbom.as_bytes()));
    let got = ask(&cloud, "PUT", &by_digest, &typed, sbom.as_bytes()).await;
    assert_eq!((got.status, header(&got, "oci-subject")), (201, subject.clone()));
    for (query, want) in [("", 1), ("?artifactType=application/spdx%2Bjson", 1), ("?artifactType=x", 0)] {
        let got = ask(&cloud, "GET", &format!("{NAME}/referrers/{subject}{query}"), &[], b"").await;
        assert_eq!(got.json()["manifests"].as_array().unwrap().len(), want, "{query}");
    }
}

#[tokio::test]
async fn a_caller_is_held_to_roles_and_a_repository_must_exist() {
    let cloud = cloud().await;
    let path = format!("{NAME}/blobs/uploads/");
    assert_eq!(code(&ask(&cloud, "POST", &path, &[], b"").await), (404, "NAME_UNKNOWN".into()));
    repository(&cloud, "p-1", "images").await;
    let known = blob(&cloud, NAME, b"known").await;
    let api =
        "https://artifactregistry.googleapis.com/v1/projects/p-1/locations/us-central1/repositories/images";
    let policy = json!({"policy": {"bindings":
        [{"role": "roles/artifactregistry.reader", "members": ["user:reader@example.com"]}]}});
    assert_eq!(send(&cloud, "POST", &format!("{api}:setIamPolicy"), policy).await.status, 200);
    // As Docker sends a password, and as a token.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        "oauth2accesstoken:local.reader@example.com",
    );
    let reader = format!("Basic {basic}");
    let stranger = "Bearer local.stranger@example.com";
    let read = format!("{NAME}/blobs/{known}");
    for (who, method, path, want) in [
        (reader.as_str(), "GET", &read, 200),
        (&reader, "POST", &path, 403),
        (&reader, "DELETE", &read, 403),
        (stranger, "GET", &read, 403),
        ("Bearer anything", "POST", &path, 202),
    ] {
        let got = ask(&cloud, method, path, &[("Authorization", who)], b"").await;
        assert_eq!(got.status, want, "{who} {method} {got:?}");
    }
    let got = ask(&cloud, "GET", &read, &[("Authorization", stranger)], b"").await;
    assert_eq!(code(&got), (403, "DENIED".into()));
    let knock = ask(&cloud, "GET", "", &[], b"").await;
    assert_eq!(knock.status, 401);
    assert!(header(&knock, "www-authenticate").contains("/v2/token"), "{knock:?}");
    let token = ask(&cloud, "GET", "token?service=x", &[("Authorization", &reader)], b"").await;
    assert_eq!(token.json()["token"], "local.reader@example.com");
    let known = ask(&cloud, "GET", "", &[("Authorization", &reader)], b"").await;
    assert_eq!(known.status, 200);
    let url = format!("{api}/dockerImages");
    let got = send_as(&cloud, "local.stranger@example.com", "GET", &url, Value::Null).await;
    assert_eq!(got.status, 403);
}

#[tokio::test]
async fn what_was_pushed_is_there_after_a_restart_and_by_path_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = with(|it| it.data = Some(folder.path().to_owned())).await;
    repository(&cloud, "p-1", "images").await;
    let pushed = push(&cloud, NAME, "v1", "one").await;
    let leftover = folder.path().join("registry/blobs/sha256/00");
    std::fs::write(&leftover, "of a killed process").unwrap();
    cloud.stop().await;
    let cloud = with(|it| it.data = Some(folder.path().to_owned())).await;
    let url = format!("http://{}/v2/{NAME}/manifests/v1", cloud.address);
    let got = raw(&cloud, "GET", &url, &[], b"").await.unwrap();
    assert_eq!(digest(&got.body), pushed);
    let layer = got.json()["layers"][0]["digest"].as_str().unwrap().to_owned();
    assert_eq!(ask(&cloud, "HEAD", &format!("{NAME}/blobs/{layer}"), &[], b"").await.status, 200);
    assert!(!leftover.exists());
}
