//! A call is a value; a [`Cloud`] carries it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::Rule;
use crate::input::reveal;
use crate::provider::KindFacts;

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
    /// A refusal is the answer: that somebody is not known or may not see something is what is asked. Otherwise a
    /// refusal that a [`Fact`](crate::Fact) of this run explains is waited out.
    pub asks: bool,
    /// Of the kind that it is about; see [`Call::about`].
    pub rules: &'static [Rule],
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
            asks: false,
            rules: &[],
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

    /// A refusal is the answer; see [`Call::asks`].
    #[must_use]
    pub fn asking(mut self) -> Call {
        self.asks = true;
        self
    }

    /// The kind that it is about, whose rules say what of its body and answer is a secret.
    #[must_use]
    pub fn about(mut self, facts: &KindFacts) -> Call {
        self.rules = facts.rules;
        self
    }

    /// The call as it goes over the wire, secrets in clear: for making a request's bytes and nothing else.
    #[must_use]
    pub fn revealed(&self) -> Call {
        Call { body: self.body.as_ref().map(reveal), ..self.clone() }
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
