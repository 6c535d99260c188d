//! Services: what they run, who may call them, and where they answer.

use serde_json::{Value, json};

use super::{
    check_etag, check_identity, check_keys, complete_task, created, given, operate, revisions, stamp,
};
use crate::error::Refusal;
use crate::request::{Answer, Request, last};
use crate::resource::{Kind, apply_mask, check_mask, default, visible};
use crate::store::Tx;

pub(super) const SERVICE: Kind = Kind {
    collection: "run/services",
    list: "services",
    missing: |_, name| format!("service \"{name}\" not found"),
    taken: |_, _| "Resource already exists.".to_owned(),
    show,
    page: 100,
};

/// Whether this cloud can run an image: one that is in a repository of a project of its own.
fn runs(request: &Request<'_>, image: &str) -> bool {
    let mut parts = image.split('/');
    let registry =
        parts.next().is_some_and(|it| it.split(':').next().is_some_and(|it| it.ends_with("-docker.pkg.dev")));
    registry && parts.next().is_some_and(|it| request.cloud.known(it).is_some())
}

/// A service as it is shown. Only one that this cloud runs has an address and ready revisions: of
/// another it keeps the declaration, and nothing answers for it.
fn show(request: &Request<'_>, document: Value) -> Value {
    let image = document["template"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned();
    let revision = document["_revision"].clone();
    let mut shown = visible(document);
    if !runs(request, &image) {
        return shown;
    }
    let name = shown["name"].as_str().unwrap_or_default().to_owned();
    let parts: Vec<&str> = name.split('/').collect();
    if let [_, project, _, location, _, service] = parts[..] {
        let uri = format!("http://{}/_run/{project}/{location}/{service}", request.cloud.address);
        shown["uri"] = json!(uri);
        shown["urls"] = json!([uri]);
    }
    let since = shown["terminalCondition"]["lastTransitionTime"].clone();
    let condition =
        |kind: &str| json!({"type": kind, "state": "CONDITION_SUCCEEDED", "lastTransitionTime": since});
    shown["conditions"] = json!([condition("RoutesReady"), condition("ConfigurationsReady")]);
    shown["observedGeneration"] = shown["generation"].clone();
    shown["latestReadyRevision"] = revision.clone();
    shown["latestCreatedRevision"] = revision;
    shown["trafficStatuses"] = match &shown["traffic"] {
        Value::Array(traffic) if !traffic.is_empty() => Value::Array(traffic.clone()),
        _ => json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]),
    };
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
        service["_revision"] = old["_revision"].clone();
        service["_revisions"] = old["_revisions"].clone();
    }
    let only_asks = request.query.is("validateOnly");
    if changed {
        let count = service["_revisions"].as_u64().unwrap_or(0) + 1;
        service["_revisions"] = json!(count);
        service["_revision"] = json!(revisions::name(&service, count));
        if !only_asks {
            revisions::create(tx, request, &service)?;
        }
    }
    if !only_asks {
        let name = service["name"].as_str().unwrap_or_default().to_owned();
        SERVICE.save(tx, &name, &service)?;
    }
    operate(tx, request, &SERVICE, "Service", service)
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
    }
    operate(tx, request, &SERVICE, "Service", service)
}
