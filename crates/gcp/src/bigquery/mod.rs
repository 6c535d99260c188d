//! BigQuery: datasets, tables, who may read them.

pub(crate) mod access;
mod dataset;
mod members;
pub(crate) mod table;

pub use dataset::Dataset;
pub use members::DatasetIamMember;
pub use table::{Table, column, columns, required};

/// The API's host.
pub(crate) const API: &str = "bigquery.googleapis.com";
