//! Access lists of buckets, and those that new objects get.

use serde_json::{Value, json};

use super::{bucket, buckets, link};
use crate::cloud::Project;
use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// The list that a new bucket has, and the one its objects get: the project's people by role.
pub(super) fn of_project(project: &Project) -> Value {
    let entry = |team: &str, role: &str| json!({"entity": format!("project-{team}-{}", project.number), "role": role});
    json!([entry("owners", "OWNER"), entry("editors", "OWNER"), entry("viewers", "READER")])
}

/// Lists of a predefined name.
pub(super) fn predefined(name: &str, project: &Project) -> Option<Value> {
    let mut list = of_project(project);
    let public = |list: &mut Value, entity: &str, role: &str| {
        if let Value::Array(entries) = list {
            entries.push(json!({"entity": entity, "role": role}));
        }
    };
    match name {
        "projectPrivate" => {}
        "private" => {
            list = json!([{"entity": format!("project-owners-{}", project.number), "role": "OWNER"}])
        }
        "publicRead" => public(&mut list, "allUsers", "READER"),
        "publicReadWrite" => public(&mut list, "allUsers", "WRITER"),
        "authenticatedRead" => public(&mut list, "allAuthenticatedUsers", "READER"),
        _ => return None,
    }
    Some(list)
}

/// What is known of an entry from whom it is for.
fn describe(entry: &mut Value) {
    let entity = entry["entity"].as_str().unwrap_or_default().to_owned();
    match entity.split_once('-') {
        Some(("project", rest)) => {
            if let Some((team, number)) = rest.split_once('-') {
                entry["projectTeam"] = json!({"projectNumber": number, "team": team});
            }
        }
        Some(("user" | "group", email)) => entry["email"] = json!(email),
        Some(("domain", domain)) => entry["domain"] = json!(domain),
        Some(_) | None => {}
    }
}

/// An entry of a bucket's own list, as it is shown.
pub(super) fn bucket_entry(bucket: &str, entry: &Value) -> Value {
    let entity = entry["entity"].as_str().unwrap_or_default();
    let mut shown = json!({
        "kind": "storage#bucketAccessControl",
        "bucket": bucket,
        "entity": entity,
        "etag": "CAE=",
        "id": format!("{bucket}/{entity}"),
        "role": entry["role"],
        "selfLink": link(&format!("{bucket}/acl/{entity}")),
    });
    describe(&mut shown);
    shown
}

/// An entry of the list that new objects get, as it is shown.
pub(super) fn object_entry(entry: &Value) -> Value {
    let mut shown = json!({
        "kind": "storage#objectAccessControl",
        "entity": entry["entity"],
        "etag": "CAE=",
        "role": entry["role"],
    });
    describe(&mut shown);
    shown
}

/// Whether the request is on the list for new objects rather than the bucket's own.
fn for_objects(request: &Request<'_>) -> bool {
    request.method.id.contains("defaultObjectAccessControls")
}

fn field(request: &Request<'_>) -> &'static str {
    if for_objects(request) { "_defaultObjectAcl" } else { "_acl" }
}

fn shown(request: &Request<'_>, entry: &Value) -> Value {
    if for_objects(request) { object_entry(entry) } else { bucket_entry(request.var("bucket"), entry) }
}

/// The bucket, if it has lists at all.
fn with_lists(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let found = bucket(tx, request.var("bucket"))?;
    if buckets::is_uniform(&found) {
        return Err(Refusal::invalid(
            "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. Read more at \
             https://cloud.google.com/storage/docs/uniform-bucket-level-access",
        ));
    }
    Ok(found)
}

fn position(request: &Request<'_>, found: &Value, entity: &str) -> Option<usize> {
    let entity = entity.to_ascii_lowercase();
    found[field(request)]
        .as_array()?
        .iter()
        .position(|it| it["entity"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&entity)))
}

fn absent(request: &Request<'_>) -> Refusal {
    let what = if for_objects(request) { "default object access control" } else { "access control" };
    Refusal::not_found(format!(
        "The specified {what} for {} on bucket {} was not found.",
        request.var("entity"),
        request.var("bucket")
    ))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = with_lists(tx, request)?;
    let kind =
        if for_objects(request) { "storage#objectAccessControls" } else { "storage#bucketAccessControls" };
    let items: Vec<Value> =
        found[field(request)].as_array().into_iter().flatten().map(|it| shown(request, it)).collect();
    Ok(Answer::json(json!({"kind": kind, "items": items})))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = with_lists(tx, request)?;
    let at = position(request, &found, request.var("entity")).ok_or_else(|| absent(request))?;
    Ok(Answer::json(shown(request, &found[field(request)][at])))
}

fn check_role(request: &Request<'_>, role: &str) -> Result<(), Refusal> {
    let good = matches!(role, "OWNER" | "READER") || (role == "WRITER" && !for_objects(request));
    if good { Ok(()) } else { Err(Refusal::invalid(format!("Invalid argument: role {role}."))) }
}

fn save(tx: &mut Tx, request: &Request<'_>, mut found: Value) -> Result<(), Refusal> {
    buckets::touch(request, &mut found);
    found["_policyEtag"] = json!(made_up::etag());
    Ok(tx.put(buckets::COLLECTION, request.var("bucket"), &found)?)
}

fn put(tx: &mut Tx, request: &Request<'_>, entity: &str, role: &str) -> Result<Answer, Refusal> {
    let mut found = with_lists(tx, request)?;
    check_role(request, role)?;
    if !entity.contains('-') && !matches!(entity, "allUsers" | "allAuthenticatedUsers") {
        return Err(Refusal::invalid(format!("Could not parse ACL entity {entity}.")));
    }
    let entry = json!({"entity": entity, "role": role});
    match position(request, &found, entity) {
        Some(at) => found[field(request)][at] = entry.clone(),
        None => {
            if let Some(entries) = found[field(request)].as_array_mut() {
                entries.push(entry.clone());
            }
        }
    }
    save(tx, request, found)?;
    Ok(Answer::json(shown(request, &entry)))
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (entity, role) = (request.text("entity").to_owned(), request.text("role").to_owned());
    put(tx, request, &entity, &role)
}

pub(super) fn change(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = with_lists(tx, request)?;
    let at = position(request, &found, request.var("entity")).ok_or_else(|| absent(request))?;
    let old = found[field(request)][at]["role"].as_str().unwrap_or_default().to_owned();
    let role = request.body["role"].as_str().unwrap_or(&old).to_owned();
    let entity = request.var("entity").to_owned();
    put(tx, request, &entity, &role)
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut found = with_lists(tx, request)?;
    let at = position(request, &found, request.var("entity")).ok_or_else(|| absent(request))?;
    if let Some(entries) = found[field(request)].as_array_mut() {
        entries.remove(at);
    }
    save(tx, request, found)?;
    Ok(Answer::no_content())
}
