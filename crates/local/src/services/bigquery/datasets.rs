//! Datasets and who may use them.

use serde_json::{Value, json};

use super::{check_match, check_reference, link, millis, routines, rows, settled, tables, writable};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::request::{Answer, Caller, Request};
use crate::resource::{Kind, default, merge, page, remove, visible};
use crate::services::regions::place;
use crate::store::Tx;

pub(super) const DATASET: Kind = Kind {
    collection: "bigquery/datasets",
    list: "datasets",
    missing: |_, name| format!("Not found: Dataset {}", title(name)),
    taken: |_, name| format!("Already Exists: Dataset {}", title(name)),
    show: crate::resource::plain,
    page: 50,
};

/// `p:d` of `projects/p/datasets/d`.
fn title(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    format!("{}:{}", parts.get(1).unwrap_or(&""), parts.get(3).unwrap_or(&""))
}

/// The name of the dataset that the path names.
pub(super) fn name(request: &Request<'_>) -> String {
    format!("projects/{}/datasets/{}", request.var("projectId"), request.var("datasetId"))
}

/// Brings an access entry to the form in which BigQuery shows it.
fn normal_entry(tx: &Tx, request: &Request<'_>, mut entry: Value) -> Result<Value, Refusal> {
    if let Some(role) = entry["role"].as_str() {
        let short = match role {
            "roles/bigquery.dataOwner" => "OWNER",
            "roles/bigquery.dataEditor" => "WRITER",
            "roles/bigquery.dataViewer" => "READER",
            other => other,
        };
        entry["role"] = json!(short);
    }
    if let Some(member) = entry["iamMember"].as_str().map(str::to_owned) {
        let field = match member.split_once(':') {
            Some(("user" | "serviceAccount", email)) => Some(("userByEmail", email)),
            Some(("group", email)) => Some(("groupByEmail", email)),
            Some(("domain", domain)) => Some(("domain", domain)),
            None if member == "allAuthenticatedUsers" => Some(("specialGroup", "allAuthenticatedUsers")),
            Some(_) | None => None,
        };
        if let Some((field, value)) = field {
            entry[field] = json!(value);
            remove(&mut entry, "iamMember");
        }
    }
    for field in ["userByEmail", "groupByEmail"] {
        if let Some(email) = entry[field].as_str().filter(|it| !it.starts_with("deleted:")) {
            entry[field] = json!(email.to_ascii_lowercase());
        }
    }
    // A deleted account is shown, and cannot be written back.
    if let Some(email) = entry["userByEmail"].as_str().filter(|it| it.starts_with("deleted:")) {
        return Err(Refusal::invalid(format!("Invalid value for userByEmail: {email}")));
    }
    if let Some(email) = entry["userByEmail"].as_str()
        && email.ends_with("gserviceaccount.com")
        && !iam::account_exists(tx, request, email)?
    {
        let dataset = title(&name(request));
        return Err(Refusal::invalid(format!(
            "IAM setPolicy failed for Dataset {dataset}: Service account {email} does not exist."
        )));
    }
    let principals =
        ["userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember", "view", "routine", "dataset"];
    if principals.iter().filter(|it| !entry[**it].is_null()).count() != 1 {
        return Err(Refusal::invalid(
            "An access entry must name exactly one principal, view, routine or dataset.",
        ));
    }
    Ok(entry)
}

fn normal_access(tx: &Tx, request: &Request<'_>, dataset: &mut Value) -> Result<(), Refusal> {
    let Some(entries) = dataset["access"].as_array().cloned() else { return Ok(()) };
    let mut out: Vec<Value> = Vec::new();
    for entry in entries {
        let entry = normal_entry(tx, request, entry)?;
        // An entry that is there already changes nothing.
        if !out.contains(&entry) {
            out.push(entry);
        }
    }
    dataset["access"] = Value::Array(out);
    Ok(())
}

fn check(dataset: &Value) -> Result<(), Refusal> {
    let number = |field: &str| dataset[field].as_str().and_then(|it| it.parse::<i64>().ok());
    if number("defaultTableExpirationMs").is_some_and(|it| it != 0 && it < 3_600_000) {
        return Err(Refusal::invalid(
            "Invalid value for defaultTableExpirationMs: it must be at least 3600000.",
        ));
    }
    if number("maxTimeTravelHours").is_some_and(|it| !(48..=168).contains(&it) || it % 24 != 0) {
        return Err(Refusal::invalid(
            "Invalid value for maxTimeTravelHours: it must be a multiple of 24 from 48 to 168.",
        ));
    }
    crate::resource::check_labels(&dataset["labels"])
}

/// The entries of a dataset for which nobody gave any.
fn first_access(caller: &Caller) -> Value {
    let maker = match caller {
        Caller::Owner | Caller::Principal(_) => "userByEmail",
        Caller::Federated(_) => "iamMember",
    };
    json!([
        {"role": "OWNER", "specialGroup": "projectOwners"},
        {"role": "OWNER", maker: caller.shown()},
        {"role": "READER", "specialGroup": "projectReaders"},
        {"role": "WRITER", "specialGroup": "projectWriters"},
    ])
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let dataset = settled(writable(request, "Dataset"));
    check_reference(request, &dataset["datasetReference"], &["projectId"])?;
    let dataset = make(tx, request, request.var("projectId"), dataset)?;
    Ok(DATASET.answer(request, dataset))
}

/// Makes a dataset of what a caller says about it.
pub(super) fn make(
    tx: &mut Tx,
    request: &Request<'_>,
    project: &str,
    mut dataset: Value,
) -> Result<Value, Refusal> {
    let id = dataset["datasetReference"]["datasetId"].as_str().unwrap_or_default().to_owned();
    if id.is_empty() || id.len() > 1024 || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Refusal::invalid(format!(
            "Invalid dataset ID \"{id}\". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 \
             characters long."
        )));
    }
    let location = dataset["location"].as_str().unwrap_or("US").to_owned();
    if place(&location).is_none() {
        return Err(Refusal::invalid(format!("Invalid storage region: {location}")));
    }
    // Multi-regions are written in capitals, regions as they are.
    let multi = matches!(location.to_ascii_uppercase().as_str(), "US" | "EU");
    dataset["location"] =
        json!(if multi { location.to_ascii_uppercase() } else { location.to_ascii_lowercase() });
    dataset["datasetReference"] = json!({"projectId": project, "datasetId": id});
    if dataset["access"].as_array().is_none_or(Vec::is_empty) {
        dataset["access"] = first_access(&request.caller);
    }
    normal_access(tx, request, &mut dataset)?;
    check(&dataset)?;
    let name = format!("projects/{project}/datasets/{id}");
    dataset["kind"] = json!("bigquery#dataset");
    dataset["id"] = json!(format!("{project}:{id}"));
    dataset["selfLink"] = link(&name);
    dataset["type"] = json!("DEFAULT");
    dataset["etag"] = json!(made_up::etag());
    dataset["creationTime"] = millis(request);
    dataset["lastModifiedTime"] = millis(request);
    DATASET.insert(tx, request, &name, &dataset)?;
    Ok(dataset)
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut dataset = DATASET.load(tx, request, &name(request))?;
    // Only a read shows how far back one can travel when nobody has said.
    default(&mut dataset, "maxTimeTravelHours", "168");
    if request.query.get("datasetView") == Some("METADATA") {
        remove(&mut dataset, "access");
    }
    Ok(DATASET.answer(request, dataset))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("projects/{}/datasets/", request.var("projectId"));
    let filter = request.query.get("filter").unwrap_or_default().to_owned();
    let page = page(tx, request, DATASET.collection, &prefix, DATASET.page, |_, it| labelled(&filter, it))?;
    let mut answer = json!({"kind": "bigquery#datasetList", "etag": made_up::etag()});
    if !page.items.is_empty() {
        answer["datasets"] = page
            .items
            .iter()
            .map(|(_, it)| brief(it, &["friendlyName", "labels", "location", "type"], "datasetReference"))
            .collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

/// Whether labels fit a filter such as `labels.env:prod labels.team`.
fn labelled(filter: &str, dataset: &Value) -> bool {
    filter.split_whitespace().filter_map(|it| it.strip_prefix("labels.")).all(|term| {
        match term.split_once(':') {
            Some((key, value)) => dataset["labels"][key] == value,
            None => dataset["labels"].get(term).is_some(),
        }
    })
}

/// What a list shows of one.
pub(super) fn brief(document: &Value, fields: &[&str], reference: &str) -> Value {
    let mut shown = json!({});
    for field in ["kind", "id", reference].iter().chain(fields) {
        if !document[*field].is_null() {
            shown[*field] = document[*field].clone();
        }
    }
    shown
}

fn change(tx: &mut Tx, request: &Request<'_>, apply: fn(&Value, &Value) -> Value) -> Result<Answer, Refusal> {
    let name = name(request);
    let old = DATASET.load(tx, request, &name)?;
    check_match(request, &old)?;
    let mut given = writable(request, "Dataset");
    check_reference(request, &given["datasetReference"], &["projectId", "datasetId"])?;
    if let Some(location) = given["location"].as_str()
        && !old["location"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(location))
    {
        return Err(Refusal::invalid("Cannot change dataset location"));
    }
    for fixed in ["datasetReference", "location"] {
        remove(&mut given, fixed);
    }
    match request.query.get("updateMode") {
        Some("UPDATE_METADATA") => {
            remove(&mut given, "access");
        }
        Some("UPDATE_ACL") => given = json!({"access": given["access"]}),
        Some(_) | None => {}
    }
    let mut dataset = settled(apply(&old, &given));
    normal_access(tx, request, &mut dataset)?;
    check(&dataset)?;
    dataset["etag"] = json!(made_up::etag());
    dataset["lastModifiedTime"] = millis(request);
    DATASET.save(tx, &name, &dataset)?;
    Ok(DATASET.answer(request, visible(dataset)))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |old, given| {
        let mut new = old.clone();
        merge(&mut new, given);
        new
    })
}

/// What an update keeps though the body does not have it.
const KEPT: &[&str] =
    &["kind", "id", "selfLink", "type", "creationTime", "datasetReference", "location", "access", "etag"];

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |old, given| {
        let mut new = given.clone();
        for field in KEPT {
            default(&mut new, field, old[*field].clone());
        }
        new
    })
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = name(request);
    DATASET.load(tx, request, &name)?;
    let inside = [tables::TABLE.collection, routines::ROUTINE.collection];
    for collection in inside {
        for (each, _) in tx.all(collection, &format!("{name}/"))? {
            if !request.query.is("deleteContents") {
                return Err(Refusal::invalid(format!("Dataset {} is still in use", title(&name)))
                    .reason("resourceInUse"));
            }
            tx.remove(collection, &each)?;
            rows::forget(tx, &each)?;
            iam::forget(tx, &iam::key("bigquery", &each))?;
        }
    }
    DATASET.delete(tx, request, &name)?;
    Ok(Answer::no_content())
}
