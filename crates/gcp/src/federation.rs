//! Credentials of a job elsewhere (workload identity federation), as a credentials file of type `external_account`
//! describes them.
//!
//! <https://google.aip.dev/auth/4117>

use engine::Lost;
use google_cloud_auth::credentials::{AccessTokenCredentials, external_account};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::client::{Endpoint, SCOPE, no_credentials};

/// The variable that names a credentials file, for every Google tool.
const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
const IMPERSONATION: &str = "service_account_impersonation_url";

/// What to do where a job's identity is refused.
pub(crate) const HINT: &str = "only jobs of the repository, branches and environment that `stack bootstrap github` was given are \
                               let in; a job's identity lasts for minutes, and is asked for anew by `stack ci login`";

/// The credentials file that the environment names, if it is of a job elsewhere and of this endpoint.
///
/// A local cloud is shown only a file whose tokens are exchanged at that very cloud: one of Google's would give away an
/// identity that counts there.
pub(crate) fn file(endpoint: &Endpoint) -> Option<Value> {
    let path = std::env::var_os(VARIABLE).filter(|it| !it.is_empty())?;
    // What is wrong with the file is said by whoever reads it as credentials.
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
    is_of(&file, endpoint).then_some(file)
}

fn is_of(file: &Value, endpoint: &Endpoint) -> bool {
    if file["type"] != "external_account" {
        return false;
    }
    let below = |base: &str| {
        let url = |name: &str| file[name].as_str();
        let is_below =
            |it: &str| it.strip_prefix(base.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'));
        url("token_url").is_some_and(is_below) && url(IMPERSONATION).is_none_or(is_below)
    };
    match endpoint {
        Endpoint::Google => true,
        Endpoint::Local(base) => below(base),
    }
}

/// Access tokens by a credentials file.
pub(crate) fn access(file: Value) -> Result<AccessTokenCredentials, Lost> {
    let builder = external_account::Builder::new(file).with_scopes([SCOPE]);
    builder.build_access_token_credentials().map_err(|it| no_credentials(&it))
}

/// An ID token of the service account that a credentials file acts as.
///
/// google-cloud-auth has none for this kind of credentials, so the account's token is asked for directly, with the job's
/// own identity: roles/iam.workloadIdentityUser lets it.
pub(crate) async fn id_token(mut file: Value, audience: &str) -> Result<String, Lost> {
    let refused = |reason: String, hint: &str| Lost::Credentials { reason, hint: Some(hint.to_owned()) };
    let Some(url) = file.as_object_mut().and_then(|it| it.remove(IMPERSONATION)) else {
        return Err(refused(
            "a job's own identity has no ID tokens".to_owned(),
            "log in as a service account: stack ci login --account ADDRESS",
        ));
    };
    let url = url.as_str().unwrap_or_default().replace(":generateAccessToken", ":generateIdToken");
    let token = access(file)?.access_token().await.map_err(|it| no_credentials(&it))?.token;
    let lost = |it: reqwest::Error| Lost::Broken { reason: it.without_url().to_string() };
    let http =
        reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build().map_err(lost)?;
    let answer = http
        .post(&url)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(CONTENT_TYPE, "application/json")
        .body(json!({ "audience": audience, "includeEmail": true }).to_string())
        .send()
        .await
        .map_err(lost)?;
    let status = answer.status();
    let text = answer.text().await.map_err(lost)?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match body["token"].as_str() {
        Some(token) if status.is_success() => Ok(token.to_owned()),
        Some(_) | None => {
            let said = body["error"]["message"].as_str().unwrap_or("no token");
            Err(refused(
                format!("an ID token for {audience} was refused: {status}: {said}"),
                "the job needs roles/iam.workloadIdentityUser on the account it acts as",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_cloud_is_shown_only_a_file_of_its_own() {
        let local = Endpoint::Local("http://127.0.0.1:8085".to_owned());
        let file = |token: &str, account: Option<&str>| {
            let mut file = json!({ "type": "external_account", "token_url": token });
            if let Some(account) = account {
                file[IMPERSONATION] = json!(account);
            }
            file
        };
        let own = "http://127.0.0.1:8085/sts/v1/token";
        assert!(is_of(&file(own, None), &local));
        assert!(is_of(&file(own, Some("http://127.0.0.1:8085/iamcredentials/v1/x")), &local));
        assert!(!is_of(&file("https://sts.googleapis.com/v1/token", None), &local));
        assert!(!is_of(&file("http://127.0.0.1:80855/sts/v1/token", None), &local));
        assert!(!is_of(&file(own, Some("https://iamcredentials.googleapis.com/v1/x")), &local));
        assert!(!is_of(&json!({ "type": "service_account", "token_url": own }), &local));
        assert!(is_of(&file("https://sts.googleapis.com/v1/token", None), &Endpoint::Google));
    }
}
