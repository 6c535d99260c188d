//! How a version of an object goes: into the archive, among the soft-deleted, or for good.

use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime};

use super::agenda::{self, Matter};
use super::objects::{ARCHIVED, LIVE, MARK, is_live, live_key, version_key};
use super::{buckets, deleted_buckets};
use crate::clock;
use crate::error::Refusal;
use crate::moment;
use crate::store::Tx;

/// Soft-deleted versions, by bucket, the bucket's generation, name and generation: a bucket that is made
/// again under the same name does not have those of the one before.
pub(super) const DELETED: &str = "storage/deleted";

/// How often it is looked whether a bucket still holds up what should go for good.
const PAUSED: Duration = Duration::minutes(1);

fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_default()
}

/// The key of a soft-deleted version; with an empty generation, what all of a name begin with.
pub(super) fn deleted_key(bucket: &Value, name: &str, generation: &str) -> String {
    format!("{}{name}{MARK}{generation}", deleted_prefix(bucket))
}

/// What the keys of a bucket's soft-deleted versions begin with.
pub(super) fn deleted_prefix(bucket: &Value) -> String {
    format!("{}{MARK}{}{MARK}", text(bucket, "name"), text(bucket, "generation"))
}

/// For how long a bucket keeps what is deleted; `None` if it does not.
pub(super) fn kept_for(bucket: &Value) -> Option<Duration> {
    let seconds = bucket["softDeletePolicy"]["retentionDurationSeconds"].as_str()?.parse::<i64>().ok()?;
    (seconds > 0).then(|| Duration::seconds(seconds))
}

/// Whether a hold keeps an object from being deleted or overwritten.
pub(super) fn is_held(object: &Value) -> bool {
    object["eventBasedHold"] == true || object["temporaryHold"] == true
}

/// Until when an object must not be deleted, by its bucket's retention policy or its own.
pub(super) fn kept_until(bucket: &Value, object: &Value) -> Option<OffsetDateTime> {
    let period = bucket["retentionPolicy"]["retentionPeriod"].as_str().and_then(|it| it.parse().ok());
    let created = object["timeCreated"].as_str().and_then(moment::parse);
    let by_bucket = period.zip(created).map(|(period, created)| {
        let end = created.checked_add(Duration::seconds(period));
        end.unwrap_or(Date::MAX.midnight().assume_utc())
    });
    let own = object["retention"]["retainUntilTime"].as_str().and_then(moment::parse);
    by_bucket.max(own)
}

/// Takes a live version away: to the archive if the bucket keeps versions.
pub(super) fn retire(
    tx: &mut Tx,
    bucket: &Value,
    mut object: Value,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    if bucket["versioning"]["enabled"] != true {
        return remove(tx, bucket, object, now);
    }
    object["timeDeleted"] = json!(moment::short(now));
    let (in_bucket, name) = (text(&object, "bucket"), text(&object, "name"));
    tx.put(ARCHIVED, &version_key(in_bucket, name, text(&object, "generation")), &object)?;
    tx.remove(LIVE, &live_key(in_bucket, name))?;
    Ok(())
}

/// Deletes a version, the live one too; the bucket's policy says whether it is kept for a while.
pub(super) fn remove(
    tx: &mut Tx,
    bucket: &Value,
    mut object: Value,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    let (in_bucket, name) = (text(&object, "bucket").to_owned(), text(&object, "name").to_owned());
    let generation = text(&object, "generation").to_owned();
    match is_live(&object) {
        true => tx.remove(LIVE, &live_key(&in_bucket, &name))?,
        false => tx.remove(ARCHIVED, &version_key(&in_bucket, &name, &generation))?,
    };
    let Some(end) = kept_for(bucket).and_then(|it| now.checked_add(it)) else {
        return Ok(tx.remove_stored(&version_key(&in_bucket, &name, &generation))?);
    };
    object["softDeleteTime"] = json!(moment::short(now));
    object["hardDeleteTime"] = json!(moment::short(end));
    let key = deleted_key(bucket, &name, &generation);
    tx.put(DELETED, &key, &object)?;
    Ok(agenda::set(tx, &Matter::Object(key), clock::micros(end))?)
}

/// Removes a soft-deleted version for good, unless its bucket holds that up.
pub(super) fn expire(tx: &mut Tx, key: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    let Some(object) = tx.get(DELETED, key)? else { return Ok(()) };
    if is_paused(tx, key)? {
        return Ok(agenda::set(tx, &Matter::Object(key.to_owned()), clock::micros(now + PAUSED))?);
    }
    forget(tx, key, &object)
}

/// Removes a soft-deleted version for good.
pub(super) fn forget(tx: &mut Tx, key: &str, object: &Value) -> Result<(), Refusal> {
    agenda::forget(tx, &Matter::Object(key.to_owned()))?;
    tx.remove(DELETED, key)?;
    let content = version_key(text(object, "bucket"), text(object, "name"), text(object, "generation"));
    Ok(tx.remove_stored(&content)?)
}

/// Whether the bucket of a soft-deleted version, which may be deleted itself, lets nothing go for good.
fn is_paused(tx: &Tx, key: &str) -> Result<bool, Refusal> {
    let mut parts = key.split(MARK);
    let (name, generation) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let live = tx.get(buckets::COLLECTION, name)?.filter(|it| it["generation"] == generation);
    let bucket = match live {
        Some(bucket) => Some(bucket),
        None => deleted_buckets::find(tx, name, generation)?,
    };
    Ok(bucket.is_some_and(|it| it["softDeletePolicy"]["hardDeletePause"]["enabled"] == true))
}
