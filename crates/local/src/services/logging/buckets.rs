//! Log buckets and the views on them. No entries are kept in them here.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request, last, parent};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

const BUCKET: Kind = Kind {
    collection: "logging/buckets",
    list: "buckets",
    missing: |_, name| format!("Bucket {} does not exist", last(name)),
    taken: |_, name| format!("Bucket {} already exists", last(name)),
    show: resource::plain,
    page: 1000,
};

const VIEW: Kind = Kind {
    collection: "logging/views",
    list: "views",
    missing: |_, name| format!("View {} does not exist", last(name)),
    taken: |_, name| format!("View {} already exists", last(name)),
    show: resource::plain,
    page: 1000,
};

/// The buckets that every project begins with: until one is changed it is not kept, only told.
fn begun_with(request: &Request<'_>) -> Result<[Value; 2], Refusal> {
    let prefix = format!("projects/{}/locations/global/buckets", request.project()?.id);
    Ok([
        json!({"name": format!("{prefix}/_Default"), "description": "Default bucket", "retentionDays": 30,
            "lifecycleState": "ACTIVE"}),
        json!({"name": format!("{prefix}/_Required"), "description": "Audit bucket", "retentionDays": 400,
            "lifecycleState": "ACTIVE", "locked": true}),
    ])
}

fn find(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Option<Value>, Refusal> {
    match BUCKET.find(tx, name)? {
        Some(bucket) => Ok(Some(bucket)),
        None => Ok(begun_with(request)?.into_iter().find(|it| it["name"] == name)),
    }
}

fn load(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
    find(tx, request, name)?.ok_or_else(|| Refusal::not_found((BUCKET.missing)(request, name)))
}

fn check_id(what: &str, id: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    resource::check_id(id, 1..=100, fits, &format!("The {what} identifier \"{id}\" is invalid."))
}

fn check(bucket: &Value) -> Result<(), Refusal> {
    let days = bucket["retentionDays"].as_i64().unwrap_or(0);
    if (1..=3650).contains(&days) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The retention of {days} days is invalid: it must be between 1 and 3650 days."
    )))
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "buckets", "bucketId")?;
    check_id("bucket", last(&name))?;
    if find(tx, request, &name)?.is_some() {
        return Err(Refusal::exists((BUCKET.taken)(request, &name)));
    }
    let mut bucket = request.body.clone();
    bucket["name"] = json!(name);
    // Zero days are the default.
    if bucket["retentionDays"].as_i64().unwrap_or(0) == 0 {
        bucket["retentionDays"] = json!(30);
    }
    check(&bucket)?;
    bucket["lifecycleState"] = json!("ACTIVE");
    bucket["createTime"] = request.time();
    bucket["updateTime"] = request.time();
    BUCKET.save(tx, &name, &bucket)?;
    Ok(BUCKET.answer(request, bucket))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let bucket = load(tx, request, request.name())?;
    Ok(BUCKET.answer(request, bucket))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("{}/buckets/", request.name());
    let mut answer = BUCKET.list_where(tx, request, &prefix, |_, _| true)?;
    // The first page begins with what every project has.
    if request.query.get("pageToken").is_none_or(str::is_empty)
        && matches!(last(request.name()), "global" | "-")
    {
        let mut all = Vec::new();
        for bucket in begun_with(request)? {
            if BUCKET.find(tx, bucket["name"].as_str().unwrap_or_default())?.is_none() {
                all.push(bucket);
            }
        }
        if let crate::request::Body::Json(body) = &answer.body {
            all.extend(body["buckets"].as_array().into_iter().flatten().cloned());
        }
        answer.set("buckets", all);
    }
    Ok(answer)
}

fn mask_of(request: &Request<'_>, schema: &str) -> Result<Vec<String>, Refusal> {
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("An update mask must be provided."));
    }
    resource::check_mask(request, schema, &mask)?;
    Ok(mask)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = load(tx, request, name)?;
    if old["locked"] == true || old["lifecycleState"] == "DELETE_REQUESTED" {
        return Err(Refusal::precondition(format!(
            "Bucket {} is locked or deleted and cannot be changed",
            last(name)
        )));
    }
    let mut bucket = old;
    apply_mask(&mut bucket, &request.body, &mask_of(request, "LogBucket")?);
    bucket["name"] = json!(name);
    resource::default(&mut bucket, "retentionDays", 30);
    check(&bucket)?;
    bucket["updateTime"] = request.time();
    BUCKET.save(tx, name, &bucket)?;
    Ok(BUCKET.answer(request, bucket))
}

/// Turns a bucket's state; a deleted one can be brought back for a while.
fn turn(tx: &mut Tx, request: &Request<'_>, from: &str, to: &str) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut bucket = load(tx, request, name)?;
    let id = last(name);
    if id.starts_with('_') || bucket["locked"] == true {
        return Err(Refusal::invalid(format!("Bucket {id} cannot be deleted")));
    }
    if bucket["lifecycleState"] != from {
        let state = bucket["lifecycleState"].as_str().unwrap_or_default();
        return Err(Refusal::precondition(format!("Bucket {id} is in the state {state}")));
    }
    bucket["lifecycleState"] = json!(to);
    bucket["updateTime"] = request.time();
    BUCKET.save(tx, name, &bucket)?;
    Ok(Answer::empty())
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    turn(tx, request, "ACTIVE", "DELETE_REQUESTED")
}

pub(super) fn undelete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    turn(tx, request, "DELETE_REQUESTED", "ACTIVE")
}

pub(super) fn create_view(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request, request.name())?;
    let name = resource::created(request, "views", "viewId")?;
    check_id("view", last(&name))?;
    let mut view = request.body.clone();
    view["name"] = json!(name);
    view["createTime"] = request.time();
    view["updateTime"] = request.time();
    VIEW.insert(tx, request, &name, &view)?;
    Ok(VIEW.answer(request, view))
}

pub(super) fn get_view(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request, parent(request.name()))?;
    VIEW.get(tx, request)
}

pub(super) fn list_views(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request, request.name())?;
    VIEW.list(tx, request)
}

pub(super) fn patch_view(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut view = VIEW.load(tx, request, name)?;
    let mut mask = request.mask();
    resource::check_mask(request, "LogView", &mask)?;
    if mask.is_empty() {
        mask = ["description", "filter"].map(str::to_owned).into();
    }
    apply_mask(&mut view, &request.body, &mask);
    view["name"] = json!(name);
    view["updateTime"] = request.time();
    VIEW.save(tx, name, &view)?;
    Ok(VIEW.answer(request, view))
}

pub(super) fn delete_view(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    VIEW.drop(tx, request)
}
