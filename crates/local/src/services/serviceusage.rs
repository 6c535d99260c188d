//! Service Usage: which APIs a project has enabled.

use serde_json::{Value, json};

use super::title;
use crate::cloud::{Project, served};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::operation::{self, Operation};
use crate::request::{Answer, Handler, Request, last};
use crate::store::Tx;

/// APIs that exist besides those this cloud serves: they can be enabled, and nothing more.
const OTHERS: &[&str] = &[
    "aiplatform",
    "apigateway",
    "apikeys",
    "appengine",
    "bigqueryconnection",
    "bigquerydatapolicy",
    "bigqueryreservation",
    "bigquerystorage",
    "billingbudgets",
    "certificatemanager",
    "cloudapis",
    "cloudasset",
    "cloudbilling",
    "cloudbuild",
    "clouddeploy",
    "clouderrorreporting",
    "cloudfunctions",
    "cloudidentity",
    "cloudkms",
    "cloudprofiler",
    "cloudquotas",
    "cloudtasks",
    "cloudtrace",
    "composer",
    "compute",
    "container",
    "containeranalysis",
    "containerregistry",
    "containerscanning",
    "datacatalog",
    "dataform",
    "datalineage",
    "dataplex",
    "dataproc",
    "datastore",
    "datastream",
    "deploymentmanager",
    "dns",
    "essentialcontacts",
    "eventarc",
    "file",
    "firebase",
    "firestore",
    "iamcredentials",
    "iap",
    "identitytoolkit",
    "networkmanagement",
    "networksecurity",
    "networkservices",
    "orgpolicy",
    "osconfig",
    "oslogin",
    "privateca",
    "recommender",
    "redis",
    "securitycenter",
    "servicecontrol",
    "servicedirectory",
    "servicemanagement",
    "servicenetworking",
    "sourcerepo",
    "spanner",
    "sql-component",
    "sqladmin",
    "storage-api",
    "storage-component",
    "storagetransfer",
    "sts",
    "vision",
    "vpcaccess",
    "websecurityscanner",
    "workflowexecutions",
    "workflows",
    "workstations",
];

/// The most services of one `batchEnable`, and of one `batchGet`.
const MOST_ENABLED: usize = 20;
const MOST_READ: usize = 30;

pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "services.get" => get,
        "services.list" => list,
        "services.batchGet" => batch_get,
        "services.enable" => enable,
        "services.batchEnable" => batch_enable,
        "services.disable" => disable,
        "services.generateServiceIdentity" => generate_identity,
        "operations.get" => operation_get,
        _ => return None,
    })
}

/// Every API that a project can enable, by host.
fn catalog() -> Vec<String> {
    let mut all: Vec<String> = discovery::names()
        .map(|(name, _)| name)
        .chain(OTHERS.iter().copied())
        .map(|it| format!("{it}.googleapis.com"))
        .collect();
    all.sort();
    all.dedup();
    all
}

fn check_service(service: &str, project: &Project) -> Result<(), Refusal> {
    let name = service.strip_suffix(".googleapis.com").unwrap_or_default();
    if served(service) || OTHERS.contains(&name) {
        return Ok(());
    }
    Err(Refusal::denied(format!("Not found or permission denied for service(s): {service}.")).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        "domain": "serviceusage.googleapis.com",
        "metadata": {"services": service, "consumer": project.number},
    })))
}

fn shown(tx: &Tx, request: &Request<'_>, project: &Project, service: &str) -> Result<Value, Refusal> {
    let enabled = request.cloud.enabled(tx, project, service)?;
    let parent = format!("projects/{}", project.number);
    Ok(json!({
        "name": format!("{parent}/services/{service}"),
        "parent": parent,
        "config": {"name": service, "title": title(service)},
        "state": if enabled { "ENABLED" } else { "DISABLED" },
    }))
}

fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    check_service(request.id(), project)?;
    Ok(Answer::json(shown(tx, request, project, request.id())?))
}

fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let wanted = match request.query.get("filter").unwrap_or_default() {
        "" => None,
        "state:ENABLED" => Some("ENABLED"),
        "state:DISABLED" => Some("DISABLED"),
        other => return Err(Refusal::invalid(format!("Invalid filter: {other}"))),
    };
    let after = request.query.get("pageToken").unwrap_or_default();
    let size = request.query.number("pageSize").and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let size = size.unwrap_or(50).min(200);
    let mut services = Vec::new();
    let mut answer = json!({});
    for service in catalog() {
        if service.as_str() <= after {
            continue;
        }
        let it = shown(tx, request, project, &service)?;
        if wanted.is_some_and(|state| it["state"] != state) {
            continue;
        }
        if services.len() == size {
            let last_name =
                services.last().and_then(|it: &Value| it["config"]["name"].as_str()).unwrap_or_default();
            answer["nextPageToken"] = json!(last_name);
            break;
        }
        services.push(it);
    }
    if !services.is_empty() {
        answer["services"] = Value::Array(services);
    }
    Ok(Answer::json(answer))
}

fn batch_get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let names = request.query.all("names");
    if names.len() > MOST_READ {
        return Err(Refusal::invalid(format!("At most {MOST_READ} services can be read at once.")));
    }
    let mut services = Vec::new();
    for name in names {
        check_service(last(name), project)?;
        services.push(shown(tx, request, project, last(name))?);
    }
    Ok(Answer::json(json!({"services": services})))
}

fn set(tx: &mut Tx, project: &Project, service: &str, state: &str) -> Result<(), Refusal> {
    Ok(tx.put(
        "services",
        &format!("projects/{}/services/{service}", project.id),
        &json!({"state": state}),
    )?)
}

/// What an operation on services is about.
fn metadata(project: &Project, services: &[String]) -> Value {
    let names: Vec<String> =
        services.iter().map(|it| format!("services/{it}/projectSettings/{}", project.number)).collect();
    json!({"@type": "type.googleapis.com/google.api.serviceusage.v1.OperationMetadata", "resourceNames": names})
}

fn name(project: &Project) -> String {
    format!("operations/acat.p2-{}-{}", project.number, made_up::uuid())
}

fn nothing_to_do(response: Value) -> Answer {
    Answer::json(json!({"name": "operations/noop.DONE_OPERATION", "done": true, "response": response}))
}

fn enable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let service = request.id().to_owned();
    check_service(&service, project)?;
    let was_on = request.cloud.enabled(tx, project, &service)?;
    set(tx, project, &service, "ENABLED")?;
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse",
        "service": shown(tx, request, project, &service)?,
    });
    if was_on {
        return Ok(nothing_to_do(response));
    }
    let metadata = metadata(project, &[service]);
    operation::start(tx, request, Operation { name: name(project), metadata: Some(metadata), response })
}

fn batch_enable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let ids: Vec<String> = request.body["serviceIds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if ids.len() > MOST_ENABLED {
        return Err(Refusal::invalid(format!("Cannot enable more than {MOST_ENABLED} services at once.")));
    }
    // One is refused too: Google wants `services.enable` for it.
    if ids.len() < 2 {
        return Err(Refusal::invalid(
            "Batch enabling needs at least two services; enable one by services.enable.",
        ));
    }
    // All or none: a name that is wrong leaves the others as they are.
    for id in &ids {
        check_service(id, project)?;
    }
    let mut changed = false;
    let mut services = Vec::new();
    for id in &ids {
        changed |= !request.cloud.enabled(tx, project, id)?;
        set(tx, project, id, "ENABLED")?;
        services.push(shown(tx, request, project, id)?);
    }
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse",
        "services": services,
    });
    if !changed {
        return Ok(nothing_to_do(response));
    }
    let metadata = metadata(project, &ids);
    operation::start(tx, request, Operation { name: name(project), metadata: Some(metadata), response })
}

fn disable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let service = request.id().to_owned();
    check_service(&service, project)?;
    if !request.cloud.enabled(tx, project, &service)? {
        return Err(Refusal::precondition(format!(
            "The service {service} is not enabled for project {}.",
            project.number
        )));
    }
    // Cloud Storage's transfers and BigQuery's stop without BigQuery; Google asks before it stops them.
    let dependents: &[&str] =
        if service == "bigquery.googleapis.com" { &["bigquerydatatransfer.googleapis.com"] } else { &[] };
    for dependent in dependents {
        if !request.cloud.enabled(tx, project, dependent)? {
            continue;
        }
        if request.body["disableDependentServices"] != true {
            return Err(Refusal::precondition(format!(
                "The service {service} is depended on by the following active service(s): {dependent}. Please specify \
                 disable_dependent_services=true if you want to proceed with disabling all services."
            )));
        }
        set(tx, project, dependent, "DISABLED")?;
    }
    set(tx, project, &service, "DISABLED")?;
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.DisableServiceResponse",
        "service": shown(tx, request, project, &service)?,
    });
    let metadata = metadata(project, &[service]);
    operation::start(tx, request, Operation { name: name(project), metadata: Some(metadata), response })
}

/// The agents' accounts, where they are not called after their service.
fn agent_of(service: &str, project: &Project) -> String {
    let name = service.split('.').next().unwrap_or(service);
    match name {
        "run" => iam::agent(project, "serverless-robot-prod"),
        "storage" => iam::agent(project, "gs-project-accounts"),
        "artifactregistry" => iam::agent(project, "gcp-sa-artifactregistry"),
        "dataflow" => iam::agent(project, "dataflow-service-producer-prod"),
        "compute" => iam::agent(project, "compute-system"),
        "container" => iam::agent(project, "container-engine-robot"),
        "cloudfunctions" => iam::agent(project, "gcf-admin-robot"),
        "dataproc" => iam::agent(project, "dataproc-accounts"),
        "sqladmin" => iam::agent(project, "gcp-sa-cloud-sql"),
        "bigquery" => format!("bq-{}@bigquery-encryption.iam.gserviceaccount.com", project.number),
        other => iam::agent(project, &format!("gcp-sa-{other}")),
    }
}

/// Makes a service's agent: always the same one, at once.
fn generate_identity(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let service = request.id();
    check_service(service, project)?;
    let key = format!("projects/{}/services/{service}", project.id);
    let identity = match tx.get("serviceusage/identities", &key)? {
        Some(identity) => identity,
        None => {
            let identity = json!({
                "identity": {"email": agent_of(service, project), "uniqueId": made_up::digits(21)},
                "operation": format!("operations/finished.DONE_OPERATION.{}", made_up::uuid()),
            });
            tx.put("serviceusage/identities", &key, &identity)?;
            identity
        }
    };
    let mut response = identity["identity"].clone();
    response["@type"] = json!("type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity");
    let name = identity["operation"].as_str().unwrap_or_default().to_owned();
    operation::done(tx, request, Operation { name, metadata: None, response })
}

fn operation_get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.var("name") == "operations/noop.DONE_OPERATION" {
        return Ok(nothing_to_do(json!({"@type": "type.googleapis.com/google.protobuf.Empty"})));
    }
    operation::get(tx, request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_has_each_once() {
        let all = catalog();
        assert!(
            all.contains(&"pubsub.googleapis.com".to_owned())
                && all.contains(&"compute.googleapis.com".to_owned())
        );
        assert_eq!(all.iter().filter(|it| *it == "monitoring.googleapis.com").count(), 1);
    }
}
