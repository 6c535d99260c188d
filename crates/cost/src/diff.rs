//! What a change costs: two breakdowns compared by address and line.

use std::collections::{HashMap, VecDeque};

use rust_decimal::Decimal;

use crate::Estimate;
#[cfg(test)]
use crate::breakdown::Breakdown;
use crate::breakdown::{self, Component, Costed, File, Whole, hourly};

/// How something stands to what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Added,
    Removed,
    Changed,
    Same,
}

/// Two monthly costs in the currency of their breakdowns; `None` where there is none, or none is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    pub past: Option<Decimal>,
    pub now: Option<Decimal>,
}

impl Costs {
    /// What it costs more now; what is not known counts as nothing, and [`LineDiff::unknown`] tells it.
    pub fn difference(self) -> Decimal {
        self.now.unwrap_or_default().saturating_sub(self.past.unwrap_or_default())
    }

    /// By how many percent it is more now; `None` where there was nothing to compare with.
    pub fn percent(self) -> Option<Decimal> {
        let past = self.past.filter(|it| !it.is_zero())?;
        self.difference().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(past.abs())
    }
}

/// A line then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct LineDiff {
    pub name: String,
    pub change: Change,
    pub costs: Costs,
    pub past: Option<Component>,
    pub now: Option<Component>,
}

impl LineDiff {
    /// Whether a cost is not known on a side where there is a line.
    pub fn unknown(&self) -> bool {
        self.sides().any(|it| it.monthly_cost.is_none())
    }

    /// Whether it changes and nobody knows by how much, for a side has no price, or costs more than is known.
    pub fn unpriced(&self) -> bool {
        self.change != Change::Same && self.sides().any(|it| it.price_not_found || it.at_least)
    }

    fn sides(&self) -> impl Iterator<Item = &Component> {
        [&self.past, &self.now].into_iter().flatten()
    }
}

/// A resource then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDiff {
    pub address: String,
    pub type_name: String,
    pub change: Change,
    pub costs: Costs,
    /// All of its lines, also those that are the same.
    pub lines: Vec<LineDiff>,
}

/// All resources then and now: those there are in their order, then those that are gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    pub costs: Costs,
    pub usage_costs: Costs,
    pub resources: Vec<ResourceDiff>,
}

/// Two reports in different currencies cannot be compared.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the past report is in {past}, this one in {now}: only reports of one currency can be compared")]
pub struct CurrencyDiffers {
    pub past: String,
    pub now: String,
}

/// Compares a report with an estimate.
///
/// # Errors
/// If they are not in one currency.
pub fn since(past: &File, now: &Estimate) -> Result<Diff, CurrencyDiffers> {
    if past.currency != now.currency.code {
        return Err(CurrencyDiffers { past: past.currency.clone(), now: now.currency.code.clone() });
    }
    let whole = past.whole();
    let (monthly, monthly_usage) = breakdown::totals(now);
    Ok(Diff {
        costs: Costs { past: whole.monthly, now: Some(monthly) },
        usage_costs: Costs { past: whole.monthly_usage, now: Some(monthly_usage) },
        resources: changes(&whole, now).collect(),
    })
}

/// Compares two breakdowns that are made by hand.
#[cfg(test)]
pub(crate) fn diff(past: &Breakdown, now: &Breakdown) -> Diff {
    let all = |it: &Breakdown| it.resources.iter().chain(&it.free_resources).cloned().collect::<Vec<_>>();
    Diff {
        costs: Costs { past: past.total_monthly_cost, now: now.total_monthly_cost },
        usage_costs: Costs { past: past.total_monthly_usage_cost, now: now.total_monthly_usage_cost },
        resources: compared(all(past).iter(), all(now).into_iter()).collect(),
    }
}

/// Every resource then and now, one after the other, in the order of a [`Diff`].
pub(crate) fn changes(past: &Whole<'_>, now: &Estimate) -> impl Iterator<Item = ResourceDiff> {
    // What was free may cost now.
    let past = past.resources.iter().chain(&past.free).copied();
    compared(past, breakdown::resources(now).chain(breakdown::free(now)))
}

fn compared<'a>(
    past: impl Iterator<Item = &'a Costed>,
    mut now: impl Iterator<Item = Costed>,
) -> impl Iterator<Item = ResourceDiff> {
    let mut past = Past::new(past, |it| it.name.as_str());
    std::iter::from_fn(move || match now.next() {
        Some(now) => Some(resource(past.take(&now.name), Some(&now))),
        None => Some(resource(Some(past.gone()?), None)),
    })
}

/// What there was, from which what there is now is taken by name.
struct Past<'a, T> {
    /// `None` where it was taken.
    all: VecDeque<Option<&'a T>>,
    places: HashMap<&'a str, VecDeque<usize>>,
}

impl<'a, T> Past<'a, T> {
    fn new(all: impl Iterator<Item = &'a T>, name: fn(&T) -> &str) -> Past<'a, T> {
        let all: VecDeque<Option<&T>> = all.map(Some).collect();
        let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (place, one) in all.iter().flatten().enumerate() {
            places.entry(name(one)).or_default().push_back(place);
        }
        Past { all, places }
    }

    /// The first of this name that is left.
    fn take(&mut self, name: &str) -> Option<&'a T> {
        let place = self.places.get_mut(name)?.pop_front()?;
        self.all.get_mut(place)?.take()
    }

    /// The next of those that nothing has taken; nothing can be taken any more.
    fn gone(&mut self) -> Option<&'a T> {
        self.places.clear();
        std::iter::from_fn(|| self.all.pop_front()).flatten().next()
    }
}

fn resource(past: Option<&Costed>, now: Option<&Costed>) -> ResourceDiff {
    let (past_lines, now_lines) = (past.map(lines).unwrap_or_default(), now.map(lines).unwrap_or_default());
    let mut left = Past::new(past_lines.iter(), |it| it.name.as_str());
    let mut lines: Vec<LineDiff> = now_lines.iter().map(|it| line(left.take(&it.name), Some(it))).collect();
    lines.extend(std::iter::from_fn(|| left.gone()).map(|it| line(Some(it), None)));
    let same = lines.iter().all(|it| it.change == Change::Same);
    let side = |it: Option<&Costed>| it.and_then(|it| it.monthly_cost);
    ResourceDiff {
        address: now.or(past).map(|it| it.name.clone()).unwrap_or_default(),
        type_name: now.or(past).map(|it| it.resource_type.clone()).unwrap_or_default(),
        change: change(past, now, same),
        costs: Costs { past: side(past), now: side(now) },
        lines,
    }
}

/// The lines of a resource and of what is in it, which says in whose name they are.
fn lines(resource: &Costed) -> Vec<Component> {
    let mut all = resource.cost_components.clone();
    for inner in &resource.subresources {
        all.extend(
            lines(inner)
                .into_iter()
                .map(|it| Component { name: format!("{}: {}", inner.name, it.name), ..it }),
        );
    }
    all
}

fn line(past: Option<&Component>, now: Option<&Component>) -> LineDiff {
    let told = |it: &Component| (it.monthly_quantity, it.price, it.monthly_cost, it.price_not_found);
    let unsure = |it: &Component| it.at_least && it.monthly_cost.is_some();
    let same = past.map(told) == now.map(told) && past.is_some_and(unsure) == now.is_some_and(unsure);
    LineDiff {
        name: now.or(past).map(|it| it.name.clone()).unwrap_or_default(),
        change: change(past, now, same),
        costs: Costs { past: past.and_then(|it| it.monthly_cost), now: now.and_then(|it| it.monthly_cost) },
        past: past.cloned(),
        now: now.cloned(),
    }
}

fn change<T>(past: Option<T>, now: Option<T>, same: bool) -> Change {
    match (past, now) {
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
        (Some(_), Some(_)) if same => Change::Same,
        (Some(_), Some(_)) => Change::Changed,
    }
}

impl Diff {
    /// Whether nobody knows by how much it changes as a whole.
    pub fn unpriced(&self) -> bool {
        self.resources.iter().any(ResourceDiff::unpriced)
    }

    /// By how many percent it is more now; `None` where that is not known.
    pub fn percent(&self) -> Option<Decimal> {
        if self.unpriced() { None } else { self.costs.percent() }
    }

    /// Those that are not the same.
    pub fn changed(&self) -> impl Iterator<Item = &ResourceDiff> {
        self.resources.iter().filter(|it| it.change != Change::Same)
    }
}

impl ResourceDiff {
    /// Whether nobody knows by how much it changes.
    pub fn unpriced(&self) -> bool {
        self.lines.iter().any(LineDiff::unpriced)
    }

    /// As a resource whose costs are differences, which is how Infracost tells a change; `None` if it is the same,
    /// or has nothing that costs.
    pub(crate) fn told(&self) -> Option<Costed> {
        if self.change == Change::Same || self.lines.is_empty() {
            return None;
        }
        let difference = (!self.unpriced()).then(|| self.costs.difference().normalize());
        Some(Costed {
            name: self.address.clone(),
            resource_type: self.type_name.clone(),
            hourly_cost: difference.map(hourly),
            monthly_cost: difference,
            cost_components: self.lines.iter().filter(|it| it.change != Change::Same).map(less).collect(),
            ..Costed::default()
        })
    }
}

/// A line's differences.
fn less(line: &LineDiff) -> Component {
    let less = |of: fn(&Component) -> Option<Decimal>| {
        let costs = Costs { past: line.past.as_ref().and_then(of), now: line.now.as_ref().and_then(of) };
        (costs.past.is_some() || costs.now.is_some()).then(|| costs.difference().normalize())
    };
    let (quantity, cost) = (less(|it| it.monthly_quantity), less(|it| it.monthly_cost));
    let cost = cost.filter(|_| !line.unpriced());
    let one = line.now.as_ref().or(line.past.as_ref());
    Component {
        name: line.name.clone(),
        unit: one.map(|it| it.unit.clone()).unwrap_or_default(),
        hourly_quantity: quantity.map(hourly),
        monthly_quantity: quantity,
        price: less(|it| it.price),
        hourly_cost: cost.map(hourly),
        monthly_cost: cost,
        usage_based: one.is_some_and(|it| it.usage_based),
        price_not_found: line.sides().any(|it| it.price_not_found),
        at_least: line.unpriced(),
    }
}

#[cfg(test)]
mod tests;
