//! Runs the containers of Cloud Run: revisions of services while they are called, and executions of jobs.
//!
//! What is to be run stands in the store (see [`queue`]), put there by the transaction that declares it. This
//! side takes it from there, so that what a killed cloud had begun is begun again by the next.

mod command;
mod environment;
mod execution;
mod failure;
mod headers;
mod image;
mod invoker;
mod listening;
pub mod logs;
pub mod network;
mod probe;
mod process;
mod proxy;
pub mod queue;
mod revision;
mod rollout;
mod traffic;
mod unpack;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};

pub use proxy::place;
pub use revision::{RESERVED, container};

use crate::cloud::Cloud;
use crate::store::StoreError;
use execution::Executions;
use failure::Failure;
use process::GRACE;
use revision::Revision;
use traffic::Need;

/// How often we look for what is idle.
const ROUND: Duration = Duration::from_secs(1);

/// How long containers have to end when the cloud itself ends: whoever stops it waits ten seconds.
const LAST_GRACE: Duration = Duration::from_secs(8);

/// What runs in this cloud.
pub struct Runtime {
    cloud: Arc<Cloud>,
    /// After how long without a request a service that need not be up is ended.
    idle: Duration,
    revisions: Mutex<HashMap<String, Arc<Revision>>>,
    /// What of the queue is being done.
    busy: Mutex<HashSet<String>>,
    work: Mutex<Option<JoinHandle<()>>>,
    executions: Executions,
}

/// What a lock guards, also after someone failed who had it: it is never left half changed.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does aside what waits for a disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::internal(format!("The local cloud failed at this: {error}."))),
    }
}

impl Runtime {
    /// Begins to run what the store says is to be run.
    pub fn start(cloud: &Arc<Cloud>, idle: Duration) -> Arc<Runtime> {
        let runtime = Arc::new(Runtime {
            cloud: Arc::clone(cloud),
            idle,
            revisions: Mutex::default(),
            busy: Mutex::default(),
            work: Mutex::default(),
            executions: Executions::default(),
        });
        *locked(&runtime.work) = Some(tokio::spawn(Arc::clone(&runtime).work()));
        runtime
    }

    async fn work(self: Arc<Self>) {
        let (cloud, runtime) = (Arc::clone(&self.cloud), Arc::clone(&self));
        // What cannot be cleared now is cleared at the next start, and what cannot be read is not woken.
        let _ = blocking(move || {
            process::end_orphans(&cloud);
            image::sweep(&cloud)?;
            runtime.wake()
        })
        .await;
        let mut tasks = JoinSet::new();
        let mut rung = true;
        loop {
            for (key, entry) in self.waiting(rung).await {
                let runtime = Arc::clone(&self);
                tasks.spawn(async move {
                    match entry["executes"] == true {
                        true => runtime.execute(&key, &entry).await,
                        false => runtime.roll_out(&key, &entry).await,
                    }
                    locked(&runtime.busy).remove(&key);
                });
            }
            self.tend(&mut tasks).await;
            while tasks.try_join_next().is_some() {}
            rung = tokio::select! {
                () = self.cloud.bell.notified() => true,
                () = tokio::time::sleep(ROUND) => false,
            };
        }
    }

    /// What of the queue is not being done yet.
    async fn waiting(&self, rung: bool) -> Vec<(String, Value)> {
        let cloud = Arc::clone(&self.cloud);
        // Whoever rings does so within a transaction: one of ours begins when it has ended.
        let read = blocking(move || {
            let tx = if rung { cloud.store.write()? } else { cloud.store.read()? };
            Ok(tx.all(queue::COLLECTION, "")?)
        });
        // What cannot be read now is read in the next round.
        let all = read.await.unwrap_or_default();
        let mut busy = locked(&self.busy);
        all.into_iter().filter(|(key, _)| busy.insert(key.clone())).collect()
    }

    /// The revision of this name, if there is one.
    fn revision(&self, name: &str) -> Result<Option<Arc<Revision>>, StoreError> {
        if let Some(found) = locked(&self.revisions).get(name) {
            return Ok(Some(Arc::clone(found)));
        }
        let Some(document) = self.cloud.store.read()?.get("run/revisions", name)? else { return Ok(None) };
        let mut revisions = locked(&self.revisions);
        let made =
            revisions.entry(name.to_owned()).or_insert_with(|| Arc::new(Revision::new(name, document)));
        Ok(Some(Arc::clone(made)))
    }

    /// Takes note of what must be up although nobody calls it.
    fn wake(&self) -> Result<(), Failure> {
        for (_, service) in self.cloud.store.read()?.all("run/services", "")? {
            for target in traffic::targets(&service) {
                if traffic::need(&self.cloud, &target.revision)? == Need::Up {
                    self.revision(&target.revision)?;
                }
            }
        }
        Ok(())
    }

    /// Ends what nobody needs, and begins again what must be up.
    async fn tend(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        let all: Vec<Arc<Revision>> = locked(&self.revisions).values().cloned().collect();
        if all.is_empty() {
            return;
        }
        let names: Vec<String> = all.iter().map(|it| it.name.clone()).collect();
        let cloud = Arc::clone(&self.cloud);
        let needs = blocking(move || {
            let needs = names.iter().map(|it| traffic::need(&cloud, it)).collect::<Result<Vec<_>, _>>();
            Ok(needs?)
        });
        let Ok(needs) = needs.await else { return };
        for (revision, need) in all.into_iter().zip(needs) {
            // Whether it comes up is about to be told.
            if locked(&self.busy).contains(&revision.name) {
                continue;
            }
            let end = match need {
                Need::Gone => true,
                // What it still serves, it may finish.
                Need::NoTraffic => revision.idle(Duration::ZERO),
                Need::OnDemand => revision.idle(self.idle),
                Need::Up => {
                    let cloud = Arc::clone(&self.cloud);
                    // Why it does not come up is in its log.
                    tasks.spawn(async move { drop(revision.keep_up(&cloud).await) });
                    continue;
                }
            };
            if !end {
                continue;
            }
            if need != Need::OnDemand {
                locked(&self.revisions).remove(&revision.name);
            }
            if revision.running() {
                tasks.spawn(async move { revision.stop(GRACE).await });
            }
        }
    }

    /// Ends all that runs.
    pub async fn close(&self) {
        let work = locked(&self.work).take();
        if let Some(work) = work {
            work.abort();
            // It was told to end, and has.
            let _ = work.await;
        }
        let mut ending = JoinSet::new();
        let all: Vec<Arc<Revision>> = locked(&self.revisions).drain().map(|(_, it)| it).collect();
        for revision in all {
            ending.spawn(async move { revision.stop(LAST_GRACE).await });
        }
        for process in self.executions.take() {
            ending.spawn(async move { process.stop(LAST_GRACE).await });
        }
        while ending.join_next().await.is_some() {}
    }
}
