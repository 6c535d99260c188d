//! A version of a secret: the value itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::{
    Bill, Billed, Call, Cause, Failure, Input, Invalid, Live, Method, Output, Place, Repeat, Rule, Session,
    Update, UsageKey, reveal, secret,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::secret::{ACCESS, ACCESS_KEY};
use super::{API, Secret};
use crate::bill::{Lines, sku};
use crate::check;
use crate::member::{Calls, Policy};
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest::{self, Made};
use crate::schema::secretmanager::SECRET_VERSION;
use crate::stack::Handle;

/// A value of a secret. Another value is another version; the one before it is destroyed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVersion {
    /// `projects/P/secrets/S`, or `S`.
    pub secret: Input<String>,
    /// The value: text of at most 64 KiB. Never shown, and never written down in clear.
    pub payload: Input<String>,
    /// Nobody can read it while this is true.
    pub disabled: Input<bool>,
}

/// Only for the secret's path, which may be given short or in full.
const SECRET: Policy =
    Policy { service: API, resource: "v1/projects/{project}/secrets/{secret}", calls: Calls::Get };

impl Resource for SecretVersion {
    const KIND: Kind = Kind::new(
        "gcp:secretmanager/v1:SecretVersion",
        "secret version",
        API,
        "v1/projects/{project}/secrets/{secret}/versions/{id}",
        &SECRET_VERSION,
    )
    .made_id_only()
    .create(Create::Own)
    .update(Updating::Own)
    .gone("state", "DESTROYED")
    .listed("versions", &[])
    .rules(&[
        Rule::Bound("secret"),
        Rule::Secret("payload"),
        Rule::InputOnly("payload"),
        Rule::Immutable("payload"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::required("secret", &self.secret),
            check::required("payload", &self.payload),
            self.payload
                .value()
                .filter(|it| it.len() > 65_536)
                .map(|it| Invalid::new("payload", format!("has {} bytes, more than 65536", it.len()))),
        ])
    }

    async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        Ok(rest::read(&Self::KIND, session, at).await?.map(told))
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let path = SECRET.path(at.inputs).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        let payload = at.inputs.get("payload").map(reveal).unwrap_or_default();
        let data = secret(json!(STANDARD.encode(payload.as_str().unwrap_or_default())));
        let call = Call::new(Method::Post, API, format!("{path}:addVersion"))
            .body(json!({ "payload": { "data": data } }));
        let made =
            rest::send_create(&Self::KIND, session, at, &call, || std::future::ready(Ok(None))).await?;
        let live = match made {
            Made::Answer(state) => rest::live(&Self::KIND, at, state)
                .ok_or_else(|| Failure::unexpected(&call, "it is gone at once"))?,
            Made::Found(live) => live,
        };
        if at.inputs["disabled"] == true {
            return act(session, &live.id, "disable").await;
        }
        Ok(told(live))
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let verb = if update.desired["disabled"] == true { "disable" } else { "enable" };
        act(session, &update.live.id, verb).await
    }

    async fn delete(session: &Session, at: Place<'_>) -> Result<(), Failure> {
        let Some(id) = at.id else { return Err(rest::unnamed(&Self::KIND)) };
        match act(session, id, "destroy").await {
            Err(failure) if failure.is_absent() => Ok(()),
            // What is destroyed already cannot be destroyed again.
            Err(failure) if failure.cause() == Some(&Cause::Precondition) => {
                match Self::read(session, at).await? {
                    Some(_) => Err(failure),
                    None => Ok(()),
                }
            }
            other => other.map(|_| ()),
        }
    }

    async fn list(session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
        let secrets = Secret::list(session, project).await?;
        let versions = rest::each(secrets, async |secret| {
            let place = json!({ "project": project, "secret": secret.state["name"] });
            rest::in_place(&Self::KIND, session, &place).await
        });
        versions.await
    }

    const USAGE: &'static [UsageKey] = &[ACCESS_KEY];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        if lines.usage(ACCESS).is_some() {
            let price = sku("Secret Manager", "Secret access operations", "global");
            lines.metered("Access operations", price, "count", ACCESS);
            return lines.bill();
        }
        Bill::Free("A version is charged with its secret, as one of its active versions.")
    }
}

/// Each of these is success where it is so already.
async fn act(session: &Session, id: &str, verb: &str) -> Result<Live, Failure> {
    let call = Call::new(Method::Post, API, format!("v1/{id}:{verb}")).body(json!({})).repeat(Repeat::Safe);
    let state = session.send(&call).await?;
    Ok(told(Live { id: id.to_owned(), state }))
}

/// Google tells a state; we declare whether it is disabled.
fn told(mut live: Live) -> Live {
    let disabled = live.state.get("state").and_then(Value::as_str) == Some("DISABLED");
    if let Some(state) = live.state.as_object_mut() {
        state.insert("disabled".to_owned(), json!(disabled));
    }
    live
}

impl Handle<SecretVersion> {
    /// `projects/{number}/secrets/{secret}/versions/{version}`.
    pub fn id(&self) -> Output<String> {
        self.attribute("name")
    }
}
