//! Resource Manager, v1 and v3: projects and who may do what in them.

use serde_json::{Value, json};

use crate::cloud::Project;
use crate::error::Refusal;
use crate::iam;
use crate::operation;
use crate::request::{Answer, Handler, Request};
use crate::store::Tx;

pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.get" => get,
        "projects.list" | "projects.search" => list,
        "projects.getAncestry" => ancestry,
        "projects.getIamPolicy" => |tx, request| iam::get(tx, request, &key(request)?),
        "projects.setIamPolicy" => |tx, request| iam::set(tx, request, &key(request)?),
        "projects.testIamPermissions" => |tx, request| iam::test(tx, request, &key(request)?),
        "operations.get" => operation::get,
        _ => return None,
    })
}

fn key(request: &Request<'_>) -> Result<String, Refusal> {
    Ok(iam::project_key(&request.project()?.id))
}

fn shown(tx: &Tx, request: &Request<'_>, project: &Project) -> Result<Value, Refusal> {
    let document = tx.get("projects", &project.id)?.unwrap_or_default();
    let created = document["createTime"].clone();
    Ok(match request.api.version.as_str() {
        "v1" => json!({
            "projectId": project.id,
            "projectNumber": project.number,
            "name": project.id,
            "lifecycleState": "ACTIVE",
            "createTime": created,
        }),
        _ => json!({
            "name": format!("projects/{}", project.number),
            "projectId": project.id,
            "displayName": project.id,
            "state": "ACTIVE",
            "createTime": created,
            "updateTime": created,
            "etag": crate::made_up::FIRST_ETAG,
        }),
    })
}

fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    Ok(Answer::json(shown(tx, request, project)?))
}

/// Whether a project fits a filter such as `id:p` or `projectId=p AND lifecycleState:ACTIVE`.
fn fits(filter: &str, shown: &Value) -> bool {
    filter.split(" AND ").flat_map(str::split_whitespace).all(|term| {
        let Some((field, wanted)) = term.split_once([':', '=']) else { return true };
        let wanted = wanted.trim_matches('"');
        let field = match field {
            "id" => "projectId",
            "projectNumber" if shown.get("projectNumber").is_none() => "name",
            other => other,
        };
        match shown[field].as_str() {
            Some(value) => {
                wanted == "*" || value.eq_ignore_ascii_case(wanted) || value.ends_with(&format!("/{wanted}"))
            }
            None => false,
        }
    })
}

fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let filter = request.query.get("filter").or_else(|| request.query.get("query")).unwrap_or_default();
    let mut projects = Vec::new();
    for project in request.cloud.all() {
        let keys = [iam::project_key(&project.id)];
        if !iam::granted(tx, &request.caller, "resourcemanager.projects.get", &keys)? {
            continue;
        }
        let it = shown(tx, request, &project)?;
        // These projects belong to no organization: a list under a parent has none of them.
        if request.query.get("parent").is_none_or(str::is_empty) && fits(filter, &it) {
            projects.push(it);
        }
    }
    Ok(Answer::json(if projects.is_empty() { json!({}) } else { json!({"projects": projects}) }))
}

fn ancestry(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    Ok(Answer::json(json!({"ancestor": [{"resourceId": {"type": "project", "id": project.id}}]})))
}
