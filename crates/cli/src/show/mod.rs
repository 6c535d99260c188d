//! How things look on a terminal.

pub mod plan;
pub mod progress;
pub mod value;
