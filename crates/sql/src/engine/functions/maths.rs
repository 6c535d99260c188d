//! Functions of numbers.

use super::arrays::compare;
use super::casts::convert;
use super::{Function, int, no_match};
use crate::cell::Cell;
use crate::types::Type;

fn is_number(kind: &Type) -> bool {
    matches!(kind, Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric)
}

/// The type that holds values of all these; nulls have been told apart before.
pub(super) fn common(kinds: &[Type]) -> Option<Type> {
    let mut all = kinds.iter();
    let first = all.next()?.clone();
    all.try_fold(first, |so_far, kind| match (&so_far, kind) {
        (a, b) if a == b => Some(so_far),
        (a, b) if is_number(a) && is_number(b) => Some(match (a, b) {
            (Type::Float64, _) | (_, Type::Float64) => Type::Float64,
            (Type::BigNumeric, _) | (_, Type::BigNumeric) => Type::BigNumeric,
            (_, _) => Type::Numeric,
        }),
        (Type::Date, Type::Datetime) | (Type::Datetime, Type::Date) => Some(Type::Datetime),
        (_, _) => None,
    })
}

fn numeric(name: &'static str) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match common(kinds) {
        Some(kind) if is_number(&kind) => Ok(kind),
        _ => Err(no_match(name, kinds)),
    }
}

fn float(cell: &Cell, kind: &Type) -> Result<f64, String> {
    match convert(cell, kind, &Type::Float64)? {
        Cell::Float(it) => Ok(it),
        _ => Err("not a number".to_owned()),
    }
}

fn floats(name: &'static str, compute: fn(&[f64]) -> Result<f64, String>) -> Function {
    Function::new(
        name,
        move |kinds| match kinds.iter().all(is_number) && !kinds.is_empty() {
            true => Ok(Type::Float64),
            false => Err(no_match(name, kinds)),
        },
        move |row, kinds| {
            let numbers = row.iter().zip(kinds).map(|(cell, kind)| float(cell, kind));
            Ok(Cell::Float(compute(&numbers.collect::<Result<Vec<_>, _>>()?)?))
        },
    )
}

/// Rounds to digits behind the point, by a way of rounding to whole numbers.
fn rounded(name: &'static str, whole: fn(f64) -> f64, unit: fn(i128, i128) -> i128) -> Function {
    Function::new(
        name,
        move |kinds| match kinds.first() {
            Some(Type::Int64 | Type::Float64) => Ok(Type::Float64),
            Some(kind @ (Type::Numeric | Type::BigNumeric)) => Ok(kind.clone()),
            _ => Err(no_match(name, kinds)),
        },
        move |row, kinds| {
            let digits = row.get(1).map_or(0, int);
            if let Cell::Numeric(value) = &row[0] {
                let kept = u32::try_from((9 - digits).clamp(0, 37)).unwrap_or(0);
                return Ok(Cell::Numeric(unit(*value, 10_i128.pow(kept))));
            }
            let factor = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
            let value = float(&row[0], &kinds[0])?;
            let scaled = value * factor;
            let result = Cell::Float(if scaled.is_finite() { whole(scaled) / factor } else { value });
            convert(
                &result,
                &Type::Float64,
                if kinds[0] == Type::BigNumeric { &kinds[0] } else { &Type::Float64 },
            )
        },
    )
}

fn integers(name: &'static str, compute: fn(i64, i64) -> Result<i64, String>) -> Function {
    Function::new(
        name,
        move |kinds| match kinds {
            [Type::Int64, Type::Int64] => Ok(Type::Int64),
            [a, b] if is_number(a) && is_number(b) => numeric(name)(kinds),
            _ => Err(no_match(name, kinds)),
        },
        move |row, kinds| match (&row[0], &row[1]) {
            (Cell::Int(a), Cell::Int(b)) => compute(*a, *b).map(Cell::Int),
            (a, b) => {
                let kind = common(kinds).ok_or("not numbers")?;
                let (x, y) = (float(a, &kinds[0])?, float(b, &kinds[1])?);
                if y == 0.0 {
                    return Err(format!("division by zero: {name}({}, {})", a.text(), b.text()));
                }
                let value = if name == "MOD" { x % y } else { (x / y).trunc() };
                convert(&Cell::Float(value), &Type::Float64, &kind)
            }
        },
    )
}

/// Arithmetic that is null where it would fail.
fn guarded(
    name: &'static str,
    on_ints: fn(i64, i64) -> Option<i64>,
    on_floats: fn(f64, f64) -> f64,
) -> Function {
    Function::new(name, numeric(name), move |row, kinds| {
        let kind = common(kinds).ok_or("not numbers")?;
        Ok(match (&row[0], &row[1]) {
            (Cell::Int(a), Cell::Int(b)) => on_ints(*a, *b).map_or(Cell::Null, Cell::Int),
            (a, b) => {
                let value = on_floats(float(a, &kinds[0])?, float(b, &kinds[1])?);
                convert(&Cell::Float(value), &Type::Float64, &kind)?
            }
        })
    })
}

fn divided(name: &'static str) -> Function {
    Function::new(
        name,
        move |kinds| match numeric(name)(kinds)? {
            Type::Int64 => Ok(Type::Float64),
            other => Ok(other),
        },
        |row, kinds| {
            let (a, b) = (float(&row[0], &kinds[0])?, float(&row[1], &kinds[1])?);
            if b == 0.0 {
                return Err(format!("division by zero: {} / {}", row[0].text(), row[1].text()));
            }
            let kind = match common(kinds) {
                Some(Type::Int64) | None => Type::Float64,
                Some(other) => other,
            };
            convert(&Cell::Float(a / b), &Type::Float64, &kind)
        },
    )
}

fn outermost(name: &'static str, greatest: bool) -> Function {
    Function::new(
        name,
        move |kinds| common(kinds).ok_or_else(|| no_match(name, kinds)),
        move |row, kinds| {
            let kind = common(kinds).ok_or("no common type")?;
            let mut all = Vec::new();
            for (cell, had) in row.iter().zip(kinds) {
                all.push(convert(cell, had, &kind)?);
            }
            let found = match greatest {
                true => all.into_iter().max_by(compare),
                false => all.into_iter().min_by(compare),
            };
            Ok(found.unwrap_or(Cell::Null))
        },
    )
}

fn finite(value: f64, name: &str, given: &[f64]) -> Result<f64, String> {
    match value.is_finite() || given.iter().any(|it| !it.is_finite()) {
        true => Ok(value),
        false => Err(format!("Floating point error in function: {name}")),
    }
}

/// 53 bits are what a float holds exactly.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new("ABS", numeric("ABS"), |row, _| {
            Ok(match &row[0] {
                Cell::Int(it) => Cell::Int(it.checked_abs().ok_or("int64 overflow: ABS")?),
                Cell::Float(it) => Cell::Float(it.abs()),
                Cell::Numeric(it) => Cell::Numeric(it.abs()),
                Cell::BigNumeric(it) => Cell::BigNumeric(it.trim_start_matches('-').to_owned()),
                other => other.clone(),
            })
        }),
        Function::new("SIGN", numeric("SIGN"), |row, kinds| {
            let value = float(&row[0], &kinds[0])?;
            let sign = if value == 0.0 { 0.0 } else { value.signum() };
            convert(&Cell::Float(sign), &Type::Float64, &kinds[0])
        }),
        rounded("ROUND", f64::round, |value, unit| (value + value.signum() * (unit / 2)) / unit * unit),
        rounded("TRUNC", f64::trunc, |value, unit| value / unit * unit),
        rounded("CEIL", f64::ceil, |value, unit| -((-value).div_euclid(unit)) * unit),
        rounded("FLOOR", f64::floor, |value, unit| value.div_euclid(unit) * unit),
        floats("SQRT", |it| match it[0] < 0.0 {
            true => Err(format!("Argument to SQRT cannot be negative: {}", it[0])),
            false => Ok(it[0].sqrt()),
        }),
        floats("POW", |it| finite(it[0].powf(it[1]), "POW", it)),
        floats("EXP", |it| finite(it[0].exp(), "EXP", it)),
        floats("LN", |it| finite(it[0].ln(), "LN", it)),
        floats("LOG", |it| {
            let value = it.get(1).map_or_else(|| it[0].ln(), |base| it[0].log(*base));
            finite(value, "LOG", it)
        }),
        floats("LOG10", |it| finite(it[0].log10(), "LOG10", it)),
        floats("SIN", |it| Ok(it[0].sin())),
        floats("COS", |it| Ok(it[0].cos())),
        floats("TAN", |it| Ok(it[0].tan())),
        floats("ATAN2", |it| Ok(it[0].atan2(it[1]))),
        floats("IEEE_DIVIDE", |it| Ok(it[0] / it[1])),
        integers("MOD", |a, b| match b {
            0 => Err(format!("division by zero: MOD({a}, {b})")),
            _ => Ok(a.wrapping_rem(b)),
        }),
        integers("DIV", |a, b| match b {
            0 => Err(format!("division by zero: DIV({a}, {b})")),
            _ => Ok(a.wrapping_div(b)),
        }),
        divided("$DIVIDE"),
        divided("SAFE_DIVIDE").safe(true),
        guarded("SAFE_ADD", i64::checked_add, |a, b| a + b),
        guarded("SAFE_SUBTRACT", i64::checked_sub, |a, b| a - b),
        guarded("SAFE_MULTIPLY", i64::checked_mul, |a, b| a * b),
        outermost("GREATEST", true),
        outermost("LEAST", false),
        Function::of("IS_NAN", Type::Bool, |row, kinds| Ok(Cell::Bool(float(&row[0], &kinds[0])?.is_nan()))),
        Function::of("IS_INF", Type::Bool, |row, kinds| {
            Ok(Cell::Bool(float(&row[0], &kinds[0])?.is_infinite()))
        }),
        Function::of("RAND", Type::Float64, |_, _| Ok(Cell::Float(random()))).volatile(),
        Function::of("RANGE_BUCKET", Type::Int64, |row, _| {
            let Cell::Array(bounds) = &row[1] else { return Ok(Cell::Null) };
            let below = bounds.iter().filter(|it| compare(it, &row[0]).is_le()).count();
            Ok(Cell::Int(i64::try_from(below).unwrap_or(0)))
        }),
    ]
}
