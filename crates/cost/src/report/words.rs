//! What all reports say in the same words: quantities, costs, why there is none, how old prices are.

use engine::{Origin, Range};
use rust_decimal::Decimal;
use time::Date;

use crate::breakdown::{Component, missing};
use crate::diff::{Costs, Diff, LineDiff};
use crate::estimate::{AtLeast, Billing, Estimate, Line, Missing, Priced, Unpriced};
use crate::money::Currency;
use crate::unit::{self, grouped};
use crate::{Age, Allowance};

/// A number with as many digits as help: two decimals, or four digits where it is less than one.
pub(super) fn number(it: Decimal) -> String {
    let rounded = if it.abs() >= Decimal::ONE { it.round_dp(2) } else { it.round_sf(4).unwrap_or(it) };
    grouped(&rounded.normalize().to_string())
}

/// `+12.5%`.
pub(super) fn percent(it: Decimal) -> String {
    let sign = if it > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}%", grouped(&it.round_dp(1).normalize().to_string()))
}

fn low_high(low: String, high: String) -> String {
    if low == high { low } else { format!("{low}–{high}") }
}

pub(super) fn quantity(range: Range) -> String {
    low_high(number(range.low), number(range.high))
}

/// How much of an allowance is used, and its unit, where that is a handy number: not 0.009766 TiB but 10 GiB.
pub(super) fn used(it: &Allowance) -> [String; 2] {
    let (factor, unit) = unit::handier(it.most, &it.unit);
    [quantity(it.quantity.map(|it| it.saturating_mul(factor))), unit::words(&unit)]
}

/// A cost in US dollars, in the currency of the estimate.
pub(super) fn cost(range: Range, currency: &Currency) -> String {
    let write = |it: Decimal| currency.write(currency.of(it));
    low_high(write(range.low), write(range.high))
}

/// A price in US dollars, in the currency of the estimate.
pub(super) fn price(it: Decimal, currency: &Currency) -> String {
    currency.write_price(currency.of(it))
}

/// What stands in the place of a line's cost that is not known.
pub(super) fn unknown(line: &Line, currency: &Currency) -> Option<String> {
    match &line.priced {
        Priced::Cost(_) => None,
        Priced::ByUsage => {
            let text = match (line.unit_price(), &line.doubt) {
                (Some(it), _) => {
                    let more = line.at_least().map(|it| format!("; {it}")).unwrap_or_default();
                    format!("{} {}{more}", price(it, currency), unit::per(line.unit))
                }
                (None, Some(why)) => why.clone(),
                (None, None) => {
                    format!("no price is known for {} in {}", line.sku.description, line.sku.region)
                }
            };
            Some(format!("depends on usage: {text}"))
        }
        Priced::Missing(Missing::Price) => {
            Some(format!("no price is known for {} in {}", line.sku.description, line.sku.region))
        }
        Priced::Missing(why) => Some(format!("cannot be priced: {}", missing(why))),
    }
}

/// A change that nobody knows the amount of: both sides, as far as they are known.
pub(super) fn unpriced_change<'a>(
    lines: impl Iterator<Item = &'a LineDiff>,
    costs: Costs,
    currency: &Currency,
) -> String {
    let lines: Vec<&LineDiff> = lines.collect();
    let unsure = |it: Option<&Component>| it.is_some_and(|it| it.price_not_found || it.at_least);
    let side = |unsure: bool, cost: Option<Decimal>| match (unsure, cost) {
        (true, Some(cost)) => format!("at least {}", currency.write(cost)),
        (true, None) => "no known price".to_owned(),
        (false, Some(cost)) => currency.write(cost),
        (false, None) => "nothing".to_owned(),
    };
    let past = side(lines.iter().any(|it| unsure(it.past.as_ref())), costs.past);
    let now = side(lines.iter().any(|it| unsure(it.now.as_ref())), costs.now);
    format!("not known ({past} → {now})")
}

/// By how much everything changes, and by how many percent, where that is known.
pub(super) fn headline(diff: &Diff, currency: &Currency) -> String {
    if diff.unpriced() {
        let lines = diff.changed().flat_map(|it| &it.lines);
        return unpriced_change(lines, diff.costs, currency);
    }
    let percent = diff.percent().map(|it| format!(", {}", percent(it))).unwrap_or_default();
    format!("{}{percent}", currency.write_change(diff.costs.difference()))
}

/// What a line costs, a bound from below where not all of it is known.
pub(super) fn line_cost(line: &Line, currency: &Currency) -> Option<String> {
    let cost = cost(line.cost()?, currency);
    Some(if line.at_least().is_some() { format!("at least {cost}") } else { cost })
}

/// Where a line's money is from: a sentence each.
pub(super) fn explained(line: &Line, currency: &Currency) -> Vec<String> {
    let mut told = Vec::new();
    let steps = line.steps();
    if let Some(range) = line.cost()
        && !steps.is_empty()
    {
        let steps: Vec<String> = steps
            .into_iter()
            .map(|(quantity, it)| {
                let quantity = grouped(&quantity.normalize().to_string());
                format!("{quantity} × {}", price(it, currency))
            })
            .collect();
        let exact = currency.of(range.expected).normalize();
        told.push(format!(
            "{} = {} {}{}",
            steps.join(" + "),
            grouped(&exact.to_string()),
            currency.code,
            if range.is_exact() { "" } else { " (expected)" }
        ));
    }
    told.extend(line.at_least().map(|it| format!("at least: {it}")));
    if let Some(list) = &line.price {
        let id = list.sku_id.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
        let rule = line.rule.map(|it| format!(", {}", it.words())).unwrap_or_default();
        told.push(format!("SKU{id}: {}, {}, {}{rule}", list.service, list.description, line.sku.region));
        if list.tiers.len() > 1 {
            let tiers: Vec<String> = list
                .tiers
                .iter()
                .map(|it| {
                    let start = grouped(&it.start.normalize().to_string());
                    format!("from {start} {}", price(it.price, currency))
                })
                .collect();
            told.push(format!("tiers in {}: {}", unit::words(&list.unit), tiers.join(", ")));
        }
        let date = list.date.map(|it| it.to_string()).unwrap_or_else(|| "undated".to_owned());
        told.push(format!("price from: {} (grade {}, {date})", list.source, list.grade));
    }
    told.extend(line.usage.iter().map(|it| match &it.reading {
        None => format!("usage {}: not given", it.key),
        Some(reading) => {
            let from = match &reading.origin {
                Origin::Given => "given".to_owned(),
                Origin::Measured => "as it is now".to_owned(),
                Origin::Derived(from) => format!("derived from {from}"),
            };
            format!("usage {}: {}, {from}", it.key, quantity(reading.range))
        }
    }));
    told
}

/// What a report says of lines whose quantity was worked out.
pub(super) const DERIVED: &str = "worked out from other usage";

/// How many resources of which sort: a sentence each.
pub(super) fn summary(estimate: &Estimate) -> Vec<String> {
    let summary = &estimate.summary;
    let resources = |count: usize| match count {
        1 => "1 resource".to_owned(),
        _ => format!("{count} resources"),
    };
    let unsupported: usize = summary.unsupported.values().sum();
    let costed = summary.resources - summary.free - unsupported;
    let mut told = vec![format!(
        "{}: {costed} charged, {} free, {unsupported} of kinds whose prices are not known here.",
        resources(summary.resources),
        summary.free
    )];
    match summary.unpriced.iter().filter(|it| it.sku.is_some()).count() {
        0 => {}
        1 => told.push("1 line has no price, and is not in the total.".to_owned()),
        many => told.push(format!("{many} lines have no price, and are not in the total.")),
    }
    match unsupported {
        0 => {}
        1 => told.push("1 resource has no price, and is not in the total.".to_owned()),
        many => told.push(format!("{many} resources have no price, and are not in the total.")),
    }
    match summary.at_least.len() {
        0 => {}
        1 => told.push("1 line may cost more than it says.".to_owned()),
        many => told.push(format!("{many} lines may cost more than they say.")),
    }
    if summary.usage_based > 0 {
        let lines = match summary.lines_by_usage {
            0 => "all of it is given or derived".to_owned(),
            1 => "that of 1 line is not given, and its cost is not in the total".to_owned(),
            many => format!("that of {many} lines is not given, and their cost is not in the total"),
        };
        told.push(format!("{} charged by usage: {lines}.", resources(summary.usage_based)));
    }
    told
}

/// Lines without a price: an error of its own.
pub fn unpriced(it: &Unpriced) -> String {
    match (&it.sku, &it.why) {
        (None, why) => format!("{}: {}", it.address, missing(why)),
        (Some(sku), Missing::Price) => {
            format!(
                "{}, {}: no price is known for {} in {}",
                it.address, it.line, sku.description, sku.region
            )
        }
        (Some(_), why) => format!("{}, {}: {}", it.address, it.line, missing(why)),
    }
}

/// A line that may cost more than it says, and why.
pub fn at_least(it: &AtLeast) -> String {
    format!("{}, {}: {}", it.address, it.line, it.why)
}

/// Those that are left out of a report unless it is to show them, by type, with how many and why.
pub(super) fn skipped(estimate: &Estimate) -> Vec<String> {
    let mut free: std::collections::BTreeMap<(&str, &str), usize> = std::collections::BTreeMap::new();
    for resource in &estimate.resources {
        if let Billing::Free(why) = &resource.billing {
            *free.entry((&resource.type_name, why)).or_default() += 1;
        }
    }
    let free = free.into_iter().map(|((name, why), count)| format!("{count} × {name}: free. {why}"));
    let unsupported = estimate.summary.unsupported.iter();
    free.chain(unsupported.map(|(name, count)| format!("{count} × {name}: no price is known here.")))
        .collect()
}

/// Whether nothing is missing from an estimate's total; else it is a bound from below.
pub(super) fn is_whole(estimate: &Estimate) -> bool {
    let summary = &estimate.summary;
    summary.lines_by_usage == 0 && summary.unpriced.is_empty() && summary.at_least.is_empty()
}

/// A total of an estimate.
pub(super) fn total(estimate: &Estimate, range: Range) -> String {
    let money = cost(range, &estimate.currency);
    if is_whole(estimate) { money } else { format!("at least {money}") }
}

/// What prices are, and how old: a sentence each.
pub(super) fn prices(estimate: &Estimate) -> Vec<String> {
    let mut told = vec![age(estimate.age, estimate.today)];
    let currency = &estimate.currency;
    if currency.code != "USD" {
        let (rate, code) = (currency.rate.normalize(), &currency.code);
        told.push(format!("Shown in {code} at {rate} {code} a US dollar, a rate that was given."));
    }
    told
}

/// How old prices are on a day, in a sentence.
pub fn age(age: Age, today: Option<Date>) -> String {
    let when = match (age.oldest, age.newest) {
        (Some(oldest), Some(newest)) if oldest == newest => format!(" of {oldest}"),
        (Some(oldest), Some(newest)) => format!(" of {oldest} to {newest}"),
        (None, _) | (_, None) => String::new(),
    };
    let old = age.oldest.zip(today).map(|(oldest, today)| {
        // Which day it is may be told wrongly.
        let days = (today - oldest).whole_days().max(0);
        // A month has 30.4 days.
        match days * 10 / 304 {
            0 | 1 => format!(", the oldest {days} days old"),
            months => format!(", the oldest {months} months old"),
        }
    });
    let old = old.unwrap_or_default();
    let undated = match age.undated {
        0 => String::new(),
        1 => "; 1 has no date".to_owned(),
        many => format!("; {many} have no date"),
    };
    format!("Prices: Google's list prices{when}{old}{undated}. A month has 730 hours.")
}
