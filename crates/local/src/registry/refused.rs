//! What the registry answers when it refuses, as the OCI distribution API writes it.

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::payload::{self, Payload};
use crate::store::StoreError;

/// Why a request was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    pub status: u16,
    /// `NAME_UNKNOWN`.
    pub code: &'static str,
    pub message: String,
}

impl Refused {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refused {
        Refused { status, code, message: message.into() }
    }

    pub fn no_name(message: impl Into<String>) -> Refused {
        Refused::new(404, "NAME_UNKNOWN", message)
    }

    pub fn denied(message: impl Into<String>) -> Refused {
        Refused::new(403, "DENIED", message)
    }

    pub fn digest(message: impl Into<String>) -> Refused {
        Refused::new(400, "DIGEST_INVALID", message)
    }

    /// What is given as a digest is none.
    pub fn no_digest(given: &str) -> Refused {
        Refused::digest(format!("\"{given}\" is not sha256: and 64 hexadecimal digits."))
    }

    pub fn no_upload() -> Refused {
        Refused::new(404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload.")
    }

    pub fn no_blob(digest: &str) -> Refused {
        Refused::new(404, "BLOB_UNKNOWN", format!("There is no blob {digest} in this repository."))
    }

    pub fn method() -> Refused {
        Refused::new(405, "UNSUPPORTED", "The operation is unsupported.")
    }

    /// The answer that says so.
    pub fn answer(&self) -> Response<Payload> {
        let body = json!({"errors": [{"code": self.code, "message": self.message}]}).to_string();
        let mut response = Response::new(payload::full(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        let refusal = crate::error::Refusal::from(error);
        Refused::new(refusal.code.http(), "UNKNOWN", refusal.message)
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Refused {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Refused::new(507, "UNKNOWN", "The disk that the local cloud keeps its data on is full.")
            }
            _ => Refused::new(500, "UNKNOWN", format!("The local cloud could not keep the blob: {error}")),
        }
    }
}
