//! Infracost's usage file, key for key: how much is used of which resource a month.
//!
//! ```yaml
//! version: 0.1
//! resource_type_default_usage:
//!   google_pubsub_subscription:
//!     storage_gb: 5
//! resource_usage:
//!   module.events[*].google_pubsub_topic.orders:
//!     monthly_message_data_tb: 1_000
//!   data-ingestion-bucket:                        # our own names beside
//!     storage_gb: {low: 100, expected: 200, high: 400}
//!     monthly_class_a_operations: [1000, 2000, 5000]
//!     monthly_egress_data_transfer_gb:
//!       asia: 10
//! ```
//!
//! An address overrides a wildcard, and that its type, key by key. A range is a map of low, expected and high, or a
//! list of those three.

mod outline;
mod read;
mod sync;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use engine::{Origin, Range, Reading, Usage, UsageKey};

pub use sync::{Synced, sync};

/// More than this of anything a month is a mistake: of requests, it is 380 million a second.
pub const ABSURD: i64 = 1_000_000_000_000_000;

/// A type of resources and what can be used of it.
#[derive(Clone, Debug)]
pub struct Type {
    /// `google_pubsub_topic`, and whatever else a file may call it: `gcp:pubsub/v1:Topic`.
    pub names: Vec<String>,
    pub keys: Vec<UsageKey>,
}

/// A resource that a file may speak of.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its address, and our own name of it. The first is what a sync writes.
    pub addresses: Vec<String>,
    /// One of its type's names.
    pub type_name: String,
    /// Keys that follow from other resources' usage, which a sync does not ask for.
    pub derived: Vec<&'static str>,
}

/// What is wrong in a file, or odd, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1, where it is known.
    pub line: Option<usize>,
    pub what: String,
    /// The name that may have been meant.
    pub nearest: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// All that is wrong in a file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct UsageError {
    pub file: String,
    pub problems: Vec<Problem>,
}

/// What a file says of a type, or of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    name: String,
    usage: BTreeMap<&'static str, Range>,
}

/// A usage file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFile {
    types: Vec<Section>,
    /// By address.
    exact: HashMap<String, Section>,
    /// Those with wildcards, the nearest to a resource last: fewer wildcards are nearer.
    wild: Vec<Section>,
    /// What is odd but not wrong: addresses that nothing has, keys and types that are not known, other clouds.
    pub warnings: Vec<Problem>,
}

const TYPES: &str = "resource_type_default_usage";
const ADDRESSES: &str = "resource_usage";

impl UsageFile {
    /// Reads a file's text. `file` is what messages call it.
    ///
    /// # Errors
    /// All numbers that are negative, absurd or none. Unknown names are warnings, with the nearest name.
    pub fn parse(
        text: &str,
        file: &str,
        types: &[Type],
        targets: &[Target],
    ) -> Result<UsageFile, UsageError> {
        read::read(text, types, targets).map_err(|problems| UsageError { file: file.to_owned(), problems })
    }

    /// What the file says of a resource: its address before wildcards, those before its type.
    pub fn usage(&self, target: &Target, types: &[Type]) -> Usage {
        let mut found: BTreeMap<&'static str, Range> = BTreeMap::new();
        for section in &self.types {
            if type_named(types, &target.type_name).is_some_and(|it| it.names.contains(&section.name)) {
                found.extend(&section.usage);
            }
        }
        // The nearest is the last to say.
        let wild = self.wild.iter().filter(|it| target.addresses.iter().any(|to| matches(&it.name, to)));
        for section in wild.chain(target.addresses.iter().filter_map(|it| self.exact.get(it))) {
            found.extend(&section.usage);
        }
        let given = |(key, range)| (key, Reading { range, origin: Origin::Given });
        Usage { readings: found.into_iter().map(given).collect() }
    }
}

/// How the name of a key ends that stands for one key of each region, known here or not.
const FAMILY: &str = "{region}";

const WILD: &str = "[*]";

fn type_named<'a>(types: &'a [Type], name: &str) -> Option<&'a Type> {
    types.iter().find(|it| it.names.iter().any(|it| it == name))
}

/// Whether an address is a pattern's, whose `[*]` stands for any one index.
fn matches(pattern: &str, address: &str) -> bool {
    let Some((before, after)) = pattern.split_once(WILD) else { return pattern == address };
    let Some(rest) = address.strip_prefix(before).and_then(|it| it.strip_prefix('[')) else { return false };
    // An index may hold brackets of its own: `["a[0]"]`.
    rest.match_indices(']').any(|(end, _)| matches(after, &rest[end + 1..]))
}

/// The type in an address of Terraform's: `google_x` of `module.m[0].google_x.y["z"]`.
fn type_in(address: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let parts: Vec<&str> = address
        .split(|letter| {
            match letter {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            letter == '.' && depth == 0
        })
        .collect();
    parts.iter().rev().nth(1).copied()
}

#[cfg(test)]
mod tests;
