//! A call is a value; a [`Cloud`] carries it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// What may be done when a call gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Sending it twice is the same as sending it once.
    Safe,
    /// It may have taken effect: whoever sent it must look before it is sent again.
    Once,
}

/// One request to one API.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub method: Method,
    /// The API's host: `pubsub.googleapis.com`.
    pub service: String,
    /// Under the host, without a leading slash, percent-encoded: `v1/projects/p/topics/t`.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// The body is text as it stands, and so is the answer of a success: a file's content.
    pub plain: bool,
    /// Sent as `If-Match`.
    pub if_match: Option<String>,
    pub repeat: Repeat,
}

impl Call {
    pub fn new(method: Method, service: &str, path: impl Into<String>) -> Call {
        // A POST makes something new each time, unless its sender knows better.
        let repeat = if method == Method::Post { Repeat::Once } else { Repeat::Safe };
        Call {
            method,
            service: service.to_owned(),
            path: path.into(),
            query: Vec::new(),
            body: None,
            plain: false,
            if_match: None,
            repeat,
        }
    }

    pub fn get(service: &str, path: impl Into<String>) -> Call {
        Call::new(Method::Get, service, path)
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Call {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: Value) -> Call {
        self.body = Some(body);
        self
    }

    /// The answer is text as it stands.
    #[must_use]
    pub fn plain(mut self) -> Call {
        self.plain = true;
        self
    }

    /// Sends text as it stands.
    #[must_use]
    pub fn text(self, text: String) -> Call {
        self.body(Value::String(text)).plain()
    }

    #[must_use]
    pub fn repeat(mut self, repeat: Repeat) -> Call {
        self.repeat = repeat;
        self
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.method.as_str(), self.service, self.path)
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// JSON; text that is not JSON as a string; nothing as null.
    pub body: Value,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why nothing came back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Lost {
    /// The connection was refused or the name not found: the call was not sent.
    #[error("{reason}")]
    Unreachable { reason: String, hint: Option<String> },
    /// The connection broke or timed out after the call was sent: it may have taken effect.
    #[error("{reason}")]
    Broken { reason: String },
    /// There are no usable credentials; the call was not sent.
    #[error("{reason}")]
    Credentials { reason: String, hint: Option<String> },
}

/// Carries calls: over the wire, into a recording, or to a fake in a test.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// # Errors
    /// When nothing came back. An answer that refuses is an [`Answer`], not an error.
    async fn send(&self, call: &Call) -> Result<Answer, Lost>;
}
