//! Keeps a checkpoint's secrets: wrapped in memory, encrypted in the file.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::Expr;
use crate::input::{expr_of, has_secret, is_expression, is_secret, reveal, secret};
use crate::secret::{SecretError, Secrets};

use super::LedgerError;

/// Marks an object that is not what it seems, and what a secret has there. Pulumi's constants.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";

pub(super) struct Vault {
    secrets: Secrets,
    /// The ciphertext of a resource's text, so that what did not change is written as it was.
    known: Mutex<HashMap<(String, String), String>>,
}

impl Vault {
    pub(super) fn new(secrets: Secrets) -> Vault {
        Vault { secrets, known: Mutex::default() }
    }

    pub(super) fn salt(&self) -> Option<String> {
        self.secrets.salt()
    }

    pub(super) fn is_unlocked(&self) -> bool {
        self.secrets.is_unlocked()
    }

    /// Derives the key away from the tasks that must not wait, if the value needs one.
    pub(super) async fn prepare(&self, of: &str, values: &[&Value]) -> Result<(), LedgerError> {
        if self.secrets.is_unlocked() || !values.iter().any(|it| has_secret(it)) {
            return Ok(());
        }
        let secrets = self.secrets.clone();
        tokio::task::spawn_blocking(move || secrets.unlock())
            .await
            .map_err(|_| LedgerError::Ended)?
            .map_err(|source| LedgerError::Unwritable { of: of.to_owned(), source })
    }

    /// As it stands in the file: secrets encrypted.
    pub(super) fn encode(&self, of: &str, value: &Value) -> Result<Value, LedgerError> {
        match value {
            Value::Object(map) if is_secret(value) => {
                let inner = map.values().next().map(reveal).unwrap_or_default();
                let sealed = self
                    .seal(of, inner.to_string())
                    .map_err(|source| LedgerError::Unwritable { of: of.to_owned(), source })?;
                Ok(json!({ SIGNATURE: SECRET, "ciphertext": sealed }))
            }
            Value::Object(map) if hides_secret(map) => Err(LedgerError::Unresolved { of: of.to_owned() }),
            Value::Object(map) => map
                .iter()
                .map(|(key, it)| Ok((key.clone(), self.encode(of, it)?)))
                .collect::<Result<Map<String, Value>, LedgerError>>()
                .map(Value::Object),
            Value::Array(items) => items.iter().map(|it| self.encode(of, it)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    fn seal(&self, of: &str, text: String) -> Result<String, SecretError> {
        let at = (of.to_owned(), text);
        if let Some(it) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&at) {
            return Ok(it.clone());
        }
        let sealed = self.secrets.encrypt(&at.1)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(at, sealed.clone());
        Ok(sealed)
    }

    /// As it is in memory: secrets in clear, and wrapped.
    pub(super) fn decode(&self, of: &str, value: &Value) -> Result<Value, SecretError> {
        match value {
            Value::Object(map) if is_sealed(map) => {
                let text = match (map.get("ciphertext"), map.get("plaintext")) {
                    (Some(Value::String(sealed)), _) => {
                        let text = self.secrets.decrypt(sealed)?;
                        self.known
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .insert((of.to_owned(), text.clone()), sealed.clone());
                        text
                    }
                    // `pulumi stack export --show-secrets` writes them so, and import takes them.
                    (_, Some(Value::String(text))) => text.clone(),
                    _ => return Err(SecretError::BadCiphertext),
                };
                let inner: Value = serde_json::from_str(&text).map_err(|_| SecretError::Damaged)?;
                Ok(secret(reveal(&self.decode(of, &inner)?)))
            }
            Value::Object(map) => map
                .iter()
                .map(|(key, it)| Ok((key.clone(), self.decode(of, it)?)))
                .collect::<Result<Map<String, Value>, SecretError>>()
                .map(Value::Object),
            Value::Array(items) => items.iter().map(|it| self.decode(of, it)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }
}

fn is_sealed(map: &Map<String, Value>) -> bool {
    map.get(SIGNATURE).is_some_and(|it| it == SECRET)
}

/// Whether any part of a value, as it stands in the file, is encrypted.
pub(super) fn has_sealed(value: &Value) -> bool {
    match value {
        Value::Object(map) => is_sealed(map) || map.values().any(has_sealed),
        Value::Array(items) => items.iter().any(has_sealed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether this is an expression with a secret in it, which would be written in clear.
fn hides_secret(map: &Map<String, Value>) -> bool {
    fn within(expr: &Expr) -> bool {
        match expr {
            Expr::Secret(_) => true,
            Expr::Concat(parts) => parts.iter().any(within),
            Expr::Known { value, .. } => has_secret(value),
            Expr::Attribute { .. } | Expr::Fact(_) => false,
        }
    }
    // An expression that cannot be read may hold a secret.
    is_expression(map) && expr_of(map).is_none_or(|it| within(&it))
}
