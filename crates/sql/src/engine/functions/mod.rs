//! BigQuery's scalar functions: what they take, and what they make of it row by row.

mod arrays;
mod bucket;
mod casts;
mod elements;
mod formats;
mod hashes;
mod json;
mod lacking;
mod maths;
mod moments;
mod net;
mod operators;
mod patterns;
mod ranges;
mod strings;
mod units;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::coercion::{Literal, cost, is_number, supertype};
use crate::cell::Cell;
use crate::types::Type;

pub use casts::{castable, convert};
pub use lacking::lacking;
pub use maths::LACKS;
pub use operators::{add, divide, interpolate, interval_text, is_negative, shift_number};
pub use patterns::like;
pub use units::Unit;

/// How a function was called.
pub struct Scene<'a> {
    pub kinds: &'a [Type],
    pub returns: &'a Type,
}

pub type Outcome = Result<Cell, String>;
type Body = Box<dyn Fn(&[Cell], &Scene<'_>) -> Outcome + Send + Sync>;

/// The longest value that a function may make: what BigQuery allows a row.
pub const LONGEST: usize = 100 << 20;
/// The longest that `REPEAT`, `LPAD` and `RPAD` make.
const PADDED: usize = 1 << 20;
/// The most elements that `GENERATE_ARRAY` and its kin make.
const MOST_ELEMENTS: usize = 1_048_575;

/// What an argument may be.
#[derive(Clone, Debug, PartialEq)]
enum Pattern {
    Exact(Type),
    /// Any type; the same letter is the same type.
    Any(char),
    /// Any type, of each argument its own.
    Each,
    /// A number of whatever type holds all of them.
    Number,
    ArrayOf(Box<Pattern>),
    RangeOf(Box<Pattern>),
    /// A part of a date: `DAY`, `WEEK(MONDAY)`.
    Part,
}

#[derive(Clone, Debug)]
struct Taken {
    pattern: Pattern,
    name: Option<String>,
    optional: bool,
    repeated: bool,
    /// It must be named.
    named: bool,
}

#[derive(Clone, Debug)]
struct Signature {
    takes: Vec<Taken>,
    returns: Pattern,
}

pub struct Function {
    pub name: &'static str,
    signatures: Vec<Signature>,
    body: Body,
    /// What stands for an argument that is left out before others.
    pub filling: Cell,
    /// Whether a null among the arguments makes null.
    pub strict: bool,
    /// Whether it yields something else each time.
    pub volatile: bool,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

/// A function that is null where an argument is.
fn def(
    name: &'static str,
    signatures: &str,
    body: impl Fn(&[Cell], &Scene<'_>) -> Outcome + Send + Sync + 'static,
) -> Function {
    let signatures = signatures.split(';').map(|it| signature(it.trim())).collect();
    Function { name, signatures, body: Box::new(body), filling: Cell::Null, strict: true, volatile: false }
}

impl Function {
    /// Handles NULL arguments itself.
    fn lenient(mut self) -> Function {
        self.strict = false;
        self
    }

    fn volatile(mut self) -> Function {
        self.volatile = true;
        self
    }

    fn filled(mut self, filling: Cell) -> Function {
        self.filling = filling;
        self
    }

    pub fn call(&self, row: &[Cell], scene: &Scene<'_>) -> Outcome {
        if self.strict && row.iter().any(Cell::is_null) {
            return Ok(Cell::Null);
        }
        (self.body)(row, scene)
    }
}

/// Reads `(STRING, [INT64], name:BOOL, T...) ARRAY<T>`.
fn signature(text: &str) -> Signature {
    let close = text.rfind(") ").unwrap_or(text.len() - 1);
    let (inner, returns) = (&text[1..close], text[close + 1..].trim());
    let mut takes = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (at, c) in inner.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner.trim().is_empty() {
        parts.push(&inner[start..]);
    }
    for part in parts {
        let mut part = part.trim();
        let optional = part.starts_with('[');
        part = part.trim_start_matches('[').trim_end_matches(']');
        let repeated = part.ends_with("...");
        part = part.trim_end_matches("...");
        let (name, named) = match part.split_once(':') {
            Some((name, rest)) => {
                part = rest;
                (Some(name.trim_end_matches('!').to_owned()), name.ends_with('!'))
            }
            None => (None, false),
        };
        takes.push(Taken { pattern: pattern(part.trim()), name, optional, repeated, named });
    }
    Signature { takes, returns: pattern(returns) }
}

fn pattern(text: &str) -> Pattern {
    if let Some(inner) = text.strip_prefix("ARRAY<").and_then(|it| it.strip_suffix('>')) {
        return Pattern::ArrayOf(Box::new(pattern(inner)));
    }
    if let Some(inner) = text.strip_prefix("RANGE<").and_then(|it| it.strip_suffix('>')) {
        return Pattern::RangeOf(Box::new(pattern(inner)));
    }
    match text {
        "N" => Pattern::Number,
        "PART" => Pattern::Part,
        "ANY" => Pattern::Each,
        other => match Type::named(other) {
            Some(kind) => Pattern::Exact(kind),
            None => Pattern::Any(other.chars().next().unwrap_or('T')),
        },
    }
}

/// An argument as it is given: its name if it has one, its type, and how it was written.
pub struct Given<'a> {
    pub name: Option<&'a str>,
    pub kind: &'a Type,
    pub literal: Literal,
    /// Whether it reads like a part of a date.
    pub part: bool,
}

/// How a call fits a signature: each argument's place among those given, and the types.
pub struct Fit {
    pub order: Vec<Option<usize>>,
    pub kinds: Vec<Type>,
    pub returns: Type,
}

impl Pattern {
    fn collect<'a>(
        &self,
        given: &'a Given<'_>,
        letters: &mut HashMap<char, Vec<(&'a Type, Literal)>>,
    ) -> bool {
        fn under<'a>(
            pattern: &Pattern,
            kind: &'a Type,
            literal: Literal,
            letters: &mut HashMap<char, Vec<(&'a Type, Literal)>>,
        ) -> bool {
            match (pattern, kind) {
                (Pattern::Any(letter), kind) => {
                    letters.entry(*letter).or_default().push((kind, literal));
                    true
                }
                (Pattern::Number, kind) => {
                    letters.entry('#').or_default().push((kind, literal));
                    is_number(kind) || literal == Literal::Untyped
                }
                (Pattern::ArrayOf(inner), Type::Array(of)) => under(inner, of, literal, letters),
                (Pattern::RangeOf(inner), Type::Range(of)) => under(inner, of, literal, letters),
                (Pattern::ArrayOf(_) | Pattern::RangeOf(_), _) => literal == Literal::Untyped,
                (Pattern::Exact(_) | Pattern::Each | Pattern::Part, _) => true,
            }
        }
        match self {
            Pattern::Part => given.part,
            _ => under(self, given.kind, given.literal, letters),
        }
    }

    fn resolved(&self, letters: &HashMap<char, Type>) -> Type {
        match self {
            Pattern::Exact(kind) => kind.clone(),
            Pattern::Any(letter) => letters.get(letter).cloned().unwrap_or(Type::Int64),
            Pattern::Number => letters.get(&'#').cloned().unwrap_or(Type::Int64),
            Pattern::ArrayOf(of) => Type::Array(Box::new(of.resolved(letters))),
            Pattern::RangeOf(of) => Type::Range(Box::new(of.resolved(letters))),
            Pattern::Part | Pattern::Each => Type::String,
        }
    }
}

impl Signature {
    /// The arguments in the order that the signature has; `None` if they do not fit its form.
    fn arranged(&self, given: &[Given<'_>]) -> Option<Vec<(usize, Option<usize>)>> {
        let mut out = Vec::new();
        let mut next = 0;
        let mut used = 0;
        for (at, taken) in self.takes.iter().enumerate() {
            let named = taken.name.as_deref().and_then(|name| {
                given.iter().position(|it| it.name.is_some_and(|it| it.eq_ignore_ascii_case(name)))
            });
            if let Some(found) = named {
                out.push((at, Some(found)));
                used += 1;
                continue;
            }
            if taken.repeated {
                while next < given.len() && given[next].name.is_none() {
                    out.push((at, Some(next)));
                    next += 1;
                    used += 1;
                }
                continue;
            }
            match given.get(next) {
                Some(it) if it.name.is_none() && !taken.named => {
                    out.push((at, Some(next)));
                    next += 1;
                    used += 1;
                }
                _ if taken.optional => out.push((at, None)),
                _ => return None,
            }
        }
        // What is left out at the end is not there at all, unless what stands before it may go on.
        let goes_on = self.takes.iter().any(|it| it.repeated);
        while !goes_on && matches!(out.last(), Some((_, None))) {
            out.pop();
        }
        (used == given.len()).then_some(out)
    }

    fn fit(&self, given: &[Given<'_>]) -> Option<(u32, Fit)> {
        let order = self.arranged(given)?;
        let mut letters = HashMap::new();
        for (at, place) in &order {
            if let Some(place) = place
                && !self.takes[*at].pattern.collect(&given[*place], &mut letters)
            {
                return None;
            }
        }
        let mut resolved = HashMap::new();
        for (letter, kinds) in letters {
            let kind = supertype(&kinds)?;
            if letter == '#' && !is_number(&kind) {
                return None;
            }
            resolved.insert(letter, kind);
        }
        let mut total = 0;
        let mut kinds = Vec::new();
        for (at, place) in &order {
            let pattern = &self.takes[*at].pattern;
            let kind = match (pattern, place) {
                (Pattern::Each, Some(place)) => given[*place].kind.clone(),
                (pattern, _) => pattern.resolved(&resolved),
            };
            if let (Some(place), false) = (place, *pattern == Pattern::Part) {
                let it = &given[*place];
                total += cost(it.kind, it.literal, &kind)?;
            }
            kinds.push(kind);
        }
        let returns = self.returns.resolved(&resolved);
        Some((total, Fit { order: order.into_iter().map(|it| it.1).collect(), kinds, returns }))
    }
}

impl Function {
    /// The signature that fits best.
    pub fn fit(&self, given: &[Given<'_>]) -> Option<Fit> {
        let mut best: Option<(u32, Fit)> = None;
        for signature in &self.signatures {
            if let Some((cost, fit)) = signature.fit(given)
                && best.as_ref().is_none_or(|it| cost < it.0)
            {
                best = Some((cost, fit));
            }
        }
        best.map(|it| it.1)
    }

    /// What BigQuery says to arguments that fit no signature.
    pub fn no_match(&self, given: &[Given<'_>]) -> String {
        let kinds: Vec<String> = given
            .iter()
            .map(|it| match it.literal {
                Literal::Untyped if !matches!(it.kind, Type::Array(_)) => "NULL".to_owned(),
                _ if it.part => "DATE_TIME_PART".to_owned(),
                _ => it.kind.sql(),
            })
            .collect();
        let (what, name) = match self.name.strip_prefix('$') {
            Some(operator) => ("operator", operator),
            None => ("function", self.name),
        };
        if kinds.is_empty() {
            return format!("No matching signature for {what} {name} with no arguments");
        }
        format!("No matching signature for {what} {name} for argument types: {}.", kinds.join(", "))
    }

    /// Whether an argument at this place may be a part of a date.
    pub fn takes_part(&self, place: usize) -> bool {
        self.signatures.iter().any(|it| it.takes.get(place).is_some_and(|it| it.pattern == Pattern::Part))
    }
}

static ALL: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    let lists = [
        arrays::all(),
        bucket::all(),
        formats::all(),
        hashes::all(),
        json::all(),
        maths::all(),
        moments::all(),
        net::all(),
        operators::all(),
        patterns::all(),
        ranges::all(),
        strings::all(),
    ];
    for function in lists.into_iter().flatten() {
        all.insert(function.name, function);
    }
    all
});

/// Other names of one function.
const SAME: &[(&str, &str)] = &[
    ("POWER", "POW"),
    ("CEILING", "CEIL"),
    ("CHAR_LENGTH", "LENGTH"),
    ("CHARACTER_LENGTH", "LENGTH"),
    ("OCTET_LENGTH", "BYTE_LENGTH"),
    ("SUBSTRING", "SUBSTR"),
    ("LCASE", "LOWER"),
    ("UCASE", "UPPER"),
    ("REGEXP_SUBSTR", "REGEXP_EXTRACT"),
];

/// The function of this name, in capitals.
pub fn find(name: &str) -> Option<&'static Function> {
    let name = SAME.iter().find(|it| it.0 == name).map_or(name, |it| it.1);
    ALL.get(name)
}

/// The text of a cell that is one.
fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(it) | Cell::Json(it) | Cell::BigNumeric(it) => it,
        _ => "",
    }
}

/// The integer of a cell that is one.
fn int(cell: &Cell) -> i64 {
    match cell {
        Cell::Int(it) => *it,
        _ => 0,
    }
}

fn float(cell: &Cell) -> f64 {
    match cell {
        Cell::Float(it) => *it,
        Cell::Int(it) => *it as f64,
        _ => f64::NAN,
    }
}

fn bytes_of(cell: &Cell) -> &[u8] {
    match cell {
        Cell::Bytes(it) => it,
        other => text(other).as_bytes(),
    }
}

fn items(cell: &Cell) -> &[Cell] {
    match cell {
        Cell::Array(items) => items,
        _ => &[],
    }
}

fn count(value: usize) -> Cell {
    Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Refuses what would be too long before it is made.
fn room(name: &str, bytes: usize) -> Result<(), String> {
    match bytes > LONGEST {
        true => Err(format!("Output of {name} exceeds max allowed output size of 100MB")),
        false => Ok(()),
    }
}
