//! `CAST`: which types turn into which, and how.

use super::moments::{in_zone, zone_of};
use super::operators::big;
use crate::cell::Cell;
use crate::civil::{self, DAY};
use crate::decimal;
use crate::input::text_value;
use crate::interval::Interval;
use crate::types::Type;

/// The text of a float as SQL writes it: the fewest digits of fifteen or seventeen that say it.
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let short = general(value, 15);
    if short.parse::<f64>().is_ok_and(|it| it == value) { short } else { general(value, 17) }
}

/// `%g` with so many digits.
pub fn general(value: f64, digits: usize) -> String {
    let written = format!("{value:.*e}", digits.max(1) - 1);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |it: &str| match it.contains('.') {
        true => it.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => it.to_owned(),
    };
    let most = i32::try_from(digits).unwrap_or(17);
    if exponent < -4 || exponent >= most {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(most - 1 - exponent).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}"))
}

/// The text of a scalar as SQL writes it.
pub fn sql_text(cell: &Cell) -> String {
    match cell {
        Cell::Float(it) => float_text(*it),
        Cell::Timestamp(it) => format!("{}+00", civil::show_datetime(*it, ' ')),
        Cell::Datetime(it) => civil::show_datetime(*it, ' '),
        Cell::Bytes(it) => String::from_utf8_lossy(it).into_owned(),
        other => other.text(),
    }
}

/// Whether `CAST` turns one type into another.
pub fn castable(from: &Type, to: &Type) -> bool {
    let number = |it: &Type| matches!(it, Type::Int64 | Type::Numeric | Type::BigNumeric | Type::Float64);
    match (from, to) {
        (a, b) if a.same(b) => true,
        (Type::Array(a), Type::Array(b)) => castable(a, b),
        (Type::Struct(a), Type::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| castable(&a.kind, &b.kind))
        }
        (Type::Range(_), Type::String) | (Type::String, Type::Range(_)) => true,
        (a, b) if number(a) && number(b) => true,
        (a, Type::String) if number(a) => true,
        (Type::Int64, Type::Bool) | (Type::Bool, Type::Int64 | Type::String) => true,
        (Type::String, Type::Json | Type::Geography | Type::Array(_) | Type::Struct(_)) => false,
        (Type::String, _) => true,
        (Type::Bytes | Type::Time | Type::Interval, Type::String) => true,
        (Type::Date, Type::String | Type::Datetime | Type::Timestamp) => true,
        (Type::Datetime, Type::String | Type::Date | Type::Time | Type::Timestamp) => true,
        (Type::Timestamp, Type::String | Type::Date | Type::Time | Type::Datetime) => true,
        (_, _) => false,
    }
}

/// A value as one of another type.
pub fn convert(cell: &Cell, from: &Type, to: &Type) -> Result<Cell, String> {
    let impossible = || Err(format!("Invalid cast from {} to {}", from.sql(), to.sql()));
    if from.same(to) {
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
        (Cell::Array(_) | Cell::Struct(_) | Cell::Json(_), _) => return impossible(),
        (Cell::Bytes(bytes), Type::String) => match String::from_utf8(bytes.clone()) {
            Ok(text) => Cell::Text(text),
            Err(_) => return Err("Invalid cast of bytes to UTF-8 string".to_owned()),
        },
        (Cell::Text(text), Type::Bytes) => Cell::Bytes(text.clone().into_bytes()),
        (_, Type::String) => Cell::Text(sql_text(cell)),
        (Cell::Text(text), _) => from_text(text, to)?,
        (Cell::Bool(it), Type::Int64) => Cell::Int(i64::from(*it)),
        (Cell::Int(it), Type::Bool) => Cell::Bool(*it != 0),
        (Cell::Int(it), Type::Float64) => Cell::Float(*it as f64),
        (Cell::Int(it), Type::Numeric) => Cell::Numeric(i128::from(*it) * 1_000_000_000),
        (Cell::Int(it), Type::BigNumeric) => Cell::BigNumeric(it.to_string()),
        (Cell::Float(it), Type::Int64) => {
            if !it.is_finite() {
                return Err(format!(
                    "Illegal conversion of non-finite floating point number to an integer: {}",
                    float_text(*it)
                ));
            }
            let rounded = it.round();
            match (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded) {
                true => Cell::Int(rounded as i64),
                false => return Err(format!("int64 out of range: {}", float_text(*it))),
            }
        }
        (Cell::Float(it), Type::Numeric | Type::BigNumeric) => {
            if !it.is_finite() {
                return Err(format!(
                    "Illegal conversion of non-finite floating point number to {}: {}",
                    to.sql(),
                    float_text(*it)
                ));
            }
            // All digits of what the float holds.
            text_value(&format!("{it:.60}"), to)
                .map_err(|_| format!("{} out of range: {}", to.sql().to_lowercase(), float_text(*it)))?
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
            let units = super::operators::rounded(&big(cell), &super::operators::big_unit());
            Cell::Int(i64::try_from(units).map_err(|_| format!("int64 out of range: {it}"))?)
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

fn from_text(text: &str, to: &Type) -> Result<Cell, String> {
    Ok(match to {
        Type::Timestamp => timestamp(text)?,
        Type::Int64 => match integer(text) {
            Some(value) => Cell::Int(value),
            None => return Err(format!("Bad int64 value: {text}")),
        },
        Type::Bool => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Cell::Bool(true),
            "false" | "f" | "no" | "n" | "0" => Cell::Bool(false),
            _ => return Err(format!("Bad bool value: {text}")),
        },
        Type::Float64 => {
            let lower = text.trim().to_ascii_lowercase();
            let (sign, bare) = match lower.strip_prefix('-') {
                Some(rest) => (-1.0, rest),
                None => (1.0, lower.strip_prefix('+').unwrap_or(&lower)),
            };
            match bare {
                "inf" | "infinity" => Cell::Float(sign * f64::INFINITY),
                "nan" => Cell::Float(f64::NAN),
                other => {
                    let plain = other
                        .bytes()
                        .all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'+' | b'-'));
                    let value: f64 = if plain {
                        other.parse().map_err(|_| bad(text, to))?
                    } else {
                        return Err(bad(text, to));
                    };
                    if value.is_infinite() {
                        return Err(format!("Bad double value: {text}"));
                    }
                    Cell::Float(sign * value)
                }
            }
        }
        Type::Interval => Interval::parse(text)
            .map(Cell::Interval)
            .ok_or_else(|| format!("Invalid INTERVAL value '{text}'"))?,
        Type::Range(of) => {
            Cell::read_range(text, of).ok_or_else(|| format!("Invalid RANGE value '{text}'"))?
        }
        Type::Json | Type::Geography | Type::Array(_) | Type::Struct(_) => {
            return Err(format!("Invalid cast from STRING to {}", to.sql()));
        }
        _ => text_value(text.trim(), to).map_err(|_| bad(text, to))?,
    })
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
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value: i128 = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if hex.bytes().all(|it| it.is_ascii_hexdigit()) => i128::from_str_radix(hex, 16).ok()?,
        Some(_) => return None,
        None if digits.bytes().all(|it| it.is_ascii_digit()) => digits.parse().ok()?,
        None => return None,
    };
    i64::try_from(if negative { -value } else { value }).ok()
}

/// A timestamp that a text says, its zone being an offset or a name.
pub(super) fn timestamp(text: &str) -> Result<Cell, String> {
    timestamp_in(text, None)
}

/// The same, in a zone if the text says none.
pub(super) fn timestamp_in(text: &str, zone: Option<&str>) -> Result<Cell, String> {
    let (local, own) = civil::split_zone(text);
    let zone = match (own, zone) {
        (Some(zone), _) | (None, Some(zone)) => {
            zone_of(zone).map_err(|_| format!("Invalid timestamp: '{text}'"))?
        }
        (None, None) => zone_of("UTC")?,
    };
    let at = civil::datetime(local).map(|it| in_zone(it, zone));
    match at.filter(|it| (civil::FIRST..=civil::LAST).contains(it)) {
        Some(at) => Ok(Cell::Timestamp(at)),
        None => Err(format!("Invalid timestamp: '{text}'")),
    }
}
