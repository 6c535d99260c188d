//! Regular expressions and `LIKE`.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::{Function, Outcome, bytes_of, def, int, items, room, text};
use crate::cell::Cell;

thread_local! {
    /// Expressions are nearly always constants: compiling one for each row would be all the work.
    static COMPILED: RefCell<HashMap<(String, bool), Regex>> = RefCell::new(HashMap::new());
}

/// Works with the expression of a pattern; over bytes, `.` is any byte.
fn with<T>(pattern: &Cell, work: impl FnOnce(&Regex) -> Result<T, String>) -> Result<T, String> {
    let unicode = !matches!(pattern, Cell::Bytes(_));
    let written = String::from_utf8_lossy(bytes_of(pattern)).into_owned();
    let key = (written, unicode);
    let made = COMPILED.with_borrow_mut(|compiled| -> Result<Regex, String> {
        if let Some(found) = compiled.get(&key) {
            return Ok(found.clone());
        }
        let made = RegexBuilder::new(&key.0).unicode(true).size_limit(10 << 20).build().map_err(|error| {
            let why = error.to_string();
            format!("Cannot parse regular expression: {}", why.lines().last().unwrap_or_default())
        })?;
        if compiled.len() > 100 {
            compiled.clear();
        }
        compiled.insert(key.clone(), made.clone());
        Ok(made)
    })?;
    work(&made)
}

/// A part of the value that was searched, as what it was.
fn part(of: &Cell, bytes: &[u8]) -> Cell {
    match of {
        Cell::Bytes(_) => Cell::Bytes(bytes.to_vec()),
        _ => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// The part that the first group captures, or the whole match.
fn captured<'h>(found: &Captures<'h>) -> Option<regex::bytes::Match<'h>> {
    match found.len() {
        1 => found.get(0),
        _ => found.get(1),
    }
}

fn one_group(expression: &Regex, name: &str) -> Result<(), String> {
    match expression.captures_len() > 2 {
        true => Err(format!(
            "Regular expression passed to {name} has more than one capturing group: {expression}"
        )),
        false => Ok(()),
    }
}

/// The byte at which a position, counted in characters from 1, lies; `None` beyond the end.
fn byte_at(of: &Cell, position: i64) -> Option<usize> {
    let at = usize::try_from(position - 1).ok()?;
    match of {
        Cell::Bytes(it) => (at <= it.len()).then_some(at),
        other => {
            let given = text(other);
            let mut ends = given.char_indices().map(|it| it.0).chain(std::iter::once(given.len()));
            ends.nth(at)
        }
    }
}

/// The position, from 1, of a byte.
fn position_of(of: &Cell, at: usize) -> i64 {
    let before = match of {
        Cell::Bytes(_) => at,
        other => text(other)[..at].chars().count(),
    };
    i64::try_from(before + 1).unwrap_or(i64::MAX)
}

fn positive(cell: Option<&Cell>, what: &str) -> Result<i64, String> {
    match cell.map_or(1, int) {
        it if it > 0 => Ok(it),
        _ => Err(format!("{what} must be positive")),
    }
}

fn extract(row: &[Cell]) -> Outcome {
    let position = positive(row.get(2), "Position")?;
    let occurrence = positive(row.get(3), "Occurrence")?;
    let Some(from) = byte_at(&row[0], position) else { return Ok(Cell::Null) };
    with(&row[1], |it| {
        one_group(it, "REGEXP_EXTRACT")?;
        let given = &bytes_of(&row[0])[from..];
        let found = it.captures_iter(given).nth(usize::try_from(occurrence - 1).unwrap_or(usize::MAX));
        Ok(found.as_ref().and_then(captured).map_or(Cell::Null, |it| part(&row[0], it.as_bytes())))
    })
}

fn place(row: &[Cell]) -> Outcome {
    let position = positive(row.get(2), "Position")?;
    let occurrence = positive(row.get(3), "Occurrence")?;
    let end = match row.get(4).map_or(0, int) {
        0 => false,
        1 => true,
        _ => return Err("The last argument of REGEXP_INSTR must be 0 or 1".to_owned()),
    };
    if bytes_of(&row[1]).is_empty() {
        return Ok(Cell::Int(0));
    }
    let Some(from) = byte_at(&row[0], position) else { return Ok(Cell::Int(0)) };
    with(&row[1], |it| {
        one_group(it, "REGEXP_INSTR")?;
        let given = &bytes_of(&row[0])[from..];
        let found = it.captures_iter(given).nth(usize::try_from(occurrence - 1).unwrap_or(usize::MAX));
        Ok(Cell::Int(match found.as_ref().and_then(captured) {
            Some(found) => position_of(&row[0], from + if end { found.end() } else { found.start() }),
            None => 0,
        }))
    })
}

fn replace(row: &[Cell]) -> Outcome {
    // BigQuery writes groups as \1, and \\ for a backslash.
    let replacement = bytes_of(&row[2]);
    let mut parts: Vec<Result<Vec<u8>, usize>> = Vec::new();
    let mut plain = Vec::new();
    let mut at = 0;
    while at < replacement.len() {
        match (replacement[at], replacement.get(at + 1)) {
            (b'\\', Some(digit)) if digit.is_ascii_digit() => {
                parts.push(Ok(std::mem::take(&mut plain)));
                parts.push(Err(usize::from(digit - b'0')));
                at += 2;
            }
            (b'\\', Some(b'\\')) => {
                plain.push(b'\\');
                at += 2;
            }
            (b'\\', _) => {
                return Err("Invalid REGEXP_REPLACE pattern: \\ must be followed by a digit or \\".to_owned());
            }
            (other, _) => {
                plain.push(other);
                at += 1;
            }
        }
    }
    parts.push(Ok(plain));
    with(&row[1], |it| {
        let groups = it.captures_len();
        if let Some(group) = parts.iter().filter_map(|it| it.as_ref().err()).find(|it| **it >= groups) {
            return Err(format!("Invalid REGEXP_REPLACE pattern: group {group} does not exist"));
        }
        let given = bytes_of(&row[0]);
        let mut out = Vec::new();
        let mut last = 0;
        for found in it.captures_iter(given) {
            let Some(whole) = found.get(0) else { continue };
            out.extend_from_slice(&given[last..whole.start()]);
            for part in &parts {
                match part {
                    Ok(plain) => out.extend_from_slice(plain),
                    Err(group) => out.extend_from_slice(found.get(*group).map_or(b"", |it| it.as_bytes())),
                }
            }
            last = whole.end();
            room("REGEXP_REPLACE", out.len())?;
        }
        out.extend_from_slice(&given[last..]);
        Ok(part(&row[0], &out))
    })
}

/// `LIKE`: `%` is any characters, `_` is one; `None` where a null decides.
pub fn like(value: &Cell, pattern: &Cell) -> Result<Option<bool>, String> {
    if value.is_null() || pattern.is_null() {
        return Ok(None);
    }
    enum Step {
        Any,
        One,
        Char(char),
    }
    // Bytes are matched one by one, as if each were a character.
    let chars = |cell: &Cell| -> Vec<char> {
        match cell {
            Cell::Bytes(it) => it.iter().map(|it| char::from(*it)).collect(),
            other => text(other).chars().collect(),
        }
    };
    let given = chars(value);
    let mut steps = Vec::new();
    let mut written = chars(pattern).into_iter();
    while let Some(c) = written.next() {
        steps.push(match c {
            '%' => Step::Any,
            '_' => Step::One,
            '\\' => match written.next() {
                Some(next) => Step::Char(next),
                None => return Err("LIKE pattern ends with a backslash".to_owned()),
            },
            other => Step::Char(other),
        });
    }
    // Where the latest % stands, and how much of the text it takes: nothing before it is tried again.
    let (mut at, mut step) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        let fits = match steps.get(step) {
            Some(Step::Any) => {
                back = Some((step, at));
                step += 1;
                continue;
            }
            Some(Step::One) => at < given.len(),
            Some(Step::Char(c)) => given.get(at) == Some(c),
            None if at == given.len() => return Ok(Some(true)),
            None => false,
        };
        if fits {
            at += 1;
            step += 1;
            continue;
        }
        match back {
            Some((from, taken)) if taken < given.len() => {
                back = Some((from, taken + 1));
                step = from + 1;
                at = taken + 1;
            }
            _ => return Ok(Some(false)),
        }
    }
}

fn truth(value: Option<bool>) -> Cell {
    value.map_or(Cell::Null, Cell::Bool)
}

fn like_array(name: &'static str, any: bool) -> Function {
    def(name, "(STRING, ARRAY<STRING>) BOOL; (BYTES, ARRAY<BYTES>) BOOL", move |row, _| {
        if row[1].is_null() {
            return Ok(Cell::Bool(!any));
        }
        let mut unknown = false;
        for pattern in items(&row[1]) {
            match like(&row[0], pattern)? {
                Some(found) if found == any => return Ok(Cell::Bool(any)),
                Some(_) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown { Cell::Null } else { Cell::Bool(!any) })
    })
    .lenient()
}

pub(super) fn all() -> Vec<Function> {
    vec![
        def("$LIKE", "(STRING, STRING) BOOL; (BYTES, BYTES) BOOL", |row, _| {
            like(&row[0], &row[1]).map(truth)
        }),
        like_array("$LIKE_ANY", true),
        like_array("$LIKE_ALL", false),
        def("REGEXP_CONTAINS", "(STRING, STRING) BOOL; (BYTES, BYTES) BOOL", |row, _| {
            with(&row[1], |it| Ok(Cell::Bool(it.is_match(bytes_of(&row[0])))))
        }),
        def(
            "REGEXP_EXTRACT",
            "(STRING, STRING, [INT64], [INT64]) STRING; (BYTES, BYTES, [INT64], [INT64]) BYTES",
            |row, _| extract(row),
        ),
        def("REGEXP_EXTRACT_ALL", "(STRING, STRING) ARRAY<STRING>; (BYTES, BYTES) ARRAY<BYTES>", |row, _| {
            with(&row[1], |it| {
                one_group(it, "REGEXP_EXTRACT_ALL")?;
                let all = it.captures_iter(bytes_of(&row[0]));
                Ok(Cell::Array(
                    all.filter_map(|it| captured(&it).map(|it| part(&row[0], it.as_bytes()))).collect(),
                ))
            })
        }),
        def("REGEXP_REPLACE", "(STRING, STRING, STRING) STRING; (BYTES, BYTES, BYTES) BYTES", |row, _| {
            replace(row)
        }),
        def(
            "REGEXP_INSTR",
            "(STRING, STRING, [INT64], [INT64], [INT64]) INT64; (BYTES, BYTES, [INT64], [INT64], [INT64]) INT64",
            |row, _| place(row),
        ),
    ]
}
