//! What differs, and what to send so that it does not: every shape and every rule.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod columns;
mod ignored;
mod lists;
mod merging;
mod ownership;
mod random;
mod secrets;
mod spelling;
mod thing;
