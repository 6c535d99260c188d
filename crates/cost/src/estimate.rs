//! Turns the charges of all resources of an account into an estimate of its monthly bill.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine::{Bill, Charge, Doubt, Range, Reading, Sku, Usage};
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
    /// Why there is no bill; only looked at where there is none.
    pub unknown: String,
    /// What the bill was made from; only told.
    pub usage: Usage,
    /// Values that the bill depends on and that no report may show.
    pub secrets: Vec<String>,
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
    /// Nobody has said what this kind costs, and why.
    Kind(String),
    /// What decides the price is not known yet, and why.
    Later(String),
    /// A declared value has no meaning, and which.
    Wrong(String),
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
    /// What it depends on and is not known yet; `None` where all is known.
    pub doubt: Option<String>,
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

    /// Why it may cost more than it says; `None` where it says all, or nothing.
    pub fn at_least(&self) -> Option<&str> {
        match self.priced {
            Priced::Cost(_) | Priced::ByUsage if self.price.is_some() => self.doubt.as_deref(),
            Priced::Cost(_) | Priced::ByUsage | Priced::Missing(_) => None,
        }
    }

    pub fn usage_based(&self) -> bool {
        !self.usage.is_empty()
    }

    /// Takes out what must not be shown: where a secret decides the price, the price's name tells the secret.
    fn redact(&mut self, secrets: &[String]) {
        self.name = redacted(&self.name, secrets);
        self.sku.description = HIDDEN.to_owned();
        self.sku.region = HIDDEN.to_owned();
        if let Some(price) = &mut self.price {
            let price = Arc::make_mut(price);
            price.sku_id = None;
            price.description = HIDDEN.to_owned();
            price.region = HIDDEN.to_owned();
            price.source = HIDDEN.to_owned();
        }
        let hide = |it: &mut String| *it = redacted(it, secrets);
        self.doubt.iter_mut().for_each(hide);
        match &mut self.priced {
            Priced::Missing(Missing::Later(why) | Missing::Wrong(why)) => hide(why),
            Priced::Missing(Missing::Price | Missing::Unit { .. } | Missing::Quantity | Missing::Kind(_))
            | Priced::Cost(_)
            | Priced::ByUsage => {}
        }
    }

    /// Whether part of what it follows was not said but worked out.
    pub fn derived(&self) -> bool {
        let derived = |it: &Basis| {
            it.reading.as_ref().is_some_and(|it| matches!(it.origin, engine::Origin::Derived(_)))
        };
        self.usage.iter().any(derived)
    }
}

/// What stands in the place of what must not be shown.
pub(crate) const HIDDEN: &str = "(sensitive)";

/// A text without what is secret in it, however it is capitalised.
fn redacted(text: &str, secrets: &[String]) -> String {
    secrets.iter().filter(|it| !it.is_empty()).fold(text.to_owned(), |text, secret| {
        let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
        let mut out = String::new();
        let mut done = 0;
        for (at, found) in lower.match_indices(&secret) {
            out += &text[done..at];
            out += HIDDEN;
            done = at + found.len();
        }
        out + &text[done..]
    })
}

/// What is known of a resource's bill.
#[derive(Clone, Debug, PartialEq)]
pub enum Billing {
    /// We do not know the kind, and why.
    Unsupported(String),
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
            Billing::Unsupported(_) | Billing::Free(_) => &[],
        }
    }

    /// The sum of its lines that have money; `None` if there are none.
    pub fn cost(&self) -> Option<Range> {
        self.lines().iter().filter_map(Line::cost).reduce(|a, b| a + b)
    }

    /// Whether something of it is charged and cannot be priced: its cost is then more than [`Resource::cost`].
    pub fn is_unpriced(&self) -> bool {
        let missing = |it: &Line| matches!(it.priced, Priced::Missing(_));
        matches!(self.billing, Billing::Unsupported(_)) || self.lines().iter().any(missing)
    }
}

/// A line, or a whole resource, that has no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriced {
    pub address: String,
    pub type_name: String,
    /// Empty where it is the whole resource.
    pub line: String,
    /// `None` where it is the whole resource.
    pub sku: Option<Sku>,
    pub why: Missing,
}

/// A line that may cost more than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtLeast {
    pub address: String,
    pub line: String,
    pub why: String,
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
    /// What these cost is in the total only as far as it is known.
    pub at_least: Vec<AtLeast>,
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
                summary.unpriced.push(Unpriced {
                    address: item.address.clone(),
                    type_name: item.type_name.clone(),
                    line: String::new(),
                    sku: None,
                    why: Missing::Kind(item.unknown.clone()),
                });
                Billing::Unsupported(item.unknown)
            }
            Some(Bill::Free(why)) => {
                summary.free += 1;
                Billing::Free(why)
            }
            Some(Bill::Charges(charges)) => {
                let mut lines: Vec<Line> =
                    charges.into_iter().map(|charge| ledger.line(charge, &item.usage)).collect();
                if !item.secrets.is_empty() {
                    lines.iter_mut().for_each(|it| it.redact(&item.secrets));
                }
                tally(&mut summary, &item.address, &item.type_name, &lines);
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

fn tally(summary: &mut Summary, address: &str, type_name: &str, lines: &[Line]) {
    let before = summary.unpriced.len();
    for line in lines {
        if let Some(why) = line.at_least() {
            let (address, line) = (address.to_owned(), line.name.clone());
            summary.at_least.push(AtLeast { address, line, why: why.to_owned() });
        }
        match &line.priced {
            Priced::Cost(_) => {}
            Priced::ByUsage => summary.lines_by_usage += 1,
            Priced::Missing(why) => summary.unpriced.push(Unpriced {
                address: address.to_owned(),
                type_name: type_name.to_owned(),
                line: line.name.clone(),
                sku: Some(line.sku.clone()),
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
            doubt: None,
        };
        if begins(&line.sku).zip(self.today).is_some_and(|(begins, today)| begins > today) {
            line.quantity = Some(ZERO);
        }
        let unsaid = line.usage.iter().any(|it| it.reading.is_none());
        let unused = line.quantity.map_or(unsaid, |it| it.high.is_zero());
        let priced = match charge.doubt {
            Some(Doubt::Wrong(why)) => Err(Missing::Wrong(why)),
            Some(Doubt::NoPrice(why)) => {
                line.doubt = Some(why.clone());
                Err(Missing::Later(why))
            }
            Some(Doubt::AtLeast(why)) => {
                line.doubt = Some(why);
                self.price(&mut line)
            }
            None => self.price(&mut line),
        };
        match priced {
            Ok(()) => {}
            // Lines without usage are not reported as unpriced.
            Err(Missing::Price | Missing::Later(_)) if unused => {
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
