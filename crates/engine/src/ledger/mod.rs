//! Remembers what Google cannot tell: which resources are ours, what was declared, what was under way.

mod checkpoint;
mod error;
mod history;
mod lease;
mod process;
mod record;
pub mod store;
mod vault;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use crate::Urn;
use crate::secret::Secrets;

pub use error::LedgerError;
pub use history::{Run, RunResult};
pub use lease::Lease;

use lease::Grip;
use record::State;
use store::{Store, StoreError};
use vault::Vault;
use writer::Writer;

/// How often a lock that somebody holds is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A resource that is ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub urn: Urn,
    /// `gcp:pubsub/v1:Topic`.
    pub kind: String,
    /// How Google calls it; `None` until it is known.
    pub id: Option<String>,
    /// What was declared, secrets wrapped (see [`crate::secret()`]).
    pub inputs: Value,
    /// What was live after the last apply, secrets wrapped likewise.
    pub state: Value,
    /// What it stands in. A resource of a component comes back from the file with that component.
    pub parent: Option<Urn>,
    pub dependencies: Vec<Urn>,
    pub protect: bool,
    pub retain: bool,
    /// It was there before us: leaving the stack releases it, and it is never emptied.
    pub adopted: bool,
    /// RFC 3339. `None` leaves what the ledger has.
    pub created: Option<String>,
    pub modified: Option<String>,
}

/// What is about to be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Create,
    Update,
    Delete,
}

/// A call that was begun and of whose end nothing is known yet.
#[derive(Clone, Debug)]
pub struct Pending {
    pub intent: Intent,
    pub entry: Entry,
}

/// A stack's ledger. Shared by reference; what changes it returns once the change is durable.
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    project: String,
    stack: String,
    /// `.pulumi/stacks/<project>/<stack>.json`.
    path: String,
    secrets: Secrets,
    state: Mutex<State>,
    writer: tokio::sync::Mutex<Writer>,
    grip: Mutex<Option<Arc<Grip>>>,
}

impl Ledger {
    /// Reads a stack's ledger; writes nothing. A secret in it needs the passphrase.
    ///
    /// # Errors
    /// When the file is damaged, of another version, compressed or out of reach, and when its secrets
    /// cannot be decrypted. It is never written over then.
    pub async fn open(
        store: Arc<dyn Store>,
        project: &str,
        stack: &str,
        secrets: Secrets,
    ) -> Result<Ledger, LedgerError> {
        check_name("project", project)?;
        check_name("stack", stack)?;
        let path = format!(".pulumi/stacks/{project}/{stack}.json");
        let (state, writer) = writer::read(store.as_ref(), project, stack, &path, &secrets).await?;
        Ok(Ledger {
            shared: Arc::new(Shared {
                store,
                project: project.to_owned(),
                stack: stack.to_owned(),
                path,
                secrets,
                state: Mutex::new(state),
                writer: tokio::sync::Mutex::new(writer),
                grip: Mutex::new(None),
            }),
        })
    }

    /// The names of a project's stacks that have a ledger, sorted.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn stacks(store: &dyn Store, project: &str) -> Result<Vec<String>, LedgerError> {
        check_name("project", project)?;
        let prefix = format!(".pulumi/stacks/{project}/");
        let paths = store.list(&prefix).await.map_err(|it| out_of_reach(store, it))?;
        let mut names: Vec<String> = paths
            .iter()
            .filter_map(|it| it.strip_prefix(&prefix))
            .filter_map(|it| [".json", ".json.gz", ".json.zst"].iter().find_map(|end| it.strip_suffix(end)))
            .filter(|it| !it.contains('/'))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Whether nothing was ever written for this stack.
    pub fn is_new(&self) -> bool {
        self.shared.state().is_new
    }

    /// The resources that are ours. Stack, providers, components and what Pulumi only read are the
    /// ledger's own affair.
    pub fn entries(&self) -> Vec<Entry> {
        self.shared.state().records.iter().filter_map(|it| it.entry.clone()).collect()
    }

    /// What was under way when the last run stopped, and what is now.
    pub fn pending(&self) -> Vec<Pending> {
        self.shared.state().operations.iter().filter_map(|it| it.pending.clone()).collect()
    }

    /// The name of the project that it is of.
    pub fn project(&self) -> &str {
        &self.shared.project
    }

    /// What the stack tells others, secrets wrapped.
    pub fn outputs(&self) -> Map<String, Value> {
        self.shared.state().outputs.clone()
    }

    /// Writes nothing when they are what they were.
    ///
    /// # Errors
    /// As [`Ledger::begin`].
    pub async fn set_outputs(&self, outputs: Map<String, Value>) -> Result<(), LedgerError> {
        if self.shared.state().outputs == outputs {
            return Ok(());
        }
        let vault = self.vault();
        let value = Value::Object(outputs.clone());
        vault.prepare("the stack's outputs", &[&value]).await?;
        let sealed = vault.encode(&self.shared.stack_urn(), &value)?;
        let change = self.shared.change(|it| it.set_outputs(outputs, sealed))?;
        writer::commit(&self.shared, change).await
    }

    /// Lets one run at a time work on the stack, and reads again what was written since it was opened.
    ///
    /// A lock whose holder is certainly gone is taken over: a process of this machine that ended, at
    /// once; any other when it has not renewed the lock in time.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] says who holds it.
    pub async fn lock(&self) -> Result<Lease, LedgerError> {
        let shared = &self.shared;
        let lease = lease::acquire(&shared.store, &shared.project, &shared.stack, lease::PACE).await?;
        if let Err(it) = writer::refresh(shared).await {
            lease.release().await?;
            return Err(it);
        }
        *shared.grip.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease.grip());
        Ok(lease)
    }

    /// As [`Ledger::lock`], waiting for a holder to end for so long at most; `waits` is called once with who holds it.
    ///
    /// # Errors
    /// As [`Ledger::lock`].
    pub async fn lock_within(
        &self,
        patience: Duration,
        waits: impl Fn(&LedgerError),
    ) -> Result<Lease, LedgerError> {
        let begun = Instant::now();
        let mut said = false;
        loop {
            match self.lock().await {
                Err(locked @ LedgerError::Locked { .. }) if begun.elapsed() < patience => {
                    if !said {
                        waits(&locked);
                        said = true;
                    }
                    let left = patience.saturating_sub(begun.elapsed());
                    tokio::time::sleep(LOOK_AGAIN.min(left)).await;
                }
                other => return other,
            }
        }
    }

    /// Who holds the stack's locks, Pulumi's too.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn locks(&self) -> Result<Vec<String>, LedgerError> {
        let (store, shared) = (self.shared.store.as_ref(), &self.shared);
        lease::holders(store, &shared.project, &shared.stack).await.map_err(|it| out_of_reach(store, it))
    }

    /// Deletes the stack's locks, Pulumi's too, and tells who held them: for a person who knows that
    /// nobody is at work. A run that is at work all the same fails at its next write.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn unlock(&self) -> Result<Vec<String>, LedgerError> {
        let (store, shared) = (self.shared.store.as_ref(), &self.shared);
        lease::break_all(store, &shared.project, &shared.stack).await.map_err(|it| out_of_reach(store, it))
    }

    /// Journals an intent; returns once it is durable. One that fails is forgotten.
    ///
    /// # Errors
    /// When a secret cannot be encrypted, somebody else wrote the ledger, the lease was lost or the
    /// store is out of reach. The call must not be made then.
    pub async fn begin(&self, pending: Pending) -> Result<(), LedgerError> {
        let urn = pending.entry.urn.clone();
        let vault = self.vault();
        vault.prepare(urn.as_str(), &[&pending.entry.inputs, &pending.entry.state]).await?;
        let mut before = None;
        let change = self.shared.change(|it| {
            before = Some(it.begin(pending, &vault)?);
            Ok(())
        })?;
        let result = writer::commit(&self.shared, change).await;
        if result.is_err()
            && let Some(before) = before
        {
            self.shared.state().restore(&urn, change, before);
        }
        result
    }

    /// The call ended: forgets the intent, and keeps the entry as it is now or drops it (`None`).
    ///
    /// # Errors
    /// As [`Ledger::begin`]; the change then goes with the next write that succeeds.
    pub async fn settle(&self, urn: &Urn, entry: Option<Entry>) -> Result<(), LedgerError> {
        let vault = self.vault();
        if let Some(it) = &entry {
            vault.prepare(it.urn.as_str(), &[&it.inputs, &it.state]).await?;
        }
        let change = self.shared.change(|it| it.settle(urn, entry, &vault))?;
        writer::commit(&self.shared, change).await
    }

    /// Gives a resource another URN, wherever it is mentioned, in one write.
    ///
    /// # Errors
    /// When there is no such entry, when the new URN is taken, and as [`Ledger::begin`].
    pub async fn rename(&self, from: &Urn, to: &Urn) -> Result<(), LedgerError> {
        let change = self.shared.change(|it| it.rename(from, to))?;
        writer::commit(&self.shared, change).await
    }

    /// Ends a run: writes history and a backup, as Pulumi does, and a checkpoint if there is none yet.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn finish(&self, run: Run) -> Result<(), LedgerError> {
        let shared = &self.shared;
        let change = shared.state().seq;
        writer::commit(shared, change).await?;
        if shared.writer.lock().await.content.is_none() {
            let change = shared.change(|_| Ok(()))?;
            writer::commit(shared, change).await?;
        }
        let content = shared.writer.lock().await.content.clone().unwrap_or_default();
        history::write(shared.store.as_ref(), &shared.project, &shared.stack, &run, &content).await
    }

    fn vault(&self) -> Arc<Vault> {
        self.shared.state().vault.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stack_urn(&self) -> String {
        self.state().stack_urn.clone()
    }

    /// Changes what is in memory, all or nothing, and tells which change it was.
    fn change(&self, with: impl FnOnce(&mut State) -> Result<(), LedgerError>) -> Result<u64, LedgerError> {
        let mut state = self.state();
        with(&mut state)?;
        state.seq += 1;
        Ok(state.seq)
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), LedgerError> {
    let plain = name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'));
    if plain && !name.is_empty() && name.len() <= 100 && name != "." && name != ".." {
        return Ok(());
    }
    Err(LedgerError::BadName { what, name: name.to_owned() })
}

fn out_of_reach(store: &dyn Store, source: StoreError) -> LedgerError {
    LedgerError::Store { place: store.place(), source: Arc::new(source) }
}

fn timestamp(at: OffsetDateTime) -> String {
    // Formatting fails only for years that four digits cannot hold.
    at.format(&Rfc3339).unwrap_or_default()
}
