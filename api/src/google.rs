//! Authorizes calls to Google, or to what stands in for it.

use std::time::Duration;

use google_cloud_auth::credentials::{self, CacheableResource, Credentials};
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap, HeaderValue};
use tokio::sync::OnceCell;

use crate::log::chain;

/// An HTTP client, shared by all that call out.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Only the first installation counts, and every one is this same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("data-api/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .build()
}

/// One of Google's APIs: where it is, and who we are there.
pub struct Service {
    pub http: reqwest::Client,
    /// Without a slash at its end.
    pub base: String,
    identity: Identity,
}

enum Identity {
    /// Application default credentials, with this scope.
    Google { scope: &'static str, credentials: OnceCell<Result<Credentials, String>> },
    /// An emulator takes any token.
    Local,
}

impl Service {
    /// The service at `https://{host}`, or at the emulator's URL.
    pub fn new(http: reqwest::Client, host: &str, scope: &'static str, emulator: Option<&str>) -> Service {
        match emulator {
            Some(base) => Service { http, base: base.to_owned(), identity: Identity::Local },
            None => Service {
                http,
                base: format!("https://{host}"),
                identity: Identity::Google { scope, credentials: OnceCell::new() },
            },
        }
    }

    /// The headers that say who we are. The library keeps tokens and renews them in time.
    ///
    /// # Errors
    /// What is wrong with the credentials.
    pub async fn headers(&self) -> Result<HeaderMap, String> {
        match &self.identity {
            Identity::Local => {
                Ok(HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer local"))]))
            }
            Identity::Google { scope, credentials } => {
                // At the first call, so that the service starts without waiting for anything.
                let build = async || {
                    let built = credentials::Builder::default().with_scopes([*scope]).build();
                    built.map_err(|it| chain(&it))
                };
                let credentials = credentials.get_or_init(build).await.as_ref().map_err(Clone::clone)?;
                match credentials.headers(Extensions::new()).await {
                    Ok(CacheableResource::New { data, .. }) => Ok(data),
                    // Only an answer to a tag that we never send.
                    Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
                    Err(problem) => Err(chain(&problem)),
                }
            }
        }
    }
}
