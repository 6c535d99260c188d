//! Ranges of dates and times.

use super::super::values;
use super::moments::{made, micros};
use super::units::Unit;
use super::{Function, MOST_ELEMENTS, Outcome, def};
use crate::cell::Cell;
use crate::civil::DAY;
use crate::interval::Interval;
use crate::types::Type;

const EACH: &str =
    "(DATE, DATE) RANGE<DATE>; (DATETIME, DATETIME) RANGE<DATETIME>; (TIMESTAMP, TIMESTAMP) RANGE<TIMESTAMP>";

fn bounds(cell: &Cell) -> (&Cell, &Cell) {
    match cell {
        Cell::Range(it) => (&it.0, &it.1),
        _ => (&Cell::Null, &Cell::Null),
    }
}

/// Whether a start lies before an end; unbounded ones always do.
fn before(start: &Cell, end: &Cell) -> bool {
    start.is_null() || end.is_null() || values::order(start, end).is_lt()
}

fn overlaps(a: &Cell, b: &Cell) -> bool {
    let (a, b) = (bounds(a), bounds(b));
    before(a.0, b.1) && before(b.0, a.1)
}

fn later(a: &Cell, b: &Cell) -> Cell {
    // A null start is the first of all.
    if values::order(a, b).is_ge() { a.clone() } else { b.clone() }
}

fn earlier(a: &Cell, b: &Cell) -> Cell {
    match (a.is_null(), b.is_null()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        (false, false) => {
            if values::order(a, b).is_le() {
                a.clone()
            } else {
                b.clone()
            }
        }
    }
}

fn step(start: i64, by: Interval, times: i64) -> Option<i64> {
    let at = Unit::Month.add(start, by.months.checked_mul(times)?)?;
    at.checked_add(by.days.checked_mul(DAY)?.checked_mul(times)?)?.checked_add(by.micros.checked_mul(times)?)
}

fn generated(row: &[Cell], kind: &Type) -> Outcome {
    let (start, end) = bounds(&row[0]);
    if start.is_null() || end.is_null() {
        return Err("GENERATE_RANGE_ARRAY does not support unbounded ranges".to_owned());
    }
    let Cell::Interval(by) = row[1] else { return Ok(Cell::Null) };
    let partial = row.get(2) != Some(&Cell::Bool(false));
    let of = match kind {
        Type::Array(of) => match of.as_ref() {
            Type::Range(of) => of.as_ref(),
            other => other,
        },
        other => other,
    };
    if by.order() <= 0 {
        return Err("GENERATE_RANGE_ARRAY needs a positive step".to_owned());
    }
    if *of == Type::Date && by.micros != 0 || *of == Type::Timestamp && by.months != 0 {
        return Err("GENERATE_RANGE_ARRAY does not support this interval".to_owned());
    }
    let (from, to) = (micros(start), micros(end));
    let mut out = Vec::new();
    for times in 0_i64.. {
        let Some(here) = step(from, by, times).filter(|it| *it < to) else { break };
        let next = step(from, by, times + 1).unwrap_or(i64::MAX);
        if next > to && !partial {
            break;
        }
        if out.len() >= MOST_ELEMENTS {
            return Err(format!(
                "GENERATE_RANGE_ARRAY produced too many elements: at most {MOST_ELEMENTS} are allowed"
            ));
        }
        out.push(Cell::Range(Box::new((made(of, here)?, made(of, next.min(to))?))));
    }
    Ok(Cell::Array(out))
}

pub(super) fn all() -> Vec<Function> {
    vec![
        def("RANGE", EACH, |row, _| {
            if !before(&row[0], &row[1]) {
                return Err(format!(
                    "Range start element must be less than range end element: [{}, {})",
                    row[0].text(),
                    row[1].text()
                ));
            }
            Ok(Cell::Range(Box::new((row[0].clone(), row[1].clone()))))
        })
        .lenient(),
        def("RANGE_START", "(RANGE<T>) T", |row, _| Ok(bounds(&row[0]).0.clone())),
        def("RANGE_END", "(RANGE<T>) T", |row, _| Ok(bounds(&row[0]).1.clone())),
        def("RANGE_OVERLAPS", "(RANGE<T>, RANGE<T>) BOOL", |row, _| {
            Ok(Cell::Bool(overlaps(&row[0], &row[1])))
        }),
        def("RANGE_INTERSECT", "(RANGE<T>, RANGE<T>) RANGE<T>", |row, _| {
            if !overlaps(&row[0], &row[1]) {
                return Err(format!(
                    "Provided RANGE inputs: {} and {} do not overlap. Please check RANGE_OVERLAPS before calling RANGE_INTERSECT",
                    row[0].text(),
                    row[1].text()
                ));
            }
            let (a, b) = (bounds(&row[0]), bounds(&row[1]));
            Ok(Cell::Range(Box::new((later(a.0, b.0), earlier(a.1, b.1)))))
        }),
        def("RANGE_CONTAINS", "(RANGE<T>, RANGE<T>) BOOL; (RANGE<T>, T) BOOL", |row, _| {
            let a = bounds(&row[0]);
            Ok(Cell::Bool(match &row[1] {
                Cell::Range(_) => {
                    let b = bounds(&row[1]);
                    let starts = a.0.is_null() || (!b.0.is_null() && values::order(a.0, b.0).is_le());
                    let ends = a.1.is_null() || (!b.1.is_null() && values::order(b.1, a.1).is_le());
                    starts && ends
                }
                it => {
                    (a.0.is_null() || values::order(a.0, it).is_le())
                        && (a.1.is_null() || values::order(it, a.1).is_lt())
                }
            }))
        }),
        def(
            "GENERATE_RANGE_ARRAY",
            "(RANGE<T>, INTERVAL, [include_last_partial_range:BOOL]) ARRAY<RANGE<T>>",
            |row, scene| generated(row, scene.returns),
        ),
    ]
}
