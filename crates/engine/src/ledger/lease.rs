//! The lock that lets one run at a time work on a stack, renewed while it is held.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aes_gcm::aead::Generate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinHandle;

use super::process::Process;
use super::store::{Expect, Store, StoreError, Version, hex};
use super::{LedgerError, out_of_reach, timestamp};

/// How long a lease holds, and how often it is renewed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) renew: Duration,
    pub(super) expire: Duration,
    /// How far two computers' clocks may be apart.
    pub(super) skew: Duration,
}

pub(super) const PACE: Pace =
    Pace { renew: Duration::from_secs(20), expire: Duration::from_secs(60), skew: Duration::from_secs(300) };

/// What a lock file says. The first four are Pulumi's, which ignores the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    username: String,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl Holder {
    fn new(process: &Process) -> Result<Holder, LedgerError> {
        let token = <[u8; 16]>::try_generate().map_err(|_| LedgerError::NoRandom)?;
        Ok(Holder {
            pid: process.pid,
            username: process.username.clone(),
            hostname: process.hostname.clone(),
            timestamp: timestamp(OffsetDateTime::now_utc()),
            expires: None,
            machine: process.machine.clone(),
            started: process.started,
            token: Some(hex(&token)),
        })
    }

    fn process(&self) -> Process {
        Process {
            pid: self.pid,
            username: self.username.clone(),
            hostname: self.hostname.clone(),
            machine: self.machine.clone(),
            started: self.started,
        }
    }

    fn words(&self) -> String {
        format!("{}@{} (process {}) since {}", self.username, self.hostname, self.pid, self.timestamp)
    }
}

/// A stack's lock. Release it at the end; dropping it tries to.
pub struct Lease {
    grip: Arc<Grip>,
    renewal: JoinHandle<()>,
}

/// What is known of a lease that we took.
pub(super) struct Grip {
    store: Arc<dyn Store>,
    path: String,
    stack: String,
    pace: Pace,
    holder: Holder,
    held: tokio::sync::Mutex<Held>,
    lost: Mutex<Option<String>>,
    released: AtomicBool,
}

struct Held {
    version: Version,
    until: OffsetDateTime,
}

/// Takes the lock of a stack, or takes it over from a holder that is certainly gone.
pub(super) async fn acquire(
    store: &Arc<dyn Store>,
    project: &str,
    stack: &str,
    pace: Pace,
) -> Result<Lease, LedgerError> {
    let folder = folder(project, stack);
    let path = format!("{folder}lease.json");
    let away = |it| out_of_reach(store.as_ref(), it);
    let process = Process::this();
    let mut holder = Holder::new(&process)?;
    // Whoever is beaten to it looks once more, to say who won.
    for _ in 0..3 {
        let (found, ()) = tokio::try_join!(
            async { store.get(&path).await.map_err(away) },
            others(store, &folder, &path, stack)
        )?;
        let expect = match found {
            None => Expect::Absent,
            Some((content, version)) => {
                if !is_gone(store, &path, &content, &version, &process, pace).await? {
                    return Err(locked(store, stack, &path, &content));
                }
                Expect::Version(version)
            }
        };
        let until = OffsetDateTime::now_utc() + pace.expire;
        holder.expires = Some(timestamp(until));
        let version = match store.put(&path, &json(&holder)?, expect).await {
            Ok(it) => it,
            Err(StoreError::Moved { .. }) => match ours(store, &path, &holder).await.map_err(away)? {
                Ok(it) => it,
                Err(_) => continue,
            },
            Err(it) => return Err(away(it)),
        };
        // Pulumi lists, writes and lists again; so do we, and of two that see each other none goes on.
        if let Err(it) = others(store, &folder, &path, stack).await {
            store.delete(&path).await.map_err(away)?;
            return Err(it);
        }
        let grip = Arc::new(Grip {
            store: store.clone(),
            path,
            stack: stack.to_owned(),
            pace,
            holder,
            held: tokio::sync::Mutex::new(Held { version, until }),
            lost: Mutex::new(None),
            released: AtomicBool::new(false),
        });
        return Ok(Lease { renewal: tokio::spawn(keep_renewing(grip.clone())), grip });
    }
    Err(locked(store, stack, &path, b""))
}

fn folder(project: &str, stack: &str) -> String {
    format!(".pulumi/locks/organization/{project}/{stack}/")
}

/// Who holds the locks of a stack, Pulumi's too.
pub(super) async fn holders(
    store: &dyn Store,
    project: &str,
    stack: &str,
) -> Result<Vec<String>, StoreError> {
    Ok(locks(store, project, stack).await?.into_iter().map(|it| it.1).collect())
}

/// Deletes whatever locks a stack, Pulumi's locks too, and tells who held them.
pub(super) async fn break_all(
    store: &dyn Store,
    project: &str,
    stack: &str,
) -> Result<Vec<String>, StoreError> {
    let mut holders = Vec::new();
    for (path, holder) in locks(store, project, stack).await? {
        store.delete(&path).await?;
        holders.push(holder);
    }
    Ok(holders)
}

/// The lock files of a stack, Pulumi's too: each one's path, and who holds it.
async fn locks(store: &dyn Store, project: &str, stack: &str) -> Result<Vec<(String, String)>, StoreError> {
    let mut locks = Vec::new();
    for path in store.list(&folder(project, stack)).await? {
        if let Some((content, _)) = store.get(&path).await? {
            let holder = words(&content);
            locks.push((path, holder));
        }
    }
    Ok(locks)
}

fn words(content: &[u8]) -> String {
    serde_json::from_slice::<Holder>(content)
        .map_or_else(|_| "a file that does not say by whom".to_owned(), |it| it.words())
}

fn json(holder: &Holder) -> Result<Vec<u8>, LedgerError> {
    serde_json::to_vec(holder).map_err(|source| LedgerError::Unspeakable { source })
}

fn locked(store: &Arc<dyn Store>, stack: &str, path: &str, content: &[u8]) -> LedgerError {
    LedgerError::Locked {
        stack: stack.to_owned(),
        holder: words(content),
        file: format!("{}/{path}", store.place()),
    }
}

/// Fails when there is a lock that is not of our making: Pulumi's have names of their own.
async fn others(store: &Arc<dyn Store>, folder: &str, path: &str, stack: &str) -> Result<(), LedgerError> {
    let away = |it| out_of_reach(store.as_ref(), it);
    for other in store.list(folder).await.map_err(away)? {
        if other == path {
            continue;
        }
        // One that is deleted between listing and reading holds nothing.
        if let Some((content, _)) = store.get(&other).await.map_err(away)? {
            return Err(locked(store, stack, &other, &content));
        }
    }
    Ok(())
}

/// Whether the file is what we wrote, after all: an answer may be lost where its request was not.
async fn ours(
    store: &Arc<dyn Store>,
    path: &str,
    holder: &Holder,
) -> Result<Result<Version, Option<Holder>>, StoreError> {
    let Some((content, version)) = store.get(path).await? else {
        return Ok(Err(None));
    };
    match serde_json::from_slice::<Holder>(&content) {
        Ok(it) if it.token.is_some() && it.token == holder.token => Ok(Ok(version)),
        Ok(it) => Ok(Err(Some(it))),
        Err(_) => Ok(Err(None)),
    }
}

async fn is_gone(
    store: &Arc<dyn Store>,
    path: &str,
    content: &[u8],
    version: &Version,
    observer: &Process,
    pace: Pace,
) -> Result<bool, LedgerError> {
    let Ok(holder) = serde_json::from_slice::<Holder>(content) else {
        return Ok(false);
    };
    let process = holder.process();
    if process.has_ended(observer) {
        return Ok(true);
    }
    let Some(expires) = holder.expires.and_then(|it| OffsetDateTime::parse(&it, &Rfc3339).ok()) else {
        return Ok(false);
    };
    // A process that lives here holds it, whatever the clock says: it may have jumped, or the machine slept.
    if process.is_seen_by(observer) {
        return Ok(false);
    }
    let overdue = OffsetDateTime::now_utc() - expires;
    if overdue > pace.skew {
        return Ok(true);
    }
    if !overdue.is_positive() {
        return Ok(false);
    }
    // Its clock may only be behind ours: a holder that lives renews within this time.
    tokio::time::sleep(pace.renew + pace.renew / 4).await;
    let now = store.get(path).await.map_err(|it| out_of_reach(store.as_ref(), it))?;
    Ok(now.is_some_and(|(_, it)| it == *version))
}

async fn keep_renewing(grip: Arc<Grip>) {
    let mut wait = grip.pace.renew;
    loop {
        tokio::time::sleep(wait).await;
        if grip.is_over() {
            return;
        }
        // What fails now may work a moment later; what is lost shows at the next write.
        wait = if grip.renew().await.is_ok() { grip.pace.renew } else { grip.pace.renew / 4 };
    }
}

impl Grip {
    fn is_over(&self) -> bool {
        self.released.load(Ordering::Acquire)
            || self.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn check_lost(&self) -> Result<(), LedgerError> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(what) => Err(LedgerError::LeaseLost { stack: self.stack.clone(), what: what.clone() }),
        }
    }

    /// Fails when the lease is no longer ours; renews it first when it ran out, as when a laptop slept.
    pub(super) async fn verify(&self) -> Result<(), LedgerError> {
        if self.released.load(Ordering::Acquire) {
            return Ok(());
        }
        self.check_lost()?;
        if self.held.lock().await.until <= OffsetDateTime::now_utc() {
            self.renew().await?;
        }
        Ok(())
    }

    async fn renew(&self) -> Result<(), LedgerError> {
        let away = |it| out_of_reach(self.store.as_ref(), it);
        let mut held = self.held.lock().await;
        self.check_lost()?;
        let until = OffsetDateTime::now_utc() + self.pace.expire;
        let content = json(&Holder { expires: Some(timestamp(until)), ..self.holder.clone() })?;
        let version = match self.store.put(&self.path, &content, Expect::Version(held.version.clone())).await
        {
            Ok(it) => it,
            Err(StoreError::Moved { .. }) => {
                match ours(&self.store, &self.path, &self.holder).await.map_err(away)? {
                    Ok(it) => it,
                    Err(by) => {
                        let what = by.map_or_else(
                            || "it was deleted".to_owned(),
                            |it| format!("now held by {}", it.words()),
                        );
                        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
                        return self.check_lost();
                    }
                }
            }
            Err(it) => return Err(away(it)),
        };
        *held = Held { version, until };
        Ok(())
    }

    async fn release(&self) -> Result<(), LedgerError> {
        let away = |it| out_of_reach(self.store.as_ref(), it);
        // Waits for a renewal on its way, which would otherwise come after the deletion.
        let _held = self.held.lock().await;
        if ours(&self.store, &self.path, &self.holder).await.map_err(away)?.is_ok() {
            self.store.delete(&self.path).await.map_err(away)?;
        }
        Ok(())
    }
}

impl Lease {
    pub(super) fn grip(&self) -> Arc<Grip> {
        self.grip.clone()
    }

    /// Lets others work on the stack.
    ///
    /// # Errors
    /// When the lock file cannot be deleted; others then wait until it expires.
    pub async fn release(self) -> Result<(), LedgerError> {
        if self.grip.released.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.renewal.abort();
        self.grip.release().await
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("path", &self.grip.path).finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.grip.released.swap(true, Ordering::AcqRel) {
            return;
        }
        // Without a runtime it is left to expire; the process' end frees it sooner.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let grip = self.grip.clone();
            runtime.spawn(async move { grip.release().await });
        }
    }
}

#[cfg(test)]
mod tests;
