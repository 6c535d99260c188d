//! Writes the lines of one resource's bill.

use engine::{Bill, Billed, Charge, Doubt, Range, Sku, UsageKey};
use rust_decimal::Decimal;

use super::later;

/// A usage that a kind knows.
pub(crate) const fn key(name: &'static str, unit: &'static str, doc: &'static str) -> UsageKey {
    UsageKey { name, unit, doc }
}

/// A price as the Cloud Billing Catalog names it.
pub(crate) fn sku(service: &'static str, description: impl Into<String>, region: impl Into<String>) -> Sku {
    Sku { service, description: description.into(), region: region.into() }
}

/// A bill being written.
pub(crate) struct Lines<'a> {
    of: &'a Billed<'a>,
    charges: Vec<Charge>,
    /// Of the lines from here on.
    priced_by: Option<Doubt>,
    counted_by: Option<Doubt>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(of: &'a Billed<'a>) -> Lines<'a> {
        Lines { of, charges: Vec::new(), priced_by: None, counted_by: None }
    }

    /// The inputs that decide the price of the lines from here on, as JSON pointers; a `*` stands for any index.
    /// While one of them is unknown, these lines have no price.
    pub(crate) fn priced_by(&mut self, inputs: &[&str]) {
        self.priced_by = later::reason(self.of.inputs, inputs).map(Doubt::NoPrice);
    }

    /// The inputs that decide the quantity of the lines from here on, as JSON pointers; a `*` stands for any
    /// index. While one of them is unknown, the quantity of these lines is a lower bound.
    pub(crate) fn counted_by(&mut self, inputs: &[&str]) {
        self.counted_by = later::reason(self.of.inputs, inputs).map(Doubt::AtLeast);
    }

    /// The lines from here on have no price, and why.
    pub(crate) fn no_price(&mut self, why: impl Into<String>) {
        self.priced_by = Some(Doubt::NoPrice(why.into()));
    }

    /// The lines from here on follow from a declared value that has no meaning, and which.
    pub(crate) fn wrong(&mut self, why: impl Into<String>) {
        self.priced_by = Some(Doubt::Wrong(why.into()));
    }

    /// Whether one of these inputs is known only after apply.
    pub(crate) fn is_later(&self, inputs: &[&str]) -> bool {
        later::reason(self.of.inputs, inputs).is_some()
    }

    /// How much of a key is used.
    pub(crate) fn usage(&self, key: &str) -> Option<Range> {
        self.of.usage.get(key)
    }

    /// A line whose quantity may not be known, and the usage that it follows.
    pub(crate) fn line(
        &mut self,
        name: impl Into<String>,
        sku: Sku,
        unit: &'static str,
        quantity: Option<Range>,
        usage: &[&'static str],
    ) {
        let doubt = self.priced_by.clone().or_else(|| self.counted_by.clone());
        self.charges.push(Charge { name: name.into(), sku, unit, quantity, usage: usage.to_vec(), doubt });
    }

    /// A line that the declaration alone says.
    pub(crate) fn fixed(
        &mut self,
        name: impl Into<String>,
        sku: Sku,
        unit: &'static str,
        quantity: impl Into<Decimal>,
    ) {
        self.line(name, sku, unit, Some(Range::exact(quantity)), &[]);
    }

    /// A line that is one usage, in the price's unit.
    pub(crate) fn metered(
        &mut self,
        name: impl Into<String>,
        sku: Sku,
        unit: &'static str,
        key: &'static str,
    ) {
        let quantity = self.usage(key);
        self.line(name, sku, unit, quantity, &[key]);
    }

    /// A line that is one usage, and left out while nothing says it: most resources never have it.
    pub(crate) fn metered_if_used(
        &mut self,
        name: impl Into<String>,
        sku: Sku,
        unit: &'static str,
        key: &'static str,
    ) {
        if self.usage(key).is_some() {
            self.metered(name, sku, unit, key);
        }
    }

    pub(crate) fn bill(self) -> Bill {
        Bill::Charges(self.charges)
    }
}
