//! Checks a request against Google's description, and brings its values to one form.

mod body;
mod query;

pub use body::{body, camel, parse, snake, value};
pub use query::{Query, query};
