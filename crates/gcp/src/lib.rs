//! Google Cloud resources as typed values, one file a kind.

pub mod check;
pub mod iam;
pub mod pubsub;
pub mod resource;
pub mod rest;
pub mod schema;
pub mod serviceusage;
mod stack;

pub use stack::{Handle, PROJECT, REGION, Stack, declare};
