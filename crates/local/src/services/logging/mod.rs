//! Cloud Logging v2: metrics and sinks. No entries are kept here.

mod metrics;
mod sinks;

use crate::request::Handler;

/// The handler of a method, named without `logging.`.
pub fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.metrics.create" => metrics::create,
        "projects.metrics.get" => |tx, request| metrics::METRIC.get(tx, request),
        "projects.metrics.list" => |tx, request| metrics::METRIC.list(tx, request),
        "projects.metrics.update" => metrics::update,
        "projects.metrics.delete" => |tx, request| metrics::METRIC.drop(tx, request),
        "projects.sinks.create" => sinks::create,
        "projects.sinks.get" => sinks::get,
        "projects.sinks.list" => sinks::list,
        "projects.sinks.update" | "projects.sinks.patch" => sinks::update,
        "projects.sinks.delete" => sinks::delete,
        _ => return None,
    })
}
