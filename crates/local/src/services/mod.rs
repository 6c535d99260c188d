//! The services, one file each; here is only which handler a method has.

use crate::error::Refusal;
use crate::request::{Handler, Request};
use crate::store::Tx;

mod artifactregistry;
pub mod bigquery;
pub mod bigquerydatatransfer;
mod cloudbilling;
mod cloudresourcemanager;
mod cloudscheduler;
pub mod dataflow;
mod iam;
mod iamcredentials;
mod logging;
mod monitoring;
pub mod pubsub;
mod regions;
pub mod run;
mod schedule;
pub mod secretmanager;
mod serviceusage;
pub mod storage;
pub mod sts;

/// The handler of a method, by its API's name and its id.
pub fn handler(api: &str, method: &str) -> Option<Handler> {
    let method = method.split_once('.').map_or("", |(_, it)| it);
    match api {
        "artifactregistry" => artifactregistry::handler(method),
        "bigquery" => bigquery::handler(method),
        "bigquerydatatransfer" => bigquerydatatransfer::handler(method),
        "cloudbilling" => cloudbilling::handler(method),
        "cloudresourcemanager" => cloudresourcemanager::handler(method),
        "cloudscheduler" => cloudscheduler::handler(method),
        "dataflow" => dataflow::handler(method),
        "iam" => iam::handler(method),
        "iamcredentials" => iamcredentials::handler(method),
        "logging" => logging::handler(method),
        "monitoring" => monitoring::handler(method),
        "pubsub" => pubsub::handler(method),
        "run" => run::handler(method),
        "secretmanager" => secretmanager::handler(method),
        "serviceusage" => serviceusage::handler(method),
        "storage" => storage::handler(method),
        "sts" => sts::handler(method),
        _ => None,
    }
}

/// The name in the store of what has come of an upload in parts.
pub fn content_of_session(api: &str, id: &str) -> String {
    match api {
        "storage" => storage::content_of_session(id),
        _ => bigquery::content_of_session(id),
    }
}

/// Whether a method that is no `GET` is given a reading transaction all the same, and writes in its own.
pub fn writes_itself(method: &str) -> bool {
    matches!(method, "bigquery.jobs.insert" | "bigquery.jobs.query" | "storage.objects.compose" | "sts.token")
}

/// Whether a method does not ask who calls: who exchanges a credential says it by the credential alone.
pub fn is_for_strangers(method: &str) -> bool {
    method == "sts.token"
}

/// Puts the project and the email of a service account in the place of what the path names it by.
pub fn settle_account(tx: &Tx, request: &mut Request<'_>) -> Result<(), Refusal> {
    match request.api.name.as_str() {
        "iam" | "iamcredentials" => iam::settle(tx, request),
        _ => Ok(()),
    }
}

/// What people call an API.
pub fn title(service: &str) -> String {
    let name = match service.split('.').next().unwrap_or(service) {
        "artifactregistry" => "Artifact Registry API",
        "bigquery" => "BigQuery API",
        "bigquerydatatransfer" => "BigQuery Data Transfer API",
        "cloudbilling" => "Cloud Billing API",
        "cloudresourcemanager" => "Cloud Resource Manager API",
        "cloudscheduler" => "Cloud Scheduler API",
        "dataflow" => "Dataflow API",
        "iamcredentials" => "IAM Service Account Credentials API",
        "iam" => "Identity and Access Management (IAM) API",
        "logging" => "Cloud Logging API",
        "monitoring" => "Cloud Monitoring API",
        "pubsub" => "Cloud Pub/Sub API",
        "run" => "Cloud Run Admin API",
        "secretmanager" => "Secret Manager API",
        "serviceusage" => "Service Usage API",
        "storage" => "Cloud Storage API",
        "sts" => "Security Token Service API",
        other => return other.to_owned(),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A method that is built but whose permission nobody knows would be the owner's alone.
    #[test]
    fn every_method_that_is_built_asks_for_permissions_that_are_known() {
        let mut unknown = Vec::new();
        for (name, version) in discovery::names() {
            for method in &discovery::api(name, version).unwrap().methods {
                if handler(name, &method.id).is_some() && crate::roles::of_method(&method.id).is_none() {
                    unknown.push(method.id.as_str());
                }
            }
        }
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
