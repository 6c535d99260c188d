//! Reads Terraform's plans and states, and finds our kinds in them.

mod configuration;
mod document;
mod foreign;
mod kept;
mod lenient;
mod mapping;
mod partial;
mod resource;
mod run_v1;
mod shape;
mod types;

use std::collections::HashMap;

use serde_json::Value;

use crate::bill::Resources;
use configuration::Configuration;
use document::{Form, Values};
use resource::Planned;

pub use document::NotTerraform;
pub use foreign::Foreign;
pub use types::{Class, FreeType, all, classes, free, known, terraform_types};

/// What a plan or a state holds, as far as bills need it.
#[derive(Debug)]
pub struct Input {
    /// What will be there, and what stays there although the plan leaves it out; of a state, what is.
    pub planned: Resources,
    /// What is there now, which may be nothing; none of a state, which says nothing else.
    pub past: Option<Resources>,
    /// The provider's, for what does not say where it is; empty where the plan does not tell it.
    pub region: String,
    /// What nobody here knows the price of, of what will be there.
    pub unsupported: Vec<Unsupported>,
    /// The same of what is there now.
    pub past_unsupported: Vec<Unsupported>,
    /// How many resources there are in all, data and what is local left out.
    pub detected: usize,
    /// What of it is only part of the whole, a sentence each.
    pub partial: Vec<String>,
    /// Whether the plan failed on its way, so that nobody knows what it would have changed besides.
    pub is_errored: bool,
}

/// A resource of a type that nobody here knows the price of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    pub address: String,
    /// `google_container_cluster`.
    pub terraform: String,
    /// In words.
    pub why: String,
}

/// Reads the JSON of a plan or a state, as `terraform show -json` writes it; a state also as Terraform keeps it.
///
/// # Errors
/// It is something else; the error says what.
pub fn read(bytes: &[u8]) -> Result<Input, NotTerraform> {
    let (mut document, form) = document::read(bytes)?;
    let changes = document.changes();
    let resources = |it: Option<Values>| it.map(Values::resources).unwrap_or_default();
    let mut partial = Vec::new();
    let (all, past) = match form {
        Form::Plan => {
            let mut planned = resources(document.planned_values.take().and_then(|it| it.0));
            let there = document.prior_state.0.take().and_then(|it| it.values.0);
            let there = partial::moved(resources(there), &changes);
            partial = partial::complete(&mut planned, &there, &changes, &document);
            (planned, Some(there))
        }
        Form::State => (resources(document.values.0.take()), None),
        Form::Kept => (document.kept(), None),
    };
    let later: HashMap<String, Value> =
        changes.into_iter().filter(|it| it.deposed.is_none()).map(|it| (it.address, it.later)).collect();
    let configuration = Configuration::new(&document);
    let region = configuration.region(None);
    let unsupported = unsupported(&all);
    let detected = all.iter().filter(|it| types::may_cost(&it.kind)).count();
    let is_errored = document.is_errored();
    let past_unsupported = past.as_deref().map(self::unsupported).unwrap_or_default();
    let planned = mapping::items(all, &configuration, &later);
    partial.extend(partial::regionless(&planned, form));
    Ok(Input {
        planned,
        // What exists is known.
        past: past.map(|past| mapping::items(past, &configuration, &HashMap::new())),
        region: region.unwrap_or_default().to_owned(),
        unsupported,
        past_unsupported,
        detected,
        partial,
        is_errored,
    })
}

fn unsupported(all: &[Planned]) -> Vec<Unsupported> {
    let unknown = all.iter().filter(|it| it.priced.is_none() && types::may_cost(&it.kind));
    let of = |it: &Planned| Unsupported {
        address: it.address.clone(),
        terraform: it.kind.clone(),
        why: types::why_unknown(&it.kind),
    };
    unknown.map(of).collect()
}
