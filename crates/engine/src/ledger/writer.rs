//! Reads and writes the checkpoint; changes that arrive while a write is under way share the next one.

use std::sync::{Arc, PoisonError};

use crate::secret::Secrets;

use super::record::State;
use super::store::{Expect, Store, StoreError, Version};
use super::{LedgerError, Shared, out_of_reach};

const META: &str = ".pulumi/meta.yaml";
const META_CONTENT: &[u8] = b"version: 1\n";

/// What is known of the file. Whoever holds it is the one who writes.
pub(super) struct Writer {
    version: Option<Version>,
    /// What is in the file.
    pub(super) content: Option<Vec<u8>>,
    has_meta: bool,
    /// Whether the file as it was before this run stands beside it.
    has_backup: bool,
    /// The last change that is in the file.
    durable: u64,
    /// The last change whose write failed, and why.
    failed: Option<(u64, Arc<StoreError>)>,
    /// What a write that failed may have put there all the same.
    attempted: Option<Vec<u8>>,
}

/// What a store holds of a stack.
pub(super) async fn read(
    store: &dyn Store,
    project: &str,
    stack: &str,
    path: &str,
    secrets: &Secrets,
) -> Result<(State, Writer), LedgerError> {
    let away = |it| out_of_reach(store, it);
    let full = |path: &str| format!("{}/{path}", store.place());
    let (found, meta, beside) =
        tokio::try_join!(store.get(path), store.get(META), store.list(path)).map_err(away)?;
    if let Some(it) = beside.iter().find(|it| matches!(it.strip_prefix(path), Some(".gz" | ".zst"))) {
        return Err(LedgerError::Compressed { file: full(it) });
    }
    if let Some((content, _)) = &meta {
        check_meta(content, full(META))?;
    }
    let mut writer = Writer {
        version: None,
        content: None,
        has_meta: meta.is_some(),
        has_backup: false,
        durable: 0,
        failed: None,
        attempted: None,
    };
    let Some((content, version)) = found else {
        let old = format!(".pulumi/stacks/{stack}.json");
        if meta.is_none() && store.get(&old).await.map_err(away)?.is_some() {
            return Err(LedgerError::OldLayout { file: full(&old) });
        }
        let backup = format!("{path}.bak");
        let history = store.list(&format!(".pulumi/history/{project}/{stack}/")).await.map_err(away)?;
        // Pulumi's own `stack rm` takes the history along.
        if beside.contains(&backup) && !history.is_empty() {
            let newest = history.iter().filter(|it| it.ends_with(".checkpoint.json")).max();
            let backup = full(newest.unwrap_or(&backup));
            let copies = if backup.starts_with("gs://") { "gcloud storage cp" } else { "cp" };
            let file = full(path);
            let command = format!("{copies} '{}' '{}'", plain(&backup), plain(&file));
            return Err(LedgerError::Gone { file, backup, command });
        }
        return Ok((State::new(project, stack, secrets), writer));
    };
    writer.version = Some(version);
    writer.content = Some(content.clone());
    let (name, project, stack, secrets) = (full(path), project.to_owned(), stack.to_owned(), secrets.clone());
    // Deriving a key takes long enough to hold other tasks up.
    let state =
        tokio::task::spawn_blocking(move || State::parse(&content, &name, &project, &stack, &secrets))
            .await
            .map_err(|_| LedgerError::Ended)??;
    Ok((state, writer))
}

/// A place as commands take it.
fn plain(place: &str) -> &str {
    place.strip_prefix("file://").unwrap_or(place)
}

fn check_meta(content: &[u8], file: String) -> Result<(), LedgerError> {
    let version = serde_yaml::from_slice::<serde_yaml::Value>(content)
        .ok()
        .and_then(|it| it.get("version").and_then(serde_yaml::Value::as_u64));
    match version {
        Some(0 | 1) => Ok(()),
        Some(it) => {
            Err(LedgerError::Corrupt { file, what: format!("layout version {it} is not known here") })
        }
        None => Err(LedgerError::Corrupt { file, what: "it has no `version`".to_owned() }),
    }
}

/// Reads again, if somebody wrote since.
pub(super) async fn refresh(shared: &Shared) -> Result<(), LedgerError> {
    let mut writer = shared.writer.lock().await;
    let store = shared.store.as_ref();
    let found = store.get(&shared.path).await.map_err(|it| out_of_reach(store, it))?;
    // Changes of our own that are not written yet would be lost; the next write says what is the matter.
    let is_clean = shared.state().seq == writer.durable;
    if !is_clean || found.map(|(_, version)| version) == writer.version {
        return Ok(());
    }
    let (mut state, mut read) =
        read(store, &shared.project, &shared.stack, &shared.path, &shared.secrets).await?;
    state.seq = writer.durable;
    read.durable = writer.durable;
    *shared.state() = state;
    *writer = read;
    Ok(())
}

/// Returns once a change is durable.
pub(super) async fn commit(shared: &Arc<Shared>, change: u64) -> Result<(), LedgerError> {
    let shared = shared.clone();
    // A task of its own: if whoever waits gives up half-way, the write still ends and its outcome is known.
    tokio::spawn(async move { write(&shared, change).await }).await.map_err(|_| LedgerError::Ended)?
}

async fn write(shared: &Shared, change: u64) -> Result<(), LedgerError> {
    let mut writer = shared.writer.lock().await;
    if writer.durable >= change {
        return Ok(());
    }
    if let Some((last, why)) = &writer.failed
        && *last >= change
    {
        return Err(told(shared, why.clone()));
    }
    let grip = shared.grip.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(it) = grip {
        it.verify().await?;
    }
    let (last, content) = {
        let state = shared.state();
        (state.seq, state.render()?)
    };
    let store = shared.store.as_ref();
    if let Some(attempted) = writer.attempted.take() {
        match store.get(&shared.path).await {
            Ok(Some((found, version))) if found == attempted => {
                (writer.version, writer.content) = (Some(version), Some(found));
            }
            Ok(_) => {}
            // Still out of reach: asked again next time.
            Err(_) => writer.attempted = Some(attempted),
        }
    }
    let expect = writer.version.clone().map_or(Expect::Absent, Expect::Version);
    let (written, meta, backup) = tokio::join!(
        put(store, &shared.path, &content, expect),
        put_meta(shared, &writer),
        put_backup(shared, &writer)
    );
    match &written {
        Ok(version) => {
            (writer.version, writer.content) = (Some(version.clone()), Some(content));
            shared.state().is_new = false;
        }
        Err(StoreError::Moved { .. }) => {}
        Err(_) => writer.attempted = Some(content),
    }
    writer.has_meta |= meta.is_ok();
    writer.has_backup |= backup.is_ok();
    match written.and(meta).and(backup) {
        Ok(()) => {
            writer.durable = last;
            Ok(())
        }
        Err(why) => {
            let why = Arc::new(why);
            writer.failed = Some((last, why.clone()));
            Err(told(shared, why))
        }
    }
}

fn told(shared: &Shared, why: Arc<StoreError>) -> LedgerError {
    match why.as_ref() {
        StoreError::Moved { .. } => {
            LedgerError::Moved { file: format!("{}/{}", shared.store.place(), shared.path) }
        }
        StoreError::Full { .. }
        | StoreError::Denied { .. }
        | StoreError::Failed { .. }
        | StoreError::BadPath { .. } => LedgerError::Store { place: shared.store.place(), source: why },
    }
}

/// Puts, and looks whether it was put after all when that failed: the answer may be lost on its way, and
/// a request that was sent again finds what the first one wrote.
async fn put(store: &dyn Store, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError> {
    match store.put(path, content, expect).await {
        Ok(it) => Ok(it),
        Err(why) => match store.get(path).await {
            Ok(Some((found, version))) if found == content => Ok(version),
            Ok(_) | Err(_) => Err(why),
        },
    }
}

async fn put_meta(shared: &Shared, writer: &Writer) -> Result<(), StoreError> {
    if writer.has_meta {
        return Ok(());
    }
    match shared.store.put(META, META_CONTENT, Expect::Absent).await {
        Ok(_) | Err(StoreError::Moved { .. }) => Ok(()),
        Err(it) => Err(it),
    }
}

async fn put_backup(shared: &Shared, writer: &Writer) -> Result<(), StoreError> {
    match &writer.content {
        Some(content) if !writer.has_backup => {
            shared.store.put(&format!("{}.bak", shared.path), content, Expect::Any).await.map(drop)
        }
        Some(_) | None => Ok(()),
    }
}
