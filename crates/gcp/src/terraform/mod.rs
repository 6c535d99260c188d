//! Reads Terraform's plans and states, and finds our kinds in them.

mod configuration;
mod document;
mod foreign;
mod mapping;
mod run_v1;
mod shape;
mod types;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bill::Resources;
use configuration::Configuration;
use document::Form;

pub use document::NotTerraform;
pub use foreign::Foreign;
pub use types::{all, known, terraform_types};

/// What a plan or a state holds, as far as bills need it.
#[derive(Debug)]
pub struct Input {
    /// What will be there; of a state, what is.
    pub planned: Resources,
    /// What is there now, which may be nothing; none of a state, which says nothing else.
    pub past: Option<Resources>,
    /// The provider's, for what does not say where it is.
    pub region: String,
    /// Types of Google's that nothing here knows the price of, and how many there are of each.
    pub unsupported: BTreeMap<String, usize>,
    /// How many resources there are in all, data and what is local left out.
    pub detected: usize,
}

/// Reads the JSON of a plan or a state, as `terraform show -json` writes it.
///
/// # Errors
/// It is something else; the error says what.
pub fn read(bytes: &[u8]) -> Result<Input, NotTerraform> {
    let (document, form) = document::read(bytes)?;
    let configuration = Configuration::new(&document);
    let (planned, past) = match form {
        Form::Plan => (&document["planned_values"], Some(&document["prior_state"]["values"])),
        Form::State => (&document["values"], None),
    };
    let unknown = document::unknown(&document);
    let mut all = Vec::new();
    gather(&planned["root_module"], &mut all);
    let google = all.iter().filter(|it| types::is_google(it.kind));
    let detected = google.clone().count();
    let mut unsupported = BTreeMap::new();
    for resource in google.filter(|it| known(it.kind).is_none()) {
        *unsupported.entry(resource.kind.to_owned()).or_insert(0) += 1;
    }
    Ok(Input {
        planned: mapping::items(&all, &configuration, &unknown),
        past: past.map(|past| {
            let mut all = Vec::new();
            gather(&past["root_module"], &mut all);
            // What exists is known.
            mapping::items(&all, &configuration, &BTreeMap::new())
        }),
        region: configuration.region(None).to_owned(),
        unsupported,
        detected,
    })
}

/// One resource of a plan.
#[derive(Clone, Copy, Debug)]
struct Planned<'a> {
    /// `module.a["x"].google_pubsub_topic.b[0]`.
    address: &'a str,
    /// `google_pubsub_topic`.
    kind: &'a str,
    values: &'a Value,
    /// True where a value is not to be shown.
    sensitive: &'a Value,
}

/// Every resource of a module and of those within; data is only read, and so left out.
fn gather<'a>(module: &'a Value, all: &mut Vec<Planned<'a>>) {
    let list = |name: &str| module.get(name).and_then(Value::as_array).into_iter().flatten();
    for resource in list("resources").filter(|it| it["mode"] != "data") {
        if let (Some(address), Some(kind)) = (resource["address"].as_str(), resource["type"].as_str()) {
            let (values, sensitive) = (&resource["values"], &resource["sensitive_values"]);
            all.push(Planned { address, kind, values, sensitive });
        }
    }
    for child in list("child_modules") {
        gather(child, all);
    }
}
