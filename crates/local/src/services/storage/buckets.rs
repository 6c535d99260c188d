//! Buckets.

use serde_json::{Value, json};
use time::Duration;

use super::{
    acl, bucket, check_conditions, deleted_buckets, folders, lifecycle, link, notifications, objects,
    policies, rules,
};
use crate::cloud::Project;
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{default, merge, page, remove, visible, without_nulls};
use crate::services::regions::{Place, place};
use crate::store::Tx;

pub(super) const COLLECTION: &str = "storage/buckets";

/// The fields that a caller may set; the rest is ours.
const WRITABLE: &[&str] = &[
    "autoclass",
    "billing",
    "cors",
    "customPlacementConfig",
    "defaultEventBasedHold",
    "encryption",
    "hierarchicalNamespace",
    "iamConfiguration",
    "ipFilter",
    "labels",
    "lifecycle",
    "logging",
    "objectRetention",
    "retentionPolicy",
    "rpo",
    "softDeletePolicy",
    "storageClass",
    "versioning",
    "website",
];

const CLASSES: &[&str] = &[
    "STANDARD",
    "NEARLINE",
    "COLDLINE",
    "ARCHIVE",
    "MULTI_REGIONAL",
    "REGIONAL",
    "DURABLE_REDUCED_AVAILABILITY",
];

/// How long uniform access can be taken back.
const REVERTIBLE: Duration = Duration::days(90);

fn check_name(name: &str) -> Result<(), Refusal> {
    let most = if name.contains('.') { 222 } else { 63 };
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = (3..=most).contains(&name.len())
        && name.chars().all(|c| edge(c) || "-_.".contains(c))
        && name.starts_with(edge)
        && name.ends_with(edge)
        && name.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && !name.starts_with("goog")
        && !name.contains("google")
        && name.parse::<std::net::Ipv4Addr>().is_err();
    if good { Ok(()) } else { Err(Refusal::invalid(format!("Invalid bucket name: '{name}'"))) }
}

/// Whether a bucket's access is by policy alone, without lists.
pub(super) fn is_uniform(bucket: &Value) -> bool {
    bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] == true
}

/// Marks a change of a bucket's metadata.
pub(super) fn touch(request: &Request<'_>, bucket: &mut Value) {
    let next = bucket["metageneration"].as_str().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) + 1;
    bucket["metageneration"] = json!(next.to_string());
    bucket["updated"] = json!(moment::short(request.now));
    bucket["etag"] = json!(made_up::etag());
}

/// Sets what Google sets where the caller said nothing, and brings the rest to Google's form.
fn complete(request: &Request<'_>, bucket: &mut Value) {
    let now = moment::short(request.now);
    default(bucket, "storageClass", "STANDARD");
    let was_uniform = bucket["iamConfiguration"]["bucketPolicyOnly"]["enabled"] == true;
    // The older spelling is a mirror of the newer; either may be sent.
    let asked = &bucket["iamConfiguration"];
    let uniform = asked["uniformBucketLevelAccess"]["enabled"]
        .as_bool()
        .or(asked["bucketPolicyOnly"]["enabled"].as_bool())
        == Some(true);
    let locked = match (uniform, was_uniform) {
        (true, true) if asked["bucketPolicyOnly"]["lockedTime"].is_string() => {
            asked["bucketPolicyOnly"]["lockedTime"].clone()
        }
        (true, _) => json!(moment::short(request.now + REVERTIBLE)),
        (false, _) => Value::Null,
    };
    let access = match uniform {
        true => json!({"enabled": true, "lockedTime": locked}),
        false => json!({"enabled": false}),
    };
    if !bucket["iamConfiguration"].is_object() {
        bucket["iamConfiguration"] = json!({});
    }
    let configuration = &mut bucket["iamConfiguration"];
    configuration["bucketPolicyOnly"] = access.clone();
    configuration["uniformBucketLevelAccess"] = access;
    default(configuration, "publicAccessPrevention", "inherited");
    default(bucket, "softDeletePolicy", json!({"retentionDurationSeconds": "604800"}));
    let policy = &mut bucket["softDeletePolicy"];
    default(policy, "retentionDurationSeconds", "604800");
    if policy["retentionDurationSeconds"] == "0" {
        remove(policy, "effectiveTime");
    } else {
        default(policy, "effectiveTime", now.clone());
    }
    if bucket["lifecycle"]["rule"].as_array().is_none_or(Vec::is_empty) {
        remove(bucket, "lifecycle");
    }
    for empty in ["labels", "cors", "website", "logging", "encryption", "billing", "autoclass"] {
        let is_empty = match &bucket[empty] {
            Value::Object(fields) => fields.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        };
        if is_empty {
            remove(bucket, empty);
        }
    }
    if bucket["retentionPolicy"].is_object() {
        default(&mut bucket["retentionPolicy"], "effectiveTime", now.clone());
    }
    if bucket["autoclass"]["enabled"] == true {
        default(&mut bucket["autoclass"], "toggleTime", now.clone());
        default(&mut bucket["autoclass"], "terminalStorageClass", "NEARLINE");
        default(&mut bucket["autoclass"], "terminalStorageClassUpdateTime", now);
    }
    if bucket["logging"].is_object() {
        let name = bucket["name"].clone();
        default(&mut bucket["logging"], "logObjectPrefix", name);
    }
}

fn check(bucket: &Value) -> Result<(), Refusal> {
    let class = bucket["storageClass"].as_str().unwrap_or_default();
    if !CLASSES.contains(&class) {
        return Err(Refusal::invalid(format!("Invalid argument: storage class {class}.")));
    }
    crate::resource::check_labels(&bucket["labels"])?;
    rules::check(bucket)?;
    let kept =
        bucket["softDeletePolicy"]["retentionDurationSeconds"].as_str().and_then(|it| it.parse::<u64>().ok());
    if !kept.is_some_and(|it| it == 0 || (604_800..=7_776_000).contains(&it)) {
        return Err(Refusal::invalid(
            "Soft delete policy retention duration must be 0 or between 604800 and 7776000 seconds.",
        ));
    }
    let prevention = bucket["iamConfiguration"]["publicAccessPrevention"].as_str().unwrap_or_default();
    if !matches!(prevention, "inherited" | "enforced" | "unspecified") {
        return Err(Refusal::invalid(format!("Invalid argument: public access prevention {prevention}.")));
    }
    if bucket["hierarchicalNamespace"]["enabled"] == true && !is_uniform(bucket) {
        return Err(Refusal::invalid("Hierarchical namespace buckets must use uniform bucket-level access."));
    }
    Ok(())
}

/// The bucket as the caller asked to see it.
pub(super) fn shown(request: &Request<'_>, found: Value, full: bool) -> Value {
    let full = match request.query.get("projection") {
        Some(projection) => projection == "full",
        None => full,
    };
    let name = found["name"].as_str().unwrap_or_default().to_owned();
    let number = found["projectNumber"].as_str().unwrap_or_default().to_owned();
    let lists = (found["_acl"].clone(), found["_defaultObjectAcl"].clone());
    let uniform = is_uniform(&found);
    let mut shown = visible(found);
    if full && !uniform {
        shown["acl"] =
            lists.0.as_array().into_iter().flatten().map(|it| acl::bucket_entry(&name, it)).collect();
        shown["defaultObjectAcl"] = lists.1.as_array().into_iter().flatten().map(acl::object_entry).collect();
        shown["owner"] = json!({"entity": format!("project-owners-{number}")});
    }
    shown
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let name = request.text("name").to_owned();
    check_name(&name)?;
    if let Some(taken) = tx.get(COLLECTION, &name)? {
        return Err(Refusal::exists(if taken["_project"] == project.id.as_str() {
            "Your previous request to create the named bucket succeeded and you already own it."
        } else {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
             Please select a different name and try again."
        }));
    }
    let location = request.body["location"].as_str().unwrap_or("US").to_ascii_uppercase();
    let Some(kind) = place(&location) else {
        return Err(Refusal::invalid("The specified location constraint is not valid."));
    };
    let placed = request.body["customPlacementConfig"].is_object();
    let now = moment::short(request.now);
    let mut bucket = json!({
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "selfLink": link(&name),
        "projectNumber": project.number,
        "location": location,
        "locationType": match kind {
            Place::MultiRegion if placed => "dual-region",
            Place::Region => "region",
            Place::DualRegion => "dual-region",
            Place::MultiRegion => "multi-region",
        },
        "generation": generation(request),
        "metageneration": "1",
        "timeCreated": now,
        "updated": now,
        "etag": made_up::etag(),
        "_project": project.id,
    });
    for field in WRITABLE {
        if !request.body[*field].is_null() {
            bucket[*field] = without_nulls(request.body[*field].clone());
        }
    }
    let regions = bucket.pointer_mut("/customPlacementConfig/dataLocations").and_then(Value::as_array_mut);
    for region in regions.into_iter().flatten() {
        *region = json!(region.as_str().unwrap_or_default().to_ascii_uppercase());
    }
    if kind != Place::Region {
        default(&mut bucket, "rpo", "DEFAULT");
    }
    if request.query.is("enableObjectRetention") {
        bucket["objectRetention"] = json!({"mode": "Enabled"});
    }
    complete(request, &mut bucket);
    check(&bucket)?;
    bucket["_acl"] = entries(request, "acl", "predefinedAcl", project)?;
    bucket["_defaultObjectAcl"] =
        entries(request, "defaultObjectAcl", "predefinedDefaultObjectAcl", project)?;
    tx.put(COLLECTION, &name, &bucket)?;
    iam::save(tx, &iam::key("storage", &format!("b/{name}")), &policies::first(&bucket, project))?;
    let lists = request.body["acl"].is_array() || request.body["defaultObjectAcl"].is_array();
    Ok(Answer::json(shown(request, bucket, lists)))
}

/// The list that the body or a predefined name gives, or the project's own.
fn entries(request: &Request<'_>, field: &str, parameter: &str, project: &Project) -> Result<Value, Refusal> {
    if let Some(given) = request.body[field].as_array() {
        let plain = given.iter().map(|it| json!({"entity": it["entity"], "role": it["role"]}));
        return Ok(plain.collect());
    }
    match request.query.get(parameter) {
        None => Ok(acl::of_project(project)),
        Some(name) => acl::predefined(name, project)
            .ok_or_else(|| Refusal::invalid(format!("Invalid value for {parameter}: {name}"))),
    }
}

/// A generation: the microseconds since 1970.
pub(super) fn generation(request: &Request<'_>) -> String {
    (request.now.unix_timestamp_nanos() / 1000).to_string()
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.query.is("softDeleted") {
        return deleted_buckets::get(tx, request);
    }
    let found = bucket(tx, request.var("bucket"))?;
    check_conditions(request, "", Some(&found))?;
    Ok(Answer::json(shown(request, found, false)))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.query.is("softDeleted") {
        return deleted_buckets::list(tx, request);
    }
    let mut answer = json!({"kind": "storage#buckets"});
    let project = request.project()?;
    let prefix = request.query.get("prefix").unwrap_or_default().to_owned();
    let page = page(tx, request, COLLECTION, &prefix, 1000, |_, it| it["_project"] == project.id.as_str())?;
    if !page.items.is_empty() {
        answer["items"] = page.items.into_iter().map(|(_, it)| shown(request, it, false)).collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

/// What cannot change once a bucket is made, or only one way.
fn check_change(old: &Value, new: &Value) -> Result<(), Refusal> {
    if old["retentionPolicy"]["isLocked"] == true {
        let period = |it: &Value| {
            it["retentionPolicy"]["retentionPeriod"].as_str().and_then(|it| it.parse::<u64>().ok())
        };
        if period(new) < period(old) {
            return Err(Refusal::denied("A locked retention policy can only be made longer.")
                .reason("retentionPolicyNotMet"));
        }
    }
    for field in ["hierarchicalNamespace", "customPlacementConfig", "objectRetention"] {
        if old[field] != new[field]
            && !(new[field].is_null() || new[field]["enabled"] == false && old[field].is_null())
        {
            return Err(Refusal::invalid(format!("The field {field} of a bucket cannot be changed.")));
        }
    }
    Ok(())
}

fn store(tx: &mut Tx, request: &Request<'_>, old: &Value, mut new: Value) -> Result<Answer, Refusal> {
    let project = request.project()?;
    complete(request, &mut new);
    if new["softDeletePolicy"]["retentionDurationSeconds"]
        != old["softDeletePolicy"]["retentionDurationSeconds"]
        && new["softDeletePolicy"]["retentionDurationSeconds"] != "0"
    {
        new["softDeletePolicy"]["effectiveTime"] = json!(moment::short(request.now));
    }
    check(&new)?;
    check_change(old, &new)?;
    for (field, parameter, kept) in [
        ("acl", "predefinedAcl", "_acl"),
        ("defaultObjectAcl", "predefinedDefaultObjectAcl", "_defaultObjectAcl"),
    ] {
        let given = request.body[field].as_array().is_some_and(|it| !it.is_empty())
            || request.query.get(parameter).is_some();
        if given {
            if is_uniform(&new) {
                return Err(Refusal::invalid(
                    "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. Read more \
                     at https://cloud.google.com/storage/docs/uniform-bucket-level-access",
                ));
            }
            new[kept] = entries(request, field, parameter, project)?;
        }
    }
    touch(request, &mut new);
    tx.put(COLLECTION, request.var("bucket"), &new)?;
    if ["lifecycle", "retentionPolicy", "versioning", "autoclass"].iter().any(|it| old[*it] != new[*it]) {
        lifecycle::reconsider(tx, request.var("bucket"), request.now)?;
    }
    Ok(Answer::json(shown(request, new, true)))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let old = bucket(tx, request.var("bucket"))?;
    check_conditions(request, "", Some(&old))?;
    let mut new = old.clone();
    for field in WRITABLE {
        let Some(change) = request.body.get(*field) else { continue };
        let mut changes = json!({});
        changes[*field] = change.clone();
        merge(&mut new, &changes);
    }
    new = without_nulls(new);
    store(tx, request, &old, new)
}

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let old = bucket(tx, request.var("bucket"))?;
    check_conditions(request, "", Some(&old))?;
    let mut new = old.clone();
    for field in WRITABLE {
        match request.body.get(*field).filter(|it| !it.is_null()) {
            Some(value) => new[*field] = without_nulls(value.clone()),
            None => {
                remove(&mut new, field);
            }
        }
    }
    // A dual or multi-region bucket always has one.
    if old["locationType"] != "region" {
        default(&mut new, "rpo", "DEFAULT");
    }
    store(tx, request, &old, new)
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.var("bucket");
    let found = bucket(tx, name)?;
    check_conditions(request, "", Some(&found))?;
    if objects::any(tx, name)? || folders::any(tx, name)? {
        return Err(Refusal::exists("The bucket you tried to delete is not empty."));
    }
    tx.remove(COLLECTION, name)?;
    notifications::forget(tx, name)?;
    deleted_buckets::bury(tx, request, found)?;
    Ok(Answer::no_content())
}

pub(super) fn lock(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.var("bucket");
    let mut found = bucket(tx, name)?;
    check_conditions(request, "", Some(&found))?;
    if !found["retentionPolicy"].is_object() {
        return Err(Refusal::invalid("The bucket has no retention policy to lock."));
    }
    found["retentionPolicy"]["isLocked"] = json!(true);
    touch(request, &mut found);
    tx.put(COLLECTION, name, &found)?;
    Ok(Answer::json(shown(request, found, false)))
}
