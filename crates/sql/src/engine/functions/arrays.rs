//! Functions of arrays.

use super::super::values;
use super::moments::{made, micros};
use super::operators::{add, concat, is_negative};
use super::units::Unit;
use super::{Function, MOST_ELEMENTS, Outcome, bytes_of, count, def, int, items, room};
use crate::cell::Cell;
use crate::civil::DAY;
use crate::types::Type;

fn at(name: &'static str, one: bool, safe: bool) -> Function {
    def(name, "(ARRAY<T>, INT64) T", move |row, _| {
        let wanted = int(&row[1]);
        let place = if one { wanted.checked_sub(1) } else { Some(wanted) };
        match place.and_then(|it| usize::try_from(it).ok()).and_then(|it| items(&row[0]).get(it)) {
            Some(item) => Ok(item.clone()),
            None if safe => Ok(Cell::Null),
            None => Err(format!("Array index {wanted} is out of bounds")),
        }
    })
}

fn too_many(name: &str) -> String {
    format!("{name} produced too many elements: at most {MOST_ELEMENTS} are allowed")
}

/// From a start to an end by a step.
fn generated(name: &str, start: &Cell, end: &Cell, step: &Cell) -> Outcome {
    let zero = match step {
        Cell::Int(it) => *it == 0,
        Cell::Float(it) => *it == 0.0,
        other => other.text() == "0",
    };
    if zero {
        return Err("Sequence step cannot be 0.".to_owned());
    }
    let odd = |it: &Cell| matches!(it, Cell::Float(it) if !it.is_finite());
    if odd(start) || odd(end) || odd(step) {
        return Err(format!("{name} arguments must be finite"));
    }
    let down = is_negative(step);
    let mut out = Vec::new();
    let mut here = start.clone();
    loop {
        let order = values::order(&here, end);
        if (down && order.is_lt()) || (!down && order.is_gt()) {
            return Ok(Cell::Array(out));
        }
        if out.len() >= MOST_ELEMENTS {
            return Err(too_many(name));
        }
        // A float is counted from the start, so that errors do not add up.
        let next = match (start, step) {
            (Cell::Float(start), Cell::Float(step)) => Cell::Float(start + step * (out.len() + 1) as f64),
            (_, _) => match add(&here, step) {
                Ok(next) => next,
                Err(_) => {
                    out.push(here);
                    return Ok(Cell::Array(out));
                }
            },
        };
        out.push(std::mem::replace(&mut here, next));
    }
}

fn moments(name: &'static str, row: &[Cell], kind: &Type) -> Outcome {
    let step = match row.get(2) {
        Some(Cell::Interval(it)) => *it,
        _ => crate::interval::Interval { days: 1, ..Default::default() },
    };
    let (start, end) = (micros(&row[0]), micros(&row[1]));
    let by_date = *kind == Type::Date;
    if by_date && step.micros != 0 || !by_date && step.months != 0 {
        return Err(format!("{name} does not support this date part"));
    }
    let size = i128::from(step.months) * 30 * i128::from(DAY)
        + i128::from(step.days) * i128::from(DAY)
        + i128::from(step.micros);
    if size == 0 {
        return Err("Sequence step cannot be 0.".to_owned());
    }
    let mut out = Vec::new();
    for times in 0_i64.. {
        // From the start each time: a month after January 31st is not where the next one begins.
        let at = Unit::Month
            .add(start, step.months * times)
            .and_then(|it| it.checked_add(step.days.checked_mul(DAY)?.checked_mul(times)?))
            .and_then(|it| it.checked_add(step.micros.checked_mul(times)?));
        let Some(at) = at else { break };
        if (size > 0 && at > end) || (size < 0 && at < end) {
            break;
        }
        if out.len() >= MOST_ELEMENTS {
            return Err(too_many(name));
        }
        match made(kind, at) {
            Ok(cell) => out.push(cell),
            Err(_) => break,
        }
    }
    Ok(Cell::Array(out))
}

pub(super) fn all() -> Vec<Function> {
    vec![
        at("$OFFSET", false, false),
        at("$SAFE_OFFSET", false, true),
        at("$ORDINAL", true, false),
        at("$SAFE_ORDINAL", true, true),
        def("ARRAY_LENGTH", "(ARRAY<T>) INT64", |row, _| Ok(count(items(&row[0]).len()))),
        def("ARRAY_REVERSE", "(ARRAY<T>) ARRAY<T>", |row, _| {
            Ok(Cell::Array(items(&row[0]).iter().rev().cloned().collect()))
        }),
        def("ARRAY_CONCAT", "(ARRAY<T>, ARRAY<T>...) ARRAY<T>", |row, _| concat("ARRAY_CONCAT", row)),
        def("ARRAY_FIRST", "(ARRAY<T>) T", |row, _| {
            items(&row[0])
                .first()
                .cloned()
                .ok_or_else(|| "ARRAY_FIRST cannot get the first element of an empty array".to_owned())
        }),
        def("ARRAY_LAST", "(ARRAY<T>) T", |row, _| {
            items(&row[0])
                .last()
                .cloned()
                .ok_or_else(|| "ARRAY_LAST cannot get the last element of an empty array".to_owned())
        }),
        def("ARRAY_SLICE", "(ARRAY<T>, INT64, INT64) ARRAY<T>", |row, _| {
            let all = items(&row[0]);
            let size = i64::try_from(all.len()).unwrap_or(i64::MAX);
            let place = |it: i64| if it < 0 { size.saturating_add(it) } else { it };
            let (start, end) = (place(int(&row[1])).max(0), place(int(&row[2])).min(size - 1));
            let range = start..=end;
            let kept = all
                .iter()
                .enumerate()
                .filter(|(at, _)| range.contains(&i64::try_from(*at).unwrap_or(i64::MAX)));
            Ok(Cell::Array(kept.map(|it| it.1.clone()).collect()))
        }),
        def(
            "ARRAY_TO_STRING",
            "(ARRAY<STRING>, STRING, [STRING]) STRING; (ARRAY<BYTES>, BYTES, [BYTES]) BYTES",
            |row, scene| {
                if row.len() > 2 && row[2].is_null() && row[0].is_null() {
                    return Ok(Cell::Null);
                }
                if row[0].is_null() || row[1].is_null() {
                    return Ok(Cell::Null);
                }
                let instead = row.get(2).filter(|it| !it.is_null());
                let each: Vec<&Cell> = items(&row[0])
                    .iter()
                    .filter_map(|it| if it.is_null() { instead } else { Some(it) })
                    .collect();
                let total = each.iter().map(|it| bytes_of(it).len()).sum::<usize>()
                    + each.len() * bytes_of(&row[1]).len();
                room("ARRAY_TO_STRING", total)?;
                let parts: Vec<&[u8]> = each.into_iter().map(bytes_of).collect();
                let joined = parts.join(bytes_of(&row[1]));
                Ok(match scene.returns {
                    Type::Bytes => Cell::Bytes(joined),
                    _ => Cell::Text(String::from_utf8_lossy(&joined).into_owned()),
                })
            },
        )
        .lenient(),
        def(
            "GENERATE_ARRAY",
            "(INT64, INT64, [INT64]) ARRAY<INT64>; (NUMERIC, NUMERIC, [NUMERIC]) ARRAY<NUMERIC>; \
             (BIGNUMERIC, BIGNUMERIC, [BIGNUMERIC]) ARRAY<BIGNUMERIC>; (FLOAT64, FLOAT64, [FLOAT64]) ARRAY<FLOAT64>",
            |row, _| {
                let one = match &row[0] {
                    Cell::Int(_) => Cell::Int(1),
                    Cell::Float(_) => Cell::Float(1.0),
                    Cell::Numeric(_) => Cell::Numeric(1_000_000_000),
                    _ => Cell::BigNumeric("1".to_owned()),
                };
                generated("GENERATE_ARRAY", &row[0], &row[1], row.get(2).unwrap_or(&one))
            },
        ),
        def("GENERATE_DATE_ARRAY", "(DATE, DATE, [INTERVAL]) ARRAY<DATE>", |row, _| {
            moments("GENERATE_DATE_ARRAY", row, &Type::Date)
        }),
        def("GENERATE_TIMESTAMP_ARRAY", "(TIMESTAMP, TIMESTAMP, INTERVAL) ARRAY<TIMESTAMP>", |row, _| {
            moments("GENERATE_TIMESTAMP_ARRAY", row, &Type::Timestamp)
        }),
    ]
}
