//! Turns charges into money: a price list, usage files, estimates and reports. Knows no kind of resource.

mod allowance;
pub mod breakdown;
pub mod catalog;
pub mod comparison;
mod csv;
pub mod diff;
mod estimate;
mod list;
mod money;
mod price;
pub mod report;
mod unit;
pub mod usage_file;

pub use allowance::Allowance;
pub use estimate::{
    AtLeast, Basis, Billing, Estimate, Item, Line, MOST, Missing, Options, Priced, Resource, Summary,
    Unpriced, estimate,
};
pub use list::{Age, ListError, PriceList, Rule};
pub use money::{Currency, CurrencyError};
pub use price::{Grade, Price, Tier};
pub use unit::grouped;
