//! Who we are to a registry.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use google_cloud_auth::credentials;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::reference::Reference;

/// What is shown to a registry that asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    Anonymous,
    Password {
        user: String,
        password: String,
    },
    /// A token that is exchanged for others: what `docker login` keeps for some registries.
    Identity(String),
    /// A token that is sent with every request, unasked.
    Bearer(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.who())
    }
}

/// Why it is not known who we are.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoginError {
    #[error("no usable Google credentials: {reason}")]
    Google { reason: String },
    #[error("{} is not as docker login writes it: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{program}, which {} names, failed: {reason}", path.display())]
    Helper { program: String, path: PathBuf, reason: String },
}

impl LoginError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            LoginError::Google { .. } => {
                "run `gcloud auth application-default login`, or let GOOGLE_APPLICATION_CREDENTIALS name a \
                 credentials file"
            }
            LoginError::Damaged { .. } | LoginError::Helper { .. } => {
                "log in again, or let DOCKER_CONFIG name another folder"
            }
        };
        Some(text.to_owned())
    }
}

/// The user's name that makes Google's registries take an OAuth token for a password.
const GOOGLE_USER: &str = "oauth2accesstoken";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The user's name by which Docker's files say that the password is an identity token.
const TOKEN_USER: &str = "<token>";

impl Login {
    /// For messages; never the secret.
    pub fn who(&self) -> String {
        match self {
            Login::Anonymous => "anybody without a login".to_owned(),
            Login::Password { user, .. } if user == GOOGLE_USER => "this Google access token".to_owned(),
            Login::Password { user, .. } => format!("{user} with this password"),
            Login::Identity(_) => "this identity token".to_owned(),
            Login::Bearer(_) => "this token".to_owned(),
        }
    }

    /// Google's registries: GOOGLE_OAUTH_ACCESS_TOKEN, application default credentials, then as others.
    /// Others: what `docker login` or `podman login` left, else nobody.
    pub async fn find(to: &Reference) -> Result<Login, LoginError> {
        if !to.is_google() {
            return Ok(docker(&to.registry).await?.unwrap_or(Login::Anonymous));
        }
        let password = |token: String| Login::Password { user: GOOGLE_USER.to_owned(), password: token };
        if let Some(token) = std::env::var("GOOGLE_OAUTH_ACCESS_TOKEN").ok().filter(|it| !it.is_empty()) {
            return Ok(password(token));
        }
        match google().await {
            Ok(token) => Ok(password(token)),
            Err(error) => docker(&to.registry).await?.ok_or(error),
        }
    }
}

async fn google() -> Result<String, LoginError> {
    let failed = |it: &dyn std::error::Error| {
        let mut reason = it.to_string();
        let mut cause = it.source();
        while let Some(it) = cause {
            reason.push_str(&format!(": {it}"));
            cause = it.source();
        }
        LoginError::Google { reason }
    };
    let builder = credentials::Builder::default().with_scopes([SCOPE]);
    let credentials = builder.build_access_token_credentials().map_err(|it| failed(&it))?;
    credentials.access_token().await.map(|it| it.token).map_err(|it| failed(&it))
}

/// `config.json` of Docker and `auth.json` of podman.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: std::collections::BTreeMap<String, Auth>,
    cred_helpers: std::collections::BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: String,
    identitytoken: String,
}

async fn docker(registry: &str) -> Result<Option<Login>, LoginError> {
    for path in files() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let damaged = |what: String| LoginError::Damaged { path: path.clone(), what };
        let file: File = serde_json::from_str(&text).map_err(|it| damaged(it.to_string()))?;
        // Docker's own registry is still known by its first address.
        let names = match registry {
            "registry-1.docker.io" => vec!["https://index.docker.io/v1/", "docker.io", registry],
            _ => vec![registry],
        };
        for name in names {
            let is_it = |it: &&String| plain(it) == plain(name);
            if let Some(helper) = file.cred_helpers.iter().find(|(it, _)| is_it(it)).map(|(_, it)| it) {
                return self::helper(helper, name, path).await.map(Some);
            }
            let Some((_, auth)) = file.auths.iter().find(|(it, _)| is_it(it)) else { continue };
            if !auth.identitytoken.is_empty() {
                return Ok(Some(Login::Identity(auth.identitytoken.clone())));
            }
            if !auth.auth.is_empty() {
                let decoded = STANDARD.decode(&auth.auth).ok().and_then(|it| String::from_utf8(it).ok());
                let pair = decoded.as_deref().and_then(|it| it.split_once(':'));
                let (user, password) = pair.ok_or_else(|| damaged(format!("the auth of {name}")))?;
                return Ok(Some(Login::Password { user: user.to_owned(), password: password.to_owned() }));
            }
            // The entry is empty when a helper keeps the secret.
            if let Some(store) = &file.creds_store {
                return self::helper(store, name, path).await.map(Some);
            }
        }
    }
    Ok(None)
}

/// `https://index.docker.io/v1/` is as good as `index.docker.io`.
fn plain(name: &str) -> &str {
    let host = name.trim_start_matches("https://").trim_start_matches("http://");
    host.split('/').next().unwrap_or(host)
}

fn files() -> Vec<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let docker = var("DOCKER_CONFIG").or_else(|| Some(std::env::home_dir()?.join(".docker")));
    [
        var("REGISTRY_AUTH_FILE"),
        docker.map(|it| it.join("config.json")),
        var("XDG_RUNTIME_DIR").map(|it| it.join("containers/auth.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Asks `docker-credential-NAME get`, which reads the registry and answers with a secret.
async fn helper(name: &str, registry: &str, path: PathBuf) -> Result<Login, LoginError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    let program = format!("docker-credential-{name}");
    let failed = |reason: String| LoginError::Helper { program: program.clone(), path: path.clone(), reason };
    let mut command = tokio::process::Command::new(&program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|it| failed(it.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not read says so by how it ends.
        let _ = input.write_all(registry.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(|it| failed(it.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
        return Err(failed(said));
    }
    let parsed = serde_json::from_slice::<Value>(&output.stdout).and_then(serde_json::from_value);
    let Answer { username, secret } =
        parsed.map_err(|_| failed("its answer is not understood".to_owned()))?;
    Ok(match username.as_str() {
        TOKEN_USER => Login::Identity(secret),
        _ => Login::Password { user: username, password: secret },
    })
}
