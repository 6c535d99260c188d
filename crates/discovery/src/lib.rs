//! Google's API descriptions reduced to facts: methods, paths, parameters, fields, types, enums.
//!
//! The data is written by `scripts/discovery.py` from the PyPI package google-api-python-client and
//! compiled in. Each API is parsed at its first use.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// One API in one version, such as `pubsub` `v1`.
#[derive(Debug, Deserialize)]
pub struct Api {
    pub name: String,
    pub version: String,
    /// The day of Google's description, `yyyymmdd`.
    pub revision: String,
    /// `pubsub.googleapis.com`.
    pub host: String,
    /// Query parameters that every method takes: `alt`, `fields`, `prettyPrint`, …
    pub params: BTreeMap<String, Param>,
    pub methods: Vec<Method>,
    pub schemas: BTreeMap<String, Schema>,
}

/// One method of an API.
#[derive(Debug, Deserialize)]
pub struct Method {
    /// `pubsub.projects.topics.create`.
    pub id: String,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub verb: String,
    /// A template under the host, without a leading slash: `v1/{+name}`, `storage/v1/b/{bucket}`.
    /// `{+x}` spans several segments, which the parameter's `pattern` describes; `{x}` is one segment.
    pub path: String,
    /// Path and query parameters.
    pub params: BTreeMap<String, Param>,
    /// The schema of the request's body.
    pub request: Option<String>,
    /// The schema of the answer's body.
    pub response: Option<String>,
    /// Paths under the host that take an upload: `upload/storage/v1/b/{bucket}/o`.
    #[serde(default)]
    pub upload: Vec<String>,
    /// Whether `alt=media` answers with content.
    #[serde(default)]
    pub download: bool,
}

/// A path or query parameter.
#[derive(Debug, Deserialize)]
pub struct Param {
    #[serde(rename = "in")]
    pub place: Place,
    /// `string`, `integer`, `boolean` or `number`.
    #[serde(rename = "type")]
    pub kind: String,
    pub format: Option<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub repeated: bool,
    /// A regular expression that a path parameter must match: `^projects/[^/]+/topics/[^/]+$`.
    pub pattern: Option<String>,
    #[serde(rename = "enum")]
    pub values: Option<Vec<String>>,
    pub default: Option<String>,
    pub minimum: Option<String>,
    pub maximum: Option<String>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Path,
    Query,
}

/// An object with named fields; or an object of arbitrary names (`rest`); or another type's name (`alias`).
#[derive(Debug, Default, Deserialize)]
pub struct Schema {
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// What a name that is not in `fields` may hold; without it such a name is an error.
    pub rest: Option<Field>,
    pub alias: Option<Field>,
}

/// A field's type and what is known of it.
#[derive(Debug, Deserialize)]
#[serde(from = "RawField")]
pub struct Field {
    pub kind: Type,
    /// The server sets it; what a caller sends is ignored.
    pub read_only: bool,
    pub deprecated: bool,
    /// The description's default, as text.
    pub default: Option<String>,
}

/// The type of a field.
#[derive(Debug)]
pub enum Type {
    /// Any JSON.
    Any,
    Boolean,
    /// A JSON number: `int32`, `uint32`, …
    Integer {
        format: Option<String>,
    },
    /// A JSON number: `double`, `float`.
    Number {
        format: Option<String>,
    },
    /// Text; `format` may say `int64`, `uint64`, `google-duration`, `google-datetime`, `date-time`,
    /// `google-fieldmask`, `byte`, `date`, …
    String {
        format: Option<String>,
    },
    /// One of these texts, or an index into them.
    Enum(Vec<String>),
    /// A schema of this API, by name.
    Ref(String),
    List(Box<Field>),
    /// An object of arbitrary names.
    Map(Box<Field>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    #[serde(rename = "type")]
    kind: Option<String>,
    format: Option<String>,
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
    #[serde(rename = "ref")]
    target: Option<String>,
    list: Option<Box<Field>>,
    map: Option<Box<Field>>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    deprecated: bool,
    default: Option<serde_json::Value>,
}

impl From<RawField> for Field {
    fn from(raw: RawField) -> Field {
        let kind = match (raw.target, raw.list, raw.map, raw.values, raw.kind.as_deref()) {
            (Some(name), ..) => Type::Ref(name),
            (_, Some(item), ..) => Type::List(item),
            (_, _, Some(value), ..) => Type::Map(value),
            (_, _, _, Some(values), _) => Type::Enum(values),
            (.., Some("boolean")) => Type::Boolean,
            (.., Some("integer")) => Type::Integer { format: raw.format },
            (.., Some("number")) => Type::Number { format: raw.format },
            (.., Some("string")) => Type::String { format: raw.format },
            (.., None | Some(_)) => Type::Any,
        };
        let default = raw.default.map(|it| match it {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        });
        Field { kind, read_only: raw.read_only, deprecated: raw.deprecated, default }
    }
}

impl Api {
    /// The method of this id, such as `pubsub.projects.topics.create`.
    pub fn method(&self, id: &str) -> Option<&Method> {
        self.methods.iter().find(|it| it.id == id)
    }

    /// The schema of this name, behind its alias if it is one to another schema.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        let schema = self.schemas.get(name)?;
        match &schema.alias {
            Some(Field { kind: Type::Ref(target), .. }) => self.schema(target),
            _ => Some(schema),
        }
    }
}

/// One API's embedded description.
struct Source {
    name: &'static str,
    version: &'static str,
    text: &'static str,
    parsed: OnceLock<Api>,
}

macro_rules! sources {
    ($($name:literal $version:literal,)*) => {
        [$(Source {
            name: $name,
            version: $version,
            text: include_str!(concat!("../data/", $name, ".", $version, ".json")),
            parsed: OnceLock::new(),
        }),*]
    };
}

static SOURCES: [Source; 21] = sources![
    "artifactregistry" "v1",
    "bigquery" "v2",
    "bigquerydatatransfer" "v1",
    "cloudbilling" "v1",
    "cloudresourcemanager" "v1",
    "cloudresourcemanager" "v3",
    "cloudscheduler" "v1",
    "dataflow" "v1b3",
    "iam" "v1",
    "iamcredentials" "v1",
    "logging" "v2",
    "monitoring" "v1",
    "monitoring" "v3",
    "pubsub" "v1",
    "run" "v1",
    "run" "v2",
    "secretmanager" "v1",
    "serviceusage" "v1",
    "serviceusage" "v1beta1",
    "storage" "v1",
    "sts" "v1",
];

impl Source {
    fn api(&'static self) -> &'static Api {
        self.parsed.get_or_init(|| {
            // The text is compiled in and every one is parsed by a test, so this cannot fail in use.
            serde_json::from_str(self.text).unwrap_or_else(|e| panic!("{} {}: {e}", self.name, self.version))
        })
    }
}

/// The name and version of every API there is.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().map(|it| (it.name, it.version))
}

/// One API, such as `api("pubsub", "v1")`.
pub fn api(name: &str, version: &str) -> Option<&'static Api> {
    SOURCES.iter().find(|it| it.name == name && it.version == version).map(Source::api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_description_parses_and_every_reference_resolves() {
        fn check(api: &Api, at: &str, field: &Field) {
            match &field.kind {
                Type::Ref(name) => assert!(api.schema(name).is_some(), "{at}: no schema {name}"),
                Type::List(inner) | Type::Map(inner) => check(api, at, inner),
                Type::Any
                | Type::Boolean
                | Type::Integer { .. }
                | Type::Number { .. }
                | Type::String { .. }
                | Type::Enum(_) => {}
            }
        }
        for (name, version) in names() {
            let api = api(name, version).unwrap();
            assert_eq!((api.name.as_str(), api.version.as_str()), (name, version));
            assert!(!api.methods.is_empty(), "{name} has no methods");
            for method in &api.methods {
                for schema in method.request.iter().chain(&method.response) {
                    assert!(api.schema(schema).is_some(), "{}: no schema {schema}", method.id);
                }
            }
            for (schema, it) in &api.schemas {
                for (field, it) in &it.fields {
                    check(api, &format!("{name}.{schema}.{field}"), it);
                }
            }
        }
    }

    #[test]
    fn knows_a_topic() {
        let api = api("pubsub", "v1").unwrap();
        let create = api.method("pubsub.projects.topics.create").unwrap();
        assert_eq!((create.verb.as_str(), create.path.as_str()), ("PUT", "v1/{+name}"));
        assert_eq!(create.params["name"].pattern.as_deref(), Some("^projects/[^/]+/topics/[^/]+$"));
        let topic = api.schema("Topic").unwrap();
        assert!(topic.fields["state"].read_only && !topic.fields["labels"].read_only);
        assert!(matches!(&topic.fields["messageRetentionDuration"].kind,
            Type::String { format: Some(f) } if f == "google-duration"));
    }
}
