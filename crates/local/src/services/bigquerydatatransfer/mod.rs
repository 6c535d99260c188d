//! BigQuery Data Transfer v1: transfer configs, their runs, the sources they draw from, and what carries them out.

mod configs;
mod files;
mod log;
mod queries;
mod runner;
mod runs;
mod sources;
mod template;

pub use runner::keep;

use crate::request::{Answer, Handler};

/// The handler of a method, named without `bigquerydatatransfer.`. With a location or without one
/// the methods are the same.
pub fn handler(method: &str) -> Option<Handler> {
    let method = method.replacen("projects.locations.", "projects.", 1);
    Some(match method.as_str() {
        "projects.transferConfigs.create" => configs::create,
        "projects.transferConfigs.get" => configs::get,
        "projects.transferConfigs.list" => configs::list,
        "projects.transferConfigs.patch" => configs::patch,
        "projects.transferConfigs.delete" => configs::delete,
        "projects.transferConfigs.scheduleRuns" => runs::schedule,
        "projects.transferConfigs.startManualRuns" => runs::start,
        "projects.transferConfigs.runs.get" => runs::get,
        "projects.transferConfigs.runs.list" => runs::list,
        "projects.transferConfigs.runs.delete" => runs::delete,
        "projects.transferConfigs.runs.transferLogs.list" => log::list,
        "projects.dataSources.get" => sources::get,
        "projects.dataSources.list" => sources::list,
        "projects.dataSources.checkValidCreds" => sources::check_credentials,
        "projects.enrollDataSources" | "projects.unenrollDataSources" => |_, _| Ok(Answer::empty()),
        _ => return None,
    })
}
