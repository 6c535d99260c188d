//! Makes a breakdown of an estimate.

use std::collections::BTreeMap;

use engine::{Origin, Range};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{ALL_CHARGES, ALLOWANCES, Breakdown, Component, Costed, Summary, hourly};
use crate::estimate::{Billing, Estimate, Line, Priced, ZERO};
use crate::unit;
use crate::{Allowance, Missing, Resource};

/// An estimate as Infracost tells it, in the estimate's currency; of ranges the expected.
pub fn of(estimate: &Estimate) -> Breakdown {
    let (total_monthly_cost, total_monthly_usage_cost) = totals(estimate);
    Breakdown {
        resources: resources(estimate).collect(),
        free_resources: free(estimate).collect(),
        total_hourly_cost: Some(hourly(total_monthly_cost)),
        total_monthly_cost: Some(total_monthly_cost),
        total_monthly_usage_cost: Some(total_monthly_usage_cost),
    }
}

/// What a month costs, and the part of it that follows usages.
pub(crate) fn totals(estimate: &Estimate) -> (Decimal, Decimal) {
    let shown = |it| estimate.shown(it).expected.normalize();
    (shown(estimate.total), shown(estimate.usage_total))
}

/// What is charged for, and what allowances take off.
pub(crate) fn resources(estimate: &Estimate) -> impl Iterator<Item = Costed> {
    charged(estimate)
        .map(|(resource, lines)| match &resource.billing {
            Billing::Unsupported(_) => unsupported(resource),
            Billing::Lines(_) | Billing::Free(_) => with_lines(resource, lines, estimate),
        })
        .chain(allowances(estimate))
}

/// As [`resources`], with what their components have no place for: ranges, SKUs, sources, usages.
pub(crate) fn explained(estimate: &Estimate) -> impl Iterator<Item = Costed> {
    let explain = |(resource, lines): (&Resource, &[Line])| {
        if let Billing::Unsupported(why) = &resource.billing {
            let mut costed = unsupported(resource);
            costed.metadata.insert("unpriced".to_owned(), json!(why));
            return costed;
        }
        let mut costed = with_lines(resource, lines, estimate);
        let cost = resource.cost().map(|it| estimate.shown(it));
        if let Some(range) = cost.filter(|it| !it.is_exact()) {
            costed.metadata.insert("monthlyCostRange".to_owned(), low_high(range));
        }
        let lines = lines.iter().map(|it| told(it, estimate)).collect();
        costed.metadata.insert("lines".to_owned(), lines);
        costed
    };
    charged(estimate).map(explain).chain(allowances(estimate))
}

/// What costs nothing, and why.
pub(crate) fn free(estimate: &Estimate) -> impl Iterator<Item = Costed> {
    estimate.resources.iter().filter_map(|resource| match &resource.billing {
        Billing::Free(why) => {
            let mut free = costed(resource);
            free.metadata.insert("free".to_owned(), json!(why));
            Some(free)
        }
        Billing::Unsupported(_) | Billing::Lines(_) => None,
    })
}

/// Resources that cost something, those without a price among them.
fn charged(estimate: &Estimate) -> impl Iterator<Item = (&Resource, &[Line])> {
    estimate.resources.iter().filter_map(|resource| match &resource.billing {
        Billing::Lines(lines) => Some((resource, lines.as_slice())),
        Billing::Unsupported(_) => Some((resource, &[][..])),
        Billing::Free(_) => None,
    })
}

fn costed(resource: &Resource) -> Costed {
    let mut metadata = Map::new();
    if !resource.kind.is_empty() {
        metadata.insert("kind".to_owned(), json!(resource.kind));
    }
    Costed {
        name: resource.address.clone(),
        resource_type: resource.type_name.clone(),
        tags: resource.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect(),
        metadata,
        ..Costed::default()
    }
}

/// A resource of a kind without a price: one component that stands for all that it is charged for.
fn unsupported(resource: &Resource) -> Costed {
    Costed { cost_components: vec![all_charges()], ..costed(resource) }
}

/// What stands for all that a resource without a price is charged for.
pub(super) fn all_charges() -> Component {
    Component { name: ALL_CHARGES.to_owned(), price_not_found: true, ..Component::default() }
}

/// Whether this is a resource of a kind without a price.
pub(crate) fn is_unpriced(it: &Costed) -> bool {
    it.metadata.contains_key("unpriced")
}

fn with_lines(resource: &Resource, lines: &[Line], estimate: &Estimate) -> Costed {
    let mut costed = costed(resource);
    let cost = resource.cost().map(|it| estimate.shown(it));
    costed.monthly_cost = cost.map(|it| it.expected.normalize());
    costed.hourly_cost = costed.monthly_cost.map(hourly);
    costed.monthly_usage_cost = lines
        .iter()
        .filter(|it| it.usage_based())
        .filter_map(Line::cost)
        .reduce(|a, b| a + b)
        .map(|it| estimate.shown(it).expected.normalize());
    costed.cost_components = lines
        .iter()
        .map(|line| {
            let quantity = line.quantity.map(|it| it.expected.normalize());
            let cost = line.cost().map(|it| estimate.currency.of(it.expected).normalize());
            Component {
                name: line.name.clone(),
                unit: unit::words(line.unit),
                hourly_quantity: quantity.map(hourly),
                monthly_quantity: quantity,
                price: line.unit_price().map(|it| estimate.currency.of(it).normalize()),
                hourly_cost: cost.map(hourly),
                monthly_cost: cost,
                usage_based: line.usage_based(),
                price_not_found: matches!(line.priced, Priced::Missing(_)),
                at_least: line.at_least().is_some(),
            }
        })
        .collect();
    costed
}

fn low_high(range: Range) -> Value {
    json!({ "low": range.low.normalize(), "high": range.high.normalize() })
}

/// What a component has no place for.
fn told(line: &Line, estimate: &Estimate) -> Value {
    let mut told = json!({
        "name": line.name,
        "service": line.sku.service,
        "sku": line.sku.description,
        "region": line.sku.region,
    });
    if let Some(price) = &line.price {
        told["skuId"] = json!(price.sku_id);
        told["source"] = json!(price.source);
        told["grade"] = json!(price.grade);
        told["date"] = json!(price.date.map(|it| it.to_string()));
    }
    if let Some(rule) = line.rule {
        told["pricedAs"] = json!(rule.words());
    }
    if let Some(range) = line.quantity.filter(|it| !it.is_exact()) {
        told["monthlyQuantityRange"] = low_high(range);
    }
    if let Some(range) = line.cost().filter(|it| !it.is_exact()) {
        told["monthlyCostRange"] = low_high(estimate.shown(range));
    }
    match &line.priced {
        Priced::Cost(_) => {}
        Priced::ByUsage => told["unknown"] = json!("depends on usage"),
        Priced::Missing(why) => told["unknown"] = json!(missing(why)),
    }
    if let Some(why) = line.at_least() {
        told["atLeast"] = json!(why);
    }
    let usage: Vec<Value> = line
        .usage
        .iter()
        .map(|it| match &it.reading {
            None => json!({ "key": it.key }),
            Some(reading) => json!({
                "key": it.key,
                "value": reading.range.expected.normalize(),
                "from": match &reading.origin {
                    Origin::Given => "given",
                    Origin::Measured => "as it is now",
                    Origin::Derived(from) => from,
                },
            }),
        })
        .collect();
    if !usage.is_empty() {
        told["usage"] = Value::Array(usage);
    }
    told
}

/// Why a line has no price, in words.
pub(crate) fn missing(why: &Missing) -> String {
    match why {
        Missing::Price => "no price is known".to_owned(),
        Missing::Unit { list } => format!("its price counts {}", unit::words(list)),
        Missing::Quantity => "no sensible quantity".to_owned(),
        Missing::Kind(why) | Missing::Later(why) | Missing::Wrong(why) => why.clone(),
    }
}

fn allowances(estimate: &Estimate) -> Option<Costed> {
    if estimate.allowances.is_empty() {
        return None;
    }
    let component = |it: &Allowance| {
        let cost = estimate.currency.of(it.cost.expected).normalize();
        Component {
            name: it.name.clone(),
            unit: unit::words(&it.unit),
            hourly_quantity: Some(hourly(it.quantity.expected)),
            monthly_quantity: Some(it.quantity.expected.normalize()),
            price: None,
            hourly_cost: Some(hourly(cost)),
            monthly_cost: Some(cost),
            usage_based: true,
            price_not_found: false,
            at_least: false,
        }
    };
    let total = estimate.allowances.iter().fold(ZERO, |sum, it| sum + it.cost);
    let total = estimate.shown(total).expected.normalize();
    Some(Costed {
        name: ALLOWANCES.to_owned(),
        resource_type: "allowance".to_owned(),
        hourly_cost: Some(hourly(total)),
        monthly_cost: Some(total),
        monthly_usage_cost: Some(total),
        cost_components: estimate.allowances.iter().map(component).collect(),
        ..Costed::default()
    })
}

/// How many resources of which sort, as Infracost counts.
pub fn summary(estimate: &Estimate) -> Summary {
    let mut free = BTreeMap::new();
    for resource in &estimate.resources {
        if let Billing::Free(_) = resource.billing {
            *free.entry(resource.type_name.clone()).or_default() += 1;
        }
    }
    let ours = &estimate.summary;
    let unsupported = ours.unsupported.values().sum();
    Summary {
        total_detected_resources: ours.resources,
        total_supported_resources: ours.resources - unsupported - ours.free,
        total_unsupported_resources: unsupported,
        total_usage_based_resources: ours.usage_based,
        total_no_price_resources: ours.free,
        unsupported_resource_counts: ours.unsupported.clone(),
        no_price_resource_counts: free,
    }
}
