//! Functions that change JSON: set, append, insert, remove and strip.

use serde_json::{Map, Value};

use super::super::{Outcome, room, text};
use super::path::{Step, path, walk};
use super::{read, to_json};
use crate::cell::Cell;
use crate::types::Type;

/// `JSON_SET` and its kin: what they do where a path leads.
fn changed(value: &mut Value, steps: &[Step], make: bool, change: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return change(value) };
    if value.is_null() && make {
        *value = match step {
            Step::Member(_) => Value::Object(Map::new()),
            Step::Element(_) => Value::Array(Vec::new()),
        };
    }
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => match members.get_mut(name) {
            Some(inner) => changed(inner, rest, make, change),
            None if make => {
                let mut fresh = Value::Null;
                changed(&mut fresh, rest, make, change);
                members.insert(name.clone(), fresh);
            }
            None => {}
        },
        (Step::Element(at), Value::Array(all)) => {
            if make && *at < 1_000_000 {
                while all.len() <= *at {
                    all.push(Value::Null);
                }
            }
            if let Some(inner) = all.get_mut(*at) {
                changed(inner, rest, make, change);
            }
        }
        (_, _) => {}
    }
}

/// Whether a path can be made: nothing stands in its way that is neither null nor what it goes through.
fn open_to(value: &Value, steps: &[Step]) -> bool {
    let mut at = value;
    for step in steps {
        at = match (step, at) {
            (_, Value::Null) => return true,
            (Step::Member(name), Value::Object(members)) => match members.get(name) {
                Some(inner) => inner,
                None => return true,
            },
            (Step::Element(place), Value::Array(all)) => match all.get(*place) {
                Some(inner) => inner,
                None => return true,
            },
            (_, _) => return false,
        };
    }
    true
}

pub(super) fn set(row: &[Cell], kinds: &[Type]) -> Outcome {
    if row[0].is_null() {
        return Ok(Cell::Null);
    }
    let (create, pairs) = flagged(row, kinds, true)?;
    let mut value = read(&row[0]);
    for (given, cell, kind) in pairs {
        if given.is_null() {
            return Ok(Cell::Null);
        }
        let steps = path(text(given), false)?;
        let new = to_json(cell, kind, false)?;
        if !open_to(&value, &steps) || (!create && walk(&value, &steps).is_none()) {
            continue;
        }
        changed(&mut value, &steps, create, &mut |it| *it = new.clone());
    }
    sized(value)
}

/// A path, and the value for it with its type.
type Pair<'r> = (&'r Cell, &'r Cell, &'r Type);

/// The paths and values of a call, and the flag behind them.
fn flagged<'r>(row: &'r [Cell], kinds: &'r [Type], default: bool) -> Result<(bool, Vec<Pair<'r>>), String> {
    let mut rest = &row[1..];
    let mut kinds = &kinds[1..];
    let mut flag = default;
    // The flag is the last, null where it is not given.
    if let Some((last, others)) = rest.split_last() {
        if let Cell::Bool(it) = last {
            flag = *it;
        }
        rest = others;
        kinds = &kinds[..others.len()];
    }
    if rest.len() % 2 == 1 {
        return Err("A path without a value: the paths and values of this function come in pairs".to_owned());
    }
    Ok((
        flag,
        rest.chunks(2).zip(kinds.chunks(2)).map(|(cells, kinds)| (&cells[0], &cells[1], &kinds[1])).collect(),
    ))
}

pub(super) fn sized(value: Value) -> Outcome {
    let shown = value.to_string();
    room("JSON", shown.len())?;
    Ok(Cell::Json(shown))
}

pub(super) fn added(row: &[Cell], kinds: &[Type], insert: bool) -> Outcome {
    if row[0].is_null() {
        return Ok(Cell::Null);
    }
    let (each, pairs) = flagged(row, kinds, true)?;
    let mut value = read(&row[0]);
    for (given, cell, kind) in pairs {
        if given.is_null() {
            return Ok(Cell::Null);
        }
        let mut steps = path(text(given), false)?;
        let at = if insert {
            match steps.pop() {
                Some(Step::Element(at)) => Some(at),
                Some(Step::Member(_)) => continue,
                None => return Err("JSON_ARRAY_INSERT: the path must end with a position".to_owned()),
            }
        } else {
            None
        };
        let new: Vec<Value> = match (cell, kind) {
            (Cell::Array(all), Type::Array(of)) if each => {
                all.iter().map(|it| to_json(it, of, false)).collect::<Result<_, _>>()?
            }
            (cell, kind) => vec![to_json(cell, kind, false)?],
        };
        changed(&mut value, &steps, false, &mut |it| {
            if it.is_null() {
                *it = Value::Array(Vec::new());
            }
            let Value::Array(all) = it else { return };
            let place = match at {
                Some(at) if at < 1_000_000 => {
                    while all.len() < at {
                        all.push(Value::Null);
                    }
                    at
                }
                Some(_) => return,
                None => all.len(),
            };
            all.splice(place..place, new.iter().cloned());
        });
    }
    sized(value)
}

pub(super) fn remove(row: &[Cell]) -> Outcome {
    let mut value = read(&row[0]);
    for given in &row[1..] {
        let mut steps = path(text(given), false)?;
        let Some(last) = steps.pop() else {
            return Err("The JSONPath cannot be '$'".to_owned());
        };
        changed(&mut value, &steps, false, &mut |it| match (&last, it) {
            (Step::Member(name), Value::Object(members)) => {
                members.remove(name);
            }
            (Step::Element(at), Value::Array(all)) if *at < all.len() => {
                all.remove(*at);
            }
            (_, _) => {}
        });
    }
    sized(value)
}

/// Leaves out nulls; with `empty`, also what is empty then.
fn stripped(value: Value, arrays: bool, empty: bool) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let kept: Map<String, Value> = members
                .into_iter()
                .filter_map(|(name, it)| Some((name, stripped(it, arrays, empty)?)))
                .collect();
            (!empty || !kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(all) => {
            let each = |it: Value| match arrays {
                true => stripped(it, arrays, empty),
                false => Some(stripped(it, arrays, empty).unwrap_or(Value::Null)),
            };
            let kept: Vec<Value> = all.into_iter().filter_map(each).collect();
            (!empty || !arrays || !kept.is_empty()).then_some(Value::Array(kept))
        }
        other => Some(other),
    }
}

pub(super) fn strip(row: &[Cell]) -> Outcome {
    if row[0].is_null() {
        return Ok(Cell::Null);
    }
    let at = row.get(1).filter(|it| !it.is_null());
    let flag = |which: usize, default: bool| match row.get(which) {
        Some(Cell::Bool(it)) => Some(*it),
        Some(_) if row.get(which).is_some_and(|it| !it.is_null()) => Some(default),
        _ => Some(default),
    };
    let (arrays, empty) = (flag(2, true).unwrap_or(true), flag(3, false).unwrap_or(false));
    let mut value = read(&row[0]);
    let steps = path(at.map_or("$", text), false)?;
    if steps.is_empty() {
        return sized(stripped(value, arrays, empty).unwrap_or(Value::Null));
    }
    changed(&mut value, &steps, false, &mut |it| {
        *it = stripped(std::mem::take(it), arrays, empty).unwrap_or(Value::Null);
    });
    sized(value)
}
