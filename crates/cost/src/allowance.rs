//! What a billing account has free every month, taken once from all that its resources use.

use std::collections::BTreeMap;

use engine::Range;
use rust_decimal::Decimal;

use crate::money::{self, each};
use crate::price::ACCOUNT;
use crate::unit;
use crate::{Grade, Price, PriceList};

/// What is free, as a line of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowance {
    /// `Free allowance: first 10 GiB of Message Delivery Basic`.
    pub name: String,
    pub service: String,
    /// The SKUs that it is taken from.
    pub skus: Vec<String>,
    pub unit: String,
    /// The most that is free.
    pub most: Decimal,
    /// How much of it is used.
    pub quantity: Range,
    /// What it takes off a bill in US dollars: never positive.
    pub cost: Range,
    pub grade: Grade,
    pub source: String,
    pub date: Option<time::Date>,
}

/// Everything of one price that an account uses.
pub(crate) struct Account {
    pub(crate) price: std::sync::Arc<Price>,
    pub(crate) used: Range,
}

/// Prices that share what is free. The catalog has it at each of them, the price pages once for all.
struct Pool {
    service: &'static str,
    of: fn(&str) -> bool,
    name: &'static str,
}

const POOLS: [Pool; 5] = [
    Pool { service: "BigQuery", of: |it| it.starts_with("Analysis ("), name: "queries" },
    Pool {
        service: "BigQuery",
        of: |it| it.starts_with("Active Logical Storage") || it.starts_with("Long Term Logical Storage"),
        name: "active and long-term storage",
    },
    Pool {
        service: "BigQuery Storage API",
        of: |it| it.starts_with("BigQuery Storage API - Write"),
        name: "writes by the Storage API",
    },
    Pool {
        service: "Cloud Storage",
        of: |it| it == "Standard Storage US Regional",
        name: "Standard Storage in us-central1, us-east1 and us-west1",
    },
    Pool {
        service: "Cloud Storage",
        of: |it| it.starts_with("Download Worldwide Destinations") || it == "Download APAC",
        name: "downloads",
    },
];

/// What is free as money: so many units at a price of tier 1, off whatever its SKUs cost in any region.
struct Credit {
    service: &'static str,
    /// How the row that says how many units begins.
    row: &'static str,
    /// The SKU of tier 1, in [`TIER_1`].
    priced_as: &'static str,
    of: fn(&str) -> bool,
    name: &'static str,
}

const TIER_1: &str = "us-central1";

// Minimum instances that idle have rates of their own, and no price page says that the allowance is
// for them too.
const CREDITS: [Credit; 4] = [
    Credit {
        service: "Cloud Run",
        row: "FREE TIER request-based CPU",
        priced_as: "Services CPU (Request-based billing)",
        of: |it| it.starts_with("Services CPU ") && it.ends_with("(Request-based billing)"),
        name: "vCPUs, request-based",
    },
    Credit {
        service: "Cloud Run",
        row: "FREE TIER request-based memory",
        priced_as: "Services Memory (Request-based billing)",
        of: |it| it.starts_with("Services Memory ") && it.ends_with("(Request-based billing)"),
        name: "memory, request-based",
    },
    Credit {
        service: "Cloud Run",
        row: "FREE TIER instance-based CPU",
        priced_as: "Services CPU (Instance-based billing) in us-central1",
        of: |it| it.starts_with("Services CPU (Instance-based billing)") || it.starts_with("Jobs CPU"),
        name: "vCPUs, instance-based and jobs",
    },
    Credit {
        service: "Cloud Run",
        row: "FREE TIER instance-based memory",
        priced_as: "Services Memory (Instance-based billing) in us-central1",
        of: |it| it.starts_with("Services Memory (Instance-based billing)") || it.starts_with("Jobs Memory"),
        name: "memory, instance-based and jobs",
    },
];

/// All allowances that something is taken from, by service and name.
pub(crate) fn allowances(accounts: &[Account], list: &PriceList) -> Vec<Allowance> {
    let mut pools: BTreeMap<(&str, &str, &str), Vec<&Account>> = BTreeMap::new();
    for account in accounts.iter().filter(|it| !it.price.free().is_zero()) {
        let price = &account.price;
        let name = POOLS
            .iter()
            .find(|it| it.service == price.service && (it.of)(&price.description))
            .map_or(price.description.as_str(), |it| it.name);
        pools.entry((&price.service, name, &price.unit)).or_default().push(account);
    }
    let tiers = pools.into_iter().map(|((service, name, _), members)| pooled(service, name, members));
    let credits = CREDITS.iter().filter_map(|it| credited(it, accounts, list));
    let mut all: Vec<Allowance> = tiers.chain(credits).filter(|it| !it.quantity.high.is_zero()).collect();
    all.sort_by(|a, b| (&a.service, &a.name).cmp(&(&b.service, &b.name)));
    all
}

fn pooled(service: &str, name: &str, mut members: Vec<&Account>) -> Allowance {
    // Google does not say where it takes it off first. The cheapest first promises least, and does not
    // hang on the order of resources.
    members.sort_by(|a, b| {
        let key = |it: &Account| (it.price.at(Decimal::ZERO), it.price.description.clone());
        (key(a), &a.price.region).cmp(&(key(b), &b.price.region))
    });
    let most = members.iter().map(|it| it.price.free()).max().unwrap_or_default();
    let take = |of: fn(&Range) -> Decimal, value: fn(&Price, Decimal) -> Decimal| {
        let mut left = most;
        let mut sum = Decimal::ZERO;
        for member in &members {
            let taken = of(&member.used).min(member.price.free()).min(left);
            left -= taken;
            sum = sum.saturating_add(value(&member.price, taken));
        }
        sum
    };
    let first = &members[0].price;
    Allowance {
        name: format!("Free allowance: first {} of {name}", unit::handy(most, &first.unit)),
        service: service.to_owned(),
        skus: named(members.iter().map(|it| &*it.price)),
        unit: first.unit.clone(),
        most,
        quantity: each(|of| take(of, |_, taken| taken)),
        cost: each(|of| -take(of, |price, taken| price.cost(taken))),
        grade: first.grade,
        source: first.source.clone(),
        date: first.date,
    }
}

fn credited(credit: &Credit, accounts: &[Account], list: &PriceList) -> Option<Allowance> {
    let row = list
        .of_service(credit.service)
        .iter()
        .find(|it| it.region == ACCOUNT && it.description.starts_with(credit.row))?;
    let tier_1 = list.position(credit.service, credit.priced_as, TIER_1)?;
    let tier_1 = list.get(tier_1).in_unit(&row.unit)?.at(Decimal::ZERO);
    let members: Vec<&Account> = accounts
        .iter()
        .filter(|it| it.price.service == credit.service && (credit.of)(&it.price.description))
        .collect();
    let most = row.tiers[0].start;
    let value = money::times(most, tier_1);
    let gross = |of: fn(&Range) -> Decimal| {
        let costs = members.iter().map(|it| it.price.cost(of(&it.used)));
        costs.fold(Decimal::ZERO, |sum, it| sum.saturating_add(it))
    };
    let cost = each(|of| -gross(of).min(value));
    Some(Allowance {
        name: format!(
            "Free allowance: {} of {}, at tier 1's price",
            unit::handy(most, &row.unit),
            credit.name
        ),
        service: credit.service.to_owned(),
        skus: named(members.iter().map(|it| &*it.price)),
        unit: row.unit.clone(),
        most,
        quantity: cost.map(|it| (-it).checked_div(tier_1).unwrap_or_default()),
        cost,
        grade: row.grade,
        source: row.source.clone(),
        date: row.date,
    })
}

fn named<'a>(prices: impl Iterator<Item = &'a Price>) -> Vec<String> {
    let mut names: Vec<String> = prices.map(|it| it.description.clone()).collect();
    names.sort();
    names.dedup();
    names
}
