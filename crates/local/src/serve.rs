//! From a raw request to a handler's answer: finds the method, checks, authorizes, runs it in a transaction.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bounds;
use crate::cloud::{Cloud, Project};
use crate::content::Destination;
use crate::error::{Code, Dialect, Refusal};
use crate::iam;
use crate::identity;
use crate::present;
use crate::request::{Answer, Body, Caller, Request};
use crate::route;
use crate::server::Raw;
use crate::services;
use crate::store::Tx;
use crate::validate::{self, Query};

/// Request headers that handlers may look at.
const HEADERS: &[&str] =
    &["if-match", "if-none-match", "range", "content-type", "x-upload-content-type", "x-goog-hash"];

/// How the API that a request calls writes its errors.
pub fn dialect(raw: &Raw) -> Dialect {
    match found(raw) {
        Ok(found) => Dialect::of(&found.api.name, &found.api.version),
        // An address that belongs to no API.
        Err(_) => Dialect::OnePlatform,
    }
}

/// The method that a request calls.
fn found(raw: &Raw) -> Result<route::Found, Refusal> {
    route::find(raw.host(), raw.method.as_str(), raw.uri.path())
        // The last part of a resumable upload is sent to the address its first part got.
        .or_else(|| {
            route::find(raw.host(), "POST", raw.uri.path()).filter(|it| it.upload && raw.method == "PUT")
        })
        .ok_or_else(|| {
            Refusal::not_found(format!("The requested URL {} was not found on this server.", raw.uri.path()))
        })
}

/// Where the body of a request goes: `None` if it is JSON, and read whole.
///
/// # Errors
///
/// If nothing answers at its address.
pub fn destination(raw: &Raw) -> Result<Option<Destination>, Refusal> {
    let found = found(raw)?;
    if !found.upload {
        return Ok(None);
    }
    let query = Query::parse(raw.uri.query().unwrap_or_default());
    Ok(Some(match (query.get("uploadType"), query.get("upload_id")) {
        (_, Some(id)) => Destination::Part {
            name: services::content_of_session(&found.api.name, id),
            range: raw.header("content-range").map(str::to_owned),
        },
        (Some("multipart"), None) => Destination::Multipart,
        // The request that begins an upload brings only metadata.
        (Some("resumable"), None) => Destination::Content { most: bounds::JSON as u64 },
        (_, None) => Destination::Content { most: bounds::UPLOAD },
    }))
}

/// Whether a body is a form, as OAuth's clients send it.
fn is_form(raw: &Raw) -> bool {
    let kind = raw.header("content-type").unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|it| it.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Answers a request.
pub fn handle(cloud: &Cloud, raw: &Raw) -> Result<Answer, Refusal> {
    let found = found(raw)?;
    let mut path = found.path;
    let mut query = Query::parse(raw.uri.query().unwrap_or_default());
    let caller = match services::is_for_strangers(&found.method.id) {
        true => Caller::Owner,
        false => identity::authenticate(cloud, raw.header("authorization"))?,
    };
    let project = canonical(cloud, found.api, &mut path, &mut query)?;

    let mut body = json!({});
    if !found.upload && found.method.request.is_some() {
        let given = match found.api.name == "sts" && is_form(raw) {
            true => services::sts::form(&raw.body),
            false => validate::parse(&raw.body)?,
        };
        body = validate::body(found.api, found.method, given)?;
    }
    let query = validate::query(found.api, found.method, query, &mut body)?;
    let headers = HEADERS
        .iter()
        .filter_map(|name| raw.header(name).map(|value| ((*name).to_owned(), value.to_owned())))
        .collect::<BTreeMap<_, _>>();
    let mut request = Request {
        cloud,
        api: found.api,
        method: found.method,
        path,
        query,
        body,
        project,
        caller,
        now: cloud.clock.now(),
        headers,
        upload: raw.upload.as_ref(),
        base: format!(
            "http://{}",
            raw.header("host").or(raw.uri.authority().map(|it| it.as_str())).unwrap_or("localhost")
        ),
        gone: std::sync::Arc::clone(&raw.gone),
    };
    // A job may run for long: it reads what it needs, and writes in a transaction of its own.
    let reading = found.method.verb == "GET"
        || services::pubsub::only_reads(&found.method.id)
        || services::writes_itself(&found.method.id);
    let mut tx = if reading { cloud.store.read()? } else { cloud.store.write()? };
    if request.project.is_none() && request.api.name == "storage" {
        // A bucket's path names no project: its project is the one it was made in.
        let owner = services::storage::project_of(&tx, request.var("bucket"))?;
        request.project = owner.and_then(|it| cloud.known(&it));
    }
    services::settle_account(&tx, &mut request)?;
    check_enabled(&tx, &request)?;
    let handler = services::handler(&request.api.name, &request.method.id).ok_or_else(|| {
        Refusal::new(
            Code::Unimplemented,
            format!("The local cloud knows the method {} but has not built it.", request.method.id),
        )
    })?;
    iam::authorize(&tx, &request)?;
    let mut answer = handler(&mut tx, &request)?;
    tx.commit()?;
    if !reading && request.api.name == "pubsub" {
        services::pubsub::settled(&request)?;
    }
    if let Body::Json(body) = answer.body {
        let body = present::shape(request.api, request.method, &request.query, body);
        let compact = ["prettyPrint", "$prettyPrint"].iter().any(|it| request.query.get(it) == Some("false"));
        answer.body = if compact { Body::Compact(body) } else { Body::Json(body) };
    }
    Ok(answer)
}

/// Does something for a caller of a method of Pub/Sub that names one resource, as REST would: the API must be
/// enabled and the caller allowed. What it reads it reads; messages are kept beside the documents.
pub fn call<T>(
    cloud: &Cloud,
    method: &str,
    name: &str,
    caller: Caller,
    work: impl FnOnce(&Tx, &Request<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let unknown = || Refusal::internal(format!("There is no method {method}."));
    let api = discovery::api("pubsub", "v1").ok_or_else(unknown)?;
    let method = api.method(method).ok_or_else(unknown)?;
    let mut path = BTreeMap::from([("name".to_owned(), name.to_owned())]);
    let mut query = Query::default();
    let project = canonical(cloud, api, &mut path, &mut query)?;
    if project.is_none() || path["name"].split('/').count() != 4 {
        return Err(Refusal::invalid(format!("Invalid resource name given (name={name}).")));
    }
    let tx = cloud.store.read()?;
    let request = Request {
        cloud,
        api,
        method,
        path,
        query,
        body: json!({}),
        project,
        caller,
        now: cloud.clock.now(),
        headers: BTreeMap::new(),
        upload: None,
        base: format!("http://{}", cloud.address),
        gone: std::sync::Arc::default(),
    };
    check_enabled(&tx, &request)?;
    iam::authorize(&tx, &request)?;
    work(&tx, &request)
}

/// Puts the project's id in the place of its number wherever the path or the query names it.
fn canonical(
    cloud: &Cloud,
    api: &discovery::Api,
    path: &mut BTreeMap<String, String>,
    query: &mut Query,
) -> Result<Option<Project>, Refusal> {
    let mut project = None;
    for (name, value) in path.iter_mut() {
        let (named, tail) = match value.strip_prefix("projects/") {
            Some(rest) => match rest.split_once('/') {
                Some((named, tail)) => (named, Some(tail)),
                None => (rest, None),
            },
            None if name == "projectId"
                || (name == "resource" && api.version == "v1" && api.name == "cloudresourcemanager") =>
            {
                (value.as_str(), None)
            }
            None => continue,
        };
        // `projects/-` stands for whichever project the rest of the name implies.
        if named == "-" {
            continue;
        }
        let met = cloud.meet(named)?.ok_or_else(|| no_project(api, named))?;
        let prefix = if value.starts_with("projects/") { "projects/" } else { "" };
        *value = match tail {
            Some(tail) => format!("{prefix}{}/{tail}", met.id),
            None => format!("{prefix}{}", met.id),
        };
        project = Some(met);
    }
    if project.is_none()
        && let Some(named) = query.get("project").map(str::to_owned)
    {
        let met = cloud.meet(&named)?.ok_or_else(|| no_project(api, &named))?;
        query.set("project", &met.id);
        project = Some(met);
    }
    Ok(project)
}

/// How each API says that a project does not exist, or that it will not tell.
fn no_project(api: &discovery::Api, named: &str) -> Refusal {
    match api.name.as_str() {
        "storage" => Refusal::invalid(format!("Unknown project id: {named}")),
        "bigquery" => Refusal::not_found(format!("Not found: Project {named}")),
        "pubsub" => Refusal::not_found(format!(
            "Requested project not found or user does not have access to it (project={named}). Make sure to \
             specify the unique project identifier and not the Google Cloud Console display name."
        )),
        "cloudresourcemanager" if api.version == "v1" => {
            Refusal::denied("The caller does not have permission")
        }
        "cloudresourcemanager" => Refusal::denied("The caller does not have permission"),
        _ => Refusal::denied(format!("Permission denied on resource project {named}.")).detail(error_info(
            "CONSUMER_INVALID",
            json!({"consumer": format!("projects/{named}"), "service": api.host}),
        )),
    }
}

fn error_info(reason: &str, metadata: Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    })
}

/// An API that a project has not enabled refuses; the one that enables always works.
fn check_enabled(tx: &Tx, request: &Request<'_>) -> Result<(), Refusal> {
    match &request.project {
        Some(project) => check_enabled_in(tx, request, project),
        None => Ok(()),
    }
}

/// Refuses a request whose API a project has not enabled.
pub fn check_enabled_in(tx: &Tx, request: &Request<'_>, project: &Project) -> Result<(), Refusal> {
    let service = request.api.host.as_str();
    if request.api.name == "serviceusage" || request.cloud.enabled(tx, project, service)? {
        return Ok(());
    }
    let title = services::title(service);
    let number = &project.number;
    let url = format!("https://console.developers.google.com/apis/api/{service}/overview?project={number}");
    Err(Refusal::denied(format!(
        "{title} has not been used in project {number} before or it is disabled. Enable it by visiting {url} then \
         retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    ))
    .reason("accessNotConfigured")
    .detail(json!({
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": url}],
    }))
    .detail(error_info(
        "SERVICE_DISABLED",
        json!({"service": service, "consumer": format!("projects/{number}"), "serviceTitle": title,
            "containerInfo": number, "activationUrl": url}),
    )))
}
