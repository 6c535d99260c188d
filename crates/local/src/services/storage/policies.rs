//! Policies on buckets, and what a new bucket grants.

use serde_json::{Value, json};

use super::bucket;
use super::buckets::is_uniform;
use crate::cloud::Project;
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::request::{Answer, Body, Request};
use crate::resource::default;
use crate::store::Tx;

/// The grants that a new bucket comes with.
pub(super) fn first(bucket: &Value, project: &Project) -> Value {
    let of = |kind: &str| format!("{kind}:{}", project.id);
    let owners = json!([of("projectEditor"), of("projectOwner")]);
    let mut bindings = vec![
        json!({"role": "roles/storage.legacyBucketOwner", "members": owners}),
        json!({"role": "roles/storage.legacyBucketReader", "members": [of("projectViewer")]}),
    ];
    if is_uniform(bucket) {
        bindings.push(json!({"role": "roles/storage.legacyObjectOwner", "members": owners}));
        bindings.push(json!({"role": "roles/storage.legacyObjectReader", "members": [of("projectViewer")]}));
    }
    json!({"version": 1, "etag": made_up::etag(), "bindings": bindings})
}

fn policy_key(request: &Request<'_>) -> String {
    iam::key("storage", &format!("b/{}", request.var("bucket")))
}

/// A policy in Cloud Storage's dress.
fn dressed(key: &str, mut policy: Value) -> Value {
    policy["kind"] = json!("storage#policy");
    policy["resourceId"] = json!(key.replacen("storage/b/", "projects/_/buckets/", 1));
    default(&mut policy, "version", 1);
    policy
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    read(tx, request, &policy_key(request))
}

pub(super) fn set(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    write(tx, request, &policy_key(request))
}

pub(super) fn test(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    held(tx, request, &policy_key(request))
}

/// Answers with the policy under a key, of the bucket or of a part of it.
pub(super) fn read(tx: &Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    bucket(tx, request.var("bucket"))?;
    let mut answer = iam::get(tx, request, key)?;
    if let Body::Json(policy) = answer.body {
        answer.body = Body::Json(dressed(key, policy));
    }
    Ok(answer)
}

/// Replaces the policy under a key, if the bucket allows such grants.
pub(super) fn write(tx: &mut Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    let found = bucket(tx, request.var("bucket"))?;
    let bindings = request.body["bindings"].as_array().cloned().unwrap_or_default();
    let public = |it: &Value| {
        it.as_str().is_some_and(|it| it.starts_with("allUsers") || it.starts_with("allAuthenticatedUsers"))
    };
    let opens = bindings.iter().any(|it| it["members"].as_array().into_iter().flatten().any(public));
    if opens && found["iamConfiguration"]["publicAccessPrevention"] == "enforced" {
        let mut refusal = Refusal::condition_not_met();
        refusal.message =
            "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access \
             prevention is enforced."
                .to_owned();
        return Err(refusal);
    }
    if !is_uniform(&found) && bindings.iter().any(|it| it["condition"].is_object()) {
        return Err(Refusal::invalid(
            "Cannot set policies with conditions on buckets without uniform bucket-level access.",
        ));
    }
    let policy = iam::replace(tx, request, key, &request.body, &[])?;
    Ok(Answer::json(dressed(key, policy)))
}

/// Answers which of the asked permissions the caller has by the policy under a key.
pub(super) fn held(tx: &Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    bucket(tx, request.var("bucket"))?;
    let held = iam::held(tx, request, key, request.query.all("permissions"))?;
    let mut answer = json!({"kind": "storage#testIamPermissionsResponse"});
    if !held.is_empty() {
        answer["permissions"] = json!(held);
    }
    Ok(Answer::json(answer))
}

pub(super) fn service_account(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let email = iam::agent(request.project()?, "gs-project-accounts");
    Ok(Answer::json(json!({"kind": "storage#serviceAccount", "email_address": email})))
}
