//! `CAST`, `SAFE_CAST`, and the access to a field by its name.

use serde_json::Value;

use super::super::failure::Failure;
use super::moments::{in_zone, zone_of};
use super::{Function, no_match, text};
use crate::cell::{Cell, show_float};
use crate::civil::{self, DAY};
use crate::decimal;
use crate::input::text_value;
use crate::types::{Field, Type};

/// The cast to a type; its name is unlike any that a query can write.
pub fn cast(target: &Type, safe: bool) -> Function {
    let (to, shown) = (target.clone(), target.clone());
    let name = format!("{}cast {}", if safe { "safe_" } else { "" }, target.sql());
    Function::new(&name, move |_| Ok(shown.clone()), move |row, kinds| convert(&row[0], &kinds[0], &to))
        .safe(safe)
}

/// The text of a scalar as SQL writes it.
pub(super) fn sql_text(cell: &Cell) -> String {
    match cell {
        Cell::Float(it) => match show_float(*it) {
            whole if whole.ends_with(".0") => whole.trim_end_matches(".0").to_owned(),
            other => other.replace(".0E", "e").replace('E', "e").replace("Infinity", "inf"),
        },
        Cell::Timestamp(it) => format!("{}+00", civil::show_datetime(*it, ' ')),
        Cell::Datetime(it) => civil::show_datetime(*it, ' '),
        Cell::Bytes(it) => String::from_utf8_lossy(it).into_owned(),
        other => other.text(),
    }
}

/// A value as one of another type.
pub(super) fn convert(cell: &Cell, from: &Type, to: &Type) -> Result<Cell, String> {
    let impossible = || Err(format!("Invalid cast from {} to {}", from.sql(), to.sql()));
    if from == to && !matches!(from, Type::Struct(_)) {
        return Ok(cell.clone());
    }
    Ok(match (cell, to) {
        (Cell::Null, _) => Cell::Null,
        (Cell::Array(items), Type::Array(of)) => {
            let Type::Array(had) = from else { return impossible() };
            Cell::Array(items.iter().map(|it| convert(it, had, of)).collect::<Result<_, _>>()?)
        }
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let Type::Struct(had) = from else { return impossible() };
            if had.len() != fields.len() {
                return impossible();
            }
            let each = cells.iter().zip(had).zip(fields);
            Cell::Struct(
                each.map(|((cell, a), b)| convert(cell, &a.kind, &b.kind)).collect::<Result<_, _>>()?,
            )
        }
        (Cell::Array(_) | Cell::Struct(_), _) => return impossible(),
        (Cell::Bytes(bytes), Type::String) => match String::from_utf8(bytes.clone()) {
            Ok(text) => Cell::Text(text),
            Err(_) => return Err("Invalid cast of bytes to UTF-8 string".to_owned()),
        },
        (Cell::Text(text), Type::Bytes) => Cell::Bytes(text.clone().into_bytes()),
        (Cell::Json(_), _) => return impossible(),
        (_, Type::String | Type::Geography) => Cell::Text(sql_text(cell)),
        (Cell::Text(text), Type::Timestamp) => timestamp(text)?,
        (Cell::Text(text), Type::Json) => Cell::Json(Value::String(text.clone()).to_string()),
        (Cell::Text(text), Type::Int64) => match integer(text) {
            Some(value) => Cell::Int(value),
            None => return Err(format!("Bad int64 value: {text}")),
        },
        (Cell::Text(text), _) => text_value(text.trim(), to).map_err(|_| bad(text, to))?,
        (Cell::Bool(it), Type::Int64) => Cell::Int(i64::from(*it)),
        (Cell::Int(it), Type::Bool) => Cell::Bool(*it != 0),
        (Cell::Int(it), Type::Float64) => Cell::Float(*it as f64),
        (Cell::Int(it), Type::Numeric) => Cell::Numeric(i128::from(*it) * 1_000_000_000),
        (Cell::Int(it), Type::BigNumeric) => Cell::BigNumeric(it.to_string()),
        (Cell::Float(it), Type::Int64) => {
            let rounded = it.round();
            match rounded.is_finite() && rounded.abs() < 9.3e18 {
                true => Cell::Int(rounded as i64),
                false => {
                    return Err(format!(
                        "Illegal conversion of non-finite floating point number to an integer: {it}"
                    ));
                }
            }
        }
        (Cell::Float(it), Type::Numeric | Type::BigNumeric) => {
            text_value(&format!("{it}"), to).map_err(|_| format!("Invalid {} value: {it}", to.sql()))?
        }
        (Cell::Numeric(it), Type::Int64) => {
            let rounded = (it + it.signum() * 500_000_000) / 1_000_000_000;
            Cell::Int(
                i64::try_from(rounded).map_err(|_| format!("int64 out of range: {}", decimal::show(*it)))?,
            )
        }
        (Cell::Numeric(_) | Cell::BigNumeric(_), Type::Float64) => {
            Cell::Float(cell.text().parse().map_err(|_| bad(&cell.text(), to))?)
        }
        (Cell::Numeric(_), Type::BigNumeric) => Cell::BigNumeric(cell.text()),
        (Cell::BigNumeric(it), Type::Numeric) => {
            Cell::Numeric(decimal::numeric(it).ok_or_else(|| format!("numeric out of range: {it}"))?)
        }
        (Cell::BigNumeric(it), Type::Int64) => {
            let whole = it.split('.').next().unwrap_or(it);
            Cell::Int(whole.parse().map_err(|_| format!("int64 out of range: {it}"))?)
        }
        (Cell::Date(it), Type::Datetime) => Cell::Datetime(i64::from(*it) * DAY),
        (Cell::Date(it), Type::Timestamp) => Cell::Timestamp(i64::from(*it) * DAY),
        (Cell::Datetime(it) | Cell::Timestamp(it), Type::Date) => {
            Cell::Date(i32::try_from(it.div_euclid(DAY)).map_err(|_| "date out of range".to_owned())?)
        }
        (Cell::Datetime(it) | Cell::Timestamp(it), Type::Time) => Cell::Time(it.rem_euclid(DAY)),
        (Cell::Datetime(it), Type::Timestamp) => Cell::Timestamp(*it),
        (Cell::Timestamp(it), Type::Datetime) => Cell::Datetime(*it),
        (_, _) => return impossible(),
    })
}

/// A value that is written to a column, where BigQuery converts it without being asked.
pub fn coerced(cell: &Cell, from: &Type, field: &Field) -> Result<Cell, Failure> {
    let number = |it: &Type| matches!(it, Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric);
    let moment = |it: &Type| matches!(it, Type::Date | Type::Time | Type::Datetime | Type::Timestamp);
    let to = &field.kind;
    let fits = cell.is_null()
        || from == to
        || (number(from) && number(to) && !(*to == Type::Int64))
        || (*from == Type::String && (moment(to) || *to == Type::Geography))
        || (*from == Type::Date && *to == Type::Datetime)
        || matches!((from, to), (Type::Struct(_), Type::Struct(_)) | (Type::Array(_), Type::Array(_)));
    if !fits {
        return Err(Failure::query(format!(
            "Query column has type {} which cannot be inserted into column {}, which has type {}",
            from.sql(),
            field.name,
            to.sql()
        )));
    }
    convert(cell, from, to).map_err(Failure::query)
}

fn bad(text: &str, to: &Type) -> String {
    match to {
        Type::Float64 => format!("Bad double value: {text}"),
        Type::Bool => format!("Bad bool value: {text}"),
        Type::Numeric | Type::BigNumeric => format!("Invalid {} value: {text}", to.sql()),
        Type::Timestamp => format!("Invalid timestamp: '{text}'"),
        other => format!("Invalid {} string \"{text}\"", other.sql().to_lowercase()),
    }
}

fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |it| (-1, it));
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => Some(sign * i64::from_str_radix(hex, 16).ok()?),
        None => text.parse().ok(),
    }
}

/// A timestamp that a text says, its zone being an offset or a name.
pub(super) fn timestamp(text: &str) -> Result<Cell, String> {
    if let Some(micros) = civil::timestamp(text) {
        return Ok(Cell::Timestamp(micros));
    }
    let (rest, zone) = civil::split_zone(text);
    let found = civil::datetime(rest).zip(zone.and_then(|it| zone_of(it).ok()));
    match found {
        Some((local, zone)) => Ok(Cell::Timestamp(in_zone(local, zone))),
        None => Err(bad(text, &Type::Timestamp)),
    }
}

/// The access to a field of a struct, or to a member of a JSON object.
pub fn member(name: &str) -> Function {
    let (wanted, named) = (name.to_lowercase(), name.to_owned());
    let place = move |kinds: &[Type]| -> Option<(usize, Field)> {
        let Some(Type::Struct(fields)) = kinds.first() else { return None };
        fields.iter().position(|it| it.name.to_lowercase() == wanted).map(|at| (at, fields[at].clone()))
    };
    let returned = place.clone();
    let missing = named.clone();
    Function::new(
        &format!("field {name}"),
        move |kinds| match (kinds.first(), returned(kinds)) {
            (Some(Type::Json), _) => Ok(Type::Json),
            (Some(Type::Struct(_)), Some((_, field))) => Ok(field.kind),
            (Some(Type::Struct(_)), None) => {
                Err(format!("Field name {missing} does not exist in {}", kinds[0].sql()))
            }
            (_, _) => Err(format!(
                "Cannot access field {missing} on a value with type {}",
                kinds.first().map(Type::sql).unwrap_or_default()
            )),
        },
        move |row, kinds| {
            Ok(match (&row[0], place(kinds)) {
                (Cell::Struct(cells), Some((at, _))) => cells.get(at).cloned().unwrap_or(Cell::Null),
                (Cell::Json(json), _) => super::json::step(json, &Value::String(named.clone())),
                (_, _) => Cell::Null,
            })
        },
    )
}

pub(super) fn all() -> Vec<Function> {
    vec![
        // `a[…]` on arrays and JSON: zero-based, null or an error beyond the end.
        Function::new(
            "$AT",
            |kinds| match kinds {
                [Type::Array(of), Type::Int64, ..] => Ok(of.as_ref().clone()),
                [Type::Json, Type::Int64 | Type::String, ..] => Ok(Type::Json),
                _ => Err(no_match("ARRAY_AT", kinds)),
            },
            |row, _| match (&row[0], &row[1]) {
                (Cell::Json(json), Cell::Int(at)) => Ok(super::json::step(json, &Value::from(*at))),
                (Cell::Json(json), key) => Ok(super::json::step(json, &Value::from(text(key)))),
                (Cell::Array(items), Cell::Int(at)) => {
                    let mode = row.get(2).map_or("OFFSET", text);
                    let from = if mode.ends_with("ORDINAL") { at - 1 } else { *at };
                    match usize::try_from(from).ok().and_then(|it| items.get(it)) {
                        Some(item) => Ok(item.clone()),
                        None if mode.starts_with("SAFE") => Ok(Cell::Null),
                        None => Err(format!("Array index {at} is out of bounds")),
                    }
                }
                (_, _) => Ok(Cell::Null),
            },
        ),
    ]
}
