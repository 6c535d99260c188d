//! An enabled API. Nobody declares one: it comes with the first resource that needs it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::{Bill, Billed, Call, Fact, Failure, Input, Live, Method, Place, Repeat, Session};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use crate::resource::{Kind, Resource};
use crate::rest;
use crate::schema::serviceusage::SERVICE;

/// An API that is enabled in the project. Forgotten, not disabled, when nothing needs it any more: what
/// other people have built on it would stop.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The API's host: `pubsub.googleapis.com`.
    pub name: Input<String>,
}

/// Google takes at most this many in one call.
const AT_ONCE: usize = 20;

/// What became of the enablements of this run; `None` while one waits.
#[derive(Default)]
struct Enablements {
    by_name: Mutex<BTreeMap<String, Option<Result<(), Failure>>>>,
}

impl Resource for Service {
    const KIND: Kind = Kind::new(
        "gcp:serviceusage/v1:Service",
        "API",
        API,
        "v1/projects/{project}/services/{name}",
        &SERVICE,
    )
    .kept()
    .gone("state", "DISABLED");

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let name = at.inputs["name"].as_str().unwrap_or_default().to_owned();
        let shared = session.shared::<Enablements>();
        let held = || shared.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        held().insert(name.clone(), None);
        // All that are declared come in the same instant: a moment's wait, and one call serves them all.
        session.pause(Duration::from_millis(10)).await;
        let project = at.inputs["project"].as_str().unwrap_or_default();
        let lane = session.lane(&format!("enable {project}"));
        let _turn = lane.lock().await;
        loop {
            if !matches!(held().get(&name), Some(None)) {
                break;
            }
            let waiting =
                held().iter().filter(|(_, done)| done.is_none()).map(|(name, _)| name.clone()).collect();
            let batch = batch(waiting, &name);
            let outcome = enable(session, project, &batch).await.map(|_| ());
            for name in batch {
                session.note(Fact::Enabled { service: name.clone() });
                held().insert(name, Some(outcome.clone()));
            }
        }
        held().remove(&name).flatten().unwrap_or(Ok(()))?;
        let id = rest::id(&Self::KIND, at.inputs).unwrap_or_default();
        Ok(Live { id, state: json!({ "state": "ENABLED" }) })
    }

    async fn delete(_session: &Session, _at: Place<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Enabling an API is free; what is done with it is charged by itself.")
    }
}

/// As many as one call takes, this one among them.
fn batch(mut waiting: Vec<String>, mine: &str) -> Vec<String> {
    waiting.sort_by_key(|it| it != mine);
    waiting.truncate(AT_ONCE);
    waiting
}

async fn enable(session: &Session, project: &str, names: &[String]) -> Result<Value, Failure> {
    let parent = format!("v1/projects/{project}/services");
    let call = match names {
        // A batch of one is refused.
        [only] => Call::new(Method::Post, API, format!("{parent}/{only}:enable")).body(json!({})),
        many => {
            Call::new(Method::Post, API, format!("{parent}:batchEnable")).body(json!({ "serviceIds": many }))
        }
    };
    // Enabling what is enabled is success.
    let answer = session.send(&call.repeat(Repeat::Safe)).await?;
    rest::operation(API, "v1", session, answer).await
}
