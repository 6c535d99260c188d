//! What is to be run: put into the store by the transaction that declares it.

use serde_json::json;

use crate::cloud::Cloud;
use crate::store::{StoreError, Tx};

/// By the name of what is to be run.
pub const COLLECTION: &str = "run/queue";

/// Asks for a revision to be begun, and for the operation to end with what comes of it.
pub fn revision(tx: &mut Tx, cloud: &Cloud, revision: &str, operation: &str) -> Result<(), StoreError> {
    tx.put(COLLECTION, revision, &json!({"operation": operation}))?;
    cloud.bell.notify_one();
    Ok(())
}

/// Asks for an execution to be run, and for the operation to end with it.
pub fn execution(tx: &mut Tx, cloud: &Cloud, execution: &str, operation: &str) -> Result<(), StoreError> {
    tx.put(COLLECTION, execution, &json!({"operation": operation, "executes": true}))?;
    cloud.bell.notify_one();
    Ok(())
}
