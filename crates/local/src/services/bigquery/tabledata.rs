//! `tabledata.insertAll` and `tabledata.list`.

use serde_json::{Map, Value, json};
use values::cell::{Stamps, shown_row};
use values::types::{Field, fields};

use super::rows::{self, AppendError, Appending, Given, Rows};
use super::tables::{self, TABLE};
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// Google's limits of one request.
const MOST_ROWS: usize = 50_000;

pub(super) fn insert_all(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if !request.text("templateSuffix").is_empty() {
        return Err(Refusal::new(
            crate::error::Code::Unimplemented,
            "The local cloud does not make tables by templateSuffix: create the table and insert into it.",
        ));
    }
    let given: Vec<Given> = request.body["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            let id = row["insertId"].as_str().map(str::to_owned);
            (id, row["json"].as_object().cloned().unwrap_or_else(Map::new))
        })
        .collect();
    if given.is_empty() {
        return Err(Refusal::invalid("No rows present in the request."));
    }
    if given.len() > MOST_ROWS {
        return Err(Refusal::invalid(format!("too many rows present in the request, limit: {MOST_ROWS}")));
    }
    let how = Appending {
        skip_invalid: request.body["skipInvalidRows"] == true,
        ignore_unknown: request.body["ignoreUnknownValues"] == true,
    };
    let mut answer = json!({"kind": "bigquery#tableDataInsertAllResponse"});
    match Rows::append(tx, &tables::name(request), &given, how, moment::millis(request.now)) {
        Ok(()) => {}
        Err(AppendError::Table(refusal)) => return Err(refusal),
        Err(AppendError::Rows(errors)) => {
            answer["insertErrors"] = errors
                .iter()
                .map(|it| {
                    json!({"index": it.index, "errors": [{"reason": it.reason, "location": it.location,
                        "debugInfo": "", "message": it.message}]})
                })
                .collect();
        }
    }
    Ok(Answer::json(answer))
}

/// How the caller wants timestamps.
pub(super) fn stamps(request: &Request<'_>) -> Stamps {
    let option = |name: &str| {
        let dotted = request.query.get(&format!("formatOptions.{name}")).map(str::to_ascii_lowercase);
        dotted.or_else(|| match &request.body["formatOptions"][name] {
            Value::Bool(it) => Some(it.to_string()),
            Value::String(it) => Some(it.to_ascii_lowercase()),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        })
    };
    let form = option("timestampOutputFormat").unwrap_or_default();
    match form.as_str() {
        "int64" => Stamps::Micros,
        "iso8601_string" => Stamps::Iso,
        _ if option("useInt64Timestamp").as_deref() == Some("true") => Stamps::Micros,
        _ => Stamps::Float,
    }
}

/// A page of rows: where it begins and how many it may have.
pub(super) struct Window {
    pub from: u64,
    pub count: usize,
}

/// The rows a caller asks for, by `startIndex` or by the token that an earlier page gave.
pub(super) fn window(request: &Request<'_>, most: usize) -> Result<Window, Refusal> {
    let token = request.query.get("pageToken").filter(|it| !it.is_empty());
    let from = match token {
        Some(token) => token
            .strip_prefix("row-")
            .and_then(|it| it.parse().ok())
            .ok_or_else(|| Refusal::invalid("Invalid page token."))?,
        None => request.query.number("startIndex").unwrap_or(0),
    };
    let asked = request.query.number("maxResults").or_else(|| match &request.body["maxResults"] {
        Value::Number(it) => it.as_u64(),
        Value::String(it) => it.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    let count = asked.and_then(|it| usize::try_from(it).ok()).map_or(most, |it| it.min(most));
    Ok(Window { from, count })
}

/// Adds a page of a table's rows to an answer, with the token of the next one.
pub(super) fn page(
    tx: &Tx,
    table: &str,
    columns: &[Field],
    window: &Window,
    stamps: Stamps,
    answer: &mut Value,
    token: &str,
) -> Result<(), Refusal> {
    let index = rows::index(tx, table)?;
    let found = rows::slice(tx, &index, columns, window.from, window.count)?;
    let next = window.from + found.len() as u64;
    answer["totalRows"] = json!(index.rows().to_string());
    // A window of nothing is asked for to learn the count alone.
    if next < index.rows() && window.count > 0 {
        answer[token] = json!(format!("row-{next}"));
    }
    if !found.is_empty() {
        answer["rows"] = found.iter().map(|it| shown_row(it, stamps)).collect();
    }
    Ok(())
}

/// Chooses the fields that `selectedFields` names: `a,b.c`.
fn selected(columns: Vec<Field>, wanted: &str) -> Result<Vec<Field>, Refusal> {
    let names: Vec<&str> = wanted.split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
    if names.is_empty() {
        return Ok(columns);
    }
    for name in &names {
        let head = name.split('.').next().unwrap_or(name);
        if !columns.iter().any(|it| it.name.eq_ignore_ascii_case(head)) {
            return Err(Refusal::invalid(format!("Selected field {name} not found in the table's schema.")));
        }
    }
    Ok(columns
        .into_iter()
        .filter(|it| {
            names.iter().any(|name| name.split('.').next().is_some_and(|n| it.name.eq_ignore_ascii_case(n)))
        })
        .collect())
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = tables::name(request);
    let table = TABLE.load(tx, request, &name)?;
    if table["type"] != "TABLE" {
        return Err(Refusal::invalid(format!(
            "Cannot list a table of type {}.",
            table["type"].as_str().unwrap_or_default()
        )));
    }
    let columns = fields(&table["schema"]["fields"]);
    let columns = selected(columns, request.query.get("selectedFields").unwrap_or_default())?;
    let mut answer = json!({"kind": "bigquery#tableDataList", "etag": made_up::etag()});
    let window = window(request, 10_000)?;
    page(tx, &name, &columns, &window, stamps(request), &mut answer, "pageToken")?;
    Ok(Answer::json(answer))
}
