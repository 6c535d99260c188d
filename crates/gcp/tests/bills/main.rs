//! What every kind is charged for: worked examples of quantities, and what follows from what.

mod bigquery;
mod complete;
mod derived;
mod others;
mod pubsub;
mod run;
mod storage;
mod unknown;

use std::collections::BTreeMap;

use engine::{Alone, Bill, Billed, Charge, Origin, Others, Range, Reading, Usage};
use gcp::bill::{Item, Priced, Resources};
use gcp::kinds;
use rust_decimal::Decimal;
use serde_json::Value;

/// A usage: a number, or `low..expected..high`.
pub fn usage(of: Priced, said: &[(&str, &str)]) -> Usage {
    let mut usage = Usage::default();
    for (name, text) in said {
        let key = of.usage().iter().find(|it| it.name == *name);
        let key = key.unwrap_or_else(|| panic!("{} knows no {name}", of.token()));
        let numbers: Vec<Decimal> = text.split("..").map(|it| it.parse().expect("a number")).collect();
        let range = match numbers[..] {
            [exact] => Range::exact(exact),
            [low, expected, high] => Range { low, expected, high },
            _ => panic!("{text} is no usage"),
        };
        usage.readings.insert(key.name, Reading { range, origin: Origin::Given });
    }
    usage
}

pub fn range(it: Range) -> String {
    let text = |it: Decimal| it.round_dp(9).normalize().to_string();
    match it.is_exact() {
        true => text(it.expected),
        false => format!("{}..{}..{}", text(it.low), text(it.expected), text(it.high)),
    }
}

/// `Message Delivery Basic @global: 0.5 TiBy`; a question mark while it is not known how much.
pub fn line(it: &Charge) -> String {
    let quantity = it.quantity.map_or("?".to_owned(), range);
    format!("{} @{}: {quantity} {}", it.sku.description, it.sku.region, it.unit)
}

pub fn lines(bill: &Bill) -> Vec<String> {
    match bill {
        Bill::Free(why) => vec![format!("free: {why}")],
        Bill::Charges(charges) => charges.iter().map(line).collect(),
    }
}

pub fn priced(token: &str) -> Priced {
    let driver = kinds::by_token(token).map(Priced::Kind).or_else(|| gcp::terraform::known(token));
    driver.unwrap_or_else(|| panic!("there is no {token}"))
}

pub fn bill_among(others: &dyn Others, token: &str, inputs: &Value, said: &[(&str, &str)]) -> Bill {
    let of = priced(token);
    let usage = usage(of, said);
    let billed = Billed { inputs, usage: &usage, region: "us-central1", others };
    of.bill(&billed).unwrap_or_else(|| panic!("nobody says what {token} costs"))
}

/// Holds a kind to its whole bill, in a stack in us-central1.
#[track_caller]
pub fn check(token: &str, inputs: &Value, said: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(lines(&bill_among(&Alone, token, inputs, said)), expected);
}

/// Holds a kind to these lines of its bill.
#[track_caller]
pub fn check_some(token: &str, inputs: &Value, said: &[(&str, &str)], expected: &[&str]) {
    let lines = lines(&bill_among(&Alone, token, inputs, said));
    for line in expected {
        assert!(lines.iter().any(|it| it == line), "there is no\n  {line}\nin\n  {}", lines.join("\n  "));
    }
}

pub fn item(token: &str, inputs: Value) -> Item {
    let name = inputs["name"].as_str().unwrap_or("unnamed").to_owned();
    let address = format!("{} {name}", token.rsplit([':', '/']).next().unwrap_or(token));
    Item { address, name, terraform: None, priced: priced(token), inputs }
}

/// What is used of each resource when this much is said of some: `key: quantity (from what)`.
pub fn derived(items: Vec<Item>, said: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Vec<String>> {
    let resources = Resources::new(items);
    let mut given = BTreeMap::new();
    for (address, said) in said {
        let item = resources.items().iter().find(|it| it.address == *address);
        let item = item.unwrap_or_else(|| panic!("there is no {address}"));
        given.insert(item.address.clone(), usage(item.priced, said));
    }
    let all = gcp::bill::derive(&resources, &given);
    let show = |(key, it): (&&'static str, &Reading)| match &it.origin {
        Origin::Given => format!("{key}: {}", range(it.range)),
        Origin::Measured => format!("{key}: {} (measured)", range(it.range)),
        Origin::Derived(from) => format!("{key}: {} ({from})", range(it.range)),
    };
    all.into_iter().map(|(address, it)| (address, it.readings.iter().map(show).collect())).collect()
}
