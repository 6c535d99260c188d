//! The variables that a container is given: those that lead clients to this cloud and to the outside, and what it
//! declares.

use std::collections::BTreeMap;

use serde_json::Value;

use super::failure::Failure;
use crate::cloud::{Cloud, Project};
use crate::iam;
use crate::request::Caller;
use crate::services::secretmanager;
use crate::store::Tx;

/// The variables of a container, with the values of secrets as its account reads them.
pub fn of(
    tx: &Tx,
    cloud: &Cloud,
    project: &Project,
    account: &str,
    container: &Value,
) -> Result<BTreeMap<String, String>, Failure> {
    let declared = declared(tx, cloud, project, account, container)?;
    let mut all = clients(cloud, account);
    // A container that declares one spelling of a variable has decided for both.
    let decided = |name: &str| declared.keys().any(|it| it.eq_ignore_ascii_case(name));
    all.extend(cloud.network.variables().into_iter().filter(|(name, _)| !decided(name)));
    all.extend(declared);
    Ok(all)
}

/// Variables that lead Google's clients to this cloud, as the account that the container runs as.
fn clients(cloud: &Cloud, account: &str) -> BTreeMap<String, String> {
    let host = cloud.reachable().to_string();
    let url = format!("http://{host}");
    [
        ("PUBSUB_EMULATOR_HOST", host.clone()),
        ("SECRETMANAGER_EMULATOR_HOST", host),
        ("STORAGE_EMULATOR_HOST", url.clone()),
        ("BIGQUERY_EMULATOR_HOST", url),
        // A token by which this cloud knows the account and holds it to its roles.
        ("GOOGLE_OAUTH_ACCESS_TOKEN", format!("local.{account}")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The variables that a container declares.
fn declared(
    tx: &Tx,
    cloud: &Cloud,
    project: &Project,
    account: &str,
    container: &Value,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for variable in container["env"].as_array().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or_default().to_owned();
        let reference = &variable["valueSource"]["secretKeyRef"];
        let value = match reference.is_object() {
            true => secret(tx, cloud, project, account, reference)?,
            false => variable["value"].as_str().unwrap_or_default().to_owned(),
        };
        all.insert(name, value);
    }
    Ok(all)
}

fn secret(
    tx: &Tx,
    cloud: &Cloud,
    project: &Project,
    account: &str,
    reference: &Value,
) -> Result<String, Failure> {
    let named = reference["secret"].as_str().unwrap_or_default();
    let version = reference["version"].as_str().filter(|it| !it.is_empty()).unwrap_or("latest");
    let (of, id) = match named.strip_prefix("projects/").and_then(|it| it.split_once("/secrets/")) {
        Some((of, id)) => (cloud.known(of).unwrap_or_else(|| project.clone()), id),
        None => (project.clone(), named),
    };
    let name = format!("projects/{}/secrets/{id}", of.id);
    let shown = format!("projects/{}/secrets/{id}/versions/{version}", of.number);
    let caller = Caller::Principal(account.to_owned());
    let key = iam::key("secretmanager", &name);
    if !iam::allowed(tx, Some(&caller), "secretmanager.versions.access", &key, &of.id)? {
        return Err(Failure::secret(format!(
            "Permission denied on secret: {shown} for Revision service account {account}. The service account used must \
             be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, \
             project or higher level."
        )));
    }
    let content = secretmanager::read(tx, &name, version)?
        .ok_or_else(|| Failure::secret(format!("Secret {shown} was not found.")))?;
    String::from_utf8(content)
        .map_err(|_| Failure::secret(format!("Secret {shown} is not UTF-8, as a variable must be.")))
}
