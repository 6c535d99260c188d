//! Checks a body against Google's description, and brings its values to one form.

use base64::Engine;
use discovery::{Api, Field, Method, Place, Schema, Type};
use serde_json::{Map, Number, Value, json};

use crate::enums;
use crate::error::Refusal;
use crate::moment;

/// How an API reads a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Refuses what it does not know, and takes null and zero for "not set".
    Strict,
    /// Refuses what it does not know; null means "remove". BigQuery.
    Merging,
    /// Ignores what it does not know; null means "remove". Cloud Storage.
    Tolerant,
}

impl Reading {
    pub fn of(api: &Api) -> Reading {
        match api.name.as_str() {
            "storage" => Reading::Tolerant,
            "bigquery" => Reading::Merging,
            _ => Reading::Strict,
        }
    }

    /// Whether a null says something.
    fn keeps_nulls(self) -> bool {
        match self {
            Reading::Strict => false,
            Reading::Merging | Reading::Tolerant => true,
        }
    }
}

/// Fields that keep a zero value: Google tells "not set" from false, zero or empty there.
const PRESENT: &[(&str, &str, &str)] = &[
    ("monitoring", "AlertPolicy", "enabled"),
    ("monitoring", "NotificationChannel", "enabled"),
    ("run", "GoogleCloudRunV2TaskTemplate", "maxRetries"),
    ("run", "GoogleCloudRunV2ServiceScaling", "manualInstanceCount"),
    ("run", "GoogleCloudRunV2EnvVar", "value"),
    ("bigquerydatatransfer", "TransferConfig", "destinationDatasetId"),
    ("logging", "LogBucket", "retentionDays"),
];

/// One thing that is wrong with a request.
pub(super) struct Violation {
    field: String,
    description: String,
}

pub(super) struct Checker<'a> {
    pub(super) api: &'a Api,
    pub(super) reading: Reading,
    pub(super) violations: Vec<Violation>,
}

/// `ackDeadlineSeconds` as Google's messages say it: `ack_deadline_seconds`.
pub fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// `ack_deadline_seconds` as JSON says it: `ackDeadlineSeconds`.
pub fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut up = false;
    for c in name.chars() {
        match (c, up) {
            ('_', _) => up = true,
            (c, true) => {
                out.push(c.to_ascii_uppercase());
                up = false;
            }
            (c, false) => out.push(c),
        }
    }
    out
}

pub(super) fn refuse(violations: Vec<Violation>) -> Refusal {
    let message = violations.iter().map(|it| it.description.as_str()).collect::<Vec<_>>().join("\n");
    let list: Vec<Value> = violations
        .iter()
        .map(|it| match it.field.is_empty() {
            true => json!({"description": it.description}),
            false => json!({"field": it.field, "description": it.description}),
        })
        .collect();
    Refusal::invalid(message)
        .detail(json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": list}))
}

/// Reads the body of a request: `None` where it is not JSON.
pub fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|error| {
        Refusal::invalid(format!("Invalid JSON payload received. {error}")).reason("parseError")
    })?;
    match body {
        Value::Null => Ok(json!({})),
        Value::Object(_) => Ok(body),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Refusal::invalid("Invalid JSON payload received. Root element must be a message."))
        }
    }
}

/// Checks a body and brings it to canonical form: names in camelCase, enums as text, 64-bit numbers
/// as text, durations and times canonical, what only the server sets left out.
pub fn body(api: &Api, method: &Method, body: Value) -> Result<Value, Refusal> {
    let Some(schema) = method.request.as_deref().and_then(|it| api.schema(it)) else {
        return Ok(json!({}));
    };
    let name = method.request.as_deref().unwrap_or_default();
    let Value::Object(mut fields) = body else { return Ok(body) };
    // A path variable is part of the request message and may be repeated in the body.
    fields.retain(|name, _| {
        schema.fields.contains_key(name) || schema.fields.contains_key(&camel(name)) || {
            let param = method.params.get(&camel(name));
            !param.is_some_and(|it| it.place == Place::Path)
        }
    });
    let mut checker = Checker { api, reading: Reading::of(api), violations: Vec::new() };
    // BigQuery's messages begin at the resource, as its requests hold it: `at 'table.schema'`.
    let root = match checker.reading {
        Reading::Merging if !name.ends_with("Request") => snake(name).trim_start_matches('_').to_owned(),
        Reading::Merging | Reading::Strict | Reading::Tolerant => String::new(),
    };
    let checked = checker.object(name, schema, fields, &root);
    if checker.violations.is_empty() { Ok(checked) } else { Err(refuse(checker.violations)) }
}

/// Checks one value against a named schema, as an upload's metadata is.
pub fn value(api: &Api, schema: &str, given: Value) -> Result<Value, Refusal> {
    let (Some(found), Value::Object(fields)) = (api.schema(schema), given) else { return Ok(json!({})) };
    let mut checker = Checker { api, reading: Reading::of(api), violations: Vec::new() };
    let checked = checker.object(schema, found, fields, "");
    if checker.violations.is_empty() { Ok(checked) } else { Err(refuse(checker.violations)) }
}

impl Checker<'_> {
    pub(super) fn wrong(&mut self, path: &str, description: String) -> Option<Value> {
        self.violations.push(Violation { field: path.to_owned(), description });
        None
    }

    pub(super) fn invalid(&mut self, path: &str, kind: &str, value: &Value) -> Option<Value> {
        let at = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
        self.wrong(path, format!("Invalid value{at} ({kind}), {value}"))
    }

    fn object(&mut self, name: &str, schema: &Schema, fields: Map<String, Value>, path: &str) -> Value {
        let mut out = Map::new();
        for (key, value) in fields {
            let proper = if schema.fields.contains_key(&key) { key.clone() } else { camel(&key) };
            let at = if path.is_empty() { snake(&proper) } else { format!("{path}.{}", snake(&proper)) };
            let Some(field) = schema.fields.get(&proper) else {
                match &schema.rest {
                    Some(rest) => {
                        if let Some(value) = self.field(rest, value, &at) {
                            out.insert(key, value);
                        }
                    }
                    None if self.reading == Reading::Tolerant || key == "@type" => {}
                    None => {
                        let place = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
                        self.wrong(
                            path,
                            format!("Invalid JSON payload received. Unknown name \"{key}\"{place}: Cannot find field."),
                        );
                    }
                }
                continue;
            };
            if field.read_only && self.reading == Reading::Strict {
                continue;
            }
            if value.is_null() {
                if self.reading.keeps_nulls() {
                    out.insert(proper, Value::Null);
                }
                continue;
            }
            let Some(value) = self.field(field, value, &at) else { continue };
            let kept = self.reading.keeps_nulls()
                || PRESENT.contains(&(self.api.name.as_str(), name, proper.as_str()))
                || !is_zero(field, &value);
            if kept {
                out.insert(proper, value);
            }
        }
        Value::Object(out)
    }

    pub(super) fn field(&mut self, field: &Field, value: Value, path: &str) -> Option<Value> {
        match &field.kind {
            Type::Any => Some(value),
            Type::Ref(name) => {
                let api = self.api;
                let Some(schema) = api.schema(name) else { return Some(value) };
                if let Some(alias) = &schema.alias {
                    return self.field(alias, value, path);
                }
                match value {
                    Value::Object(fields) => Some(self.object(name, schema, fields, path)),
                    Value::Null if self.reading.keeps_nulls() => Some(Value::Null),
                    other => self.invalid(path, &format!("type.googleapis.com/{name}"), &other),
                }
            }
            Type::List(item) => match value {
                Value::Array(items) => {
                    let mut out = Vec::with_capacity(items.len());
                    for (index, it) in items.into_iter().enumerate() {
                        out.extend(self.field(item, it, &format!("{path}[{index}]")));
                    }
                    Some(Value::Array(out))
                }
                other => self.invalid(path, "TYPE_LIST", &other),
            },
            Type::Map(item) => match value {
                Value::Object(entries) => {
                    let mut out = Map::new();
                    for (key, it) in entries {
                        if it.is_null() && self.reading.keeps_nulls() {
                            out.insert(key, it);
                        } else if let Some(it) = self.field(item, it, &format!("{path}[\"{key}\"]")) {
                            out.insert(key, it);
                        }
                    }
                    Some(Value::Object(out))
                }
                other => self.invalid(path, "TYPE_MAP", &other),
            },
            Type::Boolean => match &value {
                Value::Bool(_) => Some(value),
                Value::String(text) if text == "true" || text == "false" => Some(json!(text == "true")),
                _ => self.invalid(path, "TYPE_BOOL", &value),
            },
            Type::Integer { format } => {
                let kind = if format.as_deref() == Some("uint32") { "TYPE_UINT32" } else { "TYPE_INT32" };
                match whole(&value) {
                    Some(it) if i64::from(i32::MIN) <= it && it <= i64::from(u32::MAX) => Some(json!(it)),
                    Some(_) | None => self.invalid(path, kind, &value),
                }
            }
            Type::Number { .. } => match &value {
                Value::Number(_) => Some(value),
                Value::String(text) => match text.parse::<f64>().ok().and_then(Number::from_f64) {
                    Some(number) => Some(Value::Number(number)),
                    None => self.invalid(path, "TYPE_DOUBLE", &value),
                },
                _ => self.invalid(path, "TYPE_DOUBLE", &value),
            },
            Type::Enum(values) => match &value {
                Value::String(text) if values.contains(text) => Some(value),
                Value::String(text) => match text.parse().ok().and_then(|it| enums::name(values, it)) {
                    Some(name) => Some(json!(name)),
                    None => self.invalid(path, "TYPE_ENUM", &value),
                },
                Value::Number(number) => match number.as_u64().and_then(|it| enums::name(values, it)) {
                    Some(name) => Some(json!(name)),
                    None => self.invalid(path, "TYPE_ENUM", &value),
                },
                _ => self.invalid(path, "TYPE_ENUM", &value),
            },
            Type::String { format } => self.text(format.as_deref(), value, path),
        }
    }

    fn text(&mut self, format: Option<&str>, value: Value, path: &str) -> Option<Value> {
        if matches!(format, Some("int64" | "uint64")) {
            return match whole(&value) {
                Some(it) => Some(json!(it.to_string())),
                None => match value.as_str().and_then(|it| it.parse::<u64>().ok()) {
                    Some(it) => Some(json!(it.to_string())),
                    None => self.invalid(path, "TYPE_INT64", &value),
                },
            };
        }
        let Value::String(text) = &value else {
            // The JSON of Cloud Storage and BigQuery takes a bare number or boolean for text.
            return match &value {
                Value::Number(_) | Value::Bool(_) if self.reading.keeps_nulls() => {
                    Some(json!(value.to_string()))
                }
                _ => self.invalid(path, "TYPE_STRING", &value),
            };
        };
        match format {
            Some("google-duration") => match moment::duration(text) {
                Some(canonical) => Some(json!(canonical)),
                None => self.wrong(
                    path,
                    format!(
                        "Invalid value at '{path}' (type.googleapis.com/google.protobuf.Duration), Field '{path}', \
                         Illegal duration format; duration must end with 's'"
                    ),
                ),
            },
            Some("google-datetime") => match moment::canonical(text) {
                Some(canonical) => Some(json!(canonical)),
                None => self.wrong(
                    path,
                    format!(
                        "Invalid value at '{path}' (type.googleapis.com/google.protobuf.Timestamp), Field '{path}', \
                         Invalid data type for timestamp, value is {text}"
                    ),
                ),
            },
            Some("byte") if self.reading == Reading::Strict => match unbase64(text) {
                Some(bytes) => Some(json!(base64::engine::general_purpose::STANDARD.encode(bytes))),
                None => self.wrong(
                    path,
                    format!("Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for \"{text}\""),
                ),
            },
            Some(_) | None => Some(value),
        }
    }
}

/// Decodes base64 in either alphabet, with or without padding.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(plain).ok()
}

/// A number without a fraction, given as a number or as text.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            // Every f64 below this is exact, so the text of a whole one parses.
            (float.fract() == 0.0 && float.abs() < 9.0e15).then(|| format!("{float:.0}").parse().ok())?
        }),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether Google would leave a value out of its answers because it is the type's zero.
fn is_zero(field: &Field, value: &Value) -> bool {
    match (&field.kind, value) {
        // Wrapped times and durations are messages, and a message that is there is shown.
        (Type::String { format: Some(format) }, Value::String(text)) => {
            (format == "int64" || format == "uint64") && text == "0"
                || (!format.starts_with("google-d") && text.is_empty())
        }
        (Type::String { format: None }, Value::String(text)) => text.is_empty(),
        (Type::Enum(values), Value::String(text)) => {
            values.first() == Some(text) && (text.ends_with("UNSPECIFIED") || text.ends_with("_NONE"))
        }
        (Type::Boolean, Value::Bool(it)) => !it,
        (Type::Integer { .. } | Type::Number { .. }, Value::Number(it)) => it.as_f64() == Some(0.0),
        (Type::List(_), Value::Array(items)) => items.is_empty(),
        (Type::Map(_), Value::Object(entries)) => entries.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(api: &str, version: &str, method: &str, given: Value, want: Result<Value, &str>) {
        let api = discovery::api(api, version).unwrap();
        let got = body(api, api.method(method).unwrap(), given).map_err(|it| it.message);
        assert_eq!(got, want.map_err(str::to_owned));
    }

    #[test]
    fn unknown_fields_wrong_types_and_bad_enums_are_refused_in_googles_words() {
        let create = "pubsub.projects.topics.create";
        check(
            "pubsub",
            "v1",
            create,
            json!({"x": 1}),
            Err("Invalid JSON payload received. Unknown name \"x\": Cannot find field."),
        );
        check(
            "pubsub",
            "v1",
            "pubsub.projects.topics.patch",
            json!({"topic": {"x": 1}}),
            Err("Invalid JSON payload received. Unknown name \"x\" at 'topic': Cannot find field."),
        );
        check(
            "pubsub",
            "v1",
            create,
            json!({"schemaSettings": {"encoding": "XML"}}),
            Err("Invalid value at 'schema_settings.encoding' (TYPE_ENUM), \"XML\""),
        );
        check(
            "pubsub",
            "v1",
            "pubsub.projects.subscriptions.create",
            json!({"ackDeadlineSeconds": "soon"}),
            Err("Invalid value at 'ack_deadline_seconds' (TYPE_INT32), \"soon\""),
        );
    }

    #[test]
    fn values_come_to_one_form() {
        check(
            "pubsub",
            "v1",
            "pubsub.projects.subscriptions.create",
            json!({
                "ack_deadline_seconds": "15", "retainAckedMessages": false, "state": 1, "deadLetterPolicy": null,
                "messageRetentionDuration": "0600s", "cloudStorageConfig": {"maxBytes": 1024}, "filter": ""
            }),
            Ok(json!({
                "ackDeadlineSeconds": 15, "messageRetentionDuration": "600s", "cloudStorageConfig": {"maxBytes": "1024"}
            })),
        );
        check(
            "pubsub",
            "v1",
            "pubsub.projects.schemas.create",
            json!({"type": 1, "definition": "d"}),
            Ok(json!({"type": "PROTOCOL_BUFFER", "definition": "d"})),
        );
    }

    #[test]
    fn bigquery_keeps_nulls_and_refuses_what_it_does_not_know() {
        let patch = "bigquery.tables.patch";
        check("bigquery", "v2", patch, json!({"description": null}), Ok(json!({"description": null})));
        let unknown = json!({"schema": {"fields": [{"nope": 1}]}});
        let words = "Invalid JSON payload received. Unknown name \"nope\" at 'table.schema.fields[0]': Cannot find field.";
        check("bigquery", "v2", patch, unknown, Err(words));
    }

    #[test]
    fn storage_is_tolerant_and_keeps_nulls() {
        check(
            "storage",
            "v1",
            "storage.buckets.patch",
            json!({"labels": {"a": null}, "unheardOf": 1, "website": null}),
            Ok(json!({"labels": {"a": null}, "website": null})),
        );
    }
}
