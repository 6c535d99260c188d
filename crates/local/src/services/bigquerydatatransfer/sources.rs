//! The sources that transfers draw from, and the parameters of those that are known in full.

use serde_json::{Value, json};

use super::template;
use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// A source of data.
pub(super) struct Source {
    pub(super) id: &'static str,
    title: &'static str,
    /// The schedule of a config that has none.
    pub(super) schedule: &'static str,
    /// How often a transfer may run at most.
    pub(super) least_minutes: i64,
    pub(super) needs_dataset: bool,
    /// `None`: its parameters are not known here, and are taken as they come.
    params: Option<&'static [Param]>,
}

/// A parameter of a source.
struct Param {
    id: &'static str,
    kind: Type,
    required: bool,
    /// A change makes another transfer of it.
    fixed: bool,
    allowed: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Boolean,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Type::Text => "STRING",
            Type::Integer => "INTEGER",
            Type::Boolean => "BOOLEAN",
        }
    }
}

const fn param(id: &'static str, kind: Type) -> Param {
    Param { id, kind, required: false, fixed: false, allowed: &[] }
}

const fn needed(id: &'static str, fixed: bool) -> Param {
    Param { id, kind: Type::Text, required: true, fixed, allowed: &[] }
}

const fn one_of(id: &'static str, allowed: &'static [&'static str]) -> Param {
    Param { id, kind: Type::Text, required: false, fixed: false, allowed }
}

const CLOUD_STORAGE: &[Param] = &[
    needed("data_path_template", true),
    needed("destination_table_name_template", true),
    one_of("file_format", &["CSV", "JSON", "AVRO", "PARQUET", "ORC"]),
    one_of("write_disposition", &["APPEND", "MIRROR"]),
    param("max_bad_records", Type::Integer),
    param("skip_leading_rows", Type::Integer),
    param("field_delimiter", Type::Text),
    param("quote", Type::Text),
    param("encoding", Type::Text),
    param("decimal_target_types", Type::Text),
    param("reference_file_schema_uri", Type::Text),
    param("ignore_unknown_values", Type::Boolean),
    param("allow_quoted_newlines", Type::Boolean),
    param("allow_jagged_rows", Type::Boolean),
    param("preserve_ascii_control_characters", Type::Boolean),
    param("delete_source_files", Type::Boolean),
    param("use_avro_logical_types", Type::Boolean),
    param("parquet_enum_as_string", Type::Boolean),
    param("parquet_enable_list_inference", Type::Boolean),
];

const SCHEDULED_QUERY: &[Param] = &[
    needed("query", false),
    param("destination_table_name_template", Type::Text),
    one_of("write_disposition", &["WRITE_APPEND", "WRITE_TRUNCATE"]),
    param("partitioning_field", Type::Text),
    param("partitioning_type", Type::Text),
];

const fn source(
    id: &'static str,
    title: &'static str,
    needs_dataset: bool,
    params: Option<&'static [Param]>,
) -> Source {
    Source { id, title, schedule: "every 24 hours", least_minutes: 15, needs_dataset, params }
}

const SOURCES: &[Source] = &[
    source("google_cloud_storage", "Google Cloud Storage", true, Some(CLOUD_STORAGE)),
    Source { least_minutes: 5, ..source("scheduled_query", "Scheduled Query", false, Some(SCHEDULED_QUERY)) },
    source("amazon_s3", "Amazon S3", true, None),
    source("azure_blob_storage", "Azure Blob Storage & ADLS", true, None),
    source("cross_region_copy", "Dataset Copy", true, None),
    source("adwords", "Google Ads (legacy)", true, None),
    source("google_ads", "Google Ads", true, None),
    source("dcm_dt", "Campaign Manager", true, None),
    source("dfp_dt", "Google Ad Manager", true, None),
    source("displayvideo", "Display & Video 360", true, None),
    source("doubleclick_search", "Search Ads 360", true, None),
    source("facebook_ads", "Facebook Ads", true, None),
    source("ga4", "Google Analytics 4", true, None),
    source("merchant_center", "Google Merchant Center", true, None),
    source("mysql", "MySQL", true, None),
    source("on_premises", "Migration: Teradata", true, None),
    source("oracle", "Oracle", true, None),
    source("play", "Google Play", true, None),
    source("postgresql", "PostgreSQL", true, None),
    source("redshift", "Migration: Amazon Redshift", true, None),
    source("salesforce", "Salesforce", true, None),
    source("salesforce_marketing", "Salesforce Marketing Cloud", true, None),
    source("servicenow", "ServiceNow", true, None),
    source("youtube_channel", "YouTube Channel", true, None),
    source("youtube_content_owner", "YouTube Content Owner", true, None),
];

/// The source of this id.
pub(super) fn find(id: &str) -> Result<&'static Source, Refusal> {
    if id.is_empty() {
        return Err(Refusal::invalid("Data source ID must be set."));
    }
    let found = SOURCES.iter().find(|it| it.id == id);
    found.ok_or_else(|| Refusal::not_found(format!("Data source definition not found: {id}.")))
}

/// A parameter as text: numbers and booleans may be given as either.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Source {
    /// Refuses parameters that are missing, unknown, or not of their type.
    pub(super) fn check(&self, given: &Value) -> Result<(), Refusal> {
        let Some(params) = self.params else { return Ok(()) };
        for param in params.iter().filter(|it| it.required) {
            if text(&given[param.id]).is_none_or(|it| it.is_empty()) {
                return Err(Refusal::invalid(format!(
                    "Missing argument value for required parameter: {}.",
                    param.id
                )));
            }
        }
        for (id, value) in given.as_object().into_iter().flatten() {
            let Some(param) = params.iter().find(|it| it.id == id) else {
                return Err(Refusal::invalid(format!(
                    "Unknown parameter '{id}' for the data source '{}'.",
                    self.id
                )));
            };
            let text = text(value).unwrap_or_default();
            let good = match param.kind {
                Type::Text => {
                    value.is_string() && (param.allowed.is_empty() || param.allowed.contains(&text.as_str()))
                }
                Type::Integer => text.parse::<i64>().is_ok_and(|it| it >= 0) || text.is_empty(),
                Type::Boolean => matches!(text.as_str(), "true" | "false" | ""),
            };
            if !good {
                let wanted = match param.allowed {
                    [] => param.kind.name().to_owned(),
                    allowed => format!("one of {}", allowed.join(", ")),
                };
                return Err(Refusal::invalid(format!(
                    "Invalid value {value} of the parameter '{id}': it must be {wanted}."
                )));
            }
        }
        if self.id == "google_cloud_storage"
            && !given["data_path_template"].as_str().is_some_and(|it| it.starts_with("gs://"))
        {
            return Err(Refusal::invalid(
                "The parameter 'data_path_template' must be a URI that begins with gs://.",
            ));
        }
        for id in ["data_path_template", "destination_table_name_template"] {
            let template = given[id].as_str().unwrap_or_default();
            template::fill(template, time::OffsetDateTime::UNIX_EPOCH)
                .map_err(|why| Refusal::invalid(format!("Invalid value of the parameter '{id}': {why}.")))?;
        }
        Ok(())
    }

    /// Refuses a change of what makes a transfer what it is.
    pub(super) fn check_fixed(&self, old: &Value, new: &Value) -> Result<(), Refusal> {
        for param in self.params.into_iter().flatten().filter(|it| it.fixed) {
            if text(&old[param.id]) != text(&new[param.id]) {
                return Err(Refusal::invalid(format!("The parameter '{}' is immutable.", param.id)));
            }
        }
        Ok(())
    }

    fn shown(&self, parent: &str) -> Value {
        let parameters = self.params.into_iter().flatten().map(|it| {
            let mut shown =
                json!({"paramId": it.id, "displayName": it.id.replace('_', " "), "type": it.kind.name()});
            if it.required {
                shown["required"] = json!(true);
            }
            if it.fixed {
                shown["immutable"] = json!(true);
            }
            if !it.allowed.is_empty() {
                shown["allowedValues"] = json!(it.allowed);
            }
            shown
        });
        json!({
            "name": format!("{parent}/dataSources/{}", self.id),
            "dataSourceId": self.id,
            "displayName": self.title,
            "defaultSchedule": self.schedule,
            "supportsCustomSchedule": true,
            "minimumScheduleInterval": format!("{}s", self.least_minutes * 60),
            "parameters": parameters.collect::<Vec<_>>(),
        })
    }
}

fn parent_of(request: &Request<'_>) -> String {
    let name = request.name();
    let name = name.split_once("/dataSources").map_or(name, |(it, _)| it);
    // A project alone has no slash behind its id, which is where its number would go.
    match request.project.as_ref() {
        Some(project) if name == format!("projects/{}", project.id) => format!("projects/{}", project.number),
        Some(_) | None => request.numbered(name),
    }
}

pub(super) fn get(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(find(request.id())?.shown(&parent_of(request))))
}

pub(super) fn list(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let parent = parent_of(request);
    let all: Vec<Value> = SOURCES.iter().map(|it| it.shown(&parent)).collect();
    Ok(Answer::json(json!({"dataSources": all})))
}

/// Whoever calls here is known, and that is all that is asked.
pub(super) fn check_credentials(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    find(request.id())?;
    Ok(Answer::json(json!({"hasValidCreds": true})))
}
