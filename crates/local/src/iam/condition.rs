//! Conditions of bindings: whether a conditional grant grants, here and now.
//!
//! <https://docs.cloud.google.com/iam/docs/conditions-overview>

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::cel::{Expression, Value, Variables};
use crate::cloud;
use crate::store::{StoreError, Tx};

/// Whether a condition holds for a permission on the resource of a key.
///
/// One that cannot be evaluated does not: it may use what is not known here, such as the groups of the request, or
/// ask for attributes of a resource whose attributes are not known here. `modified` are the roles whose grants the request
/// changes.
pub fn holds(
    tx: &Tx,
    condition: &Json,
    permission: &str,
    key: &str,
    modified: &[String],
) -> Result<bool, StoreError> {
    let text = condition["expression"].as_str().unwrap_or_default();
    let Ok(expression) = Expression::parse(text, &["request", "resource", "api"]) else { return Ok(false) };
    let time = Value::Timestamp(cloud::time_in(tx)?);
    let roles = Value::List(modified.iter().map(|it| Value::from(it.as_str())).collect());
    // <https://docs.cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes>
    let api = fields([("iam.googleapis.com/modifiedGrantsByRole", roles)]);
    let mut variables: Variables = [("request", fields([("time", time)])), ("api", api)].into();
    if let Some(resource) = attributes(tx, permission, key)? {
        variables.insert("resource", resource);
    }
    Ok(expression.evaluate(&variables) == Ok(Value::Bool(true)))
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, it)| (name.to_owned(), it)).collect::<BTreeMap<_, _>>())
}

/// The name, type and service of a resource, where all of them are known.
fn attributes(tx: &Tx, permission: &str, key: &str) -> Result<Option<Value>, StoreError> {
    let parts: Vec<&str> = key.split('/').collect();
    let (name, kind, service) = match parts[..] {
        ["storage", "b", bucket, "o", ..] => {
            let object = parts[4..].join("/");
            (format!("projects/_/buckets/{bucket}/objects/{object}"), "Object", "storage")
        }
        // A permission on objects is asked for on one of them, and which that is, is not known then.
        ["storage", "b", bucket]
            if !permission.starts_with("storage.objects.") || permission.ends_with(".list") =>
        {
            (format!("projects/_/buckets/{bucket}"), "Bucket", "storage")
        }
        ["bigquery", "projects", project, "datasets", dataset] => {
            (format!("projects/{project}/datasets/{dataset}"), "Dataset", "bigquery")
        }
        ["bigquery", "projects", project, "datasets", dataset, "tables", table] => {
            (format!("projects/{project}/datasets/{dataset}/tables/{table}"), "Table", "bigquery")
        }
        // Secrets are named by their project's number.
        ["secretmanager", "projects", project, "secrets", secret] => {
            let number = tx.get("projects", project)?.and_then(|it| Some(it["number"].as_str()?.to_owned()));
            let Some(number) = number else { return Ok(None) };
            (format!("projects/{number}/secrets/{secret}"), "Secret", "secretmanager")
        }
        _ => return Ok(None),
    };
    let service = format!("{service}.googleapis.com");
    Ok(Some(fields([
        ("name", Value::String(name)),
        ("type", Value::String(format!("{service}/{kind}"))),
        ("service", Value::String(service)),
    ])))
}
