//! Everything that a project has of the kinds that are looked for, whoever made it.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Billed, Cause, Failure, Live, Origin, Range, Reading, Session, Usage};
use futures_util::future::join_all;
use serde_json::Value;

use crate::bill::{Item, Priced, Resources};
use crate::kinds;

/// What is there.
#[derive(Debug)]
pub struct Found {
    pub priced: Priced,
    /// In the shape of the kind's inputs.
    pub live: Live,
}

impl Found {
    /// What people know it by: what it is displayed as, else the last part of its name.
    pub fn name(&self) -> &str {
        let text = |field: &str| self.live.state.get(field).and_then(Value::as_str);
        let name = text("displayName").or_else(|| text("name")).unwrap_or(&self.live.id);
        name.rsplit('/').next().unwrap_or(name)
    }
}

/// What a project has.
#[derive(Debug, Default)]
pub struct Inventory {
    pub found: Vec<Found>,
    /// APIs that are disabled, behind which nobody can look.
    pub disabled: BTreeSet<String>,
}

/// Looks for everything.
///
/// # Errors
/// What was refused: the part of a project is no answer.
pub async fn inventory(project: &str, session: &Session) -> Result<Inventory, Vec<Failure>> {
    let entries = kinds::ALL.iter().filter(|it| it.kind.listed.is_some());
    let lists =
        join_all(entries.map(|it| async move { (it.driver, (it.list)(session, project).await) })).await;
    let mut inventory = Inventory::default();
    let mut refused: Vec<Failure> = Vec::new();
    for (driver, list) in lists {
        match list {
            Ok(list) => inventory
                .found
                .extend(list.into_iter().map(|live| Found { priced: Priced::Kind(driver), live })),
            Err(failure) => match failure.cause() {
                Some(Cause::Disabled(service)) => {
                    inventory.disabled.insert(service.clone());
                }
                // Kinds that look through others' lists are refused for the same.
                _ if refused.iter().any(|it| it.to_string() == failure.to_string()) => {}
                _ => refused.push(failure),
            },
        }
    }
    if refused.is_empty() { Ok(inventory) } else { Err(refused) }
}

/// How much is there now of each resource's usage, as the APIs tell it, by address; `region` is the place of
/// what does not say where it is.
pub fn measured(resources: &Resources, region: &str) -> BTreeMap<String, Usage> {
    let none = Usage::default();
    let of = |item: &Item| {
        let entry = kinds::entry(item.priced.token())?;
        let told =
            (entry.measured)(&Billed { inputs: &item.inputs, usage: &none, region, others: resources });
        let reading = |it| Reading { range: Range::exact(it), origin: Origin::Measured };
        let readings: BTreeMap<_, _> = told.into_iter().map(|(key, it)| (key, reading(it))).collect();
        (!readings.is_empty()).then(|| (item.address.clone(), Usage { readings }))
    };
    resources.items().iter().filter_map(of).collect()
}
