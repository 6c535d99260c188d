//! Functions of JSON.

use serde_json::{Map, Number, Value};

use super::casts::float_text;

mod changes;
mod path;
mod text;

use self::changes::{added, remove, set, sized, strip};
use self::path::{path, walk};
use self::text::Raw;
use super::{Function, Outcome, def, int, room, text};
use crate::cell::{Cell, show_float};
use crate::interval::Interval;
use crate::types::Type;

fn read(cell: &Cell) -> Value {
    serde_json::from_str(text(cell)).unwrap_or(Value::Null)
}

fn made(value: &Value) -> Cell {
    Cell::Json(value.to_string())
}

pub(super) fn pretty(cell: &Cell) -> String {
    format!("{:#}", read(cell))
}

/// What a path finds in a text of JSON, taken by `take`; nothing where the text is none.
fn find_text(row: &[Cell], old: bool, take: impl FnOnce(&Raw<'_>) -> Cell) -> Outcome {
    let steps = path(row.get(1).map_or("$", text), old)?;
    let given = text(&row[0]);
    if serde_json::from_str::<Value>(given).is_err() {
        return Ok(Cell::Null);
    }
    let mut rest = given;
    let Some(raw) = Raw::read(&mut rest, 0) else { return Ok(Cell::Null) };
    Ok(raw.find(&steps).map_or(Cell::Null, take))
}

/// What a path finds in JSON.
fn find(row: &[Cell], old: bool) -> Result<Option<Value>, String> {
    let steps = path(row.get(1).map_or("$", text), old)?;
    let Ok(parsed) = serde_json::from_str::<Value>(text(&row[0])) else { return Ok(None) };
    Ok(walk(&parsed, &steps).cloned())
}

fn scalar(value: &Value) -> Cell {
    match value {
        Value::String(it) => Cell::Text(it.clone()),
        Value::Bool(_) | Value::Number(_) => Cell::Text(number_text(value)),
        Value::Null | Value::Array(_) | Value::Object(_) => Cell::Null,
    }
}

fn number_text(value: &Value) -> String {
    match value {
        Value::Number(it) => match it.as_f64() {
            Some(float) if it.is_f64() => {
                let shown = float_text(float);
                if shown.contains(['.', 'e']) { shown } else { format!("{shown}.0") }
            }
            _ => it.to_string(),
        },
        other => other.to_string(),
    }
}

fn iso(it: Interval) -> String {
    let mut out = String::from("P");
    let mut part = |value: i64, unit: char| {
        if value != 0 {
            out.push_str(&format!("{value}{unit}"));
        }
    };
    part(it.months / 12, 'Y');
    part(it.months % 12, 'M');
    part(it.days, 'D');
    if it.micros != 0 {
        out.push('T');
        let second = 1_000_000;
        let (hours, minutes) = (it.micros / (3600 * second), it.micros / (60 * second) % 60);
        let rest = it.micros % (60 * second);
        if hours != 0 {
            out.push_str(&format!("{hours}H"));
        }
        if minutes != 0 {
            out.push_str(&format!("{minutes}M"));
        }
        if rest != 0 {
            let sign = if rest < 0 { "-" } else { "" };
            let (whole, part) = (rest.abs() / second, rest.abs() % second);
            let part = match part {
                0 => String::new(),
                it => format!(".{}", format!("{it:06}").trim_end_matches('0')),
            };
            out.push_str(&format!("{sign}{whole}{part}S"));
        }
    }
    if out == "P" {
        return "P0Y".to_owned();
    }
    out
}

/// Whether a float holds an integer exactly, as JavaScript wants it.
fn plain(value: i128) -> bool {
    value.abs() <= 1 << 53
}

fn field_name(name: &str, at: usize) -> String {
    if name.is_empty() { format!("_field_{}", at + 1) } else { name.to_owned() }
}

/// A value as JSON, for `TO_JSON` and what makes JSON; `wide`: numbers that a float cannot hold become texts.
pub(super) fn to_json(cell: &Cell, kind: &Type, wide: bool) -> Result<Value, String> {
    Ok(match (cell, kind) {
        (Cell::Null, _) => Value::Null,
        (Cell::Bool(it), _) => Value::from(*it),
        (Cell::Int(it), _) if wide && !plain(i128::from(*it)) => Value::from(it.to_string()),
        (Cell::Int(it), _) => Value::from(*it),
        (Cell::Float(it), _) => match Number::from_f64(*it) {
            Some(number) => Value::Number(number),
            None => Value::from(show_float(*it)),
        },
        (Cell::Numeric(_) | Cell::BigNumeric(_), _) => {
            let shown = cell.text();
            let value: Value = serde_json::from_str(&shown).unwrap_or_else(|_| Value::from(shown.clone()));
            // What a float does not hold is told from what it does.
            let back = match &value {
                Value::Number(it) if it.is_f64() => it.as_f64().is_some_and(|it| exact(it, &shown)),
                _ => true,
            };
            match (back, wide) {
                (true, false) => value,
                (true, true) if shown.parse::<i128>().is_ok_and(|it| !plain(it)) => Value::from(shown),
                (true, true) => value,
                (false, true) => Value::from(shown),
                (false, false) => {
                    return Err(format!(
                        "Failed to convert type {} to JSON: {shown} would lose digits",
                        kind.sql()
                    ));
                }
            }
        }
        (Cell::Json(it), _) => serde_json::from_str(it).unwrap_or(Value::Null),
        (Cell::Interval(it), _) => Value::from(iso(*it)),
        (Cell::Array(all), Type::Array(of)) => {
            Value::Array(all.iter().map(|it| to_json(it, of, wide)).collect::<Result<_, _>>()?)
        }
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let mut members = Map::new();
            for (at, (field, cell)) in fields.iter().zip(cells).enumerate() {
                let name = field_name(&field.name, at);
                if !members.contains_key(&name) {
                    members.insert(name, to_json(cell, &field.kind, wide)?);
                }
            }
            Value::Object(members)
        }
        (other, _) => Value::from(other.text()),
    })
}

/// Whether a float's shortest text says what a decimal does.
fn exact(value: f64, shown: &str) -> bool {
    crate::decimal::big(&float_text(value)) == crate::decimal::big(shown)
}

/// A value as `TO_JSON_STRING` writes it: a struct's fields stay in their order.
fn to_text(cell: &Cell, kind: &Type, indent: Option<usize>) -> String {
    let (line, end, colon) = match indent {
        Some(depth) => (format!("\n{}", "  ".repeat(depth + 1)), format!("\n{}", "  ".repeat(depth)), ": "),
        None => (String::new(), String::new(), ":"),
    };
    let inner = indent.map(|it| it + 1);
    let block = |open: char, each: Vec<String>, close: char| match each.is_empty() {
        true => format!("{open}{close}"),
        false => format!("{open}{line}{}{end}{close}", each.join(&format!(",{line}"))),
    };
    match (cell, kind) {
        (Cell::Struct(cells), Type::Struct(fields)) => {
            let pairs = fields.iter().zip(cells).enumerate();
            let each = pairs.map(|(at, (field, cell))| {
                let name = Value::from(field_name(&field.name, at));
                format!("{name}{colon}{}", to_text(cell, &field.kind, inner))
            });
            block('{', each.collect(), '}')
        }
        (Cell::Array(all), Type::Array(of)) => {
            block('[', all.iter().map(|it| to_text(it, of, inner)).collect(), ']')
        }
        (Cell::Json(it), _) => match (indent, serde_json::from_str::<Value>(it)) {
            (Some(depth), Ok(value)) => {
                format!("{value:#}").replace('\n', &format!("\n{}", "  ".repeat(depth)))
            }
            (_, _) => it.clone(),
        },
        (Cell::Null, _) => "null".to_owned(),
        (Cell::Bool(it), _) => it.to_string(),
        (Cell::Int(it), _) if plain(i128::from(*it)) => it.to_string(),
        (Cell::Float(it), _) if it.is_finite() => float_text(*it),
        (Cell::Numeric(_) | Cell::BigNumeric(_), _) => {
            let shown = cell.text();
            match shown.parse::<i128>().is_ok_and(plain) {
                true => shown,
                false => format!("\"{shown}\""),
            }
        }
        (Cell::Interval(it), _) => Value::from(iso(*it)).to_string(),
        (other, _) => Value::from(other.text()).to_string(),
    }
}

fn parse_int(given: &str) -> Option<i64> {
    let value: f64 = given.trim().parse().ok()?;
    given.trim().parse().ok().or_else(|| whole(value.round()))
}

fn whole(value: f64) -> Option<i64> {
    ((-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) && value.fract() == 0.0)
        .then_some(value as i64)
}

fn lax_float(given: &str) -> Option<f64> {
    match given.trim().to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        other if other.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'+' | b'-')) => {
            other.parse().ok().filter(|it: &f64| it.is_finite())
        }
        _ => None,
    }
}

/// A JSON scalar as a SQL value, if it is one of that type.
fn strict(value: &Value, kind: &Type, round: bool) -> Result<Cell, String> {
    let found = match (kind, value) {
        (Type::String, Value::String(it)) => Some(Cell::Text(it.clone())),
        (Type::Bool, Value::Bool(it)) => Some(Cell::Bool(*it)),
        (Type::Int64, Value::Number(it)) => it.as_i64().or_else(|| whole(it.as_f64()?)).map(Cell::Int),
        (Type::Float64, Value::Number(it)) => {
            let float = it.as_f64();
            // Exact numbers only, unless rounding is allowed.
            let whole = it.as_i64().map(i128::from).or_else(|| it.as_u64().map(i128::from));
            let lossless = whole.is_none_or(|it| (it as f64) as i128 == it);
            match round || lossless {
                true => float.map(Cell::Float),
                false => {
                    return Err(format!(
                        "JSON number: {it} cannot be converted to FLOAT64 without loss of precision"
                    ));
                }
            }
        }
        (_, _) => None,
    };
    let name = match kind {
        Type::Int64 => "an integer",
        Type::Float64 => "a number",
        Type::Bool => "a boolean",
        _ => "a string",
    };
    found.ok_or_else(|| format!("The provided JSON input is not {name}"))
}

fn lax(value: &Value, kind: &Type) -> Cell {
    let found = match (kind, value) {
        (Type::String, Value::String(it)) => Some(Cell::Text(it.clone())),
        (Type::String, Value::Bool(it)) => Some(Cell::Text(it.to_string())),
        (Type::String, Value::Number(it)) => Some(Cell::Text(match it.as_f64() {
            Some(float) if it.is_f64() => float_text(float),
            _ => it.to_string(),
        })),
        (Type::Int64, Value::Number(it)) => {
            it.as_i64().or_else(|| whole(it.as_f64()?.round())).map(Cell::Int)
        }
        (Type::Int64, Value::String(it)) => parse_int(it).map(Cell::Int),
        (Type::Int64, Value::Bool(it)) => Some(Cell::Int(i64::from(*it))),
        (Type::Float64, Value::Number(it)) => it.as_f64().map(Cell::Float),
        (Type::Float64, Value::String(it)) => lax_float(it).map(Cell::Float),
        (Type::Bool, Value::Bool(it)) => Some(Cell::Bool(*it)),
        (Type::Bool, Value::String(it)) => it.to_ascii_lowercase().parse().ok().map(Cell::Bool),
        (Type::Bool, Value::Number(it)) => Some(Cell::Bool(it.as_f64() != Some(0.0))),
        (_, _) => None,
    };
    found.unwrap_or(Cell::Null)
}

fn lax_value(name: &'static str, signature: &'static str) -> Function {
    def(name, signature, |row, scene| Ok(lax(&read(&row[0]), scene.returns)))
}

/// Gathers keys; `arrays`: how many arrays within arrays are gone through, here and again below each key.
fn collect_keys(prefix: &str, value: &Value, depth: i64, arrays: (usize, usize), keys: &mut Vec<String>) {
    if let (Value::Array(all), true) = (value, arrays.0 > 0) {
        for item in all {
            collect_keys(prefix, item, depth, (arrays.0 - 1, arrays.1), keys);
        }
        return;
    }
    let Value::Object(members) = value else { return };
    if depth == 0 {
        return;
    }
    for (name, inner) in members {
        let shown = match name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') && !name.is_empty() {
            true => name.clone(),
            false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        let key = if prefix.is_empty() { shown } else { format!("{prefix}.{shown}") };
        keys.push(key.clone());
        collect_keys(&key, inner, depth - 1, (arrays.1, arrays.1), keys);
    }
}

fn parsed(row: &[Cell]) -> Outcome {
    let given = text(&row[0]);
    let value: Value =
        serde_json::from_str(given).map_err(|error| format!("Invalid input: {error} in PARSE_JSON"))?;
    let mode = row.get(1).filter(|it| !it.is_null()).map_or("exact", text);
    match mode {
        "round" => {}
        "exact" => check_numbers(given)?,
        other => return Err(format!("Invalid wide_number_mode: {other}")),
    }
    Ok(made(&value))
}

/// That every number in a JSON text is kept as it is written.
fn check_numbers(given: &str) -> Result<(), String> {
    let mut in_text = false;
    let bytes = given.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => in_text = !in_text,
            b'\\' if in_text => at += 1,
            b'-' | b'0'..=b'9' if !in_text => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|it| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'E' | b'+' | b'-'))
                    .count();
                let written = &given[at..at + length];
                let integer = written.parse::<i64>().is_ok() || written.parse::<u64>().is_ok();
                if !integer {
                    let float: f64 = written.parse().unwrap_or(f64::NAN);
                    let digits = |it: &str| -> Option<String> {
                        let (mantissa, exponent) = it
                            .find(['e', 'E'])
                            .map_or((it, 0), |at| (&it[..at], it[at + 1..].parse::<i64>().unwrap_or(0)));
                        let (sign, mantissa) =
                            mantissa.strip_prefix('-').map_or(("", mantissa), |it| ("-", it));
                        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
                        let all = format!("{whole}{part}");
                        let trimmed = all.trim_start_matches('0');
                        let kept = trimmed.trim_end_matches('0');
                        let scale = exponent - i64::try_from(part.len()).ok()?
                            + i64::try_from(trimmed.len() - kept.len()).ok()?;
                        Some(if kept.is_empty() { "0".to_owned() } else { format!("{sign}{kept}e{scale}") })
                    };
                    if !float.is_finite() || digits(written) != digits(&format!("{float:e}")) {
                        return Err(format!(
                            "Input number: {written} cannot round-trip through string representation"
                        ));
                    }
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn object(row: &[Cell], kinds: &[Type]) -> Outcome {
    let mut members = Map::new();
    if let ([Cell::Array(names), Cell::Array(all)], [Type::Array(of), Type::Array(kind)]) = (row, kinds)
        && **of == Type::String
    {
        if names.len() != all.len() {
            return Err("The number of keys and values must match".to_owned());
        }
        for (name, cell) in names.iter().zip(all) {
            if name.is_null() {
                return Err("A key of JSON_OBJECT must not be NULL".to_owned());
            }
            members.entry(text(name).to_owned()).or_insert(to_json(cell, kind, false)?);
        }
        return sized(Value::Object(members));
    }
    if row.len() % 2 == 1 {
        return Err("The number of arguments of JSON_OBJECT must be even".to_owned());
    }
    for (cells, kinds) in row.chunks(2).zip(kinds.chunks(2)) {
        if cells[0].is_null() {
            return Err("A key of JSON_OBJECT must not be NULL".to_owned());
        }
        if kinds[0] != Type::String {
            return Err(format!("A key of JSON_OBJECT must be a STRING, but is {}", kinds[0].sql()));
        }
        members.entry(text(&cells[0]).to_owned()).or_insert(to_json(&cells[1], &kinds[1], false)?);
    }
    sized(Value::Object(members))
}

const VALUES: &str = "(JSON, [STRING]) STRING; (STRING, [STRING]) STRING";
const SAME: &str = "(JSON, [STRING]) JSON; (STRING, [STRING]) STRING";
const ARRAYS: &str = "(JSON, [STRING]) ARRAY<JSON>; (STRING, [STRING]) ARRAY<STRING>";
const TEXTS: &str = "(JSON, [STRING]) ARRAY<STRING>; (STRING, [STRING]) ARRAY<STRING>";

pub(super) fn all() -> Vec<Function> {
    let mut all = Vec::new();
    for (name, old) in [("JSON_VALUE", false), ("JSON_EXTRACT_SCALAR", true)] {
        all.push(def(name, VALUES, move |row, scene| match scene.kinds[0] {
            Type::String => find_text(row, old, |it| it.scalar()),
            _ => Ok(find(row, old)?.as_ref().map_or(Cell::Null, scalar)),
        }));
    }
    for (name, old) in [("JSON_QUERY", false), ("JSON_EXTRACT", true)] {
        all.push(def(name, SAME, move |row, scene| match scene.kinds[0] {
            Type::String => find_text(row, old, |it| match it {
                Raw::Plain("null") => Cell::Null,
                other => Cell::Text(other.text()),
            }),
            _ => Ok(find(row, old)?.as_ref().map_or(Cell::Null, made)),
        }));
    }
    for (name, old) in [("JSON_QUERY_ARRAY", false), ("JSON_EXTRACT_ARRAY", true)] {
        all.push(def(name, ARRAYS, move |row, scene| {
            if scene.kinds[0] == Type::String {
                return find_text(row, old, |it| match it {
                    Raw::Array(all) => Cell::Array(all.iter().map(|it| Cell::Text(it.text())).collect()),
                    Raw::Plain(_) | Raw::Object(_) => Cell::Null,
                });
            }
            match find(row, old)? {
                Some(Value::Array(all)) => Ok(Cell::Array(all.iter().map(made).collect())),
                Some(_) | None => Ok(Cell::Null),
            }
        }));
    }
    for (name, old) in [("JSON_VALUE_ARRAY", false), ("JSON_EXTRACT_STRING_ARRAY", true)] {
        all.push(def(name, TEXTS, move |row, _| match find(row, old)? {
            Some(Value::Array(all)) if all.iter().all(|it| !it.is_array() && !it.is_object()) => {
                Ok(Cell::Array(all.iter().map(scalar).collect()))
            }
            Some(_) | None => Ok(Cell::Null),
        }));
    }
    all.extend([
        def("INT64", "(JSON) INT64", |row, _| strict(&read(&row[0]), &Type::Int64, false)),
        def("BOOL", "(JSON) BOOL", |row, _| strict(&read(&row[0]), &Type::Bool, false)),
        def("FLOAT64", "(JSON, [wide_number_mode!:STRING]) FLOAT64", |row, _| {
            let mode = row.get(1).map_or("round", text);
            match mode {
                "round" | "exact" => strict(&read(&row[0]), &Type::Float64, mode == "round"),
                other => Err(format!("Invalid wide_number_mode: {other}")),
            }
        }),
        lax_value("LAX_INT64", "(JSON) INT64"),
        lax_value("LAX_BOOL", "(JSON) BOOL"),
        lax_value("LAX_FLOAT64", "(JSON) FLOAT64"),
        lax_value("LAX_STRING", "(JSON) STRING"),
        def("PARSE_JSON", "(STRING, [wide_number_mode:STRING]) JSON", |row, _| parsed(row)),
        def("TO_JSON", "(ANY, [stringify_wide_numbers!:BOOL]) JSON", |row, scene| {
            to_json(&row[0], &scene.kinds[0], row.get(1) == Some(&Cell::Bool(true))).and_then(sized)
        })
        .lenient(),
        def("TO_JSON_STRING", "(ANY, [pretty_print:BOOL]) STRING", |row, scene| {
            let pretty = row.get(1) == Some(&Cell::Bool(true));
            let shown = to_text(&row[0], &scene.kinds[0], pretty.then_some(0));
            room("TO_JSON_STRING", shown.len())?;
            Ok(Cell::Text(shown))
        })
        .lenient(),
        def("JSON_TYPE", "(JSON) STRING", |row, _| {
            let name = match read(&row[0]) {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            Ok(Cell::Text(name.to_owned()))
        }),
        def("JSON_KEYS", "(JSON, [INT64], [mode!:STRING]) ARRAY<STRING>", |row, _| {
            let depth = row.get(1).filter(|it| !it.is_null()).map_or(i64::MAX, int);
            if depth < 1 {
                return Err("max_depth must be positive".to_owned());
            }
            if row[0].is_null() {
                return Ok(Cell::Null);
            }
            let mode = row.get(2).map_or("strict", text).trim().to_ascii_lowercase();
            let arrays = match mode.as_str() {
                "strict" | "" => 0,
                "lax" => 1,
                "lax recursive" | "recursive lax" => usize::MAX,
                other => return Err(format!("Invalid mode of JSON_KEYS: {other}")),
            };
            let mut keys = Vec::new();
            collect_keys("", &read(&row[0]), depth, (arrays, arrays), &mut keys);
            keys.sort();
            keys.dedup();
            Ok(Cell::Array(keys.into_iter().map(Cell::Text).collect()))
        })
        .lenient(),
        def("JSON_OBJECT", "(ANY...) JSON", |row, scene| object(row, scene.kinds)).lenient(),
        def("JSON_ARRAY", "(ANY...) JSON", |row, scene| {
            let all = row.iter().zip(scene.kinds).map(|(cell, kind)| to_json(cell, kind, false));
            sized(Value::Array(all.collect::<Result<_, _>>()?))
        })
        .lenient(),
        def("JSON_SET", "(JSON, STRING, ANY, ANY..., [create_if_missing!:BOOL]) JSON", |row, scene| {
            set(row, scene.kinds)
        })
        .lenient(),
        def(
            "JSON_ARRAY_APPEND",
            "(JSON, STRING, ANY, ANY..., [append_each_element!:BOOL]) JSON",
            |row, scene| added(row, scene.kinds, false),
        )
        .lenient(),
        def(
            "JSON_ARRAY_INSERT",
            "(JSON, STRING, ANY, ANY..., [insert_each_element!:BOOL]) JSON",
            |row, scene| added(row, scene.kinds, true),
        )
        .lenient(),
        def("JSON_REMOVE", "(JSON, STRING, STRING...) JSON", |row, _| remove(row)),
        def(
            "JSON_STRIP_NULLS",
            "(JSON, [STRING], [include_arrays!:BOOL], [remove_empty!:BOOL]) JSON",
            |row, _| strip(row),
        )
        .lenient(),
        def("$JSON_AT", "(JSON, STRING) JSON; (JSON, INT64) JSON", |row, _| {
            let value = read(&row[0]);
            let found = match &row[1] {
                Cell::Int(at) => usize::try_from(*at).ok().and_then(|it| value.as_array()?.get(it)),
                key => value.as_object().and_then(|it| it.get(text(key))),
            };
            Ok(found.map_or(Cell::Null, made))
        }),
    ]);
    all
}
