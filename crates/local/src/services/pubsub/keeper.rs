//! What happens without anyone asking: deadlines end, files are written, messages are pushed, old ones go.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::broker::State;
use super::push::Pusher;
use super::settings::Target;
use super::{dead_letter, export, snapshots, subscriptions, tables};
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::queue::Row;

/// How often it looks after everything.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks after messages as long as the cloud runs.
pub async fn keep(cloud: Arc<Cloud>) {
    let pusher = Pusher::new();
    loop {
        let work = Arc::clone(&cloud);
        // A panic ends only its own round.
        let _ = tokio::task::spawn_blocking(move || round(&work)).await;
        pusher.push(&cloud);
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is to be done, found while the state is locked and done when it is not.
#[derive(Debug, Default)]
struct Work {
    dead: Vec<(String, u64)>,
    exports: Vec<String>,
    tables: Vec<String>,
    expired: Vec<String>,
    snapshots: Vec<String>,
    rows: Vec<Row>,
}

fn round(cloud: &Cloud) {
    let now = cloud.clock.micros();
    let work = find(&mut cloud.pubsub.lock(), now);
    if !work.rows.is_empty() {
        cloud.pubsub.writer.write(work.rows, |_| ());
    }
    let noted = std::mem::take(&mut *cloud.pubsub.dead.lock().unwrap_or_else(PoisonError::into_inner));
    for (name, id) in work.dead.into_iter().chain(noted) {
        if dead_letter::forward(cloud, &name, id, None, now).is_err() {
            cloud.pubsub.note_dead(&name, &[id]);
        }
    }
    // What fails is found again at the next round, and does not keep the others waiting.
    for name in work.exports {
        let _ = export::run(cloud, &name, now);
    }
    for name in work.tables {
        let _ = tables::run(cloud, &name, now);
    }
    for name in work.expired {
        if remove(cloud, subscriptions::SUBSCRIPTION.collection, &name).is_ok() {
            cloud.pubsub.sync_subscription(&name, None);
        }
    }
    for name in work.snapshots {
        if remove(cloud, snapshots::SNAPSHOT.collection, &name).is_ok() {
            cloud.pubsub.sync_snapshot(&name, None);
        }
    }
}

fn remove(cloud: &Cloud, collection: &str, name: &str) -> Result<(), Refusal> {
    let mut tx = cloud.store.write()?;
    tx.remove(collection, name)?;
    crate::iam::forget(&mut tx, &crate::iam::key("pubsub", name))?;
    Ok(tx.commit()?)
}

fn find(state: &mut State, now: i64) -> Work {
    let mut work = Work::default();
    let mut released = Vec::new();
    for (name, it) in &mut state.subscriptions {
        work.dead.extend(it.backlog.tick(now, &it.settings).into_iter().map(|id| (name.clone(), id)));
        let old = now.saturating_sub(it.settings.retention);
        while let Some(id) = it.backlog.oldest().filter(|it| it.published <= old).map(|it| it.id) {
            it.backlog.remove(id);
            released.push((it.holder.clone(), id));
        }
        while let Some(entry) = it.acknowledged.first_entry().filter(|it| it.get().0.published <= old) {
            released.push((it.holder.clone(), *entry.key()));
            entry.remove();
        }
        if it.used == 0 {
            it.used = now;
        }
        if it.settings.lifetime.is_some_and(|lifetime| it.used.saturating_add(lifetime) <= now) {
            work.expired.push(name.clone());
        } else if it.settings.detached || it.settings.transforms || it.rests > now {
            continue;
        } else if it.settings.target == Target::Bucket && export::is_due(it, now) {
            work.exports.push(name.clone());
        } else if it.settings.target == Target::Table && it.backlog.ready().next().is_some() {
            work.tables.push(name.clone());
        }
    }
    for topic in state.topics.values_mut() {
        let old = topic.retention.map_or(i64::MAX, |it| now.saturating_sub(it));
        while let Some(entry) = topic.log.first_entry().filter(|it| it.get().published <= old) {
            released.push((topic.holder.clone(), *entry.key()));
            entry.remove();
        }
    }
    for (name, it) in &state.snapshots {
        if it.expires <= now {
            work.snapshots.push(name.clone());
        }
    }
    for (holder, id) in released {
        work.rows.push(Row::NoHold(holder, id));
        state.release(id, &mut work.rows);
    }
    work
}
