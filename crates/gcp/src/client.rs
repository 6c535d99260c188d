//! Carries calls over the wire: reqwest, and application default credentials.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engine::{Answer, Call, Cloud, Lost, Method, Redactor};
use google_cloud_auth::credentials::{self, AccessTokenCredentials, CacheableResource, Credentials};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, IF_MATCH, RETRY_AFTER};
use http::{Extensions, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::federation;

/// Where calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Each API at its own host.
    Google,
    /// Every API at this base, such as `http://127.0.0.1:8085`, told apart by the `Host` header.
    Local(String),
}

/// A client of Google's REST APIs.
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    credentials: OnceCell<Result<Credentials, Lost>>,
    /// Of a job elsewhere, for a local cloud.
    local: OnceCell<Result<Option<AccessTokenCredentials>, Lost>>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// Everything that our kinds do is within this scope.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// An answer of Google's control plane takes seconds at most; what takes longer is an operation.
const TIMEOUT: Duration = Duration::from_secs(60);
const HINT: &str = "run `gcloud auth application-default login`, or let GOOGLE_APPLICATION_CREDENTIALS name a \
                    credentials file; without an account, use the stack `local`";

impl Client {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: Endpoint) -> Result<Client, ClientError> {
        // Only the first installation counts, and every one is this same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("stack/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(ClientError::Http)?;
        Ok(Client { http, endpoint, credentials: OnceCell::new(), local: OnceCell::new() })
    }

    async fn authorization(&self) -> Result<HeaderMap, Lost> {
        match self.endpoint {
            Endpoint::Local(_) => {
                let token = match self.local.get_or_init(async || federated(&self.endpoint)).await.clone()? {
                    Some(job) => job.access_token().await.map_err(|it| no_credentials(&it))?.token,
                    None => local_token(),
                };
                let value =
                    HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Lost::Credentials {
                        reason: "GOOGLE_OAUTH_ACCESS_TOKEN is not a token".to_owned(),
                        hint: Some("unset it".to_owned()),
                    })?;
                Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
            }
            Endpoint::Google => {
                // Looked up at the first call, for a command that sends none needs none.
                let credentials = self.credentials.get_or_init(async || build_credentials()).await.clone()?;
                match credentials.headers(Extensions::new()).await {
                    Ok(CacheableResource::New { data, .. }) => Ok(data),
                    // Only an answer to a tag that we never send.
                    Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
                    Err(problem) => Err(no_credentials(&problem)),
                }
            }
        }
    }

    fn url(&self, call: &Call) -> String {
        let base = match &self.endpoint {
            Endpoint::Google => format!("https://{}", call.service),
            Endpoint::Local(base) => base.trim_end_matches('/').to_owned(),
        };
        let mut url = format!("{base}/{}", call.path);
        for (i, (name, value)) in call.query.iter().enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            url.push_str(&format!("{}={}", query_text(name), query_text(value)));
        }
        url
    }
}

/// What the local cloud knows a caller by: the variable that Terraform and gcloud's tools take a token from, to
/// act as somebody else.
pub(crate) fn local_token() -> String {
    given_token().unwrap_or_else(|| "local".to_owned())
}

fn given_token() -> Option<String> {
    std::env::var("GOOGLE_OAUTH_ACCESS_TOKEN").ok()
}

/// A job's credentials for a local cloud, where it has logged in there and no token says who it is.
fn federated(endpoint: &Endpoint) -> Result<Option<AccessTokenCredentials>, Lost> {
    match given_token() {
        Some(_) => Ok(None),
        None => federation::file(endpoint).map(federation::access).transpose(),
    }
}

/// A token by which the cloud at a local endpoint knows who calls.
///
/// # Errors
/// When a job's credentials are refused.
pub async fn token_at(endpoint: &Endpoint) -> Result<String, Lost> {
    match federated(endpoint)? {
        Some(job) => Ok(job.access_token().await.map_err(|it| no_credentials(&it))?.token),
        None => Ok(local_token()),
    }
}

fn query_text(text: &str) -> String {
    crate::rest::segment(text)
}

fn build_credentials() -> Result<Credentials, Lost> {
    credentials::Builder::default().with_scopes([SCOPE]).build().map_err(|it| no_credentials(&it))
}

/// The library's own words, and what to run.
pub(crate) fn no_credentials(problem: &dyn std::error::Error) -> Lost {
    let mut reason = format!("no usable Google credentials: {problem}");
    let mut cause = problem.source();
    while let Some(it) = cause {
        reason.push_str(&format!(": {it}"));
        cause = it.source();
    }
    let hint = if federation::file(&Endpoint::Google).is_some() { federation::HINT } else { HINT };
    Lost::Credentials { reason, hint: Some(hint.to_owned()) }
}

#[async_trait]
impl Cloud for Client {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let method = match call.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let mut request = self.http.request(method, self.url(call)).headers(self.authorization().await?);
        if let Endpoint::Local(_) = self.endpoint {
            request = request.header(HOST, &call.service);
        }
        if let Some(etag) = &call.if_match {
            request = request.header(IF_MATCH, etag);
        }
        request = match call.revealed().body {
            Some(Value::String(text)) if call.plain => {
                request.header(CONTENT_TYPE, "text/plain; charset=utf-8").body(text)
            }
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            // Google refuses a POST that says nothing of its length.
            None if call.method != Method::Get => request.header(CONTENT_LENGTH, 0),
            None => request,
        };
        let response = request.send().await.map_err(|it| lost(&it, &self.endpoint))?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        let text = response.text().await.map_err(|it| lost(&it, &self.endpoint))?;
        let body = match text.trim() {
            _ if call.plain && status.is_success() && call.method == Method::Get => Value::String(text),
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        Ok(Answer { status: status.as_u16(), retry_after: retry_after.map(Duration::from_secs), body })
    }
}

fn lost(error: &reqwest::Error, endpoint: &Endpoint) -> Lost {
    // The innermost cause says it best: "Connection refused", "dns error".
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        reason = it.to_string();
        cause = it.source();
    }
    if error.is_connect() {
        let hint = match endpoint {
            Endpoint::Google => "check the network, and HTTPS_PROXY if there is a proxy".to_owned(),
            Endpoint::Local(base) => {
                format!("is the local cloud at {base} running? `stack local start` starts it")
            }
        };
        return Lost::Unreachable { reason, hint: Some(hint) };
    }
    Lost::Broken { reason: if error.is_timeout() { "timed out".to_owned() } else { reason } }
}

/// Carries calls and writes down each with its answer, secrets redacted, so that a run becomes a recording.
pub struct Recorder {
    inner: Arc<dyn Cloud>,
    redactor: Arc<Redactor>,
    file: std::sync::Mutex<std::fs::File>,
}

impl Recorder {
    /// Records into `folder/<name>.log`.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(
        inner: Arc<dyn Cloud>,
        redactor: Arc<Redactor>,
        folder: &std::path::Path,
        name: &str,
    ) -> std::io::Result<Recorder> {
        std::fs::create_dir_all(folder)?;
        let file = std::fs::File::create(folder.join(format!("{name}.log")))?;
        Ok(Recorder { inner, redactor, file: std::sync::Mutex::new(file) })
    }

    fn write(&self, call: &Call, answer: &Answer) -> std::io::Result<()> {
        use std::io::Write;
        let query: Vec<String> = call
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", query_text(name), query_text(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let address = format!(
            "{} https://{}/{}{mark}{}",
            call.method.as_str(),
            call.service,
            call.path,
            query.join("&")
        );
        let shown = |body: &Value| self.redactor.value(body, call.rules);
        let mut text = format!("{}\n", self.redactor.text(&address));
        if let Some(body) = &call.body {
            self.redactor.learn(body);
            text.push_str(&format!("\n{:#}\n", shown(body)));
        }
        let reason = http::StatusCode::from_u16(answer.status).ok().and_then(|it| it.canonical_reason());
        text.push_str(&format!("\n{} {}\n", answer.status, reason.unwrap_or("")));
        if !answer.body.is_null() {
            text.push_str(&format!("\n{:#}\n", shown(&answer.body)));
        }
        text.push_str("\n---\n\n");
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(text.as_bytes())
    }
}

#[async_trait]
impl Cloud for Recorder {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let answer = self.inner.send(call).await?;
        self.write(call, &answer)
            .map_err(|it| Lost::Broken { reason: format!("the recording cannot be written: {it}") })?;
        Ok(answer)
    }
}
