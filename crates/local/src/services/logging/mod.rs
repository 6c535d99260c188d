//! Cloud Logging v2: metrics, sinks, exclusions, buckets and views. No entries are kept here.

mod buckets;
mod exclusions;
mod metrics;
mod sinks;

use serde_json::{Value, json};

use crate::request::{Handler, Request, last};
use crate::resource;

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
        "projects.exclusions.create" => exclusions::create,
        "projects.exclusions.get" => |tx, request| exclusions::EXCLUSION.get(tx, request),
        "projects.exclusions.list" => |tx, request| exclusions::EXCLUSION.list(tx, request),
        "projects.exclusions.patch" => exclusions::patch,
        "projects.exclusions.delete" => |tx, request| exclusions::EXCLUSION.drop(tx, request),
        "projects.locations.buckets.create" => buckets::create,
        "projects.locations.buckets.get" => buckets::get,
        "projects.locations.buckets.list" => buckets::list,
        "projects.locations.buckets.patch" => buckets::patch,
        "projects.locations.buckets.delete" => buckets::delete,
        "projects.locations.buckets.undelete" => buckets::undelete,
        "projects.locations.buckets.views.create" => buckets::create_view,
        "projects.locations.buckets.views.get" => buckets::get_view,
        "projects.locations.buckets.views.list" => buckets::list_views,
        "projects.locations.buckets.views.patch" => buckets::patch_view,
        "projects.locations.buckets.views.delete" => buckets::delete_view,
        _ => return None,
    })
}

/// Shows a document that is named by its id alone.
fn by_id(_: &Request<'_>, document: Value) -> Value {
    let mut shown = resource::visible(document);
    if let Some(id) = shown["name"].as_str().map(|it| last(it).to_owned()) {
        shown["name"] = json!(id);
    }
    shown
}
