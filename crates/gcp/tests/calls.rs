//! What the kinds that are not like the others ask of Google, call by call.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod google;

use std::sync::Arc;

use engine::{Change, Driver, Fact, Intention, Live, Place, Terms, Update, diff};
use gcp::kinds::by_token;
use google::{Fake, session};
use serde_json::{Value, json};

struct World {
    fake: Arc<Fake>,
    session: engine::Session,
}

impl World {
    fn new() -> World {
        let fake = Arc::new(Fake::default());
        World { session: session(&fake), fake }
    }

    async fn create(&self, kind: &str, inputs: &Value) -> Live {
        self.session.forget_reads();
        let at = Place { inputs, id: None, others: &[] };
        driver(kind).create(&self.session, at).await.unwrap_or_else(|it| panic!("{it}\n{}", self.fake.told()))
    }

    /// From what was declared last time, which is taken as live, to what is declared now.
    async fn update(&self, kind: &str, live: &Live, last: &Value, desired: &Value) -> Live {
        self.session.forget_reads();
        let at = Place { inputs: desired, id: Some(&live.id), others: &[] };
        let changes = changes(driver(kind), desired, last, live);
        let update = Update { at, desired, last: Some(last), live, changes: &changes };
        driver(kind)
            .update(&self.session, update)
            .await
            .unwrap_or_else(|it| panic!("{it}\n{}", self.fake.told()))
    }

    async fn delete(&self, kind: &str, live: &Live, inputs: &Value) {
        self.session.forget_reads();
        let at = Place { inputs, id: Some(&live.id), others: &[] };
        driver(kind)
            .delete(&self.session, at)
            .await
            .unwrap_or_else(|it| panic!("{it}\n{}", self.fake.told()));
    }

    /// The calls since the last time, all as Google describes them.
    fn told(&self) -> String {
        let problems = self.fake.with(|it| std::mem::take(&mut it.problems));
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        self.fake.told()
    }
}

fn driver(kind: &str) -> &'static dyn Driver {
    by_token(kind).unwrap()
}

fn changes(driver: &dyn Driver, desired: &Value, last: &Value, live: &Live) -> Vec<Change> {
    let identity = driver.identity();
    let mut leave = identity.clone();
    leave.extend(driver.ours());
    leave.push("project");
    let facts = driver.facts();
    diff(Terms { shape: facts.shape, rules: facts.rules, identity: &leave }, desired, Some(last), &live.state)
}

/// A declaration with some fields another.
fn with(inputs: &Value, fields: Value) -> Value {
    let mut out = inputs.clone();
    for (name, value) in fields.as_object().unwrap() {
        out[name] = value.clone();
    }
    out
}

#[tokio::test]
async fn transfer_config() {
    const KIND: &str = "gcp:bigquerydatatransfer/v1:TransferConfig";
    let world = World::new();
    let first = json!({
        "project": "p", "location": "europe-west1", "displayName": "load", "dataSourceId": "google_cloud_storage",
        "destinationDatasetId": "d", "schedule": "every 15 minutes", "serviceAccountName": "t@p.iam.gserviceaccount.com",
        "params": { "data_path_template": "gs://b/*.json", "destination_table_name_template": "t", "max_bad_records": 1 },
    });
    let live = world.create(KIND, &first).await;
    let second = with(
        &first,
        json!({ "schedule": "every 24 hours", "serviceAccountName": "u@p.iam.gserviceaccount.com" }),
    );
    let live = world.update(KIND, &live, &first, &second).await;
    world.delete(KIND, &live, &second).await;
    insta::assert_snapshot!(world.told());

    let moved = with(&second, json!({ "params": { "data_path_template": "gs://c/*.json" } }));
    let replacing = changes(driver(KIND), &moved, &second, &live);
    assert!(
        replacing.iter().any(|it| it.path.to_string() == "params.data_path_template" && it.replaces),
        "{replacing:?}"
    );
}

#[tokio::test]
async fn a_transfer_is_found_by_what_it_is_called() {
    const KIND: &str = "gcp:bigquerydatatransfer/v1:TransferConfig";
    let world = World::new();
    let inputs =
        json!({ "project": "p", "location": "eu", "displayName": "load", "dataSourceId": "scheduled_query" });
    let name = "projects/1/locations/eu/transferConfigs/abc";
    let there = with(&inputs, json!({ "name": name }));
    world.fake.put("v1/projects/p/locations/eu/transferConfigs/abc", there);
    let found =
        driver(KIND).read(&world.session, Place { inputs: &inputs, id: None, others: &[] }).await.unwrap();
    assert_eq!(found.map(|it| it.id).as_deref(), Some(name));
}

#[tokio::test]
async fn service_account() {
    const KIND: &str = "gcp:iam/v1:ServiceAccount";
    let world = World::new();
    let first = json!({ "project": "p", "name": "api-account", "displayName": "API" });
    let live = world.create(KIND, &first).await;
    let second = with(&first, json!({ "displayName": "The API", "disabled": true }));
    let live = world.update(KIND, &live, &first, &second).await;
    let live = world.update(KIND, &live, &second, &json!({ "project": "p", "name": "api-account" })).await;
    world.delete(KIND, &live, &first).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn members_go_in_one_write_and_leave_those_of_others() {
    const KIND: &str = "gcp:storage/v1:BucketIamMember";
    let world = World::new();
    let others = json!({ "etag": "etag-0", "bindings": [{ "role": "roles/storage.admin", "members": ["user:boss@example.com"] }] });
    world.fake.with(|it| it.policies.insert("storage/v1/b/exports".to_owned(), others));
    world.fake.refuse(
        "PUT storage/v1/b/exports/iam",
        412,
        json!({ "error": { "code": 412, "message": "conditionNotMet" } }),
    );
    let member = |role: &str| json!({ "project": "p", "bucket": "exports", "role": role, "member": "serviceAccount:a@p.iam.gserviceaccount.com" });
    let (one, two) = (member("roles/storage.objectCreator"), member("roles/storage.legacyBucketReader"));
    let (live, _) = tokio::join!(world.create(KIND, &one), world.create(KIND, &two));
    world.delete(KIND, &live, &one).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn each_api_reads_and_writes_its_policies_in_its_way() {
    let world = World::new();
    world.fake.put(
        "bigquery/v2/projects/p/datasets/d",
        json!({ "etag": "etag-0", "access": [{ "role": "OWNER", "specialGroup": "projectOwners" }] }),
    );
    let who = json!({ "project": "p", "role": "roles/viewer", "member": "user:Me@example.com" });
    let condition =
        json!({ "condition": { "title": "office hours", "expression": "request.time.getHours() < 18" } });
    let kinds = [
        ("gcp:cloudresourcemanager/v3:ProjectIamMember", condition),
        ("gcp:iam/v1:ServiceAccountIamMember", json!({ "serviceAccount": "a@p.iam.gserviceaccount.com" })),
        ("gcp:pubsub/v1:TopicIamMember", json!({ "topic": "projects/q/topics/t" })),
        ("gcp:run/v2:RunServiceIamMember", json!({ "location": "eu", "service": "s" })),
        ("gcp:bigquery/v2:DatasetIamMember", json!({ "dataset": "d" })),
    ];
    let mut ids = Vec::new();
    for (kind, resource) in kinds {
        let live = world.create(kind, &with(&who, resource)).await;
        ids.push(live.id);
    }
    insta::assert_snapshot!(format!("{}\n\n{}", world.told(), ids.join("\n")));
}

#[tokio::test]
async fn a_bucket_is_emptied_first() {
    const KIND: &str = "gcp:storage/v1:Bucket";
    let world = World::new();
    let inputs = json!({ "project": "p", "name": "exports", "location": "EU", "lifecycle": { "rule": [
        { "action": { "type": "Delete" }, "condition": { "age": 30 } },
    ] } });
    let live = world.create(KIND, &inputs).await;
    let without =
        json!({ "project": "p", "name": "exports", "location": "EU", "labels": { "team": "data" } });
    let live = world.update(KIND, &live, &inputs, &without).await;
    for (name, generation) in [("a/b.json", "1"), ("a/b.json", "2"), ("c", "7")] {
        world.fake.put(
            &format!("storage/v1/b/exports/o/{name}-{generation}").replace("a/b", "a%2Fb"),
            json!({ "name": name, "generation": generation }),
        );
    }
    let at = Place { inputs: &without, id: None, others: &[] };
    let foreseen = driver(KIND).foresee(&world.session, at, &live, Intention::Delete).await;
    assert_eq!(foreseen, ["it is not empty: empty it, or declare it with force_destroy and apply first"]);
    world.delete(KIND, &live, &with(&without, json!({ "forceDestroy": true }))).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn secret_version() {
    const KIND: &str = "gcp:secretmanager/v1:SecretVersion";
    let world = World::new();
    let first =
        json!({ "project": "p", "secret": "projects/p/secrets/s", "payload": engine::secret(json!("hush")) });
    let live = world.create(KIND, &first).await;
    assert!(!live.state.to_string().contains("hush") && !live.state.to_string().contains("aHVzaA"));
    let second = with(&first, json!({ "disabled": true }));
    let live = world.update(KIND, &live, &first, &second).await;
    world.delete(KIND, &live, &second).await;
    insta::assert_snapshot!(world.told());

    let other = with(&first, json!({ "payload": engine::secret(json!("other")) }));
    let replacing = changes(driver(KIND), &other, &first, &live);
    assert!(replacing.iter().any(|it| it.path.is_top("payload") && it.replaces), "{replacing:?}");
    assert!(!format!("{:?}", engine::mask(&serde_json::to_value(&replacing).unwrap())).contains("other"));
}

#[tokio::test]
async fn template_job() {
    const KIND: &str = "gcp:dataflow/v1b3:TemplateJob";
    let world = World::new();
    let first = json!({
        "project": "p", "location": "europe-west1", "name": "stream", "gcsPath": "gs://dataflow-templates/latest/PubSub_to_BigQuery",
        "parameters": { "inputTopic": "projects/p/topics/t" }, "environment": { "maxWorkers": 2 }, "onDelete": "drain",
    });
    let live = world.create(KIND, &first).await;
    let second =
        with(&first, json!({ "environment": { "maxWorkers": 4 }, "transformNameMapping": { "old": "new" } }));
    let newer = world.update(KIND, &live, &first, &second).await;
    assert_ne!(newer.id, live.id);
    // The ledger may still have the job that was replaced.
    let at = Place { inputs: &second, id: Some(&live.id), others: &[] };
    let found = driver(KIND).read(&world.session, at).await.unwrap();
    assert_eq!(found.map(|it| it.id), Some(newer.id.clone()));
    world.delete(KIND, &newer, &second).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn a_job_that_fails_as_it_starts_says_where_to_look() {
    const KIND: &str = "gcp:dataflow/v1b3:TemplateJob";
    let world = World::new();
    let inputs = json!({ "project": "p", "location": "eu", "name": "stream", "gcsPath": "gs://b/t" });
    let job = json!({ "job": { "id": "1", "name": "stream", "currentState": "JOB_STATE_FAILED" } });
    world.fake.refuse("POST v1b3/projects/p/locations/eu/templates:launch", 200, job);
    let failure = driver(KIND)
        .create(&world.session, Place { inputs: &inputs, id: None, others: &[] })
        .await
        .unwrap_err();
    assert_eq!(failure.to_string(), "the job ended as JOB_STATE_FAILED before it ran");
    assert_eq!(
        failure.hint().as_deref(),
        Some("see why at https://console.cloud.google.com/dataflow/jobs/eu/1?project=p")
    );
}

#[tokio::test]
async fn a_batch_that_is_done_is_there() {
    const KIND: &str = "gcp:dataflow/v1b3:TemplateJob";
    let world = World::new();
    let inputs = json!({ "project": "p", "location": "eu", "name": "batch", "gcsPath": "gs://b/t" });
    for (state, there) in [("DONE", true), ("CANCELLED", false), ("FAILED", false), ("RUNNING", true)] {
        let job = json!({ "id": "1", "name": "other", "type": "JOB_TYPE_BATCH", "currentState": format!("JOB_STATE_{state}") });
        world.fake.put("v1b3/projects/p/locations/eu/jobs/1", job);
        let at = Place { inputs: &inputs, id: Some("1"), others: &[] };
        assert_eq!(driver(KIND).read(&world.session, at).await.unwrap().is_some(), there, "{state}");
    }
}

#[tokio::test]
async fn run_service() {
    const KIND: &str = "gcp:run/v2:Service";
    let world = World::new();
    let container = |image: &str| json!({ "image": image, "env": [{ "name": "A", "value": "1" }] });
    let first = json!({
        "project": "p", "location": "europe-west1", "name": "api", "labels": { "team": "data" },
        "template": { "containers": [container("img:1")], "scaling": { "maxInstanceCount": 3 } },
    });
    let mut live = world.create(KIND, &first).await;
    // What others and the server added.
    let state = &mut live.state;
    state["etag"] = json!("\"e1\"");
    state["client"] = json!("gcloud");
    state["uri"] = json!("https://api.run.app");
    state["labels"]["of-others"] = json!("kept");
    state["template"]["revision"] = json!("api-00001-abc");
    state["template"]["timeout"] = json!("300s");
    state["template"]["containers"][0]["resources"] =
        json!({ "limits": { "cpu": "1000m", "memory": "512Mi" } });
    let second = with(&first, json!({ "template": { "containers": [container("img:2")] } }));
    let live = world.update(KIND, &live, &first, &second).await;
    world.delete(KIND, &live, &second).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn a_pool_that_was_deleted_comes_back() {
    const KIND: &str = "gcp:iam/v1:WorkloadIdentityPool";
    let world = World::new();
    let inputs = json!({ "project": "p", "name": "github", "displayName": "GitHub" });
    world.fake.put(
        "v1/projects/p/locations/global/workloadIdentityPools/github",
        json!({ "state": "DELETED", "displayName": "old" }),
    );
    let at = Place { inputs: &inputs, id: None, others: &[] };
    assert_eq!(driver(KIND).read(&world.session, at).await.unwrap(), None);
    let live = world.create(KIND, &inputs).await;
    assert_eq!((&live.state["state"], &live.state["displayName"]), (&json!("ACTIVE"), &json!("GitHub")));
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn a_view_is_in_googlesql_and_described_after() {
    const KIND: &str = "gcp:bigquery/v2:Table";
    let world = World::new();
    let inputs = json!({
        "project": "p", "dataset": "d", "name": "v", "view": { "query": "SELECT 1 AS one" },
        "schema": { "fields": [{ "name": "one", "type": "INT64", "description": "One" }] },
    });
    world.create(KIND, &inputs).await;
    insta::assert_snapshot!(world.told());
}

#[tokio::test]
async fn a_policy_that_cannot_be_written_whole_is_written_one_by_one() {
    const KIND: &str = "gcp:pubsub/v1:TopicIamMember";
    let world = World::new();
    let refused =
        json!({ "error": { "code": 400, "message": "no such user", "status": "INVALID_ARGUMENT" } });
    let stale = json!({ "error": { "code": 409, "message": "concurrent change", "status": "ABORTED" } });
    // The first by itself, so that the second joins it; the two together; and then the first of them.
    world.fake.refuse("POST v1/projects/p/topics/t:setIamPolicy", 409, stale);
    world.fake.refuse("POST v1/projects/p/topics/t:setIamPolicy", 400, refused.clone());
    world.fake.refuse("POST v1/projects/p/topics/t:setIamPolicy", 400, refused);
    let member =
        |who: &str| json!({ "project": "p", "topic": "t", "role": "roles/pubsub.publisher", "member": who });
    let (bad, good) = (member("user:nobody@example.com"), member("user:somebody@example.com"));
    let place = |inputs| Place { inputs, id: None, others: &[] };
    let (one, two) = tokio::join!(
        driver(KIND).create(&world.session, place(&bad)),
        driver(KIND).create(&world.session, place(&good)),
    );
    assert!(one.unwrap_err().to_string().contains("no such user"));
    assert!(two.is_ok());
}

const TABLE: &str = "gcp:bigquery/v2:Table";

#[tokio::test]
async fn a_views_query_and_columns_change_in_two_calls() {
    let world = World::new();
    let view = |query: &str, column: &str| {
        json!({
            "project": "p", "dataset": "d", "name": "v", "view": { "query": query },
            "schema": { "fields": [{ "name": column, "type": "STRING", "description": "said" }] },
        })
    };
    let (first, second) = (view("SELECT a FROM t", "a"), view("SELECT b FROM t", "b"));
    let live = world.create(TABLE, &first).await;
    world.told();
    let live = world.update(TABLE, &live, &first, &second).await;
    let told = world.told();
    let calls: Vec<&str> = told.lines().collect();
    assert_eq!(calls.len(), 4, "{told}");
    assert!(calls[1].contains("SELECT b") && !calls[1].contains("schema"), "{told}");
    assert!(calls[3].contains("schema") && !calls[3].contains("SELECT"), "{told}");
    assert!(changes(driver(TABLE), &second, &second, &live).is_empty());
    assert_eq!(driver(TABLE).holds(&live), None, "a view stores nothing");
}

#[tokio::test]
async fn a_column_is_dropped_by_consent() {
    let world = World::new();
    world.fake.put("bigquery/v2/projects/p/datasets/d", json!({ "location": "EU" }));
    let table = |columns: &[&str], consent: bool| {
        let fields: Vec<Value> = columns.iter().map(|it| json!({ "name": it, "type": "STRING" })).collect();
        json!({ "project": "p", "dataset": "d", "name": "t", "schema": { "fields": fields }, "dropColumns": consent })
    };
    let (first, second) = (table(&["a", "b", "c`x"], true), table(&["a"], true));
    let live = world.create(TABLE, &first).await;
    assert_eq!(driver(TABLE).holds(&live), Some("what is stored in it"));
    let found = changes(driver(TABLE), &second, &first, &live);
    assert!(
        found.len() == 2 && found.iter().all(|it| it.replaces && driver(TABLE).in_place(&second, it)),
        "{found:?}"
    );
    let without = table(&["a"], false);
    assert!(found.iter().all(|it| !driver(TABLE).in_place(&without, it)));
    // Another type is no column that goes.
    let retyped = json!({ "project": "p", "dataset": "d", "name": "t", "dropColumns": true, "schema": { "fields": [
        { "name": "a", "type": "INT64" }, { "name": "b", "type": "STRING" }, { "name": "c`x", "type": "STRING" }] } });
    let found = changes(driver(TABLE), &retyped, &first, &live);
    assert!(found.iter().any(|it| it.replaces && !driver(TABLE).in_place(&retyped, it)), "{found:?}");
    world.told();
    let answer = engine::Answer { status: 200, retry_after: None, body: json!({ "jobComplete": true }) };
    world.fake.with(|it| it.instead.push(("POST bigquery/v2/projects/p/queries".to_owned(), answer)));
    world.update(TABLE, &live, &first, &second).await;
    let told = world.told();
    let want = r#""query":"ALTER TABLE `p.d.t` DROP COLUMN IF EXISTS `b`, DROP COLUMN IF EXISTS `c\\`x`""#;
    assert!(told.contains(want) && told.contains(r#""location":"EU""#), "{told}");
}

#[test]
fn what_holds_something_says_what_is_lost_with_it() {
    let live = Live { id: String::new(), state: json!({}) };
    let holds = |kind: &str| driver(kind).holds(&live);
    assert_eq!(holds("gcp:pubsub/v1:Subscription"), Some("the messages in it that nobody has received"));
    for kind in ["gcp:pubsub/v1:Topic", "gcp:storage/v1:Bucket", "gcp:bigquery/v2:Dataset", TABLE] {
        assert_eq!(holds(kind), Some("what is stored in it"), "{kind}");
    }
    let external = Live { id: String::new(), state: json!({ "externalDataConfiguration": {} }) };
    assert_eq!(driver(TABLE).holds(&external), None);
    assert_eq!(holds("gcp:run/v2:Service"), None);
}

/// A job whose container reads a secret, and the operation that fails because its account may not yet.
fn job_with_a_secret() -> (Value, Value) {
    let account = "api@p.iam.gserviceaccount.com";
    let reference = json!({ "secretKeyRef": { "secret": "key", "version": "1" } });
    let container = json!({ "image": "i", "env": [{ "name": "KEY", "valueSource": reference }] });
    let inputs = json!({
        "project": "p", "location": "europe-west1", "name": "j",
        "template": { "template": { "serviceAccount": account, "containers": [container] } },
    });
    let message = format!(
        "Permission denied on secret: projects/7/secrets/key/versions/1 for Revision service account {account}."
    );
    (inputs, json!({ "name": "operations/1", "done": true, "error": { "code": 9, "message": message } }))
}

fn granted(resource: &str) -> Fact {
    Fact::Granted {
        role: "roles/secretmanager.secretAccessor".to_owned(),
        member: "serviceAccount:api@p.iam.gserviceaccount.com".to_owned(),
        resource: resource.to_owned(),
    }
}

#[tokio::test]
async fn an_operation_that_fails_because_a_grant_is_not_seen_yet_is_begun_again() {
    const KIND: &str = "gcp:run/v2:Job";
    let (inputs, failed) = job_with_a_secret();
    let world = World::new();
    world.session.note(granted("projects/p/secrets/key"));
    let path = "v2/projects/p/locations/europe-west1/jobs";
    // The failed operation has made the job, whose name the second try needs.
    world.fake.put(&format!("{path}/j"), inputs.clone());
    world.fake.refuse(&format!("POST {path}"), 200, failed.clone());
    let live = world.create(KIND, &inputs).await;
    let verbs = |told: &str| -> Vec<String> {
        told.lines().filter_map(|it| it.split_once(" v2/").map(|it| it.0.to_owned())).collect()
    };
    let told = world.told();
    let changes: Vec<String> = verbs(&told).into_iter().filter(|it| it != "GET").collect();
    assert_eq!(changes, ["POST", "DELETE", "POST"], "{told}");

    let second = with(&inputs, json!({ "labels": { "a": "b" } }));
    world.fake.refuse(&format!("PATCH {path}/j"), 200, failed);
    world.update(KIND, &live, &inputs, &second).await;
    let told = world.told();
    let changes: Vec<String> = verbs(&told).into_iter().filter(|it| it != "GET").collect();
    assert_eq!(changes, ["PATCH", "PATCH"], "{told}");
}

#[tokio::test]
async fn an_operation_that_fails_for_another_reason_fails_at_once() {
    const KIND: &str = "gcp:run/v2:Job";
    let (inputs, failed) = job_with_a_secret();
    let world = World::new();
    // Another account's grant explains nothing.
    world.session.note(Fact::Account { email: "other@p.iam.gserviceaccount.com".to_owned() });
    let path = "v2/projects/p/locations/europe-west1/jobs";
    world.fake.refuse(&format!("POST {path}"), 200, failed);
    let at = Place { inputs: &inputs, id: None, others: &[] };
    let failure = driver(KIND).create(&world.session, at).await.unwrap_err();
    assert!(failure.to_string().contains("Permission denied on secret"), "{failure}");
    let told = world.told();
    assert!(!told.contains("DELETE") && told.matches("POST").count() == 1, "{told}");
}
