//! Who calls a service, and whether they may.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::iam;
use crate::identity;
use crate::request::Caller;
use crate::store::{StoreError, Tx};

/// The caller that a request names; `None` if it names none: here, as at Google, who calls a service says who
/// they are, also the owner.
///
/// A bearer's token names a principal as everywhere in this cloud. So does an ID token of a service account that
/// another made, by the email in it; its signature is not checked, since nobody but the person is on this machine.
///
/// # Errors
///
/// If it is a token of this cloud's own that is not taken.
pub fn caller(cloud: &Cloud, headers: &HeaderMap) -> Result<Option<Caller>, Refusal> {
    let named = headers.get("x-serverless-authorization").or_else(|| headers.get(header::AUTHORIZATION));
    let Some(named) = named.and_then(|it| it.to_str().ok()) else { return Ok(None) };
    let Some((scheme, token)) = named.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim();
    let foreign = if identity::is_ours(token) { None } else { email_of(token) };
    match foreign.filter(|it| it.ends_with("gserviceaccount.com")) {
        Some(email) => Ok(Some(Caller::Principal(email.to_ascii_lowercase()))),
        None => identity::authenticate(cloud, Some(named)).map(Some),
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

    fn cloud() -> Cloud {
        let store = crate::store::Store::open(None).unwrap();
        Cloud::new(store, std::time::Duration::ZERO, ([127, 0, 0, 1], 8085).into(), None).unwrap()
    }

    fn check(name: &'static str, value: &str, want: Option<Caller>) {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        assert_eq!(caller(&cloud(), &headers).unwrap(), want, "{name}: {value}");
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
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer ya29.local.unknown".parse().unwrap());
        assert_eq!(caller(&cloud(), &headers).unwrap_err().code, crate::error::Code::Unauthenticated);
    }
}
