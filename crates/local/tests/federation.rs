//! Workload identity federation: which credentials are exchanged, and which are refused with what words.

mod client;
mod federated;
mod issuer;

use client::{raw, send, send_as};
use federated::{Federation, POOLS, STS, ok, provider, refuses};
use issuer::{ISSUER, Key, now};
use serde_json::{Value, json};

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
