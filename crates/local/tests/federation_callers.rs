//! Callers from workload identity pools and accounts that they impersonate: what their tokens let them do, and how long.

mod client;
mod federated;
mod issuer;

use client::{raw, send, send_as, with};
use federated::{CREDENTIALS, DEPLOYER, Federation, POOLS, SCOPE, STS, TOPICS, impersonating, ok};
use issuer::{Issuer, Key};
use serde_json::{Value, json};

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
