//! Load jobs: files of Cloud Storage, or content that came with the job, into a table. All or nothing.

mod csv;
mod detect;
mod files;
pub(super) mod upload;

use serde_json::{Value, json};
use values::cell::Cell;
use values::types::fields;

use self::csv::Style;
use self::files::{Bad, File, Format, Reading};
use super::destination::{self, Writing, name_of};
use super::jobs::{Job, error_of};
use crate::error::{Code, Refusal};
use crate::iam;
use crate::request::Request;
use crate::services::storage;
use crate::store::Tx;

/// What is said of a failed load at most.
const MOST_ERRORS: usize = 5;

/// What a load amounted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub files: usize,
    pub file_bytes: u64,
    pub rows: u64,
    pub bytes: u64,
    pub bad: u64,
}

/// Why nothing was loaded: first what the job failed of, then each record that is bad.
#[derive(Debug)]
pub(crate) enum LoadError {
    Refused(Refusal),
    Records(Vec<Value>),
}

impl From<Refusal> for LoadError {
    fn from(refusal: Refusal) -> LoadError {
        LoadError::Refused(refusal)
    }
}

impl From<crate::store::StoreError> for LoadError {
    fn from(error: crate::store::StoreError) -> LoadError {
        LoadError::Refused(error.into())
    }
}

/// Runs a load job and keeps it.
pub(super) fn run(request: &Request<'_>, mut job: Job, content: Option<Vec<u8>>) -> Result<Value, Refusal> {
    let configuration = job.document["configuration"]["load"].clone();
    job.document["configuration"]["jobType"] = json!("LOAD");
    let mut tx = request.cloud.store.write()?;
    let ran = load(&mut tx, request, &configuration, content);
    let mut errors = None;
    match ran {
        Ok(loaded) => {
            job.document["statistics"]["load"] = json!({
                "inputFiles": loaded.files.to_string(),
                "inputFileBytes": loaded.file_bytes.to_string(),
                "outputRows": loaded.rows.to_string(),
                "outputBytes": loaded.bytes.to_string(),
                "badRecords": loaded.bad.to_string(),
            });
        }
        Err(failed) => {
            errors = Some(match failed {
                LoadError::Refused(refusal) => vec![error_of(&refusal)],
                LoadError::Records(errors) => errors,
            });
            // Nothing of what was begun stays.
            drop(tx);
            tx = request.cloud.store.write()?;
        }
    }
    if let Some(location) = location(&tx, &configuration)? {
        job.set_location(&location);
    }
    job.end(errors.as_deref());
    job.keep(&mut tx)?;
    tx.commit()?;
    Ok(job.document)
}

fn location(tx: &Tx, configuration: &Value) -> Result<Option<String>, Refusal> {
    let Some(table) = name_of(&configuration["destinationTable"]) else { return Ok(None) };
    let parent = table.split_once("/tables/").map_or(table.as_str(), |it| it.0);
    let dataset = super::datasets::DATASET.find(tx, parent)?;
    Ok(dataset.and_then(|it| it["location"].as_str().map(str::to_owned)))
}

/// Loads what a `JobConfigurationLoad` says, within a transaction that the caller commits or drops.
///
/// # Errors
///
/// What is wrong with the configuration, a file or a table, or which records are bad: then nothing may
/// be kept.
pub(crate) fn load(
    tx: &mut Tx,
    request: &Request<'_>,
    configuration: &Value,
    content: Option<Vec<u8>>,
) -> Result<Loaded, LoadError> {
    let table = name_of(&configuration["destinationTable"]).ok_or_else(|| {
        Refusal::invalid("Required parameter is missing: destinationTable").reason("required")
    })?;
    let reading = reading(configuration)?;
    let files = match content {
        Some(content) => vec![File { uri: String::new(), content }],
        None => sources(tx, request, configuration)?,
    };
    if let Some(file) = files.iter().find(|it| it.content.starts_with(&[0x1f, 0x8b])) {
        return Err(unsupported(format!("compressed files ({})", file.uri)).into());
    }
    let given = fields(&configuration["schema"]["fields"]);
    let known = destination::columns(tx, &table)?.unwrap_or_default();
    let truncates = configuration["writeDisposition"] == "WRITE_TRUNCATE";
    let schema = match given.is_empty() {
        false => given,
        // A table that is written anew may get another schema, if that is to be guessed.
        true if truncates && reading.detect => Vec::new(),
        true => known,
    };
    if schema.is_empty() && !reading.detect && reading.format != Format::Parquet {
        return Err(Refusal::invalid("No schema specified on job or table.").into());
    }
    let read = files::read(&files, &schema, &reading);
    let most = configuration["maxBadRecords"].as_u64().unwrap_or(0);
    if read.bad.len() as u64 > most {
        return Err(LoadError::Records(too_many(&read.bad, read.rows.len(), &reading, most)));
    }
    let loaded = Loaded {
        files: files.len(),
        file_bytes: files.iter().map(|it| it.content.len() as u64).sum(),
        rows: read.rows.len() as u64,
        bytes: read.rows.iter().flatten().map(Cell::size).sum(),
        bad: read.bad.len() as u64,
    };
    let text =
        |field: &str, instead: &'static str| configuration[field].as_str().unwrap_or(instead).to_owned();
    let option = |name: &str| {
        configuration["schemaUpdateOptions"].as_array().is_some_and(|it| it.iter().any(|it| it == name))
    };
    let mut settings = json!({});
    for field in ["timePartitioning", "rangePartitioning", "clustering"] {
        if !configuration[field].is_null() {
            settings[field] = configuration[field].clone();
        }
    }
    let (create, write) =
        (text("createDisposition", "CREATE_IF_NEEDED"), text("writeDisposition", "WRITE_APPEND"));
    let writing = Writing {
        table: &table,
        create: &create,
        write: &write,
        add_fields: option("ALLOW_FIELD_ADDITION"),
        relax_fields: option("ALLOW_FIELD_RELAXATION"),
        settings,
    };
    destination::write(tx, request, &writing, &read.fields, read.rows)?;
    Ok(loaded)
}

fn unsupported(what: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::Unimplemented, format!("The local BigQuery does not load {what}."))
        .reason("notImplemented")
}

fn reading(configuration: &Value) -> Result<Reading, Refusal> {
    let format = configuration["sourceFormat"].as_str().unwrap_or("CSV").to_ascii_uppercase();
    let format = match format.as_str() {
        "CSV" => Format::Csv,
        "NEWLINE_DELIMITED_JSON" | "JSON" => Format::Json,
        "PARQUET" => Format::Parquet,
        other => return Err(unsupported(format!("files of the format {other}"))),
    };
    let delimiter = match configuration["fieldDelimiter"].as_str().unwrap_or(",") {
        "\\t" | "tab" => b'\t',
        other => other.bytes().next().unwrap_or(b','),
    };
    let quote = match configuration["quote"].as_str() {
        None => Some(b'"'),
        Some(given) => given.bytes().next(),
    };
    let number = |field: &str| match &configuration[field] {
        Value::String(it) => it.parse().unwrap_or(0),
        other => other.as_u64().unwrap_or(0),
    };
    Ok(Reading {
        format,
        style: Style { delimiter, quote, quoted_newlines: configuration["allowQuotedNewlines"] == true },
        skip: usize::try_from(number("skipLeadingRows")).unwrap_or(0),
        null_marker: configuration["nullMarker"].as_str().unwrap_or_default().to_owned(),
        jagged: configuration["allowJaggedRows"] == true,
        ignore_unknown: configuration["ignoreUnknownValues"] == true,
        detect: configuration["autodetect"] == true,
    })
}

/// The files that a job's URIs name.
fn sources(tx: &Tx, request: &Request<'_>, configuration: &Value) -> Result<Vec<File>, Refusal> {
    let uris: Vec<&str> =
        configuration["sourceUris"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if uris.is_empty() {
        return Err(Refusal::invalid("Load configuration must specify at least one source URI"));
    }
    let mut files = Vec::new();
    for uri in uris {
        let invalid =
            || Refusal::invalid(format!("Source URI must be a Google Cloud Storage location: {uri}"));
        let (bucket, pattern) =
            uri.strip_prefix("gs://").and_then(|it| it.split_once('/')).ok_or_else(invalid)?;
        if pattern.matches('*').count() > 1 || bucket.contains('*') {
            return Err(Refusal::invalid(format!(
                "Invalid source URI {uri}: it may hold one '*', behind the bucket."
            )));
        }
        if !iam::may(tx, request, "storage.objects.get", &iam::key("storage", &format!("b/{bucket}")))? {
            return Err(Refusal::denied(format!(
                "Access Denied: File {uri}: {} does not have storage.objects.get access to the Google Cloud Storage \
                 object.",
                request.caller.email()
            )));
        }
        let found = storage::matching(tx, bucket, pattern)?.unwrap_or_default();
        if found.is_empty() {
            return Err(Refusal::not_found(format!("Not found: URI {uri}")));
        }
        for (name, content) in found {
            files.push(File { uri: format!("gs://{bucket}/{name}"), content });
        }
    }
    Ok(files)
}

/// What is said when too many records are bad: that, and then each, as many as anybody reads.
fn too_many(bad: &[Bad], good: usize, how: &Reading, most: u64) -> Vec<Value> {
    let kind = match how.format {
        Format::Csv => "CSV",
        Format::Json => "JSON",
        Format::Parquet => "Parquet",
    };
    let first = &bad[0].uri;
    let error = |uri: &str, message: String| match uri {
        "" => json!({"reason": "invalid", "message": message}),
        uri => json!({"reason": "invalid", "location": uri, "message": message}),
    };
    let total = files::in_file(
        &format!(
            "{kind} table encountered too many errors, giving up. Rows: {}; errors: {}; max bad: {most}. Please look \
             into the errors[] collection for more details",
            good + bad.len(),
            bad.len()
        ),
        first,
    );
    let mut all = vec![error(first, total)];
    all.extend(bad.iter().take(MOST_ERRORS).map(|it| error(&it.uri, it.message.clone())));
    all
}
