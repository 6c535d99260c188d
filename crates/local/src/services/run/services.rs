//! Services: what they run, who may call them, and where they answer.

use serde_json::{Value, json};

use super::{
    check_etag, check_identity, check_keys, complete_task, created, given, location_of, metadata, operate,
    revisions, stamp,
};
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::operation;
use crate::registry;
use crate::request::{Answer, Request, last};
use crate::resource::{Kind, apply_mask, check_mask, default, remove, visible};
use crate::runtime::{self, queue};
use crate::store::Tx;

pub(super) const SERVICE: Kind = Kind {
    collection: "run/services",
    list: "services",
    missing: |_, name| format!("service \"{name}\" not found"),
    taken: |_, _| "Resource already exists.".to_owned(),
    show,
    page: 100,
};

/// Whether this cloud runs a service: one whose image is in a repository of its own.
fn runs(tx: &Tx, request: &Request<'_>, service: &Value) -> Result<bool, Refusal> {
    let image = runtime::container(&service["template"])["image"].as_str().unwrap_or_default();
    let found = registry::of_image(tx, request.cloud, image);
    Ok(found.map_err(|it| Refusal::internal(it.message))?.is_some())
}

/// The services of one region: unlike other APIs, this one takes no `-` for all of them.
pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if last(request.name()) == "-" {
        return Err(Refusal::invalid("The location must be a region, and cannot be the \"-\" wildcard."));
    }
    SERVICE.list(tx, request)
}

fn show(request: &Request<'_>, document: Value) -> Value {
    shown(request.cloud, document)
}

/// A service as it is shown. Only one that this cloud runs has an address and ready revisions: of
/// another it keeps the declaration, and nothing answers for it.
pub fn shown(cloud: &Cloud, document: Value) -> Value {
    if document["_runs"] != true {
        return visible(document);
    }
    let ours = ["_revision", "_ready", "_observed"].map(|it| document[it].clone());
    let mut shown = visible(document);
    let name = shown["name"].as_str().unwrap_or_default().to_owned();
    let parts: Vec<&str> = name.split('/').collect();
    if let [_, project, _, location, _, service] = parts[..] {
        let root = format!("http://{}/_run/{project}/{location}", cloud.reachable());
        let number = cloud.known(project).map(|it| it.number).unwrap_or_default();
        let port = cloud.address.port();
        shown["uri"] = json!(format!("{root}/{service}"));
        shown["urls"] = json!([
            format!("{root}/{service}"),
            format!("http://{service}-{number}.{location}.run.localhost:{port}"),
        ]);
        let mut statuses = match &shown["traffic"] {
            Value::Array(traffic) if !traffic.is_empty() => traffic.clone(),
            _ => vec![json!({"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100})],
        };
        for status in &mut statuses {
            if let Some(tag) = status["tag"].as_str() {
                status["uri"] = json!(format!("{root}/{tag}---{service}"));
            }
        }
        shown["trafficStatuses"] = Value::Array(statuses);
    }
    let fields = ["latestCreatedRevision", "latestReadyRevision", "observedGeneration"];
    for (field, value) in fields.into_iter().zip(ours) {
        if !value.is_null() {
            shown[field] = value;
        }
    }
    shown
}

fn complete(request: &Request<'_>, service: &mut Value) -> Result<(), Refusal> {
    default(service, "ingress", "INGRESS_TRAFFIC_ALL");
    default(service, "template", json!({}));
    let template = &mut service["template"];
    complete_task(request, template)?;
    default(template, "timeout", "300s");
    let whole = template["containers"][0]["resources"]["limits"]["cpu"].as_str().is_none_or(|it| {
        match it.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<f64>().unwrap_or(1000.0) >= 1000.0,
            None => it.parse::<f64>().unwrap_or(1.0) >= 1.0,
        }
    });
    // Less than a whole CPU serves one request at a time.
    default(template, "maxInstanceRequestConcurrency", if whole { 80 } else { 1 });
    Ok(())
}

fn check(tx: &Tx, request: &Request<'_>, service: &Value) -> Result<(), Refusal> {
    check_keys(service)?;
    check_identity(tx, request, &service["template"])?;
    let traffic = service["traffic"].as_array().cloned().unwrap_or_default();
    let sum: i64 = traffic.iter().filter_map(|it| it["percent"].as_i64()).sum();
    if !traffic.is_empty() && sum != 100 {
        return Err(Refusal::invalid(format!("traffic: the percentages must sum to 100, and sum to {sum}.")));
    }
    let containers = service["template"]["containers"].as_array().into_iter().flatten();
    let mut names = containers.flat_map(|it| it["env"].as_array().into_iter().flatten());
    if let Some(taken) = names.find_map(|it| it["name"].as_str().filter(|it| runtime::RESERVED.contains(it)))
    {
        return Err(Refusal::invalid(format!(
            "template.containers.env: The following reserved env names were provided: {taken}. These values are \
             automatically set by the system."
        )));
    }
    let ports = service["template"]["containers"].as_array().into_iter().flatten();
    if ports.filter(|it| it["ports"].as_array().is_some_and(|it| !it.is_empty())).count() > 1 {
        return Err(Refusal::invalid("template.containers: at most one container may have a port."));
    }
    Ok(())
}

/// Keeps a service and, where its template is new, a revision of it.
fn keep(
    tx: &mut Tx,
    request: &Request<'_>,
    mut service: Value,
    old: Option<&Value>,
) -> Result<Answer, Refusal> {
    complete(request, &mut service)?;
    check(tx, request, &service)?;
    stamp(request, &mut service, old);
    let changed =
        old.is_none_or(|it| it["template"] != service["template"]) || request.query.is("forceNewRevision");
    if let Some(old) = old {
        carry_on(&mut service, old, changed);
    }
    let only_asks = request.query.is("validateOnly");
    if changed {
        let count = service["_revisions"].as_u64().unwrap_or(0) + 1;
        service["_revisions"] = json!(count);
        service["_revision"] = json!(revisions::name(&service, count));
        if runs(tx, request, &service)? {
            begin(request, &mut service);
        } else {
            for not in ["_runs", "_ready", "_observed", "conditions"] {
                remove(&mut service, not);
            }
        }
        if !only_asks {
            revisions::create(tx, request, &service)?;
        }
    }
    if !only_asks {
        let name = service["name"].as_str().unwrap_or_default().to_owned();
        SERVICE.save(tx, &name, &service)?;
    }
    if changed && !only_asks && service["_runs"] == true {
        return roll_out(tx, request, &service);
    }
    // Traffic may have moved away from what runs.
    request.cloud.bell.notify_one();
    operate(tx, request, &SERVICE, "Service", service)
}

/// Takes over what a service was before its change. What the newest revision came to stays, if it still is.
fn carry_on(service: &mut Value, old: &Value, changed: bool) {
    for kept in ["_revision", "_revisions", "_runs", "_ready", "_observed"] {
        if !old[kept].is_null() {
            service[kept] = old[kept].clone();
        }
    }
    if changed || old["_runs"] != true {
        return;
    }
    for kept in ["terminalCondition", "conditions", "reconciling"] {
        if !old[kept].is_null() {
            service[kept] = old[kept].clone();
        }
    }
    service["_observed"] = service["generation"].clone();
}

/// Marks a service of which a new revision is about to come up.
fn begin(request: &Request<'_>, service: &mut Value) {
    let condition = |kind: &str| json!({"type": kind, "state": "CONDITION_RECONCILING", "lastTransitionTime": request.time()});
    service["_runs"] = json!(true);
    service["terminalCondition"] = condition("Ready");
    service["conditions"] = json!([condition("RoutesReady"), condition("ConfigurationsReady")]);
    service["reconciling"] = json!(true);
}

/// Asks the runtime to bring the newest revision up; the operation ends with what comes of it.
fn roll_out(tx: &mut Tx, request: &Request<'_>, service: &Value) -> Result<Answer, Refusal> {
    let name = service["name"].as_str().unwrap_or_default();
    let metadata = metadata(request, &SERVICE, "Service", service.clone());
    let operation = operation::new_name(&location_of(name));
    let (answer, key) = operation::begin(tx, request, &operation, metadata)?;
    queue::revision(tx, request.cloud, service["_revision"].as_str().unwrap_or_default(), &key)?;
    Ok(answer)
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = created(request, "services", "serviceId", "Service")?;
    if SERVICE.find(tx, &name)?.is_some() {
        return Err(Refusal::exists((SERVICE.taken)(request, &name)));
    }
    keep(tx, request, given(request, &name), None)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let old = match SERVICE.find(tx, &name)? {
        Some(old) => old,
        None if request.query.is("allowMissing") => {
            super::check_id("Service", last(&name))?;
            return keep(tx, request, given(request, &name), None);
        }
        None => return Err(Refusal::not_found((SERVICE.missing)(request, &name))),
    };
    check_etag(request, &old)?;
    let mask = request.mask();
    // Without a mask all that can change is replaced.
    if mask.is_empty() || mask.iter().any(|it| it == "*") {
        return keep(tx, request, given(request, &name), Some(&old));
    }
    check_mask(request, "GoogleCloudRunV2Service", &mask)?;
    let mut service = old.clone();
    apply_mask(&mut service, &request.body, &mask);
    keep(tx, request, service, Some(&old))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let service = SERVICE.load(tx, request, &name)?;
    check_etag(request, &service)?;
    if !request.query.is("validateOnly") {
        SERVICE.delete(tx, request, &name)?;
        revisions::forget(tx, &name)?;
        request.cloud.bell.notify_one();
    }
    operate(tx, request, &SERVICE, "Service", service)
}
