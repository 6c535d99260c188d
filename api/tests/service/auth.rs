//! Who is let in.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use api::auth::{Gate, Keys, Tokens};
use api::google::{Service, http_client};
use api::routes;
use axum::Router;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::fake::{self, Google, Reply, Rows, get};

const AUDIENCE: &str = "https://data-api.example";
/// Signed with RS256 for [`AUDIENCE`] and caller@example.com, until 2100; its private key is gone.
const TOKEN: &str = include_str!("../vectors/token.txt");
const JWKS: &str = include_str!("../vectors/jwks.json");

fn guarded(gate: Gate) -> Router {
    routes::router(fake::app(&Arc::new(Rows::default()), gate))
}

async fn tokens(jwks: Reply, audience: &str, emails: &[&str]) -> (Router, Google) {
    let google = Google::start(vec![jwks]).await;
    let emails: Vec<String> = emails.iter().map(|it| (*it).to_owned()).collect();
    let tokens = Tokens::new(http_client().unwrap(), &google.base, &[audience.to_owned()], &emails);
    (guarded(Gate { tokens: Some(tokens), keys: None }), google)
}

async fn with(router: &Router, token: &str) -> (u16, String) {
    let got = get(router, "/events", &[("authorization", &format!("Bearer {}", token.trim()))]).await;
    (got.status, got.text().to_owned())
}

/// A key of our own, so that any claims can be signed.
struct Signer {
    pair: EcdsaKeyPair,
}

impl Signer {
    fn new() -> Signer {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Signer { pair: pair.unwrap() }
    }

    fn jwks(&self) -> Reply {
        let point = self.pair.public_key().as_ref();
        let part = |range: std::ops::Range<usize>| BASE64_URL_SAFE_NO_PAD.encode(&point[range]);
        let key = json!({"kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256", "x": part(1..33), "y": part(33..65)});
        Reply::new(200, json!({"keys": [key]}))
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |it: &Value| BASE64_URL_SAFE_NO_PAD.encode(it.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn claims() -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    json!({"iss": "accounts.google.com", "aud": AUDIENCE, "sub": "1", "exp": now + 60, "iat": now})
}

#[tokio::test]
async fn a_token_of_googles_is_let_in() {
    let (router, google) = tokens(Reply::new(200, JWKS), AUDIENCE, &["*@example.com"]).await;
    for _ in 0..3 {
        assert_eq!(with(&router, TOKEN).await.0, 200);
    }
    assert_eq!(google.calls().len(), 1, "keys are kept");
    let got =
        get(&router, "/events", &[("x-serverless-authorization", &format!("bearer {}", TOKEN.trim()))]).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn others_are_not() {
    let (router, _) = tokens(Reply::new(200, JWKS), AUDIENCE, &[]).await;
    let got = get(&router, "/events", &[]).await;
    assert_eq!((got.status, got.header("www-authenticate")), (401, "Bearer realm=\"events\""));
    for path in ["/", "/metrics"] {
        assert_eq!(get(&router, path, &[]).await.status, 401, "{path}");
    }
    for path in ["/health", "/ready", "/openapi.json"] {
        assert_eq!(get(&router, path, &[]).await.status, 200, "{path}");
    }
    // One letter of the claims is another.
    let mut parts: Vec<String> = TOKEN.trim().split('.').map(str::to_owned).collect();
    parts[1] = BASE64_URL_SAFE_NO_PAD.encode(
        String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&parts[1]).unwrap())
            .unwrap()
            .replace("caller", "mallet"),
    );
    assert_eq!(with(&router, &parts.join(".")).await.0, 401);
    for nonsense in ["", "a", "a.b.c", "....", &"x".repeat(10_000)] {
        assert_eq!(with(&router, nonsense).await.0, 401, "{nonsense}");
    }
    let (router, _) = tokens(Reply::new(200, JWKS), "https://other.example", &[]).await;
    assert_eq!(with(&router, TOKEN).await.0, 401, "another audience");
    let (router, _) = tokens(Reply::new(200, JWKS), AUDIENCE, &["boss@example.com"]).await;
    let (status, text) = with(&router, TOKEN).await;
    assert_eq!(status, 403);
    assert_eq!(text, "{\"error\":\"caller@example.com may not call this service\"}\n");
}

#[tokio::test]
async fn claims_are_checked() {
    let signer = Signer::new();
    let (router, _) = tokens(signer.jwks(), AUDIENCE, &[]).await;
    let header = json!({"alg": "ES256", "kid": "ec"});
    assert_eq!(with(&router, &signer.token(&header, &claims())).await.0, 200);
    let now = claims()["iat"].as_u64().unwrap();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(null)),
        ("aud", json!("x")),
        ("aud", json!(null)),
        ("exp", json!(now - 60)),
        ("exp", json!(null)),
        ("nbf", json!(now + 600)),
    ] {
        let mut wrong = claims();
        wrong[name] = value.clone();
        if value.is_null() {
            wrong.as_object_mut().unwrap().remove(name);
        }
        let (status, text) = with(&router, &signer.token(&header, &wrong)).await;
        assert_eq!(status, 401, "{name} {value}: {text}");
    }
    for header in [
        json!({"alg": "none", "kid": "ec"}),
        json!({"alg": "HS256", "kid": "ec"}),
        json!({"alg": "RS256", "kid": "ec"}),
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "kid": "other"}),
    ] {
        assert_eq!(with(&router, &signer.token(&header, &claims())).await.0, 401, "{header}");
    }
    // An address that is not verified is not an address.
    let (router, _) = tokens(signer.jwks(), AUDIENCE, &["a@example.com"]).await;
    let mut unverified = claims();
    unverified["email"] = "a@example.com".into();
    assert_eq!(with(&router, &signer.token(&header, &unverified)).await.0, 403);
    unverified["email_verified"] = true.into();
    assert_eq!(with(&router, &signer.token(&header, &unverified)).await.0, 200);
}

#[tokio::test]
async fn made_up_keys_do_not_make_us_fetch() {
    let (router, google) = tokens(Reply::new(200, JWKS), AUDIENCE, &[]).await;
    let signer = Signer::new();
    for i in 0..5 {
        let header = json!({"alg": "ES256", "kid": format!("k{i}")});
        assert_eq!(with(&router, &signer.token(&header, &claims())).await.0, 401);
    }
    assert_eq!(google.calls().len(), 1);
    let (router, _) = tokens(Reply::new(500, "secret detail"), AUDIENCE, &[]).await;
    let (status, text) = with(&router, TOKEN).await;
    assert_eq!((status, text.as_str()), (503, "{\"error\":\"tokens cannot be checked now\"}\n"));
}

#[tokio::test]
async fn keys_from_the_environment() {
    let set = ["0123456789abcdef".to_owned(), "fedcba9876543210".to_owned()];
    let router = guarded(Gate { tokens: None, keys: Some(Keys::new(&set, None)) });
    for key in &set {
        assert_eq!(get(&router, "/events", &[("x-api-key", key)]).await.status, 200);
    }
    for key in ["", "0123456789abcdeF", "0123456789abcdef,"] {
        assert_eq!(get(&router, "/events", &[("x-api-key", key)]).await.status, 401, "{key}");
    }
    let got = get(&router, "/events", &[("authorization", "Bearer x")]).await;
    assert_eq!(got.text(), "{\"error\":\"send an API key (X-Api-Key: KEY)\"}\n");
}

#[tokio::test(flavor = "current_thread")]
async fn keys_from_a_secret() {
    let payload = |keys: &str| json!({"payload": {"data": BASE64_STANDARD.encode(keys)}});
    let google =
        Google::start(vec![Reply::new(200, payload("first\r\n\nsecond\n")), Reply::new(500, "")]).await;
    let service = Service::new(http_client().unwrap(), Keys::HOST, Keys::SCOPE, Some(&google.base));
    let version = "projects/p/secrets/keys/versions/latest".to_owned();
    let router = guarded(Gate { tokens: None, keys: Some(Keys::new(&[], Some((service, version)))) });
    let with = async |key: &str| get(&router, "/events", &[("x-api-key", key)]).await.status;
    assert_eq!(with("first").await, 200);
    assert_eq!(with("second").await, 200);
    for _ in 0..3 {
        assert_eq!(with("guess").await, 401);
    }
    let calls = google.calls();
    assert_eq!(calls.len(), 1, "whoever guesses makes us read nothing");
    assert_eq!(calls[0].path, "/v1/projects/p/secrets/keys/versions/latest:access");
    // Secret Manager fails from here on; the keys that it gave stay good.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(400)).await;
    tokio::time::resume();
    assert_eq!(with("first").await, 200);
    assert_eq!(google.calls().len(), 2);
}

/// A server of keys that answers once, and then not for a long time.
async fn slow_after(first: Reply) -> Vec<Reply> {
    let slow = Reply { delay: Duration::from_secs(60), ..Reply::new(200, "{}") };
    vec![first, slow]
}

#[tokio::test]
async fn a_slow_key_server_keeps_nobody_waiting_who_is_known() {
    let signer = Signer::new();
    let google = Google::start(slow_after(signer.jwks()).await).await;
    let tokens = Tokens::new(http_client().unwrap(), &google.base, &[AUDIENCE.to_owned()], &[]);
    let router = guarded(Gate { tokens: Some(tokens), keys: None });
    let known = signer.token(&json!({"alg": "ES256", "kid": "ec"}), &claims());
    let unknown = |i: usize| signer.token(&json!({"alg": "ES256", "kid": format!("k{i}")}), &claims());
    assert_eq!(with(&router, &known).await.0, 200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::time::resume();
    // Fifty strangers make one fetch, which hangs.
    let strangers: Vec<_> = (0..50)
        .map(|i| {
            let (router, token) = (router.clone(), unknown(i));
            tokio::spawn(async move { with(&router, &token).await.0 })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = std::time::Instant::now();
    assert_eq!(with(&router, &known).await.0, 200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    for it in strangers {
        assert_eq!(it.await.unwrap(), 401);
    }
    assert_eq!(google.calls().len(), 2);
    assert!(began.elapsed() < Duration::from_secs(7), "a fetch has an end: {:?}", began.elapsed());
}

#[tokio::test]
async fn a_slow_secret_keeps_nobody_waiting_who_is_known() {
    let payload = json!({"payload": {"data": BASE64_STANDARD.encode("first-key-of-some")}});
    let google = Google::start(slow_after(Reply::new(200, payload)).await).await;
    let service = Service::new(http_client().unwrap(), Keys::HOST, Keys::SCOPE, Some(&google.base));
    let keys = Keys::new(
        &["0123456789abcdef".to_owned()],
        Some((service, "projects/p/secrets/s/versions/1".to_owned())),
    );
    let router = guarded(Gate { tokens: None, keys: Some(keys) });
    assert_eq!(get(&router, "/events", &[("x-api-key", "first-key-of-some")]).await.status, 200);
    tokio::time::pause();
    // Older than half of what it may be: fetched anew, and nobody waits for that.
    tokio::time::advance(Duration::from_secs(200)).await;
    tokio::time::resume();
    let stranger = {
        let router = router.clone();
        tokio::spawn(async move { get(&router, "/events", &[("x-api-key", "guess")]).await.status })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = std::time::Instant::now();
    for key in ["first-key-of-some", "0123456789abcdef"] {
        assert_eq!(get(&router, "/events", &[("x-api-key", key)]).await.status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(stranger.await.unwrap(), 401);
    assert_eq!(google.calls().len(), 2);
    tokio::time::pause();
    // Too old now, and the last fetch came to nothing: no reason to wait for another one.
    tokio::time::advance(Duration::from_secs(200)).await;
    tokio::time::resume();
    let began = std::time::Instant::now();
    assert_eq!(get(&router, "/events", &[("x-api-key", "first-key-of-some")]).await.status, 200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
