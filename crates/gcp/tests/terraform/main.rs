//! Terraform's plans and states: what is in them, and that they are charged as our own declarations are.

mod partial;
mod reading;
mod today;
mod types;

use std::collections::BTreeMap;

use engine::{Bill, Usage};
use gcp::bill::{Item, Resources, derive};

/// What a resource is charged for when nothing is said of its usage but what follows from `given`:
/// `name: SKU @region: quantity unit`.
pub fn charges(
    resources: &Resources,
    item: &Item,
    usage: &BTreeMap<String, Usage>,
    region: &str,
) -> Vec<String> {
    let none = Usage::default();
    let bill = resources.bill(item, usage.get(&item.address).unwrap_or(&none), region);
    match bill.unwrap_or_else(|| panic!("nobody says what {} costs", item.address)) {
        Bill::Free(why) => vec![format!("free: {why}")],
        Bill::Charges(charges) => charges
            .iter()
            .map(|it| {
                let quantity = it.quantity.map_or("?".to_owned(), |it| {
                    let text = |it: rust_decimal::Decimal| it.round_dp(9).normalize().to_string();
                    format!("{}..{}..{}", text(it.low), text(it.expected), text(it.high))
                });
                let sku = &it.sku;
                format!("{}: {} @{}: {quantity} {}", it.name, sku.description, sku.region, it.unit)
            })
            .collect(),
    }
}

/// The charges of everything, by address.
pub fn all_charges(
    resources: &Resources,
    given: &BTreeMap<String, Usage>,
    region: &str,
) -> BTreeMap<String, Vec<String>> {
    let usage = derive(resources, given);
    let items = resources.items().iter();
    items.map(|it| (it.address.clone(), charges(resources, it, &usage, region))).collect()
}
