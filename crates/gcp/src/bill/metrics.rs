//! What a metric of one's own is charged for, whoever declares it.

use engine::{Bill, Billed, UsageKey};

use super::{Lines, key, sku};

const VOLUME: &str = "monthly_monitoring_data_mb";
const CALLS: &str = "monthly_api_calls";
const SERIES: &str = "monthly_time_series_read";

pub(crate) const USAGE: &[UsageKey] = &[
    key(VOLUME, "MiB a month", "Points that are written: 8 bytes each, 80 for a distribution."),
    key(CALLS, "calls a month", "Reads of the API, taken to return one time series each."),
    key(SERIES, "time series a month", "What reads of the API return. It goes before the calls."),
];

pub(crate) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let price = |description: &str| sku("Cloud Monitoring", description, "global");
    lines.metered("Metric volume", price("Metric Volume"), "MiBy", VOLUME);
    // Since October 2025 what is returned is charged, and no longer the call.
    let quantity = lines.usage(SERIES).or_else(|| lines.usage(CALLS));
    let series = price("Time series returned by read API (since 2025-10-02)");
    lines.line("Time series read", series, "count", quantity, &[SERIES, CALLS]);
    lines.bill()
}
