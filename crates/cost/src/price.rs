//! A price: what a unit of one SKU costs in one region, from whom we have it and since when.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

use crate::money;
use crate::unit;

/// From `start` on, in the price's unit, a unit costs `price` US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub start: Decimal,
    pub price: Decimal,
}

/// How far a price can be trusted, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Read from the Cloud Billing Catalog itself.
    #[serde(rename = "catalog")]
    Catalog,
    /// Infracost's test data, which was priced from the catalog.
    A,
    /// The catalog, as somebody quoted it.
    B,
    /// Google's price pages or the catalog, as somebody transcribed them.
    C,
    /// Worked out from other prices.
    D,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Grade::Catalog => "catalog",
            Grade::A => "A",
            Grade::B => "B",
            Grade::C => "C",
            Grade::D => "D",
        })
    }
}

impl FromStr for Grade {
    type Err = ();
    fn from_str(text: &str) -> Result<Grade, ()> {
        [Grade::Catalog, Grade::A, Grade::B, Grade::C, Grade::D]
            .into_iter()
            .find(|it| it.to_string() == text)
            .ok_or(())
    }
}

/// What one SKU costs in one region, in US dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// `Cloud Pub/Sub`.
    pub service: String,
    /// `027D-B6C7-CCA2`, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<String>,
    pub description: String,
    /// `us-central1`, `us`, `global`; [`ACCOUNT`] for what an account has free over all regions.
    pub region: String,
    /// `TiBy`.
    pub unit: String,
    /// By rising start; the first starts at 0 but for [`ACCOUNT`].
    pub tiers: Vec<Tier>,
    pub grade: Grade,
    pub source: String,
    /// Of the source, where it says one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "day")]
    pub date: Option<Date>,
}

/// The region of rows that say how much a billing account has free over all regions.
pub(crate) const ACCOUNT: &str = "account";

mod day {
    //! A date as `2026-09-28`.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use time::Date;

    pub fn serialize<S: Serializer>(date: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => to.serialize_str(&date.to_string()),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|it| super::date(&it).ok_or_else(|| Error::custom(format!("{it} is not a date"))))
            .transpose()
    }
}

pub(crate) fn date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

impl Price {
    /// How much of the beginning is free because a price begins later; 0 if nothing is.
    pub fn free(&self) -> Decimal {
        match self.tiers.as_slice() {
            [first, second, ..] if first.price.is_zero() => second.start,
            _ => Decimal::ZERO,
        }
    }

    /// What a unit costs after a quantity, if no allowance is left.
    pub fn at(&self, quantity: Decimal) -> Decimal {
        let tier = self.tiers.iter().rposition(|it| it.start <= quantity).unwrap_or(0);
        self.full(tier)
    }

    /// A tier's price; a free one's is that of the next, for which its allowance is taken off elsewhere.
    fn full(&self, tier: usize) -> Decimal {
        match self.tiers.as_slice() {
            [first, second, ..] if tier == 0 && first.price.is_zero() => second.price,
            tiers => tiers.get(tier).map_or(Decimal::ZERO, |it| it.price),
        }
    }

    /// What goes into each tier between two quantities, and at what price, without allowances.
    pub fn steps(&self, from: Decimal, to: Decimal) -> Vec<(Decimal, Decimal)> {
        let mut steps: Vec<(Decimal, Decimal)> = Vec::new();
        for (index, tier) in self.tiers.iter().enumerate() {
            let end = self.tiers.get(index + 1).map_or(to, |it| it.start.min(to));
            let quantity = end - tier.start.max(from).min(end);
            if quantity > Decimal::ZERO {
                match steps.last_mut() {
                    Some(last) if last.1 == self.full(index) => last.0 += quantity,
                    Some(_) | None => steps.push((quantity, self.full(index))),
                }
            }
        }
        steps
    }

    /// What a quantity costs from the first unit on, without allowances, in US dollars.
    pub fn cost(&self, quantity: Decimal) -> Decimal {
        let steps = self.tiers.iter().enumerate().map(|(index, tier)| {
            let end = self.tiers.get(index + 1).map_or(quantity, |it| it.start.min(quantity));
            money::times((end - tier.start).max(Decimal::ZERO), self.full(index))
        });
        steps.fold(Decimal::ZERO, |sum, it| sum.saturating_add(it))
    }

    /// What a quantity costs if it is all that an account uses, what is free taken off.
    pub(crate) fn bill(&self, quantity: Decimal) -> Decimal {
        self.cost(quantity).saturating_sub(self.cost(quantity.min(self.free())))
    }

    /// The same in another unit; `None` if it measures something else.
    pub(crate) fn in_unit(&self, to: &str) -> Option<Price> {
        let factor = unit::factor(&self.unit, to)?;
        let tiers = self.tiers.iter().map(|it| {
            Some(Tier { start: it.start.checked_mul(factor)?, price: it.price.checked_div(factor)? })
        });
        Some(Price { unit: to.to_owned(), tiers: tiers.collect::<Option<_>>()?, ..self.clone() })
    }

    pub(crate) fn key(&self) -> (&str, &str, &str) {
        (&self.service, &self.description, &self.region)
    }
}
