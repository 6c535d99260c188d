//! What a stack is configured with: declared defaults, the stack's file, flags; each over the one before.

mod error;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Input;
use crate::input::{has_secret, is_secret, reveal, secret, secrets_of};
use crate::project::{Declaration, Project, StackFile, Type, json_of};
use crate::secret::{SecretError, Secrets};

pub use error::ConfigError;

/// Namespaces whose every key is taken: those of the provider, of Pulumi, and of this program itself.
const OPEN: [&str; 3] = ["gcp", "pulumi", "stack"];

/// A stack's configuration, resolved once. Keys are `ingestion`, the project's own, or `gcp:region`.
#[derive(Clone, Debug)]
pub struct Config {
    project: String,
    project_file: String,
    declared: BTreeMap<String, Declaration>,
    settings: BTreeMap<String, Setting>,
    secrets: Secrets,
    /// Secrets that were read as plain values; clones share it.
    revealed: Arc<Mutex<Vec<Value>>>,
}

#[derive(Clone, Debug)]
struct Setting {
    /// As it was written: what is encrypted is `{"secure": …}`, and only in a stack's file.
    value: Value,
    /// `Pulumi.dev.yaml:7`.
    place: String,
    from: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Default,
    Stack,
    Flag,
}

impl Config {
    /// Puts together what is declared, what the stack's file says and what the flags (`KEY=VALUE`) say.
    /// Decrypts nothing yet.
    ///
    /// # Errors
    /// When a key is not known or a value is not of its declared type.
    pub fn resolve(
        project: &Project,
        stack: &StackFile,
        flags: &[String],
        secrets: Secrets,
    ) -> Result<Config, ConfigError> {
        let file = project.file().file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        let mut config = Config {
            project: project.name.clone(),
            project_file: file.clone(),
            declared: project.config.clone(),
            settings: BTreeMap::new(),
            secrets,
            revealed: Arc::default(),
        };
        for (key, it) in &project.config {
            if let Some(value) = &it.default {
                config.set(key, value.clone(), format!("{file}:{}", it.line), Source::Default)?;
            }
        }
        let file = stack.name();
        for (key, it) in stack.config() {
            config.set(key, it.value.clone(), format!("{file}:{}", it.line), Source::Stack)?;
        }
        for text in flags {
            let (key, value) = text
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| ConfigError::BadFlag { text: text.clone() })?;
            let full = config.full(key);
            config.set(&full, Value::String(value.to_owned()), format!("--config {key}"), Source::Flag)?;
        }
        Ok(config)
    }

    /// A value as a type of one's own. A secret may steer a declaration like any value; wherever it gets into a resource it
    /// is a secret there (see [`Config::revealed`]).
    ///
    /// # Errors
    /// When it is not set or does not fit, and when a secret cannot be decrypted.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T, ConfigError> {
        self.optional(key)?.ok_or_else(|| ConfigError::Missing {
            key: self.short(key),
            declared: self.declared.contains_key(&self.full(key)),
            project_file: self.project_file.clone(),
        })
    }

    /// As [`Config::get`], of what need not be set.
    ///
    /// # Errors
    /// When it does not fit, and when a secret cannot be decrypted.
    pub fn optional<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.value(key)? else { return Ok(None) };
        let hidden = has_secret(&value);
        let value = if hidden { self.reveal(&value) } else { value };
        let place = self.settings.get(&self.full(key)).map(|it| it.place.clone()).unwrap_or_default();
        serde_json::from_value(value).map(Some).map_err(|source| match hidden {
            // The reader's words repeat what it read.
            true => ConfigError::UnfitSecret { key: self.short(key), place },
            false => ConfigError::Unfit { key: self.short(key), place, source },
        })
    }

    /// The secrets that were read as plain values so far: a declaration may have put them anywhere.
    pub fn revealed(&self) -> Vec<Value> {
        // Only ever added to, so a panic elsewhere leaves it usable.
        self.revealed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A value in clear, with its secrets noted.
    fn reveal(&self, value: &Value) -> Value {
        self.revealed.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets_of(value));
        reveal(value)
    }

    /// A value with its secrets decrypted and wrapped (see [`crate::secret()`]); `None` when it is not set.
    ///
    /// # Errors
    /// When a secret cannot be decrypted, or is not of its declared type.
    pub fn value(&self, key: &str) -> Result<Option<Value>, ConfigError> {
        let full = self.full(key);
        let Some(setting) = self.settings.get(&full) else { return Ok(None) };
        let declared = self.declared.get(&full);
        let failed =
            |source| ConfigError::Secret { key: self.short(key), place: setting.place.clone(), source };
        let mut value = setting.value.clone();
        if setting.from == Source::Stack && has_secure(&value) {
            value = self.decrypt(&value).map_err(failed)?;
            if is_secret(&value) {
                let kind = declared.map_or(&Type::Any, |it| &it.kind);
                value = secret(self.fitted(&full, reveal(&value), kind, &setting.place, true)?);
            }
        }
        if declared.is_some_and(|it| it.secret) && !is_secret(&value) {
            value = secret(reveal(&value));
        }
        Ok(Some(value))
    }

    /// A text, number or truth value as an input; a secret stays one.
    ///
    /// # Errors
    /// When it is not set, is a list or an object, or cannot be decrypted.
    pub fn input(&self, key: &str) -> Result<Input<String>, ConfigError> {
        let value = self.value(key)?.ok_or_else(|| ConfigError::Missing {
            key: self.short(key),
            declared: self.declared.contains_key(&self.full(key)),
            project_file: self.project_file.clone(),
        })?;
        let hidden = has_secret(&value);
        let plain = reveal(&value);
        let text = text_of(&plain).ok_or_else(|| ConfigError::WrongType {
            key: self.short(key),
            expected: "a text".to_owned(),
            found: describe(&plain, hidden),
            place: self.settings.get(&self.full(key)).map(|it| it.place.clone()).unwrap_or_default(),
        })?;
        let input = Input::Value(text);
        Ok(if hidden { input.secret() } else { input })
    }

    /// A plain value of a namespace: `namespaced("gcp", "project")`. `None` for secrets, too.
    pub fn namespaced(&self, namespace: &str, key: &str) -> Option<String> {
        self.text(&format!("{namespace}:{key}"))
    }

    /// A plain text, number or truth value. `None` for secrets, too: see [`Config::input`].
    pub fn text(&self, key: &str) -> Option<String> {
        if self.is_secret(key) {
            return None;
        }
        text_of(&self.settings.get(&self.full(key))?.value)
    }

    /// Whether any part of a value is not to be shown.
    pub fn is_secret(&self, key: &str) -> bool {
        let full = self.full(key);
        let encrypted = |it: &Setting| it.from == Source::Stack && has_secure(&it.value);
        self.declared.get(&full).is_some_and(|it| it.secret)
            || self.settings.get(&full).is_some_and(encrypted)
    }

    /// The full keys that have a value.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.settings.keys().map(String::as_str)
    }

    /// Where a value comes from, for messages: `Pulumi.dev.yaml:7`.
    pub fn place(&self, key: &str) -> Option<&str> {
        self.settings.get(&self.full(key)).map(|it| it.place.as_str())
    }

    fn full(&self, key: &str) -> String {
        if key.contains(':') { key.to_owned() } else { format!("{}:{key}", self.project) }
    }

    /// A key as people write it: the project's own without its namespace.
    fn short(&self, key: &str) -> String {
        let own = key.strip_prefix(&self.project).and_then(|it| it.strip_prefix(':'));
        own.unwrap_or(key).to_owned()
    }

    fn set(&mut self, full: &str, value: Value, place: String, from: Source) -> Result<(), ConfigError> {
        let namespace = full.split_once(':').map_or("", |(it, _)| it);
        let declared = self.declared.get(full);
        // Files may configure programs other than ours; a flag is meant for this run.
        let is_foreign = namespace != self.project && (from != Source::Flag || OPEN.contains(&namespace));
        if declared.is_none() && !is_foreign {
            let nearest = self.nearest(full);
            return Err(ConfigError::Unknown { key: self.short(full), place, nearest });
        }
        if value.is_null() {
            return Ok(());
        }
        let kind = declared.map_or(Type::Any, |it| it.kind.clone());
        let hidden = declared.is_some_and(|it| it.secret);
        let value = if from == Source::Stack && is_secure(&value) {
            value
        } else {
            self.fitted(full, value, &kind, &place, hidden)?
        };
        self.settings.insert(full.to_owned(), Setting { value, place, from });
        Ok(())
    }

    fn nearest(&self, full: &str) -> Option<String> {
        let short = self.short(full);
        let known = self.declared.keys().map(|it| self.short(it));
        // `gpc:region` is a key of a namespace that was misspelt.
        let respelt = full.split_once(':').into_iter().flat_map(|(space, name)| {
            [self.project.as_str(), "gcp"]
                .into_iter()
                .filter(move |it| *it != space && distance(it, space) <= 2)
                .map(move |it| format!("{it}:{name}"))
        });
        let limit = |it: &str| 2.max(it.chars().count() / 3);
        known
            .chain(respelt)
            .map(|it| (distance(&it, &short), it))
            .filter(|(far, it)| *far <= limit(it))
            .min()
            .map(|(_, it)| it)
    }

    fn fitted(
        &self,
        full: &str,
        value: Value,
        kind: &Type,
        place: &str,
        hidden: bool,
    ) -> Result<Value, ConfigError> {
        fit(value, kind, &self.short(full)).map_err(|it| ConfigError::WrongType {
            key: it.at,
            expected: words(it.expected),
            found: describe(&it.found, hidden),
            place: place.to_owned(),
        })
    }

    fn decrypt(&self, value: &Value) -> Result<Value, SecretError> {
        match value {
            Value::Object(map) if is_secure(value) => {
                let sealed = map.values().next().and_then(Value::as_str).unwrap_or_default();
                Ok(secret(Value::String(self.secrets.decrypt(sealed)?)))
            }
            Value::Object(map) => map
                .iter()
                .map(|(key, it)| Ok((key.clone(), self.decrypt(it)?)))
                .collect::<Result<Map<String, Value>, SecretError>>()
                .map(Value::Object),
            Value::Array(items) => items.iter().map(|it| self.decrypt(it)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }
}

struct Misfit<'a> {
    at: String,
    expected: &'a Type,
    found: Value,
}

/// A value as its type has it. Pulumi writes numbers and truth values as texts, and whole lists and
/// objects as JSON; flags give everything as text.
fn fit<'a>(value: Value, kind: &'a Type, at: &str) -> Result<Value, Misfit<'a>> {
    let misfit = |found: Value| Misfit { at: at.to_owned(), expected: kind, found };
    let is_whole = |it: &Value| it.is_i64() || it.is_u64();
    match (kind, value) {
        (Type::Any, it) => Ok(it),
        (_, it) if is_secure(&it) => Ok(it),
        (Type::String, it @ Value::String(_)) | (Type::Boolean, it @ Value::Bool(_)) => Ok(it),
        (Type::Integer, it) if is_whole(&it) => Ok(it),
        (Type::Integer, Value::String(it)) => {
            it.trim().parse::<i64>().map(Value::from).map_err(|_| misfit(Value::String(it)))
        }
        (Type::Boolean, Value::String(it)) => {
            it.trim().parse::<bool>().map(Value::from).map_err(|_| misfit(Value::String(it)))
        }
        (Type::Object, it @ Value::Object(_)) => Ok(it),
        (Type::Array(of), Value::Array(items)) => {
            items.into_iter().enumerate().map(|(n, it)| fit(it, of, &format!("{at}[{n}]"))).collect()
        }
        (Type::Array(_) | Type::Object, Value::String(it)) => {
            let parsed = serde_yaml::from_str(&it).ok().and_then(|it| json_of(&it).ok());
            match parsed {
                Some(parsed @ (Value::Array(_) | Value::Object(_))) => fit(parsed, kind, at),
                Some(_) | None => Err(misfit(Value::String(it))),
            }
        }
        (Type::String | Type::Integer | Type::Boolean | Type::Array(_) | Type::Object, it) => Err(misfit(it)),
    }
}

fn words(kind: &Type) -> String {
    match kind {
        Type::Any => "anything".to_owned(),
        Type::String => "a text".to_owned(),
        Type::Integer => "a whole number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Object => "an object".to_owned(),
        Type::Array(_) => "a list".to_owned(),
    }
}

fn describe(value: &Value, hidden: bool) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        _ if hidden => "a secret that is something else".to_owned(),
        Value::String(it) if it.chars().count() > 60 => {
            format!("the text {:?}…", it.chars().take(60).collect::<String>())
        }
        Value::String(it) => format!("the text {it:?}"),
        Value::Number(it) => format!("the number {it}"),
        Value::Bool(it) => it.to_string(),
        Value::Null => "nothing".to_owned(),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_secure(value: &Value) -> bool {
    value.as_object().is_some_and(|it| it.len() == 1 && it.get("secure").is_some_and(Value::is_string))
}

fn has_secure(value: &Value) -> bool {
    is_secure(value)
        || match value {
            Value::Object(map) => map.values().any(has_secure),
            Value::Array(items) => items.iter().any(has_secure),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

/// How many letters must be changed, added or taken away to get from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
