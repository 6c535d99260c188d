//! Functions of text and bytes.

use super::{Function, Outcome, PADDED, bytes_of, count, def, int, items, room, text};
use crate::cell::Cell;
use crate::types::Type;

const SAME: &str = "(STRING) STRING; (BYTES) BYTES";

fn mapped(name: &'static str, map: fn(&str) -> String, on_byte: fn(u8) -> u8) -> Function {
    def(name, SAME, move |row, _| {
        Ok(match &row[0] {
            Cell::Bytes(it) => Cell::Bytes(it.iter().map(|it| on_byte(*it)).collect()),
            other => Cell::Text(map(text(other))),
        })
    })
}

/// What text and bytes are made of: characters or bytes, as texts of one each.
fn pieces(cell: &Cell) -> Vec<&[u8]> {
    match cell {
        Cell::Bytes(it) => it.chunks(1).collect(),
        other => {
            let given = text(other);
            given.char_indices().map(|(at, c)| &given.as_bytes()[at..at + c.len_utf8()]).collect()
        }
    }
}

/// Bytes as what another value is.
fn like_kind(of: &Cell, bytes: Vec<u8>) -> Cell {
    match of {
        Cell::Bytes(_) => Cell::Bytes(bytes),
        _ => Cell::Text(
            String::from_utf8(bytes).unwrap_or_else(|it| String::from_utf8_lossy(it.as_bytes()).into_owned()),
        ),
    }
}

/// A part: from 1, or from the end if negative.
fn substr(row: &[Cell]) -> Outcome {
    let length = row.get(2).map(int);
    if length.is_some_and(|it| it < 0) {
        return Err("Third argument in SUBSTR() cannot be negative".to_owned());
    }
    let all = pieces(&row[0]);
    let size = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let start = match int(&row[1]) {
        0 | 1 => 0,
        it if it < 0 => size.saturating_add(it).max(0),
        it => (it - 1).min(size),
    };
    let end = length.map_or(size, |it| start.saturating_add(it).min(size));
    let at = |it: i64| usize::try_from(it).unwrap_or(0);
    Ok(like_kind(&row[0], all[at(start)..at(end)].concat()))
}

fn trimmed(name: &'static str, left: bool, right: bool) -> Function {
    def(name, "(STRING, [STRING]) STRING; (BYTES, BYTES) BYTES", move |row, _| {
        let all = pieces(&row[0]);
        let chars = row.get(1).map(pieces);
        let drop = |piece: &[u8]| match &chars {
            Some(chars) => chars.contains(&piece),
            None => std::str::from_utf8(piece).is_ok_and(|it| it.chars().all(char::is_whitespace)),
        };
        let start = if left { all.iter().position(|it| !drop(it)).unwrap_or(all.len()) } else { 0 };
        let end =
            if right { all.iter().rposition(|it| !drop(it)).map_or(start, |it| it + 1) } else { all.len() };
        Ok(like_kind(&row[0], all[start..end.max(start)].concat()))
    })
}

fn padded(name: &'static str, left: bool) -> Function {
    def(name, "(STRING, INT64, [STRING]) STRING; (BYTES, INT64, [BYTES]) BYTES", move |row, _| {
        let wanted = int(&row[1]);
        if wanted < 0 {
            return Err(format!("Second argument (output size) for {name} cannot be negative"));
        }
        let space = Cell::Text(" ".to_owned());
        let pad = pieces(row.get(2).unwrap_or(&space));
        if pad.is_empty() {
            return Err(format!("Third argument (pad pattern) for {name} cannot be empty"));
        }
        let given = pieces(&row[0]);
        let size = usize::try_from(wanted).unwrap_or(usize::MAX);
        if given.len() >= size {
            return Ok(like_kind(&row[0], given[..size].concat()));
        }
        if size > PADDED {
            return Err(format!("Output of {name} exceeds max allowed output size of 1MB"));
        }
        let padding: Vec<u8> =
            pad.iter().cycle().take(size - given.len()).copied().flatten().copied().collect();
        let given = given.concat();
        Ok(like_kind(&row[0], if left { [padding, given].concat() } else { [given, padding].concat() }))
    })
}

/// Where something stands, by pieces from 1: so often, from a position on; from behind if that is negative.
fn instr(row: &[Cell]) -> Outcome {
    let position = row.get(2).map_or(1, int);
    let occurrence = row.get(3).map_or(1, int);
    if position == 0 {
        return Err("Third argument in INSTR() must not be 0".to_owned());
    }
    if occurrence < 1 {
        return Err("Fourth argument in INSTR() must be positive".to_owned());
    }
    let (hay, needle) = (pieces(&row[0]), pieces(&row[1]));
    if needle.is_empty() || needle.len() > hay.len() {
        return Ok(Cell::Int(0));
    }
    let last = hay.len() - needle.len();
    let fits = |at: &usize| hay[*at..*at + needle.len()] == needle[..];
    let nth = usize::try_from(occurrence - 1).unwrap_or(usize::MAX);
    let found = match position > 0 {
        true => {
            let from = usize::try_from(position - 1).unwrap_or(usize::MAX);
            (from..=last).filter(fits).nth(nth)
        }
        false => {
            let back = usize::try_from(-position).unwrap_or(usize::MAX);
            match hay.len().checked_sub(back) {
                Some(from) => (0..=from.min(last)).rev().filter(fits).nth(nth),
                None => None,
            }
        }
    };
    Ok(found.map_or(Cell::Int(0), |it| count(it + 1)))
}

fn title(given: &str, delimiters: &str) -> String {
    let mut begins = true;
    let mut out = String::new();
    for c in given.chars() {
        if delimiters.contains(c) {
            out.push(c);
        } else if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = delimiters.contains(c);
    }
    out
}

/// What `INITCAP` takes for the end of a word.
const DELIMITERS: &str = " \t\n\r\x0b\x0c[](){}/|<>!?@\"^#$&~_,.:;*%+-";

fn random_uuid() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // Each state is keyed by the system's randomness and then counted on.
    let random = || RandomState::new().build_hasher().finish();
    let hex = format!("{:016x}{:016x}", random(), random());
    let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16] % 4)];
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn replace(row: &[Cell]) -> Outcome {
    let (given, old, new) = (bytes_of(&row[0]), bytes_of(&row[1]), bytes_of(&row[2]));
    if old.is_empty() {
        return Ok(row[0].clone());
    }
    let mut out = Vec::with_capacity(given.len());
    let mut at = 0;
    while at < given.len() {
        if given[at..].starts_with(old) {
            out.extend_from_slice(new);
            at += old.len();
            room("REPLACE", out.len())?;
        } else {
            out.push(given[at]);
            at += 1;
        }
    }
    Ok(like_kind(&row[0], out))
}

fn split(row: &[Cell]) -> Outcome {
    let comma = Cell::Text(",".to_owned());
    let between = bytes_of(row.get(1).unwrap_or(&comma));
    let given = bytes_of(&row[0]);
    if given.is_empty() {
        return Ok(Cell::Array(vec![like_kind(&row[0], Vec::new())]));
    }
    if between.is_empty() {
        return Ok(Cell::Array(
            pieces(&row[0]).into_iter().map(|it| like_kind(&row[0], it.to_vec())).collect(),
        ));
    }
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < given.len() {
        if given[at..].starts_with(between) {
            out.push(like_kind(&row[0], given[start..at].to_vec()));
            at += between.len();
            start = at;
        } else {
            at += 1;
        }
    }
    out.push(like_kind(&row[0], given[start..].to_vec()));
    Ok(Cell::Array(out))
}

/// Whether a text is in any text of a value, whatever the case.
fn contains(cell: &Cell, kind: &Type, needle: &str) -> Option<bool> {
    match (cell, kind) {
        (Cell::Null, _) => None,
        (Cell::Array(all), Type::Array(of)) => any(all.iter().map(|it| contains(it, of, needle))),
        (Cell::Struct(all), Type::Struct(fields)) => {
            any(all.iter().zip(fields).map(|(it, field)| contains(it, &field.kind, needle)))
        }
        (Cell::Bytes(_), _) => Some(false),
        (other, _) => Some(super::casts::sql_text(other).to_lowercase().contains(needle)),
    }
}

fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut unknown = false;
    for found in all {
        match found {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

fn soundex(given: &str) -> String {
    let code = |c: char| match c.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        _ => '0',
    };
    let mut letters = given.chars().filter(char::is_ascii_alphabetic);
    let Some(first) = letters.next() else { return String::new() };
    let mut out = String::from(first);
    let mut last = code(first);
    for c in letters {
        let next = code(c);
        if next != '0' && next != last {
            out.push(next);
        }
        // H and W do not part letters of one sound; vowels do.
        if !matches!(c.to_ascii_uppercase(), 'H' | 'W') {
            last = next;
        }
        if out.len() == 4 {
            break;
        }
    }
    format!("{out:0<4}")
}

fn edit_distance(a: &[&[u8]], b: &[&[u8]]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

fn code_point(cell: &Cell) -> Result<char, String> {
    u32::try_from(int(cell))
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| format!("Invalid codepoint {}", int(cell)))
}

pub(super) fn all() -> Vec<Function> {
    vec![
        mapped("LOWER", str::to_lowercase, |it| it.to_ascii_lowercase()),
        mapped("UPPER", str::to_uppercase, |it| it.to_ascii_uppercase()),
        def("REVERSE", SAME, |row, _| {
            let mut all = pieces(&row[0]);
            all.reverse();
            Ok(like_kind(&row[0], all.concat()))
        }),
        def("INITCAP", "(STRING, [STRING]) STRING", |row, _| {
            Ok(Cell::Text(title(text(&row[0]), row.get(1).map_or(DELIMITERS, text))))
        }),
        trimmed("TRIM", true, true),
        trimmed("LTRIM", true, false),
        trimmed("RTRIM", false, true),
        padded("LPAD", true),
        padded("RPAD", false),
        def("LENGTH", "(STRING) INT64; (BYTES) INT64", |row, _| {
            Ok(match &row[0] {
                Cell::Bytes(it) => count(it.len()),
                it => count(text(it).chars().count()),
            })
        }),
        def("BYTE_LENGTH", "(STRING) INT64; (BYTES) INT64", |row, _| Ok(count(bytes_of(&row[0]).len()))),
        def("SUBSTR", "(STRING, INT64, [INT64]) STRING; (BYTES, INT64, [INT64]) BYTES", |row, _| substr(row)),
        def("LEFT", "(STRING, INT64) STRING; (BYTES, INT64) BYTES", |row, _| {
            let size =
                usize::try_from(int(&row[1])).map_err(|_| "Second argument in LEFT() cannot be negative")?;
            let all = pieces(&row[0]);
            Ok(like_kind(&row[0], all[..size.min(all.len())].concat()))
        }),
        def("RIGHT", "(STRING, INT64) STRING; (BYTES, INT64) BYTES", |row, _| {
            let size =
                usize::try_from(int(&row[1])).map_err(|_| "Second argument in RIGHT() cannot be negative")?;
            let all = pieces(&row[0]);
            Ok(like_kind(&row[0], all[all.len().saturating_sub(size)..].concat()))
        }),
        def("REPLACE", "(STRING, STRING, STRING) STRING; (BYTES, BYTES, BYTES) BYTES", |row, _| replace(row)),
        def("REPEAT", "(STRING, INT64) STRING; (BYTES, INT64) BYTES", |row, _| {
            let times = usize::try_from(int(&row[1]))
                .map_err(|_| "Second argument in REPEAT() cannot be negative")?;
            let given = bytes_of(&row[0]);
            match given.len().saturating_mul(times) > PADDED {
                true => Err("Output of REPEAT exceeds max allowed output size of 1MB".to_owned()),
                false if given.is_empty() => Ok(row[0].clone()),
                false => Ok(like_kind(&row[0], given.repeat(times))),
            }
        }),
        def("STRPOS", "(STRING, STRING) INT64; (BYTES, BYTES) INT64", |row, _| {
            let (hay, needle) = (bytes_of(&row[0]), bytes_of(&row[1]));
            let found = match needle.is_empty() {
                true => Some(0),
                false => hay.windows(needle.len()).position(|it| it == needle),
            };
            Ok(match (found, &row[0]) {
                (None, _) => Cell::Int(0),
                (Some(at), Cell::Bytes(_)) => count(at + 1),
                (Some(at), other) => count(text(other)[..at].chars().count() + 1),
            })
        }),
        def(
            "INSTR",
            "(STRING, STRING, [INT64], [INT64]) INT64; (BYTES, BYTES, [INT64], [INT64]) INT64",
            |row, _| instr(row),
        ),
        def("STARTS_WITH", "(STRING, STRING) BOOL; (BYTES, BYTES) BOOL", |row, _| {
            Ok(Cell::Bool(bytes_of(&row[0]).starts_with(bytes_of(&row[1]))))
        }),
        def("ENDS_WITH", "(STRING, STRING) BOOL; (BYTES, BYTES) BOOL", |row, _| {
            Ok(Cell::Bool(bytes_of(&row[0]).ends_with(bytes_of(&row[1]))))
        }),
        def("CONTAINS_SUBSTR", "(T, STRING) BOOL", |row, scene| {
            if row[1].is_null() {
                return Err("The second argument of CONTAINS_SUBSTR cannot be NULL".to_owned());
            }
            let needle = text(&row[1]).to_lowercase();
            Ok(contains(&row[0], &scene.kinds[0], &needle).map_or(Cell::Null, Cell::Bool))
        })
        .lenient(),
        def("SPLIT", "(STRING, [STRING]) ARRAY<STRING>; (BYTES, BYTES) ARRAY<BYTES>", |row, _| split(row)),
        def(
            "CONCAT",
            "(STRING, STRING...) STRING; (BYTES, BYTES...) BYTES; (ANY, ANY...) STRING",
            |row, scene| {
                if scene
                    .kinds
                    .iter()
                    .any(|it| matches!(it, Type::Bytes | Type::Array(_) | Type::Struct(_) | Type::Json))
                    && scene.kinds.iter().any(|it| *it != Type::Bytes)
                {
                    return Err(
                        "CONCAT needs values of one type, or values that can be cast to STRING".to_owned()
                    );
                }
                match &row[0] {
                    Cell::Bytes(_) => super::operators::concat("CONCAT", row),
                    _ => {
                        let texts: Vec<Cell> =
                            row.iter().map(|it| Cell::Text(super::casts::sql_text(it))).collect();
                        super::operators::concat("CONCAT", &texts)
                    }
                }
            },
        ),
        def("CHR", "(INT64) STRING", |row, _| match int(&row[0]) {
            0 => Ok(Cell::Text(String::new())),
            _ => code_point(&row[0]).map(|it| Cell::Text(it.to_string())),
        }),
        def("ASCII", "(STRING) INT64; (BYTES) INT64", |row, _| match bytes_of(&row[0]).first() {
            Some(first) if *first < 128 => Ok(Cell::Int(i64::from(*first))),
            Some(first) if matches!(row[0], Cell::Bytes(_)) => Ok(Cell::Int(i64::from(*first))),
            Some(_) => Err("Non-ASCII character found in ASCII".to_owned()),
            None => Ok(Cell::Int(0)),
        }),
        def("UNICODE", "(STRING) INT64", |row, _| {
            Ok(Cell::Int(text(&row[0]).chars().next().map_or(0, |it| i64::from(u32::from(it)))))
        }),
        def("TO_CODE_POINTS", "(STRING) ARRAY<INT64>; (BYTES) ARRAY<INT64>", |row, _| {
            Ok(Cell::Array(match &row[0] {
                Cell::Bytes(it) => it.iter().map(|it| Cell::Int(i64::from(*it))).collect(),
                it => text(it).chars().map(|it| Cell::Int(i64::from(u32::from(it)))).collect(),
            }))
        }),
        def("CODE_POINTS_TO_STRING", "(ARRAY<INT64>) STRING", |row, _| {
            if items(&row[0]).iter().any(Cell::is_null) {
                return Ok(Cell::Null);
            }
            let all: Result<String, String> = items(&row[0]).iter().map(code_point).collect();
            all.map(Cell::Text)
        }),
        def("CODE_POINTS_TO_BYTES", "(ARRAY<INT64>) BYTES", |row, _| {
            if items(&row[0]).iter().any(Cell::is_null) {
                return Ok(Cell::Null);
            }
            let byte = |it: &Cell| {
                u8::try_from(int(it)).map_err(|_| format!("Invalid extended ASCII code points {}", int(it)))
            };
            let all: Result<Vec<u8>, String> = items(&row[0]).iter().map(byte).collect();
            all.map(Cell::Bytes)
        }),
        def("TRANSLATE", "(STRING, STRING, STRING) STRING; (BYTES, BYTES, BYTES) BYTES", |row, _| {
            let (from, to) = (pieces(&row[1]), pieces(&row[2]));
            if let Some((at, _)) = from.iter().enumerate().find(|(at, it)| from[..*at].contains(it)) {
                return Err(format!(
                    "Duplicate character \"{}\" in TRANSLATE source characters",
                    String::from_utf8_lossy(from[at])
                ));
            }
            let mut out = Vec::new();
            for piece in pieces(&row[0]) {
                match from.iter().position(|it| *it == piece) {
                    Some(at) => out.extend_from_slice(to.get(at).copied().unwrap_or(b"")),
                    None => out.extend_from_slice(piece),
                }
            }
            Ok(like_kind(&row[0], out))
        }),
        def("SOUNDEX", "(STRING) STRING", |row, _| Ok(Cell::Text(soundex(text(&row[0]))))),
        def(
            "EDIT_DISTANCE",
            "(STRING, STRING, [max_distance:INT64]) INT64; (BYTES, BYTES, [max_distance:INT64]) INT64",
            |row, _| {
                let most = row.get(2).map(int);
                if most.is_some_and(|it| it < 0) {
                    return Err("max_distance must be non-negative".to_owned());
                }
                let (a, b) = (pieces(&row[0]), pieces(&row[1]));
                if a.len().saturating_mul(b.len()) > 100_000_000 {
                    return Err("EDIT_DISTANCE: the inputs are too long".to_owned());
                }
                let found = i64::try_from(edit_distance(&a, &b)).unwrap_or(i64::MAX);
                Ok(Cell::Int(most.map_or(found, |it| found.min(it))))
            },
        ),
        def("GENERATE_UUID", "() STRING", |_, _| Ok(Cell::Text(random_uuid()))).volatile(),
        def("SAFE_CONVERT_BYTES_TO_STRING", "(BYTES) STRING", |row, _| {
            Ok(Cell::Text(String::from_utf8_lossy(bytes_of(&row[0])).into_owned()))
        }),
    ]
}
