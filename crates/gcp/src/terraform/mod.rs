//! Reads Terraform's plans and states, and finds our kinds in them.

mod configuration;
mod document;
mod foreign;
mod kept;
mod lenient;
mod mapping;
mod resource;
mod run_v1;
mod shape;
mod types;

use std::collections::{BTreeMap, HashMap};

use crate::bill::Resources;
use configuration::Configuration;
use document::{Form, Values};

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

/// Reads the JSON of a plan or a state, as `terraform show -json` writes it; a state also as Terraform keeps it.
///
/// # Errors
/// It is something else; the error says what.
pub fn read(bytes: &[u8]) -> Result<Input, NotTerraform> {
    let (mut document, form) = document::read(bytes)?;
    let later = document.later();
    let resources = |it: Option<Values>| it.map(Values::resources).unwrap_or_default();
    let (all, past) = match form {
        Form::Plan => {
            let planned = document.planned_values.take().and_then(|it| it.0);
            (resources(planned), Some(document.prior_state.0.take()))
        }
        Form::State => (resources(document.values.0.take()), None),
        Form::Kept => (document.kept(), None),
    };
    let configuration = Configuration::new(&document);
    let google = all.iter().filter(|it| types::is_google(&it.kind));
    let detected = google.clone().count();
    let mut unsupported = BTreeMap::new();
    for resource in google.filter(|it| it.priced.is_none()) {
        *unsupported.entry(resource.kind.clone()).or_insert(0) += 1;
    }
    Ok(Input {
        planned: mapping::items(all, &configuration, &later),
        past: past.map(|past| {
            let there = resources(past.and_then(|it| it.values.0));
            // What exists is known.
            mapping::items(there, &configuration, &HashMap::new())
        }),
        region: configuration.region(None).to_owned(),
        unsupported,
        detected,
    })
}
