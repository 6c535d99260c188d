//! What holds for every service: routing, checks, callers, policies, operations, pages, faults, durability.

mod client;

use std::time::Duration;

use client::{cloud, raw, send, send_as, with};
use local::{Running, StartError, start};
use serde_json::{Value, json};

const TOPIC: &str = "https://pubsub.googleapis.com/v1/projects/p-1/topics/topic-1";

async fn topic(cloud: &Running) {
    let made = send(cloud, "PUT", TOPIC, json!({})).await;
    assert_eq!(made.status, 200, "{made:?}");
}

#[tokio::test]
async fn a_topic_is_reached_by_host_by_prefix_and_by_path_alone() {
    let cloud = cloud().await;
    topic(&cloud).await;
    for url in [
        TOPIC,
        "http://pubsub.localhost/v1/projects/p-1/topics/topic-1",
        "http://127.0.0.1/pubsub/v1/projects/p-1/topics/topic-1",
        "http://127.0.0.1/v1/projects/p-1/topics/topic-1",
    ] {
        let got = send(&cloud, "GET", url, Value::Null).await;
        assert_eq!((got.status, &got.json()["name"]), (200, &json!("projects/p-1/topics/topic-1")), "{url}");
    }
    assert_eq!(
        send(&cloud, "GET", "https://pubsub.googleapis.com/v9/nothing", Value::Null).await.status,
        404
    );
    cloud.stop().await;
}

#[tokio::test]
async fn a_project_is_reached_by_id_and_by_number() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let url = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let number =
        send(&cloud, "GET", url, Value::Null).await.json()["projectNumber"].as_str().unwrap().to_owned();
    let url = format!("https://pubsub.googleapis.com/v1/projects/{number}/topics/topic-1");
    assert_eq!(send(&cloud, "GET", &url, Value::Null).await.json()["name"], "projects/p-1/topics/topic-1");
}

#[tokio::test]
async fn an_unknown_field_is_refused_in_googles_words() {
    let cloud = cloud().await;
    let got = send(&cloud, "PUT", TOPIC, json!({"nope": 1})).await;
    assert_eq!(got.status, 400);
    assert_eq!(got.message(), "Invalid JSON payload received. Unknown name \"nope\": Cannot find field.");
    assert_eq!(got.json()["error"]["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest");
    let got = send(&cloud, "GET", &format!("{TOPIC}?nope=1"), Value::Null).await;
    assert!(got.message().contains("Cannot bind query parameter"), "{got:?}");
}

#[tokio::test]
async fn a_method_that_is_not_built_says_so() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let got = send(
        &cloud,
        "POST",
        "https://run.googleapis.com/v2/projects/p-1/locations/us-central1/builds:submit",
        json!({}),
    )
    .await;
    assert_eq!((got.status, got.json()["error"]["status"].as_str()), (501, Some("UNIMPLEMENTED")));
}

#[tokio::test]
async fn a_disabled_api_refuses_until_it_is_enabled() {
    let cloud = cloud().await;
    let url = "https://pubsub.googleapis.com/v1/projects/local-project/topics";
    let got = send(&cloud, "GET", url, Value::Null).await;
    assert_eq!(got.status, 403);
    let reasons: Vec<Value> =
        got.json()["error"]["details"].as_array().unwrap().iter().map(|it| it["reason"].clone()).collect();
    assert!(reasons.contains(&json!("SERVICE_DISABLED")), "{got:?}");
    let enable =
        "https://serviceusage.googleapis.com/v1/projects/local-project/services/pubsub.googleapis.com:enable";
    assert_eq!(send(&cloud, "POST", enable, json!({})).await.status, 200);
    assert_eq!(send(&cloud, "GET", url, Value::Null).await.status, 200);
    let again = send(&cloud, "POST", enable, json!({})).await.json();
    assert_eq!((&again["name"], &again["done"]), (&json!("operations/noop.DONE_OPERATION"), &json!(true)));
}

#[tokio::test]
async fn only_listed_projects_exist_if_there_is_a_list() {
    let cloud = with(|it| it.projects = Some([("mine".to_owned(), 42)].into())).await;
    let list = |project: &str| {
        format!("https://run.googleapis.com/v2/projects/{project}/locations/us-central1/services")
    };
    assert_eq!(send(&cloud, "GET", &list("mine"), Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "GET", &list("42"), Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "GET", &list("other"), Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_principal_is_held_to_their_roles() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let who = "local.ann@example.com";
    let got = send_as(&cloud, who, "GET", TOPIC, Value::Null).await;
    assert_eq!((got.status, got.message().as_str()), (403, "User not authorized to perform this action."));
    let policy = json!({"policy": {"bindings": [{"role": "roles/pubsub.viewer", "members": ["user:Ann@Example.com"]}]}});
    // On the topic: it may be read, and nothing else.
    let set = send(&cloud, "POST", &format!("{TOPIC}:setIamPolicy"), policy.clone()).await;
    assert_eq!(set.json()["bindings"][0]["members"], json!(["user:ann@example.com"]), "{set:?}");
    assert_eq!(send_as(&cloud, who, "GET", TOPIC, Value::Null).await.status, 200);
    assert_eq!(send_as(&cloud, who, "DELETE", TOPIC, Value::Null).await.status, 403);
    let list = "https://pubsub.googleapis.com/v1/projects/p-1/topics";
    assert_eq!(send_as(&cloud, who, "GET", list, Value::Null).await.status, 403);
    let asked = json!({"permissions": ["pubsub.topics.get", "pubsub.topics.delete"]});
    let held = send_as(&cloud, who, "POST", &format!("{TOPIC}:testIamPermissions"), asked).await;
    assert_eq!(held.json(), json!({"permissions": ["pubsub.topics.get"]}));
    // On the project: all of its topics.
    let project = "https://cloudresourcemanager.googleapis.com/v3/projects/p-1:setIamPolicy";
    assert_eq!(send(&cloud, "POST", project, policy).await.status, 200);
    assert_eq!(send_as(&cloud, who, "GET", list, Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_condition_needs_version_three_and_one_that_is_not_understood_does_not_grant() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let binding = json!({"role": "roles/pubsub.viewer", "members": ["user:ann@example.com"],
        "condition": {"title": "t", "expression": "api.getAttribute('a', []) == []"}});
    let url = format!("{TOPIC}:setIamPolicy");
    assert_eq!(send(&cloud, "POST", &url, json!({"policy": {"bindings": [binding]}})).await.status, 400);
    let set = send(&cloud, "POST", &url, json!({"policy": {"version": 3, "bindings": [binding]}})).await;
    assert_eq!(set.json()["version"], 3);
    assert_eq!(send_as(&cloud, "local.ann@example.com", "GET", TOPIC, Value::Null).await.status, 403);
    let plain = send(&cloud, "GET", &format!("{TOPIC}:getIamPolicy"), Value::Null).await.json();
    assert!(
        plain["bindings"][0]["role"].as_str().unwrap().starts_with("roles/pubsub.viewer_withcond_"),
        "{plain}"
    );
}

/// Sets a conditional grant for ann and says what she is answered.
async fn conditional(cloud: &Running, set: (&str, &str), role: &str, expression: &str, url: &str) -> u16 {
    let binding = json!({"role": role, "members": ["user:ann@example.com"],
        "condition": {"title": "t", "expression": expression}});
    let policy = json!({"version": 3, "bindings": [binding]});
    let policy = if set.0 == "PUT" { policy } else { json!({ "policy": policy }) };
    let got = send(cloud, set.0, set.1, policy).await;
    assert_eq!(got.status, 200, "{expression}: {}", got.message());
    send_as(cloud, "local.ann@example.com", "GET", url, Value::Null).await.status
}

#[tokio::test]
async fn a_condition_grants_while_it_holds() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let set = format!("{TOPIC}:setIamPolicy");
    for (expression, want) in [
        ("true", 200),
        ("request.time < timestamp('2100-01-01T00:00:00Z')", 200),
        ("request.time < timestamp('2020-01-01T00:00:00Z')", 403),
        (
            "request.time > timestamp('2020-01-01T00:00:00Z') && request.time <= timestamp('2100-01-01T00:00:00Z')",
            200,
        ),
        // Of a topic no attribute is known here, so that nothing follows from one.
        ("resource.type == 'pubsub.googleapis.com/Topic'", 403),
        ("resource.type != 'pubsub.googleapis.com/Topic'", 403),
        ("!resource.name.startsWith('projects/p-1/topics/other')", 403),
        ("!has(resource.name)", 403),
        ("request.time.getHours() > 7", 403),
        ("'yes'", 403),
    ] {
        let got = conditional(&cloud, ("POST", &set), "roles/pubsub.viewer", expression, TOPIC).await;
        assert_eq!(got, want, "{expression}");
    }
    // The time is this cloud's.
    let soon = time::OffsetDateTime::now_utc() + time::Duration::HOUR;
    let soon = soon.format(&time::format_description::well_known::Rfc3339).unwrap();
    let until = format!("request.time < timestamp('{soon}')");
    assert_eq!(conditional(&cloud, ("POST", &set), "roles/pubsub.viewer", &until, TOPIC).await, 200);
    send(&cloud, "POST", "http://127.0.0.1/_local/tick?by=2h", Value::Null).await;
    assert_eq!(send_as(&cloud, "local.ann@example.com", "GET", TOPIC, Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_condition_on_what_a_resource_is() {
    let cloud = cloud().await;
    let storage = "https://storage.googleapis.com/storage/v1/b";
    send(
        &cloud,
        "POST",
        &format!("{storage}?project=p-1"),
        json!({"name": "shop", "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}}),
    )
    .await;
    for name in ["in/a.txt", "out/a.txt"] {
        let url =
            format!("https://storage.googleapis.com/upload/storage/v1/b/shop/o?uploadType=media&name={name}");
        assert_eq!(send(&cloud, "POST", &url, json!({})).await.status, 200);
    }
    let object = |name: &str| format!("{storage}/shop/o/{}", name.replace('/', "%2F"));
    let iam = format!("{storage}/shop/iam");
    let inside = "resource.name.startsWith('projects/_/buckets/shop/objects/in/')";
    let set = ("PUT", iam.as_str());
    for (expression, url, want) in [
        (inside, object("in/a.txt"), 200),
        (inside, object("out/a.txt"), 403),
        ("resource.type == 'storage.googleapis.com/Object'", object("out/a.txt"), 200),
        ("resource.service == 'storage.googleapis.com'", object("out/a.txt"), 200),
        // A list is of the bucket.
        (inside, format!("{storage}/shop/o"), 403),
        ("resource.type == 'storage.googleapis.com/Bucket'", format!("{storage}/shop/o"), 200),
        ("resource.name.extract('/buckets/{bucket}') == 'shop'", format!("{storage}/shop/o"), 200),
    ] {
        let got = conditional(&cloud, set, "roles/storage.objectAdmin", expression, &url).await;
        assert_eq!(got, want, "{expression} {url}");
    }
    conditional(&cloud, set, "roles/storage.objectAdmin", inside, &object("in/a.txt")).await;
    for (name, want) in [("in/b.txt", 200), ("in/a.txt", 200), ("out/b.txt", 403)] {
        let url =
            format!("https://storage.googleapis.com/upload/storage/v1/b/shop/o?uploadType=media&name={name}");
        let got = send_as(&cloud, "local.ann@example.com", "POST", &url, json!({})).await;
        assert_eq!(got.status, want, "{name}: {}", got.message());
    }
    // On the project a condition is on what is asked for, too.
    let secrets = "https://secretmanager.googleapis.com/v1/projects/p-1/secrets";
    for id in ["api-key", "other"] {
        send(&cloud, "POST", &format!("{secrets}?secretId={id}"), json!({"replication": {"automatic": {}}}))
            .await;
    }
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1:setIamPolicy";
    let ours = "resource.name.extract('/secrets/{id}').startsWith('api-')";
    for (id, want) in [("api-key", 200), ("other", 403)] {
        let url = format!("{secrets}/{id}");
        let got = conditional(&cloud, ("POST", project), "roles/secretmanager.viewer", ours, &url).await;
        assert_eq!(got, want, "{id}");
    }
}

#[tokio::test]
async fn a_stale_policy_conflicts() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let (get, set) = (format!("{TOPIC}:getIamPolicy"), format!("{TOPIC}:setIamPolicy"));
    let first = send(&cloud, "GET", &get, Value::Null).await.json();
    assert_eq!(first.as_object().unwrap().len(), 1, "a policy nobody set has only an etag: {first}");
    let change = json!({"policy": {"etag": first["etag"], "bindings": []}});
    let second = send(&cloud, "POST", &set, change.clone()).await;
    assert_eq!(second.status, 200);
    let stale = send(&cloud, "POST", &set, change).await;
    assert_eq!((stale.status, stale.json()["error"]["status"].as_str()), (409, Some("ABORTED")));
    let fresh = json!({"policy": {"etag": second.json()["etag"], "bindings": []}});
    assert_eq!(send(&cloud, "POST", &set, fresh).await.status, 200);
}

#[tokio::test]
async fn members_must_exist_and_are_renamed_when_they_are_deleted() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let email = "robot-1@p-1.iam.gserviceaccount.com";
    let policy = json!({"policy": {"bindings": [{"role": "roles/pubsub.publisher", "members": [format!("serviceAccount:{email}")]}]}});
    let set = format!("{TOPIC}:setIamPolicy");
    let refused = send(&cloud, "POST", &set, policy.clone()).await;
    assert_eq!(
        (refused.status, refused.message()),
        (400, format!("Service account {email} does not exist."))
    );
    let accounts = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    let account = send(&cloud, "POST", accounts, json!({"accountId": "robot-1"})).await.json();
    assert_eq!(send(&cloud, "POST", &set, policy).await.status, 200);
    assert_eq!(send(&cloud, "DELETE", &format!("{accounts}/{email}"), Value::Null).await.status, 200);
    let left = send(&cloud, "GET", &format!("{TOPIC}:getIamPolicy"), Value::Null).await.json();
    let uid = account["uniqueId"].as_str().unwrap();
    assert_eq!(left["bindings"][0]["members"], json!([format!("deleted:serviceAccount:{email}?uid={uid}")]));
    let undelete = format!("{accounts}/{uid}:undelete");
    assert_eq!(send(&cloud, "POST", &undelete, json!({})).await.json()["restoredAccount"]["email"], email);
    let back = send(&cloud, "GET", &format!("{TOPIC}:getIamPolicy"), Value::Null).await.json();
    assert_eq!(back["bindings"][0]["members"], json!([format!("serviceAccount:{email}")]));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = cloud().await;
    for id in ["topic-a", "topic-b", "topic-c"] {
        send(&cloud, "PUT", &format!("https://pubsub.googleapis.com/v1/projects/p-1/topics/{id}"), json!({}))
            .await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let url =
            format!("https://pubsub.googleapis.com/v1/projects/p-1/topics?pageSize=2&pageToken={token}");
        let page = send(&cloud, "GET", &url, Value::Null).await.json();
        seen.extend(
            page["topics"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()),
        );
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn an_answer_can_be_partial_and_its_enums_numbers() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let url = "https://pubsub.googleapis.com/v1/projects/p-1/subscriptions/sub-1";
    let made = send(
        &cloud,
        "PUT",
        &format!("{url}?%24alt=json%3Benum-encoding%3Dint&fields=name,state"),
        json!({"topic": "projects/p-1/topics/topic-1"}),
    )
    .await;
    assert_eq!(made.json(), json!({"name": "projects/p-1/subscriptions/sub-1", "state": 1}));
}

#[tokio::test]
async fn an_operation_is_done_after_a_while() {
    let cloud = cloud().await;
    let url = "https://run.googleapis.com/v2/projects/p-1/locations/us-central1";
    let body = json!({"template": {"containers": [{"image": "gcr.io/some/image"}]}});
    let begun = send(&cloud, "POST", &format!("{url}/services?serviceId=svc"), body).await.json();
    assert!(begun.get("done").is_none() && begun.get("response").is_none(), "{begun}");
    let operation = format!("https://run.googleapis.com/v2/{}", begun["name"].as_str().unwrap());
    tokio::time::sleep(Duration::from_millis(80)).await;
    let done = send(&cloud, "GET", &operation, Value::Null).await.json();
    assert_eq!(
        (&done["done"], &done["response"]["name"]),
        (&json!(true), &json!("projects/p-1/locations/us-central1/services/svc"))
    );
}

#[tokio::test]
async fn faults_are_injected_by_seed() {
    let run = async |seed: u64| {
        let cloud = with(|it| {
            it.fail = 0.5;
            it.seed = seed;
        })
        .await;
        let mut seen = Vec::new();
        for _ in 0..30 {
            let url = "https://pubsub.googleapis.com/v1/projects/p-1/topics";
            seen.push(raw(&cloud, "GET", url, &[], b"").await.map(|it| it.status));
        }
        seen
    };
    let (one, two) = (run(7).await, run(7).await);
    assert_eq!(one, two);
    assert!(one.contains(&Some(200)) && one.iter().any(|it| *it != Some(200)), "{one:?}");
}

#[tokio::test]
async fn a_throttled_caller_is_told_when_to_come_back() {
    let cloud = with(|it| it.throttle = Some(2.0)).await;
    let mut last = None;
    for _ in 0..5 {
        last = raw(&cloud, "GET", "https://pubsub.googleapis.com/v1/projects/p-1/topics", &[], b"").await;
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429);
    assert!(last.headers.contains("retry-after: 1"), "{}", last.headers);
}

#[tokio::test]
async fn what_was_acknowledged_survives() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let cloud = with(|it| it.data = Some(data.clone())).await;
    topic(&cloud).await;
    // Nobody else may work on the same data meanwhile.
    let second = start(local::Settings {
        data: Some(data.clone()),
        address: ([127, 0, 0, 1], 0).into(),
        ..Default::default()
    })
    .await;
    assert!(matches!(second, Err(StartError::DataInUse(_))), "{second:?}");
    cloud.stop().await;
    let cloud = with(|it| it.data = Some(data)).await;
    assert_eq!(send(&cloud, "GET", TOPIC, Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "POST", "http://localhost/_local/reset", Value::Null).await.status, 200);
    assert_eq!(send(&cloud, "GET", TOPIC, Value::Null).await.status, 404);
}

#[tokio::test]
async fn tools_can_ask_how_it_is() {
    let cloud = cloud().await;
    topic(&cloud).await;
    let health = send(&cloud, "GET", "http://localhost/healthz", Value::Null).await.json();
    assert_eq!(health, json!({"status": "ok", "project": "local-project"}));
    let state = send(&cloud, "GET", "http://localhost/_local/state", Value::Null).await.json();
    assert_eq!(state["counts"]["pubsub/topics"], 1);
}

#[tokio::test]
async fn a_port_in_use_is_said_to_be() {
    let cloud = cloud().await;
    let second = start(local::Settings { address: cloud.address, ..Default::default() }).await;
    assert!(matches!(second, Err(StartError::PortInUse(_))), "{second:?}");
}
