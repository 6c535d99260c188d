//! Routines: functions and procedures, kept but not run.

use serde_json::{Value, json};

use super::datasets::{self, DATASET};
use super::{check_match, check_reference, millis, settled, writable};
use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{Kind, default, page};
use crate::store::Tx;

pub(super) const ROUTINE: Kind = Kind {
    collection: "bigquery/routines",
    list: "routines",
    missing: |_, name| format!("Not found: Routine {}", title(name)),
    taken: |_, name| format!("Already Exists: Routine {}", title(name)),
    show: crate::resource::plain,
    page: 50,
};

fn title(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    format!("{}:{}.{}", parts.get(1).unwrap_or(&""), parts.get(3).unwrap_or(&""), parts.get(5).unwrap_or(&""))
}

fn name(request: &Request<'_>) -> String {
    format!("{}/routines/{}", datasets::name(request), request.var("routineId"))
}

fn check(routine: &Value) -> Result<(), Refusal> {
    for field in ["routineType", "definitionBody"] {
        if routine[field].as_str().is_none_or(str::is_empty) {
            return Err(
                Refusal::invalid(format!("Required parameter is missing: {field}")).reason("required")
            );
        }
    }
    Ok(())
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    DATASET.load(tx, request, &datasets::name(request))?;
    let mut routine = settled(writable(request, "Routine"));
    let reference = routine["routineReference"].clone();
    check_reference(request, &reference, &["projectId", "datasetId"])?;
    check(&routine)?;
    let id = reference["routineId"].as_str().unwrap_or_default();
    routine["routineReference"] = json!({"projectId": request.var("projectId"), "datasetId": request.var("datasetId"), "routineId": id});
    default(&mut routine, "language", "SQL");
    routine["etag"] = json!(made_up::etag());
    routine["creationTime"] = millis(request);
    routine["lastModifiedTime"] = millis(request);
    ROUTINE.insert(tx, request, &format!("{}/routines/{id}", datasets::name(request)), &routine)?;
    Ok(ROUTINE.answer(request, routine))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let routine = ROUTINE.load(tx, request, &name(request))?;
    Ok(ROUTINE.answer(request, routine))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let dataset = datasets::name(request);
    DATASET.load(tx, request, &dataset)?;
    let page =
        page(tx, request, ROUTINE.collection, &format!("{dataset}/routines/"), ROUTINE.page, |_, _| true)?;
    let mut answer = json!({});
    if !page.items.is_empty() {
        answer["routines"] = page
            .items
            .iter()
            .map(|(_, it)| {
                datasets::brief(
                    it,
                    &["routineType", "language", "etag", "creationTime", "lastModifiedTime"],
                    "routineReference",
                )
            })
            .collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = name(request);
    let old = ROUTINE.load(tx, request, &name)?;
    check_match(request, &old)?;
    let mut routine = settled(writable(request, "Routine"));
    check(&routine)?;
    for kept in ["routineReference", "creationTime"] {
        routine[kept] = old[kept].clone();
    }
    default(&mut routine, "language", "SQL");
    routine["etag"] = json!(made_up::etag());
    routine["lastModifiedTime"] = millis(request);
    ROUTINE.save(tx, &name, &routine)?;
    Ok(ROUTINE.answer(request, routine))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    ROUTINE.delete(tx, request, &name(request))?;
    Ok(Answer::no_content())
}
