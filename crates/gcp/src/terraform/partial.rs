//! What a plan leaves out and what stays all the same: what no target names, what is forgotten, old objects that are
//! still to be deleted, what a plan that failed never came to.

use std::collections::{HashMap, HashSet};

use engine::is_unknown;

use super::document::{Document, Done, Form};
use super::resource::Planned;
use crate::bill::Resources;

/// As many names are told of one sort.
const TOLD: usize = 5;

/// Resources that are there now, by the addresses that the plan moves them to.
pub(super) fn moved(mut there: Vec<Planned>, changes: &[Done]) -> Vec<Planned> {
    let to: HashMap<&str, &str> =
        changes.iter().filter_map(|it| Some((it.previous.as_deref()?, it.address.as_str()))).collect();
    let taken: HashSet<String> = there.iter().map(|it| it.address.clone()).collect();
    for resource in &mut there {
        // Terraform may have moved it in what is there, too.
        if let Some(address) = to.get(resource.address.as_str()).filter(|it| !taken.contains(**it)) {
            resource.address = (*address).to_owned();
        }
    }
    there
}

/// Adds to what is planned what stays there although the plan leaves it out. Sentences that say what of the plan is
/// only part of the whole.
pub(super) fn complete(
    planned: &mut Vec<Planned>,
    there: &[Planned],
    changes: &[Done],
    document: &Document,
) -> Vec<String> {
    let names = |it: &[Planned]| -> HashSet<String> { it.iter().map(|it| it.address.clone()).collect() };
    let of = |does: fn(&Done) -> bool| -> HashSet<&str> {
        changes.iter().filter(|it| it.deposed.is_none() && does(it)).map(|it| it.address.as_str()).collect()
    };
    let (listed, deleted, forgotten) = (names(planned), of(|it| it.is_deleted), of(|it| it.is_forgotten));
    let (mut left_out, mut released, mut old) = (Vec::new(), Vec::new(), Vec::new());
    for resource in there {
        let address = resource.address.as_str();
        if listed.contains(address) || deleted.contains(address) {
            continue;
        }
        let names = match (resource.is_deposed, forgotten.contains(address)) {
            (true, _) => &mut old,
            (false, true) => &mut released,
            (false, false) => &mut left_out,
        };
        if super::types::may_cost(&resource.kind) {
            names.push(address);
        }
        planned.push(resource.clone());
    }
    let mut told = Vec::new();
    if document.is_errored() {
        told.push(
            "The plan is not complete, for terraform plan failed: what it would have changed besides is not known."
                .to_owned(),
        );
    } else if document.is_incomplete() {
        let deferred = match document.deferred() {
            0 => "it is made for some targets, or puts changes off".to_owned(),
            1 => "it puts 1 change off".to_owned(),
            many => format!("it puts {many} changes off"),
        };
        told.push(format!("The plan is not complete: {deferred}."));
    }
    let mut tell = |names: &[&str], what: &str| {
        if !names.is_empty() {
            told.push(format!("{what}: {}.", listing(names)));
        }
    };
    tell(&left_out, "The plan leaves out, and what stays is counted as it is");
    tell(&released, "The plan forgets without destroying, so that it costs as before");
    tell(&old, "Old objects are counted until they are deleted");
    told
}

fn listing(names: &[&str]) -> String {
    let more = names.len().saturating_sub(TOLD);
    let told = names[..names.len() - more].join(", ");
    if more == 0 { told } else { format!("{told} and {more} more") }
}

/// Says where a place is missing because the plan does not tell the provider's region.
pub(super) fn regionless(planned: &Resources, form: Form) -> Option<String> {
    let nowhere = planned.items().iter().filter(|it| it.inputs.get("location").is_some_and(is_unknown));
    let names: Vec<&str> = nowhere.map(|it| it.address.as_str()).collect();
    (form == Form::Plan && !names.is_empty()).then(|| {
        format!(
            "The plan does not tell where these are, by themselves or by their provider's region: {}.",
            listing(&names)
        )
    })
}
