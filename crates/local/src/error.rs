//! What Google answers when it refuses, in the shape of each API.

use serde_json::{Value, json};

use crate::store::StoreError;

/// Why a request was refused, as `google.rpc.Code` has it and two of Cloud Storage's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidArgument,
    FailedPrecondition,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    AlreadyExists,
    Aborted,
    ResourceExhausted,
    /// 413: the request's body is larger than is taken.
    TooLarge,
    Unimplemented,
    Internal,
    BadGateway,
    Unavailable,
    /// 507, which Google has no use for: this machine's disk is full.
    OutOfSpace,
    /// 412, Cloud Storage and BigQuery only.
    ConditionNotMet,
    /// 304, Cloud Storage only.
    NotModified,
}

impl Code {
    /// The HTTP status.
    pub fn http(self) -> u16 {
        match self {
            Code::InvalidArgument | Code::FailedPrecondition => 400,
            Code::Unauthenticated => 401,
            Code::PermissionDenied => 403,
            Code::NotFound => 404,
            Code::AlreadyExists | Code::Aborted => 409,
            Code::ResourceExhausted => 429,
            Code::TooLarge => 413,
            Code::Internal => 500,
            Code::Unimplemented => 501,
            Code::BadGateway => 502,
            Code::Unavailable => 503,
            Code::OutOfSpace => 507,
            Code::ConditionNotMet => 412,
            Code::NotModified => 304,
        }
    }

    /// `NOT_FOUND`.
    pub fn status(self) -> &'static str {
        match self {
            Code::InvalidArgument | Code::TooLarge => "INVALID_ARGUMENT",
            Code::FailedPrecondition | Code::ConditionNotMet | Code::NotModified => "FAILED_PRECONDITION",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::PermissionDenied => "PERMISSION_DENIED",
            Code::NotFound => "NOT_FOUND",
            Code::AlreadyExists => "ALREADY_EXISTS",
            Code::Aborted => "ABORTED",
            Code::ResourceExhausted | Code::OutOfSpace => "RESOURCE_EXHAUSTED",
            Code::Unimplemented => "UNIMPLEMENTED",
            Code::Internal => "INTERNAL",
            Code::BadGateway | Code::Unavailable => "UNAVAILABLE",
        }
    }

    /// The number of a `google.rpc.Status`.
    pub fn number(self) -> u8 {
        match self {
            Code::InvalidArgument | Code::TooLarge => 3,
            Code::NotFound => 5,
            Code::AlreadyExists => 6,
            Code::PermissionDenied => 7,
            Code::ResourceExhausted | Code::OutOfSpace => 8,
            Code::FailedPrecondition | Code::ConditionNotMet | Code::NotModified => 9,
            Code::Aborted => 10,
            Code::Unimplemented => 12,
            Code::Internal => 13,
            Code::BadGateway | Code::Unavailable => 14,
            Code::Unauthenticated => 16,
        }
    }

    /// The `reason` in `errors[]`, where a handler gives none.
    fn reason(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Code::InvalidArgument, Dialect::Listed) => "badRequest",
            (Code::InvalidArgument, _) => "invalid",
            (Code::FailedPrecondition, Dialect::Storage) => "invalid",
            (Code::FailedPrecondition, _) => "failedPrecondition",
            (Code::Unauthenticated, _) => "authError",
            (Code::PermissionDenied, Dialect::BigQuery) => "accessDenied",
            (Code::PermissionDenied, _) => "forbidden",
            (Code::NotFound, _) => "notFound",
            (Code::AlreadyExists, Dialect::BigQuery) => "duplicate",
            (Code::AlreadyExists, Dialect::Storage) => "conflict",
            (Code::AlreadyExists, _) => "alreadyExists",
            (Code::Aborted, _) => "aborted",
            (Code::ResourceExhausted, _) => "rateLimitExceeded",
            (Code::TooLarge, _) => "uploadTooLarge",
            (Code::Unimplemented, _) => "notImplemented",
            (Code::Internal, _) => "internalError",
            (Code::BadGateway | Code::Unavailable | Code::OutOfSpace, _) => "backendError",
            (Code::ConditionNotMet, _) => "conditionNotMet",
            (Code::NotModified, _) => "notModified",
        }
    }
}

/// How an API writes its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `{code, message, status, details}`.
    OnePlatform,
    /// One Platform with `errors[]` beside, as IAM and Resource Manager v1 answer.
    Listed,
    /// `errors[]` with `status`.
    BigQuery,
    /// `errors[]` without `status`.
    Storage,
}

impl Dialect {
    /// The dialect of an API, by its name and version.
    pub fn of(api: &str, version: &str) -> Dialect {
        match (api, version) {
            ("storage", _) => Dialect::Storage,
            ("bigquery", _) => Dialect::BigQuery,
            ("iam", _) | ("cloudresourcemanager", "v1") => Dialect::Listed,
            _ => Dialect::OnePlatform,
        }
    }
}

/// A refusal: what it is, in Google's words, and what Google puts beside.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    /// `errors[].reason`, where it differs from what the code implies.
    pub reason: Option<&'static str>,
    pub details: Vec<Value>,
    /// The error in OAuth's form, as the Security Token Service answers: `invalid_grant`.
    pub oauth: Option<&'static str>,
    /// Seconds for a `Retry-After` header.
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
            reason: None,
            details: Vec::new(),
            oauth: None,
            retry_after: None,
        }
    }

    pub fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::InvalidArgument, message)
    }

    pub fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::NotFound, message)
    }

    pub fn exists(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::AlreadyExists, message)
    }

    pub fn precondition(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::FailedPrecondition, message)
    }

    pub fn denied(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::PermissionDenied, message)
    }

    pub fn aborted(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::Aborted, message)
    }

    pub fn internal(message: impl Into<String>) -> Refusal {
        Refusal::new(Code::Internal, message)
    }

    /// A refusal in OAuth's form, <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>.
    pub fn oauth(error: &'static str, description: impl Into<String>) -> Refusal {
        Refusal { oauth: Some(error), ..Refusal::invalid(description) }
    }

    /// Google's 412 of Cloud Storage.
    pub fn condition_not_met() -> Refusal {
        Refusal::new(Code::ConditionNotMet, "At least one of the pre-conditions you specified did not hold.")
    }

    pub fn reason(mut self, reason: &'static str) -> Refusal {
        self.reason = Some(reason);
        self
    }

    pub fn detail(mut self, detail: Value) -> Refusal {
        self.details.push(detail);
        self
    }

    /// The body of the answer.
    pub fn body(&self, dialect: Dialect) -> Value {
        if let Some(error) = self.oauth {
            return json!({"error": error, "error_description": self.message});
        }
        let unauthenticated = self.code == Code::Unauthenticated;
        let brief = if unauthenticated { "Invalid Credentials" } else { &self.message };
        let message = if dialect == Dialect::Storage { brief } else { &self.message };
        let mut error = json!({"code": self.code.http(), "message": message});
        if dialect != Dialect::OnePlatform {
            let reason = self.reason.unwrap_or_else(|| self.code.reason(dialect));
            error["errors"] = json!([{"domain": "global", "message": brief, "reason": reason}]);
            if unauthenticated {
                error["errors"][0]["location"] = json!("Authorization");
                error["errors"][0]["locationType"] = json!("header");
            }
        }
        if dialect != Dialect::Storage {
            error["status"] = json!(self.code.status());
        }
        // An ErrorInfo says why a token is not taken; Cloud Storage and BigQuery show none.
        let shows = !unauthenticated || matches!(dialect, Dialect::OnePlatform | Dialect::Listed);
        if shows && !self.details.is_empty() {
            error["details"] = Value::Array(self.details.clone());
        }
        json!({"error": error})
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::from(&error)
    }
}

impl From<&StoreError> for Refusal {
    fn from(error: &StoreError) -> Refusal {
        // What no repetition helps is not said as if it did.
        let code = match error {
            StoreError::Content(error) => return Refusal::from(error),
            StoreError::Full | StoreError::Broken => Code::OutOfSpace,
            StoreError::Database(_)
            | StoreError::Document(_)
            | StoreError::ReadOnly
            | StoreError::Stopped
            | StoreError::Folder { .. }
            | StoreError::Locked(_) => Code::Internal,
        };
        Refusal::new(code, format!("The local cloud could not use its data: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::failed;

    #[test]
    fn a_full_disk_is_said_and_is_no_fault_that_passes() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        for (error, says) in [
            (redb::Error::Io(full), "its disk is full: free some space"),
            (redb::Error::PreviousIo, "its disk failed before, or was full"),
        ] {
            let refusal = Refusal::from(failed(error));
            assert_eq!(refusal.code.http(), 507);
            assert!(refusal.message.contains(says), "{}", refusal.message);
        }
        let other = Refusal::from(failed(redb::Error::Io(std::io::Error::other("x"))));
        assert_eq!(other.code, Code::Internal);
    }
}
