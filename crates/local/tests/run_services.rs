//! Cloud Run runs services whose image is in the local registry, and routes to them.

mod client;
mod container;

use std::time::{Duration, Instant};

use client::{raw, send};
use container::{HOST, RUN, call, cloud, done, get, push, repository, service, with};
use local::Running;
use serde_json::{Value, json};

const NAME: &str = "p-1/images/app";

/// Not a test: what the containers of these tests execute. Elsewhere it does nothing.
#[test]
fn serves() {
    container::serve();
}

#[test]
fn all_of_it_also_holds_in_the_shared_network() {
    container::again_in_the_shared_network("all_of_it_also_holds_in_the_shared_network");
}

fn image(tag: &str) -> String {
    format!("{HOST}/{NAME}:{tag}")
}

fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// A cloud with an account and an image that was pushed.
async fn prepared(cloud: Running) -> Running {
    repository(&cloud, "p-1", "images").await;
    push(&cloud, NAME, "v1", "one").await;
    cloud
}

async fn deploy(cloud: &Running, body: Value) -> Value {
    let answer = send(cloud, "POST", &format!("{RUN}/services?serviceId=svc"), body).await;
    assert_eq!(answer.json()["done"], Value::Null, "{answer:?}");
    done(cloud, &answer).await
}

async fn open(cloud: &Running, members: Value) {
    let policy = json!({"policy": {"bindings": [{"role": "roles/run.invoker", "members": members}]}});
    let set = send(cloud, "POST", &format!("{RUN}/services/svc:setIamPolicy"), policy).await;
    assert_eq!(set.status, 200, "{set:?}");
}

#[tokio::test]
async fn a_service_is_run_told_its_surroundings_and_called() {
    let cloud = prepared(cloud().await).await;
    let ended = deploy(&cloud, service(&image("v1"), &[variable("MINE", "yes")])).await;
    assert_eq!(ended["error"], Value::Null, "{ended}");
    let shown = send(&cloud, "GET", &format!("{RUN}/services/svc"), Value::Null).await.json();
    assert_eq!(shown["terminalCondition"]["state"], "CONDITION_SUCCEEDED");
    assert_eq!((&shown["observedGeneration"], &shown["reconciling"]), (&json!("1"), &Value::Null));
    assert_eq!(shown["latestReadyRevision"], shown["latestCreatedRevision"]);
    let uri = shown["uri"].as_str().unwrap();
    assert_eq!(uri, format!("http://{}/_run/p-1/us-central1/svc", cloud.address));
    let revision = shown["latestReadyRevision"].as_str().unwrap().rsplit('/').next().unwrap();
    let host = cloud.address.to_string();
    let account = shown["template"]["serviceAccount"].as_str().unwrap();
    for (name, want) in [
        ("K_SERVICE", "svc"),
        ("K_CONFIGURATION", "svc"),
        ("K_REVISION", revision),
        ("MINE", "yes"),
        ("FROM_IMAGE", "yes"),
        ("PUBSUB_EMULATOR_HOST", &host),
        ("BIGQUERY_EMULATOR_HOST", &format!("http://{host}")),
        ("GOOGLE_OAUTH_ACCESS_TOKEN", &format!("local.{account}")),
        ("CARGO_MANIFEST_DIR", "unset"),
    ] {
        assert_eq!(get(&cloud, &format!("svc/env?{name}")).await, (200, want.to_owned()), "{name}");
    }
    assert_eq!(get(&cloud, "svc").await, (200, "/".into()));
    assert_eq!(get(&cloud, "svc/a%20b?c=d").await, (200, "/a%20b?c=d".into()));
    let by_host = shown["urls"][1].as_str().unwrap();
    let owner = [("Authorization", "Bearer owner")];
    let body = "x".repeat(300_000);
    let echoed = raw(&cloud, "POST", &format!("{by_host}/echo"), &owner, body.as_bytes()).await.unwrap();
    assert!(echoed.body == body.as_bytes(), "{} bytes came back", echoed.body.len());
    let head = get(&cloud, "svc/head").await.1.to_ascii_lowercase();
    for want in [
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: http",
        "x-cloud-trace-context: ",
        "traceparent: 00-",
    ] {
        assert!(head.contains(want), "{want} in {head}");
    }
    let logs = raw(&cloud, "GET", "http://127.0.0.1/_local/logs?service=svc", &[], b"").await.unwrap();
    let logs = String::from_utf8(logs.body).unwrap();
    assert!(logs.contains(&format!("{revision} stdout {revision} begins with one")), "{logs}");
    cloud.stop().await;
}

#[tokio::test]
async fn only_who_may_invoke_is_let_in() {
    let cloud = prepared(cloud().await).await;
    deploy(&cloud, service(&image("v1"), &[])).await;
    let anne = [("Authorization", "Bearer local.anne@example.com")];
    let refused = call(&cloud, "svc/x", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(String::from_utf8_lossy(&refused.body).contains("<code>/x</code>"), "{refused:?}");
    assert_eq!(call(&cloud, "svc", &anne).await.status, 403);
    open(&cloud, json!(["user:anne@example.com"])).await;
    assert_eq!(call(&cloud, "svc", &anne).await.status, 200);
    assert_eq!(call(&cloud, "svc", &[]).await.status, 403);
    open(&cloud, json!(["allUsers"])).await;
    assert_eq!(call(&cloud, "svc", &[]).await.status, 200);
    open(&cloud, json!([])).await;
    assert_eq!(call(&cloud, "svc", &[]).await.status, 403);
    let patch = send(
        &cloud,
        "PATCH",
        &format!("{RUN}/services/svc?updateMask=invokerIamDisabled"),
        json!({"invokerIamDisabled": true}),
    )
    .await;
    done(&cloud, &patch).await;
    assert_eq!(call(&cloud, "svc", &[]).await.status, 200);
    assert_eq!(call(&cloud, "none", &anne).await.status, 404);
}

#[tokio::test]
async fn a_secret_reaches_the_container_if_its_account_may_read_it() {
    let cloud = prepared(cloud().await).await;
    let secrets = "https://secretmanager.googleapis.com/v1/projects/p-1/secrets";
    send(&cloud, "POST", &format!("{secrets}?secretId=key"), json!({"replication": {"automatic": {}}})).await;
    let payload = json!({"payload": {"data": "czNjcmV0"}});
    assert_eq!(send(&cloud, "POST", &format!("{secrets}/key:addVersion"), payload).await.status, 200);
    let reference =
        json!({"name": "KEY", "valueSource": {"secretKeyRef": {"secret": "key", "version": "latest"}}});
    let ended = deploy(&cloud, service(&image("v1"), &[reference])).await;
    assert!(ended["error"]["message"].as_str().unwrap().contains("Permission denied on secret"), "{ended}");
    let shown = send(&cloud, "GET", &format!("{RUN}/services/svc"), Value::Null).await.json();
    assert_eq!(shown["terminalCondition"]["state"], "CONDITION_FAILED");
    assert_eq!(shown["terminalCondition"]["reason"], "SECRETS_ACCESS_CHECK_FAILED");
    let account = shown["template"]["serviceAccount"].as_str().unwrap();
    let policy = json!({"policy": {"bindings": [{"role": "roles/secretmanager.secretAccessor",
        "members": [format!("serviceAccount:{account}")]}]}});
    assert_eq!(send(&cloud, "POST", &format!("{secrets}/key:setIamPolicy"), policy).await.status, 200);
    let url = format!("{RUN}/services/svc?forceNewRevision=true&updateMask=labels");
    let ended = done(&cloud, &send(&cloud, "PATCH", &url, json!({"labels": {"a": "b"}})).await).await;
    assert_eq!(ended["error"], Value::Null, "{ended}");
    assert_eq!(get(&cloud, "svc/env?KEY").await, (200, "s3cret".into()));
}

#[tokio::test]
async fn what_does_not_come_up_fails_the_operation_and_keeps_what_was() {
    let cloud = prepared(cloud().await).await;
    assert_eq!(deploy(&cloud, service(&image("v1"), &[])).await["error"], Value::Null);
    let url = format!("{RUN}/services/svc");
    let ended =
        done(&cloud, &send(&cloud, "PATCH", &url, service(&image("v1"), &[variable("EXIT", "7")])).await)
            .await;
    let said = ended["error"]["message"].as_str().unwrap();
    assert!(said.contains("is not ready and cannot serve traffic") && said.contains("exit(7)"), "{said}");
    assert_eq!(ended["error"]["code"], 9);
    let shown = send(&cloud, "GET", &url, Value::Null).await.json();
    assert_eq!(shown["terminalCondition"]["revisionReason"], "HEALTH_CHECK_CONTAINER_ERROR");
    assert_ne!(shown["latestReadyRevision"], shown["latestCreatedRevision"]);
    assert_eq!(get(&cloud, "svc").await.0, 200, "the revision before still serves");
    let mut deaf = service(&image("v1"), &[]);
    deaf["template"]["containers"][0]["command"] = json!(["/bin/sleep"]);
    deaf["template"]["containers"][0]["args"] = json!(["60"]);
    deaf["template"]["containers"][0]["startupProbe"] =
        json!({"periodSeconds": 1, "failureThreshold": 1, "tcpSocket": {}});
    let ended = done(&cloud, &send(&cloud, "PATCH", &url, deaf).await).await;
    assert!(ended["error"]["message"].as_str().unwrap().contains("Nothing listens"), "{ended}");
    let ended = done(&cloud, &send(&cloud, "PATCH", &url, service(&image("none"), &[])).await).await;
    assert_eq!(ended["error"]["code"], 5, "{ended}");
    let shown = send(&cloud, "GET", &url, Value::Null).await.json();
    assert_eq!(shown["terminalCondition"]["reason"], "CONTAINER_MISSING");
    // The same in a service's first revision: the service is there, and nothing answers.
    let create = format!("{RUN}/services?serviceId=other");
    let ended = done(&cloud, &send(&cloud, "POST", &create, service(&image("none"), &[])).await).await;
    assert!(ended["error"]["message"].as_str().unwrap().contains("not found"), "{ended}");
    assert_eq!(get(&cloud, "other").await.0, 503);
}

#[tokio::test]
async fn a_crashed_service_is_begun_again_and_an_idle_one_ended() {
    let cloud = prepared(with(|it| it.idle = Duration::from_millis(1500)).await).await;
    deploy(&cloud, service(&image("v1"), &[])).await;
    let first = get(&cloud, "svc/process").await.1;
    assert_eq!(get(&cloud, "svc/crash").await.0, 503);
    let (status, second) = get(&cloud, "svc/process").await;
    assert!(status == 200 && first != second, "{first} {second}");
    let alive = || std::fs::exists(format!("/proc/{second}")).unwrap();
    let begun = Instant::now();
    while alive() && begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!alive() || !cfg!(target_os = "linux"), "it is ended when nobody calls it");
    assert_eq!(get(&cloud, "svc").await.0, 200, "and begun on demand");
}

#[tokio::test]
async fn traffic_is_split_tags_lead_to_revisions_and_what_has_none_is_ended() {
    let cloud = prepared(cloud().await).await;
    let mut body = service(&image("v1"), &[]);
    body["template"]["revision"] = json!("svc-one");
    deploy(&cloud, body.clone()).await;
    push(&cloud, NAME, "v2", "two").await;
    body["template"]["revision"] = json!("svc-two");
    body["template"]["containers"][0]["image"] = json!(image("v2"));
    let revision = |name: &str, percent: u64| json!({"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": name, "percent": percent});
    let mut tagged = revision("svc-one", 0);
    tagged["tag"] = json!("old");
    body["traffic"] = json!([revision("svc-one", 50), revision("svc-two", 50), tagged]);
    let url = format!("{RUN}/services/svc");
    let ended = done(&cloud, &send(&cloud, "PATCH", &url, body.clone()).await).await;
    assert_eq!(ended["error"], Value::Null, "{ended}");
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..60 {
        *seen.entry(get(&cloud, "svc/env?K_REVISION").await.1).or_insert(0) += 1;
    }
    assert!(seen["svc-one"] > 10 && seen["svc-two"] > 10, "{seen:?}");
    assert_eq!(get(&cloud, "old---svc/env?K_REVISION").await.1, "svc-one");
    assert_eq!(get(&cloud, "new---svc").await.0, 404);
    let old: u32 = get(&cloud, "old---svc/process").await.1.parse().unwrap();
    body["traffic"] = json!([revision("svc-two", 100)]);
    done(&cloud, &send(&cloud, "PATCH", &url, body).await).await;
    let begun = Instant::now();
    while std::fs::exists(format!("/proc/{old}")).unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{old} still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let new: u32 = get(&cloud, "svc/process").await.1.parse().unwrap();
    done(&cloud, &send(&cloud, "DELETE", &url, Value::Null).await).await;
    assert_eq!(get(&cloud, "svc").await.0, 404);
    let begun = Instant::now();
    while std::fs::exists(format!("/proc/{new}")).unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{new} still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn after_a_restart_it_runs_on_demand_or_at_once_if_it_must_be_up() {
    let folder = tempfile::tempdir().unwrap();
    let start = || with(|it| it.data = Some(folder.path().to_owned()));
    let cloud = prepared(start().await).await;
    let mut body = service(&image("v1"), &[]);
    deploy(&cloud, body.clone()).await;
    let first: u32 = get(&cloud, "svc/process").await.1.parse().unwrap();
    cloud.stop().await;
    assert!(!std::fs::exists(format!("/proc/{first}")).unwrap(), "it ends with the cloud");
    let cloud = start().await;
    assert_eq!(get(&cloud, "svc").await.0, 200);
    body["template"]["scaling"] = json!({"minInstanceCount": 1});
    let url = format!("{RUN}/services/svc");
    done(&cloud, &send(&cloud, "PATCH", &url, body).await).await;
    cloud.stop().await;
    let log = folder.path().join("logs/run/svc.log");
    let ups = || std::fs::read_to_string(&log).unwrap().matches("run is up").count();
    let before = ups();
    let cloud = start().await;
    let begun = Instant::now();
    while ups() == before {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is not up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cloud.stop().await;
}

#[tokio::test]
async fn an_image_from_elsewhere_is_declared_and_not_run() {
    let cloud = cloud().await;
    let body = json!({"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}});
    let ended = deploy(&cloud, body).await;
    assert_eq!(ended["response"]["terminalCondition"]["state"], "CONDITION_SUCCEEDED");
    assert_eq!(ended["response"]["uri"], Value::Null);
    let (status, words) = get(&cloud, "svc").await;
    assert_eq!(status, 503);
    assert!(words.contains("gcr.io/cloudrun/hello is not in a repository of this cloud"), "{words}");
    let mut reserved = service("gcr.io/cloudrun/hello", &[variable("PORT", "1")]);
    reserved["template"]["revision"] = Value::Null;
    let refused = send(&cloud, "POST", &format!("{RUN}/services?serviceId=two"), reserved).await;
    assert!(refused.status == 400 && refused.message().contains("reserved env names"), "{refused:?}");
}
