//! What the bills of all kinds have in common: lines, quantities, places. Money is another crate's.

mod derive;
mod flow;
mod item;
pub(crate) mod later;
mod lines;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod place;
pub(crate) mod quantity;

pub use derive::derive;
pub use item::{Item, Priced, Resources};
pub(crate) use lines::{Lines, key, sku};
