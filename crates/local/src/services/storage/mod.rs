//! Cloud Storage v1: buckets, folders, objects, access lists and notifications.

mod acl;
mod agenda;
mod buckets;
mod copies;
mod deleted_buckets;
mod deleted_objects;
mod folders;
mod keeper;
mod lifecycle;
mod listing;
mod media;
mod notifications;
mod objects;
mod policies;
mod removal;
mod rules;
mod upload;

use serde_json::Value;

pub use keeper::keep;
pub(super) use upload::{content_key as content_of_session, metadata};

use crate::content::{self, ContentError};
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
    let content = content::of_bytes(&request.cloud.folder, content)?;
    objects::create(tx, request, bucket, name, metadata, &content).map(drop)
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
        "buckets.restore" => deleted_buckets::restore,
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
        "objects.get" => media::get,
        "objects.list" => listing::list,
        "objects.patch" => objects::patch,
        "objects.update" => objects::update,
        "objects.delete" => objects::delete,
        "objects.restore" => deleted_objects::restore,
        "objects.copy" | "objects.rewrite" => copies::copy,
        "objects.compose" => copies::compose,
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

/// A live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub bucket: String,
    pub name: String,
    pub generation: String,
}

impl Listed {
    /// `gs://bucket/name`.
    pub fn uri(&self) -> String {
        format!("gs://{}/{}", self.bucket, self.name)
    }

    /// All of its content.
    ///
    /// # Errors
    ///
    /// If it has more than `most` bytes, and if it cannot be read.
    pub fn content(&self, tx: &Tx, most: u64) -> Result<Vec<u8>, Refusal> {
        let key = objects::version_key(&self.bucket, &self.name, &self.generation);
        let stored = tx.stored(&key)?.ok_or_else(|| ContentError::Missing(self.uri()))?;
        Ok(stored.read(most)?)
    }
}

/// Whether a name fits a pattern in which each `*` stands for anything, slashes too.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(prefix) else { return false };
    let (middle, suffix) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(suffix)
}

/// The live objects of a bucket whose names fit a pattern; `None` if there is no such bucket.
pub(super) fn listed(tx: &Tx, bucket: &str, pattern: &str) -> Result<Option<Vec<Listed>>, Refusal> {
    if tx.get(buckets::COLLECTION, bucket)?.is_none() {
        return Ok(None);
    }
    let prefix = pattern.split('*').next().unwrap_or(pattern);
    let mut found = Vec::new();
    for (_, object) in tx.all(objects::LIVE, &objects::live_key(bucket, prefix))? {
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        if fits(pattern, &text("name")) {
            let (name, generation) = (text("name"), text("generation"));
            found.push(Listed { bucket: bucket.to_owned(), name, generation });
        }
    }
    Ok(Some(found))
}

/// The project of the bucket of this name, or of the one that was last deleted under it.
pub fn project_of(tx: &Tx, bucket: &str) -> Result<Option<String>, Refusal> {
    let found = match tx.get(buckets::COLLECTION, bucket)? {
        Some(found) => Some(found),
        None => deleted_buckets::latest(tx, bucket)?,
    };
    Ok(found.and_then(|it| Some(it["_project"].as_str()?.to_owned())))
}

/// Whether an object is there.
pub(super) fn exists(tx: &Tx, bucket: &str, name: &str) -> Result<bool, Refusal> {
    Ok(objects::live(tx, bucket, name)?.is_some())
}

/// Deletes the object that the path of a request names.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<(), Refusal> {
    objects::delete(tx, request).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, want) in [
            ("*.json", "a/b.json", true),
            ("events-*.json", "events-.json", true),
            ("events-*.json", "events.json", false),
            ("a*a", "a", false),
            ("a.json", "a.json", true),
            ("a.json", "a.json2", false),
            ("a/*/b*/c.csv", "a/x/by/c.csv", true),
            ("a/*/b*/c.csv", "a/x/c.csv", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), want, "{pattern} {name}");
        }
    }
}
