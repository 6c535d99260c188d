//! A ledger in memory: each resource as it stands in the file and, if it is ours, in clear.

use std::sync::Arc;

use aes_gcm::aead::Generate;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::Urn;
use crate::secret::{SecretError, Secrets};

use super::checkpoint::{
    COMPONENT, File, Latest, Operation, PASSPHRASE, PROVIDER_TYPE, Resource, STACK_TYPE, SecretsProvider,
    VERSION, ordered, scope_of,
};
use super::store::hex;
use super::vault::{Vault, has_sealed};
use super::{Entry, Intent, LedgerError, Pending, timestamp};

pub(super) struct State {
    pub(super) is_new: bool,
    /// Counts changes, so that a write knows which of them it holds.
    pub(super) seq: u64,
    pub(super) records: Vec<Record>,
    pub(super) operations: Vec<Underway>,
    pub(super) outputs: Map<String, Value>,
    pub(super) stack_urn: String,
    pub(super) vault: Arc<Vault>,
    provider_urn: String,
    /// All of the file but its resources and operations.
    file: File,
}

#[derive(Clone)]
pub(super) struct Record {
    raw: Resource,
    pub(super) entry: Option<Entry>,
}

#[derive(Clone)]
pub(super) struct Underway {
    raw: Operation,
    /// `None` for what changes nothing: reads and imports by Pulumi.
    pub(super) pending: Option<Pending>,
    since: u64,
}

impl Intent {
    fn word(self) -> &'static str {
        match self {
            Intent::Create => "creating",
            Intent::Update => "updating",
            Intent::Delete => "deleting",
        }
    }

    fn parse(word: &str) -> Option<Intent> {
        [Intent::Create, Intent::Update, Intent::Delete].into_iter().find(|it| it.word() == word)
    }
}

impl State {
    pub(super) fn new(project: &str, stack: &str, secrets: &Secrets) -> State {
        State {
            is_new: true,
            seq: 0,
            records: Vec::new(),
            operations: Vec::new(),
            outputs: Map::new(),
            stack_urn: format!("urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}"),
            provider_urn: format!("urn:pulumi:{stack}::{project}::{PROVIDER_TYPE}::default"),
            vault: Arc::new(Vault::new(secrets.clone())),
            file: File::new(project, stack),
        }
    }

    /// Takes a file in. May derive a key, which takes a while.
    pub(super) fn parse(
        content: &[u8],
        name: &str,
        project: &str,
        stack: &str,
        secrets: &Secrets,
    ) -> Result<State, LedgerError> {
        let mut file = parse_file(content, name)?;
        let mut latest = file.checkpoint.latest.take().unwrap_or_default();
        latest.check(name, project, stack)?;
        let secrets = secrets_of(&latest, name, secrets)?;
        let mut state = State { is_new: false, ..State::new(project, stack, &secrets) };
        let vault = state.vault.clone();
        let unreadable = |source| LedgerError::Unreadable { file: name.to_owned(), source };
        for raw in std::mem::take(&mut latest.resources) {
            if raw.kind == STACK_TYPE {
                state.stack_urn.clone_from(&raw.urn);
                let outputs = vault
                    .decode(&raw.urn, raw.outputs.as_ref().unwrap_or(&Value::Null))
                    .map_err(unreadable)?;
                state.outputs = outputs.as_object().cloned().unwrap_or_default();
            }
            state.records.push(Record { entry: None, raw });
        }
        for record in &mut state.records {
            if record.raw.is_ours() {
                record.entry = Some(entry_of(&record.raw, &state.stack_urn, &vault, name)?);
            }
        }
        for raw in std::mem::take(&mut latest.pending_operations) {
            let pending = match Intent::parse(&raw.kind).filter(|_| raw.resource.is_ours()) {
                Some(intent) => {
                    Some(Pending { intent, entry: entry_of(&raw.resource, &state.stack_urn, &vault, name)? })
                }
                None => None,
            };
            state.operations.push(Underway { raw, pending, since: 0 });
        }
        file.checkpoint.latest = Some(latest);
        state.file = file;
        Ok(state)
    }

    /// The file as it is to be.
    pub(super) fn render(&self) -> Result<Vec<u8>, LedgerError> {
        let mut latest = self.file.checkpoint.latest.clone().unwrap_or_default();
        latest.manifest.sign(timestamp(OffsetDateTime::now_utc()));
        let raws: Vec<Resource> = self.records.iter().map(|it| it.raw.clone()).collect();
        let needed = !self.operations.is_empty() || !self.outputs.is_empty();
        latest.resources = ordered(&raws, &self.stack_urn, needed);
        latest.pending_operations = self.operations.iter().map(|it| it.raw.clone()).collect();
        if let Some(salt) = self.vault.salt() {
            // Another keeper of secrets that keeps none yet stays, until there is a secret of ours.
            let is_missing = match &latest.secrets_providers {
                None => true,
                Some(it) if it.kind == PASSPHRASE => it.salt() != Some(&salt),
                Some(_) => self.vault.is_unlocked(),
            };
            if is_missing {
                latest.secrets_providers = Some(SecretsProvider::passphrase(&salt));
            }
        }
        let mut file = self.file.clone();
        file.checkpoint.latest = Some(latest);
        serde_json::to_vec(&file).map_err(|source| LedgerError::Unspeakable { source })
    }

    /// Journals an intent and returns the one it took the place of.
    pub(super) fn begin(&mut self, pending: Pending, vault: &Vault) -> Result<Option<Underway>, LedgerError> {
        self.scaffold()?;
        let entry = &pending.entry;
        let resource = self.raw_of(entry, vault)?;
        let raw = Operation { resource, kind: pending.intent.word().to_owned(), unknown: Map::new() };
        let before = self.forget(&entry.urn);
        self.operations.push(Underway { raw, pending: Some(pending), since: self.seq + 1 });
        Ok(before)
    }

    /// Puts back what a [`State::begin`] that did not get through took away.
    pub(super) fn restore(&mut self, urn: &Urn, change: u64, before: Option<Underway>) {
        let is_it = |it: &Underway| it.since == change && it.raw.resource.urn == urn.as_str();
        if let Some(at) = self.operations.iter().position(is_it) {
            self.operations.remove(at);
            self.operations.extend(before);
        }
    }

    pub(super) fn settle(
        &mut self,
        urn: &Urn,
        entry: Option<Entry>,
        vault: &Vault,
    ) -> Result<(), LedgerError> {
        match entry {
            Some(entry) => {
                self.scaffold()?;
                let raw = self.raw_of(&entry, vault)?;
                // A component is kept for the order of the file and says nothing of the cloud.
                let entry = raw.custom.then_some(entry);
                match self.position(&raw.urn) {
                    Some(at) => self.records[at] = Record { raw, entry },
                    None => self.records.push(Record { raw, entry }),
                }
            }
            None => {
                if let Some(at) = self.position(urn.as_str()) {
                    self.records.remove(at);
                }
            }
        }
        self.forget(urn);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Urn, to: &Urn) -> Result<(), LedgerError> {
        if from == to {
            return Ok(());
        }
        if self.position(from.as_str()).is_none() {
            return Err(LedgerError::NoEntry { urn: from.to_string() });
        }
        if self.position(to.as_str()).is_some() {
            return Err(LedgerError::Taken { urn: to.to_string() });
        }
        let moved = scope_of(from.as_str()) != scope_of(to.as_str());
        let raws = self.records.iter_mut().map(|it| (&mut it.raw, it.entry.as_mut()));
        let operations = self.operations.iter_mut();
        let operations =
            operations.map(|it| (&mut it.raw.resource, it.pending.as_mut().map(|it| &mut it.entry)));
        for (raw, entry) in raws.chain(operations) {
            let is_it = raw.urn == from.as_str();
            raw.rename(from.as_str(), to.as_str());
            if is_it {
                to.kind().clone_into(&mut raw.kind);
                if moved {
                    raw.parent = scope_of(to.as_str());
                }
            }
            let Some(entry) = entry else { continue };
            for urn in [&mut entry.urn].into_iter().chain(&mut entry.dependencies).chain(&mut entry.parent) {
                if urn == from {
                    *urn = to.clone();
                }
            }
            if is_it {
                to.kind().clone_into(&mut entry.kind);
                if moved {
                    entry.parent = raw.parent.as_deref().and_then(Urn::parse);
                }
            }
        }
        Ok(())
    }

    pub(super) fn set_outputs(
        &mut self,
        outputs: Map<String, Value>,
        sealed: Value,
    ) -> Result<(), LedgerError> {
        self.scaffold()?;
        if let Some(at) = self.position(&self.stack_urn) {
            self.records[at].raw.outputs = Some(sealed);
        }
        self.outputs = outputs;
        Ok(())
    }

    fn position(&self, urn: &str) -> Option<usize> {
        self.records.iter().position(|it| it.raw.urn == urn && !it.raw.delete)
    }

    fn forget(&mut self, urn: &Urn) -> Option<Underway> {
        let at = self.operations.iter().position(|it| it.raw.resource.urn == urn.as_str())?;
        Some(self.operations.remove(at))
    }

    /// Makes the resources that all others refer to, if they are not there.
    fn scaffold(&mut self) -> Result<(), LedgerError> {
        let has = |state: &State, urn: &str| state.position(urn).is_some();
        let make = |urn: &str, kind: &str, custom, id| {
            let outputs = Some(Value::Object(Map::new()));
            let raw = Resource {
                urn: urn.to_owned(),
                kind: kind.to_owned(),
                custom,
                id,
                outputs,
                ..Resource::default()
            };
            Record { raw, entry: None }
        };
        if !has(self, &self.stack_urn) {
            self.records.insert(0, make(&self.stack_urn, STACK_TYPE, false, None));
        }
        if !has(self, &self.provider_urn) {
            let id = uuid()?;
            self.records.insert(1, make(&self.provider_urn, PROVIDER_TYPE, true, Some(id)));
        }
        Ok(())
    }

    fn raw_of(&self, entry: &Entry, vault: &Vault) -> Result<Resource, LedgerError> {
        let urn = entry.urn.as_str();
        let old = self.position(urn).map(|at| self.records[at].raw.clone()).unwrap_or_default();
        let custom = !entry.kind.starts_with(COMPONENT);
        let provider = match &old.provider {
            Some(it) => Some(it.clone()),
            None => self.position(&self.provider_urn).and_then(|at| {
                self.records[at].raw.id.as_ref().map(|id| format!("{}::{id}", self.provider_urn))
            }),
        };
        let sealed = |value: &Value| match value {
            Value::Null => Ok(None),
            it => vault.encode(urn, it).map(Some),
        };
        let mut raw = Resource {
            urn: urn.to_owned(),
            custom,
            id: entry.id.clone().filter(|_| custom),
            kind: entry.kind.clone(),
            inputs: sealed(&entry.inputs)?,
            outputs: sealed(&entry.state)?,
            parent: entry.parent.as_ref().map(Urn::to_string).or_else(|| scope_of(urn)),
            protect: entry.protect,
            dependencies: entry.dependencies.iter().map(Urn::to_string).collect(),
            provider: provider.filter(|_| custom),
            // Pulumi, too, is to leave alone what was there before.
            retain_on_delete: entry.retain || entry.adopted,
            import_id: entry.adopted.then(|| entry.id.clone().or(old.import_id.clone()).unwrap_or_default()),
            created: entry.created.clone().or_else(|| old.created.clone()),
            modified: entry.modified.clone().or_else(|| old.modified.clone()),
            ..old
        };
        // Pulumi's finer account of dependencies must not outlive them.
        let dependencies = &raw.dependencies;
        raw.property_dependencies
            .values_mut()
            .flatten()
            .for_each(|it| it.retain(|urn| dependencies.contains(urn)));
        Ok(raw)
    }
}

fn parse_file(content: &[u8], name: &str) -> Result<File, LedgerError> {
    #[derive(serde::Deserialize)]
    struct Probe {
        version: Option<u64>,
    }
    let damaged = |source: serde_json::Error| LedgerError::NotJson {
        file: name.to_owned(),
        line: source.line(),
        column: source.column(),
        source,
    };
    if content.iter().all(u8::is_ascii_whitespace) {
        return Err(LedgerError::Corrupt { file: name.to_owned(), what: "it is empty".to_owned() });
    }
    match serde_json::from_slice::<Probe>(content).map_err(damaged)?.version {
        Some(VERSION) => serde_json::from_slice(content).map_err(damaged),
        Some(found) => Err(LedgerError::WrongVersion { file: name.to_owned(), found }),
        None => Err(LedgerError::Corrupt { file: name.to_owned(), what: "it has no `version`".to_owned() }),
    }
}

/// What decrypts the file's secrets: the file says with which salt they were made.
fn secrets_of(latest: &Latest, name: &str, secrets: &Secrets) -> Result<Secrets, LedgerError> {
    let Some(provider) = &latest.secrets_providers else {
        return Ok(secrets.clone());
    };
    if let (Some(salt), PASSPHRASE) = (provider.salt(), provider.kind.as_str()) {
        return Ok(secrets.with_salt(salt));
    }
    let operations = latest.pending_operations.iter().map(|it| &it.resource);
    let mut values =
        latest.resources.iter().chain(operations).flat_map(|it| it.inputs.iter().chain(&it.outputs));
    if provider.kind != PASSPHRASE && values.any(has_sealed) {
        return Err(LedgerError::ForeignSecrets { file: name.to_owned(), kind: provider.kind.clone() });
    }
    Ok(secrets.clone())
}

fn entry_of(raw: &Resource, stack_urn: &str, vault: &Vault, name: &str) -> Result<Entry, LedgerError> {
    let urn = |text: &str| {
        let what = || format!("{text:?} is not a URN");
        Urn::parse(text).ok_or_else(|| LedgerError::Corrupt { file: name.to_owned(), what: what() })
    };
    let clear = |value: &Option<Value>| -> Result<Value, SecretError> {
        value.as_ref().map_or_else(|| Ok(Value::Object(Map::new())), |it| vault.decode(&raw.urn, it))
    };
    let unreadable = |source| LedgerError::Unreadable { file: name.to_owned(), source };
    Ok(Entry {
        urn: urn(&raw.urn)?,
        kind: raw.kind.clone(),
        id: raw.id.clone().filter(|it| !it.is_empty()),
        inputs: clear(&raw.inputs).map_err(unreadable)?,
        state: clear(&raw.outputs).map_err(unreadable)?,
        parent: raw.parent.as_deref().filter(|it| *it != stack_urn && !it.is_empty()).map(urn).transpose()?,
        dependencies: raw.dependencies.iter().map(|it| urn(it)).collect::<Result<_, _>>()?,
        protect: raw.protect,
        retain: raw.retain_on_delete && raw.import_id.is_none(),
        adopted: raw.import_id.is_some(),
        created: raw.created.clone(),
        modified: raw.modified.clone(),
    })
}

/// A random one, version 4: providers have ids of this form.
fn uuid() -> Result<String, LedgerError> {
    let mut bytes = <[u8; 16]>::try_generate().map_err(|_| LedgerError::NoRandom)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    Ok([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}
