//! Finds the JSON of a plan or a state in a file, or says what the file is instead.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::kept::Kept;
use super::lenient::{List, Object};
use super::resource::{Planned, text};

/// What bills need of a plan or a state; the rest, which is most of it, is read over.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    format_version: Option<IgnoredAny>,
    /// Of a plan: what will be there.
    pub planned_values: Option<Object<Values>>,
    /// Of a plan: what is there.
    pub prior_state: Object<Prior>,
    /// Of a state: what is there.
    pub values: Object<Values>,
    /// Of a state as Terraform itself keeps it: which line of states it is one of, and what is there.
    lineage: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    /// Where Terraform before 0.12 kept resources.
    modules: Option<IgnoredAny>,
    resources: List<Object<Kept>>,
    resource_changes: List<Object<Changed>>,
    pub configuration: Value,
    pub variables: Value,
    /// Of a plan: whether it failed on its way.
    errored: Value,
    /// Of a plan: false if more would have to be done after it, for it is made for some targets or puts changes off.
    complete: Value,
    deferred_changes: List<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Prior {
    pub values: Object<Values>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Values {
    root_module: Object<Module>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: List<Object<Planned>>,
    child_modules: List<Object<Module>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changed {
    address: Value,
    /// Where it is moved from.
    previous_address: Value,
    deposed: Value,
    change: Object<Change>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Change {
    actions: List<Value>,
    after_unknown: Option<Later>,
}

/// What a plan does to one object.
pub(super) struct Done {
    pub address: String,
    pub previous: Option<String>,
    /// The key of an old object at this address.
    pub deposed: Option<String>,
    pub is_deleted: bool,
    /// Terraform looks after it no more, and it stays.
    pub is_forgotten: bool,
    /// True where a value is known only after apply, in the shape of the resource.
    pub later: Value,
}

/// True where a value is known only after apply, in the shape of the resource.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Later(Value);

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plan,
    State,
    /// As Terraform itself keeps it.
    Kept,
}

/// Why a file is neither a plan nor a state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("it is not the JSON of a Terraform plan or state, but {what}")]
pub struct NotTerraform {
    /// `a plan as terraform plan -out saves it`.
    pub what: String,
    /// What to do instead.
    pub hint: Option<&'static str>,
}

const SHOW: &str = "run terraform show -json FILE > plan.json, and pass plan.json";

/// Reads a document, and tells which form it has.
pub(super) fn read(bytes: &[u8]) -> Result<(Document, Form), NotTerraform> {
    let no = |what: &str, hint| Err(NotTerraform { what: what.to_owned(), hint });
    if bytes.starts_with(b"PK\x03\x04") {
        // Terraform's saved plan is a zip of these.
        let has = |name: &str| bytes.windows(name.len()).any(|it| it == name.as_bytes());
        return match has("tfplan") || has("tfstate") {
            true => no("a plan as terraform plan -out saves it", Some(SHOW)),
            false => no("a zip", None),
        };
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return no("packed with gzip", Some("unpack it first"));
    }
    let Some(text) = decoded(bytes) else {
        return no("no text", Some(SHOW));
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return no("empty", Some(SHOW));
    }
    match json::<Object<Document>>(text).and_then(|it| it.0) {
        Some(document) if document.format_version.is_some() && document.planned_values.is_some() => {
            Ok((document, Form::Plan))
        }
        Some(document) if document.values.0.is_some() || document.is_empty_state() => {
            Ok((document, Form::State))
        }
        // There may be nothing in it.
        Some(document) if document.lineage.is_some() && document.serial.is_some() && !document.is_old() => {
            Ok((document, Form::Kept))
        }
        Some(_) | None => {
            let (what, hint) = match json::<Value>(text) {
                Some(document) => json_form(&document),
                None => text_form(text),
            };
            no(&what, hint)
        }
    }
}

/// A text in UTF-8 or, as PowerShell writes it, in UTF-16; `None` if it is neither.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let utf16 = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|it| of(*it)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty()).map(Cow::Owned)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest),
        // Without a byte order mark: JSON begins with two letters of ASCII.
        [first, 0, ..] if *first != 0 => utf16(u16::from_le_bytes, bytes),
        [0, first, ..] if *first != 0 => utf16(u16::from_be_bytes, bytes),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// The JSON in a text, without the lines that a wrapper adds around it.
fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    if let Ok(document) = serde_json::from_str(text) {
        return Some(document);
    }
    let is_added = |line: &&str| line.starts_with("[command]") || line.starts_with("::");
    let rest: Vec<&str> = text.lines().filter(|it| !is_added(it)).collect();
    serde_json::from_str(rest.join("\n").trim()).ok()
}

fn json_form(document: &Value) -> (String, Option<&'static str>) {
    let Some(map) = document.as_object() else {
        return ("other JSON".to_owned(), Some(SHOW));
    };
    let has = |name: &str| map.contains_key(name);
    if has("format_version") {
        let hint = Some("run terraform plan again");
        return ("a plan that plans nothing, for it failed".to_owned(), hint);
    }
    if has("fingerprint") && has("plan") {
        return ("a plan that stack plan --out saved".to_owned(), Some("pass it without --path"));
    }
    if has("steps") && has("stack") {
        return ("the output of stack plan --json".to_owned(), Some("pass what stack plan --out saves"));
    }
    if has("totalMonthlyCost") || (has("projects") && has("timeGenerated")) {
        return ("a report of Infracost's".to_owned(), Some("pass it to --compare-to"));
    }
    if has("resource_usage") || has("resource_type_default_usage") {
        return ("a usage file".to_owned(), Some("pass it to --usage-file"));
    }
    if has("modules") && has("serial") {
        let hint = "run terraform show -json > state.json with a newer Terraform, and pass state.json";
        return ("a state as Terraform before 0.12 kept it".to_owned(), Some(hint));
    }
    if has("checkpoint") || (has("deployment") && has("version")) {
        return ("a state of Pulumi's".to_owned(), None);
    }
    if has("@level") {
        return ("a message of terraform plan -json".to_owned(), Some(SHOW));
    }
    if has("AWSTemplateFormatVersion") || has("Resources") {
        return ("a template of CloudFormation's".to_owned(), None);
    }
    if has("resource") || has("provider") || has("variable") {
        let hint = "run terraform plan -out plan, and terraform show -json plan > plan.json";
        return ("a configuration of Terraform's in JSON".to_owned(), Some(hint));
    }
    let names: Vec<&str> = map.keys().take(3).map(String::as_str).collect();
    let what = match names.is_empty() {
        true => "an empty JSON object".to_owned(),
        false => format!("other JSON, with {}", names.join(", ")),
    };
    (what, Some(SHOW))
}

fn text_form(text: &str) -> (String, Option<&'static str>) {
    let lines = || text.lines().map(str::trim_start);
    let begins = |starts: &[&str]| lines().any(|line| starts.iter().any(|it| line.starts_with(it)));
    if lines().filter(|it| !it.is_empty()).all(|it| it.starts_with("{\"@level\"")) {
        return ("the messages of terraform plan -json".to_owned(), Some(SHOW));
    }
    if begins(&["resource \"", "provider \"", "variable \"", "module \"", "terraform {", "data \""]) {
        let hint = "run terraform plan -out plan, and terraform show -json plan > plan.json";
        return ("a configuration of Terraform's".to_owned(), Some(hint));
    }
    if text.contains("Terraform will perform the following actions") || text.contains("No changes.") {
        return ("a plan as people read it".to_owned(), Some(SHOW));
    }
    // At the beginning of a line: documents show such files, too.
    if text
        .lines()
        .any(|it| it.starts_with("resource_usage:") || it.starts_with("resource_type_default_usage:"))
    {
        return ("a usage file".to_owned(), Some("pass it to --usage-file"));
    }
    if text.starts_with('{') || text.starts_with('[') {
        return ("JSON that is broken off or malformed".to_owned(), Some(SHOW));
    }
    ("other text".to_owned(), Some(SHOW))
}

impl Document {
    /// What `terraform show -json` writes where there is no state: its version, and nothing of a plan.
    fn is_empty_state(&self) -> bool {
        self.format_version.is_some() && self.planned_values.is_none() && self.errored.is_null()
    }

    fn is_old(&self) -> bool {
        self.modules.is_some()
    }

    pub(super) fn is_errored(&self) -> bool {
        self.errored == Value::Bool(true)
    }

    /// Whether more would have to be done after it.
    pub(super) fn is_incomplete(&self) -> bool {
        self.complete == Value::Bool(false)
    }

    /// How many changes are put off to a later plan.
    pub(super) fn deferred(&self) -> usize {
        self.deferred_changes.0.len()
    }

    /// Every resource of a state as Terraform itself keeps it, but for data.
    pub(super) fn kept(&mut self) -> Vec<Planned> {
        let kept = std::mem::take(&mut self.resources).0.into_iter().filter_map(|it| it.0);
        kept.flat_map(Kept::resources).filter(|it| !it.is_data).collect()
    }

    /// What a plan does, object by object.
    pub(super) fn changes(&mut self) -> Vec<Done> {
        let changes = std::mem::take(&mut self.resource_changes).0.into_iter().filter_map(|it| it.0);
        let done = |it: Changed| {
            let change = it.change.0?;
            let does = |action: &str| change.actions.0.iter().any(|it| it == action);
            Some(Done {
                address: text(it.address)?,
                previous: text(it.previous_address),
                deposed: text(it.deposed),
                is_deleted: does("delete") && !does("create"),
                is_forgotten: does("forget"),
                later: change.after_unknown.map(|it| it.0).unwrap_or_default(),
            })
        };
        changes.filter_map(done).collect()
    }
}

impl Values {
    /// Every resource of all modules; data is only read, and so left out.
    pub(super) fn resources(self) -> Vec<Planned> {
        fn gather(module: Module, all: &mut Vec<Planned>) {
            let resources = module.resources.0.into_iter().filter_map(|it| it.0);
            all.extend(resources.filter(|it| !it.is_data && !it.address.is_empty() && !it.kind.is_empty()));
            for child in module.child_modules.0.into_iter().filter_map(|it| it.0) {
                gather(child, all);
            }
        }
        let mut all = Vec::new();
        if let Some(root) = self.root_module.0 {
            gather(root, &mut all);
        }
        all
    }
}

impl From<Value> for Later {
    fn from(value: Value) -> Later {
        Later(unknown_in(value).unwrap_or_default())
    }
}

/// A value with only what is true in it; `None` if nothing is. Places in lists stay.
fn unknown_in(value: Value) -> Option<Value> {
    match value {
        Value::Bool(true) => Some(Value::Bool(true)),
        Value::Object(map) => {
            let entry = |(name, it): (String, Value)| Some((name, unknown_in(it)?));
            let map: Map<String, Value> = map.into_iter().filter_map(entry).collect();
            (!map.is_empty()).then_some(Value::Object(map))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().map(|it| unknown_in(it).unwrap_or_default()).collect();
            items.iter().any(|it| !it.is_null()).then_some(Value::Array(items))
        }
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) => None,
    }
}
