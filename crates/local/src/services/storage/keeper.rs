//! What happens in buckets without anyone asking: rules are carried out, and what was deleted goes for good.
//!
//! A round is one transaction for a handful of matters of the agenda, and what they lead to is put on the agenda in
//! the same one: a kill between two rounds loses nothing and does nothing twice.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::agenda::{self, Matter};
use super::{buckets, deleted_buckets, lifecycle, removal, rules, upload};
use crate::clock;
use crate::cloud::Cloud;
use crate::error::Refusal;

/// How often it looks whether something is due: a look at the first entry.
const PAUSE: Duration = Duration::from_millis(100);

/// How many matters are dealt with in one transaction.
const STEP: usize = 100;

/// Says that what was there before there was an agenda is on it.
const BEGUN: (&str, &str) = ("storage/agendaBegun", "");

/// Looks after buckets as long as the cloud runs.
pub async fn keep(cloud: Arc<Cloud>) {
    loop {
        let work = Arc::clone(&cloud);
        let done = tokio::task::spawn_blocking(move || round(&work)).await;
        // What cannot be done now is tried again at the next round.
        if !matches!(done, Ok(Ok(true))) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Puts buckets that were given rules before this cloud carried them out on the agenda.
fn begin(cloud: &Cloud) -> Result<(), Refusal> {
    let mut tx = cloud.store.write()?;
    for (name, bucket) in tx.all(buckets::COLLECTION, "")? {
        if rules::any(&bucket) {
            lifecycle::reconsider(&mut tx, &name, cloud.clock.now())?;
        }
    }
    tx.put(BEGUN.0, BEGUN.1, &json!(true))?;
    Ok(tx.commit()?)
}

/// Deals with some of what is due; says whether there was any.
fn round(cloud: &Cloud) -> Result<bool, Refusal> {
    let now = cloud.clock.now();
    let tx = cloud.store.read()?;
    if tx.get(BEGUN.0, BEGUN.1)?.is_none() {
        begin(cloud)?;
        return Ok(true);
    }
    if agenda::due(&tx, clock::micros(now), 1)?.is_empty() {
        return Ok(false);
    }
    drop(tx);
    let mut tx = cloud.store.write()?;
    for matter in agenda::due(&tx, clock::micros(now), STEP)? {
        agenda::forget(&mut tx, &matter)?;
        match matter {
            Matter::Name { bucket, name } => lifecycle::apply(&mut tx, &bucket, &name, now)?,
            Matter::Bucket { bucket, from } => lifecycle::walk(&mut tx, &bucket, &from, now)?,
            Matter::Object(key) => removal::expire(&mut tx, &key, now)?,
            Matter::Deleted(key) => deleted_buckets::expire(&mut tx, &key)?,
            Matter::Upload(session) => upload::expire(&mut tx, &session, now)?,
        }
    }
    tx.commit()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::storage::objects;
    use crate::store::Store;

    #[test]
    fn what_was_there_before_there_was_an_agenda_is_found() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        let bucket = |name: &str, lifecycle: serde_json::Value| json!({"name": name, "generation": "1", "lifecycle": lifecycle});
        let rules = json!({"rule": [{"action": {"type": "Delete"}, "condition": {"age": 1}}]});
        tx.put(buckets::COLLECTION, "ruled", &bucket("ruled", rules)).unwrap();
        tx.put(buckets::COLLECTION, "plain", &bucket("plain", json!(null))).unwrap();
        for (bucket, name) in [("ruled", "old"), ("ruled", "new"), ("plain", "old")] {
            let created = if name == "old" { "2020-01-01T00:00:00.000Z" } else { "9020-01-01T00:00:00.000Z" };
            let object = json!({"bucket": bucket, "name": name, "generation": "1", "timeCreated": created});
            tx.put(objects::LIVE, &objects::live_key(bucket, name), &object).unwrap();
        }
        tx.commit().unwrap();
        let address = ([127, 0, 0, 1], 8085).into();
        let cloud = Cloud::new(store, Duration::ZERO, address, None).unwrap();
        while round(&cloud).unwrap() {}
        let tx = cloud.store.read().unwrap();
        let left: Vec<String> = tx.all(objects::LIVE, "").unwrap().into_iter().map(|it| it.0).collect();
        assert_eq!(left, [objects::live_key("plain", "old"), objects::live_key("ruled", "new")]);
    }
}
