//! Why a ledger cannot be read, locked or written, and what to do about it.

use std::sync::Arc;

use crate::secret::SecretError;

use super::store::StoreError;

/// Why a ledger cannot be read, locked or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("{what} {name:?} may have only letters, digits, `-`, `_` and `.`, at most 100")]
    BadName { what: &'static str, name: String },
    #[error("the ledger {file} is damaged at line {line}, column {column}")]
    NotJson {
        file: String,
        line: usize,
        column: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("the ledger {file} is damaged: {what}")]
    Corrupt { file: String, what: String },
    #[error("the ledger {file} has {urn}, which is of another stack or project than {project}/{stack}")]
    Foreign { file: String, urn: String, project: String, stack: String },
    #[error("the ledger {file} is gone, and {backup} is there")]
    Gone {
        file: String,
        backup: String,
        /// Puts the backup back.
        command: String,
    },
    #[error("the ledger {file} has version {found}, and only version 3 is understood")]
    WrongVersion { file: String, found: u64 },
    #[error("the ledger {file} is of an older Pulumi, which kept stacks without their project")]
    OldLayout { file: String },
    #[error("the ledger {file} is compressed")]
    Compressed { file: String },
    #[error("the secrets in {file} are kept by {kind:?}, and only a passphrase is understood")]
    ForeignSecrets { file: String, kind: String },
    #[error("a secret in {file} cannot be decrypted")]
    Unreadable {
        file: String,
        #[source]
        source: SecretError,
    },
    #[error("a secret of {of} cannot be encrypted")]
    Unwritable {
        of: String,
        #[source]
        source: SecretError,
    },
    #[error("{of} has a secret that is not resolved yet, and was not written in clear")]
    Unresolved { of: String },
    #[error("{urn} is not in the ledger")]
    NoEntry { urn: String },
    #[error("{urn} is in the ledger already")]
    Taken { urn: String },
    #[error("stack {stack} is locked by {holder}")]
    Locked {
        stack: String,
        /// Who, where, since when.
        holder: String,
        file: String,
    },
    #[error("the lock of stack {stack} was lost: {what}")]
    LeaseLost { stack: String, what: String },
    #[error("the ledger {file} was written by somebody else since it was read")]
    Moved { file: String },
    #[error("the ledger in {place} is out of reach")]
    Store {
        place: String,
        // Shared by all whose changes went with the same write.
        #[source]
        source: Arc<StoreError>,
    },
    #[error("the ledger cannot be put into words")]
    Unspeakable {
        #[source]
        source: serde_json::Error,
    },
    #[error("the operating system gives no random numbers")]
    NoRandom,
    #[error("the task that writes the ledger ended early")]
    Ended,
}

impl LedgerError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            LedgerError::BadName { .. } => Some("choose another name".to_owned()),
            LedgerError::NotJson { file, .. } | LedgerError::Corrupt { file, .. } => {
                Some(format!("look into it, or restore {file}.bak, which was there before the last run"))
            }
            LedgerError::Foreign { .. } => Some(
                "it was copied or renamed: pass --stack with its stack, or restore the right file".to_owned(),
            ),
            LedgerError::Gone { command, .. } => {
                Some(format!("restore it: {command}; or delete the backup and the history to begin anew"))
            }
            LedgerError::WrongVersion { found, .. } if *found < 3 => {
                Some("run `pulumi stack export` and `pulumi stack import` with a current Pulumi".to_owned())
            }
            LedgerError::WrongVersion { file, .. } => {
                Some(format!("a newer program wrote it: use that, or restore {file}.bak"))
            }
            LedgerError::OldLayout { .. } => Some("run `pulumi state upgrade` once".to_owned()),
            LedgerError::Compressed { file } => {
                Some(format!("decompress {file}, and unset PULUMI_DIY_BACKEND_GZIP where Pulumi runs"))
            }
            LedgerError::ForeignSecrets { .. } => {
                Some("run `pulumi stack change-secrets-provider passphrase`".to_owned())
            }
            LedgerError::Unreadable { file, source: SecretError::Damaged | SecretError::BadCiphertext } => {
                Some(format!("restore {file}.bak, which was there before the last run"))
            }
            LedgerError::Unreadable { source, .. } | LedgerError::Unwritable { source, .. } => source.hint(),
            LedgerError::Locked { .. } => Some(
                "wait for it to end, with --lock-timeout 5m for example; if it certainly did: stack unlock"
                    .to_owned(),
            ),
            LedgerError::LeaseLost { .. } => {
                Some("see that nobody else is at work on this stack, then run the command again".to_owned())
            }
            LedgerError::Moved { .. } => {
                Some("run the command again; it starts from what is there now".to_owned())
            }
            LedgerError::Store { source, .. } => source.hint(),
            LedgerError::Unresolved { .. }
            | LedgerError::NoEntry { .. }
            | LedgerError::Taken { .. }
            | LedgerError::Unspeakable { .. }
            | LedgerError::NoRandom
            | LedgerError::Ended => None,
        }
    }
}
