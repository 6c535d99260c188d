//! Who calls a service, and whether they may.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use serde_json::Value;

use crate::iam;
use crate::request::Caller;
use crate::store::{StoreError, Tx};

/// The caller that a request names; `None` if it names none: here, as at Google, who calls a service says who
/// they are, also the owner.
///
/// A bearer's token names a principal as everywhere in this cloud. So does an ID token of a service account,
/// by the email in it; its signature is not checked, since nobody but the person is on this machine.
pub fn caller(headers: &HeaderMap) -> Option<Caller> {
    let named = headers.get("x-serverless-authorization").or_else(|| headers.get(header::AUTHORIZATION))?;
    let named = named.to_str().ok()?;
    let (scheme, token) = named.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    match email_of(token.trim()).filter(|it| it.ends_with("gserviceaccount.com")) {
        Some(email) => Some(Caller::Principal(email.to_ascii_lowercase())),
        None => Some(Caller::of(Some(named))),
    }
}

/// The email in an ID token.
fn email_of(token: &str) -> Option<String> {
    let payload = token.strip_prefix("eyJ").and_then(|it| it.split('.').nth(1))?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims["email"].as_str().map(str::to_owned)
}

/// Whether a caller may call a service.
pub fn may_call(tx: &Tx, service: &Value, caller: Option<&Caller>) -> Result<bool, StoreError> {
    if service["invokerIamDisabled"] == true {
        return Ok(true);
    }
    let name = service["name"].as_str().unwrap_or_default();
    let project = name.split('/').nth(1).unwrap_or_default();
    iam::allowed(tx, caller, "run.routes.invoke", &iam::key("run", name), project)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &'static str, value: &str, want: Option<Caller>) {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        assert_eq!(caller(&headers), want, "{name}: {value}");
    }

    #[test]
    fn callers() {
        let account = "a@p-1.iam.gserviceaccount.com";
        let principal = Some(Caller::Principal(account.to_owned()));
        check("authorization", &format!("Bearer local.{account}"), principal.clone());
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"email\":\"{account}\",\"aud\":\"x\"}}"));
        check("authorization", &format!("bearer eyJh.{claims}.c2ln"), principal.clone());
        check("x-serverless-authorization", &format!("Bearer local.{account}"), principal);
        check("authorization", "Bearer anything", Some(Caller::Owner));
        check("authorization", "Basic eA==", None);
        check("accept", "*/*", None);
    }
}
