//! Which refusals come from a change that this run has just made, and so pass by themselves.
//!
//! Google: "typically 2 minutes, potentially 7 minutes or longer" until a policy change is seen everywhere
//! (<https://cloud.google.com/iam/docs/access-change-propagation>). Waiting that long for a refusal that has another reason
//! is worse than failing, so a refusal must point at the fact.

use engine::{Call, Cause, Fact, Refusal};
use serde_json::Value;

/// Whether a refusal comes from this fact.
pub fn explains(fact: &Fact, refusal: &Refusal, call: &Call) -> bool {
    match (fact, &refusal.cause) {
        (Fact::Enabled { service }, Cause::Disabled(disabled)) => service == disabled,
        (Fact::Granted { member, resource, .. }, Cause::Denied) => {
            grant_explains(member, resource, refusal, call)
        }
        // Data Transfer and others answer 400 where a service's agent may not do something yet.
        (Fact::Granted { member, resource, .. }, Cause::Invalid | Cause::Precondition) => {
            refusal.message.to_lowercase().contains("permission")
                && grant_explains(member, resource, refusal, call)
        }
        (Fact::Account { email }, Cause::NotFound | Cause::Invalid | Cause::Precondition | Cause::Denied) => {
            account_explains(email, refusal, call)
        }
        // An alert on a metric that Monitoring has not heard of.
        (Fact::Metric { name }, Cause::NotFound | Cause::Invalid | Cause::Precondition) => {
            refusal.message.to_lowercase().contains("metric")
                && (names(&refusal.message, name) || body_names(call, name))
        }
        (
            Fact::Enabled { .. }
            | Fact::Granted { .. }
            | Fact::Account { .. }
            | Fact::Metric { .. }
            | Fact::Deleted { .. },
            _,
        ) => false,
    }
}

/// A grant explains a refusal that names its member or its resource. One that names nobody and nothing is explained where
/// the call has the member act, or uses the resource: Pub/Sub says only "The caller does not have permission" of its agent.
fn grant_explains(member: &str, resource: &str, refusal: &Refusal, call: &Call) -> bool {
    let address = member.split_once(':').map_or(member, |(_, it)| it);
    if let Some(principal) = &refusal.principal {
        return principal.contains(address);
    }
    if names(&refusal.message, address) {
        return true;
    }
    // Nearly every message and address names the project.
    let is_project = resource.split('/').count() == 2 && resource.starts_with("projects/");
    let acts = body_names(call, address) || is_agent_of(address, &call.service);
    let name = resource.rsplit('/').next().unwrap_or(resource);
    if names(&refusal.message, resource) {
        return !is_project || acts;
    }
    let says_where = refusal.resource.is_some() || refusal.message.contains(" denied on ");
    !says_where && (acts || (!is_project && (body_names(call, resource) || body_names(call, name))))
}

fn account_explains(email: &str, refusal: &Refusal, call: &Call) -> bool {
    if names(&refusal.message, email) {
        return true;
    }
    let about = refusal.message.to_lowercase().contains("service account");
    about && (names(&call.path, email) || body_names(call, email))
}

/// The accounts by which Google's services act in a project, and the service of each.
fn is_agent_of(address: &str, service: &str) -> bool {
    let Some(domain) =
        address.split_once('@').and_then(|(_, it)| it.strip_suffix(".iam.gserviceaccount.com"))
    else {
        return false;
    };
    let short = service.strip_suffix(".googleapis.com").unwrap_or(service);
    // https://cloud.google.com/iam/docs/service-agents
    match domain {
        "serverless-robot-prod" => short == "run",
        "dataflow-service-producer-prod" => short == "dataflow",
        "compute-system" => short == "compute",
        "gs-project-accounts" => short == "storage",
        other => other.strip_prefix("gcp-sa-") == Some(short),
    }
}

/// Whether a text has a name as a whole: not as the beginning of a longer name or path.
fn names(text: &str, name: &str) -> bool {
    let is_part =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '/' | '.' | '@' | '~' | '%');
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let mut after = text[at + name.len()..].chars();
            let next = after.next();
            // A full stop may end the sentence.
            let ends = match next {
                Some('.') => !after.next().is_some_and(is_part),
                next => !next.is_some_and(is_part),
            };
            before.is_none_or(|it| it == '/' || !is_part(it)) && ends
        })
}

/// Whether some text of a call's body names something.
fn body_names(call: &Call, name: &str) -> bool {
    fn within(value: &Value, name: &str) -> bool {
        match value {
            Value::String(text) => names(text, name),
            Value::Array(items) => items.iter().any(|it| within(it, name)),
            Value::Object(map) => map.values().any(|it| within(it, name)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    call.body.as_ref().is_some_and(|it| within(it, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Method;
    use serde_json::json;

    const AGENT: &str = "serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com";

    fn granted(member: &str, resource: &str) -> Fact {
        Fact::Granted { role: "roles/x".to_owned(), member: member.to_owned(), resource: resource.to_owned() }
    }

    fn refused(cause: Cause, message: &str) -> Refusal {
        let (code, hint) = (String::new(), None);
        Refusal {
            cause,
            status: 403,
            code,
            message: message.to_owned(),
            hint,
            principal: None,
            resource: None,
        }
    }

    fn call(service: &str, path: &str, body: Value) -> Call {
        Call::new(Method::Put, &format!("{service}.googleapis.com"), path).body(body)
    }

    #[test]
    fn a_grant_explains_what_points_at_it() {
        let export = call(
            "pubsub",
            "v1/projects/p/subscriptions/s",
            json!({ "topic": "projects/p/topics/t", "cloudStorageConfig": { "bucket": "exports" } }),
        );
        let silent = refused(Cause::Denied, "The caller does not have permission");
        assert!(explains(&granted(AGENT, "b/exports"), &silent, &export));
        assert!(explains(&granted(AGENT, "projects/p"), &silent, &export), "the agent acts");
        assert!(!explains(&granted("user:a@example.com", "projects/p"), &silent, &export));
        assert!(!explains(&granted("user:a@example.com", "b/other"), &silent, &export));
        // Google's details name somebody else.
        let other = Refusal {
            principal: Some("serviceAccount:other@p.iam.gserviceaccount.com".to_owned()),
            ..silent.clone()
        };
        assert!(!explains(&granted(AGENT, "b/exports"), &other, &export));

        let service = call(
            "run",
            "v2/projects/p/locations/l/services?serviceId=s",
            json!({ "template": { "serviceAccount": "api@p.iam.gserviceaccount.com" } }),
        );
        let api = "serviceAccount:api@p.iam.gserviceaccount.com";
        let own = refused(
            Cause::Denied,
            "Permission 'run.services.create' denied on resource 'projects/p/locations/l' (or it may not exist).",
        );
        assert!(!explains(&granted(api, "projects/p"), &own, &service), "the caller lacks a role");
        assert!(!explains(&granted(api, "projects/p/topics/t"), &own, &service));
        let act = refused(
            Cause::Denied,
            "Permission 'iam.serviceaccounts.actAs' denied on service account api@p.iam.gserviceaccount.com (or it may not exist).",
        );
        let on_account =
            granted("user:me@example.com", "projects/p/serviceAccounts/api@p.iam.gserviceaccount.com");
        assert!(
            explains(&on_account, &act, &service) || explains(&granted(api, "projects/p"), &act, &service)
        );
        let secret = refused(
            Cause::Invalid,
            "Permission denied on secret: projects/7/secrets/key/versions/1 for Revision service account api@p.iam.gserviceaccount.com.",
        );
        assert!(explains(&granted(api, "projects/p/secrets/key"), &secret, &service));
        assert!(!explains(
            &granted(api, "projects/p"),
            &refused(Cause::Invalid, "field 'x' is wrong"),
            &service
        ));
    }

    #[test]
    fn an_account_explains_what_names_it() {
        let email = "api@p.iam.gserviceaccount.com".to_owned();
        let fact = Fact::Account { email: email.clone() };
        let policy = call(
            "cloudresourcemanager",
            "v3/projects/p:setIamPolicy",
            json!({ "policy": { "bindings": [{ "members": [format!("serviceAccount:{email}")] }] } }),
        );
        assert!(explains(
            &fact,
            &refused(Cause::Invalid, &format!("Service account {email} does not exist.")),
            &policy
        ));
        assert!(!explains(
            &fact,
            &refused(Cause::Invalid, "Service account other@p.iam.gserviceaccount.com does not exist."),
            &call("x", "y", json!({}))
        ));
        assert!(!explains(
            &fact,
            &refused(Cause::NotFound, "Topic not found"),
            &call("pubsub", "v1/projects/p/topics/t", json!({}))
        ));
        let path = format!("v1/projects/p/serviceAccounts/{email}:setIamPolicy");
        assert!(explains(
            &fact,
            &refused(Cause::NotFound, "Unknown service account"),
            &call("iam", &path, json!({}))
        ));
        assert!(!explains(
            &fact,
            &refused(Cause::NotFound, "Unknown service account"),
            &call("iam", "v1/projects/p/serviceAccounts/b", json!({}))
        ));
    }

    #[test]
    fn whole_names_only() {
        assert!(
            names("denied on 'b/exports'.", "exports")
                && names("exports", "exports")
                && names("see exports.", "exports")
        );
        for text in ["my-exports", "exports-2", "exports/a", "exports.example", ""] {
            assert!(!names(text, "exports"), "{text}");
        }
    }

    #[test]
    fn an_api_explains_only_its_own_refusal() {
        let fact = Fact::Enabled { service: "run.googleapis.com".to_owned() };
        let any = call("run", "v2", json!({}));
        assert!(explains(&fact, &refused(Cause::Disabled("run.googleapis.com".to_owned()), ""), &any));
        assert!(!explains(&fact, &refused(Cause::Disabled("pubsub.googleapis.com".to_owned()), ""), &any));
        assert!(!explains(&fact, &refused(Cause::Denied, ""), &any));
    }
}
