//! Snapshots: where a subscription stood.

use serde_json::json;
use time::Duration;

use super::{check_name, kind, subscriptions, update_mask};
use crate::clock;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{Kind, apply_mask, check_labels};
use crate::store::Tx;

pub(super) const SNAPSHOT: Kind = kind("pubsub/snapshots", "snapshots");

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    check_name(name)?;
    check_labels(&request.body["labels"])?;
    let of = request.named(request.text("subscription"));
    let subscription = subscriptions::SUBSCRIPTION.load(tx, request, &of)?;
    if SNAPSHOT.find(tx, name)?.is_some() {
        return Err(Refusal::exists((SNAPSHOT.taken)(request, name)));
    }
    let holder = made_up::hex(16);
    let (rows, oldest) = request.cloud.pubsub.freeze(name, &holder, &of)?;
    tx.write_rows(&rows)?;
    // A snapshot lasts until its oldest message would be a week old.
    let expires = oldest.map_or(request.now, clock::at) + Duration::days(7);
    let mut snapshot = json!({
        "name": name,
        "topic": subscription["topic"],
        "expireTime": moment::text(expires),
        "_holder": holder,
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
