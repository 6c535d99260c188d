//! Folders of buckets with a hierarchical namespace, and managed folders, which have policies of their own.

use serde_json::{Value, json};

use super::{bucket, buckets, check_conditions, link, policies};
use crate::error::Refusal;
use crate::iam;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::page;
use crate::store::Tx;

const FOLDERS: &str = "storage/folders";
const MANAGED: &str = "storage/managedFolders";

fn is_managed(request: &Request<'_>) -> bool {
    request.method.id.contains("managedFolders")
}

fn collection(request: &Request<'_>) -> &'static str {
    if is_managed(request) { MANAGED } else { FOLDERS }
}

/// A folder's name ends in a slash, whether or not the caller wrote it.
fn proper(name: &str) -> String {
    format!("{}/", name.trim_end_matches('/'))
}

/// The name that the path says.
fn named(request: &Request<'_>) -> String {
    proper(if is_managed(request) { request.var("managedFolder") } else { request.var("folder") })
}

fn key(bucket: &str, name: &str) -> String {
    format!("{bucket}\u{1}{name}")
}

/// Whether a bucket has any folder.
pub(super) fn any(tx: &Tx, bucket: &str) -> Result<bool, Refusal> {
    let prefix = key(bucket, "");
    Ok(!tx.scan(FOLDERS, &prefix, None, 1)?.is_empty() || !tx.scan(MANAGED, &prefix, None, 1)?.is_empty())
}

fn load(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    bucket(tx, request.var("bucket"))?;
    let name = named(request);
    let what = if is_managed(request) { "managed folder" } else { "folder" };
    tx.get(collection(request), &key(request.var("bucket"), &name))?.ok_or_else(|| {
        Refusal::not_found(format!("The {what} does not exist: {}/{name}", request.var("bucket")))
    })
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let of = request.var("bucket").to_owned();
    let found = bucket(tx, &of)?;
    let managed = is_managed(request);
    if managed && !buckets::is_uniform(&found) {
        return Err(Refusal::invalid("Managed folders need a bucket with uniform bucket-level access."));
    }
    if !managed && found["hierarchicalNamespace"]["enabled"] != true {
        return Err(Refusal::exists("The bucket does not support hierarchical namespace."));
    }
    let name = proper(request.text("name"));
    if name == "/" || name.starts_with('/') {
        return Err(Refusal::invalid("Invalid argument: folder name."));
    }
    let above = name.trim_end_matches('/').rsplit_once('/').map(|(above, _)| proper(above));
    if !managed
        && let Some(above) = above
        && !request.query.is("recursive")
        && tx.get(FOLDERS, &key(&of, &above))?.is_none()
    {
        return Err(Refusal::not_found(format!("The parent folder does not exist: {of}/{above}")));
    }
    if tx.get(collection(request), &key(&of, &name))?.is_some() {
        return Err(Refusal::exists("The folder already exists."));
    }
    // Making a folder with all above it makes each of them.
    let mut made = json!({});
    let mut at = String::new();
    for step in name.trim_end_matches('/').split('/') {
        at = format!("{at}{step}/");
        let whole = at == name;
        if !whole && (managed || tx.get(FOLDERS, &key(&of, &at))?.is_some()) {
            continue;
        }
        made = folder(request, &of, &at);
        tx.put(collection(request), &key(&of, &at), &made)?;
    }
    Ok(Answer::json(made))
}

fn folder(request: &Request<'_>, of: &str, name: &str) -> Value {
    let (kind, path) =
        if is_managed(request) { ("managedFolder", "managedFolders") } else { ("folder", "folders") };
    let now = moment::short(request.now);
    json!({
        "kind": format!("storage#{kind}"),
        "id": format!("{of}/{name}"),
        "selfLink": link(&format!("{of}/{path}/{}", name.replace('/', "%2F"))),
        "bucket": of,
        "name": name,
        "metageneration": "1",
        "createTime": now,
        "updateTime": now,
    })
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = load(tx, request)?;
    check_conditions(request, "", Some(&found))?;
    Ok(Answer::json(found))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let of = request.var("bucket");
    bucket(tx, of)?;
    let prefix = key(of, request.query.get("prefix").unwrap_or_default());
    let page = page(tx, request, collection(request), &prefix, 1000, |_, _| true)?;
    let mut answer =
        json!({"kind": if is_managed(request) { "storage#managedFolders" } else { "storage#folders" }});
    if !page.items.is_empty() {
        answer["items"] = page.items.into_iter().map(|(_, it)| it).collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = load(tx, request)?;
    check_conditions(request, "", Some(&found))?;
    let (of, name) = (request.var("bucket"), named(request));
    let inside = super::objects::under(tx, of, &name)?
        || tx.scan(collection(request), &key(of, &name), None, 2)?.len() > 1;
    if inside && !request.query.is("allowNonEmpty") {
        return Err(Refusal::exists("The folder you tried to delete is not empty."));
    }
    tx.remove(collection(request), &key(of, &name))?;
    iam::forget(tx, &policy_key(request))?;
    Ok(Answer::no_content())
}

fn policy_key(request: &Request<'_>) -> String {
    iam::key(
        "storage",
        &format!("b/{}/managedFolders/{}", request.var("bucket"), named(request).trim_end_matches('/')),
    )
}

pub(super) fn get_policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request)?;
    policies::read(tx, request, &policy_key(request))
}

pub(super) fn set_policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request)?;
    policies::write(tx, request, &policy_key(request))
}

pub(super) fn test_permissions(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request)?;
    policies::held(tx, request, &policy_key(request))
}
