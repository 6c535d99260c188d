//! Cloud Storage v1: buckets, folders, objects, access lists and notifications.

mod acl;
mod buckets;
mod digest;
mod folders;
mod listing;
mod notifications;
mod objects;
mod policies;
mod upload;

use serde_json::Value;

pub(super) use upload::split;

use crate::error::{Code, Refusal};
use crate::request::{Handler, Request};
use crate::store::Tx;

/// Keeps an object that another service writes, under a name that is not taken.
pub(super) fn write(
    tx: &mut Tx,
    request: &Request<'_>,
    bucket: &str,
    name: &str,
    metadata: &Value,
    content: &[u8],
) -> Result<(), Refusal> {
    objects::create(tx, request, bucket, name, metadata, content).map(drop)
}

/// The handler of a method, named without `storage.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "buckets.insert" => buckets::insert,
        "buckets.get" => buckets::get,
        "buckets.list" => buckets::list,
        "buckets.patch" => buckets::patch,
        "buckets.update" => buckets::update,
        "buckets.delete" => buckets::delete,
        "buckets.lockRetentionPolicy" => buckets::lock,
        "buckets.getIamPolicy" => policies::get,
        "buckets.setIamPolicy" => policies::set,
        "buckets.testIamPermissions" => policies::test,
        "projects.serviceAccount.get" => policies::service_account,
        "bucketAccessControls.list" | "defaultObjectAccessControls.list" => acl::list,
        "bucketAccessControls.get" | "defaultObjectAccessControls.get" => acl::get,
        "bucketAccessControls.insert" | "defaultObjectAccessControls.insert" => acl::insert,
        "bucketAccessControls.patch"
        | "bucketAccessControls.update"
        | "defaultObjectAccessControls.patch"
        | "defaultObjectAccessControls.update" => acl::change,
        "bucketAccessControls.delete" | "defaultObjectAccessControls.delete" => acl::delete,
        "folders.insert" | "managedFolders.insert" => folders::insert,
        "folders.get" | "managedFolders.get" => folders::get,
        "folders.list" | "managedFolders.list" => folders::list,
        "folders.delete" | "managedFolders.delete" => folders::delete,
        "managedFolders.getIamPolicy" => folders::get_policy,
        "managedFolders.setIamPolicy" => folders::set_policy,
        "managedFolders.testIamPermissions" => folders::test_permissions,
        "notifications.insert" => notifications::insert,
        "notifications.get" => notifications::get,
        "notifications.list" => notifications::list,
        "notifications.delete" => notifications::delete,
        "objects.insert" => upload::insert,
        "objects.get" => objects::get,
        "objects.list" => listing::list,
        "objects.patch" => objects::patch,
        "objects.update" => objects::update,
        "objects.delete" => objects::delete,
        "objects.copy" | "objects.rewrite" => objects::copy,
        "objects.compose" => objects::compose,
        _ => return None,
    })
}

/// Google's link to a part of the API; it names its public host whoever asks.
fn link(path: &str) -> String {
    format!("https://www.googleapis.com/storage/v1/b/{path}")
}

/// Refuses if a precondition of the query does not hold for what is there (`None`: nothing is).
fn check_conditions(request: &Request<'_>, name: &str, current: Option<&Value>) -> Result<(), Refusal> {
    let reads = request.method.verb == "GET";
    for field in ["Generation", "Metageneration"] {
        let field_name = field.to_ascii_lowercase();
        let now = match current {
            Some(document) => document[field_name.as_str()].as_str().unwrap_or("0"),
            None => "0",
        };
        if let Some(wanted) = request.query.get(&format!("if{name}{field}Match"))
            && wanted != now
        {
            return Err(Refusal::condition_not_met());
        }
        if let Some(unwanted) = request.query.get(&format!("if{name}{field}NotMatch"))
            && unwanted == now
        {
            return Err(if reads {
                Refusal::new(Code::NotModified, "Not Modified")
            } else {
                Refusal::condition_not_met()
            });
        }
    }
    Ok(())
}

/// The bucket that the path names, or Google's 404.
fn bucket(tx: &Tx, name: &str) -> Result<Value, Refusal> {
    tx.get(buckets::COLLECTION, name)?
        .ok_or_else(|| Refusal::not_found("The specified bucket does not exist."))
}

/// An object's name and content.
pub(super) type Named = (String, Vec<u8>);

/// The live objects of a bucket whose names fit a pattern with at most one `*`, with their contents;
/// `None` if there is no such bucket.
pub(super) fn matching(tx: &Tx, bucket: &str, pattern: &str) -> Result<Option<Vec<Named>>, Refusal> {
    if tx.get(buckets::COLLECTION, bucket)?.is_none() {
        return Ok(None);
    }
    let (prefix, suffix) = pattern.split_once('*').unwrap_or((pattern, ""));
    let mut found = Vec::new();
    for (_, object) in tx.all(objects::LIVE, &objects::live_key(bucket, prefix))? {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let name = text("name");
        let fits = match pattern.contains('*') {
            true => name.len() >= prefix.len() + suffix.len() && name.ends_with(suffix),
            false => name == pattern,
        };
        if fits {
            let content = tx.content(&objects::version_key(bucket, name, text("generation")))?;
            found.push((name.to_owned(), content.unwrap_or_default()));
        }
    }
    Ok(Some(found))
}
