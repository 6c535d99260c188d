//! Resources whose bills are asked for, wherever they come from, and how one finds another.

use std::collections::HashMap;

use engine::{
    Bill, Billed, Driver, Lookup, Others, Program, Urn, Usage, UsageKey, has_secret, is_secret, resolve,
    reveal,
};
use serde_json::Value;

use crate::terraform::{Foreign, FreeType};

/// What knows a resource's charges.
#[derive(Clone, Copy)]
pub enum Priced {
    /// A kind that can be declared here.
    Kind(&'static dyn Driver),
    /// One that only Terraform's plans have.
    Foreign(&'static Foreign),
    /// One that only Terraform's plans have, and that is free.
    Free(&'static FreeType),
}

impl Priced {
    /// `gcp:pubsub/v1:Topic`; Terraform's type of what only Terraform has.
    pub fn token(self) -> &'static str {
        match self {
            Priced::Kind(driver) => driver.facts().token,
            Priced::Foreign(it) => it.terraform,
            Priced::Free(it) => it.terraform,
        }
    }

    /// What people call it: `topic`.
    pub fn noun(self) -> &'static str {
        match self {
            Priced::Kind(driver) => driver.facts().noun,
            Priced::Foreign(it) => it.noun,
            Priced::Free(_) => "resource",
        }
    }

    /// The usage that its charges follow.
    pub fn usage(self) -> &'static [UsageKey] {
        match self {
            Priced::Kind(driver) => driver.usage(),
            Priced::Foreign(it) => it.usage,
            Priced::Free(_) => &[],
        }
    }

    /// What it is charged for; `None` where nobody has said yet what this kind costs.
    pub fn bill(self, of: &Billed<'_>) -> Option<Bill> {
        match self {
            Priced::Kind(driver) => driver.bill(of),
            Priced::Foreign(it) => Some((it.bill)(of)),
            Priced::Free(it) => Some(Bill::Free(it.why)),
        }
    }
}

impl std::fmt::Debug for Priced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.token())
    }
}

/// A resource, as far as bills need it.
#[derive(Clone, Debug)]
pub struct Item {
    /// What tells it from every other: an URN, or Terraform's address `module.a.google_pubsub_topic.b["c"]`.
    pub address: String,
    /// What its program or configuration calls it.
    pub name: String,
    /// Terraform's type, where it comes from Terraform.
    pub terraform: Option<String>,
    pub priced: Priced,
    /// In the shape of the kind's inputs.
    pub inputs: Value,
}

/// Everything that is billed together, so that one resource finds the others it speaks of.
#[derive(Default)]
pub struct Resources {
    items: Vec<Item>,
    /// By address: texts that bills follow and no report may show.
    secrets: HashMap<String, Vec<String>>,
    /// By kind, and by the last part of the name.
    by_name: HashMap<&'static str, HashMap<String, Vec<usize>>>,
}

/// Nothing of what is known only after apply.
struct Later;

impl Lookup for Later {
    fn attribute(&self, _of: &Urn, _path: &str) -> Option<Value> {
        None
    }
    fn fact(&self, _name: &str) -> Option<Value> {
        None
    }
}

impl Resources {
    /// What is secret in these is in their bills, and in no report.
    pub fn new(mut items: Vec<Item>) -> Resources {
        let mut secrets = HashMap::new();
        for item in items.iter_mut().filter(|it| has_secret(&it.inputs)) {
            let mut texts = Vec::new();
            told(&item.inputs, &mut texts);
            secrets.insert(item.address.clone(), texts);
            // Labels are told as they are.
            if let Some(Value::Object(labels)) = item.inputs.get_mut("labels") {
                labels.retain(|_, it| !has_secret(it));
            }
            item.inputs = reveal(&item.inputs);
        }
        let mut by_name: HashMap<&'static str, HashMap<String, Vec<usize>>> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(name) = item.inputs.get("name").and_then(Value::as_str) {
                let kind = by_name.entry(item.priced.token()).or_default();
                kind.entry(last(item.priced.token(), name).to_owned()).or_default().push(at);
            }
        }
        Resources { items, secrets, by_name }
    }

    /// The same, of which some have texts that bills follow and no report may show, by address.
    pub(crate) fn hiding(mut self, secrets: HashMap<String, Vec<String>>) -> Resources {
        self.secrets.extend(secrets);
        self
    }

    /// The texts that no report on a resource may show: its own, and those of the dataset that a table is priced by.
    pub fn secrets(&self, item: &Item) -> Vec<String> {
        let dataset = item.inputs.get("dataset").filter(|_| item.priced.token() == TABLE);
        let dataset = dataset.and_then(Value::as_str).and_then(|it| self.find(DATASET, it));
        let all = [Some(item), dataset].into_iter().flatten();
        all.filter_map(|it| self.secrets.get(&it.address)).flatten().cloned().collect()
    }

    /// What a program declares; what is known only after apply stays [unknown](engine::unknown).
    pub fn of_program(program: &Program) -> Resources {
        let items = program.nodes.iter().map(|node| Item {
            address: node.urn.to_string(),
            name: node.name.clone(),
            terraform: None,
            priced: Priced::Kind(node.driver),
            inputs: resolve(&node.inputs, &Later),
        });
        Resources::new(items.collect())
    }

    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What one of these is charged for in a stack whose region is this.
    pub fn bill(&self, item: &Item, usage: &Usage, region: &str) -> Option<Bill> {
        item.priced.bill(&Billed { inputs: &item.inputs, usage, region, others: self })
    }

    /// The resource of a kind that a reference means: `t`, `projects/p/topics/t`, `p.d.t`, `p:d.t`.
    pub(crate) fn find(&self, kind: &str, reference: &str) -> Option<&Item> {
        let found = self.by_name.get(kind)?.get(last(kind, reference))?;
        let mut items = found.iter().map(|at| &self.items[*at]);
        items.find(|it| agrees(kind, &it.inputs, reference))
    }
}

/// The secret texts of fields that a report could show: places, classes, types.
fn told(inputs: &Value, found: &mut Vec<String>) {
    const TOLD: [&str; 7] =
        ["location", "region", "zone", "storageClass", "dataLocations", "machineType", "accelerator"];
    match inputs {
        Value::Object(map) => {
            for (name, it) in map {
                match reveal(it) {
                    Value::String(text) if is_secret(it) && TOLD.contains(&name.as_str()) => found.push(text),
                    _ => told(it, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| told(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Without the inputs of what has something sensitive.
impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_list();
        for item in &self.items {
            match self.secrets.contains_key(&item.address) {
                true => list.entry(&item.address),
                false => list.entry(item),
            };
        }
        list.finish()
    }
}

impl Others for Resources {
    fn inputs(&self, kind: &str, reference: &str) -> Option<&Value> {
        self.find(kind, reference).map(|it| &it.inputs)
    }
}

const TABLE: &str = "gcp:bigquery/v2:Table";
const DATASET: &str = "gcp:bigquery/v2:Dataset";

/// The last part of a name: `t` of `projects/p/topics/t`, and of a table's `p.d.t` and `p:d.t`. Names of other
/// kinds may have dots.
fn last<'a>(kind: &str, name: &'a str) -> &'a str {
    match name.rsplit_once('/') {
        Some((_, part)) => part,
        None if kind == TABLE => name.rsplit(['.', ':']).next().unwrap_or(name),
        None => name,
    }
}

/// Whether what a reference says beside the last part is so: its project and its dataset.
fn agrees(kind: &str, inputs: &Value, reference: &str) -> bool {
    let same = |field: &str, said: &str| match inputs.get(field).and_then(Value::as_str) {
        // A project may be said by its number, which inputs do not have.
        Some(it) if field == "project" => {
            it.is_empty() || it == said || said.bytes().all(|c| c.is_ascii_digit())
        }
        Some(it) => last("", it) == said,
        None => true,
    };
    if reference.contains('/') {
        let parts: Vec<&str> = reference.split('/').collect();
        let after = |name: &str| parts.iter().position(|it| *it == name).and_then(|at| parts.get(at + 1));
        return after("projects").is_none_or(|it| same("project", it))
            && after("locations").is_none_or(|it| same("location", it))
            && (kind != TABLE || after("datasets").is_none_or(|it| same("dataset", it)));
    }
    if kind == TABLE {
        let mut parts = reference.rsplitn(3, ['.', ':']).skip(1);
        return parts.next().is_none_or(|it| same("dataset", it))
            && parts.next().is_none_or(|it| same("project", it));
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;

    fn item(token: &str, inputs: Value) -> Item {
        let driver = kinds::by_token(token).unwrap();
        let address = format!("{token} {inputs}");
        Item { address, name: String::new(), terraform: None, priced: Priced::Kind(driver), inputs }
    }

    #[test]
    fn a_secret_is_billed_and_told_apart() {
        let inputs = json!({
            "name": "b", "location": engine::secret(json!("EU")), "storageClass": "NEARLINE",
            "labels": { "a": engine::secret(json!("hush")), "b": "c" },
        });
        let all = Resources::new(vec![item("gcp:storage/v1:Bucket", inputs)]);
        let bucket = &all.items()[0];
        assert_eq!(
            bucket.inputs,
            json!({ "name": "b", "location": "EU", "storageClass": "NEARLINE", "labels": { "b": "c" } })
        );
        assert_eq!(all.secrets(bucket), ["EU"]);
    }

    #[test]
    fn a_resource_is_found_by_any_way_of_writing_its_name() {
        let topic = "gcp:pubsub/v1:Topic";
        let table = |project: &str, dataset: &str| {
            item(TABLE, json!({ "project": project, "dataset": dataset, "name": "t" }))
        };
        let all = Resources::new(vec![
            item(topic, json!({ "project": "p", "name": "t" })),
            item("gcp:storage/v1:Bucket", json!({ "project": "p", "name": "www.example.com" })),
            table("p", "d"),
            table("p", "e"),
            table("q", "projects/q/datasets/d"),
        ]);
        let found = |kind: &str, reference: &str| {
            let text = |it: &Item, field: &str| it.inputs[field].as_str().unwrap_or("-").to_owned();
            all.find(kind, reference).map(|it| format!("{} {}", text(it, "project"), text(it, "dataset")))
        };
        for reference in ["t", "projects/p/topics/t", "projects/123/topics/t"] {
            assert_eq!(found(topic, reference).as_deref(), Some("p -"), "{reference}");
        }
        assert_eq!(found(topic, "projects/q/topics/t"), None);
        assert_eq!(found(topic, "u"), None);
        assert_eq!(found("gcp:storage/v1:Bucket", "www.example.com").as_deref(), Some("p -"));
        for reference in ["p.e.t", "p:e.t", "projects/p/datasets/e/tables/t", "e.t"] {
            assert_eq!(found(TABLE, reference).as_deref(), Some("p e"), "{reference}");
        }
        assert_eq!(found(TABLE, "q.d.t").as_deref(), Some("q projects/q/datasets/d"));
        assert_eq!(found(TABLE, "q.e.t"), None);
    }
}
