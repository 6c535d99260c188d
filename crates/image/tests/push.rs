//! What goes over the wire when an image is pushed, and what is said when it cannot be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod fake;

use std::sync::{Arc, Mutex};

use fake::{Fake, Rules};
use image::{
    Digest, Event, Image, Login, Options, PushError, Pushed, Reference, Registry, Sbom, Settings, build,
};

/// The least that passes for a static binary, and some weight.
fn image() -> Image {
    let mut binary = vec![0; 64 + 56];
    binary[..6].copy_from_slice(b"\x7fELF\x02\x01");
    binary[18] = 62;
    binary[32] = 64;
    binary[54] = 56;
    binary[56] = 1;
    binary[64] = 1;
    let mut seed: u32 = 1;
    binary.extend((0..500_000).map(|_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    }));
    build(&binary, &Settings::default(), Some(&Sbom::default())).unwrap()
}

fn reference(fake: &Fake) -> Reference {
    format!("{}/some/where/data-api:v1", fake.address).parse().unwrap()
}

fn login(password: &str) -> Option<Login> {
    Some(Login::Password { user: "oauth2accesstoken".to_owned(), password: password.to_owned() })
}

async fn push(fake: &Fake, login: Option<Login>) -> Result<Pushed, PushError> {
    let options = Options { login: login.or(Some(Login::Anonymous)), ..Options::default() };
    Registry::new(&reference(fake), options).unwrap().push(&image()).await
}

#[tokio::test]
async fn an_image_arrives_whole() {
    let fake = Fake::start(Rules { referrers: true, ..Rules::default() }).await;
    let image = image();
    let pushed = push(&fake, None).await.unwrap();
    assert_eq!(pushed.digest, *image.digest());
    assert_eq!((pushed.skipped, pushed.unchanged), (0, false));
    fake.state(|it| {
        assert_eq!(it.manifests["v1"], image.manifest.bytes);
        assert_eq!(it.manifests[image.digest().as_str()], image.manifest.bytes);
        assert_eq!(
            it.manifests[image.attached[0].manifest.digest.as_str()],
            image.attached[0].manifest.bytes
        );
        // The tag comes last, and there is no list beside it.
        assert_eq!(it.log.last().unwrap(), "PUT /v2/some/where/data-api/manifests/v1");
        assert_eq!((it.manifests.len(), it.blobs.len()), (3, 5));
        for layer in &image.layers {
            assert_eq!(it.blobs[layer.digest.as_str()], layer.bytes);
        }
    });
}

#[tokio::test]
async fn what_is_there_is_not_sent_again() {
    let fake = Fake::start(Rules::default()).await;
    push(&fake, None).await.unwrap();
    let requests = fake.state(|it| it.log.len());
    let again = push(&fake, None).await.unwrap();
    assert!(again.unchanged);
    assert_eq!(fake.state(|it| it.log.len()), requests + 1, "one question, for the tag");
    // With the tag gone, the blobs are there still.
    fake.state(|it| it.manifests.clear());
    let third = push(&fake, None).await.unwrap();
    assert_eq!((third.sent, third.skipped, third.unchanged), (0, 5, false));
}

#[tokio::test]
async fn an_old_registry_gets_a_list_of_referrers() {
    let fake = Fake::start(Rules::default()).await;
    let image = image();
    let tag = format!("sha256-{}", image.digest().hex());
    let other = Digest::of(b"a signature");
    let index = serde_json::json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": other, "size": 11 }] });
    fake.state(|it| it.manifests.insert(tag.clone(), index.to_string().into()));
    push(&fake, None).await.unwrap();
    fake.state(|it| it.manifests.remove("v1"));
    push(&fake, None).await.unwrap();
    let index: serde_json::Value = fake.state(|it| serde_json::from_slice(&it.manifests[&tag]).unwrap());
    let listed = index["manifests"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "{index:#}");
    assert_eq!(listed[0]["digest"], other.as_str());
    assert_eq!(listed[1]["artifactType"], "application/spdx+json");
}

#[tokio::test]
async fn a_registry_that_takes_only_images_gets_the_image() {
    let fake = Fake::start(Rules { refuses_artifacts: Some(400), ..Rules::default() }).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = told.clone();
    let tell = move |event: &Event<'_>| {
        if let Event::NotAttached { what, .. } = event {
            listener.lock().unwrap().push((*what).to_owned());
        }
    };
    let options = Options { login: Some(Login::Anonymous), tell: Arc::new(tell), ..Options::default() };
    Registry::new(&reference(&fake), options).unwrap().push(&image()).await.unwrap();
    assert!(fake.state(|it| it.manifests.contains_key("v1")));
    assert_eq!(*told.lock().unwrap(), ["application/spdx+json"]);
}

#[tokio::test]
async fn a_token_is_fetched_and_fetched_again() {
    let secret = "s3cret";
    for lasts in [None, Some(4)] {
        let rules = Rules { password: Some(secret.to_owned()), token_lasts: lasts, ..Rules::default() };
        let fake = Fake::start(rules).await;
        push(&fake, login(secret)).await.unwrap();
        let tokens = fake.count("GET /token");
        assert!(if lasts.is_none() { tokens == 1 } else { tokens > 1 }, "{lasts:?}: {tokens}");
        // The password goes to the token server and nowhere else.
        fake.state(|it| {
            let mut all = it.log.iter().zip(&it.shown);
            assert!(all.all(|(request, shown)| request.contains("/token") || !shown.contains("Basic")));
        });
    }
    let fake =
        Fake::start(Rules { password: Some(secret.to_owned()), basic: true, ..Rules::default() }).await;
    push(&fake, login(secret)).await.unwrap();
}

#[tokio::test]
async fn a_bad_login_is_said_without_the_secret() {
    for basic in [false, true] {
        let fake = Fake::start(Rules { password: Some("right".to_owned()), basic, ..Rules::default() }).await;
        for login in [login("wr0ng"), Some(Login::Bearer("wr0ng".to_owned())), None] {
            let error = push(&fake, login).await.unwrap_err();
            assert!(matches!(error, PushError::BadToken { .. }), "{error}");
            assert!(!format!("{error}{error:?}{:?}", error.hint()).contains("wr0ng"));
            assert!(error.hint().unwrap().contains("login"), "{:?}", error.hint());
        }
    }
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    let fake = Fake::start(Rules { stumbles: 3, breaks: 2, ..Rules::default() }).await;
    let waits = Arc::new(Mutex::new(0));
    let counter = waits.clone();
    let tell = move |event: &Event<'_>| {
        *counter.lock().unwrap() += usize::from(matches!(event, Event::Waiting { .. }))
    };
    let options = Options { login: Some(Login::Anonymous), tell: Arc::new(tell), ..Options::default() };
    let pushed = Registry::new(&reference(&fake), options).unwrap().push(&image()).await.unwrap();
    assert_eq!(fake.state(|it| it.manifests["v1"].clone()), image().manifest.bytes);
    assert!(pushed.sent > 500_000);
    assert_eq!(*waits.lock().unwrap(), 5);
}

#[tokio::test]
async fn an_upload_may_be_sent_elsewhere() {
    let fake = Fake::start(Rules { redirects: true, ..Rules::default() }).await;
    push(&fake, None).await.unwrap();
    assert_eq!(fake.count("PUT /v2/some/where/data-api/blobs/uploads/2"), 5);
}

#[tokio::test]
async fn progress_adds_up() {
    let fake = Fake::start(Rules::default()).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = told.clone();
    let tell = move |event: &Event<'_>| {
        if let Event::Sending { what: "layer 2 of 2", sent, size } = event {
            listener.lock().unwrap().push((*sent, *size));
        }
    };
    let options = Options { login: Some(Login::Anonymous), tell: Arc::new(tell), ..Options::default() };
    Registry::new(&reference(&fake), options).unwrap().push(&image()).await.unwrap();
    let told = told.lock().unwrap();
    assert!(told.len() > 5 && told.is_sorted());
    assert!(told.last().is_some_and(|(sent, size)| sent == size));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    #[track_caller]
    fn check(error: &PushError, says: &str, hints: &str) {
        let (text, hint) = (error.to_string(), error.hint().unwrap_or_default());
        assert!(text.contains(says) && hint.contains(hints), "{text}\nhint: {hint}");
    }
    let refused = async |code, body| {
        let fake = Fake::start(Rules { refuses: Some((code, body)), ..Rules::default() }).await;
        let error = push(&fake, None).await.unwrap_err();
        assert!(fake.state(|it| it.manifests.is_empty()));
        error
    };
    let denied = r#"{"errors":[{"code":"DENIED","message":"Permission \"artifactregistry.repositories.uploadArtifacts\" denied"}]}"#;
    check(
        &refused(403, denied).await,
        "does not let anybody without a login push to some/where/data-api: Permission",
        "right",
    );
    let unknown = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"Repository \"r\" not found"}]}"#;
    check(&refused(404, unknown).await, "has no repository for some/where/data-api: Repository", "make it");
    let full = r#"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"write /var: no space left on device"}]}"#;
    check(&refused(500, full).await, "has no space left: unknown error (write /var", "free some space");
    check(&refused(405, "read only").await, "answered 405 Method Not Allowed to ", "");
    check(
        &refused(200, "<html>").await,
        "does not speak as a registry does: it answered 200",
        "is it a registry",
    );
    let fake = Fake::start(Rules { lies: true, ..Rules::default() }).await;
    check(&push(&fake, None).await.unwrap_err(), "it kept sha256:", "");
}

#[tokio::test]
async fn a_registry_that_is_not_there() {
    let mut fake = Fake::start(Rules::default()).await;
    fake.address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let error = push(&fake, None).await.unwrap_err();
    assert!(matches!(error, PushError::Unreachable { loopback: true, .. }), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_registry_is_reached_under_its_name_at_another_address() {
    let name = "us-central1-docker.pkg.dev";
    let fake = Fake::start(Rules { name: Some(name), referrers: true, ..Rules::default() }).await;
    let to: Reference = format!("{name}/p/r/data-api:v1").parse().unwrap();
    let options = Options {
        via: Some(format!("http://{}", fake.address)),
        login: Some(Login::Bearer("local".to_owned())),
        ..Options::default()
    };
    Registry::new(&to, options).unwrap().push(&image()).await.unwrap();
    fake.state(|it| {
        assert!(it.hosts.iter().all(|it| it == name), "{:?}", it.hosts);
        assert!(it.shown.iter().all(|it| it == "Bearer local"), "{:?}", it.shown);
        assert!(it.manifests.contains_key("v1"));
    });
}
