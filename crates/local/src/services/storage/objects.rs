//! Objects: their metadata, contents and versions.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::removal::{self, DELETED};
use super::{bucket, buckets, check_conditions, lifecycle, link};
use crate::content::Content;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Caller, Request};
use crate::resource::{default, merge, visible, without_nulls};
use crate::store::Tx;

/// The live version of each object, by bucket and name.
pub(super) const LIVE: &str = "storage/objects";
/// Versions that are not the live one, by bucket, name and generation.
pub(super) const ARCHIVED: &str = "storage/versions";

/// Between the parts of a key; sorts before what a name may hold.
pub(super) const MARK: char = '\u{1}';

/// The fields that a caller may set; the rest is ours.
pub(super) const WRITABLE: &[&str] = &[
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "eventBasedHold",
    "metadata",
    "retention",
    "storageClass",
    "temporaryHold",
];

pub(super) fn live_key(bucket: &str, name: &str) -> String {
    format!("{bucket}{MARK}{name}")
}

pub(super) fn version_key(bucket: &str, name: &str, generation: &str) -> String {
    format!("{bucket}{MARK}{name}{MARK}{generation}")
}

/// Whether a bucket has any object, live or not.
pub(super) fn any(tx: &Tx, bucket: &str) -> Result<bool, Refusal> {
    under(tx, bucket, "")
}

/// Whether a bucket has any object whose name begins so.
pub(super) fn under(tx: &Tx, bucket: &str, prefix: &str) -> Result<bool, Refusal> {
    let prefix = live_key(bucket, prefix);
    Ok(!tx.scan(LIVE, &prefix, None, 1)?.is_empty() || !tx.scan(ARCHIVED, &prefix, None, 1)?.is_empty())
}

/// The live version of an object.
pub(super) fn live(tx: &Tx, bucket: &str, name: &str) -> Result<Option<Value>, Refusal> {
    Ok(tx.get(LIVE, &live_key(bucket, name))?)
}

pub(super) fn absent(bucket: &str, name: &str) -> Refusal {
    Refusal::not_found(format!("No such object: {bucket}/{name}"))
}

/// The version that the query names, or the live one.
pub(super) fn find(
    tx: &Tx,
    request: &Request<'_>,
    in_bucket: &str,
    name: &str,
    parameter: &str,
) -> Result<Value, Refusal> {
    bucket(tx, in_bucket)?;
    let current = live(tx, in_bucket, name)?;
    let found = match request.query.get(parameter) {
        None => current,
        Some(generation) => match current {
            Some(current) if current["generation"] == generation => Some(current),
            Some(_) | None => tx.get(ARCHIVED, &version_key(in_bucket, name, generation))?,
        },
    };
    found.ok_or_else(|| absent(in_bucket, name))
}

pub(super) fn is_live(object: &Value) -> bool {
    object.get("timeDeleted").is_none()
}

/// Where to read the content: at this very server, unless it stands in for Google's host.
fn media_link(request: &Request<'_>, bucket: &str, name: &str, generation: &str) -> String {
    let host = match request.base.contains("googleapis.com") {
        true => "https://storage.googleapis.com",
        false => &request.base,
    };
    format!("{host}/download/storage/v1/b/{bucket}/o/{}?generation={generation}&alt=media", escaped(name))
}

/// A name as one segment of a path.
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Keeps a new content under a name; what was there is archived if the bucket keeps versions.
pub(super) fn create(
    tx: &mut Tx,
    request: &Request<'_>,
    in_bucket: &str,
    name: &str,
    metadata: &Value,
    content: &Content,
) -> Result<Value, Refusal> {
    let bucket = bucket(tx, in_bucket)?;
    if name.is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) || matches!(name, "." | "..") {
        return Err(Refusal::invalid("Invalid argument: object name.").reason("invalid"));
    }
    let old = live(tx, in_bucket, name)?;
    check_conditions(request, "", old.as_ref())?;
    check_overwrite(tx, request, &bucket, old.as_ref())?;
    let mut generation: u128 = buckets::generation(request).parse().unwrap_or(1);
    // Two writes within a microsecond are still two generations.
    if let Some(before) = old.as_ref().and_then(|it| it["generation"].as_str()?.parse::<u128>().ok()) {
        generation = generation.max(before + 1);
    }
    // Nor is one used again that is not live any more: its content is kept under it.
    while is_taken(tx, &bucket, name, &generation.to_string())? {
        generation += 1;
    }
    let generation = generation.to_string();
    let now = moment::short(request.now);
    let sums = [("md5Hash", &content.sums.md5), ("crc32c", &content.sums.crc32c)];
    let mut object = json!({
        "kind": "storage#object",
        "id": format!("{in_bucket}/{name}/{generation}"),
        "selfLink": link(&format!("{in_bucket}/o/{}", escaped(name))),
        "mediaLink": media_link(request, in_bucket, name, &generation),
        "name": name,
        "bucket": in_bucket,
        "generation": generation,
        "metageneration": "1",
        "size": content.length.to_string(),
        "etag": made_up::etag(),
        "timeCreated": now,
        "updated": now,
        "timeStorageClassUpdated": now,
        "timeFinalized": now,
    });
    for (field, sum) in sums {
        if let Some(given) = metadata[field].as_str().filter(|it| !it.is_empty())
            && given != sum
        {
            return Err(Refusal::invalid(format!(
                "Provided {field} \"{given}\" doesn't match calculated {field} \"{sum}\"."
            )));
        }
        object[field] = json!(sum);
    }
    for field in WRITABLE {
        if !metadata[*field].is_null() {
            object[*field] = without_nulls(metadata[*field].clone());
        }
    }
    default(&mut object, "contentType", "application/octet-stream");
    default(&mut object, "storageClass", bucket["storageClass"].clone());
    if bucket["defaultEventBasedHold"] == true {
        default(&mut object, "eventBasedHold", true);
    }
    if let Some(old) = old {
        removal::retire(tx, &bucket, old, request.now)?;
    }
    tx.put(LIVE, &live_key(in_bucket, name), &object)?;
    tx.put_stored(&version_key(in_bucket, name, &generation), content)?;
    lifecycle::note(tx, &bucket, name)?;
    Ok(visible(object))
}

/// Whether a generation is that of an archived or soft-deleted version.
fn is_taken(tx: &Tx, bucket: &Value, name: &str, generation: &str) -> Result<bool, Refusal> {
    let in_bucket = bucket["name"].as_str().unwrap_or_default();
    Ok(tx.get(ARCHIVED, &version_key(in_bucket, name, generation))?.is_some()
        || tx.get(DELETED, &removal::deleted_key(bucket, name, generation))?.is_some())
}

/// Overwriting asks for the permission to delete too.
fn check_overwrite(
    tx: &Tx,
    request: &Request<'_>,
    bucket: &Value,
    old: Option<&Value>,
) -> Result<(), Refusal> {
    let Some(old) = old else { return Ok(()) };
    check_hold(old)?;
    // Where versions are kept, the old one only becomes noncurrent.
    if bucket["versioning"]["enabled"] != true {
        check_kept(bucket, old, request.now)?;
    }
    let in_bucket = bucket["name"].as_str().unwrap_or_default();
    if request.caller == Caller::Owner {
        return Ok(());
    }
    let project = request.project()?;
    let name = old["name"].as_str().unwrap_or_default();
    let keys = [
        crate::iam::key("storage", &format!("b/{in_bucket}/o/{name}")),
        crate::iam::key("storage", &format!("b/{in_bucket}")),
        crate::iam::project_key(&project.id),
    ];
    if crate::iam::granted(tx, &request.caller, "storage.objects.delete", &keys)? {
        return Ok(());
    }
    Err(Refusal::denied(format!(
        "{} does not have storage.objects.delete access to the Google Cloud Storage object. Permission \
         'storage.objects.delete' denied on resource (or it may not exist).",
        request.caller.shown()
    )))
}

fn check_hold(object: &Value) -> Result<(), Refusal> {
    if removal::is_held(object) {
        return Err(Refusal::denied(format!(
            "Object '{}/{}' is under active Temporary hold or Event-Based hold and cannot be deleted, overwritten or \
             archived until the hold is removed.",
            object["bucket"].as_str().unwrap_or_default(),
            object["name"].as_str().unwrap_or_default()
        ))
        .reason("objectUnderActiveHold"));
    }
    Ok(())
}

fn check_kept(bucket: &Value, object: &Value, now: OffsetDateTime) -> Result<(), Refusal> {
    let kept = removal::kept_until(bucket, object).filter(|it| *it > now);
    let Some(kept) = kept else { return Ok(()) };
    let name = |field: &str| object[field].as_str().unwrap_or_default();
    Err(Refusal::denied(format!(
        "Object '{}/{}' is subject to bucket's retention policy and cannot be deleted or overwritten until {}",
        name("bucket"),
        name("name"),
        moment::seconds(kept)
    ))
    .reason("retentionPolicyNotMet"))
}

pub(super) fn full_or_not(request: &Request<'_>, found: Value) -> Value {
    // Objects have no lists of their own here: full and plain are the same but for the owner.
    let mut shown = visible(found);
    if request.query.get("projection") == Some("full")
        && let Some(project) = &request.project
    {
        shown["owner"] = json!({"entity": format!("project-owners-{}", project.number)});
    }
    shown
}

fn change(
    tx: &mut Tx,
    request: &Request<'_>,
    apply: impl Fn(&mut Value, &Map<String, Value>),
) -> Result<Answer, Refusal> {
    let (in_bucket, name) = (request.var("bucket"), request.var("object"));
    let mut object = find(tx, request, in_bucket, name, "generation")?;
    check_conditions(request, "", Some(&object))?;
    let mut changes = request.body.as_object().cloned().unwrap_or_default();
    changes.retain(|name, _| WRITABLE.contains(&name.as_str()));
    apply(&mut object, &changes);
    object = without_nulls(object);
    default(&mut object, "contentType", "application/octet-stream");
    let next = object["metageneration"].as_str().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) + 1;
    object["metageneration"] = json!(next.to_string());
    object["updated"] = json!(moment::short(request.now));
    object["etag"] = json!(made_up::etag());
    let generation = object["generation"].as_str().unwrap_or_default().to_owned();
    match is_live(&object) {
        true => tx.put(LIVE, &live_key(in_bucket, name), &object)?,
        false => tx.put(ARCHIVED, &version_key(in_bucket, name, &generation), &object)?,
    }
    lifecycle::note(tx, &bucket(tx, in_bucket)?, name)?;
    Ok(Answer::json(full_or_not(request, object)))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |object, changes| merge(object, &Value::Object(changes.clone())))
}

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |object, changes| {
        for field in WRITABLE.iter().filter(|it| **it != "storageClass") {
            object[*field] = changes.get(*field).cloned().unwrap_or(Value::Null);
        }
    })
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (in_bucket, name) = (request.var("bucket"), request.var("object"));
    let object = find(tx, request, in_bucket, name, "generation")?;
    check_conditions(request, "", Some(&object))?;
    check_hold(&object)?;
    let bucket = bucket(tx, in_bucket)?;
    check_kept(&bucket, &object, request.now)?;
    match is_live(&object) && request.query.get("generation").is_none() {
        true => removal::retire(tx, &bucket, object, request.now)?,
        // A version that is named is not archived, not even the live one.
        false => removal::remove(tx, &bucket, object, request.now)?,
    }
    lifecycle::note(tx, &bucket, name)?;
    Ok(Answer::no_content())
}
