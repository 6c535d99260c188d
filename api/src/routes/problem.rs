//! An error as callers get it: `{"error": "…"}` and its status.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::auth::Denied;
use crate::events;
use crate::parameters::BadParameter;
use crate::warehouse::Failure;

/// A status and what to say.
pub struct Problem {
    pub status: StatusCode,
    pub message: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Problem {
        Problem { status, message: message.into(), headers: Vec::new() }
    }

    pub fn unavailable(message: impl Into<String>, seconds: u64) -> Problem {
        let headers = vec![(RETRY_AFTER, HeaderValue::from(seconds))];
        Problem { headers, ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, message) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = events::object("error", &self.message);
        let plain = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        let mut response = (self.status, plain, body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<BadParameter> for Problem {
    fn from(bad: BadParameter) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, bad.to_string())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        // Rounded up: a second early is too early.
        Problem::unavailable(failure.public(), failure.retry_after().as_millis().div_ceil(1000) as u64)
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Problem {
        match &denied {
            Denied::Missing(_) | Denied::UnknownKey | Denied::BadToken(_) => {
                let headers = vec![(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"events\""))];
                Problem { headers, ..Problem::new(StatusCode::UNAUTHORIZED, denied.to_string()) }
            }
            Denied::Forbidden(_) => Problem::new(StatusCode::FORBIDDEN, denied.to_string()),
            Denied::Unavailable(..) => Problem::unavailable(denied.to_string(), 10),
        }
    }
}
