//! Reads a usage file's map: refuses numbers that are none, and warns of names that it does not know.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use engine::{Range, UsageKey, nearest};
use rust_decimal::Decimal;
use serde_yaml::{Mapping, Value};

use super::outline::Outline;
use super::{
    ABSURD, ADDRESSES, FAMILY, Problem, Section, TYPES, Target, Type, UsageFile, WILD, matches, type_in,
    type_named,
};

/// What a file says, or all that is wrong in it.
pub(super) fn read(text: &str, types: &[Type], targets: &[Target]) -> Result<UsageFile, Vec<Problem>> {
    let mut reader = Reader {
        types,
        targets,
        by_address: by_address(targets),
        outline: Outline::of(text),
        problems: Vec::new(),
        warnings: Vec::new(),
        foreign: Vec::new(),
    };
    let mut read = UsageFile::default();
    match serde_yaml::from_str::<Value>(text) {
        Err(error) => {
            let line = error.location().map(|it| it.line());
            reader.problems.push(Problem { line, what: format!("not YAML: {error}"), nearest: None });
        }
        Ok(Value::Null) => {}
        Ok(Value::Mapping(root)) => reader.root(&root, &mut read),
        Ok(_) => reader.problem(&[], "not a map of version and resource_usage".to_owned(), None),
    }
    reader.tell_foreign();
    if reader.problems.is_empty() {
        read.warnings = reader.warnings;
        Ok(read)
    } else {
        Err(reader.problems)
    }
}

fn by_address(targets: &[Target]) -> HashMap<&str, &str> {
    let mut types = HashMap::new();
    for target in targets {
        types.extend(target.addresses.iter().map(|it| (it.as_str(), target.type_name.as_str())));
    }
    types
}

struct Reader<'a> {
    types: &'a [Type],
    targets: &'a [Target],
    /// Each resource's type.
    by_address: HashMap<&'a str, &'a str>,
    outline: Outline,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// Addresses of other clouds that no resource has.
    foreign: Vec<String>,
}

/// How the types of other clouds begin.
const FOREIGN: [&str; 3] = ["aws_", "azurerm_", "azuread_"];

impl Reader<'_> {
    fn problem(&mut self, path: &[&str], what: String, nearest: Option<String>) {
        self.problems.push(Problem { line: self.outline.line(path), what, nearest });
    }

    fn warning(&mut self, path: &[&str], what: String, nearest: Option<String>) {
        self.warnings.push(Problem { line: self.outline.line(path), what, nearest });
    }

    fn root(&mut self, root: &Mapping, read: &mut UsageFile) {
        for (key, value) in root {
            let key = text(key);
            match key.as_str() {
                "version" => {
                    if text(value) != "0.1" {
                        let what = format!("version {} is not known; write 0.1", text(value));
                        self.problem(&["version"], what, None);
                    }
                }
                TYPES => read.types = self.sections(TYPES, value),
                ADDRESSES => {
                    let all = self.sections(ADDRESSES, value);
                    let (mut wild, exact): (Vec<_>, Vec<_>) =
                        all.into_iter().partition(|it| it.name.contains(WILD));
                    wild.sort_by_key(|it| std::cmp::Reverse(it.name.matches(WILD).count()));
                    read.wild = wild;
                    read.exact = exact.into_iter().map(|it| (it.name.clone(), it)).collect();
                }
                other => {
                    let near = nearest(other, ["version", TYPES, ADDRESSES].into_iter());
                    self.warning(&[other], format!("{other} is not known, and is left out"), near);
                }
            }
        }
    }

    fn sections(&mut self, part: &str, value: &Value) -> Vec<Section> {
        let mut sections = Vec::new();
        let map = match value {
            Value::Null => return sections,
            Value::Mapping(map) => map,
            _ => {
                self.problem(&[part], format!("{part} must be a map"), None);
                return sections;
            }
        };
        for (name, value) in map {
            let name = text(name);
            let path = [part, name.as_str()];
            let keys = if part == TYPES { self.type_keys(&path) } else { self.address_keys(&path) };
            let Some(keys) = keys else { continue };
            let mut usage = BTreeMap::new();
            match value {
                Value::Null => {}
                Value::Mapping(map) => self.usage(map, &keys, &path, "", &mut usage),
                _ => self.problem(&path, format!("{name} must be a map of usages"), None),
            }
            sections.push(Section { name, usage });
        }
        sections
    }

    /// The keys of a type; `None` if it is not known, which is told.
    fn type_keys(&mut self, path: &[&str; 2]) -> Option<Vec<UsageKey>> {
        let name = path[1];
        let (types, targets) = (self.types, self.targets);
        if let Some(known) = type_named(types, name) {
            return Some(known.keys.clone());
        }
        let names = types.iter().flat_map(|it| &it.names).map(String::as_str);
        if FOREIGN.iter().any(|it| name.starts_with(it)) {
            self.warning(path, format!("{name} is of another cloud, and is left out"), None);
        } else if targets.iter().any(|it| it.type_name == name) {
            self.warning(path, format!("{name} is no kind with a price here, and is left out"), None);
        } else {
            let what = format!("no price of type {name} is known here, and its usage is left out");
            self.warning(path, what, nearest(name, names));
        }
        None
    }

    /// The keys of what an address matches; of its type where it matches nothing, which is told.
    fn address_keys(&mut self, path: &[&str; 2]) -> Option<Vec<UsageKey>> {
        let name = path[1];
        let (types, targets) = (self.types, self.targets);
        let mut matched: Vec<&str> = if name.contains(WILD) {
            let speaks_of = |it: &&Target| it.addresses.iter().any(|it| matches(name, it));
            targets.iter().filter(speaks_of).map(|it| it.type_name.as_str()).collect()
        } else {
            self.by_address.get(name).copied().into_iter().collect()
        };
        matched.sort_unstable();
        matched.dedup();
        let kind = type_in(name).unwrap_or_default();
        if matched.is_empty() && FOREIGN.iter().any(|it| kind.starts_with(it)) {
            self.foreign.push(name.to_owned());
            return None;
        }
        if matched.is_empty() {
            let addresses = targets.iter().flat_map(|it| &it.addresses).map(String::as_str);
            self.warning(path, format!("no resource has the address {name}"), nearest(name, addresses));
            return type_in(name).and_then(|it| type_named(types, it)).map(|it| it.keys.clone());
        }
        let known: Vec<&Type> = matched.iter().filter_map(|it| type_named(types, it)).collect();
        if known.is_empty() {
            self.warning(path, format!("{name} is of no kind with a price here, and is left out"), None);
            return None;
        }
        Some(known.into_iter().flat_map(|it| it.keys.clone()).collect())
    }

    /// One sentence for all of them: a file for several clouds may have hundreds.
    fn tell_foreign(&mut self) {
        let foreign = std::mem::take(&mut self.foreign);
        let Some(first) = foreign.first() else { return };
        let what = match foreign.len() {
            1 => format!("no resource has the address {first}, which is of another cloud"),
            many => {
                format!("no resource has {first} or {} more addresses, which are of other clouds", many - 1)
            }
        };
        self.warning(&[ADDRESSES, first], what, None);
    }

    /// Reads a map of usages, whose keys begin with `before`.
    fn usage(
        &mut self,
        map: &Mapping,
        keys: &[UsageKey],
        path: &[&str],
        before: &str,
        usage: &mut BTreeMap<&'static str, Range>,
    ) {
        for (key, value) in map {
            let key = text(key);
            let full = format!("{before}{key}");
            let here: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
            if let Some(known) = named(keys, &full) {
                match range(value) {
                    Ok(range) => {
                        usage.insert(known, range);
                    }
                    Err(what) => self.problem(&here, format!("{full} {what}"), None),
                }
                continue;
            }
            let inner = format!("{full}.");
            match value {
                Value::Mapping(map) if keys.iter().any(|it| it.name.starts_with(&inner)) => {
                    self.usage(map, keys, &here, &inner, usage);
                }
                // All of it may be in comments.
                Value::Null if keys.iter().any(|it| it.name.starts_with(&inner)) => {}
                _ => {
                    let names = || keys.iter().map(|it| it.name);
                    // A name that is only cut off is far by letters.
                    let near = nearest(&full, names())
                        .or_else(|| names().find(|it| it.contains(&full)).map(str::to_owned));
                    let what = if keys.is_empty() {
                        format!("usage {full} is not known, and is left out: {} has none", path[1])
                    } else {
                        format!("usage {full} is not known, and is left out")
                    };
                    self.warning(&here, what, near);
                }
            }
        }
    }
}

/// The key that a name is: one of these, or one of a [family](FAMILY) that is among them.
fn named(keys: &[UsageKey], name: &str) -> Option<&'static str> {
    if let Some(known) = keys.iter().find(|it| it.name == name) {
        return Some(known.name);
    }
    let is_of = |family: &str| {
        let member = name.strip_prefix(family.strip_suffix(FAMILY)?)?;
        let is_word = |it: &str| {
            !it.is_empty() && it.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        };
        is_word(member).then_some(())
    };
    keys.iter().find_map(|it| is_of(it.name))?;
    Some(kept(name))
}

/// A name for as long as the program runs. Each is kept once, and a file has only so many.
fn kept(name: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    match kept.get(name) {
        Some(kept) => kept,
        None => {
            let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
            kept.insert(name);
            name
        }
    }
}

/// A key or scalar as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(it) => it.clone(),
        Value::Number(it) => it.to_string(),
        Value::Bool(it) => it.to_string(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => String::new(),
    }
}

fn range(value: &Value) -> Result<Range, String> {
    let three =
        |low: Result<Decimal, String>, expected: Result<Decimal, String>, high: Result<Decimal, String>| {
            let range = Range { low: low?, expected: expected?, high: high? };
            if range.low <= range.expected && range.expected <= range.high {
                Ok(range)
            } else {
                Err("must rise from low over expected to high".to_owned())
            }
        };
    match value {
        Value::Mapping(map) => {
            let of = |key: &str| map.get(key).map_or_else(|| Err(format!("has no {key}")), quantity);
            if map.len() > 3 {
                return Err("must have low, expected and high, and nothing else".to_owned());
            }
            three(of("low"), of("expected"), of("high"))
        }
        Value::Sequence(list) => match list.as_slice() {
            [low, expected, high] => three(quantity(low), quantity(expected), quantity(high)),
            _ => Err("must be a list of three: low, expected, high".to_owned()),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {
            quantity(value).map(Range::exact)
        }
    }
}

/// A number, which YAML 1.1 lets have underscores.
fn quantity(value: &Value) -> Result<Decimal, String> {
    let written = text(value);
    let digits = written.replace('_', "");
    let number = Decimal::from_str(&digits).or_else(|_| Decimal::from_scientific(&digits));
    match number {
        // Beyond what a decimal can hold is beyond what is sensible.
        Err(_) if digits.parse::<f64>().is_ok_and(|it| it.is_finite() && it > 1.0) => {
            Err(format!("is {written}, which is absurd"))
        }
        Err(_) if written.is_empty() => Err("has no number".to_owned()),
        Err(_) => Err(format!("is {written}, which is no number")),
        Ok(it) if it.is_sign_negative() && !it.is_zero() => {
            Err(format!("is {written}; it cannot be negative"))
        }
        Ok(it) if it > Decimal::from(ABSURD) => {
            Err(format!("is {written}, which is absurd: more than 10^15 a month"))
        }
        Ok(it) => Ok(it),
    }
}
