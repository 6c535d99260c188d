//! What Google's error answers mean.

use engine::{Answer, Call, Cause, Refusal};
use serde_json::Value;

use crate::permissions::roles;

/// Understands an answer that is no success.
pub fn refusal(call: &Call, answer: &Answer) -> Refusal {
    let error = &answer.body["error"];
    // A registry of images answers as the OCI distribution specification says.
    let words = error.get("message").or_else(|| answer.body["errors"][0].get("message"));
    let message = match words.and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None if answer.body.is_string() => {
            answer.body.as_str().unwrap_or_default().chars().take(300).collect()
        }
        None => format!("{call} was answered with nothing that explains it"),
    };
    // One-Platform services say a status, Cloud Storage and BigQuery a reason.
    let reason = error["errors"][0]["reason"].as_str().unwrap_or_default();
    let status = error["status"].as_str().unwrap_or_default();
    let info = error["details"].as_array().into_iter().flatten().find(|it| it.get("reason").is_some());
    let info_reason = info.and_then(|it| it["reason"].as_str()).unwrap_or_default();
    let disabled = info.and_then(|it| it["metadata"]["service"].as_str()).unwrap_or(&call.service);
    let cause = cause(answer.status, status, reason, info_reason, &message, disabled);
    let code = [status, reason].into_iter().find(|it| !it.is_empty()).unwrap_or_default().to_owned();
    let hint = hint(&cause, info, &message);
    let told = |name: &str| info.and_then(|it| it["metadata"][name].as_str()).map(str::to_owned);
    let (principal, resource) = (told("principal"), told("resource"));
    Refusal { cause, status: answer.status, code, message, hint, principal, resource }
}

fn cause(http: u16, status: &str, reason: &str, info: &str, message: &str, service: &str) -> Cause {
    let says = |text: &str| message.to_lowercase().contains(text);
    if info == "SERVICE_DISABLED" || reason == "accessNotConfigured" || says("has not been used in project") {
        return Cause::Disabled(service.to_owned());
    }
    match http {
        400 if says("another activation or deactivation is in progress") => Cause::Busy,
        400 if status == "FAILED_PRECONDITION" || says("precondition check failed") => Cause::Precondition,
        400 => Cause::Invalid,
        401 => Cause::Unauthenticated,
        403 if matches!(reason, "rateLimitExceeded" | "userRateLimitExceeded" | "quotaExceeded")
            || info == "RATE_LIMIT_EXCEEDED"
            || info == "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"
            || says("quota exceeded for quota metric") =>
        {
            Cause::Throttled
        }
        403 => Cause::Denied,
        404 => Cause::NotFound,
        409 if reason == "operationInProgress"
            || says("cannot be queued")
            || says("too many concurrent edits") =>
        {
            Cause::Busy
        }
        // The one status for "somebody else has the name" and "somebody else was quicker".
        409 if status == "ABORTED" || says("concurrent") || says("etag") => Cause::Stale,
        409 => Cause::Exists,
        412 => Cause::Stale,
        429 => Cause::Throttled,
        408 | 500..=504 => Cause::Unavailable,
        _ => Cause::Other,
    }
}

fn hint(cause: &Cause, info: Option<&Value>, message: &str) -> Option<String> {
    match cause {
        Cause::Denied => {
            let permission = info.and_then(|it| it["metadata"]["permission"].as_str()).map(str::to_owned);
            // "Permission 'x.y.z' denied on resource …"
            let permission = permission
                .or_else(|| message.split('\'').nth(1).filter(|it| it.contains('.')).map(str::to_owned));
            Some(match permission {
                Some(it) => match roles(&it) {
                    roles if roles.is_empty() => format!("the account you run as needs the permission {it}"),
                    roles => {
                        let roles = roles.join(" or ");
                        format!("the account you run as needs the permission {it}, which {roles} has")
                    }
                },
                None => "ask for the role that this needs, or run as another account".to_owned(),
            })
        }
        Cause::Unauthenticated => Some("run `gcloud auth application-default login` again".to_owned()),
        Cause::Disabled(service) => Some(format!("enable it: gcloud services enable {service}")),
        Cause::Throttled => Some(
            "a quota is used up: wait, or ask for more in the console under IAM & Admin, Quotas".to_owned(),
        ),
        Cause::NotFound
        | Cause::Exists
        | Cause::Stale
        | Cause::Busy
        | Cause::Unavailable
        | Cause::Invalid
        | Cause::Precondition
        | Cause::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cause_of(status: u16, body: Value) -> Cause {
        refusal(&Call::get("pubsub.googleapis.com", "v1/x"), &Answer { status, retry_after: None, body })
            .cause
    }

    #[test]
    fn one_status_many_causes() {
        let one_platform =
            |code: u16, status: &str| json!({ "error": { "code": code, "message": "m", "status": status } });
        assert_eq!(cause_of(409, one_platform(409, "ALREADY_EXISTS")), Cause::Exists);
        assert_eq!(cause_of(409, one_platform(409, "ABORTED")), Cause::Stale);
        assert_eq!(
            cause_of(412, json!({ "error": { "errors": [{ "reason": "conditionNotMet" }] } })),
            Cause::Stale
        );
        assert_eq!(
            cause_of(403, json!({ "error": { "errors": [{ "reason": "rateLimitExceeded" }] } })),
            Cause::Throttled
        );
        let disabled = json!({ "error": { "code": 403, "message": "m", "status": "PERMISSION_DENIED", "details": [
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
              "metadata": { "service": "run.googleapis.com" } } ] } });
        assert_eq!(cause_of(403, disabled), Cause::Disabled("run.googleapis.com".to_owned()));
        assert_eq!(cause_of(502, json!("<html>bad gateway</html>")), Cause::Unavailable);
        let registry = json!({ "errors": [{ "code": "DENIED", "message": "no upload for you" }] });
        let answer = Answer { status: 403, retry_after: None, body: registry };
        let call = Call::new(engine::Method::Put, "us-docker.pkg.dev", "v2/p/r/n/manifests/latest");
        let found = refusal(&call, &answer);
        assert_eq!((found.cause, found.message.as_str()), (Cause::Denied, "no upload for you"));
    }
}
