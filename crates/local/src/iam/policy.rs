//! Policies: read, replaced by who saw the current one, and kept in Google's form.

use serde_json::{Map, Value, json};

use super::access::{account_exists, held};
use crate::error::{Dialect, Refusal};
use crate::identity::pool_of_member;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::remove;
use crate::roles;
use crate::store::{StoreError, Tx};

/// Policies by the key of what they are on.
pub const COLLECTION: &str = "policies";

/// The most members of one policy; each time one is named counts.
const MOST_MEMBERS: usize = 1500;

/// The key of a resource's policy: `pubsub/projects/p/topics/t`.
pub fn key(api: &str, resource: &str) -> String {
    format!("{api}/{resource}")
}

/// The key of a project's policy.
pub fn project_key(project: &str) -> String {
    key("cloudresourcemanager", &format!("projects/{project}"))
}

/// Removes the policy of a resource that is no more.
pub fn forget(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.remove(COLLECTION, key)?;
    Ok(())
}

/// The policy kept under a key; one that nobody set has only an etag.
pub fn load(tx: &Tx, key: &str) -> Result<Value, StoreError> {
    Ok(tx.get(COLLECTION, key)?.unwrap_or_else(|| json!({"etag": made_up::FIRST_ETAG})))
}

/// Keeps a policy under a key, as a resource that comes with grants does.
pub fn save(tx: &mut Tx, key: &str, policy: &Value) -> Result<(), StoreError> {
    tx.put(COLLECTION, key, policy)
}

/// A policy as a caller sees it that asked for this version: below 3 conditions are not shown, and
/// the roles they hang on are named so that nobody mistakes them for the plain ones.
fn shown(mut policy: Value, version: u64) -> Value {
    let conditional = has_conditions(&policy);
    if conditional && version < 3 {
        for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
            if remove(binding, "condition").is_some() {
                let role = binding["role"].as_str().unwrap_or_default();
                binding["role"] = json!(format!("{role}_withcond_{}", made_up::hex(20)));
            }
        }
        policy["version"] = json!(1);
    }
    policy
}

fn has_conditions(policy: &Value) -> bool {
    policy["bindings"].as_array().into_iter().flatten().any(|it| it["condition"].is_object())
}

fn requested_version(request: &Request<'_>) -> u64 {
    let asked = request.query.number("options.requestedPolicyVersion");
    let asked = asked.or_else(|| request.query.number("optionsRequestedPolicyVersion"));
    asked.or_else(|| request.body["options"]["requestedPolicyVersion"].as_u64()).unwrap_or(1)
}

/// `getIamPolicy`.
pub fn get(tx: &Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    Ok(Answer::json(shown(load(tx, key)?, requested_version(request))))
}

/// `setIamPolicy` of `{policy, updateMask}`.
pub fn set(tx: &mut Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    let given = request.body["policy"].clone();
    let policy = replace(tx, request, key, &given, &request.mask())?;
    Ok(Answer::json(policy))
}

/// Replaces the policy under a key, if the caller saw the current one.
pub fn replace(
    tx: &mut Tx,
    request: &Request<'_>,
    key: &str,
    given: &Value,
    mask: &[String],
) -> Result<Value, Refusal> {
    let old = load(tx, key)?;
    if made_up::is_stale(given["etag"].as_str(), old["etag"].as_str()) {
        return Err(match Dialect::of(&request.api.name, &request.api.version) {
            Dialect::Storage => Refusal::condition_not_met(),
            Dialect::OnePlatform | Dialect::Listed | Dialect::BigQuery => Refusal::aborted(
                "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
            ),
        });
    }
    let bindings = merged(tx, request, key, &given["bindings"])?;
    let version = given["version"].as_u64().unwrap_or(0);
    if !matches!(version, 0 | 1 | 3) {
        return Err(Refusal::invalid(format!("Invalid policy version {version}: must be 0, 1 or 3.")));
    }
    let mut policy = json!({"etag": made_up::etag(), "version": 1});
    if !bindings.is_empty() {
        policy["bindings"] = Value::Array(bindings);
    }
    if has_conditions(&policy) {
        if version != 3 {
            return Err(Refusal::invalid(
                "Invalid policy: a policy with conditions must set its version to 3.",
            ));
        }
        policy["version"] = json!(3);
    }
    let audited = mask.iter().any(|it| it == "auditConfigs");
    let audit = if audited { &given["auditConfigs"] } else { &old["auditConfigs"] };
    if audit.as_array().is_some_and(|it| !it.is_empty()) {
        policy["auditConfigs"] = audit.clone();
    }
    save(tx, key, &policy)?;
    Ok(policy)
}

/// Bindings with those of one role and condition made one, members in order and each once.
fn merged(tx: &Tx, request: &Request<'_>, key: &str, given: &Value) -> Result<Vec<Value>, Refusal> {
    let mut out: Vec<(String, Value, Vec<String>)> = Vec::new();
    for binding in given.as_array().into_iter().flatten() {
        let role = binding["role"].as_str().unwrap_or_default().to_owned();
        check_role(&role)?;
        let condition = binding["condition"].clone();
        let members = match out.iter_mut().find(|it| it.0 == role && it.1 == condition) {
            Some(same) => &mut same.2,
            None => {
                out.push((role, condition, Vec::new()));
                match out.last_mut() {
                    Some(new) => &mut new.2,
                    None => continue,
                }
            }
        };
        for member in binding["members"].as_array().into_iter().flatten() {
            let member = normal_member(member.as_str().unwrap_or_default());
            check_member(tx, request, key, &member)?;
            if !members.contains(&member) {
                members.push(member);
            }
        }
    }
    let count: usize = out.iter().map(|it| it.2.len()).sum();
    if count > MOST_MEMBERS {
        return Err(Refusal::invalid(format!(
            "The number of members in the policy ({count}) is larger than the maximum allowed size {MOST_MEMBERS}."
        )));
    }
    out.retain(|it| !it.2.is_empty());
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(out
        .into_iter()
        .map(|(role, condition, mut members)| {
            members.sort();
            let mut binding = Map::new();
            binding.insert("role".to_owned(), json!(role));
            binding.insert("members".to_owned(), json!(members));
            if condition.is_object() {
                binding.insert("condition".to_owned(), condition);
            }
            Value::Object(binding)
        })
        .collect())
}

fn check_role(role: &str) -> Result<(), Refusal> {
    let custom = role.starts_with("projects/") || role.starts_with("organizations/");
    if custom || (role.starts_with("roles/") && !roles::is_unknown(role)) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Role {role} is not supported for this resource.")))
}

/// A member in Google's spelling: the email is lower-case, the rest stays.
fn normal_member(member: &str) -> String {
    match member.split_once(':') {
        Some((kind @ ("user" | "serviceAccount" | "group" | "domain"), value)) => {
            format!("{kind}:{}", value.to_ascii_lowercase())
        }
        Some(_) | None => member.to_owned(),
    }
}

fn check_member(tx: &Tx, request: &Request<'_>, key: &str, member: &str) -> Result<(), Refusal> {
    let on_project = key.starts_with("cloudresourcemanager/");
    match member.split_once(':') {
        None if matches!(member, "allUsers" | "allAuthenticatedUsers") => {
            if on_project {
                return Err(Refusal::invalid(
                    "Policy members must not include allUsers or allAuthenticatedUsers for this resource.",
                ));
            }
            Ok(())
        }
        Some(("serviceAccount", email)) => check_account(tx, request, email),
        Some(("principal" | "principalSet", _)) if pool_of_member(member).is_some() => {
            check_pool(tx, request, member)
        }
        Some((
            "user" | "group" | "domain" | "principal" | "principalSet" | "principalHierarchy" | "deleted",
            rest,
        )) if !rest.is_empty() => Ok(()),
        Some(("projectOwner" | "projectEditor" | "projectViewer", _)) if !on_project => Ok(()),
        Some(_) | None => Err(Refusal::invalid(format!(
            "The member {member} is of an unknown type. Please set a valid type prefix for the member."
        ))),
    }
}

/// The pool of an identity that a policy names must exist, if it is of a project that this cloud knows.
fn check_pool(tx: &Tx, request: &Request<'_>, member: &str) -> Result<(), Refusal> {
    let pool = pool_of_member(member).unwrap_or_default();
    let Some((number, rest)) = pool.strip_prefix("projects/").and_then(|it| it.split_once('/')) else {
        return Ok(());
    };
    let Some(project) = request.cloud.known(number) else { return Ok(()) };
    let exists = tx.get("iam/workloadIdentityPools", &format!("projects/{}/{rest}", project.id))?.is_some();
    if exists && project.number == number {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Identity Pool does not exist ({pool}). Please check that you specified a valid resource name as returned in the \
         `name` attribute in the configuration API."
    )))
}

/// A service account that a policy names must exist, if it is of a project that this cloud knows.
fn check_account(tx: &Tx, request: &Request<'_>, email: &str) -> Result<(), Refusal> {
    if account_exists(tx, request, email)? {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Service account {email} does not exist."))
        .detail(json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCOUNT_NOT_FOUND",
            "domain": "iam.googleapis.com"})))
}

/// Renames the members of a deleted account: they keep their grants if it is undeleted.
pub fn rename_members(tx: &mut Tx, from: &str, to: &str) -> Result<(), StoreError> {
    for (key, mut policy) in tx.all(COLLECTION, "")? {
        let mut changed = false;
        for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
            for member in binding["members"].as_array_mut().into_iter().flatten() {
                if member == from {
                    *member = json!(to);
                    changed = true;
                }
            }
        }
        if changed {
            policy["etag"] = json!(made_up::etag());
            tx.put(COLLECTION, &key, &policy)?;
        }
    }
    Ok(())
}

/// `testIamPermissions` of `{permissions}`: those of them that the caller has.
pub fn test(tx: &Tx, request: &Request<'_>, key: &str) -> Result<Answer, Refusal> {
    let asked: Vec<String> = request.body["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let held = held(tx, request, key, &asked)?;
    Ok(Answer::json(if held.is_empty() { json!({}) } else { json!({"permissions": held}) }))
}
