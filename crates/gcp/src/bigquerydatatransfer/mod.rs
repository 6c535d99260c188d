//! BigQuery Data Transfer: loads that run by the clock.

mod transfer_config;

pub use transfer_config::{TransferConfig, params};

/// The API's host.
pub(crate) const API: &str = "bigquerydatatransfer.googleapis.com";
