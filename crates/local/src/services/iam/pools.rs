//! Workload identity pools and their providers: made, changed and deleted by operations, and deleted softly.

use serde_json::{Value, json};
use time::Duration;

use crate::error::Refusal;
use crate::identity;
use crate::made_up;
use crate::moment;
use crate::operation::{self, Operation};
use crate::request::{Answer, Request, last, parent};
use crate::resource::{
    self, Kind, already_exists, apply_mask, check_mask, not_found, numbered, policy_method,
};
use crate::store::Tx;

const POOL: Kind = Kind {
    collection: "iam/workloadIdentityPools",
    list: "workloadIdentityPools",
    missing: not_found,
    taken: already_exists,
    show: numbered,
    page: 50,
};

const PROVIDER: Kind = Kind {
    collection: "iam/providers",
    list: "workloadIdentityPoolProviders",
    missing: not_found,
    taken: already_exists,
    show: numbered,
    page: 50,
};

/// How long a deleted one can come back.
const KEPT: Duration = Duration::days(30);

fn is_provider(request: &Request<'_>) -> bool {
    request.method.id.contains(".providers.")
}

fn kind(request: &Request<'_>) -> &'static Kind {
    if is_provider(request) { &PROVIDER } else { &POOL }
}

fn check_id(id: &str) -> Result<(), Refusal> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (4..=32).contains(&id.len()) && id.bytes().all(fits) && !id.starts_with("gcp-") {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Invalid id \"{id}\": it must have 4 to 32 lower-case letters, digits or hyphens and not begin with \"gcp-\"."
    )))
}

fn check_texts(document: &Value) -> Result<(), Refusal> {
    for (field, most) in [("displayName", 32), ("description", 256), ("attributeCondition", 4096)] {
        if document[field].as_str().is_some_and(|it| it.chars().count() > most) {
            return Err(Refusal::invalid(format!("The field {field} can have at most {most} characters.")));
        }
    }
    Ok(())
}

/// Begins an operation that answers with the pool or provider.
fn operate(tx: &mut Tx, request: &Request<'_>, name: &str, document: Value) -> Result<Answer, Refusal> {
    let provider = is_provider(request);
    let what = if provider { "WorkloadIdentityPoolProvider" } else { "WorkloadIdentityPool" };
    let mut response = (kind(request).show)(request, document);
    response["@type"] = json!(format!("type.googleapis.com/google.iam.v1.{what}"));
    let metadata = json!({"@type": format!("type.googleapis.com/google.iam.v1.{what}OperationMetadata")});
    let name = format!("{}/operations/{}", request.numbered(name), made_up::hex(26));
    operation::start(tx, request, Operation { name, metadata: Some(metadata), response })
}

fn create(tx: &mut Tx, request: &Request<'_>, name: &str, mut document: Value) -> Result<Answer, Refusal> {
    check_id(last(name))?;
    check_texts(&document)?;
    document["name"] = json!(name);
    document["state"] = json!("ACTIVE");
    // A deleted one still holds its id: Google answers that it exists.
    kind(request).insert(tx, request, name, &document)?;
    operate(tx, request, name, document)
}

pub(super) fn create_pool(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "workloadIdentityPools", "workloadIdentityPoolId")?;
    if request.id() != "global" {
        return Err(Refusal::invalid(format!("Location {} is not supported: only global is.", request.id())));
    }
    create(tx, request, &name, request.body.clone())
}

pub(super) fn create_provider(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "providers", "workloadIdentityPoolProviderId")?;
    let pool = POOL.load(tx, request, request.name())?;
    if pool["state"] == "DELETED" {
        return Err(Refusal::precondition("The workload identity pool is deleted."));
    }
    let mut document = request.body.clone();
    complete(&mut document);
    check_provider(&document)?;
    create(tx, request, &name, document)
}

fn complete(provider: &mut Value) {
    // Google parses the keys and writes them anew.
    if let Some(keys) =
        provider["oidc"]["jwksJson"].as_str().and_then(|it| serde_json::from_str::<Value>(it).ok())
    {
        provider["oidc"]["jwksJson"] = json!(keys.to_string());
    }
    if resource::has(provider, "aws") {
        resource::default(
            provider,
            "attributeMapping",
            json!({
                "google.subject": "assertion.arn",
                "attribute.aws_role": "assertion.arn.contains('assumed-role') ? \
                    assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + \
                    assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
            }),
        );
    }
}

fn check_provider(provider: &Value) -> Result<(), Refusal> {
    let kinds = ["aws", "oidc", "saml", "x509"].iter().filter(|it| resource::has(provider, it)).count();
    if kinds != 1 {
        return Err(Refusal::invalid("Exactly one of aws, oidc, saml and x509 must be set."));
    }
    if resource::has(provider, "oidc") {
        let issuer = provider["oidc"]["issuerUri"].as_str().unwrap_or_default();
        if !issuer.starts_with("https://") {
            return Err(Refusal::invalid(format!(
                "Invalid issuer URI \"{issuer}\": it must begin with https://."
            )));
        }
        let audiences = provider["oidc"]["allowedAudiences"].as_array().map_or(0, Vec::len);
        if audiences > 10 {
            return Err(Refusal::invalid("At most 10 allowed audiences can be set."));
        }
        if let Some(keys) = provider["oidc"]["jwksJson"].as_str()
            && serde_json::from_str::<Value>(keys).is_err()
        {
            return Err(Refusal::invalid("The field oidc.jwks_json is not JSON."));
        }
    }
    let mapping = &provider["attributeMapping"];
    if resource::has(provider, "oidc") && !mapping["google.subject"].is_string() {
        return Err(Refusal::invalid("Attribute mapping must have a mapping for google.subject."));
    }
    check_texts(provider)?;
    identity::check_mapping(provider)
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let document = live(tx, request)?;
    Ok(kind(request).answer(request, document))
}

/// The one that the path names. A deleted pool takes its providers out of sight, and stays itself.
fn live(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    if is_provider(request) {
        let pool = POOL.load(tx, request, parent(request.name()))?;
        if pool["state"] == "DELETED" {
            return Err(Refusal::not_found(not_found(request, request.name())));
        }
    }
    kind(request).load(tx, request, request.name())
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = kind(request);
    let prefix = format!("{}/{}/", request.name(), last(kind.collection));
    let all = request.query.is("showDeleted");
    kind.list_where(tx, request, &prefix, |_, it| all || it["state"] != "DELETED")
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let mut document = live(tx, request)?;
    if document["state"] == "DELETED" {
        return Err(Refusal::precondition("A deleted resource cannot be updated."));
    }
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("The field update_mask is required."));
    }
    let schema = if is_provider(request) { "WorkloadIdentityPoolProvider" } else { "WorkloadIdentityPool" };
    check_mask(request, schema, &mask)?;
    if mask.iter().any(|it| it == "mode" && document.get("mode") != request.body.get("mode")) {
        return Err(Refusal::invalid("Attempted to update an immutable field."));
    }
    apply_mask(&mut document, &request.body, &mask);
    if is_provider(request) {
        complete(&mut document);
        check_provider(&document)?;
    } else {
        check_texts(&document)?;
    }
    kind(request).save(tx, &name, &document)?;
    operate(tx, request, &name, document)
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let mut document = live(tx, request)?;
    if document["state"] == "DELETED" {
        return Err(Refusal::not_found(not_found(request, &name)));
    }
    document["state"] = json!("DELETED");
    document["expireTime"] = json!(moment::text(request.now + KEPT));
    kind(request).save(tx, &name, &document)?;
    operate(tx, request, &name, document)
}

pub(super) fn undelete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let mut document = live(tx, request)?;
    if document["state"] != "DELETED" {
        return Err(Refusal::precondition("The resource is not deleted."));
    }
    document["state"] = json!("ACTIVE");
    resource::remove(&mut document, "expireTime");
    kind(request).save(tx, &name, &document)?;
    operate(tx, request, &name, document)
}

pub(super) fn policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    match policy_method(&request.method.id) {
        Some(answer) => answer(&POOL, tx, request),
        None => Err(Refusal::not_found(not_found(request, request.name()))),
    }
}
