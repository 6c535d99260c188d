//! What a resource is charged for, and how much of it, before anybody knows a price.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Mul};

use rust_decimal::Decimal;
use serde_json::Value;

/// How much, when it may not be known exactly. All three are the same where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub low: Decimal,
    pub expected: Decimal,
    pub high: Decimal,
}

impl Range {
    pub fn exact(it: impl Into<Decimal>) -> Range {
        let it = it.into();
        Range { low: it, expected: it, high: it }
    }

    pub fn is_exact(self) -> bool {
        self.low == self.expected && self.expected == self.high
    }

    /// The same of each; `f` must not fall where its argument rises.
    #[must_use]
    pub fn map(self, f: impl Fn(Decimal) -> Decimal) -> Range {
        Range { low: f(self.low), expected: f(self.expected), high: f(self.high) }
    }
}

// Products of absurd usages stay at the largest number instead of ending the program; whoever makes
// money of them refuses that.
impl Add for Range {
    type Output = Range;
    fn add(self, other: Range) -> Range {
        Range {
            low: self.low.saturating_add(other.low),
            expected: self.expected.saturating_add(other.expected),
            high: self.high.saturating_add(other.high),
        }
    }
}

/// Of what is not negative; of what is absurdly much it is the most there can be.
impl Mul for Range {
    type Output = Range;
    fn mul(self, other: Range) -> Range {
        Range {
            low: self.low.saturating_mul(other.low),
            expected: self.expected.saturating_mul(other.expected),
            high: self.high.saturating_mul(other.high),
        }
    }
}

/// Which price: as the Cloud Billing Catalog names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sku {
    /// `Cloud Pub/Sub`.
    pub service: &'static str,
    /// `Message Delivery Basic`.
    pub description: String,
    /// `us-central1`, `us`, `global`.
    pub region: String,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// What people call it: `Message throughput`.
    pub name: String,
    pub sku: Sku,
    /// The price's unit, in which the quantity counts: `TiBy`, `GiBy.mo`, `s`, `count`.
    pub unit: &'static str,
    /// A month's; `None` while nothing says how much is used.
    pub quantity: Option<Range>,
    /// The usage that it follows, by [`UsageKey::name`]; empty where the declaration alone says it.
    pub usage: Vec<&'static str>,
    /// `None` where all that it depends on is known.
    pub doubt: Option<Doubt>,
}

/// Why a charge cannot be counted in full. Each says the reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Part of the quantity is not known yet; the quantity is the part that is certain.
    AtLeast(String),
    /// It is not known yet which price applies.
    NoPrice(String),
    /// A declared value that has no meaning: `storage class FROZEN is not one of STANDARD, …`.
    Wrong(String),
}

/// What a resource costs.
#[derive(Clone, Debug, PartialEq)]
pub enum Bill {
    /// Nothing, and why: `Roles and members are free.`
    Free(&'static str),
    Charges(Vec<Charge>),
}

/// A usage that a kind knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageKey {
    /// Infracost's, dotted where it is nested: `monthly_message_data_tb`, `monthly_egress_data_transfer_gb.asia`;
    /// else one of ours.
    pub name: &'static str,
    /// `TiB a month`.
    pub unit: &'static str,
    pub doc: &'static str,
}

/// Where a usage comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person said it of this resource, or of its type.
    Given,
    /// It is what there is now, as the cloud tells it.
    Measured,
    /// It follows from another: what, in words: `events of topic data-ingestion-topic`.
    Derived(String),
}

/// A usage, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub range: Range,
    pub origin: Origin,
}

/// What is used of one resource a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub readings: BTreeMap<&'static str, Reading>,
}

impl Usage {
    /// How much of a key is used; `None` if nothing says it.
    pub fn get(&self, key: &str) -> Option<Range> {
        self.readings.get(key).map(|it| it.range)
    }
}

/// A resource whose bill is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Billed<'a> {
    /// As declared, read, or mapped from elsewhere; what is not known yet is [`unknown`](crate::unknown).
    pub inputs: &'a Value,
    pub usage: &'a Usage,
    /// The stack's region, for what does not say where it is.
    pub region: &'a str,
    /// The resources around it, for what is charged by another: a table by its dataset.
    pub others: &'a dyn Others,
}

/// The resources around one whose bill is asked for.
pub trait Others: fmt::Debug + Sync {
    /// The inputs of the resource of this kind that a reference means: a whole name or its last part.
    fn inputs(&self, kind: &str, reference: &str) -> Option<&Value>;
}

/// No other resources.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Others for Alone {
    fn inputs(&self, _kind: &str, _reference: &str) -> Option<&Value> {
        None
    }
}

impl Billed<'_> {
    /// A field's text by its JSON pointer: `/location`.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.inputs.pointer(pointer).and_then(Value::as_str)
    }
}
