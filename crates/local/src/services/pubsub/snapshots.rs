//! Snapshots: where a subscription stood.

use serde_json::json;
use time::Duration;

use super::{check_name, kind, subscriptions, update_mask};
use crate::error::Refusal;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{Kind, apply_mask, check_labels};
use crate::store::Tx;

pub(super) const SNAPSHOT: Kind = kind("pubsub/snapshots", "snapshots");

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    check_name(name)?;
    check_labels(&request.body["labels"])?;
    let subscription =
        subscriptions::SUBSCRIPTION.load(tx, request, &request.named(request.text("subscription")))?;
    let mut snapshot = json!({
        "name": name,
        "topic": subscription["topic"],
        "expireTime": moment::text(request.now + Duration::days(7)),
    });
    if request.body["labels"].is_object() {
        snapshot["labels"] = request.body["labels"].clone();
    }
    SNAPSHOT.insert(tx, request, name, &snapshot)?;
    Ok(SNAPSHOT.answer(request, snapshot))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mask = update_mask(request, "UpdateSnapshotRequest", "Snapshot", &["name", "topic"])?;
    let mut snapshot = SNAPSHOT.load(tx, request, name)?;
    apply_mask(&mut snapshot, &request.body["snapshot"], &mask);
    check_labels(&snapshot["labels"])?;
    SNAPSHOT.save(tx, name, &snapshot)?;
    Ok(SNAPSHOT.answer(request, snapshot))
}
