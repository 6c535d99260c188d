//! Secret Manager v1: secrets, global and regional, and their versions.

mod versions;

use serde_json::{Value, json};
use time::Duration;

use crate::error::Refusal;
use crate::filter;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Handler, Request};
use crate::resource::{self, Kind, apply_mask, check_labels, policy_method};
use crate::store::Tx;

pub use versions::read;

/// The handler of a method, named without `secretmanager.`. Regional secrets differ only in their names.
pub fn handler(method: &str) -> Option<Handler> {
    let method = method.replacen("projects.locations.", "projects.", 1);
    Some(match method.as_str() {
        "projects.secrets.create" => create,
        "projects.secrets.get" => |tx, request| SECRET.get(tx, request),
        "projects.secrets.list" => list,
        "projects.secrets.patch" => patch,
        "projects.secrets.delete" => delete,
        "projects.secrets.addVersion" => versions::add,
        "projects.secrets.versions.get" => versions::get,
        "projects.secrets.versions.list" => versions::list,
        "projects.secrets.versions.access" => versions::access,
        "projects.secrets.versions.enable" => versions::enable,
        "projects.secrets.versions.disable" => versions::disable,
        "projects.secrets.versions.destroy" => versions::destroy,
        _ => {
            policy_method(&method)?;
            |tx, request| match policy_method(&request.method.id) {
                Some(answer) => answer(&SECRET, tx, request),
                None => Err(Refusal::not_found(missing(request, request.name()))),
            }
        }
    })
}

const SECRET: Kind = Kind {
    collection: "secretmanager/secrets",
    list: "secrets",
    missing,
    taken: |request, name| format!("Secret [{}] already exists.", request.numbered(name)),
    show: resource::numbered,
    page: 25_000,
};

fn missing(request: &Request<'_>, name: &str) -> String {
    format!("Secret [{}] not found.", request.numbered(name))
}

/// What the caller saw must be what there is.
fn check_etag(sent: Option<&str>, current: &Value) -> Result<(), Refusal> {
    if made_up::is_stale(sent, current["etag"].as_str()) {
        return Err(Refusal::aborted("The etag provided in the request does not match the current etag."));
    }
    Ok(())
}

fn check_replication(name: &str, secret: &Value) -> Result<(), Refusal> {
    let replication = &secret["replication"];
    if name.contains("/locations/") {
        return match replication.is_null() {
            true => Ok(()),
            false => {
                Err(Refusal::invalid("The field Secret.replication must not be set for a regional secret."))
            }
        };
    }
    match (replication["automatic"].is_object(), replication["userManaged"].is_object()) {
        (true, false) => Ok(()),
        (false, true) => {
            let replicas = replication["userManaged"]["replicas"].as_array().map_or(0, Vec::len);
            let located = replication["userManaged"]["replicas"].as_array().into_iter().flatten();
            if replicas == 0
                || located.map(|it| &it["location"]).any(|it| it.as_str().is_none_or(str::is_empty))
            {
                return Err(Refusal::invalid(
                    "The field Secret.replication.user_managed.replicas is required.",
                ));
            }
            Ok(())
        }
        (true, true) | (false, false) => Err(Refusal::invalid(
            "The field Secret.replication is required and must have one replication policy.",
        )),
    }
}

fn check(tx: &Tx, request: &Request<'_>, secret: &Value) -> Result<(), Refusal> {
    check_labels(&secret["labels"])?;
    let topics = secret["topics"].as_array().map_or(0, Vec::len);
    if topics > 10 {
        return Err(Refusal::invalid("The field Secret.topics must not have more than 10 topics."));
    }
    for topic in secret["topics"].as_array().into_iter().flatten() {
        let name = topic["name"].as_str().unwrap_or_default();
        if tx.get("pubsub/topics", &request.named(name))?.is_none() {
            return Err(Refusal::precondition(format!("The Pub/Sub topic [{name}] does not exist.")));
        }
    }
    let rotation = &secret["rotation"];
    if rotation.is_object() {
        if topics == 0 {
            return Err(Refusal::invalid("The field Secret.topics must be set when Secret.rotation is."));
        }
        if resource::has(rotation, "rotationPeriod") {
            if !resource::has(rotation, "nextRotationTime") {
                return Err(Refusal::invalid(
                    "The field Secret.rotation.next_rotation_time must be set when rotation_period is.",
                ));
            }
            let seconds =
                rotation["rotationPeriod"].as_str().and_then(moment::duration_seconds).unwrap_or(0.0);
            if !(3600.0..=3_153_600_000.0).contains(&seconds) {
                return Err(Refusal::invalid(
                    "The field Secret.rotation.rotation_period must be between 3600s and 3153600000s.",
                ));
            }
        }
    }
    for (alias, version) in secret["versionAliases"].as_object().into_iter().flatten() {
        let number = version.as_str().unwrap_or_default();
        let name = secret["name"].as_str().unwrap_or_default();
        if alias == "latest" || alias.parse::<u64>().is_ok() || versions::find(tx, name, number)?.is_none() {
            return Err(Refusal::invalid(format!(
                "The version alias [{alias}] is invalid or names the version [{number}], which does not exist."
            )));
        }
    }
    Ok(())
}

/// A time to live is not shown: it becomes the time at which the secret expires.
fn settle_expiry(request: &Request<'_>, secret: &mut Value) -> Result<(), Refusal> {
    if let Some(ttl) = resource::remove(secret, "ttl") {
        let seconds = ttl.as_str().and_then(moment::duration_seconds).unwrap_or(0.0);
        if seconds <= 0.0 {
            return Err(Refusal::invalid("The field Secret.ttl must be positive."));
        }
        secret["expireTime"] = json!(moment::text(request.now + Duration::seconds_f64(seconds)));
        return Ok(());
    }
    if let Some(at) = secret["expireTime"].as_str().and_then(moment::parse)
        && at <= request.now
    {
        return Err(Refusal::invalid("The field Secret.expire_time must be in the future."));
    }
    Ok(())
}

fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "secrets", "secretId")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let id = request.query.get("secretId").unwrap_or_default();
    resource::check_id(
        id,
        1..=255,
        fits,
        "The field CreateSecretRequest.secret_id must be at most 255 characters of [A-Za-z0-9_-].",
    )?;
    let mut secret = request.body.clone();
    secret["name"] = json!(name);
    // Tags bind the secret elsewhere and are not shown again.
    resource::remove(&mut secret, "tags");
    check_replication(&name, &secret)?;
    if resource::has(&secret, "ttl") && resource::has(&secret, "expireTime") {
        return Err(Refusal::invalid("Only one of Secret.ttl and Secret.expire_time may be set."));
    }
    settle_expiry(request, &mut secret)?;
    check(tx, request, &secret)?;
    secret["createTime"] = request.time();
    secret["etag"] = json!(made_up::etag());
    SECRET.insert(tx, request, &name, &secret)?;
    Ok(SECRET.answer(request, secret))
}

fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{}/secrets/", request.name());
    let total = tx.all(SECRET.collection, &prefix)?.iter().filter(|(_, it)| filter.fits(it)).count();
    let mut answer = SECRET.list_where(tx, request, &prefix, |_, it| filter.fits(it))?;
    answer.set("totalSize", total);
    Ok(answer)
}

fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = SECRET.load(tx, request, name)?;
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("The field UpdateSecretRequest.update_mask is required."));
    }
    resource::check_mask(request, "Secret", &mask)?;
    check_etag(request.body["etag"].as_str(), &old)?;
    let mut secret = old.clone();
    apply_mask(&mut secret, &request.body, &mask);
    // The one takes the place of the other.
    if mask.iter().any(|it| it == "ttl") && !resource::has(&request.body, "ttl") {
        resource::remove(&mut secret, "expireTime");
    }
    settle_expiry(request, &mut secret)?;
    let locations = |it: &Value| -> Vec<Value> {
        let replicas = it["replication"]["userManaged"]["replicas"].as_array();
        replicas.into_iter().flatten().map(|it| it["location"].clone()).collect()
    };
    let automatic = |it: &Value| it["replication"]["automatic"].is_object();
    for field in ["name", "createTime", "secretType", "tags"] {
        if mask.iter().any(|it| it == field) {
            return Err(Refusal::invalid(format!("The field Secret.{field} is immutable.")));
        }
    }
    if locations(&secret) != locations(&old) || automatic(&secret) != automatic(&old) {
        return Err(Refusal::invalid("The field Secret.replication is immutable."));
    }
    check(tx, request, &secret)?;
    secret["etag"] = json!(made_up::etag());
    SECRET.save(tx, name, &secret)?;
    Ok(SECRET.answer(request, secret))
}

fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let secret = SECRET.load(tx, request, name)?;
    check_etag(request.query.get("etag"), &secret)?;
    SECRET.delete(tx, request, name)?;
    versions::forget(tx, name)?;
    Ok(Answer::empty())
}
