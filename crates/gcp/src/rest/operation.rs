//! Waits for long-running operations.

use std::time::Duration;

use engine::{Call, Failure, Session};
use serde_json::{Value, json};

use super::version;
use crate::resource::Kind;

/// Waits for the operation that an answer may be, and gives the resource in the end.
///
/// # Errors
/// What the operation ended with.
pub async fn finish(kind: &Kind, session: &Session, answer: Value) -> Result<Value, Failure> {
    if kind.operations {
        operation(kind.facts.service, version(kind), session, answer).await
    } else {
        Ok(answer)
    }
}

/// Polls an operation: soon at first, then less and less often.
///
/// # Errors
/// What the operation ended with.
pub async fn operation(
    service: &str,
    version: &str,
    session: &Session,
    mut answer: Value,
) -> Result<Value, Failure> {
    let mut wait = Duration::from_millis(200);
    let mut missing = 0;
    loop {
        let Some(name) = answer.get("name").and_then(Value::as_str).map(str::to_owned) else {
            return Ok(answer);
        };
        let call = Call::get(service, format!("{version}/{name}"));
        if answer.get("done").and_then(Value::as_bool) == Some(true) {
            if let Some(error) = answer.get("error") {
                return Err(refused_by(session, &call, error));
            }
            return Ok(answer.get("response").cloned().unwrap_or(Value::Null));
        }
        // Also when the run is being stopped: what is under way is let finish.
        tokio::time::sleep(wait).await;
        wait = (wait * 3 / 2).min(Duration::from_secs(5));
        answer = match session.send(&call).await {
            Ok(answer) => answer,
            // A fresh operation may not be found for a moment.
            Err(failure) if failure.is_absent() && missing < 10 => {
                missing += 1;
                answer
            }
            Err(failure) => return Err(failure),
        };
    }
}

/// An operation's error reads like an answer's.
fn refused_by(session: &Session, call: &Call, error: &Value) -> Failure {
    let status = match error.get("code").and_then(Value::as_i64) {
        Some(3 | 9 | 11) => 400,
        Some(5) => 404,
        Some(6 | 10) => 409,
        Some(7) => 403,
        Some(8) => 429,
        Some(14) => 503,
        _ => 500,
    };
    let answer = engine::Answer { status, retry_after: None, body: json!({ "error": error }) };
    let refusal = session.provider().refusal(call, &answer);
    Failure::Refused { call: call.to_string(), refusal, attempts: 1, unsure: true }
}
