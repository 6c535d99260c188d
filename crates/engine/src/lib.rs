//! Turns a declaration and what is live into a plan, and a plan into calls. Knows no Google.

mod input;
mod rule;
mod shape;
mod urn;

pub use input::{
    Expr, Input, Labels, Lookup, Output, Seconds, concat, has_secret, has_unknown, is_secret, is_unknown, labels,
    mask, references, resolve, reveal, secret, unknown,
};
pub use rule::Rule;
pub use shape::{Field, Message, Shape};
pub use urn::Urn;
