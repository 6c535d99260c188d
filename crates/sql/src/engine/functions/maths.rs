//! Functions of numbers.

use num_bigint::BigInt;

use super::super::values;
use super::casts::convert;
use super::operators::{big, big_unit, bignumeric, numeric, quotient, rounded};
use super::{Function, Outcome, bytes_of, count, def, float, int, items, text};
use crate::cell::Cell;
use crate::decimal::BIG_SCALE;
use crate::types::Type;

pub use ::values::engine::LACKS;

fn floats(name: &'static str, compute: fn(f64) -> Result<f64, String>) -> Function {
    def(name, "(FLOAT64) FLOAT64", move |row, _| compute(float(&row[0])).map(Cell::Float))
}

/// A function of floats that decimals have too: there it is computed by floats, as far as these hold enough digits.
fn decimals(name: &'static str, compute: fn(f64) -> Result<f64, String>) -> Function {
    def(name, "(FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC", move |row, scene| {
        by_floats(name, row, scene.returns, |it| compute(it[0]))
    })
}

fn by_floats(
    name: &str,
    row: &[Cell],
    returns: &Type,
    compute: impl Fn(&[f64]) -> Result<f64, String>,
) -> Outcome {
    if *returns == Type::Float64 {
        let given: Vec<f64> = row.iter().map(float).collect();
        return compute(&given).map(Cell::Float);
    }
    let given: Vec<f64> = row.iter().map(|it| it.text().parse().unwrap_or(f64::NAN)).collect();
    let value = compute(&given)?;
    // Fifteen digits are sure; nine of them may stand behind the point.
    match *returns == Type::Numeric && value.abs() < 1e5 {
        true => convert(&Cell::Float((value * 1e9).round() / 1e9), &Type::Float64, returns),
        false => Err(format!("{LACKS}{name} of a large {}", returns.sql())),
    }
}

fn finite(value: f64, given: f64, name: &str) -> Result<f64, String> {
    match value.is_finite() || !given.is_finite() {
        true => Ok(value),
        false => Err(format!("Floating point error in function: {name}({given})")),
    }
}

#[derive(Clone, Copy)]
enum Way {
    Nearest,
    NearestEven,
    Cut,
    Up,
    Down,
}

fn whole(value: f64, way: Way) -> f64 {
    match way {
        Way::Nearest => value.round(),
        Way::NearestEven => value.round_ties_even(),
        Way::Cut => value.trunc(),
        Way::Up => value.ceil(),
        Way::Down => value.floor(),
    }
}

/// A number of units as a multiple of a larger unit.
fn to_unit(value: &BigInt, unit: &BigInt, way: Way) -> BigInt {
    let down = {
        let rest = ((value % unit) + unit) % unit;
        value - rest
    };
    if down == *value {
        return down;
    }
    let up = &down + unit;
    let negative = *value < BigInt::default();
    match way {
        Way::Down => down,
        Way::Up => up,
        Way::Cut => {
            if negative {
                up
            } else {
                down
            }
        }
        Way::Nearest | Way::NearestEven => {
            let twice: BigInt = (value - &down) * 2;
            match twice.cmp(unit) {
                std::cmp::Ordering::Less => down,
                std::cmp::Ordering::Greater => up,
                std::cmp::Ordering::Equal => match way {
                    Way::NearestEven if (&down / unit) % BigInt::from(2) == BigInt::default() => down,
                    Way::NearestEven => up,
                    _ => {
                        if negative {
                            down
                        } else {
                            up
                        }
                    }
                },
            }
        }
    }
}

fn to_digits(name: &str, cell: &Cell, digits: i64, way: Way) -> Outcome {
    let digits = digits.clamp(-1000, 1000);
    match cell {
        Cell::Float(value) => {
            if !value.is_finite() || digits > 308 {
                return Ok(cell.clone());
            }
            if digits < -308 {
                return Ok(Cell::Float(0.0));
            }
            let factor = 10_f64.powi(i32::try_from(digits.abs()).unwrap_or(0));
            let scaled = if digits >= 0 { value * factor } else { value / factor };
            if !scaled.is_finite() {
                return Ok(cell.clone());
            }
            let made = whole(scaled, way);
            let back = if digits >= 0 { made / factor } else { made * factor };
            match back.is_finite() {
                true => Ok(Cell::Float(back)),
                false => Err(format!("Floating point overflow in function: {name}")),
            }
        }
        Cell::Numeric(value) => {
            let kept = u32::try_from((9 - digits).clamp(0, 60)).unwrap_or(0);
            let made = to_unit(&BigInt::from(*value), &BigInt::from(10).pow(kept), way);
            i128::try_from(made)
                .map_err(|_| format!("numeric overflow: {name}"))
                .and_then(|it| numeric(it, name))
        }
        it => {
            let scale = i64::try_from(BIG_SCALE).unwrap_or(38);
            let kept = u32::try_from((scale - digits).clamp(0, 100)).unwrap_or(0);
            bignumeric(&to_unit(&big(it), &BigInt::from(10).pow(kept), way), name)
        }
    }
}

fn rounding(name: &'static str, signatures: &'static str, way: Way) -> Function {
    def(name, signatures, move |row, _| {
        let digits = row.get(1).map_or(0, int);
        let way = match row.get(2).map(text) {
            Some("ROUND_HALF_EVEN") => Way::NearestEven,
            Some("ROUND_HALF_AWAY_FROM_ZERO") | None => way,
            Some(other) => return Err(format!("Invalid rounding mode: {other}")),
        };
        to_digits(name, &row[0], digits, way)
    })
}

fn outermost(name: &'static str, greatest: bool) -> Function {
    def(name, "(T, T...) T", move |row, _| {
        if let Some(nan) = row.iter().find(|it| matches!(it, Cell::Float(it) if it.is_nan())) {
            return Ok(nan.clone());
        }
        let found = match greatest {
            true => row.iter().max_by(|a, b| values::order(a, b)),
            false => row.iter().min_by(|a, b| values::order(a, b)),
        };
        Ok(found.cloned().unwrap_or(Cell::Null))
    })
}

const NUMBERS: &str = "(INT64, INT64) INT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC";

/// 53 bits are what a float holds exactly.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}

fn power(a: f64, b: f64) -> Result<f64, String> {
    let value = a.powf(b);
    match value.is_finite() || !a.is_finite() || !b.is_finite() {
        true => Ok(value),
        false => Err(format!("Floating point error in function: POW({a}, {b})")),
    }
}

fn pow(row: &[Cell], returns: &Type) -> Outcome {
    if *returns == Type::Float64 {
        let (a, b) = (float(&row[0]), float(&row[1]));
        if a.is_nan() && b != 0.0 {
            return Ok(Cell::Float(f64::NAN));
        }
        return power(a, b).map(Cell::Float);
    }
    // By a whole number a decimal is multiplied exactly.
    let exponent = row[1].text();
    let Some(times) = exponent.parse::<i64>().ok().filter(|it| it.abs() <= 10_000) else {
        return by_floats("POW", row, returns, |it| power(it[0], it[1]));
    };
    let one = convert(&Cell::Int(1), &Type::Int64, returns)?;
    let mut base = big(&row[0]);
    let mut out = big_unit();
    let mut left = times.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            out = rounded(&(&out * &base), &big_unit());
        }
        left >>= 1;
        if left > 0 {
            base = rounded(&(&base * &base), &big_unit());
        }
        if out.bits() > 600 || base.bits() > 600 {
            return Err(format!(
                "{} overflow: POW({}, {exponent})",
                returns.sql().to_lowercase(),
                row[0].text()
            ));
        }
    }
    let made = bignumeric(&out, "POW")?;
    let made = convert(&made, &Type::BigNumeric, returns).map_err(|_| "numeric overflow: POW".to_owned())?;
    if times < 0 { quotient(&one, &made) } else { Ok(made) }
}

/// Two vectors, place by place.
type Vectors = (Vec<f64>, Vec<f64>);

/// Vectors of pairs of a place and a number, side by side; `None` if these are none.
fn sparse(name: &str, row: &[Cell]) -> Result<Option<Vectors>, String> {
    let pairs = row.iter().flat_map(items).any(|it| matches!(it, Cell::Struct(_)));
    if !pairs {
        return Ok(None);
    }
    let mut places: std::collections::BTreeMap<Vec<u8>, [f64; 2]> = std::collections::BTreeMap::new();
    for (side, cell) in row.iter().enumerate() {
        let mut seen = std::collections::HashSet::new();
        for item in items(cell) {
            let Cell::Struct(pair) = item else {
                return Err(format!("Cannot compute {name} of a vector with a NULL element"));
            };
            let (Some(place), Some(Cell::Float(number))) = (pair.first(), pair.get(1)) else {
                return Err(format!("Cannot compute {name} of a vector with a NULL element"));
            };
            if place.is_null() {
                return Err(format!("Cannot compute {name} of a vector with a NULL dimension"));
            }
            let key = values::key(std::slice::from_ref(place));
            if !seen.insert(key.clone()) {
                return Err(format!("Duplicate index {} found in the input array of {name}", place.text()));
            }
            places.entry(key).or_insert([0.0; 2])[side] = *number;
        }
    }
    Ok(Some(places.values().map(|it| (it[0], it[1])).unzip()))
}

fn distance(name: &'static str, compute: fn(&[f64], &[f64]) -> Result<f64, String>) -> Function {
    def(name, "(ARRAY<FLOAT64>, ARRAY<FLOAT64>) FLOAT64; (ARRAY<T>, ARRAY<T>) FLOAT64", move |row, _| {
        if let Some((a, b)) = sparse(name, row)? {
            return compute(&a, &b).map(Cell::Float);
        }
        let numbers = |cell: &Cell| -> Result<Vec<f64>, String> {
            items(cell)
                .iter()
                .map(|it| match it {
                    Cell::Float(it) => Ok(*it),
                    _ => Err(format!("Cannot compute {name} of a vector with a NULL element")),
                })
                .collect()
        };
        let (a, b) = (numbers(&row[0])?, numbers(&row[1])?);
        if a.len() != b.len() {
            return Err(format!(
                "Array arguments to {name} must have equal length. The given arrays have lengths of {} and {}",
                a.len(),
                b.len()
            ));
        }
        compute(&a, &b).map(Cell::Float)
    })
}

pub(super) fn all() -> Vec<Function> {
    vec![
        def(
            "ABS",
            "(INT64) INT64; (FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC",
            |row, _| {
                Ok(match &row[0] {
                    Cell::Int(it) => {
                        Cell::Int(it.checked_abs().ok_or_else(|| format!("int64 overflow: ABS({it})"))?)
                    }
                    Cell::Float(it) => Cell::Float(it.abs()),
                    Cell::Numeric(it) => Cell::Numeric(it.abs()),
                    it => Cell::BigNumeric(it.text().trim_start_matches('-').to_owned()),
                })
            },
        ),
        def(
            "SIGN",
            "(INT64) INT64; (FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC",
            |row, _| {
                Ok(match &row[0] {
                    Cell::Int(it) => Cell::Int(it.signum()),
                    Cell::Float(it) if it.is_nan() || *it == 0.0 => {
                        Cell::Float(if it.is_nan() { *it } else { 0.0 })
                    }
                    Cell::Float(it) => Cell::Float(it.signum()),
                    Cell::Numeric(it) => Cell::Numeric(it.signum() * 1_000_000_000),
                    it => Cell::BigNumeric(
                        match it.text().as_str() {
                            "0" => "0",
                            other if other.starts_with('-') => "-1",
                            _ => "1",
                        }
                        .to_owned(),
                    ),
                })
            },
        ),
        rounding(
            "ROUND",
            "(FLOAT64, [INT64]) FLOAT64; (NUMERIC, [INT64], [STRING]) NUMERIC; (BIGNUMERIC, [INT64], [STRING]) BIGNUMERIC",
            Way::Nearest,
        ),
        rounding(
            "TRUNC",
            "(FLOAT64, [INT64]) FLOAT64; (NUMERIC, [INT64]) NUMERIC; (BIGNUMERIC, [INT64]) BIGNUMERIC",
            Way::Cut,
        ),
        rounding("CEIL", "(FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC", Way::Up),
        rounding("FLOOR", "(FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC", Way::Down),
        def("SQRT", "(FLOAT64) FLOAT64; (NUMERIC) NUMERIC; (BIGNUMERIC) BIGNUMERIC", |row, _| {
            let negative = || Err(format!("Argument to SQRT cannot be negative: {}", row[0].text()));
            match &row[0] {
                Cell::Float(it) if *it < 0.0 => negative(),
                Cell::Float(it) => Ok(Cell::Float(it.sqrt())),
                it if it.text().starts_with('-') => negative(),
                Cell::Numeric(it) => {
                    let root = (BigInt::from(*it) * BigInt::from(100_000_000_000_i64)).sqrt();
                    i128::try_from(rounded(&root, &BigInt::from(10)))
                        .map_err(|it| it.to_string())
                        .and_then(|it| numeric(it, "SQRT"))
                }
                it => {
                    let root = (big(it) * big_unit() * BigInt::from(100)).sqrt();
                    bignumeric(&rounded(&root, &BigInt::from(10)), "SQRT")
                }
            }
        }),
        def(
            "POW",
            "(FLOAT64, FLOAT64) FLOAT64; (NUMERIC, NUMERIC) NUMERIC; (BIGNUMERIC, BIGNUMERIC) BIGNUMERIC",
            |row, scene| pow(row, scene.returns),
        ),
        decimals("EXP", |it| finite(it.exp(), it, "EXP")),
        decimals("LN", |it| match it <= 0.0 {
            true => Err(format!("Floating point error in function: LN({it})")),
            false => Ok(it.ln()),
        }),
        def(
            "LOG",
            "(FLOAT64, [FLOAT64]) FLOAT64; (NUMERIC, [NUMERIC]) NUMERIC; (BIGNUMERIC, [BIGNUMERIC]) BIGNUMERIC",
            |row, scene| {
                by_floats("LOG", row, scene.returns, |it| {
                    let wrong = || Err(format!("Floating point error in function: LOG({:?})", it));
                    match it {
                        [x] if *x <= 0.0 && x.is_finite() => wrong(),
                        [x] => Ok(x.ln()),
                        [x, base]
                            if x.is_nan()
                                || base.is_nan()
                                || *x == f64::NEG_INFINITY
                                || base.is_infinite() =>
                        {
                            Ok(f64::NAN)
                        }
                        [x, base] if *x <= 0.0 || *base <= 0.0 || *base == 1.0 => wrong(),
                        [x, base] => Ok(x.ln() / base.ln()),
                        _ => wrong(),
                    }
                })
            },
        ),
        decimals("LOG10", |it| match it <= 0.0 {
            true => Err(format!("Floating point error in function: LOG10({it})")),
            false => Ok(it.log10()),
        }),
        floats("SIN", |it| Ok(it.sin())),
        floats("COS", |it| Ok(it.cos())),
        floats("TAN", |it| Ok(it.tan())),
        floats("ASIN", |it| match it.abs() > 1.0 {
            true => Err(format!("Floating point error in function: ASIN({it})")),
            false => Ok(it.asin()),
        }),
        floats("ACOS", |it| match it.abs() > 1.0 {
            true => Err(format!("Floating point error in function: ACOS({it})")),
            false => Ok(it.acos()),
        }),
        floats("ATAN", |it| Ok(it.atan())),
        floats("SINH", |it| finite(it.sinh(), it, "SINH")),
        floats("COSH", |it| finite(it.cosh(), it, "COSH")),
        floats("TANH", |it| Ok(it.tanh())),
        floats("ASINH", |it| Ok(it.asinh())),
        floats("ACOSH", |it| match it < 1.0 {
            true => Err(format!("Floating point error in function: ACOSH({it})")),
            false => Ok(it.acosh()),
        }),
        floats("ATANH", |it| match it.abs() >= 1.0 {
            true => Err(format!("Floating point error in function: ATANH({it})")),
            false => Ok(it.atanh()),
        }),
        floats("COT", |it| match it == 0.0 {
            true => Err("Floating point error in function: COT(0)".to_owned()),
            false => Ok(1.0 / it.tan()),
        }),
        floats("COTH", |it| match it == 0.0 {
            true => Err("Floating point error in function: COTH(0)".to_owned()),
            false => Ok(1.0 / it.tanh()),
        }),
        floats("CSC", |it| match it == 0.0 {
            true => Err("Floating point error in function: CSC(0)".to_owned()),
            false => Ok(1.0 / it.sin()),
        }),
        floats("CSCH", |it| match it == 0.0 {
            true => Err("Floating point error in function: CSCH(0)".to_owned()),
            false => Ok(1.0 / it.sinh()),
        }),
        floats("SEC", |it| Ok(1.0 / it.cos())),
        floats("SECH", |it| Ok(1.0 / it.cosh())),
        floats("CBRT", |it| Ok(it.cbrt())),
        def("ATAN2", "(FLOAT64, FLOAT64) FLOAT64", |row, _| {
            Ok(Cell::Float(float(&row[0]).atan2(float(&row[1]))))
        }),
        def("IEEE_DIVIDE", "(FLOAT64, FLOAT64) FLOAT64", |row, _| {
            Ok(Cell::Float(float(&row[0]) / float(&row[1])))
        }),
        def("MOD", NUMBERS, |row, _| match (&row[0], &row[1]) {
            (a, Cell::Int(0) | Cell::Numeric(0)) => Err(format!("division by zero: MOD({}, 0)", a.text())),
            (Cell::Int(a), Cell::Int(b)) => Ok(Cell::Int(a.wrapping_rem(*b))),
            (Cell::Numeric(a), Cell::Numeric(b)) => Ok(Cell::Numeric(a % b)),
            (a, b) => match big(b) {
                zero if zero == BigInt::default() => Err(format!("division by zero: MOD({}, 0)", a.text())),
                below => bignumeric(&(big(a) % below), "MOD"),
            },
        }),
        def("DIV", NUMBERS, |row, _| match (&row[0], &row[1]) {
            (a, Cell::Int(0) | Cell::Numeric(0)) => Err(format!("division by zero: DIV({}, 0)", a.text())),
            (Cell::Int(a), Cell::Int(b)) => {
                a.checked_div(*b).map(Cell::Int).ok_or_else(|| format!("int64 overflow: DIV({a}, {b})"))
            }
            (Cell::Numeric(a), Cell::Numeric(b)) => (a / b)
                .checked_mul(1_000_000_000)
                .ok_or_else(|| "numeric overflow: DIV".to_owned())
                .and_then(|it| numeric(it, "DIV")),
            (a, b) => match big(b) {
                zero if zero == BigInt::default() => Err(format!("division by zero: DIV({}, 0)", a.text())),
                below => bignumeric(&((big(a) / below) * big_unit()), "DIV"),
            },
        }),
        outermost("GREATEST", true),
        outermost("LEAST", false),
        def("IS_NAN", "(FLOAT64) BOOL", |row, _| Ok(Cell::Bool(float(&row[0]).is_nan()))),
        def("IS_INF", "(FLOAT64) BOOL", |row, _| Ok(Cell::Bool(float(&row[0]).is_infinite()))),
        def("RAND", "() FLOAT64", |_, _| Ok(Cell::Float(random()))).volatile(),
        def("RANGE_BUCKET", "(T, ARRAY<T>) INT64", |row, _| {
            let bounds = items(&row[1]);
            if bounds.iter().any(Cell::is_null) {
                return Err("Elements in input array to RANGE_BUCKET cannot be NULL".to_owned());
            }
            if bounds.windows(2).any(|it| values::order(&it[0], &it[1]).is_gt()) {
                return Err("Elements in input array to RANGE_BUCKET must be in ascending order".to_owned());
            }
            if matches!(&row[0], Cell::Float(it) if it.is_nan()) {
                return Ok(Cell::Null);
            }
            Ok(count(bounds.iter().filter(|it| values::order(it, &row[0]).is_le()).count()))
        }),
        def("BIT_COUNT", "(INT64) INT64; (BYTES) INT64", |row, _| {
            Ok(Cell::Int(match &row[0] {
                Cell::Bytes(_) => bytes_of(&row[0]).iter().map(|it| i64::from(it.count_ones())).sum(),
                it => i64::from(int(it).count_ones()),
            }))
        }),
        distance("EUCLIDEAN_DISTANCE", |a, b| {
            Ok(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        }),
        distance("COSINE_DISTANCE", |a, b| {
            let length = |it: &[f64]| it.iter().map(|it| it * it).sum::<f64>().sqrt();
            let (x, y) = (length(a), length(b));
            if x == 0.0 || y == 0.0 {
                return Err("Cannot compute cosine distance against zero vector.".to_owned());
            }
            Ok(1.0 - a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / (x * y))
        }),
        def("PARSE_NUMERIC", "(STRING) NUMERIC", |row, _| parsed(text(&row[0]), &Type::Numeric)),
        def("PARSE_BIGNUMERIC", "(STRING) BIGNUMERIC", |row, _| parsed(text(&row[0]), &Type::BigNumeric)),
    ]
}

/// `PARSE_NUMERIC`: with signs at either end, spaces and commas.
fn parsed(given: &str, kind: &Type) -> Outcome {
    let wrong = || Err(format!("Invalid input to PARSE_{}: \"{given}\"", kind.sql()));
    let mut rest = given.trim();
    let mut sign = None;
    for mark in ['+', '-'] {
        if let Some(after) = rest.strip_prefix(mark) {
            sign = Some(mark);
            rest = after.trim_start();
            break;
        }
    }
    if let Some(before) = rest.strip_suffix(['+', '-']) {
        if sign.is_some() {
            return wrong();
        }
        sign = rest.chars().next_back();
        rest = before.trim_end();
    }
    let (number, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = whole.chars().filter(|it| *it != ',').collect();
    let plain = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if !plain(&digits) || !plain(part) || (digits.is_empty() && part.is_empty()) {
        return wrong();
    }
    let written = format!("{}{digits}.{part}{exponent}", if sign == Some('-') { "-" } else { "" });
    match crate::input::text_value(&written, kind) {
        Ok(cell) => Ok(cell),
        Err(_) => wrong(),
    }
}
