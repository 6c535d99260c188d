//! IAM Service Account Credentials v1: short-lived tokens that stand for service accounts.
//!
//! <https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts>

use serde_json::{Value, json};
use time::Duration;

use super::iam::account;
use crate::error::Refusal;
use crate::iam;
use crate::identity::{self, Holder};
use crate::moment;
use crate::request::{Answer, Caller, Handler, Request, last};
use crate::store::Tx;

/// The longest that an access token holds, and how long it does unless said.
const LONGEST: Duration = Duration::HOUR;

/// The handler of a method, named without `iamcredentials.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    match method {
        "projects.serviceAccounts.generateAccessToken" => Some(generate_access_token),
        "projects.serviceAccounts.generateIdToken" => Some(generate_id_token),
        _ => None,
    }
}

/// The account that the path names, if the caller may have tokens of it, through the delegates that the request names.
fn impersonated(tx: &Tx, request: &Request<'_>, permission: &str) -> Result<Value, Refusal> {
    let delegates = request.body["delegates"].as_array().map_or(&[][..], Vec::as_slice);
    let mut caller = request.caller.clone();
    for (at, delegate) in delegates.iter().enumerate() {
        let named = delegate.as_str().unwrap_or_default();
        let id = named.strip_prefix("projects/-/serviceAccounts/").ok_or_else(|| {
            Refusal::invalid(format!(
                "Invalid value at 'delegates[{at}]': \"{named}\" must be projects/-/serviceAccounts/ACCOUNT."
            ))
        })?;
        let (name, _) = usable(tx, &caller, id, "iam.serviceAccounts.implicitDelegation")?;
        caller = Caller::Principal(last(&name).to_owned());
    }
    usable(tx, &caller, request.id(), permission).map(|(_, account)| account)
}

/// An account that is not disabled, by its email or unique id, if a caller holds a permission on it.
fn usable(tx: &Tx, caller: &Caller, id: &str, permission: &str) -> Result<(String, Value), Refusal> {
    let denied = || {
        Refusal::denied(format!("Permission '{permission}' denied on resource (or it may not exist)."))
            .detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
                "metadata": {"permission": permission},
            }))
    };
    let Some((name, account)) = account(tx, id)? else {
        return Err(match caller {
            Caller::Owner => Refusal::not_found(format!("Not found; Gaia id not found for email {id}")),
            // Who may not know whether an account exists is not told.
            Caller::Principal(_) | Caller::Federated(_) => denied(),
        });
    };
    let project = name.split('/').nth(1).unwrap_or_default();
    if !iam::allowed(tx, Some(caller), permission, &iam::key("iam", &name), project)? {
        return Err(denied());
    }
    if account["disabled"] == true {
        return Err(Refusal::precondition(format!("Service account {} is disabled.", last(&name))));
    }
    Ok((name, account))
}

fn generate_access_token(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scopes: Vec<String> = request.body["scope"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() || scopes.iter().any(String::is_empty) {
        return Err(Refusal::invalid("The field scope is required: at least one OAuth 2.0 scope."));
    }
    let lifetime = lifetime(request)?;
    let account = impersonated(tx, request, "iam.serviceAccounts.getAccessToken")?;
    let text = |field: &str| account[field].as_str().unwrap_or_default().to_owned();
    let holder = Holder::Account { name: text("name"), unique_id: text("uniqueId") };
    let token = identity::issue(tx, &holder, &scopes, request.now, lifetime)?;
    let ends = request.now.saturating_add(lifetime);
    Ok(Answer::json(json!({"accessToken": token, "expireTime": moment::seconds(ends)})))
}

fn lifetime(request: &Request<'_>) -> Result<Duration, Refusal> {
    let given = request.text("lifetime");
    if given.is_empty() {
        return Ok(LONGEST);
    }
    let seconds = given.strip_suffix('s').and_then(|it| it.parse::<f64>().ok());
    let lifetime = seconds.and_then(Duration::checked_seconds_f64).filter(|it| it.is_positive());
    match lifetime {
        Some(lifetime) if lifetime <= LONGEST => Ok(lifetime),
        Some(_) => Err(Refusal::invalid(
            "The access token lifetime cannot exceed 3600 seconds: the constraint \
             iam.allowServiceAccountCredentialLifetimeExtension, which allows more, is not set for the service account.",
        )),
        None => Err(Refusal::invalid(format!("Invalid lifetime \"{given}\": it must be longer than 0s."))),
    }
}

/// An ID token as Google writes it, but for its signature, which only this cloud takes.
fn generate_id_token(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let audience = request.text("audience");
    if audience.is_empty() {
        return Err(Refusal::invalid("The field audience is required."));
    }
    let account = impersonated(tx, request, "iam.serviceAccounts.getOpenIdToken")?;
    let now = request.now.unix_timestamp();
    let mut claims = json!({
        "aud": audience,
        "azp": account["uniqueId"],
        "exp": now + 3_600,
        "iat": now,
        "iss": "https://accounts.google.com",
        "sub": account["uniqueId"],
    });
    if request.body["includeEmail"] == true {
        claims["email"] = account["email"].clone();
        claims["email_verified"] = json!(true);
    }
    if request.body["organizationNumberIncluded"] == true {
        claims["google"] = json!({"organization_number": null});
    }
    Ok(Answer::json(json!({"token": identity::id_token(&claims)})))
}
