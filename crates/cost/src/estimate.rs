//! Turns the charges of all resources of an account into an estimate of its monthly bill.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine::{Bill, Charge, Range, Reading, Sku, Usage};
use rust_decimal::Decimal;
use time::Date;

use crate::allowance::{Account, Allowance, allowances};
use crate::list::{Age, Rule};
use crate::money::{Currency, each};
use crate::unit;
use crate::{Price, PriceList};

/// The most of anything that a line may count; beyond it sums are no longer exact.
pub const MOST: i64 = 1_000_000_000_000_000_000;

/// Decimals that quantities are kept to: of a TiB, about a byte.
const DECIMALS: u32 = 12;

/// A resource whose bill is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// `google_pubsub_topic.orders`, or the resource's name in our program.
    pub address: String,
    /// `gcp:pubsub/v1:Topic`; empty where we do not know the kind.
    pub kind: String,
    /// `google_pubsub_topic`, or what stands for it in a report.
    pub type_name: String,
    pub tags: BTreeMap<String, String>,
    /// `None` where we do not know the kind.
    pub bill: Option<Bill>,
    /// What the bill was made from; only told.
    pub usage: Usage,
}

/// How to estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether to take off what an account has free.
    pub free_tier: bool,
    /// Applied where money is shown.
    pub currency: Currency,
    /// What is charged from a later day on costs nothing yet; without it, everything is charged.
    pub today: Option<Date>,
}

impl Default for Options {
    fn default() -> Options {
        Options { free_tier: true, currency: Currency::default(), today: None }
    }
}

/// Why a line has no money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The list has no price of this SKU in this place.
    Price,
    /// The list counts it in something that ours cannot be turned into.
    Unit { list: String },
    /// It is negative, or more than [`MOST`].
    Quantity,
}

/// What a line costs a month, in US dollars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Priced {
    Cost(Range),
    /// Nothing says how much is used.
    ByUsage,
    /// Unknown, and so never zero.
    Missing(Missing),
}

/// A usage that a line follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    pub key: &'static str,
    /// How much, and whether given or derived from what; `None` where nothing says it.
    pub reading: Option<Reading>,
}

/// One charge with its money.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: String,
    pub sku: Sku,
    pub unit: &'static str,
    pub quantity: Option<Range>,
    pub priced: Priced,
    /// In the line's unit; `None` where it is missing.
    pub price: Option<Arc<Price>>,
    /// Why another region's price stands for this one's.
    pub rule: Option<Rule>,
    /// What the account has used of this price before this line: where in the tiers it begins.
    pub before: Range,
    pub usage: Vec<Basis>,
}

impl Line {
    /// What its first unit costs, leaving allowances aside, in US dollars.
    pub fn unit_price(&self) -> Option<Decimal> {
        self.price.as_ref().map(|it| it.at(self.before.expected))
    }

    /// How the expected quantity falls into tiers: how many, and what one costs.
    pub fn steps(&self) -> Vec<(Decimal, Decimal)> {
        match (&self.price, self.quantity, &self.priced) {
            (Some(price), Some(quantity), Priced::Cost(_)) => {
                price.steps(self.before.expected, self.before.expected + quantity.expected)
            }
            (_, _, Priced::Cost(_) | Priced::ByUsage | Priced::Missing(_)) => Vec::new(),
        }
    }

    pub fn cost(&self) -> Option<Range> {
        match self.priced {
            Priced::Cost(range) => Some(range),
            Priced::ByUsage | Priced::Missing(_) => None,
        }
    }

    pub fn usage_based(&self) -> bool {
        !self.usage.is_empty()
    }

    /// Whether part of what it follows was not said but worked out.
    pub fn derived(&self) -> bool {
        let derived = |it: &Basis| {
            it.reading.as_ref().is_some_and(|it| matches!(it.origin, engine::Origin::Derived(_)))
        };
        self.usage.iter().any(derived)
    }
}

/// What is known of a resource's bill.
#[derive(Clone, Debug, PartialEq)]
pub enum Billing {
    /// We do not know the kind.
    Unsupported,
    /// It costs nothing, and why.
    Free(&'static str),
    Lines(Vec<Line>),
}

/// A resource and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub address: String,
    pub kind: String,
    pub type_name: String,
    pub tags: BTreeMap<String, String>,
    pub billing: Billing,
}

impl Resource {
    pub fn lines(&self) -> &[Line] {
        match &self.billing {
            Billing::Lines(lines) => lines,
            Billing::Unsupported | Billing::Free(_) => &[],
        }
    }

    /// The sum of its lines that have money; `None` if there are none.
    pub fn cost(&self) -> Option<Range> {
        self.lines().iter().filter_map(Line::cost).reduce(|a, b| a + b)
    }
}

/// A line that has no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriced {
    pub address: String,
    pub line: String,
    pub sku: Sku,
    pub unit: &'static str,
    pub why: Missing,
}

/// How many resources of which sort there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub resources: usize,
    /// With lines, all of which could be priced.
    pub priced: usize,
    pub free: usize,
    /// Those whose kind we do not know, by type.
    pub unsupported: BTreeMap<String, usize>,
    /// With a line that follows a usage.
    pub usage_based: usize,
    /// Lines that nothing says the quantity of.
    pub lines_by_usage: usize,
    /// An error state: what these cost is not in the total.
    pub unpriced: Vec<Unpriced>,
}

/// What all resources of an account cost a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// In the order of the items.
    pub resources: Vec<Resource>,
    pub allowances: Vec<Allowance>,
    /// Of all lines and allowances, in US dollars.
    pub total: Range,
    /// The part of it that follows usages, allowances included.
    pub usage_total: Range,
    pub summary: Summary,
    /// Of the prices that were used.
    pub age: Age,
    /// The day for which it is made.
    pub today: Option<Date>,
    pub currency: Currency,
}

impl Estimate {
    /// US dollars in the estimate's currency.
    pub fn shown(&self, dollars: Range) -> Range {
        dollars.map(|it| self.currency.of(it))
    }
}

pub(crate) const ZERO: Range = Range { low: Decimal::ZERO, expected: Decimal::ZERO, high: Decimal::ZERO };

/// Prices all items as one billing account, which shares tiers and allowances in their order.
pub fn estimate(items: impl IntoIterator<Item = Item>, list: &PriceList, options: &Options) -> Estimate {
    let mut ledger = Ledger { list, today: options.today, places: HashMap::new(), accounts: Vec::new() };
    let mut summary = Summary::default();
    let (mut total, mut usage_total) = (ZERO, ZERO);
    let mut resources = Vec::new();
    for item in items {
        summary.resources += 1;
        let billing = match item.bill {
            None => {
                *summary.unsupported.entry(item.type_name.clone()).or_default() += 1;
                Billing::Unsupported
            }
            Some(Bill::Free(why)) => {
                summary.free += 1;
                Billing::Free(why)
            }
            Some(Bill::Charges(charges)) => {
                let lines: Vec<Line> =
                    charges.into_iter().map(|charge| ledger.line(charge, &item.usage)).collect();
                tally(&mut summary, &item.address, &lines);
                for line in &lines {
                    let cost = line.cost().unwrap_or(ZERO);
                    total = total + cost;
                    if line.usage_based() {
                        usage_total = usage_total + cost;
                    }
                }
                Billing::Lines(lines)
            }
        };
        resources.push(Resource {
            address: item.address,
            kind: item.kind,
            type_name: item.type_name,
            tags: item.tags,
            billing,
        });
    }
    let allowances = if options.free_tier { allowances(&ledger.accounts, list) } else { Vec::new() };
    for allowance in &allowances {
        total = total + allowance.cost;
        usage_total = usage_total + allowance.cost;
    }
    Estimate {
        resources,
        allowances,
        total,
        usage_total,
        summary,
        age: Age::of(ledger.accounts.iter().map(|it| &*it.price)),
        today: options.today,
        currency: options.currency.clone(),
    }
}

fn tally(summary: &mut Summary, address: &str, lines: &[Line]) {
    let before = summary.unpriced.len();
    for line in lines {
        match &line.priced {
            Priced::Cost(_) => {}
            Priced::ByUsage => summary.lines_by_usage += 1,
            Priced::Missing(why) => summary.unpriced.push(Unpriced {
                address: address.to_owned(),
                line: line.name.clone(),
                sku: line.sku.clone(),
                unit: line.unit,
                why: why.clone(),
            }),
        }
    }
    summary.priced += usize::from(summary.unpriced.len() == before);
    summary.usage_based += usize::from(lines.iter().any(Line::usage_based));
}

/// What the account has used so far, by price.
struct Ledger<'a> {
    list: &'a PriceList,
    today: Option<Date>,
    /// By place in the list.
    places: HashMap<usize, usize>,
    accounts: Vec<Account>,
}

impl Ledger<'_> {
    fn line(&mut self, charge: Charge, usage: &Usage) -> Line {
        let mut line = Line {
            name: charge.name,
            sku: charge.sku,
            unit: charge.unit,
            quantity: charge.quantity.map(|it| it.map(|it| it.round_dp(DECIMALS))),
            priced: Priced::ByUsage,
            price: None,
            rule: None,
            before: ZERO,
            usage: charge
                .usage
                .into_iter()
                .map(|key| Basis { key, reading: usage.readings.get(key).cloned() })
                .collect(),
        };
        if begins(&line.sku).zip(self.today).is_some_and(|(begins, today)| begins > today) {
            line.quantity = Some(ZERO);
        }
        let unused = line.quantity.is_none_or(|it| it.high.is_zero());
        match self.price(&mut line) {
            Ok(()) => {}
            // Of what nobody says that it is used, no sum lacks the price.
            Err(Missing::Price) if unused => {
                line.priced = line.quantity.map_or(Priced::ByUsage, Priced::Cost);
            }
            Err(why) => line.priced = Priced::Missing(why),
        }
        line
    }

    fn price(&mut self, line: &mut Line) -> Result<(), Missing> {
        let (index, rule) = self.list.find(&line.sku).ok_or(Missing::Price)?;
        let listed = self.list.get(index);
        let other_unit = || Missing::Unit { list: listed.unit.clone() };
        let place = match self.places.get(&index) {
            Some(place) => *place,
            None => {
                let price = if listed.unit == line.unit {
                    Arc::clone(listed)
                } else {
                    Arc::new(listed.in_unit(line.unit).ok_or_else(other_unit)?)
                };
                self.accounts.push(Account { price, used: ZERO });
                self.places.insert(index, self.accounts.len() - 1);
                self.accounts.len() - 1
            }
        };
        let account = &mut self.accounts[place];
        line.rule = rule;
        line.before = account.used;
        // An account counts in the unit of its first charge; others are turned into it.
        let factor = if account.price.unit == line.unit {
            line.price = Some(Arc::clone(&account.price));
            Decimal::ONE
        } else {
            let factor = unit::factor(line.unit, &account.price.unit).ok_or_else(other_unit)?;
            line.price = Some(Arc::new(listed.in_unit(line.unit).ok_or_else(other_unit)?));
            line.before = account.used.map(|it| it.checked_div(factor).unwrap_or_default());
            factor
        };
        if let Some(quantity) = line.quantity {
            let quantity = quantity.map(|it| it.saturating_mul(factor).round_dp(DECIMALS));
            line.priced = Priced::Cost(add(account, quantity).ok_or(Missing::Quantity)?);
        }
        Ok(())
    }
}

/// The day from which something is charged, if its description says one: `(from 2027-09-01)`.
fn begins(sku: &Sku) -> Option<Date> {
    let (_, date) = sku.description.strip_suffix(')')?.rsplit_once("(from ")?;
    Date::parse(date, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

/// Uses more of a price, and says what that costs; `None` if it is no sensible quantity.
fn add(account: &mut Account, quantity: Range) -> Option<Range> {
    let sensible = |it: Decimal| it >= Decimal::ZERO && it <= Decimal::from(MOST);
    if ![quantity.low, quantity.expected, quantity.high].into_iter().all(sensible) {
        return None;
    }
    let after = account.used + quantity;
    // As a difference of two sums from the beginning, so that the parts add up to the whole.
    let cost = each(|of| account.price.cost(of(&after)) - account.price.cost(of(&account.used)));
    account.used = after;
    Some(cost)
}

#[cfg(test)]
mod tests;
