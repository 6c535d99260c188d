//! Service Usage: which APIs are enabled.

mod service;

pub use service::Service;

/// The API's host.
pub(crate) const API: &str = "serviceusage.googleapis.com";
