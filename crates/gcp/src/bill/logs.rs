//! What log entries are charged for where they are stored.

use engine::{Bill, Billed, UsageKey};

use super::{Lines, key, sku};

const STORED: &str = "monthly_logging_data_gb";

pub(crate) const USAGE: &[UsageKey] =
    &[key(STORED, "GiB a month", "Log entries that are stored, as they come in.")];

/// What a sink is charged for: only a log bucket charges for taking entries in.
pub(crate) fn sink(of: &Billed<'_>) -> Bill {
    match of.text("/destination") {
        Some(it) if !it.starts_with("logging.googleapis.com/") => {
            Bill::Free("Routing log entries is free; a bucket, dataset or topic charges for what it is sent.")
        }
        Some(_) | None => bill(of),
    }
}

pub(crate) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let price = sku("Cloud Logging", "Log Storage cost (was: Log Volume)", "global");
    lines.metered("Log storage", price, "GiBy", STORED);
    lines.bill()
}
