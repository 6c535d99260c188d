//! Security Token Service v1: exchanges a credential of another identity provider for an access token of this cloud.
//!
//! <https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token>

use serde_json::{Map, Value, json};
use time::Duration;

use crate::cloud::Project;
use crate::error::{Code, Refusal};
use crate::identity::{self, Holder, Jwt};
use crate::request::{Answer, Handler, Request};
use crate::serve;
use crate::store::Tx;
use crate::validate::{Query, camel};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:";
/// Credentials that Google takes and that are not served here.
const OTHER_CREDENTIALS: &[&str] = &[
    "urn:ietf:params:aws:token-type:aws4_request",
    "urn:ietf:params:oauth:token-type:access_token",
    "urn:ietf:params:oauth:token-type:mtls",
    "urn:ietf:params:oauth:token-type:saml2",
];

/// How long an access token holds.
const LIFETIME: Duration = Duration::HOUR;
/// The most time between the issue of a credential and its end, and the most since its issue.
const LONGEST: i64 = 24 * 60 * 60;
/// How much an issuer's clock may be ahead of ours, in seconds.
const SKEW: i64 = 60;

/// The handler of a method, named without `sts.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    match method {
        "token" => Some(token),
        _ => None,
    }
}

/// A form as the body that the description knows: parameters that it does not know are ignored, as RFC 6749 asks.
pub fn form(bytes: &[u8]) -> Value {
    const KNOWN: &[&str] = &[
        "grant_type",
        "audience",
        "scope",
        "requested_token_type",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "options",
    ];
    let form = Query::parse(&String::from_utf8_lossy(bytes));
    let given = KNOWN.iter().filter_map(|it| Some((camel(it), Value::from(form.get(it)?))));
    Value::Object(given.collect::<Map<String, Value>>())
}

fn invalid_request(description: impl Into<String>) -> Refusal {
    Refusal::oauth("invalid_request", description)
}

fn invalid_grant(description: impl Into<String>) -> Refusal {
    Refusal::oauth("invalid_grant", description)
}

fn not_served(what: &str) -> Refusal {
    Refusal::new(Code::Unimplemented, format!("The local cloud does not exchange {what}."))
}

/// A parameter that must be there.
fn required<'a>(request: &'a Request<'_>, field: &str, name: &str) -> Result<&'a str, Refusal> {
    match request.text(field) {
        "" => Err(invalid_request(format!("Missing required parameter: {name}."))),
        given => Ok(given),
    }
}

/// Checks what does not depend on the provider, and gives the scopes.
fn check(request: &Request<'_>) -> Result<Vec<String>, Refusal> {
    let grant = required(request, "grantType", "grant_type")?;
    if grant != GRANT_TYPE {
        return Err(Refusal::oauth(
            "unsupported_grant_type",
            format!("Invalid value for \"grant_type\". This value should be {GRANT_TYPE}."),
        ));
    }
    required(request, "subjectToken", "subject_token")?;
    let kind = required(request, "subjectTokenType", "subject_token_type")?;
    if OTHER_CREDENTIALS.contains(&kind) {
        return Err(not_served(&format!("a {kind}, only JSON Web Tokens of an OpenID Connect provider")));
    }
    if !matches!(kind.strip_prefix(TOKEN_TYPE), Some("jwt" | "id_token")) {
        return Err(invalid_request(format!(
            "Invalid value for \"subject_token_type\". This value should be {TOKEN_TYPE}jwt or {TOKEN_TYPE}id_token."
        )));
    }
    let wanted = required(request, "requestedTokenType", "requested_token_type")?;
    match wanted.strip_prefix(TOKEN_TYPE) {
        Some("access_token") => {}
        Some("access_boundary_intermediary_token") => {
            return Err(not_served("a credential for an access boundary token"));
        }
        Some(_) | None => {
            return Err(invalid_request(format!(
                "Invalid value for \"requested_token_type\". This value should be {TOKEN_TYPE}access_token."
            )));
        }
    }
    if !request.text("actorToken").is_empty() {
        return Err(not_served("an actor token"));
    }
    let options = request.text("options");
    if !options.is_empty() && !serde_json::from_str::<Value>(options).is_ok_and(|it| it.is_object()) {
        return Err(invalid_request("Invalid value for \"options\". This value should be a JSON object."));
    }
    let scopes: Vec<String> =
        required(request, "scope", "scope")?.split_ascii_whitespace().map(str::to_owned).collect();
    let known =
        |it: &String| it.starts_with("https://") || matches!(it.as_str(), "openid" | "email" | "profile");
    match scopes.iter().find(|it| !known(it)) {
        Some(scope) => Err(Refusal::oauth("invalid_scope", format!("Invalid scope: {scope}."))),
        None => Ok(scopes),
    }
}

/// The provider that an audience names.
struct Target {
    project: Project,
    /// `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.
    pool: String,
    /// The same and `/providers/PROVIDER`.
    name: String,
    provider: Value,
}

fn target(tx: &Tx, request: &Request<'_>) -> Result<Target, Refusal> {
    let audience = required(request, "audience", "audience")?;
    let malformed = || {
        invalid_request(
            "Invalid value for \"audience\". This value should be the full resource name of the Identity Provider. See \
             https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.",
        )
    };
    let name = audience.strip_prefix("//iam.googleapis.com/").ok_or_else(malformed)?;
    if name.starts_with("locations/global/workforcePools/") {
        return Err(not_served("a credential of a workforce pool"));
    }
    let parts: Vec<&str> = name.split('/').collect();
    let ["projects", number, "locations", "global", "workloadIdentityPools", pool, "providers", provider] =
        parts[..]
    else {
        return Err(malformed());
    };
    let absent = || {
        Refusal::oauth(
            "invalid_target",
            "The target service indicated by the \"audience\" parameters is invalid. This might either be because the \
             pool or provider is disabled or deleted or because it doesn't exist.",
        )
    };
    // A project is named by its number here, and not by its id.
    let project = request.cloud.known(number).filter(|it| it.number == number).ok_or_else(absent)?;
    let of = format!("projects/{}/locations/global/workloadIdentityPools/{pool}", project.id);
    let active = |collection: &str, name: &str| -> Result<Value, Refusal> {
        let found = tx.get(collection, name)?;
        found.filter(|it| it["state"] == "ACTIVE" && it["disabled"] != true).ok_or_else(absent)
    };
    active("iam/workloadIdentityPools", &of)?;
    let provider = active("iam/providers", &format!("{of}/providers/{provider}"))?;
    let pool = format!("projects/{number}/locations/global/workloadIdentityPools/{pool}");
    Ok(Target { project, pool, name: name.to_owned(), provider })
}

fn token(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let scopes = check(request)?;
    let target = target(tx, request)?;
    serve::check_enabled_in(tx, request, &target.project)?;
    let oidc = &target.provider["oidc"];
    if !oidc.is_object() {
        return Err(invalid_request(
            "The provider takes no JSON Web Tokens: it is not an OpenID Connect provider.",
        ));
    }
    let jwt = Jwt::parse(request.text("subjectToken"))
        .map_err(|why| invalid_grant(format!("The given credential is not a valid ID Token: {why}.")))?;
    check_issuer(&target, jwt.claims())?;
    verify(request, oidc, &jwt)?;
    check_times(jwt.claims(), request.now.unix_timestamp())?;
    let identity = identity::map(&target.provider, target.pool, jwt.claims())
        .map_err(|why| Refusal::oauth(why.code(), why.to_string()))?;
    // Keys may have been fetched meanwhile: nobody else waited for that.
    let mut tx = request.cloud.store.write()?;
    let token = identity::issue(&mut tx, &Holder::Federated(identity), &scopes, request.now, LIFETIME)?;
    tx.commit()?;
    Ok(Answer::json(json!({
        "access_token": token,
        "issued_token_type": format!("{TOKEN_TYPE}access_token"),
        "token_type": "Bearer",
        "expires_in": LIFETIME.whole_seconds(),
    })))
}

/// Checks who issued a credential, and for whom.
fn check_issuer(target: &Target, claims: &Value) -> Result<(), Refusal> {
    let oidc = &target.provider["oidc"];
    let (found, wanted) = (claims["iss"].as_str().unwrap_or_default(), oidc["issuerUri"].as_str());
    if Some(found) != wanted {
        return Err(invalid_grant(format!(
            "The issuer in ID Token {found} does not match the expected one in config: {}.",
            wanted.unwrap_or_default()
        )));
    }
    let allowed: Vec<String> = oidc["allowedAudiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let allowed = match allowed.is_empty() {
        false => allowed,
        true => ["https:", ""].map(|it| format!("{it}//iam.googleapis.com/{}", target.name)).into(),
    };
    let audiences: Vec<&str> = match &claims["aud"] {
        Value::String(it) => vec![it],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if audiences.iter().any(|it| allowed.iter().any(|allowed| allowed == it)) {
        return Ok(());
    }
    Err(invalid_grant(format!(
        "The audience in ID Token [{}] does not match the expected audience {}.",
        audiences.join(", "),
        allowed.join(" or ")
    )))
}

/// Verifies a credential's signature, with the keys that the provider was given or else its issuer's.
fn verify(request: &Request<'_>, oidc: &Value, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let given = oidc["jwksJson"].as_str().filter(|it| !it.is_empty());
    let keys = match given {
        Some(text) => {
            let set = serde_json::from_str(text).ok();
            set.as_ref().and_then(identity::Keys::parse).ok_or_else(|| {
                invalid_grant("Error connecting to the given credential's issuer. Its provider's jwksJson is no key set.")
            })?
        }
        None => {
            let issuer = oidc["issuerUri"].as_str().unwrap_or_default();
            let discovery = oidc["discoveryUri"].as_str().filter(|it| !it.is_empty());
            identity::keys_of(issuer, discovery, &request.cloud.issuers).map_err(|why| {
                invalid_grant(format!("Error connecting to the given credential's issuer. {why}."))
            })?
        }
    };
    jwt.verify(&keys)
        .map_err(|why| invalid_grant(format!("The given credential is not a valid ID Token: {why}.")))
}

/// Checks when a credential holds.
fn check_times(claims: &Value, now: i64) -> Result<(), Refusal> {
    let time = |name: &str| claims[name].as_f64().map(|it| it as i64);
    let missing =
        |name| invalid_grant(format!("The ID Token has no claim \"{name}\", or it is not a number."));
    let issued = time("iat").ok_or_else(|| missing("iat"))?;
    let ends = time("exp").ok_or_else(|| missing("exp"))?;
    if claims["sub"].as_str().is_none_or(str::is_empty) {
        return Err(invalid_grant("The ID Token has no claim \"sub\"."));
    }
    if ends <= now || issued < now - LONGEST {
        return Err(invalid_grant(format!("ID Token issued at {issued} is stale to sign-in.")));
    }
    let begins = match claims.get("nbf") {
        None => issued,
        Some(_) => time("nbf").ok_or_else(|| missing("nbf"))?.max(issued),
    };
    if begins > now + SKEW {
        return Err(invalid_grant(format!("ID Token issued at {issued} is not valid before {begins}.")));
    }
    if ends.saturating_sub(issued) > LONGEST {
        return Err(invalid_grant(format!(
            "ID Token issued at {issued} is valid until {ends}, which is longer than the maximum of 24 hours."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_credential_holds() {
        let now = 1_800_000_000;
        let check = |iat: i64, exp: i64| check_times(&json!({"sub": "s", "iat": iat, "exp": exp}), now);
        assert!(check(now, now + 1).is_ok());
        assert!(check(now + SKEW, now + 300).is_ok());
        assert!(check(now - LONGEST, now).is_err());
        assert!(check(now - 10, now - 10 + LONGEST).is_ok());
        for (iat, exp, words) in [
            (now - 600, now, "is stale"),
            (now - LONGEST - 1, now + 1, "is stale"),
            (now + SKEW + 1, now + 300, "is not valid before"),
            (now - 10, now - 9 + LONGEST, "24 hours"),
            (now, i64::MAX, "24 hours"),
        ] {
            let refusal = check(iat, exp).expect_err(words);
            assert!(refusal.message.contains(words), "{}", refusal.message);
            assert_eq!(refusal.oauth, Some("invalid_grant"));
        }
        let later = json!({"sub": "s", "iat": now, "exp": now + 300, "nbf": now + 200});
        assert!(check_times(&later, now).is_err());
        for claims in [
            json!({"iat": now, "exp": now + 1}),
            json!({"sub": "s", "iat": "x", "exp": now + 1}),
            json!({"sub": "s", "iat": now}),
        ] {
            assert!(check_times(&claims, now).is_err(), "{claims}");
        }
    }

    #[test]
    fn forms() {
        let body = form(b"grant_type=a%3Ab&scope=x+y&unknown=1&audience=%2F%2Fiam");
        assert_eq!(body, json!({"grantType": "a:b", "scope": "x y", "audience": "//iam"}));
    }
}
