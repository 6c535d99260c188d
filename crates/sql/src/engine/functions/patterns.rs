//! Functions of regular expressions.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

use super::{Function, int, no_match, text};
use crate::cell::Cell;
use crate::types::Type;

thread_local! {
    /// Expressions are nearly always constants: compiling one for each row would be all the work.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

fn with<T>(pattern: &str, work: impl FnOnce(&Regex) -> Result<T, String>) -> Result<T, String> {
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern) {
            let made = Regex::new(pattern).map_err(|error| {
                let why = error.to_string();
                format!("Cannot parse regular expression: {}", why.lines().last().unwrap_or_default())
            })?;
            if compiled.len() > 100 {
                compiled.clear();
            }
            compiled.insert(pattern.to_owned(), made);
        }
        match compiled.get(pattern) {
            Some(it) => work(it),
            None => Err("Cannot parse regular expression".to_owned()),
        }
    })
}

fn of(name: &'static str, kind: Type) -> impl Fn(&[Type]) -> Result<Type, String> {
    move |kinds| match kinds {
        [Type::String, Type::String, ..] => Ok(kind.clone()),
        _ => Err(no_match(name, kinds)),
    }
}

/// The part that the first group captures, or the whole match.
fn captured<'a>(found: &regex::Captures<'a>) -> Option<&'a str> {
    found.get(1).map_or_else(|| found.get(0), Some).map(|it| it.as_str())
}

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new("REGEXP_CONTAINS", of("REGEXP_CONTAINS", Type::Bool), |row, _| {
            with(text(&row[1]), |it| Ok(Cell::Bool(it.is_match(text(&row[0])))))
        }),
        Function::new("REGEXP_EXTRACT", of("REGEXP_EXTRACT", Type::String), |row, _| {
            let from =
                usize::try_from(row.get(2).map_or(1, int) - 1).map_err(|_| "Position must be positive")?;
            let which =
                usize::try_from(row.get(3).map_or(1, int) - 1).map_err(|_| "Occurrence must be positive")?;
            let given: String = text(&row[0]).chars().skip(from).collect();
            with(text(&row[1]), |it| {
                if it.captures_len() > 2 {
                    return Err(format!("Regular expression has more than one capturing group: {it}"));
                }
                let found = it.captures_iter(&given).nth(which);
                Ok(found.as_ref().and_then(captured).map_or(Cell::Null, |it| Cell::Text(it.to_owned())))
            })
        }),
        Function::new(
            "REGEXP_EXTRACT_ALL",
            of("REGEXP_EXTRACT_ALL", Type::Array(Box::new(Type::String))),
            |row, _| {
                with(text(&row[1]), |it| {
                    let all = it.captures_iter(text(&row[0]));
                    Ok(Cell::Array(
                        all.filter_map(|it| captured(&it).map(|it| Cell::Text(it.to_owned()))).collect(),
                    ))
                })
            },
        ),
        Function::new("REGEXP_REPLACE", of("REGEXP_REPLACE", Type::String), |row, _| {
            // BigQuery writes groups as \1, this library as ${1}.
            let mut with_groups = String::new();
            let mut chars = text(&row[2]).chars().peekable();
            while let Some(c) = chars.next() {
                match (c, chars.peek().copied()) {
                    ('\\', Some(digit)) if digit.is_ascii_digit() => {
                        with_groups.push_str(&format!("${{{digit}}}"));
                        chars.next();
                    }
                    ('\\', Some('\\')) => {
                        with_groups.push('\\');
                        chars.next();
                    }
                    ('$', _) => with_groups.push_str("$$"),
                    (other, _) => with_groups.push(other),
                }
            }
            with(text(&row[1]), |it| {
                Ok(Cell::Text(it.replace_all(text(&row[0]), with_groups.as_str()).into_owned()))
            })
        }),
        Function::new("REGEXP_INSTR", of("REGEXP_INSTR", Type::Int64), |row, _| {
            with(text(&row[1]), |it| {
                let given = text(&row[0]);
                let at = it.find(given).map_or(0, |it| given[..it.start()].chars().count() + 1);
                Ok(Cell::Int(i64::try_from(at).unwrap_or(0)))
            })
        }),
    ]
}
