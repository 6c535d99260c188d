//! Carries requests to a forge's REST API, and waits as it asks.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use time::OffsetDateTime;

/// Waits in all at most so long for a limit of the forge: a job that waits costs as much as one that works.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// GitHub asks whoever meets a secondary limit that says nothing else to wait a minute.
const UNSPECIFIED: Duration = Duration::from_secs(60);
/// How long a file may take to be uploaded: 50 MB at half a megabyte a second, and some more.
const UPLOAD: Duration = Duration::from_secs(5 * 60);
/// An answer is at most so large; a page of 100 comments has up to 6.5 MB.
const LARGEST: usize = 32 * 1024 * 1024;

/// The media type of an uploaded file.
const FILE: &str = "application/octet-stream";

/// The body of a request, and its media type.
struct Body {
    kind: &'static str,
    bytes: Vec<u8>,
}

/// A forge's REST API.
pub struct Api {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

/// A request to a forge's API failed: it was refused, limited, or got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    #[error("the token holds characters that no header may")]
    Token,
    #[error("{method} {url} cannot be reached")]
    Unreachable { method: Method, url: String, source: reqwest::Error },
    #[error("{method} {url} was answered {status}: {message}")]
    Refused { method: Method, url: String, status: StatusCode, message: String },
    #[error("{method} {url} was answered with something that is not JSON")]
    Garbled { method: Method, url: String },
    #[error("the rate limit is used up, and {until}")]
    Limited { until: String },
    #[error("{0} has more pages than are read")]
    Endless(String),
}

impl ApiError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            ApiError::Refused { status, .. } => Some(status.as_u16()),
            ApiError::Client(_)
            | ApiError::Token
            | ApiError::Unreachable { .. }
            | ApiError::Garbled { .. }
            | ApiError::Limited { .. }
            | ApiError::Endless(_) => None,
        }
    }

    /// Whether the request may have taken effect although no answer says so.
    pub fn is_open(&self) -> bool {
        match self {
            ApiError::Unreachable { source, .. } => !source.is_connect(),
            ApiError::Refused { status, .. } => status.is_server_error(),
            ApiError::Garbled { .. } => true,
            ApiError::Client(_) | ApiError::Token | ApiError::Limited { .. } | ApiError::Endless(_) => false,
        }
    }
}

impl Api {
    /// An API below `base`, with a header that says who asks, if anybody.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the token is no header's value.
    pub fn new(base: &str, login: Option<(HeaderName, String)>) -> Result<Api, ApiError> {
        // Only the first installation counts, and every one is this same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("stack/", env!("CARGO_PKG_VERSION")))
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(10))
            // A redirect would carry the token to another host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(ApiError::Client)?;
        let mut headers = HeaderMap::new();
        if let Some((name, token)) = login {
            let mut value = HeaderValue::from_str(&token).map_err(|_| ApiError::Token)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Api { http, base: base.trim_end_matches('/').to_owned(), headers })
    }

    /// Sends a further header with every request.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Api {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// Every item of a list, page by page, 100 at a time.
    ///
    /// # Errors
    /// When a page cannot be read, or there are more than 100.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        for page in 1..=100 {
            let answer =
                self.send(Method::GET, &format!("{path}{joint}per_page=100&page={page}"), None).await?;
            let Value::Array(found) = answer else {
                return Err(ApiError::Garbled { method: Method::GET, url: self.url(path) });
            };
            let is_last = found.len() < 100;
            items.extend(found);
            if is_last {
                return Ok(items);
            }
        }
        Err(ApiError::Endless(path.to_owned()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// Sends a request. A limit is waited for, and what only reads is tried again when an answer is lost.
    ///
    /// # Errors
    /// When there is no answer, or one that is no success.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        let body = body.map(|it| Body { kind: "application/json", bytes: it.to_string().into_bytes() });
        self.patiently(method, &self.url(path), body.as_ref()).await
    }

    /// Uploads a file to an address of the forge's, which may be on another host than the API.
    ///
    /// # Errors
    /// As [`send`](Api::send).
    pub async fn upload(&self, url: &str, bytes: &[u8]) -> Result<Value, ApiError> {
        let body = Body { kind: FILE, bytes: bytes.to_vec() };
        self.patiently(Method::POST, url, Some(&body)).await
    }

    async fn patiently(&self, method: Method, url: &str, body: Option<&Body>) -> Result<Value, ApiError> {
        let mut waited = Duration::ZERO;
        let mut failures = 0;
        loop {
            let error = match self.once(&method, url, body).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = match &error {
                Failed::Limited { wait, .. } => *wait,
                Failed::Other(other) if method == Method::GET && failures < 3 && is_passing(other) => {
                    failures += 1;
                    Duration::from_millis(500 << failures)
                }
                Failed::Other(_) => return Err(error.into_error()),
            };
            if waited + pause > PATIENCE {
                return Err(error.into_error());
            }
            waited += pause;
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, method: &Method, url: &str, body: Option<&Body>) -> Result<Value, Failed> {
        let url = url.to_owned();
        let lost = |source| {
            Failed::Other(ApiError::Unreachable { method: method.clone(), url: url.clone(), source })
        };
        let garbled = || Failed::Other(ApiError::Garbled { method: method.clone(), url: url.clone() });
        let mut request = self.http.request(method.clone(), &url).headers(self.headers.clone());
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, body.kind).body(body.bytes.clone());
            if body.kind == FILE {
                request = request.timeout(UPLOAD);
            }
        }
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(lost)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LARGEST {
                return Err(garbled());
            }
        }
        if status.is_success() {
            if bytes.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&bytes).map_err(|_| garbled());
        }
        let message = message(&bytes);
        if let Some((wait, until)) = limit(status, &headers, &message) {
            return Err(Failed::Limited { wait, until });
        }
        Err(Failed::Other(ApiError::Refused { method: method.clone(), url, status, message }))
    }
}

enum Failed {
    Limited { wait: Duration, until: String },
    Other(ApiError),
}

impl Failed {
    fn into_error(self) -> ApiError {
        match self {
            Failed::Limited { until, .. } => ApiError::Limited { until },
            Failed::Other(error) => error,
        }
    }
}

fn is_passing(error: &ApiError) -> bool {
    match error {
        ApiError::Unreachable { .. } => true,
        ApiError::Refused { status, .. } => status.is_server_error(),
        ApiError::Client(_)
        | ApiError::Token
        | ApiError::Garbled { .. }
        | ApiError::Limited { .. }
        | ApiError::Endless(_) => false,
    }
}

/// How long a limit asks to wait, by `Retry-After`, else by GitHub's or GitLab's time of reset.
fn limit(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<(Duration, String)> {
    if !matches!(status.as_u16(), 403 | 429) {
        return None;
    }
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let seconds = |it: i64| Duration::from_secs(u64::try_from(it).unwrap_or(0));
    if let Some(asked) = number(RETRY_AFTER.as_str()) {
        return Some((seconds(asked), format!("a further request may be sent in {asked} s")));
    }
    let remaining = number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining"));
    let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
    if let (Some(0), Some(reset)) = (remaining, reset) {
        // A second more, for the forge's clock is not ours.
        let wait = reset.saturating_sub(OffsetDateTime::now_utc().unix_timestamp()).max(0).saturating_add(1);
        return Some((seconds(wait), format!("it is reset in {wait} s")));
    }
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS || message.contains("secondary rate limit");
    is_limit.then(|| (UNSPECIFIED, "GitHub asks to wait for at least a minute".to_owned()))
}

/// The words of a refusal: GitHub's and GitLab's `message`, GitLab's `error`.
fn message(bytes: &[u8]) -> String {
    let body: Option<Value> = serde_json::from_slice(bytes).ok();
    let of = |body: &Value| match (&body["message"], &body["error"]) {
        (Value::String(text), _) | (Value::Null, Value::String(text)) => Some(text.clone()),
        (Value::Null, _) => None,
        (other, _) => Some(other.to_string()),
    };
    body.as_ref().and_then(of).unwrap_or_else(|| String::from_utf8_lossy(bytes).chars().take(200).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn check(status: u16, headers: &[(&'static str, String)], message: &str, expect: Option<u64>) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        let found = limit(status, &headers.collect(), message).map(|(wait, _)| wait.as_secs());
        assert_eq!(found, expect, "{status} {message}");
    }

    #[test]
    fn waits_as_the_forge_asks() {
        let soon = (OffsetDateTime::now_utc().unix_timestamp() + 30).to_string();
        check(403, &[], "Resource not accessible by integration", None);
        check(403, &[("x-ratelimit-remaining", "4999".to_owned())], "Forbidden", None);
        check(429, &[("retry-after", "7".to_owned())], "", Some(7));
        check(403, &[("retry-after", "7".to_owned())], "", Some(7));
        check(403, &[], "You have exceeded a secondary rate limit. Please wait", Some(60));
        check(500, &[("retry-after", "7".to_owned())], "", None);
        let reset = [("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", soon)];
        let headers = reset
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let (wait, until) = limit(StatusCode::FORBIDDEN, &headers.collect(), "").unwrap();
        assert!((29..=31).contains(&wait.as_secs()), "{wait:?}");
        assert!(until.starts_with("it is reset in "), "{until}");
    }

    #[test]
    fn refusals_are_said_in_the_forges_words() {
        assert_eq!(message(br#"{"message": "Not Found", "status": "404"}"#), "Not Found");
        assert_eq!(message(br#"{"error": "insufficient_scope"}"#), "insufficient_scope");
        assert_eq!(message(br#"{"message": {"note": ["is too long"]}}"#), r#"{"note":["is too long"]}"#);
        assert_eq!(message(b"<html>bad gateway"), "<html>bad gateway");
    }
}
