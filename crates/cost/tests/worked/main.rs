//! Worked examples of bills: what is declared and how much it is used, and what that costs in dollars.
//!
//! The dollars are worked out by hand from Google's prices. Each example is held to with what is free taken off
//! and without.

mod bigquery;
mod infracost;
mod others;
mod pubsub;
mod run;
mod skus;
mod storage;

use std::collections::BTreeMap;

use cost::{Estimate, Item, Options, PriceList, Priced as Money, estimate};
use engine::{Origin, Range, Reading, Usage};
use gcp::bill::{self, Priced, Resources};
use rust_decimal::Decimal;
use serde_json::Value;

pub const REGION: &str = "us-central1";

/// A resource and how much it is used.
pub struct Used {
    token: String,
    inputs: Value,
    said: Vec<(String, String)>,
}

pub fn used(token: &str, inputs: Value, said: &[(&str, &str)]) -> Used {
    let said = said.iter().map(|(key, much)| ((*key).to_owned(), (*much).to_owned())).collect();
    Used { token: token.to_owned(), inputs, said }
}

pub fn priced(token: &str) -> Priced {
    let kind = gcp::kinds::by_token(token).map(Priced::Kind).or_else(|| gcp::terraform::known(token));
    kind.unwrap_or_else(|| panic!("there is no {token}"))
}

pub fn dollars(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// What all of these cost an account whose stack is in [`REGION`].
pub fn account(all: &[Used], options: &Options) -> Estimate {
    let item = |(at, it): (usize, &Used)| bill::Item {
        address: at.to_string(),
        name: at.to_string(),
        terraform: None,
        priced: priced(&it.token),
        inputs: it.inputs.clone(),
    };
    let resources = Resources::new(all.iter().enumerate().map(item).collect());
    let said = |(item, it): (&bill::Item, &Used)| {
        let mut usage = Usage::default();
        for (name, much) in &it.said {
            let key = item.priced.usage().iter().find(|it| it.name == name);
            let key = key.unwrap_or_else(|| panic!("{} knows no {name}", it.token));
            let reading = Reading { range: Range::exact(dollars(much)), origin: Origin::Given };
            usage.readings.insert(key.name, reading);
        }
        (item.address.clone(), usage)
    };
    let usage: BTreeMap<String, Usage> = resources.items().iter().zip(all).map(said).collect();
    let items = resources.items().iter().map(|it| Item {
        address: it.address.clone(),
        kind: it.priced.token().to_owned(),
        bill: resources.bill(it, &usage[&it.address], REGION),
        usage: usage[&it.address].clone(),
        ..Item::default()
    });
    estimate(items, PriceList::embedded(), options)
}

pub fn with_free_tier(free_tier: bool) -> Options {
    Options { free_tier, ..Options::default() }
}

/// To a millionth of a dollar, and as exactly as what is expected says it.
#[track_caller]
fn same(what: &str, is: Decimal, expected: &str) {
    let should = dollars(expected);
    let is = is.round_dp(should.scale().max(6)).normalize();
    assert_eq!(is, should.normalize(), "{what} costs {is}");
}

/// Holds an account to the dollars of every line that is used, as `its SKU: dollars`, and to what it pays when
/// what is free is taken off.
#[track_caller]
pub fn check(all: &[Used], lines: &[(&str, &str)], with_free: &str) {
    for free_tier in [true, false] {
        let estimate = account(all, &with_free_tier(free_tier));
        assert_eq!(estimate.summary.unpriced, [], "something has no price");
        let found = estimate.resources.iter().flat_map(|it| it.lines());
        let found: Vec<(&str, Range)> = found
            .filter_map(|it| match it.priced {
                Money::Cost(cost) => Some((it.sku.description.as_str(), cost)),
                Money::ByUsage | Money::Missing(_) => None,
            })
            .collect();
        let names: Vec<&str> = found.iter().map(|it| it.0).collect();
        assert_eq!(names, lines.iter().map(|it| it.0).collect::<Vec<_>>());
        for ((name, cost), (_, expected)) in found.iter().zip(lines) {
            same(name, cost.expected, expected);
        }
        let sum: Decimal = lines.iter().map(|it| dollars(it.1)).sum();
        let expected = if free_tier { with_free.to_owned() } else { sum.to_string() };
        let what = if free_tier { "everything, with what is free," } else { "everything" };
        same(what, estimate.total.expected, &expected);
    }
}

/// Holds a resource to its whole cost at several quantities of one usage: how much, its dollars, and its dollars
/// when what is free is taken off.
#[track_caller]
pub fn table(token: &str, inputs: &Value, key: &str, rows: &[(&str, &str, &str)]) {
    table_among(&[], token, inputs, key, rows);
}

/// As [`table`], of a resource that speaks of others.
#[track_caller]
pub fn table_among(
    around: &[(&str, Value)],
    token: &str,
    inputs: &Value,
    key: &str,
    rows: &[(&str, &str, &str)],
) {
    for (much, without, with) in rows {
        let mut all: Vec<Used> = around.iter().map(|(it, inputs)| used(it, inputs.clone(), &[])).collect();
        all.push(used(token, inputs.clone(), &[(key, much)]));
        for (free_tier, expected) in [(false, without), (true, with)] {
            let estimate = account(&all, &with_free_tier(free_tier));
            assert_eq!(estimate.summary.unpriced, [], "something has no price");
            let what = format!("{much} of {key} of {token} {inputs}, free tier {free_tier},");
            same(&what, estimate.total.expected, expected);
        }
    }
}
