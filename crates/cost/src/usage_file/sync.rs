//! Writes the keys that a usage file lacks, as comments and an edit of its text: what is said and its order stay.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::UsageKey;
use serde_yaml::Value;

use super::outline::Outline;
use super::{ADDRESSES, FAMILY, Problem, Target, Type, UsageError, UsageFile, type_named};

/// A file with all its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    pub text: String,
    /// How many keys were written, as comments.
    pub written: usize,
    /// What was left as it is, and why.
    pub notes: Vec<Problem>,
}

const HEAD: &str = "\
# How much is used of each resource a month, for `cost`. In Infracost's format.
# Take the # away from a key to say how much it is: 0 if it is not used, {low: 1, expected: 2, high: 3} for a range.
# What is not said follows from other usage, or is not known.
version: 0.1
";

/// Adds the keys that nothing in the file says, with their unit and what they are, as comments: nobody has said how
/// much it is, and a 0 that nobody said would make the bill of it. A key that follows from other usage is left out.
///
/// # Errors
/// If the file cannot be read, or if the edit would change what it says.
pub fn sync(text: &str, file: &str, types: &[Type], targets: &[Target]) -> Result<Synced, UsageError> {
    let read = UsageFile::parse(text, file, types, targets)?;
    let mut edit = Edit {
        outline: Outline::of(text),
        offered: Outline::of(&uncommented(text)),
        pieces: Vec::new(),
        notes: Vec::new(),
        written: 0,
    };
    let mut text = if text.trim().is_empty() { HEAD.to_owned() } else { text.to_owned() };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if edit.outline.keys.is_empty() {
        edit.outline = Outline::of(&text);
    }
    edit.targets(&read, types, targets);
    let synced = Synced { text: edit.apply(&text), written: edit.written, notes: edit.notes };
    let readable = UsageFile::parse(&synced.text, file, types, targets).is_ok();
    if readable && unchanged(&text, &synced.text) {
        return Ok(synced);
    }
    let what = "its missing keys cannot be written without changing others".to_owned();
    Err(UsageError { file: file.to_owned(), problems: vec![Problem { line: None, what, nearest: None }] })
}

struct Edit {
    outline: Outline,
    /// The same with the keys that stand in comments.
    offered: Outline,
    /// What to insert after which line (from 1; 0 is the top), in the order of insertion.
    pieces: Vec<(usize, String)>,
    notes: Vec<Problem>,
    written: usize,
}

impl Edit {
    fn targets(&mut self, read: &UsageFile, types: &[Type], targets: &[Target]) {
        let root = self.outline.child(None, ADDRESSES);
        if let Some(at) = root
            && !is_open(&self.outline.keys[at].value)
        {
            self.note(at, "is written in braces");
            return;
        }
        let outer = root.map_or(0, |it| self.outline.keys[it].indent);
        let indent = root.and_then(|it| self.inner_indent(it)).unwrap_or(outer + 2);
        let mut added = String::new();
        for target in targets {
            let Some(known) = type_named(types, &target.type_name) else { continue };
            let has = read.usage(target, types);
            let offered = self.offered_to(target);
            let is_missing = |it: &&UsageKey| {
                !it.name.ends_with(FAMILY)
                    && !has.readings.contains_key(it.name)
                    && !target.derived.contains(&it.name)
                    && !offered.is_some_and(|at| self.offers(at, it.name))
            };
            let missing: Vec<UsageKey> = known.keys.iter().filter(is_missing).copied().collect();
            if missing.is_empty() {
                continue;
            }
            let at = target.addresses.iter().find_map(|it| self.outline.child(Some(root?), it));
            match at {
                Some(at) => self.add_to(at, &missing),
                None => {
                    let address = target.addresses.first().map_or("", String::as_str);
                    // Writing to a text cannot fail.
                    let _ = writeln!(added, "{:indent$}{}:", "", quoted(address));
                    added += &block(&missing, 0, indent + 2);
                    self.written += missing.len();
                }
            }
        }
        if added.is_empty() {
            return;
        }
        match root {
            Some(at) => {
                let line = self.outline.keys[at].end + 1;
                self.pieces.push((line, added));
            }
            None => {
                let last = usize::MAX;
                self.pieces.push((last, format!("{ADDRESSES}:\n{added}")));
            }
        }
    }

    /// Adds keys to an entry that is there.
    fn add_to(&mut self, at: usize, missing: &[UsageKey]) {
        if !is_open(&self.outline.keys[at].value) {
            self.note(at, "is written in braces");
            return;
        }
        let mut rest: Vec<UsageKey> = Vec::new();
        let mut groups: BTreeMap<usize, Vec<UsageKey>> = BTreeMap::new();
        for key in missing {
            let group = key.name.split_once('.').and_then(|it| self.outline.child(Some(at), it.0));
            match group {
                Some(group) if is_open(&self.outline.keys[group].value) => {
                    groups.entry(group).or_default().push(*key);
                }
                Some(group) => self.note(group, "is written in braces"),
                None => rest.push(*key),
            }
        }
        let indent = self.inner_indent(at).unwrap_or(self.outline.keys[at].indent + 2);
        // What is deeper comes first, where both end at the same line.
        for (group, keys) in groups {
            let deeper = self.inner_indent(group).unwrap_or(self.outline.keys[group].indent + 2);
            let before = keys[0].name.find('.').map_or(0, |it| it + 1);
            self.pieces.push((self.outline.keys[group].end + 1, block(&keys, before, deeper)));
            self.written += keys.len();
        }
        if !rest.is_empty() {
            self.pieces.push((self.outline.keys[at].end + 1, block(&rest, 0, indent)));
            self.written += rest.len();
        }
    }

    /// Where a resource stands in what is offered.
    fn offered_to(&self, target: &Target) -> Option<usize> {
        let root = self.offered.child(None, ADDRESSES)?;
        target.addresses.iter().find_map(|it| self.offered.child(Some(root), it))
    }

    /// Whether a resource has a key, be it in a comment.
    fn offers(&self, at: usize, key: &str) -> bool {
        let found = match key.split_once('.') {
            Some((group, inner)) => {
                self.offered.child(Some(at), group).and_then(|it| self.offered.child(Some(it), inner))
            }
            None => self.offered.child(Some(at), key),
        };
        found.is_some()
    }

    fn inner_indent(&self, at: usize) -> Option<usize> {
        self.outline.keys.iter().skip(at + 1).find(|it| it.parent == Some(at)).map(|it| it.indent)
    }

    fn note(&mut self, at: usize, why: &str) {
        let key = &self.outline.keys[at];
        let note = Problem {
            line: Some(key.line + 1),
            what: format!("{} {why}, and was left as it is", key.name),
            nearest: None,
        };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn apply(&mut self, text: &str) -> String {
        // Stable: pieces after the same line stay in their order.
        self.pieces.sort_by_key(|it| it.0);
        let mut pieces = self.pieces.iter().peekable();
        let mut edited = String::with_capacity(text.len() * 2);
        let filled: Vec<usize> = self
            .outline
            .keys
            .iter()
            .filter(|it| it.value == "{}" && self.pieces.iter().any(|piece| piece.0 == it.line + 1))
            .map(|it| it.line)
            .collect();
        for (line, full) in text.lines().enumerate() {
            if filled.contains(&line) {
                edited += &full.replacen(" {}", "", 1);
            } else {
                edited += full;
            }
            edited.push('\n');
            while let Some((_, piece)) = pieces.next_if(|it| it.0 == line + 1) {
                edited += piece;
            }
        }
        for (_, piece) in pieces {
            edited += piece;
        }
        edited
    }
}

/// Whether keys can be added below it: it holds nothing yet, or lines of its own.
fn is_open(value: &str) -> bool {
    value.is_empty() || value == "{}" || value == "null" || value == "~"
}

/// A text whose comments with a key are keys.
fn uncommented(text: &str) -> String {
    let line = |full: &str| {
        let content = full.trim_start();
        let indent = &full[..full.len() - content.len()];
        let is_key = |it: &str| {
            let name = it.trim_start().split(':').next().unwrap_or_default();
            name.len() < it.trim_start().len()
                && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        };
        match content.strip_prefix("# ").or_else(|| content.strip_prefix('#')) {
            Some(key) if is_key(key) => format!("{indent}{key}\n"),
            _ => format!("{full}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// Comments for keys whose names are written from `before` on.
fn block(keys: &[UsageKey], before: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut group = "";
    for key in keys {
        let name = &key.name[before..];
        let (name, inside) = match name.split_once('.') {
            Some((outer, inner)) => {
                if outer != group {
                    let _ = writeln!(lines, "{:indent$}# {outer}:", "");
                    group = outer;
                }
                (inner, "  ")
            }
            None => {
                group = "";
                (name, "")
            }
        };
        let doc = if key.doc.is_empty() { String::new() } else { format!(": {}", key.doc) };
        let _ = writeln!(lines, "{:indent$}# {inside}{name}: 0 # {}{doc}", "", key.unit);
    }
    lines
}

/// A name as YAML takes it.
fn quoted(name: &str) -> String {
    let plain = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && !name.contains(": ")
        && !name.contains(" #")
        && !name.ends_with([':', ' '])
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&name.to_lowercase().as_str());
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

/// Whether a file still says all that it said.
fn unchanged(before: &str, after: &str) -> bool {
    let read = |text: &str| serde_yaml::from_str::<Value>(text);
    matches!((read(before), read(after)), (Ok(before), Ok(after)) if within(&before, &after))
}

/// Whether all that a value says is in another.
fn within(less: &Value, more: &Value) -> bool {
    match (less, more) {
        (Value::Null, _) => true,
        // Only comments stand in the place of empty braces.
        (Value::Mapping(less), Value::Null) => less.is_empty(),
        (Value::Mapping(less), Value::Mapping(more)) => {
            less.iter().all(|(key, value)| more.get(key).is_some_and(|it| within(value, it)))
        }
        (less, more) => less == more,
    }
}
