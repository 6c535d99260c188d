//! Dataflow v1b3: jobs launched from templates. Those of Google's that bring Pub/Sub's messages into BigQuery do so;
//! others run until they are stopped, and say that they compute nothing here.

mod dead;
mod jobs;
mod launch;
mod mover;
mod pipeline;
mod runner;
mod told;

pub use runner::keep;

use crate::request::Handler;

/// The handler of a method, named without `dataflow.`. Those without a location act on `us-central1`.
pub fn handler(method: &str) -> Option<Handler> {
    let method = method.replacen("projects.locations.", "projects.", 1);
    Some(match method.as_str() {
        "projects.templates.create" => launch::create,
        "projects.templates.launch" => launch::launch,
        "projects.flexTemplates.launch" => launch::launch_flex,
        "projects.jobs.get" => jobs::get,
        "projects.jobs.list" => jobs::list,
        "projects.jobs.aggregated" => jobs::aggregated,
        "projects.jobs.update" => jobs::update,
        "projects.jobs.getMetrics" => jobs::metrics,
        "projects.jobs.messages.list" => jobs::messages,
        _ => return None,
    })
}
