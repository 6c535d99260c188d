//! Why a configuration does not serve, and what to do about it.

use crate::secret::SecretError;

/// Why a configuration does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{place}: config {key} is not known")]
    Unknown {
        key: String,
        place: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    #[error("{place}: config {key} must be {expected}, and is {found}")]
    WrongType {
        /// With the path to what is wrong within it: `hosts[2]`.
        key: String,
        expected: String,
        found: String,
        place: String,
    },
    #[error("config {key} is not set")]
    Missing {
        key: String,
        declared: bool,
        /// `Pulumi.yaml`.
        project_file: String,
    },
    #[error("{place}: config {key} does not fit")]
    Unfit {
        key: String,
        place: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{place}: config {key} is a secret that does not fit")]
    UnfitSecret { key: String, place: String },
    #[error("{place}: config {key} cannot be decrypted")]
    Secret {
        key: String,
        place: String,
        #[source]
        source: SecretError,
    },
    #[error("--config {text:?} is not of the form KEY=VALUE")]
    BadFlag { text: String },
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ConfigError::Unknown { nearest: Some(it), .. } => Some(format!("did you mean {it}?")),
            ConfigError::Unknown { key, .. } => {
                Some(format!("declare it under `config:` in Pulumi.yaml, or remove {key}"))
            }
            ConfigError::WrongType { expected, found, .. }
                if expected == "a text" && !found.starts_with('a') =>
            {
                Some("put it in quotes".to_owned())
            }
            ConfigError::WrongType { .. } | ConfigError::Unfit { .. } | ConfigError::UnfitSecret { .. } => {
                None
            }
            ConfigError::Missing { key, declared: true, .. } => {
                Some(format!("set it in the stack's file, or with `--config {key}=VALUE`"))
            }
            ConfigError::Missing { project_file, declared: false, .. } => {
                Some(format!("declare it under `config:` in {project_file}"))
            }
            ConfigError::Secret { source, .. } => source.hint(),
            ConfigError::BadFlag { .. } => Some("write `--config days=7`".to_owned()),
        }
    }
}
