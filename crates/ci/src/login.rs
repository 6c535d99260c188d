//! Credentials of a job by its identity token, without a key: workload identity federation.
//!
//! <https://docs.github.com/actions/reference/security/oidc>, <https://google.aip.dev/auth/4117>

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Env;

/// How a job of GitHub Actions becomes somebody at Google.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federation {
    /// `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`.
    pub provider: String,
    /// The service account to act as; the job's own identity if there is none.
    pub account: Option<String>,
    /// Where tokens are exchanged and accounts impersonated; Google unless a local cloud.
    pub endpoint: Option<String>,
}

/// Why a job has no credentials.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("this job gets no identity token: {0} is not set")]
    NoToken(&'static str),
    #[error("{0:?} is not the name of a provider")]
    Provider(String),
    #[error("{0:?} is not a service account's address")]
    Account(String),
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

impl LoginError {
    /// Advice for the person who reads the error.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            LoginError::NoToken(_) => Some(
                "give the job `permissions: id-token: write`; a pull request from a fork gets none, so that a stranger's \
                 change cannot act as this repository",
            ),
            LoginError::Provider(_) => Some(
                "it is projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, as `stack bootstrap \
                 github` prints it",
            ),
            LoginError::Account(_) => Some("it is NAME@PROJECT.iam.gserviceaccount.com"),
            LoginError::Write { .. } => None,
        }
    }
}

impl Federation {
    /// The credentials file: where the job's token comes from, and what it is exchanged for. Google's client libraries,
    /// gcloud and Terraform read the same file.
    ///
    /// # Errors
    /// When the job gets no identity token, or a name is no name.
    pub fn credentials(&self, env: Env<'_>) -> Result<Value, LoginError> {
        let need = |name: &'static str| env(name).ok_or(LoginError::NoToken(name));
        let url = need("ACTIONS_ID_TOKEN_REQUEST_URL")?;
        let token = need("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?;
        if !is_provider(&self.provider) {
            return Err(LoginError::Provider(self.provider.clone()));
        }
        let audience = format!("//iam.googleapis.com/{}", self.provider);
        let joint = if url.contains('?') { '&' } else { '?' };
        let asked = encoded(&format!("https:{audience}"));
        let (exchange, impersonation) = match &self.endpoint {
            None => {
                ("https://sts.googleapis.com".to_owned(), "https://iamcredentials.googleapis.com".to_owned())
            }
            Some(base) => {
                let base = base.trim_end_matches('/');
                (format!("{base}/sts"), format!("{base}/iamcredentials"))
            }
        };
        let mut file = json!({
            "type": "external_account",
            "audience": audience,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": format!("{exchange}/v1/token"),
            "credential_source": {
                "url": format!("{url}{joint}audience={asked}"),
                "headers": { "Authorization": format!("Bearer {token}") },
                "format": { "type": "json", "subject_token_field_name": "value" },
            },
        });
        if let Some(account) = &self.account {
            if !is_account(account) {
                return Err(LoginError::Account(account.clone()));
            }
            let url = format!("{impersonation}/v1/projects/-/serviceAccounts/{account}:generateAccessToken");
            file["service_account_impersonation_url"] = json!(url);
        }
        Ok(file)
    }

    /// Writes the credentials file into a folder, readable by this user alone, and tells where.
    ///
    /// # Errors
    /// As [`credentials`](Federation::credentials), and when the file cannot be written.
    pub fn write(&self, env: Env<'_>, folder: &Path) -> Result<PathBuf, LoginError> {
        let path = folder.join("google-credentials.json");
        let text = self.credentials(env)?.to_string();
        write_private(&path, &text).map_err(|source| LoginError::Write { path: path.clone(), source })?;
        Ok(path)
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    // A file that is there already would keep its mode.
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

fn is_provider(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["projects", number, "locations", "global", "workloadIdentityPools", pool, "providers", provider] => {
            !number.is_empty()
                && number.bytes().all(|it| it.is_ascii_digit())
                && !pool.is_empty()
                && !provider.is_empty()
        }
        _ => false,
    }
}

fn is_account(address: &str) -> bool {
    let fits = |it: &str| {
        !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':'))
    };
    address.split_once('@').is_some_and(|(name, domain)| fits(name) && fits(domain))
        && address.ends_with(".gserviceaccount.com")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const PROVIDER: &str =
        "projects/123456789012/locations/global/workloadIdentityPools/github/providers/repository";

    fn job(name: &str) -> Option<String> {
        match name {
            "ACTIONS_ID_TOKEN_REQUEST_URL" => {
                Some("https://run.actions.example/token?api-version=2.0".to_owned())
            }
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some("request-token".to_owned()),
            _ => None,
        }
    }

    fn federation(account: Option<&str>) -> Federation {
        Federation { provider: PROVIDER.to_owned(), account: account.map(str::to_owned), endpoint: None }
    }

    #[test]
    fn the_file_says_where_the_token_comes_from_and_what_for() {
        let file = federation(Some("deployer@p.iam.gserviceaccount.com")).credentials(&job).unwrap();
        let source = &file["credential_source"];
        assert_eq!(
            source["url"],
            "https://run.actions.example/token?api-version=2.0&audience=https%3A%2F%2Fiam.googleapis.com%2Fprojects%2F\
             123456789012%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fgithub%2Fproviders%2Frepository"
        );
        assert_eq!(source["headers"]["Authorization"], "Bearer request-token");
        assert_eq!(file["audience"], format!("//iam.googleapis.com/{PROVIDER}"));
        assert_eq!(file["token_url"], "https://sts.googleapis.com/v1/token");
        assert_eq!(
            file["service_account_impersonation_url"],
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/deployer@p.iam.gserviceaccount.com:\
             generateAccessToken"
        );
        let direct = federation(None).credentials(&job).unwrap();
        assert!(direct.get("service_account_impersonation_url").is_none());
    }

    #[test]
    fn a_job_without_a_token_is_told_why() {
        let error = federation(None).credentials(&|_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this job gets no identity token: ACTIONS_ID_TOKEN_REQUEST_URL is not set"
        );
        assert!(error.hint().unwrap().contains("a pull request from a fork gets none"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let provider = Federation { provider: "github".to_owned(), ..federation(None) };
        assert!(matches!(provider.credentials(&job), Err(LoginError::Provider(_))));
        for address in ["me@example.com", "a b@p.iam.gserviceaccount.com", "deployer"] {
            assert!(
                matches!(federation(Some(address)).credentials(&job), Err(LoginError::Account(_))),
                "{address}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = federation(None).write(&job, folder.path()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // Once more, for a job may log in as two accounts.
        federation(Some("deployer@p.iam.gserviceaccount.com")).write(&job, folder.path()).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("generateAccessToken"));
    }
}
