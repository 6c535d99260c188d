//! Cloud Logging: metrics counted from logs, and sinks that carry logs elsewhere.

mod log_metric;
mod log_sink;

pub use log_metric::LogMetric;
pub use log_sink::LogSink;

/// The API's host.
pub(crate) const API: &str = "logging.googleapis.com";
