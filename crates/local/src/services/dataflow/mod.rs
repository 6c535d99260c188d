//! Dataflow v1b3: jobs launched from templates, and the states they go through. Nothing is computed here:
//! a job runs until it is stopped.

mod jobs;
mod launch;

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
