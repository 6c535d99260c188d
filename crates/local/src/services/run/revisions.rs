//! Revisions: what a service's template was, each time it changed.

use serde_json::{Value, json};

use super::operate;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request, last, parent};
use crate::resource::{Kind, plain, remove};
use crate::store::Tx;

pub(super) const REVISION: Kind = Kind {
    collection: "run/revisions",
    list: "revisions",
    missing: |_, name| format!("revision \"{name}\" not found"),
    taken: |_, name| format!("Revision named '{}' with different configuration already exists.", last(name)),
    show: plain,
    page: 100,
};

/// The name of a service's next revision: as its template says, or counted.
pub(super) fn name(service: &Value, count: u64) -> String {
    let of = service["name"].as_str().unwrap_or_default();
    match service["template"]["revision"].as_str() {
        Some(named) => format!("{of}/revisions/{named}"),
        None => format!("{of}/revisions/{}-{count:05}-{}", last(of), letters()),
    }
}

/// Three letters, as Cloud Run ends its revisions' names.
fn letters() -> String {
    (0..3).map(|_| char::from(b'a' + u8::try_from(made_up::random() % 26).unwrap_or(0))).collect()
}

/// Keeps the revision that a service has now.
pub(super) fn create(tx: &mut Tx, request: &Request<'_>, service: &Value) -> Result<(), Refusal> {
    let name = service["_revision"].as_str().unwrap_or_default().to_owned();
    let mut revision = service["template"].clone();
    remove(&mut revision, "revision");
    let now = moment::text(request.now);
    revision["name"] = json!(name);
    revision["uid"] = json!(made_up::uuid());
    revision["generation"] = json!("1");
    revision["observedGeneration"] = json!("1");
    revision["createTime"] = json!(now);
    revision["updateTime"] = json!(now);
    revision["etag"] = json!(made_up::etag());
    revision["service"] = json!(parent(&name));
    revision["launchStage"] = service["launchStage"].clone();
    let state = if service["_runs"] == true { "CONDITION_RECONCILING" } else { "CONDITION_SUCCEEDED" };
    revision["conditions"] = json!([{"type": "Ready", "state": state, "lastTransitionTime": now}]);
    REVISION.insert(tx, request, &name, &revision)
}

/// Removes all revisions of a service that is no more.
pub(super) fn forget(tx: &mut Tx, service: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(REVISION.collection, &format!("{service}/revisions/"))? {
        tx.remove(REVISION.collection, &name)?;
    }
    Ok(())
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let revision = REVISION.load(tx, request, name)?;
    let service = super::services::SERVICE.load(tx, request, parent(name))?;
    if service["_revision"] == name {
        return Err(Refusal::precondition(format!(
            "Revision '{}' is the latest one and cannot be deleted.",
            last(name)
        )));
    }
    REVISION.delete(tx, request, name)?;
    operate(tx, request, &REVISION, "Revision", revision)
}
