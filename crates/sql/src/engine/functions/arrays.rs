//! Functions of arrays, and what is made of an aggregate's array.

use super::casts::sql_text;
use super::{Function, Unit, int, no_match, text};
use crate::cell::Cell;
use crate::civil::DAY;
use crate::types::{Field, Type};

/// The order of two values of one type, nulls first.
pub(super) fn compare(a: &Cell, b: &Cell) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Float(a), Cell::Float(b)) => a.total_cmp(b),
        (Cell::Numeric(a), Cell::Numeric(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Time(a), Cell::Time(b))
        | (Cell::Datetime(a), Cell::Datetime(b))
        | (Cell::Timestamp(a), Cell::Timestamp(b)) => a.cmp(b),
        (Cell::Bytes(a), Cell::Bytes(b)) => a.cmp(b),
        (Cell::BigNumeric(a), Cell::BigNumeric(b)) => {
            let number = |it: &str| it.parse::<f64>().unwrap_or(0.0);
            number(a).total_cmp(&number(b))
        }
        (a, b) => text(a).cmp(text(b)),
    }
}

fn items(cell: &Cell) -> &[Cell] {
    match cell {
        Cell::Array(items) => items,
        _ => &[],
    }
}

fn same(name: &'static str) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds.first() {
        Some(kind @ Type::Array(_)) => Ok(kind.clone()),
        _ => Err(no_match(name, kinds)),
    }
}

fn range(start: i64, end: i64, step: i64, mut next: impl FnMut(i64) -> Option<i64>) -> Vec<i64> {
    let mut all = Vec::new();
    let mut at = start;
    // A million are more than anybody reads.
    while all.len() < 1_000_000 && ((step > 0 && at <= end) || (step < 0 && at >= end)) {
        all.push(at);
        match next(at) {
            Some(it) if it != at => at = it,
            Some(_) | None => break,
        }
    }
    all
}

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new(
            "ARRAY_LENGTH",
            |kinds| match kinds {
                [Type::Array(_)] => Ok(Type::Int64),
                _ => Err(no_match("ARRAY_LENGTH", kinds)),
            },
            |row, _| Ok(Cell::Int(i64::try_from(items(&row[0]).len()).unwrap_or(i64::MAX))),
        ),
        Function::new("ARRAY_REVERSE", same("ARRAY_REVERSE"), |row, _| {
            Ok(Cell::Array(items(&row[0]).iter().rev().cloned().collect()))
        }),
        Function::new("ARRAY_CONCAT", same("ARRAY_CONCAT"), |row, _| {
            Ok(Cell::Array(row.iter().flat_map(|it| items(it).to_vec()).collect()))
        }),
        Function::of("ARRAY_TO_STRING", Type::String, |row, _| {
            let between = text(&row[1]);
            let each = items(&row[0]).iter().filter_map(|it| match (it.is_null(), row.get(2)) {
                (false, _) => Some(sql_text(it)),
                (true, Some(instead)) => Some(text(instead).to_owned()),
                (true, None) => None,
            });
            Ok(Cell::Text(each.collect::<Vec<_>>().join(between)))
        }),
        Function::of("GENERATE_ARRAY", Type::Array(Box::new(Type::Int64)), |row, _| {
            let step = row.get(2).map_or(1, int);
            if step == 0 {
                return Err("Sequence step cannot be 0.".to_owned());
            }
            let all = range(int(&row[0]), int(&row[1]), step, |at| at.checked_add(step));
            Ok(Cell::Array(all.into_iter().map(Cell::Int).collect()))
        }),
        Function::new(
            "GENERATE_SERIES",
            |kinds| match kinds.first() {
                Some(kind @ (Type::Date | Type::Timestamp)) => Ok(Type::Array(Box::new(kind.clone()))),
                _ => Err(no_match("GENERATE_DATE_ARRAY", kinds)),
            },
            |row, _| {
                let micros = |cell: &Cell| match cell {
                    Cell::Date(it) => i64::from(*it) * DAY,
                    Cell::Timestamp(it) => *it,
                    _ => 0,
                };
                let step = row.get(2).map_or(1, int);
                let unit = Unit::named(row.get(3).map_or("DAY", text)).ok_or("Unknown date part")?;
                let start = micros(&row[0]);
                let mut count = 0;
                // From the start each time: a month after January 31st is not where the next one begins.
                let all = range(start, micros(&row[1]), step, |_| {
                    count += step;
                    unit.add(start, count)
                });
                let cell = |it: i64| match &row[0] {
                    Cell::Date(_) => Cell::Date(i32::try_from(it.div_euclid(DAY)).unwrap_or(0)),
                    _ => Cell::Timestamp(it),
                };
                Ok(Cell::Array(all.into_iter().map(cell).collect()))
            },
        ),
        Function::of("$CONTAINS", Type::Bool, |row, _| {
            Ok(Cell::Bool(items(&row[0]).iter().any(|it| compare(it, &row[1]).is_eq())))
        }),
        Function::new("$FIRST", same("ARRAY_AGG"), |row, _| {
            let count = usize::try_from(int(&row[1])).unwrap_or(0);
            Ok(Cell::Array(items(&row[0]).iter().take(count).cloned().collect()))
        }),
        Function::new("$PRESENT", same("ARRAY_AGG"), |row, _| {
            Ok(Cell::Array(items(&row[0]).iter().filter(|it| !it.is_null()).cloned().collect()))
        }),
        Function::new("$QUANTILES", same("APPROX_QUANTILES"), |row, _| {
            let mut all: Vec<Cell> = items(&row[0]).iter().filter(|it| !it.is_null()).cloned().collect();
            if all.is_empty() {
                return Ok(Cell::Null);
            }
            all.sort_by(compare);
            let parts = usize::try_from(int(&row[1])).unwrap_or(1).max(1);
            let last = all.len() - 1;
            Ok(Cell::Array((0..=parts).map(|it| all[(last * it + parts / 2) / parts].clone()).collect()))
        }),
        Function::new(
            "$TOP_COUNT",
            |kinds| match kinds.first() {
                Some(Type::Array(of)) => Ok(Type::Array(Box::new(Type::Struct(vec![
                    Field::new("value", of.as_ref().clone()),
                    Field::new("count", Type::Int64),
                ])))),
                _ => Err(no_match("APPROX_TOP_COUNT", kinds)),
            },
            |row, _| {
                let mut all = items(&row[0]).to_vec();
                all.sort_by(compare);
                let mut counts: Vec<(Cell, i64)> = Vec::new();
                for item in all {
                    match counts.last_mut() {
                        Some((same, count)) if compare(same, &item).is_eq() => *count += 1,
                        Some(_) | None => counts.push((item, 1)),
                    }
                }
                counts.sort_by_key(|it| std::cmp::Reverse(it.1));
                let most = usize::try_from(int(&row[1])).unwrap_or(0);
                let pairs = counts.into_iter().take(most);
                Ok(Cell::Array(
                    pairs.map(|(value, count)| Cell::Struct(vec![value, Cell::Int(count)])).collect(),
                ))
            },
        ),
    ]
}
