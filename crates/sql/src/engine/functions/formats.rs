//! `FORMAT`: values by `printf`'s specifiers.

use super::casts::{float_text, general, sql_text};
use super::{Function, Outcome, def, int, room, text};
use crate::cell::Cell;
use crate::types::Type;

/// The widest that a specifier may make a value.
const WIDEST: i64 = 1 << 20;

#[derive(Clone, Debug, Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    sharp: bool,
    zero: bool,
    grouped: bool,
    width: usize,
    precision: Option<usize>,
}

/// The bytes of a literal, escaped where they are not printable.
fn escaped_bytes(bytes: &[u8], quote: Option<char>) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            it if quote.is_some_and(|quote| u32::from(*it) == u32::from(quote)) => {
                out.push('\\');
                out.push(char::from(*it));
            }
            b'\'' | b'"' if quote.is_none() => out.push(char::from(*byte)),
            32..=126 => out.push(char::from(*byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out
}

fn escaped_text(given: &str) -> String {
    // The quote that needs less escaping.
    let quote = if given.contains('"') && !given.contains('\'') { '\'' } else { '"' };
    let mut out = String::from(quote);
    for c in given.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn with_point(value: f64) -> String {
    let shown = float_text(value);
    match shown.contains(['.', 'e', 'n', 'i']) {
        true => shown,
        false => format!("{shown}.0"),
    }
}

/// A value as `%t` shows it, or `%T` as a literal.
pub fn printed(cell: &Cell, kind: &Type, literal: bool) -> String {
    match (cell, kind) {
        (Cell::Null, _) => "NULL".to_owned(),
        (Cell::Array(items), Type::Array(of)) => {
            let each: Vec<String> = items.iter().map(|it| printed(it, of, literal)).collect();
            format!("[{}]", each.join(", "))
        }
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let each: Vec<String> =
                cells.iter().zip(fields).map(|(it, field)| printed(it, &field.kind, literal)).collect();
            match (each.len(), literal) {
                (0 | 1, true) => format!("STRUCT({})", each.join(", ")),
                (_, _) => format!("({})", each.join(", ")),
            }
        }
        (Cell::Float(it), _) if !it.is_finite() && literal => {
            format!("CAST(\"{}\" AS FLOAT64)", float_text(*it))
        }
        (Cell::Float(it), _) => with_point(*it),
        (Cell::Text(it), _) => {
            if literal {
                escaped_text(it)
            } else {
                it.clone()
            }
        }
        (Cell::Bytes(it), _) => match literal {
            true => format!("b\"{}\"", escaped_bytes(it, Some('"'))),
            false => escaped_bytes(it, None),
        },
        (Cell::Json(it), _) => {
            if literal {
                format!("JSON {}", escaped_text(it))
            } else {
                it.clone()
            }
        }
        (Cell::Interval(_), _) if literal => format!("INTERVAL \"{}\" YEAR TO SECOND", cell.text()),
        (
            Cell::Numeric(_)
            | Cell::BigNumeric(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Datetime(_)
            | Cell::Timestamp(_)
            | Cell::Range(_),
            kind,
        ) if literal => {
            format!("{} \"{}\"", kind.sql(), sql_text(cell))
        }
        (other, _) => sql_text(other),
    }
}

fn padded(shown: String, spec: &Spec) -> Result<String, String> {
    let size = shown.chars().count();
    if size >= spec.width {
        return Ok(shown);
    }
    room("FORMAT", spec.width)?;
    let spaces = " ".repeat(spec.width - size);
    Ok(if spec.minus { shown + &spaces } else { spaces + &shown })
}

/// Digits with a sign in front, filled up with zeros where that is asked for.
fn signed(negative: bool, digits: &str, spec: &Spec, zeros: bool) -> Result<String, String> {
    let sign = match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let size = sign.len() + digits.chars().count();
    if zeros && spec.zero && !spec.minus && size < spec.width {
        room("FORMAT", spec.width)?;
        return Ok(format!("{sign}{}{digits}", "0".repeat(spec.width - size)));
    }
    padded(format!("{sign}{digits}"), spec)
}

fn grouped(digits: &str, by: usize, mark: char) -> String {
    let count = digits.len();
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (count - at).is_multiple_of(by) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

fn whole(verb: char, value: i64, spec: &Spec) -> Outcome {
    if value < 0 && matches!(verb, 'o' | 'x' | 'X') {
        return Err(format!("FORMAT specifier %{verb} does not support negative values"));
    }
    let size = value.unsigned_abs();
    let mut digits = match verb {
        'o' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        _ => size.to_string(),
    };
    if let Some(precision) = spec.precision {
        if precision == 0 && value == 0 {
            digits.clear();
        }
        room("FORMAT", precision)?;
        digits = format!("{digits:0>precision$}");
    }
    if spec.grouped {
        digits = match verb {
            'd' | 'i' => grouped(&digits, 3, ','),
            _ => grouped(&digits, 4, ':'),
        };
    }
    if spec.sharp && value != 0 {
        digits = match verb {
            'o' => format!("0{digits}"),
            'x' => format!("0x{digits}"),
            'X' => format!("0X{digits}"),
            _ => digits,
        };
    }
    signed(value < 0, &digits, spec, spec.precision.is_none()).map(Cell::Text)
}

/// `1.5e+02` of Rust's `1.5e2`.
fn scientific(value: f64, precision: usize) -> String {
    let written = format!("{value:.precision$e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn real(verb: char, cell: &Cell, spec: &Spec) -> Outcome {
    let upper = verb.is_ascii_uppercase();
    let precision = spec.precision.unwrap_or(6);
    room("FORMAT", precision)?;
    // A decimal is shown with all its digits, not by way of a float.
    if let (Cell::Numeric(_) | Cell::BigNumeric(_), 'f' | 'F') = (cell, verb) {
        let given = cell.text();
        let (negative, bare) = given.strip_prefix('-').map_or((false, given.as_str()), |it| (true, it));
        let (whole, part) = bare.split_once('.').unwrap_or((bare, ""));
        let digits = match part.len() > precision {
            false if precision == 0 => whole.to_owned(),
            false => format!("{whole}.{part:0<precision$}"),
            true => {
                let up = part.as_bytes()[precision] >= b'5';
                let all: num_bigint::BigInt =
                    format!("{whole}{}", &part[..precision]).parse().unwrap_or_default();
                let all = (all + i32::from(up)).to_string();
                let all = format!("{all:0>width$}", width = precision + 1);
                let at = all.len() - precision;
                if precision == 0 { all } else { format!("{}.{}", &all[..at], &all[at..]) }
            }
        };
        let digits = if spec.grouped {
            let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
            if part.is_empty() {
                grouped(whole, 3, ',')
            } else {
                format!("{}.{part}", grouped(whole, 3, ','))
            }
        } else {
            digits
        };
        return signed(negative, &digits, spec, true).map(Cell::Text);
    }
    let value: f64 = match cell {
        Cell::Float(it) => *it,
        other => other.text().parse().unwrap_or(f64::NAN),
    };
    if !value.is_finite() {
        let shown = if value.is_nan() { "nan" } else { "inf" };
        let shown = if upper { shown.to_uppercase() } else { shown.to_owned() };
        return signed(value < 0.0, &shown, spec, false).map(Cell::Text);
    }
    let size = value.abs();
    let mut digits = match verb.to_ascii_lowercase() {
        'f' => format!("{size:.precision$}"),
        'e' => scientific(size, precision),
        _ => match spec.sharp {
            true => {
                let kept = precision.max(1);
                let exponent = if size == 0.0 { 0 } else { size.log10().floor() as i64 };
                match exponent < -4 || exponent >= i64::try_from(kept).unwrap_or(6) {
                    true => scientific(size, kept - 1),
                    false => format!(
                        "{size:.*}",
                        usize::try_from(i64::try_from(kept).unwrap_or(6) - 1 - exponent).unwrap_or(0)
                    ),
                }
            }
            false if size == 0.0 => "0".to_owned(),
            false => general(size, precision.max(1)),
        },
    };
    if spec.sharp && !digits.contains('.') {
        digits = match digits.split_once('e') {
            Some((mantissa, exponent)) => format!("{mantissa}.e{exponent}"),
            None => format!("{digits}."),
        };
    }
    if spec.grouped && verb.eq_ignore_ascii_case(&'f') {
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        digits = if part.is_empty() {
            grouped(whole, 3, ',')
        } else {
            format!("{}.{part}", grouped(whole, 3, ','))
        };
    }
    if upper {
        digits = digits.to_uppercase();
    }
    signed(value.is_sign_negative(), &digits, spec, true).map(Cell::Text)
}

fn format(row: &[Cell], kinds: &[Type]) -> Outcome {
    if row[0].is_null() {
        return Ok(Cell::Null);
    }
    let mut out = String::new();
    let mut values = row.iter().zip(kinds).skip(1);
    let mut null = false;
    let mut chars = text(&row[0]).chars().peekable();
    while let Some(c) = chars.next() {
        room("FORMAT", out.len())?;
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '#' => spec.sharp = true,
                '0' => spec.zero = true,
                '\'' => spec.grouped = true,
                _ => break,
            }
            chars.next();
        }
        let few = || "Too few arguments to FORMAT for pattern".to_owned();
        let mut number =
            |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Result<Option<i64>, String> {
                if chars.peek() == Some(&'*') {
                    chars.next();
                    let (cell, kind) = values.next().ok_or_else(few)?;
                    null |= cell.is_null();
                    if *kind != Type::Int64 {
                        return Err("FORMAT: the width and precision must be integers".to_owned());
                    }
                    return Ok(Some(int(cell)));
                }
                let mut digits = String::new();
                while let Some(digit) = chars.peek().filter(|it| it.is_ascii_digit()) {
                    digits.push(*digit);
                    chars.next();
                }
                Ok(if digits.is_empty() { None } else { digits.parse().ok() })
            };
        let width = number(&mut chars)?.unwrap_or(0);
        let mut precision = None;
        if chars.peek() == Some(&'.') {
            chars.next();
            precision = Some(number(&mut chars)?.unwrap_or(0));
        }
        if width < 0 {
            spec.minus = true;
        }
        if width.saturating_abs() > WIDEST || precision.is_some_and(|it| it > WIDEST) {
            return Err("FORMAT: the width or precision is too large".to_owned());
        }
        spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(0);
        spec.precision = precision.and_then(|it| usize::try_from(it).ok());
        let Some(verb) = chars.next() else { return Err("Invalid FORMAT string".to_owned()) };
        let (cell, kind) = values.next().ok_or_else(few)?;
        let fits = match verb {
            'd' | 'i' | 'o' | 'x' | 'X' => *kind == Type::Int64,
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                matches!(kind, Type::Float64 | Type::Numeric | Type::BigNumeric | Type::Int64)
            }
            's' => matches!(kind, Type::String),
            'p' | 'P' => *kind == Type::Json,
            't' | 'T' => true,
            other => {
                return Err(format!(
                    "Invalid format specifier character \"{other}\" in FORMAT string: \"{}\"",
                    text(&row[0])
                ));
            }
        };
        if !fits && !cell.is_null() {
            return Err(format!("Invalid type for argument to FORMAT: %{verb} does not take {}", kind.sql()));
        }
        if cell.is_null() && !matches!(verb, 't' | 'T') {
            null = true;
            continue;
        }
        let shown = match verb {
            'd' | 'i' | 'o' | 'x' | 'X' => text(&whole(verb, int(cell), &spec)?).to_owned(),
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => text(&real(verb, cell, &spec)?).to_owned(),
            'p' => padded(cell.text(), &spec)?,
            'P' => padded(super::json::pretty(cell), &spec)?,
            _ => {
                let full = match verb {
                    's' => text(cell).to_owned(),
                    't' => printed(cell, kind, false),
                    _ => printed(cell, kind, true),
                };
                let cut = match spec.precision {
                    Some(most) => full.chars().take(most).collect(),
                    None => full,
                };
                padded(cut, &spec)?
            }
        };
        out.push_str(&shown);
    }
    if values.next().is_some() {
        return Err("Too many arguments to FORMAT for pattern".to_owned());
    }
    Ok(if null { Cell::Null } else { Cell::Text(out) })
}

pub(super) fn all() -> Vec<Function> {
    vec![def("FORMAT", "(STRING, ANY...) STRING", |row, scene| format(row, scene.kinds)).lenient()]
}
