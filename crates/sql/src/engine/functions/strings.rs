//! Functions of text and bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha512};

use super::casts::sql_text;
use super::{Function, int, no_match, text};
use crate::cell::Cell;
use crate::types::Type;

fn textual(name: &'static str) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds.first() {
        Some(kind @ (Type::String | Type::Bytes)) => Ok(kind.clone()),
        _ => Err(no_match(name, kinds)),
    }
}

fn only_text(name: &'static str, kind: Type) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds.first() {
        Some(Type::String | Type::Bytes) => Ok(kind.clone()),
        _ => Err(no_match(name, kinds)),
    }
}

fn mapped(name: &'static str, map: fn(&str) -> String) -> Function {
    Function::new(name, textual(name), move |row, _| {
        Ok(match &row[0] {
            Cell::Bytes(it) => Cell::Bytes(map(&String::from_utf8_lossy(it)).into_bytes()),
            other => Cell::Text(map(text(other))),
        })
    })
}

fn bytes_of(cell: &Cell) -> &[u8] {
    match cell {
        Cell::Bytes(it) => it,
        other => text(other).as_bytes(),
    }
}

fn count(value: usize) -> Cell {
    Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A part by characters: from 1, or from the end if negative.
fn part(given: &[char], from: i64, length: Option<i64>) -> Result<String, String> {
    if length.is_some_and(|it| it < 0) {
        return Err("Third argument in SUBSTR() cannot be negative".to_owned());
    }
    let size = i64::try_from(given.len()).unwrap_or(i64::MAX);
    let start = match from {
        0 | 1 => 0,
        it if it < 0 => (size + it).max(0),
        it => (it - 1).min(size),
    };
    let end = length.map_or(size, |it| start.saturating_add(it).min(size));
    let at = |it: i64| usize::try_from(it).unwrap_or(0);
    Ok(given[at(start)..at(end)].iter().collect())
}

fn trimmed(name: &'static str, left: bool, right: bool) -> Function {
    Function::new(name, only_text(name, Type::String), move |row, _| {
        let chars: Option<Vec<char>> = row.get(1).map(|it| text(it).chars().collect());
        let drop = |c: char| chars.as_ref().map_or_else(|| c.is_whitespace(), |it| it.contains(&c));
        let mut out = text(&row[0]);
        if left {
            out = out.trim_start_matches(drop);
        }
        if right {
            out = out.trim_end_matches(drop);
        }
        Ok(Cell::Text(out.to_owned()))
    })
}

fn padded(name: &'static str, left: bool) -> Function {
    Function::new(name, only_text(name, Type::String), move |row, _| {
        let given: Vec<char> = text(&row[0]).chars().collect();
        let pad: Vec<char> = row.get(2).map_or(" ", text).chars().collect();
        let size = usize::try_from(int(&row[1])).map_err(|_| format!("{name} length cannot be negative"))?;
        if pad.is_empty() {
            return Err(format!("{name} pattern cannot be empty"));
        }
        if given.len() >= size {
            return Ok(Cell::Text(given[..size].iter().collect()));
        }
        let padding: String = pad.iter().cycle().take(size - given.len()).collect();
        let given: String = given.iter().collect();
        Ok(Cell::Text(if left { format!("{padding}{given}") } else { format!("{given}{padding}") }))
    })
}

/// `printf` of the forms that people use: `%d %s %t %f %.2f %05d %x %T %%`.
fn format(pattern: &str, values: &[Cell]) -> Result<String, String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(c) = chars.peek().filter(|it| "+-0123456789.' #".contains(**it)) {
            flags.push(*c);
            chars.next();
        }
        let Some(verb) = chars.next() else { return Err("Invalid FORMAT string".to_owned()) };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let value = values.next().ok_or("Too few arguments to FORMAT for pattern")?;
        let (width, precision) = flags.split_once('.').unwrap_or((&flags, ""));
        let shown = match (verb, value) {
            (_, Cell::Null) => "NULL".to_owned(),
            ('d' | 'i', it) => int(it).to_string(),
            ('x', it) => format!("{:x}", int(it)),
            ('X', it) => format!("{:X}", int(it)),
            ('f' | 'F', it) => {
                let number: f64 = it.text().parse().unwrap_or(0.0);
                format!("{number:.*}", precision.parse().unwrap_or(6))
            }
            ('e', it) => format!("{:e}", it.text().parse::<f64>().unwrap_or(0.0)),
            ('g', it) => sql_text(it),
            ('s' | 't', it) => sql_text(it),
            ('T', Cell::Text(it)) => serde_json::Value::from(it.as_str()).to_string(),
            ('T', it) => sql_text(it),
            (other, _) => return Err(format!("Invalid conversion specifier in FORMAT: %{other}")),
        };
        let size: usize = width.trim_start_matches(['-', '+', '0', '\'', ' ']).parse().unwrap_or(0);
        let signed = if width.contains('+') && !shown.starts_with('-') { format!("+{shown}") } else { shown };
        out.push_str(&match (width.starts_with('-'), width.starts_with('0')) {
            (true, _) => format!("{signed:<size$}"),
            (false, true) => {
                let (sign, digits) = signed.strip_prefix('-').map_or(("", signed.as_str()), |it| ("-", it));
                format!("{sign}{digits:0>width$}", width = size.saturating_sub(sign.len()))
            }
            (false, false) => format!("{signed:>size$}"),
        });
    }
    Ok(out)
}

fn position(hay: &str, needle: &str) -> usize {
    hay.find(needle).map_or(0, |at| hay[..at].chars().count() + 1)
}

fn title(given: &str) -> String {
    let mut begins = true;
    let each = |c: char| {
        let out = if begins { c.to_uppercase().next() } else { c.to_lowercase().next() };
        begins = !c.is_alphanumeric();
        out.unwrap_or(c)
    };
    given.chars().map(each).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn random_uuid() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // Each state is keyed by the system's randomness and then counted on.
    let random = || RandomState::new().build_hasher().finish();
    let hex = format!("{:016x}{:016x}", random(), random());
    let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16] % 4)];
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

pub(super) fn all() -> Vec<Function> {
    let mut all = vec![
        mapped("LOWER", str::to_lowercase),
        mapped("UPPER", str::to_uppercase),
        mapped("REVERSE", |it| it.chars().rev().collect()),
        mapped("INITCAP", title),
        trimmed("TRIM", true, true),
        trimmed("LTRIM", true, false),
        trimmed("RTRIM", false, true),
        padded("LPAD", true),
        padded("RPAD", false),
        Function::new("LENGTH", only_text("LENGTH", Type::Int64), |row, _| {
            Ok(match &row[0] {
                Cell::Bytes(it) => count(it.len()),
                it => count(text(it).chars().count()),
            })
        }),
        Function::new("BYTE_LENGTH", only_text("BYTE_LENGTH", Type::Int64), |row, _| {
            Ok(count(bytes_of(&row[0]).len()))
        }),
        Function::new("SUBSTR", only_text("SUBSTR", Type::String), |row, _| {
            let given: Vec<char> = text(&row[0]).chars().collect();
            part(&given, int(&row[1]), row.get(2).map(int)).map(Cell::Text)
        }),
        Function::new("LEFT", only_text("LEFT", Type::String), |row, _| {
            let size =
                usize::try_from(int(&row[1])).map_err(|_| "Second argument in LEFT() cannot be negative")?;
            Ok(Cell::Text(text(&row[0]).chars().take(size).collect()))
        }),
        Function::new("RIGHT", only_text("RIGHT", Type::String), |row, _| {
            let given: Vec<char> = text(&row[0]).chars().collect();
            let size =
                usize::try_from(int(&row[1])).map_err(|_| "Second argument in RIGHT() cannot be negative")?;
            Ok(Cell::Text(given[given.len().saturating_sub(size)..].iter().collect()))
        }),
        Function::new("REPLACE", only_text("REPLACE", Type::String), |row, _| {
            Ok(Cell::Text(match text(&row[1]) {
                "" => text(&row[0]).to_owned(),
                old => text(&row[0]).replace(old, text(&row[2])),
            }))
        }),
        Function::new("REPEAT", only_text("REPEAT", Type::String), |row, _| {
            let times = usize::try_from(int(&row[1]))
                .map_err(|_| "Second argument in REPEAT() cannot be negative")?;
            match text(&row[0]).len().saturating_mul(times) > 1 << 20 {
                true => Err("Output of REPEAT exceeds max allowed output size of 1MB".to_owned()),
                false => Ok(Cell::Text(text(&row[0]).repeat(times))),
            }
        }),
        Function::new("STRPOS", only_text("STRPOS", Type::Int64), |row, _| {
            Ok(count(position(text(&row[0]), text(&row[1]))))
        }),
        Function::new("STARTS_WITH", only_text("STARTS_WITH", Type::Bool), |row, _| {
            Ok(Cell::Bool(bytes_of(&row[0]).starts_with(bytes_of(&row[1]))))
        }),
        Function::new("ENDS_WITH", only_text("ENDS_WITH", Type::Bool), |row, _| {
            Ok(Cell::Bool(bytes_of(&row[0]).ends_with(bytes_of(&row[1]))))
        }),
        Function::of("CONTAINS_SUBSTR", Type::Bool, |row, _| {
            let hay = sql_text(&row[0]).to_lowercase();
            Ok(Cell::Bool(hay.contains(&text(&row[1]).to_lowercase())))
        }),
        Function::new("SPLIT", only_text("SPLIT", Type::Array(Box::new(Type::String))), |row, _| {
            let given = text(&row[0]);
            let parts: Vec<Cell> = match row.get(1).map_or(",", text) {
                "" => given.chars().map(|it| Cell::Text(it.to_string())).collect(),
                between => given.split(between).map(|it| Cell::Text(it.to_owned())).collect(),
            };
            Ok(Cell::Array(parts))
        }),
        Function::new(
            "CONCAT",
            |kinds| match kinds.first() {
                Some(kind @ (Type::Bytes | Type::Array(_))) => Ok(kind.clone()),
                _ => Ok(Type::String),
            },
            |row, _| {
                Ok(match &row[0] {
                    Cell::Bytes(_) => Cell::Bytes(row.iter().flat_map(|it| bytes_of(it).to_vec()).collect()),
                    Cell::Array(_) => Cell::Array(
                        row.iter()
                            .flat_map(|it| match it {
                                Cell::Array(items) => items.clone(),
                                _ => Vec::new(),
                            })
                            .collect(),
                    ),
                    _ => Cell::Text(row.iter().map(sql_text).collect()),
                })
            },
        ),
        Function::of("FORMAT", Type::String, |row, _| format(text(&row[0]), &row[1..]).map(Cell::Text))
            .lenient(),
        Function::of("CHR", Type::String, |row, _| {
            let found = u32::try_from(int(&row[0])).ok().and_then(char::from_u32);
            found.map(|it| Cell::Text(it.to_string())).ok_or_else(|| "Invalid codepoint".to_owned())
        }),
        Function::of("ASCII", Type::Int64, |row, _| {
            Ok(Cell::Int(text(&row[0]).bytes().next().map_or(0, i64::from)))
        }),
        Function::of("TO_HEX", Type::String, |row, _| Ok(Cell::Text(hex(bytes_of(&row[0]))))),
        Function::of("FROM_HEX", Type::Bytes, |row, _| {
            let given = text(&row[0]);
            let padded = if given.len() % 2 == 1 { format!("0{given}") } else { given.to_owned() };
            let pair = |at: usize| padded.get(at..at + 2).and_then(|it| u8::from_str_radix(it, 16).ok());
            let bytes: Option<Vec<u8>> = (0..padded.len()).step_by(2).map(pair).collect();
            bytes
                .map(Cell::Bytes)
                .ok_or_else(|| format!("Failed to decode invalid hexadecimal string: {given}"))
        }),
        Function::of("TO_BASE64", Type::String, |row, _| Ok(Cell::Text(STANDARD.encode(bytes_of(&row[0]))))),
        Function::of("FROM_BASE64", Type::Bytes, |row, _| {
            STANDARD
                .decode(text(&row[0]))
                .map(Cell::Bytes)
                .map_err(|_| "Failed to decode invalid base64 string".to_owned())
        }),
        Function::of("SHA256", Type::Bytes, |row, _| {
            Ok(Cell::Bytes(Sha256::digest(bytes_of(&row[0])).to_vec()))
        }),
        Function::of("SHA512", Type::Bytes, |row, _| {
            Ok(Cell::Bytes(Sha512::digest(bytes_of(&row[0])).to_vec()))
        }),
        Function::of("FARM_FINGERPRINT", Type::Int64, |row, _| {
            Ok(Cell::Int(farmhash::fingerprint64(bytes_of(&row[0])).cast_signed()))
        }),
        Function::of("GENERATE_UUID", Type::String, |_, _| Ok(Cell::Text(random_uuid()))).volatile(),
        Function::of("$PLAIN", Type::String, |row, _| Ok(Cell::Text(text(&row[0]).to_owned()))),
        Function::of("ERROR", Type::String, |row, _| Err(text(&row[0]).to_owned())),
    ];
    all.push(Function::of("SAFE_CONVERT_BYTES_TO_STRING", Type::String, |row, _| {
        Ok(Cell::Text(String::from_utf8_lossy(bytes_of(&row[0])).into_owned()))
    }));
    all
}
