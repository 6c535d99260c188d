//! Workload identity federation: credentials are exchanged, accounts impersonated, and callers held to their roles.

mod client;
mod issuer;

use client::{Answer, raw, send, send_as, with};
use issuer::{ISSUER, Issuer, Key, now};
use local::Running;
use serde_json::{Value, json};

const STS: &str = "https://sts.googleapis.com/v1/token";
const POOLS: &str = "https://iam.googleapis.com/v1/projects/p-1/locations/global/workloadIdentityPools";
const DEPLOYER: &str = "deployer@p-1.iam.gserviceaccount.com";
const CREDENTIALS: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";
const TOPICS: &str = "https://pubsub.googleapis.com/v1/projects/p-1/topics";

/// A cloud with a pool and a provider of a repository's workflows, and what signs their tokens.
struct Federation {
    cloud: Running,
    issuer: Issuer,
    key: Key,
    /// `projects/NUMBER/locations/global/workloadIdentityPools/github`.
    pool: String,
}

impl Federation {
    async fn new() -> Federation {
        let key = Key::new("key-1");
        let issuer = Issuer::new(&[&key]).await;
        let setting = issuer.setting();
        let cloud = with(|it| it.issuers = vec![setting]).await;
        ok(&cloud, "POST", &format!("{POOLS}?workloadIdentityPoolId=github"), json!({})).await;
        let providers = format!("{POOLS}/github/providers?workloadIdentityPoolProviderId=actions");
        ok(&cloud, "POST", &providers, provider()).await;
        let pool = ok(&cloud, "GET", &format!("{POOLS}/github"), Value::Null).await;
        let pool = pool["name"].as_str().unwrap().to_owned();
        Federation { cloud, issuer, key, pool }
    }

    fn audience(&self) -> String {
        format!("//iam.googleapis.com/{}/providers/actions", self.pool)
    }

    /// What a workflow's token claims.
    fn claims(&self) -> Value {
        json!({"iss": ISSUER, "aud": format!("https:{}", self.audience()), "sub": "repo:acme/shop:ref:refs/heads/main",
            "repository": "acme/shop", "ref": "refs/heads/main", "iat": now() - 5, "exp": now() + 300})
    }

    fn with(&self, field: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[field] = value;
        claims
    }

    fn request(&self, token: &str) -> Value {
        json!({
            "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": self.audience(),
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
            "subjectToken": token,
            "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        })
    }

    async fn exchange(&self, claims: &Value) -> Answer {
        send(&self.cloud, "POST", STS, self.request(&self.key.sign(claims))).await
    }

    /// An access token of a workflow.
    async fn token(&self) -> String {
        let got = self.exchange(&self.claims()).await;
        assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
        got.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn grant(&self, url: &str, role: &str, member: &str) {
        let policy = json!({"policy": {"bindings": [{"role": role, "members": [member]}]}});
        ok(&self.cloud, "POST", &format!("{url}:setIamPolicy"), policy).await;
    }

    /// A set of identities of the pool.
    fn set(&self, of: &str) -> String {
        format!("principalSet://iam.googleapis.com/{}/{of}", self.pool)
    }
}

fn provider() -> Value {
    json!({
        "oidc": {"issuerUri": ISSUER},
        "attributeMapping": {
            "google.subject": "assertion.sub",
            "attribute.repository": "assertion.repository",
            "attribute.environment": "assertion.environment",
        },
        "attributeCondition": "assertion.repository == 'acme/shop'",
    })
}

async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, String::from_utf8_lossy(&got.body));
    got.json()
}

#[track_caller]
fn refuses(got: &Answer, error: &str, words: &str) {
    let body = got.json();
    assert_eq!((got.status, body["error"].as_str()), (400, Some(error)), "{body}");
    assert!(body["error_description"].as_str().unwrap().contains(words), "{body}");
}

#[tokio::test]
async fn a_credential_is_exchanged_as_a_form_or_as_json_and_by_each_address() {
    let at = Federation::new().await;
    let body = at.request(&at.key.sign(&at.claims()));
    let form: Vec<String> = [
        ("grant_type", "grantType"),
        ("audience", "audience"),
        ("scope", "scope"),
        ("requested_token_type", "requestedTokenType"),
        ("subject_token", "subjectToken"),
        ("subject_token_type", "subjectTokenType"),
    ]
    .iter()
    .map(|(name, field)| {
        format!("{name}={}", body[field].as_str().unwrap().replace(':', "%3A").replace('/', "%2F"))
    })
    .chain(["unknown=1".to_owned(), "options=%7B%7D".to_owned()])
    .collect();
    for url in [STS, "http://127.0.0.1/sts/v1/token", "http://127.0.0.1/v1/token"] {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let got = raw(&at.cloud, "POST", url, &headers, form.join("&").as_bytes()).await.unwrap();
        let answer = got.json();
        assert_eq!(got.status, 200, "{url}: {answer}");
        assert!(answer["access_token"].as_str().unwrap().starts_with("ya29.local."), "{answer}");
        assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let got = send(&at.cloud, "POST", url, body.clone()).await;
        assert_eq!(got.status, 200, "{url}: {}", got.json());
    }
    // Both spellings of the audience are taken, and one of a list.
    for audience in [json!(at.audience()), json!(["other", format!("https:{}", at.audience())])] {
        assert_eq!(at.exchange(&at.with("aud", audience)).await.status, 200);
    }
}

#[tokio::test]
async fn parameters_that_are_missing_or_wrong() {
    let at = Federation::new().await;
    let good = at.request(&at.key.sign(&at.claims()));
    let with = |field: &str, value: &str| {
        let mut body = good.clone();
        body[field] = json!(value);
        body
    };
    for (field, value, error, words) in [
        ("grantType", "", "invalid_request", "grant_type"),
        ("grantType", "authorization_code", "unsupported_grant_type", "grant_type"),
        ("audience", "", "invalid_request", "audience"),
        (
            "audience",
            "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github",
            "invalid_request",
            "full resource name",
        ),
        ("scope", "", "invalid_request", "scope"),
        ("scope", "everything", "invalid_scope", "everything"),
        ("requestedTokenType", "", "invalid_request", "requested_token_type"),
        (
            "requestedTokenType",
            "urn:ietf:params:oauth:token-type:jwt",
            "invalid_request",
            "requested_token_type",
        ),
        ("subjectToken", "", "invalid_request", "subject_token"),
        ("subjectTokenType", "", "invalid_request", "subject_token_type"),
        ("subjectTokenType", "jwt", "invalid_request", "subject_token_type"),
        ("options", "{", "invalid_request", "options"),
        ("subjectToken", "not.a.token", "invalid_grant", "three parts"),
    ] {
        let got = send(&at.cloud, "POST", STS, with(field, value)).await;
        refuses(&got, error, words);
    }
    // What Google takes and this cloud does not is said to be so.
    for kind in ["urn:ietf:params:oauth:token-type:saml2", "urn:ietf:params:aws:token-type:aws4_request"] {
        let got = send(&at.cloud, "POST", STS, with("subjectTokenType", kind)).await;
        assert_eq!((got.status, got.json()["error"]["status"].as_str()), (501, Some("UNIMPLEMENTED")));
    }
    let unknown = json!({"grant": "x"});
    assert_eq!(send(&at.cloud, "POST", STS, unknown).await.status, 400);
}

#[tokio::test]
async fn providers_that_are_not_there_or_not_active() {
    let at = Federation::new().await;
    let absent = "pool or provider is disabled or deleted or because it doesn't exist";
    let with = |audience: String| {
        let mut body = at.request(&at.key.sign(&at.claims()));
        body["audience"] = json!(audience);
        body
    };
    let named = |project: &str, pool: &str, provider: &str| {
        format!(
            "//iam.googleapis.com/projects/{project}/locations/global/workloadIdentityPools/{pool}/providers/{provider}"
        )
    };
    let number = at.pool.split('/').nth(1).unwrap();
    for audience in [
        named(number, "github", "other"),
        named(number, "other", "actions"),
        named("123", "github", "actions"),
        // A project is named by its number.
        named("p-1", "github", "actions"),
    ] {
        refuses(&send(&at.cloud, "POST", STS, with(audience)).await, "invalid_target", absent);
    }
    let provider = format!("{POOLS}/github/providers/actions");
    let pool = format!("{POOLS}/github");
    for url in [&provider, &pool] {
        ok(&at.cloud, "PATCH", &format!("{url}?updateMask=disabled"), json!({"disabled": true})).await;
        refuses(&at.exchange(&at.claims()).await, "invalid_target", absent);
        ok(&at.cloud, "PATCH", &format!("{url}?updateMask=disabled"), json!({"disabled": false})).await;
        assert_eq!(at.exchange(&at.claims()).await.status, 200);
        ok(&at.cloud, "DELETE", url, Value::Null).await;
        refuses(&at.exchange(&at.claims()).await, "invalid_target", absent);
        ok(&at.cloud, "POST", &format!("{url}:undelete"), json!({})).await;
        assert_eq!(at.exchange(&at.claims()).await.status, 200);
    }
    let disable = "https://serviceusage.googleapis.com/v1/projects/p-1/services/sts.googleapis.com:disable";
    ok(&at.cloud, "POST", disable, json!({})).await;
    let got = at.exchange(&at.claims()).await;
    assert!(
        got.status == 403 && got.message().contains("Security Token Service API has not been used"),
        "{got:?}"
    );
}

#[tokio::test]
async fn credentials_that_prove_nothing() {
    let at = Federation::new().await;
    let claims = at.claims();
    for (claims, words) in [
        (
            at.with("iss", json!("https://evil.example.com")),
            "The issuer in ID Token https://evil.example.com does not match",
        ),
        (at.with("iss", json!(format!("{ISSUER}/"))), "The issuer in ID Token"),
        (
            at.with("aud", json!("https://github.com/acme")),
            "The audience in ID Token [https://github.com/acme] does not match",
        ),
        (at.with("aud", json!([])), "The audience in ID Token []"),
        (at.with("exp", json!(now() - 1)), "is stale to sign-in"),
        (at.with("iat", json!(now() + 600)), "is not valid before"),
        (at.with("nbf", json!(now() + 600)), "is not valid before"),
        (at.with("exp", json!(now() + 25 * 3600)), "24 hours"),
        (at.with("iat", json!("yesterday")), "\"iat\""),
        (at.with("sub", json!("")), "\"sub\""),
    ] {
        refuses(&at.exchange(&claims).await, "invalid_grant", words);
    }
    let other = Key::new("key-1");
    let header = |alg: &str| json!({"alg": alg, "kid": "key-1"});
    let whole = at.key.sign(&claims);
    let unsigned = whole.rsplit_once('.').unwrap().0;
    for (token, words) in [
        (other.sign(&claims), "its signature does not verify"),
        (Key::new("key-2").sign(&claims), "no key \"key-2\""),
        (at.key.sign_as(&header("none"), &claims), "\"none\" is not RS256 or ES256"),
        (at.key.sign_as(&header("HS256"), &claims), "\"HS256\" is not RS256 or ES256"),
        (at.key.sign_as(&json!({"alg": "ES256"}), &claims), "no \"kid\""),
        (format!("{unsigned}."), "its signature does not verify"),
    ] {
        refuses(&send(&at.cloud, "POST", STS, at.request(&token)).await, "invalid_grant", words);
    }
}

#[tokio::test]
async fn what_the_mapping_and_the_condition_say() {
    let at = Federation::new().await;
    let rejected = "The given credential is rejected by the attribute condition.";
    refuses(&at.exchange(&at.with("repository", json!("evil/shop"))).await, "unauthorized_client", rejected);
    refuses(&at.exchange(&at.with("repository", Value::Null)).await, "unauthorized_client", rejected);
    let long = at.exchange(&at.with("sub", json!("x".repeat(128)))).await;
    refuses(&long, "invalid_request", "google.subject exceeds the 127 bytes limit");
    let wrong = at.exchange(&at.with("environment", json!(7))).await;
    refuses(&wrong, "invalid_request", "'attribute.environment' must be of type STRING");
    let url = format!("{POOLS}/github/providers/actions");
    let patch = async |mask: &str, body: Value| {
        send(&at.cloud, "PATCH", &format!("{url}?updateMask={mask}"), body).await
    };
    // What is not understood is refused when it is said.
    let got =
        patch("attributeCondition", json!({"attributeCondition": "assertion.x.exists(it, it == 1)"})).await;
    assert!(
        got.status == 400 && got.message().contains("undeclared reference to \"it\""),
        "{}",
        got.message()
    );
    let got = patch("attributeCondition", json!({"attributeCondition": "assertion.sub.foo()"})).await;
    assert!(got.status == 400 && got.message().contains("\"foo\""), "{}", got.message());
    let got = patch("attributeMapping", json!({"attributeMapping": {"google.subject": "claims.sub"}})).await;
    assert!(got.status == 400 && got.message().contains("\"claims\""), "{}", got.message());
    let got = patch("attributeCondition", json!({"attributeCondition": ""})).await;
    assert!(
        got.status == 400 && got.message().contains("must reference one of the provider's claims"),
        "{got:?}"
    );
    let mapping = json!({"attributeMapping": {"google.subject": "assertion.sub.extract('repo:{name}:')"}});
    assert_eq!(patch("attributeMapping", mapping).await.status, 200);
    assert_eq!(at.exchange(&at.claims()).await.status, 200);
    // An extract that finds nothing leaves no subject.
    let none = at.exchange(&at.with("sub", json!("user:ann"))).await;
    refuses(&none, "unauthorized_client", "Could not obtain a value for google.subject");
}

#[tokio::test]
async fn keys_come_from_the_provider_or_from_its_issuer() {
    let at = Federation::new().await;
    // A new key is known as soon as the issuer publishes it, and an old one no more.
    let next = Key::new("key-2");
    at.issuer.publish(&[&next]);
    let got = send(&at.cloud, "POST", STS, at.request(&next.sign(&at.claims()))).await;
    assert_eq!(got.status, 200, "{}", got.json());
    refuses(&at.exchange(&at.claims()).await, "invalid_grant", "no key \"key-1\"");
    at.issuer.publish(&[&at.key]);
    let discovery = |keys: &str| json!({"issuer": ISSUER, "jwks_uri": keys}).to_string();
    let path = "/.well-known/openid-configuration";
    for (status, document, words) in [
        (500, String::new(), "answers 500"),
        (200, "<html>".to_owned(), "answers no JSON"),
        (
            200,
            json!({"issuer": "https://other", "jwks_uri": "https://other"}).to_string(),
            "of https://other, not of",
        ),
        (200, json!({"issuer": ISSUER}).to_string(), "no discovery document"),
        (200, discovery("http://127.0.0.1:1/keys"), "is not read"),
        (200, discovery("file:///etc/passwd"), "is not read"),
        (200, discovery(&format!("{ISSUER}/absent")), "answers 404"),
        (200, " ".repeat(300 << 10), "bytes"),
    ] {
        at.issuer.serve(path, status, document);
        let got = at.exchange(&at.claims()).await;
        refuses(&got, "invalid_grant", "Error connecting to the given credential's issuer.");
        refuses(&got, "invalid_grant", words);
    }
    at.issuer.serve(path, 200, discovery(&format!("http://{}/.well-known/jwks", at.issuer.address)));
    assert_eq!(at.exchange(&at.claims()).await.status, 200);
    // With keys of its own the provider does not ask.
    at.issuer.serve(path, 500, "");
    let keys = json!({"keys": [next.public()]}).to_string();
    let url = format!("{POOLS}/github/providers/actions?updateMask=oidc.jwksJson");
    ok(&at.cloud, "PATCH", &url, json!({"oidc": {"issuerUri": ISSUER, "jwksJson": keys}})).await;
    let got = send(&at.cloud, "POST", STS, at.request(&next.sign(&at.claims()))).await;
    assert_eq!(got.status, 200, "{}", got.json());
    refuses(&at.exchange(&at.claims()).await, "invalid_grant", "no key \"key-1\"");
}

#[tokio::test]
async fn pools_are_managed_by_who_has_their_role() {
    let at = Federation::new().await;
    let admin = "user:ann@example.com";
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    at.grant(project, "roles/iam.workloadIdentityPoolAdmin", admin).await;
    let ann = "local.ann@example.com";
    let pool = format!("{POOLS}?workloadIdentityPoolId=other");
    let one = format!("{POOLS}/other/providers/actions");
    let providers = format!("{POOLS}/other/providers?workloadIdentityPoolProviderId=actions");
    for (method, url, body) in [
        ("POST", pool.as_str(), json!({})),
        ("PATCH", &format!("{POOLS}/other?updateMask=displayName"), json!({"displayName": "x"})),
        ("POST", &providers, provider()),
        ("GET", &one, Value::Null),
        ("PATCH", &format!("{one}?updateMask=disabled"), json!({"disabled": true})),
        ("DELETE", &one, Value::Null),
        ("POST", &format!("{one}:undelete"), json!({})),
        ("DELETE", &format!("{POOLS}/other"), Value::Null),
        ("POST", &format!("{POOLS}/other:undelete"), json!({})),
    ] {
        let got = send_as(&at.cloud, ann, method, url, body).await;
        assert_eq!(got.status, 200, "{method} {url}: {}", got.message());
    }
    at.grant(project, "roles/iam.workloadIdentityPoolViewer", admin).await;
    assert_eq!(send_as(&at.cloud, ann, "GET", &one, Value::Null).await.status, 200);
    assert_eq!(send_as(&at.cloud, ann, "DELETE", &one, Value::Null).await.status, 403);
}

#[tokio::test]
async fn an_audience_of_the_providers_own() {
    let at = Federation::new().await;
    let url = format!("{POOLS}/github/providers/actions?updateMask=oidc.allowedAudiences");
    let oidc = json!({"oidc": {"issuerUri": ISSUER, "allowedAudiences": ["https://github.com/acme", "sts"]}});
    ok(&at.cloud, "PATCH", &url, oidc).await;
    assert_eq!(at.exchange(&at.with("aud", json!("sts"))).await.status, 200);
    // The default is not allowed beside it.
    refuses(
        &at.exchange(&at.claims()).await,
        "invalid_grant",
        "does not match the expected audience https://github.com/acme or sts.",
    );
}

#[tokio::test]
async fn an_identity_is_held_to_the_roles_of_its_members() {
    let at = Federation::new().await;
    let topic = format!("{TOPICS}/orders");
    ok(&at.cloud, "PUT", &topic, json!({})).await;
    let token = at.token().await;
    let may = async || send_as(&at.cloud, &token, "GET", &topic, Value::Null).await.status;
    assert_eq!(may().await, 403);
    let subject =
        format!("principal://iam.googleapis.com/{}/subject/repo:acme/shop:ref:refs/heads/main", at.pool);
    for (member, want) in [
        (subject.clone(), 200),
        (subject.replace("main", "other"), 403),
        (at.set("attribute.repository/acme/shop"), 200),
        (at.set("attribute.repository/acme/other"), 403),
        (at.set("attribute.environment/prod"), 403),
        (at.set("*"), 200),
        (at.set("group/dev"), 403),
        ("allUsers".to_owned(), 200),
        // Those are whom Google knows.
        ("allAuthenticatedUsers".to_owned(), 403),
    ] {
        at.grant(&topic, "roles/pubsub.viewer", &member).await;
        assert_eq!(may().await, want, "{member}");
    }
    let asked = json!({"permissions": ["pubsub.topics.get", "pubsub.topics.delete"]});
    at.grant(&topic, "roles/pubsub.viewer", &at.set("*")).await;
    let got = send_as(&at.cloud, &token, "POST", &format!("{topic}:testIamPermissions"), asked).await;
    assert_eq!(got.json(), json!({"permissions": ["pubsub.topics.get"]}));
    assert_eq!(send_as(&at.cloud, &token, "DELETE", &topic, Value::Null).await.status, 403);
    // A pool that is not there is nobody's.
    let policy = json!({"policy": {"bindings": [{"role": "roles/pubsub.viewer", "members": [at.set("*").replace("github", "gitlab")]}]}});
    let got = send(&at.cloud, "POST", &format!("{topic}:setIamPolicy"), policy).await;
    assert!(got.status == 400 && got.message().contains("Identity Pool does not exist"), "{}", got.message());
}

#[tokio::test]
async fn tokens_end_and_are_not_to_be_made_up() {
    let at = Federation::new().await;
    ok(&at.cloud, "PUT", &format!("{TOPICS}/orders"), json!({})).await;
    at.grant("https://cloudresourcemanager.googleapis.com/v1/projects/p-1", "roles/viewer", &at.set("*"))
        .await;
    let token = at.token().await;
    let url = format!("{TOPICS}/orders");
    let get = async |token: &str| send_as(&at.cloud, token, "GET", &url, Value::Null).await;
    assert_eq!(get(&token).await.status, 200);
    let altered = format!("{}A", &token[..token.len() - 1]);
    let altered = if altered == token { format!("{}B", &token[..token.len() - 1]) } else { altered };
    for made_up in [altered.as_str(), "ya29.local.", "ya29.local.x"] {
        let got = get(made_up).await;
        assert_eq!(
            (got.status, got.json()["error"]["status"].as_str()),
            (401, Some("UNAUTHENTICATED")),
            "{made_up}"
        );
        assert!(got.message().starts_with("Request had invalid authentication credentials."));
        assert!(got.headers.contains("www-authenticate: bearer"), "{}", got.headers);
    }
    // Each API says it in its own way.
    let bucket =
        send_as(&at.cloud, &altered, "GET", "https://storage.googleapis.com/storage/v1/b/x", Value::Null)
            .await;
    assert_eq!(
        bucket.json(),
        json!({"error": {"code": 401, "message": "Invalid Credentials", "errors": [{"domain": "global", "reason": "authError",
            "message": "Invalid Credentials", "location": "Authorization", "locationType": "header"}]}})
    );
    let datasets = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1/datasets";
    let got = send_as(&at.cloud, &altered, "GET", datasets, Value::Null).await.json();
    assert_eq!(
        (&got["error"]["status"], &got["error"]["errors"][0]["reason"]),
        (&json!("UNAUTHENTICATED"), &json!("authError"))
    );
    // An address that nothing answers, and an exchange, need no token.
    assert_eq!(
        send_as(&at.cloud, &altered, "POST", STS, at.request(&at.key.sign(&at.claims()))).await.status,
        200
    );
    let tick = "http://127.0.0.1/_local/tick?by=59m";
    ok(&at.cloud, "POST", tick, Value::Null).await;
    assert_eq!(get(&token).await.status, 200);
    ok(&at.cloud, "POST", "http://127.0.0.1/_local/tick?by=2m", Value::Null).await;
    let got = get(&token).await;
    assert_eq!(
        (got.status, got.json()["error"]["details"][0]["reason"].as_str()),
        (401, Some("ACCESS_TOKEN_EXPIRED"))
    );
}

#[tokio::test]
async fn a_pool_that_is_not_active_takes_the_power_of_its_tokens_away_and_a_provider_does_not() {
    let at = Federation::new().await;
    let topic = format!("{TOPICS}/orders");
    ok(&at.cloud, "PUT", &topic, json!({})).await;
    at.grant(&topic, "roles/pubsub.viewer", &at.set("*")).await;
    let token = at.token().await;
    let may = async || send_as(&at.cloud, &token, "GET", &topic, Value::Null).await.status;
    let provider = format!("{POOLS}/github/providers/actions");
    ok(&at.cloud, "PATCH", &format!("{provider}?updateMask=disabled"), json!({"disabled": true})).await;
    assert_eq!(may().await, 200);
    ok(&at.cloud, "DELETE", &provider, Value::Null).await;
    assert_eq!(may().await, 200);
    let pool = format!("{POOLS}/github");
    ok(&at.cloud, "PATCH", &format!("{pool}?updateMask=disabled"), json!({"disabled": true})).await;
    assert_eq!(may().await, 401);
    ok(&at.cloud, "PATCH", &format!("{pool}?updateMask=disabled"), json!({"disabled": false})).await;
    assert_eq!(may().await, 200);
    ok(&at.cloud, "DELETE", &pool, Value::Null).await;
    assert_eq!(may().await, 401);
    ok(&at.cloud, "POST", &format!("{pool}:undelete"), json!({})).await;
    assert_eq!(may().await, 200);
}

#[tokio::test]
async fn tokens_hold_after_a_restart() {
    let key = Key::new("key-1");
    let issuer = Issuer::new(&[&key]).await;
    let folder = tempfile::tempdir().unwrap();
    let begin = async || {
        with(|it| {
            it.data = Some(folder.path().to_owned());
            it.issuers = vec![issuer.setting()];
        })
        .await
    };
    let cloud = begin().await;
    ok(
        &cloud,
        "POST",
        "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts",
        json!({"accountId": "deployer"}),
    )
    .await;
    let url = format!("{CREDENTIALS}/{DEPLOYER}:generateAccessToken");
    let made =
        ok(&cloud, "POST", &url, json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"]})).await;
    let token = made["accessToken"].as_str().unwrap();
    cloud.stop().await;
    let cloud = begin().await;
    let got = send_as(&cloud, token, "GET", TOPICS, Value::Null).await;
    assert_eq!(got.status, 403, "known, and without a role: {}", got.message());
    cloud.stop().await;
}

/// A federation whose workflows may have tokens of an account that may publish.
async fn impersonating() -> Federation {
    let at = Federation::new().await;
    ok(
        &at.cloud,
        "POST",
        "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts",
        json!({"accountId": "deployer"}),
    )
    .await;
    let account = format!("https://iam.googleapis.com/v1/projects/p-1/serviceAccounts/{DEPLOYER}");
    at.grant(&account, "roles/iam.workloadIdentityUser", &at.set("attribute.repository/acme/shop")).await;
    ok(&at.cloud, "PUT", &format!("{TOPICS}/orders"), json!({})).await;
    at.grant(&format!("{TOPICS}/orders"), "roles/pubsub.viewer", &format!("serviceAccount:{DEPLOYER}")).await;
    at
}

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

#[tokio::test]
async fn an_account_is_impersonated_by_who_may() {
    let at = impersonating().await;
    let token = at.token().await;
    let url = format!("{CREDENTIALS}/{DEPLOYER}:generateAccessToken");
    let made = send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE], "lifetime": "600s"})).await;
    assert_eq!(made.status, 200, "{}", made.message());
    let account = made.json()["accessToken"].as_str().unwrap().to_owned();
    assert!(made.json()["expireTime"].as_str().unwrap().ends_with('Z'), "{}", made.json());
    let get = async |token: &str| {
        send_as(&at.cloud, token, "GET", &format!("{TOPICS}/orders"), Value::Null).await.status
    };
    assert_eq!((get(&account).await, get(&token).await), (200, 403));
    // By unique id too, and by path alone.
    let id = ok(
        &at.cloud,
        "GET",
        &format!("https://iam.googleapis.com/v1/projects/-/serviceAccounts/{DEPLOYER}"),
        Value::Null,
    )
    .await;
    let id = id["uniqueId"].as_str().unwrap().to_owned();
    for url in [
        format!("{CREDENTIALS}/{id}:generateAccessToken"),
        url.replace("iamcredentials.googleapis.com", "127.0.0.1"),
    ] {
        assert_eq!(
            send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE]})).await.status,
            200,
            "{url}"
        );
    }
    // The account itself may not have tokens of itself, and nobody else may either.
    let denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    let none = url.replace("deployer@", "nobody@");
    for (token, url) in [(account.as_str(), &url), ("local.ann@example.com", &url), (token.as_str(), &none)] {
        let got = send_as(&at.cloud, token, "POST", url, json!({"scope": [SCOPE]})).await;
        assert_eq!((got.status, got.message().as_str()), (403, denied), "{token} {url}");
        let detail = &got.json()["error"]["details"][0];
        assert_eq!(
            (&detail["reason"], &detail["metadata"]["permission"]),
            (&json!("IAM_PERMISSION_DENIED"), &json!("iam.serviceAccounts.getAccessToken"))
        );
    }
    let got = send(&at.cloud, "POST", &none, json!({"scope": [SCOPE]})).await;
    assert!(got.status == 404 && got.message().contains("Gaia id not found"), "{}", got.message());
    for (body, words) in [
        (json!({}), "scope"),
        (json!({"scope": []}), "scope"),
        (json!({"scope": [SCOPE], "lifetime": "3601s"}), "3600"),
        (json!({"scope": [SCOPE], "lifetime": "0s"}), "lifetime"),
        (json!({"scope": [SCOPE], "lifetime": "-5s"}), "lifetime"),
        (json!({"scope": [SCOPE], "lifetime": "soon"}), "lifetime"),
        (json!({"scope": [SCOPE], "delegates": ["ann"]}), "delegates"),
    ] {
        let got = send_as(&at.cloud, &token, "POST", &url, body.clone()).await;
        assert!(
            got.status == 400 && got.message().contains(words),
            "{body}: {} {}",
            got.status,
            got.message()
        );
    }
    let named = url.replace("projects/-/", "projects/p-1/");
    assert_eq!(send(&at.cloud, "POST", &named, json!({"scope": [SCOPE]})).await.status, 400);
    let blob = format!("{CREDENTIALS}/{DEPLOYER}:signBlob");
    assert_eq!(send(&at.cloud, "POST", &blob, json!({"payload": "eA=="})).await.status, 501);
    let disable =
        "https://serviceusage.googleapis.com/v1/projects/p-1/services/iamcredentials.googleapis.com:disable";
    ok(&at.cloud, "POST", disable, json!({})).await;
    let got = send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE]})).await;
    assert!(
        got.status == 403 && got.message().contains("IAM Service Account Credentials API has not been used"),
        "{}",
        got.message()
    );
}

#[tokio::test]
async fn an_account_that_is_disabled_or_gone_has_no_tokens() {
    let at = impersonating().await;
    let token = at.token().await;
    let account = format!("https://iam.googleapis.com/v1/projects/p-1/serviceAccounts/{DEPLOYER}");
    let url = format!("{CREDENTIALS}/{DEPLOYER}:generateAccessToken");
    let make =
        async || send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE], "lifetime": "60s"})).await;
    let made = make().await.json()["accessToken"].as_str().unwrap().to_owned();
    let get = async || send_as(&at.cloud, &made, "GET", &format!("{TOPICS}/orders"), Value::Null).await;
    assert_eq!(get().await.status, 200);
    ok(&at.cloud, "POST", &format!("{account}:disable"), json!({})).await;
    let got = make().await;
    assert!(got.status == 400 && got.message().contains("is disabled"), "{}", got.message());
    let got = get().await;
    assert_eq!(
        (got.status, got.json()["error"]["details"][0]["reason"].as_str()),
        (401, Some("ACCOUNT_STATE_INVALID"))
    );
    ok(&at.cloud, "POST", &format!("{account}:enable"), json!({})).await;
    assert_eq!(get().await.status, 200);
    ok(&at.cloud, "DELETE", &account, Value::Null).await;
    assert_eq!((get().await.status, make().await.status), (401, 403));
    // Another account of the same email is another account.
    ok(
        &at.cloud,
        "POST",
        "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts",
        json!({"accountId": "deployer"}),
    )
    .await;
    assert_eq!(get().await.status, 401);
}

#[tokio::test]
async fn delegates_hand_on_what_each_of_them_may() {
    let at = Federation::new().await;
    let accounts = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    for id in ["middle", "target"] {
        ok(&at.cloud, "POST", accounts, json!({"accountId": format!("{id}-account")})).await;
    }
    let email = |id: &str| format!("{id}-account@p-1.iam.gserviceaccount.com");
    let token = at.token().await;
    let url = format!("{CREDENTIALS}/{}:generateAccessToken", email("target"));
    let delegates = json!([format!("projects/-/serviceAccounts/{}", email("middle"))]);
    let body = json!({"scope": [SCOPE], "delegates": delegates});
    let make = async || send_as(&at.cloud, &token, "POST", &url, body.clone()).await;
    assert!(make().await.message().contains("iam.serviceAccounts.implicitDelegation"));
    let creator = "roles/iam.serviceAccountTokenCreator";
    at.grant(&format!("{accounts}/{}", email("middle")), creator, &at.set("*")).await;
    assert!(make().await.message().contains("iam.serviceAccounts.getAccessToken"));
    let middle = format!("serviceAccount:{}", email("middle"));
    at.grant(&format!("{accounts}/{}", email("target")), creator, &middle).await;
    assert_eq!(make().await.status, 200);
    // Without the delegate the caller is asked itself.
    assert_eq!(send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE]})).await.status, 403);
}

#[tokio::test]
async fn id_tokens_of_accounts() {
    let at = impersonating().await;
    let token = at.token().await;
    let url = format!("{CREDENTIALS}/{DEPLOYER}:generateIdToken");
    for email in [true, false] {
        let body = json!({"audience": "https://shop.example.com", "includeEmail": email});
        let made = send_as(&at.cloud, &token, "POST", &url, body).await;
        assert_eq!(made.status, 200, "{}", made.message());
        let made = made.json()["token"].as_str().unwrap().to_owned();
        use base64::Engine;
        let claims =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(made.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            (&claims["aud"], &claims["iss"]),
            (&json!("https://shop.example.com"), &json!("https://accounts.google.com"))
        );
        assert_eq!(claims["email"], if email { json!(DEPLOYER) } else { Value::Null });
        // With or without an email it stands for the account, for an hour.
        let got = send_as(&at.cloud, &made, "GET", &format!("{TOPICS}/orders"), Value::Null).await;
        assert_eq!(got.status, 200, "{}", got.message());
        if !email {
            ok(&at.cloud, "POST", "http://127.0.0.1/_local/tick?by=61m", Value::Null).await;
            let got = send_as(&at.cloud, &made, "GET", &format!("{TOPICS}/orders"), Value::Null).await;
            assert_eq!(got.status, 401);
        }
    }
    let missing = send(&at.cloud, "POST", &url, json!({})).await;
    assert!(missing.status == 400 && missing.message().contains("audience"));
    let denied = send_as(&at.cloud, "local.ann@example.com", "POST", &url, json!({"audience": "x"})).await;
    assert!(denied.status == 403 && denied.message().contains("iam.serviceAccounts.getOpenIdToken"));
}

#[tokio::test]
async fn services_that_note_who_called() {
    let at = Federation::new().await;
    at.grant("https://cloudresourcemanager.googleapis.com/v1/projects/p-1", "roles/editor", &at.set("*"))
        .await;
    let token = at.token().await;
    let subject =
        format!("principal://iam.googleapis.com/{}/subject/repo:acme/shop:ref:refs/heads/main", at.pool);
    let datasets = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1/datasets";
    let made = send_as(
        &at.cloud,
        &token,
        "POST",
        datasets,
        json!({"datasetReference": {"datasetId": "d", "projectId": "p-1"}}),
    )
    .await;
    assert_eq!(made.status, 200, "{}", made.message());
    let owners = made.json()["access"].as_array().unwrap().clone();
    assert!(owners.iter().any(|it| it["iamMember"] == subject.as_str()), "{owners:?}");
    // What an identity made in BigQuery is its own to change.
    let changed =
        send_as(&at.cloud, &token, "PATCH", &format!("{datasets}/d"), json!({"description": "x"})).await;
    assert_eq!(changed.status, 200, "{}", changed.message());
    let projects = "https://cloudresourcemanager.googleapis.com/v1/projects";
    let seen = send_as(&at.cloud, &token, "GET", projects, Value::Null).await.json();
    assert_eq!(seen["projects"].as_array().map(Vec::len), Some(1), "{seen}");
    let transfers =
        "https://bigquerydatatransfer.googleapis.com/v1/projects/p-1/locations/us/transferConfigs";
    let config = json!({"dataSourceId": "scheduled_query", "displayName": "x", "destinationDatasetId": "d",
        "params": {"query": "SELECT 1"}});
    let got = send_as(&at.cloud, &token, "POST", transfers, config).await;
    assert!(
        got.status == 400 && got.message().contains("serviceAccountName"),
        "{} {}",
        got.status,
        got.message()
    );
}

#[tokio::test]
async fn the_registry_takes_tokens_and_gives_them_back() {
    use base64::Engine;
    let at = impersonating().await;
    let token = at.token().await;
    let url = format!("{CREDENTIALS}/{DEPLOYER}:generateAccessToken");
    let made = send_as(&at.cloud, &token, "POST", &url, json!({"scope": [SCOPE]})).await;
    let token = made.json()["accessToken"].as_str().unwrap().to_owned();
    let repositories =
        "https://artifactregistry.googleapis.com/v1/projects/p-1/locations/us-central1/repositories";
    ok(&at.cloud, "POST", &format!("{repositories}?repositoryId=images"), json!({"format": "DOCKER"})).await;
    let basic = |password: &str| {
        let text = format!("oauth2accesstoken:{password}");
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    let tags = "http://127.0.0.1/v2/p-1/images/api/tags/list";
    let get = async |url: &str, authorization: &str| {
        raw(&at.cloud, "GET", url, &[("Authorization", authorization)], b"").await.unwrap()
    };
    let got = get("http://127.0.0.1/v2/token?service=x", &basic(&token)).await;
    assert_eq!((got.status, got.json()["token"].as_str()), (200, Some(token.as_str())));
    assert_eq!(get(tags, &basic(&token)).await.status, 403);
    at.grant(
        &format!("{repositories}/images"),
        "roles/artifactregistry.reader",
        &format!("serviceAccount:{DEPLOYER}"),
    )
    .await;
    for authorization in [basic(&token), format!("Bearer {token}")] {
        // There is no such image, and it may be asked for.
        assert_eq!(get(tags, &authorization).await.status, 404);
    }
    for url in [tags, "http://127.0.0.1/v2/", "http://127.0.0.1/v2/token"] {
        let got = get(url, &basic("ya29.local.unknown")).await;
        assert_eq!(
            (got.status, got.json()["errors"][0]["code"].as_str()),
            (401, Some("UNAUTHORIZED")),
            "{url}"
        );
        assert!(got.headers.contains("www-authenticate: bearer realm="), "{}", got.headers);
    }
}
