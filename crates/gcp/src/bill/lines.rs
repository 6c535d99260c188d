//! Writes the lines of one resource's bill.

use engine::{Bill, Billed, Charge, Range, Sku, UsageKey};
use rust_decimal::Decimal;

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
}

impl<'a> Lines<'a> {
    pub(crate) fn new(of: &'a Billed<'a>) -> Lines<'a> {
        Lines { of, charges: Vec::new() }
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
        self.charges.push(Charge { name: name.into(), sku, unit, quantity, usage: usage.to_vec() });
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
