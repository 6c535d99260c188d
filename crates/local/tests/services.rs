//! What single services decide.

mod client;

use client::{cloud, raw, send};
use local::Running;
use serde_json::{Value, json};

const PUBSUB: &str = "https://pubsub.googleapis.com/v1/projects/p-1";
const STORAGE: &str = "https://storage.googleapis.com/storage/v1";
const BIGQUERY: &str = "https://bigquery.googleapis.com/bigquery/v2/projects/p-1";

/// Sends a request that must succeed.
async fn ok(cloud: &Running, method: &str, url: &str, body: Value) -> Value {
    let got = send(cloud, method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {got:?} {}", got.message());
    got.json()
}

/// Sends a request that must be refused so.
async fn refused(cloud: &Running, method: &str, url: &str, body: Value, status: u16, words: &str) {
    let got = send(cloud, method, url, body).await;
    assert!(
        got.status == status && got.message().contains(words),
        "{method} {url}: {} {}",
        got.status,
        got.message()
    );
}

#[tokio::test]
async fn a_deleted_topic_leaves_its_subscriptions() {
    let cloud = cloud().await;
    let (topic, sub) = (format!("{PUBSUB}/topics/topic-1"), format!("{PUBSUB}/subscriptions/sub-1"));
    refused(&cloud, "PUT", &sub, json!({"topic": "projects/p-1/topics/topic-1"}), 404, "(resource=topic-1)")
        .await;
    ok(&cloud, "PUT", &topic, json!({})).await;
    refused(&cloud, "PUT", &topic, json!({}), 409, "already exists").await;
    let made = ok(&cloud, "PUT", &sub, json!({"topic": "projects/p-1/topics/topic-1"})).await;
    assert_eq!(
        (&made["ackDeadlineSeconds"], &made["expirationPolicy"]["ttl"]),
        (&json!(10), &json!("2678400s"))
    );
    ok(&cloud, "DELETE", &topic, Value::Null).await;
    assert_eq!(ok(&cloud, "GET", &sub, Value::Null).await["topic"], "_deleted-topic_");
    let change = json!({"subscription": {"filter": "x"}, "updateMask": "filter"});
    refused(&cloud, "PATCH", &sub, change, 400, "update_mask").await;
}

#[tokio::test]
async fn a_subscription_to_a_bucket_needs_its_writers_grant() {
    let cloud = cloud().await;
    ok(&cloud, "PUT", &format!("{PUBSUB}/topics/topic-1"), json!({})).await;
    ok(&cloud, "POST", &format!("{STORAGE}/b?project=p-1"), json!({"name": "bucket-1"})).await;
    let sub = format!("{PUBSUB}/subscriptions/sub-1");
    let body = json!({"topic": "projects/p-1/topics/topic-1", "cloudStorageConfig": {"bucket": "bucket-1"}});
    refused(&cloud, "PUT", &sub, body.clone(), 403, "does not have permission").await;
    let number = ok(
        &cloud,
        "GET",
        "https://cloudresourcemanager.googleapis.com/v1/projects/p-1",
        Value::Null,
    )
    .await["projectNumber"]
        .clone();
    let agent =
        format!("serviceAccount:service-{}@gcp-sa-pubsub.iam.gserviceaccount.com", number.as_str().unwrap());
    let iam = format!("{STORAGE}/b/bucket-1/iam");
    let mut policy = ok(&cloud, "GET", &iam, Value::Null).await;
    for role in ["roles/storage.objectCreator", "roles/storage.legacyBucketReader"] {
        policy["bindings"].as_array_mut().unwrap().push(json!({"role": role, "members": [agent]}));
    }
    ok(&cloud, "PUT", &iam, policy).await;
    let made = ok(&cloud, "PUT", &sub, body).await;
    assert_eq!(made["cloudStorageConfig"]["textConfig"], json!({}));
    assert_eq!(
        (&made["cloudStorageConfig"]["maxDuration"], &made["ackDeadlineSeconds"]),
        (&json!("300s"), &json!(300))
    );
}

#[tokio::test]
async fn a_bucket_must_be_empty_to_be_deleted() {
    let cloud = cloud().await;
    let bucket = format!("{STORAGE}/b/bucket-1");
    let make = json!({"name": "bucket-1", "location": "europe-west1", "versioning": {"enabled": true}});
    let made = ok(&cloud, "POST", &format!("{STORAGE}/b?project=p-1"), make.clone()).await;
    assert_eq!((&made["location"], &made["locationType"]), (&json!("EUROPE-WEST1"), &json!("region")));
    refused(&cloud, "POST", &format!("{STORAGE}/b?project=p-1"), make.clone(), 409, "you already own it")
        .await;
    refused(&cloud, "POST", &format!("{STORAGE}/b?project=p-2"), make, 409, "is not available").await;
    let upload =
        "https://storage.googleapis.com/upload/storage/v1/b/bucket-1/o?uploadType=media&name=a%2Fb.csv";
    let first = raw(&cloud, "POST", upload, &[("Content-Type", "text/csv")], b"1,2").await.unwrap().json();
    assert_eq!((&first["size"], &first["contentType"]), (&json!("3"), &json!("text/csv")));
    raw(&cloud, "POST", upload, &[("Content-Type", "text/csv")], b"3,4,5").await.unwrap();
    let media = raw(&cloud, "GET", &format!("{bucket}/o/a%2Fb.csv?alt=media"), &[("Range", "bytes=2-")], b"")
        .await
        .unwrap();
    assert_eq!((media.status, &media.body[..]), (206, &b"4,5"[..]));
    refused(&cloud, "DELETE", &bucket, Value::Null, 409, "not empty").await;
    let listed = ok(&cloud, "GET", &format!("{bucket}/o?versions=true"), Value::Null).await;
    let versions = listed["items"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    for version in versions {
        let generation = version["generation"].as_str().unwrap();
        ok(&cloud, "DELETE", &format!("{bucket}/o/a%2Fb.csv?generation={generation}"), Value::Null).await;
    }
    let folders = ok(&cloud, "GET", &format!("{bucket}/o?delimiter=/"), Value::Null).await;
    assert_eq!(folders, json!({"kind": "storage#objects"}));
    ok(&cloud, "DELETE", &bucket, Value::Null).await;
}

#[tokio::test]
async fn preconditions_of_storage_are_held() {
    let cloud = cloud().await;
    ok(
        &cloud,
        "POST",
        &format!("{STORAGE}/b?project=p-1"),
        json!({"name": "bucket-1", "labels": {"a": "1", "b": "2"}}),
    )
    .await;
    let bucket = format!("{STORAGE}/b/bucket-1");
    refused(&cloud, "PATCH", &format!("{bucket}?ifMetagenerationMatch=9"), json!({}), 412, "pre-conditions")
        .await;
    let changed =
        ok(&cloud, "PATCH", &format!("{bucket}?ifMetagenerationMatch=1"), json!({"labels": {"a": null}}))
            .await;
    assert_eq!((&changed["labels"], &changed["metageneration"]), (&json!({"b": "2"}), &json!("2")));
    let upload = "https://storage.googleapis.com/upload/storage/v1/b/bucket-1/o?uploadType=media&name=lock&ifGenerationMatch=0";
    assert_eq!(raw(&cloud, "POST", upload, &[], b"1").await.unwrap().status, 200);
    assert_eq!(raw(&cloud, "POST", upload, &[], b"2").await.unwrap().status, 412);
    let iam = format!("{bucket}/iam");
    let policy = ok(&cloud, "GET", &iam, Value::Null).await;
    ok(&cloud, "PUT", &iam, policy.clone()).await;
    refused(&cloud, "PUT", &iam, policy, 412, "pre-conditions").await;
}

#[tokio::test]
async fn folders_are_made_within_folders() {
    let cloud = cloud().await;
    let uniform = json!({"uniformBucketLevelAccess": {"enabled": true}});
    let make =
        json!({"name": "bucket-1", "iamConfiguration": uniform, "hierarchicalNamespace": {"enabled": true}});
    ok(&cloud, "POST", &format!("{STORAGE}/b?project=p-1"), make).await;
    let bucket = format!("{STORAGE}/b/bucket-1");
    let folders = format!("{bucket}/folders");
    refused(&cloud, "POST", &folders, json!({"name": "a/b"}), 404, "parent folder").await;
    let made = ok(&cloud, "POST", &format!("{folders}?recursive=true"), json!({"name": "a/b"})).await;
    assert_eq!((&made["name"], &made["kind"]), (&json!("a/b/"), &json!("storage#folder")));
    assert_eq!(ok(&cloud, "GET", &folders, Value::Null).await["items"].as_array().unwrap().len(), 2);
    refused(&cloud, "DELETE", &format!("{folders}/a%2F"), Value::Null, 409, "not empty").await;
    ok(&cloud, "POST", &format!("{bucket}/managedFolders"), json!({"name": "m/"})).await;
    let policy =
        json!({"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:ann@example.com"]}]});
    let set = ok(&cloud, "PUT", &format!("{bucket}/managedFolders/m%2F/iam"), policy).await;
    assert_eq!(set["resourceId"], "projects/_/buckets/bucket-1/managedFolders/m");
    refused(&cloud, "DELETE", &bucket, Value::Null, 409, "not empty").await;
}

#[tokio::test]
async fn a_dataset_in_use_is_not_deleted() {
    let cloud = cloud().await;
    let made =
        ok(&cloud, "POST", &format!("{BIGQUERY}/datasets"), json!({"datasetReference": {"datasetId": "d"}}))
            .await;
    assert_eq!((&made["location"], made["access"].as_array().unwrap().len()), (&json!("US"), 4));
    let table =
        json!({"tableReference": {"tableId": "t"}, "schema": {"fields": [{"name": "a", "type": "int64"}]}});
    let tables = format!("{BIGQUERY}/datasets/d/tables");
    let made = ok(&cloud, "POST", &tables, table.clone()).await;
    assert_eq!((&made["type"], &made["schema"]["fields"][0]["type"]), (&json!("TABLE"), &json!("INTEGER")));
    refused(&cloud, "POST", &tables, table, 409, "Already Exists: Table p-1:d.t").await;
    let dropped = json!({"schema": {"fields": [{"name": "b", "type": "STRING"}]}});
    refused(&cloud, "PATCH", &format!("{tables}/t"), dropped, 400, "Provided Schema does not match").await;
    let view = json!({"tableReference": {"tableId": "v"}, "view": {"query": "SELECT a AS x FROM `p-1.d.t`", "useLegacySql": false}});
    let made = ok(&cloud, "POST", &tables, view).await;
    assert_eq!(made["schema"]["fields"], json!([{"name": "x", "type": "INTEGER", "mode": "NULLABLE"}]));
    let dataset = format!("{BIGQUERY}/datasets/d");
    refused(&cloud, "DELETE", &dataset, Value::Null, 400, "still in use").await;
    ok(&cloud, "DELETE", &format!("{dataset}?deleteContents=true"), Value::Null).await;
    refused(&cloud, "GET", &dataset, Value::Null, 404, "Not found: Dataset p-1:d").await;
}

#[tokio::test]
async fn a_dataset_shows_that_an_account_is_deleted() {
    let cloud = cloud().await;
    let accounts = "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts";
    let email = "reader-1@p-1.iam.gserviceaccount.com";
    let body = json!({"datasetReference": {"datasetId": "d"}, "access": [{"role": "roles/bigquery.dataViewer", "iamMember": format!("serviceAccount:{email}")}]});
    refused(&cloud, "POST", &format!("{BIGQUERY}/datasets"), body.clone(), 400, "does not exist").await;
    ok(&cloud, "POST", accounts, json!({"accountId": "reader-1"})).await;
    let made = ok(&cloud, "POST", &format!("{BIGQUERY}/datasets"), body).await;
    assert_eq!(made["access"], json!([{"role": "READER", "userByEmail": email}]));
    ok(&cloud, "DELETE", &format!("{accounts}/{email}"), Value::Null).await;
    let left = ok(&cloud, "GET", &format!("{BIGQUERY}/datasets/d"), Value::Null).await;
    let entry = left["access"][0]["userByEmail"].as_str().unwrap().to_owned();
    assert!(entry.starts_with(&format!("deleted:serviceAccount:{email}?uid=")), "{entry}");
    let back = json!({"access": left["access"]});
    refused(&cloud, "PATCH", &format!("{BIGQUERY}/datasets/d"), back, 400, "userByEmail").await;
}

#[tokio::test]
async fn a_custom_role_grants_until_it_is_deleted() {
    let cloud = cloud().await;
    let roles = "https://iam.googleapis.com/v1/projects/p-1/roles";
    let role = json!({"roleId": "topicReader", "role": {"title": "Reads topics", "includedPermissions": ["pubsub.topics.get"]}});
    assert_eq!(ok(&cloud, "POST", roles, role.clone()).await["stage"], "ALPHA");
    refused(&cloud, "POST", roles, role, 409, "already exists").await;
    let topic = format!("{PUBSUB}/topics/topic-1");
    ok(&cloud, "PUT", &topic, json!({})).await;
    let policy = json!({"policy": {"bindings": [{"role": "projects/p-1/roles/topicReader", "members": ["user:ann@example.com"]}]}});
    ok(&cloud, "POST", &format!("{topic}:setIamPolicy"), policy).await;
    let ann = "local.ann@example.com";
    assert_eq!(client::send_as(&cloud, ann, "GET", &topic, Value::Null).await.status, 200);
    ok(&cloud, "DELETE", &format!("{roles}/topicReader"), Value::Null).await;
    assert_eq!(client::send_as(&cloud, ann, "GET", &topic, Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_deleted_pool_keeps_its_id() {
    let cloud = cloud().await;
    let pools = "https://iam.googleapis.com/v1/projects/p-1/locations/global/workloadIdentityPools";
    let create = format!("{pools}?workloadIdentityPoolId=pool-1");
    ok(&cloud, "POST", &create, json!({"displayName": "One"})).await;
    let got = ok(&cloud, "GET", &format!("{pools}/pool-1"), Value::Null).await;
    assert!(!got["name"].as_str().unwrap().contains("p-1/"), "named by number: {got}");
    ok(&cloud, "DELETE", &format!("{pools}/pool-1"), Value::Null).await;
    assert_eq!(ok(&cloud, "GET", &format!("{pools}/pool-1"), Value::Null).await["state"], "DELETED");
    assert_eq!(ok(&cloud, "GET", pools, Value::Null).await, json!({}));
    refused(&cloud, "POST", &create, json!({}), 409, "already exists").await;
    ok(&cloud, "POST", &format!("{pools}/pool-1:undelete"), json!({})).await;
    assert_eq!(ok(&cloud, "GET", &format!("{pools}/pool-1"), Value::Null).await["state"], "ACTIVE");
}

#[tokio::test]
async fn a_service_runs_as_an_account_that_exists() {
    let cloud = cloud().await;
    let url =
        "https://us-central1-run.googleapis.com/v2/projects/p-1/locations/us-central1/services?serviceId=svc";
    let image = "us-central1-docker.pkg.dev/p-1/repo/image";
    let mut body = json!({"template": {"serviceAccount": "nobody@p-1.iam.gserviceaccount.com", "containers": [{"image": image}]}});
    refused(&cloud, "POST", url, body.clone(), 403, "iam.serviceaccounts.actAs").await;
    ok(
        &cloud,
        "POST",
        "https://iam.googleapis.com/v1/projects/p-1/serviceAccounts",
        json!({"accountId": "nobody"}),
    )
    .await;
    ok(&cloud, "POST", url, body.clone()).await;
    let name = "https://run.googleapis.com/v2/projects/p-1/locations/us-central1/services/svc";
    let got = ok(&cloud, "GET", name, Value::Null).await;
    assert_eq!(got["uri"], Value::Null, "there is no such repository here: {got}");
    body["template"]["containers"][0]["env"] = json!([{"name": "A", "value": "b"}]);
    ok(&cloud, "PATCH", name, body.clone()).await;
    let revisions = ok(&cloud, "GET", &format!("{name}/revisions"), Value::Null).await;
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 2);
    // The same again changes no template: no revision more.
    ok(&cloud, "PATCH", name, body).await;
    let revisions = ok(&cloud, "GET", &format!("{name}/revisions"), Value::Null).await;
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 2);
    let stale = json!({"etag": got["etag"], "template": {"containers": [{"image": image}]}});
    refused(&cloud, "PATCH", name, stale, 409, "Conflict").await;
}
