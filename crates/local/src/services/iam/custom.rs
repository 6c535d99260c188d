//! Custom roles of a project.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{Kind, apply_mask, check_mask, default, remove, visible};
use crate::store::Tx;

pub(super) const ROLE: Kind = Kind {
    collection: "iam/roles",
    list: "roles",
    missing: |_, name| format!("The role named {name} was not found."),
    taken: |_, name| {
        format!(
            "A role named {} in {} already exists.",
            crate::request::last(name),
            crate::request::parent(name)
        )
    },
    show,
    page: 300,
};

/// Lists leave the permissions out unless they are asked for.
fn show(request: &Request<'_>, document: Value) -> Value {
    let mut shown = visible(document);
    if request.method.id.ends_with(".list") && request.query.get("view") != Some("FULL") {
        remove(&mut shown, "includedPermissions");
    }
    shown
}

fn check(role: &Value) -> Result<(), Refusal> {
    for permission in role["includedPermissions"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if permission.split('.').count() < 3 {
            return Err(Refusal::invalid(format!("Permission {permission} is not valid.")));
        }
    }
    if role["title"].as_str().is_some_and(|it| it.chars().count() > 100) {
        return Err(Refusal::invalid("The role title can have at most 100 characters."));
    }
    Ok(())
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.text("roleId");
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if !(3..=64).contains(&id.len()) || !id.chars().all(fits) {
        return Err(Refusal::invalid(format!(
            "The role_id {id:?} must have 3 to 64 letters, digits, underscores or periods."
        )));
    }
    let name = format!("{}/roles/{id}", request.name());
    let mut role = request.body["role"].clone();
    default(&mut role, "stage", "ALPHA");
    role["name"] = json!(name);
    role["etag"] = json!(made_up::etag());
    check(&role)?;
    ROLE.insert(tx, request, &name, &role)?;
    Ok(ROLE.answer(request, role))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("{}/roles/", request.name());
    let all = request.query.is("showDeleted");
    ROLE.list_where(tx, request, &prefix, |_, it| all || it["deleted"] != true)
}

fn save(tx: &mut Tx, request: &Request<'_>, mut role: Value) -> Result<Answer, Refusal> {
    role["etag"] = json!(made_up::etag());
    ROLE.save(tx, request.name(), &role)?;
    Ok(ROLE.answer(request, role))
}

fn load(tx: &Tx, request: &Request<'_>, sent: Option<&str>) -> Result<Value, Refusal> {
    let role = ROLE.load(tx, request, request.name())?;
    if made_up::is_stale(sent, role["etag"].as_str()) {
        return Err(Refusal::aborted(
            "There were concurrent changes to the role. Please read it and try again.",
        ));
    }
    Ok(role)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut role = load(tx, request, request.body["etag"].as_str())?;
    if role["deleted"] == true {
        return Err(Refusal::precondition("The role is deleted: undelete it first."));
    }
    let mut mask = request.mask();
    if mask.is_empty() {
        mask = ["title", "description", "includedPermissions", "stage"].map(str::to_owned).into();
    }
    check_mask(request, "Role", &mask)?;
    apply_mask(&mut role, &request.body, &mask);
    check(&role)?;
    save(tx, request, role)
}

/// A deleted role grants nothing and can come back for a week.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut role = load(tx, request, request.query.get("etag"))?;
    if role["deleted"] == true {
        return Err(Refusal::precondition("The role is deleted already."));
    }
    role["deleted"] = json!(true);
    save(tx, request, role)
}

pub(super) fn undelete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut role = load(tx, request, request.body["etag"].as_str())?;
    if role["deleted"] != true {
        return Err(Refusal::precondition("The role is not deleted."));
    }
    remove(&mut role, "deleted");
    save(tx, request, role)
}
