//! Why something does not run, as Cloud Run says it.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::registry::Refused;
use crate::request::last;
use crate::store::StoreError;

/// Why a revision or an execution failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// `google.rpc.Code`.
    pub code: u8,
    /// The field of a condition that tells the reason, and the reason.
    pub reason: Option<(&'static str, &'static str)>,
    pub message: String,
}

const CANCELLED: u8 = 1;
const NOT_FOUND: u8 = 5;
const PERMISSION_DENIED: u8 = 7;
const FAILED_PRECONDITION: u8 = 9;
const INTERNAL: u8 = 13;

/// The reason of what never came up.
const UNHEALTHY: (&str, &str) = ("revisionReason", "HEALTH_CHECK_CONTAINER_ERROR");

impl Failure {
    fn new(code: u8, reason: (&'static str, &'static str), message: impl Into<String>) -> Failure {
        Failure { code, reason: Some(reason), message: message.into() }
    }

    pub fn internal(message: impl Into<String>) -> Failure {
        Failure::new(INTERNAL, ("reason", "INTERNAL"), message)
    }

    /// The image is not there.
    pub fn no_image(image: &str) -> Failure {
        Failure::new(NOT_FOUND, ("reason", "CONTAINER_MISSING"), format!("Image '{image}' not found."))
    }

    /// The image cannot be made use of.
    pub fn bad_image(message: impl Into<String>) -> Failure {
        Failure::new(FAILED_PRECONDITION, UNHEALTHY, message)
    }

    /// Cloud Run itself may not pull the image.
    pub fn no_pull(agent: &str, image: &str) -> Failure {
        let message = format!(
            "Google Cloud Run Service Agent {agent} must have permission to read the image, {image}. Ensure that the \
             provided container image URL is correct and that the above account has permission to access the image."
        );
        Failure::new(PERMISSION_DENIED, ("reason", "CONTAINER_IMAGE_UNAUTHORIZED"), message)
    }

    /// A secret is not there, or the account may not read it.
    pub fn secret(message: String) -> Failure {
        Failure::new(PERMISSION_DENIED, ("reason", "SECRETS_ACCESS_CHECK_FAILED"), message)
    }

    /// The container did not come up.
    pub fn unhealthy(port: u64, what: &str) -> Failure {
        let message = format!(
            "The user-provided container failed to start and listen on the port defined provided by the PORT={port} \
             environment variable within the allocated timeout. {what}"
        );
        Failure::new(FAILED_PRECONDITION, UNHEALTHY, message)
    }

    /// Tasks of an execution failed.
    pub fn of_tasks(message: String) -> Failure {
        Failure::new(FAILED_PRECONDITION, ("executionReason", "NON_ZERO_EXIT_CODE"), message)
    }

    /// Somebody cancelled an execution.
    pub fn cancelled() -> Failure {
        Failure::new(CANCELLED, ("executionReason", "CANCELLED"), "The execution was cancelled.")
    }

    /// This failure as a service tells it of a revision.
    pub fn of_revision(mut self, revision: &str) -> Failure {
        let name = last(revision);
        self.message = format!("Revision '{name}' is not ready and cannot serve traffic. {}", self.message);
        self
    }

    /// The `google.rpc.Status`.
    pub fn status(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }

    /// A condition that says so.
    pub fn condition(&self, kind: &str, now: &str) -> Value {
        let mut condition = json!({
            "type": kind, "state": "CONDITION_FAILED", "message": self.message, "lastTransitionTime": now,
        });
        if let Some((field, reason)) = self.reason {
            condition[field] = json!(reason);
        }
        condition
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::internal(Refusal::from(error).message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::internal(refusal.message)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::internal(refused.message)
    }
}
