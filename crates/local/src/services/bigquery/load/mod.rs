//! Load jobs: files of Cloud Storage, or content that came with the job, into a table. All or nothing.

mod avro;
mod csv;
mod detect;
mod files;
#[cfg(test)]
mod tests;
pub(super) mod upload;

pub(crate) use self::files::File;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use values::cell::Cell;
use values::types::{Field, fields};

use self::csv::Style;
use self::files::{Bad, Format, Reading};
use super::destination::{self, Writing, name_of};
use super::jobs::{Job, Place, error_of, settle};
use crate::bounds::LOAD;
use crate::error::{Code, Refusal};
use crate::iam;
use crate::request::Request;
use crate::services::storage;
use crate::sql::Source;
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

impl Loaded {
    /// As a job shows it.
    pub(crate) fn statistics(&self) -> Value {
        json!({
            "inputFiles": self.files.to_string(),
            "inputFileBytes": self.file_bytes.to_string(),
            "outputRows": self.rows.to_string(),
            "outputBytes": self.bytes.to_string(),
            "badRecords": self.bad.to_string(),
        })
    }
}

/// Why nothing was loaded.
pub(crate) use super::jobs::JobError as LoadError;

/// Runs a load job and keeps it.
pub(super) fn run(request: &Request<'_>, job: Job, content: Option<Vec<u8>>) -> Result<Value, Refusal> {
    let configuration = job.document["configuration"]["load"].clone();
    if configuration["sourceFormat"] == "PARQUET" {
        // Where it is still to come, the client asks again: that is no failed job.
        request.cloud.sql.engine()?;
    }
    let place = Place { kind: "LOAD", table: name_of(&configuration["destinationTable"]) };
    settle(request, job, place, |tx| {
        let loaded = load(tx, request, &configuration, content)?;
        Ok(json!({ "load": loaded.statistics() }))
    })
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
    checked(configuration)?;
    let files = match content {
        Some(content) => vec![File { uri: String::new(), content }],
        None => sources(tx, request, configuration)?,
    };
    load_files(tx, request, configuration, &files)
}

/// Loads files that were read already, as a `JobConfigurationLoad` says.
///
/// # Errors
///
/// As [`load`].
pub(crate) fn load_files(
    tx: &mut Tx,
    request: &Request<'_>,
    configuration: &Value,
    files: &[File],
) -> Result<Loaded, LoadError> {
    let (table, reading) = checked(configuration)?;
    // As they are stored, which is what is counted.
    let file_bytes = files.iter().map(|it| it.content.len() as u64).sum();
    let files = &*unpacked(files, reading.format)?;
    let given = fields(&configuration["schema"]["fields"]);
    let known = destination::columns(tx, &table)?.unwrap_or_default();
    let truncates = configuration["writeDisposition"] == "WRITE_TRUNCATE";
    let schema = match given.is_empty() {
        false => given,
        // A table that is written anew may get another schema, if that is to be guessed.
        true if truncates && reading.detect => Vec::new(),
        true => known,
    };
    if schema.is_empty() && !reading.detect && matches!(reading.format, Format::Json | Format::Csv) {
        return Err(Refusal::invalid("No schema specified on job or table.").into());
    }
    let read = files::read(files, &schema, &reading, &request.cloud.sql)?;
    let most = configuration["maxBadRecords"].as_u64().unwrap_or(0);
    if read.bad.len() as u64 > most {
        return Err(LoadError::Records {
            errors: too_many(&read.bad, read.rows.len(), &reading, most),
            files: read.bad.iter().map(|it| it.uri.clone()).collect(),
        });
    }
    let loaded = Loaded {
        files: files.len(),
        file_bytes,
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

/// Columns, rows, and what is said of records that are bad.
type FileRead = (Vec<Field>, Vec<Vec<Cell>>, Vec<String>);

/// Reads one file as a configuration says, and loads it nowhere.
///
/// # Errors
///
/// What of the configuration cannot be used.
pub(crate) fn read_file(configuration: &Value, known: &[Field], content: &[u8]) -> Result<FileRead, Refusal> {
    let file = File { uri: String::new(), content: content.to_vec() };
    let read = files::read(&[file], known, &reading(configuration)?, &Source::default())?;
    Ok((read.fields, read.rows, read.bad.into_iter().map(|it| it.message).collect()))
}

/// Where a configuration says to load to, and how to read what it loads.
fn checked(configuration: &Value) -> Result<(String, Reading), Refusal> {
    let table = name_of(&configuration["destinationTable"]).ok_or_else(|| {
        Refusal::invalid("Required parameter is missing: destinationTable").reason("required")
    })?;
    Ok((table, reading(configuration)?))
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
        "AVRO" => Format::Avro,
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
        logical: configuration["useAvroLogicalTypes"] == true,
        detect: configuration["autodetect"] == true,
    })
}

/// Files with those unpacked that are gzip'ed, as rows of text may be.
fn unpacked(files: &[File], format: Format) -> Result<Cow<'_, [File]>, LoadError> {
    let packed = |it: &File| it.content.starts_with(&[0x1f, 0x8b]);
    // These formats compress within.
    if matches!(format, Format::Parquet | Format::Avro) || !files.iter().any(packed) {
        return Ok(Cow::Borrowed(files));
    }
    let mut errors = Vec::new();
    let mut bad = BTreeSet::new();
    let mut out = files.to_vec();
    let mut left = LOAD;
    for file in out.iter_mut().filter(|it| packed(it)) {
        match unpack(&file.content, left) {
            Ok(plain) => {
                left -= plain.len() as u64;
                file.content = plain;
            }
            Err(why) => {
                errors.push(error_of(&Refusal::invalid(files::in_file(&why, &file.uri))));
                bad.insert(file.uri.clone());
            }
        }
    }
    if bad.is_empty() { Ok(Cow::Owned(out)) } else { Err(LoadError::Records { errors, files: bad }) }
}

fn unpack(content: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    // A file may be of several members, one after the other.
    let mut packed = MultiGzDecoder::new(content).take(most + 1);
    match packed.read_to_end(&mut plain) {
        Ok(read) if read as u64 <= most => Ok(plain),
        Ok(_) => {
            Err("The files of one job may unpack to 256 MiB in the local BigQuery, and these are larger"
                .to_owned())
        }
        Err(error) => Err(format!("The file could not be unzipped: {error}")),
    }
}

/// The files that a job's URIs name.
fn sources(tx: &Tx, request: &Request<'_>, configuration: &Value) -> Result<Vec<File>, Refusal> {
    let uris: Vec<&str> =
        configuration["sourceUris"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if uris.is_empty() {
        return Err(Refusal::invalid("Load configuration must specify at least one source URI"));
    }
    let mut listed = Vec::new();
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
                request.caller.shown()
            )));
        }
        let found = storage::listed(tx, bucket, pattern)?.unwrap_or_default();
        if found.is_empty() {
            return Err(Refusal::not_found(format!("Not found: URI {uri}")));
        }
        listed.extend(found);
    }
    read_listed(tx, &listed)
}

/// Reads files of one job.
///
/// # Errors
///
/// If they are too large together.
pub(crate) fn read_listed(tx: &Tx, listed: &[storage::Listed]) -> Result<Vec<File>, Refusal> {
    let mut left = LOAD;
    let mut files = Vec::with_capacity(listed.len());
    for each in listed {
        let content = each.content(tx, left).map_err(|why| match why.code {
            Code::TooLarge => too_large(&each.uri()),
            _ => why,
        })?;
        left -= content.len() as u64;
        files.push(File { uri: each.uri(), content });
    }
    Ok(files)
}

/// The files of a job are in memory while they are loaded.
pub(super) fn too_large(uri: &str) -> Refusal {
    Refusal::new(
        Code::TooLarge,
        files::in_file(
            "The files of one job may have 256 MiB in the local BigQuery, and these are larger",
            uri,
        ),
    )
}

/// What is said when too many records are bad: that, and then each, as many as anybody reads.
fn too_many(bad: &[Bad], good: usize, how: &Reading, most: u64) -> Vec<Value> {
    let kind = match how.format {
        Format::Csv => "CSV",
        Format::Json => "JSON",
        Format::Parquet => "Parquet",
        Format::Avro => "Avro",
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
