//! Predefined roles, to read.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::roles;
use crate::store::Tx;

fn shown(role: &str, full: bool) -> Value {
    let mut shown = json!({"name": role, "stage": "GA", "etag": "AA=="});
    if full && let Some(all) = roles::permissions(role) {
        shown["includedPermissions"] = json!(all);
    }
    shown
}

pub(super) fn get(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let role = request.var("name");
    if roles::permissions(role).is_none() {
        return Err(Refusal::not_found(format!("The role named {role} was not found.")));
    }
    Ok(Answer::json(shown(role, true)))
}

pub(super) fn list(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let full = request.query.get("view") == Some("FULL");
    let size = request.query.number("pageSize").and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let size = size.unwrap_or(300).min(1000);
    let after = request.query.get("pageToken").unwrap_or_default();
    let mut names: Vec<&str> = roles::names().filter(|it| *it > after).take(size + 1).collect();
    let more = names.len() > size;
    names.truncate(size);
    let mut answer = json!({"roles": names.iter().map(|it| shown(it, full)).collect::<Vec<_>>()});
    if more {
        answer["nextPageToken"] = json!(names.last());
    }
    Ok(Answer::json(answer))
}
