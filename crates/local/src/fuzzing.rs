//! For fuzz targets only: the reader of files that load jobs bring, by itself.

use serde_json::Value;
use values::cell::Cell;
use values::types::Field;

use crate::services::bigquery;

/// What was read.
pub struct Read {
    pub fields: Vec<Field>,
    pub rows: Vec<Vec<Cell>>,
    /// What is said of each record that is bad.
    pub bad: Vec<String>,
}

/// Reads one file as a `JobConfigurationLoad` says, into columns that are known.
///
/// # Errors
///
/// What of the configuration cannot be used.
pub fn read(configuration: &Value, known: &[Field], content: &[u8]) -> Result<Read, String> {
    bigquery::read_file(configuration, known, content)
        .map(|(fields, rows, bad)| Read { fields, rows, bad })
        .map_err(|it| it.message)
}
