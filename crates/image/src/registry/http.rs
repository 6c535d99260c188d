//! Carries requests to a registry: patiently, and with a token when it asks for one.

use std::error::Error as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Response, Url};
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use super::body::Told;
use super::challenge::Challenge;
use super::error::{self, PushError};
use super::login::{Login, LoginError};
use super::{Event, Options};
use crate::reference::Reference;

/// A request that can be sent again.
pub struct Ask {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What the body is, if its progress is told.
    pub told: Option<String>,
    /// How often it is sent at most, if it fails in a way that passes.
    pub tries: u32,
}

/// The way to one repository of a registry.
pub struct Http {
    client: reqwest::Client,
    /// Where the registry is.
    base: Url,
    to: Reference,
    options: Options,
    login: OnceCell<Result<Login, LoginError>>,
    /// What is sent as `Authorization`, since the registry asked.
    token: Mutex<Option<HeaderValue>>,
}

pub const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longer than this nobody is asked to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// An answer to a request without a body takes seconds.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A network slower than this, in bytes a second, is taken for broken.
const SLOWEST: u64 = 20_000;
const REDIRECTS: usize = 3;

impl Http {
    pub fn new(to: &Reference, options: Options) -> Result<Http, PushError> {
        // Only the first installation counts, and every one is this same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("stack/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10));
        if to.is_loopback() || options.via.is_some() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(PushError::Client)?;
        let scheme = if to.is_loopback() || options.plain_http { "http" } else { "https" };
        let base = options.via.clone().unwrap_or_else(|| format!("{scheme}://{}", to.registry));
        let base = Url::parse(&base).map_err(|it| PushError::Unreachable {
            registry: to.registry.clone(),
            reason: it.to_string(),
            loopback: false,
        })?;
        let token = match &options.login {
            Some(Login::Bearer(token)) => Some(secret(&format!("Bearer {token}"))),
            Some(Login::Anonymous | Login::Password { .. } | Login::Identity(_)) | None => None,
        };
        Ok(Http {
            client,
            base,
            to: to.clone(),
            options,
            login: OnceCell::new(),
            token: Mutex::new(token.flatten()),
        })
    }

    pub fn to(&self) -> &Reference {
        &self.to
    }

    pub fn tell(&self, event: &Event<'_>) {
        (self.options.tell)(event);
    }

    /// `/v2/<repository>/<rest>`.
    pub fn url(&self, rest: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/{rest}", self.to.repository));
        url
    }

    /// Where an answer points to.
    pub fn location(&self, from: &Url, answer: &Response) -> Option<Url> {
        let text = answer.headers().get(LOCATION)?.to_str().ok()?;
        Some(self.place(from.join(text).ok()?))
    }

    /// A registry that is reached in another way still names itself.
    fn place(&self, mut url: Url) -> Url {
        let names_itself = url.host_str().is_some_and(|it| it == self.to.registry);
        if self.options.via.is_some() && names_itself {
            let moved = url.set_scheme(self.base.scheme()).is_ok()
                && url.set_host(self.base.host_str()).is_ok()
                && url.set_port(self.base.port()).is_ok();
            debug_assert!(moved, "{url} cannot be moved to {}", self.base);
        }
        url
    }

    /// Sends it until there is an answer that waiting would not better, showing who we are if that is asked.
    pub async fn send(&self, ask: &Ask) -> Result<Response, PushError> {
        let mut asked = 0;
        loop {
            let token = self.token.lock().await.clone();
            let answer = self.follow(ask, token.as_ref()).await?;
            if answer.status() != StatusCode::UNAUTHORIZED || !self.is_ours(&ask.url) {
                return Ok(answer);
            }
            // Once, for there was no token; and once more, for it had expired.
            asked += 1;
            if asked > 2 {
                return Err(self.refused("a request", answer).await);
            }
            self.authorize(&answer, token.as_ref()).await?;
        }
    }

    /// From an answer that is not a success.
    pub async fn refused(&self, what: &str, answer: Response) -> PushError {
        let status = answer.status();
        let insufficient = answer
            .headers()
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .any(|it| it.to_str().is_ok_and(|it| it.contains("insufficient_scope")));
        let status = if insufficient { StatusCode::FORBIDDEN } else { status };
        let who = match self.login.get() {
            Some(Ok(login)) => login.who(),
            Some(Err(_)) | None => self.options.login.as_ref().unwrap_or(&Login::Anonymous).who(),
        };
        let asks = after(&answer);
        let body = answer.text().await.unwrap_or_default();
        match PushError::of(&self.to, &who, what, status, &body) {
            PushError::Refused { registry, what, status, said, .. } => {
                PushError::Refused { registry, what, status, said, after: asks }
            }
            other => other,
        }
    }

    pub fn confused(&self, what: impl Into<String>) -> PushError {
        PushError::Confused { registry: self.to.registry.clone(), what: what.into() }
    }

    fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Goes where the registry sends us. What has no body, reqwest follows by itself.
    async fn follow(&self, ask: &Ask, token: Option<&HeaderValue>) -> Result<Response, PushError> {
        let mut url = ask.url.clone();
        for _ in 0..REDIRECTS {
            // A token is for the registry, and for no store that it keeps its blobs in.
            let answer = self.patient(ask, &url, token.filter(|_| self.is_ours(&url))).await?;
            let moved =
                matches!(answer.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            match self.location(&url, &answer) {
                Some(next) if moved => url = next,
                Some(_) | None => return Ok(answer),
            }
        }
        Err(self.confused("it sends us from one place to the next"))
    }

    /// Sends it again while that may help.
    async fn patient(
        &self,
        ask: &Ask,
        url: &Url,
        token: Option<&HeaderValue>,
    ) -> Result<Response, PushError> {
        let mut attempt = 1;
        loop {
            let result = self.once(ask, url, token).await;
            let (why, after) = match &result {
                Ok(answer) if passes(answer.status()) => (answer.status().to_string(), after(answer)),
                Ok(_) => return result,
                Err(error) => (error.to_string(), None),
            };
            if attempt >= ask.tries || !self.pause(attempt, &why, after).await {
                return result;
            }
            attempt += 1;
        }
    }

    /// Waits before the next attempt, as long as the registry asks; not if that is too long.
    pub async fn pause(&self, attempt: u32, why: &str, after: Option<Duration>) -> bool {
        if after.is_some_and(|it| it > LONGEST_WAIT) {
            return false;
        }
        // Half of it by chance, so that many who were refused at once do not come back at once.
        let wait = FIRST_WAIT * 2u32.pow(attempt - 1);
        let wait = after.unwrap_or_else(|| wait.mul_f64(0.5 + fastrand::f64() / 2.0));
        self.tell(&Event::Waiting { why, wait });
        tokio::time::sleep(wait).await;
        true
    }

    async fn once(&self, ask: &Ask, url: &Url, token: Option<&HeaderValue>) -> Result<Response, PushError> {
        let size = ask.body.len() as u64;
        let mut request = self.client.request(ask.method.clone(), url.clone()).headers(ask.headers.clone());
        request = request.timeout(TIMEOUT + Duration::from_secs(size / SLOWEST));
        if self.options.via.is_some() {
            request = request.header(HOST, &self.to.registry);
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        request = match &ask.told {
            Some(what) => request.header(CONTENT_LENGTH, size).body(reqwest::Body::wrap(Told {
                what: what.clone(),
                left: ask.body.clone(),
                size,
                tell: self.options.tell.clone(),
            })),
            None if size > 0 => request.body(ask.body.clone()),
            None if matches!(ask.method, Method::GET | Method::HEAD) => request,
            // Some servers refuse a request that says nothing of its length.
            None => request.header(CONTENT_LENGTH, 0),
        };
        request.send().await.map_err(|it| self.lost(&it))
    }

    fn lost(&self, error: &reqwest::Error) -> PushError {
        // The innermost cause says it best: "Connection refused", "dns error".
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(it) = cause {
            reason = it.to_string();
            cause = it.source();
        }
        let registry = self.to.registry.clone();
        if error.is_connect() {
            return PushError::Unreachable { registry, reason, loopback: self.to.is_loopback() };
        }
        PushError::Broken {
            registry,
            reason: if error.is_timeout() { "timed out".to_owned() } else { reason },
        }
    }

    /// Gets what the registry wants to see; `old` is what it did not accept.
    async fn authorize(&self, answer: &Response, old: Option<&HeaderValue>) -> Result<(), PushError> {
        let mut token = self.token.lock().await;
        if token.as_ref() != old {
            // Another request was quicker.
            return Ok(());
        }
        let headers = answer.headers().get_all(WWW_AUTHENTICATE);
        let challenge = Challenge::parse(headers.iter().filter_map(|it| it.to_str().ok()));
        let challenge =
            challenge.ok_or_else(|| self.confused("it refuses us, and does not say what it wants to see"))?;
        let given = self.options.login.clone();
        let find = async || match given {
            Some(login) => Ok(login),
            None => Login::find(&self.to).await,
        };
        let login = self.login.get_or_init(find).await.clone()?;
        let bad =
            |said: &str| PushError::of(&self.to, &login.who(), "a login", StatusCode::UNAUTHORIZED, said);
        *token = match (&challenge, &login) {
            // It has been sent already.
            (_, Login::Bearer(_)) => return Err(bad("")),
            (Challenge::Basic, Login::Password { user, password }) => secret(&basic(user, password)),
            (Challenge::Basic, Login::Anonymous | Login::Identity(_)) => {
                return Err(bad("it wants a password"));
            }
            (Challenge::Bearer { realm, service }, login) => {
                let text = self.fetch(realm, service.as_deref(), login).await?;
                secret(&format!("Bearer {text}"))
            }
        };
        Ok(())
    }

    /// A token to push with, from the server that the registry names.
    async fn fetch(&self, realm: &str, service: Option<&str>, login: &Login) -> Result<String, PushError> {
        #[derive(Deserialize)]
        struct Token {
            #[serde(default)]
            token: String,
            #[serde(default)]
            access_token: String,
        }
        let url =
            self.base.join(realm).map_err(|_| self.confused(format!("its realm {realm:?} is no URL")))?;
        let mut url = self.place(url);
        let in_clear = url.scheme() != "https" && self.base.scheme() == "https";
        if in_clear && *login != Login::Anonymous {
            return Err(PushError::InClear { registry: self.to.registry.clone(), realm: realm.to_owned() });
        }
        let scope = format!("repository:{}:pull,push", self.to.repository);
        let mut ask = Ask::new(Method::GET, url.clone());
        match login {
            Login::Identity(token) => {
                let mut form = Url::parse("form:").map_err(|it| self.confused(it.to_string()))?;
                form.query_pairs_mut()
                    .append_pair("grant_type", "refresh_token")
                    .append_pair("client_id", "stack")
                    .append_pair("service", service.unwrap_or_default())
                    .append_pair("scope", &scope)
                    .append_pair("refresh_token", token);
                ask.method = Method::POST;
                ask.body = Bytes::from(form.query().unwrap_or_default().to_owned());
                ask = ask.header("content-type", "application/x-www-form-urlencoded");
            }
            Login::Anonymous | Login::Password { .. } | Login::Bearer(_) => {
                let mut query = url.query_pairs_mut();
                if let Some(service) = service {
                    query.append_pair("service", service);
                }
                query.append_pair("scope", &scope);
                drop(query);
                ask.url = url;
            }
        }
        let password = match login {
            Login::Password { user, password } => secret(&basic(user, password)),
            Login::Anonymous | Login::Identity(_) | Login::Bearer(_) => None,
        };
        let answer = self.patient(&ask, &ask.url, password.as_ref()).await?;
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        if !status.is_success() {
            // A token server says 400 of a refresh token that is none.
            let status = if status == StatusCode::BAD_REQUEST { StatusCode::UNAUTHORIZED } else { status };
            return Err(PushError::of(&self.to, &login.who(), "a login", status, &text));
        }
        let token: Option<Token> = serde_json::from_str(&text).ok();
        let token = token.map(|it| if it.token.is_empty() { it.access_token } else { it.token });
        token.filter(|it| !it.is_empty()).ok_or_else(|| {
            self.confused(format!("its token server answered without a token: {}", error::said(&text)))
        })
    }
}

impl Ask {
    pub fn new(method: Method, url: Url) -> Ask {
        Ask { method, url, headers: HeaderMap::new(), body: Bytes::new(), told: None, tries: TRIES }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Ask {
        // Ours are all plain words.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
}

fn after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What goes away by itself.
pub fn passes(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A header's value that is shown nowhere; none if the text cannot be one.
fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
