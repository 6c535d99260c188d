//! Lets callers in, when it is set who may call: by a Google ID token or by an API key.

mod keys;
mod renewed;
mod signatures;
mod tokens;

use http::HeaderMap;
use http::header::AUTHORIZATION;

pub use keys::Keys;
pub use tokens::Tokens;

use crate::queue::Caller;

/// Who may call. Either way in is enough; without any, everybody may.
#[derive(Default)]
pub struct Gate {
    pub tokens: Option<Tokens>,
    pub keys: Option<Keys>,
}

/// Why a caller is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("{0}")]
    Missing(&'static str),
    #[error("the API key is not known")]
    UnknownKey,
    #[error("the ID token is not valid: {0}")]
    BadToken(String),
    #[error("{0} may not call this service")]
    Forbidden(String),
    /// The keys to check with are not to be had. The second text is for the log only.
    #[error("{0}")]
    Unavailable(&'static str, String),
}

impl Gate {
    pub fn is_open(&self) -> bool {
        self.tokens.is_none() && self.keys.is_none()
    }

    /// Authenticates a request; `None` if the service accepts requests without credentials.
    ///
    /// # Errors
    /// Why the caller is not let in.
    pub async fn admit(&self, headers: &HeaderMap) -> Result<Option<Caller>, Denied> {
        if self.is_open() {
            return Ok(None);
        }
        if let (Some(keys), Some(key)) = (&self.keys, headers.get("x-api-key")) {
            return keys.admit(key.as_bytes()).await.map(Some);
        }
        // Cloud Run takes `Authorization` for itself when it checks callers, and passes the other one on.
        let bearer = ["x-serverless-authorization", AUTHORIZATION.as_str()]
            .into_iter()
            .find_map(|name| bearer(headers.get(name)?.to_str().ok()?));
        if let (Some(tokens), Some(token)) = (&self.tokens, bearer) {
            return tokens.admit(token).await.map(Some);
        }
        Err(Denied::Missing(match (&self.tokens, &self.keys) {
            (Some(_), Some(_)) => {
                "send a Google ID token (Authorization: Bearer TOKEN) or an API key (X-Api-Key: KEY)"
            }
            (Some(_), None) => "send a Google ID token (Authorization: Bearer TOKEN)",
            (None, _) => "send an API key (X-Api-Key: KEY)",
        }))
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
