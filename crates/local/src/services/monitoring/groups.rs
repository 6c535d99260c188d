//! Groups of monitored resources.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

pub(super) const GROUP: Kind = Kind {
    collection: "monitoring/groups",
    list: "group",
    missing: |_, name| format!("Cannot find group with name {name}."),
    taken: resource::already_exists,
    show: resource::plain,
    page: 500,
};

/// Keeps a group as it was given; its parent, if it has one, must be there.
fn write(tx: &mut Tx, request: &Request<'_>, name: &str) -> Result<Answer, Refusal> {
    let mut group = request.body.clone();
    for field in ["displayName", "filter"] {
        if group[field].as_str().unwrap_or_default().is_empty() {
            return Err(Refusal::invalid(format!("Field group.{field} is required.")));
        }
    }
    if let Some(parent) = group["parentName"].as_str() {
        let parent = request.named(parent);
        GROUP.load(tx, request, &parent)?;
        if ancestors(tx, request, &parent)?.iter().any(|it| it == name) {
            return Err(Refusal::invalid("A group cannot be its own ancestor."));
        }
    }
    group["name"] = json!(name);
    if !request.query.is("validateOnly") {
        GROUP.save(tx, name, &group)?;
    }
    Ok(GROUP.answer(request, group))
}

/// A group and those it is in, the innermost first; a ring that an earlier version let in ends where it closes.
fn ancestors(tx: &Tx, request: &Request<'_>, of: &str) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    let mut next = Some(of.to_owned());
    while let Some(name) = next.filter(|it| !found.contains(it)) {
        next =
            tx.get(GROUP.collection, &name)?.and_then(|it| Some(request.named(it["parentName"].as_str()?)));
        found.push(name);
    }
    Ok(found)
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/groups/{}", request.name(), made_up::digits(19));
    write(tx, request, &name)
}

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    GROUP.load(tx, request, request.name())?;
    write(tx, request, request.name())
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("{}/groups/", request.name());
    let children = request.query.get("childrenOfGroup").map(|it| request.named(it));
    GROUP.list_where(tx, request, &prefix, |_, it| {
        let parent = it["parentName"].as_str().map(|it| request.named(it));
        children.as_ref().is_none_or(|wanted| parent.as_ref() == Some(wanted))
    })
}

/// A group that has groups in it goes only with them.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut gone = vec![request.name().to_owned()];
    GROUP.load(tx, request, request.name())?;
    let all = tx.all(GROUP.collection, "")?;
    let mut at = 0;
    while let Some(parent) = gone.get(at).cloned() {
        let inside = |it: &Value| it["parentName"].as_str().is_some_and(|it| request.named(it) == parent);
        let new: Vec<String> = all
            .iter()
            .filter(|(name, it)| inside(it) && !gone.contains(name))
            .map(|(name, _)| name.clone())
            .collect();
        gone.extend(new);
        at += 1;
    }
    if gone.len() > 1 && !request.query.is("recursive") {
        return Err(Refusal::precondition(format!(
            "Cannot delete group {} because it has children; set recursive to delete them too.",
            request.name()
        )));
    }
    for name in gone {
        tx.remove(GROUP.collection, &name)?;
    }
    Ok(Answer::empty())
}
