//! A local cloud with a pool and a provider, for tests of federation.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use local::Running;
use serde_json::{Value, json};

use crate::client::{Answer, send, with};
use crate::issuer::{ISSUER, Issuer, Key, now};

pub const STS: &str = "https://sts.googleapis.com/v1/token";
pub const POOLS: &str = "https://iam.googleapis.com/v1/projects/p-1/locations/global/workloadIdentityPools";
pub const DEPLOYER: &str = "deployer@p-1.iam.gserviceaccount.com";
pub const CREDENTIALS: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";
pub const TOPICS: &str = "https://pubsub.googleapis.com/v1/projects/p-1/topics";

/// A cloud with a pool and a provider of a repository's workflows, and what signs their tokens.
pub struct Federation {
    pub cloud: Running,
    pub issuer: Issuer,
    pub key: Key,
    /// `projects/NUMBER/locations/global/workloadIdentityPools/github`.
    pub pool: String,
}

impl Federation {
    pub async fn new() -> Federation {
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

    pub fn audience(&self) -> String {
        format!("//iam.googleapis.com/{}/providers/actions", self.pool)
    }

    /// What a workflow's token claims.
    pub fn claims(&self) -> Value {
        json!({"iss": ISSUER, "aud": format!("https:{}", self.audience()), "sub": "repo:acme/shop:ref:refs/heads/main",
            "repository": "acme/shop", "ref": "refs/heads/main", "iat": now() - 5, "exp": now() + 300})
    }

    pub fn with(&self, field: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[field] = value;
        claims
    }

    pub fn request(&self, token: &str) -> Value {
        json!({
            "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": self.audience(),
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
            "subjectToken": token,
            "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        })
    }

    pub async fn exchange(&self, claims: &Value) -> Answer {
        send(&self.cloud, "POST", STS, self.request(&self.key.sign(claims))).await
    }

    /// An access token of a workflow.
    pub async fn token(&self) -> String {
        let got = self.exchange(&self.claims()).await;
        assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
        got.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn grant(&self, url: &str, role: &str, member: &str) {
        let policy = json!({"policy": {"bindings": [{"role": role, "members": [member]}]}});
        ok(&self.cloud, "POST", &format!("{url}:setIamPolicy"), policy).await;
    }

    /// A set of identities of the pool.
    pub fn set(&self, of: &str) -> String {
        format!("principalSet://iam.googleapis.com/{}/{of}", self.pool)
    }
}

pub fn provider() -> Value {
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

pub async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {} {}", got.status, String::from_utf8_lossy(&got.body));
    got.json()
}

#[track_caller]
pub fn refuses(got: &Answer, error: &str, words: &str) {
    let body = got.json();
    assert_eq!((got.status, body["error"].as_str()), (400, Some(error)), "{body}");
    assert!(body["error_description"].as_str().unwrap().contains(words), "{body}");
}

/// A federation whose workflows may have tokens of an account that may publish.
pub async fn impersonating() -> Federation {
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

pub const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
