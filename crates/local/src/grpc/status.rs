//! Refusals in the form of gRPC.

use prost::Message;
use serde_json::Value;
use tonic::{Code, Status};

use super::wire;
use crate::error::{self, Refusal};

fn code(code: error::Code) -> Code {
    match code {
        error::Code::InvalidArgument | error::Code::TooLarge => Code::InvalidArgument,
        error::Code::FailedPrecondition | error::Code::ConditionNotMet | error::Code::NotModified => {
            Code::FailedPrecondition
        }
        error::Code::Unauthenticated => Code::Unauthenticated,
        error::Code::PermissionDenied => Code::PermissionDenied,
        error::Code::NotFound => Code::NotFound,
        error::Code::AlreadyExists => Code::AlreadyExists,
        error::Code::Aborted => Code::Aborted,
        error::Code::ResourceExhausted | error::Code::OutOfSpace => Code::ResourceExhausted,
        error::Code::Unimplemented => Code::Unimplemented,
        error::Code::Internal => Code::Internal,
        error::Code::BadGateway | error::Code::Unavailable => Code::Unavailable,
    }
}

/// What clients look at beside the code: of the details, the ErrorInfo.
fn detail(detail: &Value) -> Option<wire::Any> {
    let kind = detail["@type"].as_str()?;
    if !kind.ends_with("google.rpc.ErrorInfo") {
        return None;
    }
    let text = |field: &str| detail[field].as_str().unwrap_or_default().to_owned();
    let metadata = detail["metadata"].as_object().into_iter().flatten();
    let info = wire::ErrorInfo {
        reason: text("reason"),
        domain: text("domain"),
        metadata: metadata
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    };
    Some(wire::Any { type_url: kind.to_owned(), value: info.encode_to_vec() })
}

/// A refusal as a status.
pub fn of(refusal: &Refusal) -> Status {
    let code = code(refusal.code);
    let details: Vec<wire::Any> = refusal.details.iter().filter_map(detail).collect();
    if details.is_empty() {
        return Status::new(code, &refusal.message);
    }
    let full = wire::Status { code: code.into(), message: refusal.message.clone(), details };
    Status::with_details(code, &refusal.message, full.encode_to_vec().into())
}
