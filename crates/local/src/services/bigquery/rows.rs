//! Rows of tables: kept in segments of JSON lines, each written once.
//!
//! A table's index says which segments it has. To append is to write a segment, or to write the last
//! one anew if it is small; what readers have of a segment stays true, so they may cache it.

use serde_json::{Map, Value, json};
use values::cell::{Cell, read_row, stored_row};
use values::input::{self, Origin, Rules, Wrong};
use values::types::{Field, fields};

use super::tables::TABLE;
use crate::error::Refusal;
use crate::made_up;
use crate::store::Tx;

const INDEX: &str = "bigquery/rows";
const INSERT_IDS: &str = "bigquery/insertIds";

/// A segment below this is written anew with what is appended.
const SMALL: u64 = 64 * 1024;
/// A segment does not grow beyond this.
const LARGE: u64 = 1024 * 1024;
/// How long rows that were streamed count as the streaming buffer's, in milliseconds.
const BUFFERED: i64 = 60_000;
/// How long an insert id is remembered, in minutes: Google says about one.
const REMEMBERED: i64 = 2;

/// One segment of a table.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub key: String,
    pub rows: u64,
    bytes: u64,
}

/// What a table holds.
#[derive(Clone, Debug)]
pub(super) struct Index {
    uid: String,
    pub segments: Vec<Segment>,
    next: u64,
    /// Logical bytes, as BigQuery counts them.
    pub bytes: u64,
    /// Rows, logical bytes and times of the first and last, in milliseconds, that were streamed last.
    stream: Option<(u64, u64, i64, i64)>,
}

impl Index {
    fn new() -> Index {
        Index { uid: made_up::hex(16), segments: Vec::new(), next: 0, bytes: 0, stream: None }
    }

    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|it| it.rows).sum()
    }

    /// Rows, bytes and oldest time of the streaming buffer, if there is anything in it.
    fn buffer(&self, now: i64) -> Option<(u64, u64, i64)> {
        let (rows, bytes, oldest, newest) = self.stream?;
        (now - newest < BUFFERED).then_some((rows, bytes, oldest))
    }

    fn document(&self) -> Value {
        let segments: Vec<Value> =
            self.segments.iter().map(|it| json!([it.key, it.rows, it.bytes])).collect();
        json!({"uid": self.uid, "next": self.next, "bytes": self.bytes, "segments": segments,
            "stream": self.stream.map(|it| json!([it.0, it.1, it.2, it.3]))})
    }

    fn read(document: &Value) -> Index {
        let segment = |it: &Value| Segment {
            key: it[0].as_str().unwrap_or_default().to_owned(),
            rows: it[1].as_u64().unwrap_or(0),
            bytes: it[2].as_u64().unwrap_or(0),
        };
        let stream = &document["stream"];
        let stream = stream.as_array().map(|it| {
            let number = |at: usize| it.get(at).and_then(Value::as_i64).unwrap_or(0);
            (number(0).unsigned_abs(), number(1).unsigned_abs(), number(2), number(3))
        });
        Index {
            uid: document["uid"].as_str().unwrap_or_default().to_owned(),
            segments: document["segments"].as_array().into_iter().flatten().map(segment).collect(),
            next: document["next"].as_u64().unwrap_or(0),
            bytes: document["bytes"].as_u64().unwrap_or(0),
            stream,
        }
    }
}

/// What a table holds, by the table's name.
pub(super) fn index(tx: &Tx, table: &str) -> Result<Index, Refusal> {
    Ok(tx.get(INDEX, table)?.map_or_else(Index::new, |it| Index::read(&it)))
}

/// The rows of a segment, as they are kept.
pub(super) fn segment(tx: &Tx, key: &str) -> Result<Vec<Map<String, Value>>, Refusal> {
    let content = tx.content(key)?.unwrap_or_default();
    let mut rows = Vec::new();
    for line in content.split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
        let row = serde_json::from_slice(line)
            .map_err(|error| Refusal::internal(format!("A row that was kept cannot be read: {error}")))?;
        rows.push(row);
    }
    Ok(rows)
}

/// So many rows of a table from one on.
pub(super) fn slice(
    tx: &Tx,
    index: &Index,
    fields: &[Field],
    from: u64,
    count: usize,
) -> Result<Vec<Vec<Cell>>, Refusal> {
    let mut out = Vec::new();
    let mut skip = from;
    for each in &index.segments {
        if out.len() >= count {
            break;
        }
        if skip >= each.rows {
            skip -= each.rows;
            continue;
        }
        let skipped = usize::try_from(skip).unwrap_or(usize::MAX);
        let wanted = count - out.len();
        out.extend(segment(tx, &each.key)?.iter().skip(skipped).take(wanted).map(|it| read_row(fields, it)));
        skip = 0;
    }
    Ok(out)
}

/// Adds rows at the end. `streamed`: when, in milliseconds, if they came one by one.
pub(super) fn add(
    tx: &mut Tx,
    table: &str,
    fields: &[Field],
    rows: &[Vec<Cell>],
    streamed: Option<i64>,
) -> Result<(), Refusal> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut index = index(tx, table)?;
    let (mut content, mut count) = match index.segments.last() {
        Some(last) if last.bytes < SMALL => {
            let (key, rows) = (last.key.clone(), last.rows);
            let content = tx.content(&key)?.unwrap_or_default();
            tx.remove_content(&key)?;
            index.segments.pop();
            (content, rows)
        }
        Some(_) | None => (Vec::new(), 0),
    };
    let mut size = 0;
    for row in rows {
        size += row.iter().map(Cell::size).sum::<u64>();
        serde_json::to_writer(&mut content, &stored_row(fields, row))
            .map_err(|error| Refusal::internal(format!("A row cannot be kept: {error}")))?;
        content.push(b'\n');
        count += 1;
        if content.len() as u64 >= LARGE {
            close(tx, &mut index, &content, count)?;
            content.clear();
            count = 0;
        }
    }
    if count > 0 {
        close(tx, &mut index, &content, count)?;
    }
    index.bytes += size;
    if let Some(now) = streamed {
        let (had, bytes, oldest) = index.buffer(now).unwrap_or((0, 0, now));
        index.stream = Some((had + rows.len() as u64, bytes + size, oldest, now));
    }
    Ok(tx.put(INDEX, table, &index.document())?)
}

fn close(tx: &mut Tx, index: &mut Index, content: &[u8], rows: u64) -> Result<(), Refusal> {
    let key = format!("bigquery/{}/{:012}", index.uid, index.next);
    tx.put_content(&key, content)?;
    index.next += 1;
    index.segments.push(Segment { key, rows, bytes: content.len() as u64 });
    Ok(())
}

/// Puts rows in the place of all there were.
pub(super) fn replace(tx: &mut Tx, table: &str, fields: &[Field], rows: &[Vec<Cell>]) -> Result<(), Refusal> {
    forget(tx, table)?;
    add(tx, table, fields, rows, None)
}

/// Removes every row of a table.
pub(super) fn forget(tx: &mut Tx, table: &str) -> Result<(), Refusal> {
    for segment in index(tx, table)?.segments {
        tx.remove_content(&segment.key)?;
    }
    tx.remove(INDEX, table)?;
    for (name, _) in tx.all(INSERT_IDS, &format!("{table}/"))? {
        tx.remove(INSERT_IDS, &name)?;
    }
    Ok(())
}

/// Says in a table's document how much it holds.
pub(super) fn measure(tx: &Tx, table: &str, document: &mut Value, now: i64) -> Result<(), Refusal> {
    if document["type"] != "TABLE" {
        return Ok(());
    }
    let index = index(tx, table)?;
    let (rows, bytes) = (index.rows(), index.bytes);
    let (mut settled, mut size) = (rows, bytes);
    // As Google counts: what is in the streaming buffer is told apart, and not in the other numbers.
    if let Some((rows, bytes, oldest)) = index.buffer(now) {
        document["streamingBuffer"] = json!({"estimatedRows": rows.to_string(),
            "estimatedBytes": bytes.to_string(), "oldestEntryTime": oldest.to_string()});
        settled = settled.saturating_sub(rows);
        size = size.saturating_sub(bytes);
    }
    document["numRows"] = json!(settled.to_string());
    for field in ["numBytes", "numTotalLogicalBytes", "numActiveLogicalBytes"] {
        document[field] = json!(size.to_string());
    }
    Ok(())
}

/// Why a row was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowError {
    /// Its place among the rows that were given.
    pub index: usize,
    /// `invalid`, or `stopped` for a good row that a bad one kept from being inserted.
    pub reason: &'static str,
    /// The column.
    pub location: String,
    /// In BigQuery's words.
    pub message: String,
}

/// Why nothing was appended, or which rows were not.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// These rows were refused.
    Rows(Vec<RowError>),
    /// The table is not there, or is not one to write to.
    Table(Refusal),
}

impl From<Refusal> for AppendError {
    fn from(refusal: Refusal) -> AppendError {
        AppendError::Table(refusal)
    }
}

impl From<crate::store::StoreError> for AppendError {
    fn from(error: crate::store::StoreError) -> AppendError {
        AppendError::Table(error.into())
    }
}

/// A row as it is streamed: the id by which Google tells repetitions, and the values.
pub(crate) type Given = (Option<String>, Map<String, Value>);

/// How rows are appended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Appending {
    /// Insert the good rows though there are bad ones.
    pub skip_invalid: bool,
    /// Drop fields that the table does not have.
    pub ignore_unknown: bool,
}

/// Appends to tables, for all that write rows: `insertAll`, subscriptions, transfers, pipelines.
pub(crate) struct Rows;

impl Rows {
    /// Appends rows to `projects/p/datasets/d/tables/t` at a time in milliseconds. A row whose insert
    /// id was seen in the last two minutes is dropped.
    ///
    /// # Errors
    ///
    /// Which rows are refused and why: without `skip_invalid` one bad row keeps all from being
    /// inserted. Or what is wrong with the table.
    pub(crate) fn append(
        tx: &mut Tx,
        table: &str,
        rows: &[Given],
        how: Appending,
        now: i64,
    ) -> Result<(), AppendError> {
        let document = tx.get(TABLE.collection, table)?;
        let Some(document) = document else {
            return Err(
                Refusal::not_found(format!("Not found: Table {}", super::tables::title(table))).into()
            );
        };
        if document["type"] != "TABLE" {
            return Err(Refusal::invalid(format!(
                "Cannot add rows to a table of type {}.",
                document["type"].as_str().unwrap_or_default()
            ))
            .into());
        }
        let fields = fields(&document["schema"]["fields"]);
        if fields.is_empty() {
            return Err(Refusal::invalid("The destination table has no schema.").into());
        }
        let rules = Rules { origin: Origin::Stream, ignore_unknown: how.ignore_unknown };
        let mut errors = Vec::new();
        let mut good = Vec::new();
        for (at, (id, row)) in rows.iter().enumerate() {
            match input::row(row, &fields, rules) {
                Ok(cells) => good.push((at, id, cells)),
                Err(Wrong { location, message }) => {
                    errors.push(RowError { index: at, reason: "invalid", location, message });
                }
            }
        }
        if !errors.is_empty() && !how.skip_invalid {
            errors.extend(good.iter().map(|(at, ..)| RowError {
                index: *at,
                reason: "stopped",
                location: String::new(),
                message: String::new(),
            }));
            errors.sort_by_key(|it| it.index);
            return Err(AppendError::Rows(errors));
        }
        let mut fresh = Vec::new();
        for (_, id, cells) in good {
            if id.as_deref().is_none_or(str::is_empty)
                || remember(tx, table, id.as_deref().unwrap_or(""), now)?
            {
                fresh.push(cells);
            }
        }
        purge(tx, table, now)?;
        add(tx, table, &fields, &fresh, Some(now))?;
        if errors.is_empty() { Ok(()) } else { Err(AppendError::Rows(errors)) }
    }
}

fn minute(at: i64) -> String {
    format!("{at:012}")
}

/// Notes an insert id; says whether it is new.
fn remember(tx: &mut Tx, table: &str, id: &str, now: i64) -> Result<bool, Refusal> {
    let current = now / 60_000;
    for at in current - REMEMBERED..=current {
        if tx.get(INSERT_IDS, &format!("{table}/{}/{id}", minute(at)))?.is_some() {
            return Ok(false);
        }
    }
    tx.put(INSERT_IDS, &format!("{table}/{}/{id}", minute(current)), &json!(1))?;
    Ok(true)
}

/// Forgets insert ids that are older than anybody compares.
fn purge(tx: &mut Tx, table: &str, now: i64) -> Result<(), Refusal> {
    let oldest = format!("{table}/{}", minute(now / 60_000 - REMEMBERED));
    for (name, _) in tx.scan(INSERT_IDS, &format!("{table}/"), None, 1000)? {
        if name >= oldest {
            break;
        }
        tx.remove(INSERT_IDS, &name)?;
    }
    Ok(())
}
