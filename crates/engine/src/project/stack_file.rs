//! What a stack was given: `Pulumi.<stack>.yaml`, edited without disturbing what people wrote there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Keys, Project, ProjectError, edit, json_of, name_of, parse, place_of, read};
use crate::ledger::store::write_durably;

/// A stack's file. Secrets stay encrypted in it: `{"secure": <ciphertext>}`.
#[derive(Clone, Debug)]
pub struct StackFile {
    path: PathBuf,
    text: String,
    exists: bool,
    salt: Option<String>,
    config: BTreeMap<String, Setting>,
}

/// A value of a stack's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub value: Value,
    /// From 1.
    pub line: usize,
}

#[derive(Default, Deserialize)]
struct Raw {
    encryptionsalt: Option<String>,
    config: Option<Keys>,
}

impl StackFile {
    /// Reads a stack's file; one that is absent is as good as empty (see [`StackFile::exists`]).
    ///
    /// # Errors
    /// When it cannot be read or is not what Pulumi would read.
    pub fn load(project: &Project, stack: &str) -> Result<StackFile, ProjectError> {
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '/');
        if stack.is_empty() || !stack.chars().all(plain) {
            return Err(ProjectError::BadStack { name: stack.to_owned() });
        }
        let path = project.stack_file(stack);
        if path.is_file() {
            let text = read(&path)?;
            StackFile::parse(path, text)
        } else {
            let (text, salt, config) = (String::new(), None, BTreeMap::new());
            Ok(StackFile { path, text, exists: false, salt, config })
        }
    }

    fn parse(path: PathBuf, text: String) -> Result<StackFile, ProjectError> {
        let name = name_of(&path);
        // A file without a line of content is `null` in YAML.
        let raw = parse::<Option<Raw>>(&text, &name)?.unwrap_or_default();
        let mut config = BTreeMap::new();
        for (key, value) in raw.config.unwrap_or_default().0 {
            let place = || place_of(&name, &text, &["config", &key]);
            if !key.split_once(':').is_some_and(|(space, name)| !space.is_empty() && !name.is_empty()) {
                return Err(ProjectError::Invalid {
                    place: place(),
                    what: format!("config key {key:?} has no namespace"),
                    hint: Some(format!("write `<project>:{key}`")),
                });
            }
            let value = json_of(&value).map_err(|what| ProjectError::Invalid {
                place: place(),
                what: format!("config {key}: {what}"),
                hint: None,
            })?;
            let line = edit::line_of(&text, &["config", &key]).unwrap_or(1);
            config.insert(key, Setting { value, line });
        }
        Ok(StackFile { path, text, exists: true, salt: raw.encryptionsalt, config })
    }

    /// Whether the file is there.
    pub fn exists(&self) -> bool {
        self.exists
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name, for messages.
    pub fn name(&self) -> String {
        name_of(&self.path)
    }

    /// `encryptionsalt`.
    pub fn salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }

    /// What is configured, by full key.
    pub fn config(&self) -> &BTreeMap<String, Setting> {
        &self.config
    }

    /// Sets `encryptionsalt`.
    ///
    /// # Errors
    /// When the file is written in a way that cannot be edited line by line.
    pub fn set_salt(&mut self, salt: &str) -> Result<(), ProjectError> {
        self.edit([Some("encryptionsalt"), None], Some(&json!(salt)))
    }

    /// Sets a key (`events:bucket`), comments kept. A secret is `{"secure": <ciphertext>}`.
    ///
    /// # Errors
    /// As [`StackFile::set_salt`].
    pub fn set_config(&mut self, key: &str, value: &Value) -> Result<(), ProjectError> {
        self.edit([Some("config"), Some(key)], Some(value))
    }

    /// Removes a key, if it is there.
    ///
    /// # Errors
    /// As [`StackFile::set_salt`].
    pub fn remove_config(&mut self, key: &str) -> Result<(), ProjectError> {
        self.edit([Some("config"), Some(key)], None)
    }

    /// Writes the file; it is there afterwards, whatever happens, as it was or as it is now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self) -> Result<(), ProjectError> {
        // A link stays a link.
        let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        write_durably(&target, self.text.as_bytes()).map_err(|source| ProjectError::Io {
            action: "written",
            path: self.path.clone(),
            source,
        })?;
        self.exists = true;
        Ok(())
    }

    fn edit(&mut self, path: [Option<&str>; 2], value: Option<&Value>) -> Result<(), ProjectError> {
        let name = self.name();
        let keys: Vec<&str> = path.iter().copied().flatten().collect();
        let cannot = || ProjectError::CannotEdit {
            place: place_of(&name, &self.text, &keys[..1]),
            key: keys.last().copied().unwrap_or_default().to_owned(),
        };
        let value = value.map(serde_yaml::to_value).transpose().map_err(|_| cannot())?;
        let text = edit::set(&self.text, path, value.as_ref()).ok_or_else(cannot)?;
        *self = StackFile { exists: self.exists, ..StackFile::parse(self.path.clone(), text)? };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_edited_and_written() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("Pulumi.yaml"), "name: events\n").unwrap();
        let project = Project::load(home.path()).unwrap();
        let mut file = StackFile::load(&project, "dev").unwrap();
        assert!(!file.exists());
        file.set_config("gcp:project", &json!("demo")).unwrap();
        file.set_config("events:key", &json!({ "secure": "v1:a:b" })).unwrap();
        file.set_salt("v1:s").unwrap();
        file.save().unwrap();
        let text = std::fs::read_to_string(home.path().join("Pulumi.dev.yaml")).unwrap();
        assert_eq!(
            text,
            "encryptionsalt: v1:s\nconfig:\n  gcp:project: demo\n  events:key:\n    secure: v1:a:b\n"
        );
        let again = StackFile::load(&project, "dev").unwrap();
        assert!(again.exists());
        assert_eq!(again.salt(), Some("v1:s"));
        assert_eq!(again.config()["events:key"], Setting { value: json!({ "secure": "v1:a:b" }), line: 4 });
        assert!(matches!(StackFile::load(&project, "a b"), Err(ProjectError::BadStack { .. })));
    }

    #[test]
    fn errors_say_where() {
        let error = |text: &str| StackFile::parse("Pulumi.dev.yaml".into(), text.to_owned()).unwrap_err();
        let bare = error("config:\n  topic: x\n");
        assert_eq!(bare.to_string(), "Pulumi.dev.yaml:2: config key \"topic\" has no namespace");
        assert_eq!(bare.hint().unwrap(), "write `<project>:topic`");
        assert!(error("config:\n  a:b: x\n  a:b: y\n").to_string().starts_with("Pulumi.dev.yaml:"));
        let mut flow = StackFile::parse("Pulumi.dev.yaml".into(), "config: {'a:b': 1}\n".to_owned()).unwrap();
        let error = flow.set_config("a:c", &json!(1)).unwrap_err();
        assert!(error.to_string().starts_with("Pulumi.dev.yaml:1: a:c cannot be set"), "{error}");
        assert!(StackFile::parse("x".into(), "# only this\n".to_owned()).unwrap().config().is_empty());
    }
}
