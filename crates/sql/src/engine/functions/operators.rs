//! Operators, and arithmetic on numbers of every type.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::moments::{made, micros};
use super::units::Unit;
use super::{Function, Outcome, bytes_of, def, float, int, items, room, text};
use crate::cell::Cell;
use crate::civil::{DAY, SECOND};
use crate::decimal::{self, BIG_SCALE, MOST, fits_big, show_unscaled};
use crate::interval::Interval;
use crate::types::Type;

const NUMBERS: &str = "(INT64, INT64) INT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC; (FLOAT64, FLOAT64) FLOAT64";

pub(super) fn numeric(value: i128, what: &str) -> Outcome {
    match value.abs() <= MOST {
        true => Ok(Cell::Numeric(value)),
        false => Err(format!("numeric overflow: {what}")),
    }
}

pub(super) fn bignumeric(value: &BigInt, what: &str) -> Outcome {
    match fits_big(value) {
        true => Ok(Cell::BigNumeric(show_unscaled(value))),
        false => Err(format!("bignumeric overflow: {what}")),
    }
}

pub(super) fn big(cell: &Cell) -> BigInt {
    match cell {
        Cell::BigNumeric(it) => super::super::values::big(it),
        Cell::Numeric(it) => BigInt::from(*it) * BigInt::from(10).pow(29),
        Cell::Int(it) => BigInt::from(*it) * big_unit(),
        _ => BigInt::default(),
    }
}

pub(super) fn big_unit() -> BigInt {
    BigInt::from(10).pow(u32::try_from(BIG_SCALE).unwrap_or(38))
}

/// Divides, rounding half away from zero.
pub(super) fn rounded(above: &BigInt, below: &BigInt) -> BigInt {
    let negative = (above.sign() == Sign::Minus) != (below.sign() == Sign::Minus);
    let above = BigInt::from(above.magnitude().clone());
    let below = BigInt::from(below.magnitude().clone());
    let half: BigInt = (above * 2 + &below) / (below * 2);
    if negative { -half } else { half }
}

fn narrow(value: BigInt, what: &str) -> Outcome {
    match i128::try_from(value) {
        Ok(it) => numeric(it, what),
        Err(_) => Err(format!("numeric overflow: {what}")),
    }
}

fn finite(value: f64, a: f64, b: f64, what: &str) -> Outcome {
    match value.is_finite() || !a.is_finite() || !b.is_finite() {
        true => Ok(Cell::Float(value)),
        false => Err(format!("double overflow: {what}")),
    }
}

fn shown(a: &Cell, operator: &str, b: &Cell) -> String {
    format!("{} {operator} {}", a.text(), b.text())
}

pub fn add(a: &Cell, b: &Cell) -> Outcome {
    let what = || shown(a, "+", b);
    match (a, b) {
        (Cell::Int(x), Cell::Int(y)) => {
            x.checked_add(*y).map(Cell::Int).ok_or_else(|| format!("int64 overflow: {}", what()))
        }
        (Cell::Float(x), Cell::Float(y)) => finite(x + y, *x, *y, &what()),
        (Cell::Numeric(x), Cell::Numeric(y)) => numeric(x + y, &what()),
        (a, b) => bignumeric(&(big(a) + big(b)), &what()),
    }
}

pub(super) fn subtract(a: &Cell, b: &Cell) -> Outcome {
    let what = || shown(a, "-", b);
    match (a, b) {
        (Cell::Int(x), Cell::Int(y)) => {
            x.checked_sub(*y).map(Cell::Int).ok_or_else(|| format!("int64 overflow: {}", what()))
        }
        (Cell::Float(x), Cell::Float(y)) => finite(x - y, *x, *y, &what()),
        (Cell::Numeric(x), Cell::Numeric(y)) => numeric(x - y, &what()),
        (a, b) => bignumeric(&(big(a) - big(b)), &what()),
    }
}

pub(super) fn multiply(a: &Cell, b: &Cell) -> Outcome {
    let what = || shown(a, "*", b);
    match (a, b) {
        (Cell::Int(x), Cell::Int(y)) => {
            x.checked_mul(*y).map(Cell::Int).ok_or_else(|| format!("int64 overflow: {}", what()))
        }
        (Cell::Float(x), Cell::Float(y)) => finite(x * y, *x, *y, &what()),
        (Cell::Numeric(x), Cell::Numeric(y)) => {
            narrow(rounded(&(BigInt::from(*x) * y), &BigInt::from(1_000_000_000)), &what())
        }
        (a, b) => bignumeric(&rounded(&(big(a) * big(b)), &big_unit()), &what()),
    }
}

pub(super) fn quotient(a: &Cell, b: &Cell) -> Outcome {
    let what = || shown(a, "/", b);
    let zero = || format!("division by zero: {}", what());
    match (a, b) {
        (Cell::Int(_) | Cell::Float(_), Cell::Int(_) | Cell::Float(_)) => {
            let (x, y) = (float(a), float(b));
            if y == 0.0 { Err(zero()) } else { finite(x / y, x, y, &what()) }
        }
        (Cell::Numeric(_), Cell::Numeric(0)) => Err(zero()),
        (Cell::Numeric(x), Cell::Numeric(y)) => {
            narrow(rounded(&(BigInt::from(*x) * 1_000_000_000), &BigInt::from(*y)), &what())
        }
        (a, b) => {
            let below = big(b);
            if below == BigInt::default() {
                return Err(zero());
            }
            bignumeric(&rounded(&(big(a) * big_unit()), &below), &what())
        }
    }
}

/// A sum of decimals, in their units, divided by how many there were.
pub fn divide(sum: &BigInt, count: i64, kind: &Type) -> Outcome {
    let mean = rounded(sum, &BigInt::from(count));
    match kind {
        Type::Numeric => narrow(mean, "AVG"),
        _ => bignumeric(&mean, "AVG"),
    }
}

pub fn is_negative(cell: &Cell) -> bool {
    match cell {
        Cell::Int(it) => *it < 0,
        Cell::Float(it) => *it < 0.0 || it.is_nan(),
        Cell::Numeric(it) => *it < 0,
        Cell::BigNumeric(it) => it.starts_with('-'),
        _ => false,
    }
}

/// A number so much greater or less; where that is beyond its type, whether above all numbers or below.
pub fn shift_number(value: &Cell, by: &Cell, up: bool) -> Result<Cell, Ordering> {
    let beyond = if up { Ordering::Greater } else { Ordering::Less };
    match (value, by) {
        (Cell::Float(a), Cell::Float(b)) => {
            let moved = if up { a + b } else { a - b };
            Ok(Cell::Float(if moved.is_nan() { *a } else { moved }))
        }
        (a, b) => if up { add(a, b) } else { subtract(a, b) }.map_err(|_| beyond),
    }
}

/// The value at a share of sorted values: between two of them, or the one whose share reaches it.
pub fn interpolate(all: &[Cell], share: &Cell, discrete: bool) -> Outcome {
    let fraction = match share {
        Cell::Null => return Err("The second argument of PERCENTILE must not be NULL".to_owned()),
        Cell::Float(it) => *it,
        other => other.text().parse().unwrap_or(f64::NAN),
    };
    if !(0.0..=1.0).contains(&fraction) {
        return Err("The second argument of PERCENTILE must be in [0, 1]".to_owned());
    }
    let Some(last) = all.len().checked_sub(1) else { return Ok(Cell::Null) };
    if discrete {
        let wanted = match share {
            Cell::Float(_) => (fraction * all.len() as f64).ceil() as usize,
            share => {
                let exact: BigInt = big(share) * BigInt::from(all.len());
                let up: BigInt = (exact + big_unit() - 1) / big_unit();
                up.to_string().parse().unwrap_or(0)
            }
        };
        return Ok(all[wanted.saturating_sub(1).min(last)].clone());
    }
    let at = fraction * last as f64;
    let (low, part) = (at.floor() as usize, at - at.floor());
    let (a, b) = (&all[low.min(last)], &all[(low + 1).min(last)]);
    Ok(match (a, b) {
        (a, _) if part == 0.0 => a.clone(),
        (Cell::Null, other) | (other, Cell::Null) => other.clone(),
        (Cell::Float(a), Cell::Float(b)) if a == b => Cell::Float(*a),
        (Cell::Float(a), Cell::Float(b)) => Cell::Float(a * (1.0 - part) + b * part),
        (a, b) => {
            // The share as a decimal, exactly.
            let share = match share {
                Cell::Float(it) => decimal::unscaled(&format!("{it}")).unwrap_or_default(),
                other => big(other),
            };
            let at = share * BigInt::from(last);
            let part = &at % big_unit();
            let mixed = big(a) * (big_unit() - &part) + big(b) * part;
            let mixed = rounded(&mixed, &big_unit());
            match a {
                Cell::Numeric(_) => narrow(rounded(&mixed, &BigInt::from(10).pow(29)), "PERCENTILE_CONT")?,
                _ => bignumeric(&mixed, "PERCENTILE_CONT")?,
            }
        }
    })
}

fn interval(cell: &Cell) -> Interval {
    match cell {
        Cell::Interval(it) => *it,
        _ => Interval::default(),
    }
}

fn made_interval(months: i128, days: i128, micros: i128) -> Outcome {
    let part = |it: i128| i64::try_from(it).map_err(|_| "Interval overflow".to_owned());
    let made = Interval::new(part(months)?, part(days)?, part(micros)?);
    made.map(Cell::Interval).ok_or_else(|| "Interval overflow".to_owned())
}

fn scaled(it: Interval, by: i64) -> Outcome {
    let by = i128::from(by);
    made_interval(i128::from(it.months) * by, i128::from(it.days) * by, i128::from(it.micros) * by)
}

/// A moment and an interval; months before days before time.
pub(super) fn shifted(start: &Cell, by: Interval, sign: i64, kind: &Type) -> Outcome {
    let overflow = || format!("{} overflow", kind.sql());
    if *kind == Type::Timestamp && by.months != 0 {
        return Err(
            "TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part."
                .to_owned(),
        );
    }
    let at = Unit::Month.add(micros(start), sign * by.months).ok_or_else(overflow)?;
    let at = by.days.checked_mul(sign * DAY).and_then(|it| at.checked_add(it)).ok_or_else(overflow)?;
    let at = at.checked_add(sign * by.micros).ok_or_else(overflow)?;
    made(kind, at)
}

/// The interval that a text and a part say: `INTERVAL '-1' DAY`.
pub fn interval_text(given: &str, part: &str) -> Result<Interval, String> {
    let wrong = || format!("Invalid INTERVAL value '{given}'");
    if part == "SECOND" {
        let micros = crate::interval::seconds(given.trim()).ok_or_else(wrong)?;
        return Interval::new(0, 0, micros).ok_or_else(wrong);
    }
    let count: i64 = given.trim().parse().map_err(|_| wrong())?;
    interval_of(count, part)
}

fn interval_of(count: i64, part: &str) -> Result<Interval, String> {
    let times = |by: i64| count.checked_mul(by).ok_or_else(|| "Interval overflow".to_owned());
    let made = match part {
        "YEAR" => Interval::new(times(12)?, 0, 0),
        "QUARTER" => Interval::new(times(3)?, 0, 0),
        "MONTH" => Interval::new(count, 0, 0),
        "WEEK" => Interval::new(0, times(7)?, 0),
        "DAY" => Interval::new(0, count, 0),
        "HOUR" => Interval::new(0, 0, times(3600 * SECOND)?),
        "MINUTE" => Interval::new(0, 0, times(60 * SECOND)?),
        "SECOND" => Interval::new(0, 0, times(SECOND)?),
        "MILLISECOND" => Interval::new(0, 0, times(1000)?),
        "MICROSECOND" => Interval::new(0, 0, count),
        other => return Err(format!("A valid date part name is required but found {other}")),
    };
    made.ok_or_else(|| format!("Interval value out of range: {count} {part}"))
}

/// What lies between two moments, as days and time.
fn between(a: &Cell, b: &Cell) -> Outcome {
    let gap = i128::from(micros(a)) - i128::from(micros(b));
    match a {
        Cell::Date(_) => made_interval(0, gap / i128::from(DAY), 0),
        Cell::Datetime(_) => made_interval(0, gap / i128::from(DAY), gap % i128::from(DAY)),
        _ => made_interval(0, 0, gap),
    }
}

fn bits(name: &'static str, on_ints: fn(i64, i64) -> i64, on_bytes: fn(u8, u8) -> u8) -> Function {
    def(name, "(INT64, INT64) INT64; (BYTES, BYTES) BYTES", move |row, _| match (&row[0], &row[1]) {
        (Cell::Bytes(a), Cell::Bytes(b)) if a.len() == b.len() => {
            Ok(Cell::Bytes(a.iter().zip(b).map(|(a, b)| on_bytes(*a, *b)).collect()))
        }
        (Cell::Bytes(_), _) => Err(format!(
            "Bitwise binary operator for BYTES requires equal length of the inputs. Got {} bytes on the left hand side and {} bytes on the right hand side.",
            bytes_of(&row[0]).len(),
            bytes_of(&row[1]).len()
        )),
        (a, b) => Ok(Cell::Int(on_ints(int(a), int(b)))),
    })
}

fn shift(name: &'static str, left: bool) -> Function {
    def(name, "(INT64, INT64) INT64; (BYTES, INT64) BYTES", move |row, _| {
        let Ok(by) = u32::try_from(int(&row[1])) else {
            return match int(&row[1]) < 0 {
                true => Err("Bitwise shift by negative offset".to_owned()),
                false => Ok(match &row[0] {
                    Cell::Bytes(it) => Cell::Bytes(vec![0; it.len()]),
                    _ => Cell::Int(0),
                }),
            };
        };
        Ok(match &row[0] {
            Cell::Bytes(bytes) => {
                let (whole, part) = ((by / 8) as usize, by % 8);
                let get =
                    |at: Option<usize>| at.and_then(|it| bytes.get(it)).map_or(0_u16, |it| u16::from(*it));
                let each = (0..bytes.len()).map(|at| {
                    let value = match left {
                        true => {
                            let high = get(at.checked_add(whole)) << part;
                            high | (get(at.checked_add(whole + 1)) << part >> 8)
                        }
                        false => {
                            let low = get(at.checked_sub(whole)) >> part;
                            low | (get(at.checked_sub(whole + 1)) << (8 - part) & 0xff)
                        }
                    };
                    u8::try_from(value & 0xff).unwrap_or(0)
                });
                Cell::Bytes(each.collect())
            }
            it => {
                let bits = int(it).cast_unsigned();
                let moved = if left { bits.checked_shl(by) } else { bits.checked_shr(by) };
                Cell::Int(moved.unwrap_or(0).cast_signed())
            }
        })
    })
}

/// Joins texts, bytes or arrays.
pub(super) fn concat(name: &str, row: &[Cell]) -> Outcome {
    match &row[0] {
        Cell::Bytes(_) => {
            room(name, row.iter().map(|it| bytes_of(it).len()).sum())?;
            Ok(Cell::Bytes(row.iter().flat_map(|it| bytes_of(it).to_vec()).collect()))
        }
        Cell::Array(_) => Ok(Cell::Array(row.iter().flat_map(|it| items(it).to_vec()).collect())),
        _ => {
            room(name, row.iter().map(|it| text(it).len()).sum())?;
            Ok(Cell::Text(row.iter().map(text).collect()))
        }
    }
}

const MOMENTS_PLUS: &str = "(INT64, INT64) INT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC; \
    (FLOAT64, FLOAT64) FLOAT64; (DATE, INT64) DATE; (INT64, DATE) DATE; (INTERVAL, INTERVAL) INTERVAL; \
    (DATE, INTERVAL) DATETIME; (INTERVAL, DATE) DATETIME; (DATETIME, INTERVAL) DATETIME; (INTERVAL, DATETIME) DATETIME; \
    (TIMESTAMP, INTERVAL) TIMESTAMP; (INTERVAL, TIMESTAMP) TIMESTAMP";
const MOMENTS_MINUS: &str = "(INT64, INT64) INT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC; \
    (FLOAT64, FLOAT64) FLOAT64; (DATE, INT64) DATE; (DATE, DATE) INTERVAL; (DATETIME, DATETIME) INTERVAL; \
    (TIMESTAMP, TIMESTAMP) INTERVAL; (TIME, TIME) INTERVAL; (INTERVAL, INTERVAL) INTERVAL; (DATE, INTERVAL) DATETIME; \
    (DATETIME, INTERVAL) DATETIME; (TIMESTAMP, INTERVAL) TIMESTAMP";

pub(super) fn all() -> Vec<Function> {
    vec![
        def("$+", MOMENTS_PLUS, |row, scene| match (&row[0], &row[1]) {
            (Cell::Interval(a), Cell::Interval(b)) => made_interval(
                i128::from(a.months) + i128::from(b.months),
                i128::from(a.days) + i128::from(b.days),
                i128::from(a.micros) + i128::from(b.micros),
            ),
            (Cell::Date(day), Cell::Int(by)) | (Cell::Int(by), Cell::Date(day)) => {
                let at = by.checked_add(i64::from(*day)).and_then(|it| it.checked_mul(DAY));
                made(&Type::Date, at.ok_or("DATE overflow")?)
            }
            (start, Cell::Interval(by)) | (Cell::Interval(by), start) => shifted(start, *by, 1, scene.returns),
            (a, b) => add(a, b),
        }),
        def("$-", MOMENTS_MINUS, |row, scene| match (&row[0], &row[1]) {
            (Cell::Interval(a), Cell::Interval(b)) => made_interval(
                i128::from(a.months) - i128::from(b.months),
                i128::from(a.days) - i128::from(b.days),
                i128::from(a.micros) - i128::from(b.micros),
            ),
            (Cell::Date(day), Cell::Int(by)) => {
                let at = i64::from(*day).checked_sub(*by).and_then(|it| it.checked_mul(DAY));
                made(&Type::Date, at.ok_or("DATE overflow")?)
            }
            (start, Cell::Interval(by)) => shifted(start, *by, -1, scene.returns),
            (Cell::Date(_) | Cell::Datetime(_) | Cell::Timestamp(_) | Cell::Time(_), _) => between(&row[0], &row[1]),
            (a, b) => subtract(a, b),
        }),
        def(
            "$*",
            "(INT64, INT64) INT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC; (FLOAT64, FLOAT64) FLOAT64; \
             (INTERVAL, INT64) INTERVAL; (INT64, INTERVAL) INTERVAL",
            |row, _| match (&row[0], &row[1]) {
                (Cell::Interval(it), Cell::Int(by)) | (Cell::Int(by), Cell::Interval(it)) => scaled(*it, *by),
                (a, b) => multiply(a, b),
            },
        ),
        def(
            "$/",
            "(INT64, INT64) FLOAT64; (FLOAT64, FLOAT64) FLOAT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC; \
             (INTERVAL, INT64) INTERVAL",
            |row, _| match (&row[0], &row[1]) {
                (Cell::Interval(_), Cell::Int(0)) => Err(format!("division by zero: {} / 0", row[0].text())),
                (Cell::Interval(it), Cell::Int(by)) => {
                    let by = i128::from(*by);
                    let (months, rest) = (i128::from(it.months) / by, i128::from(it.months) % by);
                    let days = i128::from(it.days) + rest * 30;
                    let (days, rest) = (days / by, days % by);
                    made_interval(months, days, (i128::from(it.micros) + rest * i128::from(DAY)) / by)
                }
                (a, b) => quotient(a, b),
            },
        ),
        def("$- ", "(INT64) INT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC; (FLOAT64) FLOAT64; (INTERVAL) INTERVAL", |row, _| {
            match &row[0] {
                Cell::Int(it) => it.checked_neg().map(Cell::Int).ok_or_else(|| format!("int64 overflow: -({it})")),
                Cell::Float(it) => Ok(Cell::Float(-it)),
                Cell::Numeric(it) => Ok(Cell::Numeric(-it)),
                Cell::Interval(it) => scaled(*it, -1),
                it => bignumeric(&-big(it), "-"),
            }
        }),
        def("$+ ", "(INT64) INT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC; (FLOAT64) FLOAT64", |row, _| Ok(row[0].clone())),
        def("$~", "(INT64) INT64; (BYTES) BYTES", |row, _| {
            Ok(match &row[0] {
                Cell::Bytes(it) => Cell::Bytes(it.iter().map(|it| !it).collect()),
                it => Cell::Int(!int(it)),
            })
        }),
        bits("$&", |a, b| a & b, |a, b| a & b),
        bits("$|", |a, b| a | b, |a, b| a | b),
        bits("$^", |a, b| a ^ b, |a, b| a ^ b),
        shift("$<<", true),
        shift("$>>", false),
        def("$||", "(STRING, STRING...) STRING; (BYTES, BYTES...) BYTES; (ARRAY<T>, ARRAY<T>...) ARRAY<T>", |row, _| concat("||", row)),
        def("$INTERVAL", "(INT64, STRING) INTERVAL", |row, _| {
            interval_of(int(&row[0]), text(&row[1])).map(Cell::Interval)
        }),
        def("$ERROR", "(STRING) INT64", |row, _| Err(text(&row[0]).to_owned())),
        def("SAFE_ADD", NUMBERS, |row, _| Ok(add(&row[0], &row[1]).unwrap_or(Cell::Null))),
        def("SAFE_SUBTRACT", NUMBERS, |row, _| Ok(subtract(&row[0], &row[1]).unwrap_or(Cell::Null))),
        def("SAFE_MULTIPLY", NUMBERS, |row, _| Ok(multiply(&row[0], &row[1]).unwrap_or(Cell::Null))),
        def(
            "SAFE_DIVIDE",
            "(INT64, INT64) FLOAT64; (FLOAT64, FLOAT64) FLOAT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC",
            |row, _| Ok(quotient(&row[0], &row[1]).unwrap_or(Cell::Null)),
        ),
        def("SAFE_NEGATE", "(INT64) INT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC; (FLOAT64) FLOAT64", |row, _| {
            Ok(match &row[0] {
                Cell::Int(it) => it.checked_neg().map_or(Cell::Null, Cell::Int),
                Cell::Float(it) => Cell::Float(-it),
                Cell::Numeric(it) => Cell::Numeric(-it),
                it => bignumeric(&-big(it), "-").unwrap_or(Cell::Null),
            })
        }),
        // Intervals.
        def("MAKE_INTERVAL", "([year:INT64], [month:INT64], [day:INT64], [hour:INT64], [minute:INT64], [second:INT64]) INTERVAL", |row, _| {
            let part = |at: usize| row.get(at).map_or(0, |it| i128::from(int(it)));
            let second = i128::from(SECOND);
            made_interval(
                part(0) * 12 + part(1),
                part(2),
                part(3) * 3600 * second + part(4) * 60 * second + part(5) * second,
            )
        })
        .filled(Cell::Int(0)),
        def("JUSTIFY_HOURS", "(INTERVAL) INTERVAL", |row, _| justify(interval(&row[0]), true, false)),
        def("JUSTIFY_DAYS", "(INTERVAL) INTERVAL", |row, _| justify(interval(&row[0]), false, true)),
        def("JUSTIFY_INTERVAL", "(INTERVAL) INTERVAL", |row, _| justify(interval(&row[0]), true, true)),
    ]
}

/// Makes days of 24 hours, and months of 30 days, all of one sign.
fn justify(it: Interval, hours: bool, days: bool) -> Outcome {
    let (mut months, mut day, mut micros) = (it.months, it.days, it.micros);
    if hours {
        day += micros / DAY;
        micros %= DAY;
    }
    if days {
        months += day / 30;
        day %= 30;
    }
    if days && months != 0 && day != 0 && (months > 0) != (day > 0) {
        day += 30 * months.signum();
        months -= months.signum();
    }
    if hours && day != 0 && micros != 0 && (day > 0) != (micros > 0) {
        micros += DAY * day.signum();
        day -= day.signum();
    }
    if hours && days && day == 0 && months != 0 && micros != 0 && (months > 0) != (micros > 0) {
        day += 29 * months.signum();
        micros += DAY * months.signum();
        months -= months.signum();
    }
    made_interval(i128::from(months), i128::from(day), i128::from(micros))
}
