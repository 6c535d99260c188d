//! What log entries are charged for where they are stored.

use engine::{Bill, Billed, UsageKey};

use super::{Lines, key, sku};

const STORED: &str = "monthly_logging_data_gb";

pub(crate) const USAGE: &[UsageKey] =
    &[key(STORED, "GiB a month", "Log entries that are stored, as they come in.")];

pub(crate) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let price = sku("Cloud Logging", "Log Storage cost (was: Log Volume)", "global");
    lines.metered("Log storage", price, "GiBy", STORED);
    lines.bill()
}
