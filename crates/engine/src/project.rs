//! A project's files: `Pulumi.yaml`, and a `Pulumi.<stack>.yaml` for each stack.

mod edit;
mod stack_file;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub use stack_file::{Setting, StackFile};

/// What `Pulumi.yaml` says. Keys that we do not know are left to those who do.
#[derive(Clone, Debug)]
pub struct Project {
    pub name: String,
    pub description: Option<String>,
    /// `rust`, `go`, `yaml`.
    pub runtime: Option<String>,
    /// Where the ledger is kept: `file://…`, `gs://…`.
    pub backend: Option<String>,
    /// What may be configured, by its full key: `events:ingestion`.
    pub config: BTreeMap<String, Declaration>,
    file: PathBuf,
    stack_config_dir: Option<PathBuf>,
}

/// What `Pulumi.yaml` says of a config key.
#[derive(Clone, Debug)]
pub struct Declaration {
    pub kind: Type,
    pub description: Option<String>,
    /// The value if a stack has none: `default`, or `value` for a key of another namespace.
    pub default: Option<Value>,
    pub secret: bool,
    /// In `Pulumi.yaml`, from 1.
    pub line: usize,
}

/// What a config value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not said.
    Any,
    String,
    Integer,
    Boolean,
    Array(Box<Type>),
    Object,
}

/// Why a project's files cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("there is no Pulumi.yaml in {} or a folder above it", from.display())]
    NotFound { from: PathBuf },
    #[error("{} cannot be {action}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{place}: this is not valid")]
    NotYaml {
        /// `Pulumi.yaml:3:7`, line and column.
        place: String,
        tabs: bool,
        #[source]
        source: serde_yaml::Error,
    },
    #[error("{place}: {what}")]
    Invalid { place: String, what: String, hint: Option<String> },
    #[error("{place}: {key} cannot be set, as this is not written line by line")]
    CannotEdit { place: String, key: String },
    #[error("stack name {name:?} may have only letters, digits, `-`, `_` and `.`")]
    BadStack { name: String },
}

impl ProjectError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ProjectError::NotFound { .. } => Some(
                "change to the project's folder, or write a Pulumi.yaml with `name: <project>`".to_owned(),
            ),
            ProjectError::Io { .. } => None,
            ProjectError::NotYaml { tabs: true, .. } => Some("indent with spaces, not with tabs".to_owned()),
            ProjectError::NotYaml { .. } => {
                Some("indent with two spaces, and put a text that holds `: ` or ` #` in quotes".to_owned())
            }
            ProjectError::Invalid { hint, .. } => hint.clone(),
            ProjectError::CannotEdit { .. } => Some("set it in an editor".to_owned()),
            ProjectError::BadStack { .. } => Some("choose another name".to_owned()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    name: Option<String>,
    description: Option<String>,
    runtime: Option<serde_yaml::Value>,
    stack_config_dir: Option<PathBuf>,
    backend: Option<RawBackend>,
    config: Option<Keys>,
}

/// Config as it is written. Unlike with a plain map, a key that is there twice is an error.
#[derive(Default)]
struct Keys(Vec<(String, serde_yaml::Value)>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Keys, D::Error> {
        let map = serde_yaml::Mapping::deserialize(from)?;
        let pair = |(key, value)| match key {
            serde_yaml::Value::String(key) => Ok((key, value)),
            _ => Err(serde::de::Error::custom("a config key must be a text")),
        };
        map.into_iter().map(pair).collect::<Result<_, _>>().map(Keys)
    }
}

#[derive(Deserialize)]
struct RawBackend {
    url: Option<String>,
}

impl Project {
    /// Finds `Pulumi.yaml` in a folder or above it.
    ///
    /// # Errors
    /// When there is none, and when it is not what Pulumi would read.
    pub fn load(folder: impl AsRef<Path>) -> Result<Project, ProjectError> {
        let folder = folder.as_ref();
        let from = std::path::absolute(folder).map_err(|source| ProjectError::Io {
            action: "found",
            path: folder.to_owned(),
            source,
        })?;
        let file = from
            .ancestors()
            .flat_map(|it| ["Pulumi.yaml", "Pulumi.yml"].map(|name| it.join(name)))
            .find(|it| it.is_file())
            .ok_or(ProjectError::NotFound { from })?;
        let text = read(&file)?;
        Project::parse(file, &text)
    }

    fn parse(file: PathBuf, text: &str) -> Result<Project, ProjectError> {
        let name = name_of(&file);
        let at = |path: &[&str]| place_of(&name, text, path);
        let raw: Raw = parse(text, &name)?;
        let missing = || ProjectError::Invalid {
            place: name.clone(),
            what: "the project has no name".to_owned(),
            hint: Some("add a line `name: <project>`".to_owned()),
        };
        let project = raw.name.filter(|it| !it.is_empty()).ok_or_else(missing)?;
        let runtime = match &raw.runtime {
            None | Some(serde_yaml::Value::Null) => None,
            Some(it) => {
                let name = it.as_str().or_else(|| it.get("name").and_then(serde_yaml::Value::as_str));
                Some(name.map(str::to_owned).ok_or_else(|| ProjectError::Invalid {
                    place: at(&["runtime"]),
                    what: "runtime must be a text, or have a name".to_owned(),
                    hint: Some("write `runtime: rust`".to_owned()),
                })?)
            }
        };
        let mut config = BTreeMap::new();
        for (key, value) in raw.config.unwrap_or_default().0 {
            let full = if key.contains(':') { key.clone() } else { format!("{project}:{key}") };
            let is_own = full.split_once(':').is_some_and(|(space, _)| space == project);
            let line = edit::line_of(text, &["config", &key]).unwrap_or(1);
            let declaration = declaration(&value, is_own, line).map_err(|what| ProjectError::Invalid {
                place: at(&["config", &key]),
                what: format!("config {key}: {what}"),
                hint: None,
            })?;
            config.insert(full, declaration);
        }
        Ok(Project {
            name: project,
            description: raw.description,
            runtime,
            backend: raw.backend.and_then(|it| it.url),
            config,
            file,
            stack_config_dir: raw.stack_config_dir,
        })
    }

    /// The path of `Pulumi.yaml`.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folder that `Pulumi.yaml` is in.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    /// Where a stack's file is or would be.
    pub fn stack_file(&self, stack: &str) -> PathBuf {
        self.stack_folder().join(format!("Pulumi.{}.yaml", stack.replace('/', "-")))
    }

    /// The names of the stacks that have a file, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn stacks(&self) -> Result<Vec<String>, ProjectError> {
        let folder = self.stack_folder();
        let failed = |source| ProjectError::Io { action: "listed", path: folder.clone(), source };
        let entries = match std::fs::read_dir(&folder) {
            Ok(it) => it,
            Err(it) if it.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(it) => return Err(failed(it)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            let stack = name.strip_prefix("Pulumi.").and_then(|it| it.strip_suffix(".yaml"));
            names.extend(stack.filter(|it| !it.is_empty()).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    fn stack_folder(&self) -> PathBuf {
        self.stack_config_dir.as_ref().map_or_else(|| self.folder().to_owned(), |it| self.folder().join(it))
    }
}

fn declaration(value: &serde_yaml::Value, is_own: bool, line: usize) -> Result<Declaration, String> {
    let bare = |default| Declaration { kind: Type::Any, description: None, default, secret: false, line };
    let Some(map) = value.as_mapping() else {
        let default = json_of(value)?;
        let kind = type_of(&default);
        return Ok(Declaration { kind, ..bare(Some(default).filter(|it| !it.is_null())) });
    };
    let text = |key: &str| map.get(key).and_then(serde_yaml::Value::as_str);
    let json = |key: &str| map.get(key).map(json_of).transpose();
    let (default, value) = (json("default")?, json("value")?);
    if default.is_some() && value.is_some() {
        return Err("`default` and `value` exclude each other".to_owned());
    }
    if !is_own && (default.is_some() || map.contains_key("type")) {
        return Err(
            "a key of another namespace may have a `value`, but no `type` and no `default`".to_owned()
        );
    }
    let default = default.or(value);
    let kind = match map.get("type") {
        Some(_) => declared_type(map)?,
        None => default.as_ref().map_or(Type::Any, type_of),
    };
    Ok(Declaration {
        kind,
        description: text("description").map(str::to_owned),
        default,
        secret: map.get("secret").and_then(serde_yaml::Value::as_bool).unwrap_or(false),
        line,
    })
}

fn declared_type(map: &serde_yaml::Mapping) -> Result<Type, String> {
    match map.get("type").and_then(serde_yaml::Value::as_str) {
        Some("string") => Ok(Type::String),
        Some("integer") => Ok(Type::Integer),
        Some("boolean") => Ok(Type::Boolean),
        Some("object") => Ok(Type::Object),
        Some("array") => match map.get("items").and_then(serde_yaml::Value::as_mapping) {
            Some(items) => Ok(Type::Array(Box::new(declared_type(items)?))),
            None => Err("an array needs `items` with a `type`".to_owned()),
        },
        Some(other) => Err(format!("type {other:?} is none of string, integer, boolean, array, object")),
        None => Err("type must be one of string, integer, boolean, array, object".to_owned()),
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::String(_) => Type::String,
        Value::Number(it) if it.is_i64() || it.is_u64() => Type::Integer,
        Value::Bool(_) => Type::Boolean,
        Value::Array(_) => Type::Array(Box::new(Type::Any)),
        Value::Object(_) => Type::Object,
        Value::Number(_) | Value::Null => Type::Any,
    }
}

/// YAML as JSON, or why it has no such form.
pub(crate) fn json_of(value: &serde_yaml::Value) -> Result<Value, String> {
    use serde_yaml::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(it) => Value::Bool(*it),
        Yaml::Number(it) => serde_json::to_value(it).map_err(|_| format!("{it} is not a number of JSON"))?,
        Yaml::String(it) => Value::String(it.clone()),
        Yaml::Sequence(items) => items.iter().map(json_of).collect::<Result<_, _>>()?,
        Yaml::Mapping(map) => {
            let pair = |(key, value): (&Yaml, &Yaml)| {
                let key = match key {
                    Yaml::String(it) => it.clone(),
                    Yaml::Bool(it) => it.to_string(),
                    Yaml::Number(it) => it.to_string(),
                    Yaml::Null | Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_) => {
                        return Err("a key must be a text".to_owned());
                    }
                };
                Ok((key, json_of(value)?))
            };
            Value::Object(map.iter().map(pair).collect::<Result<_, String>>()?)
        }
        Yaml::Tagged(it) => return Err(format!("tag {} is not understood", it.tag)),
    })
}

fn read(path: &Path) -> Result<String, ProjectError> {
    std::fs::read_to_string(path).map_err(|source| ProjectError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str, name: &str) -> Result<T, ProjectError> {
    serde_yaml::from_str(text).map_err(|source| {
        let at = source.location();
        let place =
            at.as_ref().map_or_else(|| name.to_owned(), |it| format!("{name}:{}:{}", it.line(), it.column()));
        let line = at.and_then(|it| text.lines().nth(it.line().saturating_sub(1)));
        let tabs = line.is_some_and(|it| it.trim_start_matches(' ').starts_with('\t'));
        ProjectError::NotYaml { place, tabs, source }
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |it| it.to_string_lossy().into_owned())
}

fn place_of(name: &str, text: &str, path: &[&str]) -> String {
    edit::line_of(text, path).map_or_else(|| name.to_owned(), |it| format!("{name}:{it}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> Result<Project, ProjectError> {
        Project::parse(PathBuf::from("/p/Pulumi.yaml"), text)
    }

    #[test]
    fn declarations() {
        let it = project(
            "name: events\nruntime: {name: rust, options: {}}\nauthor: me\nstackConfigDir: stacks\n\
             backend: {url: gs://ledger}\nconfig:\n  topic: orders\n  days: {type: integer, default: 7}\n  \
             hosts:\n    type: array\n    items: {type: string}\n  events:key: {type: string, secret: true}\n  \
             gcp:project: demo\n  gcp:region: {value: europe-west1}\n",
        )
        .unwrap();
        assert_eq!(it.runtime.as_deref(), Some("rust"));
        assert_eq!(it.backend.as_deref(), Some("gs://ledger"));
        assert_eq!(it.stack_file("org/dev"), Path::new("/p/stacks/Pulumi.org-dev.yaml"));
        assert_eq!(it.config["events:topic"].kind, Type::String);
        assert_eq!(it.config["events:days"].default, Some(7.into()));
        assert_eq!(it.config["events:hosts"].kind, Type::Array(Box::new(Type::String)));
        assert!(it.config["events:key"].secret);
        assert_eq!(it.config["events:key"].line, 12);
        assert_eq!(it.config["gcp:region"].default, Some("europe-west1".into()));
    }

    #[test]
    fn errors_say_where() {
        let error = |text| project(text).unwrap_err();
        assert_eq!(error("name: a\nconfig:\n  x: [1\n").to_string(), "Pulumi.yaml:4:1: this is not valid");
        let tabs = error("name: a\nconfig:\n\tx: 1\n");
        assert!(tabs.to_string().starts_with("Pulumi.yaml:3:1"), "{tabs}");
        assert_eq!(tabs.hint().unwrap(), "indent with spaces, not with tabs");
        assert_eq!(error("runtime: rust\n").to_string(), "Pulumi.yaml: the project has no name");
        let bad = error("name: a\nconfig:\n  # one\n  x: {type: text}\n");
        assert!(bad.to_string().starts_with("Pulumi.yaml:4: config x: type \"text\" is none of"), "{bad}");
        assert!(error("name: a\nconfig:\n  gcp:x: {default: 1}\n").to_string().contains("another namespace"));
        assert!(error("name: [1]\n").to_string().starts_with("Pulumi.yaml:1:7"));
        assert!(error("name: a\nconfig:\n  x: {type: array}\n").to_string().contains("needs `items`"));
    }

    #[test]
    fn found_from_below() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("a/b")).unwrap();
        std::fs::write(home.path().join("Pulumi.yaml"), "name: events\n").unwrap();
        std::fs::write(home.path().join("Pulumi.dev.yaml"), "").unwrap();
        let it = Project::load(home.path().join("a/b")).unwrap();
        assert_eq!(it.folder(), home.path());
        assert_eq!(it.stacks().unwrap(), ["dev"]);
        let nowhere = tempfile::tempdir().unwrap();
        assert!(matches!(Project::load(nowhere.path()), Err(ProjectError::NotFound { .. })));
    }
}
