//! Carries out the lifecycle rules of buckets.
//!
//! Each write of a name in a bucket with rules puts it on the agenda for the first moment at which a version of
//! it meets a rule. Nothing is looked through before that, and a bucket without rules not at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::agenda::{self, Matter};
use super::objects::{ARCHIVED, LIVE, MARK, is_live, live, live_key, version_key};
use super::rules::{self, Action, Version};
use super::{buckets, removal, upload};
use crate::clock;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::store::Tx;

/// How many names of a bucket are looked at in one transaction.
const STEP: usize = 100;

fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_default()
}

/// The versions of a name, the newest first.
fn versions(tx: &Tx, bucket: &str, name: &str) -> Result<Vec<Value>, Refusal> {
    let archived = tx.all(ARCHIVED, &version_key(bucket, name, ""))?;
    let mut found: Vec<Value> = archived.into_iter().map(|(_, it)| it).collect();
    found.sort_by_key(|it| std::cmp::Reverse(text(it, "generation").parse::<u128>().unwrap_or(0)));
    if let Some(live) = live(tx, bucket, name)? {
        found.insert(0, live);
    }
    Ok(found)
}

/// What a version will see, and from when on.
fn actions(bucket: &Value, object: &Value, newer: usize) -> Vec<(OffsetDateTime, Action)> {
    let kept = match removal::is_held(object) {
        true => None,
        false => Some(removal::kept_until(bucket, object).unwrap_or(OffsetDateTime::UNIX_EPOCH)),
    };
    rules::actions(bucket, Version { object, newer }, kept)
}

/// Puts a name that was written on the agenda, if a rule of its bucket will concern it.
pub(super) fn note(tx: &mut Tx, bucket: &Value, name: &str) -> Result<(), Refusal> {
    if !rules::any(bucket) {
        return Ok(());
    }
    let in_bucket = text(bucket, "name");
    let mut first: Option<OffsetDateTime> = None;
    for (newer, object) in versions(tx, in_bucket, name)?.iter().enumerate() {
        first = earlier(first, actions(bucket, object, newer).iter().map(|(from, _)| *from).min());
    }
    match first {
        Some(at) => Ok(agenda::add(tx, &of(in_bucket, name), clock::micros(at))?),
        None => Ok(()),
    }
}

fn earlier(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn of(bucket: &str, name: &str) -> Matter {
    Matter::Name { bucket: bucket.to_owned(), name: name.to_owned() }
}

/// Does to the versions of a name what the rules say now, and puts it on the agenda for what they say later.
pub(super) fn apply(tx: &mut Tx, in_bucket: &str, name: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    // It may have been deleted since; its objects went before it.
    let Some(bucket) = tx.get(buckets::COLLECTION, in_bucket)? else { return Ok(()) };
    let mut next = None;
    for (newer, object) in versions(tx, in_bucket, name)?.into_iter().enumerate() {
        let actions = actions(&bucket, &object, newer);
        match rules::chosen(&actions, now) {
            // Nobody hears of what a rule does: no change of an object is told to the topics of its bucket here.
            Some(Action::Delete) if is_live(&object) => removal::retire(tx, &bucket, object, now)?,
            Some(Action::Delete) => removal::remove(tx, &bucket, object, now)?,
            Some(Action::SetStorageClass(class)) => set_class(tx, object, class, now)?,
            None => {
                next = earlier(next, actions.iter().map(|(from, _)| *from).min());
                continue;
            }
        }
        // What is left may meet another rule at once.
        next = Some(now);
    }
    match next {
        Some(at) => Ok(agenda::set(tx, &of(in_bucket, name), clock::micros(at))?),
        None => Ok(()),
    }
}

fn set_class(tx: &mut Tx, mut object: Value, class: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    let next = text(&object, "metageneration").parse::<u64>().unwrap_or(0) + 1;
    object["storageClass"] = json!(class);
    object["timeStorageClassUpdated"] = json!(moment::short(now));
    object["updated"] = json!(moment::short(now));
    object["metageneration"] = json!(next.to_string());
    object["etag"] = json!(made_up::etag());
    let (bucket, name) = (text(&object, "bucket"), text(&object, "name"));
    match is_live(&object) {
        true => tx.put(LIVE, &live_key(bucket, name), &object)?,
        false => tx.put(ARCHIVED, &version_key(bucket, name, text(&object, "generation")), &object)?,
    }
    Ok(())
}

/// Looks at some names of a bucket whose settings have changed, and puts the rest on the agenda.
pub(super) fn walk(tx: &mut Tx, bucket: &str, from: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    let prefix = live_key(bucket, "");
    // Behind all versions of the name that was the last.
    let after = (!from.is_empty()).then(|| format!("{}{MARK}\u{10FFFF}", live_key(bucket, from)));
    let mut names = BTreeSet::new();
    let mut end: Option<String> = None;
    for collection in [LIVE, ARCHIVED] {
        let found = tx.scan(collection, &prefix, after.as_deref(), STEP)?;
        if found.len() == STEP
            && let Some((_, last)) = found.last()
        {
            // What is behind this one has not been read of this collection.
            let last = text(last, "name").to_owned();
            end = Some(end.map_or(last.clone(), |it| it.min(last)));
        }
        names.extend(found.iter().map(|(_, it)| text(it, "name").to_owned()));
    }
    for name in names.iter().filter(|it| end.as_ref().is_none_or(|end| *it <= end)) {
        apply(tx, bucket, name, now)?;
    }
    match end {
        Some(from) => {
            let rest = Matter::Bucket { bucket: bucket.to_owned(), from };
            Ok(agenda::set(tx, &rest, clock::micros(now))?)
        }
        None => upload::reconsider(tx, bucket),
    }
}

/// Has all names of a bucket looked at, because its settings have changed.
pub(super) fn reconsider(tx: &mut Tx, bucket: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    let all = Matter::Bucket { bucket: bucket.to_owned(), from: String::new() };
    Ok(agenda::set(tx, &all, clock::micros(now))?)
}
