//! Reads files into rows, and says of each record that is bad where it is and why.

use serde_json::{Map, Value};
use values::cell::Cell;
use values::engine::Engine;
use values::input::{self, Origin, Rules, text_value};
use values::types::{Field, Type};

use super::csv::{Record, Style, records};
use super::{avro, detect, unsupported};
use crate::error::Refusal;
use crate::sql::Source;

/// A file: its URI, empty if it came with the job, and its content.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub uri: String,
    pub content: Vec<u8>,
}

/// A record that cannot be loaded.
#[derive(Clone, Debug)]
pub(super) struct Bad {
    pub uri: String,
    pub message: String,
}

/// What files are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    #[default]
    Csv,
    Parquet,
    Avro,
}

/// How files are read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub format: Format,
    pub style: Style,
    pub skip: usize,
    pub null_marker: String,
    pub jagged: bool,
    pub ignore_unknown: bool,
    /// Whether what Avro's types stand for counts: else a `timestamp-micros` is an INTEGER.
    pub logical: bool,
    /// Guess the schema, as there is none.
    pub detect: bool,
}

/// Rows that were read, their columns, and what could not be read.
#[derive(Default)]
pub(super) struct Rows {
    pub fields: Vec<Field>,
    pub rows: Vec<Vec<Cell>>,
    pub bad: Vec<Bad>,
}

/// Ends a message with the file it is about.
pub(super) fn in_file(message: &str, uri: &str) -> String {
    let message = message.trim_end_matches('.');
    match uri {
        "" => format!("Error while reading data, error message: {message}."),
        uri => format!("Error while reading data, error message: {message}. File: {uri}"),
    }
}

/// Reads every file.
///
/// # Errors
///
/// When a file is packed in a way that we do not unpack, or is Parquet, which the SQL engine reads, and there is none.
pub(super) fn read(files: &[File], fields: &[Field], how: &Reading, sql: &Source) -> Result<Rows, Refusal> {
    Ok(match how.format {
        Format::Json => read_json(files, fields, how),
        Format::Csv => {
            check_flat(fields)?;
            read_csv(files, fields, how)
        }
        Format::Parquet => read_parquet(files, sql.engine()?),
        Format::Avro => avro::read(files, how)
            .map_err(|codec| unsupported(format!("Avro files with the codec {codec}")))?,
    })
}

/// Reads Parquet, whose files say their columns.
fn read_parquet(files: &[File], engine: &dyn Engine) -> Rows {
    let mut out = Rows::default();
    for file in files {
        match engine.read_parquet(file.content.clone()) {
            Ok((fields, rows)) if out.fields.is_empty() || same(&out.fields, &fields) => {
                out.fields = fields;
                out.rows.extend(rows);
            }
            Ok(_) => {
                let message = in_file("The file has other columns than the first one", &file.uri);
                out.bad.push(Bad { uri: file.uri.clone(), message });
            }
            Err(error) => out.bad.push(Bad { uri: file.uri.clone(), message: in_file(&error, &file.uri) }),
        }
    }
    out
}

/// Whether columns are of the same names and types.
pub(super) fn same(a: &[Field], b: &[Field]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && a.kind == b.kind)
}

/// One line of JSON and where it is, or why it is not JSON.
type Line = (usize, usize, Result<Map<String, Value>, String>);

fn lines(content: &[u8]) -> Vec<Line> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut out = Vec::new();
    let mut position = 0;
    for (number, line) in content.split(|it| *it == b'\n').enumerate() {
        let start = position;
        position += line.len() + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed = match serde_json::from_slice(line) {
            Ok(Value::Object(row)) => Ok(row),
            Ok(_) => Err("Start of array or value encountered without start of object.".to_owned()),
            Err(error) if error.is_eof() => Err("Parser terminated before end of string".to_owned()),
            Err(error) => {
                let text = error.to_string();
                let bare = text.split(" at line").next().unwrap_or(&text);
                Err(format!("Parse error: {bare} at column {}", error.column()))
            }
        };
        out.push((start, number + 1, parsed));
    }
    out
}

fn read_json(files: &[File], fields: &[Field], how: &Reading) -> Rows {
    let parsed: Vec<(&File, Vec<Line>)> = files.iter().map(|it| (it, lines(&it.content))).collect();
    let all = parsed.iter().flat_map(|(_, lines)| lines.iter().filter_map(|it| it.2.as_ref().ok()));
    let fields = if how.detect { completed(fields, detect::json(all)) } else { fields.to_vec() };
    let rules = Rules { origin: Origin::File, ignore_unknown: how.ignore_unknown };
    let mut out = Rows::default();
    for (file, lines) in parsed {
        for (position, number, line) in lines {
            let row = line.and_then(|it| input::row(&it, &fields, rules).map_err(|it| it.message));
            match row {
                Ok(cells) => out.rows.push(cells),
                Err(message) => {
                    let message = format!(
                        "JSON parsing error in row starting at position {position} (line {number}): {message}"
                    );
                    out.bad.push(Bad { uri: file.uri.clone(), message: in_file(&message, &file.uri) });
                }
            }
        }
    }
    out.fields = fields;
    out
}

/// The columns that are known, and those that were found beside them.
fn completed(known: &[Field], found: Vec<Field>) -> Vec<Field> {
    let mut all = known.to_vec();
    for field in found {
        if !all.iter().any(|it| it.name.eq_ignore_ascii_case(&field.name)) {
            all.push(field);
        }
    }
    all
}

/// A line of CSV has a place for each column, and none within.
fn check_flat(fields: &[Field]) -> Result<(), Refusal> {
    for field in fields {
        let what = match &field.kind {
            Type::Array(_) => "repeated field",
            Type::Struct(_) => "nested schema",
            _ => continue,
        };
        return Err(Refusal::invalid(format!("Cannot load CSV data with a {what}. Field: {}", field.name)));
    }
    Ok(())
}

fn read_csv(files: &[File], fields: &[Field], how: &Reading) -> Rows {
    let parsed: Vec<(&File, Vec<Record>)> =
        files.iter().map(|it| (it, records(&it.content, &how.style))).collect();
    let mut skip = how.skip;
    let mut columns = fields.to_vec();
    if how.detect {
        let texts = |it: &Record| it.fields.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> =
            parsed.first().into_iter().flat_map(|(_, it)| it.iter().take(501).map(texts)).collect();
        let (found, start) = detect::csv(&rows, how.skip);
        skip = start;
        if columns.is_empty() {
            columns = found;
        }
    }
    let mut out = Rows::default();
    for (file, records) in parsed {
        for record in records.iter().skip(skip) {
            match csv_row(record, &columns, how) {
                Ok(cells) => out.rows.push(cells),
                Err(message) => {
                    let message = format!("{} (line {})", message.trim_end_matches('.'), record.line);
                    out.bad.push(Bad { uri: file.uri.clone(), message: in_file(&message, &file.uri) });
                }
            }
        }
    }
    out.fields = columns;
    out
}

fn csv_row(record: &Record, columns: &[Field], how: &Reading) -> Result<Vec<Cell>, String> {
    if let Some(wrong) = &record.wrong {
        return Err(wrong.clone());
    }
    if record.fields.len() > columns.len() && !how.ignore_unknown {
        return Err(format!("Too many values in row starting at position: {}", record.position));
    }
    if record.fields.len() < columns.len() && !how.jagged {
        return Err(format!(
            "CSV table references column position {}, but line starting at position:{} contains only {} columns.",
            record.fields.len(),
            record.position,
            record.fields.len()
        ));
    }
    let mut cells = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let cell = match record.fields.get(at) {
            None => Cell::Null,
            Some((text, false)) if *text == how.null_marker => Cell::Null,
            // Nothing is a text, and no value of another type.
            Some((text, _)) if text.is_empty() && column.kind != Type::String => Cell::Null,
            Some((text, _)) => text_value(text, &column.kind).map_err(|_| {
                format!(
                    "Could not parse '{text}' as {} for field {} (position {at}) starting at location {} with message \
                     'Unable to parse'",
                    column.kind.sql(),
                    column.name,
                    record.position
                )
            })?,
        };
        if cell.is_null() && column.required {
            return Err(format!(
                "Required column value for column index: {at} is missing in row starting at position: {}",
                record.position
            ));
        }
        cells.push(cell);
    }
    Ok(cells)
}
