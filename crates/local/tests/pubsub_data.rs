//! What Pub/Sub does with messages, over REST.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;

use client::{cloud, send, send_as, with};
use local::Running;
use serde_json::{Value, json};

const PUBSUB: &str = "https://pubsub.googleapis.com/v1/projects/p-1";

/// Sends a request that must succeed.
async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {got:?} {}", got.message());
    got.json()
}

/// Sends a request that must be refused so.
async fn refused(cloud: &Running, method: &str, url: &str, body: Value, status: u16, words: &str) {
    let got = send(cloud, method, url, body).await;
    let message = got.message();
    assert!(got.status == status && message.contains(words), "{method} {url}: {} {message}", got.status);
}

async fn tick(cloud: &Running, by: &str) {
    ok(cloud, "POST", &format!("http://localhost/_local/tick?by={by}"), Value::Null).await;
}

/// A topic, and a subscription to it that is as said.
async fn make(cloud: &Running, topic: &str, sub: &str, mut more: Value) {
    let url = format!("{PUBSUB}/topics/{topic}");
    if send(cloud, "GET", &url, Value::Null).await.status == 404 {
        ok(cloud, "PUT", &url, json!({})).await;
    }
    more["topic"] = json!(format!("projects/p-1/topics/{topic}"));
    ok(cloud, "PUT", &format!("{PUBSUB}/subscriptions/{sub}"), more).await;
}

/// Publishes texts; says their ids.
async fn publish(cloud: &Running, topic: &str, texts: &[&str]) -> Vec<String> {
    let messages: Vec<Value> = texts.iter().map(|it| json!({"data": base64(it)})).collect();
    publish_all(cloud, topic, json!(messages)).await
}

async fn publish_all(cloud: &Running, topic: &str, messages: Value) -> Vec<String> {
    let url = format!("{PUBSUB}/topics/{topic}:publish");
    let answer = ok(cloud, "POST", &url, json!({ "messages": messages })).await;
    answer["messageIds"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn text(received: &Value) -> String {
    use base64::Engine;
    let data = received["message"]["data"].as_str().unwrap_or_default();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(data).unwrap()).unwrap()
}

/// What is ready now.
async fn pull(cloud: &Running, sub: &str) -> Vec<Value> {
    let url = format!("{PUBSUB}/subscriptions/{sub}:pull");
    let answer = ok(cloud, "POST", &url, json!({"maxMessages": 100, "returnImmediately": true})).await;
    answer["receivedMessages"].as_array().cloned().unwrap_or_default()
}

async fn texts(cloud: &Running, sub: &str) -> Vec<String> {
    pull(cloud, sub).await.iter().map(text).collect()
}

/// Waits until the subscription has something, for at most some seconds.
async fn eventually(cloud: &Running, sub: &str) -> Vec<Value> {
    for _ in 0..100 {
        let got = pull(cloud, sub).await;
        if !got.is_empty() {
            return got;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Vec::new()
}

async fn acknowledge(cloud: &Running, sub: &str, received: &[Value]) {
    let ids: Vec<&Value> = received.iter().map(|it| &it["ackId"]).collect();
    ok(cloud, "POST", &format!("{PUBSUB}/subscriptions/{sub}:acknowledge"), json!({ "ackIds": ids })).await;
}

async fn deadline(cloud: &Running, sub: &str, received: &Value, seconds: u32) {
    let body = json!({"ackIds": [received["ackId"]], "ackDeadlineSeconds": seconds});
    ok(cloud, "POST", &format!("{PUBSUB}/subscriptions/{sub}:modifyAckDeadline"), body).await;
}

#[tokio::test]
async fn what_is_published_is_pulled_until_it_is_acknowledged() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    let messages = json!([{"data": base64("one"), "attributes": {"a": "b"}}, {"attributes": {"c": "d"}}]);
    let ids = publish_all(&cloud, "topic-1", messages).await;
    let got = pull(&cloud, "sub-1").await;
    assert_eq!((text(&got[0]), &got[0]["message"]["attributes"]), ("one".to_owned(), &json!({"a": "b"})));
    assert_eq!(got[1]["message"]["messageId"], ids[1]);
    assert!(got[0].get("deliveryAttempt").is_none() && got[0]["message"]["publishTime"].is_string());
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
    acknowledge(&cloud, "sub-1", &got[..1]).await;
    tick(&cloud, "9s").await;
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
    tick(&cloud, "2s").await;
    let again = pull(&cloud, "sub-1").await;
    assert_eq!((again.len(), &again[0]["message"]["messageId"]), (1, &json!(ids[1])));
    // A late acknowledgement counts; the deadline can be moved, and ended.
    deadline(&cloud, "sub-1", &again[0], 600).await;
    tick(&cloud, "9m").await;
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
    deadline(&cloud, "sub-1", &again[0], 0).await;
    assert_eq!(pull(&cloud, "sub-1").await.len(), 1);
    acknowledge(&cloud, "sub-1", &got).await;
    tick(&cloud, "15m").await;
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
}

#[tokio::test]
async fn a_pull_waits_for_a_message() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    let url = format!("{PUBSUB}/subscriptions/sub-1:pull");
    let waiting = send(&cloud, "POST", &url, json!({"maxMessages": 1}));
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        publish(&cloud, "topic-1", &["late"]).await
    };
    let (got, _) = tokio::join!(waiting, later);
    assert_eq!(text(&got.json()["receivedMessages"][0]), "late");
}

#[tokio::test]
async fn what_was_acknowledged_by_publish_survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let first = with(|it| it.data = Some(path.clone())).await;
    make(&first, "topic-1", "sub-1", json!({})).await;
    make(&first, "topic-1", "sub-2", json!({"filter": "attributes:none"})).await;
    publish(&first, "topic-1", &["one", "two", "three"]).await;
    let got = pull(&first, "sub-1").await;
    acknowledge(&first, "sub-1", &got[1..2]).await;
    tick(&first, "1h").await;
    first.stop().await;
    let second = with(|it| it.data = Some(path.clone())).await;
    assert_eq!(texts(&second, "sub-1").await, ["one", "three"]);
    assert_eq!(texts(&second, "sub-2").await.len(), 0);
    // So did the time: what is published now comes an hour after.
    let before = got[0]["message"]["publishTime"].as_str().unwrap().to_owned();
    publish(&second, "topic-1", &["four"]).await;
    let later = pull(&second, "sub-1").await[0]["message"]["publishTime"].as_str().unwrap().to_owned();
    assert_ne!(before[..13], later[..13]);
    ok(&second, "DELETE", &format!("{PUBSUB}/subscriptions/sub-1"), Value::Null).await;
    second.stop().await;
    let third = with(|it| it.data = Some(path)).await;
    make(&third, "topic-1", "sub-1", json!({})).await;
    assert_eq!(pull(&third, "sub-1").await.len(), 0);
    third.stop().await;
}

#[tokio::test]
async fn messages_of_a_key_come_in_order() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({"enableMessageOrdering": true})).await;
    let of = |key: &str, text: &str| json!({"data": base64(text), "orderingKey": key});
    let messages = json!([of("a", "a1"), of("b", "b1"), of("a", "a2"), {"data": base64("c")}, of("a", "a3")]);
    publish_all(&cloud, "topic-1", messages).await;
    let url = format!("{PUBSUB}/subscriptions/sub-1:pull");
    let one = ok(&cloud, "POST", &url, json!({"maxMessages": 1})).await["receivedMessages"][0].clone();
    assert_eq!((text(&one), &one["message"]["orderingKey"]), ("a1".to_owned(), &json!("a")));
    // Another consumer gets nothing of that key meanwhile.
    let others = pull(&cloud, "sub-1").await;
    assert_eq!(others.iter().map(text).collect::<Vec<_>>(), ["b1", "c"]);
    acknowledge(&cloud, "sub-1", &others).await;
    deadline(&cloud, "sub-1", &one, 0).await;
    let rest = pull(&cloud, "sub-1").await;
    assert_eq!(rest.iter().map(text).collect::<Vec<_>>(), ["a1", "a2", "a3"]);
    // What was given back comes again together with what followed it.
    acknowledge(&cloud, "sub-1", &rest[..1]).await;
    deadline(&cloud, "sub-1", &rest[1], 0).await;
    assert_eq!(texts(&cloud, "sub-1").await, ["a2", "a3"]);
}

#[tokio::test]
async fn a_filter_lets_some_through() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({"filter": "attributes.lang = \"en\" AND NOT attributes:test"}))
        .await;
    let with = |text: &str, attributes: Value| json!({"data": base64(text), "attributes": attributes});
    let messages = json!([
        with("yes", json!({"lang": "en"})),
        with("no", json!({"lang": "nl"})),
        with("no", json!({"lang": "en", "test": "1"})),
    ]);
    publish_all(&cloud, "topic-1", messages).await;
    assert_eq!(texts(&cloud, "sub-1").await, ["yes"]);
    let bad = json!({"topic": "projects/p-1/topics/topic-1", "filter": "lang = en"});
    refused(&cloud, "PUT", &format!("{PUBSUB}/subscriptions/bad"), bad, 400, "Invalid filter").await;
}

#[tokio::test]
async fn a_retry_policy_makes_messages_wait_longer_and_longer() {
    let cloud = cloud().await;
    let policy = json!({"retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "30s"}});
    make(&cloud, "topic-1", "sub-1", policy).await;
    publish(&cloud, "topic-1", &["one"]).await;
    for wait in [10, 20, 30, 30] {
        let got = pull(&cloud, "sub-1").await;
        deadline(&cloud, "sub-1", &got[0], 0).await;
        tick(&cloud, &format!("{}s", wait - 2)).await;
        assert_eq!(pull(&cloud, "sub-1").await.len(), 0, "{wait}");
        tick(&cloud, "2s").await;
    }
}

/// Grants a role on a topic or subscription to Pub/Sub's agent.
async fn grant(cloud: &Running, resource: &str, role: &str) {
    let url = "https://cloudresourcemanager.googleapis.com/v1/projects/p-1";
    let number = ok(cloud, "GET", url, Value::Null).await["projectNumber"].as_str().unwrap().to_owned();
    let agent = format!("serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com");
    let policy = json!({"policy": {"bindings": [{"role": role, "members": [agent]}]}});
    ok(cloud, "POST", &format!("{PUBSUB}/{resource}:setIamPolicy"), policy).await;
}

#[tokio::test]
async fn what_fails_too_often_goes_to_the_dead_letter_topic_if_the_agent_may() {
    let cloud = cloud().await;
    make(&cloud, "dead", "of-dead", json!({})).await;
    let policy = json!({"deadLetterPolicy": {"deadLetterTopic": "projects/p-1/topics/dead", "maxDeliveryAttempts": 5}});
    make(&cloud, "topic-1", "sub-1", policy).await;
    publish_all(&cloud, "topic-1", json!([{"data": base64("bad"), "attributes": {"a": "b"}}])).await;
    for attempt in 1..=6 {
        let got = eventually(&cloud, "sub-1").await;
        assert_eq!(got[0]["deliveryAttempt"], attempt);
        deadline(&cloud, "sub-1", &got[0], 0).await;
    }
    // Without the agent's grants it stays.
    let got = eventually(&cloud, "sub-1").await;
    assert_eq!(pull(&cloud, "of-dead").await.len(), 0);
    grant(&cloud, "topics/dead", "roles/pubsub.publisher").await;
    grant(&cloud, "subscriptions/sub-1", "roles/pubsub.subscriber").await;
    deadline(&cloud, "sub-1", &got[0], 0).await;
    let letter = eventually(&cloud, "of-dead").await[0].clone();
    let attributes = &letter["message"]["attributes"];
    assert_eq!((text(&letter), &attributes["a"]), ("bad".to_owned(), &json!("b")));
    assert_eq!(attributes["CloudPubSubDeadLetterSourceDeliveryCount"], "7");
    assert_eq!(attributes["CloudPubSubDeadLetterSourceSubscription"], "sub-1");
    assert_eq!(attributes["CloudPubSubDeadLetterSourceSubscriptionProject"], "p-1");
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
}

#[tokio::test]
async fn messages_are_kept_as_long_as_they_are_retained() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({"messageRetentionDuration": "600s"})).await;
    publish(&cloud, "topic-1", &["old"]).await;
    tick(&cloud, "9m").await;
    publish(&cloud, "topic-1", &["new"]).await;
    tick(&cloud, "2m").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(texts(&cloud, "sub-1").await, ["new"]);
}

#[tokio::test]
async fn a_subscription_can_go_back_to_a_time() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "keeps", json!({"retainAckedMessages": true})).await;
    make(&cloud, "topic-1", "forgets", json!({})).await;
    let change =
        json!({"topic": {"messageRetentionDuration": "3600s"}, "updateMask": "messageRetentionDuration"});
    publish(&cloud, "topic-1", &["one"]).await;
    let got = [pull(&cloud, "keeps").await, pull(&cloud, "forgets").await];
    acknowledge(&cloud, "keeps", &got[0]).await;
    acknowledge(&cloud, "forgets", &got[1]).await;
    let seek = |time: Value| json!({ "time": time });
    let time = got[0][0]["message"]["publishTime"].clone();
    for (sub, want) in [("keeps", 1), ("forgets", 0)] {
        ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/{sub}:seek"), seek(time.clone())).await;
        assert_eq!(pull(&cloud, sub).await.len(), want, "{sub}");
    }
    // A topic that keeps messages keeps them for every subscription.
    ok(&cloud, "PATCH", &format!("{PUBSUB}/topics/topic-1"), change).await;
    publish(&cloud, "topic-1", &["two"]).await;
    let got = pull(&cloud, "forgets").await;
    acknowledge(&cloud, "forgets", &got).await;
    ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/forgets:seek"), seek(time.clone())).await;
    assert_eq!(texts(&cloud, "forgets").await, ["two"]);
    make(&cloud, "topic-1", "young", json!({})).await;
    ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/young:seek"), seek(time)).await;
    assert_eq!(texts(&cloud, "young").await, ["two"]);
    let future = seek(json!("2999-01-01T00:00:00Z"));
    ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/young:seek"), future).await;
    tick(&cloud, "1m").await;
    assert_eq!(pull(&cloud, "young").await.len(), 0);
}

#[tokio::test]
async fn a_snapshot_brings_back_what_was_not_acknowledged() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    publish(&cloud, "topic-1", &["one", "two"]).await;
    let got = pull(&cloud, "sub-1").await;
    acknowledge(&cloud, "sub-1", &got[..1]).await;
    let snapshot = format!("{PUBSUB}/snapshots/snap-1");
    ok(&cloud, "PUT", &snapshot, json!({"subscription": "projects/p-1/subscriptions/sub-1"})).await;
    refused(
        &cloud,
        "PUT",
        &snapshot,
        json!({"subscription": "projects/p-1/subscriptions/sub-1"}),
        409,
        "exists",
    )
    .await;
    publish(&cloud, "topic-1", &["three"]).await;
    acknowledge(&cloud, "sub-1", &got).await;
    let got = pull(&cloud, "sub-1").await;
    acknowledge(&cloud, "sub-1", &got).await;
    let seek = json!({"snapshot": "projects/p-1/snapshots/snap-1"});
    ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/sub-1:seek"), seek.clone()).await;
    assert_eq!(texts(&cloud, "sub-1").await, ["two", "three"]);
    make(&cloud, "topic-2", "sub-2", json!({})).await;
    refused(&cloud, "POST", &format!("{PUBSUB}/subscriptions/sub-2:seek"), seek, 400, "same topic").await;
    tick(&cloud, "8d").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    refused(&cloud, "GET", &snapshot, Value::Null, 404, "not found").await;
}

#[tokio::test]
async fn exactly_once_refuses_what_comes_too_late() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({"enableExactlyOnceDelivery": true})).await;
    publish(&cloud, "topic-1", &["one"]).await;
    let first = pull(&cloud, "sub-1").await;
    tick(&cloud, "11s").await;
    let second = pull(&cloud, "sub-1").await;
    let url = format!("{PUBSUB}/subscriptions/sub-1:acknowledge");
    let late = send(&cloud, "POST", &url, json!({"ackIds": [first[0]["ackId"]]})).await;
    assert_eq!(late.status, 400);
    let info = &late.json()["error"]["details"][0];
    let failure = &info["metadata"][first[0]["ackId"].as_str().unwrap()];
    assert_eq!(failure, "PERMANENT_FAILURE_INVALID_ACK_ID");
    acknowledge(&cloud, "sub-1", &second).await;
}

#[tokio::test]
async fn a_detached_subscription_gets_nothing() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    ok(&cloud, "POST", &format!("{PUBSUB}/subscriptions/sub-1:detach"), Value::Null).await;
    publish(&cloud, "topic-1", &["one"]).await;
    let url = format!("{PUBSUB}/subscriptions/sub-1:pull");
    refused(&cloud, "POST", &url, json!({"maxMessages": 1}), 400, "detached").await;
}

#[tokio::test]
async fn messages_are_held_to_the_schema_of_their_topic() {
    let cloud = cloud().await;
    let definition = json!({"type": "record", "name": "Event", "fields": [
        {"name": "id", "type": "long"}, {"name": "country", "type": ["null", "string"]}]});
    let schema = json!({"type": "AVRO", "definition": definition.to_string()});
    let made = ok(&cloud, "POST", &format!("{PUBSUB}/schemas?schemaId=events"), schema.clone()).await;
    let settings = json!({"schemaSettings": {"schema": "projects/p-1/schemas/events", "encoding": "JSON"}});
    ok(&cloud, "PUT", &format!("{PUBSUB}/topics/topic-1"), settings).await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    publish(&cloud, "topic-1", &[r#"{"id": 1, "country": {"string": "NL"}}"#]).await;
    let url = format!("{PUBSUB}/topics/topic-1:publish");
    let bad = json!({"messages": [{"data": base64(r#"{"id": "1", "country": null}"#)}]});
    refused(&cloud, "POST", &url, bad, 400, "schema validation").await;
    let attributes = pull(&cloud, "sub-1").await[0]["message"]["attributes"].clone();
    assert_eq!(attributes["googclient_schemarevisionid"], made["revisionId"]);
    let message = |text: &str| json!({"schema": schema, "encoding": "JSON", "message": base64(text)});
    let url = format!("{PUBSUB}/schemas:validateMessage");
    ok(&cloud, "POST", &url, message(r#"{"id": 1, "country": null}"#)).await;
    refused(&cloud, "POST", &url, message("{}"), 400, "missing").await;
    let proto = json!({"type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M {}"});
    let body = json!({"schema": proto, "encoding": "JSON", "message": base64("{}")});
    refused(&cloud, "POST", &url, body, 501, "AVRO schemas only").await;
}

#[tokio::test]
async fn limits_and_what_is_missing() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    let url = format!("{PUBSUB}/topics/topic-1:publish");
    refused(&cloud, "POST", &url, json!({}), 400, "at least one").await;
    refused(&cloud, "POST", &url, json!({"messages": [{"orderingKey": "x"}]}), 400, "empty").await;
    let many = vec![json!({"data": "eA=="}); 1001];
    refused(&cloud, "POST", &url, json!({ "messages": many }), 400, "maximum value is 1000").await;
    let none = format!("{PUBSUB}/topics/none:publish");
    refused(&cloud, "POST", &none, json!({"messages": [{"data": "eA=="}]}), 404, "not found").await;
    let sub = format!("{PUBSUB}/subscriptions/sub-1");
    refused(&cloud, "POST", &format!("{sub}:pull"), json!({}), 400, "max_messages").await;
    refused(&cloud, "POST", &format!("{sub}:acknowledge"), json!({"ackIds": ["x"]}), 400, "invalid ack ID")
        .await;
    refused(&cloud, "POST", &format!("{sub}:acknowledge"), json!({}), 400, "ack IDs").await;
    refused(&cloud, "POST", "http://localhost/_local/tick?by=soon", Value::Null, 400, "By how long?").await;
    let token = "local.someone@example.com";
    let denied = send_as(&cloud, token, "POST", &url, json!({"messages": [{"data": "eA=="}]})).await;
    assert_eq!(denied.status, 403);
}

#[tokio::test]
async fn a_subscription_that_nobody_uses_is_deleted_in_the_end() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "idle", json!({"expirationPolicy": {"ttl": "86400s"}})).await;
    make(&cloud, "topic-1", "never", json!({"expirationPolicy": {}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    tick(&cloud, "25h").await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    refused(&cloud, "GET", &format!("{PUBSUB}/subscriptions/idle"), Value::Null, 404, "not found").await;
    ok(&cloud, "GET", &format!("{PUBSUB}/subscriptions/never"), Value::Null).await;
}

#[tokio::test]
async fn a_reset_forgets_messages_too() {
    let cloud = cloud().await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    publish(&cloud, "topic-1", &["one"]).await;
    let state = ok(&cloud, "GET", "http://localhost/_local/state", Value::Null).await;
    assert_eq!(state["backlogs"], json!({"projects/p-1/subscriptions/sub-1": 1}));
    tick(&cloud, "1h").await;
    ok(&cloud, "POST", "http://localhost/_local/reset", Value::Null).await;
    make(&cloud, "topic-1", "sub-1", json!({})).await;
    assert_eq!(pull(&cloud, "sub-1").await.len(), 0);
    publish(&cloud, "topic-1", &["two"]).await;
    assert_eq!(texts(&cloud, "sub-1").await, ["two"]);
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let cloud = cloud().await;
    let transforms = json!([{"javascriptUdf": {"functionName": "f", "code": "function f(m) { return m; }"}}]);
    make(&cloud, "topic-1", "sub-1", json!({ "messageTransforms": transforms })).await;
    publish(&cloud, "topic-1", &["one"]).await;
    let url = format!("{PUBSUB}/subscriptions/sub-1:pull");
    refused(&cloud, "POST", &url, json!({"maxMessages": 1}), 501, "transforms").await;
}
