//! Brings new revisions up, and says what came of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::failure::Failure;
use super::process::GRACE;
use super::{Runtime, blocking, locked, queue};
use crate::cloud::Cloud;
use crate::operation;
use crate::request::parent;
use crate::resource::remove;
use crate::services::run;
use crate::store::{StoreError, Tx};

impl Runtime {
    /// Brings a revision up and settles the operation that waits for it.
    pub(super) async fn roll_out(self: &Arc<Self>, revision: &str, entry: &Value) {
        let outcome = self.bring_up(revision).await;
        let failed = outcome.is_err();
        let cloud = Arc::clone(&self.cloud);
        let operation = entry["operation"].as_str().unwrap_or_default().to_owned();
        let name = revision.to_owned();
        let settled = blocking(move || {
            let mut tx = cloud.store.write()?;
            settle(&mut tx, &cloud, &name, &operation, outcome)?;
            Ok(tx.commit()?)
        })
        .await;
        if failed || settled.is_err() {
            let found = locked(&self.revisions).remove(revision);
            if let Some(revision) = found {
                revision.stop(GRACE).await;
            }
        }
        self.cloud.bell.notify_one();
    }

    async fn bring_up(self: &Arc<Self>, name: &str) -> Result<(), Failure> {
        let (runtime, named) = (Arc::clone(self), name.to_owned());
        let found = blocking(move || Ok(runtime.revision(&named)?)).await?;
        let deleted = || Failure::internal("It was deleted before it was up.").of_revision(name);
        let up = found.ok_or_else(deleted)?.ensure(&self.cloud).await;
        up.map(|_| ()).map_err(|it| it.of_revision(name))
    }
}

/// Writes down what came of a revision: in it, in its service if it is still the newest, and in the operation.
fn settle(
    tx: &mut Tx,
    cloud: &Cloud,
    name: &str,
    operation: &str,
    outcome: Result<(), Failure>,
) -> Result<(), StoreError> {
    let now = cloud.time();
    let condition = |kind: &str| match &outcome {
        Ok(()) => json!({"type": kind, "state": "CONDITION_SUCCEEDED", "lastTransitionTime": now}),
        Err(failure) => failure.condition(kind, &now),
    };
    if let Some(mut revision) = tx.get("run/revisions", name)? {
        revision["conditions"] = json!([condition("Ready"), condition("ContainerHealthy")]);
        tx.put("run/revisions", name, &revision)?;
    }
    let service_name = parent(name);
    let mut response = Value::Null;
    if let Some(mut service) = tx.get("run/services", service_name)? {
        if service["_revision"] == name {
            service["terminalCondition"] = condition("Ready");
            service["conditions"] = json!([condition("RoutesReady"), condition("ConfigurationsReady")]);
            service["_observed"] = service["generation"].clone();
            remove(&mut service, "reconciling");
            if outcome.is_ok() {
                service["_ready"] = json!(name);
            }
            tx.put("run/services", service_name, &service)?;
        }
        response = run::shown(cloud, service);
        response["@type"] = json!("type.googleapis.com/google.cloud.run.v2.Service");
    }
    operation::settle(tx, operation, outcome.map(|()| response).map_err(|it| it.status()))?;
    tx.remove(queue::COLLECTION, name)?;
    Ok(())
}
