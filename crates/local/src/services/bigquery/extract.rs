//! Extract jobs: a table's rows into files in Cloud Storage. Copy jobs: into another table.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use values::cell::Cell;
use values::civil;
use values::decimal;
use values::types::{Field, Type, fields};

use super::destination::{self, Writing, check_may, name_of};
use super::jobs::{Job, Place, settle};
use super::rows;
use super::tables::{self, TABLE};
use crate::error::{Code, Refusal};
use crate::iam;
use crate::request::Request;
use crate::services::storage;
use crate::store::Tx;

fn unsupported(what: &str) -> Refusal {
    Refusal::new(Code::Unimplemented, format!("The local BigQuery does not {what}.")).reason("notImplemented")
}

fn required(field: &str) -> Refusal {
    Refusal::invalid(format!("Required parameter is missing: {field}")).reason("required")
}

/// A table's columns and rows, for who may.
fn table(
    tx: &Tx,
    request: &Request<'_>,
    name: &str,
    permission: &str,
) -> Result<(Vec<Field>, Vec<Vec<Cell>>), Refusal> {
    check_may(tx, request, permission, name)?;
    let document = TABLE
        .find(tx, name)?
        .ok_or_else(|| Refusal::not_found(format!("Not found: Table {}", tables::title(name))))?;
    if document["type"] != "TABLE" {
        let message = format!(
            "Using table {} is not allowed for this operation because of its type.",
            tables::title(name)
        );
        return Err(Refusal::invalid(message));
    }
    let columns = fields(&document["schema"]["fields"]);
    let rows = rows::slice(tx, &rows::index(tx, name)?, &columns, 0, usize::MAX)?;
    Ok((columns, rows))
}

/// Runs an extract job and keeps it.
pub(super) fn run(request: &Request<'_>, job: Job) -> Result<Value, Refusal> {
    let configuration = job.document["configuration"]["extract"].clone();
    let place = Place { kind: "EXTRACT", table: name_of(&configuration["sourceTable"]) };
    settle(request, job, place, |tx| Ok(extract(tx, request, &configuration)?))
}

fn extract(tx: &mut Tx, request: &Request<'_>, configuration: &Value) -> Result<Value, Refusal> {
    if !configuration["sourceModel"].is_null() {
        return Err(unsupported("extract models"));
    }
    let name = name_of(&configuration["sourceTable"]).ok_or_else(|| required("sourceTable"))?;
    let text = |field: &str, instead: &'static str| {
        configuration[field].as_str().unwrap_or(instead).to_ascii_uppercase()
    };
    let json = match text("destinationFormat", "CSV").as_str() {
        "CSV" => false,
        "NEWLINE_DELIMITED_JSON" => true,
        other => return Err(unsupported(&format!("extract into the format {other}"))),
    };
    let packed = match text("compression", "NONE").as_str() {
        "NONE" | "" => false,
        "GZIP" => true,
        other => return Err(unsupported(&format!("extract with the compression {other}"))),
    };
    let uris: Vec<&str> = match configuration["destinationUris"].as_array() {
        Some(all) => all.iter().filter_map(Value::as_str).collect(),
        None => configuration["destinationUri"].as_str().into_iter().collect(),
    };
    if uris.is_empty() {
        return Err(required("destinationUris"));
    }
    let (columns, rows) = table(tx, request, &name, "bigquery.tables.export")?;
    let content = match json {
        true => lines(&columns, &rows)?,
        false => {
            let delimiter = match configuration["fieldDelimiter"].as_str().filter(|it| !it.is_empty()) {
                Some("\\t" | "tab") => "\t",
                given => given.unwrap_or(","),
            };
            csv(&columns, &rows, delimiter, configuration["printHeader"] != false)?
        }
    };
    let content = if packed { gzip(&content)? } else { content };
    let kind = match (packed, json) {
        (true, _) => "application/gzip",
        (false, true) => "application/json",
        (false, false) => "text/csv",
    };
    for (at, uri) in uris.iter().enumerate() {
        let invalid = || {
            Refusal::invalid(format!(
                "Invalid extract destination URI '{uri}'. Must be a valid Google Storage path."
            ))
        };
        let (bucket, pattern) =
            uri.strip_prefix("gs://").and_then(|it| it.split_once('/')).ok_or_else(invalid)?;
        if bucket.is_empty() || pattern.is_empty() || uri.matches('*').count() > 1 || bucket.contains('*') {
            return Err(invalid());
        }
        if !iam::may(tx, request, "storage.objects.create", &iam::key("storage", &format!("b/{bucket}")))? {
            return Err(Refusal::denied(format!(
                "Access Denied: BigQuery BigQuery: Permission denied while writing data: {} does not have \
                 storage.objects.create access to {uri}.",
                request.caller.shown()
            )));
        }
        // All rows go into the first file; several are asked for by several URIs, and the others have none.
        let written: &[u8] = if at == 0 { &content } else { &[] };
        let object = pattern.replace('*', "000000000000");
        storage::write(tx, request, bucket, &object, &json!({"contentType": kind}), written)?;
    }
    let bytes: u64 = rows.iter().flatten().map(Cell::size).sum();
    let counts: Vec<&str> = uris.iter().map(|_| "1").collect();
    Ok(json!({"extract": {"destinationUriFileCounts": counts, "inputBytes": bytes.to_string()}}))
}

fn gzip(content: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let done = packed.write_all(content).and_then(|()| packed.finish());
    done.map_err(|error| Refusal::internal(format!("The file cannot be packed: {error}")))
}

/// The text of a scalar in a file: as the API has it, but for times, which are written out for people.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Timestamp(it) => format!("{} UTC", civil::show_datetime(*it, ' ')),
        Cell::Numeric(it) => decimal::show(*it),
        other => other.text(),
    }
}

fn lines(columns: &[Field], rows: &[Vec<Cell>]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, &record(columns, row))
            .map_err(|error| Refusal::internal(format!("A row cannot be written: {error}")))?;
        out.push(b'\n');
    }
    Ok(out)
}

/// A record as JSON; what is null is left out.
fn record(fields: &[Field], cells: &[Cell]) -> Map<String, Value> {
    let given = fields.iter().zip(cells).filter(|(_, cell)| !cell.is_null());
    given.map(|(field, cell)| (field.name.clone(), value(cell, &field.kind))).collect()
}

fn value(cell: &Cell, kind: &Type) -> Value {
    match (cell, kind) {
        (Cell::Null, _) => Value::Null,
        (Cell::Bool(it), _) => json!(it),
        (Cell::Float(it), _) if it.is_finite() => json!(it),
        (Cell::Json(it), _) => serde_json::from_str(it).unwrap_or_else(|_| json!(it)),
        (Cell::Array(items), Type::Array(of)) => items.iter().map(|it| value(it, of)).collect(),
        (Cell::Struct(cells), Type::Struct(fields)) => Value::Object(record(fields, cells)),
        // Integers are text, for not every reader has 64 bits.
        (other, _) => json!(text(other)),
    }
}

fn csv(columns: &[Field], rows: &[Vec<Cell>], delimiter: &str, header: bool) -> Result<Vec<u8>, Refusal> {
    for column in columns {
        if matches!(column.kind, Type::Array(_) | Type::Struct(_)) {
            let what = if matches!(column.kind, Type::Array(_)) { "repeated" } else { "nested" };
            return Err(Refusal::invalid(format!(
                "Operation cannot be performed on a {what} schema. Field: {}",
                column.name
            )));
        }
    }
    let quoted = |text: &str| match text.contains(['"', '\n', '\r']) || text.contains(delimiter) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut out = String::new();
    let mut line = |fields: Vec<String>| {
        out.push_str(&fields.join(delimiter));
        out.push('\n');
    };
    if header {
        line(columns.iter().map(|it| quoted(&it.name)).collect());
    }
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            // An empty text is told from null by its quotes.
            Cell::Text(it) if it.is_empty() => "\"\"".to_owned(),
            other => quoted(&text(other)),
        });
        line(cells.collect());
    }
    Ok(out.into_bytes())
}

/// Runs a copy job and keeps it.
pub(super) fn run_copy(request: &Request<'_>, job: Job) -> Result<Value, Refusal> {
    let configuration = job.document["configuration"]["copy"].clone();
    let place = Place { kind: "COPY", table: name_of(&configuration["destinationTable"]) };
    settle(request, job, place, |tx| Ok(copy(tx, request, &configuration)?))
}

fn copy(tx: &mut Tx, request: &Request<'_>, configuration: &Value) -> Result<Value, Refusal> {
    if !matches!(configuration["operationType"].as_str(), None | Some("COPY" | "OPERATION_TYPE_UNSPECIFIED"))
    {
        return Err(unsupported("make, copy or restore snapshots and clones"));
    }
    let target = name_of(&configuration["destinationTable"]).ok_or_else(|| required("destinationTable"))?;
    let sources: Vec<String> = match configuration["sourceTables"].as_array() {
        Some(all) => all.iter().filter_map(name_of).collect(),
        None => name_of(&configuration["sourceTable"]).into_iter().collect(),
    };
    if sources.is_empty() {
        return Err(required("sourceTables"));
    }
    let text =
        |field: &str, instead: &'static str| configuration[field].as_str().unwrap_or(instead).to_owned();
    let (create, mut write) =
        (text("createDisposition", "CREATE_IF_NEEDED"), text("writeDisposition", "WRITE_EMPTY"));
    let (mut count, mut bytes) = (0, 0);
    for source in &sources {
        let (columns, rows) = table(tx, request, source, "bigquery.tables.getData")?;
        count += rows.len();
        bytes += rows.iter().flatten().map(Cell::size).sum::<u64>();
        let writing = Writing {
            table: &target,
            create: &create,
            write: &write,
            add_fields: false,
            relax_fields: false,
            settings: Value::Null,
        };
        destination::write(tx, request, &writing, &columns, rows)?;
        // What comes second is added to what came first.
        write = "WRITE_APPEND".to_owned();
    }
    Ok(json!({"copy": {"copiedRows": count.to_string(), "copiedLogicalBytes": bytes.to_string()}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Field> {
        fields(&json!([
            {"name": "s", "type": "STRING"}, {"name": "i", "type": "INTEGER"}, {"name": "t", "type": "TIMESTAMP"},
            {"name": "j", "type": "JSON"}]))
    }

    fn rows() -> Vec<Vec<Cell>> {
        let json = Cell::Json("{\"a\":[1]}".to_owned());
        vec![
            vec![
                Cell::Text("a, \"b\"\nc".to_owned()),
                Cell::Int(1),
                Cell::Timestamp(1_746_606_314_500_000),
                json,
            ],
            vec![Cell::Text(String::new()), Cell::Null, Cell::Null, Cell::Null],
        ]
    }

    #[test]
    fn files_as_google_writes_them() {
        let text = |content: Vec<u8>| String::from_utf8(content).unwrap();
        assert_eq!(
            text(csv(&columns(), &rows(), ",", true).unwrap()),
            "s,i,t,j\n\"a, \"\"b\"\"\nc\",1,2025-05-07 08:25:14.500 UTC,\"{\"\"a\"\":[1]}\"\n\"\",,,\n"
        );
        assert_eq!(
            text(lines(&columns(), &rows()).unwrap()),
            "{\"i\":\"1\",\"j\":{\"a\":[1]},\"s\":\"a, \\\"b\\\"\\nc\",\"t\":\"2025-05-07 08:25:14.500 UTC\"}\n{\"s\":\"\"}\n"
        );
        let nested = fields(&json!([{"name": "l", "type": "STRING", "mode": "REPEATED"}]));
        assert!(csv(&nested, &[], ",", true).unwrap_err().message.ends_with("repeated schema. Field: l"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let configuration = json!({"sourceFormat": "CSV", "skipLeadingRows": 1, "allowQuotedNewlines": true});
        let content = csv(&columns(), &rows(), ",", true).unwrap();
        let read = super::super::read_file(&configuration, &columns(), &content).unwrap();
        assert_eq!((read.1, read.2), (rows(), Vec::new()));
        let configuration = json!({"sourceFormat": "NEWLINE_DELIMITED_JSON"});
        let content = lines(&columns(), &rows()).unwrap();
        assert_eq!(super::super::read_file(&configuration, &columns(), &content).unwrap().1, rows());
    }
}
