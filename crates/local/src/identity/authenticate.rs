//! Who a request says it is from: what stands in its `Authorization` header.

use std::sync::Arc;

use serde_json::{Value, json};

use super::id_token::claims;
use super::principal::Identity;
use super::token::{self, Holder};
use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::request::{Caller, last};
use crate::store::{StoreError, Tx};

/// Google's words for a token that it does not take.
const WORDS: &str = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
    valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

/// Whether a token has a form that only this cloud gives to tokens. One of any other form is the owner's.
pub fn is_ours(token: &str) -> bool {
    token.starts_with(token::PREFIX) || claims(token).is_some()
}

/// The caller that a header names.
///
/// # Errors
///
/// If it is a token in this cloud's own form that it did not issue, or that has ended, or whose holder is no more.
pub fn authenticate(cloud: &Cloud, authorization: Option<&str>) -> Result<Caller, Refusal> {
    let token = authorization.and_then(|it| it.split_once(' ')).map_or("", |(_, token)| token.trim());
    if token.starts_with(token::PREFIX) {
        let tx = cloud.store.read()?;
        return access_token(cloud, &tx, token);
    }
    match claims(token) {
        Some(claims) => by_id_token(cloud, &claims),
        None => Ok(Caller::of(token)),
    }
}

fn access_token(cloud: &Cloud, tx: &Tx, token: &str) -> Result<Caller, Refusal> {
    let found = token::find(tx, token)?.ok_or_else(|| refused("ACCESS_TOKEN_TYPE_UNSUPPORTED"))?;
    if found.ends <= cloud.clock.now() {
        return Err(refused("ACCESS_TOKEN_EXPIRED"));
    }
    match found.holder {
        Holder::Federated(identity) => match pool_is_active(cloud, tx, &identity)? {
            true => Ok(Caller::Federated(Arc::new(identity))),
            false => Err(refused("ACCOUNT_STATE_INVALID")),
        },
        Holder::Account { name, unique_id } => {
            let account = tx.get("iam/serviceAccounts", &name)?;
            match account.filter(|it| it["uniqueId"] == unique_id.as_str() && it["disabled"] != true) {
                Some(_) => Ok(Caller::Principal(last(&name).to_owned())),
                None => Err(refused("ACCOUNT_STATE_INVALID")),
            }
        }
    }
}

/// A pool that is disabled or deleted takes the power of its tokens away, until it is active again. A provider does
/// not: so Google describes both.
fn pool_is_active(cloud: &Cloud, tx: &Tx, identity: &Identity) -> Result<bool, StoreError> {
    let Some((number, rest)) = identity.pool.strip_prefix("projects/").and_then(|it| it.split_once('/'))
    else {
        return Ok(false);
    };
    let Some(project) = cloud.known(number) else { return Ok(false) };
    let pool = tx.get("iam/workloadIdentityPools", &format!("projects/{}/{rest}", project.id))?;
    Ok(pool.is_some_and(|it| it["state"] == "ACTIVE" && it["disabled"] != true))
}

fn by_id_token(cloud: &Cloud, claims: &Value) -> Result<Caller, Refusal> {
    if claims["exp"].as_i64().is_none_or(|it| it <= cloud.clock.now().unix_timestamp()) {
        return Err(refused("ACCESS_TOKEN_EXPIRED"));
    }
    if let Some(email) = claims["email"].as_str().filter(|it| it.contains('@')) {
        return Ok(Caller::Principal(email.to_ascii_lowercase()));
    }
    // Without an email it is the account of its unique id.
    let all = cloud.store.read()?.all("iam/serviceAccounts", "projects/")?;
    let found = all.into_iter().find(|(_, it)| claims["sub"].is_string() && it["uniqueId"] == claims["sub"]);
    match found.as_ref().and_then(|(_, it)| it["email"].as_str()) {
        Some(email) => Ok(Caller::Principal(email.to_owned())),
        None => Err(refused("ACCOUNT_STATE_INVALID")),
    }
}

fn refused(reason: &str) -> Refusal {
    Refusal::new(Code::Unauthenticated, WORDS).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {},
    }))
}
