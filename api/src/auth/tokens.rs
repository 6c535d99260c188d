//! Google ID tokens: signed by one of Google's keys, for our audience, not expired.

use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::Denied;
use super::renewed::Renewed;
use super::signatures::{self, ALGORITHMS};
use crate::log::chain;
use crate::queue::Caller;

/// Checks tokens.
pub struct Tokens {
    http: reqwest::Client,
    url: String,
    audiences: Vec<String>,
    emails: Vec<String>,
    keys: Renewed<Vec<Jwk>>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

const ISSUERS: [&str; 3] =
    ["https://accounts.google.com", "accounts.google.com", "https://cloud.google.com/iap"];
/// Google changes its keys about weekly, and publishes each before it signs with it.
const LONGEST_HELD: Duration = Duration::from_secs(3600);
/// Clocks differ by this much, in seconds.
const LEEWAY: u64 = 10;
/// No token of Google's is longer.
const LONGEST: usize = 8192;

impl Tokens {
    /// Tokens for one of `audiences`, of one of `emails` (`*@example.com` for a domain; anybody's if there are
    /// none), signed with a key that is published at `url`.
    pub fn new(http: reqwest::Client, url: &str, audiences: &[String], emails: &[String]) -> Tokens {
        signatures::install();
        Tokens {
            http,
            url: url.to_owned(),
            audiences: audiences.to_vec(),
            emails: emails.to_vec(),
            keys: Renewed::new(LONGEST_HELD),
        }
    }

    /// The caller that a bearer token was issued to.
    ///
    /// # Errors
    /// What is wrong with the token, or that Google's keys cannot be fetched.
    pub async fn admit(&self, token: &str) -> Result<Caller, Denied> {
        let bad = |why: &dyn std::error::Error| Denied::BadToken(why.to_string());
        if token.len() > LONGEST {
            return Err(Denied::BadToken("it is too long".to_owned()));
        }
        let header = decode_header(token).map_err(|it| bad(&it))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Denied::BadToken("it is signed neither with RS256 nor with ES256".to_owned()));
        }
        let id = header.kid.ok_or_else(|| Denied::BadToken("it does not say its key".to_owned()))?;
        let key = DecodingKey::from_jwk(&self.key(&id).await?).map_err(|it| bad(&it))?;

        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_audience(&self.audiences);
        validation.set_issuer(&ISSUERS);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        let claims = decode::<Claims>(token, &key, &validation).map_err(|it| bad(&it))?.claims;
        self.judge(claims)
    }

    fn judge(&self, claims: Claims) -> Result<Caller, Denied> {
        let caller = Caller::account(claims.sub.as_deref().unwrap_or_default());
        if self.emails.is_empty() {
            return Ok(caller);
        }
        // An address that Google has not verified is anybody's claim.
        let email = claims.email.filter(|_| claims.email_verified);
        if email.as_ref().is_some_and(|email| self.emails.iter().any(|it| matches(it, email))) {
            return Ok(caller);
        }
        Err(Denied::Forbidden(email.or(claims.sub).unwrap_or_else(|| "this account".to_owned())))
    }

    async fn key(&self, id: &str) -> Result<Jwk, Denied> {
        let find = |keys: &Vec<Jwk>| keys.iter().find(|it| it.common.key_id.as_deref() == Some(id)).cloned();
        let fetch = || fetch(self.http.clone(), self.url.clone());
        match self.keys.find(find, fetch).await {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(Denied::BadToken("its key is not one of Google's".to_owned())),
            Err(problem) => {
                let detail = format!("{} cannot be fetched: {problem}", self.url);
                Err(Denied::Unavailable("tokens cannot be checked now", detail))
            }
        }
    }
}

async fn fetch(http: reqwest::Client, url: String) -> Result<Vec<Jwk>, String> {
    let response = http.get(url).send().await.map_err(|it| chain(&it))?;
    let response = response.error_for_status().map_err(|it| chain(&it))?;
    let text = response.text().await.map_err(|it| chain(&it))?;
    serde_json::from_str::<JwkSet>(&text).map(|it| it.keys).map_err(|it| it.to_string())
}

fn matches(pattern: &str, email: &str) -> bool {
    match pattern.strip_prefix('*') {
        // With the `@`, or "*ample.com" would let in "ex@evilample.com".
        Some(domain) => {
            let end = email.rfind('@').map(|at| &email[at..]);
            domain.starts_with('@') && end.is_some_and(|it| it.eq_ignore_ascii_case(domain))
        }
        None => pattern.eq_ignore_ascii_case(email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_matched_whole_or_by_domain() {
        assert!(matches("a@example.com", "A@example.com"));
        assert!(!matches("a@example.com", "b@example.com"));
        assert!(matches("*@example.com", "b@Example.com"));
        assert!(!matches("*@example.com", "b@evil-example.com"));
        assert!(!matches("*@example.com", "b@example.com@evil.com"));
        assert!(!matches("*ample.com", "b@example.com"));
    }
}
