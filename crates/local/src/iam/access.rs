//! Whether someone may: by the roles that policies bind them to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::condition;
use super::member::is_member;
use super::policy::{COLLECTION, key, project_key};
use crate::cloud::Project;
use crate::error::{Code, Refusal};
use crate::request::{Caller, Request};
use crate::roles;
use crate::store::{StoreError, Tx};

/// Whether a service account exists. Google's own agents do, and so do those of projects elsewhere.
pub fn account_exists(tx: &Tx, request: &Request<'_>, email: &str) -> Result<bool, StoreError> {
    let Some((_, domain)) = email.split_once('@') else { return Ok(false) };
    let project = domain.strip_suffix(".iam.gserviceaccount.com");
    match project.and_then(|it| request.cloud.known(it)) {
        None => Ok(domain.ends_with("gserviceaccount.com") || domain.contains(".svc.id.goog")),
        Some(project) => {
            let name = format!("projects/{}/serviceAccounts/{email}", project.id);
            Ok(tx.get("iam/serviceAccounts", &name)?.is_some())
        }
    }
}

/// A request that will run as an account: it must exist, and the caller must be allowed to act as it.
pub fn check_act_as(tx: &Tx, request: &Request<'_>, email: &str, absent: Refusal) -> Result<(), Refusal> {
    if !account_exists(tx, request, email)? {
        return Err(absent);
    }
    if request.caller == Caller::Owner {
        return Ok(());
    }
    let own = request.project()?;
    let resource = format!("projects/{}/serviceAccounts/{email}", own.id);
    let keys = [key("iam", &resource), project_key(&own.id)];
    if granted(tx, &request.caller, "iam.serviceAccounts.actAs", &keys)? {
        return Ok(());
    }
    Err(Refusal::denied(format!(
        "Permission 'iam.serviceAccounts.actAs' denied on service account {email} (or it may not exist)."
    )))
}

/// Those of some permissions that the caller has on a resource.
pub fn held(tx: &Tx, request: &Request<'_>, key: &str, asked: &[String]) -> Result<Vec<String>, Refusal> {
    if let Some(wild) = asked.iter().find(|it| it.contains('*') || it.split('.').count() < 3) {
        return Err(Refusal::invalid(format!("Permission {wild} is not valid for this resource.")));
    }
    let mut keys = ancestors(key);
    keys.extend(request.project.as_ref().map(|it| project_key(&it.id)));
    let mut held = Vec::new();
    for permission in asked {
        if granted(tx, &request.caller, permission, &keys)? {
            held.push(permission.clone());
        }
    }
    Ok(held)
}

/// Whether the caller has a permission on a resource, by the resource's key.
pub fn may(tx: &Tx, request: &Request<'_>, permission: &str, key: &str) -> Result<bool, Refusal> {
    Ok(!held(tx, request, key, &[permission.to_owned()])?.is_empty())
}

/// Whether a caller holds a permission on a resource of a project. `None` is someone who does not say who they
/// are, and has only what is given to everybody.
pub fn allowed(
    tx: &Tx,
    caller: Option<&Caller>,
    permission: &str,
    key: &str,
    project: &str,
) -> Result<bool, StoreError> {
    let mut keys = ancestors(key);
    keys.push(project_key(project));
    match caller {
        Some(caller) => granted(tx, caller, permission, &keys),
        None => granted_to_all(tx, permission, &keys),
    }
}

/// Whether everybody holds a permission by any of these policies.
fn granted_to_all(tx: &Tx, permission: &str, keys: &[String]) -> Result<bool, StoreError> {
    for key in keys {
        let policy = tx.get(COLLECTION, key)?;
        for binding in policy.iter().flat_map(|it| it["bindings"].as_array().into_iter().flatten()) {
            let all = binding["members"].as_array().is_some_and(|it| it.iter().any(|it| it == "allUsers"));
            let role = binding["role"].as_str().unwrap_or_default();
            if all && !binding["condition"].is_object() && grants(tx, role, permission)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The keys of a resource and of all that it is in.
fn ancestors(key: &str) -> Vec<String> {
    let mut out = vec![key.to_owned()];
    // An object is in its bucket, and in nothing that the slashes of its name make up.
    let mut rest = match key.strip_prefix("storage/b/").and_then(|it| it.split_once("/o/")) {
        Some((bucket, _)) => &key[.."storage/b/".len() + bucket.len() + "/o".len()],
        None => key,
    };
    while let Some((head, _)) = rest.rsplit_once('/') {
        out.push(head.to_owned());
        rest = head;
    }
    out
}

/// Whether a caller holds a permission by any of these policies.
pub fn granted(tx: &Tx, caller: &Caller, permission: &str, keys: &[String]) -> Result<bool, StoreError> {
    granted_to(tx, caller, permission, keys, &[])
}

/// As [`granted`], for a request that changes the grants of these roles.
fn granted_to(
    tx: &Tx,
    caller: &Caller,
    permission: &str,
    keys: &[String],
    modified: &[String],
) -> Result<bool, StoreError> {
    if *caller == Caller::Owner {
        return Ok(true);
    }
    // The first is the resource itself, and the others are what it is in.
    let asked = keys.first().map_or("", String::as_str);
    for key in keys {
        let policy = match key.strip_prefix("bigquery/projects/") {
            Some(rest) if rest.split('/').count() == 3 => dataset_policy(tx, key)?,
            Some(_) | None => tx.get(COLLECTION, key)?,
        };
        for binding in policy.iter().flat_map(|it| it["bindings"].as_array().into_iter().flatten()) {
            let role = binding["role"].as_str().unwrap_or_default();
            if !grants(tx, role, permission)? {
                continue;
            }
            let condition = &binding["condition"];
            if condition.is_object() && !condition::holds(tx, condition, permission, asked, modified)? {
                continue;
            }
            for member in binding["members"].as_array().into_iter().flatten() {
                if is_member(tx, caller, member.as_str().unwrap_or_default())? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Whether a role, predefined or of a project, holds a permission.
fn grants(tx: &Tx, role: &str, permission: &str) -> Result<bool, StoreError> {
    if !role.starts_with("projects/") {
        return Ok(roles::grants(role, permission));
    }
    let found = tx.get("iam/roles", role)?.filter(|it| it["deleted"] != true);
    let all = found.iter().flat_map(|it| it["includedPermissions"].as_array().into_iter().flatten());
    Ok(all.filter_map(Value::as_str).any(|it| it == permission))
}

/// A dataset's access list as a policy.
fn dataset_policy(tx: &Tx, key: &str) -> Result<Option<Value>, StoreError> {
    let name = key.trim_start_matches("bigquery/");
    let Some(dataset) = tx.get("bigquery/datasets", name)? else { return Ok(None) };
    let project = name.split('/').nth(1).unwrap_or_default();
    let mut bindings = Vec::new();
    for entry in dataset["access"].as_array().into_iter().flatten() {
        let role = match entry["role"].as_str() {
            Some("OWNER") => "roles/bigquery.dataOwner",
            Some("WRITER") => "roles/bigquery.dataEditor",
            Some("READER") => "roles/bigquery.dataViewer",
            Some(other) => other,
            None => continue,
        };
        let text = |field: &str| entry[field].as_str();
        let member = if let Some(email) = text("userByEmail") {
            let kind = if email.ends_with("gserviceaccount.com") { "serviceAccount" } else { "user" };
            format!("{kind}:{email}")
        } else if let Some(domain) = text("domain") {
            format!("domain:{domain}")
        } else if let Some(member) = text("iamMember") {
            member.to_owned()
        } else {
            match text("specialGroup") {
                Some("projectOwners") => format!("projectOwner:{project}"),
                Some("projectWriters") => format!("projectEditor:{project}"),
                Some("projectReaders") => format!("projectViewer:{project}"),
                Some("allAuthenticatedUsers") => "allAuthenticatedUsers".to_owned(),
                Some(_) | None => continue,
            }
        };
        let mut binding = json!({"role": role, "members": [member]});
        if entry["condition"].is_object() {
            binding["condition"] = entry["condition"].clone();
        }
        bindings.push(binding);
    }
    Ok(Some(json!({"bindings": bindings})))
}

/// The permissions that this very request asks for.
fn needed(request: &Request<'_>) -> Option<Vec<String>> {
    let all = roles::of_method(&request.method.id)?;
    // Cloud Storage asks to see the policy only of who wants to see it, and to change it of who does.
    let full = request.query.get("projection") == Some("full");
    let changes_acl = request.body.get("acl").is_some() || request.body.get("defaultObjectAcl").is_some();
    let asks = |permission: &&String| match (request.method.id.as_str(), permission.as_str()) {
        ("storage.objects.insert", "storage.objects.delete") => false,
        (method, it) if method.starts_with("storage.buckets.") || method.starts_with("storage.objects.") => {
            if method.ends_with("IamPolicy") {
                true
            } else if it.ends_with(".getIamPolicy") {
                full
            } else if it.ends_with(".setIamPolicy") {
                changes_acl
            } else {
                true
            }
        }
        // Listed as needed for any job; asked only of one that exports.
        ("bigquery.jobs.insert", "bigquery.tables.export") => false,
        // Whoever may start a job may see it: the method itself looks at whose job it is.
        ("bigquery.jobs.get" | "bigquery.jobs.getQueryResults", it) => it == "bigquery.jobs.create",
        ("bigquery.jobs.list", "bigquery.jobs.list") => false,
        ("bigquery.jobs.list", "bigquery.jobs.listAll") => request.query.is("allUsers"),
        ("run.projects.locations.jobs.run", "run.jobs.runWithOverrides") => {
            request.body["overrides"].is_object()
        }
        (method, it) if method.starts_with("bigquery.") && it.ends_with(".updateTag") => false,
        // Through delegates it is the last of them who is asked for this, by the method itself.
        (method, _) if method.starts_with("iamcredentials.") => {
            request.body["delegates"].as_array().is_none_or(Vec::is_empty)
        }
        _ => true,
    };
    Some(all.iter().filter(asks).cloned().collect())
}

/// The resource that a request is on, as a policy's key.
fn target(request: &Request<'_>) -> String {
    let api = request.api.name.as_str();
    let vars = |names: &[&str]| names.iter().map(|it| request.var(it)).collect::<Vec<_>>();
    match api {
        "storage" => {
            let bucket = request.var("bucket");
            let named = match request.method.id.as_str() {
                "storage.objects.insert" => {
                    request.query.get("name").or_else(|| request.body["name"].as_str()).unwrap_or_default()
                }
                "storage.objects.get"
                | "storage.objects.delete"
                | "storage.objects.patch"
                | "storage.objects.update" => request.var("object"),
                _ => "",
            };
            match named {
                "" => key(api, &format!("b/{bucket}")),
                object => key(api, &format!("b/{bucket}/o/{object}")),
            }
        }
        "bigquery" if request.path.contains_key("projectId") => {
            match vars(&["projectId", "datasetId", "tableId"])[..] {
                [project, "", _] => key(api, &format!("projects/{project}")),
                [project, dataset, ""] => key(api, &format!("projects/{project}/datasets/{dataset}")),
                [project, dataset, table] => {
                    key(api, &format!("projects/{project}/datasets/{dataset}/tables/{table}"))
                }
                _ => key(api, ""),
            }
        }
        // Its accounts are those of IAM, and so are their policies.
        "iamcredentials" => key("iam", request.name()),
        _ => match (request.name(), &request.project) {
            ("", Some(project)) => key(api, &format!("projects/{}", project.id)),
            (name, _) => key(api, name),
        },
    }
}

/// Holds a caller to their roles.
pub fn authorize(tx: &Tx, request: &Request<'_>) -> Result<(), Refusal> {
    if request.caller == Caller::Owner {
        return Ok(());
    }
    // That a bucket does not exist is no secret: everybody is answered so, since names are taken worldwide.
    let of_a_bucket = request.api.name == "storage" && request.path.contains_key("bucket");
    if of_a_bucket && request.project.is_none() {
        return Ok(());
    }
    let Some(needed) = needed(request) else {
        return Err(Refusal::denied(format!(
            "This local cloud does not know which permission {} asks for, and so only its owner may call it.",
            request.method.id
        )));
    };
    let key = target(request);
    let mut keys = ancestors(&key);
    keys.extend(request.project.as_ref().map(|it| project_key(&it.id)));
    let modified = modified_roles(tx, request, &key)?;
    for permission in needed {
        if !granted_to(tx, &request.caller, &permission, &keys, &modified)? {
            return Err(denial(request, &permission, &key));
        }
    }
    Ok(())
}

/// The roles whose members a request that sets a policy changes.
fn modified_roles(tx: &Tx, request: &Request<'_>, key: &str) -> Result<Vec<String>, StoreError> {
    if !request.method.id.ends_with(".setIamPolicy") {
        return Ok(Vec::new());
    }
    let grants = |policy: &Value| {
        let mut grants = BTreeSet::new();
        for binding in policy["bindings"].as_array().into_iter().flatten() {
            let role = binding["role"].as_str().unwrap_or_default();
            for member in binding["members"].as_array().into_iter().flatten() {
                let member = member.as_str().unwrap_or_default();
                grants.insert((role.to_owned(), member.to_owned(), binding["condition"].to_string()));
            }
        }
        grants
    };
    let old = grants(&tx.get(COLLECTION, key)?.unwrap_or_default());
    let new = grants(&request.body["policy"]);
    let roles: BTreeSet<&String> = old.symmetric_difference(&new).map(|(role, ..)| role).collect();
    Ok(roles.into_iter().cloned().collect())
}

fn denial(request: &Request<'_>, permission: &str, key: &str) -> Refusal {
    let resource = key.split_once('/').map_or(key, |(_, it)| it);
    let message = match request.api.name.as_str() {
        "pubsub" => "User not authorized to perform this action.".to_owned(),
        "storage" => format!(
            "{} does not have {permission} access to the Google Cloud Storage {}. \
             Permission '{permission}' denied on resource (or it may not exist).",
            request.caller.shown(),
            if permission.contains(".objects.") { "object" } else { "bucket" }
        ),
        "bigquery" => {
            let parts: Vec<&str> = resource.split('/').collect();
            let (kind, noun, name) = match parts[..] {
                [_, project, _, dataset, _, table] => {
                    ("Table", "table", format!("{project}:{dataset}.{table}"))
                }
                [_, project, _, dataset] => ("Dataset", "dataset", format!("{project}:{dataset}")),
                [_, project] => ("Project", "project", project.to_owned()),
                _ => ("Project", "project", resource.to_owned()),
            };
            format!(
                "Access Denied: {kind} {name}: Permission {permission} denied on {noun} {name} (or it may not exist)."
            )
        }
        "iam" | "iamcredentials" => {
            format!("Permission '{permission}' denied on resource (or it may not exist).")
        }
        "cloudresourcemanager" => "The caller does not have permission".to_owned(),
        "secretmanager" => {
            format!("Permission '{permission}' denied for resource '{resource}' (or it may not exist).")
        }
        _ => format!("Permission '{permission}' denied on resource '{resource}' (or it may not exist)."),
    };
    Refusal::new(Code::PermissionDenied, message).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "IAM_PERMISSION_DENIED",
        "domain": "iam.googleapis.com",
        "metadata": {"permission": permission, "resource": resource},
    }))
}

/// The service agent of a service in a project, such as `gcp-sa-pubsub`.
pub fn agent(project: &Project, service: &str) -> String {
    format!("service-{}@{service}.iam.gserviceaccount.com", project.number)
}
