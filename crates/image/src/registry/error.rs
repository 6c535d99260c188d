//! What a registry's refusal means.

use std::time::Duration;

use ::http::StatusCode;
use serde::Deserialize;

use super::http;
use super::login::LoginError;
use crate::reference::Reference;

/// Why an image is not in a registry.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    #[error("the registry {registry} cannot be reached: {reason}")]
    Unreachable { registry: String, reason: String, loopback: bool },
    #[error("the connection to {registry} broke: {reason}")]
    Broken { registry: String, reason: String },
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error("{registry} does not accept {who}{}", tail(said))]
    BadToken { registry: String, who: String, said: String, google: bool },
    #[error("{registry} does not let {who} push to {repository}{}", tail(said))]
    Denied { registry: String, repository: String, who: String, said: String, google: bool },
    #[error("{registry} has no repository for {repository}{}", tail(said))]
    NoRepository { registry: String, repository: String, said: String, google: bool },
    #[error("{registry} has no space left{}", tail(said))]
    Full { registry: String, said: String },
    #[error("{registry} answered {status} to {what}{}", tail(said))]
    Refused {
        registry: String,
        what: String,
        status: StatusCode,
        said: String,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
    #[error("{registry} does not speak as a registry does: {what}")]
    Confused { registry: String, what: String },
    #[error("{registry} wants the password sent to {realm} in clear")]
    InClear { registry: String, realm: String },
    #[error("the documents of the image cannot be written")]
    Json(#[from] serde_json::Error),
}

fn tail(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl PushError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            PushError::Unreachable { loopback: true, .. } => {
                "is it running? On this machine registries are spoken to by http, not https"
            }
            PushError::Unreachable { .. } => {
                "check its name and the network, and HTTPS_PROXY if there is a proxy; a registry without https needs \
                 --plain-http"
            }
            PushError::Broken { .. } => "push again: what has arrived is not sent twice",
            PushError::Login(it) => return it.hint(),
            PushError::BadToken { google: true, .. } => {
                "run `gcloud auth application-default login`, or unset GOOGLE_OAUTH_ACCESS_TOKEN if it has expired"
            }
            PushError::BadToken { registry, .. } => {
                return Some(format!("run `docker login {registry}` again"));
            }
            PushError::Denied { google: true, .. } => {
                "grant roles/artifactregistry.writer on the repository to whoever pushes"
            }
            PushError::Denied { .. } => "ask for the right to push there, or push somewhere else",
            PushError::NoRepository { google: true, .. } => {
                "apply makes the stack's repository; `stack output images` says where it is"
            }
            PushError::NoRepository { .. } => "make it first, or push somewhere else",
            PushError::Full { .. } => {
                "free some space there, then push again: what has arrived is not sent twice"
            }
            PushError::Refused { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => {
                "wait a little, then push again: what has arrived is not sent twice"
            }
            PushError::Refused { status, .. } if status.is_server_error() => "try again in a while",
            PushError::Confused { .. } => {
                "is it a registry? Its address has no path and no https:// in front"
            }
            PushError::InClear { .. } => "use a registry that asks for it by https",
            PushError::Client(_) | PushError::Refused { .. } | PushError::Json(_) => return None,
        };
        Some(text.to_owned())
    }

    /// Whether it goes away by itself, and how long the registry asks us to wait for that.
    pub(super) fn passes(&self) -> Option<Option<Duration>> {
        match self {
            PushError::Unreachable { .. } | PushError::Broken { .. } => Some(None),
            PushError::Refused { status, after, .. } => http::passes(*status).then_some(*after),
            PushError::Client(_)
            | PushError::Login(_)
            | PushError::BadToken { .. }
            | PushError::Denied { .. }
            | PushError::NoRepository { .. }
            | PushError::Full { .. }
            | PushError::Confused { .. }
            | PushError::InClear { .. }
            | PushError::Json(_) => None,
        }
    }

    /// Whether the registry will never take it, though it lets us push.
    pub(super) fn is_final(&self) -> bool {
        match self {
            PushError::Refused { status, .. } => {
                status.is_client_error() && *status != StatusCode::TOO_MANY_REQUESTS
            }
            PushError::Confused { .. } => true,
            PushError::Client(_)
            | PushError::Unreachable { .. }
            | PushError::Broken { .. }
            | PushError::Login(_)
            | PushError::BadToken { .. }
            | PushError::Denied { .. }
            | PushError::NoRepository { .. }
            | PushError::Full { .. }
            | PushError::InClear { .. }
            | PushError::Json(_) => false,
        }
    }

    /// From an answer that is not a success.
    pub(super) fn of(to: &Reference, who: &str, what: &str, status: StatusCode, body: &str) -> PushError {
        let (registry, repository) = (to.registry.clone(), to.repository.clone());
        let (said, google, who) = (said(body), to.is_google(), who.to_owned());
        let lower = said.to_lowercase();
        match status {
            // Some end an upload that had an error, and know nothing of it when it is sent again.
            _ if body.contains("BLOB_UPLOAD_") => {
                PushError::Broken { registry, reason: "the registry has forgotten the upload".to_owned() }
            }
            _ if lower.contains("no space left") || status == StatusCode::INSUFFICIENT_STORAGE => {
                PushError::Full { registry, said }
            }
            StatusCode::UNAUTHORIZED => PushError::BadToken { registry, who, said, google },
            StatusCode::FORBIDDEN => PushError::Denied { registry, repository, who, said, google },
            StatusCode::NOT_FOUND => PushError::NoRepository { registry, repository, said, google },
            status => PushError::Refused { registry, what: what.to_owned(), status, said, after: None },
        }
    }
}

/// What Linux calls a full disk.
const NO_SPACE: i32 = 28;

/// The registry's own words: `{"errors": [{"code", "message", "detail"}]}`, or a page's first line.
pub fn said(body: &str) -> String {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        detail: serde_json::Value,
    }
    let Ok(Errors { errors }) = serde_json::from_str(body) else {
        let line = body.trim().lines().next().unwrap_or_default();
        return if line.starts_with('<') { String::new() } else { short(line) };
    };
    let texts = errors.into_iter().map(|it| {
        let text = if it.message.is_empty() { it.code } else { it.message };
        // Docker's own registry says only there what happened.
        let detail = match &it.detail {
            serde_json::Value::String(text) => Some(text.clone()),
            detail => detail.get("Enclosed").or(detail.get("Err")).map(|it| {
                let texts = it.as_object().into_iter().flatten().filter_map(|(_, it)| it.as_str());
                let full = it["Err"] == NO_SPACE;
                texts.chain(full.then_some("no space left on device")).collect::<Vec<_>>().join(" ")
            }),
        };
        match detail.filter(|it| !it.is_empty()) {
            Some(detail) => format!("{text} ({detail})"),
            None => text,
        }
    });
    short(&texts.collect::<Vec<_>>().join("; "))
}

fn short(text: &str) -> String {
    const LONGEST: usize = 400;
    let printable: String = text.chars().filter(|it| !it.is_control()).take(LONGEST).collect();
    printable.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says() {
        let full = r#"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/x","Err":28}}}]}"#;
        assert_eq!(said(full), "unknown error (write /x no space left on device)");
        assert_eq!(said(r#"{"errors":[{"code":"DENIED","message":""}]}"#), "DENIED");
        assert_eq!(said("<html>"), "");
        assert_eq!(said("Bad Gateway\nmore"), "Bad Gateway");
    }
}
